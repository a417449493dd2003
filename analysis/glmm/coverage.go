package glmm

import (
	"context"
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/infer"
)

// coverage adds how often Wald intervals hold the truth when outcomes are drawn
// from the fitted model and the model is fitted again: a check of the interval
// for this design, its number of groups and its rates.
func (m *model) coverage(ctx context.Context, r *analysis.Result, main, zero *fit) error {
	reps := m.options.Coverage
	if reps < 20 {
		return analysis.Unsupportedf("--coverage %d: at least 20 simulated data sets are wanted", reps)
	}
	s := m.fitted(main, zero)
	type outcome struct {
		held     []bool // by estimate of r: the interval holds the truth
		rejected []bool // p below 1 - level
		boundary bool
	}
	all := make([]*outcome, reps)
	z := distribution.NormalQuantile(1 - (1-m.level)/2)
	err := infer.Replicate(ctx, reps, func() func(int) {
		return func(i int) {
			a, b := m.refit(s.draw(infer.Stream(m.options.Seed, "glmm-coverage", i)))
			if a.status == analysis.NotConverged || b != nil && b.status == analysis.NotConverged {
				return
			}
			one := &analysis.Result{}
			m.numbers(one, a, b)
			o := &outcome{boundary: a.status == analysis.Boundary || a.vanished || b != nil && b.status == analysis.Boundary}
			for k, e := range one.Estimates {
				truth := r.Estimates[k].Estimate
				o.held = append(o.held, truth != nil && e.Estimate != nil && e.StdError != nil && math.Abs(*e.Estimate-*truth) <= z**e.StdError)
				o.rejected = append(o.rejected, e.Estimate != nil && e.StdError != nil && math.Abs(*e.Estimate) > z**e.StdError)
			}
			all[i] = o
		}
	})
	if err != nil {
		return err
	}
	var n, boundary float64
	held, rejected := make([]float64, len(r.Estimates)), make([]float64, len(r.Estimates))
	for _, o := range all {
		if o == nil {
			continue
		}
		n++
		if o.boundary {
			boundary++
		}
		for k, h := range o.held {
			if h {
				held[k]++
			}
			if o.rejected[k] {
				rejected[k]++
			}
		}
	}
	if failed := float64(reps) - n; failed > 0 {
		r.Note("coverage_failures", fmt.Sprintf("%g of %d simulated fits did not converge and were left out", failed, reps))
		if 2*failed > float64(reps) {
			return analysis.NotEstimablef("%g of %d simulated fits did not converge: simplify the random effects or the zero part", failed, reps)
		}
	}
	for k, e := range r.Estimates {
		if e.Estimate == nil || k >= len(r.Estimates)-m.overall(r) {
			continue
		}
		share := held[k] / n
		name := e.Term
		if e.Part == analysis.ZeroPart {
			name += " (zero part)"
		}
		r.Checks = append(r.Checks,
			analysis.Check{Name: "coverage:" + name, Value: analysis.Num(share),
				Means: fmt.Sprintf("of %g data sets drawn from this fit, the share whose %g%% interval held the truth (simulation error %.3f)", n, 100*m.level, math.Sqrt(share*(1-share)/n))},
			analysis.Check{Name: "rejected:" + name, Value: analysis.Num(rejected[k] / n), Means: fmt.Sprintf("share with p < %.3g: the power of this design if the estimate is the truth", 1-m.level)})
	}
	r.Checks = append(r.Checks, analysis.Check{Name: "coverage_boundary", Value: analysis.Num(boundary / n), Means: "share of the simulated fits with a variance of zero"})
	return nil
}

// overall is the number of estimates of overall means, which stand last.
func (m *model) overall(r *analysis.Result) (n int) {
	for _, e := range r.Estimates {
		if strings.HasPrefix(e.Term, "overall:") {
			n++
		}
	}
	return n
}
