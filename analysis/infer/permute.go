package infer

import (
	"context"
	"math"

	"swis/analysis"
)

// Permutation is the outcome of randomisation inference.
type Permutation struct {
	Statistic float64 // the observed one
	P         float64 // share of allocations at least as extreme; (1+b)/(1+B) where sampled
	Schemes   float64 // allocations that could have been drawn
	Draws     int     // allocations looked at
	Undefined int     // of these, without a statistic
	Exact     bool    // all were looked at
}

// Permute refits the statistic under allocations that the trial could have
// drawn: all of them where there are no more than reps, else reps at random.
// start is called once a worker; the function it gives returns the statistic
// of an allocation, NaN where it is not defined, infinite where the estimate
// is. Two-sided: |statistic| at least the observed one, ties at relative 1e-9
// included.
func (l *Labels) Permute(ctx context.Context, reps int, seed string, start func() func(arms []int32) float64) (*Permutation, error) {
	p := &Permutation{Statistic: start()(l.Arm), Schemes: l.Count()}
	if math.IsNaN(p.Statistic) {
		return nil, analysis.NotEstimablef("the statistic is not defined for the allocation that was drawn")
	}
	if p.Schemes < 2 {
		return nil, analysis.NotEstimablef("there is one possible allocation only, so nothing can be compared with it; check --strata")
	}
	p.Exact = p.Schemes <= float64(reps)
	var all [][]int32
	p.Draws = reps
	if p.Exact {
		all = l.enumerate()
		p.Draws = len(all)
	}
	values := make([]float64, p.Draws)
	const block = 16
	err := Replicate(ctx, (p.Draws+block-1)/block, func() func(int) {
		statistic := start()
		draw := l.sampler()
		return func(at int) {
			stream := Stream(seed, "randomisation", at)
			for i := at * block; i < min((at+1)*block, p.Draws); i++ {
				if p.Exact {
					values[i] = statistic(all[i])
				} else {
					values[i] = statistic(draw.draw(stream))
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	least := math.Abs(p.Statistic) * (1 - tie)
	extreme := 0
	for _, v := range values {
		switch {
		case math.IsNaN(v):
			p.Undefined++
		case math.Abs(v) >= least:
			extreme++
		}
	}
	defined := p.Draws - p.Undefined
	if p.Exact {
		p.P = float64(extreme) / float64(defined)
	} else {
		p.P = float64(1+extreme) / float64(1+defined)
	}
	return p, nil
}
