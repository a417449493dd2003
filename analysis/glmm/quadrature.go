package glmm

import (
	"math"
)

// node is one point of a Gauss-Hermite rule: log of its weight with e^{x^2}
// taken in, and its place times sqrt 2.
type node struct{ logWeight, at float64 }

// gaussHermite gives the rule of n points for weight e^{-x^2}, by Newton steps on
// the orthonormal Hermite functions. n = 1 would be the Laplace approximation.
func gaussHermite(n int) []node {
	nodes := make([]node, n)
	half := (n + 1) / 2
	roots := make([]float64, half)
	for i := range half {
		var x float64
		switch i {
		case 0:
			x = math.Sqrt(float64(2*n+1)) - 1.85575*math.Pow(float64(2*n+1), -1./6)
		case 1:
			x = roots[0] - 1.14*math.Pow(float64(n), 0.426)/roots[0]
		case 2:
			x = 1.86*roots[1] - 0.86*roots[0]
		case 3:
			x = 1.91*roots[2] - 0.91*roots[1]
		default:
			x = 2*roots[i-1] - roots[i-2]
		}
		var slope float64
		for range 100 {
			last, now := 0.0, math.Pow(math.Pi, -0.25)
			for j := range n {
				last, now = now, x*math.Sqrt(2/float64(j+1))*now-math.Sqrt(float64(j)/float64(j+1))*last
			}
			slope = math.Sqrt(float64(2*n)) * last
			step := now / slope
			x -= step
			if math.Abs(step) < 1e-15*(1+math.Abs(x)) {
				break
			}
		}
		roots[i] = x
		weight := math.Log(2) - 2*math.Log(math.Abs(slope)) + x*x
		nodes[i] = node{weight, math.Sqrt2 * x}
		nodes[n-1-i] = node{weight, -math.Sqrt2 * x}
	}
	if n%2 == 1 {
		nodes[half-1].at = 0
	}
	return nodes
}

// quadratureWork is the memory of adaptive quadrature.
type quadratureWork struct {
	d      *derivatives
	eta    []float64
	value  []float64    // by node: log weight - g, then posterior weights
	slope  []float64    // by node: dg/du
	points []float64    // by node: u
	d1     [2][]float64 // node by row of the level
	p0     []float64    // by node
	widest int
}

func newQuadratureWork(c *cells, nodes int) *quadratureWork {
	w := &quadratureWork{eta: make([]float64, c.n), value: make([]float64, nodes), slope: make([]float64, nodes), points: make([]float64, nodes), p0: make([]float64, nodes)}
	for m := range len(c.first) - 1 {
		w.widest = max(w.widest, c.first[m+1]-c.first[m])
	}
	return w
}

// quadrature returns minus the log-likelihood by adaptive Gauss-Hermite
// quadrature around the modes, one scalar random effect a level (Pinheiro and
// Bates 1995, eq. 3.2; Rabe-Hesketh, Skrondal and Pickles 2005), and its
// gradient as laplaceGradient does. With u_k = u + sqrt 2 s x_k, s = g”^(-1/2)
// and g = -l + u^2/2 the level adds
//
//	log s + log sum_k w_k exp(x_k^2 - g(u_k)) - log(pi)/2,
//
// and the places of the nodes move with the parameters through u and s.
func (o *objective) quadrature(phi float64, grad []float64) float64 {
	c, w := o.c, o.quad
	h := c.of[0]
	two := o.kernel.predictors() == 2
	hasPhi := o.kernel.hasPhi()
	if w.d == nil {
		w.d = newDerivatives(c.n, o.kernel)
		for p := range o.kernel.predictors() {
			w.d1[p] = make([]float64, len(o.nodes)*w.widest)
		}
	}
	lambda := o.lambda[0]
	if grad != nil {
		clear(grad[o.lowerAt():])
	}
	var total float64
	for m, col := range c.cols {
		lo, hi := c.first[m], c.first[m+1]
		u := o.u[col]
		s := 1 / math.Sqrt(c.chol.h[c.chol.start[col]])
		top := math.Inf(-1)
		eta, zeta := w.eta, o.eta[1]
		if h == 1 {
			eta, zeta = o.eta[0], w.eta
		}
		for k, node := range o.nodes {
			at := u + s*node.at
			w.points[k] = at
			for i := lo; i < hi; i++ {
				z := 1.0
				if c.z != nil {
					z = c.z[i]
				}
				w.eta[i] = o.fixed[h][i] + lambda*z*at
			}
			o.kernel.eval(c, lo, hi, eta, zeta, phi, grad != nil && hasPhi, w.d)
			var l, slope, p0 float64
			for i := lo; i < hi; i++ {
				l += w.d.l[i]
				if grad == nil {
					continue
				}
				z := 1.0
				if c.z != nil {
					z = c.z[i]
				}
				slope += w.d.d1[h][i] * z
				w.d1[0][k*w.widest+i-lo] = w.d.d1[0][i]
				if two {
					w.d1[1][k*w.widest+i-lo] = w.d.d1[1][i]
				}
				if hasPhi {
					p0 += w.d.p0[i]
				}
			}
			w.value[k] = node.logWeight + l - at*at/2
			w.slope[k] = at - lambda*slope
			w.p0[k] = p0
			top = max(top, w.value[k])
		}
		var sum float64
		for k, v := range w.value {
			w.value[k] = math.Exp(v - top)
			sum += w.value[k]
		}
		total += math.Log(s) + top + math.Log(sum) - math.Log(math.Pi)/2
		if grad == nil {
			continue
		}
		var slope0, slope1 float64
		for k := range w.value {
			w.value[k] /= sum
			slope0 += w.value[k] * w.slope[k]
			slope1 += w.value[k] * w.slope[k] * o.nodes[k].at
		}
		// Sums at the mode: l1 z, l2 z^2, l3 z^3 of the level.
		var l1, l2, l3 float64
		for i := lo; i < hi; i++ {
			z := 1.0
			if c.z != nil {
				z = c.z[i]
			}
			l1 += o.d.d1[h][i] * z
			l2 += o.d.d2[2*h][i] * z * z
			l3 += o.d.d3[3*h][i] * z * z * z
		}
		cH := -s * s * (1 - s*slope1) / 2
		cU := -cH*lambda*lambda*lambda*l3 - slope0
		move := -s * s * cU
		dLambda := move*(-l1-lambda*l2*u) + cH*(-2*lambda*l2-lambda*lambda*l3*u)
		var dPhi float64
		for k := range w.value {
			dPhi += w.value[k] * w.p0[k]
		}
		for i := lo; i < hi; i++ {
			z := 1.0
			if c.z != nil {
				z = c.z[i]
			}
			var own, other, along float64
			for k, p := range w.value {
				v := p * w.d1[h][k*w.widest+i-lo]
				own += v
				along += v * w.points[k]
				if two {
					other += p * w.d1[1-h][k*w.widest+i-lo]
				}
			}
			dLambda += along * z
			o.r[h][i] = -own + move*lambda*z*o.d.d2[2*h][i] + cH*lambda*lambda*z*z*o.d.d3[3*h][i]
			if two {
				o.r[1-h][i] = -other + move*lambda*z*o.d.d2[1][i] + cH*lambda*lambda*z*z*o.d.d3[1+h][i]
			}
			if hasPhi {
				dPhi -= move*lambda*z*o.d.p1[h][i] + cH*lambda*lambda*z*z*o.d.p2[2*h][i]
			}
		}
		grad[o.lowerAt()] -= dLambda
		if hasPhi {
			grad[o.n-1] -= dPhi
		}
	}
	return -total
}
