package did

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Bacon is the Goodman-Bacon (2021) decomposition of the two-way fixed-effects
// estimate into its two-group, two-period comparisons. The panel must be
// balanced and without covariates.
type Bacon struct {
	Data
	Level float64
}

// Method describes the estimator.
func (e Bacon) Method() analysis.Method {
	return analysis.Method{
		Name:    "Goodman-Bacon decomposition",
		Formula: "att = sum of weight * (two-group, two-period difference in differences), theorem 1",
		Conventions: []string{
			"estimates are weighted means within a kind of comparison; the weights of all kinds sum to 1",
			"later_vs_earlier and later_vs_always are the forbidden comparisons: their controls are treated already",
		},
		References: []analysis.Reference{refGoodmanBacon},
	}
}

// Kinds of comparison, in the order they are printed.
var baconKinds = [...]struct{ name, label string }{
	{"treated_vs_never", "treated against never treated"},
	{"earlier_vs_later", "earlier against later treated"},
	{"later_vs_earlier", "later against earlier treated"},
	{"later_vs_always", "later against always treated"},
}

// Estimate decomposes the estimate.
func (e Bacon) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
	if len(e.Covariates) > 0 || e.Weights != "" {
		return nil, analysis.Unsupportedf("--method bacon takes no covariates and no weights")
	}
	p, err := e.read(t, nil, false)
	if err != nil {
		return nil, err
	}
	if err := p.identified(); err != nil {
		return nil, err
	}
	b, ok := p.decompose()
	if !ok {
		return nil, analysis.NotEstimablef("the decomposition needs a balanced panel: every %s in every %s. Drop the incomplete ones with --where", p.words.unit, p.words.time)
	}
	level := e.Level
	if level == 0 {
		level = 0.95
	}
	result := &analysis.Result{Method: e.Method(), Title: fmt.Sprintf("%s: what the two-way fixed-effects estimate is made of", p.words.outcome)}
	result.Fit = analysis.Fit{NObs: p.N(), Status: analysis.Exact, NGroups: map[string]int{p.Unit.Name: len(p.Unit.Levels)}}
	p.dropped(result)
	att := 0.0
	for k, kind := range baconKinds {
		if b.weight[k] == 0 {
			continue
		}
		row := infer.Wald("bacon:"+kind.name, b.estimate[k], math.NaN(), math.NaN(), level, analysis.Identity)
		row.Label = fmt.Sprintf("%s (%.0f%% of the weight)", kind.label, 100*b.weight[k])
		result.Estimates = append(result.Estimates, row)
		result.Checks = append(result.Checks, analysis.Check{Name: "bacon_weight:" + kind.name, Value: analysis.Num(b.weight[k])})
		att += b.weight[k] * b.estimate[k]
	}
	row := infer.Wald("att", att, math.NaN(), math.NaN(), level, analysis.Identity)
	row.Label = "two-way fixed effects: the weighted mean"
	result.Estimates = append(result.Estimates, row)
	share := b.weight[2] + b.weight[3]
	result.Summary = []string{fmt.Sprintf("%.0f%% of the weight of the two-way fixed-effects estimate is on comparisons whose controls are treated already.", 100*share)}
	return result, nil
}

// decomposition holds weights that sum to 1 and mean estimates by kind.
type decomposition struct{ weight, estimate [4]float64 }

// decompose applies theorem 1 of Goodman-Bacon (2021); ok is false for an
// unbalanced panel.
func (p *Panel) decompose() (b decomposition, ok bool) {
	periods := len(p.Periods)
	if p.N() != periods*len(p.Unit.Levels) {
		return b, false
	}
	first := p.Periods[0]
	groups := map[float64]int{}
	var starts []float64 // -Inf always, finite, +Inf never
	key := func(c float64) float64 {
		if c <= first {
			return math.Inf(-1)
		}
		if c > p.Periods[periods-1] {
			return math.Inf(1)
		}
		return c
	}
	for _, c := range p.Cohort {
		k := key(c)
		if _, seen := groups[k]; !seen {
			groups[k] = len(starts)
			starts = append(starts, k)
		}
	}
	size := make([]float64, len(starts))
	mean := make([][]float64, len(starts))
	for g := range mean {
		mean[g] = make([]float64, periods)
	}
	for _, c := range p.Cohort {
		size[groups[key(c)]]++
	}
	for i, y := range p.Y {
		g := groups[key(p.Start(i))]
		mean[g][p.Time.Index[i]] += y / size[g]
	}
	average := func(g int, from, to float64) float64 { // periods in [from, to)
		s, n := 0.0, 0.0
		for t, v := range p.Periods {
			if v >= from && v < to {
				s += mean[g][t]
				n++
			}
		}
		return s / n
	}
	share := func(g int) float64 {
		n := 0.0
		for _, v := range p.Periods {
			if v >= starts[g] {
				n++
			}
		}
		return n / float64(periods)
	}
	total := float64(len(p.Unit.Levels))
	lowest, highest := math.Inf(-1), math.Inf(1)
	var sum [4]float64
	add := func(kind int, weight, estimate float64) {
		b.weight[kind] += weight
		sum[kind] += weight * estimate
	}
	for k := range starts {
		if math.IsInf(starts[k], 0) {
			continue
		}
		dk, nk := share(k), size[k]/total
		for l := range starts {
			nl := size[l] / total
			switch {
			case math.IsInf(starts[l], 0):
				kind := 0
				if starts[l] < 0 {
					kind = 3
				}
				dd := average(k, starts[k], highest) - average(k, lowest, starts[k]) - average(l, starts[k], highest) + average(l, lowest, starts[k])
				add(kind, nk*nl*dk*(1-dk), dd)
			case starts[k] < starts[l]:
				dl := share(l)
				early := average(k, starts[k], starts[l]) - average(k, lowest, starts[k]) - average(l, starts[k], starts[l]) + average(l, lowest, starts[k])
				add(1, nk*nl*(dk-dl)*(1-dk), early)
				late := average(l, starts[l], highest) - average(l, starts[k], starts[l]) - average(k, starts[l], highest) + average(k, starts[k], starts[l])
				add(2, nk*nl*dl*(dk-dl), late)
			}
		}
	}
	all := b.weight[0] + b.weight[1] + b.weight[2] + b.weight[3]
	for k := range sum {
		if b.weight[k] > 0 {
			b.estimate[k] = sum[k] / b.weight[k]
			b.weight[k] /= all
		}
	}
	return b, all > 0
}

// forbidden notes the share of weight that two-way fixed effects puts on
// comparisons with units treated already.
func (p *Panel) forbidden(result *analysis.Result) {
	text := "starts are staggered, so two-way fixed effects also compares with %s treated already; an estimate free of that: --method cs, sunab, imputation or etwfe"
	if b, ok := p.decompose(); ok {
		share := b.weight[2] + b.weight[3]
		limit := 0.1
		fine := share <= limit
		result.Checks = append(result.Checks, analysis.Check{Name: "forbidden_share", Value: analysis.Num(share), Limit: analysis.Num(limit), OK: &fine,
			Means: fmt.Sprintf("%.0f%% of the weight (Goodman-Bacon, linear, no covariates) is on comparisons with %s treated already", 100*share, p.words.units)})
	}
	result.Note("staggered", fmt.Sprintf(text, p.words.units))
}
