package charts

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// ForestRow is one effect of a forest plot.
type ForestRow struct {
	Group    string // heading that it stands under, such as the outcome
	Label    string // such as the LA
	Estimate analysis.Estimate
	Total    bool   // a summary of the rows above it
	Refused  string // why there is no effect, such as "not testable"
}

// ForestRows takes the rows of a forest plot from results: the effect of each,
// and of each level of --by; the pooled effect last.
func ForestRows(results []*analysis.Result) []ForestRow {
	var rows []ForestRow
	for _, r := range results {
		term := forestTerm(r)
		group, _, _ := strings.Cut(r.Title, ": ")
		if len(results) == 1 {
			group = ""
		}
		var totals []ForestRow
		levels := 0
		for i := range r.Estimates {
			e := r.Estimates[i]
			if e.Term != term || e.Part == analysis.ZeroPart {
				continue
			}
			row := ForestRow{Group: group, Label: e.By, Estimate: e}
			if e.Withheld() {
				row.Refused = "withheld"
			}
			if e.By == "" {
				row.Label, row.Total = "All", true
				totals = append(totals, row)
				continue
			}
			levels++
			rows = append(rows, row)
		}
		for _, n := range r.Notes {
			if n.Code == "not_estimable" && n.By != "" {
				levels++
				rows = append(rows, ForestRow{Group: group, Label: n.By, Refused: "not testable"})
			}
		}
		for _, t := range totals {
			if levels == 0 {
				t.Total = false
				t.Label, t.Group = orText(group, orText(t.Estimate.Label, t.Estimate.Term)), ""
			}
			rows = append(rows, t)
		}
	}
	return rows
}

func orText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// forestTerm is the term that a result is about.
func forestTerm(r *analysis.Result) string {
	if term := r.MainTerm(); term != "" {
		return term
	}
	for i := range r.Estimates {
		if r.Estimates[i].Term != "(Intercept)" {
			return r.Estimates[i].Term
		}
	}
	return ""
}

// Forest draws effects with their intervals, one a row; ratios on a log axis.
func Forest(title string, rows []ForestRow, source string) (*report.Figure, error) {
	if len(rows) == 0 {
		return nil, analysis.NotEstimablef("no effect to draw; give results of did, mixed, glm or cace")
	}
	ratios, shown := false, 0
	level := 0.0
	for _, r := range rows {
		if r.Estimate.Estimate == nil {
			continue
		}
		shown++
		level = r.Estimate.ConfLevel
		ratios = ratios || r.Estimate.Scale != analysis.Identity
	}
	if ratios {
		for _, r := range rows {
			if r.Estimate.Estimate != nil && r.Estimate.Scale == analysis.Identity {
				return nil, analysis.Unsupportedf("a forest plot holds ratios or differences, not both: draw %q on its own", r.Label)
			}
		}
	}
	null, label := 0.0, "Difference"
	x := report.Axis{Label: "← lower in the intervention arm · higher →"}
	if ratios {
		null, label = 1, "Ratio"
		x.Log = true
	}
	f := &report.Figure{Name: "forest", Title: title, Source: source, X: x,
		Subtitle: fmt.Sprintf("%s with %s confidence interval", label, levelPercent(level))}
	if ratios {
		f.Subtitle += ", log scale"
	}
	f.Data = analysis.Table{Name: f.Name, Columns: columns("group", "label", "estimate", "conf_low", "conf_high", "p_value", "status")}
	effects := report.Series{Name: "effect", Role: report.Intervention, Form: report.PointForm, Quiet: true}
	totals := report.Series{Name: "all", Role: report.Total, Form: report.PointForm, Quiet: true}
	estimates := report.TextColumn{Label: fmt.Sprintf("%s (%s CI)", label, levelPercent(level))}
	ps := report.TextColumn{Label: "p"}
	addRow := func(name, cell, p string, strong bool) float64 {
		f.Y.Categories = append(f.Y.Categories, name)
		f.Y.Strong = append(f.Y.Strong, strong)
		estimates.Cells = append(estimates.Cells, cell)
		ps.Cells = append(ps.Cells, p)
		return float64(len(f.Y.Categories) - 1)
	}
	group := ""
	for _, r := range rows {
		if r.Group != group && r.Group != "" {
			addRow(r.Group, "", "", true)
		}
		group = r.Group
		name := r.Label
		if r.Group != "" {
			name = "   " + name
		}
		e := r.Estimate
		if e.Estimate == nil {
			why := orText(r.Refused, "not estimated")
			addRow(name, why, "", false)
			f.Data.Rows = append(f.Data.Rows, []analysis.Cell{text(r.Group), text(r.Label), {}, {}, {}, {}, text(why)})
			continue
		}
		at, low, high := value(e.Estimate), value(e.ConfLow), value(e.ConfHigh)
		if ratios {
			at, low, high = math.Exp(at), math.Exp(low), math.Exp(high)
		}
		row := addRow(name, forestText(at, low, high, ratios), pText(e.PValue), r.Total)
		s := &effects
		if r.Total {
			s = &totals
		}
		s.X, s.Y = append(s.X, at), append(s.Y, row)
		s.Low, s.High = append(s.Low, low), append(s.High, high)
		f.Data.Rows = append(f.Data.Rows, []analysis.Cell{text(r.Group), text(r.Label), num(at), num(low), num(high), num(value(e.PValue)), {}})
	}
	clipForest(f, &effects, &totals, ratios)
	f.Panels = []report.Panel{{Series: []report.Series{effects, totals}, Columns: []report.TextColumn{estimates, ps},
		Lines: []report.ReferenceLine{{Vertical: true, At: null, Strong: true, Label: "no difference"}}}}
	f.Height = max(60, 38+float64(len(f.Y.Categories))*5.6)
	f.Alt = forestAlt(rows, ratios, null)
	return f, nil
}

// clipForest keeps very wide intervals from squeezing the others: the axis
// holds the points and a factor around them, wider intervals end in arrows.
func clipForest(f *report.Figure, effects, totals *report.Series, ratios bool) {
	if !ratios {
		return
	}
	low, high := 1.0, 1.0
	for _, x := range slices.Concat(effects.X, totals.X) {
		low, high = min(low, x), max(high, x)
	}
	low, high = max(low/4, 0.02), min(high*4, 50)
	lowest, highest := 1.0, 1.0
	for _, s := range []*report.Series{effects, totals} {
		for i := range s.Low {
			lowest, highest = min(lowest, max(s.Low[i], low)), max(highest, min(s.High[i], high))
		}
	}
	f.X.Min, f.X.Max = &lowest, &highest
}

func forestText(at, low, high float64, ratios bool) string {
	if ratios {
		return fmt.Sprintf("%s (%s to %s)", ratioText(at), ratioText(low), ratioText(high))
	}
	d := 2
	if w := high - low; w > 0 {
		d = min(max(1-int(math.Floor(math.Log10(w/4))), 0), 6)
	}
	return fmt.Sprintf("%s (%s to %s)", number(at, d), number(low, d), number(high, d))
}

// forestAlt says how many effects there are and which exclude no difference.
func forestAlt(rows []ForestRow, ratios bool, null float64) string {
	var excluded, refused, withheld []string
	n := 0
	for _, r := range rows {
		name := strings.TrimSpace(strings.TrimPrefix(r.Group+", "+r.Label, ", "))
		if r.Estimate.Estimate == nil {
			if r.Refused == "withheld" {
				withheld = append(withheld, name)
			} else {
				refused = append(refused, name)
			}
			continue
		}
		n++
		at, low, high := value(r.Estimate.Estimate), value(r.Estimate.ConfLow), value(r.Estimate.ConfHigh)
		if ratios {
			at, low, high = math.Exp(at), math.Exp(low), math.Exp(high)
		}
		if low > null || high < null {
			if ratios {
				name += " (" + percentChange(at) + ")"
			}
			excluded = append(excluded, name)
		}
	}
	text := fmt.Sprintf("Forest plot of %d effects with their confidence intervals.", n)
	switch {
	case len(excluded) == 0:
		text += " Every interval includes no difference; none shows that there is none."
	case len(excluded) == 1:
		text += " One interval leaves out no difference: " + excluded[0] + "."
	default:
		text += fmt.Sprintf(" %d intervals leave out no difference: %s.", len(excluded), strings.Join(excluded, "; "))
	}
	if len(refused) > 0 {
		text += " Not testable: " + strings.Join(refused, "; ") + "."
	}
	if len(withheld) > 0 {
		text += " Withheld for small numbers: " + strings.Join(withheld, "; ") + "."
	}
	return text
}
