package glm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis/infer"
	"swis/dataset/table"
)

// The confidence set of the score bootstrap ends where the p-value of the held
// value passes 10%: p by every sign vector, each t from a least-squares fit of
// the signed Pearson residuals on the scaled columns.
func TestScoreSet(t *testing.T) {
	const groups, each = 8, 5
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 51))
		var school []string
		var index []int
		var a, x, count []float64
		for g := range groups {
			level := 0.3 * r.NormFloat64()
			for range each {
				school, index = append(school, fmt.Sprint(g)), append(index, g)
				a, x = append(a, float64(g%2)), append(x, r.NormFloat64())
				count = append(count, infer.PoissonDraw(r, math.Exp(1+0.5*a[len(a)-1]+level)))
			}
		}
		p := func(b0 float64) float64 {
			held := make([]float64, len(a))
			for i, v := range a {
				held[i] = b0 * v
			}
			data := table.Build("t", len(a)).Numbers("x", x).Numbers("count", count).Numbers("held", held).Table()
			null := estimate(t, Model{Formula: "count ~ x + offset(held)", Family: "poisson", Inference: infer.Options{Level: 0.9}}, data)
			one, u, v, e := make([]float64, len(a)), make([]float64, len(a)), make([]float64, len(a)), make([]float64, len(a))
			for i := range a {
				root := math.Exp((*null.Find("(Intercept)").Estimate + *null.Find("x").Estimate*x[i] + held[i]) / 2)
				one[i], u[i], v[i], e[i] = root, root*a[i], root*x[i], count[i]/root-root
			}
			score := Model{Formula: "e ~ 0 + one + u + v", Family: "gaussian", Inference: infer.Options{Level: 0.9, Kind: infer.CR1S, Clusters: []string{"school"}}}
			statistic := func(y []float64) float64 {
				data := table.Build("t", len(a)).Texts("school", school).Numbers("one", one).Numbers("u", u).Numbers("v", v).Numbers("e", y).Table()
				return math.Abs(*estimate(t, score, data).Find("u").Statistic)
			}
			observed, hits := statistic(e), 0
			for code := range 1 << groups {
				star := make([]float64, len(e))
				for i, y := range e {
					star[i] = y * (float64(code>>index[i]&1)*2 - 1)
				}
				if statistic(star) >= observed*(1-1e-9) {
					hits++
				}
			}
			return float64(hits) / (1 << groups)
		}
		data := table.Build("t", len(a)).Texts("school", school).Numbers("a", a).Numbers("x", x).Numbers("count", count).Table()
		m := Model{Formula: "count ~ a + x", Family: "poisson", Inference: infer.Options{Level: 0.9, Clusters: []string{"school"}, Term: "a", Bootstrap: "wild", Weights: "rademacher", Reps: 1000, Seed: "1"}}
		set := find(estimate(t, m, data), "wild_bootstrap")
		if want := p(0); *set.PValue != want {
			t.Errorf("seed %d: p %g, want %g", seed, *set.PValue, want)
		}
		if set.ConfLow == nil || set.ConfHigh == nil {
			t.Errorf("seed %d: no set: %v", seed, set)
			continue
		}
		margin := 0.01 * (*set.ConfHigh - *set.ConfLow)
		for _, end := range []struct{ at, inward float64 }{{*set.ConfLow, margin}, {*set.ConfHigh, -margin}} {
			if in, out := p(end.at+end.inward), p(end.at-end.inward); !(in > 0.1) || !(out <= 0.1) {
				t.Errorf("seed %d: p %g inside the end %g and %g outside", seed, in, end.at, out)
			}
		}
	}
}
