package tables

import (
	"strings"

	"swis/analysis"
	"swis/report"
)

// Raw makes a readable table of a result's own table, such as the raw rates by
// arm and period. Columns named as a change carry a sign.
func Raw(t *analysis.Table) *report.Table {
	out := &report.Table{Name: t.Name, Title: t.Title}
	for j, c := range t.Columns {
		align := report.Decimal
		if c.Format == analysis.Text || (c.Format == "" && !anyNumber(t, j)) {
			align = report.Left
			if intervals(t, j) {
				align = report.Interval
			}
		}
		out.Columns = append(out.Columns, report.Column{Label: columnLabel(c), Over: c.Unit, Align: align})
	}
	decimals := rawDecimals(t)
	for _, row := range t.Rows {
		r := report.Row{Cells: make([]string, len(t.Columns))}
		if len(row) == 1 && len(t.Columns) > 1 {
			r.Kind = report.SectionRow
		}
		for j := range t.Columns {
			if j >= len(row) {
				continue
			}
			c := t.Columns[j]
			switch {
			case row[j].Value == nil && row[j].Text == "" && j == 0:
			case isChange(c) && row[j].Value != nil:
				r.Cells[j] = changeCell(row[j], c.Format, decimals[j])
			default:
				r.Cells[j] = cell(row[j], c.Format, decimals[j])
			}
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}

// rawDecimals decides the decimals of each column. Rates of the same unit are
// compared across columns, so they have the same.
func rawDecimals(t *analysis.Table) []int {
	decimals := make([]int, len(t.Columns))
	for j, c := range t.Columns {
		var values []float64
		for k, other := range t.Columns {
			if k != j && (c.Format != analysis.Rate || other.Format != analysis.Rate || c.Unit == "" || other.Unit != c.Unit) {
				continue
			}
			for _, row := range t.Rows {
				if k < len(row) && row[k].Value != nil {
					values = append(values, *row[k].Value)
				}
			}
		}
		decimals[j] = columnDecimals(values, c.Format)
	}
	return decimals
}

func columnLabel(c analysis.Column) string {
	if c.Label != "" {
		return c.Label
	}
	return strings.ReplaceAll(c.Name, "_", " ")
}

func isChange(c analysis.Column) bool {
	name := strings.ToLower(c.Name)
	return name == "change" || name == "difference" || strings.HasPrefix(name, "change_") || strings.HasPrefix(name, "difference_")
}

func changeCell(c analysis.Cell, f analysis.Format, decimals int) string {
	text := cell(c, f, decimals)
	if *c.Value > 0 && numeric(text) && strings.Trim(text, "0.,%") != "" {
		return "+" + text
	}
	return text
}

func anyNumber(t *analysis.Table, column int) bool {
	for _, row := range t.Rows {
		if column < len(row) && row[column].Value != nil {
			return true
		}
	}
	return false
}

func intervals(t *analysis.Table, column int) bool {
	found := false
	for _, row := range t.Rows {
		if column >= len(row) || row[column].Text == "" {
			continue
		}
		low, high, ok := strings.Cut(row[column].Text, " to ")
		if !ok || !numeric(low) || !numeric(high) {
			return false
		}
		found = true
	}
	return found
}
