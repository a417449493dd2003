package glm

import (
	"math"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/analysis/linear"
)

// fitTobit maximises the likelihood of a normal outcome left-censored at 0, in
// Olsen's (1978) parameters gamma = b/sigma and h = 1/sigma, in which it is
// concave, by Newton steps. Standard errors come from the observed information
// carried to (b, log sigma), or from a sandwich around it.
func (f *family) fitTobit(d *formula.Design) (*fitted, error) {
	y, n := d.Response.Y, len(d.Response.Y)
	qr := linear.Factorise(d.Fixed.X, nil, linear.RankTolerance)
	k := qr.Rank()
	events := 0
	for _, v := range y {
		if v > 0 {
			events++
		}
	}
	if events <= k {
		return nil, analysis.NotEstimablef("only %d of %d rows are above 0, too few for %d coefficients and sigma; use fewer terms", events, n, k)
	}
	t := &tobit{y: y, q: qr.Orthonormal(), weights: d.Weights, offset: d.Offset, k: k}
	parameters, information, value, steps, gradient := t.maximise()
	if parameters == nil {
		return nil, analysis.NotEstimablef("the tobit likelihood of %s has no finite maximum; all outcomes may be censored in one group", d.Text)
	}
	h := parameters[k]
	b := append([]float64(nil), parameters[:k]...)
	for j := range b {
		b[j] /= h
	}
	// d(b, log sigma)/d(gamma, h): b = gamma/h, log sigma = -log h.
	variance := linear.InverseCholesky(information, k+1)
	inB := append([]float64(nil), b...)
	carried := func(variance []float64) []float64 {
		inQ := make([]float64, k*k)
		w := k + 1
		for i := range k {
			for j := range k {
				inQ[i*k+j] = (variance[i*w+j] - inB[i]*variance[k*w+j] - inB[j]*variance[i*w+k] + inB[i]*inB[j]*variance[k*w+k]) / (h * h)
			}
		}
		return qr.BackTransform(inQ)
	}
	out := blank()
	out.sandwich = func(kind infer.Kind, cluster *infer.Clusters) []float64 {
		return carried(t.sandwich(parameters, variance, kind, cluster))
	}
	out.kept, out.aliased = qr.Kept, qr.Aliased
	out.coef = make([]float64, len(d.Fixed.X))
	out.near = make([]bool, len(d.Fixed.X))
	for j := range out.coef {
		out.coef[j] = math.NaN()
	}
	qr.SolveR(b)
	for i, j := range qr.Kept {
		out.coef[j] = b[i]
	}
	out.inverse = carried(variance)
	out.sigma, out.logLik = 1/h, value
	out.status, out.iterations, out.gradient = analysis.Converged, steps, gradient
	out.nullLogLik = func() float64 {
		ones := make([]float64, n)
		for i := range ones {
			ones[i] = 1 / math.Sqrt(float64(n))
		}
		null := &tobit{y: y, q: [][]float64{ones}, weights: d.Weights, offset: d.Offset, k: 1}
		_, _, value, _, _ := null.maximise()
		return value
	}
	return out, nil
}

// sandwich is I^-1 (sum over clusters of s s') I^-1 with s the sum of a
// cluster's scores, in (gamma, h); inverse is I^-1. CR1 has the factor G/(G-1),
// CR0 and HC0, of which each row is a cluster, none.
func (t *tobit) sandwich(p, inverse []float64, kind infer.Kind, cluster *infer.Clusters) []float64 {
	w := t.k + 1
	groups := len(t.y)
	if cluster != nil {
		groups = len(cluster.Levels)
	}
	scores := make([]float64, groups*w)
	one := &tobit{y: make([]float64, 1), q: make([][]float64, t.k), k: t.k}
	gradient, information := make([]float64, w), make([]float64, w*w)
	for i, y := range t.y {
		one.y[0] = y
		for j, q := range t.q {
			one.q[j] = q[i : i+1]
		}
		if t.weights != nil {
			one.weights = t.weights[i : i+1]
		}
		if t.offset != nil {
			one.offset = t.offset[i : i+1]
		}
		one.at(p, gradient, information)
		g := i
		if cluster != nil {
			g = int(cluster.Index[i])
		}
		for a, s := range gradient {
			scores[g*w+a] += s
		}
	}
	factor := 1.0
	if kind == infer.CR1 {
		factor = float64(groups) / float64(groups-1)
	}
	out, half := make([]float64, w*w), make([]float64, w)
	for g := range groups {
		for a := range w {
			half[a] = 0
			for b := range w {
				half[a] += inverse[a*w+b] * scores[g*w+b]
			}
		}
		for a := range w {
			for b := range w {
				out[a*w+b] += factor * half[a] * half[b]
			}
		}
	}
	return out
}

// tobit is the likelihood in (gamma, h), gamma in the orthonormal basis q.
type tobit struct {
	y, weights, offset []float64
	q                  [][]float64
	k                  int
}

// at evaluates the log-likelihood and, where gradient is not nil, its gradient
// and negative Hessian (lower triangle).
func (t *tobit) at(p, gradient, information []float64) float64 {
	w := t.k + 1
	if gradient != nil {
		clear(gradient)
		clear(information)
	}
	h := p[t.k]
	total := 0.0
	row := make([]float64, w)
	for i, y := range t.y {
		eta := 0.0
		for j, q := range t.q {
			row[j] = q[i]
			eta += p[j] * q[i]
		}
		o := 0.0
		if t.offset != nil {
			o = t.offset[i]
		}
		weight := 1.0
		if t.weights != nil {
			weight = t.weights[i]
		}
		// z = h (y - offset) - eta, its derivative by h and by eta
		var first, second float64 // of the log density by z
		var z float64
		if y > 0 {
			row[t.k] = -(y - o)
			z = h*(y-o) - eta
			total += weight * (math.Log(h) - z*z/2 - math.Log(2*math.Pi)/2)
			first, second = -z, -1
		} else {
			row[t.k] = o
			z = -h*o - eta
			l := logNormalCDF(z)
			total += weight * l
			m := math.Exp(-z*z/2 - math.Log(2*math.Pi)/2 - l) // phi/Phi
			first, second = m, -m*(z+m)
		}
		if gradient == nil {
			continue
		}
		// dz = -row: z falls with eta, and with h by row[k]
		for a := range w {
			gradient[a] -= weight * first * row[a]
			for b := range a + 1 {
				information[a*w+b] -= weight * second * row[a] * row[b]
			}
		}
		if y > 0 {
			gradient[t.k] += weight / h
			information[t.k*w+t.k] += weight / (h * h)
		}
	}
	return total
}

// maximise gives the optimum, the Cholesky factor of the information there,
// the log-likelihood, the steps taken and the scaled gradient.
func (t *tobit) maximise() (p, factor []float64, value float64, steps int, scaled float64) {
	w := t.k + 1
	p = make([]float64, w)
	square := 0.0
	for _, y := range t.y {
		square += y * y
	}
	p[t.k] = 1 / math.Sqrt(square/float64(len(t.y)))
	gradient, information := make([]float64, w), make([]float64, w*w)
	step, next := make([]float64, w), make([]float64, w)
	value = t.at(p, gradient, information)
	last := math.Inf(1)
	for steps = 1; steps <= 200; steps++ {
		if !linear.Cholesky(information, w, 1e-14) {
			return nil, nil, 0, 0, 0
		}
		copy(step, gradient)
		linear.SolveCholesky(information, w, step)
		decrement := 0.0
		for j := range step {
			decrement += step[j] * gradient[j]
		}
		if decrement <= 1e-22 || decrement <= 1e-14 && decrement >= last/4 {
			return p, information, value, steps, math.Sqrt(max(decrement, 0))
		}
		last = decrement
		moved := false
		for range 40 {
			for j := range p {
				next[j] = p[j] + step[j]
			}
			if next[t.k] > 0 {
				if v := t.at(next, nil, nil); v >= value-1e-11*(1+math.Abs(value)) {
					moved = true
					break
				}
			}
			for j := range step {
				step[j] /= 2
			}
		}
		if !moved {
			break
		}
		copy(p, next)
		value = t.at(p, gradient, information)
	}
	return nil, nil, 0, 0, 0
}

// logNormalCDF is log Phi(z) without underflow.
func logNormalCDF(z float64) float64 {
	if z > -10 {
		return math.Log(math.Erfc(-z/math.Sqrt2) / 2)
	}
	// Laplace's continued fraction of Mills' ratio
	x, c := -z, 0.0
	for k := 60; k >= 1; k-- {
		c = float64(k) / (x + c)
	}
	return -x*x/2 - math.Log(2*math.Pi)/2 - math.Log(x+c)
}
