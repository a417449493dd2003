package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/infer"
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
	How    string       `json:"how,omitempty"` // of a family that is resampled
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
	declared  int // place of the analysis in the plan
}

// correct adjusts the p-values of each family of the plan over all analyses
// that belong to it, and writes them into the results. An analysis by level
// gives one test a level; its pooled estimate is a test of the family only
// where the plan says so.
func (t *trialRun) correct(ctx context.Context) error {
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
				family.Tests = append(family.Tests, testedTerm{Analysis: a.Declared.ID, Outcome: a.Declared.Outcome, By: e.By, Ratio: e.Ratio, Estimate: e.Estimate, PValue: e.PValue, estimate: e, declared: i})
			}
		}
		if f.Adjust == multiplicity.RomanoWolfName {
			if err := t.resample(ctx, &family, &f); err != nil {
				return err
			}
			t.tested = append(t.tested, family)
			continue
		}
		p := make([]float64, len(family.Tests))
		for i, test := range family.Tests {
			p[i] = *test.PValue
		}
		for i, x := range adjusted(f.Adjust, p) {
			family.Tests[i].adjusted(x, f.Adjust != "none")
		}
		t.tested = append(t.tested, family)
	}
	for _, a := range t.done {
		if a.Result == nil {
			continue
		}
		for j := range a.Result.Estimates {
			a.Result.Estimates[j].Redraws = nil // which hold the data
		}
	}
	return nil
}

// adjusted writes the adjusted p-value, into the result too where asked.
func (x *testedTerm) adjusted(p float64, result bool) {
	x.PAdjusted = analysis.Num(p)
	if result {
		x.estimate.PAdjusted = analysis.Num(p)
	}
}

// resample corrects a family by the step-down of Romano and Wolf: every test is
// drawn again under its own null, and a cluster has the same weight in all of
// them. A test without a finite estimate is no test of the family. The draws
// may find a test surer than its own method does; it then keeps its own p,
// which leaves the chance of any false finding below the level.
func (t *trialRun) resample(ctx context.Context, family *testedFamily, f *plan.Family) error {
	var tests []analysis.Resampler
	var at []int
	var how []string
	for i := range family.Tests {
		x := &family.Tests[i]
		one, err := redrawn(x.estimate)
		var none *analysis.NotEstimable
		if errors.As(err, &none) {
			t.done[x.declared].Result.Note("romano_wolf_left_out", fmt.Sprintf("%s is no test of family %s: %s", strings.TrimSpace(x.estimate.Term+" "+x.By), f.Name, none.Reason))
			continue
		}
		if err != nil {
			return t.blame(x.declared, fmt.Errorf("family %s: %w", f.Name, err))
		}
		tests, at = append(tests, one), append(at, i)
		if words := one.How(); !slices.Contains(how, words) {
			how = append(how, words)
		}
	}
	draws, err := infer.DrawFamily(ctx, tests, "", f.Draws(), f.Seed)
	if err != nil {
		if len(at) > 0 && exitStatus(err) == exitUsage {
			return t.blame(family.Tests[at[0]].declared, fmt.Errorf("family %s: %w", f.Name, err))
		}
		return err
	}
	for k, p := range multiplicity.RomanoWolf(draws.Observed, draws.Absolute, draws.Enumerated) {
		x := &family.Tests[at[k]]
		x.adjusted(max(p, *x.PValue), true)
	}
	if len(tests) == 0 {
		return nil
	}
	column, _ := tests[0].Clusters()
	number := fmt.Sprintf("%d draws, seed %s", f.Draws(), f.Seed)
	if draws.Enumerated {
		number = fmt.Sprintf("all %d sign vectors", len(draws.Absolute[0]))
	}
	family.How = fmt.Sprintf("p_adjusted: Romano and Wolf (2005, 2016) step-down over the %d tests of family %s; %s; each test with its own null imposed, a cluster (%s, %d in all) with the same %s weight in every test; %s; no adjusted p is below the test's own",
		len(tests), f.Name, strings.Join(how, ", "), column, draws.Clusters, draws.Weights, number)
	for i := range t.done {
		if r := t.done[i].Result; r != nil && t.done[i].Declared.Family == f.Name {
			r.Method.Conventions = append(slices.Clone(r.Method.Conventions), family.How)
			r.Method.References = append(slices.Clone(r.Method.References), multiplicity.RomanoWolfReferences...)
		}
	}
	return nil
}

// adjustTogether corrects the estimates of one result that have joint draws, of
// all levels of --by, by the step-down of Romano and Wolf.
func adjustTogether(ctx context.Context, r *analysis.Result, o infer.Options) error {
	var tests []analysis.Resampler
	var at []*analysis.Estimate
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.Redraws == nil || e.PValue == nil {
			continue
		}
		one, err := redrawn(e)
		var none *analysis.NotEstimable
		if errors.As(err, &none) {
			r.Note("romano_wolf_left_out", fmt.Sprintf("%s is no test of the family: %s", strings.TrimSpace(e.Term+" "+e.By), none.Reason))
			continue
		}
		if err != nil {
			return err
		}
		tests, at = append(tests, one), append(at, e)
	}
	if len(tests) == 0 {
		_, err := redrawn(&analysis.Estimate{})
		return err
	}
	draws, err := infer.DrawFamily(ctx, tests, o.Weights, o.Reps, o.Seed)
	if err != nil {
		return err
	}
	for k, p := range multiplicity.RomanoWolf(draws.Observed, draws.Absolute, draws.Enumerated) {
		at[k].PAdjusted = analysis.Num(max(p, *at[k].PValue))
	}
	number := fmt.Sprintf("%d draws, seed %s", o.Reps, o.Seed)
	if draws.Enumerated {
		number = fmt.Sprintf("all %d sign vectors", len(draws.Absolute[0]))
	}
	r.Method.Conventions = append(r.Method.Conventions, fmt.Sprintf("p_adjusted: Romano and Wolf (2005, 2016) step-down over %d tests drawn together with %s weights by cluster; %s; no adjusted p is below the test's own", len(tests), draws.Weights, number))
	r.Method.References = append(r.Method.References, multiplicity.RomanoWolfReferences...)
	return nil
}

// redrawn is the joint bootstrap of an estimate, where its method has one.
func redrawn(e *analysis.Estimate) (analysis.Resampler, error) {
	if e.Redraws == nil {
		return nil, analysis.Unsupportedf("adjust %s draws tests together by cluster, which is defined for glm, cace, mixed --family gaussian and did (bacon aside); a generalised mixed model would have to be fitted again in every draw: use holm for it", multiplicity.RomanoWolfName)
	}
	return e.Redraws()
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
	correction := map[string]string{"holm": "Holm's", "hochberg": "Hochberg's", "bh": "Benjamini and Hochberg's", multiplicity.RomanoWolfName: "Romano and Wolf's"}[f.Adjust]
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
