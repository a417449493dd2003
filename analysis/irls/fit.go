package irls

import (
	"math"

	"swis/analysis"
	"swis/analysis/linear"
)

// Fit estimates the model by maximum likelihood.
func (m *Model) Fit(o Options) *Fit {
	if o.Iterations == 0 {
		o.Iterations = 100
	}
	s := newScoring(m, o)
	f := s.run(o)
	if s.suspect() {
		if apart := s.separation(); apart != nil {
			return m.limit(f, apart, o)
		}
	}
	return f
}

// scoring is Fisher scoring in the orthonormal basis Q of the columns, so that
// cross-products stay well conditioned: eta = offset + Q c, b = R^-1 c.
type scoring struct {
	m           *Model
	qr          *linear.QR
	q           [][]float64 // k columns of n
	c           []float64   // k
	eta, mu     []float64   // n
	s, w        []float64   // n
	information []float64   // k*k, lower triangle
	gradient    []float64   // k
	step        []float64   // k
	work        []float64   // n
	theta       float64
	kernel      float64
	iterations  int
	decrement   float64
	converged   bool
}

func newScoring(m *Model, o Options) *scoring {
	n := len(m.Y)
	s := &scoring{m: m, qr: linear.Factorise(m.X, nil, linear.RankTolerance), theta: o.Theta}
	s.q = s.qr.Orthonormal()
	k := len(s.q)
	s.c, s.gradient, s.step = make([]float64, k), make([]float64, k), make([]float64, k)
	s.information = make([]float64, k*k)
	s.eta, s.mu, s.s, s.w, s.work = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	return s
}

func (s *scoring) run(o Options) *Fit {
	if o.Start != nil {
		s.from(o.Start)
	} else {
		s.first()
	}
	f := &Fit{ThetaSE: math.NaN()}
	if s.m.Family == NegBin && o.Theta == 0 {
		f.ThetaSE = s.alternate(o.Iterations)
	} else {
		s.iterate(o.Iterations)
	}
	f.Status = analysis.NotConverged
	if s.converged {
		f.Status = analysis.Converged
	}
	if s.m.Family == NegBin && math.IsInf(s.theta, 1) && s.converged {
		f.Status = analysis.Boundary
	}
	s.report(f)
	return f
}

// first takes one least-squares step from the data.
func (s *scoring) first() {
	m := s.m
	if m.Family == NegBin && s.theta == 0 {
		s.theta = math.Inf(1)
	}
	m.start(s.eta)
	m.score(s.eta, s.mu, s.s, s.w, s.theta)
	for i, w := range s.w {
		z := s.eta[i]
		if w > 0 {
			z += s.s[i] / w
		}
		if m.Offset != nil {
			z -= m.Offset[i]
		}
		s.s[i] = w * z
	}
	s.crossProducts()
	copy(s.c, s.gradient)
	if linear.Cholesky(s.information, len(s.c), 1e-15) {
		linear.SolveCholesky(s.information, len(s.c), s.c)
	} else {
		clear(s.c)
	}
	s.predict()
}

// from starts at given coefficients.
func (s *scoring) from(start []float64) {
	k := len(s.c)
	r := s.qr.R()
	for i := range k {
		s.c[i] = 0
		for j := i; j < k; j++ {
			if b := start[s.qr.Kept[j]]; !math.IsNaN(b) && !math.IsInf(b, 0) {
				s.c[i] += r[i*k+j] * b
			}
		}
	}
	if s.m.Family == NegBin && s.theta == 0 {
		s.theta = math.Inf(1)
	}
	s.predict()
}

// predict sets eta, the means and the log-likelihood's kernel from c.
func (s *scoring) predict() {
	if s.m.Offset != nil {
		copy(s.eta, s.m.Offset)
	} else {
		clear(s.eta)
	}
	for j, q := range s.q {
		c := s.c[j]
		for i, v := range q {
			s.eta[i] += c * v
		}
	}
	s.kernel = s.m.score(s.eta, s.mu, s.s, s.w, s.theta)
}

// crossProducts forms Q's and Q'WQ.
func (s *scoring) crossProducts() {
	k := len(s.q)
	for a, qa := range s.q {
		g := 0.0
		for i, v := range qa {
			g += v * s.s[i]
			s.work[i] = v * s.w[i]
		}
		s.gradient[a] = g
		for b := range a + 1 {
			x := 0.0
			for i, v := range s.q[b] {
				x += v * s.work[i]
			}
			s.information[a*k+b] = x
		}
	}
}

// iterate takes scoring steps until the decrement, the squared distance to the
// optimum in standard errors, is negligible or shrinks no more.
func (s *scoring) iterate(limit int) {
	k := len(s.c)
	s.converged = false
	last := math.Inf(1)
	for range limit {
		s.iterations++
		s.crossProducts()
		if !linear.Cholesky(s.information, k, 1e-15) {
			return
		}
		copy(s.step, s.gradient)
		linear.SolveCholesky(s.information, k, s.step)
		s.decrement = 0
		for j := range k {
			s.decrement += s.step[j] * s.gradient[j]
		}
		if s.decrement <= 1e-22 || s.decrement <= 1e-14 && s.decrement >= last/4 {
			s.converged = true
			return
		}
		last = s.decrement
		if !s.advance() {
			s.converged = s.decrement <= 1e-12
			return
		}
	}
}

// advance moves by the step, halved until the likelihood does not fall.
func (s *scoring) advance() bool {
	before := s.kernel
	slack := 1e-11 * (math.Abs(before) + 1)
	for range 30 {
		for j := range s.c {
			s.c[j] += s.step[j]
		}
		s.predict()
		if s.kernel >= before-slack {
			return true
		}
		for j := range s.c {
			s.c[j] -= s.step[j]
			s.step[j] /= 2
		}
	}
	s.predict()
	return false
}

// report turns the state into a Fit.
func (s *scoring) report(f *Fit) {
	k := len(s.c)
	f.Kept, f.Aliased = s.qr.Kept, s.qr.Aliased
	f.Coef = make([]float64, len(s.m.X))
	f.Near = make([]bool, len(s.m.X))
	for j := range f.Coef {
		f.Coef[j] = math.NaN()
		f.Near[j] = !f.Aliased[j] && s.qr.Share[j] < linear.NearlyCollinear
	}
	b := append([]float64(nil), s.c...)
	s.qr.SolveR(b)
	for i, j := range f.Kept {
		f.Coef[j] = b[i]
	}
	f.Eta, f.Mu, f.W = s.eta, s.mu, s.w
	f.Theta, f.Iterations, f.Gradient = s.theta, s.iterations, math.Sqrt(max(s.decrement, 0))
	s.crossProducts()
	if linear.Cholesky(s.information, k, 1e-15) {
		f.Inverse = s.qr.BackTransform(linear.InverseCholesky(s.information, k))
	} else {
		f.Inverse = make([]float64, k*k)
		for i := range f.Inverse {
			f.Inverse[i] = math.NaN()
		}
		if k > 0 {
			f.Status = analysis.NotConverged
		}
	}
	s.m.finish(f, s.kernel)
}
