package glm

import (
	"context"
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/formula"
	"swis/analysis/infer"
)

// result names the numbers of a fit.
func (m Model) result(ctx context.Context, d *formula.Design, f *family, fit *fitted) (*analysis.Result, error) {
	r := &analysis.Result{
		Title:    fmt.Sprintf("%s: %s", d.Response.Name, f.title),
		Subtitle: m.subtitle(f, d),
		Method:   m.Method(),
		Notes:    d.Notes,
	}
	if d.DroppedRows() > 0 {
		r.Note("rows_dropped", d.DropSentence())
	}
	clusters, err := clusterings(d, m.Inference.Clusters)
	if err != nil {
		return nil, err
	}
	variance, err := m.variance(fit, clusters)
	if err != nil {
		return nil, err
	}
	for j, name := range d.Fixed.Names {
		one := m.estimate(f, fit, variance, j, name)
		c := &contrast{Model: m, name: name, j: j, at: fit.at(j), d: d, f: f, fit: fit, clusters: clusters, result: r}
		one.Redraws = c.resampler
		r.Estimates = append(r.Estimates, one)
	}
	m.differences(r, d, f, fit, variance)
	var units []int32
	if len(clusters) > 0 {
		units = clusters[0].Index
	}
	r.Margins = append(r.Margins, d.Margins(units))
	r.Fit = m.record(d, f, fit, clusters)
	if t := modelTest(d, f, fit); t != nil {
		r.Tests = append(r.Tests, *t)
	}
	m.notes(r, d, f, fit, variance, clusters)
	if kind := m.kind(); kind.Clustered() && (variance != nil || fit.sandwich != nil) {
		for _, c := range clusters {
			if err := infer.ReportLone(r, d, &formula.Group{Name: c.Name, Levels: c.Levels, Index: c.Index}); err != nil {
				return nil, err
			}
		}
	}
	if err := m.adjust(ctx, r, d, f, fit, clusters); err != nil {
		return nil, err
	}
	if m.Inference.Resamples() {
		if err := m.resample(ctx, r, d, f, fit, clusters); err != nil {
			return nil, err
		}
	}
	r.Summary = m.summary(r, f)
	return r, nil
}

func (m Model) subtitle(f *family, d *formula.Design) string {
	s := d.Text
	if m.Exposure != "" {
		s += ", exposure " + m.Exposure
	}
	if m.Weights != "" {
		s += ", weights " + m.Weights
	}
	return s
}

func clusterings(d *formula.Design, columns []string) ([]infer.Clusters, error) {
	out := make([]infer.Clusters, len(columns))
	for i, c := range columns {
		g, err := d.Group(c)
		if err != nil {
			return nil, err
		}
		out[i] = infer.Clusters{Name: c, Levels: g.Levels, Index: g.Index}
	}
	return out, nil
}

// variance is that of the kept coefficients. With --inference all, without
// another wish, it is the default for the clusters.
func (m Model) variance(fit *fitted, clusters []infer.Clusters) (*infer.Variance, error) {
	kind := m.kind()
	if fit.working.Residual == nil {
		return nil, m.censored(fit, clusters) // its variance stands in fit.inverse
	}
	w := fit.working
	if kind == infer.IID {
		w.Normal = math.IsInf(fit.df, 1)
		clusters = nil
	}
	if !kind.Clustered() {
		clusters = nil
	}
	if fit.infinite != nil && kind.Adjusted() {
		// The rows that remain are what the estimate rests on.
		return w.Variance(kind, clusters...)
	}
	return w.Variance(kind, clusters...)
}

// censored puts the sandwich that is asked for in the place of the inverse
// information of a tobit.
func (m Model) censored(fit *fitted, clusters []infer.Clusters) error {
	switch kind := m.kind(); {
	case kind == infer.IID:
	case !kind.Clustered():
		fit.inverse = fit.sandwich(kind, nil)
	case len(clusters[0].Levels) < 2:
		return analysis.NotEstimablef("the rows lie in one %s only; a cluster-robust variance needs at least two clusters", clusters[0].Name)
	default:
		fit.inverse = fit.sandwich(kind, &clusters[0])
	}
	return nil
}

func (m Model) estimate(f *family, fit *fitted, v *infer.Variance, j int, name string) analysis.Estimate {
	nan := math.NaN()
	if !fit.finite(j) {
		return infer.Wald(name, nan, nan, nan, m.Inference.Level, f.scale)
	}
	i := fit.at(j)
	var se, df float64
	how := "z, observed information"
	if kind := m.kind(); v == nil && kind != infer.IID {
		how = "z, " + kind.Words(m.Inference.Clusters) + ": scores around the observed information"
	}
	if v == nil {
		se, df = math.Sqrt(fit.inverse[i*len(fit.kept)+i]), fit.df
	} else {
		c := v.Unit(i)
		se, df = math.Sqrt(max(v.Of(c), 0)), v.DF(c)
		if v.Kind == infer.IID && f.name == "gaussian" {
			// least squares keeps its own, more accurate inverse
			se = fit.sigma * math.Sqrt(fit.inverse[i*len(fit.kept)+i])
		}
		how = v.How(df, m.Inference.Clusters)
	}
	e := infer.Wald(name, fit.coef[j], se, df, m.Inference.Level, f.scale)
	e.How = how
	if name != "(Intercept)" {
		e.Estimand = f.effect + " for one unit more of the term, other terms held fixed"
	}
	return e
}

// record fills the fit; AIC counts the coefficients and every other estimated
// parameter.
func (m Model) record(d *formula.Design, f *family, fit *fitted, clusters []infer.Clusters) analysis.Fit {
	n := float64(d.N())
	k := float64(len(fit.kept) + f.extra)
	if f.name == "negbin" && math.IsInf(fit.theta, 1) {
		k--
	}
	out := analysis.Fit{
		NObs: d.N(), NDropped: d.DroppedRows(), Status: fit.status, Iterations: fit.iterations, Gradient: analysis.Num(fit.gradient),
		LogLik: analysis.Num(fit.logLik), Deviance: analysis.Num(fit.deviance),
		AIC: analysis.Num(2*k - 2*fit.logLik), BIC: analysis.Num(math.Log(n)*k - 2*fit.logLik),
		Sigma: analysis.Num(fit.sigma), Theta: analysis.Num(fit.theta),
	}
	if f.dispersed {
		out.Dispersion = analysis.Num(fit.dispersion)
	}
	if len(clusters) > 0 {
		out.NGroups = map[string]int{}
		for _, c := range clusters {
			out.NGroups[c.Name] = len(c.Levels)
		}
	}
	return out
}

// modelTest compares the model with its intercept alone: F for gaussian,
// likelihood ratio for the others that have a likelihood.
func modelTest(d *formula.Design, f *family, fit *fitted) *analysis.Test {
	q := float64(len(fit.kept) - 1)
	if !d.Fixed.Intercept || q < 1 {
		return nil
	}
	if f.name == "gaussian" {
		rss, total := fit.deviance, totalSquares(d)
		statistic := (total - rss) / q / (rss / fit.df)
		return &analysis.Test{Name: "model", Label: "all terms but the intercept", Statistic: analysis.Num(statistic), DF1: analysis.Num(q), DF2: analysis.Num(fit.df),
			PValue: analysis.Num(distribution.FUpper(statistic, q, fit.df)), How: "F against the model with an intercept only, independent rows"}
	}
	if fit.nullLogLik == nil {
		return nil
	}
	statistic := 2 * (fit.logLik - fit.nullLogLik())
	return &analysis.Test{Name: "model", Label: "all terms but the intercept", Statistic: analysis.Num(statistic), DF1: analysis.Num(q),
		PValue: analysis.Num(distribution.ChiSquaredUpper(statistic, q)), How: "likelihood ratio against the model with an intercept only, independent rows"}
}

// totalSquares is the weighted sum of squares about the weighted mean, in two
// passes.
func totalSquares(d *formula.Design) float64 {
	at := func(i int) (y, w float64) {
		y, w = d.Response.Y[i], 1
		if d.Offset != nil {
			y -= d.Offset[i]
		}
		if d.Weights != nil {
			w = d.Weights[i]
		}
		return
	}
	sum, weight := 0.0, 0.0
	for i := range d.Response.Y {
		y, w := at(i)
		sum += w * y
		weight += w
	}
	mean := sum / weight
	first, square := 0.0, 0.0
	for i := range d.Response.Y {
		y, w := at(i)
		first += w * (y - mean)
		square += w * (y - mean) * (y - mean)
	}
	return square - first*first/weight
}

func (m Model) notes(r *analysis.Result, d *formula.Design, f *family, fit *fitted, v *infer.Variance, clusters []infer.Clusters) {
	for j, name := range d.Fixed.Names {
		switch {
		case fit.aliased[j]:
			r.Notes = append(r.Notes, analysis.Note{Code: "collinear", Term: name, Text: name + " is determined by earlier terms, so it has no coefficient; leave one of them out"})
		case fit.infinite != nil && fit.infinite[j]:
			r.Notes = append(r.Notes, analysis.Note{Code: "separated", Term: name, Text: fmt.Sprintf("%s has no finite coefficient: the outcome does not vary on one side of it (separation). The other numbers are the limit; use --permute or swis floor for this term", name)})
		case fit.near != nil && fit.near[j]:
			r.Notes = append(r.Notes, analysis.Note{Code: "nearly_collinear", Term: name, Text: name + " is nearly determined by earlier terms; its coefficient has lost digits and means little"})
		}
	}
	if v != nil && v.Repaired {
		r.Note("variance_repaired", "the two-way clustered variance was not positive semidefinite; its negative eigenvalues were set to zero, so use a one-way variance if this term decides")
	}
	if v != nil && v.Kind.Clustered() && !v.Kind.Adjusted() {
		for i, g := range v.Groups {
			if g < 40 {
				r.Note("few_clusters", fmt.Sprintf("%s with %d clusters (%s) is too narrow as a rule; cr2, or --bootstrap wild, is safer below about 40", strings.ToUpper(string(v.Kind)), g, clusters[i].Name))
			}
		}
	}
	if v != nil && v.Kind.Adjusted() {
		for _, e := range r.Estimates {
			if e.DF != nil && *e.DF < 4 && e.Term != "(Intercept)" {
				r.Notes = append(r.Notes, analysis.Note{Code: "few_degrees_of_freedom", Term: e.Term, Text: fmt.Sprintf("%s rests on %.1f degrees of freedom; below 4 the t approximation is poor, so look at --permute", e.Term, *e.DF)})
			}
		}
	}
	if f.name == "negbin" && math.IsInf(fit.theta, 1) {
		r.Note("no_overdispersion", "the counts vary no more than a Poisson's, so theta is infinite and the fit is the Poisson one")
	}
	if f.name == "poisson" && v != nil && v.Kind == infer.IID && fit.start != nil {
		n := float64(d.N() - len(fit.kept))
		if n > 0 && fit.start.Pearson/n > 1.5 {
			r.Note("overdispersed", fmt.Sprintf("the counts vary %.1f times as much as a Poisson's, so these standard errors are too small; use negbin, quasipoisson or a robust --vcov", fit.start.Pearson/n))
		}
	}
}

// summary says the asked term, or the only one, in a sentence.
func (m Model) summary(r *analysis.Result, f *family) []string {
	var e *analysis.Estimate
	if m.Inference.Term != "" {
		e = r.Find(m.Inference.Term)
	} else {
		for i := range r.Estimates {
			if r.Estimates[i].Term == "(Intercept)" {
				continue
			}
			if e != nil {
				return nil
			}
			e = &r.Estimates[i]
		}
	}
	if e == nil || e.Estimate == nil || e.ConfLow == nil || e.PValue == nil {
		return nil
	}
	value, low, high := *e.Estimate, *e.ConfLow, *e.ConfHigh
	word := "difference"
	if e.Ratio != nil && e.RatioLow != nil {
		value, low, high, word = *e.Ratio, *e.RatioLow, *e.RatioHigh, f.effect
		if m.Exposure != "" {
			word = "rate ratio"
		}
	}
	return []string{fmt.Sprintf("%s: %s %.3g (%g%% interval %.3g to %.3g; p = %.2g).", e.Term, word, value, 100*e.ConfLevel, low, high, *e.PValue)}
}
