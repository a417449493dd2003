package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/did"
	"swis/analysis/floor"
	"swis/analysis/glm"
	"swis/analysis/glmm"
	"swis/analysis/infer"
	"swis/dataset"
)

var floorCommand = analysisCommand{
	use:   "floor",
	short: "Floor-effect diagnostics: room to improve, and room to detect",
	long: `Says, for one outcome, whether a fall could happen at all (room to improve) and whether
any test could see it (room to detect), and gives a verdict:

  not testable   even no event at all in the intervention arm's follow-up would not be
                 significant, or the comparison arm has fewer events than any test needs
  floor-limited  only falls above --max-fall have the wanted power, or more than
                 --max-at-floor of the schools cannot improve
  adequate       otherwise

It prints counts and zeros by arm and period, the exact rate ratio and the events that a
test needs, the smallest falls that could be significant and that have the wanted power
(follow-up alone and difference in differences), the p-value that no event at all would
give (permutation), observed and expected zeros under Poisson and negative binomial models
with score tests, and the effect in levels, in ratios and in the share with any event.

--simulate N adds the power of the planned test (fixed-effects Poisson with CR2 by school;
without a baseline quasi-Poisson) on N simulated trials for each of ten ratios, on schools
like these; the verdict then goes by it.

With --formula instead of --outcome, it compares the zeros of that model only.
With --unit, --time and --start rows before the start are the baseline; with --study they
are known.

Exit status: 0 done, whatever the verdict; 2 wrong command line; 3 data refused;
6 nothing to compare.`,
	example: `  swis floor --study study --outcome s47
  swis floor --study study --outcome days_in_care --by la
  swis floor --data panel.csv --outcome s47 --treated swis --exposure pupils --unit school --time term --start 7
  swis floor --study study --outcome s47 --simulate 500
  swis floor --data panel.csv --formula "s47 ~ swis*post + offset(log(pupils))"`,
	options: func() analysisOptions { return &floorOptions{} },
}

type floorOptions struct {
	data                                                   dataFlags
	formula, outcome, treated, exposure, unit, time, start string
	benchmark                                              float64
	limits                                                 floor.Limits
	reps                                                   int
	seed                                                   string
	simulate                                               int
	sensitivity                                            bool
}

func (o *floorOptions) bind(cmd *cobra.Command) {
	o.data.bind(cmd)
	f := cmd.Flags()
	f.StringVar(&o.formula, "formula", "", "count model whose zeros are compared, in place of --outcome")
	f.StringVar(&o.outcome, "outcome", "", "`column` of counts")
	f.StringVar(&o.treated, "treated", "", "`column` of arms: 0/1, or two words")
	f.StringVar(&o.exposure, "exposure", "", "`column` of pupils or time at risk")
	f.StringVar(&o.unit, "unit", "", "`column` of schools")
	f.StringVar(&o.time, "time", "", "`column` of periods")
	f.StringVar(&o.start, "start", "", "first `period` of the follow-up")
	f.Float64Var(&o.benchmark, "benchmark", 0, "national or LA `rate` per 1,000 to compare the baseline with")
	f.Float64Var(&o.limits.Alpha, "alpha", 0.05, "two-sided significance level")
	f.Float64Var(&o.limits.Power, "power", 0.8, "wanted power")
	f.Float64Var(&o.limits.Fall, "max-fall", 0.5, "floor-limited where the smallest fall with that power is above this `share`")
	f.Float64Var(&o.limits.CannotBe, "max-at-floor", 0.4, "floor-limited where more than this `share` of schools cannot improve")
	f.IntVar(&o.reps, "reps", 9999, "permutations; all allocations are listed where there are no more")
	f.BoolVar(&o.sensitivity, "sensitivity", false, "add a Tobit model (robust by school) and a hurdle model (any event; how many where there are)")
	f.IntVar(&o.simulate, "simulate", 0, "simulated trials for each ratio, for the power of the planned test")
	f.StringVar(&o.seed, "seed", "1", "of the permutations")
}

func (o *floorOptions) result(ctx context.Context, _ *streams) (*analysis.Result, error) {
	if (o.formula == "") == (o.outcome == "") {
		return nil, usagef("give --outcome COLUMN for the whole diagnosis, or --formula for the zeros of one model")
	}
	for _, share := range []struct {
		flag  string
		value float64
	}{{"alpha", o.limits.Alpha}, {"power", o.limits.Power}, {"max-fall", o.limits.Fall}, {"max-at-floor", o.limits.CannotBe}} {
		if !(share.value > 0 && share.value < 1) {
			return nil, usagef("--%s %g: want a number between 0 and 1", share.flag, share.value)
		}
	}
	switch {
	case !(o.benchmark >= 0 && o.benchmark <= 1e6):
		return nil, usagef("--benchmark %g: want events per 1,000, such as 12.5", o.benchmark)
	case o.simulate < 0 || o.simulate > 1_000_000:
		return nil, usagef("--simulate %d: want a number of trials such as 1000", o.simulate)
	}
	if err := checkReps(o.reps); err != nil {
		return nil, err
	}
	t, err := o.data.load()
	if err != nil {
		return nil, err
	}
	references, err := o.data.references()
	if err != nil {
		return nil, err
	}
	var e analysis.Estimator
	if o.formula != "" {
		e = floor.Zeros{Formula: o.formula, Exposure: o.exposure, Reference: references, Categorical: o.data.categorical}
	} else if e, err = o.diagnose(references); err != nil {
		return nil, err
	}
	r, err := analysis.EstimateBy(ctx, e, t, o.data.by)
	if err != nil {
		return nil, err
	}
	if read := childrenBehind(t, &o.data.roles, o.data.by, o.outcome); read != nil {
		r.EachBehind(read)
	}
	r.Provenance = provenance(t, nil)
	if o.formula == "" {
		r.Provenance.Seed = &o.seed
	}
	return r, nil
}

// diagnose fills the columns from the flags, or from the study's roles.
func (o *floorOptions) diagnose(references map[string]string) (floor.Diagnose, error) {
	d := floor.Diagnose{
		Outcome: o.outcome, Exposure: o.exposure, Unit: o.unit, Time: o.time, Start: o.start, Treated: o.treated,
		Benchmark: o.benchmark, Limits: o.limits, Level: o.data.level, Reps: o.reps, Seed: o.seed,
	}
	if outcome, ok := dataset.OutcomeNamed(o.outcome); ok {
		d.Label, d.Events = outcome.Label, outcome.Unit
		d.Days = outcome.Kind == dataset.DaysOutcome
	}
	if o.data.study != "" {
		roles := o.data.roles
		d.Unit, d.Time = cmp.Or(d.Unit, roles.Unit), cmp.Or(d.Time, roles.Time)
		if d.Exposure == "" {
			d.Exposure, d.Per = roles.Exposure, "pupil-years"
		}
		d.Treated = cmp.Or(d.Treated, roles.Arm)
		if d.Start == "" {
			d.Post = roles.Post
		}
		if d.Treated == "" {
			return d, usagef("the study has no allocation: give --allocation FILE, or the arms with --treated COLUMN")
		}
	}
	d.Reference = references[d.Treated]
	switch {
	case d.Treated == "":
		return d, usagef("give the arms with --treated COLUMN")
	case d.Start != "" && (d.Time == "" || d.Unit == ""):
		return d, usagef("--start wants --time COLUMN and --unit COLUMN, so that schools can be compared before and after")
	case d.Start == "" && d.Post == "" && o.time != "":
		return d, usagef("--time wants --start PERIOD, the first period of the follow-up")
	}
	if o.simulate > 0 {
		d.Planned = plannedTest(d.Start != "" || d.Post != "", 1-o.limits.Alpha, o.simulate)
	}
	if o.sensitivity {
		terms := "swis"
		if d.Start != "" || d.Post != "" {
			terms = "swis*post"
		}
		d.Tobit = glm.Model{Formula: "rate ~ " + terms, Family: "tobit", Inference: infer.Options{Level: o.data.level, Clusters: []string{"school"}}}
		d.Hurdle = glmm.Generalised{Formula: "events ~ " + terms, Hurdle: "~ " + terms + " + log(exposure)", Family: "negbin", Exposure: "exposure", Level: o.data.level}
	}
	if d.Label == "" {
		d.Label = strings.ReplaceAll(o.outcome, "_", " ")
	}
	return d, nil
}

// plannedTest is the test whose power is simulated.
func plannedTest(panel bool, level float64, trials int) floor.Planned {
	if !panel {
		return floor.Planned{Trials: trials, Term: "swis", Words: "quasi-Poisson with exposure",
			Test: glm.Model{Formula: "events ~ swis", Family: "quasipoisson", Exposure: "exposure", Inference: infer.Options{Level: level}}}
	}
	return floor.Planned{Trials: trials, Term: "att", Words: "fixed-effects Poisson before and after, CR2 by school with Satterthwaite degrees of freedom",
		Test: did.TwoWay{Data: did.Data{Outcome: "events", Unit: "school", Time: "period", Treated: "swis", Start: "2", Exposure: "exposure"},
			Inference: did.Inference{Level: level}, Family: "poisson", NoPreTest: true}}
}
