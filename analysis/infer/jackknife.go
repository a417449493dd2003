package infer

import "math"

// DropOne is what each cluster does to one coefficient.
type DropOne struct {
	Estimate        []float64 // G, without the cluster; NaN where it cannot be estimated then
	Leverage        []float64 // G, trace of the cluster's block of the hat matrix
	PartialLeverage []float64 // G, share of the squared residuals of the term on the other columns
	Variance        float64   // CV3, (G-1)/G times the sum of squared changes (MacKinnon, Nielsen & Webb 2023); NaN where one is missing
}

// DropOne leaves out each cluster in turn: exactly for least squares, by one
// scoring step for other working models. estimate is the coefficient j itself.
func (w *Working) DropOne(j int, estimate float64, c Clusters) *DropOne {
	p, groups := len(w.U), len(c.Levels)
	scale := w.rootWeights()
	l := w.layout(c, scale)
	d := make([]float64, p)
	d[j] = 1
	l.basis.SolveRTransposed(d)
	length := dot(d, d)
	out := &DropOne{Estimate: make([]float64, groups), Leverage: make([]float64, groups), PartialLeverage: make([]float64, groups)}
	var block clusterBlock
	sums, along := make([]float64, p), make([]float64, p)
	for g := range groups {
		block.load(w, l, scale, l.members(g))
		for i := range p {
			out.Leverage[g] += block.gram[i*p+i]
		}
		out.PartialLeverage[g] = quadratic(block.gram, d, d) / length
		w.score(l, scale, l.members(g), sums)
		values, vectors := eigen(block.gram, p)
		change := 0.0
		for k, l := range values {
			for i := range p {
				along[i] = vectors[i*p+k]
			}
			side := dot(d, along)
			if 1-l <= singular {
				if side*side > 1e-12*length {
					change = math.NaN() // the cluster alone carries the term
				}
				continue
			}
			change += side * dot(sums, along) / (1 - l)
		}
		out.Estimate[g] = estimate - change
		out.Variance += change * change
	}
	out.Variance *= float64(groups-1) / float64(groups)
	return out
}

// MeansTest is the t test with equal variances of unweighted cluster values in
// two arms: difference (arm 1 minus arm 0), t and degrees of freedom G - 2.
func MeansTest(values []float64, arm []int32) (difference, t, df float64) {
	var n, sum, square [2]float64
	for g, v := range values {
		n[arm[g]]++
		sum[arm[g]] += v
	}
	for g, v := range values {
		r := v - sum[arm[g]]/n[arm[g]]
		square[arm[g]] += r * r
	}
	df = n[0] + n[1] - 2
	if n[0] == 0 || n[1] == 0 || df <= 0 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	difference = sum[1]/n[1] - sum[0]/n[0]
	se := math.Sqrt((square[0] + square[1]) / df * (1/n[0] + 1/n[1]))
	return difference, difference / se, df
}
