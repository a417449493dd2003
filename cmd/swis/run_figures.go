package main

import (
	"context"
	"errors"
	"fmt"

	"swis/analysis"
	"swis/analysis/plan"
	"swis/dataset"
	"swis/dataset/table"
	"swis/report"
	"swis/report/charts"
	"swis/report/disclosure"
)

// drawnFigure is one figure of the plan: a picture, or why there is none.
type drawnFigure struct {
	Declared plan.Figure
	Figure   *report.Figure
	Reason   string
}

// draw makes the figures that the plan declares and writes their files. All
// that is drawn has passed the disclosure profile.
func (t *trialRun) draw(ctx context.Context) error {
	profile, err := disclosure.Parse(t.plan.Disclosure)
	if err != nil {
		return err
	}
	names, taken := make([]string, len(t.plan.Figures)), map[string]int{}
	for i, f := range t.plan.Figures {
		names[i] = figureName(f)
		if taken[names[i]]++; taken[names[i]] > 1 {
			names[i] = fmt.Sprintf("%s-%d", names[i], taken[names[i]])
		}
	}
	t.figures = make([]drawnFigure, len(t.plan.Figures))
	return together(ctx, len(t.figures), func(_ context.Context, i int) error {
		declared := t.plan.Figures[i]
		t.figures[i].Declared = declared
		f, err := t.figure(i, profile)
		var none *analysis.NotEstimable
		if errors.As(err, &none) {
			t.figures[i].Reason = none.Reason
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s:%d: figure %s: %w", t.plan.File, t.plan.Line(pathKey("figures", i, "kind")), declared.Kind, err)
		}
		if declared.Title != "" {
			f.Title = declared.Title
		}
		f.Name = names[i]
		t.figures[i].Figure = f
		_, err = charts.Write(t.path("figures"), f, charts.Formats)
		return err
	})
}

// figureName names the files of a figure.
func figureName(f plan.Figure) string {
	switch {
	case len(f.Analysis) == 1:
		return f.Kind + "-" + f.Analysis[0]
	case f.Outcome != "":
		return f.Kind + "-" + f.Outcome
	}
	return f.Kind
}

// figureKinds are the kinds that a plan can declare.
var figureKinds = []string{"trends", "event-study", "forest", "zeros", "floor", "balance", "flow", "caterpillar", "residuals"}

// figure makes one figure from what was counted or from a result.
func (t *trialRun) figure(i int, profile disclosure.Profile) (*report.Figure, error) {
	f := t.plan.Figures[i]
	if c := t.drawable[i]; c != nil {
		if c.err != nil {
			return nil, c.err
		}
		return c.draw(c.tables), nil
	}
	if err := profile.Drawn(f.Kind); err != nil {
		return nil, err
	}
	switch f.Kind {
	case "balance":
		if t.design != nil && len(f.Analysis) == 0 {
			return charts.Balance(t.design, nil)
		}
	case "flow":
		return charts.Flow(t.flow)
	}
	results, err := t.resultsOf(f)
	if err != nil {
		return nil, err
	}
	switch f.Kind {
	case "forest":
		return charts.Forest("Effects by outcome and local authority", charts.ForestRows(results), fmt.Sprintf("study/panel.csv; %s.", program))
	case "event-study":
		return charts.EventStudy(results[0])
	case "zeros":
		return charts.Zeros(results[0], true)
	case "balance":
		return charts.Balance(results[0], nil)
	case "caterpillar":
		return charts.Caterpillar(results[0], f.Options.Value("group"))
	case "residuals":
		return charts.Residuals(results[0])
	}
	return nil, dataset.Problemf("", 0, "", "no kind %q%s", f.Kind, orNearest(f.Kind, figureKinds))
}

// resultsOf are the results that a figure draws: those it names, else all
// effects that were tested.
func (t *trialRun) resultsOf(f plan.Figure) ([]*analysis.Result, error) {
	var out []*analysis.Result
	for i := range t.done {
		a := &t.done[i]
		named := false
		for _, id := range f.Analysis {
			named = named || id == a.Declared.ID
		}
		if named && a.Result == nil {
			return nil, analysis.NotEstimablef("analysis %s: %s", a.Declared.ID, a.Reason)
		}
		if a.Result != nil && (named || len(f.Analysis) == 0 && a.Declared.Family != "") {
			out = append(out, a.Result)
		}
	}
	if len(out) == 0 {
		return nil, analysis.NotEstimablef("no analysis with a result to draw")
	}
	return out, nil
}

// assigned keeps the rows of schools in an arm that hold the outcome.
func assigned(panel *table.Table, outcome string) (*table.Table, error) {
	arms, err := panel.Category("arm")
	if err != nil {
		return nil, err
	}
	y, err := panel.Numeric(outcome)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, panel.Rows())
	for i := range keep {
		keep[i] = arms.Codes[i] >= 0 && y.Values[i] == y.Values[i]
	}
	return panel.Filter(keep), nil
}

func pathKey(list string, i int, key string) string { return fmt.Sprintf("%s[%d].%s", list, i, key) }
