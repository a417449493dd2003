package infer

import (
	"context"
	"math"

	"swis/analysis"
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
