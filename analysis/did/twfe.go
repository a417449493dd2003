package did

import (
	"context"
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/linear"
	"swis/dataset/table"
)

// TwoWay is the static two-way fixed-effects regression
//
//	y_it = unit_i + period_t + att treated_it + covariates + e_it,
//
// or its log-linear count form with exposure. With one start it is the average
// effect on treated units after the start, if without the intervention the arms
// had moved in parallel (in levels, or in ratios for counts). With several
// starts it mixes in comparisons with units treated earlier; the share of
// weight on those is printed.
type TwoWay struct {
	Data
	Inference
	Family      string // gaussian, poisson, negbin
	ListDropped bool   // add a table of the units that count models leave out
	NoPreTest   bool   // leave out the joint test of earlier periods
}

// Method describes the estimator.
func (e TwoWay) Method() analysis.Method {
	m := analysis.Method{
		Name:    "two-way fixed effects",
		Formula: "y_it = unit_i + period_t + att * treated_it + covariates + e_it",
		Conventions: []string{
			"unit and period effects are absorbed exactly; standard errors are those of the full model with dummies",
			"rows alone in a unit or period are dropped",
		},
		References: []analysis.Reference{refGoodmanBacon},
	}
	if f, _ := familyOf(e.Family); f != fixedeffects.Gaussian {
		m.Name = "fixed-effects " + familyWord(f)
		m.Formula = "log E[y_it] = log exposure_it + unit_i + period_t + att * treated_it + covariates"
		m.Conventions = append(m.Conventions,
			"units whose outcome is always zero carry no information on the ratio and leave it; they stay in the difference",
			"the difference is the observed rate of treated rows times (1 - 1/ratio), with that rate taken as given")
		m.References = append(m.References, refWooldridge99)
	}
	if f, err := familyOf(e.Family); err == nil && coverage(f) != "" {
		m.Conventions = append(m.Conventions, coverage(f))
	}
	family, _ := familyOf(e.Family)
	return e.Inference.describe(m, family)
}

// Estimate fits the model. NotEstimable where treated and comparison rows
// cannot be told from unit and period effects.
func (e TwoWay) Estimate(ctx context.Context, t *table.Table) (*analysis.Result, error) {
	p, family, err := begin(t, &e.Data, &e.Inference, e.Family)
	if err != nil {
		return nil, err
	}
	if err := p.identified(); err != nil {
		return nil, err
	}
	r, err := p.regress(family, []string{"att"}, [][]float64{p.treatment()}, p.effects(), e.Inference)
	if err != nil {
		return nil, err
	}
	if r.fit.Coef[0] != r.fit.Coef[0] && len(r.fit.Infinite) == 0 {
		return nil, p.whyAliased(r)
	}
	result := p.result(e.Method(), r)
	att := r.estimate(0)
	att.Label = p.Intervention + " against " + p.Comparison
	att.Estimand = fmt.Sprintf("average effect on %s from the start on", p.treatedUnits())
	p.addDifference(&att)
	p.sizes(result, &att, r)
	att.Redraws = r.redraws(0, p.group)
	result.Estimates = []analysis.Estimate{att}
	r.fill(result)
	result.Summary = []string{p.sentence(&result.Estimates[0])}
	result.Tables = []analysis.Table{p.rates()}
	p.zeroChecks(result, r, e.ListDropped)
	if len(p.Starts) > 1 {
		p.forbidden(result)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(p.Starts) == 1 && !e.NoPreTest && float64(p.N())*float64(len(p.Periods)) < 2e6 {
		p.preTest(result, r)
	}
	return result, r.resample(ctx, result)
}

// startLevels is the first treated period of each unit, as a level of time.
func (p *Panel) startLevels() []int32 {
	from := make([]int32, len(p.Cohort))
	for u, c := range p.Cohort {
		at, _ := slices.BinarySearch(p.Periods, c)
		from[u] = int32(at)
	}
	return from
}

// treatment is the 0/1 column of treated rows.
func (p *Panel) treatment() []float64 {
	x := make([]float64, p.N())
	from := p.startLevels()
	linear.Parts(len(x), 0, func(first, last int, _ []float64) {
		units, times := p.Unit.Index[first:last], p.Time.Index[first:last]
		for i, t := range times {
			if t >= from[units[i]] {
				x[first+i] = 1
			}
		}
	})
	return x
}

// identified refuses panels in which no comparison can be made, by name.
func (p *Panel) identified() error {
	w := p.words
	from := p.startLevels()
	sums := linear.Parts(p.N(), 3, func(first, last int, sums []float64) {
		units, times := p.Unit.Index[first:last], p.Time.Index[first:last]
		for i, t := range times {
			switch start := from[units[i]]; {
			case t >= start:
				sums[0]++
			case math.IsInf(p.Cohort[units[i]], 1):
				sums[2]++
			default:
				sums[1]++
			}
		}
	})
	treated, before, never := sums[0], sums[1], sums[2]
	switch {
	case treated == 0:
		return analysis.NotEstimablef("no %s is treated in the rows kept: check who is treated and from which %s on", w.unit, w.time)
	case never == 0 && len(p.Starts) == 1:
		return analysis.NotEstimablef("every %s is treated from the same %s on, so the effect cannot be told from the %s effects: keep comparison %s in the data", w.unit, w.time, w.time, w.units)
	case before == 0:
		return analysis.NotEstimablef("no treated %s has a row before its start: a difference in differences needs an earlier %s", w.unit, w.time)
	}
	return nil
}

// whyAliased explains why the effect is a combination of the others.
func (p *Panel) whyAliased(r *regression) error {
	w := p.words
	if r.fit.ZeroGroups > 0 {
		var all, left [2]int // units of the comparison and the intervention, and those with events
		seen := make([]bool, len(p.Cohort))
		for _, row := range r.fit.Rows {
			seen[p.Unit.Index[row]] = true
		}
		for u, c := range p.Cohort {
			arm := 1
			if math.IsInf(c, 1) {
				arm = 0
			}
			all[arm]++
			if seen[u] {
				left[arm]++
			}
		}
		for arm, name := range []string{p.Comparison, p.Intervention} {
			if all[arm] > 0 && left[arm] == 0 {
				return analysis.NotEstimablef("all %d %s %s have zero %s before and after (outcome %s). Use swis floor, or pool", all[arm], name, w.units, w.events, p.Design.Response.Name)
			}
		}
	}
	return analysis.NotEstimablef("the effect cannot be told from the %s and %s effects in the rows kept: treated and comparison %s are wanted before and after the start", w.unit, w.time, w.units)
}

// zeroArms notes an arm whose outcome is zero in every row, or in every row
// from the start on: its own variation is no measure of chance then.
func (p *Panel) zeroArms(result *analysis.Result) {
	if len(p.Starts) != 1 {
		return
	}
	arms, sides := make([]int, len(p.Cohort)), make([]int, len(p.Periods))
	for u, c := range p.Cohort {
		if !math.IsInf(c, 1) {
			arms[u] = 1
		}
	}
	for t, period := range p.Periods {
		if period >= p.Starts[0] {
			sides[t] = 1
		}
	}
	sums := linear.Parts(p.N(), 9, func(from, to int, sums []float64) {
		for i := from; i < to; i++ {
			at := 4*arms[p.Unit.Index[i]] + 2*sides[p.Time.Index[i]]
			sums[at]++
			if y := p.Y[i]; y == 0 {
				sums[at+1]++
			} else if y < 0 {
				sums[8]++
			}
		}
	})
	if sums[8] > 0 {
		return // no floor
	}
	var rows, zero [2][2]float64
	for arm := range rows {
		for side := range rows[arm] {
			rows[arm][side], zero[arm][side] = sums[4*arm+2*side], sums[4*arm+2*side+1]
		}
	}
	for arm, name := range []string{p.Comparison, p.Intervention} {
		when := ""
		switch {
		case rows[arm][1] == 0 || zero[arm][1] < rows[arm][1]:
			continue
		case zero[arm][0] < rows[arm][0]:
			when = " from the start on"
		}
		result.Note("all_zero_arm", fmt.Sprintf("%s is zero in every row of the %s %s%s: their variation says nothing about chance, and standard errors are too small; see swis floor and --permute", p.Design.Response.Name, name, p.words.units, when))
	}
}

// treatedUnits is how a sentence calls them: "SWIS schools".
func (p *Panel) treatedUnits() string {
	if p.Intervention == "intervention" {
		return "intervention " + p.words.units
	}
	return p.Intervention + " " + p.words.units
}

// result starts the result of a panel with title, subtitle and method.
func (p *Panel) result(m analysis.Method, r *regression) *analysis.Result {
	w := p.words
	result := &analysis.Result{Method: m}
	result.Title = fmt.Sprintf("%s: %s against comparison %s", w.outcome, p.treatedUnits(), w.units)
	kind := map[fixedeffects.Family]string{fixedeffects.Gaussian: "Least squares", fixedeffects.Poisson: "Poisson", fixedeffects.NegBin: "Negative binomial"}[r.model.Family]
	result.Subtitle = fmt.Sprintf("%s, %s and %s effects", kind, w.unit, w.time)
	if w.exposureUnit != "" {
		result.Subtitle += ", exposure " + w.exposureUnit
	}
	result.Notes = append(result.Notes, p.Design.Notes...)
	p.dropped(result)
	p.zeroArms(result)
	return result
}
