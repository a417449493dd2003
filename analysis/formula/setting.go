package formula

import (
	"slices"
	"strconv"

	"swis/analysis"
	"swis/dataset/table"
)

// TermColumns lists the table's columns that a coefficient is made of, e.g.
// swis and post for swis:post, or nil for a name that the design lacks.
func (d *Design) TermColumns(name string) []string {
	j := slices.Index(d.Fixed.Names, name)
	if j < 0 || d.Fixed.Term[j] < 0 {
		return nil
	}
	var columns []string
	for i, v := range d.formula.variables {
		if d.formula.terms[d.Fixed.Term[j]]&(1<<i) != 0 {
			columns = v.columns(columns)
		}
	}
	return unique(columns)
}

// Setting is the design as it would be if every row had one level of a column.
type Setting struct {
	Group *Group        // the levels of the column and that of each row
	X     [][][]float64 // by level, the p columns of n
}

// Set evaluates the fixed columns with a column set to each of its levels in
// turn: what an exchange of arms needs. Levels of categorical columns keep
// their contrasts; scale() keeps its mean and deviation.
func (d *Design) Set(column string) (*Setting, error) {
	g, err := d.Group(column)
	if err != nil {
		return nil, err
	}
	kind, err := d.table.Kind(column)
	if err != nil {
		return nil, err
	}
	s := &Setting{Group: g}
	for _, level := range g.Levels {
		set := &setting{column: column, level: level}
		if kind == table.NumericKind {
			if set.number, err = strconv.ParseFloat(level, 64); err != nil {
				return nil, analysis.Unsupportedf("column %s has a cell that is no number", column)
			}
		}
		f := &frame{table: d.table, text: d.Text, options: d.options, rows: d.Rows, set: set}
		fixed, err := f.fixed(d.formula)
		if err != nil {
			return nil, err
		}
		s.X = append(s.X, fixed.X)
	}
	return s, nil
}
