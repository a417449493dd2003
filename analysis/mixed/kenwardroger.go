package mixed

import "math"

// kenwardRoger is the adjustment of Kenward & Roger (1997) for a REML fit:
// covariance of the fixed effects and degrees of freedom, by the expected
// information. Everything is computed from sums over levels: traces of products
// of covariance derivatives are second derivatives of the log determinant, so
// that the cost stays that of a few evaluations. Parameters are the free theta
// and log sigma^2; the result does not depend on that choice, since only the
// tangent space of the covariance structure enters.
type kenwardRoger struct {
	*sensitivity
	adjusted []float64   // p by p, in units of sigma^2
	k        [][]float64 // by parameter, Phi P_i Phi in units of sigma^2; the last is log sigma^2
	w        []float64   // inverse of the expected information
}

// newKenwardRoger returns nil where the expected information is singular.
func newKenwardRoger(s *sensitivity) *kenwardRoger {
	p := s.f.p
	kr := &kenwardRoger{sensitivity: s}
	for _, d := range s.d {
		k := make([]float64, p*p)
		for i, x := range d {
			k[i] = -x
		}
		kr.k = append(kr.k, k)
	}
	k := make([]float64, p*p)
	for i, x := range s.phi0 {
		k[i] = -x
	}
	kr.k = append(kr.k, k)
	return assembleKenwardRoger(s, kr.k, kr.middles(), kr.f.traceProducts())
}

// assembleKenwardRoger puts the adjustment together from Phi P_i Phi, Phi Q_ij Phi
// (its symmetric part is enough) and tr(V^-1 V_i V^-1 V_j); nil where the expected
// information is singular.
func assembleKenwardRoger(s *sensitivity, k, q [][]float64, traces []float64) *kenwardRoger {
	p, n := s.f.p, len(k)
	inverse := invertPositive(s.phi0, p)
	if inverse == nil {
		return nil
	}
	kr := &kenwardRoger{sensitivity: s, k: k}
	half := make([][]float64, n) // K_i Phi^-1
	for i, k := range kr.k {
		half[i] = multiply(k, inverse, p)
	}
	information := make([]float64, n*n)
	for i := range n {
		for j := range n {
			x := traces[i*n+j] - 2*traceProduct(q[i*n+j], inverse, p) + traceProduct(half[i], half[j], p)
			information[i*n+j] = x / 2
		}
	}
	if kr.w = invertPositive(information, n); kr.w == nil {
		return nil
	}
	kr.adjusted = append([]float64(nil), s.phi0...)
	for i := range n {
		for j := range n {
			product := multiply(half[i], kr.k[j], p)
			for x := range product {
				kr.adjusted[x] += 2 * kr.w[i*n+j] * (q[i*n+j][x] - product[x])
			}
		}
	}
	for i := range p {
		for j := range i {
			v := (kr.adjusted[i*p+j] + kr.adjusted[j*p+i]) / 2
			kr.adjusted[i*p+j], kr.adjusted[j*p+i] = v, v
		}
	}
	return kr
}

// middles are Phi Q_ij Phi in units of sigma^2: for two thetas
// W'D_i B D_j W with B = Z'V0^-1 Z.
func (kr *kenwardRoger) middles() [][]float64 {
	f, p := kr.f, kr.f.p
	m := len(f.free)
	n := m + 1
	q := f.structure.Scalars()
	y := make([][]float64, m*p) // D_i W, by columns
	t := make([][]float64, m*p) // Z'Z D_i W
	h := make([][]float64, m*p) // L^-1 Lambda' Z'Z D_i W
	for i, free := range f.free {
		param := f.params[free]
		d := f.direction(param)
		k := f.groups[param.group].k()
		for x := range p {
			v := make([]float64, q)
			for j := range f.groups[param.group].levels {
				at := f.structure.Start(int(f.first[param.group]) + j)
				for a := range k {
					for b := range k {
						v[at+a] += d[a*k+b] * kr.sensitivity.w[(at+b)*p+x]
					}
				}
			}
			y[i*p+x] = v
			t[i*p+x] = f.crossTimes(v)
			h[i*p+x] = f.lambdaTransposed(t[i*p+x])
			f.factor.Forward(h[i*p+x])
		}
	}
	out := make([][]float64, n*n)
	for i := range n {
		for j := range n {
			v := make([]float64, p*p)
			switch {
			case i < m && j < m:
				for a := range p {
					for b := range p {
						v[a*p+b] = dot(y[i*p+a], t[j*p+b]) - dot(h[i*p+a], h[j*p+b])
					}
				}
			case i == m && j == m:
				copy(v, kr.phi0)
			default:
				copy(v, kr.d[min(i, j)])
			}
			out[i*n+j] = v
		}
	}
	return out
}

// crossTimes is Z'WZ b.
func (c *criterion) crossTimes(b []float64) []float64 {
	out := make([]float64, len(b))
	for gi, g := range c.groups {
		k := g.k()
		for j := range g.levels {
			at := c.structure.Start(int(c.first[gi]) + j)
			zz := c.zz[gi][j*k*k : (j+1)*k*k]
			for r := range k {
				for t := range k {
					out[at+r] += zz[r*k+t] * b[at+t]
				}
			}
		}
	}
	c.addEdges(b, out, 1)
	return out
}

// lambdaTransposed is Lambda' v.
func (c *criterion) lambdaTransposed(v []float64) []float64 {
	out := make([]float64, len(v))
	for gi, g := range c.groups {
		k := g.k()
		lambda := c.lambda[gi]
		for j := range g.levels {
			at := c.structure.Start(int(c.first[gi]) + j)
			for r := range k {
				for t := r; t < k; t++ {
					out[at+r] += lambda[t*k+r] * v[at+t]
				}
			}
		}
	}
	return out
}

// traceProducts is tr(V^-1 dV_i V^-1 dV_j) for the free thetas and log sigma^2.
// For two thetas it is tr(V0^-1 Z D_ij Z') less the second derivative of
// log|V0| = log|M|, which comes from differences of the exact first derivative.
func (f *fit) traceProducts() []float64 {
	m := len(f.free)
	n := m + 1
	out := make([]float64, n*n)
	theta := append([]float64(nil), f.theta...)
	first := f.logDetGradient(theta)
	hessian := make([]float64, m*m)
	for b, j := range f.free {
		at := append([]float64(nil), theta...)
		step := 2e-4 * max(math.Abs(theta[j]), 0.05)
		at[j] = theta[j] + step
		up := f.logDetGradient(at)
		at[j] = theta[j] - step
		down := f.logDetGradient(at)
		for a, i := range f.free {
			hessian[a*m+b] = (up[i] - down[i]) / (2 * step)
		}
	}
	blocks := f.blockSums(theta)
	f.factorise(theta)
	f.solve()
	for a, i := range f.free {
		for b, j := range f.free {
			pi, pj := f.params[i], f.params[j]
			x := -(hessian[a*m+b] + hessian[b*m+a]) / 2
			if pi.group == pj.group && pi.column == pj.column {
				k := f.groups[pi.group].k()
				x += 2 * blocks[pi.group][pi.row*k+pj.row]
			}
			out[a*n+b] = x
		}
		out[a*n+m], out[m*n+a] = first[i], first[i]
	}
	out[m*n+m] = float64(f.n)
	return out
}

// logDetGradient is the gradient of log|M| by theta.
func (f *fit) logDetGradient(theta []float64) []float64 {
	f.factorise(theta)
	f.inverse.Of(f.factor, 0)
	h := f.traces(0)
	g := make([]float64, len(f.params))
	for i, p := range f.params {
		g[i] = 2 * h[p.group][p.column*f.groups[p.group].k()+p.row]
	}
	return g
}

// blockSums is, by group, the sum over levels of Z_j'V0^-1 Z_j, k by k: from
// M^-1 Lambda'Z'Z = Lambda' B by a triangular solve. A zero on the diagonal of
// Lambda is moved by a hair: the sums are even and smooth in it.
func (f *fit) blockSums(theta []float64) [][]float64 {
	at := append([]float64(nil), theta...)
	for i, p := range f.params {
		if p.diagonal() && at[i] == 0 {
			at[i] = 1e-4
		}
	}
	f.factorise(at)
	f.inverse.Of(f.factor, 0)
	h := f.traces(0)
	for gi, g := range f.groups {
		k := g.k()
		for c := range k {
			for r := k - 1; r >= 0; r-- {
				x := h[gi][r*k+c]
				for t := r + 1; t < k; t++ {
					x -= f.lambda[gi][t*k+r] * h[gi][t*k+c]
				}
				h[gi][r*k+c] = x / f.lambda[gi][r*k+r]
			}
		}
	}
	return h
}

// contrastTest is the test of L'beta = 0, L given as l contrasts of p in the
// engine's coordinates: scaled F, its numerator and denominator degrees of
// freedom (Kenward & Roger 1997, section 3; Halekoh & Hojsgaard 2014).
func (kr *kenwardRoger) contrastTest(contrasts [][]float64, beta []float64) (f, df1, df2 float64) {
	p := kr.f.p
	q := len(contrasts)
	middle := make([]float64, q*q) // L'Phi L
	adjusted := make([]float64, q*q)
	for a := range q {
		for b := range q {
			middle[a*q+b] = bilinear(contrasts[a], contrasts[b], kr.phi0)
			adjusted[a*q+b] = bilinear(contrasts[a], contrasts[b], kr.adjusted)
		}
	}
	inner := invertPositive(middle, q)
	outer := invertPositive(adjusted, q)
	if inner == nil || outer == nil {
		return math.NaN(), float64(q), math.NaN()
	}
	theta := make([]float64, p*p) // L(L'Phi L)^-1 L'
	for i := range p {
		for j := range p {
			for a := range q {
				for b := range q {
					theta[i*p+j] += contrasts[a][i] * inner[a*q+b] * contrasts[b][j]
				}
			}
		}
	}
	n := len(kr.k)
	products := make([][]float64, n)
	traces := make([]float64, n)
	for i, k := range kr.k {
		products[i] = multiply(theta, k, p)
		for j := range p {
			traces[i] += products[i][j*p+j]
		}
	}
	var a1, a2 float64
	for i := range n {
		for j := range n {
			a1 += kr.w[i*n+j] * traces[i] * traces[j]
			a2 += kr.w[i*n+j] * traceProduct(products[i], products[j], p)
		}
	}
	estimates := make([]float64, q)
	for a := range q {
		estimates[a] = dot(contrasts[a], beta)
	}
	wald := quadratic(estimates, outer) / (kr.f.sigma2 * kr.f.yScale * kr.f.yScale) / float64(q)
	scale, df2 := scaledF(a1, a2, float64(q))
	return scale * wald, float64(q), df2
}

// scaledF is lambda and the denominator degrees of freedom of Kenward & Roger's
// F for q contrasts.
func scaledF(a1, a2, q float64) (lambda, df2 float64) {
	b := (a1 + 6*a2) / (2 * q)
	g := ((q+1)*a1 - (q+4)*a2) / ((q + 2) * a2)
	d := 3*q + 2*(1-g)
	c1, c2, c3 := g/d, (q-g)/d, (q+2-g)/d
	e := 1 / (1 - a2/q)
	v0, v1, v2 := 1+c1*b, 1-c2*b, 1-c3*b
	v := 2 / q * v0 / (v1 * v1 * v2)
	rho := v / (2 * e * e)
	df2 = 4 + (q+2)/(q*rho-1)
	return df2 / (e * (df2 - 2)), df2
}

func bilinear(l, r, a []float64) float64 {
	var sum float64
	p := len(l)
	for i, x := range l {
		for j, y := range r {
			sum += x * y * a[i*p+j]
		}
	}
	return sum
}

func dot(a, b []float64) float64 {
	var sum float64
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

func multiply(a, b []float64, p int) []float64 {
	out := make([]float64, p*p)
	for i := range p {
		for k := range p {
			x := a[i*p+k]
			for j := range p {
				out[i*p+j] += x * b[k*p+j]
			}
		}
	}
	return out
}

// traceProduct is tr(AB).
func traceProduct(a, b []float64, p int) float64 {
	var sum float64
	for i := range p {
		for j := range p {
			sum += a[i*p+j] * b[j*p+i]
		}
	}
	return sum
}
