package infer

import (
	"math"

	"swis/analysis/linear"
)

// classes finds clusters whose rows are the same in every column, in the same
// order: their cross-products need to be formed once only. It returns the
// class of each cluster and the first cluster of each class.
func classes(columns [][]float64, start, rows []int32) (class, first []int32) {
	groups := len(start) - 1
	class = make([]int32, groups)
	known := map[uint64][]int32{}
	for g := range groups {
		members := rows[start[g]:start[g+1]]
		h := uint64(14695981039346656037)
		for _, c := range columns {
			for _, r := range members {
				h = (h ^ math.Float64bits(c[r])) * 1099511628211
				h ^= h >> 29
			}
		}
		class[g] = -1
		for _, k := range known[h] {
			f := first[k]
			if sameRows(columns, members, rows[start[f]:start[f+1]]) {
				class[g] = k
				break
			}
		}
		if class[g] < 0 {
			class[g] = int32(len(first))
			known[h] = append(known[h], class[g])
			first = append(first, int32(g))
		}
	}
	return class, first
}

func sameRows(columns [][]float64, a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for _, c := range columns {
		for i, r := range a {
			if c[r] != c[b[i]] {
				return false
			}
		}
	}
	return true
}

// layout is a clustered design: the rows of each cluster, which clusters have
// the same rows, and R of W^(1/2) U. Its Q is never formed: a row of it is
// R^-T u, where it is needed.
type layout struct {
	start, rows  []int32
	class, first []int32
	basis        *linear.QR
}

func (l *layout) groups() int { return len(l.start) - 1 }

func (l *layout) members(g int) []int32 { return l.rows[l.start[g]:l.start[g+1]] }

// layout prepares a grouping. Where clusters repeat, R comes from one of each
// class, weighted by their number.
func (w *Working) layout(c Clusters, scale []float64) *layout {
	l := &layout{}
	l.start, l.rows = c.members()
	keyed := w.U
	if w.Phi != nil {
		keyed = append(append([][]float64(nil), w.U...), w.Phi)
	}
	l.class, l.first = classes(keyed, l.start, l.rows)
	distinct := 0
	for _, g := range l.first {
		distinct += len(l.members(int(g)))
	}
	if 2*distinct > len(l.rows) {
		l.basis = w.basis()
		return l
	}
	count := make([]float64, len(l.first))
	for _, k := range l.class {
		count[k]++
	}
	x := make([][]float64, len(w.U))
	for k, g := range l.first {
		root := math.Sqrt(count[k])
		for _, r := range l.members(int(g)) {
			f := root
			if scale != nil {
				f *= scale[r]
			}
			for j, u := range w.U {
				x[j] = append(x[j], f*u[r])
			}
		}
	}
	l.basis = linear.Factorise(x, nil, 1e-13)
	return l
}

// score sets out to Q_g'W^(1/2)e of some rows.
func (w *Working) score(l *layout, scale []float64, rows []int32, out []float64) {
	for j, u := range w.U {
		t := 0.0
		if scale == nil {
			for _, r := range rows {
				t += u[r] * w.Residual[r]
			}
		} else {
			for _, r := range rows {
				t += u[r] * w.Residual[r] * scale[r] * scale[r]
			}
		}
		out[j] = t
	}
	l.basis.SolveRTransposed(out)
}
