package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"swis/analysis"
	"swis/dataset/study"
)

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// authority is the name of an authority's code in the plan.
func (t *trialRun) authority(code string) string {
	for _, x := range t.plan.Data.Extracts {
		if x.LA == code && x.Name != "" {
			return x.Name
		}
	}
	return code
}

// deliveries say what was read and what became of it, from the quality report,
// whose numbers have passed the disclosure profile already.
func (t *trialRun) deliveries() ([]string, []analysis.Table) {
	q := t.study.Quality
	var rows int64
	for _, f := range t.study.Extracts {
		rows += f.Rows
	}
	words := []string{fmt.Sprintf("%d files with %s rows were read. Every row is accounted for: counted, repeated by a later return, quarantined by a rule, outside the window, not linked to a school, at another school, or of a kind that makes no outcome. The full data-quality report is study/quality.html.", len(q.Files), thousands(rows))}
	var choices []string
	for _, c := range q.Choices {
		choices = append(choices, upperFirst(c.Name)+": "+c.Value)
	}
	if choices != nil {
		words = append(words, "How the panel is made. "+strings.Join(choices, ". ")+".")
	}
	for _, c := range q.Coverage {
		if o := t.plan.Outcome(c.Outcome); o != nil && c.Covered == 0 {
			words = append(words, fmt.Sprintf("%s delivered no %s: the cells of its schools are empty, not zero.", t.authority(c.LA), lowerFirst(o.Label)))
		}
	}
	return words, []analysis.Table{t.filesTable(), t.eventsTable(), t.linkageTable(), t.armsTable(), t.careTable(), t.rulesTable()}
}

// filesTable groups the files by authority and layout.
func (t *trialRun) filesTable() analysis.Table {
	out := analysis.Table{Name: "deliveries", Title: "Deliveries", Columns: []analysis.Column{
		{Name: "la", Label: "LA", Format: analysis.Text}, {Name: "layout", Label: "Layout", Format: analysis.Text}, {Name: "files", Label: "Files", Format: analysis.Count},
		{Name: "rows", Label: "Rows", Format: analysis.Count}, {Name: "first", Label: "First month", Format: analysis.Text}, {Name: "last", Label: "Last month", Format: analysis.Text}}}
	type group struct {
		la, layout, first, last string
		files                   int
		rows                    study.Number
	}
	var groups []*group
	for _, f := range t.study.Quality.Files {
		la := "all"
		if len(f.LAs) == 1 {
			la = t.authority(f.LAs[0])
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.la == la && g.layout == f.Layout })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{la: la, layout: f.Layout})
		}
		g := groups[i]
		g.files++
		g.rows = added(g.rows, f.Rows)
		if f.First != "" && (g.first == "" || f.First < g.first) {
			g.first = f.First
		}
		g.last = max(g.last, f.Last)
	}
	for _, g := range groups {
		out.Rows = append(out.Rows, []analysis.Cell{{Text: g.la}, {Text: g.layout}, count(int64(g.files)), gated(g.rows), {Text: g.first}, {Text: g.last}})
	}
	return out
}

// eventsTable says what became of the events of each type.
func (t *trialRun) eventsTable() analysis.Table {
	out := analysis.Table{Name: "events", Title: "What became of the events", Columns: columns("la", "LA", "type", "Event", "counted", "Counted", "duplicate", "Repeated",
		"quarantined", "Quarantined", "out_of_window", "Out of window", "unlinked", "Not linked", "other_school", "Other school")}
	for _, e := range t.study.Quality.Events {
		if e.Counted.Value == 0 && e.Counted.Mark == "" && e.OtherKind.Value > 0 {
			continue // no outcome is made of these
		}
		out.Rows = append(out.Rows, []analysis.Cell{{Text: t.authority(e.LA)}, {Text: eventWords(e.Type)}, gated(e.Counted), gated(e.Duplicate),
			gated(e.Quarantined), gated(e.OutOfWindow), gated(e.Unlinked), gated(e.OtherSchool)})
	}
	return out
}

// linkageTable says how children were linked to schools.
func (t *trialRun) linkageTable() analysis.Table {
	out := analysis.Table{Name: "linkage", Title: "Events of the window linked to a school", Columns: append(columns("la", "LA", "events", "Events", "linked", "Linked"),
		analysis.Column{Name: "share", Label: "Share", Format: analysis.Percent}, analysis.Column{Name: "roll", Label: "By UPN on a roll", Format: analysis.Count},
		analysis.Column{Name: "former", Label: "By former UPN", Format: analysis.Count}, analysis.Column{Name: "lookup", Label: "By the LA's list", Format: analysis.Count})}
	for _, l := range t.study.Quality.Linkage {
		share := analysis.Cell{}
		if l.Share != nil {
			share.Value = analysis.Num(*l.Share)
		}
		out.Rows = append(out.Rows, []analysis.Cell{{Text: t.authority(l.LA)}, gated(l.Events), gated(l.Linked), share, gated(l.ByRoll), gated(l.ByFormer), gated(l.ByLookup)})
	}
	return out
}

// armsTable gives the shares that were linked by arm, as the data-quality report
// has them: blinded.
func (t *trialRun) armsTable() analysis.Table {
	out := analysis.Table{Name: "linkage_by_arm", Title: "Linked by arm; A and B do not say which arm is which", Columns: append(columns("la", "LA", "of", "Of"),
		analysis.Column{Name: "share", Label: "Share linked", Format: analysis.Percent})}
	out.Columns[1].Format = analysis.Text
	for _, r := range t.study.Quality.Rates {
		if !r.Arm {
			continue
		}
		of, share := "events, arm "+r.Level, analysis.Cell{Text: "c"}
		if r.By != "arm" {
			of = "days in care, " + r.Level
		}
		if r.Share != nil {
			share = analysis.Cell{Value: analysis.Num(*r.Share)}
		}
		out.Rows = append(out.Rows, []analysis.Cell{{Text: t.authority(r.LA)}, {Text: of}, share})
	}
	return out
}

// careTable is the way from rows of care to days in the panel.
func (t *trialRun) careTable() analysis.Table {
	c := t.study.Quality.Care
	out := analysis.Table{Name: "care", Title: "Days in care, from the returns to the panel", Columns: columns("step", "Step", "days", "Days")}
	out.Columns[1].Format = analysis.Count
	for _, step := range []struct {
		words string
		n     study.Number
	}{{"in the returns, inside the window", c.Raw}, {"short breaks (V3, V4), not counted", c.Respite}, {"given twice by overlapping episodes", c.Overlap}, {"in periods that the LA did not deliver", c.NotDelivered},
		{"of children not linked to a school", c.Unlinked}, {"at schools outside the trial's list", c.OtherSchool}, {"in the panel", c.Panel}} {
		out.Rows = append(out.Rows, []analysis.Cell{{Text: step.words}, gated(step.n)})
	}
	return out
}

// rulesTable lists the data rules that applied.
func (t *trialRun) rulesTable() analysis.Table {
	out := analysis.Table{Name: "rules", Title: "Data rules that applied", Columns: columns("rule", "Rule", "text", "What was found", "severity", "Severity", "count", "Cases", "action", "What was done")}
	out.Columns[1].Format, out.Columns[2].Format, out.Columns[4].Format = analysis.Text, analysis.Text, analysis.Text
	for _, r := range t.study.Quality.Rules {
		if r.Count == (study.Number{}) {
			continue
		}
		action := r.Action
		if action == "" && r.Severity == "quarantine" {
			action = "row kept out"
		}
		out.Rows = append(out.Rows, []analysis.Cell{{Text: r.Rule}, {Text: r.Text}, {Text: r.Severity}, gated(r.Count), {Text: action}})
	}
	return out
}

// columns makes columns from names and labels by turns: the first two of a
// table are words, the others counts.
func columns(pairs ...string) []analysis.Column {
	var out []analysis.Column
	for i := 0; i < len(pairs); i += 2 {
		c := analysis.Column{Name: pairs[i], Label: pairs[i+1], Format: analysis.Count}
		if i == 0 || pairs[i] == "type" {
			c.Format = analysis.Text
		}
		out = append(out, c)
	}
	return out
}

// added is the sum of two counts, withheld where one of them is.
func added(a, b study.Number) study.Number {
	if a.Mark == "" {
		a.Mark = b.Mark
	}
	a.Value += b.Value
	return a
}

// gated is a count that passed the disclosure profile, or its mark.
func gated(n study.Number) analysis.Cell {
	if n.Mark != "" {
		return analysis.Cell{Text: n.Mark}
	}
	return count(n.Value)
}

func count(n int64) analysis.Cell { return analysis.Cell{Value: analysis.Num(float64(n))} }

func thousands(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func lowerFirst(text string) string {
	if text == "" || strings.HasPrefix(text, "Section") {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}

// eventWords names a type of event for a reader.
func eventWords(kind string) string {
	switch kind {
	case "s47_start":
		return "Section 47 enquiry"
	case "assessment_start":
		return "assessment started"
	case "cin_plan_start":
		return "child in need plan started"
	}
	return strings.ReplaceAll(kind, "_", " ")
}

func upperFirst(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
