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
	if f, _ := e.family(); f != fixedeffects.Gaussian {
		m.Name = familyWord(f) + " " + m.Name
	}
	family, _ := e.family()
	return e.Inference.describe(m, family)
}

// family is one of those of the package, or binomial.
func (e Formula) family() (fixedeffects.Family, error) {
	if e.Family == "binomial" {
		return fixedeffects.Binomial, nil
	}
	return familyOf(e.Family)
}

// Estimate fits the regression.
func (e Formula) Estimate(ctx context.Context, t *table.Table) (*analysis.Result, error) {
	family, err := e.family()
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
	design, err := formula.Build(f, t, formula.Options{Reference: e.References, Categorical: e.Categorical, Also: e.Cluster, Exposure: e.Exposure, Weights: e.Weights, Words: family == fixedeffects.Binomial})
	if err != nil {
		return nil, err
	}
	if len(e.Cluster) == 0 && len(design.Absorbed) > 0 && !strings.Contains(design.Absorbed[0].Name, "^") {
		e.Cluster = []string{design.Absorbed[0].Name}
	}
	if err := e.settle("", family); err != nil {
		return nil, err
	}
	y, weights, err := e.outcome(t, design, family)
	if err != nil {
		return nil, err
	}
	r := &regression{infer: e.Inference}
	r.model = &fixedeffects.Model{Family: family, Y: y, Offset: design.Offset, Weights: weights}
	for j, name := range design.Fixed.Names {
		if name == "(Intercept)" && slices.ContainsFunc(design.Absorbed, func(a formula.Absorbed) bool { return !a.Only }) {
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
	result.Subtitle = map[fixedeffects.Family]string{fixedeffects.Gaussian: "Least squares", fixedeffects.Poisson: "Poisson", fixedeffects.NegBin: "Negative binomial", fixedeffects.Binomial: "Logit"}[family]
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
		means := "levels of absorbed effects without any event, left out: %d"
		if family == fixedeffects.Binomial {
			means = "levels of absorbed effects with events in all rows or in none, fitted perfectly and left out: %d"
			result.Note("incidental_parameters", fmt.Sprintf("a logit with absorbed effects exaggerates the coefficients where levels have few rows; here they have %.0f on average", r.rowsPerLevel()))
		}
		result.Checks = append(result.Checks,
			analysis.Check{Name: "fe_all_zero_groups", Value: analysis.Num(float64(r.fit.ZeroGroups)), Means: fmt.Sprintf(means, r.fit.ZeroGroups)},
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

// outcome gives the outcome and its weights: for binomial the share of
// successes and the number of trials. Values that the family does not know are
// refused.
func (e Formula) outcome(t *table.Table, design *formula.Design, family fixedeffects.Family) (y, weights []float64, err error) {
	y, weights = design.Response.Y, design.Weights
	refuse := func(i int, want string) error {
		return dataset.Problemf(t.Name, t.Line(design.Rows[i]), design.Response.Name, "%g %s", design.Response.Y[i], want)
	}
	if trials := design.Response.Trials; trials != nil {
		if family != fixedeffects.Binomial {
			return nil, nil, analysis.Unsupportedf("cbind() is an outcome of the family binomial")
		}
		y = make([]float64, len(trials))
		for i, m := range trials {
			y[i] = design.Response.Y[i] / m
		}
		if weights == nil {
			return y, trials, nil
		}
		weights = slices.Clone(weights)
		for i, m := range trials {
			weights[i] *= m
		}
		return y, weights, nil
	}
	for i, v := range y {
		switch {
		case family == fixedeffects.Binomial && v != 0 && v != 1:
			return nil, nil, refuse(i, "is neither 0 nor 1; for counts of successes write cbind(successes, failures)")
		case family != fixedeffects.Gaussian && v < 0:
			return nil, nil, refuse(i, "is negative; a count is wanted")
		}
	}
	return y, weights, nil
}

// rowsPerLevel is the mean number of rows in a level of the finest effect.
func (r *regression) rowsPerLevel() float64 {
	levels := 1
	for _, e := range r.fit.Effects {
		levels = max(levels, e.Levels)
	}
	return float64(r.fit.N()) / float64(levels)
}
