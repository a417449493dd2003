package mixed

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// satterthwaite gives degrees of freedom by matching the variance of a
// contrast's variance (Satterthwaite 1946; Fai & Cornelius 1996; Kuznetsova,
// Brockhoff & Christensen 2017): nu = 2 (l'Vl)^2/(g'Ag), g the gradient of l'Vl
// in (theta, sigma), A = 2 H^-1, H the Hessian of the unprofiled deviance.
// Parameters on the boundary are left out: the inference is that of the
// reduced model.
type satterthwaite struct {
	*sensitivity
	a []float64 // (m+1) by (m+1), the asymptotic covariance of (theta, sigma); nil where H is not positive definite
}

// satterthwaite is the one that belongs to the fit.
func (f *fit) satterthwaite() *satterthwaite {
	if f.grouped != nil {
		return f.grouped.satterthwaite()
	}
	return newSatterthwaite(newSensitivity(f))
}

func newSatterthwaite(s *sensitivity) *satterthwaite {
	f := s.f
	m := len(f.free)
	// The Hessian of the profiled deviance is the Schur complement of sigma in
	// the unprofiled one: H_tt = H_profiled + r' r'^T/(sigma^4 df).
	logDet, r2 := make([]float64, len(f.params)), make([]float64, len(f.params))
	f.gradients(logDet, r2)
	sigma := math.Sqrt(f.sigma2)
	df := f.df()
	n := m + 1
	h := make([]float64, n*n)
	for a, i := range f.free {
		for b, j := range f.free {
			h[a*n+b] = f.hessian[i*len(f.params)+j] + r2[i]*r2[j]/(f.sigma2*f.sigma2*df)
		}
		x := -2 * r2[i] / (f.sigma2 * sigma)
		h[a*n+m], h[m*n+a] = x, x
	}
	h[m*n+m] = 4 * df / f.sigma2
	a := invertPositive(h, n)
	for i := range a {
		a[i] *= 2
	}
	return &satterthwaite{s, a}
}

// df is the degrees of freedom of a contrast in the engine's coordinates; NaN
// where they cannot be had.
func (s *satterthwaite) df(l []float64) float64 {
	if s.a == nil {
		return math.NaN()
	}
	m := len(s.d)
	v := quadratic(l, s.phi0)
	g := make([]float64, m+1)
	for i, d := range s.d {
		g[i] = quadratic(l, d)
	}
	g[m] = 2 * v / math.Sqrt(s.f.sigma2)
	return 2 * v * v / quadratic(g, s.a)
}

// invertPositive inverts a symmetric positive definite n by n matrix by row;
// nil where it is not positive definite.
func invertPositive(a []float64, n int) []float64 {
	l := append([]float64(nil), a...)
	if !choleskyInPlace(l, n) {
		return nil
	}
	out := make([]float64, n*n)
	column := make([]float64, n)
	for j := range n {
		clear(column)
		column[j] = 1
		solveCholesky(l, n, column)
		for i := range n {
			out[i*n+j] = column[i]
		}
	}
	return out
}

// contrastTest is the F test of several contrasts, in the engine's coordinates:
// the contrasts are turned to be uncorrelated, each has its own degrees of
// freedom nu_m, and the denominator matches the mean of the sum of their squared
// t statistics: nu = 2E/(E - q), E the sum of nu_m/(nu_m - 2) over nu_m > 2 (Fai &
// Cornelius 1996; Kuznetsova et al. 2017).
func (s *satterthwaite) contrastTest(contrasts [][]float64, beta []float64) (f, df1, df2 float64) {
	q := len(contrasts)
	middle := mat.NewSymDense(q, nil)
	for a := range q {
		for b := range a + 1 {
			middle.SetSym(a, b, bilinear(contrasts[a], contrasts[b], s.phi0))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(middle, true) {
		return math.NaN(), float64(q), math.NaN()
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	sigma2 := s.f.sigma2 * s.f.yScale * s.f.yScale
	var sum, e float64
	for m, v := range values {
		if !(v > 1e-12*values[q-1]) {
			return math.NaN(), float64(q), math.NaN()
		}
		l := make([]float64, len(beta))
		for a := range q {
			for i, x := range contrasts[a] {
				l[i] += vectors.At(a, m) * x
			}
		}
		t := dot(l, beta)
		sum += t * t / (sigma2 * v)
		if nu := s.df(l); nu > 2 {
			e += nu / (nu - 2)
		}
	}
	df2 = math.NaN()
	if e > float64(q) {
		df2 = 2 * e / (e - float64(q))
	}
	if q == 1 {
		df2 = s.df(contrasts[0])
	}
	return sum / float64(q), float64(q), df2
}
