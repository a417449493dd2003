package infer

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"

	"swis/analysis"
	"swis/dataset/table"
)

// Decisions are what a planned test said about simulated trials.
type Decisions struct {
	Trials      int
	Significant int     // p below alpha
	Falls       int     // of these, with an estimate below zero
	Undefined   int     // no estimate or no p-value; counted as not significant
	Mean        float64 // of the estimates that there are
	SD          float64 // of the same
	StdError    float64 // mean of their standard errors
	Covered     int     // intervals that held the true effect
	Intervals   int     // trials with an interval
}

// Power is the share of trials with a significant result.
func (d *Decisions) Power() float64 { return float64(d.Significant) / float64(d.Trials) }

// Simulation repeats a planned test on simulated trials.
type Simulation struct {
	Test    analysis.Estimator
	Term    string // whose p-value decides
	Alpha   float64
	True    float64 // true effect on the scale of the estimate, for coverage
	Trials  int
	Seed    string
	Purpose string // names the stream; simulations that share it share their draws
}

// Run draws each trial from a stream of its own, so that the answer depends on
// the seed alone. A trial in which the test is not estimable counts as one
// without a finding; any other error ends the simulation.
func (s Simulation) Run(ctx context.Context, draw func(r *rand.Rand) *table.Table) (*Decisions, error) {
	type outcome struct {
		estimate, stdError, p, low, high float64
		err                              error
	}
	outcomes := make([]outcome, s.Trials)
	nan := outcome{estimate: math.NaN(), stdError: math.NaN(), p: math.NaN(), low: math.NaN(), high: math.NaN()}
	err := Replicate(ctx, s.Trials, func() func(int) {
		return func(i int) {
			o := &outcomes[i]
			*o = nan
			r, err := s.Test.Estimate(ctx, draw(Stream(s.Seed, s.Purpose, i)))
			var none *analysis.NotEstimable
			if errors.As(err, &none) {
				return
			}
			if err != nil {
				o.err = err
				return
			}
			e := r.Find(s.Term)
			if e == nil {
				o.err = analysis.Unsupportedf("the planned test has no term %q to decide by", s.Term)
				return
			}
			for _, x := range []struct {
				to   *float64
				from analysis.Number
			}{{&o.estimate, e.Estimate}, {&o.stdError, e.StdError}, {&o.p, e.PValue}, {&o.low, e.ConfLow}, {&o.high, e.ConfHigh}} {
				if x.from != nil {
					*x.to = *x.from
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	d := &Decisions{Trials: s.Trials}
	n, squares := 0.0, 0.0
	for _, o := range outcomes {
		if o.err != nil {
			return nil, o.err
		}
		if math.IsNaN(o.p) {
			d.Undefined++
		}
		if o.p < s.Alpha {
			d.Significant++
			if o.estimate < 0 {
				d.Falls++
			}
		}
		if !math.IsNaN(o.low) && !math.IsNaN(o.high) {
			d.Intervals++
			if o.low <= s.True && s.True <= o.high {
				d.Covered++
			}
		}
		if !math.IsNaN(o.estimate) && !math.IsNaN(o.stdError) {
			n++
			step := o.estimate - d.Mean
			d.Mean += step / n
			squares += step * (o.estimate - d.Mean)
			d.StdError += (o.stdError - d.StdError) / n
		}
	}
	d.SD = math.Sqrt(squares / (n - 1))
	return d, nil
}
