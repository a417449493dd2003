package glmm

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset/table"
)

// A zero part whose probability is 0 or 1 on one side of a 0/1 column has an
// infinite coefficient: null and named, and the rest is the fit that holds that
// side's probability there, computed apart.
func TestInfiniteCoefficientOfTheZeroPart(t *testing.T) {
	const n = 600
	r := rand.New(rand.NewPCG(8, 3))
	arm, x, y := make([]float64, n), make([]float64, n), make([]float64, n)
	make3 := func(structural func(i int) bool) *table.Table {
		for i := range n {
			arm[i], x[i] = float64(i%2), float64(i%5)
			y[i] = count(r, math.Exp(1+0.1*x[i]))
			if structural(i) {
				y[i] = 0
			}
		}
		return table.Build("zeros", n).Numbers("arm", arm).Numbers("x", x).Numbers("y", y).Table()
	}
	// loglik of a Poisson with structural zeros of probability p in arm p1, q in the other.
	logLik := func(a, b float64, p [2]float64) (sum float64) {
		for i := range n {
			pi, mu := p[int(arm[i])], math.Exp(a+b*x[i])
			lg, _ := math.Lgamma(y[i] + 1)
			f := math.Exp(y[i]*math.Log(mu) - mu - lg)
			if y[i] == 0 {
				sum += math.Log(pi + (1-pi)*f)
			} else {
				sum += math.Log((1 - pi) * f)
			}
		}
		return sum
	}
	for _, c := range []struct {
		name       string
		structural func(i int) bool
		null       []bool // intercept, arm
		p          func(gamma float64) [2]float64
	}{
		{"none in arm 1", func(i int) bool { return i%2 == 0 && r.Float64() < 0.4 }, []bool{false, true}, func(g float64) [2]float64 { return [2]float64{1 / (1 + math.Exp(-g)), 0} }},
		{"none in arm 0", func(i int) bool { return i%2 == 1 && r.Float64() < 0.4 }, []bool{true, true}, func(g float64) [2]float64 { return [2]float64{0, 1 / (1 + math.Exp(-g))} }},
		{"all in arm 1", func(i int) bool { return i%2 == 1 || r.Float64() < 0.4 }, []bool{false, true}, func(g float64) [2]float64 { return [2]float64{1 / (1 + math.Exp(-g)), 1} }},
	} {
		data := make3(c.structural)
		if strings.HasPrefix(c.name, "none") {
			// No zero at all on that side, so that none is structural for certain.
			side := map[string]float64{"none in arm 1": 1, "none in arm 0": 0}[c.name]
			for i := range n {
				if arm[i] == side && y[i] == 0 {
					y[i] = 1
				}
			}
			data = table.Build("zeros", n).Numbers("arm", arm).Numbers("x", x).Numbers("y", y).Table()
		}
		res := estimate(t, Generalised{Formula: "y ~ x", Family: "poisson", ZeroInflation: "~ arm"}, data)
		if res.Fit.Status != analysis.Separated {
			t.Errorf("%s: %s %v", c.name, res.Fit.Status, res.Notes)
			continue
		}
		gamma := math.NaN()
		for i, e := range res.Estimates[2:4] {
			if (e.Estimate == nil) != c.null[i] {
				t.Errorf("%s: %s is %v", c.name, e.Term, deref(e.Estimate))
			}
			if e.Estimate != nil {
				gamma = *e.Estimate
			}
		}
		a, b := *res.Estimates[0].Estimate, *res.Estimates[1].Estimate
		if math.IsNaN(gamma) { // the probability of the other arm, from the score in it
			best := math.Inf(-1)
			for g := -3.0; g < 3; g += 1e-3 {
				if l := logLik(a, b, c.p(g)); l > best {
					best, gamma = l, g
				}
			}
		}
		near(t, c.name+" logLik", res.Fit.LogLik, analysis.Num(logLik(a, b, c.p(gamma))), 1e-6)
		// No finite move of the rest betters it.
		top := logLik(a, b, c.p(gamma))
		for _, h := range []float64{-0.01, 0.01} {
			if logLik(a+h, b, c.p(gamma)) > top || logLik(a, b+h, c.p(gamma)) > top || logLik(a, b, c.p(gamma+h)) > top+1e-6 {
				t.Errorf("%s: not a maximum", c.name)
			}
		}
		found := false
		for _, note := range res.Notes {
			found = found || note.Code == "separation" && note.Term == "arm"
		}
		if !found {
			t.Errorf("%s: no note names arm: %v", c.name, res.Notes)
		}
	}
}
