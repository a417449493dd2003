package glmm

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// tail is the trailing block of a factor whose columns are full: the levels of
// a crossed factor such as months, which meet all others once the schools are
// eliminated. It is kept as a dense matrix, from which the outer products of the
// earlier columns' entries in it are subtracted panel by panel, so that a school
// costs the square of its months in products of dense matrices.
type tail struct {
	first int       // column where it starts; n where there is none
	size  int       // n - first
	from  []int     // by earlier column: its first entry in the block
	dense []float64 // size by size, by row: lower triangle of L, or all of the inverse
	panel []float64 // size by panelWidth: entries of several columns beside each other

	product []float64 // likewise: the inverse of the block times them
}

// panelWidth is how many columns are subtracted from the block at once.
const panelWidth = 64

// newTail finds the block in the patterns of the columns (rows below the
// diagonal).
func newTail(pattern [][]int32) tail {
	n := len(pattern)
	t := tail{first: n}
	for t.first > 0 && len(pattern[t.first-1]) == n-t.first {
		t.first--
	}
	t.size = n - t.first
	t.dense, t.panel = make([]float64, t.size*t.size), make([]float64, t.size*panelWidth)
	return t
}

// split finds where the entries of the earlier columns in the block begin.
func (t *tail) split(start []int, row []int32) {
	t.from = make([]int, t.first)
	for j := range t.from {
		p := start[j+1]
		for p > start[j]+1 && int(row[p-1]) >= t.first {
			p--
		}
		t.from[j] = p
	}
}

// neighbours gives the entries of an earlier column in the block where they
// stand next to each other, and the row of the block where they begin.
func (f *factor) neighbours(j int) (entries []float64, at int, ok bool) {
	p, end := f.tail.from[j], f.start[j+1]
	if p == end || int(f.row[end-1]-f.row[p]) != end-1-p {
		return nil, 0, false
	}
	return f.l[p:end], int(f.row[p]) - f.tail.first, true
}

// factoriseTail factorises the block once the columns before it are done.
func (f *factor) factoriseTail() bool {
	t := &f.tail
	m := t.size
	for c := range m {
		first := f.start[t.first+c]
		for i := range m - c {
			t.dense[(c+i)*m+c] = f.h[first+i]
		}
	}
	for j := 0; j < t.first; {
		if many := f.subtractPanel(j); many > 0 {
			j += many
			continue
		}
		p, end := t.from[j], f.start[j+1]
		for a := p; a < end; a++ {
			x, row := f.l[a], t.dense[(int(f.row[a])-t.first)*m:]
			for b := p; b <= a; b++ {
				row[int(f.row[b])-t.first] -= x * f.l[b]
			}
		}
		j++
	}
	if m > 0 {
		if _, ok := lapack64.Potrf(blas64.Symmetric{N: m, Stride: m, Data: t.dense, Uplo: blas.Lower}); !ok {
			return false
		}
	}
	for c := range m {
		first := f.start[t.first+c]
		for i := range m - c {
			f.l[first+i] = t.dense[(c+i)*m+c]
		}
	}
	return true
}

// gather puts the entries in the block of the columns j, j+step, ... beside each
// other, as long as they fill the same neighbouring rows and stand in the block
// alone where alone is set, up to a panel of them.
func (f *factor) gather(j, step int, alone bool) (many, n, at int) {
	t := &f.tail
	for ; many < panelWidth && j >= 0 && j < t.first; many++ {
		entries, from, ok := f.neighbours(j)
		if !ok || many > 0 && (from != at || len(entries) != n) || alone && t.from[j] != f.start[j]+1 {
			break
		}
		n, at = len(entries), from
		for i, x := range entries {
			t.panel[i*panelWidth+many] = x
		}
		j += step
	}
	return many, n, at
}

// subtractPanel subtracts the outer products of the columns from j on that have
// the same neighbouring rows of the block, and says how many they were.
func (f *factor) subtractPanel(j int) int {
	t := &f.tail
	many, n, at := f.gather(j, 1, false)
	if many > 0 {
		blas64.Syrk(blas.NoTrans, -1, blas64.General{Rows: n, Cols: many, Stride: panelWidth, Data: t.panel},
			1, blas64.Symmetric{N: n, Stride: t.size, Data: t.dense[at*t.size+at:], Uplo: blas.Lower})
	}
	return many
}

// invertPanel computes the entries of the inverse in the columns j, j-1, ... that
// have entries in the block alone, the same neighbouring rows of it, and says how
// many they were: minus the block's inverse times the column over its diagonal.
func (f *factor) invertPanel(j int) int {
	t := &f.tail
	many, n, at := f.gather(j, -1, true)
	if many == 0 {
		return 0
	}
	if len(t.product) < len(t.panel) {
		t.product = make([]float64, len(t.panel))
	}
	product := blas64.General{Rows: n, Cols: many, Stride: panelWidth, Data: t.product}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, blas64.General{Rows: n, Cols: n, Stride: t.size, Data: t.dense[at*t.size+at:]},
		blas64.General{Rows: n, Cols: many, Stride: panelWidth, Data: t.panel}, 0, product)
	for i := range many {
		first := f.start[j-i]
		d := f.l[first]
		diagonal := 1 / (d * d)
		for r := range n {
			z := -t.product[r*panelWidth+i] / d
			f.inverse[first+1+r] = z
			diagonal -= z * f.l[first+1+r] / d
		}
		f.inverse[first] = diagonal
	}
	return many
}

// fillTail lays the inverse of the block out as a full matrix.
func (f *factor) fillTail() {
	t := &f.tail
	m := t.size
	for c := range m {
		first := f.start[t.first+c]
		for i := range m - c {
			v := f.inverse[first+i]
			t.dense[(c+i)*m+c], t.dense[c*m+c+i] = v, v
		}
	}
}

// timesTail adds the inverse of the block times a column's entries in it to sum.
func (f *factor) timesTail(j int, sum []float64) {
	t := &f.tail
	m := t.size
	p, end := t.from[j], f.start[j+1]
	for a := p; a < end; a++ {
		row := t.dense[(int(f.row[a])-t.first)*m:]
		s := 0.0
		for b := p; b < end; b++ {
			s += row[int(f.row[b])-t.first] * f.l[b]
		}
		sum[f.row[a]] += s
	}
}
