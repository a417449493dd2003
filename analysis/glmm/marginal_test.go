package glmm

import (
	"math"
	"slices"
	"testing"
)

// The standardised difference of a zero-inflated or hurdle model is what direct
// integration over the random effects gives, and its error what differences of
// the whole computation in every parameter give.
func TestContrastByIntegration(t *testing.T) {
	p := newPanel(4, 36, 8)
	data := p.table(p.all())
	for _, g := range []Generalised{
		{Formula: "y ~ arm*post + (1 + post | school)", Family: "poisson", Exposure: "pupils"},
		{Formula: "y ~ arm*post + (1 | school)", Family: "negbin", Exposure: "pupils", Hurdle: "~ arm*post + (1 | school)"},
		{Formula: "y ~ arm*post + (1 | school)", Family: "negbin1", Exposure: "pupils", Hurdle: "~ arm"},
		{Formula: "y ~ arm*post + (1 | school)", Family: "poisson", Exposure: "pupils", ZeroInflation: "~ arm"},
	} {
		m, err := g.model(data)
		if err != nil {
			t.Fatal(err)
		}
		main := fitProblem(m.main, 1)
		var zero *fit
		if m.other != nil {
			zero = fitProblem(m.other, 1)
		}
		s := m.standardisation(main, zero)
		got, ok := m.contrast(s, "arm:post")
		if !ok {
			t.Fatal("no contrast")
		}
		direct := func() (one, none float64) { return direct(m, main, zero) }
		one, none := direct()
		if math.Abs(got.one-one) > 1e-6*one || math.Abs(got.zero-none) > 1e-6*none {
			t.Errorf("%s %s%s: means %.9g and %.9g, by integration %.9g and %.9g", g.Family, g.ZeroInflation, g.Hurdle, got.one, got.zero, one, none)
		}
		// Delta method with differences of the direct integral.
		variance := 0.0
		for _, f := range []*fit{main, zero} {
			if f == nil {
				continue
			}
			gradient := make([]float64, len(f.free))
			for i, at := range f.free {
				keep := f.psi[at]
				h := 1e-3 * math.Sqrt(f.cov.At(i, i))
				f.psi[at] = keep + h
				up1, up0 := direct()
				f.psi[at] = keep - h
				down1, down0 := direct()
				f.psi[at] = keep
				gradient[i] = ((up1 - up0) - (down1 - down0)) / (2 * h)
			}
			for i := range gradient {
				for j := range gradient {
					variance += gradient[i] * gradient[j] * f.cov.At(i, j)
				}
			}
		}
		if se := math.Sqrt(variance); math.Abs(se/got.seDifference-1) > 1e-4 {
			t.Errorf("%s %s%s: standard error %.9g, by differences %.9g", g.Family, g.ZeroInflation, g.Hurdle, got.seDifference, se)
		}
	}
}

// direct averages the mean outcome over the rows with arm:post = 1, with that
// column at 1 and at 0, by the trapezoidal rule over the random effects' sum.
func direct(m *model, main, zero *fit) (one, none float64) {
	const width = 0.02
	at := slices.Index(m.design.Fixed.Names, "arm:post")
	exposure := 0.0
	for i := range m.design.N() {
		if m.design.Fixed.X[at][i] != 1 {
			continue
		}
		exposure += m.design.Exposure[i]
		for _, on := range []bool{true, false} {
			linear := func(f *fit, first int, names []string, x [][]float64) (sum float64) {
				for j, name := range names {
					v := x[j][i]
					if name == "arm:post" && !on {
						v = 0
					}
					sum += v * f.psi[first+j]
				}
				return sum
			}
			post := m.design.Fixed.X[slices.Index(m.design.Fixed.Names, "post")][i]
			variance := func(f *fit) (v float64) {
				for t := range f.o.c.terms {
					s := f.covariance(&f.o.c.terms[t])
					v += s[0][0]
					if len(s) > 1 {
						v += 2*post*s[0][1] + post*post*s[1][1]
					}
				}
				return v
			}
			over := func(v float64, f func(b float64) float64) float64 {
				if v == 0 {
					return f(0)
				}
				sum := 0.0
				for z := -9.0; z < 9; z += width {
					sum += f(math.Sqrt(v)*z) * math.Exp(-z*z/2) * width / math.Sqrt(2*math.Pi)
				}
				return sum
			}
			eta := linear(main, 0, m.design.Fixed.Names, m.design.Fixed.X) + m.design.Offset[i]
			k := main.problem.kernel
			phi := main.o.phi(main.psi)
			mean := over(variance(main), func(b float64) float64 {
				mu := math.Exp(eta + b)
				if k.zeros != truncated {
					return mu
				}
				return mu / (1 - math.Exp(density(kernel{base: k.base}, 0, 1, 0, eta+b, 0, phi)))
			})
			pass := 1.0
			if m.zero != nil {
				f, first, v := main, main.o.c.p[0], 0.0
				if zero != nil {
					f, first, v = zero, 0, variance(zero)
				}
				zeta := linear(f, first, m.zero.Fixed.Names, m.zero.Fixed.X)
				pass = over(v, func(b float64) float64 { return 1 / (1 + math.Exp(zeta+b)) })
			}
			if on {
				one += mean * pass
			} else {
				none += mean * pass
			}
		}
	}
	return one / exposure, none / exposure
}
