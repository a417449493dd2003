package disclosure

import (
	"strings"

	"swis/analysis"
	"swis/report"
)

// Table returns the table with its small counts withheld, and how many cells
// were: the small counts themselves, as many others as it takes that none
// follows from a total, and the rates of rows whose count is withheld. t is not
// changed.
func (p Profile) Table(t *analysis.Table) (*analysis.Table, int) {
	if !p.On() {
		return t, 0
	}
	s := p.together()
	s.add([]*analysis.Table{t})
	s.settle()
	return s.withhold(s.tables[0])
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
