package glmm

import (
	"math"
	"slices"
)

// factor is a sparse Cholesky factorisation H = LL' of the penalised Hessian of
// the random effects, with the entries of the inverse that a gradient needs.
// Columns are eliminated from the finest grouping factor to the coarsest, so
// that nested factors give no fill and the cost is linear in the levels.
// Entries are stored by column, the diagonal first; h, l and inverse share the
// pattern of L.
type factor struct {
	n       int
	start   []int   // n+1, first entry of each column
	row     []int32 // rows of the entries, ascending within a column
	h       []float64
	l       []float64
	inverse []float64

	tail tail

	across      []int32 // columns k < j with L[j,k] in the pattern, by j before the tail
	acrossStart []int
	next        []int
	work        []float64
	weight      []float64
	member      []int32
}

// newFactor finds the pattern of L for a matrix whose entries below the
// diagonal lie in below[j] (rows of column j, any order, repeats allowed).
func newFactor(below [][]int32) *factor {
	n := len(below)
	f := &factor{n: n, start: make([]int, n+1), next: make([]int, n), work: make([]float64, n), weight: make([]float64, n), member: make([]int32, n)}
	pattern := make([][]int32, n)
	children := make([][]int32, n)
	mark := make([]int32, n)
	for j := range mark {
		mark[j] = -1
	}
	for j := range n {
		var rows []int32
		take := func(from []int32) {
			for _, i := range from {
				if int(i) > j && mark[i] != int32(j) {
					mark[i] = int32(j)
					rows = append(rows, i)
				}
			}
		}
		take(below[j])
		for _, child := range children[j] {
			take(pattern[child])
		}
		slices.Sort(rows)
		pattern[j] = rows
		if len(rows) > 0 {
			children[rows[0]] = append(children[rows[0]], int32(j))
		}
		f.start[j+1] = f.start[j] + 1 + len(rows)
	}
	size := f.start[n]
	f.tail = newTail(pattern)
	f.row = make([]int32, 0, size)
	counts := make([]int, n+1)
	for j := range n {
		f.row = append(f.row, int32(j))
		f.row = append(f.row, pattern[j]...)
		for _, i := range pattern[j] {
			if int(i) < f.tail.first {
				counts[i+1]++
			}
		}
	}
	for j := range n {
		counts[j+1] += counts[j]
	}
	f.acrossStart = slices.Clone(counts)
	f.across = make([]int32, counts[n])
	fill := slices.Clone(counts[:n])
	for j := range n {
		for _, i := range pattern[j] {
			if int(i) < f.tail.first {
				f.across[fill[i]] = int32(j)
				fill[i]++
			}
		}
	}
	f.tail.split(f.start, f.row)
	f.h, f.l, f.inverse = make([]float64, size), make([]float64, size), make([]float64, size)
	return f
}

// position is the entry (i, j) with i >= j.
func (f *factor) position(i, j int32) int32 {
	if i < j {
		i, j = j, i
	}
	at, _ := slices.BinarySearch(f.row[f.start[j]:f.start[j+1]], i)
	return int32(f.start[j] + at)
}

// factorise computes L from h, and reports whether h is positive definite.
func (f *factor) factorise() bool {
	x := f.work
	for j := range f.tail.first {
		first, last := f.start[j], f.start[j+1]
		if f.acrossStart[j] == f.acrossStart[j+1] {
			d := f.h[first]
			if !(d > 0) || math.IsInf(d, 1) {
				return false
			}
			d = math.Sqrt(d)
			f.l[first] = d
			l := f.l[first+1 : last]
			for i, v := range f.h[first+1 : last] {
				l[i] = v / d
			}
			f.next[j] = first + 1
			continue
		}
		for p := first; p < last; p++ {
			x[f.row[p]] = f.h[p]
		}
		for _, k := range f.across[f.acrossStart[j]:f.acrossStart[j+1]] {
			p, end := f.next[k], f.start[k+1]
			f.next[k]++
			ljk := f.l[p]
			for ; p < end; p++ {
				x[f.row[p]] -= f.l[p] * ljk
			}
		}
		d := x[j]
		if !(d > 0) || math.IsInf(d, 1) {
			return false
		}
		d = math.Sqrt(d)
		f.l[first] = d
		for p := first + 1; p < last; p++ {
			f.l[p] = x[f.row[p]] / d
		}
		f.next[j] = first + 1
	}
	return f.factoriseTail()
}

// logDet is log|H|.
func (f *factor) logDet() float64 {
	var sum float64
	for j := range f.n {
		sum += math.Log(f.l[f.start[j]])
	}
	return 2 * sum
}

// solve replaces b by H^-1 b.
func (f *factor) solve(b []float64) {
	for j := range f.n {
		first := f.start[j]
		b[j] /= f.l[first]
		bj := b[j]
		for p := first + 1; p < f.start[j+1]; p++ {
			b[f.row[p]] -= f.l[p] * bj
		}
	}
	for j := f.n - 1; j >= 0; j-- {
		first := f.start[j]
		sum := b[j]
		for p := first + 1; p < f.start[j+1]; p++ {
			sum -= f.l[p] * b[f.row[p]]
		}
		b[j] = sum / f.l[first]
	}
}

// invert computes the entries of H^-1 on the pattern of L (Takahashi, Fagan
// and Chin 1973; Erisman and Tinney 1975).
func (f *factor) invert() {
	sum, weight, member := f.work, f.weight, f.member
	for j := range member {
		member[j] = -1
	}
	for j := f.n - 1; j >= 0; j-- {
		if j == f.tail.first-1 {
			f.fillTail()
		}
		if j < f.tail.first {
			if many := f.invertPanel(j); many > 0 {
				j -= many - 1
				continue
			}
		}
		first, last := f.start[j], f.start[j+1]
		d := f.l[first]
		for p := first + 1; p < last; p++ {
			i := f.row[p]
			member[i] = int32(j)
			weight[i] = f.l[p]
			sum[i] = 0
		}
		own := last
		if j < f.tail.first {
			own = f.tail.from[j]
			f.timesTail(j, sum)
		}
		for p := first + 1; p < own; p++ {
			k := f.row[p]
			lkj := f.l[p]
			q := f.start[k]
			sum[k] += f.inverse[q] * lkj
			for q++; q < f.start[k+1]; q++ {
				r := f.row[q]
				if member[r] == int32(j) {
					sum[r] += f.inverse[q] * lkj
					sum[k] += f.inverse[q] * weight[r]
				}
			}
		}
		diagonal := 1 / (d * d)
		for p := first + 1; p < last; p++ {
			z := -sum[f.row[p]] / d
			f.inverse[p] = z
			diagonal -= z * f.l[p] / d
		}
		f.inverse[first] = diagonal
	}
}
