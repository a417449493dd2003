package formula

import (
	"strings"

	"swis/analysis"
)

// fixed makes the model matrix of the formula's terms with R's coefficient
// names: treatment contrasts where the margin of a factor is in the model, all
// levels where it is not (R's rule in model.matrix).
func (f *frame) fixed(formula *Formula) (Fixed, error) {
	out := Fixed{Intercept: formula.intercept}
	variables := make([]*variable, len(formula.variables))
	for i, n := range formula.variables {
		if !formula.uses(i) {
			continue
		}
		v, err := f.variable(n)
		if err != nil {
			return out, err
		}
		variables[i] = v
	}
	n := len(f.rows)
	if formula.intercept {
		ones := make([]float64, n)
		for i := range ones {
			ones[i] = 1
		}
		out.Names, out.X, out.Term = append(out.Names, "(Intercept)"), append(out.X, ones), append(out.Term, -1)
	}
	full := formula.fullyCoded(variables)
	if made := formula.countColumns(variables, full); made > float64(4*n+1000) {
		return out, analysis.NotEstimablef("the formula makes %.0f columns of %d rows; cross fewer factors", made, n)
	}
	for k, t := range formula.terms {
		var columns []column
		var labels []string
		for i, v := range variables {
			if t&(1<<i) == 0 {
				continue
			}
			labels = append(labels, v.label)
			columns = multiply(columns, v, full[cell{k, i}], n)
		}
		out.Terms = append(out.Terms, strings.Join(labels, ":"))
		for _, c := range columns {
			out.Names, out.X, out.Term = append(out.Names, c.name), append(out.X, c.values), append(out.Term, k)
		}
	}
	return out, nil
}

// countColumns is the number of columns of the model matrix.
func (f *Formula) countColumns(variables []*variable, full map[cell]bool) float64 {
	total := 0.0
	for k, t := range f.terms {
		columns := 1.0
		for i, v := range variables {
			if t&(1<<i) == 0 || !v.categorical() {
				continue
			}
			levels := len(v.levels)
			if !full[cell{k, i}] {
				levels--
			}
			columns *= float64(levels)
		}
		total += columns
	}
	return total
}

// uses says whether variable i is still in a term after removals.
func (f *Formula) uses(i int) bool {
	for _, t := range f.terms {
		if t&(1<<i) != 0 {
			return true
		}
	}
	return false
}

// cell is a variable in a term.
type cell struct{ term, variable int }

// fullyCoded lists the cells whose factor takes a column for every level: the
// term without it is not in the model; and, without intercept, the first
// factor of the first term that has one.
func (f *Formula) fullyCoded(variables []*variable) map[cell]bool {
	in := map[term]bool{0: true}
	for _, t := range f.terms {
		in[t] = true
	}
	full := map[cell]bool{}
	first := !f.intercept
	for k, t := range f.terms {
		for i, v := range variables {
			if t&(1<<i) == 0 || !v.categorical() {
				continue
			}
			if first || !in[t&^(1<<i)] {
				full[cell{k, i}] = true
			}
			first = false
		}
	}
	return full
}

type column struct {
	name   string
	values []float64
}

// multiply gives the columns of a product of terms; the earlier variables vary
// fastest. A nil left is the empty product.
func multiply(left []column, v *variable, full bool, n int) []column {
	var right []column
	if v.categorical() {
		start := 1
		if full {
			start = 0
		}
		for l := start; l < len(v.levels); l++ {
			c := column{v.label + v.levels[l], make([]float64, n)}
			for i, code := range v.codes {
				if int(code) == l {
					c.values[i] = 1
				}
			}
			right = append(right, c)
		}
	} else {
		right = []column{{v.label, v.values}}
	}
	if left == nil {
		return right
	}
	out := make([]column, 0, len(left)*len(right))
	for _, b := range right {
		for _, a := range left {
			c := column{a.name + ":" + b.name, make([]float64, n)}
			for i := range c.values {
				c.values[i] = a.values[i] * b.values[i]
			}
			out = append(out, c)
		}
	}
	return out
}
