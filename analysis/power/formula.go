// Package power plans cluster trials: how many schools an effect needs, and
// which effect a number of schools can show.
package power

import (
	"math"

	"swis/analysis/distribution"
)

// Arms is a two-arm comparison of clusters on its natural scale: the mean of
// each arm, and the variance of one cluster's summary in each arm.
type Arms struct {
	Mean0, Mean1         float64
	Variance0, Variance1 float64
}

// rateArms are two event rates: a cluster's rate varies by Poisson noise over
// its person-time y and by the between-cluster coefficient of variation k
// (Hayes & Bennett 1999, equation 3). A zero y counts the noise as none.
func rateArms(rate0, rate1, y, k float64) Arms {
	return Arms{
		Mean0: rate0, Mean1: rate1,
		Variance0: rate0/y + k*k*rate0*rate0,
		Variance1: rate1/y + k*k*rate1*rate1,
	}
}

// proportionArms are two proportions among n members of a cluster (Hayes &
// Bennett 1999, equation 4).
func proportionArms(p0, p1, n, k float64) Arms {
	return Arms{
		Mean0: p0, Mean1: p1,
		Variance0: p0*(1-p0)/n + k*k*p0*p0,
		Variance1: p1*(1-p1)/n + k*k*p1*p1,
	}
}

// meanArms are two means that differ by effect: the variance of a cluster mean
// is that of n members times the design effect.
func meanArms(effect, sd, n, designEffect float64) Arms {
	v := sd * sd * designEffect / n
	return Arms{Mean1: effect, Variance0: v, Variance1: v}
}

// clusters is the number of intervention clusters, not rounded, that gives the
// power in a two-sided test of size alpha when ratio comparison clusters stand
// beside each. extra is the allowance for the t distribution: 1 in Hayes &
// Bennett's formulas, 0 in the formula for means by normal quantiles.
func (a Arms) clusters(power, alpha, ratio, extra float64) float64 {
	z := distribution.NormalQuantile(1-alpha/2) + distribution.NormalQuantile(power)
	d := a.Mean0 - a.Mean1
	return extra + z*z*(a.Variance1+a.Variance0/ratio)/(d*d)
}

// power is the power of c intervention clusters: clusters solved for power.
func (a Arms) power(c, alpha, ratio, extra float64) float64 {
	if c <= extra {
		return math.NaN()
	}
	d := math.Abs(a.Mean0 - a.Mean1)
	se := math.Sqrt((a.Variance1 + a.Variance0/ratio) / (c - extra))
	return normalCDF(d/se - distribution.NormalQuantile(1-alpha/2))
}

func normalCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// designEffect is 1 + ((cv^2 + 1) n - 1) icc: the inflation of the variance of
// a mean by clusters of mean size n whose sizes vary with coefficient of
// variation cv (Eldridge, Ashby & Kerry 2006). cv = 0 is equal sizes.
func designEffect(n, icc, cv float64) float64 { return 1 + ((cv*cv+1)*n-1)*icc }

// harmonic is the harmonic mean of log-normal sizes with this mean and
// coefficient of variation: what person-time counts for when it is unequal.
func harmonic(mean, cv float64) float64 { return mean / (1 + cv*cv) }

// Bloom is the design of a two-level cluster trial with covariates at both
// levels, in units of the standard deviation of the outcome.
type Bloom struct {
	Clusters                float64 // J, both arms together
	ClusterSize             float64 // n, members a cluster
	ICC                     float64
	ShareTreated            float64 // P, in (0,1)
	R2Cluster, R2Individual float64 // variance explained at each level, in [0,1)
	ClusterCovariates       float64 // degrees of freedom they take
}

// standardError of the standardised effect (Bloom 2005; Dong & Maynard 2013).
func (b Bloom) standardError() float64 {
	p := b.ShareTreated * (1 - b.ShareTreated) * b.Clusters
	return math.Sqrt(b.ICC*(1-b.R2Cluster)/p + (1-b.ICC)*(1-b.R2Individual)/(p*b.ClusterSize))
}

// degreesOfFreedom is J - 2 - covariates.
func (b Bloom) degreesOfFreedom() float64 { return b.Clusters - 2 - b.ClusterCovariates }

// mdes is the minimum detectable effect size: the multiplier
// t(1 - alpha/2) + t(power) times the standard error.
func (b Bloom) mdes(power, alpha float64) float64 {
	df := b.degreesOfFreedom()
	return (distribution.StudentQuantile(1-alpha/2, df) + distribution.StudentQuantile(power, df)) * b.standardError()
}

// root finds x in [low, high] with f(x) = 0 by bisection, or NaN where f has
// the same sign at both ends.
func root(f func(float64) float64, low, high float64) float64 {
	a, b := f(low), f(high)
	if a == 0 {
		return low
	}
	if math.IsNaN(a) || math.IsNaN(b) || (a > 0) == (b > 0) {
		return math.NaN()
	}
	for range 200 {
		mid := low + (high-low)/2
		if mid == low || mid == high {
			break
		}
		if m := f(mid); (m > 0) == (a > 0) {
			low = mid
		} else {
			high = mid
		}
	}
	return low + (high-low)/2
}
