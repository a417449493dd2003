// Package linear holds least squares: a factorisation that finds collinear
// columns, refined to full accuracy. It makes no statistics.
package linear

import "math"

// Fit is a least-squares fit of y on the columns of X.
type Fit struct {
	Coef      []float64 // p; NaN for an aliased column
	Residuals []float64 // n, y - Xb, not weighted
	RSS       float64   // weighted residual sum of squares
	Inverse   []float64 // k*k, (X'WX)^-1 of the kept columns
	QR        *QR       // of W^(1/2) X
}

// Rank is the number of columns kept.
func (f *Fit) Rank() int { return f.QR.Rank() }

// accurateWork is the largest n*k*k for which the inverse is formed in
// double-double; above it the factor R serves.
const accurateWork = 1 << 24

// Solve fits y by weighted least squares; weights may be nil. Householder QR
// with iterative refinement of coefficients and residuals on the augmented
// system, residuals in double-double (Björck 1967; Higham 2002, section 20.5).
// A column of which less than the share tolerance remains after the earlier
// ones is aliased.
func Solve(x [][]float64, y, weights []float64, tolerance float64) *Fit {
	n := len(y)
	var scale []float64
	if weights != nil {
		scale = make([]float64, n)
		for i, w := range weights {
			scale[i] = math.Sqrt(w)
		}
	}
	f := &Fit{Coef: make([]float64, len(x)), QR: Factorise(x, scale, tolerance), Residuals: make([]float64, n)}
	f.QR.n = n
	kept := make([][]float64, f.Rank())
	for i, j := range f.QR.Kept {
		kept[i] = x[j]
	}
	b := f.refine(kept, y, scale)
	for j := range f.Coef {
		f.Coef[j] = math.NaN()
	}
	for i, j := range f.QR.Kept {
		f.Coef[j] = b[i]
	}
	for i, r := range f.Residuals {
		if weights == nil {
			f.RSS += r * r
		} else {
			f.RSS += weights[i] * r * r
		}
	}
	k := f.Rank()
	if n*k*k <= accurateWork {
		f.Inverse = accurateInverse(kept, weights)
	}
	if f.Inverse == nil {
		f.Inverse = f.QR.Inverse()
	}
	return f
}

// refine solves for the coefficients of the kept columns and sets the residuals.
// Unknowns are b and the scaled residual s: s + D X b = D y, X'D s = 0.
func (f *Fit) refine(x [][]float64, y, scale []float64) []float64 {
	n, k := len(y), len(x)
	s := make([]float64, n) // scaled residual
	for i, v := range y {
		s[i] = v
		if scale != nil {
			s[i] *= scale[i]
		}
	}
	f.QR.applyTransposed(s)
	b := append([]float64(nil), s[:k]...)
	f.QR.SolveR(b)
	clear(s[:k])
	f.QR.apply(s)
	first := make([]float64, n)
	second, step := make([]float64, k), make([]float64, k)
	last := 1.0
	for range 12 {
		fitGap(x, y, scale, b, s, first)
		for j := range x {
			var g double
			for i, v := range x[j] {
				if scale == nil {
					g.add(v, s[i])
				} else {
					q := twoProduct(v, scale[i])
					g.add(q.high, s[i])
					g.low += q.low * s[i]
				}
			}
			second[j] = -g.value()
		}
		f.QR.applyTransposed(first)
		f.QR.SolveRTransposed(second)
		for j := range step {
			step[j] = first[j] - second[j]
			first[j] = second[j]
		}
		f.QR.SolveR(step)
		f.QR.apply(first)
		change := 0.0
		for j := range b {
			if b[j] != 0 || step[j] != 0 {
				change = max(change, math.Abs(step[j])/max(math.Abs(b[j]), math.Abs(b[j]+step[j])))
			}
			b[j] += step[j]
		}
		for i := range s {
			s[i] += first[i]
		}
		// The error shrinks by a constant factor a step, about change/last:
		// what is left is below the last bit, or shrinks no more.
		if change*change/last <= 0x1p-54 || change >= last/2 {
			break
		}
		last = change
	}
	fitGap(x, y, nil, b, nil, f.Residuals)
	return b
}

// fitGap sets out to D(y - Xb) - s, each element in double-double; scale and s
// may be nil.
func fitGap(x [][]float64, y, scale, b, s, out []float64) {
	const block = 512
	var sums [block]double
	for start := 0; start < len(y); start += block {
		end := min(start+block, len(y))
		sum := sums[:end-start]
		for i := range sum {
			sum[i] = double{y[start+i], 0}
		}
		for j, c := range x {
			bj := -b[j]
			if bj == 0 {
				continue
			}
			for i, v := range c[start:end] {
				sum[i].add(bj, v)
			}
		}
		for i := range sum {
			v := quickSum(sum[i].high, sum[i].low)
			if scale != nil {
				v = v.times(double{scale[start+i], 0})
			}
			if s != nil {
				v = v.plus(double{-s[start+i], 0})
			}
			out[start+i] = v.value()
		}
	}
}
