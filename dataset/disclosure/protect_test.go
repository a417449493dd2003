package disclosure

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"swis/dataset/bounds"
)

// reader knows every relation, what is shown, and that withheld counts are at
// least 1.
func reader(cells []Cell, relations []Relation, hidden []bool) *bounds.Reader {
	r := bounds.NewReader()
	for i, c := range cells {
		switch {
		case c.Unpublished:
			r.AtLeast(fmt.Sprint(i), 0)
		case hidden[i]:
			r.AtLeast(fmt.Sprint(i), 1)
		default:
			r.Is(fmt.Sprint(i), c.Value)
		}
	}
	for _, x := range relations {
		var parts []string
		for _, p := range x.Parts {
			parts = append(parts, fmt.Sprint(p))
		}
		r.Adds(fmt.Sprint(x.Total), x.Plus, parts...)
	}
	return r
}

// recovered says whether the reader works a cell out.
func recovered(t *testing.T, r *bounds.Reader, of int) bool {
	t.Helper()
	known, err := r.Recovered(fmt.Sprint(of))
	if err != nil {
		t.Fatal(err)
	}
	return known
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
		everything := reader(cells, relations, hidden)
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
				if recovered(t, reader(cells, relations, naive), i) {
					easy++
				}
			}
			if recovered(t, everything, i) {
				t.Errorf("seed %d: the count %g is recovered", seed, c.Value)
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
