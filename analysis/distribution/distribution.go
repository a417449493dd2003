// Package distribution gives the tail probabilities and quantiles that tests
// and intervals need, without underflow to zero in the far tails. Degrees of
// freedom need not be whole.
package distribution

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// almostNormal are the degrees of freedom from which Student's t is taken as
// normal.
const almostNormal = 1e12

// NormalTwoSided is P(|Z| >= |z|).
func NormalTwoSided(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// NormalQuantile is the p-quantile of the standard normal, 0 < p < 1.
func NormalQuantile(p float64) float64 { return mathext.NormalQuantile(p) }

// StudentTwoSided is P(|T| >= |t|) with df degrees of freedom; df = +Inf is
// the normal.
func StudentTwoSided(t, df float64) float64 {
	if math.IsNaN(t) || !(df > 0) {
		return math.NaN()
	}
	if df >= almostNormal {
		return NormalTwoSided(t)
	}
	t = math.Abs(t)
	if math.IsInf(t, 1) {
		return 0
	}
	// x = df/(df + t^2), without overflow of t^2
	r := t / math.Sqrt(df)
	if r > farTail {
		// the first term of the tail's series
		a := df / 2
		return math.Exp(-df*math.Log(r) - math.Log(a*math.Sqrt(math.Pi)) + 0.5*math.Log(a) - halfStep(a))
	}
	if r > 1 {
		s := 1 / (1 + 1/(r*r))
		return regularBeta(df/2, 0.5, 1/(r*r)*s, s)
	}
	s := 1 / (1 + r*r)
	return regularBeta(df/2, 0.5, s, r*r*s)
}

// farTail is the t/sqrt(df) from which the tail is its leading power to full
// precision.
const farTail = 1e120

// halfStep is log of Gamma(a) sqrt(a) / Gamma(a + 1/2).
func halfStep(a float64) float64 {
	return stirling(a) - stirling(a+0.5) + 0.5 - a*math.Log1p(0.5/a)
}

// studentDensity is the density of Student's t.
func studentDensity(t, df float64) float64 {
	return math.Exp(-halfStep(df/2)-(df+1)/2*math.Log1p(t*t/df)) / math.Sqrt(2*math.Pi)
}

// StudentQuantile is the p-quantile of Student's t, 0 < p < 1; df = +Inf is
// the normal.
func StudentQuantile(p, df float64) float64 {
	if !(p > 0 && p < 1) || !(df > 0) {
		switch {
		case p == 0:
			return math.Inf(-1)
		case p == 1:
			return math.Inf(1)
		}
		return math.NaN()
	}
	if p == 0.5 {
		return 0
	}
	if p < 0.5 {
		return -upperStudent(p, 0.5-p, df)
	}
	return upperStudent(1-p, p-0.5, df)
}

// upperStudent is the t > 0 that is exceeded with probability q < 1/2, given
// centre = 1/2 - q too: Newton steps on the log of the smaller of the two
// against log t, kept in a bracket.
func upperStudent(q, centre, df float64) float64 {
	if df >= almostNormal {
		return -NormalQuantile(q)
	}
	inner := centre < 0.25
	target := math.Log(2 * q)
	if inner {
		target = math.Log(2 * centre)
	}
	low, high := math.Inf(-1), math.Inf(1)
	x := math.Log(math.Max(-NormalQuantile(q), 1e-300))
	for range 300 {
		t := math.Exp(x)
		tail, gap := studentCentre(t, df), 0.0
		if inner {
			gap = target - math.Log(tail)
		} else {
			tail = StudentTwoSided(t, df)
			gap = math.Log(tail) - target
		}
		if gap > 0 {
			low = x
		} else {
			high = x
		}
		slope := df
		if t < farTail*math.Sqrt(df) {
			slope = 2 * studentDensity(t, df) * t / tail
		}
		next := x + gap/slope
		if !(next > low && next < high) {
			switch {
			case math.IsInf(high, 1):
				next = x + 1
			case math.IsInf(low, -1):
				next = x - 1
			default:
				next = (low + high) / 2
			}
		}
		if math.Abs(next-x) <= 2e-16*(1+math.Abs(x)) {
			return math.Exp(next)
		}
		x = next
	}
	return math.Exp(x)
}

// studentCentre is P(|T| <= t).
func studentCentre(t, df float64) float64 {
	r := t / math.Sqrt(df)
	s := 1 / (1 + r*r)
	return regularBeta(0.5, df/2, r*r*s, s)
}

// FUpper is P(F >= f) with d1 and d2 degrees of freedom; d2 = +Inf is chi-squared/d1.
func FUpper(f, d1, d2 float64) float64 {
	switch {
	case math.IsNaN(f) || !(d1 > 0) || !(d2 > 0):
		return math.NaN()
	case f <= 0:
		return 1
	case d2 >= almostNormal:
		return ChiSquaredUpper(f*d1, d1)
	case math.IsInf(f, 1):
		return 0
	}
	r := d1 / d2 * f
	if r > 1 {
		s := 1 / (1 + 1/r)
		return regularBeta(d2/2, d1/2, 1/r*s, s)
	}
	s := 1 / (1 + r)
	return regularBeta(d2/2, d1/2, s, r*s)
}

// ChiSquaredUpper is P(X >= x) with df degrees of freedom.
func ChiSquaredUpper(x, df float64) float64 {
	if math.IsNaN(x) || !(df > 0) {
		return math.NaN()
	}
	return regularGammaUpper(df/2, x/2)
}
