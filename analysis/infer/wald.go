// Package infer holds what turns estimates into inference: variances, degrees
// of freedom, resampling and the streams of random numbers behind it.
package infer

import (
	"math"

	"swis/analysis"
	"swis/analysis/distribution"
)

// Wald fills statistic, p-value and interval of an estimate from its value and
// standard error. df = +Inf means z, and leaves DF nil. level is in (0,1). On a
// log or logit scale the ratio and its limits are filled too. A standard error
// that is NaN leaves everything but the estimate nil.
func Wald(term string, estimate, stdError, df, level float64, scale analysis.Scale) analysis.Estimate {
	e := analysis.Estimate{Term: term, Estimate: analysis.Num(estimate), StdError: analysis.Num(stdError), ConfLevel: level, Scale: scale}
	ratio := scale == analysis.Log || scale == analysis.Logit
	if ratio {
		e.Ratio = analysis.Num(math.Exp(estimate))
	}
	if math.IsNaN(df) || e.StdError == nil || e.Estimate == nil || stdError <= 0 {
		return e
	}
	if !math.IsInf(df, 1) {
		e.DF = analysis.Num(df)
	}
	t := estimate / stdError
	e.Statistic = analysis.Num(t)
	e.PValue = analysis.Num(distribution.StudentTwoSided(t, df))
	half := distribution.StudentQuantile(1-(1-level)/2, df) * stdError
	e.ConfLow, e.ConfHigh = analysis.Num(estimate-half), analysis.Num(estimate+half)
	if ratio {
		e.RatioLow, e.RatioHigh = analysis.Num(math.Exp(estimate-half)), analysis.Num(math.Exp(estimate+half))
	}
	return e
}
