package main

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/did"
	"swis/analysis/glm"
	"swis/analysis/glmm"
	"swis/analysis/infer"
	"swis/analysis/power"
)

// simulationFlags are the flags of power by simulation.
type simulationFlags struct {
	trials              int
	ratios              string
	before, after       int
	kChange, dispersion float64
	formula, family     string
	term                string
	seed                string
}

func (f *simulationFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&f.trials, "simulate", 0, "did, trial: `number` of simulated trials for each ratio")
	flags.StringVar(&f.ratios, "ratios", "1,0.9,0.8,0.7,0.6,0.5", "did, trial: true rate `ratios` to simulate, where --rate1 is not given")
	flags.IntVar(&f.before, "periods-before", 6, "did, trial: periods before the start")
	flags.IntVar(&f.after, "periods-after", 3, "did, trial: periods from the start on")
	flags.Var(newNumber(&f.kChange, 0), "k-change", "did, trial: coefficient of variation of the schools' own changes")
	flags.Var(newNumber(&f.dispersion, 1), "dispersion", "did, trial: variance over mean of a school's count in a period")
	flags.StringVar(&f.formula, "formula", "", "did, trial: `model` of the planned test, such as 'events ~ swis + log(baseline + 0.001)'")
	flags.StringVar(&f.family, "family", "", "did, trial: family of that model (default poisson, negbin)")
	flags.StringVar(&f.term, "term", "", "did, trial: `coefficient` that decides (default: att, or swis)")
	flags.StringVar(&f.seed, "seed", "1", "did, trial: seed `text` of the simulation")
}

// simulate runs the planned test on simulated trials.
func (o *powerOptions) simulate(ctx context.Context, ratio float64) (*analysis.Result, error) {
	f := o.simulation
	if f.trials == 0 {
		return nil, usagef("--design %s is by simulation: give --simulate N, such as --simulate 500", o.design)
	}
	if math.IsNaN(o.clusters) {
		return nil, usagef("--design %s wants --clusters, the number of intervention schools", o.design)
	}
	ratios, err := o.trueRatios()
	if err != nil {
		return nil, err
	}
	k := o.k
	if math.IsNaN(k) {
		k = 0
	}
	d := power.Simulated{
		Schools: power.Schools{Intervention: int(o.clusters), Comparison: int(math.Round(o.clusters * ratio)), Before: f.before, After: f.after,
			Rate: o.rate0, Exposure: o.personTime, CV: o.cv, K: k, KChange: f.kChange, Dispersion: f.dispersion},
		Panel: o.design == "did", Ratios: ratios, Alpha: o.alpha, Trials: f.trials, Seed: f.seed,
	}
	level := 1 - o.alpha
	switch {
	case f.formula != "":
		family := f.family
		if family == "" {
			family = map[bool]string{true: "poisson", false: "negbin"}[d.Panel]
		}
		d.Term, d.Words = f.term, f.formula+", "+family
		if d.Term == "" {
			d.Term = map[bool]string{true: "treated", false: "swis"}[d.Panel]
		}
		d.Test = glm.Model{Formula: f.formula, Family: family, Exposure: "exposure", Inference: infer.Options{Level: level, Clusters: []string{"school"}}}
		if strings.Contains(f.formula, "|") {
			d.Test = glmm.Generalised{Formula: f.formula, Family: family, Quadrature: 1, Exposure: "exposure", Level: level}
		} else {
			d.Words += ", CR2 by school"
		}
	case d.Panel:
		d.Term, d.Words = "att", "fixed-effects Poisson, CR2 by school with Satterthwaite degrees of freedom"
		d.Test = did.TwoWay{Data: did.Data{Outcome: "events", Unit: "school", Time: "term", Treated: "swis", Start: strconv.Itoa(f.before + 1), Exposure: "exposure"},
			Inference: did.Inference{Level: level}, Family: "poisson", NoPreTest: true}
	default:
		d.Term, d.Words = "swis", "negative binomial of the follow-up with exposure, CR2 by school"
		d.Test = glm.Model{Formula: "events ~ swis", Family: "negbin", Exposure: "exposure", Inference: infer.Options{Level: level, Clusters: []string{"school"}}}
	}
	r, err := d.Result(ctx)
	if err != nil {
		return nil, err
	}
	r.Provenance.Program = program
	return r, nil
}

// trueRatios are the rate ratios to simulate.
func (o *powerOptions) trueRatios() ([]float64, error) {
	if !math.IsNaN(o.rate1) {
		if !(o.rate0 > 0) {
			return nil, usagef("--rate1 wants --rate0 beside it")
		}
		return []float64{o.rate1 / o.rate0}, nil
	}
	var ratios []float64
	for _, text := range splitList(o.simulation.ratios) {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, usagef("--ratios %s: %q is not a number", o.simulation.ratios, text)
		}
		ratios = append(ratios, x)
	}
	return ratios, nil
}
