package main

import (
	"context"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/glmm"
	"swis/analysis/infer"
	"swis/analysis/mixed"
)

var mixedCommand = analysisCommand{
	use:   "mixed",
	short: "Linear and generalised linear mixed models",
	long: `Fits a model with random effects of schools, local authorities or periods.

The coefficient of an arm is the difference that the intervention makes to a school
with given random effects: in the units of the outcome (gaussian), as a log rate
ratio (poisson, negbin, negbin1) or a log odds ratio (binomial).

  gaussian   REML (default) or ML; t tests with Satterthwaite (default) or
             Kenward-Roger degrees of freedom; blocked Cholesky, linear in rows
  others     maximum likelihood by the Laplace approximation with the observed
             Hessian, or --quadrature points for one scalar random term; z tests

Random terms follow lme4: (1 | school), (1 | la/school), (1 + time | school),
(time || school). A variance of zero is a result (fit.status boundary), not an error.

Days in care cannot pass the days available: with --ceiling available_days a child in
care on every day counts as at least that many, and overall ratios and differences
are about the days up to the ceiling.

--permute adds randomisation inference for --term: the arm is exchanged between whole
units as the trial's draw could have done (within --strata, or the schemes of a --scheme
log; exact where there are no more than --reps) and the model fitted again under each
allocation. The unit is --cluster; for a term of one column it can be left out and is the
coarsest grouping of the formula within which the arm does not change. A term over time
is written as a product, swis:post: a column treat = swis times post in the data would
stay behind and is refused.

Exit status: 0 done; 2 wrong command line or an undefined combination; 3 data
refused; 6 not estimable from these data.`,
	example: `  swis mixed --data pupils.csv --formula 'attainment ~ swis + baseline + (1 | school)'
  swis mixed --data pupils.csv --formula 'attainment ~ swis + baseline + (1 | la/school)' --df kenward-roger
  swis mixed --data pupils.csv --formula 'attainment ~ swis + baseline + (1 | school)' --effect-size swis
  swis mixed --data panel.csv --formula 's47 ~ swis*post + (1 | la) + (1 | school)' --family poisson --exposure pupils
  swis mixed --data children.csv --formula 'care_days ~ swis + (1 | school)' --family negbin --hurdle '~ swis + (1 | school)' --ceiling available_days
  swis mixed --data panel.csv --formula 's47 ~ swis*post + (1 | la) + (1 | school)' --family poisson --exposure pupils --permute --term swis:post --cluster school --strata la`,
	options: func() analysisOptions { return &mixedOptions{} },
}

type mixedOptions struct {
	data                    dataFlags
	formula, family, method string
	quadrature              int
	df, exposure, weights   string
	zeroInflation, hurdle   string
	ceiling                 string
	ci, as                  string
	effects                 bool
	effectSize              string
	smallSample             bool
	vcov, cluster           string
	residualBy              string
	seed                    string
	reps                    int
	coverage, diagnostics   int
	permute                 permuteFlags
}

func (o *mixedOptions) bind(cmd *cobra.Command) {
	o.data.bind(cmd)
	o.permute.bind(cmd)
	f := cmd.Flags()
	f.StringVar(&o.formula, "formula", "", "model as lme4 writes it, e.g. 'y ~ arm*post + (1 | school)'")
	f.StringVar(&o.family, "family", "gaussian", "gaussian, poisson, negbin, negbin1, binomial, gamma or lognormal")
	f.StringVar(&o.method, "method", "", "reml (default for gaussian) or ml")
	f.IntVar(&o.quadrature, "quadrature", 1, "quadrature `points`: 1 is Laplace; more for one scalar random term")
	f.StringVar(&o.df, "df", "", "satterthwaite (default for gaussian), kenward-roger or wald")
	f.StringVar(&o.exposure, "exposure", "", "`column` whose log is the offset")
	f.StringVar(&o.weights, "weights", "", "`column` of prior weights (gaussian: inverse variances)")
	f.StringVar(&o.zeroInflation, "zero-inflation", "", "one-sided `formula` of structural zeros, e.g. '~ phase'")
	f.StringVar(&o.hurdle, "hurdle", "", "one-sided `formula` of zeros; the counts are then truncated")
	f.StringVar(&o.ceiling, "ceiling", "", "counts: `column` of the largest count possible, such as days available; rows that reach it are right-censored")
	f.StringVar(&o.ci, "ci", "wald", "intervals: wald, profile, bootstrap (parametric), or clusters (whole schools drawn; not gaussian)")
	f.StringVar(&o.as, "as", "", "conventions of another `program`: lme4, stata, glmmtmb")
	f.BoolVar(&o.effects, "effects", false, "give the conditional modes of the random effects")
	f.StringVar(&o.effectSize, "effect-size", "", "give Hedges' g of this 0/1 `term`")
	f.BoolVar(&o.smallSample, "small-sample", false, "with --effect-size: multiply by Hedges' J = 1 - 3/(4 df - 1)")
	f.StringVar(&o.vcov, "vcov", "", "gaussian: cluster-robust variance in place of the model's: cr0, cr1, cr1s, cr2, cr3")
	f.StringVar(&o.cluster, "cluster", "", "`column` of clusters for --vcov (default: the outermost grouping factor), or of the units that --permute exchanges")
	f.StringVar(&o.residualBy, "residual-by", "", "gaussian: a residual variance for each level of this `column`, such as the arm")
	f.StringVar(&o.seed, "seed", "1", "seed of --ci bootstrap, --permute, --coverage and --diagnostics")
	f.IntVar(&o.diagnostics, "diagnostics", 0, "gaussian: judge the residuals against this many simulated `data sets`, e.g. 199")
	f.IntVar(&o.coverage, "coverage", 0, "simulate this many `data sets` from the fit and report how often intervals hold the truth")
	f.IntVar(&o.reps, "reps", 999, "replicates of --ci bootstrap and clusters, and draws of --permute")
}

func (o *mixedOptions) result(ctx context.Context, _ *streams) (*analysis.Result, error) {
	if o.formula == "" {
		return nil, usagef("--formula is required, such as 'y ~ arm + baseline + (1 | school)'")
	}
	estimator, err := o.estimator()
	if err != nil {
		return nil, err
	}
	if estimator, err = o.randomised(estimator); err != nil {
		return nil, err
	}
	t, err := o.data.load()
	if err != nil {
		return nil, err
	}
	r, err := analysis.EstimateBy(ctx, estimator, t, o.data.by)
	if err != nil {
		return nil, err
	}
	r.Provenance = provenance(t, nil)
	if o.ci == string(mixed.BootstrapIntervals) || o.ci == "clusters" || o.coverage > 0 || o.diagnostics > 0 || o.permute.permute {
		r.Provenance.Seed = &o.seed
	}
	return r, nil
}

// estimator is where the families part.
func (o *mixedOptions) estimator() (analysis.Estimator, error) {
	if o.family == "gaussian" {
		return o.linear()
	}
	return o.generalised()
}

func (o *mixedOptions) linear() (analysis.Estimator, error) {
	references, err := o.data.references()
	if err != nil {
		return nil, err
	}
	for flag, set := range map[string]bool{"--exposure": o.exposure != "", "--zero-inflation": o.zeroInflation != "", "--hurdle": o.hurdle != "", "--ceiling": o.ceiling != "", "--quadrature": o.quadrature != 1} {
		if set {
			return nil, analysis.Unsupportedf("%s is not defined for --family gaussian; it goes with poisson, negbin, negbin1 or binomial", flag)
		}
	}
	if o.method != "" && o.method != "reml" && o.method != "ml" {
		return nil, usagef("--method %s: want reml or ml", o.method)
	}
	var kind infer.Kind
	if o.vcov != "" {
		if kind, err = infer.ParseKind(o.vcov); err != nil {
			return nil, err
		}
	} else if o.cluster != "" && !o.permute.permute {
		kind = infer.CR2
	}
	if err := checkReps(o.reps); err != nil {
		return nil, err
	}
	return mixed.Linear{Variance: kind, ResidualBy: o.residualBy, Cluster: o.cluster, Formula: o.formula, Reference: references, Categorical: o.data.categorical, Weights: o.weights, ML: o.method == "ml",
		DF: mixed.DF(o.df), Intervals: mixed.Intervals(o.ci), Effects: o.effects, EffectSize: o.effectSize, SmallSample: o.smallSample,
		Level: o.data.level, Conventions: o.as, Seed: o.seed, Reps: o.reps, Coverage: o.coverage, Diagnostics: o.diagnostics}, nil
}

func (o *mixedOptions) generalised() (analysis.Estimator, error) {
	switch {
	case o.method == "reml":
		return nil, analysis.Unsupportedf("--method reml is defined for --family gaussian; other families are fitted by maximum likelihood")
	case o.df != "" && o.df != string(mixed.Wald):
		return nil, analysis.Unsupportedf("--df %s is defined for --family gaussian; other families have z tests: leave it out, and look at a cluster-level or randomisation p beside", o.df)
	case o.vcov != "" || o.cluster != "" && !o.permute.permute:
		return nil, analysis.Unsupportedf("--vcov and --cluster are defined for --family gaussian; for clustered counts without random effects use swis glm --vcov cr2 --cluster")
	case o.diagnostics > 0 || o.residualBy != "":
		return nil, analysis.Unsupportedf("--diagnostics and --residual-by are defined for --family gaussian")
	case o.effectSize != "":
		return nil, analysis.Unsupportedf("--effect-size is defined for --family gaussian")
	}
	references, err := o.data.references()
	if err != nil {
		return nil, err
	}
	return glmm.Generalised{Formula: o.formula, Family: o.family, Quadrature: o.quadrature, ZeroInflation: o.zeroInflation, Hurdle: o.hurdle,
		Exposure: o.exposure, Ceiling: o.ceiling, Weights: o.weights, Level: o.data.level, Effects: o.effects, CI: o.ci, Reps: o.reps, Seed: o.seed, Coverage: o.coverage,
		Reference: references, Categorical: o.data.categorical, As: o.as}, nil
}
