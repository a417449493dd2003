package glm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset"
	"swis/dataset/table"
)

// trial simulates pupils in schools: arm by school, a covariate, a count, a
// yes-or-no outcome and a score.
func trial(seed uint64, schools int) *table.Table {
	r := rand.New(rand.NewPCG(seed, 11))
	var school, arm, la []string
	var x, count, yes, score, exposure, weight []float64
	for s := range schools {
		level := 0.3 * r.NormFloat64()
		for range 4 + r.IntN(5) {
			school = append(school, fmt.Sprintf("s%02d", s))
			la = append(la, fmt.Sprintf("la%d", s%3))
			treated := float64(s % 2)
			arm = append(arm, []string{"control", "SWIS"}[s%2])
			c := r.NormFloat64()
			e := 0.5 + r.Float64()
			x, exposure, weight = append(x, c), append(exposure, e), append(weight, 0.5+r.Float64())
			eta := 0.8 - 0.3*treated + 0.4*c + level
			count = append(count, draw(r, e*math.Exp(eta)))
			yes = append(yes, map[bool]float64{true: 1}[r.Float64() < 1/(1+math.Exp(-eta))])
			score = append(score, 10+eta+r.NormFloat64())
		}
	}
	return table.Build("trial.csv", len(x)).Texts("school", school).Texts("arm", arm).Texts("region", la).
		Numbers("x", x).Numbers("count", count).Numbers("yes", yes).Numbers("score", score).Numbers("exposure", exposure).Numbers("weight", weight).Table()
}

func draw(r *rand.Rand, mu float64) float64 {
	k := 0.0
	for p, l := r.Float64(), math.Exp(-mu); p > l; k++ {
		p *= r.Float64()
	}
	return k
}

func estimate(t *testing.T, m Model, data *table.Table) *analysis.Result {
	t.Helper()
	if m.Inference.Level == 0 {
		m.Inference.Level = 0.95
	}
	r, err := m.Estimate(context.Background(), data)
	if err != nil {
		t.Fatal(m.Formula, err)
	}
	return r
}

var outcomes = map[string]string{"gaussian": "score", "poisson": "count", "quasipoisson": "count", "negbin": "count", "binomial": "yes", "quasibinomial": "yes", "gamma": "score", "tobit": "count"}

// shuffled gives the rows in another order.
func shuffled(t *testing.T, data *table.Table, seed uint64) *table.Table {
	r := rand.New(rand.NewPCG(seed, 2))
	order := r.Perm(data.Rows())
	b := table.Build("shuffled", data.Rows())
	for _, name := range data.Names() {
		if kind, _ := data.Kind(name); kind == table.NumericKind {
			c, _ := data.Numeric(name)
			v := make([]float64, len(order))
			for i, o := range order {
				v[i] = c.Values[o]
			}
			b.Numbers(name, v)
			continue
		}
		c, _ := data.Category(name)
		v := make([]string, len(order))
		for i, o := range order {
			v[i] = c.Levels[c.Codes[o]]
		}
		b.Texts(name, v)
	}
	return b.Table()
}

func close(a, b analysis.Number, tolerance float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return math.Abs(*a-*b) <= tolerance*(1+math.Abs(*b))
}

// Row order, swapped arms, and terms in another order change nothing but signs
// and places, for every family and the cluster-robust variance.
func TestInvariance(t *testing.T) {
	seeds := 200
	if testing.Short() {
		seeds = 4
	}
	for _, family := range Families {
		for seed := range uint64(seeds) {
			data := trial(seed, 12)
			m := Model{Formula: outcomes[family] + " ~ arm + x", Family: family, Reference: map[string]string{"arm": "control"}, Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}}}
			if family == "tobit" {
				m.Inference.Clusters = nil
			}
			base := estimate(t, m, data).Find("armSWIS")
			if base == nil || base.StdError == nil || base.PValue == nil {
				t.Fatal(family, "no estimate")
			}
			same := func(what string, e *analysis.Estimate, sign float64) {
				t.Helper()
				v := *e.Estimate * sign
				if !close(&v, base.Estimate, 1e-7) || !close(e.StdError, base.StdError, 1e-6) || !close(e.DF, base.DF, 1e-5) {
					t.Errorf("%s, seed %d, %s: %g (%g) and %g (%g)", family, seed, what, v, *e.StdError, *base.Estimate, *base.StdError)
				}
			}
			same("shuffled", estimate(t, m, shuffled(t, data, seed)).Find("armSWIS"), 1)
			other := m
			other.Formula = outcomes[family] + " ~ x + arm"
			same("terms in another order", estimate(t, other, data).Find("armSWIS"), 1)
			other = m
			other.Reference = map[string]string{"arm": "SWIS"}
			same("arms swapped", estimate(t, other, data).Find("armcontrol"), -1)
		}
	}
}

// A weight of two is a row twice, for the coefficients.
func TestWeightsAreRows(t *testing.T) {
	for _, family := range []string{"gaussian", "poisson", "negbin", "binomial", "gamma", "tobit"} {
		data := trial(3, 10)
		n := data.Rows()
		weight := make([]float64, n)
		keep := make([]int, 0, 2*n)
		for i := range n {
			weight[i] = float64(1 + i%2)
			keep = append(keep, i)
			if i%2 == 1 {
				keep = append(keep, i)
			}
		}
		double := table.Build("double", len(keep))
		for _, name := range []string{"x", outcomes[family]} {
			c, _ := data.Numeric(name)
			v := make([]float64, len(keep))
			for k, i := range keep {
				v[k] = c.Values[i]
			}
			double.Numbers(name, v)
		}
		m := Model{Formula: outcomes[family] + " ~ x", Family: family}
		twice := estimate(t, m, double.Table())
		m.Weights = "weight"
		weighted := estimate(t, m, data.With("weight", weight))
		for j := range twice.Estimates {
			if !close(weighted.Estimates[j].Estimate, twice.Estimates[j].Estimate, 1e-7) {
				t.Errorf("%s: %g weighted, %g with rows twice", family, *weighted.Estimates[j].Estimate, *twice.Estimates[j].Estimate)
			}
		}
		if family != "gaussian" && family != "gamma" && !close(weighted.Fit.LogLik, twice.Fit.LogLik, 1e-9) {
			t.Errorf("%s: log-likelihood %g weighted, %g with rows twice", family, *weighted.Fit.LogLik, *twice.Fit.LogLik)
		}
	}
}

// A share with its number of trials as weight is the same as cbind.
func TestShares(t *testing.T) {
	data := table.Build("t", 6).Numbers("k", []float64{1, 2, 3, 2, 5, 6}).Numbers("n", []float64{4, 5, 6, 7, 8, 9}).Numbers("x", []float64{1, 2, 3, 4, 5, 6}).
		Numbers("share", []float64{0.25, 0.4, 0.5, 2.0 / 7, 0.625, 6.0 / 9}).Table()
	a := estimate(t, Model{Formula: "cbind(k, n - k) ~ x", Family: "binomial"}, data)
	b := estimate(t, Model{Formula: "share ~ x", Family: "binomial", Weights: "n"}, data)
	for j := range a.Estimates {
		if !close(a.Estimates[j].Estimate, b.Estimates[j].Estimate, 1e-10) || !close(a.Estimates[j].StdError, b.Estimates[j].StdError, 1e-10) {
			t.Error(j, *a.Estimates[j].Estimate, *b.Estimates[j].Estimate)
		}
	}
	if !close(a.Fit.LogLik, b.Fit.LogLik, 1e-10) {
		t.Error(*a.Fit.LogLik, *b.Fit.LogLik)
	}
}

// The tobit likelihood written down anew has its maximum where the fit says,
// and its curvature gives the standard errors.
func TestTobit(t *testing.T) {
	data := trial(5, 14)
	r := estimate(t, Model{Formula: "count ~ x", Family: "tobit"}, data)
	y, _ := data.Numeric("count")
	x, _ := data.Numeric("x")
	value := func(a, b, logSigma float64) float64 {
		s, total := math.Exp(logSigma), 0.0
		for i := range y.Values {
			z := (y.Values[i] - a - b*x.Values[i]) / s
			if y.Values[i] > 0 {
				total += -z*z/2 - math.Log(s) - math.Log(2*math.Pi)/2
			} else {
				total += math.Log(math.Erfc(-z/math.Sqrt2) / 2)
			}
		}
		return total
	}
	p := [3]float64{*r.Estimates[0].Estimate, *r.Estimates[1].Estimate, math.Log(*r.Fit.Sigma)}
	top := value(p[0], p[1], p[2])
	if math.Abs(top-*r.Fit.LogLik) > 1e-9*math.Abs(top) {
		t.Errorf("log-likelihood %g, want %g", *r.Fit.LogLik, top)
	}
	const h = 1e-4
	var hessian [3][3]float64
	for i := range 3 {
		for j := range 3 {
			at := func(a, b float64) float64 {
				q := p
				q[i] += a * h
				q[j] += b * h
				return value(q[0], q[1], q[2])
			}
			hessian[i][j] = -(at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h * h)
		}
		up, down := p, p
		up[i] += h
		down[i] -= h
		if slope := (value(up[0], up[1], up[2]) - value(down[0], down[1], down[2])) / (2 * h); math.Abs(slope) > 1e-4 {
			t.Errorf("slope %g in parameter %d", slope, i)
		}
	}
	// the variance of b by Cramer's rule
	m := hessian
	minor := m[0][0]*m[2][2] - m[0][2]*m[2][0]
	det := m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
	if se := math.Sqrt(minor / det); math.Abs(*r.Estimates[1].StdError/se-1) > 1e-4 {
		t.Errorf("standard error %g, want %g", *r.Estimates[1].StdError, se)
	}
}

func TestSeparationIsSaid(t *testing.T) {
	data := table.Build("t", 8).Texts("arm", strings.Fields("c c c c s s s s")).Numbers("n", []float64{2, 1, 0, 3, 0, 0, 0, 0}).Numbers("e", []float64{1, 2, 1, 2, 1, 2, 1, 2}).Table()
	r := estimate(t, Model{Formula: "n ~ arm", Family: "poisson", Exposure: "e"}, data)
	if r.Fit.Status != analysis.Separated || r.Find("arms").Estimate != nil || !close(r.Find("(Intercept)").Estimate, analysis.Num(0), 1e-12) {
		t.Error(r.Fit.Status, r.Estimates)
	}
	if !slices.ContainsFunc(r.Notes, func(n analysis.Note) bool { return n.Code == "separated" && n.Term == "arms" }) {
		t.Error(r.Notes)
	}
}

func TestRefusals(t *testing.T) {
	data := trial(1, 6)
	var unsupported *analysis.Unsupported
	var problems dataset.Problems
	var none *analysis.NotEstimable
	for _, c := range []struct {
		model  Model
		target any
	}{
		{Model{Formula: "count ~ arm", Family: "weibull"}, &unsupported},
		{Model{Formula: "count ~ arm + (1 | school)", Family: "poisson"}, &unsupported},
		{Model{Formula: "count ~ arm | school", Family: "poisson"}, &unsupported},
		{Model{Formula: "~ arm", Family: "poisson"}, &unsupported},
		{Model{Formula: "cbind(count, yes) ~ arm", Family: "poisson"}, &unsupported},
		{Model{Formula: "score ~ arm", Family: "gaussian", Exposure: "exposure"}, &unsupported},
		{Model{Formula: "score ~ arm", Family: "gaussian", Inference: infer.Options{Level: 0.95, Kind: infer.CR2}}, &unsupported},
		{Model{Formula: "count ~ arm", Family: "tobit", Inference: infer.Options{Level: 0.95, Kind: infer.CR3, Clusters: []string{"region"}}}, &unsupported},
		{Model{Formula: "score ~ arm", Family: "gaussian", Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}, Term: "arm", Permute: true}}, &unsupported},
		{Model{Formula: "I(-count) ~ arm", Family: "poisson"}, &problems},
		{Model{Formula: "count ~ arm", Family: "gamma"}, &problems},
		{Model{Formula: "score ~ arm", Family: "binomial"}, &problems},
		{Model{Formula: "count ~ school", Family: "gaussian", Inference: infer.Options{Level: 0.95, Clusters: []string{"la"}}}, new(*table.UnknownColumn)},
		{Model{Formula: "I(0*count) ~ arm", Family: "poisson"}, &none},
	} {
		if c.model.Inference.Level == 0 {
			c.model.Inference.Level = 0.95
		}
		if _, err := c.model.Estimate(context.Background(), data); err == nil || !errors.As(err, c.target) {
			t.Errorf("%s %s: %v", c.model.Family, c.model.Formula, err)
		}
	}
}

// The standardised difference is that of predictions, and its interval that of
// a numerical derivative.
func TestDifference(t *testing.T) {
	data := trial(4, 14)
	n := data.Rows()
	x, _ := data.Numeric("x")
	e, _ := data.Numeric("exposure")
	arm, _ := data.Category("arm")
	m := Model{Formula: "count ~ arm + x", Family: "poisson", Exposure: "exposure", Reference: map[string]string{"arm": "control"}, Inference: infer.Options{Level: 0.95}}
	r := estimate(t, m, data)
	b := [3]float64{*r.Estimates[0].Estimate, *r.Estimates[1].Estimate, *r.Estimates[2].Estimate}
	value := func(b [3]float64) float64 {
		d, total := 0.0, 0.0
		for i := range n {
			d += e.Values[i] * math.Exp(b[0]+b[2]*x.Values[i]) * (math.Exp(b[1]) - 1)
			total += e.Values[i]
		}
		return 1000 * d / total
	}
	got := r.Find("armSWIS")
	if math.Abs(*got.Difference/value(b)-1) > 1e-12 || got.DifferenceUnit != "per 1,000 exposure" || r.Find("x").Difference != nil {
		t.Fatal(*got.Difference, value(b), got.DifferenceUnit)
	}
	// information X'WX by hand, inverted by Gauss-Jordan
	var a [3][6]float64
	for i := range n {
		row := [3]float64{1, 0, x.Values[i]}
		if arm.Levels[arm.Codes[i]] == "SWIS" {
			row[1] = 1
		}
		mu := e.Values[i] * math.Exp(b[0]+b[1]*row[1]+b[2]*row[2])
		for p := range 3 {
			for q := range 3 {
				a[p][q] += mu * row[p] * row[q]
			}
		}
	}
	for p := range 3 {
		a[p][3+p] = 1
	}
	for p := range 3 {
		pivot := a[p][p]
		for q := range 6 {
			a[p][q] /= pivot
		}
		for o := range 3 {
			if f := a[o][p]; o != p {
				for q := range 6 {
					a[o][q] -= f * a[p][q]
				}
			}
		}
	}
	var g [3]float64
	for p := range 3 {
		up, down := b, b
		up[p] += 1e-5
		down[p] -= 1e-5
		g[p] = (value(up) - value(down)) / 2e-5
	}
	variance := 0.0
	for p := range 3 {
		for q := range 3 {
			variance += g[p] * a[p][3+q] * g[q]
		}
	}
	if half := 1.959963984540054 * math.Sqrt(variance); math.Abs((*got.DifferenceHigh-*got.Difference)/half-1) > 1e-6 {
		t.Errorf("half width %g, want %g", *got.DifferenceHigh-*got.Difference, half)
	}
}

// Robust and clustered standard errors of a tobit, to the digits of survreg of
// R 4.2.2's survival with robust = TRUE, which has no small-sample factor.
func TestTobitSandwich(t *testing.T) {
	school := strings.Split("a a a b b b c c c d d d e e e", " ")
	x := []float64{0.1, 0.9, 1.6, -0.5, 0.4, 1.1, 0.2, 1.9, -1, 0.7, 1.3, -0.2, 0.5, 2.2, 1}
	y := []float64{0, 1.4, 2.1, 0, 0, 0.3, 1.2, 3.9, 0, 0, 1.1, 0, 0.8, 2.7, 2.4}
	data := table.Build("t", len(x)).Texts("school", school).Numbers("x", x).Numbers("y", y).Table()
	factor := math.Sqrt(5.0 / 4)
	for _, c := range []struct {
		kind     infer.Kind
		clusters []string
		errors   [2]float64
	}{
		{infer.HC0, nil, [2]float64{0.541906638131, 0.402316434135}},
		{infer.CR0, []string{"school"}, [2]float64{0.579700315495, 0.276678176043}},
		{infer.CR1, []string{"school"}, [2]float64{0.579700315495 * factor, 0.276678176043 * factor}},
		{"", []string{"school"}, [2]float64{0.579700315495 * factor, 0.276678176043 * factor}},
	} {
		r := estimate(t, Model{Formula: "y ~ x", Family: "tobit", Inference: infer.Options{Level: 0.95, Kind: c.kind, Clusters: c.clusters}}, data)
		for j, want := range []float64{-0.686821785848, 1.815607467937} {
			if math.Abs(*r.Estimates[j].Estimate-want) > 1e-9 || math.Abs(*r.Estimates[j].StdError-c.errors[j]) > 1e-9 {
				t.Errorf("%s: %g (%.12g), want %g (%.12g)", c.kind, *r.Estimates[j].Estimate, *r.Estimates[j].StdError, want, c.errors[j])
			}
		}
	}
	if _, err := (Model{Formula: "y ~ x", Family: "tobit", Inference: infer.Options{Level: 0.95, Kind: infer.CR2, Clusters: []string{"school"}}}).Estimate(context.Background(), data); err == nil {
		t.Error("CR2 of a tobit passes")
	}
}
