// Package randomisation puts randomisation inference beside any estimator: what
// was assigned is exchanged between whole units in the table, as the trial's
// draw could have done, and the estimator is run again on each exchanged table.
package randomisation

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Test is an estimator with randomisation inference for one of its numbers. It
// is an estimator itself.
//
// The sharp null hypothesis is that the assignment changed no outcome of any
// unit. Under it the outcomes would have been the same with every allocation of
// the scheme set, so that the share of allocations whose statistic is at least
// as extreme as the observed one is an exact p-value, whatever the model
// (Fisher 1935; Rosenbaum 2002).
type Test struct {
	Estimator analysis.Estimator // what is reported
	Refit     analysis.Estimator // run on every exchanged table: the same numbers without what the statistic does not need
	Design    Design             // what was assigned to which units
	Statistic Statistic
	Reps      int // draws, where there are more allocations
	Seed      string

	// Beside is called where the test stands among other methods of inference:
	// with its error where it cannot be had, which then does not end the analysis.
	Beside func(r *analysis.Result, err error)
}

// Design finds what was assigned in a table.
type Design interface {
	Assignment(t *table.Table) (*Assignment, error)
}

// Method describes the estimator that is reported.
func (e Test) Method() analysis.Method { return e.Estimator.Method() }

// Estimate runs the estimator and adds test permutation and check
// permutation_schemes to its result.
func (e Test) Estimate(ctx context.Context, t *table.Table) (*analysis.Result, error) {
	r, err := e.Estimator.Estimate(ctx, t)
	if err != nil {
		return nil, err
	}
	err = e.test(ctx, r, t)
	if e.Beside != nil && ctx.Err() == nil {
		e.Beside(r, err)
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// test adds the test to the result.
func (e Test) test(ctx context.Context, r *analysis.Result, t *table.Table) error {
	a, err := e.Design.Assignment(t)
	if err != nil {
		return err
	}
	statistic := e.Statistic.settle(a)
	var failed atomic.Int64
	value := func(arms []int32) float64 {
		one, err := e.Refit.Estimate(ctx, a.exchanged(arms))
		if err != nil {
			failed.Add(1)
			return math.Inf(1)
		}
		x, ok := statistic.of(one)
		if !ok {
			failed.Add(1)
			return math.Inf(1)
		}
		return x
	}
	observed, err := e.Refit.Estimate(ctx, a.exchanged(a.Labels.Arm))
	if err != nil {
		return err
	}
	if _, ok := statistic.of(observed); !ok {
		return statistic.whyNot(observed)
	}
	p, err := a.Labels.Permute(ctx, e.Reps, e.Seed, func() func([]int32) float64 { return value })
	if err != nil {
		return err
	}
	e.report(r, a, statistic, p, int(failed.Load()))
	return nil
}

// report adds what was found to the result.
func (e Test) report(r *analysis.Result, a *Assignment, s Statistic, p *infer.Permutation, failed int) {
	how := a.How()
	if p.Exact {
		how += fmt.Sprintf("; exact, all %d allocations", p.Draws)
	} else {
		how += fmt.Sprintf("; %d draws, seed %s, p = (1+b)/(1+B)", p.Draws, e.Seed)
	}
	how += "; the model is fitted again under each; statistic: " + s.words()
	r.Tests = append(r.Tests, analysis.Test{Name: "permutation", Label: "Randomisation inference, " + s.Term,
		Statistic: analysis.Num(p.Statistic), PValue: analysis.Num(p.P), How: how})
	r.Checks = append(r.Checks, analysis.Check{Name: "permutation_schemes", Value: analysis.Num(p.Schemes),
		Means: fmt.Sprintf("allocations that could have been drawn; no p-value can be below 1/%.4g", p.Schemes)})
	if failed > 0 {
		r.Note("permutation_failed", fmt.Sprintf("%d of %d allocations left the model without this statistic; each counts as at least as extreme as the observed one, so that p is too large rather than too small", failed, p.Draws))
	}
	among := "all"
	if !p.Exact {
		among = fmt.Sprintf("%d draws from", p.Draws)
	}
	r.Summary = append(r.Summary, fmt.Sprintf("Randomisation inference for %s: p = %.2g, the share of %s %s possible allocations of %d units (%s) that give a %s at least as large.",
		s.Term, p.P, among, count(p.Schemes), len(a.Units.Levels), a.Units.Name, s.noun()))
	r.Method.References = append(r.Method.References, analysis.Reference{Key: "Rosenbaum 2002", Text: "Observational Studies, 2nd edition, chapter 2. Springer", DOI: "10.1007/978-1-4757-3692-2"})
}

// count writes a number of allocations.
func count(x float64) string {
	if x < 1e6 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
