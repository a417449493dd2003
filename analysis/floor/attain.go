package floor

import (
	"context"
	"math"

	"swis/analysis/infer"
)

// attainable is the p-value of a permutation test if the intervention arm had
// had no event at all in the follow-up: no smaller p can be reached by a fall.
type attainable struct {
	p       float64
	schemes int
	exact   bool // all allocations with the same numbers were listed
}

// residuals are the units' departures from no effect once every follow-up event
// of the intervention arm is removed: y1 - n q with one common change (did), or
// y1 - rate e1 with one common rate. Their sum over an arm is the score of its
// effect, whatever the allocation, so a permutation only sums them again.
func residuals(units []unitTotals, did bool) (e []float64, treated []int8) {
	var members []unitTotals
	later, exposure := 0.0, 0.0
	for _, u := range units {
		if u.rows[1] == 0 || did && u.rows[0] == 0 {
			continue
		}
		if u.treated == 1 {
			u.y[1] = 0
		}
		later += u.y[1]
		exposure += u.exposure[1]
		members = append(members, u)
	}
	common := later / exposure
	if did {
		common = math.Exp(solveIncreasing(func(x float64) float64 {
			expected := 0.0
			for _, u := range members {
				expected += (u.y[0] + u.y[1]) * laterShare(u, math.Exp(x))
			}
			return expected - later
		}))
	}
	for _, u := range members {
		expected := common * u.exposure[1]
		if did {
			expected = (u.y[0] + u.y[1]) * laterShare(u, common)
		}
		e = append(e, u.y[1]-expected)
		treated = append(treated, u.treated)
	}
	return e, treated
}

// permute is the two-sided permutation p-value of the intervention arm's sum of
// e over allocations with as many intervention units: all of them where there
// are no more than reps, with the observed one among them, else reps drawn ones
// and p = (1 + b)/(1 + reps). Ties at relative 1e-9 count.
func permute(ctx context.Context, e []float64, treated []int8, reps int, seed string) (attainable, error) {
	k, observed, scale := 0, 0.0, 0.0
	for i, x := range e {
		if treated[i] == 1 {
			k++
			observed += x
		}
		scale += math.Abs(x)
	}
	limit := math.Abs(observed) - 1e-9*scale
	if n := choose(len(e), k); n <= float64(reps) {
		hits, total := 0, 0
		var list func(from, left int, sum float64)
		list = func(from, left int, sum float64) {
			if left == 0 {
				total++
				if math.Abs(sum) >= limit {
					hits++
				}
				return
			}
			for i := from; i <= len(e)-left; i++ {
				list(i+1, left-1, sum+e[i])
			}
		}
		list(0, k, 0)
		return attainable{p: float64(hits) / float64(total), schemes: total, exact: true}, nil
	}
	const block = 32 // replicates that share a stream
	hits := make([]int, (reps+block-1)/block)
	err := infer.Replicate(ctx, len(hits), func() func(int) {
		order := make([]int, len(e))
		return func(at int) {
			rng := infer.Stream(seed, "floor", at)
			for range min(block, reps-at*block) {
				for i := range order {
					order[i] = i
				}
				sum := 0.0
				for i := range k {
					j := i + rng.IntN(len(order)-i)
					order[i], order[j] = order[j], order[i]
					sum += e[order[i]]
				}
				if math.Abs(sum) >= limit {
					hits[at]++
				}
			}
		}
	})
	extreme := 0
	for _, h := range hits {
		extreme += h
	}
	return attainable{p: float64(1+extreme) / float64(1+reps), schemes: reps}, err
}

// choose is the binomial coefficient, as a float.
func choose(n, k int) float64 {
	c := 1.0
	for i := range min(k, n-k) {
		c *= float64(n-i) / float64(i+1)
	}
	return math.Round(c)
}
