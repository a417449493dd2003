package did

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/analysis/linear"
	"swis/dataset"
	"swis/dataset/table"
)

// Formula is any regression with absorbed effects, y ~ x | fe1 + fe2, with
// varying slopes fe[z]: triple differences, designs with effects of one's own.
type Formula struct {
	Text string
	Inference
	Family      string
	Exposure    string
	Weights     string
	References  map[string]string
	Categorical []string
}

// Method describes the estimator.
func (e Formula) Method() analysis.Method {
	m := analysis.Method{Name: "regression with absorbed effects", Formula: e.Text,
		Conventions: []string{"effects after the bar are absorbed exactly, any number of them; rows alone in a level are dropped"}}
	if f, _ := familyOf(e.Family); f != fixedeffects.Gaussian {
		m.Name = familyWord(f) + " " + m.Name
	}
	return e.Inference.describe(m)
}

// Estimate fits the regression.
func (e Formula) Estimate(ctx context.Context, t *table.Table) (*analysis.Result, error) {
	family, err := familyOf(e.Family)
	if err != nil {
		return nil, err
	}
	f, err := formula.Parse(e.Text)
	if err != nil {
		return nil, err
	}
	if f.HasRandom() {
		return nil, analysis.Unsupportedf("--formula: random effects (1 | group) are for swis mixed; here effects are absorbed with y ~ x | fe1 + fe2")
	}
	design, err := formula.Build(f, t, formula.Options{Reference: e.References, Categorical: e.Categorical, Also: e.Cluster, Exposure: e.Exposure, Weights: e.Weights})
	if err != nil {
		return nil, err
	}
	if len(e.Cluster) == 0 && len(design.Absorbed) > 0 && !strings.Contains(design.Absorbed[0].Name, "^") {
		e.Cluster = []string{design.Absorbed[0].Name}
	}
	if err := e.settle(""); err != nil {
		return nil, err
	}
	y := design.Response.Y
	if family != fixedeffects.Gaussian {
		for i, v := range y {
			if v < 0 {
				return nil, dataset.Problemf(t.Name, t.Line(design.Rows[i]), design.Response.Name, "%g is negative; a count is wanted", v)
			}
		}
	}
	r := &regression{infer: e.Inference}
	r.model = &fixedeffects.Model{Family: family, Y: y, Offset: design.Offset, Weights: design.Weights}
	for j, name := range design.Fixed.Names {
		if name == "(Intercept)" && len(design.Absorbed) > 0 {
			continue
		}
		r.names = append(r.names, name)
		r.model.X = append(r.model.X, design.Fixed.X[j])
	}
	var effects []string
	for _, a := range design.Absorbed {
		r.model.Effects = append(r.model.Effects, linear.Factor{Name: a.Name, Index: a.Index, Levels: len(a.Levels), Slopes: a.Slopes, Only: a.Only})
		effects = append(effects, a.Name)
	}
	if len(r.names) == 0 {
		return nil, analysis.Unsupportedf("--formula %s: no column before the bar to estimate", e.Text)
	}
	r.interest = len(r.names)
	if err := r.run(design.Group); err != nil {
		return nil, err
	}
	result := &analysis.Result{Method: e.Method(), Title: fmt.Sprintf("%s: %s", design.Response.Name, e.Text)}
	result.Subtitle = map[fixedeffects.Family]string{fixedeffects.Gaussian: "Least squares", fixedeffects.Poisson: "Poisson", fixedeffects.NegBin: "Negative binomial"}[family]
	if len(effects) > 0 {
		result.Subtitle += ", absorbed effects of " + strings.Join(effects, ", ")
	}
	result.Notes = slices.Clone(design.Notes)
	if s := design.DropSentence(); s != "" {
		result.Note("rows_dropped", s)
	}
	for j := range r.names {
		one := r.estimate(j)
		one.Redraws = r.redraws(j, design.Group)
		result.Estimates = append(result.Estimates, one)
	}
	if len(r.fit.Kept) == 0 && len(r.fit.Infinite) == 0 {
		return nil, analysis.NotEstimablef("every column of %s is a combination of the absorbed effects", e.Text)
	}
	r.fill(result)
	if r.infer.clustered() {
		for _, name := range r.infer.Cluster {
			g, err := design.Group(name)
			if err != nil {
				return nil, err
			}
			if err := infer.ReportLone(result, design, g); err != nil {
				return nil, err
			}
		}
	}
	if family != fixedeffects.Gaussian {
		result.Checks = append(result.Checks,
			analysis.Check{Name: "fe_all_zero_groups", Value: analysis.Num(float64(r.fit.ZeroGroups)), Means: fmt.Sprintf("levels of absorbed effects without any event, left out: %d", r.fit.ZeroGroups)},
			analysis.Check{Name: "fe_all_zero_rows", Value: analysis.Num(float64(r.fit.ZeroRows))})
	}
	if e.Exposure != "" && math.IsNaN(r.fit.LogLik) {
		result.Note("not_converged", "the likelihood could not be computed")
	}
	if o := e.Resample; o.All || o.Bootstrap != "" {
		j := slices.Index(r.names, o.Term)
		if j < 0 {
			return nil, analysis.Unsupportedf("name the coefficient with --term: one of %s", strings.Join(r.names, ", "))
		}
		return result, r.resampleColumn(ctx, result, j, o.Term, design.Group)
	}
	return result, nil
}
