package mixed

import "math"

// objective is a smooth function of several variables, some of them bounded
// below by zero.
type objective interface {
	// value evaluates at x; false where it is not defined there.
	value(x []float64) (float64, bool)
	// gradient writes the derivatives at the x evaluated last.
	gradient(g []float64)
}

// optimum is the record of a minimisation.
type optimum struct {
	x, g        []float64
	value       float64
	hessian     []float64 // m by m at x, central differences of the gradient
	decrement   float64   // g'H^-1 g / 2 over the free variables: what a Newton step would still gain
	iterations  int
	evaluations int
	converged   bool
}

const (
	decrementTolerance = 1e-9  // units of the objective, here of -2 log-likelihood
	searchTolerance    = 1e-10 // gain at which Newton steps take over
	maxIterations      = 200
	maxStalled         = 4    // iterations without a gain above rounding
	smallTheta         = 1e-4 // below it, zero is tried
)

// minimiser is a projected quasi-Newton method: BFGS that starts from a
// Hessian by differences of the gradient, with bounds at zero kept by
// projection, and Newton steps at the end. Variables are of order one.
type minimiser struct {
	objective
	bounded     []bool
	noise       float64 // share of the objective below which a gain is rounding, 0 for decrementTolerance alone
	evaluations int
}

func (m *minimiser) at(x, g []float64) (float64, bool) {
	m.evaluations++
	v, ok := m.value(x)
	if ok {
		m.gradient(g)
		for _, y := range g {
			if math.IsNaN(y) || math.IsInf(y, 0) {
				return v, false
			}
		}
	}
	return v, ok
}

// minimise searches from start.
func (m *minimiser) minimise(start []float64) *optimum {
	o := &optimum{x: append([]float64(nil), start...), g: make([]float64, len(start))}
	var ok bool
	o.value, ok = m.at(o.x, o.g)
	if !ok {
		o.evaluations = m.evaluations
		return o
	}
	if len(start) > 0 {
		m.search(o)
		m.snap(o)
	}
	m.polish(o)
	o.evaluations = m.evaluations
	return o
}

// search iterates until the expected gain is negligible.
func (m *minimiser) search(o *optimum) {
	n := len(o.x)
	b := m.differences(o.x, o.g, false)
	x, g := make([]float64, n), make([]float64, n)
	stalled := 0
	for range maxIterations {
		o.iterations++
		free := m.free(o)
		d := newtonStep(o.x, b, o.g, free)
		m.limit(o.x, d)
		gain := 0.0
		for i := range d {
			gain -= o.g[i] * d[i]
		}
		if gain < searchTolerance {
			return
		}
		v, accepted := 0.0, false
		for step := 1.0; step > 1e-10; step /= 3 {
			slope := 0.0
			for i := range x {
				x[i] = o.x[i] + step*d[i]
				if m.bounded[i] && x[i] < 0 {
					x[i] = 0
				}
				slope += o.g[i] * (x[i] - o.x[i])
			}
			m.evaluations++
			var ok bool
			v, ok = m.value(x)
			// Rounding in the objective must not stop a step whose gain is below it.
			noise := 1e-12 * (math.Abs(o.value) + 1)
			if ok && v <= o.value+1e-4*slope+noise {
				accepted = true
				break
			}
		}
		if !accepted {
			// A poor model of the surface: take a fresh one, once.
			fresh := m.differences(o.x, o.g, true)
			if same(b, fresh) {
				return
			}
			b = fresh
			continue
		}
		if stalled++; v < o.value-1e-12*(math.Abs(o.value)+1) {
			stalled = 0
		}
		m.gradient(g)
		bfgs(b, o.x, x, o.g, g)
		copy(o.x, x)
		copy(o.g, g)
		o.value = v
		if stalled == maxStalled {
			return
		}
	}
}

// free marks variables that are not held at their bound.
func (m *minimiser) free(o *optimum) []bool {
	free := make([]bool, len(o.x))
	for i := range free {
		free[i] = !(m.bounded[i] && o.x[i] == 0 && o.g[i] >= 0)
	}
	return free
}

// limit keeps a step within twice the size of each variable, or one.
func (m *minimiser) limit(x, d []float64) {
	scale := 1.0
	for i := range d {
		if most := 2 * max(math.Abs(x[i]), 0.5); math.Abs(d[i]) > most {
			scale = min(scale, most/math.Abs(d[i]))
		}
	}
	for i := range d {
		d[i] *= scale
	}
}

// snap tries zero for bounded variables that came near it: the surface is flat
// there, since it is even in them.
func (m *minimiser) snap(o *optimum) {
	for i := range o.x {
		if !m.bounded[i] || o.x[i] == 0 || o.x[i] > smallTheta {
			continue
		}
		x := append([]float64(nil), o.x...)
		x[i] = 0
		g := make([]float64, len(x))
		if v, ok := m.at(x, g); ok && v <= o.value+1e-7 {
			o.value = v
			copy(o.x, x)
			copy(o.g, g)
		}
	}
}

// polish takes Newton steps on the free variables until the gradient is at the
// level of rounding, and leaves the Hessian. The Hessian is taken afresh only
// where the steps were not small.
func (m *minimiser) polish(o *optimum) {
	n := len(o.x)
	g := make([]float64, n)
	x := make([]float64, n)
	o.hessian = nil
	moved := 0.0 // gain promised by the steps since the Hessian was taken
	for range 12 {
		if o.hessian == nil || moved > 1e-8 {
			o.hessian = m.differences(o.x, o.g, true)
			moved = 0
		}
		free := m.interior(o)
		d := newtonStep(o.x, o.hessian, o.g, free)
		o.decrement = 0
		for i := range d {
			o.decrement -= o.g[i] * d[i] / 2
		}
		o.converged = o.decrement < max(decrementTolerance, m.noise*(math.Abs(o.value)+1))
		if o.decrement < 1e-13 {
			return
		}
		for i := range x {
			x[i] = o.x[i] + d[i]
			if m.bounded[i] && x[i] < 0 {
				x[i] = o.x[i] / 2
			}
		}
		v, ok := m.at(x, g)
		if !ok || v > o.value+1e-11*(math.Abs(o.value)+1) || reduced(x, g, o.hessian, free) >= o.decrement {
			return
		}
		moved += o.decrement
		copy(o.x, x)
		copy(o.g, g)
		o.value = v
	}
}

// interior marks the variables that are not exactly at their bound.
func (m *minimiser) interior(o *optimum) []bool {
	free := make([]bool, len(o.x))
	for i := range free {
		free[i] = !m.bounded[i] || o.x[i] > 0
	}
	return free
}

func reduced(x, g, hessian []float64, free []bool) float64 {
	d := newtonStep(x, hessian, g, free)
	var sum float64
	for i := range d {
		sum -= g[i] * d[i] / 2
	}
	return sum
}

// differences is the Hessian by differences of the gradient, symmetric; forward
// or central. Steps never cross a bound.
func (m *minimiser) differences(x, g []float64, central bool) []float64 {
	n := len(x)
	h := make([]float64, n*n)
	at := append([]float64(nil), x...)
	up, down := make([]float64, n), make([]float64, n)
	for j := range n {
		// The fourth root and the cube root of the rounding error, about, balance
		// rounding against truncation.
		step := 1e-4 * max(math.Abs(x[j]), 0.1)
		if central {
			step = 2e-4 * max(math.Abs(x[j]), 0.05)
		}
		at[j] = x[j] + step
		_, ok := m.at(at, up)
		width := step
		copy(down, g)
		if central && !(m.bounded[j] && x[j] < step) {
			at[j] = x[j] - step
			_, okDown := m.at(at, down)
			ok = ok && okDown
			width = 2 * step
		}
		at[j] = x[j]
		for i := range n {
			if ok {
				h[i*n+j] = (up[i] - down[i]) / width
			} else if i == j {
				h[i*n+j] = 1
			}
		}
	}
	for i := range n {
		for j := range i {
			v := (h[i*n+j] + h[j*n+i]) / 2
			h[i*n+j], h[j*n+i] = v, v
		}
	}
	return h
}

// newtonStep solves H d = -g on the free variables, with as much of the
// diagonal added as makes H positive definite. Variables above one are taken in
// units of themselves.
func newtonStep(x, h, g []float64, free []bool) []float64 {
	n := len(g)
	unit := make([]float64, n)
	for i, v := range x {
		unit[i] = max(math.Abs(v), 1)
	}
	var index []int
	for i := range n {
		if free[i] {
			index = append(index, i)
		}
	}
	d := make([]float64, n)
	k := len(index)
	if k == 0 {
		return d
	}
	var largest float64
	for _, i := range index {
		largest = max(largest, math.Abs(h[i*n+i])*unit[i]*unit[i])
	}
	if largest == 0 {
		largest = 1
	}
	a, right := make([]float64, k*k), make([]float64, k)
	for ridge := 0.0; ; ridge = max(4*ridge, 1e-3*largest) {
		for r, i := range index {
			for c, j := range index[:r+1] {
				a[r*k+c] = h[i*n+j] * unit[i] * unit[j]
			}
			a[r*k+r] += ridge
			right[r] = -g[i] * unit[i]
		}
		if choleskyInPlace(a, k) && wellConditioned(a, k) {
			break
		}
	}
	solveCholesky(a, k, right)
	for r, i := range index {
		d[i] = right[r] * unit[i]
	}
	return d
}

func wellConditioned(l []float64, k int) bool {
	low, high := math.Inf(1), 0.0
	for i := range k {
		low, high = min(low, l[i*k+i]), max(high, l[i*k+i])
	}
	return low > 1e-6*high
}

// bfgs updates the Hessian b for the step from x to y, with gradients g and h;
// it is left as it is where the curvature along the step is not positive.
func bfgs(b, x, y, g, h []float64) {
	n := len(x)
	s, t := make([]float64, n), make([]float64, n)
	bs := make([]float64, n)
	var st, sbs, ss, tt float64
	for i := range n {
		s[i], t[i] = y[i]-x[i], h[i]-g[i]
	}
	for i := range n {
		for j := range n {
			bs[i] += b[i*n+j] * s[j]
		}
	}
	for i := range n {
		st += s[i] * t[i]
		sbs += s[i] * bs[i]
		ss += s[i] * s[i]
		tt += t[i] * t[i]
	}
	if !(st > 1e-8*math.Sqrt(ss*tt)) {
		return
	}
	if sbs <= 0 {
		// The old curvature along the step was negative: replace it.
		clear(b)
		for i := range n {
			b[i*n+i] = tt / st
		}
		return
	}
	for i := range n {
		for j := range n {
			b[i*n+j] += t[i]*t[j]/st - bs[i]*bs[j]/sbs
		}
	}
}

func same(a, b []float64) bool {
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-3*(math.Abs(a[i])+math.Abs(b[i])) {
			return false
		}
	}
	return true
}
