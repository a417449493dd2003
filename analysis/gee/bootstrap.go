package gee

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"swis/analysis"
)

// addBootstrap replaces the intervals by percentiles of a bootstrap of whole
// clusters: clusters are drawn with replacement and the equations solved again.
// Standard errors and p-values stay those of the sandwich; the bootstrap's
// standard errors stand in checks beside them.
func (m Marginal) addBootstrap(ctx context.Context, r *analysis.Result, p *problem, f *fit) error {
	draws, failed, err := p.bootstrap(ctx, f, m.Seed, m.Reps)
	if err != nil {
		return err
	}
	if 10*failed > m.Reps {
		return analysis.NotEstimablef("in %d of %d draws of clusters the equations had no solution (an arm or level without events): the bootstrap would be of the draws that worked only; use --vcov kc or randomisation inference", failed, m.Reps)
	}
	if failed > 0 {
		r.Note("bootstrap_failures", fmt.Sprintf("%d of %d draws of clusters had no solution and were left out", failed, m.Reps))
	}
	j := 0
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.Estimate == nil {
			continue
		}
		values := make([]float64, len(draws))
		var mean, square float64
		for d, beta := range draws {
			values[d] = beta[j]
			mean += beta[j] / float64(len(draws))
		}
		for _, v := range values {
			square += (v - mean) * (v - mean) / float64(len(draws)-1)
		}
		slices.Sort(values)
		low, high := quantile(values, (1-m.Level)/2), quantile(values, (1+m.Level)/2)
		e.ConfLow, e.ConfHigh = analysis.Num(low), analysis.Num(high)
		if e.Ratio != nil {
			e.RatioLow, e.RatioHigh = analysis.Num(math.Exp(low)), analysis.Num(math.Exp(high))
		}
		e.How += fmt.Sprintf("; interval: percentiles of %d draws of clusters", len(draws))
		r.Checks = append(r.Checks, analysis.Check{Name: "bootstrap_std_error:" + e.Term, Value: analysis.Num(math.Sqrt(square)), Means: "standard deviation over the draws of clusters"})
		j++
	}
	return nil
}

// bootstrap solves the equations for each draw of clusters; failed counts the
// draws without a solution.
func (p *problem) bootstrap(ctx context.Context, f *fit, seed string, reps int) (draws [][]float64, failed int, err error) {
	q := *p
	q.copies = make([]float64, p.clusters)
	for i := range reps {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		rng := rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%s/gee-bootstrap/%d", seed, i))))
		clear(q.copies)
		for range p.clusters {
			q.copies[rng.IntN(p.clusters)]++
		}
		one, err := q.fitFrom(ctx, slices.Clone(f.beta))
		var none *analysis.NotEstimable
		switch {
		case errors.As(err, &none):
			failed++
		case err != nil:
			return nil, 0, err
		case !one.converged || slices.ContainsFunc(one.beta, func(b float64) bool { return math.IsNaN(b) || math.Abs(b) > 1e3*(1+slices.Max(f.beta)) }):
			failed++
		default:
			draws = append(draws, one.beta)
		}
	}
	return draws, failed, nil
}

// quantile is the type 7 quantile of sorted values.
func quantile(sorted []float64, p float64) float64 {
	h := p * float64(len(sorted)-1)
	i := int(h)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (h-float64(i))*(sorted[i+1]-sorted[i])
}
