package infer

import (
	"math"

	"swis/analysis"
	"swis/analysis/linear"
)

// Summaries are one value a cluster, for the cluster-level analyses of Hayes &
// Moulton: means of residuals, or ratios of observed to expected events.
type Summaries struct {
	Value    []float64 // G
	Weight   []float64 // G: rows, or expected events
	Arm      []int32   // G, 0 or 1
	Strata   []int32   // G or nil: the strata of the draw
	Ratios   bool      // values are ratios of observed to expected
	TestOnly bool      // the ratio of the arms is not the effect itself: it has no interval
}

// Difference is the difference between the arms' means, its t with one
// variance, and the degrees of freedom G less the number of means: by least
// squares of the values on arm (and strata), each cluster weighing the same or
// by its Weight. All are NaN where an arm is empty, t where values do not vary.
func (s *Summaries) Difference(weighted, stratified bool) (difference, t, df float64) {
	nan := math.NaN()
	n := len(s.Value)
	x := [][]float64{make([]float64, n), make([]float64, n)}
	for g, a := range s.Arm {
		x[0][g], x[1][g] = 1, float64(a)
	}
	if stratified {
		for level := int32(1); ; level++ {
			column := make([]float64, n)
			found := false
			for g, h := range s.Strata {
				if h == level {
					column[g], found = 1, true
				}
			}
			if !found {
				break
			}
			x = append(x, column)
		}
	}
	// The arm comes last, so that it is the one that strata may determine.
	x[1], x[len(x)-1] = x[len(x)-1], x[1]
	var weights []float64
	if weighted {
		weights = s.Weight
	}
	fit := linear.Solve(x, s.Value, weights, linear.RankTolerance)
	last := len(x) - 1
	df = float64(n - fit.Rank())
	if fit.QR.Aliased[last] || df < 1 {
		return nan, nan, nan
	}
	k := fit.Rank()
	return fit.Coef[last], fit.Coef[last] / math.Sqrt(fit.RSS/df*fit.Inverse[k*k-1]), df
}

// LogRatio is the log of the ratio of the arms' unweighted means, its standard
// error by the delta method, s1^2/(G1 m1^2) + s0^2/(G0 m0^2), and G - 2.
func (s *Summaries) LogRatio() (estimate, stdError, df float64) {
	var n, sum, square [2]float64
	for g, v := range s.Value {
		n[s.Arm[g]]++
		sum[s.Arm[g]] += v
	}
	for g, v := range s.Value {
		r := v - sum[s.Arm[g]]/n[s.Arm[g]]
		square[s.Arm[g]] += r * r
	}
	if n[0] < 2 || n[1] < 2 || !(sum[0] > 0) || !(sum[1] > 0) {
		return math.NaN(), math.NaN(), math.NaN()
	}
	variance := 0.0
	for a := range n {
		mean := sum[a] / n[a]
		variance += square[a] / (n[a] - 1) / (n[a] * mean * mean)
	}
	return math.Log(sum[1] / n[1] * n[0] / sum[0]), math.Sqrt(variance), n[0] + n[1] - 2
}

// ReportSummaries adds the cluster-level tests to a result: the unweighted t,
// said by how, the weighted one, and Hayes & Moulton's for ratios and for
// strata where they differ from it. weight says what clusters weigh by.
func ReportSummaries(r *analysis.Result, s *Summaries, level float64, how, weight string) {
	add := func(name string, difference, t, df float64, how string) {
		if s.Ratios { // a difference of ratios is no effect that anyone asks for
			difference = t
		}
		test := TestOf(name, difference, difference/t, df, level, how)
		if t == 0 {
			test = TestOf(name, 0, 1, df, level, how)
		}
		if s.Ratios || t == 0 {
			test.ConfLow, test.ConfHigh = nil, nil
		}
		r.Tests = append(r.Tests, test)
	}
	difference, t, df := MeansTest(s.Value, s.Arm)
	add("cluster_t", difference, t, df, how)
	difference, t, df = s.Difference(true, false)
	add("cluster_t_weighted", difference, t, df, "as cluster_t, clusters weighted by "+weight+": sigma^2 = sum of w (v - mean of the arm)^2 / (G - 2), variance sigma^2 (1/W1 + 1/W0) (Donner & Klar 2000)")
	stratified := false
	for _, h := range s.Strata {
		stratified = stratified || h > 0
	}
	switch {
	case stratified:
		difference, t, df = s.Difference(false, true)
		add("hayes_moulton", difference, t, df, "t test of the same values in an analysis of variance on arm and stratum, G - strata - 1 df (Hayes & Moulton 2017)")
	case s.Ratios:
		b, se, df := s.LogRatio()
		test := TestOf("hayes_moulton", b, se, df, level,
			"log of the ratio of the arms' means of observed over expected, variance s1^2/(G1 m1^2) + s0^2/(G0 m0^2), t(G - 2) (Hayes & Moulton 2017)")
		if s.TestOnly {
			test.ConfLow, test.ConfHigh = nil, nil
		}
		r.Tests = append(r.Tests, test)
	}
	r.Method.References = append(r.Method.References,
		analysis.Reference{Key: "Hayes & Moulton 2017", Text: "Cluster Randomised Trials, 2nd edition, chapters 10 and 11. Chapman & Hall/CRC"},
		analysis.Reference{Key: "Donner & Klar 2000", Text: "Design and Analysis of Cluster Randomization Trials in Health Research. Arnold"})
}

// StrataOf gives each cluster its stratum, from 0; nil where one cluster lies
// in several.
func StrataOf(c Clusters, stratum []int32) []int32 {
	out := make([]int32, len(c.Levels))
	for g := range out {
		out[g] = -1
	}
	for i, g := range c.Index {
		if out[g] >= 0 && out[g] != stratum[i] {
			return nil
		}
		out[g] = stratum[i]
	}
	place := map[int32]int32{}
	for g, h := range out {
		if _, ok := place[h]; !ok {
			place[h] = int32(len(place))
		}
		out[g] = place[h]
	}
	return out
}
