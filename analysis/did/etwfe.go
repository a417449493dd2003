package did

import (
	"context"
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Extended is Wooldridge's extended two-way fixed effects: an effect for every
// cohort and period from the start on, all earlier and never treated rows being
// the comparison, averaged over treated rows. Also for counts.
type Extended struct {
	Data
	Inference
	Family string
}

// Method describes the estimator.
func (e Extended) Method() analysis.Method {
	m := analysis.Method{
		Name:    "extended two-way fixed effects",
		Formula: "y_it = unit_i + period_t + sum over cohorts g and periods t >= g of att:g:t * 1{cohort g, period t} + covariates + e_it",
		Conventions: []string{
			"averages weight cells by their treated rows, taken as fixed (delta method)",
			"for counts the average is the log of events in treated rows over those expected without treatment, the fit times exp(-att:g:t); events of treated rows are taken as given",
		},
		References: []analysis.Reference{refWooldridge23},
	}
	family, _ := familyOf(e.Family)
	return e.Inference.describe(m, family)
}

// Estimate fits the saturated regression and averages it.
func (e Extended) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
	p, family, err := begin(t, &e.Data, &e.Inference, e.Family)
	if err != nil {
		return nil, err
	}
	if err := p.identified(); err != nil {
		return nil, err
	}
	raw := p.rates()
	held := &analysis.Result{}
	p = p.lastCohortAsComparison(held)
	p = p.withoutAlways(held)
	cells, names, columns := p.cohortColumns(func(cohort, period float64) bool { return period >= cohort })
	r, err := p.regress(family, names, columns, p.effects(), e.Inference)
	if err != nil {
		return nil, err
	}
	if !r.estimable() {
		return nil, p.whyAliased(r)
	}
	result := p.result(e.Method(), r)
	result.Notes = append(result.Notes, held.Notes...)
	result.Title = fmt.Sprintf("%s: extended two-way fixed effects", p.words.outcome)
	expected := p.expectedUntreated(r, cells)
	average := func(term string, keep func(c *cohortCell) bool) analysis.Estimate {
		if family == fixedeffects.Gaussian {
			return r.averageOf(term, cells, func(c *cohortCell) float64 {
				if !keep(c) || math.IsNaN(r.fit.Coef[c.column]) {
					return 0
				}
				return c.rows
			})
		}
		return r.ratioOf(term, cells, expected, keep)
	}
	att := average("att", func(*cohortCell) bool { return true })
	att.Label = "from the start on"
	att.Estimand = fmt.Sprintf("average effect on %s from the start on", p.treatedUnits())
	p.addDifference(&att)
	p.sizes(result, &att, r)
	result.Estimates = []analysis.Estimate{att}
	times := slices.DeleteFunc(p.eventTimes(), func(k float64) bool { return k < 0 })
	for _, k := range times {
		row := average("event:"+label(k), func(c *cohortCell) bool { return c.period-c.cohort == k })
		row.Label = p.eventLabel(k)
		result.Estimates = append(result.Estimates, row)
	}
	for _, c := range cells {
		result.Estimates = append(result.Estimates, r.estimate(c.column))
	}
	r.fill(result)
	result.Summary = []string{p.sentence(&result.Estimates[0])}
	p.zeroChecks(result, r, false)
	result.Tables = append([]analysis.Table{raw}, result.Tables...)
	p.restEvents(result)
	return result, nil
}

// expectedUntreated sums, by cell, the events expected without treatment.
func (p *Panel) expectedUntreated(r *regression, cells []cohortCell) []float64 {
	out := make([]float64, len(cells))
	if r.model.Family == fixedeffects.Gaussian {
		return out
	}
	for c := range cells {
		column := r.model.X[cells[c].column]
		b := r.fit.Coef[cells[c].column]
		for i, row := range r.fit.Rows {
			if column[row] == 1 {
				out[c] += r.fit.Mu[i] * math.Exp(-b)
			}
		}
	}
	return out
}

// ratioOf is the log of the sum of fitted events over the sum expected without
// treatment, over the cells kept; the gradient in a cell's coefficient is its
// share of the expected events.
func (r *regression) ratioOf(term string, cells []cohortCell, expected []float64, keep func(c *cohortCell) bool) analysis.Estimate {
	contrast := make([]float64, len(r.fit.Kept))
	with, without := 0.0, 0.0
	for c := range cells {
		if b := r.fit.Coef[cells[c].column]; keep(&cells[c]) && !math.IsNaN(b) {
			with += expected[c] * math.Exp(b)
			without += expected[c]
		}
	}
	for c := range cells {
		if k := r.fit.Column(cells[c].column); keep(&cells[c]) && k >= 0 {
			contrast[k] = expected[c] / without
		}
	}
	estimate := math.Log(with / without)
	se, df := math.NaN(), math.NaN()
	if !math.IsNaN(estimate) && !math.IsInf(estimate, 0) && !r.withheld {
		se, df = r.variance.Contrast(contrast)
	}
	e := infer.Wald(term, estimate, se, df, r.infer.Level, analysis.Log)
	e.How = r.how(df)
	e.Redraws = func() (analysis.Resampler, error) {
		return nil, analysis.Unsupportedf("the average ratio of --method etwfe for counts is no coefficient of the regression, so that its null cannot be imposed and drawn together with others; use holm, or --method sunab or event")
	}
	return e
}
