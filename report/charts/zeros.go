package charts

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// counts are how many rows had 0, 1, 2, … events, observed and as models
// expect: curves of a floor result whose names end in observed, poisson and
// negbin (x the count, y the number of rows).
type counts struct {
	observed, poisson, negbin []float64
}

func countsOf(r *analysis.Result) counts {
	var c counts
	for _, curve := range r.Curves {
		if curve.By != "" {
			continue
		}
		var into *[]float64
		switch name := strings.ToLower(curve.Name); {
		case strings.Contains(name, "observed"):
			into = &c.observed
		case strings.Contains(name, "zi") && strings.Contains(name, "negbin"):
			continue
		case strings.Contains(name, "negbin"), strings.Contains(name, "negative"):
			into = &c.negbin
		case strings.Contains(name, "poisson"):
			into = &c.poisson
		default:
			continue
		}
		for i := range curve.X {
			k := int(value(curve.X[i]))
			for len(*into) <= k {
				*into = append(*into, 0)
			}
			(*into)[k] = value(curve.Y[i])
		}
	}
	return c
}

// Zeros draws how many rows had no event, one, two and more, beside what the
// Poisson and the negative binomial expect. With hanging it is a rootogram:
// bars hang from the negative binomial curve on a square-root scale, and a bar
// that does not reach zero, or passes it, is misfit.
func Zeros(r *analysis.Result, hanging bool) (*report.Figure, error) {
	c := countsOf(r)
	if len(c.observed) == 0 {
		return zeroBars(r)
	}
	last := lastCount(c)
	f := &report.Figure{Name: "zeros", Title: questionOf(r) + "events per school and period", Source: source(r),
		Y: report.Axis{Label: "Rows", Zero: true}, X: report.Axis{Label: "Events in a row"}}
	f.Data = analysis.Table{Name: f.Name, Columns: columns("events", "observed", "expected_poisson", "expected_negbin")}
	observed := report.Series{Name: "Observed", Role: report.Context, Form: report.BarForm}
	poisson := report.Series{Name: "Expected, Poisson", Role: report.Fourth, Form: report.LineForm}
	negbin := report.Series{Name: "Expected, negative binomial", Role: report.Third, Form: report.LineForm}
	total := 0.0
	for k := 0; k <= last; k++ {
		name := number(float64(k), 0)
		o, p, n := tail(c.observed, k, last), tail(c.poisson, k, last), tail(c.negbin, k, last)
		if k == last {
			name += "+"
		}
		f.X.Categories = append(f.X.Categories, name)
		x := float64(k)
		observed.X, observed.Y = append(observed.X, x), append(observed.Y, o)
		if len(c.poisson) > 0 {
			poisson.X, poisson.Y = append(poisson.X, x), append(poisson.Y, p)
		}
		if len(c.negbin) > 0 {
			negbin.X, negbin.Y = append(negbin.X, x), append(negbin.Y, n)
		}
		total += o
		f.Data.Rows = append(f.Data.Rows, []analysis.Cell{text(name), num(o), num(p), num(n)})
	}
	share := observed.Y[0] / total
	panel := report.Panel{}
	if hanging && len(negbin.X) > 0 {
		f.Name = "rootogram"
		f.Y = report.Axis{Label: "Rows, square-root scale", Root: true, Zero: true}
		f.Subtitle = "Hanging rootogram: bars hang from the expected curve; one that ends off zero is misfit"
		hang := report.Series{Name: "Observed", Role: report.Context, Form: report.HangForm, X: observed.X, Y: negbin.Y}
		lowest := 0.0
		for i := range observed.Y {
			root := math.Sqrt(negbin.Y[i]) - math.Sqrt(observed.Y[i])
			low := math.Copysign(root*root, root)
			lowest = min(lowest, low)
			hang.Low = append(hang.Low, low)
		}
		f.Y.Min = &lowest
		panel.Series = []report.Series{hang, negbin}
	} else {
		f.Subtitle = fmt.Sprintf("Rows (a school in a period) by number of events; %s%% have none", number(100*share, 0))
		panel.Series = []report.Series{observed}
		if len(poisson.X) > 0 {
			panel.Series = append(panel.Series, poisson)
		}
		if len(negbin.X) > 0 {
			panel.Series = append(panel.Series, negbin)
		}
	}
	f.Panels = []report.Panel{panel}
	f.Alt = zerosAlt(share, total, c)
	return f, nil
}

// questionOf is what a floor result is about, without its verdict.
func questionOf(r *analysis.Result) string {
	i := strings.LastIndex(r.Title, ": ")
	if i < 0 {
		return "Floor: "
	}
	return r.Title[:i] + ": "
}

func zerosAlt(share, total float64, c counts) string {
	text := fmt.Sprintf("%s%% of %s rows had no event.", number(100*share, 0), number(total, 0))
	var expected []string
	if len(c.poisson) > 0 {
		expected = append(expected, fmt.Sprintf("a Poisson model expects %s%%", number(100*c.poisson[0]/total, 0)))
	}
	if len(c.negbin) > 0 {
		expected = append(expected, fmt.Sprintf("a negative binomial %s%%", number(100*c.negbin[0]/total, 0)))
	}
	if len(expected) > 0 {
		text += " " + strings.ToUpper(expected[0][:1]) + expected[0][1:]
		if len(expected) > 1 {
			text += ", " + expected[1]
		}
		text += "."
	}
	return text
}

// lastCount is the count from which rows are drawn together: few have more.
func lastCount(c counts) int {
	total := 0.0
	for _, n := range c.observed {
		total += n
	}
	more := total
	last := 1
	for k, n := range c.observed {
		more -= n
		last = k + 1
		if more <= 0.005*total || k >= 18 {
			break
		}
	}
	return max(last, 2)
}

// tail is the number of rows with k events, or with at least last ones.
func tail(n []float64, k, last int) float64 {
	if k < last {
		if k < len(n) {
			return n[k]
		}
		return 0
	}
	sum := 0.0
	for i := k; i < len(n); i++ {
		sum += n[i]
	}
	return sum
}

// zeroBars draws the numbers of zero rows alone, where the result has no
// distribution of counts.
func zeroBars(r *analysis.Result) (*report.Figure, error) {
	f := &report.Figure{Name: "zeros", Title: questionOf(r) + "rows without any event", Source: source(r),
		Subtitle: "Rows (a school in a period) without any event: observed, and expected by models",
		Y:        report.Axis{Zero: true}}
	s := report.Series{Name: "zeros", Role: report.Context, Form: report.BarForm, Quiet: true}
	f.Data = analysis.Table{Name: f.Name, Columns: columns("quantity", "rows")}
	var said []string
	for _, q := range []struct{ check, label string }{
		{"zeros_observed", "Observed"}, {"zeros_expected_poisson", "Poisson"}, {"zeros_expected_negbin", "Negative binomial"},
	} {
		for _, c := range r.Checks {
			if c.Name != q.check || c.Value == nil || c.By != "" {
				continue
			}
			s.X, s.Y = append(s.X, float64(len(f.X.Categories))), append(s.Y, *c.Value)
			s.Labels = append(s.Labels, number(*c.Value, 0))
			f.X.Categories = append(f.X.Categories, q.label)
			f.Data.Rows = append(f.Data.Rows, []analysis.Cell{text(q.label), num(*c.Value)})
			said = append(said, fmt.Sprintf("%s %s", strings.ToLower(q.label), number(*c.Value, 0)))
		}
	}
	if len(s.X) == 0 && slices.ContainsFunc(r.Notes, func(n analysis.Note) bool { return n.Code == "withheld" && n.By == "" }) {
		return nil, analysis.NotEstimablef("counts behind it are too small to be shown")
	}
	if len(s.X) == 0 {
		return nil, analysis.NotEstimablef("the result has no counts of zeros; use swis floor")
	}
	f.Panels = []report.Panel{{Series: []report.Series{s}}}
	f.Alt = "Rows without any event: " + strings.Join(said, ", ") + "."
	return f, nil
}
