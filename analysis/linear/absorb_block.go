package linear

import "slices"

// EliminatedIndex is the place among factors of the one that is eliminated, or -1.
func (a *Absorber) EliminatedIndex(factors []Factor) int {
	if a.start == nil || a.none {
		return -1
	}
	for i := range factors {
		if len(factors[i].Index) > 0 && &factors[i].Index[0] == &a.first.Index[0] {
			return i
		}
	}
	return -1
}

// Independent says of every column of D whether it is kept beside the earlier
// ones and the eliminated factor. The reduced system must be solved directly.
func (a *Absorber) Independent() []bool {
	if a.columns == 0 {
		return nil
	}
	return slices.Clone(a.system.keep)
}

// HeldBySlopes takes the dual projection on an eliminated factor with slopes
// out of v, whose entries belong to rows (whole levels), and returns the
// coordinates of v in its W-orthonormal basis.
func (a *Absorber) HeldBySlopes(rows []int32, v []float64) []float64 {
	var held []float64
	for i := 0; i < len(rows); {
		l := a.first.Index[rows[i]]
		j := i
		for j < len(rows) && a.first.Index[rows[j]] == l {
			j++
		}
		for _, q := range a.basis {
			c := 0.0
			for t := i; t < j; t++ {
				c += q[rows[t]] * v[t]
			}
			held = append(held, c)
			for t := i; t < j; t++ {
				v[t] -= c * a.weight(rows[t]) * q[rows[t]]
			}
		}
		i = j
	}
	return held
}

// AddFirst adds the projection q q' of an eliminated factor with slopes to k,
// a square matrix by rows over rows (whole levels).
func (a *Absorber) AddFirst(rows []int32, k []float64) {
	n := len(rows)
	for i, r := range rows {
		for j, s := range rows {
			if a.first.Index[r] != a.first.Index[s] {
				continue
			}
			for _, q := range a.basis {
				k[i*n+j] += q[r] * q[s]
			}
		}
	}
}

// CentreBySlopes takes an eliminated factor with slopes out of both sides of
// the square matrix k over rows (whole levels).
func (a *Absorber) CentreBySlopes(rows []int32, k []float64) {
	n := len(rows)
	line := make([]float64, n)
	for side := range 2 {
		for i := range n {
			for j := range n {
				if side == 0 {
					line[j] = k[i*n+j]
				} else {
					line[j] = k[j*n+i]
				}
			}
			a.centreLine(rows, line)
			for j := range n {
				if side == 0 {
					k[i*n+j] = line[j]
				} else {
					k[j*n+i] = line[j]
				}
			}
		}
	}
}

func (a *Absorber) centreLine(rows []int32, line []float64) {
	for i := 0; i < len(rows); {
		l := a.first.Index[rows[i]]
		j := i
		for j < len(rows) && a.first.Index[rows[j]] == l {
			j++
		}
		for _, q := range a.basis {
			c := 0.0
			for t := i; t < j; t++ {
				c += a.weight(rows[t]) * q[rows[t]] * line[t]
			}
			for t := i; t < j; t++ {
				line[t] -= c * q[rows[t]]
			}
		}
		i = j
	}
}

// Normal solves the normal equations of the effects alone for right-hand sides
// given by level: first by level of the eliminated factor, columns by column of
// D. It returns effects by level and by column; columns that others span are
// zero. The eliminated factor must be a plain intercept.
func (a *Absorber) Normal(first, columns []float64) (byLevel, byColumn []float64) {
	byColumn = make([]float64, a.columns)
	byLevel = make([]float64, a.first.Levels)
	copy(a.work, columns)
	for _, g := range a.groups {
		for r, l := range g.index {
			u := a.first.Index[r]
			a.work[g.offset+int(l)] -= a.weight(int32(r)) * g.value(int32(r)) * first[u] / a.total[u]
		}
	}
	if a.columns > 0 {
		a.solve(a.work, byColumn)
	}
	copy(byLevel, first)
	for _, g := range a.groups {
		for r, l := range g.index {
			byLevel[a.first.Index[r]] -= a.weight(int32(r)) * g.value(int32(r)) * byColumn[g.offset+int(l)]
		}
	}
	for l, t := range a.total {
		if t > 0 {
			byLevel[l] /= t
		}
	}
	return byLevel, byColumn
}

// Effects fits x, a column of n, on the effects and returns them by level of
// the eliminated factor and by column of D.
func (a *Absorber) Effects(x []float64) (byLevel, byColumn []float64) {
	first, columns := make([]float64, a.first.Levels), make([]float64, a.columns)
	for r, u := range a.first.Index {
		first[u] += a.weight(int32(r)) * x[r]
	}
	a.scatter(x, columns)
	return a.Normal(first, columns)
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
