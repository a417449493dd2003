package power

import (
	"fmt"
	"math"

	"swis/analysis"
)

var hayesBennett = analysis.Reference{Key: "Hayes & Bennett 1999", Text: "Simple sample size calculation for cluster-randomized trials. International Journal of Epidemiology 28, 319-326", DOI: "10.1093/ije/28.2.319"}

// Rates compares the event rates of two arms, such as Section 47 enquiries a
// pupil-year.
type Rates struct {
	Asked
	Rate0, Rate1 float64 // events a unit of person-time; Rate1 NaN to find it
	PersonTime   float64 // mean person-time of a school, in the same unit
	K            float64 // between-school coefficient of variation of the true rates
	CV           float64 // coefficient of variation of person-time among schools
}

// Method describes the calculation.
func (Rates) Method() analysis.Method {
	return analysis.Method{
		Name:       "Sample size for rates in a cluster trial",
		Formula:    "c = 1 + (z_{a/2} + z_b)^2 [(l0 + l1)/y + k^2 (l0^2 + l1^2)] / (l0 - l1)^2",
		Variance:   "Poisson within schools, coefficient of variation k between schools",
		References: []analysis.Reference{hayesBennett},
		Conventions: []string{"normal quantiles; one school an arm is added for the t distribution",
			"with unequal arms the comparison arm's variance is divided by the ratio",
			"unequal person-time counts as its harmonic mean, of log-normal sizes where only their coefficient of variation is given"},
	}
}

// Result answers what was asked.
func (d Rates) Result() (*analysis.Result, error) {
	switch {
	case !(d.Rate0 > 0):
		return nil, analysis.Unsupportedf("rate0 %s: want the comparison arm's rate, above 0", shown(d.Rate0))
	case d.Rate1 < 0:
		return nil, analysis.Unsupportedf("rate1 %s: want a rate of 0 or more", shown(d.Rate1))
	case !(d.PersonTime > 0):
		return nil, analysis.Unsupportedf("person-time %s: want the mean person-time of a school, above 0", shown(d.PersonTime))
	case !(d.K >= 0):
		return nil, analysis.Unsupportedf("k %s: want the between-school coefficient of variation, 0 or more", shown(d.K))
	case !(d.CV >= 0):
		return nil, analysis.Unsupportedf("cv %s: want the coefficient of variation of person-time, 0 or more", shown(d.CV))
	}
	y := harmonic(d.PersonTime, d.CV)
	c := comparison{
		asked: d.Asked, title: "Schools needed to compare two rates", mean0: d.Rate0, mean1: d.Rate1, extra: 1,
		arms:       func(rate1 float64) Arms { return rateArms(d.Rate0, rate1, y, d.K) },
		ratioScale: true, lowest: 0, highest: 20 * d.Rate0, effectLabel: "rate ratio",
	}
	r, err := c.result(d.Method())
	if err != nil {
		return nil, err
	}
	r.Subtitle = fmt.Sprintf("rate %s, %s person-time a school, k = %g", significant(d.Rate0), significant(d.PersonTime), d.K)
	add(r, "design_effect", 1+d.K*d.K*d.Rate0*y, "how many times the variance of the comparison arm's rate exceeds Poisson")
	return r, nil
}

// Proportions compares the shares of pupils with an outcome.
type Proportions struct {
	Asked
	P0, P1      float64 // P1 NaN to find it
	ClusterSize float64 // mean pupils a school
	K           float64
	CV          float64 // coefficient of variation of school sizes
}

// Method describes the calculation.
func (Proportions) Method() analysis.Method {
	m := Rates{}.Method()
	m.Name = "Sample size for proportions in a cluster trial"
	m.Formula = "c = 1 + (z_{a/2} + z_b)^2 [p0(1 - p0)/n + p1(1 - p1)/n + k^2 (p0^2 + p1^2)] / (p0 - p1)^2"
	m.Variance = "binomial within schools, coefficient of variation k between schools"
	return m
}

// Result answers what was asked.
func (d Proportions) Result() (*analysis.Result, error) {
	switch {
	case !(d.P0 > 0 && d.P0 < 1):
		return nil, analysis.Unsupportedf("p0 %s: want the comparison arm's proportion, between 0 and 1", shown(d.P0))
	case d.P1 < 0 || d.P1 > 1:
		return nil, analysis.Unsupportedf("p1 %s: want a proportion between 0 and 1", shown(d.P1))
	case !(d.ClusterSize > 0):
		return nil, analysis.Unsupportedf("cluster-size %s: want the mean pupils of a school, above 0", shown(d.ClusterSize))
	case !(d.K >= 0) || !(d.CV >= 0):
		return nil, analysis.Unsupportedf("k %s, cv %s: want coefficients of variation of 0 or more", shown(d.K), shown(d.CV))
	}
	n := harmonic(d.ClusterSize, d.CV)
	c := comparison{
		asked: d.Asked, title: "Schools needed to compare two proportions", mean0: d.P0, mean1: d.P1, extra: 1,
		arms:       func(p1 float64) Arms { return proportionArms(d.P0, p1, n, d.K) },
		ratioScale: true, lowest: 0, highest: 1, effectLabel: "ratio of proportions",
	}
	r, err := c.result(d.Method())
	if err != nil {
		return nil, err
	}
	r.Subtitle = fmt.Sprintf("proportion %s, %s pupils a school, k = %g", significant(d.P0), significant(d.ClusterSize), d.K)
	add(r, "design_effect", 1+d.K*d.K*d.P0*n/(1-d.P0), "how many times the variance of the comparison arm's proportion exceeds the binomial")
	return r, nil
}

// Means compares the means of a score.
type Means struct {
	Asked
	Effect      float64 // difference of means; NaN to find it
	SD          float64 // of pupils, between and within schools together
	ClusterSize float64
	ICC         float64
	CV          float64 // coefficient of variation of school sizes
}

// Method describes the calculation.
func (Means) Method() analysis.Method {
	return analysis.Method{
		Name:     "Sample size for means in a cluster trial",
		Formula:  "c = 2 (z_{a/2} + z_b)^2 sd^2 D / (n effect^2), D = 1 + ((cv^2 + 1) n - 1) icc",
		Variance: "intra-cluster correlation icc, school sizes with coefficient of variation cv",
		Conventions: []string{"normal quantiles, no addition for few schools: use --design mdes for t quantiles",
			"with unequal arms the comparison arm's variance is divided by the ratio"},
		References: []analysis.Reference{
			{Key: "Donner & Klar 2000", Text: "Design and Analysis of Cluster Randomization Trials in Health Research. Arnold, London"},
			{Key: "Eldridge, Ashby & Kerry 2006", Text: "Sample size for cluster randomized trials: effect of coefficient of variation of cluster size and analysis method. International Journal of Epidemiology 35, 1292-1300", DOI: "10.1093/ije/dyl129"},
		},
	}
}

// Result answers what was asked.
func (d Means) Result() (*analysis.Result, error) {
	switch {
	case !(d.SD > 0):
		return nil, analysis.Unsupportedf("sd %s: want the standard deviation of pupils, above 0", shown(d.SD))
	case !(d.ClusterSize > 0):
		return nil, analysis.Unsupportedf("cluster-size %s: want the mean pupils of a school, above 0", shown(d.ClusterSize))
	case !(d.ICC >= 0 && d.ICC <= 1):
		return nil, analysis.Unsupportedf("icc %s: want a number from 0 to 1, such as 0.15", shown(d.ICC))
	case !(d.CV >= 0):
		return nil, analysis.Unsupportedf("cv %s: want the coefficient of variation of school sizes, 0 or more", shown(d.CV))
	}
	deff := designEffect(d.ClusterSize, d.ICC, d.CV)
	c := comparison{
		asked: d.Asked, title: "Schools needed to compare two means", mean0: 0, mean1: d.Effect,
		arms:   func(effect float64) Arms { return meanArms(effect, d.SD, d.ClusterSize, deff) },
		lowest: -20 * d.SD, highest: 20 * d.SD, effectLabel: "difference of means",
	}
	r, err := c.result(d.Method())
	if err != nil {
		return nil, err
	}
	r.Subtitle = fmt.Sprintf("standard deviation %s, %s pupils a school, ICC %g", significant(d.SD), significant(d.ClusterSize), d.ICC)
	add(r, "design_effect", deff, "how many times clustering inflates the variance of a mean")
	return r, nil
}

// MDES finds the minimum detectable effect size of a two-level cluster trial.
type MDES struct {
	Bloom
	Power, Alpha float64
}

// Method describes the calculation.
func (MDES) Method() analysis.Method {
	return analysis.Method{
		Name:        "Minimum detectable effect size of a cluster trial",
		Formula:     "(t_{1-a/2} + t_{1-b}) sqrt(icc (1 - R2c)/(P(1-P)J) + (1 - icc)(1 - R2i)/(P(1-P)Jn))",
		Variance:    "t with J - 2 - covariates degrees of freedom",
		Conventions: []string{"J schools in both arms together, a share P of them in the intervention arm, n pupils each; in standard deviations of the outcome"},
		References: []analysis.Reference{
			{Key: "Bloom 2005", Text: "Learning More from Social Experiments. Russell Sage Foundation, New York"},
			{Key: "Dong & Maynard 2013", Text: "PowerUp!: a tool for calculating minimum detectable effect sizes. Journal of Research on Educational Effectiveness 6, 24-67", DOI: "10.1080/19345747.2012.673143"},
		},
	}
}

// Result finds the effect.
func (d MDES) Result() (*analysis.Result, error) {
	if err := (Asked{Power: d.Power, Alpha: d.Alpha, Clusters: math.NaN(), Ratio: 1}).check(); err != nil {
		return nil, err
	}
	switch {
	case !(d.ShareTreated > 0 && d.ShareTreated < 1):
		return nil, analysis.Unsupportedf("share-treated %s: want the share of schools in the intervention arm, between 0 and 1", shown(d.ShareTreated))
	case !(d.ICC >= 0 && d.ICC <= 1):
		return nil, analysis.Unsupportedf("icc %s: want a number from 0 to 1, such as 0.15", shown(d.ICC))
	case !(d.ClusterSize > 0):
		return nil, analysis.Unsupportedf("cluster-size %s: want the mean pupils of a school, above 0", shown(d.ClusterSize))
	case d.R2Cluster < 0 || d.R2Cluster >= 1 || d.R2Individual < 0 || d.R2Individual >= 1:
		return nil, analysis.Unsupportedf("r2-cluster %s, r2-individual %s: want the variance explained at each level, from 0 to below 1", shown(d.R2Cluster), shown(d.R2Individual))
	case !(d.degreesOfFreedom() >= 1):
		return nil, analysis.NotEstimablef("%g schools leave %g degrees of freedom after 2 arms and %g covariates; want at least 1", d.Clusters, d.degreesOfFreedom(), d.ClusterCovariates)
	}
	r := &analysis.Result{
		Title:    "Minimum detectable effect size",
		Subtitle: fmt.Sprintf("%g schools of %g pupils, ICC %g", d.Clusters, d.ClusterSize, d.ICC),
		Method:   d.Method(), Fit: analysis.Fit{Status: analysis.Exact},
	}
	mdes := d.mdes(d.Power, d.Alpha)
	add(r, "mdes", mdes, "the smallest effect, in standard deviations of the outcome, that these schools show with the asked power")
	add(r, "mdes_std_error", d.standardError(), "the standard error of the standardised effect")
	add(r, "degrees_of_freedom", d.degreesOfFreedom(), "of the t quantiles")
	add(r, "design_effect", designEffect(d.ClusterSize, d.ICC, 0), "how many times clustering inflates the variance of a mean")
	r.Summary = []string{fmt.Sprintf("%g schools can show an effect of %.2f standard deviations, or more, with %s power at a two-sided %s level.", d.Clusters, mdes, percent(d.Power), percent(d.Alpha))}
	curve := analysis.Curve{Name: "mdes", XLabel: "schools, both arms together", YLabel: "minimum detectable effect size"}
	for j := math.Ceil(d.Clusters / 3); j <= 2*d.Clusters; j += math.Max(1, math.Ceil(d.Clusters/30)) {
		b := d.Bloom
		b.Clusters = j
		if b.degreesOfFreedom() >= 1 {
			curve.X = append(curve.X, analysis.Num(j))
			curve.Y = append(curve.Y, analysis.Num(b.mdes(d.Power, d.Alpha)))
		}
	}
	r.Curves = append(r.Curves, curve)
	return r, nil
}
