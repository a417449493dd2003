package glm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis/infer"
	"swis/dataset/table"
)

// Every vector of signs by refits: y* = fitted under the term's null plus
// signed residuals, t with CR1S, largest |t*| of the terms left.
func TestRomanoWolfEnumerated(t *testing.T) {
	const groups, each = 7, 6
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 31))
		var school []string
		var a, b, y []float64
		var index []int
		for g := range groups {
			level, x := r.NormFloat64(), r.NormFloat64()
			for range each {
				school, index = append(school, fmt.Sprint(g)), append(index, g)
				a = append(a, x+0.5*r.NormFloat64())
				b = append(b, 0.5*a[len(a)-1]+r.NormFloat64())
				y = append(y, 0.8*a[len(a)-1]+level+r.NormFloat64())
			}
		}
		build := func(y []float64) *table.Table {
			return table.Build("t", len(y)).Texts("school", school).Numbers("a", a).Numbers("b", b).Numbers("y", y).Table()
		}
		m := Model{Formula: "y ~ a + b", Family: "gaussian", Inference: infer.Options{Level: 0.95, Kind: infer.CR1S, Clusters: []string{"school"}, Adjust: "romano-wolf", Weights: "rademacher", Reps: 1000, Seed: "1"}}
		got := estimate(t, m, build(y))
		plain := m
		plain.Inference.Adjust = ""
		terms := []string{"a", "b"}
		observed := make([]float64, 2)
		stars := make([][]float64, 2)
		for k, term := range terms {
			observed[k] = math.Abs(*estimate(t, plain, build(y)).Find(term).Statistic)
			other, x := "b", b
			if term == "b" {
				other, x = "a", a
			}
			null := plain
			null.Formula = "y ~ " + other
			fit := estimate(t, null, build(y))
			for code := range 1 << groups {
				star := make([]float64, len(y))
				for i := range star {
					mean := *fit.Find("(Intercept)").Estimate + *fit.Find(other).Estimate*x[i]
					sign := float64(code>>index[i]&1)*2 - 1
					star[i] = mean + sign*(y[i]-mean)
				}
				stars[k] = append(stars[k], math.Abs(*estimate(t, plain, build(star)).Find(term).Statistic))
			}
		}
		first, second := 0, 1
		if observed[1] > observed[0] {
			first, second = 1, 0
		}
		both, one := 0, 0
		for i := range stars[0] {
			if max(stars[0][i], stars[1][i]) >= observed[first]*(1-1e-9) {
				both++
			}
			if stars[second][i] >= observed[second]*(1-1e-9) {
				one++
			}
		}
		p := [2]float64{}
		p[first] = float64(both) / (1 << groups)
		p[second] = max(p[first], float64(one)/(1<<groups))
		for k, term := range terms {
			if adjusted := got.Find(term).PAdjusted; adjusted == nil || *adjusted != p[k] {
				t.Errorf("seed %d, %s: p %v, want %g", seed, term, adjusted, p[k])
			}
		}
	}
}

// Four arms against one control in 30 clusters, counts: any false finding
// stays near 5%.
func TestRomanoWolfArms(t *testing.T) {
	trials := 300
	if testing.Short() {
		trials = 60
	}
	any := 0
	for seed := range trials {
		r := rand.New(rand.NewPCG(uint64(seed), 41))
		var school, arm []string
		var count []float64
		for s := range 30 {
			level := 0.4 * r.NormFloat64()
			for range 6 {
				school, arm = append(school, fmt.Sprint(s)), append(arm, []string{"0", "A", "B", "C", "D"}[s%5])
				count = append(count, infer.PoissonDraw(r, math.Exp(0.7+level)))
			}
		}
		data := table.Build("t", len(arm)).Texts("school", school).Texts("arm", arm).Numbers("count", count).Table()
		m := Model{Formula: "count ~ factor(arm)", Family: "poisson", Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}, Adjust: "romano-wolf", Reps: 299, Seed: fmt.Sprint(seed)}}
		result := estimate(t, m, data)
		least := 1.0
		for _, e := range result.Estimates[1:] {
			least = min(least, *e.PAdjusted)
		}
		if least < 0.05 {
			any++
		}
	}
	share := float64(any) / float64(trials)
	t.Logf("any false finding %.3f", share)
	if share > 0.05+3*math.Sqrt(0.05*0.95/float64(trials)) {
		t.Errorf("any false finding in %.3f of trials", share)
	}
}
