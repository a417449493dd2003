package charts

import (
	"fmt"
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// Flow draws how many schools and pupils were in each stage of the trial
// (CONSORT, extended to clusters). It reads a result's table "flow" with the
// columns stage, arm, schools, pupils and note, in order: rows without an arm
// are common stages, those with note "excluded" stand beside the stage above.
func Flow(r *analysis.Result) (*report.Figure, error) {
	for i := range r.Tables {
		if r.Tables[i].Name == "flow" {
			return flowFigure(r, &r.Tables[i])
		}
	}
	return nil, analysis.NotEstimablef("the result has no table of the flow of schools and pupils; use swis describe or swis run")
}

func flowFigure(r *analysis.Result, t *analysis.Table) (*report.Figure, error) {
	at := func(name string) int {
		return slices.IndexFunc(t.Columns, func(c analysis.Column) bool { return c.Name == name })
	}
	stage, arm, schools, pupils, note := at("stage"), at("arm"), at("schools"), at("pupils"), at("note")
	if stage < 0 || schools < 0 {
		return nil, analysis.NotEstimablef("the table flow needs the columns stage and schools")
	}
	words := func(row []analysis.Cell, column int) string {
		if column < 0 || column >= len(row) {
			return ""
		}
		return row[column].Text
	}
	lines := func(row []analysis.Cell) []string {
		var parts []string
		if c := row[schools]; c.Value != nil {
			parts = append(parts, count(*c.Value, "school"))
		} else if c.Text != "" {
			parts = append(parts, c.Text+" schools")
		}
		if pupils >= 0 && pupils < len(row) {
			if c := row[pupils]; c.Value != nil {
				parts = append(parts, count(*c.Value, "pupil"))
			} else if c.Text != "" {
				parts = append(parts, c.Text+" pupils")
			}
		}
		var out []string
		if len(parts) > 0 {
			out = append(out, strings.Join(parts, ", "))
		}
		if n := words(row, note); n != "" && n != "excluded" {
			out = append(out, n)
		}
		return out
	}
	f := &report.Figure{Name: "flow", Title: "Flow of schools and pupils through the trial", Source: source(r), Flow: &report.Flow{}, Data: *t}
	var arms []string
	for _, row := range t.Rows {
		box := report.FlowBox{Title: words(row, stage), Lines: lines(row)}
		name := words(row, arm)
		switch {
		case name == "" && words(row, note) == "excluded" && len(f.Flow.Top) > 0:
			for len(f.Flow.Aside) < len(f.Flow.Top)-1 {
				f.Flow.Aside = append(f.Flow.Aside, report.FlowBox{})
			}
			f.Flow.Aside = append(f.Flow.Aside, box)
		case name == "":
			f.Flow.Top = append(f.Flow.Top, box)
		default:
			k := slices.Index(arms, name)
			if k < 0 {
				k = len(arms)
				arms = append(arms, name)
				f.Flow.Arms = append(f.Flow.Arms, nil)
				if !strings.Contains(strings.ToLower(box.Title), strings.ToLower(name)) {
					box.Title = capital(name) + ": " + strings.ToLower(box.Title[:1]) + box.Title[1:]
				}
			}
			f.Flow.Arms[k] = append(f.Flow.Arms[k], box)
		}
	}
	f.Alt = flowAlt(f.Flow, arms)
	return f, nil
}

func count(n float64, word string) string {
	text := number(n, 0) + " " + word
	if n != 1 {
		text += "s"
	}
	return text
}

func flowAlt(f *report.Flow, arms []string) string {
	var parts []string
	say := func(where string, b report.FlowBox) {
		if len(b.Lines) > 0 {
			parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s%s: %s", where, b.Title, b.Lines[0])))
		}
	}
	for _, b := range f.Top {
		say("", b)
	}
	for k, name := range arms {
		stages := f.Arms[k]
		say("", stages[0])
		if last := len(stages) - 1; last > 0 {
			say(name+", ", stages[last])
		}
	}
	return "Flow of schools and pupils. " + strings.Join(parts, "; ") + "."
}
