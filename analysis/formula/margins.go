package formula

import (
	"math"
	"slices"
	"strings"
	"sync"

	"swis/analysis"
	"swis/dataset/disclosure"
)

// Margins are the cells of the categorical terms of the model of a design. Those
// who contribute to the outcome are units, by row (schools, clusters); nil: the
// levels of the first random term, or the rows themselves.
func (d *Design) Margins(units []int32) analysis.Margins {
	if units == nil && len(d.Random) > 0 {
		units = d.Random[0].Index
	}
	return analysis.Margins{Of: sync.OnceValue(func() *analysis.CategoricalTerms { return d.categoricalTerms(units) })}
}

func (d *Design) categoricalTerms(units []int32) *analysis.CategoricalTerms {
	out := &analysis.CategoricalTerms{}
	columns := make([][]int, len(d.Fixed.Terms)) // of each term
	categorical := make([]bool, len(d.Fixed.Terms))
	for t := range categorical {
		categorical[t] = true
	}
	var all []int
	whole := len(d.Random) == 0 && len(d.Absorbed) == 0
	for j, t := range d.Fixed.Term {
		if t < 0 {
			continue
		}
		columns[t], all = append(columns[t], j), append(all, j)
		categorical[t] = categorical[t] && indicator(d.Fixed.X[j])
		whole = whole && categorical[t]
	}
	none := d.cells(nil, units)
	out.Total = none[0].Outcome
	out.Total.Of = analysis.CountOf(d.Response.Name, "", "")
	for t, name := range d.Fixed.Terms {
		if !categorical[t] {
			continue
		}
		var of []int // columns of the term and of those that are part of it
		for s, part := range d.Fixed.Terms {
			if categorical[s] && within(part, name) {
				of = append(of, columns[s]...)
			}
		}
		out.Terms = append(out.Terms, analysis.CategoricalTerm{Name: name, Cells: d.cells(of, units)})
	}
	if whole && len(all) > 0 {
		cells := d.cells(all, units)
		if out.Saturated = len(cells) <= len(d.Fixed.Names); out.Saturated {
			out.Terms = append(out.Terms, analysis.CategoricalTerm{Name: strings.Join(d.Fixed.Terms, " + "), Cells: cells})
		}
	}
	return out
}

// indicator says whether a column holds zeros and ones alone.
func indicator(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v != 0 && v != 1 })
}

// within says whether the variables of a term are all among those of another.
func within(part, whole string) bool {
	of := strings.Split(whole, ":")
	return !slices.ContainsFunc(strings.Split(part, ":"), func(v string) bool { return !slices.Contains(of, v) })
}

// cells parts the rows by what columns hold.
func (d *Design) cells(columns []int, units []int32) []analysis.MarginCell {
	code := make([]int32, d.N())
	n := int32(1)
	for _, j := range columns {
		next := map[[2]int32]int32{}
		for i, x := range d.Fixed.X[j] {
			at := [2]int32{code[i], int32(x)}
			to, ok := next[at]
			if !ok {
				to = int32(len(next))
				next[at] = to
			}
			code[i] = to
		}
		n = int32(max(1, len(next)))
	}
	counts := !slices.ContainsFunc(d.Response.Y, func(y float64) bool { return y < 0 || y != math.Trunc(y) })
	yes := counts && (d.Response.Trials != nil || !slices.ContainsFunc(d.Response.Y, func(y float64) bool { return y > 1 }))
	out := make([]analysis.MarginCell, n)
	totals := make([]float64, n)
	type part struct{ cell, unit int32 }
	byUnit := map[part]float64{}
	for i, y := range d.Response.Y {
		cell := &out[code[i]]
		cell.Rows++
		totals[code[i]] += math.Abs(y)
		switch {
		case d.Response.Trials != nil:
			cell.Others += d.Response.Trials[i] - y
		case yes:
			cell.Others += 1 - y
		}
		if units == nil {
			cell.Outcome.Contribute(math.Abs(y))
		} else {
			byUnit[part{code[i], units[i]}] += math.Abs(y)
		}
	}
	for at, y := range byUnit {
		out[at.cell].Outcome.Contribute(y)
	}
	for k := range out {
		cell := &out[k]
		if cell.Counts = counts; counts {
			cell.Outcome.N = totals[k]
		} else {
			cell.Outcome.N, cell.Outcome.Total = cell.Rows, totals[k]
		}
		if totals[k] == 0 {
			cell.Outcome.Top = disclosure.Largest{}
		}
	}
	return out
}
