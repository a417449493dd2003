package tables

import (
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// Page lays a result out for a reader: the question, the raw numbers, the
// effect with its convention, tests, diagnostics, doubts and what to type next.
func Page(r *analysis.Result) []report.Block {
	var page []report.Block
	if r.Title != "" {
		page = append(page, report.Heading{Level: 1, Text: r.Title})
	}
	if r.Subtitle != "" {
		page = append(page, report.Paragraph{Text: r.Subtitle, Kind: report.Subtitle})
	}
	return append(page, Body(r)...)
}

// Body is Page without the title.
func Body(r *analysis.Result) []report.Block {
	var page []report.Block
	page = append(page, summary(r)...)
	if s := refusedFits(r); s != "" {
		page = append(page, report.Paragraph{Text: s, Kind: report.Finding})
	}
	page = append(page, tableBlocks(r)...)
	if t := RandomEffects(r); t != nil {
		page = append(page, t)
	}
	if t := Inference(r); t != nil {
		page = append(page, t)
	}
	if t := TestsTable(r); t != nil {
		page = append(page, t)
	} else if items := tests(r); len(items) > 0 {
		page = append(page, report.Items{List: items})
	}
	if t := Modes(r); t != nil {
		page = append(page, t)
	}
	if items := checks(r); len(items) > 0 {
		page = append(page, report.Items{List: items})
	}
	if text := fitSentence(r); text != "" {
		page = append(page, report.Paragraph{Text: text, Kind: report.Aside})
	}
	if t := FitsTable(r); t != nil {
		page = append(page, t)
	}
	if len(r.Notes) > 0 {
		items := make([]report.Item, len(r.Notes))
		for i, n := range r.Notes {
			text := n.Text
			if n.By != "" {
				text = n.By + ": " + text
			}
			items[i] = report.Item{Text: text}
		}
		page = append(page, report.Items{List: items})
	}
	return page
}

// tableBlocks are the result's own tables and its estimates. Where one effect
// answers one table of raw rates, they are one table.
func tableBlocks(r *analysis.Result) []report.Block {
	var page []report.Block
	joined, used := answer(r)
	rest := r.Tables
	estimates := r.Estimates
	if joined != nil {
		page = append(page, joined)
		rest = rest[1:]
		estimates = slices.DeleteFunc(slices.Clone(estimates), func(e analysis.Estimate) bool {
			return e.Term == used.Term && e.Part == used.Part && e.By == used.By
		})
		if t := effects(r, estimates); t != nil {
			t.Title = "Other terms"
			if byLevels(estimates) {
				t.Title = byTitle(r)
			}
			page = append(page, t)
		}
		estimates = nil
	}
	byLevel := map[string]*report.Table{}
	for i := range rest {
		if rest[i].Name == "inference" && len(inferenceTests(r)) >= 3 {
			continue // shown with its intervals below
		}
		t := Raw(&rest[i])
		if t.Title == r.Title {
			t.Title = ""
		}
		name, level, ok := strings.Cut(rest[i].Name, ":")
		if !ok {
			page = append(page, t)
			continue
		}
		section := report.Row{Kind: report.SectionRow, Cells: []string{level}}
		if joined := byLevel[name]; joined != nil && len(joined.Columns) == len(t.Columns) {
			joined.Rows = append(append(joined.Rows, section), t.Rows...)
			continue
		}
		t.Title = strings.TrimPrefix(strings.TrimPrefix(t.Title, level), ": ")
		if t.Title == "" {
			t.Title = words(name)
		}
		t.Title = strings.ToUpper(t.Title[:1]) + t.Title[1:] + ", " + strings.ToLower(byTitle(r)[:1]) + byTitle(r)[1:]
		t.Name = name
		t.Rows = append([]report.Row{section}, t.Rows...)
		byLevel[name] = t
		page = append(page, t)
	}
	if t := effects(r, estimates); t != nil {
		page = append(page, t)
	}
	return page
}

// byLevels says whether all estimates belong to levels of --by.
func byLevels(list []analysis.Estimate) bool {
	for i := range list {
		if list[i].By == "" {
			return false
		}
	}
	return len(list) > 0
}

func byTitle(r *analysis.Result) string {
	for _, arg := range r.Provenance.Command {
		if column, ok := strings.CutPrefix(arg, "--by="); ok {
			switch column {
			case "la", "la_name", "la_code":
				return "By local authority"
			}
			return "By " + strings.ReplaceAll(column, "_", " ")
		}
	}
	return "By level"
}

// summary lays the findings out: sentences; and where they are many and begin
// with a word of their own ("Room to improve: ..."), a list under these words,
// one entry a level of --by.
func summary(r *analysis.Result) []report.Block {
	var page []report.Block
	items, levels := report.Items{}, report.Items{}
	for _, s := range r.Summary {
		head, rest, ok := strings.Cut(s, ": ")
		switch {
		case ofLevel(r, s) && forestLike(r): // the table by level says it
		case ofLevel(r, s):
			if n := len(levels.List); n > 0 && levels.List[n-1].Name == head {
				levels.List[n-1].Text += " " + rest
			} else {
				levels.List = append(levels.List, report.Item{Name: head, Text: rest})
			}
		case ok && len(r.Summary) > 2 && width(head) <= 24 && len(page) > 0:
			items.List = append(items.List, report.Item{Name: strings.ToLower(head[:1]) + head[1:], Text: rest})
		default:
			page = append(page, report.Paragraph{Text: s, Kind: report.Finding})
		}
	}
	for _, list := range []report.Items{items, levels} {
		if len(list.List) > 0 {
			page = append(page, list)
		}
	}
	return page
}

// forestLike says whether a result has one effect a level, which its table shows.
func forestLike(r *analysis.Result) bool {
	e := headline(r)
	return e != nil && (e.Term == "att" || len(r.Estimates) > 1 && singleTerm(r.Estimates))
}

// ofLevel says whether a sentence is about one level of --by.
func ofLevel(r *analysis.Result, sentence string) bool {
	level, _, ok := strings.Cut(sentence, ": ")
	if !ok {
		return false
	}
	for i := range r.Estimates {
		if r.Estimates[i].By == level {
			return true
		}
	}
	return false
}
