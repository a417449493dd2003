package sparse

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// Inverse is the selected inverse: the entries of the inverse of a factorised
// matrix on the pattern of its factor, at the same places, with full symmetric
// diagonal and dense blocks.
type Inverse struct {
	*Structure
	Diag, Panel, Dense []float64
	border             int // leading border scalars that belong to the matrix
	columns            []float64
	index              []int32
}

// NewInverse allocates a selected inverse.
func (s *Structure) NewInverse() *Inverse {
	ld := s.denseSize + s.border
	var widest, size int
	for r := range s.sparse {
		widest = max(widest, int(s.width[r])+s.border)
		size = max(size, int(s.size[r]))
	}
	return &Inverse{Structure: s, Diag: make([]float64, s.diagLen), Panel: make([]float64, s.panelLen), Dense: make([]float64, ld*ld),
		columns: make([]float64, widest*size), index: make([]int32, widest)}
}

// Of computes the selected inverse of the leading part of a factorised matrix:
// all nodes and the first border scalars (Takahashi, Fagan & Chen 1973; Erisman
// & Tinney 1975). It reuses its memory.
func (v *Inverse) Of(f *Factor, border int) {
	v.border = border
	v.invertDense(f.Dense)
	for r := f.sparse - 1; r >= 0; r-- {
		v.node(f, r)
	}
}

// invertDense inverts the leading denseSize+border rows of the dense factor.
func (v *Inverse) invertDense(l []float64) {
	ld := v.denseSize + v.Structure.border
	m := v.denseSize + v.border
	for i := range m {
		copy(v.Dense[i*ld:i*ld+i+1], l[i*ld:i*ld+i+1])
	}
	if m == 0 {
		return
	}
	if m >= blasFrom {
		lapack64.Potri(blas64.Triangular{N: m, Stride: ld, Data: v.Dense, Uplo: blas.Lower, Diag: blas.NonUnit})
	} else {
		invertFromCholesky(v.Dense, m, ld)
	}
	for i := range m {
		for j := range i {
			v.Dense[j*ld+i] = v.Dense[i*ld+j]
		}
	}
}

// invertFromCholesky turns a lower Cholesky factor into the lower triangle of
// the inverse of the matrix.
func invertFromCholesky(a []float64, n, ld int) {
	for j := range n { // inverse of the factor, in place
		a[j*ld+j] = 1 / a[j*ld+j]
		for i := j + 1; i < n; i++ {
			var x float64
			for k := j; k < i; k++ {
				x += a[i*ld+k] * a[k*ld+j]
			}
			a[i*ld+j] = -x / a[i*ld+i]
		}
	}
	for i := range n { // its transpose times itself
		for j := range i + 1 {
			var x float64
			for k := i; k < n; k++ {
				x += a[k*ld+i] * a[k*ld+j]
			}
			a[i*ld+j] = x
		}
	}
}

// node fills the panel and the diagonal block of one sparse rank from those of
// later ranks: with factor blocks L and P, the panel is -Z_SS P L^-1 and the
// diagonal L^-T (L^-1 - P' Z_S).
func (v *Inverse) node(f *Factor, r int) {
	k := int(v.size[r])
	width := int(v.width[r])
	stride := width + v.Structure.border
	rows := width + v.border
	l := f.Diag[f.diag[r] : f.diag[r]+k*k]
	out := v.Panel[v.panel[r] : v.panel[r]+k*stride]
	for c := range k {
		v.multiply(r, f.Panel[f.panel[r]+c*stride:f.panel[r]+c*stride+stride], out[c*stride:c*stride+rows])
	}
	// out holds Z_SS P; times -L^-1 from the right, last column first.
	for c := k - 1; c >= 0; c-- {
		column := out[c*stride : c*stride+rows]
		for b := c + 1; b < k; b++ {
			x := l[b*k+c]
			if x == 0 {
				continue
			}
			after := out[b*stride : b*stride+rows] // already scaled: -(Z P L^-1)
			for i := range column {
				column[i] += x * after[i]
			}
		}
		inverse := -1 / l[c*k+c]
		for i := range column {
			column[i] *= inverse
		}
	}
	if k == 1 {
		panel := f.Panel[f.panel[r] : f.panel[r]+rows]
		x := 1 / l[0]
		for i, p := range panel {
			x -= p * out[i]
		}
		v.Diag[v.diag[r]] = x / l[0]
		return
	}
	d := v.Diag[v.diag[r] : v.diag[r]+k*k]
	for c := range k { // column c of L^-1 - P'Z_S, then back substitution with L'
		for b := range k {
			var x float64
			panel := f.Panel[f.panel[r]+b*stride : f.panel[r]+b*stride+rows]
			column := out[c*stride : c*stride+rows]
			for i, p := range panel {
				x -= p * column[i]
			}
			d[b*k+c] = x
		}
		// L^-1 e_c by forward substitution
		var unit [16]float64
		e := unit[:]
		if k > len(unit) {
			e = make([]float64, k)
		}
		for b := c; b < k; b++ {
			x := 0.0
			if b == c {
				x = 1
			}
			for a := c; a < b; a++ {
				x -= l[b*k+a] * e[a]
			}
			e[b] = x / l[b*k+b]
			d[b*k+c] += e[b]
		}
		for b := k - 1; b >= 0; b-- {
			x := d[b*k+c]
			for a := b + 1; a < k; a++ {
				x -= l[a*k+b] * d[a*k+c]
			}
			d[b*k+c] = x / l[b*k+b]
		}
	}
	for c := range k {
		for b := range c {
			x := (d[b*k+c] + d[c*k+b]) / 2
			d[b*k+c], d[c*k+b] = x, x
		}
	}
}

// multiply sets out = Z_SS p over the rows S of rank r, border included.
func (v *Inverse) multiply(r int, p, out []float64) {
	clear(out)
	first, end := int(v.ptr[r]), int(v.ptr[r+1])
	split := first + int(v.splits[r])
	width := int(v.width[r])
	for e := first; e < split; e++ {
		a := int(v.rows[e])
		ka := int(v.size[a])
		at := int(v.rowAt[e])
		diag := v.Diag[v.diag[a] : v.diag[a]+ka*ka]
		strideA := int(v.width[a]) + v.Structure.border
		for t := range ka {
			x := p[at+t]
			sum := out[at+t]
			for u := range ka {
				sum += diag[t*ka+u] * p[at+u]
			}
			panel := v.Panel[v.panel[a]+t*strideA : v.panel[a]+(t+1)*strideA]
			m := int(v.ptr[a])
			for g := e + 1; g < end; g++ {
				row := v.rows[g]
				for v.rows[m] != row {
					m++
				}
				from, to := int(v.rowAt[m]), int(v.rowAt[g])
				for u := range int(v.size[row]) {
					z := panel[from+u]
					out[to+u] += z * x
					sum += z * p[to+u]
				}
			}
			below := panel[int(v.width[a]):]
			for u := range v.border {
				out[width+u] += below[u] * x
				sum += below[u] * p[width+u]
			}
			out[at+t] = sum
		}
	}
	// Dense rows and the border: one symmetric matrix.
	if base := int(v.tail[r]); base >= 0 {
		v.multiplyTail(base, p[width-(v.denseSize-base):width+v.border], out[width-(v.denseSize-base):width+v.border])
		return
	}
	index := v.index[:0]
	start := width
	if split < end {
		start = int(v.rowAt[split])
	}
	for e := split; e < end; e++ {
		row := int(v.rows[e])
		base := v.denseAt[row-v.sparse]
		for t := range v.size[row] {
			index = append(index, base+t)
		}
	}
	for u := range v.border {
		index = append(index, int32(v.denseSize+u))
	}
	ld := v.denseSize + v.Structure.border
	q := p[start : width+v.border]
	o := out[start : width+v.border]
	for i, row := range index {
		z := v.Dense[int(row)*ld : int(row)*ld+ld]
		var sum float64
		for j, column := range index {
			sum += z[column] * q[j]
		}
		o[i] += sum
	}
}

// multiplyTail adds Z p to out, Z the dense rows from base on.
func (v *Inverse) multiplyTail(base int, p, out []float64) {
	ld := v.denseSize + v.Structure.border
	if len(p) >= gemvFrom {
		z := blas64.General{Rows: len(p), Cols: len(p), Stride: ld, Data: v.Dense[base*ld+base:]}
		blas64.Gemv(blas.NoTrans, 1, z, blas64.Vector{N: len(p), Inc: 1, Data: p}, 1, blas64.Vector{N: len(p), Inc: 1, Data: out})
		return
	}
	for i := range out {
		z := v.Dense[(base+i)*ld+base : (base+i)*ld+base+len(p)]
		sum := out[i]
		for j, x := range p {
			sum += z[j] * x
		}
		out[i] = sum
	}
}

// gemvFrom is the length from which the product goes to BLAS.
const gemvFrom = 16
