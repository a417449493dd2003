package disclosure

import (
	"fmt"
	"slices"

	"swis/analysis"
)

// Table is the table as it is published.
func (s *Release) Table(t *analysis.Table) *analysis.Table {
	x := s.tables[t]
	if x == nil {
		return s.profile.Table(t)
	}
	out, _ := s.shown(x)
	return out
}

// shown is the table as it is published, and how many cells are withheld. With
// a count go all numbers of its row but those about no person: rates, extremes
// and shares of zeros say too much of it.
func (s *Release) shown(x *shownTable) (*analysis.Table, int) {
	p, t := s.profile, x.table
	out := *t
	out.Title, out.Sums = p.Text(t.Title), nil
	out.Rows = make([][]analysis.Cell, len(t.Rows))
	count := 0
	for i, row := range t.Rows {
		cells := make([]analysis.Cell, len(row))
		closed := false
		for _, at := range x.at[i] {
			closed = closed || at >= 0 && s.hidden[at]
		}
		for j, c := range row {
			c.Text, c.Behind = p.Text(c.Text), nil
			if c.Value != nil && j < len(t.Columns) {
				column := t.Columns[j]
				if s.cellGone(x, i, j, closed) {
					c = analysis.Cell{Text: p.Mark()}
					count++
				} else {
					c.Value = p.rounded(column, row, j)
				}
			}
			cells[j] = c
		}
		out.Rows[i] = cells
	}
	return &out, count
}

func (s *Release) cellGone(x *shownTable, i, j int, closed bool) bool {
	column, c := x.table.Columns[j], x.table.Rows[i][j]
	ofRow := c.Behind != nil && c.Behind.Alone && column.Format != analysis.Count // goes with the others of its row
	if at := x.at[i][j]; at >= 0 && !ofRow {
		return s.hidden[at]
	}
	switch {
	case ofRow:
		return closed
	case c.Behind != nil: // a count of zero, which is about nobody
		return false
	case public(column):
		return false
	case s.profile == TRE && extreme(column.Name):
		return true
	case personal(column) && s.profile.Small(*c.Value):
		return true
	}
	return closed
}

// rounded is a number as it is shown: counts to the base of the profile, rates
// made from the rounded count, and changes from the rounded rates.
func (p Profile) rounded(column analysis.Column, row []analysis.Cell, j int) analysis.Number {
	c := row[j]
	if p != TRE {
		return c.Value
	}
	switch b := c.Behind; {
	case personal(column):
		return analysis.Num(p.Round(*c.Value))
	case b != nil && column.Format != analysis.Percent:
		return p.made(*c.Value, b)
	case column.Name == "change" && j >= 2 && row[j-1].Behind != nil && row[j-2].Behind != nil && row[j-1].Value != nil && row[j-2].Value != nil:
		after, before := p.made(*row[j-1].Value, row[j-1].Behind), p.made(*row[j-2].Value, row[j-2].Behind)
		return analysis.Num(*after - *before)
	}
	return c.Value
}

// made is a number that is proportional to a count, from the count as rounded;
// a mean of what is no count is left as it is.
func (p Profile) made(x float64, b *analysis.Behind) analysis.Number {
	if b.N <= 0 || b.Total > 0 {
		return analysis.Num(x)
	}
	return analysis.Num(x * p.Round(b.N) / b.N)
}

// Result is the result as it is published. Where a count behind the numbers of
// all or of a subgroup is withheld, everything that was estimated from it is
// withheld too: a ratio and three of its four counts give the fourth.
func (s *Release) Result(r *analysis.Result) *analysis.Result {
	p := s.profile
	if r == nil || !p.On() {
		return r
	}
	if _, known := s.results[r]; !known {
		return p.Result(r)
	}
	out := *r
	closed := map[string]bool{}
	withheld := 0
	out.Tables = make([]analysis.Table, 0, len(r.Tables))
	for _, x := range s.results[r] {
		t, n := s.shown(x)
		out.Tables = append(out.Tables, *t)
		withheld += n
		closed[x.by] = closed[x.by] || slices.ContainsFunc(x.made, func(at int) bool { return s.hidden[at] })
	}
	for _, t := range r.Told {
		closed[t.By] = closed[t.By] || s.gone(t.By, &t.Behind)
	}
	for i := range r.Fits {
		closed[r.Fits[i].By] = closed[r.Fits[i].By] || p.thin(r, &r.Fits[i])
	}
	for by, m := range s.margins[r] {
		if m.failed == "" && slices.ContainsFunc(m.at, func(at int) bool { return s.hidden[at] }) {
			m.failed = "its terms"
		}
		closed[by] = closed[by] || m.failed != ""
	}
	w := &words{release: s, told: r.Told, closed: closed, rows: s.closedRows(r)}
	out.Told = nil
	out.Title, out.Subtitle = w.text("", r.Title), w.text("", r.Subtitle)
	out.Summary = w.summary(r)
	w.estimates(r, &out)
	w.checks(r, &out)
	out.Curves = w.curves(r)
	out.Notes = append(w.notes(r.Notes), s.whyMargins(r)...)
	out.Margins = nil
	if withheld > 0 {
		out.Note("disclosure", fmt.Sprintf("%d small numbers are withheld (%s), some of them so that others cannot be worked out", withheld, p))
	}
	return &out
}

// closedRows are the names of the rows of a result's tables of which a number of
// children is withheld. Checks with the same name at their end go with them.
func (s *Release) closedRows(r *analysis.Result) map[string]bool {
	out := map[string]bool{}
	for _, x := range s.results[r] {
		for i, row := range x.table.Rows {
			if len(row) > 0 && row[0].Text != "" && slices.ContainsFunc(x.at[i], func(at int) bool { return at >= 0 && s.hidden[at] }) {
				out[row[0].Text] = true
			}
		}
	}
	return out
}
