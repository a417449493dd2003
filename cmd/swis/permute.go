package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/design"
	"swis/analysis/did"
	"swis/analysis/fixedeffects"
	"swis/analysis/formula"
	"swis/analysis/glmm"
	"swis/analysis/infer"
	"swis/analysis/mixed"
	"swis/analysis/randomisation"
)

// permuteFlags are the flags of randomisation inference for commands without
// the other inference flags.
type permuteFlags struct {
	permute                         bool
	term, statistic, strata, scheme string
}

func (f *permuteFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.permute, "permute", false, "randomisation inference for --term: --reps allocations, the model fitted again under each")
	flags.StringVar(&f.term, "term", "", "`coefficient` that --permute is about, e.g. swis:post")
	flags.StringVar(&f.statistic, "statistic", "", "of --permute: coef (default) or t")
	flags.StringVar(&f.strata, "strata", "", "`columns` within which the arms were drawn")
	flags.StringVar(&f.scheme, "scheme", "", "allocation.log.json `file` whose possible draws --permute uses")
}

// check refuses flags that --permute does not go with or lacks.
func (f *permuteFlags) check() error {
	if !f.permute {
		for flag, value := range map[string]string{"--term": f.term, "--statistic": f.statistic, "--strata": f.strata, "--scheme": f.scheme} {
			if value != "" {
				return usagef("%s is for --permute: add it, or leave %s out", flag, flag)
			}
		}
		return nil
	}
	return oneOf("--statistic", f.statistic, []string{"coef", "t"})
}

// among reads between which units exchanges are made.
func (f *permuteFlags) among(seed string) (randomisation.Among, error) {
	a := randomisation.Among{Strata: splitList(f.strata)}
	if f.scheme == "" {
		return a, nil
	}
	if len(a.Strata) > 0 {
		return a, usagef("give --scheme or --strata, not both: the log has the strata of the draw")
	}
	var err error
	a.Scheme, err = design.ReadScheme(f.scheme, seed)
	return a, err
}

// randomised puts randomisation inference beside a mixed model.
func (o *mixedOptions) randomised(e analysis.Estimator) (analysis.Estimator, error) {
	if err := o.permute.check(); err != nil || !o.permute.permute {
		return e, err
	}
	if err := checkReps(o.reps); err != nil {
		return nil, err
	}
	among, err := o.permute.among(o.seed)
	if err != nil {
		return nil, err
	}
	references, err := o.data.references()
	if err != nil {
		return nil, err
	}
	statistic := randomisation.Statistic{Term: o.permute.term}
	if o.permute.statistic == "t" {
		statistic.Studentised, statistic.Error = randomisation.T, "the model's standard error"
	}
	by := randomisation.ByFormula{Formula: o.formula, Other: o.zeroInflation + o.hurdle, Term: o.permute.term, Unit: o.cluster, Among: among,
		Options: formula.Options{Reference: references, Categorical: o.data.categorical, Exposure: o.exposure, Weights: o.weights, Words: o.family == "binomial"}}
	for _, column := range []string{o.residualBy, o.ceiling} {
		if column != "" {
			by.Options.Also = append(by.Options.Also, column)
		}
	}
	refit := e
	switch m := e.(type) {
	case mixed.Linear:
		m.DF, m.Intervals, m.Effects, m.EffectSize, m.SmallSample, m.Coverage, m.Diagnostics = mixed.Wald, "", false, "", false, 0, 0
		if statistic.Studentised != randomisation.T {
			m.Variance = ""
		} else if m.Variance != "" {
			statistic.Error = strings.ToUpper(string(m.Variance))
		}
		refit = m
	case glmm.Generalised:
		m.CI, m.Effects, m.Coverage = "", false, 0
		refit = m
	}
	return randomisation.Test{Estimator: e, Refit: refit, Design: by, Statistic: statistic, Reps: o.reps, Seed: o.seed}, nil
}

// randomised puts randomisation inference beside a model of swis glm that has
// none of its own: of two parts, with a ceiling, or marginal.
func (o *glmOptions) randomised(e, refit analysis.Estimator, references map[string]string) (analysis.Estimator, error) {
	if !o.inference.permute {
		return e, nil
	}
	options, err := o.inference.options(o.data.level)
	if err != nil {
		return nil, err
	}
	unit := ""
	if len(options.Clusters) > 0 {
		unit = options.Clusters[0]
	}
	by := randomisation.ByFormula{Formula: o.formula, Other: o.zeroInflation + o.hurdle, Term: options.Term, Unit: unit, Among: randomisation.Among{Strata: options.Strata, Scheme: options.Scheme},
		Options: formula.Options{Reference: references, Categorical: o.data.categorical, Exposure: o.exposure, Weights: o.weights, Words: o.family == "binomial"}}
	if o.ceiling != "" {
		by.Options.Also = append(by.Options.Also, o.ceiling)
	}
	statistic := randomisation.Statistic{Term: options.Term}
	if options.Statistic == "t" {
		statistic.Studentised, statistic.Error = randomisation.T, "the model's standard error"
	}
	return randomisation.Test{Estimator: e, Refit: refit, Design: by, Statistic: statistic, Reps: options.Reps, Seed: options.Seed}, nil
}

// randomised puts randomisation inference beside an estimate of swis did.
// Two-way fixed effects have a faster one of their own.
func (o *didOptions) randomised(e analysis.Estimator, options infer.Options) (analysis.Estimator, error) {
	if o.formula == "" && o.method == "twfe" && (o.family != "negbin" || options.Bootstrap != "") {
		return e, nil
	}
	if (options.Bootstrap != "" || options.All) && o.formula == "" && o.method != "2x2" && o.method != "twfe" {
		return nil, analysis.Unsupportedf("--bootstrap and --inference are defined for --method twfe and 2x2 and for --formula; with --method %s use --permute", o.method)
	}
	if !options.Permute && !options.All {
		return e, nil
	}
	among := randomisation.Among{Strata: options.Strata, Scheme: options.Scheme}
	test := randomisation.Test{Estimator: e, Refit: e, Reps: options.Reps, Seed: options.Seed}
	if options.All {
		test.Beside = o.besideOthers(options)
	}
	test.Statistic = randomisation.Statistic{Term: options.Term, Studentised: didStatistic(options.Statistic, o.family)}
	if o.formula != "" {
		m := e.(did.Formula)
		unit := ""
		if len(options.Clusters) > 0 {
			unit = options.Clusters[0]
		}
		test.Design = randomisation.ByFormula{Formula: o.formula, Term: options.Term, Unit: unit, Among: among,
			Options: formula.Options{Reference: o.columns.Reference, Categorical: o.columns.Categorical, Exposure: o.columns.Exposure, Weights: o.columns.Weights, Also: options.Clusters}}
		m.Inference, test.Statistic.Error = refitInference(m.Inference, test.Statistic)
		test.Refit = m
		return test, nil
	}
	columns := o.columns
	columns.Arm = ""
	panel := randomisation.ByPanel{Outcome: columns.Outcome, Covariates: columns.Covariates, Unit: columns.Unit, Time: columns.Time, Clusters: options.Clusters, Among: among,
		Options: formula.Options{Reference: columns.Reference, Categorical: columns.Categorical, Exposure: columns.Exposure, Weights: columns.Weights}}
	switch {
	case columns.Cohort != "":
		panel.Column = columns.Cohort
	case columns.Treated != "":
		panel.Column = columns.Treated
	default:
		panel.Treated = columns.TreatedUnits
		columns.TreatedUnits, columns.Treated = nil, randomisation.Assigned
	}
	test.Design = panel
	if test.Statistic.Term == "" {
		test.Statistic.Term = "att"
	}
	switch m := e.(type) {
	case did.TwoWay:
		m.Data, m.NoPreTest = columns, true
		m.Inference, test.Statistic.Error = refitInference(m.Inference, test.Statistic)
		test.Refit = m
		reported := e.(did.TwoWay)
		reported.Resample.Permute = false // which is done here
		test.Estimator = reported
	case did.TwoByTwo:
		m.Data = columns
		m.Inference, test.Statistic.Error = refitInference(m.Inference, test.Statistic)
		test.Refit = m
	case did.Event:
		m.Data, m.Bare = columns, true
		if test.Statistic.Term == "att" {
			if options.Statistic == "t" {
				return nil, analysis.Unsupportedf("--statistic t with --method event is defined for one --term, such as event:0; the mean of the effects from the start on has coef")
			}
			test.Statistic.Studentised = randomisation.Coefficient
			test.Statistic.Term, test.Statistic.Average = "mean of the effects from the start on", fromStart
		}
		m.Inference, test.Statistic.Error = refitInference(m.Inference, test.Statistic)
		test.Refit = m
	case did.SunAbraham:
		m.Data = columns
		m.Inference, test.Statistic.Error = refitInference(m.Inference, test.Statistic)
		test.Refit = m
	case did.Extended:
		m.Data = columns
		m.Inference, test.Statistic.Error = refitInference(m.Inference, test.Statistic)
		test.Refit = m
	case did.Imputation:
		m.Data = columns
		test.Refit = m
	case did.CallawaySantAnna:
		m.Data, m.Draws = columns, 1
		if test.Statistic.Term == "att" {
			test.Statistic.Term = "simple"
		}
		test.Refit = m
	case did.Collapsed:
		m.Data = columns
		test.Refit = m
	default:
		return nil, analysis.Unsupportedf("--permute: --method %s has no effect to test; use --method twfe", o.method)
	}
	return test, nil
}

// besideOthers puts the outcome of randomisation inference among the other
// methods of --inference all.
func (o *didOptions) besideOthers(options infer.Options) func(*analysis.Result, error) {
	term := options.Term
	if term == "" {
		term = "att"
	}
	return func(r *analysis.Result, err error) {
		r.Tests = slices.DeleteFunc(r.Tests, func(t analysis.Test) bool { return t.Name == "permutation" && t.PValue == nil })
		if err != nil {
			infer.NotDefined(r, "permutation", err.Error())
		}
		infer.Panel(r, term, options)
	}
}

// fromStart says whether an estimate is an effect at or after the start.
func fromStart(e *analysis.Estimate) bool {
	k, ok := strings.CutPrefix(e.Term, "event:")
	return ok && !strings.HasPrefix(k, "-")
}

// didStatistic is t where it is defined for means, and the coefficient for counts.
func didStatistic(asked, family string) randomisation.Studentised {
	switch {
	case asked == "t":
		return randomisation.T
	case asked == "coef" || family != "gaussian":
		return randomisation.Coefficient
	}
	return randomisation.TWhereDefined
}

// refitInference is the variance of refits: that of t, or the cheapest where
// the statistic is an estimate.
func refitInference(i did.Inference, s randomisation.Statistic) (did.Inference, string) {
	i.As, i.Resample = "", infer.Options{}
	if s.Studentised == randomisation.Coefficient {
		i.Vcov = fixedeffects.HC1
		return i, ""
	}
	i.Vcov = fixedeffects.CR1S
	return i, "CR1S"
}
