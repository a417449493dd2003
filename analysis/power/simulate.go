package power

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Simulated is the power of a planned test by simulation.
type Simulated struct {
	Schools Schools
	Panel   bool // the test sees school-periods; else one row a school
	Test    analysis.Estimator
	Term    string
	Words   string    // the planned test in words
	Ratios  []float64 // true rate ratios to simulate
	Alpha   float64
	Trials  int
	Seed    string
}

// Method describes the simulation.
func (d Simulated) Method() analysis.Method {
	return analysis.Method{
		Name:    "Power by simulation of the planned test",
		Formula: "events ~ Poisson or negative binomial (variance dispersion x mean), rate x exposure x school x change x ratio",
		Conventions: []string{"school rates and changes are gamma with coefficients of variation k and k-change; exposures are gamma with coefficient of variation cv",
			"a trial in which the test is not estimable counts as one without a finding",
			"planned test: " + d.Words,
			"intervals of the power are exact binomial ones for the number of simulated trials"},
		References: []analysis.Reference{{Key: "Arnold et al. 2011", Text: "Simulation methods to estimate design power: an overview for applied research. BMC Medical Research Methodology 11, 94", DOI: "10.1186/1471-2288-11-94"}},
	}
}

// Result simulates every ratio.
func (d Simulated) Result(ctx context.Context) (*analysis.Result, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	r := &analysis.Result{
		Title: "Power of the planned test by simulation", Method: d.Method(), Fit: analysis.Fit{Status: analysis.Exact},
		Subtitle: fmt.Sprintf("%d intervention and %d comparison schools, %d periods before and %d from the start on, %d trials for each ratio",
			d.Schools.Intervention, d.Schools.Comparison, d.Schools.Before, d.Schools.After, d.Trials),
		Provenance: analysis.Provenance{Seed: &d.Seed},
	}
	curve := analysis.Curve{Name: "power_simulated", XLabel: "true rate ratio", YLabel: "power"}
	t := analysis.Table{Name: "simulated", Title: "Simulated trials", Columns: []analysis.Column{
		{Name: "ratio", Label: "true ratio", Format: analysis.Ratio}, {Name: "power", Label: "significant", Format: analysis.Percent},
		{Name: "falls", Label: "as falls", Format: analysis.Percent}, {Name: "mean_ratio", Label: "mean estimate", Format: analysis.Ratio},
		{Name: "coverage", Label: "intervals that hold the truth", Format: analysis.Percent}, {Name: "undefined", Label: "not estimable", Format: analysis.Percent}}}
	for _, ratio := range d.Ratios {
		draw := func(rng *rand.Rand) *table.Table { return d.Schools.FollowUp(rng, ratio) }
		if d.Panel {
			draw = func(rng *rand.Rand) *table.Table { return d.Schools.Draw(rng, ratio) }
		}
		s := infer.Simulation{Test: d.Test, Term: d.Term, Alpha: d.Alpha, True: math.Log(ratio), Trials: d.Trials, Seed: d.Seed, Purpose: "power"}
		found, err := s.Run(ctx, draw)
		if err != nil {
			return nil, err
		}
		low, high := interval(found.Significant, found.Trials)
		curve.X, curve.Y = append(curve.X, analysis.Num(ratio)), append(curve.Y, analysis.Num(found.Power()))
		curve.Low, curve.High = append(curve.Low, analysis.Num(low)), append(curve.High, analysis.Num(high))
		share := func(n, of int) analysis.Cell {
			return analysis.Cell{Value: analysis.Num(float64(n) / float64(of))}
		}
		t.Rows = append(t.Rows, []analysis.Cell{{Value: analysis.Num(ratio)}, share(found.Significant, found.Trials), share(found.Falls, found.Trials),
			{Value: analysis.Num(math.Exp(found.Mean))}, share(found.Covered, found.Intervals), share(found.Undefined, found.Trials)})
		name := fmt.Sprintf("power_simulated:%g", ratio)
		r.Checks = append(r.Checks, analysis.Check{Name: name, Value: analysis.Num(found.Power())})
		if ratio == 1 {
			r.Summary = append(r.Summary, fmt.Sprintf("Without an effect the test finds one in %s of trials (%s to %s).", percent(found.Power()), percent(low), percent(high)))
			continue
		}
		r.Summary = append(r.Summary, fmt.Sprintf("A rate ratio of %.2f is found in %s of trials (%s to %s).", ratio, percent(found.Power()), percent(low), percent(high)))
	}
	r.Curves, r.Tables = []analysis.Curve{curve}, []analysis.Table{t}
	return r, nil
}

// interval is the exact 95% interval of a share.
func interval(k, n int) (low, high float64) {
	low, high = 0, 1
	if k > 0 {
		low = distribution.BetaQuantile(0.025, float64(k), float64(n-k+1))
	}
	if k < n {
		high = distribution.BetaQuantile(0.975, float64(k+1), float64(n-k))
	}
	return low, high
}

func (d Simulated) check() error {
	s := d.Schools
	switch {
	case s.Intervention < 1 || s.Comparison < 1:
		return analysis.Unsupportedf("give the schools with --clusters (intervention) and --ratio")
	case d.Panel && s.Before < 1 || s.Before < 0 || s.After < 1:
		return analysis.Unsupportedf("give the periods with --periods-before and --periods-after, each 1 or more")
	case !(s.Rate > 0) || !(s.Exposure > 0):
		return analysis.Unsupportedf("give --rate0 (events a unit of exposure) and --person-time (mean exposure of a school in a period), both above 0")
	case !(s.K >= 0) || !(s.KChange >= 0) || !(s.CV >= 0) || !(s.Dispersion >= 1):
		return analysis.Unsupportedf("k, k-change and cv are coefficients of variation of 0 or more, dispersion is 1 or more")
	case d.Trials < 1 || d.Trials > 1_000_000:
		return analysis.Unsupportedf("simulate %d: want a number of trials such as 1000", d.Trials)
	case !(d.Alpha > 0 && d.Alpha < 1):
		return analysis.Unsupportedf("alpha %g: want a number between 0 and 1", d.Alpha)
	}
	const most = 1e7 // rows of a trial, events of a school in a period
	switch rows := (float64(s.Intervention) + float64(s.Comparison)) * (float64(s.Before) + float64(s.After)); {
	case rows > most:
		return analysis.Unsupportedf("schools times periods are %g rows a trial: want %g at most", rows, most)
	case s.Rate*s.Exposure > most:
		return analysis.Unsupportedf("rate0 times person-time is %g events of a school in a period: want %g at most", s.Rate*s.Exposure, most)
	}
	for _, ratio := range d.Ratios {
		if !(ratio > 0 && ratio <= 1000) {
			return analysis.Unsupportedf("ratio %g: want rate ratios above 0, 1000 at most", ratio)
		}
	}
	return nil
}
