package infer

import (
	"context"
	"math"

	"swis/analysis"
	"swis/analysis/distribution"
)

// Joint gives the observed t of the coefficient and |t*| of every draw under
// its own null. Two bootstraps with the same clusters, weights, reps and seed
// have the same cluster weights draw by draw, so that their |t*| come from the
// joint distribution of the statistics.
func (w *Wild) Joint(ctx context.Context, weights string, reps int, seed string) (observed float64, draws []float64, enumerated bool, err error) {
	if groups := len(w.Clusters.Levels); groups < 3 {
		return 0, nil, false, analysis.NotEstimablef("a wild bootstrap of %d clusters has no more than %d draws; it needs several clusters", groups, 1<<groups)
	}
	q, err := w.quantities()
	if err != nil {
		return 0, nil, false, err
	}
	d, enumerated, err := q.draw(ctx, w.weights(weights), reps, seed)
	if err != nil {
		return 0, nil, false, err
	}
	draws = make([]float64, d.n)
	for i := range draws {
		// A draw without variance is as extreme as can be.
		draws[i] = math.Inf(1)
		if v := d.variance[i].at(0); v > 0 {
			draws[i] = math.Abs(d.numerator[i][0]) / math.Sqrt(v)
		}
	}
	return q.b / q.se, draws, enumerated, nil
}

// weights is the kind of weights: the one asked for, else Webb's for 12
// clusters or fewer.
func (w *Wild) weights(asked string) string {
	switch {
	case asked != "":
		return asked
	case len(w.Clusters.Levels) <= 12:
		return "webb"
	}
	return "rademacher"
}

// Invert is the confidence set of a score bootstrap: the values b0 that it does
// not reject, at(b0) the score linearisation with the coefficient held at b0.
// It goes outward from the estimate, in steps of the given standard error; an
// end is infinite where no value is rejected, NaN where the linearisation ends
// before that.
func Invert(ctx context.Context, at func(b0 float64) (*Wild, error), weights string, reps int, seed string, level, estimate, stdError float64) (low, high float64, err error) {
	failed := false
	p := func(b0 float64) float64 {
		w, err := at(b0)
		if err == nil {
			var t float64
			var draws []float64
			var all bool
			if t, draws, all, err = w.Joint(ctx, weights, reps, seed); err == nil {
				count := 0
				for _, x := range draws {
					if x >= math.Abs(t)*(1-tie) {
						count++
					}
				}
				if all {
					return float64(count) / float64(len(draws))
				}
				return float64(1+count) / float64(1+len(draws))
			}
		}
		failed = true
		return 0
	}
	step := distribution.StudentQuantile(1-(1-level)/2, math.Inf(1)) * stdError
	end := func(step float64) float64 {
		failed = false
		x := bound(p, 1-level, estimate, step, 1e-3)
		if failed {
			return math.NaN()
		}
		return x
	}
	low, high = end(-step), end(step)
	return low, high, ctx.Err()
}
