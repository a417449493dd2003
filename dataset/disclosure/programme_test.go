package disclosure

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// The cells that the programme knows are those that another solver, started
// without the true values, leaves no choice.
func TestProgrammeAgreesWithAnotherSolver(t *testing.T) {
	known, open, failed := 0, 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 3))
		var cells []Cell
		for range 3 + r.IntN(9) {
			v := float64(r.IntN(7))
			cells = append(cells, Cell{Value: v, Small: true, Unpublished: v == 0 || r.IntN(3) == 0})
		}
		n := len(cells)
		var relations []Relation
		for range 1 + r.IntN(n) {
			x := Relation{Total: len(cells)}
			sum := 0.0
			for i := range n {
				if r.IntN(3) == 0 {
					x.Parts = append(x.Parts, i)
					sum += cells[i].Value
				}
			}
			cells = append(cells, Cell{Value: sum})
			relations = append(relations, x)
		}
		hidden := make([]bool, len(cells))
		of := make([][]int, len(cells))
		var all []int
		for i := range cells {
			hidden[i] = i < n
			all = append(all, i)
		}
		for k, x := range relations {
			for _, i := range append([]int{x.Total}, x.Parts...) {
				of[i] = append(of[i], k)
			}
		}
		var found []int
		for _, part := range components(cells, relations, of, hidden, all) {
			found = append(found, part.solved(cells, relations, hidden)...)
		}
		other := reader(cells, relations, hidden)
		for i := range n {
			if len(of[i]) == 0 {
				continue
			}
			want, err := other.Recovered(fmt.Sprint(i))
			if err != nil { // its own trouble
				failed++
				continue
			}
			if slices.Contains(found, i) != want {
				low, high, _ := other.Range(fmt.Sprint(i))
				t.Errorf("seed %d: cell %d, %g, known %v, want %v (%g to %g)", seed, i, cells[i].Value, !want, want, low, high)
			}
			if want {
				known++
			} else {
				open++
			}
		}
	}
	if known < 300 || open < 300 || failed > 10 {
		t.Errorf("%d known, %d not, %d not solved: too few of a kind", known, open, failed)
	}
}

// square is a table of withheld ones with its totals, of which the first row
// without its first cell is a total elsewhere: two sums together give the cell.
func square(side int) (cells []Cell, relations []Relation) {
	for range side * side {
		cells = append(cells, Cell{Value: 2, Small: true})
	}
	total := func(parts []int) {
		cells = append(cells, Cell{Value: 2 * float64(len(parts))})
		relations = append(relations, Relation{Total: len(cells) - 1, Parts: parts})
	}
	for i := range side {
		var row, column []int
		for j := range side {
			row, column = append(row, i*side+j), append(column, j*side+i)
		}
		total(row)
		total(column)
	}
	var rest []int
	for j := 1; j < side; j++ {
		rest = append(rest, j)
	}
	total(rest)
	return cells, relations
}

// What follows from two sums of hundreds of withheld cells is found, and one of
// them goes, with one more where it takes one.
func TestHundredsOfCellsAreSolvedExactly(t *testing.T) {
	for _, side := range []int{5, 8, 20, 30} {
		cells, relations := square(side)
		hidden := Protect(cells, relations)
		first, rest := side*side, len(cells)-1
		if !hidden[first] && !hidden[rest] {
			t.Errorf("%d cells: the first follows from two totals that are shown", side*side)
		}
		gone := 0
		for i := side * side; i < len(cells); i++ {
			if hidden[i] {
				gone++
			}
		}
		if gone > 2 { // a row's total follows from the columns' while all are shown
			t.Errorf("%d cells: %d totals are withheld, want 2 at most", side*side, gone)
		}
		if side > 5 {
			continue
		}
		if recovered(t, reader(cells, relations, hidden), 0) {
			t.Errorf("%d cells: the first is recovered", side*side)
		}
	}
}

// tables are many authorities' tables of types by ends with totals over all of
// them, as a quality report has them, of so many small counts.
func tables(authorities int) (cells []Cell, relations []Relation) {
	r := rand.New(rand.NewPCG(uint64(authorities), 5))
	const types, ends = 8, 7
	add := func(v float64) int {
		cells = append(cells, Cell{Value: v, Small: v > 0 && v <= 5})
		return len(cells) - 1
	}
	sum := func(parts []int) int {
		v := 0.0
		for _, p := range parts {
			v += cells[p].Value
		}
		at := add(v)
		relations = append(relations, Relation{Total: at, Parts: parts})
		return at
	}
	var together [ends][]int
	for range authorities {
		var by [ends][]int
		for range types {
			var row []int
			for e := range ends {
				v := float64(r.IntN(6))
				if r.IntN(4) == 0 {
					v = float64(r.IntN(2000))
				}
				row = append(row, add(v))
				if e > 0 { // what readers can work out beside it
					cells = append(cells, Cell{Value: 100 - min(100, v), Unpublished: true})
					relations = append(relations, Relation{Total: len(cells) - 1, Parts: []int{row[e], row[e-1]}, Plus: 100 - min(100, v) - cells[row[e]].Value - cells[row[e-1]].Value})
				}
				by[e] = append(by[e], row[e])
			}
			sum(row)
		}
		for e := range ends {
			together[e] = append(together[e], sum(by[e]))
		}
	}
	for e := range ends {
		sum(together[e])
	}
	return cells, relations
}

func BenchmarkProtect(b *testing.B) {
	for _, authorities := range []int{1, 3, 10, 100} {
		cells, relations := tables(authorities)
		b.Run(fmt.Sprintf("cells=%d", len(cells)), func(b *testing.B) {
			for b.Loop() {
				hidden := Protect(cells, relations)
				n, widest := 0, 0
				for _, h := range hidden {
					if h {
						n++
					}
				}
				of := make([][]int, len(cells))
				var all []int
				for k, x := range relations {
					for _, i := range append([]int{x.Total}, x.Parts...) {
						of[i] = append(of[i], k)
					}
				}
				for i := range cells {
					all = append(all, i)
				}
				for _, part := range components(cells, relations, of, hidden, all) {
					widest = max(widest, len(part.cells))
				}
				b.ReportMetric(float64(n), "withheld")
				b.ReportMetric(float64(widest), "widest")
			}
		})
	}
}
