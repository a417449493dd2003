package disclosure

import "math"

// programme is the linear programme of a reader who wants to know the withheld
// cells of a component: the published sums hold, and no cell is less than its
// least. Cells are counted from their least, so that all are zero or more. The
// true values are a point of the programme, so that none has to be searched for;
// every point on the way shows how far apart the values of a cell can be, and
// most cells never need a programme of their own.
type programme struct {
	rows      [][]float64 // by basic cell: it and these multiples of the others are constant together
	basic     []int       // cell of each row
	row       []int       // row of each cell, -1 where it is not basic
	at        []float64   // the point at hand
	low, high []float64   // of each cell over the points seen
	work      int         // steps that are left
}

// hair is what counts as nothing among coefficients and values.
const hair = 1e-9

// newProgramme starts at the true values: equations are multiples of cells that add
// up to what they add up to there.
func newProgramme(equations [][]float64, at []float64) *programme {
	n := len(at)
	r := &programme{row: make([]int, n), at: at, low: make([]float64, n), high: make([]float64, n)}
	copy(r.low, at)
	copy(r.high, at)
	for k := range r.row {
		r.row[k] = -1
	}
	for _, e := range equations {
		for k, to := range r.row {
			if to >= 0 {
				subtract(e, r.rows[to], e[k])
			}
		}
		largest := 0.0
		for _, a := range e {
			largest = max(largest, math.Abs(a))
		}
		pivot := -1
		for k, a := range e {
			if largest > 1e-6 && math.Abs(a) >= largest/10 && (pivot < 0 || at[k] > at[pivot]) {
				pivot = k
			}
		}
		if pivot < 0 {
			continue // follows from the others
		}
		r.rows, r.basic = append(r.rows, e), append(r.basic, -1)
		r.enter(len(r.rows)-1, pivot)
	}
	r.work = 200 * (n + 10)
	for k := range at {
		if r.row[k] < 0 && at[k] > hair {
			r.lower(k)
		}
	}
	return r
}

// subtract takes times of one row from another.
func subtract(from, row []float64, times float64) {
	if times == 0 {
		return
	}
	for k, a := range row {
		if a == 0 {
			continue
		}
		if from[k] -= times * a; math.Abs(from[k]) < hair {
			from[k] = 0
		}
	}
}

// enter makes a cell the basic one of a row.
func (r *programme) enter(row, cell int) {
	if out := r.basic[row]; out >= 0 {
		r.row[out] = -1
	}
	e := r.rows[row]
	by := e[cell]
	for k := range e {
		e[k] /= by
	}
	for i := range r.rows {
		if i != row {
			subtract(r.rows[i], e, r.rows[i][cell])
		}
	}
	r.basic[row], r.row[cell] = cell, row
}

// move adds to a cell that is not basic, as far as the basic cells allow, at most
// by most (in the direction of sign), and says which row stopped it, -1 for none.
func (r *programme) move(cell int, sign, most float64) (stopped int) {
	r.work--
	stopped = -1
	for i, e := range r.rows {
		if a := sign * e[cell]; a > hair { // the basic cell falls
			if limit := max(0, r.at[r.basic[i]]) / a; limit < most || limit == most && stopped >= 0 && r.basic[i] < r.basic[stopped] {
				most, stopped = limit, i
			}
		}
	}
	if math.IsInf(most, 1) { // without end: so is every cell that rises with it
		r.high[cell] = most
		for i, e := range r.rows {
			if sign*e[cell] < -hair {
				r.high[r.basic[i]] = most
			}
		}
		return stopped
	}
	if most > 0 {
		r.shift(cell, sign*most)
		for i, e := range r.rows {
			if e[cell] != 0 {
				r.shift(r.basic[i], -sign*e[cell]*most)
			}
		}
	}
	return stopped
}

func (r *programme) shift(cell int, by float64) {
	r.at[cell] += by
	if math.Abs(r.at[cell]) < hair {
		r.at[cell] = 0
	}
	r.low[cell], r.high[cell] = min(r.low[cell], r.at[cell]), max(r.high[cell], r.at[cell])
}

// lower brings a cell that is not basic to zero, or into the basis.
func (r *programme) lower(cell int) {
	if stopped := r.move(cell, -1, r.at[cell]); stopped >= 0 {
		r.enter(stopped, cell)
	}
}

// knows says whether the bounds of a cell leave no choice of a whole number.
func (r *programme) knows(cell int) bool {
	for _, up := range []bool{true, false} {
		if r.high[cell]-r.low[cell] >= narrowest {
			return false
		}
		r.push(cell, up)
	}
	return r.high[cell]-r.low[cell] < narrowest
}

// push brings a cell as high or as low as it can be, or as far as it takes to
// say that it is not known (the simplex method; Bland's rule while the point
// stands still).
func (r *programme) push(cell int, up bool) {
	if r.row[cell] < 0 {
		if !up {
			return // it is zero
		}
		stopped := r.move(cell, 1, math.Inf(1))
		if stopped < 0 {
			return
		}
		r.enter(stopped, cell)
	}
	still := 0
	for r.work > 0 && r.row[cell] >= 0 && r.high[cell]-r.low[cell] < narrowest {
		in, best := -1, 1e-7
		for k, a := range r.rows[r.row[cell]] {
			if r.row[k] >= 0 {
				continue
			}
			if up {
				a = -a
			}
			if a > best {
				in, best = k, a
				if still > 20 {
					break
				}
			}
		}
		if in < 0 {
			return // nothing brings it further
		}
		before := r.at[cell]
		stopped := r.move(in, 1, math.Inf(1))
		if stopped < 0 {
			return
		}
		r.enter(stopped, in)
		if still++; r.at[cell] != before {
			still = 0
		}
	}
}
