package did

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/dataset/table"
)

// TwoByTwo is two groups and two periods: the regression of the outcome on
// group, period and their product over all rows, without fixed effects. With
// counts the product's exponential is the ratio of rate ratios.
type TwoByTwo struct {
	Data
	Inference
	Family string
}

// Method describes the estimator.
func (e TwoByTwo) Method() analysis.Method {
	m := analysis.Method{
		Name:        "two groups, two periods",
		Formula:     "y = intercept + group + post + att * group * post + covariates + e",
		Conventions: []string{"all rows, no fixed effects; without covariates att is the difference of the changes of the arm means"},
		References:  []analysis.Reference{refPustejovsky},
	}
	if f, _ := familyOf(e.Family); f != fixedeffects.Gaussian {
		m.Formula = "log E[y] = log exposure + intercept + group + post + att * group * post + covariates"
	}
	family, _ := familyOf(e.Family)
	return e.Inference.describe(m, family)
}

// Estimate fits the regression. All units must start together.
func (e TwoByTwo) Estimate(ctx context.Context, t *table.Table) (*analysis.Result, error) {
	p, family, err := begin(t, &e.Data, &e.Inference, e.Family)
	if err != nil {
		return nil, err
	}
	if err := p.identified(); err != nil {
		return nil, err
	}
	if len(p.Starts) != 1 {
		return nil, analysis.NotEstimablef("two groups and two periods need one start, and there are %d; use --method twfe, cs or imputation", len(p.Starts))
	}
	n := p.N()
	one, group, post, both := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		one[i] = 1
		if !math.IsInf(p.Start(i), 1) {
			group[i] = 1
		}
		if p.Period(i) >= p.Starts[0] {
			post[i] = 1
		}
		both[i] = group[i] * post[i]
	}
	r, err := p.regress(family, []string{"(Intercept)", "group", "post", "att"}, [][]float64{one, group, post, both}, nil, e.Inference)
	if err != nil {
		return nil, err
	}
	if math.IsNaN(r.fit.Coef[3]) && len(r.fit.Infinite) == 0 && family == fixedeffects.Gaussian {
		return nil, p.whyAliased(r)
	}
	result := p.result(e.Method(), r)
	result.Subtitle = map[fixedeffects.Family]string{fixedeffects.Gaussian: "Least squares", fixedeffects.Poisson: "Poisson", fixedeffects.NegBin: "Negative binomial"}[family] + ", two groups and two periods, no fixed effects"
	att := r.estimate(3)
	att.Label = p.Intervention + " against " + p.Comparison
	att.Estimand = fmt.Sprintf("average effect on %s from the start on", p.treatedUnits())
	p.addDifference(&att)
	p.sizes(result, &att, r)
	att.Redraws = r.redraws(3, p.group)
	result.Estimates = []analysis.Estimate{att}
	r.fill(result)
	result.Summary = []string{p.sentence(&result.Estimates[0])}
	result.Tables = []analysis.Table{p.rates()}
	for j, name := range []string{"(Intercept)", "group", "post"} {
		row := r.estimate(j)
		row.Term = name
		result.Estimates = append(result.Estimates, row)
	}
	means := [4]float64{}
	count := [4]float64{}
	for i, y := range p.Y {
		k := int(2*group[i] + post[i])
		w := 1.0
		if p.Weight != nil {
			w = p.Weight[i]
		}
		means[k] += w * y
		count[k] += w
	}
	for k, name := range []string{"mean_control_pre", "mean_control_post", "mean_treated_pre", "mean_treated_post"} {
		result.Checks = append(result.Checks, analysis.Check{Name: name, Value: analysis.Num(means[k] / count[k])})
	}
	return result, r.resampleColumn(ctx, result, 3, "att", p.group)
}
