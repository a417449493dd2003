package tables

import (
	"strings"

	"swis/analysis"
	"swis/report"
)

// answer joins the table of raw rates and the one effect that it is about:
// the effect is the table's last line, its difference under the changes. It
// returns nil where the result has no such pair.
func answer(r *analysis.Result) (t *report.Table, used *analysis.Estimate) {
	if len(r.Tables) == 0 {
		return nil, nil
	}
	raw := &r.Tables[0]
	change := -1
	for j, c := range raw.Columns {
		if isChange(c) {
			change = j
		}
	}
	e := headline(r)
	if change < 0 || e == nil {
		return nil, nil
	}
	t = Raw(raw)
	c := effectColumnsOf(r, []analysis.Estimate{*e})
	ratioShown := isRatio(e)
	effect := report.Row{Kind: report.EffectRow, Cells: make([]string, len(t.Columns))}
	effect.Cells[0] = "effect"
	if ratioShown {
		t.Columns = append(t.Columns, report.Column{Label: c.ratioLabel, Align: report.Decimal})
		if e.Difference != nil {
			effect.Cells[change] = signed(*e.Difference, rawDecimals(raw)[change])
		}
	} else if e.Estimate != nil {
		effect.Cells[change] = signed(*e.Estimate, estimateDecimals(e.Estimate, e.StdError))
	}
	t.Columns = append(t.Columns,
		report.Column{Label: c.level, Align: report.Interval},
		report.Column{Label: "p", Align: report.Decimal})
	c.coefficient, c.difference, c.adjusted, c.df = false, false, false, false
	mark := ""
	if e.How != "" {
		mark = report.Marker(1)
		t.Notes = append(t.Notes, e.How)
	}
	effect.Cells = append(effect.Cells, effectCells(e, c, mark)...)
	for i := range t.Rows {
		if t.Rows[i].Kind == report.BodyRow {
			t.Rows[i].Cells = append(t.Rows[i].Cells, make([]string, len(t.Columns)-len(t.Rows[i].Cells))...)
		}
	}
	t.Rows = append(t.Rows, effect)
	return t, e
}

// headline is the one effect that a result is about: att, the only estimate,
// or the only one that says what it is an estimate of.
func headline(r *analysis.Result) *analysis.Estimate {
	var found *analysis.Estimate
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.By != "" {
			continue
		}
		if e.Term == "att" || e.Term == "cace" {
			return e
		}
		if e.Term != "(Intercept)" && e.Estimand != "" && !strings.Contains(e.Term, ":") {
			if found != nil {
				return nil
			}
			found = e
		}
	}
	if found == nil {
		found = onlyTerm(r)
	}
	return found
}

// onlyTerm is the estimate beside the intercept, where there is one.
func onlyTerm(r *analysis.Result) *analysis.Estimate {
	var only *analysis.Estimate
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.Term == "(Intercept)" || e.By != "" || e.Part == analysis.ZeroPart {
			continue
		}
		if only != nil {
			return nil
		}
		only = e
	}
	return only
}
