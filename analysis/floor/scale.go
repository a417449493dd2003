package floor

import (
	"math"

	"swis/analysis"
	"swis/analysis/infer"
)

// contrast is an estimate with its standard error and degrees of freedom.
type contrast struct{ estimate, stdError, df float64 }

// welch is the difference of two means of unit values, unequal variances.
func welch(x1, x0 []float64) contrast {
	m1, v1 := meanVariance(x1)
	m0, v0 := meanVariance(x0)
	a, b := v1/float64(len(x1)), v0/float64(len(x0))
	if a+b == 0 { // nothing varies: no standard error, and no claim of certainty
		return contrast{m1 - m0, math.NaN(), math.NaN()}
	}
	return contrast{m1 - m0, math.Sqrt(a + b), (a + b) * (a + b) / (a*a/float64(len(x1)-1) + b*b/float64(len(x0)-1))}
}

func meanVariance(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, variance
}

// scales estimates the effect three times: as a difference of rates (times
// per), as a ratio of rates, and as a difference in the share of rows with any
// event. With a panel each is a change from before to after.
func scales(units []unitTotals, panel bool, per, level float64) []analysis.Estimate {
	var rate, share [2][]float64
	for _, u := range units {
		if u.rows[1] == 0 || panel && u.rows[0] == 0 {
			continue
		}
		r, s := per*u.y[1]/u.exposure[1], u.positive[1]/u.rows[1]
		if panel {
			r -= per * u.y[0] / u.exposure[0]
			s -= u.positive[0] / u.rows[0]
		}
		rate[u.treated] = append(rate[u.treated], r)
		share[u.treated] = append(share[u.treated], s)
	}
	ratio := logRatio(units, panel)
	levels, any := welch(rate[1], rate[0]), welch(share[1], share[0])
	out := []analysis.Estimate{
		infer.Wald("levels", levels.estimate, levels.stdError, levels.df, level, analysis.Identity),
		infer.Wald("ratio", ratio.estimate, ratio.stdError, ratio.df, level, analysis.Log),
		infer.Wald("any", any.estimate, any.stdError, any.df, level, analysis.Identity),
	}
	return out
}

// logRatio is the log ratio of rates, or with a panel of changes of rates, with
// a variance robust to units: each arm's sum of squared unit scores over its
// squared information, times G/(G - 1); t with G - 2.
func logRatio(units []unitTotals, panel bool) contrast {
	var log, variance [2]float64
	g := 0
	for arm := range int8(2) {
		if panel {
			c := armChange(units, arm)
			log[arm] = math.Log(c.ratio)
			variance[arm] = c.robust / (c.variance * c.variance) * float64(c.units) / float64(c.units-1)
			g += c.units
			continue
		}
		events, exposure, n := 0.0, 0.0, 0
		for _, u := range units {
			if u.treated == arm && u.rows[1] > 0 {
				events += u.y[1]
				exposure += u.exposure[1]
				n++
			}
		}
		robust := 0.0
		for _, u := range units {
			if u.treated == arm && u.rows[1] > 0 {
				e := u.y[1] - events/exposure*u.exposure[1]
				robust += e * e
			}
		}
		log[arm] = math.Log(events / exposure)
		variance[arm] = robust / (events * events) * float64(n) / float64(n-1)
		g += n
	}
	return contrast{log[1] - log[0], math.Sqrt(variance[1] + variance[0]), float64(g - 2)}
}

// parallel is Roth & Sant'Anna's (2023) check: if trends are parallel whatever
// the scale, f(comparison, after) + f(intervention, before) - f(comparison,
// before) is the distribution of the outcome the intervention arm would have
// had, so no part of it is negative. It returns the mass at each count up to
// the limit, the last holding all above, and its standard error as if rows were
// independent.
func (r *rows) parallel(limit int) (mass, stdError []float64) {
	var f [2][2][]float64
	var n [2][2]float64
	for arm := range 2 {
		for post := range 2 {
			f[arm][post] = make([]float64, limit+1)
		}
	}
	for i, y := range r.y {
		k := min(int(y), limit)
		f[r.treated[i]][r.post[i]][k]++
		n[r.treated[i]][r.post[i]]++
	}
	mass, stdError = make([]float64, limit+1), make([]float64, limit+1)
	for k := range mass {
		for _, part := range []struct {
			arm, post int
			sign      float64
		}{{0, 1, 1}, {1, 0, 1}, {0, 0, -1}} {
			share := f[part.arm][part.post][k] / n[part.arm][part.post]
			mass[k] += part.sign * share
			stdError[k] += share * (1 - share) / n[part.arm][part.post]
		}
		stdError[k] = math.Sqrt(stdError[k])
	}
	return mass, stdError
}
