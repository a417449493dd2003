package charts

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"swis/analysis"
	"swis/report"
)

// eventTerms are the prefixes of estimates by time since the start.
var eventTerms = []string{"event:", "dynamic:"}

type eventPoint struct {
	time      int
	at        float64
	low, high float64
	reference bool
}

// EventStudy draws the effects before and after the start with their
// intervals: event:K or dynamic:K of a result. Effects on a log scale are
// drawn as ratios on a log axis.
func EventStudy(r *analysis.Result) (*report.Figure, error) {
	points, ratios, level, reference := eventPoints(r)
	if len(points) < 2 {
		return nil, analysis.NotEstimablef("the result has no effects by time since the start; use swis did --method event, cs, sunab or etwfe")
	}
	f := &report.Figure{Name: "event-study", Title: titleOr(r, "Effect by time since the start"), Source: source(r),
		X: report.Axis{Label: "Periods since the start", Whole: true, Signed: true},
		Y: report.Axis{Label: "Difference from comparison schools"}}
	null := 0.0
	if ratios {
		f.Y, null = report.Axis{Label: "Rate ratio, log scale", Log: true}, 1
	}
	f.Subtitle = "Points with " + levelPercent(level) + " confidence intervals"
	if reference {
		f.Subtitle += "; the open point is the reference period"
	}
	s := report.Series{Name: "effect", Role: report.Intervention, Form: report.PointForm, Quiet: true}
	f.Data = analysis.Table{Name: f.Name, Columns: columns("time", "estimate", "conf_low", "conf_high")}
	for _, p := range points {
		s.X, s.Y = append(s.X, float64(p.time)), append(s.Y, p.at)
		s.Low, s.High = append(s.Low, p.low), append(s.High, p.high)
		s.Open = append(s.Open, p.reference)
		f.Data.Rows = append(f.Data.Rows, []analysis.Cell{num(float64(p.time)), num(p.at), num(p.low), num(p.high)})
	}
	nullLabel := "no difference"
	f.Panels = []report.Panel{{Series: []report.Series{s}, Lines: []report.ReferenceLine{
		{At: null, Strong: true, Label: nullLabel},
		{Vertical: true, At: -0.5, Dashed: true, Label: "start of the intervention"},
	}}}
	if p := preTrend(r); p != "" {
		f.Notes = append(f.Notes, p)
	}
	f.Alt = eventAlt(points, null, ratios, level)
	return f, nil
}

func eventPoints(r *analysis.Result) (points []eventPoint, ratios bool, level float64, reference bool) {
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.By != "" || e.Part == analysis.ZeroPart {
			continue
		}
		for _, prefix := range eventTerms {
			k, err := strconv.Atoi(strings.TrimPrefix(e.Term, prefix))
			if !strings.HasPrefix(e.Term, prefix) || err != nil || e.Estimate == nil {
				continue
			}
			p := eventPoint{time: k, at: value(e.Estimate), low: value(e.ConfLow), high: value(e.ConfHigh)}
			if e.Scale == analysis.Log || e.Scale == analysis.Logit {
				ratios = true
				p.at, p.low, p.high = math.Exp(p.at), math.Exp(p.low), math.Exp(p.high)
			}
			level = e.ConfLevel
			points = append(points, p)
		}
	}
	slices.SortStableFunc(points, func(a, b eventPoint) int { return a.time - b.time })
	if len(points) == 0 {
		return points, ratios, level, false
	}
	if k, ok := missingReference(r, points); ok {
		null := 0.0
		if ratios {
			null = 1
		}
		points = append(points, eventPoint{time: k, at: null, low: math.NaN(), high: math.NaN(), reference: true})
		slices.SortStableFunc(points, func(a, b eventPoint) int { return a.time - b.time })
		reference = true
	}
	return points, ratios, level, reference
}

// missingReference is the period that has no effect because others are
// measured from it: -1, or the one gap before the start.
func missingReference(r *analysis.Result, points []eventPoint) (int, bool) {
	for _, e := range r.Estimates {
		if strings.HasPrefix(e.Term, "dynamic:") {
			return 0, false
		}
	}
	have := map[int]bool{}
	for _, p := range points {
		have[p.time] = true
	}
	for _, e := range r.Estimates { // withheld ones too
		if k, err := strconv.Atoi(strings.TrimPrefix(e.Term, "event:")); err == nil && e.By == "" {
			have[k] = true
		}
	}
	if !have[-1] {
		return -1, true
	}
	for k := -2; k >= points[0].time; k-- {
		if !have[k] {
			return k, true
		}
	}
	return 0, false
}

func preTrend(r *analysis.Result) string {
	for _, t := range r.Tests {
		if t.Name == "pre_trends" && t.By == "" && t.PValue != nil {
			test := "Joint test of the periods before the start"
			if strings.HasPrefix(t.How, "straight") {
				test = "Test of a straight difference in trends before the start"
			}
			return test + ": p = " + strings.TrimPrefix(pText(t.PValue), "=") + ". A test that does not reject does not show that the trends were parallel."
		}
	}
	return ""
}

func eventAlt(points []eventPoint, null float64, ratios bool, level float64) string {
	before, after := span(points, false), span(points, true)
	say := func(x float64) string {
		if ratios {
			return ratioText(x)
		}
		return number(x, decimalsOf(points))
	}
	excluded := 0
	n := 0
	for _, p := range points {
		if p.time >= 0 && !p.reference {
			n++
			if p.low > null || p.high < null {
				excluded++
			}
		}
	}
	what := "differences"
	if ratios {
		what = "rate ratios"
	}
	text := fmt.Sprintf("Event study. Before the start the %s lie between %s and %s; from the start on between %s and %s.",
		what, say(before[0]), say(before[1]), say(after[0]), say(after[1]))
	return text + fmt.Sprintf(" The %s confidence interval leaves out no difference in %d of %d periods from the start on.", levelPercent(level), excluded, n)
}

func decimalsOf(points []eventPoint) int {
	largest := 0.0
	for _, p := range points {
		largest = max(largest, math.Abs(p.at))
	}
	if largest == 0 {
		return 1
	}
	return min(max(1-int(math.Floor(math.Log10(largest))), 0), 6)
}

func span(points []eventPoint, after bool) [2]float64 {
	out := [2]float64{math.Inf(1), math.Inf(-1)}
	for _, p := range points {
		if (p.time >= 0) == after && !p.reference {
			out[0], out[1] = min(out[0], p.at), max(out[1], p.at)
		}
	}
	for i := range out {
		if math.IsInf(out[i], 0) {
			out[i] = math.NaN()
		}
	}
	return out
}

func titleOr(r *analysis.Result, fallback string) string {
	if r.Title != "" {
		return r.Title
	}
	return fallback
}
