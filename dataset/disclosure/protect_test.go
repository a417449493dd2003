package disclosure

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

// Bounds solves for the least and the largest value that a cell can have given
// all that is published: the linear programme of a reader who knows every
// relation, that withheld counts are at least 1, and that they are the same in
// all tables.
func bounds(t *testing.T, cells []Cell, relations []Relation, hidden []bool, of int) (least, most float64) {
	t.Helper()
	place := map[int]int{}
	var free []int
	for i := range cells {
		if hidden[i] || cells[i].Unpublished {
			place[i] = len(free)
			free = append(free, i)
		}
	}
	floor := func(i int) float64 {
		if cells[i].Unpublished {
			return 0
		}
		return 1
	}
	var rows [][]float64
	for _, r := range relations {
		row := make([]float64, len(free)+1)
		b := r.Plus
		add := func(i int, sign float64) {
			if k, ok := place[i]; ok {
				row[k] += sign
				b -= sign * floor(i) // in terms of what is above the floor
			} else {
				b -= sign * cells[i].Value
			}
		}
		add(r.Total, 1)
		for _, p := range r.Parts {
			add(p, -1)
		}
		row[len(free)] = b
		rows = append(rows, row)
	}
	rows = reduced(rows, len(free)) // lp wants full rank
	// a bound on all, so that the programme is never unbounded
	n := len(free)
	a := mat.NewDense(len(rows)+1, n+1, nil)
	b := make([]float64, len(rows)+1)
	for i, row := range rows {
		for k := range n {
			a.Set(i, k, row[k])
		}
		b[i] = row[n]
	}
	for k := range n + 1 {
		a.Set(len(rows), k, 1)
	}
	b[len(rows)] = 1e5
	solve := func(sign float64) float64 {
		c := make([]float64, n+1)
		c[place[of]] = sign
		x, _, err := lp.Simplex(c, a, b, 1e-9, nil)
		if err != nil {
			t.Fatalf("%v: %v", err, cells)
		}
		return sign * x
	}
	return solve(1) + floor(of), solve(-1) + floor(of)
}

// An attacker who solves the linear bounds of tables that share totals, rows,
// columns and rests recovers no small count.
func TestNoSmallCountIsRecovered(t *testing.T) {
	withheld, small, shown, easy := 0, 0, 0, 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		rows, columns := 2+r.IntN(4), 2+r.IntN(4)
		var cells []Cell
		var relations []Relation
		add := func(v int) int {
			cells = append(cells, Cell{Value: float64(v), Small: v > 0 && v <= 5})
			return len(cells) - 1
		}
		at := make([][]int, rows)
		byColumn := make([]int, columns)
		all := 0
		for i := range at {
			sum := 0
			for j := range columns {
				v := r.IntN(12)
				if r.IntN(3) == 0 {
					v = r.IntN(200)
				}
				sum += v
				byColumn[j] += v
				at[i] = append(at[i], add(v))
			}
			all += sum
			relations = append(relations, Relation{Total: add(sum), Parts: at[i]})
			at[i] = append(at[i], len(cells)-1)
		}
		total := Relation{Total: add(all)}
		for j := range columns {
			column := Relation{Total: add(byColumn[j])}
			for i := range rows {
				column.Parts = append(column.Parts, at[i][j])
			}
			relations = append(relations, column)
			total.Parts = append(total.Parts, column.Total)
		}
		relations = append(relations, total)
		if r.IntN(2) == 0 { // a rest that is in no table: part of a row's total
			part := int(cells[at[0][columns]].Value) - r.IntN(1+min(8, int(cells[at[0][columns]].Value)))
			p := add(part)
			rest := int(cells[at[0][columns]].Value) - part
			cells = append(cells, Cell{Value: float64(rest), Small: rest > 0 && rest <= 5, Unpublished: true})
			relations = append(relations, Relation{Total: at[0][columns], Parts: []int{p, len(cells) - 1}})
		}
		hidden := Protect(cells, relations)
		for i, c := range cells {
			if c.Small && !hidden[i] && !c.Unpublished {
				t.Fatalf("seed %d: a small count is shown", seed)
			}
			if hidden[i] {
				withheld++
			} else {
				shown++
			}
			if !c.Small {
				continue
			}
			small++
			if seed < 50 {
				naive := make([]bool, len(cells))
				for k := range cells {
					naive[k] = cells[k].Small && !cells[k].Unpublished
				}
				if least, most := bounds(t, cells, relations, naive, i); most-least < narrowest {
					easy++
				}
			}
			least, most := bounds(t, cells, relations, hidden, i)
			if most-least < narrowest {
				t.Errorf("seed %d: the count %g is recovered: from %g to %g", seed, c.Value, least, most)
			}
		}
	}
	t.Logf("%d small, %d withheld, %d shown", small, withheld, shown)
	if easy < 20 {
		t.Errorf("%d are recovered where small counts alone are withheld: the attack is too weak", easy)
	}
	if small < 1000 || shown < withheld/3 {
		t.Errorf("%d small, %d withheld, %d shown", small, withheld, shown)
	}
}

// One small part of a total takes one more with it, and only one.
func TestOneMoreIsEnough(t *testing.T) {
	cells := []Cell{{Value: 3, Small: true}, {Value: 40}, {Value: 11}, {Value: 54}}
	hidden := Protect(cells, []Relation{{Total: 3, Parts: []int{0, 1, 2}}})
	want := []bool{true, false, true, false}
	for i := range want {
		if hidden[i] != want[i] {
			t.Fatalf("withheld %v, want %v", hidden, want)
		}
	}
	cells = []Cell{{Value: 1, Small: true}, {Value: 1, Small: true}, {Value: 0}, {Value: 2, Small: true}}
	if hidden := Protect(cells, []Relation{{Total: 3, Parts: []int{0, 1, 2}}}); !hidden[0] || !hidden[3] || hidden[2] {
		t.Fatalf("withheld %v", hidden)
	}
}
