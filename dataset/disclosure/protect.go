// Package disclosure decides which numbers of published tables are withheld:
// the small ones, and as many others as it takes that none of the small ones
// can be worked out from what the tables say about each other.
package disclosure

import (
	"cmp"
	"slices"
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

// least is what a reader knows a withheld cell to be at the least: a count that
// is published is shown where it is zero.
func (c *Cell) least() float64 {
	if c.Unpublished {
		return 0
	}
	return min(1, c.Value)
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
	also := func(tied []int, i int) bool { // withholds one more for the sake of i
		next := cheapest(cells, relations, of, hidden, lost, tied, i)
		if next < 0 {
			return false
		}
		hidden[next] = true
		chosen = append(chosen, next)
		lose(next)
		return true
	}
	for changed := all; len(changed) > 0; {
		before := len(chosen)
		for _, part := range components(cells, relations, of, hidden, changed) {
			for _, i := range part.known(cells, relations, hidden) {
				if also(part.cells, i) && len(part.cells) <= trimmed {
					break // it may do for the others as well
				}
			}
		}
		changed = slices.Clone(chosen[before:])
	}
	restore(cells, relations, of, hidden, chosen)
	for i, c := range cells {
		hidden[i] = hidden[i] && !c.Unpublished
	}
	return hidden
}

// trimmed is the number of cells of a component up to which what is withheld for
// the sake of others is looked at one by one, so that no more is than it takes.
const trimmed = 150

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
			if len(part.cells) > trimmed || len(part.known(cells, relations, hidden)) > 0 {
				hidden[i] = true
				break
			}
		}
	}
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
