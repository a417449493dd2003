package linear

import "math"

// Square matrices of this package are []float64 of p*p, row by row.

// Cholesky replaces the lower triangle of the symmetric p×p matrix a by its
// factor L, a = L L', and says whether every pivot is above tolerance times
// its diagonal element.
func Cholesky(a []float64, p int, tolerance float64) bool {
	for j := range p {
		row := a[j*p : j*p+j]
		d := a[j*p+j]
		start := d
		for _, v := range row {
			d -= v * v
		}
		if !(d > tolerance*start) {
			return false
		}
		d = math.Sqrt(d)
		a[j*p+j] = d
		for i := j + 1; i < p; i++ {
			s := a[i*p+j]
			other := a[i*p : i*p+j]
			for k, v := range row {
				s -= v * other[k]
			}
			a[i*p+j] = s / d
		}
	}
	return true
}

// SolveCholesky solves L L'x = b in place of b.
func SolveCholesky(l []float64, p int, b []float64) {
	SolveLower(l, p, b)
	SolveLowerTransposed(l, p, b)
}

// SolveLower solves L x = b in place of b.
func SolveLower(l []float64, p int, b []float64) {
	for i := range p {
		s := b[i]
		for k, v := range l[i*p : i*p+i] {
			s -= v * b[k]
		}
		b[i] = s / l[i*p+i]
	}
}

// SolveLowerTransposed solves L'x = b in place of b.
func SolveLowerTransposed(l []float64, p int, b []float64) {
	for i := p - 1; i >= 0; i-- {
		s := b[i]
		for k := i + 1; k < p; k++ {
			s -= l[k*p+i] * b[k]
		}
		b[i] = s / l[i*p+i]
	}
}

// InverseCholesky gives the inverse of L L'.
func InverseCholesky(l []float64, p int) []float64 {
	inverse := make([]float64, p*p)
	column := make([]float64, p)
	for j := range p {
		clear(column)
		column[j] = 1
		SolveCholesky(l, p, column)
		for i := range p {
			inverse[i*p+j] = column[i]
		}
	}
	for i := range p {
		for j := range i {
			m := (inverse[i*p+j] + inverse[j*p+i]) / 2
			inverse[i*p+j], inverse[j*p+i] = m, m
		}
	}
	return inverse
}

// accurateInverse is (X'WX)^-1 with cross-products, factor and inverse in
// double-double, so that standard errors keep their digits where X is badly
// conditioned. It gives nil where X'WX is not positive definite even then.
// w may be nil.
func accurateInverse(x [][]float64, w []float64) []float64 {
	p := len(x)
	a := make([]double, p*p)
	for i := range p {
		for j := range i + 1 {
			a[i*p+j] = crossProduct(x[i], x[j], w)
		}
	}
	for j := range p {
		d := a[j*p+j]
		for k := range j {
			d = d.minus(a[j*p+k].times(a[j*p+k]))
		}
		if !(d.high > 0) {
			return nil
		}
		d = d.root()
		a[j*p+j] = d
		for i := j + 1; i < p; i++ {
			s := a[i*p+j]
			for k := range j {
				s = s.minus(a[i*p+k].times(a[j*p+k]))
			}
			a[i*p+j] = s.over(d)
		}
	}
	inverse := make([]float64, p*p)
	column := make([]double, p)
	for j := range p {
		clear(column)
		column[j] = double{1, 0}
		for i := range p {
			s := column[i]
			for k := range i {
				s = s.minus(a[i*p+k].times(column[k]))
			}
			column[i] = s.over(a[i*p+i])
		}
		for i := p - 1; i >= 0; i-- {
			s := column[i]
			for k := i + 1; k < p; k++ {
				s = s.minus(a[k*p+i].times(column[k]))
			}
			column[i] = s.over(a[i*p+i])
			inverse[i*p+j] = column[i].value()
		}
	}
	for i := range p {
		for j := range i {
			inverse[j*p+i] = inverse[i*p+j]
		}
	}
	return inverse
}

func crossProduct(a, b, w []float64) double {
	var s double
	if w == nil {
		for i, v := range a {
			s.add(v, b[i])
		}
		return s
	}
	for i, v := range a {
		q := twoProduct(v, w[i])
		s.add(q.high, b[i])
		s.low += q.low * b[i]
	}
	return s
}
