package power

import (
	"fmt"
	"math"
	"strconv"

	"swis/analysis"
)

// Asked is what every design asks for. NaN means not given: without an effect
// the smallest detectable one is found, without clusters their number, with
// both the power.
type Asked struct {
	Power    float64 // e.g. 0.8
	Alpha    float64 // two-sided, e.g. 0.05
	Clusters float64 // intervention clusters; NaN to find them
	Ratio    float64 // comparison clusters for each intervention cluster, e.g. 1
}

func (a Asked) check() error {
	switch {
	case !(a.Power > 0 && a.Power < 1):
		return analysis.Unsupportedf("power %g: want a number between 0 and 1, such as 0.8", a.Power)
	case !(a.Alpha > 0 && a.Alpha < 1):
		return analysis.Unsupportedf("alpha %g: want a number between 0 and 1, such as 0.05", a.Alpha)
	case !(a.Ratio > 0):
		return analysis.Unsupportedf("ratio %g: want comparison clusters for each intervention cluster, above 0", a.Ratio)
	case a.Clusters <= 1:
		return analysis.Unsupportedf("clusters %g: want at least 2 in the intervention arm", a.Clusters)
	}
	return nil
}

// comparison is a two-arm design with everything but the answer filled in.
type comparison struct {
	asked       Asked
	title       string
	arms        func(mean1 float64) Arms
	mean0       float64
	mean1       float64 // NaN to find it
	extra       float64 // allowance of one cluster, or 0
	ratioScale  bool    // the effect reads as mean1 / mean0
	lowest      float64 // end of the search for a fall
	highest     float64 // end of the search for a rise
	effectLabel string  // of the curve, e.g. "rate ratio"
}

func (c comparison) result(m analysis.Method) (*analysis.Result, error) {
	if err := c.asked.check(); err != nil {
		return nil, err
	}
	r := &analysis.Result{Title: c.title, Method: m, Fit: analysis.Fit{Status: analysis.Exact}}
	hasEffect, hasClusters := !math.IsNaN(c.mean1), !math.IsNaN(c.asked.Clusters)
	switch {
	case !hasEffect && !hasClusters:
		return nil, analysis.Unsupportedf("give the effect to be found, or --clusters to see the effect they can show")
	case hasEffect && c.mean1 == c.mean0:
		return nil, analysis.Unsupportedf("both arms have the same value %g: no number of schools shows a difference of nothing", c.mean0)
	case hasEffect && hasClusters:
		c.reportPower(r)
	case hasEffect:
		c.reportClusters(r)
	default:
		if err := c.reportEffect(r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (c comparison) reportClusters(r *analysis.Result) {
	arms := c.arms(c.mean1)
	n := arms.clusters(c.asked.Power, c.asked.Alpha, c.asked.Ratio, c.extra)
	n0 := math.Ceil(n * c.asked.Ratio)
	add(r, "clusters_per_arm", n, fmt.Sprintf("%.0f intervention and %.0f comparison schools, rounded up", math.Ceil(n), n0))
	r.Summary = append(r.Summary, fmt.Sprintf("%.0f intervention and %.0f comparison schools give %s power at a two-sided %s level to find %s.",
		math.Ceil(n), n0, percent(c.asked.Power), percent(c.asked.Alpha), c.effectWords(c.mean1)))
	c.clusterCurve(r, arms, math.Max(4, 2*math.Ceil(n)))
}

func (c comparison) reportPower(r *analysis.Result) {
	arms := c.arms(c.mean1)
	p := arms.power(c.asked.Clusters, c.asked.Alpha, c.asked.Ratio, c.extra)
	add(r, "power", p, "the chance that the planned test finds this effect if it is there")
	add(r, "clusters_per_arm", arms.clusters(c.asked.Power, c.asked.Alpha, c.asked.Ratio, c.extra), "intervention schools that the asked power needs")
	r.Summary = append(r.Summary, fmt.Sprintf("%g intervention and %.0f comparison schools have %s power at a two-sided %s level to find %s.",
		c.asked.Clusters, math.Ceil(c.asked.Clusters*c.asked.Ratio), percent(p), percent(c.asked.Alpha), c.effectWords(c.mean1)))
	c.clusterCurve(r, arms, math.Max(4, 2*c.asked.Clusters))
}

// reportEffect finds the smallest fall and the smallest rise that the clusters
// can show.
func (c comparison) reportEffect(r *analysis.Result) error {
	short := func(mean1 float64) float64 {
		return c.arms(mean1).power(c.asked.Clusters, c.asked.Alpha, c.asked.Ratio, c.extra) - c.asked.Power
	}
	edge := 1e-9 * math.Max(math.Abs(c.mean0), 1e-12)
	fall := root(short, c.lowest, c.mean0-edge)
	rise := root(short, c.mean0+edge, c.highest)
	if math.IsNaN(fall) && math.IsNaN(rise) {
		return analysis.NotEstimablef("%g schools an arm cannot show even the largest effect with %s power; add schools, person-time or covariates", c.asked.Clusters, percent(c.asked.Power))
	}
	if c.ratioScale {
		add(r, "mde_ratio", fall/c.mean0, "the smallest fall, as a ratio, that these schools show with the asked power; missing where not even none at all would do")
		add(r, "mde_ratio_rise", rise/c.mean0, "the smallest rise, as a ratio")
	}
	add(r, "mde_difference", fall-c.mean0, "the smallest fall, as a difference")
	add(r, "mde_difference_rise", rise-c.mean0, "the smallest rise, as a difference")
	if math.IsNaN(fall) {
		r.Summary = append(r.Summary, fmt.Sprintf("No fall can be shown with %s power by %g intervention schools: the outcome is at the floor for a trial of this size.", percent(c.asked.Power), c.asked.Clusters))
		r.Note("floor_limited", "even a fall to nothing would not reach the asked power; lengthen the follow-up, add schools, or choose an outcome that is less rare")
	} else {
		r.Summary = append(r.Summary, fmt.Sprintf("%g intervention and %.0f comparison schools can show %s, or more, with %s power.",
			c.asked.Clusters, math.Ceil(c.asked.Clusters*c.asked.Ratio), c.effectWords(fall), percent(c.asked.Power)))
	}
	c.effectCurve(r)
	return nil
}

func (c comparison) effectWords(mean1 float64) string {
	word := "a fall"
	if mean1 > c.mean0 {
		word = "a rise"
	}
	if c.ratioScale {
		return fmt.Sprintf("%s from %s to %s (ratio %.2f)", word, significant(c.mean0), significant(mean1), mean1/c.mean0)
	}
	return fmt.Sprintf("%s of %s", word, significant(math.Abs(mean1-c.mean0)))
}

func (c comparison) clusterCurve(r *analysis.Result, arms Arms, upTo float64) {
	curve := analysis.Curve{Name: "power", XLabel: "intervention schools", YLabel: "power"}
	step := math.Max(1, math.Ceil(upTo/60))
	for n := 2.0; n <= upTo && !math.IsInf(n, 1); n += step {
		curve.X = append(curve.X, analysis.Num(n))
		curve.Y = append(curve.Y, analysis.Num(arms.power(n, c.asked.Alpha, c.asked.Ratio, c.extra)))
	}
	r.Curves = append(r.Curves, curve)
}

func (c comparison) effectCurve(r *analysis.Result) {
	curve := analysis.Curve{Name: "power", XLabel: c.effectLabel, YLabel: "power"}
	const points = 60
	for i := range points {
		mean1 := c.lowest + (c.mean0-c.lowest)*float64(i)/points
		x := mean1
		if c.ratioScale {
			x = mean1 / c.mean0
		}
		curve.X = append(curve.X, analysis.Num(x))
		curve.Y = append(curve.Y, analysis.Num(c.arms(mean1).power(c.asked.Clusters, c.asked.Alpha, c.asked.Ratio, c.extra)))
	}
	r.Curves = append(r.Curves, curve)
}

func add(r *analysis.Result, name string, value float64, means string) {
	r.Checks = append(r.Checks, analysis.Check{Name: name, Value: analysis.Num(value), Means: means})
}

func percent(x float64) string { return strconv.FormatFloat(math.Round(1000*x)/10, 'f', -1, 64) + "%" }

func significant(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }

// shown is a number for an error message; NaN is one that was not given.
func shown(x float64) string {
	if math.IsNaN(x) {
		return "not given"
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}
