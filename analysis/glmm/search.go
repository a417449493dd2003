package glmm

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// search minimises an objective over its free parameters: a quasi-Newton phase
// (BFGS) that starts from the information of the linear mixed model at the start,
// then Newton steps with the Hessian of the differenced analytic gradient, which
// is also the observed information of the estimates.
type search struct {
	o      *objective
	psi    []float64 // all parameters; those that are not free stay
	free   []int
	grad   []float64 // n, of psi
	value  float64
	b      *mat.SymDense // inverse Hessian of the free parameters, as updated
	cov    *mat.SymDense // inverse of the observed information, nil where that is not positive definite
	flat   []float64     // then: the direction of the free parameters in which it is not
	steps  int
	failed bool // an evaluation failed where none may
}

// Limits of the search, in units of the log-likelihood: a step that promises
// less than half of these ends the phase.
const (
	roughTolerance       = 2e-3 // while starts compete
	quasiNewtonTolerance = 1e-8
	newtonTolerance      = 1e-18
	quasiNewtonSteps     = 200
)

func newSearch(o *objective, psi []float64, free []int) *search {
	s := &search{o: o, psi: slices.Clone(psi), free: free, grad: make([]float64, o.n)}
	var ok bool
	s.value, ok = o.evaluate(s.psi, s.grad)
	s.failed = !ok
	return s
}

// quasiNewton is BFGS with a backtracking line search.
func (s *search) quasiNewton(tolerance float64) {
	n := len(s.free)
	d, x, g := make([]float64, n), make([]float64, s.o.n), make([]float64, s.o.n)
	y, by := make([]float64, n), make([]float64, n)
	fresh := true
	for range quasiNewtonSteps {
		var slope, furthest float64
		for i := range n {
			var sum float64
			for j, at := range s.free {
				sum -= s.b.At(i, j) * s.grad[at]
			}
			d[i] = sum
			slope += sum * s.grad[s.free[i]]
			if s.free[i] >= s.o.lowerAt() {
				furthest = max(furthest, math.Abs(sum))
			}
		}
		if !(slope < 0) {
			if fresh {
				return
			}
			s.b, fresh = s.startInverse(), true
			continue
		}
		if -slope < tolerance {
			return
		}
		// Standard deviations and log dispersions move by at most 1 a step, the
		// whole by 20 standard errors.
		t := 1.0
		if furthest > 1 {
			t = 1 / furthest
		}
		if far := math.Sqrt(-slope); t*far > 20 {
			t = 20 / far
		}
		var value float64
		var ok bool
		accepted := false
		for range 40 {
			copy(x, s.psi)
			for i, at := range s.free {
				x[at] += t * d[i]
			}
			value, ok = s.o.evaluate(x, g)
			if ok && value <= s.value+1e-4*t*slope+1e-11*math.Abs(s.value) {
				accepted = true
				break
			}
			if ok { // the minimum of the parabola through both values and the slope
				t *= max(0.1, min(0.5, -slope*t/(2*(value-s.value-slope*t))))
			} else {
				t /= 4
			}
		}
		if !accepted {
			if fresh {
				// Leave the objective at the point that is kept.
				s.value, _ = s.o.evaluate(s.psi, s.grad)
				return
			}
			s.value, _ = s.o.evaluate(s.psi, s.grad)
			s.b, fresh = s.startInverse(), true
			continue
		}
		s.steps++
		var sy, yby float64
		for i, at := range s.free {
			y[i] = g[at] - s.grad[at]
			sy += y[i] * t * d[i]
		}
		for i := range n {
			by[i] = 0
			for j := range n {
				by[i] += s.b.At(i, j) * y[j]
			}
			yby += by[i] * y[i]
		}
		if sy > 1e-10*math.Sqrt(yby)*t*math.Sqrt(-slope) && sy > 0 {
			for i := range n {
				for j := i; j < n; j++ {
					si, sj := t*d[i], t*d[j]
					s.b.SetSym(i, j, s.b.At(i, j)+(1+yby/sy)*si*sj/sy-(by[i]*sj+si*by[j])/sy)
				}
			}
			fresh = false
		}
		copy(s.psi, x)
		copy(s.grad, g)
		s.value = value
	}
}

// newton computes the observed information and takes Newton steps with it until
// they promise nothing more.
func (s *search) newton() {
	for range 4 {
		off := s.information()
		if s.cov == nil {
			return
		}
		s.b = s.cov
		moved := 0.0
		for range 6 {
			d, decrement := s.newtonStep()
			if decrement < newtonTolerance {
				break
			}
			x, g := slices.Clone(s.psi), make([]float64, s.o.n)
			for i, at := range s.free {
				x[at] += d[i]
			}
			value, ok := s.o.evaluate(x, g)
			if !ok || value > s.value+1e-9*(1+math.Abs(s.value)) {
				s.value, _ = s.o.evaluate(s.psi, s.grad)
				break
			}
			s.psi, s.grad, s.value = x, g, value
			moved += math.Sqrt(decrement)
			s.steps++
		}
		if moved < 1e-3 && off < 30 {
			return
		}
	}
}

func (s *search) newtonStep() (d []float64, decrement float64) {
	n := len(s.free)
	d = make([]float64, n)
	for i := range n {
		for j, at := range s.free {
			d[i] -= s.cov.At(i, j) * s.grad[at]
		}
		decrement -= d[i] * s.grad[s.free[i]]
	}
	return d, decrement
}

// information sets cov to the inverse of the observed information: central
// differences of the gradient along the columns of a root L of b, the last
// approximation of cov, with steps of a thousandth. In these directions the
// information is near the identity, so that coefficients on any scale, also
// such as a year without its century taken off, keep their digits. It returns
// how far the widest direction was off; cov is nil, and flat set, where the
// information is not positive definite.
func (s *search) information() (off float64) {
	n := len(s.free)
	s.cov, s.flat = nil, nil
	var chol mat.Cholesky
	if !chol.Factorize(s.b) {
		s.b = diagonal(s.b)
		if !chol.Factorize(s.b) {
			return math.Inf(1)
		}
	}
	var root mat.TriDense
	chol.LTo(&root)
	const h = 1e-3
	rows := mat.NewDense(n, n, nil)
	x, up, down := slices.Clone(s.psi), make([]float64, s.o.n), make([]float64, s.o.n)
	modes := slices.Clone(s.o.u)
	for k := range n {
		copy(s.o.u, modes)
		move := func(h float64) {
			for i, at := range s.free {
				x[at] = s.psi[at] + h*root.At(i, k)
			}
		}
		move(h)
		_, okUp := s.o.evaluate(x, up)
		move(-h)
		for j, u := range s.o.u { // the modes move the other way
			s.o.u[j] = 2*modes[j] - u
		}
		_, okDown := s.o.evaluate(x, down)
		if !okUp || !okDown {
			copy(s.o.u, modes)
			s.value, _ = s.o.evaluate(s.psi, s.grad)
			return math.Inf(1)
		}
		for l := range n {
			var sum float64
			for i := l; i < n; i++ {
				at := s.free[i]
				sum += root.At(i, l) * (up[at] - down[at])
			}
			rows.Set(k, l, sum/(2*h))
		}
	}
	copy(s.o.u, modes)
	s.value, _ = s.o.evaluate(s.psi, s.grad)
	hessian := mat.NewSymDense(n, nil)
	off = 1
	for i := range n {
		for j := i; j < n; j++ {
			hessian.SetSym(i, j, (rows.At(i, j)+rows.At(j, i))/2)
		}
		off = max(off, hessian.At(i, i), 1/hessian.At(i, i))
	}
	inner := inverse(hessian)
	if inner == nil {
		s.flat = flattest(hessian, &root)
		return math.Inf(1)
	}
	var half, cov mat.Dense
	half.Mul(&root, inner)
	cov.Mul(&half, root.T())
	s.cov = mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.cov.SetSym(i, j, (cov.At(i, j)+cov.At(j, i))/2)
		}
	}
	return off
}

func diagonal(a *mat.SymDense) *mat.SymDense {
	out := mat.NewSymDense(a.SymmetricDim(), nil)
	for i := range a.SymmetricDim() {
		out.SetSym(i, i, a.At(i, i))
	}
	return out
}

// flattest is the direction of least curvature, in units of the roots of b's
// diagonal.
func flattest(hessian *mat.SymDense, root *mat.TriDense) []float64 {
	n := hessian.SymmetricDim()
	var eigen mat.EigenSym
	if !eigen.Factorize(hessian, true) {
		return nil
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	out := make([]float64, n)
	for i := range n {
		var size float64
		for k := range i + 1 {
			out[i] += root.At(i, k) * vectors.At(k, 0)
			size += root.At(i, k) * root.At(i, k)
		}
		out[i] /= math.Sqrt(size)
	}
	return out
}

// inverse is the inverse of a positive definite matrix, judged after scaling it
// to a unit diagonal, or nil.
func inverse(a *mat.SymDense) *mat.SymDense {
	n := a.SymmetricDim()
	scaled := mat.NewSymDense(n, nil)
	for i := range n {
		if !(a.At(i, i) > 0) {
			return nil
		}
		for j := i; j < n; j++ {
			scaled.SetSym(i, j, a.At(i, j)/math.Sqrt(a.At(i, i)*a.At(j, j)))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(scaled) || chol.Cond() > 1e14 {
		return nil
	}
	out := mat.NewSymDense(n, nil)
	if err := chol.InverseTo(out); err != nil {
		return nil
	}
	for i := range n {
		for j := i; j < n; j++ {
			out.SetSym(i, j, out.At(i, j)/math.Sqrt(a.At(i, i)*a.At(j, j)))
		}
	}
	return out
}

// scaledGradient is the largest gradient of a free parameter times its standard
// error: how far the estimates are from the optimum in standard errors.
func (s *search) scaledGradient() float64 {
	if s.cov == nil {
		return math.NaN()
	}
	var worst float64
	for i, at := range s.free {
		worst = max(worst, math.Abs(s.grad[at])*math.Sqrt(s.cov.At(i, i)))
	}
	return worst
}
