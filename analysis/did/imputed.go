package did

import (
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/linear"
)

// imputed is a panel with its treated rows predicted.
type imputed struct {
	panel     *Panel
	untreated []int // rows of the fit
	treated   []int // rows predicted
	lost      int
	effect    []float64 // of treated
	residual  []float64 // of untreated
	aliased   []int     // covariates

	absorb      *linear.Absorber
	weights     []float64   // of untreated; nil for ones
	unit, time  []int32     // level of each unit and period among the untreated rows, -1 none
	timeFirst   bool        // periods, not units, are the eliminated factor
	x0, x1      [][]float64 // residualised covariates of untreated rows, and of treated rows
	gramInverse [][]float64
}

// impute fits the untreated rows and predicts the treated ones.
func (p *Panel) impute() (*imputed, error) {
	im := &imputed{panel: p}
	im.unit, im.time = fill(len(p.Unit.Levels), -1), fill(len(p.Time.Levels), -1)
	units, times := 0, 0
	for i := range p.Y {
		if p.Treated(i) {
			continue
		}
		im.untreated = append(im.untreated, i)
		if u := p.Unit.Index[i]; im.unit[u] < 0 {
			im.unit[u] = int32(units)
			units++
		}
		if l := p.Time.Index[i]; im.time[l] < 0 {
			im.time[l] = int32(times)
			times++
		}
	}
	n := len(im.untreated)
	unit := linear.Factor{Name: "unit", Levels: units, Index: make([]int32, n)}
	time := linear.Factor{Name: "time", Levels: times, Index: make([]int32, n)}
	if p.Weight != nil {
		im.weights = make([]float64, n)
	}
	for k, i := range im.untreated {
		unit.Index[k], time.Index[k] = im.unit[p.Unit.Index[i]], im.time[p.Time.Index[i]]
		if im.weights != nil {
			im.weights[k] = p.Weight[i]
		}
	}
	home := components(unit, time)
	for i := range p.Y {
		if !p.Treated(i) {
			continue
		}
		u, l := im.unit[p.Unit.Index[i]], im.time[p.Time.Index[i]]
		if u < 0 || l < 0 || home[u] != home[units+int(l)] {
			im.lost++
			continue
		}
		im.treated = append(im.treated, i)
	}
	im.timeFirst = times > units
	im.absorb = linear.NewAbsorber(n, []linear.Factor{unit, time}, im.weights)
	y0, y1 := im.split(p.Y)
	var raw [][]float64
	var kept []int
	for j := range p.X {
		x0, x1 := im.split(p.X[j])
		raw = append(raw, slices.Clone(x0))
		im.remove(x0, x1)
		im.x0, im.x1 = append(im.x0, x0), append(im.x1, x1)
		kept = append(kept, j)
	}
	im.remove(y0, y1)
	if err := im.absorb.Err(); err != nil {
		return nil, analysis.NotEstimablef("%v", err)
	}
	for j := 0; j < len(kept); {
		if norm(im.x0[j], im.weights) > 1e-9*norm(raw[j], im.weights) && im.independent(j) {
			j++
			continue
		}
		im.aliased = append(im.aliased, kept[j])
		kept, raw = slices.Delete(kept, j, j+1), slices.Delete(raw, j, j+1)
		im.x0, im.x1 = slices.Delete(im.x0, j, j+1), slices.Delete(im.x1, j, j+1)
	}
	im.gramInverse = invertLower(im.gram(len(kept)))
	beta := im.solveX(y0)
	for j, b := range beta {
		for k, v := range im.x0[j] {
			y0[k] -= b * v
		}
		for k, v := range im.x1[j] {
			y1[k] -= b * v
		}
	}
	im.residual, im.effect = y0, y1
	return im, nil
}

func fill(n int, v int32) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// components labels units, then periods, by connected component.
func components(unit, time linear.Factor) []int {
	parent := make([]int, unit.Levels+time.Levels)
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for k := range unit.Index {
		parent[find(int(unit.Index[k]))] = find(unit.Levels + int(time.Index[k]))
	}
	out := make([]int, len(parent))
	for i := range out {
		out[i] = find(i)
	}
	return out
}

// split gives a column's untreated and predicted rows.
func (im *imputed) split(x []float64) (x0, x1 []float64) {
	x0, x1 = make([]float64, len(im.untreated)), make([]float64, len(im.treated))
	for k, i := range im.untreated {
		x0[k] = x[i]
	}
	for k, i := range im.treated {
		x1[k] = x[i]
	}
	return x0, x1
}

// remove takes the effects fitted on x0 out of x0 and x1, refined once.
func (im *imputed) remove(x0, x1 []float64) {
	for range 2 {
		first, second := im.absorb.Effects(x0)
		if im.timeFirst {
			first, second = second, first
		}
		for k, i := range im.untreated {
			x0[k] -= first[im.unit[im.panel.Unit.Index[i]]] + second[im.time[im.panel.Time.Index[i]]]
		}
		for k, i := range im.treated {
			x1[k] -= first[im.unit[im.panel.Unit.Index[i]]] + second[im.time[im.panel.Time.Index[i]]]
		}
	}
}

func (im *imputed) weight(k int) float64 {
	if im.weights == nil {
		return 1
	}
	return im.weights[k]
}

func norm(x, w []float64) float64 {
	s := 0.0
	for i, v := range x {
		if w != nil {
			s += w[i] * v * v
		} else {
			s += v * v
		}
	}
	return math.Sqrt(s)
}

// gram is the lower triangle of the first k covariates' cross products.
func (im *imputed) gram(k int) [][]float64 {
	g := make([][]float64, k)
	for j := range k {
		g[j] = make([]float64, k)
		for l := range j + 1 {
			for i, v := range im.x0[j] {
				g[j][l] += im.weight(i) * v * im.x0[l][i]
			}
		}
	}
	return g
}

// independent says whether covariate j is no combination of the earlier ones.
func (im *imputed) independent(j int) bool { return invertLower(im.gram(j+1)) != nil }

func (im *imputed) solveX(y0 []float64) []float64 {
	cross := make([]float64, len(im.x0))
	for j := range cross {
		for i, v := range im.x0[j] {
			cross[j] += im.weight(i) * v * y0[i]
		}
	}
	return multiply(im.gramInverse, cross)
}

// average is the mean effect over the treated rows that keep names, with the
// cluster sums whose sum of squares is its conservative clustered variance.
//
// The estimate is linear in the outcomes: v_it on treated rows is 1/n, on
// untreated rows v = -W Z (Z'WZ)^-1 Z_1'v_1, which solves the normal equations
// for the sums of v_1 by unit and period. The error is the root of the sum of
// squared cluster sums of v times residuals, those of treated rows being taken
// around their mean over cohort and period.
func (im *imputed) average(keep func(i int) bool, cluster []int32, clusters int) (att float64, sums []float64) {
	v1 := make([]float64, len(im.treated))
	n := 0.0
	for k, i := range im.treated {
		if keep(i) {
			v1[k] = 1
			n++
		}
	}
	for k := range v1 {
		v1[k] /= n
		att += v1[k] * im.effect[k]
	}
	v0 := im.untreatedWeights(v1)
	sums = make([]float64, clusters)
	for k, i := range im.untreated {
		sums[cluster[i]] += v0[k] * im.residual[k]
	}
	centre := im.cellMeans(v1)
	for k, i := range im.treated {
		sums[cluster[i]] += v1[k] * (im.effect[k] - centre[k])
	}
	return att, sums
}

// untreatedWeights are the weights of untreated outcomes in the estimate whose
// weights on treated rows are v1.
func (im *imputed) untreatedWeights(v1 []float64) []float64 {
	p := im.panel
	_, start, _, _ := im.absorb.First()
	first, second := make([]float64, len(start)-1), make([]float64, im.absorb.Columns())
	for k, i := range im.treated {
		u, l := im.unit[p.Unit.Index[i]], im.time[p.Time.Index[i]]
		if im.timeFirst {
			u, l = l, u
		}
		first[u] += v1[k]
		second[l] += v1[k]
	}
	byFirst, bySecond := im.absorb.Normal(first, second)
	cross := make([]float64, len(im.x1))
	for j := range cross {
		for k, v := range im.x1[j] {
			cross[j] += v * v1[k]
		}
	}
	b := multiply(im.gramInverse, cross)
	v0 := make([]float64, len(im.untreated))
	for k, i := range im.untreated {
		u, l := im.unit[p.Unit.Index[i]], im.time[p.Time.Index[i]]
		if im.timeFirst {
			u, l = l, u
		}
		v := byFirst[u] + bySecond[l]
		for j := range b {
			v += b[j] * im.x0[j][k]
		}
		v0[k] = -im.weight(k) * v
	}
	return v0
}

// cellMeans gives each treated row the mean effect of its cohort and period,
// weighted by v squared.
func (im *imputed) cellMeans(v1 []float64) []float64 {
	p := im.panel
	type key struct{ cohort, period float64 }
	top, bottom := map[key]float64{}, map[key]float64{}
	for k, i := range im.treated {
		c := key{p.Start(i), p.Period(i)}
		w := v1[k] * v1[k]
		top[c] += w * im.effect[k]
		bottom[c] += w
	}
	out := make([]float64, len(im.treated))
	for k, i := range im.treated {
		c := key{p.Start(i), p.Period(i)}
		if bottom[c] > 0 {
			out[k] = top[c] / bottom[c]
		}
	}
	return out
}
