package did

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Collapsed reduces the panel to one number a unit before the start and one
// after, and compares arms on those: few clusters then rest on an exact t
// instead of on a variance that needs many.
//
//	aggregate  change of the unit's mean on arm: t with G - 2 degrees of freedom
//	           (Donald & Lang 2007; Bertrand, Duflo & Mullainathan 2004)
//	ancova     mean after the start on arm and mean before it: more precise than
//	           the change where units were randomised (McKenzie 2012)
//
// With an exposure the numbers are rates per 1,000.
type Collapsed struct {
	Data
	Inference
	Ancova bool
}

var (
	refDonaldLang = analysis.Reference{Key: "Donald & Lang 2007", Text: "Inference with difference-in-differences and other panel data. Review of Economics and Statistics 89(2)", DOI: "10.1162/rest.89.2.221"}
	refBDM        = analysis.Reference{Key: "Bertrand, Duflo & Mullainathan 2004", Text: "How much should we trust differences-in-differences estimates? Quarterly Journal of Economics 119(1)", DOI: "10.1162/003355304772839588"}
	refMcKenzie   = analysis.Reference{Key: "McKenzie 2012", Text: "Beyond baseline and follow-up: the case for more T in experiments. Journal of Development Economics 99(2)", DOI: "10.1016/j.jdeveco.2012.01.002"}
)

// Method describes the estimator.
func (e Collapsed) Method() analysis.Method {
	m := analysis.Method{Name: "collapsed before and after", Formula: "after_i - before_i = intercept + att * arm_i + e_i",
		Conventions: []string{"every unit counts once, whatever its number of periods; one start"}, References: []analysis.Reference{refDonaldLang, refBDM}}
	if e.Ancova {
		m.Name, m.Formula = "analysis of covariance", "after_i = intercept + att * arm_i + b * before_i + e_i"
		m.References = []analysis.Reference{refMcKenzie}
	}
	if e.Vcov == "" && len(e.Cluster) == 0 {
		m.Variance = "classical, t with G - " + map[bool]string{false: "2", true: "3"}[e.Ancova] + " degrees of freedom"
		return m
	}
	return e.Inference.describe(m, fixedeffects.Gaussian)
}

// Estimate collapses and regresses.
func (e Collapsed) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
	if len(e.Covariates) > 0 {
		return nil, analysis.Unsupportedf("--covariates with a collapsed panel: use swis glm on one row a unit, or --method twfe")
	}
	if e.Weights != "" {
		return nil, analysis.Unsupportedf("--weights with a collapsed panel: every unit counts once")
	}
	if e.Vcov == "" && len(e.Cluster) == 0 {
		e.Vcov = fixedeffects.IID
	}
	if err := e.settle(e.Unit, fixedeffects.Gaussian); err != nil {
		return nil, err
	}
	p, err := e.read(t, e.Cluster, false)
	if err != nil {
		return nil, err
	}
	if err := p.identified(); err != nil {
		return nil, err
	}
	if len(p.Starts) != 1 {
		return nil, analysis.NotEstimablef("a collapsed panel needs one start, and there are %d; use --method cs or imputation", len(p.Starts))
	}
	units := len(p.Unit.Levels)
	var top, bottom [2][]float64
	for k := range 2 {
		top[k], bottom[k] = make([]float64, units), make([]float64, units)
	}
	first := make([]int, units)
	for i, y := range p.Y {
		u, k := p.Unit.Index[i], 0
		if p.Period(i) >= p.Starts[0] {
			k = 1
		}
		first[u] = i
		top[k][u] += y
		if p.Expo != nil {
			bottom[k][u] += p.Expo[i] / 1000
		} else {
			bottom[k][u]++
		}
	}
	m := &fixedeffects.Model{X: make([][]float64, 2)}
	r := &regression{panel: p, interest: 2, infer: e.Inference, model: m, names: []string{"att", "(Intercept)"}}
	if e.Ancova {
		m.X = append(m.X, nil)
		r.names = append(r.names, "before")
		r.interest = 3
	}
	var rows []int
	for u := range units {
		before, after := top[0][u]/bottom[0][u], top[1][u]/bottom[1][u]
		if math.IsNaN(before) || math.IsNaN(after) {
			continue
		}
		arm := 0.0
		if !math.IsInf(p.Cohort[u], 1) {
			arm = 1
		}
		rows = append(rows, first[u])
		m.X[0], m.X[1] = append(m.X[0], arm), append(m.X[1], 1)
		if e.Ancova {
			m.X[2] = append(m.X[2], before)
			m.Y = append(m.Y, after)
		} else {
			m.Y = append(m.Y, after-before)
		}
	}
	if len(rows) <= len(m.X) {
		return nil, analysis.NotEstimablef("%d %s have rows before and after the start; more are wanted", len(rows), p.words.units)
	}
	one := *p
	design := *p.Design
	design.Rows = make([]int, len(rows))
	for i, row := range rows {
		design.Rows[i] = p.Design.Rows[row]
	}
	one.Design = &design
	if r.fit, err = m.Run(); err != nil {
		return nil, err
	}
	if r.fit.Column(0) < 0 {
		return nil, p.whyAliased(r)
	}
	r.panel = nil
	if err := r.vary(design.Group); err != nil {
		return nil, err
	}
	result := p.result(e.Method(), r)
	result.Subtitle = fmt.Sprintf("One number a %s before and one after the start", p.words.unit)
	if e.Ancova {
		result.Subtitle += ", the first as covariate"
	}
	att := r.estimate(0)
	if e.Vcov == fixedeffects.IID {
		att.How = fmt.Sprintf("t on %d df: %d %s, each counted once (exact for normal %s effects of equal variance)", r.fit.N()-r.fit.FullK(), r.fit.N(), p.words.units, p.words.unit)
	}
	clustered := *r
	if len(e.Cluster) == 0 {
		clustered.infer.Cluster = []string{e.Unit}
	}
	att.Redraws = clustered.redraws(0, design.Group)
	att.Label = p.Intervention + " against " + p.Comparison
	att.Estimand = fmt.Sprintf("average effect on %s from the start on, %s weighted equally", p.treatedUnits(), p.words.units)
	result.Estimates = []analysis.Estimate{att}
	r.fill(result)
	for j := 1; j < len(r.names); j++ {
		result.Estimates = append(result.Estimates, r.estimate(j))
	}
	if e.clustered() {
		if g, err := p.group(e.Cluster[0]); err == nil {
			if treated, comparison := p.arms(result, g, nil, e.Resample.Permute); treated == 1 && comparison == 1 {
				infer.Withhold(&result.Estimates[0])
			}
		}
	}
	if lost := units - len(rows); lost > 0 {
		result.Note("one_sided", fmt.Sprintf("%s rows on one side of the start only, left out", countOf(lost, p.words.unit+" has", p.words.units+" have")))
	}
	result.Summary = []string{p.sentence(&result.Estimates[0])}
	result.Tables = []analysis.Table{p.rates()}
	return result, nil
}
