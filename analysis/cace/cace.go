// Package cace estimates the complier average causal effect: the effect of
// receiving an intervention on those who receive it because they were assigned.
package cace

import (
	"context"
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Effect is two-stage least squares with the assignment as instrument for what
// was received. Estimand: the average effect of receipt among compliers, under
// randomised assignment, no effect of assignment but through receipt
// (exclusion) and nobody who does the opposite of the assignment (monotonicity).
type Effect struct {
	Outcome     string
	Assigned    string // 0/1 column, or two words
	Received    string // 0/1 column, or a dose
	Covariates  []string
	Reference   map[string]string
	Categorical []string
	Inference   infer.Options
}

// Method describes the estimator.
func (e Effect) Method() analysis.Method {
	kind := e.Inference.Choose()
	return analysis.Method{
		Name:     "Complier average causal effect, two-stage least squares",
		Formula:  "b = (U'U)^-1 U'y, U = Z(Z'Z)^-1 Z'X; X holds what was received, Z what was assigned, both the covariates",
		Variance: kind.Words(e.Inference.Clusters),
		Conventions: []string{kind.Convention(true),
			"residuals y - Xb with what was received itself, not its projection; t(N - K) without clusters",
			"first stage: F of the assignment for receipt under the same variance",
			"Anderson-Rubin: values of the effect that the assignment does not refute, valid with a weak first stage; by inversion in closed form"},
		References: append([]analysis.Reference{
			{Key: "Angrist, Imbens & Rubin 1996", Text: "Identification of causal effects using instrumental variables. Journal of the American Statistical Association 91, 444-455", DOI: "10.1080/01621459.1996.10476902"},
			{Key: "Anderson & Rubin 1949", Text: "Estimation of the parameters of a single equation in a complete system of stochastic equations. Annals of Mathematical Statistics 20, 46-63", DOI: "10.1214/aoms/1177730090"},
		}, kind.References()...),
	}
}

// columns are the matrices of the model, by column over the rows kept.
type columns struct {
	names    []string    // of X, the received column called cace
	x, z     [][]float64 // received with intercept and covariates, assigned with the same
	at       int         // of received in X and of assigned in Z
	y        []float64
	clusters []infer.Clusters
	design   *formula.Design
	assigned *formula.Design // with what was assigned in the place of what was received
}

// Estimate fits the model.
func (e Effect) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
	if e.Inference.Resamples() || e.Inference.As != "" || e.Inference.Adjust != "" {
		return nil, analysis.Unsupportedf("cace takes --vcov, --cluster and --permute; for a bootstrap run swis glm on the assignment, whose p-value is that of the same hypothesis")
	}
	c, err := e.columns(t)
	if err != nil {
		return nil, err
	}
	first, err := regress(c.z, c.x[c.at], e.Received)
	if err != nil {
		return nil, err
	}
	reduced, err := regress(c.z, c.y, e.Outcome)
	if err != nil {
		return nil, err
	}
	if math.Abs(first.coef[c.at]) < 1e-12*(1+norm(c.x[c.at])) {
		return nil, analysis.NotEstimablef("receipt (%s) does not differ between the assigned arms: there are no compliers to estimate an effect for", e.Received)
	}
	second, u, err := secondStage(c, first)
	if err != nil {
		return nil, err
	}
	kind := e.Inference.Choose()
	working := infer.Working{U: u, Residual: second.residual, Scale: second.variance()}
	v, err := working.Variance(kind, c.clusters...)
	if err != nil {
		return nil, err
	}
	r := e.report(c, second, v)
	if err := e.stages(r, c, first, reduced, kind); err != nil {
		return nil, err
	}
	if kind.Clustered() {
		for _, g := range c.clusters {
			if err := e.lone(r, c, &formula.Group{Name: g.Name, Levels: g.Levels, Index: g.Index}); err != nil {
				return nil, err
			}
		}
	}
	r.Summary = e.summary(r)
	return r, nil
}

// lone notes assigned arms of one cluster; where both are, no error of the
// effect can be had.
func (e Effect) lone(r *analysis.Result, c *columns, cluster *formula.Group) error {
	if err := infer.ReportLone(r, c.assigned, cluster); err != nil {
		return err
	}
	lone, err := c.assigned.LoneLevels(cluster)
	for _, l := range lone {
		if l.All && l.Column == e.Assigned {
			infer.Withhold(r.Find("cace"))
		}
	}
	return err
}

// columns builds both matrices on the same rows.
func (e Effect) columns(t *table.Table) (*columns, error) {
	terms := strings.Join(append([]string{""}, e.Covariates...), " + ")
	also := append([]string{e.Assigned}, e.Inference.Clusters...)
	build := func(first string, rows []int) (*formula.Design, error) {
		f, err := formula.Parse(e.Outcome + " ~ " + first + terms)
		if err != nil {
			return nil, err
		}
		if f.HasRandom() || f.HasAbsorbed() {
			return nil, analysis.Unsupportedf("cace takes covariates without random or absorbed effects: write school effects as factor(school)")
		}
		return formula.Build(f, t, formula.Options{Reference: e.Reference, Categorical: e.Categorical, Also: also, Rows: rows})
	}
	d, err := build(e.Received, nil)
	if err != nil {
		return nil, err
	}
	assigned, err := build(e.Assigned, d.Rows)
	if err != nil {
		return nil, err
	}
	c := &columns{x: d.Fixed.X, z: assigned.Fixed.X, y: d.Response.Y, design: d, assigned: assigned, at: 1, names: append([]string(nil), d.Fixed.Names...)}
	if len(c.x) != len(c.z) || !d.Fixed.Intercept || len(c.x) < 2 || len(d.Fixed.Term) > 2 && d.Fixed.Term[2] == d.Fixed.Term[1] {
		return nil, analysis.Unsupportedf("cace takes one column of receipt (%s) and one of assignment (%s), each 0/1, two words or a dose", e.Received, e.Assigned)
	}
	c.names[1] = "cace"
	for _, column := range e.Inference.Clusters {
		g, err := d.Group(column)
		if err != nil {
			return nil, err
		}
		c.clusters = append(c.clusters, infer.Clusters{Name: column, Levels: g.Levels, Index: g.Index})
	}
	return c, nil
}

// report makes the estimates of the second stage.
func (e Effect) report(c *columns, s *stage, v *infer.Variance) *analysis.Result {
	r := &analysis.Result{
		Title:    fmt.Sprintf("%s: effect of %s among those who took it up because they were assigned", e.Outcome, e.Received),
		Subtitle: fmt.Sprintf("two-stage least squares, %s as instrument for %s", e.Assigned, e.Received),
		Method:   e.Method(),
		Fit:      analysis.Fit{NObs: len(c.y), NDropped: c.design.DroppedRows(), Sigma: analysis.Num(math.Sqrt(s.variance())), Status: analysis.Exact},
		Notes:    c.design.Notes,
	}
	var units []int32
	if len(c.clusters) > 0 {
		units = c.clusters[0].Index
	}
	r.Margins = append(r.Margins, c.design.Margins(units), c.assigned.Margins(units))
	if len(c.clusters) > 0 {
		r.Fit.NGroups = map[string]int{}
		for _, g := range c.clusters {
			r.Fit.NGroups[g.Name] = len(g.Levels)
		}
	}
	for j, name := range c.names {
		unit := v.Unit(j)
		df := v.DF(unit)
		est := infer.Wald(name, s.coef[j], math.Sqrt(v.Of(unit)), df, e.Inference.Level, analysis.Identity)
		est.How = v.How(df, e.Inference.Clusters)
		if j == c.at {
			est.Label = e.Received
			est.Estimand = "average effect of receipt among compliers"
			est.Redraws = c.redraws
		}
		r.Estimates = append(r.Estimates, est)
	}
	if s := c.design.DropSentence(); s != "" {
		r.Note("rows_left_out", s)
	}
	return r
}

// redraws makes the wild bootstrap of the intention to treat available to a
// family of tests: the effect is zero exactly where that is.
func (c *columns) redraws() (analysis.Resampler, error) {
	if len(c.clusters) != 1 {
		return nil, analysis.Unsupportedf("the bootstrap of a family of tests needs one column of clusters; name it with --cluster")
	}
	w := &infer.Wild{X: c.z, Y: c.y, Clusters: c.clusters[0], Term: c.at}
	return w.Resampler("wild cluster restricted bootstrap of the intention to treat")
}

// stages reports intention to treat, compliance, the first-stage F and the
// Anderson-Rubin set.
func (e Effect) stages(r *analysis.Result, c *columns, first, reduced *stage, kind infer.Kind) error {
	itt, compliance := reduced.coef[c.at], first.coef[c.at]
	r.Checks = append(r.Checks,
		analysis.Check{Name: "itt", Value: analysis.Num(itt), Means: "intention to treat: the difference in the outcome by assignment"},
		analysis.Check{Name: "compliance", Value: analysis.Num(compliance), Means: "the difference in receipt by assignment; the effect is their ratio"})
	under := func(residual []float64, variance float64) (*infer.Variance, error) {
		w := infer.Working{U: c.z, Residual: residual, Scale: variance}
		return w.Variance(kind, c.clusters...)
	}
	v, err := under(first.residual, first.variance())
	if err != nil {
		return err
	}
	unit := v.Unit(c.at)
	f, err := v.Test([][]float64{unit}, []float64{compliance})
	if err != nil {
		// A first stage without any residual variation: everybody complied.
		r.Note("full_compliance", "receipt follows the assignment exactly: the effect is the intention-to-treat effect")
		r.Tests = append(r.Tests, analysis.Test{Name: "first_stage", Label: "assignment predicts receipt"})
	} else {
		r.Tests = append(r.Tests, analysis.Test{Name: "first_stage", Label: "assignment predicts receipt", Statistic: analysis.Num(f.Statistic), DF1: analysis.Num(f.DF1), DF2: analysis.Num(f.DF2), PValue: analysis.Num(f.P), How: "F, " + v.How(v.DF(unit), e.Inference.Clusters)})
		if f.Statistic < 10 {
			r.Note("weak_first_stage", fmt.Sprintf("the first-stage F is %.1f; below 10 the interval of the effect is not to be trusted, use the Anderson-Rubin set", f.Statistic))
		}
	}
	ar, err := andersonRubin(c, first, reduced, under, e.Inference.Level)
	if err != nil {
		return err
	}
	r.Tests = append(r.Tests, ar.test())
	if text := ar.words(); text != "" {
		r.Note("anderson_rubin", text)
		if below, above, ok := ar.rays(); ok {
			r.Checks = append(r.Checks, analysis.Check{Name: "anderson_rubin_below", Value: analysis.Num(below), Means: "the Anderson-Rubin set holds all effects up to here"},
				analysis.Check{Name: "anderson_rubin_above", Value: analysis.Num(above), Means: "and all from here on"})
		}
	}
	return nil
}

func (e Effect) summary(r *analysis.Result) []string {
	x := r.Find("cace")
	if x == nil || x.Estimate == nil || x.ConfLow == nil {
		return nil
	}
	return []string{fmt.Sprintf("Among those who took up %s because they were assigned, %s differed by %+.3g (%.0f%% CI %+.3g to %+.3g) from what it would have been without.",
		e.Received, e.Outcome, *x.Estimate, 100*x.ConfLevel, *x.ConfLow, *x.ConfHigh)}
}
