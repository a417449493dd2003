package did

import (
	"context"
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/dataset/table"
)

// Event is the event study by two-way fixed effects: one effect for each
// distance of a period from the unit's start, against a reference distance.
// Never treated units are reference throughout. With several starts the
// coefficients mix cohorts (Sun & Abraham 2021); SunAbraham does not.
type Event struct {
	Data
	Inference
	Family      string
	Reference   float64 // event time left out, e.g. -1
	ListDropped bool
	Sensitivity Sensitivity
	Bare        bool // estimates only, without the joint test of earlier periods
}

// Method describes the estimator.
func (e Event) Method() analysis.Method {
	m := analysis.Method{
		Name:    "event study, two-way fixed effects",
		Formula: "y_it = unit_i + period_t + sum over k != reference of event:k * 1{t - start_i = k} + covariates + e_it",
		Conventions: []string{
			"event time is the period minus the first treated period; never treated units have none",
			"pre_trends tests all event times before 0: F with cr0 to cr1s, approximate Hotelling (HTZ) with cr2 and cr3; with more event times than a fifth (HTZ: half) of the clusters of the smaller arm, or fewer than 5 denominator df, it tests treated × time in the periods before the start (CR2, Satterthwaite) instead",
			"--sensitivity relative: later steps of the trend at most M times the largest earlier one; the effect is kept where the hybrid test of two moment inequalities (first stage 0.5% of the 5%) does not reject it for some earlier step. --sensitivity smooth: slopes change by at most M a period; fixed-length interval of the shortest affine estimator. Covariances are multiplied by (t/z)^2",
		},
		References: []analysis.Reference{refSunAbraham, refRoth},
	}
	if f, _ := familyOf(e.Family); f != fixedeffects.Gaussian {
		m.Name = "event study, fixed-effects " + familyWord(f)
		m.Formula = "log E[y_it] = log exposure_it + unit_i + period_t + sum over k != reference of event:k * 1{t - start_i = k} + covariates"
	}
	family, _ := familyOf(e.Family)
	return e.Inference.describe(m, family)
}

// Estimate fits the event study.
func (e Event) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
	p, family, err := begin(t, &e.Data, &e.Inference, e.Family)
	if err != nil {
		return nil, err
	}
	if err := p.identified(); err != nil {
		return nil, err
	}
	times := p.eventTimes()
	if !slices.Contains(times, e.Reference) {
		return nil, analysis.Unsupportedf("--reference %s: no row is at that event time; there are %s", label(e.Reference), labels(times))
	}
	times = slices.DeleteFunc(times, func(k float64) bool { return k == e.Reference })
	names, columns := p.eventColumns(times)
	r, err := p.regress(family, names, columns, p.effects(), e.Inference)
	if err != nil {
		return nil, err
	}
	if !r.estimable() {
		return nil, p.whyAliased(r)
	}
	result := p.result(e.Method(), r)
	result.Title = fmt.Sprintf("%s by %s from the start: %s against comparison %s", p.words.outcome, p.words.time, p.treatedUnits(), p.words.units)
	for j, k := range times {
		row := r.estimate(j)
		row.Redraws = r.redraws(j, p.group)
		row.Label = p.eventLabel(k)
		row.Estimand = fmt.Sprintf("effect %s against event time %s", p.eventLabel(k), label(e.Reference))
		result.Estimates = append(result.Estimates, row)
	}
	result.Curves = []analysis.Curve{eventCurve(result.Estimates, times, e.Reference, p.words)}
	r.fill(result)
	if e.Bare {
		return result, nil
	}
	p.joinPreTrends(result, r, times)
	if err := p.sensitivityOf(result, r, r.events(times), e.Reference, e.Sensitivity); err != nil {
		return nil, err
	}
	p.zeroChecks(result, r, e.ListDropped)
	result.Tables = append([]analysis.Table{p.rates()}, result.Tables...)
	p.restEvents(result)
	if len(p.Starts) > 1 {
		result.Note("staggered", "starts are staggered: each coefficient mixes effects of several cohorts and times; --method sunab or cs keeps them apart")
	}
	return result, nil
}

// eventTimes lists the distances from the start that occur, in order.
func (p *Panel) eventTimes() []float64 {
	var out []float64
	seen := map[float64]bool{}
	for i := range p.Y {
		k := p.Period(i) - p.Start(i)
		if !math.IsInf(k, 0) && !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// eventColumns makes the indicator of each event time.
func (p *Panel) eventColumns(times []float64) (names []string, columns [][]float64) {
	for _, k := range times {
		x := make([]float64, p.N())
		for i := range x {
			if p.Period(i)-p.Start(i) == k {
				x[i] = 1
			}
		}
		names = append(names, "event:"+label(k))
		columns = append(columns, x)
	}
	return names, columns
}

func (p *Panel) eventLabel(k float64) string {
	w := p.words
	switch {
	case k == 0:
		return "first " + w.time
	case k < 0:
		return fmt.Sprintf("%s before", countLabel(-k, w.time, w.times))
	}
	return fmt.Sprintf("%s after", countLabel(k, w.time, w.times))
}

func countLabel(k float64, one, many string) string {
	if k == 1 {
		return "1 " + one
	}
	return label(k) + " " + many
}

func labels(x []float64) string {
	s := ""
	for i, v := range x {
		if i > 0 {
			s += ", "
		}
		s += label(v)
	}
	return s
}

// eventCurve is the event study as a curve with the reference at zero.
func eventCurve(rows []analysis.Estimate, times []float64, reference float64, w words) analysis.Curve {
	c := analysis.Curve{Name: "event_study", XLabel: w.times + " from the start", YLabel: "effect"}
	zero := 0.0
	done := false
	point := func(x float64, e *analysis.Estimate) {
		c.X = append(c.X, analysis.Num(x))
		if e == nil {
			c.Y, c.Low, c.High = append(c.Y, &zero), append(c.Low, &zero), append(c.High, &zero)
			return
		}
		c.Y, c.Low, c.High = append(c.Y, e.Estimate), append(c.Low, e.ConfLow), append(c.High, e.ConfHigh)
	}
	for j := range times {
		if !done && times[j] > reference {
			point(reference, nil)
			done = true
		}
		point(times[j], &rows[j])
	}
	if !done {
		point(reference, nil)
	}
	return c
}

// joinPreTrends adds the joint test of the event times before 0, or of a
// straight difference in trends where clusters are too few for so many.
func (p *Panel) joinPreTrends(result *analysis.Result, r *regression, times []float64) {
	var before []int
	for j, k := range times {
		if k < 0 {
			before = append(before, j)
		}
	}
	if len(before) == 0 {
		result.Note("no_pre_test", "there is one earlier period only, so parallel trends cannot be tested")
		return
	}
	share := mostLeadsF
	if r.infer.Vcov == fixedeffects.CR2 || r.infer.Vcov == fixedeffects.CR3 {
		share = mostLeadsHTZ
	}
	if doubt := r.tooMany(len(before), share); doubt != "" {
		p.linearPreTrend(result, r.model.Family, r.infer, doubt)
		return
	}
	t, err := r.joint("pre_trends", "Parallel trends", before)
	if err == nil && share == mostLeadsHTZ && *t.DF2 < leastHTZ {
		p.linearPreTrend(result, r.model.Family, r.infer, fmt.Sprintf("a joint test of the %d earlier %s would have %s denominator degrees of freedom", len(before), p.words.times, significant(*t.DF2)))
		return
	}
	if err != nil && r.infer.clustered() {
		p.linearPreTrend(result, r.model.Family, r.infer, fmt.Sprintf("there is no joint test of the %d earlier %s: %v", len(before), p.words.times, err))
		return
	}
	if err != nil {
		result.Note("no_pre_test", fmt.Sprintf("no joint test of the %d earlier periods: %v", len(before), err))
		return
	}
	t.How = fmt.Sprintf("joint test of %d earlier %s, %s", int(*t.DF1), p.words.times, t.How)
	result.Tests = append(result.Tests, *t)
	if information, ok := r.trendInformation(times, before); ok {
		p.missedCheck(result, r.model.Family, information, t, r.infer.Level)
	}
}

// hotellingLimit is the work, in multiplications, up to which the pre-test
// beside another method is the Hotelling test; above it, it is F with CR1S
// where the clusters are enough for that.
const hotellingLimit = 3e7

// preTest adds the joint test of an event study to a result of another method,
// whose fit r it starts from.
func (p *Panel) preTest(result *analysis.Result, r *regression) {
	times := p.eventTimes()
	reference := math.Inf(-1)
	earlier := 0
	for _, k := range times {
		if k < 0 {
			reference = k
			earlier++
		}
	}
	if earlier < 2 {
		return
	}
	if doubt := r.tooMany(earlier-1, mostLeadsHTZ); doubt != "" {
		p.linearPreTrend(result, r.model.Family, r.infer, doubt)
		return
	}
	times = slices.DeleteFunc(times, func(k float64) bool { return k == reference })
	names, columns := p.eventColumns(times)
	e := &regression{panel: p, interest: len(columns), infer: r.infer, names: append(names, p.Names...)}
	e.model = &fixedeffects.Model{Family: r.model.Family, Y: p.Y, X: append(columns, p.X...), Offset: p.Offset, Weights: p.Weight, Effects: p.effects()}
	if r.model.Family != fixedeffects.Gaussian && r.fit.Separated == 0 {
		e.model.Start = make([]float64, p.N())
		for i, row := range r.fit.Rows {
			e.model.Start[row] = r.fit.Eta[i]
		}
	}
	width := float64(len(times) + len(p.X) + len(p.Periods))
	if q := float64(earlier - 1); e.infer.Vcov == fixedeffects.CR2 && float64(len(p.Unit.Levels))*q*q*width*width > hotellingLimit {
		e.infer.Vcov = fixedeffects.CR1S
	}
	if err := e.run(p.Design.Group); err != nil {
		return
	}
	p.joinPreTrends(result, e, times)
}
