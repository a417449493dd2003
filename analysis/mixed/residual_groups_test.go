package mixed

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/formula"
)

// TestResidualGroups holds deviance, gradient and optimum of the model with
// residual variances by group against the dense criterion with those variances
// as weights.
func TestResidualGroups(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for seed := range uint64(3) {
		for _, e := range examples(seed) {
			m := e.model(t)
			g := &formula.Group{Name: "arm", Levels: []string{"a", "b", "c"}, Index: make([]int32, len(e.y))}
			for i := range g.Index {
				g.Index[i] = rng.Int32N(3)
			}
			for _, reml := range []bool{true, false} {
				h := m.newResidualGroups(g, reml)
				x := make([]float64, len(h.params)+2)
				for i := range x {
					x[i] = 0.5 * rng.NormFloat64()
					if i < len(h.params) && h.params[i].diagonal() {
						x[i] = math.Abs(x[i])
					}
				}
				weighted := func(x []float64) example {
					w := e
					w.weights = make([]float64, len(e.y))
					for i, a := range g.Index {
						w.weights[i] = 1
						if e.weights != nil {
							w.weights[i] = e.weights[i]
						}
						if a > 0 {
							w.weights[i] *= math.Exp(-2 * x[len(h.params)+int(a)-1])
						}
					}
					return w
				}
				got, ok := h.value(x)
				if !ok {
					t.Fatalf("%s: not evaluated", e.name)
				}
				one := weighted(x)
				want, _, _, _ := one.dense().deviance(one.relative(h.criterion), reml)
				near(t, e.name+": deviance", got, want, 1e-9)
				gradient := make([]float64, len(x))
				h.gradient(gradient)
				for i := range x {
					const step = 1e-5
					at := append([]float64(nil), x...)
					at[i] += step
					up, _ := h.value(at)
					at[i] -= 2 * step
					down, _ := h.value(at)
					near(t, fmt.Sprintf("%s: derivative %d", e.name, i), gradient[i], (up-down)/(2*step), 1e-5)
				}
			}
		}
	}
}

// TestResidualGroupsRecovers: planted standard deviations are found, and the
// degrees of freedom agree with those from differences of the dense criterion.
func TestResidualGroupsRecovers(t *testing.T) {
	e := examples(2)[0]
	rng := rand.New(rand.NewPCG(31, 32))
	e.y = append([]float64(nil), e.y...)
	g := &formula.Group{Name: "arm", Levels: []string{"0", "1"}, Index: make([]int32, len(e.y))}
	for i := range e.y {
		g.Index[i] = e.random[0].Index[i] % 2
		e.y[i] += 8 * float64(g.Index[i]) * rng.NormFloat64()
	}
	m := e.model(t)
	plain, err := m.system.criterion(true).fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.fitResidualGroups(context.Background(), g, plain)
	if err != nil || !f.converged {
		t.Fatal(err, f.converged)
	}
	if ratio := math.Exp(f.residuals.delta[1]); ratio < 2.5 || ratio > 7 {
		t.Errorf("ratio of the residual deviations is %g, drawn with about 4", ratio)
	}
	if plain.deviance-f.deviance < 20 {
		t.Errorf("the deviance fell by %g only", plain.deviance-f.deviance)
	}
	s := f.satterthwaite()
	h := f.residuals
	x := append(append([]float64(nil), f.x...), math.Sqrt(f.sigma2))
	n := len(x)
	deviance := func(x []float64) float64 {
		h.value(x[:n-1])
		return h.devianceAt(x[n-1] * x[n-1])
	}
	const step = 1e-4
	hessian := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			shift := func(a, b float64) float64 {
				y := append([]float64(nil), x...)
				y[i] += a * step
				y[j] += b * step
				return deviance(y)
			}
			hessian.Set(i, j, (shift(1, 1)-shift(1, -1)-shift(-1, 1)+shift(-1, -1))/(4*step*step))
		}
	}
	var a mat.Dense
	if err := a.Inverse(hessian); err != nil {
		t.Fatal(err)
	}
	l := f.basis.contrast([]float64{0, 1})
	variance := func(x []float64) float64 {
		h.value(x[:n-1])
		return x[n-1] * x[n-1] * quadratic(l, newSensitivity(f.fit).phi0)
	}
	gradient := make([]float64, n)
	for i := range gradient {
		y := append([]float64(nil), x...)
		y[i] += step
		up := variance(y)
		y[i] -= 2 * step
		gradient[i] = (up - variance(y)) / (2 * step)
	}
	var q float64
	for i := range n {
		for j := range n {
			q += gradient[i] * 2 * a.At(i, j) * gradient[j]
		}
	}
	v := variance(x)
	near(t, "Satterthwaite df", s.df(l), 2*v*v/q, 1e-4)
}

// TestResidualGroupsKenwardRoger holds the adjustment with residual variances by
// group against the paper's formulas with n by n matrices.
func TestResidualGroupsKenwardRoger(t *testing.T) {
	done := 0
	for seed := range uint64(4) {
		for _, e := range examples(seed) {
			rng := rand.New(rand.NewPCG(seed, 33))
			e.y = append([]float64(nil), e.y...)
			g := &formula.Group{Name: "arm", Levels: []string{"0", "1"}, Index: make([]int32, len(e.y))}
			for i := range e.y {
				g.Index[i] = e.random[0].Index[i] % 2
				e.y[i] += 3 * float64(g.Index[i]) * rng.NormFloat64()
			}
			m := e.model(t)
			plain, err := m.system.criterion(true).fit(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			f, err := m.fitResidualGroups(context.Background(), g, plain)
			if err != nil {
				t.Fatal(err)
			}
			kr := f.fit.kenwardRoger()
			if kr == nil || f.boundary || !f.converged {
				continue
			}
			done++
			w := e
			w.weights = make([]float64, len(e.y))
			for i, a := range g.Index {
				w.weights[i] = math.Exp(-2 * f.residuals.delta[a])
				if e.weights != nil {
					w.weights[i] *= e.weights[i]
				}
			}
			want := w.kenwardRoger(f.fit, g.Index, 2)
			adjusted := append([]float64(nil), kr.adjusted...)
			f.basis.sandwich(adjusted)
			sigma2 := f.sigma() * f.sigma()
			for i, v := range adjusted {
				near(t, e.name+": adjusted covariance", sigma2*v, want.adjusted.At(i/f.p, i%f.p), 1e-5)
			}
			for j := range f.p {
				l := make([]float64, f.p)
				l[j] = 1
				_, _, df := kr.contrastTest([][]float64{f.basis.contrast(l)}, f.beta())
				near(t, e.name+": df", df, want.df(j), 1e-4)
			}
		}
	}
	if done < 8 {
		t.Errorf("only %d fits compared", done)
	}
}
