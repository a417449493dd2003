package disclosure

import (
	"math"
	"slices"
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

// solvable is how many cells times relations a component may have to be solved
// for exactly, about a thousand of each (some seconds; 500 take less than one).
// Beyond it relations are read one by one.
const solvable = 1_000_000

// known lists the small cells of a component whose bounds leave no choice: solved
// for exactly, or from the relations one by one, again and again, where there are
// too many.
func (c *component) known(cells []Cell, relations []Relation, hidden []bool) []int {
	if len(c.cells)*len(c.relations) <= solvable {
		return c.solved(cells, relations, hidden)
	}
	return c.propagated(cells, relations, hidden)
}

// propagated reads relations one by one.
func (c *component) propagated(cells []Cell, relations []Relation, hidden []bool) []int {
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
	lo, hi := make([]float64, n), make([]float64, n)
	for k, i := range c.cells {
		hi[k] = math.Inf(1)
		lo[k] = cells[i].least()
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

// solved solves the bounds of each small cell.
func (c *component) solved(cells []Cell, relations []Relation, hidden []bool) []int {
	at, place := make([]float64, len(c.cells)), make(map[int]int, len(c.cells))
	for k, i := range c.cells {
		place[i] = k
		at[k] = cells[i].Value - cells[i].least()
	}
	equations := make([][]float64, len(c.relations))
	for e, r := range c.relations {
		equations[e] = make([]float64, len(c.cells))
		add := func(i int, sign float64) {
			if hidden[i] {
				equations[e][place[i]] += sign
			}
		}
		add(relations[r].Total, 1)
		for _, p := range relations[r].Parts {
			add(p, -1)
		}
	}
	r := newProgramme(equations, at)
	var out []int
	for k, i := range c.cells {
		if cells[i].Small && r.knows(k) {
			out = append(out, i)
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
