package linear

import "math"

// Maximise solves the linear programme max c'x subject to a x <= b with x free,
// a being m rows of n, by the two-phase simplex method with Bland's rule. It
// returns the value, +Inf where unbounded; feasible is false where no x meets
// the constraints.
func Maximise(c []float64, a [][]float64, b []float64) (value float64, feasible bool) {
	n, m := len(c), len(b)
	width := 2*n + m + 1 // x = u - v, slacks, one artificial
	t := make([][]float64, m+1)
	basis := make([]int, m)
	for i := range m {
		t[i] = make([]float64, width+1)
		for j, v := range a[i] {
			t[i][j], t[i][n+j] = v, -v
		}
		t[i][2*n+i] = 1
		t[i][width-1] = -1
		t[i][width] = b[i]
		basis[i] = 2*n + i
	}
	t[m] = make([]float64, width+1)
	worst := 0
	for i := range m {
		if b[i] < b[worst] {
			worst = i
		}
	}
	if m > 0 && b[worst] < 0 {
		t[m][width-1] = 1 // phase one: minimise the artificial
		pivot(t, basis, worst, width-1)
		if !improve(t, basis, width, width) || t[m][width] < -1e-9*(1+math.Abs(b[worst])) {
			return 0, false
		}
		for i, v := range basis {
			if v == width-1 {
				for j := range width - 1 {
					if math.Abs(t[i][j]) > 1e-11 {
						pivot(t, basis, i, j)
						break
					}
				}
			}
		}
	}
	clear(t[m])
	for j, v := range c {
		t[m][j], t[m][n+j] = -v, v
	}
	for i, v := range basis {
		if f := t[m][v]; f != 0 {
			for j := range t[m] {
				t[m][j] -= f * t[i][j]
			}
		}
	}
	if !improve(t, basis, width-1, width) {
		return math.Inf(1), true
	}
	return t[m][width], true
}

// improve pivots until no reduced cost among the first columns is negative; it
// reports false where the programme is unbounded.
func improve(t [][]float64, basis []int, columns, right int) bool {
	m := len(basis)
	for range 100000 {
		enter := -1
		for j := range columns {
			if t[m][j] < -1e-10 {
				enter = j
				break
			}
		}
		if enter < 0 {
			return true
		}
		leave, best := -1, math.Inf(1)
		for i := range m {
			if t[i][enter] <= 1e-10 {
				continue
			}
			ratio := t[i][right] / t[i][enter]
			if ratio < best-1e-12 || ratio < best+1e-12 && (leave < 0 || basis[i] < basis[leave]) {
				leave, best = i, ratio
			}
		}
		if leave < 0 {
			return false
		}
		pivot(t, basis, leave, enter)
	}
	return false
}

// pivot makes column enter basic in row leave.
func pivot(t [][]float64, basis []int, leave, enter int) {
	row := t[leave]
	p := row[enter]
	for j := range row {
		row[j] /= p
	}
	for i := range t {
		if i == leave {
			continue
		}
		if f := t[i][enter]; f != 0 {
			for j, v := range row {
				t[i][j] -= f * v
			}
		}
	}
	basis[leave] = enter
}
