package disclosure

import (
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// Table returns the table with its small counts withheld, and how many cells
// were: the small counts themselves, the next smallest count of a column where
// only one was small (it could be worked out from the total), and the rates of
// rows whose count is withheld. t is not changed.
func (p Profile) Table(t *analysis.Table) (*analysis.Table, int) {
	if !p.On() {
		return t, 0
	}
	out := *t
	out.Title = p.Text(t.Title)
	out.Rows = make([][]analysis.Cell, len(t.Rows))
	for i, row := range t.Rows {
		out.Rows[i] = slices.Clone(row)
		for j := range out.Rows[i] {
			out.Rows[i][j].Text = p.Text(out.Rows[i][j].Text)
		}
	}
	withheld := 0
	hide := func(i, j int) {
		if out.Rows[i][j].Value != nil {
			out.Rows[i][j] = analysis.Cell{Text: p.Mark()}
			withheld++
		}
	}
	hidden := make([]bool, len(t.Rows)) // rows with a withheld count
	for j, c := range t.Columns {
		if !personal(c) {
			continue
		}
		var small []int
		for i := range t.Rows {
			if v := at(t, i, j); v != nil && p.Small(*v) {
				small = append(small, i)
			}
		}
		if len(small) == 1 {
			if i := second(t, j, small[0]); i >= 0 {
				small = append(small, i)
			}
		}
		for i := range t.Rows {
			if v := at(t, i, j); v != nil && !slices.Contains(small, i) {
				out.Rows[i][j].Value = analysis.Num(p.Round(*v))
			}
		}
		for _, i := range small {
			hide(i, j)
			hidden[i] = true
		}
	}
	for j, c := range t.Columns {
		if c.Format != analysis.Rate {
			continue
		}
		for i := range t.Rows {
			if hidden[i] && j < len(t.Rows[i]) {
				hide(i, j)
			}
		}
	}
	return &out, withheld
}

// Figure returns the figure with the small numbers of its data and words
// withheld. What is drawn has to leave them out where the figure is made.
func (p Profile) Figure(f *report.Figure) *report.Figure {
	if !p.On() || f == nil {
		return f
	}
	out := *f
	data, _ := p.Table(&f.Data)
	out.Data = *data
	out.Alt, out.Subtitle = p.Text(f.Alt), p.Text(f.Subtitle)
	out.Notes = p.texts(f.Notes)
	return &out
}

func at(t *analysis.Table, i, j int) analysis.Number {
	if j >= len(t.Rows[i]) {
		return nil
	}
	return t.Rows[i][j].Value
}

// second is the row of the smallest other count above zero in a column, totals
// left aside, or -1.
func second(t *analysis.Table, j, first int) int {
	best := -1
	for i := range t.Rows {
		v := at(t, i, j)
		if i == first || v == nil || *v <= 0 || total(t.Rows[i]) {
			continue
		}
		if best < 0 || *v < *at(t, best, j) {
			best = i
		}
	}
	return best
}

func total(row []analysis.Cell) bool {
	for _, c := range row {
		switch strings.ToLower(c.Text) {
		case "total", "all", "both", "overall", "england":
			return true
		}
	}
	return false
}

// personal says whether a column counts children or events. Numbers of
// schools, rows, periods and authorities are not about persons.
func personal(c analysis.Column) bool {
	if c.Format != analysis.Count {
		return false
	}
	name := strings.ToLower(c.Name)
	for _, word := range []string{"school", "row", "cluster", "period", "term", "la", "las", "df", "draws"} {
		if name == word || name == word+"s" || strings.HasPrefix(name, word+"_") || strings.HasPrefix(name, word+"s_") || strings.HasSuffix(name, "_"+word+"s") || strings.HasPrefix(name, "n_"+word) {
			return false
		}
	}
	return true
}
