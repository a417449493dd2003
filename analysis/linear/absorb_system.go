package linear

import (
	"fmt"
	"math"
)

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

// formSystem builds and factors S = D'W(I - P)D, level by level of the
// eliminated factor: each level touches only the columns its rows lie in.
func (a *Absorber) formSystem() {
	k := a.columns
	var s []float64
	if a.system != nil {
		s = a.system.lower
		clear(s)
	} else {
		s = make([]float64, k*k)
	}
	slot := make([]int32, k)
	for i := range slot {
		slot[i] = -1
	}
	var touched []int32
	var values []float64
	size := a.work
	clear(size)
	if len(a.groups) == 1 && a.groups[0].z == nil && a.basis == nil {
		a.formSimple(s, size)
		a.system = newSystem(k, s, size, 1e-11)
		return
	}
	bases := max(1, len(a.basis))
	for l := range a.first.Levels {
		rows := a.rows[a.start[l]:a.start[l+1]]
		if len(rows) == 0 || a.total[l] <= 0 {
			continue
		}
		touched = touched[:0]
		ordered := true
		for _, r := range rows {
			w := a.weight(r)
			for gi := range a.groups {
				g := &a.groups[gi]
				c := int32(g.offset) + g.index[r]
				zc := g.value(r)
				s[int(c)*k+int(c)] += w * zc * zc
				size[c] += w * zc * zc
				for hi := range gi {
					h := &a.groups[hi]
					d := int32(h.offset) + h.index[r]
					s[int(c)*k+int(d)] += w * zc * h.value(r)
				}
				if slot[c] < 0 {
					slot[c] = int32(len(touched))
					if len(touched) > 0 && c < touched[len(touched)-1] {
						ordered = false
					}
					touched = append(touched, c)
				}
			}
		}
		t := len(touched)
		if cap(values) < t {
			values = make([]float64, t)
		}
		for b := range bases {
			v := values[:t]
			clear(v)
			for _, r := range rows {
				w := a.weight(r)
				if a.basis != nil {
					w *= a.basis[b][r]
				}
				for gi := range a.groups {
					g := &a.groups[gi]
					v[slot[int32(g.offset)+g.index[r]]] += w * g.value(r)
				}
			}
			inverse := 1.0
			if a.basis == nil {
				inverse = 1 / a.total[l]
			}
			rankOne(s, k, touched, v, inverse, ordered)
		}
		for _, c := range touched {
			slot[c] = -1
		}
	}
	a.system = newSystem(k, s, size, 1e-11)
}

// run is a stretch of columns that levels of the eliminated factor touch.
type run struct{ first, length int32 }

// formSimple fills S of two plain factors. A level whose rows lie in
// consecutive columns adds one block; without weights equal blocks are counted
// and added once.
func (a *Absorber) formSimple(s, size []float64) {
	k := a.columns
	index := a.groups[0].index
	if a.weights == nil {
		for _, c := range index {
			size[c]++
		}
	} else {
		for r, c := range index {
			size[c] += a.weights[r]
		}
	}
	for c, v := range size {
		s[c*k+c] = v
	}
	counts := map[run]float64{}
	var order []run
	last, lastCount := run{}, 0.0
	flush := func() {
		if lastCount > 0 {
			if _, seen := counts[last]; !seen {
				order = append(order, last)
			}
			counts[last] += lastCount
		}
	}
	v := make([]float64, k)
	var touched []int32
	var values []float64
	for l := range a.first.Levels {
		rows := a.rows[a.start[l]:a.start[l+1]]
		if len(rows) == 0 || a.total[l] <= 0 {
			continue
		}
		first := index[rows[0]]
		consecutive := true
		for i, r := range rows {
			if index[r] != first+int32(i) {
				consecutive = false
				break
			}
		}
		switch {
		case consecutive && a.weights == nil && !a.none:
			if now := (run{first, int32(len(rows))}); now == last {
				lastCount++
			} else {
				flush()
				last, lastCount = now, 1
			}
		case consecutive:
			values = values[:0]
			for _, r := range rows {
				values = append(values, a.weight(r))
			}
			subtractBlock(s, k, int(first), values, 1/a.total[l])
		default:
			touched = touched[:0]
			for _, r := range rows {
				if v[index[r]] == 0 {
					touched = append(touched, index[r])
				}
				v[index[r]] += a.weight(r)
			}
			values = values[:0]
			for _, c := range touched {
				values = append(values, v[c])
				v[c] = 0
			}
			rankOne(s, k, touched, values, 1/a.total[l], false)
		}
	}
	flush()
	for _, b := range order {
		values = values[:0]
		for range b.length {
			values = append(values, 1)
		}
		subtractBlock(s, k, int(b.first), values, counts[b]/float64(b.length))
	}
}

// subtractBlock subtracts scale v v' from the lower triangle of s at first.
func subtractBlock(s []float64, k, first int, v []float64, scale float64) {
	for i, x := range v {
		f := x * scale
		row := s[(first+i)*k+first : (first+i)*k+first+i+1]
		w := v[:len(row)]
		for j := range row {
			row[j] -= f * w[j]
		}
	}
}

// rankOne subtracts scale v v' from the rows and columns touched of s.
func rankOne(s []float64, k int, touched []int32, v []float64, scale float64, ordered bool) {
	if ordered && len(touched) > 0 && int(touched[len(touched)-1]-touched[0])+1 == len(touched) {
		first := int(touched[0])
		for i, vi := range v {
			f := vi * scale
			row := s[(first+i)*k+first : (first+i)*k+first+i+1]
			for j := range row {
				row[j] -= f * v[j]
			}
		}
		return
	}
	for i, c := range touched {
		f := v[i] * scale
		for j, d := range touched {
			if d <= c {
				s[int(c)*k+int(d)] -= f * v[j]
			}
		}
	}
}

func (g *group) value(r int32) float64 {
	if g.z == nil {
		return 1
	}
	return g.z[r]
}

// solve sets gamma to a solution of S gamma = b; b is overwritten.
func (a *Absorber) solve(b, gamma []float64) {
	if !a.exact {
		a.conjugateGradients(b, gamma)
		return
	}
	copy(gamma, b)
	a.system.forward(gamma)
	a.system.backward(gamma)
}

// formDiagonal sets diag to the diagonal of S, the preconditioner.
func (a *Absorber) formDiagonal() {
	if a.diag == nil {
		a.diag = make([]float64, a.columns)
	}
	clear(a.diag)
	for _, g := range a.groups {
		for r, l := range g.index {
			z := g.value(int32(r))
			a.diag[g.offset+int(l)] += a.weight(int32(r)) * z * z
		}
	}
	for i, d := range a.diag {
		if d <= 0 {
			a.diag[i] = 1
		}
	}
}

// conjugateGradients solves S gamma = b with S applied through the rows. S is
// singular but b lies in its range, so the iteration stays there.
func (a *Absorber) conjugateGradients(b, gamma []float64) {
	k := a.columns
	residual := append([]float64(nil), b...)
	clear(gamma)
	direction := make([]float64, k)
	preconditioned := make([]float64, k)
	image := make([]float64, k)
	column := make([]float64, a.n)
	old, target := 0.0, 0.0
	for iteration := range 10000 {
		rho := 0.0
		for i, r := range residual {
			preconditioned[i] = r / a.diag[i]
			rho += r * preconditioned[i]
		}
		if iteration == 0 {
			target = rho * 1e-27
		}
		if rho <= target {
			return
		}
		beta := 0.0
		if old > 0 {
			beta = rho / old
		}
		for i := range direction {
			direction[i] = preconditioned[i] + beta*direction[i]
		}
		a.apply(direction, image, column)
		curvature := 0.0
		for i := range direction {
			curvature += direction[i] * image[i]
		}
		if curvature <= 0 {
			return
		}
		step := rho / curvature
		for i := range gamma {
			gamma[i] += step * direction[i]
			residual[i] -= step * image[i]
		}
		old = rho
	}
	a.err = fmt.Errorf("absorption of %d effects did not converge in 10,000 steps", k)
}

// apply sets image to S direction.
func (a *Absorber) apply(direction, image, column []float64) {
	clear(column)
	for _, g := range a.groups {
		coef := direction[g.offset : g.offset+g.levels]
		for r, l := range g.index {
			column[r] += coef[l] * g.value(int32(r))
		}
	}
	a.removeFirst(column)
	clear(image)
	a.scatter(column, image)
}

// Columns is the number of columns of D, the effects beside the eliminated factor.
func (a *Absorber) Columns() int { return a.columns }

// Blocks is the number of columns of D that a row lies in.
func (a *Absorber) Blocks() int { return len(a.groups) }

// Column is the column of D that row r lies in within a block, and its entry.
func (a *Absorber) Column(block int, r int32) (int, float64) {
	g := &a.groups[block]
	return g.offset + int(g.index[r]), g.value(r)
}

// Eliminated says whether a factor is eliminated, and whether it is a plain
// intercept a level.
func (a *Absorber) Eliminated() (yes, plain bool) {
	return a.start != nil && !a.none, a.basis == nil
}

// Whiten solves L z = b in place, where L L' = S: z'z = b'S^+ b.
func (a *Absorber) Whiten(b []float64) {
	if a.columns > 0 {
		a.system.forward(b)
	}
}

// Inverse is a generalised inverse of S, k by k by rows, with zeros for columns
// that others span.
func (a *Absorber) Inverse() []float64 {
	k := a.columns
	out := make([]float64, k*k)
	for j := range k {
		row := out[j*k : j*k+k]
		if !a.system.keep[j] {
			continue
		}
		row[j] = 1
		a.system.forward(row)
		a.system.backward(row)
	}
	return out
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
