package did

import (
	"context"
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Imputation fits unit and period effects (and covariates) on untreated rows
// only, predicts every treated row without treatment, and averages the
// differences (Borusyak, Jaravel & Spiess 2024).
type Imputation struct {
	Data
	Inference
	Family string
}

// Method describes the estimator.
func (e Imputation) Method() analysis.Method {
	return analysis.Method{
		Name:     "imputation",
		Formula:  "att = mean over treated rows of y_it - (unit_i + period_t + covariates), effects fitted on untreated rows",
		Variance: "clustered by unit (or --cluster), conservative: squared cluster sums of weights times residuals, treated residuals around their cohort-by-period mean; z",
		Conventions: []string{
			"every treated row counts once; treated rows whose unit or period has no untreated row are left out and counted",
			"standard errors: theorem 3 and equation 8 of the paper, no small-sample factor",
		},
		References: []analysis.Reference{refBJS},
	}
}

// Estimate imputes and averages.
func (e Imputation) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
	switch {
	case e.Family != "" && e.Family != "gaussian":
		return nil, analysis.Unsupportedf("--method imputation is defined for gaussian outcomes; for counts --method etwfe is its counterpart")
	case e.Vcov != "":
		return nil, analysis.Unsupportedf("--vcov %s: --method imputation has its own standard errors", e.Vcov)
	case len(e.Cluster) > 1:
		return nil, analysis.Unsupportedf("--method imputation clusters by one column")
	}
	if e.Level == 0 {
		e.Level = 0.95
	}
	if len(e.Cluster) == 0 {
		e.Cluster = []string{e.Unit}
	}
	p, err := e.read(t, e.Cluster, false)
	if err != nil {
		return nil, err
	}
	if err := p.identified(); err != nil {
		return nil, err
	}
	group, err := p.Design.Group(e.Cluster[0])
	if err != nil {
		return nil, err
	}
	if len(group.Levels) < 2 {
		return nil, analysis.NotEstimablef("column %s has one cluster: no standard error", e.Cluster[0])
	}
	im, err := p.impute()
	if err != nil {
		return nil, err
	}
	result := &analysis.Result{Method: e.Method(), Title: fmt.Sprintf("%s: %s against comparison %s, by imputation", p.words.outcome, p.treatedUnits(), p.words.units)}
	result.Subtitle = fmt.Sprintf("%s and %s effects fitted on untreated rows", p.words.unit, p.words.time)
	result.Notes = append(result.Notes, p.Design.Notes...)
	p.dropped(result)
	p.zeroArms(result)
	one := len(p.Starts) == 1
	if treated, comparison := p.arms(result, group, nil, e.Resample.Permute); !one || treated != 1 || comparison != 1 {
		one = false
	}
	p.lone(result, group)
	if im.lost > 0 {
		result.Note("not_imputed", fmt.Sprintf("%s no untreated row in the same %s or %s and cannot be predicted; left out", countOf(im.lost, "treated row has", "treated rows have"), p.words.unit, p.words.time))
	}
	for _, j := range im.aliased {
		result.Notes = append(result.Notes, analysis.Note{Code: "collinear", Term: p.Names[j], Text: p.Names[j] + " is a combination of the effects on untreated rows and is left out"})
	}
	if len(im.treated) == 0 {
		return nil, analysis.NotEstimablef("no treated row can be predicted from untreated rows of the same %s and %s", p.words.unit, p.words.time)
	}
	result.Fit = analysis.Fit{NObs: len(im.untreated) + len(im.treated), NDropped: im.lost, Status: analysis.Exact,
		NGroups: map[string]int{p.Unit.Name: len(p.Unit.Levels), e.Cluster[0]: len(group.Levels)}}
	row := func(term string, keep func(i int) bool) analysis.Estimate {
		att, sums := im.average(keep, group.Index, len(group.Levels))
		out := infer.Wald(term, att, norm(sums, nil), math.Inf(1), e.Level, analysis.Identity)
		if one {
			infer.Withhold(&out)
		}
		out.How = "z: imputation standard error by " + e.Cluster[0] + " (conservative)"
		out.Redraws = func() (analysis.Resampler, error) {
			return &infer.Influence{Estimate: att, Of: sums, Column: group.Name, Labels: group.Levels, Words: "multiplier bootstrap of imputation influences"}, nil
		}
		return out
	}
	att := row("att", func(int) bool { return true })
	att.Label = p.Intervention + " against " + p.Comparison
	att.Estimand = fmt.Sprintf("average effect on %s over their treated rows", p.treatedUnits())
	result.Estimates = []analysis.Estimate{att}
	var times []float64
	for _, i := range im.treated {
		if k := p.Period(i) - p.Start(i); !slices.Contains(times, k) {
			times = append(times, k)
		}
	}
	slices.Sort(times)
	for _, k := range times {
		one := row("event:"+label(k), func(i int) bool { return p.Period(i)-p.Start(i) == k })
		one.Label = p.eventLabel(k)
		result.Estimates = append(result.Estimates, one)
	}
	result.Curves = []analysis.Curve{eventCurve(result.Estimates[1:], times, -1, p.words)}
	result.Summary = []string{p.sentence(&result.Estimates[0])}
	result.Tables = []analysis.Table{p.rates()}
	p.restEvents(result)
	return result, nil
}
