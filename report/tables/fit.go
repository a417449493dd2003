package tables

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// RandomEffects makes the table of variances, or nil.
func RandomEffects(r *analysis.Result) *report.Table {
	if len(r.RandomEffects) == 0 {
		return nil
	}
	correlated, limits := false, false
	for _, e := range r.RandomEffects {
		correlated = correlated || e.With != ""
		limits = limits || e.SDLow != nil || e.SDHigh != nil
	}
	t := &report.Table{Name: "random_effects", Title: "Variation between groups", Columns: []report.Column{
		{Label: "group"}, {Label: "term"}, {Label: "std deviation", Align: report.Decimal}}}
	if limits {
		t.Columns = append(t.Columns, report.Column{Label: levelLabel(r.Estimates), Align: report.Interval})
	}
	t.Columns = append(t.Columns, report.Column{Label: "variance", Align: report.Decimal})
	if correlated {
		t.Columns = append(t.Columns, report.Column{Label: "correlation", Align: report.Decimal})
	}
	three := func(x analysis.Number) string {
		if x == nil {
			return none
		}
		return significant(*x, 3)
	}
	for _, e := range r.RandomEffects {
		term := e.Term
		if e.With != "" {
			term += " with " + e.With
		}
		if e.By != "" {
			term += ", " + e.By
		}
		cells := []string{e.Group, term}
		if e.With != "" {
			cells = append(cells, "")
			if limits {
				cells = append(cells, "")
			}
			cells = append(cells, "", number(e.Correlation, 2))
		} else {
			cells = append(cells, three(e.SD))
			if limits {
				cells = append(cells, interval(e.SDLow, e.SDHigh, three))
			}
			cells = append(cells, three(e.Variance))
			if correlated {
				cells = append(cells, "")
			}
		}
		t.Rows = append(t.Rows, report.Row{Cells: cells})
	}
	return t
}

// modesShown is the number of conditional modes that a page holds; of more it
// shows the highest and lowest, and the JSON form has all.
const modesShown = 30

// Modes makes the table of conditional modes, or nil.
func Modes(r *analysis.Result) *report.Table {
	if len(r.Effects) == 0 {
		return nil
	}
	t := &report.Table{Name: "effects", Title: "Departures of groups from the average (conditional modes)", Columns: []report.Column{
		{Label: "group"}, {Label: "level"}, {Label: "term"},
		{Label: "departure", Align: report.Decimal}, {Label: "std error", Align: report.Decimal}}}
	list := r.Effects
	if n := len(list); n > modesShown {
		size := func(e analysis.Effect) float64 {
			if e.Estimate == nil {
				return 0
			}
			return *e.Estimate
		}
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b analysis.Effect) int { return cmp.Compare(size(b), size(a)) })
		half := modesShown / 3
		list = append(list[:half:half], list[n-half:]...)
		t.Title += fmt.Sprintf(": the %d highest and %d lowest of %s", half, half, fixed(float64(n), 0))
	}
	for _, e := range list {
		d := estimateDecimals(e.Estimate, e.StdError)
		t.Rows = append(t.Rows, report.Row{Cells: []string{e.Group, e.Level, e.Term, number(e.Estimate, d), number(e.StdError, d)}})
	}
	return t
}

// fitSentence says how many rows and groups entered and how the fit ended.
func fitSentence(r *analysis.Result) string {
	if len(r.Fits) > 0 || r.Fit.NObs == 0 {
		return ""
	}
	f := r.Fit
	if f.Status == analysis.Exact && f.NDropped == 0 && len(f.NGroups) == 0 && len(r.Tables) > 0 {
		return ""
	}
	parts := []string{rows(f)}
	if f.LogLik != nil {
		parts = append(parts, "log-likelihood "+fixed(*f.LogLik, 2))
	}
	if f.REMLCriterion != nil {
		parts = append(parts, "REML criterion "+fixed(*f.REMLCriterion, 2))
	}
	if f.AIC != nil {
		parts = append(parts, "AIC "+fixed(*f.AIC, 1))
	}
	for _, q := range []struct {
		label string
		x     analysis.Number
	}{{"residual std deviation", f.Sigma}, {"dispersion", f.Dispersion}, {"theta", f.Theta}, {"ICC", f.ICC}} {
		if q.x != nil {
			parts = append(parts, q.label+" "+significant(*q.x, 3))
		}
	}
	return strings.Join(parts, "; ") + "." + stateSentence(r)
}

// stateSentence says how an iterative fit ended and what to do, after a space;
// nothing for a closed form and for a fit that did not converge, which a warning of its own
// covers.
func stateSentence(r *analysis.Result) string {
	f := r.Fit
	switch f.Status {
	case analysis.Converged:
		if f.Iterations == 0 {
			return ""
		}
		in := fmt.Sprintf("%d iterations", f.Iterations)
		if f.Iterations == 1 {
			in = "1 iteration"
		}
		advice := "nothing more is needed"
		if len(r.Notes) > 0 {
			advice = "read its numbers with the notes below"
		}
		return fmt.Sprintf(" The fit converged in %s and no estimate is at a limit: %s.", in, advice)
	case analysis.Boundary:
		if slices.ContainsFunc(r.Summary, func(s string) bool { return strings.Contains(s, "boundary") }) {
			return ""
		}
		return " The best fit is at a limit (boundary), such as a variance of zero: an answer, whose numbers are those of the simpler model."
	case analysis.Separated:
		return " An effect is infinite (separated): its row is left empty, and the notes say which and what to do."
	}
	return ""
}

func rows(f analysis.Fit) string {
	text := fixed(float64(f.NObs), 0) + " rows"
	if f.NObs == 1 {
		text = "1 row"
	}
	if f.NDropped > 0 {
		text += " (" + fixed(float64(f.NDropped), 0) + " dropped)"
	}
	groups := slices.SortedFunc(maps.Keys(f.NGroups), func(a, b string) int {
		return cmp.Or(cmp.Compare(f.NGroups[b], f.NGroups[a]), cmp.Compare(a, b))
	})
	for _, group := range groups {
		text += fmt.Sprintf(", %s %s", fixed(float64(f.NGroups[group]), 0), plural(group, f.NGroups[group]))
	}
	return text
}

func plural(word string, n int) string {
	if n == 1 {
		return word
	}
	switch strings.ToLower(word) {
	case "la":
		return "LAs"
	case "school_id", "urn":
		return "schools"
	}
	if strings.ContainsAny(word, ":_/") {
		return "levels of " + word
	}
	if strings.HasSuffix(word, "s") {
		return word
	}
	return word + "s"
}

// refusedFits warns where a fit did not converge: its numbers are not results.
func refusedFits(r *analysis.Result) string {
	if r.Fit.Status == analysis.NotConverged {
		return "NOT CONVERGED: these numbers are not results and must not be quoted."
	}
	for _, f := range r.Fits {
		if f.Status == analysis.NotConverged {
			return "NOT CONVERGED (" + f.By + "): its numbers are not results and must not be quoted."
		}
	}
	return ""
}

// FitsTable makes the table of fits at the levels of --by, or nil.
func FitsTable(r *analysis.Result) *report.Table {
	if len(r.Fits) == 0 {
		return nil
	}
	t := &report.Table{Name: "fits", Title: "Fits", Columns: []report.Column{
		{}, {Label: "rows", Align: report.Decimal}, {Label: "dropped", Align: report.Decimal},
		{Label: "log-likelihood", Align: report.Decimal}, {Label: "status"}}}
	for _, f := range r.Fits {
		by := f.By
		if by == "" {
			by = "all"
		}
		t.Rows = append(t.Rows, report.Row{Cells: []string{by, fixed(float64(f.NObs), 0), fixed(float64(f.NDropped), 0),
			number(f.LogLik, 2), strings.ReplaceAll(string(f.Status), "_", " ")}})
	}
	return t
}
