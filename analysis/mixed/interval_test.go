package mixed

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/analysis/formula"
)

// modelOf wraps an example as a model.
func (e example) model(t *testing.T) *model {
	t.Helper()
	names := make([]string, len(e.columns))
	terms := make([]int, len(e.columns))
	rows := make([]int, len(e.y))
	for j := range names {
		names[j] = string(rune('a' + j))
	}
	for i := range rows {
		rows[i] = i
	}
	m, err := newModel(&formula.Design{Text: e.name, Response: formula.Response{Name: "y", Y: e.y},
		Fixed: formula.Fixed{Names: names, X: e.columns, Term: terms}, Random: e.random, Weights: e.weights, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestProfileReachesTheLimit: at the limits of a profile interval the dense
// likelihood, minimised over what is left by brute force, has risen by z^2.
func TestProfileReachesTheLimit(t *testing.T) {
	e := examples(3)[0]
	m := e.model(t)
	f, err := m.system.criterion(false).fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	const z = 1.959963984540054
	p := &profiler{fit: f, z: z, minimum: f.deviance, theta: append([]float64(nil), f.theta...), sigma2: f.sigma2}
	n := len(e.y)
	d := e.dense()
	// -2 log-likelihood at given coefficients, intercept variance and residual variance
	deviance := func(beta []float64, between, within float64) float64 {
		v := mat.NewSymDense(n, nil)
		for i := range n {
			for j := range i + 1 {
				if e.random[0].Index[i] == e.random[0].Index[j] {
					v.SetSym(i, j, between)
				}
			}
			v.SetSym(i, i, between+within)
		}
		var chol mat.Cholesky
		chol.Factorize(v)
		var r, vr mat.VecDense
		r.MulVec(d.x, mat.NewVecDense(len(beta), beta))
		r.SubVec(d.y, &r)
		if err := chol.SolveVecTo(&vr, &r); err != nil {
			t.Fatal(err)
		}
		return float64(n)*math.Log(2*math.Pi) + chol.LogDet() + mat.Dot(&r, &vr)
	}
	// coordinate search in ever smaller steps over all but the held coordinate
	search := func(x []float64, held int, step []float64, value func([]float64) float64) float64 {
		best := value(x)
		for scale := 1.0; scale > 1e-5; {
			improved := false
			for i := range x {
				if i == held {
					continue
				}
				for _, s := range []float64{scale, -scale} {
					x[i] += s * step[i]
					if v := value(x); v < best-1e-13 {
						best, improved = v, true
					} else {
						x[i] -= s * step[i]
					}
				}
			}
			if !improved {
				scale /= 2
			}
		}
		return best
	}
	beta, vcov := f.beta(), f.vcov()
	value := func(x []float64) float64 {
		// centred parametrisation of the intercept keeps the search short
		return deviance([]float64{x[0] - 50*x[1], x[1]}, x[2]*x[2], x[3]*x[3])
	}
	start := func() ([]float64, []float64) {
		sd := math.Sqrt(f.covariance(0)[0])
		return []float64{beta[0] + 50*beta[1], beta[1], sd, f.sigma()}, []float64{0.3, 0.02, 0.3, 0.2}
	}
	low, high := p.coefficient(1, beta[1], math.Sqrt(vcov[3]))
	for _, limit := range []float64{low, high} {
		x, step := start()
		x[1] = limit
		near(t, "rise at the limit of the slope", search(x, 1, step, value)-f.deviance, z*z, 2e-4)
	}
	low, high = p.deviation(0, 0)
	for _, limit := range []float64{low, high} {
		x, step := start()
		x[2] = limit
		near(t, "rise at the limit of the school deviation", search(x, 2, step, value)-f.deviance, z*z, 2e-4)
	}
	low, high = p.residual()
	for _, limit := range []float64{low, high} {
		x, step := start()
		x[3] = limit
		near(t, "rise at the limit of sigma", search(x, 3, step, value)-f.deviance, z*z, 2e-4)
	}
}

// TestTurnedCriterionIsTheSame: turning the basis of a term leaves the
// likelihood as it is, and gives the deviation as written.
func TestTurnedCriterionIsTheSame(t *testing.T) {
	for _, e := range examples(4) {
		m := e.model(t)
		f, err := m.system.criterion(false).fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		theta := append([]float64(nil), f.theta...)
		for gi, g := range m.groups {
			for column := range g.k() {
				c, turned, scale := f.turned(gi, column, theta)
				v, ok := c.value(turned)
				if !ok {
					t.Fatalf("%s: not evaluated", e.name)
				}
				near(t, e.name+": deviance", v, f.deviance, 1e-9)
				head := g.term(column).first
				for i, p := range c.params {
					if p.group == gi && p.row == head && p.column == head {
						f.factorise(theta)
						want := math.Sqrt(f.covariance(gi)[column*g.k()+column])
						near(t, e.name+": deviation", turned[i]*scale*math.Sqrt(f.sigma2), want, 1e-7)
					}
				}
			}
		}
	}
}

// TestSimulatorDrawsFromTheModel: over many draws the products of the response
// with X and Z have the mean and the variance of the model.
func TestSimulatorDrawsFromTheModel(t *testing.T) {
	e := examples(2)[4]
	m := e.model(t)
	f, err := m.system.criterion(true).fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	v := e.relative(f.criterion)
	s := newSimulator(m, f)
	const draws = 4000
	width := s.p + 1
	var sum, square float64
	for i := range draws {
		s.draw(stream("1", "test", i))
		x := s.xx[0*width+s.p] // product with the first column of the basis
		sum += x
		square += x * x
	}
	column := make([]float64, s.n)
	row := make([]float64, s.p)
	var mean float64
	for i := range column {
		s.basis.row(s.columns, i, row)
		w := e.weights[i]
		column[i] = w * row[0]
		for j, x := range row {
			mean += w * row[0] * x * s.beta[j]
		}
	}
	x := mat.NewVecDense(s.n, column)
	variance := f.sigma2 * mat.Inner(x, v, x)
	got := square/draws - sum*sum/draws/draws
	if z := (sum/draws - mean) / math.Sqrt(variance/draws); math.Abs(z) > 4 {
		t.Errorf("mean of the draws is %g, want %g (z %.1f)", sum/draws, mean, z)
	}
	if z := (got/variance - 1) / math.Sqrt(2.0/draws); math.Abs(z) > 4 {
		t.Errorf("variance of the draws is %g, want %g (z %.1f)", got, variance, z)
	}
}

// TestCoverage: under the model, Kenward-Roger intervals with 12 schools hold
// the truth about as often as they say.
func TestCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("simulation")
	}
	e := examples(2)[0]
	m := e.model(t)
	f, err := m.system.criterion(true).fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	l := Linear{DF: KenwardRoger, Coverage: 2000, Seed: "1"}.withConventions()
	var r analysis.Result
	if err := m.simulateCoverage(context.Background(), &r, f, l); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, c := range r.Checks {
		if strings.HasPrefix(c.Name, "coverage:") {
			found++
			if math.Abs(*c.Value-0.95) > 4*math.Sqrt(0.95*0.05/2000) {
				t.Errorf("%s is %g", c.Name, *c.Value)
			}
		}
	}
	if found != 2 {
		t.Errorf("coverage of %d coefficients, want 2", found)
	}
}

// TestICCInterval: the limits are where the dense criterion has risen by z^2.
func TestICCInterval(t *testing.T) {
	e := examples(3)[0]
	c := e.system(t).criterion(true)
	f, err := c.fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	const z = 1.959963984540054
	low, high := f.iccInterval(z)
	for _, icc := range []float64{low, high} {
		if icc == 0 {
			continue
		}
		v := mat.NewSymDense(len(e.y), nil)
		for i := range e.y {
			for j := range i + 1 {
				if e.random[0].Index[i] == e.random[0].Index[j] {
					v.SetSym(i, j, icc/(1-icc))
				}
			}
			v.SetSym(i, i, 1+icc/(1-icc))
		}
		d, _, _, _ := e.dense().deviance(v, true)
		near(t, "rise at the limit", d-f.deviance, z*z, 1e-6)
	}
}
