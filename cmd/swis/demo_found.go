package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"swis/dataset"
	"swis/dataset/study"
	"swis/dataset/synthetic"
	"swis/report"
	"swis/report/tables"
)

// foundEffect is what the run says about one planted effect.
type foundEffect struct {
	test    *testedTerm // nil where it could not be estimated
	verdict string      // of the floor diagnostics
}

// lookFor finds the test and the floor verdict of a planted effect.
func (t *trialRun) lookFor(e synthetic.Effect) foundEffect {
	var f foundEffect
	for i := range t.tested {
		for j := range t.tested[i].Tests {
			if test := &t.tested[i].Tests[j]; test.Outcome == e.Outcome && (test.By == e.Name || test.By == e.LA) {
				f.test = test
			}
		}
	}
	for i := range t.done {
		a := &t.done[i]
		if a.Result == nil || a.Declared.Command != "floor" || a.Declared.Outcome != e.Outcome {
			continue
		}
		for _, c := range a.Result.Checks {
			if c.Name == "verdict" && (c.By == e.Name || c.By == e.LA) {
				f.verdict = c.Means
			}
		}
	}
	return f
}

// found says whether the test is below 5% after its family's correction.
func (f *foundEffect) found() bool {
	return f.test != nil && f.test.PAdjusted != nil && *f.test.PAdjusted < 0.05
}

// atFloor says whether the floor diagnostics see a floor.
func (f *foundEffect) atFloor() bool {
	return f.verdict == "not testable" || f.verdict == "floor-limited"
}

// agrees says whether the run found what was planted, no more and no less, and
// saw the floor where there is one.
func (f *foundEffect) agrees(e synthetic.Effect) bool {
	if e.Floor && !f.atFloor() {
		return false
	}
	return f.found() == (e.Ratio != 1) && (!f.found() || *f.test.Ratio < 1 == (e.Ratio < 1))
}

// comparison is the table of what was planted beside what was found.
func comparison(p *synthetic.Planted, t *trialRun) *report.Table {
	table := &report.Table{Name: "planted", Title: "Planted and found", Columns: []report.Column{
		{Label: "Outcome"}, {Label: "LA"}, {Label: "Planted", Align: report.Decimal}, {Label: "Found", Align: report.Decimal}, {Label: "95% CI", Align: report.Interval},
		{Label: "p, Holm", Align: report.Decimal}, {Label: "Floor"}, {Label: "OK"}}}
	for _, e := range p.Effects {
		f := t.lookFor(e)
		label := e.Outcome
		if o, ok := dataset.OutcomeNamed(e.Outcome); ok {
			label = o.Label
		}
		planted := "none"
		if e.Ratio != 1 {
			planted = ratioText(e.Ratio)
		}
		if e.Floor {
			planted = "floor"
		}
		ratio, interval, pvalue := "–", "no estimate", ""
		if f.test != nil && f.test.Ratio != nil {
			ratio = ratioText(*f.test.Ratio)
			if low, high := f.test.estimate.RatioLow, f.test.estimate.RatioHigh; low != nil && high != nil {
				interval = ratioText(*low) + " to " + ratioText(*high)
			}
			pvalue = tables.PValue(f.test.PAdjusted)
		}
		verdict := "yes"
		if !f.agrees(e) {
			verdict = "no"
		}
		table.Rows = append(table.Rows, report.Row{Cells: []string{label, e.Name, planted, ratio, interval, pvalue, strings.TrimPrefix(f.verdict, "floor-"), verdict}})
	}
	return table
}

// found is the outcome in one sentence.
func found(p *synthetic.Planted, t *trialRun) string {
	effects, seen, quiet, falsely, agree, tests := 0, 0, 0, 0, 0, 0
	for _, e := range p.Effects {
		f := t.lookFor(e)
		if f.test != nil {
			tests++
		}
		if e.Ratio != 1 {
			effects++
			if f.found() {
				seen++
			}
		} else {
			quiet++
			if f.found() {
				falsely++
			}
		}
		if f.agrees(e) {
			agree++
		}
	}
	return fmt.Sprintf("%d effects were planted and %d of them found at 5%% after Holm's correction over the %d tests that could be made; of %d outcomes without an effect %d were found to have one. %d of %d lines are as planted.",
		effects, seen, tests, quiet, falsely, agree, len(p.Effects))
}

func ratioText(x float64) string {
	if math.IsNaN(x) || x >= 1000 {
		return "large"
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// plantedSection is the demo's own section of the report.
func plantedSection(p *synthetic.Planted, t *trialRun) *report.Section {
	s := &report.Section{ID: "planted", Title: "What was planted, and what was found", Level: 2, Blocks: []report.Block{
		report.Paragraph{Text: fmt.Sprintf("The data of this report are invented by swis demo (seed %d), so the truth is known. %s", p.Seed, found(p, t))},
		comparison(p, t),
	}}
	if faults := t.faults(p); faults != nil {
		s.Blocks = append(s.Blocks, report.Paragraph{Text: "Data faults were planted too. Each line is one rule of the data-quality report, with the number of cases that were planted and the number that ingest counted."}, faults)
	}
	return s
}

// faults is the table of planted data faults beside what ingest counted.
func (t *trialRun) faults(p *synthetic.Planted) *report.Table {
	type key struct{ la, rule string }
	planted, what := map[key]int{}, map[key][]string{}
	var order []key
	note := func(la, rule, words string, rows int) {
		k := key{la, rule}
		if _, by := t.counted(la, rule); !by {
			k.la = "" // the report counts it over all authorities
		}
		if _, have := planted[k]; !have {
			order = append(order, k)
		}
		planted[k] += rows
		if !slices.Contains(what[k], words) {
			what[k] = append(what[k], words)
		}
	}
	for _, f := range p.Faults {
		note(f.LA, f.Rule, f.What, f.Rows)
	}
	for _, r := range p.Repeats {
		note(r.LA, r.Rule, "row that a later return repeats", r.Rows)
	}
	table := &report.Table{Name: "faults", Title: "Data faults", Columns: []report.Column{{Label: "LA"}, {Label: "Rule"}, {Label: "Fault"}, {Label: "Planted", Align: report.Decimal}, {Label: "Counted", Align: report.Decimal}}}
	for _, k := range order {
		n, _ := t.counted(k.la, k.rule)
		la := t.authority(k.la)
		if k.la == "" {
			la = "all"
		}
		table.Rows = append(table.Rows, report.Row{Cells: []string{la, k.rule, strings.Join(what[k], "; "), thousands(int64(planted[k])), thousands(n.Value)}})
	}
	return table
}

// counted is the number of cases of a rule in an authority; where the quality
// report does not count it by authority it is the number in all, and false.
func (t *trialRun) counted(la, rule string) (study.Number, bool) {
	for _, r := range t.study.Quality.Rules {
		if r.Rule != rule {
			continue
		}
		for _, by := range r.ByLA {
			if by.LA == la {
				return by.Count, true
			}
		}
		if r.ByLA != nil {
			return study.Number{}, true
		}
		return r.Count, false
	}
	return study.Number{}, false
}
