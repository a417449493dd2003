package distribution

import "math"

// BetaLower is P(X <= x) of the beta distribution with parameters a and b.
func BetaLower(x, a, b float64) float64 { return regularBeta(a, b, x, 1-x) }

// BetaQuantile is the p-quantile of the beta distribution with parameters a
// and b, 0 < p < 1, by bisection on the incomplete beta function to the last
// bits, so that exact binomial limits keep their digits.
func BetaQuantile(p, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 1100 {
		mid := low + (high-low)/2
		if mid <= low || mid >= high {
			break
		}
		if BetaLower(mid, a, b) < p {
			low = mid
		} else {
			high = mid
		}
		if high-low <= 1e-15*math.Max(high, 1e-300) {
			break
		}
	}
	return low + (high-low)/2
}
