package linear

import (
	"math"
	"slices"
)

// Leverages gives, for each row, the diagonal entry of the W-projection on the
// effects, times the weight: what the effects take of one row's own error. It
// is nil where the reduced system is not solved directly.
//
// With q the orthonormal columns of a level and m_b = sum q_b W d, row i has
// sum_b q_b^2 + d'S^+d - 2 sum_b q_b d'S^+m_b + sum_bc q_b q_c m_b'S^+m_c.
func (a *Absorber) Leverages() []float64 {
	out := make([]float64, a.n)
	if a.start == nil {
		return out
	}
	if !a.Exact() {
		return nil
	}
	var inverse []float64
	if a.columns > 0 {
		inverse = a.Inverse()
	}
	Share(a.first.Levels, func(l int) { a.levelLeverages(l, inverse, out) })
	return out
}

// levelLeverages sets the leverages of the rows of level l.
func (a *Absorber) levelLeverages(l int, inverse, out []float64) {
	rows := a.rows[a.start[l]:a.start[l+1]]
	q := a.levelBasis(l)
	k := a.columns
	var touched []int // columns of D
	for _, r := range rows {
		for _, g := range a.groups {
			touched = append(touched, g.offset+int(g.index[r]))
		}
	}
	slices.Sort(touched)
	touched = slices.Compact(touched)
	means, products := make([][]float64, len(q)), make([][]float64, len(q)) // m_b and S^+ m_b, by touched column
	for b := range q {
		means[b], products[b] = make([]float64, len(touched)), make([]float64, len(touched))
		for i, r := range rows {
			for _, g := range a.groups {
				at, _ := slices.BinarySearch(touched, g.offset+int(g.index[r]))
				means[b][at] += q[b][i] * a.weight(r) * g.value(r)
			}
		}
		for i, c := range touched {
			for j, d := range touched {
				products[b][i] += inverse[c*k+d] * means[b][j]
			}
		}
	}
	cross := make([][]float64, len(q))
	for b := range q {
		cross[b] = make([]float64, len(q))
		for c := range b + 1 {
			for i, m := range means[c] {
				cross[b][c] += m * products[b][i]
			}
		}
	}
	for i, r := range rows {
		h := 0.0
		for b := range q {
			h += q[b][i] * q[b][i]
			for c := range b + 1 {
				twice := 2.0
				if b == c {
					twice = 1
				}
				h += twice * q[b][i] * q[c][i] * cross[b][c]
			}
		}
		for _, g := range a.groups {
			at, z := g.offset+int(g.index[r]), g.value(r)
			for _, other := range a.groups {
				h += z * inverse[at*k+other.offset+int(other.index[r])] * other.value(r)
			}
			place, _ := slices.BinarySearch(touched, at)
			for b := range q {
				h -= 2 * q[b][i] * z * products[b][place]
			}
		}
		out[r] = h * a.weight(r)
	}
}

// levelBasis gives the W-orthonormal columns of a level over its rows.
func (a *Absorber) levelBasis(l int) [][]float64 {
	rows := a.rows[a.start[l]:a.start[l+1]]
	if a.none {
		return nil
	}
	if a.basis == nil {
		q := make([]float64, len(rows))
		for i := range q {
			q[i] = 1 / math.Sqrt(a.total[l])
		}
		return [][]float64{q}
	}
	out := make([][]float64, len(a.basis))
	for b, column := range a.basis {
		for _, r := range rows {
			out[b] = append(out[b], column[r])
		}
	}
	return out
}
