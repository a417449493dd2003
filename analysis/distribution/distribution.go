// Package distribution gives the tail probabilities and quantiles that tests
// and intervals need, without underflow to zero in the far tails.
package distribution

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// NormalTwoSided is P(|Z| >= |z|).
func NormalTwoSided(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// NormalQuantile is the p-quantile of the standard normal, 0 < p < 1.
func NormalQuantile(p float64) float64 { return mathext.NormalQuantile(p) }

// StudentTwoSided is P(|T| >= |t|) with df degrees of freedom; df = +Inf is the normal.
func StudentTwoSided(t, df float64) float64 {
	if math.IsInf(df, 1) {
		return NormalTwoSided(t)
	}
	return mathext.RegIncBeta(df/2, 0.5, df/(df+t*t))
}

// StudentQuantile is the p-quantile of Student's t; df = +Inf is the normal.
func StudentQuantile(p, df float64) float64 {
	if math.IsInf(df, 1) {
		return NormalQuantile(p)
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
}

// FUpper is P(F >= f) with d1 and d2 degrees of freedom; d2 = +Inf is chi-squared/d1.
func FUpper(f, d1, d2 float64) float64 {
	if f <= 0 {
		return 1
	}
	if math.IsInf(d2, 1) {
		return ChiSquaredUpper(f*d1, d1)
	}
	return mathext.RegIncBeta(d2/2, d1/2, d2/(d2+d1*f))
}

// ChiSquaredUpper is P(X >= x) with df degrees of freedom.
func ChiSquaredUpper(x, df float64) float64 {
	if x <= 0 {
		return 1
	}
	return mathext.GammaIncRegComp(df/2, x/2)
}
