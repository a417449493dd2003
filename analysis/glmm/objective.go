package glmm

import (
	"math"
	"slices"
)

// objective is minus the log-likelihood of a problem as a function of all outer
// parameters psi = (beta, gamma, lower triangular factors of the covariances,
// phi), with the random effects integrated out by the Laplace approximation at
// the mode (observed Hessian) or, for one scalar term, by adaptive
// Gauss-Hermite quadrature. The random effects are b = Lambda u, u standard
// normal, so that a variance of zero is an ordinary point. All memory is
// allocated once.
type objective struct {
	c      *cells
	kernel kernel
	nodes  []node // nil for Laplace

	nLower int // parameters of the covariance factors
	n      int // parameters in all

	u, score, trial []float64    // q: current modes, gradient, candidate
	fixed           [2][]float64 // linear predictor without random effects
	eta             [2][]float64
	d               *derivatives
	r               [2][]float64 // n: effective scores
	lambda          []float64    // K by K, row-major, block lower triangular
	diagonal        bool

	g, m, v, w  []float64 // K, K by K: work for one combination
	evaluations int
	inner       int // Newton steps for the modes
	quad        *quadratureWork
	pooled      *pooledCounts // nil where the likelihood is no sum over combinations
}

func newObjective(c *cells, k kernel, nodes []node) *objective {
	o := &objective{c: c, kernel: k, nodes: nodes, d: newDerivatives(c.n, k), diagonal: true}
	for i := range c.terms {
		o.nLower += c.terms[i].parameters()
		if c.terms[i].Correlated && c.terms[i].k > 1 {
			o.diagonal = false
		}
	}
	o.n = c.p[0] + c.p[1] + o.nLower
	if k.hasPhi() {
		o.n++
	}
	o.u, o.score, o.trial = make([]float64, c.q), make([]float64, c.q), make([]float64, c.q)
	for h := range k.predictors() {
		o.fixed[h], o.eta[h], o.r[h] = make([]float64, c.n), make([]float64, c.n), make([]float64, c.n)
	}
	if k.zeros == inflated && !slices.Contains(c.of, 1) {
		o.d.zeta = make([]float64, 3*c.n)
	}
	kk := c.k * c.k
	o.lambda, o.m, o.v, o.w = make([]float64, kk), make([]float64, kk), make([]float64, kk), make([]float64, kk)
	o.g = make([]float64, 3*c.k)
	if len(nodes) > 0 {
		o.quad = newQuadratureWork(c, len(nodes))
	}
	o.pooled = newPooledCounts(o)
	return o
}

// lowerAt is the index in psi of the first covariance parameter.
func (o *objective) lowerAt() int { return o.c.p[0] + o.c.p[1] }

func (o *objective) phi(psi []float64) float64 {
	if o.kernel.hasPhi() {
		return psi[o.n-1]
	}
	return 0
}

// evaluate returns minus the log-likelihood at psi, and its gradient where grad
// is not nil. The second value is false where the modes could not be found.
func (o *objective) evaluate(psi, grad []float64) (float64, bool) {
	o.evaluations++
	for _, x := range psi {
		if math.IsNaN(x) || math.Abs(x) > 1e8 {
			return math.Inf(1), false
		}
	}
	o.setFixed(psi)
	if o.d.zeta != nil {
		o.setZeta()
	}
	o.setLambda(psi)
	if o.pooled != nil {
		o.pooled.prepare()
	}
	phi := o.phi(psi)
	term, slope := o.c.phiTerm(o.kernel, phi)
	var f float64
	if o.c.q == 0 {
		f = -o.likelihood(nil, phi, grad != nil)
		if grad != nil {
			for h := range o.kernel.predictors() {
				for i, d := range o.d.d1[h] {
					o.r[h][i] = -d
				}
			}
		}
	} else {
		pen, ok := o.findMode(phi, grad != nil)
		if !ok {
			return math.Inf(1), false
		}
		if o.nodes != nil {
			f = o.quadrature(phi, grad)
		} else {
			f = pen + o.c.chol.logDet()/2
			switch {
			case grad == nil:
			case o.summed():
				o.pooled.gradient(grad)
			default:
				o.laplaceGradient(grad)
			}
		}
	}
	f -= o.c.constant + term
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return math.Inf(1), false
	}
	if grad != nil {
		o.fixedGradient(grad)
		if o.kernel.hasPhi() {
			if o.c.q == 0 {
				grad[o.n-1] = 0
				for _, p := range o.d.p0 {
					grad[o.n-1] -= p
				}
			}
			grad[o.n-1] -= slope
		}
		for _, x := range grad {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return math.Inf(1), false
			}
		}
	}
	return f, true
}

// summed says whether this evaluation goes by sums over combinations of levels.
func (o *objective) summed() bool { return o.pooled != nil && o.pooled.usable }

func (o *objective) setFixed(psi []float64) {
	at := 0
	for h := range o.kernel.predictors() {
		p := o.c.p[h]
		beta := psi[at : at+p]
		at += p
		x, fixed, offset := o.c.x[h], o.fixed[h], o.c.offset[h]
		for i := range fixed {
			var sum float64
			for j, xj := range x[i*p : i*p+p] {
				sum += xj * beta[j]
			}
			if offset != nil {
				sum += offset[i]
			}
			fixed[i] = sum
		}
	}
}

// setZeta evaluates the zero part's logit where it has no random effects.
func (o *objective) setZeta() {
	for i, zeta := range o.fixed[1] {
		o.d.zeta[3*i], o.d.zeta[3*i+1], o.d.zeta[3*i+2] = softplus(zeta)
	}
}

func (o *objective) setLambda(psi []float64) {
	clear(o.lambda)
	lower := psi[o.lowerAt():]
	for i := range o.c.terms {
		t := &o.c.terms[i]
		t.entries(func(m, a, b int) { o.lambda[(t.first+a)*o.c.k+t.first+b] = lower[m] })
	}
}

// fixedGradient sums the effective scores into the gradient of beta and gamma.
func (o *objective) fixedGradient(grad []float64) {
	at := 0
	for h := range o.kernel.predictors() {
		p := o.c.p[h]
		g := grad[at : at+p]
		at += p
		clear(g)
		x := o.c.x[h]
		for i, r := range o.r[h] {
			for j, xj := range x[i*p : i*p+p] {
				g[j] += xj * r
			}
		}
	}
}

// likelihood evaluates all cells at random effects u and returns the sum of the
// log-likelihood.
func (o *objective) likelihood(u []float64, phi float64, full bool) float64 {
	c := o.c
	switch {
	case u == nil:
		for h := range o.kernel.predictors() {
			copy(o.eta[h], o.fixed[h])
		}
	case c.z == nil && c.k == 1:
		eta, fixed, lambda := o.eta[c.of[0]], o.fixed[c.of[0]], o.lambda[0]
		if c.of[0] == 1 || o.kernel.predictors() == 2 {
			copy(o.eta[1-c.of[0]], o.fixed[1-c.of[0]])
		}
		for m, col := range c.cols {
			b := lambda * u[col]
			for i := c.first[m]; i < c.first[m+1]; i++ {
				eta[i] = fixed[i] + b
			}
		}
	default:
		k := c.k
		b := o.g[:k]
		for m := range len(c.first) - 1 {
			o.effects(u, c.cols[m*k:m*k+k], b)
			lo, hi := c.first[m], c.first[m+1]
			for h := range o.kernel.predictors() {
				eta, fixed := o.eta[h], o.fixed[h]
				if c.z == nil {
					var sum float64
					for a, x := range b {
						if c.of[a] == h {
							sum += x
						}
					}
					for i := lo; i < hi; i++ {
						eta[i] = fixed[i] + sum
					}
					continue
				}
				for i := lo; i < hi; i++ {
					sum := fixed[i]
					for a, z := range c.z[i*k : i*k+k] {
						if c.of[a] == h {
							sum += z * b[a]
						}
					}
					eta[i] = sum
				}
			}
		}
	}
	o.kernel.eval(c, 0, c.n, o.eta[0], o.eta[1], phi, full, o.d)
	var sum float64
	for _, l := range o.d.l {
		sum += l
	}
	return sum
}

// effects puts b = Lambda u of one combination into b.
func (o *objective) effects(u []float64, cols []int32, b []float64) {
	k := o.c.k
	if o.diagonal {
		for a, col := range cols {
			b[a] = o.lambda[a*k+a] * u[col]
		}
		return
	}
	for a := range cols {
		var sum float64
		for e, col := range cols[:a+1] {
			sum += o.lambda[a*k+e] * u[col]
		}
		b[a] = sum
	}
}
