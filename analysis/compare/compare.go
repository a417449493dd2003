// Package compare puts finished analyses side by side: information criteria,
// likelihood ratios where one model is nested in another, and the estimate of
// the same term under each.
package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/distribution"
)

// Named is a finished analysis with what to call it.
type Named struct {
	Name   string // e.g. the file it was read from
	Result *analysis.Result
}

// fit is what a comparison needs to know of one analysis.
type fit struct {
	Named
	formula    string
	criterion  string // "ML", "REML" or ""
	fixed      []string
	random     []string
	logLik     float64 // NaN where the analysis has none
	parameters float64 // from AIC = 2k - 2 log-likelihood
}

// SideBySide compares analyses. term is the coefficient to show; "" takes the
// only one that all share, an interaction before a main effect.
func SideBySide(list []Named, term string) (*analysis.Result, error) {
	if len(list) < 2 {
		return nil, analysis.Unsupportedf("a comparison needs at least two results; %d given", len(list))
	}
	fits := make([]fit, len(list))
	for i, n := range list {
		fits[i] = read(n)
	}
	shared := term
	if term == "" {
		shared = sharedTerm(fits)
	} else if !slices.ContainsFunc(list, func(n Named) bool { return n.Result.Find(term) != nil }) {
		return nil, analysis.Unsupportedf("no result has the term %q", term)
	}
	r := &analysis.Result{Schema: analysis.SchemaName, Title: "Models side by side", Notes: []analysis.Note{},
		Method: analysis.Method{Name: "Comparison of fits", Formula: "LR = 2 (log-likelihood of the larger - of the smaller), chi-squared on the difference in parameters",
			Conventions: []string{"AIC = 2k - 2 log-likelihood, BIC = k log n - 2 log-likelihood, k counts variances and dispersions", "REML fits are compared only where their fixed effects are the same"}}}
	if shared != "" {
		r.Subtitle = "estimate of " + shared + " under each"
	}
	r.Fit = analysis.Fit{Status: analysis.Exact, NObs: list[0].Result.Fit.NObs}
	data(r, fits)
	ratios(r, fits)
	sideTable(r, fits)
	for _, f := range fits {
		if f.Result.Fit.Status == analysis.NotConverged {
			r.Note("not_converged", f.Name+" did not converge: its line is not to be quoted")
		}
		if e := find(f, shared); e != nil {
			one := *e
			one.By = f.Name
			r.Estimates = append(r.Estimates, one)
		}
	}
	return r, nil
}

func find(f fit, term string) *analysis.Estimate {
	if term == "" {
		return nil
	}
	return f.Result.Find(term)
}

func read(n Named) fit {
	f := fit{Named: n, logLik: math.NaN(), parameters: math.NaN()}
	for _, argument := range n.Result.Provenance.Command {
		if text, ok := strings.CutPrefix(argument, "--formula="); ok {
			f.formula = text
		}
	}
	if f.formula == "" {
		f.formula = n.Result.Method.Name
	}
	for _, e := range n.Result.Estimates {
		if e.Estimate != nil && e.By == "" {
			f.fixed = append(f.fixed, string(e.Part)+"/"+e.Term)
		}
	}
	for _, e := range n.Result.RandomEffects {
		if e.By == "" {
			f.random = append(f.random, string(e.Part)+"/"+e.Group+"/"+e.Term+"/"+e.With)
		}
	}
	record := n.Result.Fit
	if record.LogLik != nil {
		f.logLik = *record.LogLik
		f.criterion = "ML"
		if record.REMLCriterion != nil {
			f.criterion = "REML"
		}
	}
	if record.AIC != nil {
		f.parameters = math.Round((*record.AIC + 2*f.logLik) / 2)
	}
	return f
}

// sharedTerm is the term to show: of those that all fits have, the first with
// most colons, the intercept aside.
func sharedTerm(fits []fit) string {
	best, depth := "", -1
	for _, e := range fits[0].Result.Estimates {
		if e.Term == "(Intercept)" || e.Part == analysis.ZeroPart || e.By != "" || e.Estimate == nil {
			continue
		}
		everywhere := !slices.ContainsFunc(fits, func(f fit) bool { return f.Result.Find(e.Term) == nil })
		if everywhere && strings.Count(e.Term, ":") > depth {
			best, depth = e.Term, strings.Count(e.Term, ":")
		}
	}
	return best
}

// data says whether the fits are of the same rows.
func data(r *analysis.Result, fits []fit) {
	first := fits[0].Result
	for _, f := range fits[1:] {
		if f.Result.Fit.NObs != first.Fit.NObs {
			r.Note("different_rows", fmt.Sprintf("%s uses %d rows and %s %d: their criteria cannot be compared", fits[0].Name, first.Fit.NObs, f.Name, f.Result.Fit.NObs))
		}
		if a, b := first.Provenance.Inputs, f.Result.Provenance.Inputs; len(a) > 0 && len(b) > 0 && a[0].SHA256 != b[0].SHA256 {
			r.Note("different_data", fmt.Sprintf("%s and %s were made from different files", fits[0].Name, f.Name))
		}
		if scale(first) != scale(f.Result) {
			r.Note("different_scales", fmt.Sprintf("%s and %s are on different scales: their estimates are not the same quantity", fits[0].Name, f.Name))
		}
	}
}

func scale(r *analysis.Result) analysis.Scale {
	if len(r.Estimates) == 0 {
		return ""
	}
	return r.Estimates[0].Scale
}

// ratios adds the likelihood-ratio test of each model against the largest one
// nested in it.
func ratios(r *analysis.Result, fits []fit) {
	refused := false
	for i, large := range fits {
		best := -1
		for j, small := range fits {
			switch {
			case i == j || !nested(small, large):
			case large.criterion == "REML" && !slices.Equal(sorted(small.fixed), sorted(large.fixed)):
				refused = true
			case best < 0 || small.parameters > fits[best].parameters:
				best = j
			}
		}
		if best < 0 {
			continue
		}
		small := fits[best]
		statistic := max(0, 2*(large.logLik-small.logLik))
		df := large.parameters - small.parameters
		how := "likelihood ratio, " + large.criterion
		if len(large.random) > len(small.random) {
			how += "; a variance of zero is at the edge of its range, so that p is too large (conservative)"
		}
		r.Tests = append(r.Tests, analysis.Test{Name: "likelihood_ratio:" + small.Name + ":" + large.Name, Label: large.Name + " against " + small.Name,
			Statistic: analysis.Num(statistic), DF1: analysis.Num(df), PValue: analysis.Num(distribution.ChiSquaredUpper(statistic, df)), How: how})
	}
	if refused {
		r.Note("reml", "REML likelihoods of models with different fixed effects cannot be compared: fit them with --method ml")
	}
}

// nested says whether small is a special case of large: the same kind of model
// of the same rows, with fewer terms.
func nested(small, large fit) bool {
	a, b := small.Result, large.Result
	if math.IsNaN(small.parameters) || math.IsNaN(large.parameters) || small.parameters >= large.parameters {
		return false
	}
	if a.Method.Name != b.Method.Name || a.Fit.NObs != b.Fit.NObs || small.criterion != large.criterion || outcome(small) != outcome(large) {
		return false
	}
	if x, y := a.Provenance.Inputs, b.Provenance.Inputs; len(x) > 0 && len(y) > 0 && x[0].SHA256 != y[0].SHA256 {
		return false
	}
	return subset(small.fixed, large.fixed) && subset(small.random, large.random)
}

func outcome(f fit) string {
	left, _, _ := strings.Cut(f.formula, "~")
	return strings.TrimSpace(left)
}

func subset(a, b []string) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// sideTable is one line a fit.
func sideTable(r *analysis.Result, fits []fit) {
	t := analysis.Table{Name: "comparison", Columns: []analysis.Column{
		{Name: "fit", Label: "fit", Format: analysis.Text}, {Name: "model", Label: "model", Format: analysis.Text},
		{Name: "n_obs", Label: "rows", Format: analysis.Count}, {Name: "parameters", Label: "parameters", Format: analysis.Count},
		{Name: "log_lik", Label: "log-likelihood"}, {Name: "aic", Label: "AIC"}, {Name: "delta_aic", Label: "above the lowest AIC"}, {Name: "bic", Label: "BIC"},
	}}
	lowest := math.Inf(1)
	comparable := true
	for _, f := range fits {
		if a := f.Result.Fit.AIC; a != nil {
			lowest = min(lowest, *a)
		}
		comparable = comparable && f.Result.Fit.NObs == fits[0].Result.Fit.NObs && f.criterion == fits[0].criterion && outcome(f) == outcome(fits[0]) &&
			(f.criterion != "REML" || slices.Equal(sorted(f.fixed), sorted(fits[0].fixed)))
	}
	if !comparable {
		r.Note("aic", "AIC differs in meaning between these fits (rows, outcome, criterion, or the fixed effects of REML fits differ): compare within the same only")
	}
	for _, f := range fits {
		record := f.Result.Fit
		var delta analysis.Number
		if record.AIC != nil && comparable {
			delta = analysis.Num(*record.AIC - lowest)
		}
		row := []analysis.Cell{{Text: f.Name}, {Text: f.formula}, {Value: analysis.Num(float64(record.NObs))}, {Value: analysis.Num(f.parameters)},
			{Value: record.LogLik}, {Value: record.AIC}, {Value: delta}, {Value: record.BIC}}
		t.Rows = append(t.Rows, row)
	}
	r.Tables = append(r.Tables, t)
}
