package linear

import "math"

// system is the Cholesky factor of a positive semidefinite matrix in which a
// column that depends on earlier ones is left out.
type system struct {
	k     int
	lower []float64 // k by k by rows, lower triangle
	keep  []bool
	rank  int
}

// newSystem factors s (k by k by rows, lower triangle filled, overwritten). A
// pivot below tolerance times its column's size drops the column.
func newSystem(k int, s, size []float64, tolerance float64) *system {
	f := &system{k: k, lower: s, keep: make([]bool, k)}
	for j := range k {
		row := s[j*k : j*k+k]
		pivot := row[j]
		for i := range j {
			if !f.keep[i] {
				row[i] = 0
				continue
			}
			other := s[i*k : i*k+i]
			v := row[i]
			for c, o := range other {
				v -= o * row[c]
			}
			row[i] = v / s[i*k+i]
		}
		for _, v := range row[:j] {
			pivot -= v * v
		}
		if pivot > tolerance*size[j] && size[j] > 0 {
			row[j] = math.Sqrt(pivot)
			f.keep[j] = true
			f.rank++
		} else {
			clear(row[:j])
			row[j] = 1
		}
	}
	return f
}

// forward solves L z = b in place; entries of left out columns become zero.
func (f *system) forward(b []float64) {
	k := f.k
	for i := range k {
		if !f.keep[i] {
			b[i] = 0
			continue
		}
		row := f.lower[i*k : i*k+i]
		v := b[i]
		for c, l := range row {
			v -= l * b[c]
		}
		b[i] = v / f.lower[i*k+i]
	}
}

// backward solves L' z = b in place.
func (f *system) backward(b []float64) {
	k := f.k
	for i := k - 1; i >= 0; i-- {
		if !f.keep[i] {
			b[i] = 0
			continue
		}
		v := b[i] / f.lower[i*k+i]
		b[i] = v
		row := f.lower[i*k : i*k+i]
		for c, l := range row {
			b[c] -= l * v
		}
	}
}

// Factored is a factored positive semidefinite matrix whose dependent columns
// are left out.
type Factored struct{ s *system }

// FactorSemidefinite factors a matrix of k by k by rows, of which the lower
// triangle is read and overwritten. A pivot below tolerance times its diagonal
// entry leaves its column out.
func FactorSemidefinite(k int, a []float64, tolerance float64) *Factored {
	size := make([]float64, k)
	for i := range size {
		size[i] = a[i*k+i]
	}
	return &Factored{newSystem(k, a, size, tolerance)}
}

// Solve replaces b by a solution, zero in left out columns.
func (f *Factored) Solve(b []float64) {
	f.s.forward(b)
	f.s.backward(b)
}
