// Package floor asks two questions of an outcome that may be near zero: is
// there room to improve, and is there room to detect an improvement.
package floor

import (
	"math"

	"swis/analysis/distribution"
)

// tieShare is how much larger the probability of an outcome may be and still
// count as no more likely than the one observed, as in R's binom.test.
const tieShare = 1 + 1e-7

// logBinomial is the log-probability of k of n at share p, 0 < p < 1.
func logBinomial(k, n, p float64) float64 {
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c + k*math.Log(p) + (n-k)*math.Log1p(-p)
}

// binomialP is the two-sided p-value of k events of n against share p: the
// probability of all outcomes that are no more likely than the observed one
// (the minimum-likelihood p-value).
func binomialP(k, n, p float64) float64 {
	if n == 0 {
		return 1
	}
	limit := logBinomial(k, n, p) + math.Log(tieShare)
	total := 0.0
	// Both tails are walked inwards from their ends until the probability
	// passes the limit; the binomial has one mode, so nothing beyond counts.
	low := 0.0
	for ; low <= n; low++ {
		l := logBinomial(low, n, p)
		if l > limit {
			break
		}
		total += math.Exp(l)
	}
	for high := n; high > low; high-- {
		l := logBinomial(high, n, p)
		if l > limit {
			break
		}
		total += math.Exp(l)
	}
	return math.Min(1, total)
}

// clopperPearson is the exact interval of a share from k of n.
func clopperPearson(k, n, level float64) (low, high float64) {
	alpha := (1 - level) / 2
	low, high = 0, 1
	if k > 0 {
		low = distribution.BetaQuantile(alpha, k, n-k+1)
	}
	if k < n {
		high = distribution.BetaQuantile(1-alpha, k+1, n-k)
	}
	return low, high
}

// RateRatio compares two counts with known exposures.
type RateRatio struct {
	Ratio, Low, High float64 // NaN or +Inf where the comparison arm has no events
	P                float64
}

// exactRateRatio is the conditional test of equal rates: given their total,
// the events of the first arm are binomial with its share of the exposure.
// The p-value is the minimum-likelihood one, the limits are those of Clopper &
// Pearson turned into rate ratios.
func exactRateRatio(events1, exposure1, events0, exposure0, level float64) RateRatio {
	n := events1 + events0
	r := RateRatio{Ratio: math.NaN(), Low: math.NaN(), High: math.NaN(), P: 1}
	if n == 0 {
		return r
	}
	r.P = binomialP(events1, n, exposure1/(exposure1+exposure0))
	low, high := clopperPearson(events1, n, level)
	odds := exposure0 / exposure1
	r.Ratio = (events1 / events0) * odds
	r.Low, r.High = low/(1-low)*odds, high/(1-high)*odds
	return r
}

// eventsNeeded is the smallest number of comparison events with which no event
// at all in the intervention arm would give p < alpha: the bound below which
// no fall can be significant. inflation divides the events, for counts that
// vary more than Poisson. It returns 0 where a million events are not enough.
func eventsNeeded(exposure1, exposure0, alpha, inflation float64) int {
	p := exposure1 / (exposure1 + exposure0)
	// The probability of no event alone is above alpha before this many.
	least := math.Log(alpha) / math.Log1p(-p)
	for c := max(1, int(least*inflation)); c <= 1_000_000; c++ {
		if effective := math.Floor(float64(c) / inflation); effective >= 1 && binomialP(0, effective, p) < alpha {
			return c
		}
	}
	return 0
}
