package did

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/fixedeffects"
)

// trendInformation is k'V^-1 k over the event times k from the reference: a
// straight difference in trends of slope g gives the joint pre-test the
// non-centrality g^2 times it (Roth 2022). The slope that the test finds half
// of the time only follows from the test's own F, its non-central form taken
// with those degrees of freedom.
func (r *regression) trendInformation(times []float64, before []int) (information float64, ok bool) {
	var kept []int
	var distance []float64
	reference := math.Inf(-1)
	for _, k := range r.panel.eventTimes() {
		missing := true
		for _, have := range times {
			missing = missing && have != k
		}
		if missing {
			reference = k
		}
	}
	for _, j := range before {
		if k := r.fit.Column(j); k >= 0 {
			kept = append(kept, k)
			distance = append(distance, times[j]-reference)
		}
	}
	q := len(kept)
	s := mat.NewSymDense(q, nil)
	for a, i := range kept {
		for b, j := range kept[:a+1] {
			s.SetSym(a, b, r.variance.V[i][j])
		}
	}
	var chol mat.Cholesky
	if q == 0 || !chol.Factorize(s) {
		return 0, false
	}
	d := mat.NewVecDense(q, distance)
	var x mat.VecDense
	if chol.SolveVecTo(&x, d) != nil {
		return 0, false
	}
	information = mat.Dot(d, &x)
	return information, !math.IsNaN(information) && information > 0
}

// halfPower is the slope at which a test of the given information about a
// slope of one rejects half of the time.
func halfPower(information float64, t *analysis.Test, level float64) float64 {
	df1, df2 := *t.DF1, math.Inf(1)
	if t.DF2 != nil {
		df2 = *t.DF2
	}
	critical := fQuantile(level, df1, df2)
	low, high := 0.0, 1e4
	for range 200 {
		middle := (low + high) / 2
		if nonCentralFUpper(critical, df1, df2, middle) < 0.5 {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Sqrt(low / information)
}

// missedCheck says which straight trend the pre-test would miss half of the time.
func (p *Panel) missedCheck(result *analysis.Result, family fixedeffects.Family, information float64, t *analysis.Test, level float64) {
	missed := halfPower(information, t, level)
	if math.IsNaN(missed) {
		return
	}
	check := analysis.Check{Name: "pre_trend_missed", Value: analysis.Num(missed)}
	if family == fixedeffects.Gaussian {
		check.Means = fmt.Sprintf("a pre-test this size would miss a straight trend of ±%.*f a %s half of the time", decimals(missed/2), missed, p.words.time)
	} else {
		check.Means = fmt.Sprintf("a pre-test this size would miss a straight trend of ±%s a %s half of the time", percent(math.Expm1(missed)), p.words.time)
	}
	result.Checks = append(result.Checks, check)
}

// fQuantile is the p-quantile of F by bisection.
func fQuantile(p, d1, d2 float64) float64 {
	low, high := 0.0, 1.0
	for distribution.FUpper(high, d1, d2) > 1-p {
		high *= 2
	}
	for range 200 {
		middle := (low + high) / 2
		if distribution.FUpper(middle, d1, d2) > 1-p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// nonCentralFUpper is P(F >= f) with non-centrality lambda: the Poisson mixture
// of central tails, summed outward from its mode.
func nonCentralFUpper(f, d1, d2, lambda float64) float64 {
	half := lambda / 2
	term := func(j int) float64 {
		lg, _ := math.Lgamma(float64(j) + 1)
		weight := math.Exp(-half + float64(j)*math.Log(half) - lg)
		if half == 0 {
			weight = 0
			if j == 0 {
				weight = 1
			}
		}
		d := d1 + 2*float64(j)
		return weight * distribution.FUpper(f*d1/d, d, d2)
	}
	mode := int(half)
	sum := 0.0
	for j := mode; j < mode+10000; j++ {
		v := term(j)
		sum += v
		if v < 1e-14 && j > mode+5 {
			break
		}
	}
	for j := mode - 1; j >= 0; j-- {
		v := term(j)
		sum += v
		if v < 1e-16 {
			break
		}
	}
	return sum
}
