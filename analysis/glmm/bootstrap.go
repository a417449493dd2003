package glmm

import (
	"context"
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/infer"
)

// refit fits the model to another outcome.
func (m *model) refit(y []float64) (main, zero *fit) {
	p := *m.whole
	p.y = y
	if m.options.Hurdle == "" {
		return fitProblem(&p, m.options.Quadrature), nil
	}
	other := *m
	other.main, other.other, other.rows = &p, nil, nil
	other.hurdle(m.other.parts[0])
	nodes := m.options.Quadrature
	if len(other.other.parts[0].random) == 0 {
		nodes = 1
	}
	return fitProblem(other.main, m.options.Quadrature), fitProblem(other.other, nodes)
}

// bootstrapped replaces the Wald intervals by percentiles of a parametric
// bootstrap: outcomes drawn from the fitted model, the model fitted again.
func (m *model) bootstrapped(ctx context.Context, r *analysis.Result, main, zero *fit) error {
	g := m.options
	if g.Reps < 20 {
		return analysis.Unsupportedf("--reps %d: at least 20 bootstrap replicates are wanted", g.Reps)
	}
	s := m.fitted(main, zero)
	results := make([]*analysis.Result, g.Reps)
	err := infer.Replicate(ctx, g.Reps, func() func(int) {
		return func(i int) {
			a, b := m.refit(s.draw(infer.Stream(g.Seed, "glmm-bootstrap", i)))
			if a.status == analysis.NotConverged || b != nil && b.status == analysis.NotConverged {
				return
			}
			one := &analysis.Result{}
			m.numbers(one, a, b)
			results[i] = one
		}
	})
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(results, func(x *analysis.Result) bool { return x == nil })
	if failed := g.Reps - len(kept); failed > 0 {
		if 20*failed > g.Reps {
			return analysis.NotEstimablef("%d of %d bootstrap fits did not converge: simplify the random terms, or use --ci profile", failed, g.Reps)
		}
		r.Note("bootstrap_failures", fmt.Sprintf("%d of %d bootstrap fits did not converge and were left out", failed, g.Reps))
	}
	draws := make([]float64, 0, len(kept))
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.Estimate == nil || i >= len(kept[0].Estimates) {
			continue
		}
		draws = draws[:0]
		for _, one := range kept {
			if x := one.Estimates[i].Estimate; x != nil {
				draws = append(draws, *x)
			}
		}
		low, high := percentiles(draws, m.level)
		setInterval(e, low, high)
		e.How += fmt.Sprintf("; parametric bootstrap interval, %d replicates, percentiles", g.Reps)
	}
	for i := range r.RandomEffects {
		e := &r.RandomEffects[i]
		if e.With != "" {
			continue
		}
		draws = draws[:0]
		for _, one := range kept {
			draws = append(draws, *one.RandomEffects[i].SD)
		}
		low, high := percentiles(draws, m.level)
		e.SDLow, e.SDHigh = analysis.Num(low), analysis.Num(high)
	}
	return nil
}

// percentiles are the limits of the central share of the draws (type 7
// quantiles, as R's default).
func percentiles(draws []float64, level float64) (low, high float64) {
	if len(draws) == 0 {
		return math.NaN(), math.NaN()
	}
	sorted := slices.Sorted(slices.Values(draws))
	at := func(p float64) float64 {
		h := p * float64(len(sorted)-1)
		i := min(int(h), len(sorted)-2)
		if i < 0 {
			return sorted[0]
		}
		return sorted[i] + (h-float64(i))*(sorted[i+1]-sorted[i])
	}
	return at((1 - level) / 2), at((1 + level) / 2)
}
