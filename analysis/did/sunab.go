package did

import (
	"context"
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/dataset/table"
)

// SunAbraham is the interaction-weighted event study: an effect for every
// cohort and event time, averaged over cohorts with their shares at that event
// time, so that no cohort's effect stands in for another's.
type SunAbraham struct {
	Data
	Inference
	Family      string
	Reference   float64
	Sensitivity Sensitivity
}

// Method describes the estimator.
func (e SunAbraham) Method() analysis.Method {
	family, _ := familyOf(e.Family)
	return e.Inference.describe(analysis.Method{
		Name:    "Sun and Abraham",
		Formula: "y_it = unit_i + period_t + sum over cohorts g and k != reference of delta_gk * 1{cohort g, t - g = k}; event:k = sum of share_gk * delta_gk",
		Conventions: []string{
			"cohort shares at an event time are taken as fixed weights; att averages all cells from the start on by their rows",
			"units treated from the first period on are left out",
		},
		References: []analysis.Reference{refSunAbraham},
	}, family)
}

// Estimate fits the saturated regression and averages it.
func (e SunAbraham) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
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
	cells, names, columns := p.cohortColumns(func(cohort, period float64) bool { return period-cohort != e.Reference })
	r, err := p.regress(family, names, columns, p.effects(), e.Inference)
	if err != nil {
		return nil, err
	}
	if !r.estimable() {
		return nil, p.whyAliased(r)
	}
	result := p.result(e.Method(), r)
	result.Notes = append(result.Notes, held.Notes...)
	result.Title = fmt.Sprintf("%s by %s from the start: Sun and Abraham", p.words.outcome, p.words.time)
	att := r.averageOf("att", cells, func(c *cohortCell) float64 {
		if c.period < c.cohort || math.IsNaN(r.fit.Coef[c.column]) {
			return 0
		}
		return c.rows
	})
	att.Label = "from the start on"
	att.Estimand = fmt.Sprintf("average effect on %s from the start on", p.treatedUnits())
	p.addDifference(&att)
	p.sizes(result, &att, r)
	result.Estimates = []analysis.Estimate{att}
	times := slices.DeleteFunc(p.eventTimes(), func(k float64) bool { return k == e.Reference })
	var effects []effectAt
	for _, k := range times {
		weight := func(c *cohortCell) float64 {
			if c.period-c.cohort != k || math.IsNaN(r.fit.Coef[c.column]) {
				return 0
			}
			return c.rows
		}
		one := effectAt{time: k}
		one.estimate, one.contrast = r.contrastOf(cells, weight)
		effects = append(effects, one)
		row := r.averageOf("event:"+label(k), cells, weight)
		row.Label = p.eventLabel(k)
		result.Estimates = append(result.Estimates, row)
	}
	result.Curves = []analysis.Curve{eventCurve(result.Estimates[1:], times, e.Reference, p.words)}
	r.fill(result)
	result.Summary = []string{p.sentence(&result.Estimates[0])}
	if err := p.sensitivityOf(result, r, effects, e.Reference, e.Sensitivity); err != nil {
		return nil, err
	}
	p.zeroChecks(result, r, false)
	result.Tables = append([]analysis.Table{raw}, result.Tables...)
	p.restEvents(result)
	return result, nil
}

// withoutAlways leaves out units treated from the first period on.
func (p *Panel) withoutAlways(result *analysis.Result) *Panel {
	first := slices.Min(p.Periods)
	count := 0
	for _, c := range p.Cohort {
		if c <= first {
			count++
		}
	}
	if count == 0 {
		return p
	}
	result.Note("always_treated", fmt.Sprintf("%s treated from the first %s on, left out: no change before and after can be seen", countOf(count, p.words.unit+" is", p.words.units+" are"), p.words.time))
	out := p.restrict(func(i int) bool { return p.Start(i) > first })
	out.Starts = slices.DeleteFunc(out.Starts, func(c float64) bool { return c <= first })
	return out
}
