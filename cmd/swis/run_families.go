package main

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/multiplicity"
	"swis/analysis/plan"
	"swis/report"
	"swis/report/tables"
)

// testedFamily is a family of tests that were corrected together.
type testedFamily struct {
	Name   string       `json:"name"`
	Adjust string       `json:"adjust"`
	Tests  []testedTerm `json:"tests"`
}

// testedTerm is one test of a family.
type testedTerm struct {
	Analysis  string          `json:"analysis"`
	Outcome   string          `json:"outcome"`
	By        string          `json:"by,omitempty"`
	Ratio     analysis.Number `json:"ratio,omitempty"`
	Estimate  analysis.Number `json:"estimate"`
	PValue    analysis.Number `json:"p_value"`
	PAdjusted analysis.Number `json:"p_adjusted"`
	estimate  *analysis.Estimate
}

// correct adjusts the p-values of each family of the plan over all analyses
// that belong to it, and writes them into the results. An analysis by level
// gives one test a level; its pooled estimate is a test of the family only
// where the plan says so.
func (t *trialRun) correct(context.Context) error {
	for _, f := range t.plan.Families {
		family := testedFamily{Name: f.Name, Adjust: f.Adjust}
		for i := range t.done {
			a := &t.done[i]
			if a.Declared.Family != f.Name || a.Result == nil {
				continue
			}
			for j := range a.Result.Estimates {
				e := &a.Result.Estimates[j]
				if e.Term != a.Result.MainTerm() || e.Part == analysis.ZeroPart || e.PValue == nil || a.Declared.By != "" && e.By == "" && !f.Pooled {
					continue
				}
				family.Tests = append(family.Tests, testedTerm{Analysis: a.Declared.ID, Outcome: a.Declared.Outcome, By: e.By, Ratio: e.Ratio, Estimate: e.Estimate, PValue: e.PValue, estimate: e})
			}
		}
		p := make([]float64, len(family.Tests))
		for i, test := range family.Tests {
			p[i] = *test.PValue
		}
		for i, x := range adjusted(f.Adjust, p) {
			family.Tests[i].PAdjusted = analysis.Num(x)
			if f.Adjust != "none" {
				family.Tests[i].estimate.PAdjusted = analysis.Num(x)
			}
		}
		t.tested = append(t.tested, family)
	}
	return nil
}

// adjusted are the adjusted p-values by the name of a method.
func adjusted(method string, p []float64) []float64 {
	switch method {
	case "hochberg":
		return multiplicity.Hochberg(p)
	case "bh":
		return multiplicity.BH(p)
	case "none":
		return p
	}
	return multiplicity.Holm(p)
}

// below counts the tests of a family with an adjusted p-value below a level.
func (f *testedFamily) below(level float64) (n int) {
	for _, test := range f.Tests {
		if test.PAdjusted != nil && *test.PAdjusted < level && !math.IsNaN(*test.PAdjusted) {
			n++
		}
	}
	return n
}

// sentence counts the tests of a family for a reader.
func (f *testedFamily) sentence() string {
	correction := map[string]string{"holm": "Holm's", "hochberg": "Hochberg's", "bh": "Benjamini and Hochberg's"}[f.Adjust]
	if correction == "" {
		return fmt.Sprintf("%d outcomes by local authority were tested (family %s), without correction for their number.", len(f.Tests), f.Name)
	}
	verb := "remain"
	if f.below(0.05) == 1 {
		verb = "remains"
	}
	return fmt.Sprintf("%d outcomes by local authority were tested (family %s); after %s correction %d %s at 5%%.", len(f.Tests), f.Name, correction, f.below(0.05), verb)
}

// table lists the tests of a family.
func (f *testedFamily) table(p *plan.Plan) *report.Table {
	t := &report.Table{Name: "family-" + f.Name, Title: "Tests of family " + f.Name, Columns: []report.Column{
		{Label: "Outcome"}, {Label: "By"}, {Label: "Ratio", Align: report.Decimal}, {Label: "p", Align: report.Decimal}, {Label: "p, adjusted", Align: report.Decimal}}}
	for _, x := range f.Tests {
		label := x.Outcome
		if o := p.Outcome(x.Outcome); o != nil {
			label = o.Label
		}
		ratio := ""
		if x.Ratio != nil {
			ratio = ratioText(*x.Ratio)
		}
		t.Rows = append(t.Rows, report.Row{Cells: []string{label, x.By, ratio, tables.PValue(x.PValue), tables.PValue(x.PAdjusted)}})
	}
	return t
}
