// Package disclosure decides which numbers of published tables are withheld:
// the small ones, and as many others as it takes that none of the small ones
// can be worked out from what the tables say about each other.
package disclosure

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"swis/dataset/bounds"
)

// Cell is one number that is published, or that readers can derive.
type Cell struct {
	Value float64
	Small bool // is not to be known
	// Unpublished cells stand in no table, but follow from the others if nothing
	// is withheld, such as the rest of a total whose parts are not all shown.
	Unpublished bool
	// Settled cells were published before: Withheld says whether they were
	// withheld then, and they are left as they are.
	Settled, Withheld bool
	// Groups are what becomes useless as a whole when the cell is withheld: of
	// several cells that would do, one whose groups are lost already goes first.
	Groups []Group
}

// Group is a set of cells that are worth little without each other, and how
// much it is worth.
type Group struct{ ID, Worth int }

// Relation says that the cell Total is the sum of the cells Parts plus a
// number that readers know.
type Relation struct {
	Total int
	Parts []int
	Plus  float64
}

// narrowest is the width of what a reader can say about a small count below
// which the count is known: whole numbers are less than one apart.
const narrowest = 0.999

// Protect returns which published cells to withhold. A reader is taken to know
// all relations, that counts are not negative, and that a withheld count is not
// zero. After each round the bounds that follow are looked at; where they leave
// a small cell no choice, the smallest number that is still shown in one of its
// relations goes too.
func Protect(cells []Cell, relations []Relation) []bool {
	hidden := make([]bool, len(cells))
	for i, c := range cells {
		hidden[i] = c.Small && !c.Settled || c.Unpublished || c.Withheld
	}
	of := make([][]int, len(cells)) // relations of each cell
	for r := range relations {
		of[relations[r].Total] = append(of[relations[r].Total], r)
		for _, p := range relations[r].Parts {
			of[p] = append(of[p], r)
		}
	}
	var all, chosen []int
	for i := range cells {
		all = append(all, i)
	}
	lost := map[int]bool{} // groups with a cell that is withheld
	lose := func(i int) {
		for _, g := range cells[i].Groups {
			lost[g.ID] = true
		}
	}
	for i := range cells {
		if hidden[i] {
			lose(i)
		}
	}
	for {
		more := false
		for _, part := range components(cells, relations, of, hidden, all) {
			for _, i := range part.known(cells, relations, hidden) {
				if next := cheapest(cells, relations, of, hidden, lost, part.cells, i); next >= 0 {
					hidden[next], more = true, true
					chosen = append(chosen, next)
					lose(next)
				}
			}
		}
		if more {
			continue
		}
		for _, part := range components(cells, relations, of, hidden, all) {
			for _, i := range part.solved(cells, relations, hidden) {
				if next := cheapest(cells, relations, of, hidden, lost, part.cells, i); next >= 0 {
					hidden[next], more = true, true
					chosen = append(chosen, next)
					lose(next)
					break
				}
			}
		}
		if !more {
			break
		}
	}
	restore(cells, relations, of, hidden, chosen)
	for i, c := range cells {
		hidden[i] = hidden[i] && !c.Unpublished
	}
	return hidden
}

// restore shows again what was chosen to be withheld and turns out to be of no
// use, the most worth first, then the largest.
func restore(cells []Cell, relations []Relation, of [][]int, hidden []bool, chosen []int) {
	slices.SortStableFunc(chosen, func(a, b int) int {
		return cmp.Or(cmp.Compare(worth(cells[b], nil), worth(cells[a], nil)), cmp.Compare(cells[b].Value, cells[a].Value))
	})
	for _, i := range chosen {
		hidden[i] = false
		var from []int // what it is tied to
		for _, r := range of[i] {
			from = append(append(from, relations[r].Parts...), relations[r].Total)
		}
		for _, part := range components(cells, relations, of, hidden, from) {
			if len(part.cells) > solvable || len(part.known(cells, relations, hidden)) > 0 || len(part.solved(cells, relations, hidden)) > 0 {
				hidden[i] = true
				break
			}
		}
	}
}

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

// cheapest is the next cell to withhold for the sake of cell i, of those that are
// still shown in a relation of it or of a cell that it is tied to: the one with
// which the least worth of groups is lost, then one in a relation of i, then a
// part before a total, then the smallest; -1 where all are withheld.
func cheapest(cells []Cell, relations []Relation, of [][]int, hidden []bool, lost map[int]bool, tied []int, i int) int {
	var lowest [4]float64 // what a cell costs, the first most
	best := -1
	look := func(j, far, total int) {
		if hidden[j] || cells[j].Settled || cells[j].Value <= 0 {
			return
		}
		price := [4]float64{worth(cells[j], lost), float64(far), float64(total), cells[j].Value}
		if best < 0 || slices.Compare(price[:], lowest[:]) < 0 {
			best, lowest = j, price
		}
	}
	for far, near := range [][]int{{i}, tied} {
		for _, k := range near {
			for _, r := range of[k] {
				for _, p := range relations[r].Parts {
					look(p, far, 0)
				}
				look(relations[r].Total, far, 1)
			}
		}
	}
	return best
}

// worth is what is lost beside the cell when it is withheld.
func worth(c Cell, lost map[int]bool) float64 {
	sum := 0
	for _, g := range c.Groups {
		if !lost[g.ID] {
			sum += g.Worth
		}
	}
	return float64(sum)
}
