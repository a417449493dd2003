package glmm

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset/table"
)

// Cells of arm and period, some without any zero and some without any count:
// however the zero part writes them, its infinite coefficients are null and named,
// and the fit is that of the cells that are left.
func TestSeveralInfiniteCoefficientsOfTheZeroPart(t *testing.T) {
	const n = 1600
	for _, c := range []struct {
		name        string
		none, zeros []int // cells, arm + 2 post, without any zero and with zeros alone
		formula     string
		null        string // columns without an estimate
	}{
		{"two arms' follow-up", []int{2, 3}, nil, "~ arm*post", "post arm:post"},
		{"a column for each sign", []int{1}, []int{2}, "~ c1 + c2 + c3", "c1 c2"},
		{"two columns of one sign", []int{1, 3}, nil, "~ c1 + c2 + c3", "c1 c3"},
		{"the reference cell", []int{0}, nil, "~ arm*post", "(Intercept) arm post arm:post"},
		{"the reference cell of cells", []int{0}, nil, "~ c1 + c2 + c3", "(Intercept) c1 c2 c3"},
		{"a cell beside a covariate", []int{2}, nil, "~ arm*post + x", "post arm:post"},
	} {
		r := rand.New(rand.NewPCG(5, 9))
		columns := map[string][]float64{}
		add := func(name string, v float64) { columns[name] = append(columns[name], v) }
		in := func(list []int, cell int) float64 {
			for _, k := range list {
				if k == cell {
					return 1
				}
			}
			return 0
		}
		for i := range n {
			cell := i % 4
			x := r.NormFloat64()
			y := count(r, math.Exp(0.6+0.2*x))
			if r.Float64() < 0.4 {
				y = 0
			}
			if in(c.none, cell) == 1 {
				y = max(1, y)
			}
			if in(c.zeros, cell) == 1 {
				y = 0
			}
			add("arm", float64(cell%2))
			add("post", float64(cell/2))
			for k := range 4 {
				add([]string{"c0", "c1", "c2", "c3"}[k], in([]int{k}, cell))
			}
			add("x", x)
			add("y", y)
		}
		b := table.Build("cells", n)
		for name, values := range columns {
			b.Numbers(name, values)
		}
		res := estimate(t, Generalised{Formula: "y ~ x", Family: "poisson", ZeroInflation: c.formula}, b.Table())
		if res.Fit.Status != analysis.Separated {
			t.Errorf("%s: %s %v", c.name, res.Fit.Status, res.Notes)
		}
		var null, named []string
		for _, e := range res.Estimates {
			if e.Part == analysis.ZeroPart && e.Estimate == nil {
				null = append(null, e.Term)
			}
		}
		if got := strings.Join(null, " "); got != c.null {
			t.Errorf("%s: no estimate of %s, want %s", c.name, got, c.null)
		}
		for _, note := range res.Notes {
			if note.Code == "separation" {
				named = append(named, note.Text)
			}
		}
		for _, name := range null {
			if !strings.Contains(strings.Join(named, " "), name) {
				t.Errorf("%s: %s is not named in %q", c.name, name, named)
			}
		}
		// The likelihood with probabilities 0 and 1 where they belong, maximised over
		// the rest by a fit of the finite cells beside certain ones.
		a, slope := *res.Estimates[0].Estimate, *res.Estimates[1].Estimate
		var logLik float64
		share := map[int]float64{}
		for cell := range 4 {
			var best float64
			for step := range 2000 {
				p := float64(step) / 2000
				var sum float64
				for i := cell; i < n; i += 4 {
					mu := math.Exp(a + slope*columns["x"][i])
					y := columns["y"][i]
					lg, _ := math.Lgamma(y + 1)
					f := math.Exp(y*math.Log(mu) - mu - lg)
					switch {
					case in(c.zeros, cell) == 1:
					case y == 0:
						sum += math.Log(p + (1-p)*f)
					default:
						sum += math.Log((1 - p) * f)
					}
				}
				if step == 0 || sum > best {
					best, share[cell] = sum, p
				}
			}
			logLik += best
		}
		if !strings.Contains(c.formula, "+ x") {
			near(t, c.name+" logLik", res.Fit.LogLik, analysis.Num(logLik), 1e-5)
		} else if *res.Fit.LogLik < logLik-1e-3 {
			t.Errorf("%s: logLik %g below %g of the same model without x", c.name, *res.Fit.LogLik, logLik)
		}
	}
}

// Where no structural zero is wanted at all, no column of the zero part is left
// to run anywhere, and that is an answer, not a crash.
func TestNoStructuralZeroAnywhere(t *testing.T) {
	const n = 400
	r := rand.New(rand.NewPCG(4, 4))
	for _, size := range []int{0, 6} { // Poisson, or binomial counts of that size
		arm, y := make([]float64, n), make([]float64, n)
		var sum [2]float64 // of the counts of each arm
		for i := range n {
			arm[i] = float64(i % 2)
			y[i] = 1
			if size == 0 {
				y[i] += count(r, 3)
			}
			for range size {
				if r.Float64() < 0.3 {
					y[i]++
				}
			}
			sum[i%2] += y[i]
		}
		data := table.Build("ones", n).Numbers("arm", arm).Numbers("y", y).Table()
		for _, zero := range []string{"~ arm", "~ 1", "~ 0 + arm"} {
			res := estimate(t, Generalised{Formula: "y ~ arm", Family: "poisson", ZeroInflation: zero}, data)
			if res.Fit.Status != analysis.Separated {
				t.Errorf("%s: %s", zero, res.Fit.Status)
			}
			near(t, zero+": arm", res.Find("arm").Estimate, analysis.Num(math.Log(sum[1]/sum[0])), 1e-8)
			named := map[string]bool{}
			for _, n := range res.Notes {
				named[n.Code] = true
			}
			for _, e := range res.Estimates {
				if e.Part == analysis.ZeroPart && e.Estimate != nil {
					t.Errorf("%s: %s of the zero part has an estimate", zero, e.Term)
				}
			}
			if !named["no_zero_inflation"] && !named["separation"] {
				t.Errorf("%s: nothing says why: %v", zero, res.Notes)
			}
		}
	}
}
