package charts

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// smdPrefixes are the names of standardised differences: of all candidate
// schools, and after matching or assignment.
var smdPrefixes = []string{"smd:", "smd_before:", "smd_after:"}

// Balance draws the standardised differences of baseline columns: those of the
// result, and those after matching where a second result is given.
func Balance(before, after *analysis.Result) (*report.Figure, error) {
	names, first, second := differences(before, after)
	if len(names) == 0 {
		return nil, analysis.NotEstimablef("the result has no standardised differences; use swis describe --treated ARM or swis assign")
	}
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	size := func(i int) float64 {
		if !math.IsNaN(first[i]) {
			return math.Abs(first[i])
		}
		return math.Abs(second[i])
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := size(a), size(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	f := &report.Figure{Name: "balance", Title: "Baseline balance between the arms", Source: source(before),
		Subtitle: "Standardised difference: intervention minus comparison, in standard deviations; dashed: 0.1",
		X:        report.Axis{Label: "Standardised difference", Signed: true}}
	f.Data = analysis.Table{Name: f.Name, Columns: columns("covariate", "before", "after")}
	a := report.Series{Name: "Before matching", Role: report.Fourth, Form: report.PointForm}
	b := report.Series{Name: "After matching", Role: report.Third, Form: report.PointForm}
	twice := false
	over, overAfter := 0, 0
	lowest, highest := -0.25, 0.25
	f.X.Min, f.X.Max = &lowest, &highest
	for row, i := range order {
		f.Y.Categories = append(f.Y.Categories, covariateLabel(names[i]))
		a.X, a.Y = append(a.X, first[i]), append(a.Y, float64(row))
		f.Data.Rows = append(f.Data.Rows, []analysis.Cell{text(names[i]), num(first[i]), num(second[i])})
		if math.Abs(first[i]) > 0.1 {
			over++
		}
		if !math.IsNaN(second[i]) {
			twice = true
			b.X, b.Y = append(b.X, second[i]), append(b.Y, float64(row))
			if math.Abs(second[i]) > 0.1 {
				overAfter++
			}
		}
	}
	panel := report.Panel{Lines: []report.ReferenceLine{{Vertical: true, At: 0, Strong: true},
		{Vertical: true, At: -0.1, Dashed: true}, {Vertical: true, At: 0.1, Dashed: true}}}
	if twice {
		a.Open = make([]bool, len(a.X))
		for i := range a.Open {
			a.Open[i] = true
		}
		panel.Series = []report.Series{a, b}
		f.Alt = fmt.Sprintf("Standardised differences of %d baseline columns. Before matching %d are beyond 0.1 standard deviations, after it %d.", len(names), over, overAfter)
	} else {
		a.Role, a.Quiet = report.Intervention, true
		panel.Series = []report.Series{a}
		f.Alt = fmt.Sprintf("Standardised differences of %d baseline columns between the arms; %d are beyond 0.1 standard deviations, the largest is %s (%s).",
			len(names), over, signedText(first[order[0]]), names[order[0]])
	}
	f.Panels = []report.Panel{panel}
	f.Height = max(60, 40+5.4*float64(len(names)))
	return f, nil
}

func covariateLabel(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "=", ": "), "_", " ")
}

func signedText(x float64) string {
	if x > 0 {
		return "+" + number(x, 2)
	}
	return number(x, 2)
}

// differences collects standardised differences by covariate.
func differences(before, after *analysis.Result) (names []string, first, second []float64) {
	index := map[string]int{}
	add := func(name string) int {
		i, ok := index[name]
		if !ok {
			i = len(names)
			index[name] = i
			names = append(names, name)
			first, second = append(first, math.NaN()), append(second, math.NaN())
		}
		return i
	}
	read := func(r *analysis.Result, isAfter bool) {
		if r == nil {
			return
		}
		for _, c := range r.Checks {
			for _, prefix := range smdPrefixes {
				name, ok := strings.CutPrefix(c.Name, prefix)
				if !ok || c.Value == nil || c.By != "" {
					continue
				}
				i := add(name)
				if isAfter || prefix == "smd_after:" {
					second[i] = *c.Value
				} else {
					first[i] = *c.Value
				}
			}
		}
	}
	read(before, false)
	read(after, true)
	return names, first, second
}
