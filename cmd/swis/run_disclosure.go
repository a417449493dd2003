package main

import (
	"context"
	"io"
	"slices"

	"swis/analysis"
	"swis/analysis/plan"
	"swis/dataset"
	"swis/dataset/atomicfile"
	"swis/dataset/study"
	"swis/dataset/table"
	"swis/report"
	"swis/report/charts"
	"swis/report/disclosure"
	"swis/report/tables"
)

// withhold passes all that the run publishes through the disclosure profile,
// together: results, the flow, and the numbers of figures before they are
// drawn. What follows is made from what is left. Then the numbers of each
// analysis are written.
func (t *trialRun) withhold(context.Context) error {
	profile, err := disclosure.Parse(t.plan.Disclosure)
	if err != nil {
		return err
	}
	if t.flow, err = t.flowResult(); err != nil {
		return err
	}
	if err := t.countFigures(profile); err != nil {
		return err
	}
	if profile.On() {
		t.release(profile)
	}
	for i := range t.done {
		a := &t.done[i]
		if a.Result == nil {
			continue
		}
		a.Result.Margins = nil // which hold the rows of their models
		if err := atomicfile.Write(t.path("tables", a.Declared.ID+".csv"), func(w io.Writer) error { return tables.WriteCSV(w, a.Result) }); err != nil {
			return err
		}
	}
	return nil
}

// release replaces every number that is to be published by what may be shown.
func (t *trialRun) release(profile disclosure.Profile) {
	s := profile.Release()
	s.Add(t.design)
	s.Add(t.flow)
	for i := range t.done {
		a := &t.done[i]
		if err := profile.Refuse(a.Result); err != nil {
			a.Result, a.Reason = nil, err.Error()
		}
		a.Reason = profile.Text(a.Reason)
		s.Add(a.Result)
	}
	for _, c := range t.drawable {
		if c != nil {
			for _, x := range c.tables {
				s.AddTable(x)
			}
		}
	}
	t.study.Quality.Totals(func(la, outcome string, n int64, withheld bool) {
		s.Known(t.authority(la), analysis.CountOf(outcome, "", ""), float64(n), withheld)
	})
	s.Settle()
	t.design, t.flow = s.Result(t.design), s.Result(t.flow)
	for i := range t.done {
		t.done[i].Result = s.Result(t.done[i].Result)
	}
	for _, c := range t.drawable {
		if c != nil {
			for k, x := range c.tables {
				c.tables[k] = s.Table(x)
			}
		}
	}
	for i := range t.tested {
		for k := range t.tested[i].Tests {
			t.tested[i].Tests[k].withhold(t.done)
		}
	}
}

// withhold takes the numbers of a test away whose estimate is withheld.
func (x *testedTerm) withhold(done []ranAnalysis) {
	r := done[x.declared].Result
	if r != nil && slices.ContainsFunc(r.Estimates, func(e analysis.Estimate) bool {
		return e.Term == x.estimate.Term && e.By == x.By && e.Part != analysis.ZeroPart && e.Estimate != nil
	}) {
		return
	}
	x.Ratio, x.Estimate, x.PValue, x.PAdjusted = nil, nil, nil, nil
}

// countedFigure is a figure that is made from the panel: its numbers, which
// pass the profile, and how it is drawn from what is left of them.
type countedFigure struct {
	tables []*analysis.Table
	draw   func(tables []*analysis.Table) *report.Figure
	err    error
}

// countFigures adds up the numbers of the figures that are made from the panel.
func (t *trialRun) countFigures(profile disclosure.Profile) error {
	t.drawable = make([]*countedFigure, len(t.plan.Figures))
	if !slices.ContainsFunc(t.plan.Figures, func(f plan.Figure) bool { return fromPanel(f.Kind) }) {
		return nil
	}
	panel, roles, err := study.Open(t.path("study"), "")
	if err != nil {
		return err
	}
	for i, f := range t.plan.Figures {
		if fromPanel(f.Kind) {
			c, err := t.countFigure(f, panel, &roles, profile)
			if err != nil {
				c = &countedFigure{err: err}
			}
			t.drawable[i] = c
		}
	}
	return nil
}

// fromPanel says whether a kind of figure is made from the panel itself.
func fromPanel(kind string) bool { return kind == "trends" || kind == "floor" }

func (t *trialRun) countFigure(f plan.Figure, panel *table.Table, roles *study.Roles, profile disclosure.Profile) (*countedFigure, error) {
	if err := profile.Drawn(f.Kind); err != nil {
		return nil, err
	}
	if f.Outcome == "" {
		return nil, dataset.Problemf("", 0, "", "want an outcome")
	}
	keep, err := assigned(panel, f.Outcome)
	if err != nil {
		return nil, err
	}
	start := roles.Period.Label(roles.Period.Of(t.plan.Periods.Intervention.From))
	comparison := t.plan.Design.Arms.Comparison
	if f.Kind == "floor" {
		return countFloor(roles, charts.Floor{Outcome: f.Outcome, Unit: roles.Unit, Time: roles.Time, Treated: "arm", Reference: comparison, Start: start,
			Exposure: roles.Exposure, RateUnit: "per 1,000 pupil-years"}, keep, profile)
	}
	return countTrends(roles, charts.Trends{Outcome: f.Outcome, Time: roles.Time, Treated: "arm", Reference: comparison, Start: start,
		Exposure: roles.Exposure, By: f.By, Unit: "pupil-years", Schools: roles.Unit}, keep)
}

func countTrends(roles *study.Roles, o charts.Trends, t *table.Table) (*countedFigure, error) {
	c, err := o.Count(t)
	if err != nil {
		return nil, err
	}
	if read := childrenBehind(t, roles, o.By, o.Outcome); read != nil {
		c.Data.EachBehind(read)
		c.Whole.EachBehind(read)
	}
	return &countedFigure{tables: []*analysis.Table{&c.Data, &c.Whole}, draw: func(x []*analysis.Table) *report.Figure { return c.Figure(x[0], x[1]) }}, nil
}

func countFloor(roles *study.Roles, o charts.Floor, t *table.Table, profile disclosure.Profile) (*countedFigure, error) {
	o.Nameless = profile.On()
	c, err := o.Count(t)
	if err != nil {
		return nil, err
	}
	if read := childrenBehind(t, roles, "", o.Outcome); read != nil {
		c.Data.EachBehind(read)
	}
	return &countedFigure{tables: []*analysis.Table{&c.Data}, draw: func(x []*analysis.Table) *report.Figure { return c.Figure(x[0]) }}, nil
}
