package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/glm"
	"swis/analysis/glmm"
	"swis/analysis/multiplicity"
)

var glmCommand = analysisCommand{
	use:   "glm",
	short: "Linear and generalised linear models: means, rates, shares",
	long: `Estimates how a mean, a rate or a share changes with the terms of a formula, without
random effects: one row a school, a school-period or a pupil. Count families take an
exposure, and their exponentiated coefficients are rate ratios. With --cluster the
standard errors are cluster-robust: CR2 with Satterthwaite degrees of freedom unless
--vcov says otherwise.

Families: gaussian, poisson, quasipoisson, negbin, binomial, quasibinomial, gamma
(log link), tobit (left-censored at 0; --vcov iid, hc0, cr0, cr1).

--ceiling COLUMN right-censors counts that reach the largest possible, such as days
in care at the days available, also with --zero-inflation or --hurdle.

--term with --bootstrap wild, --permute or --inference all adds resampling for one
coefficient; useful with few clusters.

Exit status: 0 done; 2 wrong command line or formula; 3 data refused; 6 not estimable.`,
	example: `  swis glm --data schools.csv --formula 's47 ~ arm + log(baseline + 1)' --family poisson --exposure pupil_years --cluster la
  swis glm --data pupils.csv --formula 'attainment ~ swis + baseline' --cluster school --term swis --inference all
  swis glm --data contacts.csv --formula 'cbind(nfa, contacts - nfa) ~ dsl + phase' --family quasibinomial`,
	options: func() analysisOptions { return &glmOptions{} },
}

type glmOptions struct {
	data          dataFlags
	inference     inferenceFlags
	formula       string
	family        string
	exposure      string
	weights       string
	zeroInflation string
	hurdle        string
	ceiling       string
	correlation   string
}

func (o *glmOptions) bind(cmd *cobra.Command) {
	o.data.bind(cmd)
	o.inference.bind(cmd)
	f := cmd.Flags()
	f.StringVar(&o.formula, "formula", "", "`formula` such as 's47 ~ arm*post + log(pupils)'")
	f.StringVar(&o.family, "family", "gaussian", "gaussian, poisson, quasipoisson, negbin, binomial, quasibinomial, gamma, tobit")
	f.StringVar(&o.exposure, "exposure", "", "`column` of exposure; its log is an offset")
	f.StringVar(&o.weights, "weights", "", "`column` of prior weights (gaussian: inverse variances)")
	f.StringVar(&o.zeroInflation, "zero-inflation", "", "`formula` of the zero-inflation part, such as '~ phase'")
	f.StringVar(&o.correlation, "correlation", "", "marginal model (GEE) with this working correlation in --cluster: independence or exchangeable; --vcov kc (default), md, fg, cr0")
	f.StringVar(&o.hurdle, "hurdle", "", "`formula` of the hurdle part, such as '~ phase'")
	f.StringVar(&o.ceiling, "ceiling", "", "poisson, negbin, negbin1: `column` of the largest count possible; rows that reach it are right-censored")
}

func (o *glmOptions) result(ctx context.Context, _ *streams) (*analysis.Result, error) {
	if o.formula == "" {
		return nil, usagef("give the model with --formula, such as --formula 's47 ~ arm'")
	}
	t, err := o.data.load()
	if err != nil {
		return nil, err
	}
	e, err := o.estimator()
	if err != nil {
		return nil, err
	}
	r, err := analysis.EstimateBy(ctx, e, t, o.data.by)
	if err != nil {
		return nil, err
	}
	if unit := o.data.roles.Unit; unit != "" && o.inference.cluster == "" && o.inference.vcov == "" && t.Rows() > 0 {
		if g, err := t.Category(unit); err == nil && len(g.Levels) < t.Rows() {
			r.Note("no_cluster", fmt.Sprintf("the rows of a school are not independent, and these standard errors take them to be: add --cluster %s", unit))
		}
	}
	r.Provenance = provenance(t, nil)
	if o.inference.resamples() || o.inference.cluster != "" && o.zeroInflation+o.hurdle+o.ceiling != "" {
		r.Provenance.Seed = &o.inference.seed
	}
	return r, nil
}

// estimator chooses the engine: models of two parts have their own.
func (o *glmOptions) estimator() (analysis.Estimator, error) {
	if o.correlation != "" {
		return o.marginal()
	}
	inference, err := o.inference.options(o.data.level)
	if err != nil {
		return nil, err
	}
	references, err := o.data.references()
	if err != nil {
		return nil, err
	}
	if o.zeroInflation != "" || o.hurdle != "" || o.ceiling != "" {
		return o.twoParts(references)
	}
	return glm.Model{Formula: o.formula, Family: o.family, Exposure: o.exposure, Weights: o.weights,
		Reference: references, Categorical: o.data.categorical, Inference: inference}, nil
}

// twoParts is the estimator of zero-inflated and hurdle models and of counts with
// a ceiling.
func (o *glmOptions) twoParts(references map[string]string) (analysis.Estimator, error) {
	i := o.inference
	if i.vcov != "" && i.vcov != "iid" || i.bootstrap != "" || i.inference != "" || i.adjust != "" || i.as != "" {
		return nil, analysis.Unsupportedf("zero-inflated and hurdle models and --ceiling have standard errors from the observed information (--vcov iid) or, with --cluster, from a bootstrap of clusters")
	}
	ci := ""
	if i.cluster != "" {
		ci = "clusters"
	}
	if !glmm.Supports(o.family) || o.family == "binomial" {
		return nil, analysis.Unsupportedf("zero inflation, hurdles and --ceiling are defined for --family poisson and negbin, not for %s", o.family)
	}
	model := glmm.Generalised{Formula: o.formula, Family: o.family, ZeroInflation: o.zeroInflation, Hurdle: o.hurdle, Exposure: o.exposure, Ceiling: o.ceiling,
		Weights: o.weights, Level: o.data.level, Reference: references, Categorical: o.data.categorical,
		CI: ci, Cluster: i.cluster, Reps: min(i.reps, 999), Seed: i.seed}
	refit := model
	refit.CI = ""
	return o.randomised(model, refit, references)
}

// resamples says whether random draws may be used.
func (f *inferenceFlags) resamples() bool {
	return f.permute || f.bootstrap != "" || f.inference != "" || f.adjust == multiplicity.RomanoWolfName
}
