package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/did"
	"swis/analysis/multiplicity"
)

var didCommand = analysisCommand{
	use:   "did",
	short: "Difference in differences: means and counts, one or several starts",
	long: `Estimates the average effect of an intervention on the units that got it, by
comparing their change over time with the change of comparison units. What is
assumed: without the intervention both would have changed in parallel, in levels
(gaussian) or in ratios (poisson, negbin).

Say what the columns are with --outcome, --unit and --time (or give a --study
folder, which knows them), and who is treated from when on in one of three ways:
  --cohort COLUMN                    first treated period; never, 0 or Inf: never treated
  --treated COLUMN --start PERIOD    0/1 column, or two words such as SWIS and control
  --treated-units A,B --start PERIOD units by name
Periods are numbers, or labels whose alphabetical order is that of time.

Methods:
  twfe        two-way fixed effects: one average effect (the default)
  2x2         outcome on group, period and their product, no fixed effects
  event       one effect for each period from the start, with a joint pre-trend test
  cs          Callaway-Sant'Anna: att(g,t) and its averages; for staggered starts
  sunab       Sun-Abraham: event study free of contamination between cohorts
  imputation  Borusyak-Jaravel-Spiess: outcomes against a fit of the untreated rows
  etwfe       Wooldridge's extended two-way fixed effects, also for counts
  aggregate   one change a unit, t with G - 2 df (Donald-Lang); for few clusters
  ancova      mean after the start on arm and mean before it; for randomised trials
  bacon       what a two-way fixed-effects estimate is made of
or any regression with absorbed effects: --formula 'y ~ x | school + term', also
triple differences ('y ~ swis:post | school^phase + ...') and slopes (school[term]).

--permute exchanges the starts between units (whole --cluster units where the start is
theirs), within --strata or over the schemes of a --scheme log, and runs the method again
under each allocation: exact where there are no more than --reps. It tests att (cs:
simple; event: the mean of the effects from the start on) or another --term; with
--formula a product such as swis:post, whose column swis is exchanged.

--inference all prints the effect (--method twfe or 2x2; with --formula the --term) under
every method; one that is not defined says why.

The variance is CR2 by unit with Satterthwaite degrees of freedom unless --cluster
or --vcov say otherwise; the output always names the rule. Schools without any event
carry no information on a ratio: count models leave them out, count them
(--list-dropped lists them) and keep them in the difference of rates.

Exit status: 0 done; 2 wrong command line; 3 data refused (a unit and period twice,
a negative count, an exposure of zero); 6 the effect cannot be told from these data.`,
	example: `  swis did --study study --outcome s47 --family poisson
  swis did --data panel.csv --outcome wellbeing --unit school --time term --treated swis --start 7
  swis did --data panel.csv --outcome s47 --unit school --time term --treated arm --start 7 --family poisson --exposure pupils --by la
  swis did --data panel.csv --outcome wellbeing --unit school --time term --treated swis --start 7 --method event --cluster school --vcov cr1s
  swis did --data panel.csv --outcome wellbeing --unit school --time term --treated swis --start 7 --method event --sensitivity relative
  swis did --data staggered.csv --outcome y --unit school --time term --cohort first_term --method cs --control notyet --covariates fsm,roll
  swis did --data panel.csv --formula 'attendance ~ swis:post + log(pupils) | school + month' --cluster school
  swis did --data la.csv --outcome rate --unit la --time year --treated-units Lambeth,Stockport --start 2020 --permute --reps 9999
  swis did --data staggered.csv --outcome y --unit school --time term --cohort first_term --method cs --permute --reps 999`,
	options: func() analysisOptions { return &didOptions{} },
}

type didOptions struct {
	data                     dataFlags
	columns                  did.Data
	inference                inferenceFlags
	method, family, formula  string
	fixefK                   string
	treatedUnits, covariates string
	reference                float64
	control, estimator, base string
	sensitivity, sizes       string
	listDropped              bool
}

func (o *didOptions) bind(cmd *cobra.Command) {
	o.data.bind(cmd)
	f := cmd.Flags()
	f.StringVar(&o.columns.Outcome, "outcome", "", "outcome `column`")
	f.StringVar(&o.columns.Unit, "unit", "", "unit `column`, e.g. school")
	f.StringVar(&o.columns.Time, "time", "", "period `column`: numbers or labels")
	f.StringVar(&o.columns.Cohort, "cohort", "", "`column` of first treated periods")
	f.StringVar(&o.columns.Treated, "treated", "", "`column` of arms: 0/1 or two words (with --start)")
	f.StringVar(&o.treatedUnits, "treated-units", "", "treated units by `name`, comma-separated (with --start)")
	f.StringVar(&o.columns.Start, "start", "", "first treated `period`")
	f.StringVar(&o.method, "method", "twfe", "`estimator`: twfe, 2x2, event, cs, sunab, imputation, etwfe, aggregate, ancova, bacon")
	f.StringVar(&o.family, "family", "gaussian", "`distribution`: gaussian, poisson, negbin; with --formula also binomial")
	f.StringVar(&o.fixefK, "fixef-k", "", "absorbed effects that count in `K` of cr1s: nonnested (the default: those nested in the cluster are not counted), full, none")
	f.StringVar(&o.formula, "formula", "", "regression with absorbed effects, `'y ~ x | fe1 + fe2'`, in place of the columns")
	f.StringVar(&o.columns.Exposure, "exposure", "", "exposure `column` of counts (log offset)")
	f.StringVar(&o.covariates, "covariates", "", "covariate `columns`, comma-separated")
	f.StringVar(&o.columns.Weights, "weights", "", "`column` of weights (inverse variances)")
	o.inference.bind(cmd)
	f.Float64Var(&o.reference, "reference", -1, "event `time` left out of an event study")
	f.StringVar(&o.control, "control", "never", "cs: comparison `units`: never, notyet")
	f.StringVar(&o.estimator, "estimator", "dr", "cs: `adjustment` for covariates: dr, ipw, or")
	f.StringVar(&o.base, "base", "varying", "cs: base `period` of earlier periods: varying, universal")
	f.StringVar(&o.sensitivity, "sensitivity", "", "event, sunab, cs: bounds if trends are not parallel: relative (`M` times the largest earlier step), smooth")
	f.StringVar(&o.sizes, "sizes", "", "event, sunab, cs: `M` of --sensitivity, comma-separated")
	f.BoolVar(&o.listDropped, "list-dropped", false, "list the units that a count model leaves out")
}

// settle fills the columns from the study's roles and splits the lists.
func (o *didOptions) settle() error {
	references, err := o.data.references()
	if err != nil {
		return err
	}
	o.columns.Reference = references
	o.columns.Categorical = o.data.categorical
	o.columns.Covariates = splitList(o.covariates)
	o.columns.TreatedUnits = splitList(o.treatedUnits)
	if o.data.study == "" || o.formula != "" {
		return nil
	}
	roles := o.data.roles
	for _, fill := range []struct {
		field *string
		role  string
	}{{&o.columns.Unit, roles.Unit}, {&o.columns.Time, roles.Time}} {
		if *fill.field == "" {
			*fill.field = fill.role
		}
	}
	if o.columns.Exposure == "" && o.family != "gaussian" {
		o.columns.Exposure = roles.Exposure
	}
	if o.columns.Cohort == "" && o.columns.Treated == "" && len(o.columns.TreatedUnits) == 0 {
		if roles.Cohort == "" {
			return usagef("the study has no allocation: give --allocation FILE, or --treated with --start")
		}
		if o.columns.Start != "" {
			return usagef("--start %s: the study's allocation says when each school starts; leave it out, or name the arms too with --treated", o.columns.Start)
		}
		o.columns.Cohort = roles.Cohort
		o.columns.Arm = roles.Arm
	}
	o.columns.TimeUnit = roles.Period.String()
	return nil
}

func (o *didOptions) result(ctx context.Context, _ *streams) (*analysis.Result, error) {
	t, err := o.data.load()
	if err != nil {
		return nil, err
	}
	if err := o.settle(); err != nil {
		return nil, err
	}
	options, err := o.inference.options(o.data.level)
	if err != nil {
		return nil, err
	}
	inference := did.InferenceOf(options)
	inference.Counted = o.fixefK
	e, err := o.estimatorOf(inference)
	if err != nil {
		return nil, err
	}
	if e, err = o.randomised(e, options); err != nil {
		return nil, err
	}
	r, err := analysis.EstimateBy(ctx, e, t, o.data.by)
	if err != nil {
		return nil, err
	}
	if options.Adjust == multiplicity.RomanoWolfName {
		if err := adjustTogether(ctx, r, options); err != nil {
			return nil, err
		}
	} else if err := multiplicity.Adjust(r.Estimates, options.Adjust, ""); err != nil {
		return nil, err
	} else if options.Adjust != "" {
		r.Method.Conventions = append(r.Method.Conventions, multiplicity.Words(options.Adjust))
	}
	if read := childrenBehind(t, &o.data.roles, o.data.by, o.columns.Outcome); read != nil {
		r.EachBehind(read)
	}
	r.Provenance = provenance(t, nil)
	if o.inference.resamples() || options.Adjust == multiplicity.RomanoWolfName {
		r.Provenance.Seed = &o.inference.seed
	}
	return r, nil
}

// didMethods are the estimators by name.
var didMethods = []string{"twfe", "2x2", "event", "cs", "sunab", "imputation", "etwfe", "aggregate", "ancova", "bacon"}

// estimatorOf makes the estimator that the flags ask for.
func (o *didOptions) estimatorOf(inference did.Inference) (analysis.Estimator, error) {
	if o.formula != "" {
		return did.Formula{Text: o.formula, Inference: inference, Family: o.family, Exposure: o.columns.Exposure,
			Weights: o.columns.Weights, References: o.columns.Reference, Categorical: o.columns.Categorical}, nil
	}
	if !slices.Contains(didMethods, o.method) {
		return nil, usagef("--method %s: want one of %s", o.method, strings.Join(didMethods, ", "))
	}
	if err := o.columns.Complete(); err != nil {
		return nil, err
	}
	if o.sensitivity != "" && o.method != "event" && o.method != "sunab" && o.method != "cs" {
		return nil, usagef("--sensitivity %s is for an event study with estimates of the periods before the start: add --method event, sunab or cs (imputation and etwfe take all of them together as the baseline)", o.sensitivity)
	}
	if o.sizes != "" && o.sensitivity == "" {
		return nil, usagef("--sizes %s is for --sensitivity relative or smooth: add it", o.sizes)
	}
	sizes, err := numbersOf("--sizes", o.sizes)
	if err != nil {
		return nil, err
	}
	sensitivity := did.Sensitivity{Kind: o.sensitivity, Sizes: sizes}
	switch o.method {
	case "twfe":
		return did.TwoWay{Data: o.columns, Inference: inference, Family: o.family, ListDropped: o.listDropped}, nil
	case "2x2":
		return did.TwoByTwo{Data: o.columns, Inference: inference, Family: o.family}, nil
	case "event":
		return did.Event{Data: o.columns, Inference: inference, Family: o.family, Reference: o.reference, ListDropped: o.listDropped,
			Sensitivity: sensitivity}, nil
	case "cs":
		return did.CallawaySantAnna{Data: o.columns, Inference: inference, Family: o.family, Control: o.control, Estimator: o.estimator, Base: o.base, Seed: o.inference.seed, Sensitivity: sensitivity}, nil
	case "sunab":
		return did.SunAbraham{Data: o.columns, Inference: inference, Family: o.family, Reference: o.reference, Sensitivity: sensitivity}, nil
	case "imputation":
		return did.Imputation{Data: o.columns, Inference: inference, Family: o.family}, nil
	case "etwfe":
		return did.Extended{Data: o.columns, Inference: inference, Family: o.family}, nil
	case "aggregate", "ancova":
		return did.Collapsed{Data: o.columns, Inference: inference, Ancova: o.method == "ancova"}, nil
	}
	return did.Bacon{Data: o.columns, Level: o.data.level}, nil
}

// numbersOf reads a comma-separated list of numbers that are not negative.
func numbersOf(flag, text string) ([]float64, error) {
	var out []float64
	for _, part := range splitList(text) {
		x, err := strconv.ParseFloat(part, 64)
		if err != nil || x < 0 {
			return nil, usagef("%s %s: want numbers of 0 or more, such as 0.5,1,2", flag, text)
		}
		out = append(out, x)
	}
	return out, nil
}
