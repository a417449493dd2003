package infer

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
)

// methods are the tests of the panel in words, in their order.
var methods = []struct{ name, words string }{
	{"cr1s", "CR1S"}, {"cr2", "CR2, Satterthwaite"}, {"cr3", "CR3, Satterthwaite"}, {"jackknife", "Jackknife (CV3)"},
	{"wild_bootstrap", "Wild cluster bootstrap"}, {"permutation", "Randomisation inference"}, {"cluster_t", "Cluster-level t"},
	{"cluster_t_weighted", "Cluster-level t, weighted"}, {"hayes_moulton", "Hayes & Moulton"},
}

// Step is one or several methods that are computed together.
type Step struct {
	Names  []string // of the tests that it gives
	Run    func(context.Context) error
	Absent string // why a test is left out where there is no error
}

// plannedMark ends the label of the planned method.
const plannedMark = " (planned)"

// NoStrata is why Hayes & Moulton's test of means is not given.
const NoStrata = "for means without --strata it is the cluster-level t"

// All runs every step. A method that is not defined for the contrast stands in
// the result as a test without numbers that says why. It ends early where the
// context does.
func All(ctx context.Context, r *analysis.Result, steps []Step) error {
	for _, step := range steps {
		reason := step.Absent
		if err := step.Run(ctx); err != nil {
			if ctx.Err() != nil {
				return err
			}
			reason = err.Error()
		}
		for _, name := range step.Names {
			if !slices.ContainsFunc(r.Tests, func(t analysis.Test) bool { return t.Name == name && t.By == "" }) {
				NotDefined(r, name, reason)
			}
		}
	}
	return nil
}

// NotDefined adds a method without numbers that says why it has none.
func NotDefined(r *analysis.Result, name, reason string) {
	r.Tests = append(r.Tests, analysis.Test{Name: name, How: "not given: " + reason})
}

// Panel puts the tests of a term side by side, marks the planned one, and says
// in a sentence whether they disagree and what about these data makes them. It
// takes the place of an earlier panel.
func Panel(r *analysis.Result, term string, o Options) {
	r.Tables = slices.DeleteFunc(r.Tables, func(t analysis.Table) bool { return t.Name == "inference" })
	r.Notes = slices.DeleteFunc(r.Notes, func(n analysis.Note) bool { return n.Code == "methods_agree" || n.Code == "methods_disagree" })
	planned := string(o.Choose())
	for _, t := range r.Tests {
		if strings.HasSuffix(t.Label, plannedMark) && t.By == "" {
			planned = t.Name // by an earlier panel, which knew the clusters in use
		}
	}
	t := analysis.Table{Name: "inference", Title: term + " under every method", Columns: []analysis.Column{
		{Name: "method", Label: "Method", Format: analysis.Text}, {Name: "statistic", Label: "Statistic", Format: analysis.Decimal},
		{Name: "df", Label: "df", Format: analysis.Decimal}, {Name: "p", Label: "p", Format: analysis.PValue},
		{Name: "low", Label: "Low", Format: analysis.Decimal}, {Name: "high", Label: "High", Format: analysis.Decimal},
		{Name: "planned", Label: "", Format: analysis.Text}}}
	p := map[string]float64{}
	var below, above []string
	for _, m := range methods {
		i := slices.IndexFunc(r.Tests, func(t analysis.Test) bool { return t.Name == m.name && t.By == "" })
		if i < 0 {
			continue
		}
		test := &r.Tests[i]
		mark := ""
		test.Label = ""
		if test.Name == planned {
			mark = "planned"
			test.Label = m.words + plannedMark
		}
		if test.PValue == nil {
			if !strings.HasPrefix(test.How, "not given") {
				test.How = "not given: the values do not vary, so there is no standard error (" + test.How + ")"
			}
			t.Rows = append(t.Rows, []analysis.Cell{{Text: m.words}, {}, {}, {}, {}, {}, {Text: strings.TrimSpace(mark + " " + test.How)}})
			continue
		}
		t.Rows = append(t.Rows, []analysis.Cell{{Text: m.words}, {Value: test.Statistic}, {Value: test.DF1}, {Value: test.PValue}, {Value: test.ConfLow}, {Value: test.ConfHigh}, {Text: mark}})
		p[m.name] = *test.PValue
		if *test.PValue < 1-o.Level {
			below = append(below, m.words)
		} else {
			above = append(above, m.words)
		}
	}
	r.Tables = append(r.Tables, t)
	limit := fmt.Sprintf("p = %.3g", 1-o.Level)
	switch {
	case len(below)+len(above) == 0:
	case len(below) == 0 || len(above) == 0:
		side := "above"
		if len(above) == 0 {
			side = "below"
		}
		r.Note("methods_agree", fmt.Sprintf("all %d methods put %s %s %s", len(below)+len(above), term, side, limit))
	default:
		r.Note("methods_disagree", fmt.Sprintf("the methods disagree about %s: %s lie below %s, %s do not. %s. Quote the planned one and say so",
			term, strings.Join(below, ", "), limit, strings.Join(above, ", "), strings.Join(why(r, o, p), "; ")))
	}
}

// why says what about the data parts the methods that lie on both sides of the
// limit.
func why(r *analysis.Result, o Options, p map[string]float64) []string {
	limit := 1 - o.Level
	part := func(a, b string) bool { // whether two methods lie on different sides
		x, first := p[a]
		y, second := p[b]
		return first && second && (x < limit) != (y < limit)
	}
	anyPart := func(names []string, others ...string) bool {
		for _, a := range names {
			for _, b := range others {
				if part(a, b) {
					return true
				}
			}
		}
		return false
	}
	value := func(check string) float64 {
		for _, c := range r.Checks {
			if c.Name == check && c.Value != nil && c.By == "" {
				return *c.Value
			}
		}
		return math.NaN()
	}
	robust := []string{"cr1s", "cr2", "cr3", "jackknife"}
	var out []string
	if anyPart([]string{"cr1s"}, "cr2", "cr3", "jackknife") || part("cr2", "cr3") || part("cr2", "jackknife") {
		text := "CR1S takes residuals as they are and is too narrow where clusters are few or unequal, CR3 and the jackknife err on the wide side"
		for _, t := range r.Tests {
			if t.Name == "cr2" && t.DF1 != nil && t.By == "" {
				text += fmt.Sprintf("; CR2 finds %.3g degrees of freedom", *t.DF1)
				if g := r.Fit.NGroups[clusterOf(o)]; g > 0 {
					text += fmt.Sprintf(" in %d clusters", g)
				}
			}
		}
		if share := value("partial_leverage_max"); !math.IsNaN(share) {
			text += fmt.Sprintf(", and one cluster holds %.0f%% of the information", 100*share)
		}
		out = append(out, text)
	}
	if anyPart(robust, "wild_bootstrap", "permutation") {
		text := "the bootstrap and randomisation inference do not take the statistic to follow t"
		if n := value("permutation_schemes"); n < 1/limit*20 {
			text += fmt.Sprintf("; with %.0f possible allocations no p can be below %.2g", n, 1/n)
		}
		out = append(out, text)
	}
	if part("wild_bootstrap", "permutation") {
		out = append(out, "randomisation inference asks whether any outcome was changed, the bootstrap whether the mean was")
	}
	if anyPart([]string{"cluster_t", "cluster_t_weighted", "hayes_moulton"}, append(robust, "wild_bootstrap", "permutation")...) {
		out = append(out, "cluster-level tests count every cluster the same (or by its size), the model by its rows or events")
	}
	if part("cluster_t", "cluster_t_weighted") {
		out = append(out, "large and small clusters differ in what they show")
	}
	if low, high := value("drop_one_min"), value("drop_one_max"); low < 0 && high > 0 {
		out = append(out, "the estimate changes its sign without one cluster")
	}
	if out == nil {
		out = []string{"all lie near the limit"}
	}
	first := []rune(out[0])
	out[0] = strings.ToUpper(string(first[:1])) + string(first[1:])
	return out
}

func clusterOf(o Options) string {
	if len(o.Clusters) == 0 {
		return ""
	}
	return o.Clusters[0]
}
