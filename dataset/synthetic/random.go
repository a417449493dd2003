package synthetic

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
)

// stream is the random numbers of one purpose: streams do not depend on each
// other, so the order of drawing changes nothing.
func stream(seed uint64, purpose string, i int) *rand.Rand {
	return rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%d/synthetic/%s/%d", seed, purpose, i))))
}

// poisson draws a count with the given mean: by products of uniforms below 20,
// above by halving, since the sum of two Poisson counts is one.
func poisson(r *rand.Rand, mean float64) int {
	if mean <= 0 {
		return 0
	}
	if mean > 20 {
		return poisson(r, mean/2) + poisson(r, mean/2)
	}
	limit, product, n := math.Exp(-mean), r.Float64(), 0
	for product > limit {
		product *= r.Float64()
		n++
	}
	return n
}

// lognormal draws a positive factor with mean 1 and coefficient of variation k.
func lognormal(r *rand.Rand, k float64) float64 {
	sd := logSD(k)
	return math.Exp(sd*r.NormFloat64() - sd*sd/2)
}

// choose draws an index with the given shares.
func choose(r *rand.Rand, shares []float64) int {
	u := r.Float64()
	for i, share := range shares {
		if u < share {
			return i
		}
		u -= share
	}
	return len(shares) - 1
}

// pick draws one of the values.
func pick[T any](r *rand.Rand, values []T) T { return values[r.IntN(len(values))] }
