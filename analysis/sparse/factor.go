package sparse

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// Factor holds a matrix with the pattern of a Structure and, after Factorise,
// its Cholesky factor in the same place. Only lower triangles are used. All
// slices are row or column blocks at the places that Structure gives.
type Factor struct {
	*Structure
	Diag  []float64 // diagonal blocks of sparse nodes, size*size each, by row
	Panel []float64 // rows below the diagonal of sparse nodes, by column
	Dense []float64 // (denseSize+border) squared, by row
}

// New allocates a factor.
func (s *Structure) New() *Factor {
	ld := s.denseSize + s.border
	return &Factor{Structure: s, Diag: make([]float64, s.diagLen), Panel: make([]float64, s.panelLen), Dense: make([]float64, ld*ld)}
}

// Zero clears what the blocks of the matrix do not overwrite, before all of
// them are filled again.
func (f *Factor) Zero() {
	if f.filled {
		clear(f.Panel)
	}
	clear(f.Dense)
}

// blasFrom is the order from which the dense part goes to BLAS.
const blasFrom = 48

// Factorise replaces the matrix by its Cholesky factor. It returns false where
// the matrix is not positive definite.
func (f *Factor) Factorise() bool {
	for r := range f.sparse {
		k := int(f.size[r])
		if k == 1 {
			if !f.eliminateScalar(r) {
				return false
			}
			continue
		}
		d := f.Diag[f.diag[r] : f.diag[r]+k*k]
		if !cholesky(d, k) {
			return false
		}
		f.scalePanel(r, k, d)
		for c := range k {
			stride := int(f.width[r]) + f.border
			f.update(r, f.Panel[f.panel[r]+c*stride:f.panel[r]+(c+1)*stride])
		}
	}
	ld := f.denseSize + f.border
	if ld < blasFrom {
		return cholesky(f.Dense, ld)
	}
	_, ok := lapack64.Potrf(blas64.Symmetric{N: ld, Stride: ld, Data: f.Dense, Uplo: blas.Lower})
	return ok
}

func (f *Factor) eliminateScalar(r int) bool {
	d := f.Diag[f.diag[r]]
	if !(d > 0) {
		return false
	}
	root := math.Sqrt(d)
	f.Diag[f.diag[r]] = root
	inverse := 1 / root
	column := f.Panel[f.panel[r] : f.panel[r]+int(f.width[r])+f.border]
	for i := range column {
		column[i] *= inverse
	}
	f.update(r, column)
	return true
}

// scalePanel multiplies the panel by the inverse transpose of the diagonal block's factor.
func (f *Factor) scalePanel(r, k int, l []float64) {
	stride := int(f.width[r]) + f.border
	panel := f.Panel[f.panel[r] : f.panel[r]+k*stride]
	for c := range k {
		column := panel[c*stride : (c+1)*stride]
		for b := range c {
			x := l[c*k+b]
			if x == 0 {
				continue
			}
			before := panel[b*stride : (b+1)*stride]
			for i := range column {
				column[i] -= x * before[i]
			}
		}
		inverse := 1 / l[c*k+c]
		for i := range column {
			column[i] *= inverse
		}
	}
}

// update subtracts column*column' from the rest of the matrix, where column is
// one column of the panel of rank r.
func (f *Factor) update(r int, column []float64) {
	first, end := int(f.ptr[r]), int(f.ptr[r+1])
	split := first + int(f.splits[r])
	width := int(f.width[r])
	for e := first; e < split; e++ {
		target := int(f.rows[e])
		kt := int(f.size[target])
		at := int(f.rowAt[e])
		stride := int(f.width[target]) + f.border
		// Later rows of this column and where they lie in the panel of the target.
		match := int(f.ptr[target])
		for t := range kt {
			x := column[at+t]
			if x == 0 {
				continue
			}
			diag := f.Diag[f.diag[target]+t*kt : f.diag[target]+t*kt+t+1]
			for u := range diag {
				diag[u] -= x * column[at+u]
			}
			panel := f.Panel[f.panel[target]+t*stride : f.panel[target]+(t+1)*stride]
			m := match
			for g := e + 1; g < end; g++ {
				row := f.rows[g]
				for f.rows[m] != row {
					m++
				}
				from, to := int(f.rowAt[g]), int(f.rowAt[m])
				for u := range int(f.size[row]) {
					panel[to+u] -= x * column[from+u]
				}
			}
			below := panel[int(f.width[target]):]
			for u, y := range column[width:] {
				below[u] -= x * y
			}
		}
	}
	ld := f.denseSize + f.border
	if base := int(f.tail[r]); base >= 0 {
		tail := column[width-(f.denseSize-base):]
		for t, x := range tail {
			if x == 0 {
				continue
			}
			into := f.Dense[(base+t)*ld+base : (base+t)*ld+base+t+1]
			from := tail[:len(into)]
			for u := range into {
				into[u] -= x * from[u]
			}
		}
		return
	}
	for e := split; e < end; e++ {
		row := int(f.rows[e])
		base := int(f.denseAt[row-f.sparse])
		for t := range int(f.size[row]) {
			x := column[int(f.rowAt[e])+t]
			if x == 0 {
				continue
			}
			into := f.Dense[(base+t)*ld : (base+t)*ld+base+t+1]
			for g := split; g <= e; g++ {
				before := int(f.rows[g])
				to := int(f.denseAt[before-f.sparse])
				from := int(f.rowAt[g])
				count := int(f.size[before])
				if g == e {
					count = t + 1
				}
				for u := range count {
					into[to+u] -= x * column[from+u]
				}
			}
		}
	}
	tail := column[width:]
	for t, x := range tail {
		into := f.Dense[(f.denseSize+t)*ld : (f.denseSize+t+1)*ld]
		for g := split; g < end; g++ {
			before := int(f.rows[g])
			to := int(f.denseAt[before-f.sparse])
			from := int(f.rowAt[g])
			for u := range int(f.size[before]) {
				into[to+u] -= x * column[from+u]
			}
		}
		into = into[f.denseSize:]
		for u := range t + 1 {
			into[u] -= x * tail[u]
		}
	}
}

// cholesky factorises the lower triangle of an n by n matrix stored by row.
func cholesky(a []float64, n int) bool {
	for j := range n {
		rowJ := a[j*n : j*n+j+1]
		d := rowJ[j]
		for _, x := range rowJ[:j] {
			d -= x * x
		}
		if !(d > 0) {
			return false
		}
		root := math.Sqrt(d)
		rowJ[j] = root
		inverse := 1 / root
		for i := j + 1; i < n; i++ {
			rowI := a[i*n : i*n+j+1]
			x := rowI[j]
			for k, y := range rowJ[:j] {
				x -= y * rowI[k]
			}
			rowI[j] = x * inverse
		}
	}
	return true
}

// LogDet is the log determinant of the nodes' part of the matrix, the border
// excluded: twice the sum of the logs of the factor's diagonal.
func (f *Factor) LogDet() float64 {
	var sum logSum
	for r := range f.sparse {
		k := int(f.size[r])
		for c := range k {
			sum.add(f.Diag[f.diag[r]+c*k+c])
		}
	}
	ld := f.denseSize + f.border
	for i := range f.denseSize {
		sum.add(f.Dense[i*ld+i])
	}
	return 2 * sum.value()
}

// logSum adds logarithms by multiplying mantissas: one log for many factors.
type logSum struct {
	product  float64
	exponent int
	started  bool
}

func (s *logSum) add(x float64) {
	if !s.started {
		s.product, s.started = 1, true
	}
	s.product *= x
	if s.product > 1e100 || s.product < 1e-100 {
		m, e := math.Frexp(s.product)
		s.product = m
		s.exponent += e
	}
}

func (s *logSum) value() float64 {
	if !s.started {
		return 0
	}
	return math.Log(s.product) + float64(s.exponent)*math.Ln2
}
