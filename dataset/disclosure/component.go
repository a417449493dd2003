package disclosure

import (
	"math"
	"slices"
	"strconv"

	"swis/dataset/bounds"
)

// component is a set of withheld cells that relations tie together.
type component struct{ cells, relations []int }

// components are those with a small cell that can be reached from some cells.
func components(cells []Cell, relations []Relation, of [][]int, hidden []bool, from []int) []component {
	seen, used := make([]bool, len(cells)), make([]bool, len(relations))
	var out []component
	for _, i := range from {
		if !hidden[i] || seen[i] {
			continue
		}
		c := component{}
		small := false
		for stack := []int{i}; len(stack) > 0; {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[at] {
				continue
			}
			seen[at] = true
			small = small || cells[at].Small
			c.cells = append(c.cells, at)
			for _, r := range of[at] {
				if !used[r] {
					used[r] = true
					c.relations = append(c.relations, r)
				}
				for _, j := range append(slices.Clone(relations[r].Parts), relations[r].Total) {
					if hidden[j] && !seen[j] {
						stack = append(stack, j)
					}
				}
			}
		}
		if small {
			slices.Sort(c.cells)
			slices.Sort(c.relations)
			out = append(out, c)
		}
	}
	return out
}

// widest is the number of cells up to which relations are combined; beyond it
// they are read one by one, again and again.
const widest = 300

// known lists the small cells of a component that a reader can work out.
func (c *component) known(cells []Cell, relations []Relation, hidden []bool) []int {
	place := make(map[int]int, len(c.cells))
	for k, i := range c.cells {
		place[i] = k
	}
	n := len(c.cells)
	var rows [][]float64 // coefficients of the withheld cells, then what they come to
	for _, r := range c.relations {
		row := make([]float64, n+1)
		row[n] = relations[r].Plus
		add := func(i int, sign float64) {
			if hidden[i] {
				row[place[i]] += sign
			} else {
				row[n] -= sign * cells[i].Value
			}
		}
		add(relations[r].Total, 1)
		for _, p := range relations[r].Parts {
			add(p, -1)
		}
		rows = append(rows, row)
	}
	if n <= widest {
		rows = append(rows, reduced(rows, n)...)
	}
	lo, hi := make([]float64, n), make([]float64, n)
	for k, i := range c.cells {
		hi[k] = math.Inf(1)
		if !cells[i].Unpublished {
			lo[k] = 1
		}
	}
	for range 50 {
		if !tighten(rows, lo, hi) {
			break
		}
	}
	var out []int
	for k, i := range c.cells {
		if cells[i].Small && hi[k]-lo[k] < narrowest {
			out = append(out, i)
		}
	}
	return out
}

// solvable is the number of cells up to which the bounds of a component are
// solved for exactly, by linear programming.
const solvable = 40

// solved lists the small cells of a component whose bounds, solved for exactly,
// leave no choice. It finds what reading relations one by one does not.
func (c *component) solved(cells []Cell, relations []Relation, hidden []bool) []int {
	if len(c.cells) > solvable {
		return nil
	}
	r := bounds.NewReader()
	for _, at := range c.relations {
		terms, plus := map[string]float64{}, relations[at].Plus
		add := func(i int, sign float64) {
			if !hidden[i] {
				plus -= sign * cells[i].Value
				return
			}
			name := strconv.Itoa(i)
			terms[name] += sign
			if !cells[i].Unpublished {
				r.AtLeast(name, 1)
			}
		}
		add(relations[at].Total, 1)
		for _, p := range relations[at].Parts {
			add(p, -1)
		}
		r.Combination(terms, plus, plus)
	}
	var out []int
	for _, i := range c.cells {
		if !cells[i].Small {
			continue
		}
		if low, high, err := r.Range(strconv.Itoa(i)); err != nil || high-low < narrowest {
			out = append(out, i) // what cannot be solved is taken as known
		}
	}
	return out
}

// tighten narrows the bounds by each equation once and says whether any moved.
func tighten(rows [][]float64, lo, hi []float64) bool {
	moved := false
	for _, row := range rows {
		n := len(row) - 1
		least, most := 0.0, 0.0 // of the sum; infinite parts are counted apart
		open := 0
		for k, a := range row[:n] {
			switch {
			case a > 0:
				least += a * lo[k]
				if math.IsInf(hi[k], 1) {
					open++
				} else {
					most += a * hi[k]
				}
			case a < 0:
				most += a * lo[k]
				if math.IsInf(hi[k], 1) {
					open += 1 << 20
				} else {
					least += a * hi[k]
				}
			}
		}
		up, down := open&(1<<20-1), open>>20 // parts without an upper, without a lower bound
		for k, a := range row[:n] {
			if a == 0 {
				continue
			}
			wide := math.IsInf(hi[k], 1)
			// a x = b - (sum of the others)
			most2, least2 := most, least
			up2, down2 := up, down
			switch {
			case a > 0:
				least2 -= a * lo[k]
				if wide {
					up2--
				} else {
					most2 -= a * hi[k]
				}
			default:
				most2 -= a * lo[k]
				if wide {
					down2--
				} else {
					least2 -= a * hi[k]
				}
			}
			top, bottom := math.Inf(1), math.Inf(-1)
			if down2 == 0 {
				top = row[n] - least2
			}
			if up2 == 0 {
				bottom = row[n] - most2
			}
			if a < 0 {
				top, bottom = bottom, top
			}
			top, bottom = top/a, bottom/a
			if top < hi[k]-1e-7 {
				hi[k], moved = top, true
			}
			if bottom > lo[k]+1e-7 {
				lo[k], moved = bottom, true
			}
			if moved { // the sums above are no longer right
				break
			}
		}
	}
	return moved
}

// reduced combines equations by Gauss and Jordan.
func reduced(rows [][]float64, n int) [][]float64 {
	m := make([][]float64, len(rows))
	for i := range rows {
		m[i] = slices.Clone(rows[i])
	}
	at := 0
	for col := 0; col < n && at < len(m); col++ {
		pivot := at
		for i := at + 1; i < len(m); i++ {
			if math.Abs(m[i][col]) > math.Abs(m[pivot][col]) {
				pivot = i
			}
		}
		if math.Abs(m[pivot][col]) < 1e-9 {
			continue
		}
		m[at], m[pivot] = m[pivot], m[at]
		for k := n; k >= col; k-- {
			m[at][k] /= m[at][col]
		}
		for i := range m {
			if f := m[i][col]; i != at && f != 0 {
				for k := col; k <= n; k++ {
					if m[i][k] -= f * m[at][k]; math.Abs(m[i][k]) < 1e-9 {
						m[i][k] = 0
					}
				}
			}
		}
		at++
	}
	return m[:at]
}
