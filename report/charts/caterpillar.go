package charts

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// Caterpillar draws the conditional modes of a group's intercepts in order of
// size, with intervals of 1.96 conditional standard deviations. On a log scale
// they are ratios to the average group.
func Caterpillar(r *analysis.Result, group string) (*report.Figure, error) {
	var effects []analysis.Effect
	for _, e := range r.Effects {
		if group == "" && e.Term == "(Intercept)" {
			group = e.Group
		}
		if e.Group == group && e.Term == "(Intercept)" && e.Estimate != nil {
			effects = append(effects, e)
		}
	}
	if len(effects) == 0 {
		return nil, analysis.NotEstimablef("the result has no effects of groups; use swis mixed --effects")
	}
	slices.SortStableFunc(effects, func(a, b analysis.Effect) int {
		switch {
		case *a.Estimate > *b.Estimate:
			return -1
		case *a.Estimate < *b.Estimate:
			return 1
		}
		return 0
	})
	ratios := false
	for i := range r.Estimates {
		ratios = ratios || r.Estimates[i].Scale == analysis.Log || r.Estimates[i].Scale == analysis.Logit
	}
	null := 0.0
	f := &report.Figure{Name: "caterpillar", Title: fmt.Sprintf("How each %s departs from the average", groupWord(group)), Source: source(r),
		Subtitle: "Estimate with 95% interval, drawn towards the average as the model does (conditional mode)",
		X:        report.Axis{Label: "Departure from the average"}}
	if ratios {
		null = 1
		f.X = report.Axis{Label: "Ratio to the average, log scale", Log: true}
	}
	f.Data = analysis.Table{Name: f.Name, Columns: columns("group", "level", "estimate", "low", "high")}
	apart := report.Series{Name: "interval leaves out the average", Role: report.Intervention, Form: report.PointForm}
	near := report.Series{Name: "interval includes the average", Role: report.Context, Form: report.PointForm}
	var above, below int
	for i, e := range effects {
		at, se := *e.Estimate, value(e.StdError)
		low, high := at-1.96*se, at+1.96*se
		if ratios {
			at, low, high = math.Exp(at), math.Exp(low), math.Exp(high)
		}
		s := &near
		switch {
		case low > null:
			s = &apart
			above++
		case high < null:
			s = &apart
			below++
		}
		s.X, s.Y = append(s.X, at), append(s.Y, float64(i))
		s.Low, s.High = append(s.Low, low), append(s.High, high)
		f.Y.Categories = append(f.Y.Categories, e.Level)
		f.Data.Rows = append(f.Data.Rows, []analysis.Cell{text(e.Group), text(e.Level), num(at), num(low), num(high)})
	}
	label := "average"
	f.Panels = []report.Panel{{Series: []report.Series{near, apart}, Lines: []report.ReferenceLine{{Vertical: true, At: null, Strong: true, Label: label}}}}
	switch n := float64(len(effects)); {
	case n <= 30:
		f.Height = max(60, 42+4.6*n)
	case n > 60:
		f.Height = min(42+1.2*n, 200)
	}
	f.Alt = fmt.Sprintf("Departures of %d groups (%s) from the average: %d lie above it and %d below it with their whole interval, %d intervals include it.",
		len(effects), groupWord(group), above, below, len(effects)-above-below)
	return f, nil
}

// groupWord is a grouping factor in words: school:la is a school within its LA.
func groupWord(group string) string {
	word, _, _ := strings.Cut(group, ":")
	word = strings.TrimSuffix(word, "_id")
	if word == "la" {
		return "LA"
	}
	return strings.ReplaceAll(word, "_", " ")
}
