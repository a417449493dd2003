package glmm

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/formula"
)

// density is the log-density of one row, written from its definition and
// apart from the engine's sums and chain rules.
func density(k kernel, y, trials, ceiling, eta, zeta, phi float64) float64 {
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	mu, d := math.Exp(eta), math.Exp(phi)
	count := func(y float64) float64 {
		switch k.base {
		case poisson:
			return y*math.Log(mu) - mu - lg(y+1)
		case negbin2:
			return lg(y+d) - lg(d) - lg(y+1) + d*math.Log(d/(d+mu)) + y*math.Log(mu/(d+mu))
		case negbin1:
			size := mu / d
			return lg(y+size) - lg(size) - lg(y+1) + size*math.Log(1/(1+d)) + y*math.Log(d/(1+d))
		case lognormal:
			z := (math.Log(y) - eta) / d
			return -z*z/2 - math.Log(d*y) - math.Log(2*math.Pi)/2
		case gamma:
			return d*math.Log(d/mu) + (d-1)*math.Log(y) - d*y/mu - lg(d)
		}
		p := 1 / (1 + math.Exp(-eta))
		return lg(trials+1) - lg(y+1) - lg(trials-y+1) + y*math.Log(p) + (trials-y)*math.Log(1-p)
	}
	all := count
	if ceiling > 0 {
		all = func(y float64) float64 {
			if y < ceiling {
				return count(y)
			}
			under := 0.0
			for j := range int(ceiling) {
				under += math.Exp(count(float64(j)))
			}
			return math.Log(1 - under)
		}
	}
	switch k.zeros {
	case truncated:
		return all(y) - math.Log(1-math.Exp(count(0)))
	case inflated:
		p := 1 / (1 + math.Exp(-zeta))
		if y == 0 {
			return math.Log(p + (1-p)*math.Exp(count(0)))
		}
		return math.Log(1-p) + all(y)
	}
	return all(y)
}

// joint is the log-density of data and random effects b = Lambda u, with a dense
// Z built from the terms of the problem, over the rows from first on.
func joint(p *problem, o *objective, psi, u []float64, first, rows int) float64 {
	sum := 0.0
	for _, x := range u {
		sum -= x * x / 2
	}
	o.setLambda(psi)
	for i := first; i < first+rows; i++ {
		y := p.y[i]
		var eta [2]float64
		at := 0
		for h := range p.parts {
			for _, x := range p.parts[h].x {
				eta[h] += x[i] * psi[at]
				at++
			}
			if p.parts[h].offset != nil {
				eta[h] += p.parts[h].offset[i]
			}
		}
		for t := range o.c.terms {
			t := &o.c.terms[t]
			for a := range t.k {
				z := 1.0
				if t.Z[a] != nil {
					z = t.Z[a][i]
				}
				for b := range a + 1 {
					eta[t.part] += z * o.lambda[(t.first+a)*o.c.k+t.first+b] * u[t.base+int(t.Index[i])*t.k+b]
				}
			}
		}
		trials := 1.0
		if p.trials != nil {
			trials = p.trials[i]
		}
		ceiling := 0.0
		if p.ceiling != nil {
			ceiling = p.ceiling[i]
		}
		sum += density(p.kernel, y, trials, ceiling, eta[0], eta[1], o.phi(psi))
	}
	return sum
}

// The engine's Laplace value is that of a dense computation with differenced
// derivatives of densities written from their definitions: the mode is a
// stationary point, and the determinant is that of the whole Hessian.
// A thousand random data sets over all shapes; a few where tests must be short.
func TestLaplaceAgainstDenseDefinition(t *testing.T) {
	seeds := 1 + uint64(1000/len(shapes()))
	if testing.Short() {
		seeds = 2
	}
	for _, s := range shapes() {
		if s.nodes > 0 || s.random == nil && s.zero == nil {
			continue
		}
		t.Run(s.String(), func(t *testing.T) {
			for seed := range seeds {
				r := rand.New(rand.NewPCG(3, 5+seed))
				p := toy(r, s.k, 5, 4, s.random, s.zero)
				o := newObjective(newCells(p), s.k, nil)
				psi := randomPsi(r, o)
				got, ok := o.evaluate(psi, nil)
				if !ok {
					t.Fatal("no mode")
				}
				u := append([]float64(nil), o.u...)
				q := len(u)
				const h = 1e-3
				f := func(i int, di float64, j int, dj float64) float64 {
					v := append([]float64(nil), u...)
					v[i] += di
					v[j] += dj
					return joint(p, o, psi, v, 0, p.n())
				}
				at := joint(p, o, psi, u, 0, p.n())
				hessian := mat.NewSymDense(q, nil)
				for i := range q {
					if slope := (f(i, h, i, 0) - f(i, -h, i, 0)) / (2 * h); math.Abs(slope) > 5e-5 {
						t.Fatalf("slope %g at the mode in effect %d", slope, i)
					}
					hessian.SetSym(i, i, -(-f(i, 2*h, i, 0)+16*f(i, h, i, 0)-30*at+16*f(i, -h, i, 0)-f(i, -2*h, i, 0))/(12*h*h))
					for j := range i {
						hessian.SetSym(i, j, -(f(i, h, j, h)-f(i, h, j, -h)-f(i, -h, j, h)+f(i, -h, j, -h))/(4*h*h))
					}
				}
				var chol mat.Cholesky
				if !chol.Factorize(hessian) {
					t.Fatal("the Hessian is not positive definite")
				}
				want := -at + chol.LogDet()/2
				if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
					t.Errorf("seed %d: engine %.9f, dense %.9f", seed, got, want)
				}
			}
		})
	}
}

// With many nodes the quadrature is the integral: compared with the trapezoidal
// rule, school by school, on tiny data.
func TestQuadratureIsTheIntegral(t *testing.T) {
	for _, s := range shapes() {
		if s.nodes == 0 {
			continue
		}
		t.Run(s.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(13, 17))
			p := toy(r, s.k, 4, 3, s.random, s.zero)
			o := newObjective(newCells(p), s.k, gaussHermite(40))
			psi := randomPsi(r, o)
			got, ok := o.evaluate(psi, nil)
			if !ok {
				t.Fatal("no mode")
			}
			want := 0.0
			for school := range 4 {
				u := make([]float64, 4)
				const width = 0.005
				sum := 0.0
				for x := -9.0; x <= 9; x += width {
					u[school] = x
					sum += math.Exp(joint(p, o, psi, u, 3*school, 3)) * width
				}
				want -= math.Log(sum / math.Sqrt(2*math.Pi))
			}
			if math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("quadrature %.10f, integral %.10f", got, want)
			}
		})
	}
}

// One node is the Laplace approximation.
func TestOneNodeIsLaplace(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 23))
	k := kernel{base: negbin2}
	p := toy(r, k, 6, 5, []string{"school"}, nil)
	laplace, quadrature := newObjective(newCells(p), k, nil), newObjective(newCells(p), k, gaussHermite(1))
	psi := randomPsi(r, laplace)
	a, b := make([]float64, laplace.n), make([]float64, laplace.n)
	x, _ := laplace.evaluate(psi, a)
	y, _ := quadrature.evaluate(psi, b)
	if math.Abs(x-y) > 1e-10*math.Abs(x) {
		t.Errorf("Laplace %.12f, one node %.12f", x, y)
	}
	for j := range a {
		if math.Abs(a[j]-b[j]) > 1e-8*(1+math.Abs(a[j])) {
			t.Errorf("parameter %d: gradient %.10f, one node %.10f", j, a[j], b[j])
		}
	}
}

// A rule of n nodes integrates polynomials of degree 2n-1 exactly.
func TestGaussHermite(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 9, 20, 50, 100} {
		nodes := gaussHermite(n)
		for power := 0; power < min(2*n, 40); power += 2 {
			want := math.Gamma(float64(power+1) / 2)
			got := 0.0
			for _, node := range nodes {
				x := node.at / math.Sqrt2
				got += math.Exp(node.logWeight-x*x) * math.Pow(x, float64(power))
			}
			if math.Abs(got-want) > 1e-11*want {
				t.Errorf("%d nodes, x^%d: %.15g, want %.15g", n, power, got, want)
			}
		}
	}
}

// With large means the posterior of an effect is nearly normal, and the Laplace
// value tends to the integral.
func TestLaplaceTendsToTheIntegral(t *testing.T) {
	var last float64
	for i, scale := range []float64{10, 100, 1000} {
		p := &problem{kernel: kernel{base: poisson}, y: []float64{3 * scale, 5 * scale, 2 * scale}}
		p.parts[0] = part{names: []string{"(Intercept)"}, x: [][]float64{{1, 1, 1}},
			random: []formula.Random{{Group: "school", Levels: make([]string, 3), Index: []int32{0, 1, 2}, Names: []string{"(Intercept)"}, Z: [][]float64{nil}}}}
		psi := []float64{math.Log(3 * scale), 0.5}
		laplace, _ := newObjective(newCells(p), p.kernel, nil).evaluate(psi, nil)
		exact, _ := newObjective(newCells(p), p.kernel, gaussHermite(60)).evaluate(psi, nil)
		gap := math.Abs(laplace - exact)
		if i > 0 && gap > last/5 {
			t.Errorf("scale %g: gap %g after %g", scale, gap, last)
		}
		last = gap
	}
}
