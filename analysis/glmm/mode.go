package glmm

import "math"

// Limits of the inner Newton iterations. The gradient of the approximation is
// exact only at the mode, hence the tight decrement: a step that promises less
// than modeTolerance is taken and, Newton being quadratic, is the last.
const (
	modeSteps     = 60
	modeTolerance = 1e-10
)

// findMode maximises the joint density of data and random effects over u by
// damped Newton steps from the last modes, and leaves the factor and the
// derivatives at the mode. It returns the penalised value -sum l + u'u/2.
func (o *objective) findMode(phi float64, full bool) (float64, bool) {
	value := o.penalised(o.u, phi, false)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		clear(o.u)
		if value = o.penalised(o.u, phi, false); math.IsNaN(value) || math.IsInf(value, 0) {
			return 0, false
		}
	}
	last := false
	for range modeSteps {
		o.assemble(false)
		definite := o.c.chol.factorise()
		if last && definite {
			return value, true
		}
		if !definite {
			o.assemble(true)
			if !o.c.chol.factorise() {
				return 0, false
			}
		}
		o.inner++
		copy(o.trial, o.score)
		o.c.chol.solve(o.trial)
		var decrement float64
		for j, s := range o.score {
			decrement += s * o.trial[j]
		}
		if math.IsNaN(decrement) {
			return 0, false
		}
		last = definite && decrement < modeTolerance
		length := 1.0
		for j := range o.trial {
			o.trial[j] = o.u[j] - o.trial[j]
		}
		next := o.penalised(o.trial, phi, full && last)
		for !last && !(next <= value+1e-12*math.Abs(value) && next > math.Inf(-1)) {
			length /= 2
			if length < 1e-10 {
				return 0, false
			}
			for j := range o.trial {
				o.trial[j] = o.u[j] + (o.trial[j]-o.u[j])/2
			}
			next = o.penalised(o.trial, phi, false)
		}
		o.u, o.trial = o.trial, o.u
		value = next
	}
	return 0, false
}

func (o *objective) penalised(u []float64, phi float64, full bool) float64 {
	var value float64
	if o.summed() {
		value = -o.pooled.likelihood(u)
	} else {
		value = -o.likelihood(u, phi, full)
	}
	var square float64
	for _, x := range u {
		square += x * x
	}
	return value + square/2
}

// assemble forms the gradient of the penalised value in u and its Hessian
// Lambda'Z'WZ Lambda + I in the factor. clip takes negative curvature of single
// cells as none, which keeps the matrix definite away from the mode.
func (o *objective) assemble(clip bool) {
	if o.summed() {
		o.pooled.assemble()
		return
	}
	c, k := o.c, o.c.k
	f := c.chol
	clear(f.h)
	for j := range c.q {
		f.h[f.start[j]] = 1
	}
	copy(o.score, o.u)
	if k == 1 && c.z == nil && !clip {
		h := c.of[0]
		d1, d2, lambda := o.d.d1[h], o.d.d2[2*h], o.lambda[0]
		for m, col := range c.cols {
			var g, w float64
			for i := c.first[m]; i < c.first[m+1]; i++ {
				g += d1[i]
				w -= d2[i]
			}
			o.score[col] -= lambda * g
			f.h[c.pos[m]] += lambda * lambda * w
		}
		return
	}
	g := o.g[:k]
	pairs := k * (k + 1) / 2
	for m := range len(c.first) - 1 {
		o.cross(m, clip)
		cols, pos := c.cols[m*k:m*k+k], c.pos[m*pairs:m*pairs+pairs]
		at := 0
		if o.diagonal {
			for a := range k {
				la := o.lambda[a*k+a]
				o.score[cols[a]] -= la * g[a]
				for b := range a + 1 {
					f.h[pos[at]] += la * o.lambda[b*k+b] * o.m[a*k+b]
					at++
				}
			}
			continue
		}
		// w = M Lambda, then Lambda' w.
		for a := range k {
			for b := range k {
				var sum float64
				for e := b; e < k; e++ {
					sum += o.m[a*k+e] * o.lambda[e*k+b]
				}
				o.w[a*k+b] = sum
			}
		}
		for a := range k {
			var sum float64
			for e := a; e < k; e++ {
				sum += o.lambda[e*k+a] * g[e]
			}
			o.score[cols[a]] -= sum
			for b := range a + 1 {
				var sum float64
				for e := a; e < k; e++ {
					sum += o.lambda[e*k+a] * o.w[e*k+b]
				}
				f.h[pos[at]] += sum
				at++
			}
		}
	}
}

// cross sums Z'l' into g and Z'WZ into m for one combination of levels.
func (o *objective) cross(combination int, clip bool) {
	c, k := o.c, o.c.k
	g, m := o.g[:k], o.m
	lo, hi := c.first[combination], c.first[combination+1]
	if c.z == nil {
		var s1 [2]float64
		var s2 [3]float64
		for i := lo; i < hi; i++ {
			w := o.curvature(i, clip)
			s2[0] += w[0]
			s1[0] += o.d.d1[0][i]
			if o.d.d1[1] != nil {
				s1[1] += o.d.d1[1][i]
				s2[1] += w[1]
				s2[2] += w[2]
			}
		}
		for a := range k {
			g[a] = s1[c.of[a]]
			for b := range a + 1 {
				v := s2[c.of[a]+c.of[b]]
				m[a*k+b], m[b*k+a] = v, v
			}
		}
		return
	}
	clear(g)
	clear(m)
	for i := lo; i < hi; i++ {
		w := o.curvature(i, clip)
		z := c.z[i*k : i*k+k]
		for a, za := range z {
			if za == 0 {
				continue
			}
			g[a] += o.d.d1[c.of[a]][i] * za
			for b := range a + 1 {
				m[a*k+b] += w[c.of[a]+c.of[b]] * za * z[b]
			}
		}
	}
	for a := range k {
		for b := range a {
			m[b*k+a] = m[a*k+b]
		}
	}
}

// curvature is minus the second derivative of a cell.
func (o *objective) curvature(i int, clip bool) (w [3]float64) {
	w[0] = -o.d.d2[0][i]
	if o.d.d2[1] != nil {
		w[1], w[2] = -o.d.d2[1][i], -o.d.d2[2][i]
	}
	if clip {
		w[0], w[2] = max(w[0], 0), max(w[2], 0)
		if w[1]*w[1] > w[0]*w[2] {
			w[1] = 0
		}
	}
	return w
}
