package irls

import (
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis"
)

// simulated draws a model of n rows with an intercept, an arm and a covariate.
func simulated(family Family, n int, seed uint64) *Model {
	r := rand.New(rand.NewPCG(seed, 7))
	m := &Model{Family: family, X: [][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}}
	m.Offset, m.Weights = make([]float64, n), make([]float64, n)
	for i := range n {
		arm, x := float64(i%2), r.NormFloat64()
		m.X[0][i], m.X[1][i], m.X[2][i] = 1, arm, x
		m.Offset[i], m.Weights[i] = 0.3*r.NormFloat64(), 0.5+r.Float64()
		mu := math.Exp(0.7 - 0.4*arm + 0.3*x + m.Offset[i])
		switch family {
		case Gaussian:
			m.Y = append(m.Y, mu+r.NormFloat64())
		case Binomial:
			m.Trials = append(m.Trials, float64(1+r.IntN(9)))
			y := 0.0
			for range int(m.Trials[i]) {
				if r.Float64() < mu/(1+mu) {
					y++
				}
			}
			m.Y = append(m.Y, y)
		case Gamma:
			m.Y = append(m.Y, mu*(0.1+r.ExpFloat64()))
		case NegBin:
			m.Y = append(m.Y, poisson(r, mu*(r.ExpFloat64()+r.ExpFloat64())/2))
		default:
			m.Y = append(m.Y, poisson(r, mu))
		}
	}
	return m
}

func poisson(r *rand.Rand, mu float64) float64 {
	k, p := 0.0, r.Float64()
	for l := math.Exp(-mu); p > l; k++ {
		p *= r.Float64()
	}
	return k
}

// logLik is the log-likelihood written down once more, from the densities.
func logLik(m *Model, b []float64, theta float64) float64 {
	total := 0.0
	lg := func(x float64) float64 { l, _ := math.Lgamma(x); return l }
	for i, y := range m.Y {
		eta := m.Offset[i]
		for j := range b {
			eta += b[j] * m.X[j][i]
		}
		mu, l := math.Exp(eta), 0.0
		switch m.Family {
		case Gaussian:
			l = -(y - eta) * (y - eta) / 2
		case Poisson:
			l = y*math.Log(mu) - mu - lg(y+1)
		case Binomial:
			t, p := m.Trials[i], mu/(1+mu)
			l = y*math.Log(p) + (t-y)*math.Log(1-p) + lg(t+1) - lg(y+1) - lg(t-y+1)
		case Gamma:
			l = -math.Log(mu) - y/mu
		case NegBin:
			l = lg(y+theta) - lg(theta) - lg(y+1) + theta*math.Log(theta/(theta+mu)) + y*math.Log(mu/(theta+mu))
		}
		total += m.Weights[i] * l
	}
	return total
}

// The optimum is one of the likelihood written down anew: every move of a
// coefficient, or of theta, lowers it, and its slope there is zero.
func TestOptimum(t *testing.T) {
	for _, family := range []Family{Gaussian, Poisson, Binomial, Gamma, NegBin} {
		for seed := range uint64(5) {
			m := simulated(family, 200, seed)
			f := m.Fit(Options{})
			if f.Status != analysis.Converged {
				t.Fatalf("family %d seed %d: %s", family, seed, f.Status)
			}
			top := logLik(m, f.Coef, f.Theta)
			if family != Gaussian && family != Gamma && math.Abs(top-f.LogLik) > 1e-9*math.Abs(top) {
				t.Errorf("family %d: log-likelihood %v, want %v", family, f.LogLik, top)
			}
			for j := range f.Coef {
				const h = 1e-5
				b := append([]float64(nil), f.Coef...)
				b[j] += h
				up := logLik(m, b, f.Theta)
				b[j] -= 2 * h
				down := logLik(m, b, f.Theta)
				se := math.Sqrt(f.Inverse[j*3+j])
				if slope := (up - down) / (2 * h) * se; math.Abs(slope) > 1e-4 || up > top || down > top {
					t.Errorf("family %d seed %d coefficient %d: slope %g a standard error", family, seed, j, slope)
				}
			}
			if family == NegBin {
				for _, step := range []float64{0.999, 1.001} {
					if logLik(m, f.Coef, f.Theta*step) >= top {
						t.Errorf("theta %g is no maximum", f.Theta)
					}
				}
			}
		}
	}
}

func TestSeparation(t *testing.T) {
	ones := []float64{1, 1, 1, 1, 1, 1}
	arm := []float64{0, 0, 0, 1, 1, 1}
	x := []float64{-1, 0, 1, -1, 0, 1}
	// No event in the arm: the arm runs to minus infinity, the others are those
	// of the rows without it.
	m := &Model{Family: Poisson, X: [][]float64{ones, arm, x}, Y: []float64{2, 1, 4, 0, 0, 0}}
	f := m.Fit(Options{})
	rest := &Model{Family: Poisson, X: [][]float64{ones[:3], x[:3]}, Y: m.Y[:3]}
	g := rest.Fit(Options{})
	if f.Status != analysis.Separated || !math.IsInf(f.Coef[1], -1) || !f.Infinite[1] || f.Infinite[0] {
		t.Fatal(f.Status, f.Coef, f.Infinite)
	}
	if math.Abs(f.Coef[0]-g.Coef[0]) > 1e-12 || math.Abs(f.Coef[2]-g.Coef[1]) > 1e-12 || math.Abs(f.LogLik-g.LogLik) > 1e-12 {
		t.Error(f.Coef, g.Coef, f.LogLik, g.LogLik)
	}
	// No event without the arm: intercept and arm run away together.
	m.Y = []float64{0, 0, 0, 2, 1, 4}
	if f = m.Fit(Options{}); !math.IsInf(f.Coef[0], -1) || !math.IsInf(f.Coef[1], 1) || f.Infinite[2] || math.Abs(f.Coef[2]-g.Coef[1]) > 1e-10 {
		t.Error(f.Coef)
	}
	// A covariate that splits yes from no.
	b := &Model{Family: Binomial, X: [][]float64{ones, {1, 2, 3, 4, 5, 6}}, Y: []float64{0, 0, 0, 1, 1, 1}}
	if f = b.Fit(Options{}); f.Status != analysis.Separated || !f.Infinite[0] || !f.Infinite[1] || math.Abs(f.LogLik) > 1e-9 {
		t.Error(f.Status, f.Coef, f.LogLik)
	}
	// Overlap by one row: finite.
	b.Y = []float64{0, 0, 1, 0, 1, 1}
	if f = b.Fit(Options{}); f.Status != analysis.Converged || f.Infinite != nil {
		t.Error(f.Status, f.Coef)
	}
	// Quasi-separation: the split has a tie at 3.5.
	q := &Model{Family: Binomial, X: [][]float64{ones, {1, 2, 3.5, 3.5, 5, 6}}, Y: []float64{0, 0, 0, 1, 1, 1}}
	if f = q.Fit(Options{}); f.Status != analysis.Separated || math.Abs(f.LogLik-2*math.Log(0.5)) > 1e-9 {
		t.Error(f.Status, f.Coef, f.LogLik)
	}
	// A mean near zero that is no separation.
	far := &Model{Family: Poisson, X: [][]float64{ones, {0, 0, 0, 0, 1, -30}}, Y: []float64{1, 3, 2, 0, 4, 0}}
	if f = far.Fit(Options{}); f.Status != analysis.Converged {
		t.Error(f.Status, f.Coef, f.Mu)
	}
	// Nothing happened at all.
	none := &Model{Family: Poisson, X: [][]float64{ones}, Y: make([]float64, 6)}
	if f = none.Fit(Options{}); f.Status != analysis.Separated || !math.IsInf(f.Coef[0], -1) || f.LogLik != 0 {
		t.Error(f.Status, f.Coef, f.LogLik)
	}
}

func TestUnderdispersed(t *testing.T) {
	ones := []float64{1, 1, 1, 1, 1, 1}
	m := &Model{Family: NegBin, X: [][]float64{ones}, Y: []float64{2, 2, 3, 2, 3, 2}}
	f := m.Fit(Options{})
	p := &Model{Family: Poisson, X: m.X, Y: m.Y}
	g := p.Fit(Options{})
	if f.Status != analysis.Boundary || !math.IsInf(f.Theta, 1) || math.Abs(f.LogLik-g.LogLik) > 1e-10 {
		t.Error(f.Status, f.Theta, f.LogLik, g.LogLik)
	}
}

func TestTrigamma(t *testing.T) {
	for _, c := range []struct{ x, want float64 }{{1, math.Pi * math.Pi / 6}, {0.5, math.Pi * math.Pi / 2}, {20, 0.051270822935203119832}} {
		if got := trigamma(c.x); math.Abs(got/c.want-1) > 1e-14 {
			t.Errorf("trigamma(%g) = %.17g, want %.17g", c.x, got, c.want)
		}
	}
}

func BenchmarkPoisson(b *testing.B) {
	m := simulated(Poisson, 10080, 1)
	for b.Loop() {
		m.Fit(Options{})
	}
}

func BenchmarkNegBin(b *testing.B) {
	m := simulated(NegBin, 10080, 1)
	for b.Loop() {
		m.Fit(Options{})
	}
}
