package infer

import (
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis"
)

func summariesExample(seed uint64, groups int) *Summaries {
	r := rand.New(rand.NewPCG(seed, 12))
	s := &Summaries{}
	for g := range groups {
		s.Arm = append(s.Arm, int32(g%2))
		s.Strata = append(s.Strata, int32(g/4%3))
		s.Weight = append(s.Weight, 0.5+3*r.Float64())
		s.Value = append(s.Value, math.Exp(0.4*r.NormFloat64())+0.3*float64(g/4%3))
	}
	return s
}

// The weighted t from weighted means and sums of squares written out, the
// plain one as MeansTest has it, the stratified one from Frisch-Waugh: values
// and arm less their stratum means.
func TestSummariesByFormula(t *testing.T) {
	for seed := range uint64(20) {
		s := summariesExample(seed, 23)
		n := float64(len(s.Value))
		var w, sum [2]float64
		for g, a := range s.Arm {
			w[a] += s.Weight[g]
			sum[a] += s.Weight[g] * s.Value[g]
		}
		rss := 0.0
		for g, a := range s.Arm {
			d := s.Value[g] - sum[a]/w[a]
			rss += s.Weight[g] * d * d
		}
		difference := sum[1]/w[1] - sum[0]/w[0]
		want := difference / math.Sqrt(rss/(n-2)*(1/w[0]+1/w[1]))
		got, tt, df := s.Difference(true, false)
		if math.Abs(got-difference) > 1e-12 || math.Abs(tt-want) > 1e-10 || df != n-2 {
			t.Errorf("weighted: %g %g %g, want %g %g %g", got, tt, df, difference, want, n-2)
		}
		_, plain, _ := MeansTest(s.Value, s.Arm)
		if _, tt, df := s.Difference(false, false); math.Abs(tt-plain) > 1e-10 || df != n-2 {
			t.Errorf("plain: %g, want %g", tt, plain)
		}
		within := func(x func(int) float64) []float64 {
			var sum, count [3]float64
			for g, h := range s.Strata {
				sum[h] += x(g)
				count[h]++
			}
			out := make([]float64, len(s.Strata))
			for g, h := range s.Strata {
				out[g] = x(g) - sum[h]/count[h]
			}
			return out
		}
		y, a := within(func(g int) float64 { return s.Value[g] }), within(func(g int) float64 { return float64(s.Arm[g]) })
		b := dot(a, y) / dot(a, a)
		left := 0.0
		for g := range y {
			left += (y[g] - b*a[g]) * (y[g] - b*a[g])
		}
		want = b / math.Sqrt(left/(n-4)/dot(a, a))
		if got, tt, df := s.Difference(false, true); math.Abs(got-b) > 1e-12 || math.Abs(tt-want) > 1e-9 || df != n-4 {
			t.Errorf("stratified: %g %g %g, want %g %g %g", got, tt, df, b, want, n-4)
		}
	}
}

// The variance of the log ratio is that of repeated samples.
func TestLogRatio(t *testing.T) {
	var estimates, variances []float64
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 13))
		s := &Summaries{Ratios: true}
		for g := range 40 {
			s.Arm = append(s.Arm, int32(g%2))
			s.Value = append(s.Value, GammaDraw(r, 0.5)*(1+float64(g%2)))
		}
		b, se, df := s.LogRatio()
		if df != 38 {
			t.Fatal(df)
		}
		estimates, variances = append(estimates, b), append(variances, se*se)
	}
	mean, expected, spread := 0.0, 0.0, 0.0
	for i, b := range estimates {
		mean += b / 2000
		expected += variances[i] / 2000
	}
	for _, b := range estimates {
		spread += (b - mean) * (b - mean) / 1999
	}
	if math.Abs(mean-math.Ln2) > 0.02 || math.Abs(expected/spread-1) > 0.1 {
		t.Errorf("mean %g, want %g; variance %g, of samples %g", mean, math.Ln2, expected, spread)
	}
}

// Tests of the clusters are there by name, with an interval where there is one
// estimate that it is about.
func TestReportSummaries(t *testing.T) {
	s := summariesExample(3, 23)
	s.Ratios = true
	var r analysis.Result
	ReportSummaries(&r, s, 0.95, "t", "size")
	if len(r.Tests) != 3 || r.Tests[0].Name != "cluster_t" || r.Tests[1].Name != "cluster_t_weighted" || r.Tests[2].Name != "hayes_moulton" || r.Tests[2].ConfLow != nil {
		t.Error(r.Tests)
	}
	s.Strata, r.Tests = nil, nil
	ReportSummaries(&r, s, 0.95, "t", "size")
	if r.Tests[2].ConfLow == nil {
		t.Error("no interval of the ratio")
	}
	s.Ratios, r.Tests = false, nil
	if ReportSummaries(&r, s, 0.95, "t", "size"); len(r.Tests) != 2 {
		t.Error("Hayes and Moulton's difference is the plain t, yet stands twice")
	}
	c := Clusters{Levels: []string{"a", "b", "c"}, Index: []int32{0, 0, 1, 2}}
	if got := StrataOf(c, []int32{5, 5, 2, 5}); len(got) != 3 || got[0] != 0 || got[1] != 1 || got[2] != 0 {
		t.Error(got)
	}
	if StrataOf(c, []int32{5, 4, 2, 5}) != nil {
		t.Error("a cluster in two strata passes")
	}
}
