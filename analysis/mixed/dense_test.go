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

// example is a small random data set with its random terms.
type example struct {
	name    string
	columns [][]float64
	y       []float64
	weights []float64
	random  []formula.Random
}

// examples cover one factor, nested, crossed, correlated and uncorrelated
// slopes, several terms, and weights.
func examples(seed uint64) []example {
	rng := rand.New(rand.NewPCG(seed, 7))
	const n, las, schools, months = 90, 4, 12, 6
	la, school, month := make([]int32, n), make([]int32, n), make([]int32, n)
	one, x, t, w := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		school[i] = int32(i % schools)
		la[i] = school[i] % las
		month[i] = int32(rng.IntN(months))
		one[i] = 1
		x[i] = 50 + 10*rng.NormFloat64()
		t[i] = float64(month[i]) + rng.Float64()
		w[i] = 0.5 + rng.Float64()
	}
	levels := func(k int) []string {
		out := make([]string, k)
		for i := range out {
			out[i] = fmt.Sprint(i)
		}
		return out
	}
	// each term adds its own variation to the response
	y := make([]float64, n)
	for i := range y {
		y[i] = 10 + 0.3*x[i] + rng.NormFloat64()*2
	}
	vary := func(index []int32, q int, z []float64, sd float64) {
		b := make([]float64, q)
		for j := range b {
			b[j] = sd * rng.NormFloat64()
		}
		for i, l := range index {
			if z == nil {
				y[i] += b[l]
			} else {
				y[i] += b[l] * z[i]
			}
		}
	}
	vary(school, schools, nil, 2)
	vary(school, schools, t, 0.8)
	vary(la, las, nil, 1.5)
	vary(month, months, nil, 1)
	term := func(group string, index []int32, q int, z ...[]float64) formula.Random {
		names := []string{"(Intercept)", "t", "x"}[:len(z)]
		return formula.Random{Group: group, Levels: levels(q), Index: index, Names: names, Z: z, Correlated: len(z) > 1}
	}
	slope := term("school", school, schools, t)
	slope.Names = []string{"t"}
	fixed := [][]float64{one, x}
	return []example{
		{"intercept", fixed, y, nil, []formula.Random{term("school", school, schools, nil)}},
		{"nested", fixed, y, nil, []formula.Random{term("school", school, schools, nil), term("la", la, las, nil)}},
		{"crossed", fixed, y, nil, []formula.Random{term("school", school, schools, nil), term("month", month, months, nil)}},
		{"slope", fixed, y, nil, []formula.Random{term("school", school, schools, nil, t)}},
		{"two slopes and weights", fixed, y, w, []formula.Random{term("school", school, schools, nil, t, x)}},
		{"uncorrelated", fixed, y, nil, []formula.Random{term("school", school, schools, nil), slope}},
		{"growth in las", [][]float64{one, x, t}, y, w, []formula.Random{term("school", school, schools, nil, t), term("la", la, las, nil), term("month", month, months, nil, x)}},
		{"no intercept", [][]float64{x}, y, nil, []formula.Random{term("la", la, las, nil, t), term("school", school, schools, nil)}},
	}
}

func (e example) system(t testing.TB) *system {
	t.Helper()
	groups := gather(e.random)
	for _, g := range groups {
		if err := g.orthonormalise(e.weights); err != nil {
			t.Fatal(err)
		}
	}
	return newSystem(groups, e.columns, e.y, e.weights)
}

// dense is the same model with the n by n covariance matrix written out.
type dense struct {
	n, p int
	x    *mat.Dense
	y    *mat.VecDense
	w    []float64
}

func (e example) dense() *dense {
	n, p := len(e.y), len(e.columns)
	d := &dense{n: n, p: p, x: mat.NewDense(n, p, nil), y: mat.NewVecDense(n, e.y), w: e.weights}
	for j, c := range e.columns {
		d.x.SetCol(j, c)
	}
	return d
}

// relative is Z Sigma Z'/sigma^2 + W^-1 with Sigma from the covariance factors
// of the criterion, transformed back to the columns as written.
func (e example) relative(c *criterion) *mat.SymDense {
	n := len(e.y)
	v := mat.NewSymDense(n, nil)
	for i := range n {
		x := 1.0
		if e.weights != nil {
			x = 1 / e.weights[i]
		}
		v.SetSym(i, i, x)
	}
	for gi, g := range c.groups {
		k := g.k()
		root := mat.NewDense(k, k, nil)
		root.Mul(mat.NewDense(k, k, g.back), mat.NewDense(k, k, c.lambda[gi]))
		var sigma mat.Dense
		sigma.Mul(root, root.T())
		value := func(i, a int) float64 {
			if g.z[a] == nil {
				return 1
			}
			return g.z[a][i]
		}
		for i := range n {
			for j := range i + 1 {
				if g.index[i] != g.index[j] {
					continue
				}
				var s float64
				for a := range k {
					for b := range k {
						s += value(i, a) * sigma.At(a, b) * value(j, b)
					}
				}
				v.SetSym(i, j, v.At(i, j)+s)
			}
		}
	}
	return v
}

// denseDeviance evaluates the profiled criterion by generalised least squares.
func (d *dense) deviance(v *mat.SymDense, reml bool) (deviance, sigma2 float64, beta *mat.VecDense, vcov *mat.Dense) {
	var chol mat.Cholesky
	if !chol.Factorize(v) {
		panic("covariance is not positive definite")
	}
	var vx mat.Dense
	if err := chol.SolveTo(&vx, d.x); err != nil {
		panic(err)
	}
	var xvx, inverse mat.Dense
	xvx.Mul(d.x.T(), &vx)
	if err := inverse.Inverse(&xvx); err != nil {
		panic(err)
	}
	var xvy, vy, e mat.VecDense
	if err := chol.SolveVecTo(&vy, d.y); err != nil {
		panic(err)
	}
	xvy.MulVec(d.x.T(), &vy)
	beta = &mat.VecDense{}
	beta.MulVec(&inverse, &xvy)
	e.MulVec(d.x, beta)
	e.SubVec(d.y, &e)
	var ve mat.VecDense
	if err := chol.SolveVecTo(&ve, &e); err != nil {
		panic(err)
	}
	r2 := mat.Dot(&e, &ve)
	df := float64(d.n)
	extra := 0.0
	if reml {
		df -= float64(d.p)
		extra = math.Log(mat.Det(&xvx))
	}
	sigma2 = r2 / df
	inverse.Scale(sigma2, &inverse)
	return chol.LogDet() + extra + df*(1+math.Log(2*math.Pi*sigma2)), sigma2, beta, &inverse
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*(1+math.Abs(want))) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

// TestCriterionAgreesWithDense holds deviance, coefficients, variances and the
// gradient at random theta against generalised least squares with the whole
// covariance matrix.
func TestCriterionAgreesWithDense(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for seed := range uint64(5) {
		for _, e := range examples(seed) {
			s := e.system(t)
			d := e.dense()
			for _, reml := range []bool{true, false} {
				c := s.criterion(reml)
				theta := make([]float64, len(c.params))
				for i, p := range c.params {
					theta[i] = rng.NormFloat64()
					if p.diagonal() {
						theta[i] = math.Abs(theta[i])
					}
				}
				got, ok := c.value(theta)
				if !ok {
					t.Fatalf("%s: not evaluated", e.name)
				}
				want, sigma2, beta, vcov := d.deviance(e.relative(c), reml)
				near(t, e.name+": deviance", got, want, 1e-9)
				g := make([]float64, len(theta))
				c.gradient(g)
				f := &fit{criterion: c, sigma2: c.r2 / c.df()}
				near(t, e.name+": sigma^2", f.sigma()*f.sigma(), sigma2, 1e-9)
				for j, b := range f.beta() {
					near(t, e.name+": beta", b, beta.AtVec(j), 1e-8)
				}
				for i, v := range f.vcov() {
					near(t, e.name+": vcov", v, vcov.At(i/f.p, i%f.p), 1e-8)
				}
				for i := range theta {
					const h = 1e-5
					at := append([]float64(nil), theta...)
					at[i] += h
					up, _ := c.value(at)
					at[i] -= 2 * h
					down, _ := c.value(at)
					near(t, fmt.Sprintf("%s: derivative %d", e.name, i), g[i], (up-down)/(2*h), 1e-5)
				}
			}
		}
	}
}

// TestFitIsAMinimum holds the deviance at the optimum against the dense one
// and against random theta around it, and the gradient against zero.
func TestFitIsAMinimum(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for seed := range uint64(10) {
		for _, e := range examples(seed) {
			for _, reml := range []bool{true, false} {
				c := e.system(t).criterion(reml)
				f, err := c.fit(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				if !f.converged {
					t.Errorf("%s, seed %d: not converged, gradient %g", e.name, seed, f.gradient)
				}
				want, _, _, _ := e.dense().deviance(e.relative(c), reml)
				near(t, e.name+": deviance", f.deviance, want, 1e-9)
				theta := append([]float64(nil), c.theta...)
				for range 40 {
					at := append([]float64(nil), theta...)
					for i, p := range c.params {
						at[i] += rng.NormFloat64() * []float64{1e-3, 0.05, 0.5}[rng.IntN(3)]
						if p.diagonal() {
							at[i] = math.Abs(at[i])
						}
					}
					if v, _ := c.value(at); v < f.deviance-1e-7 {
						t.Errorf("%s, seed %d, reml %v: deviance %.9f at %v is below the optimum %.9f at %v", e.name, seed, reml, v, at, f.deviance, theta)
						break
					}
				}
			}
		}
	}
}

// TestThousandDataSets holds fits of a thousand data sets against generalised
// least squares with the whole covariance matrix at the fitted variances.
func TestThousandDataSets(t *testing.T) {
	seeds := uint64(125)
	if testing.Short() {
		seeds = 8
	}
	for seed := range seeds {
		for _, e := range examples(1000 + seed) {
			f, err := e.system(t).criterion(true).fit(context.Background())
			if err != nil || !f.converged {
				t.Fatalf("%s, seed %d: %v", e.name, seed, err)
			}
			deviance, sigma2, beta, vcov := e.dense().deviance(e.relative(f.criterion), true)
			near(t, e.name+": deviance", f.deviance, deviance, 1e-9)
			near(t, e.name+": sigma^2", f.sigma()*f.sigma(), sigma2, 1e-8)
			for j, b := range f.beta() {
				near(t, e.name+": beta", b, beta.AtVec(j), 1e-7)
			}
			for i, v := range f.vcov() {
				near(t, e.name+": vcov", v, vcov.At(i/f.p, i%f.p), 1e-7)
			}
		}
	}
}
