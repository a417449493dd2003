package main

import (
	"context"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/describe"
	"swis/dataset/table"
)

var describeCommand = analysisCommand{
	use:   "describe",
	short: "Baseline table by arm, or a description of columns",
	long: `With --treated, the baseline table of two arms: means, standard deviations and
standardised differences of the covariates; columns of words give one row a level.
With --school, rows are pupils and a second table compares the schools' means.
There are no p-values: a difference at baseline is a size, not a test.

With --study: the baseline table of the study's arms at school and at pupil level, the
flow of schools and pupils from the list to the analysis, and what is lost of each
outcome. The same from any panel with --unit, --start and --time.

Without --treated: n, mean, standard deviation, extremes and zeros of every numeric
column (or of --covariates). Missing and suppressed cells are left out and counted.

Exit status: 0 done; 2 wrong command line; 3 data refused; 6 only one arm.`,
	example: `  swis describe --data schools.csv --treated swis --covariates pupils,fsm,phase
  swis describe --data pupils.csv --treated arm --ref arm=control --school school_id
  swis describe --study study
  swis describe --data panel.csv --treated swis --unit school --time term --start 7 --exposure pupils --outcomes s47,s17
  swis describe --data panel.csv --by la`,
	options: func() analysisOptions { return &describeOptions{} },
}

type describeOptions struct {
	data                                  dataFlags
	treated                               string
	covariates                            string
	school                                string
	limit                                 float64
	unit, time, start, exposure, outcomes string
}

func (o *describeOptions) bind(cmd *cobra.Command) {
	o.data.bind(cmd)
	f := cmd.Flags()
	f.StringVar(&o.treated, "treated", "", "`column` of arms: 0/1, or two words")
	f.StringVar(&o.covariates, "covariates", "", "`columns` to describe, comma-separated (default: all numeric ones)")
	f.StringVar(&o.school, "school", "", "`column` of schools: rows are pupils, compare school means too")
	f.StringVar(&o.unit, "unit", "", "`column` of schools: rows are school-periods")
	f.StringVar(&o.time, "time", "", "`column` of periods")
	f.StringVar(&o.start, "start", "", "first `period` of the follow-up")
	f.StringVar(&o.exposure, "exposure", "", "`column` of pupils or pupil-time")
	f.StringVar(&o.outcomes, "outcomes", "", "outcome `columns`, for baseline rates and losses (with --study: all)")
	f.Float64Var(&o.limit, "limit", 0.1, "mark standardised differences above this")
}

func (o *describeOptions) result(ctx context.Context, _ *streams) (*analysis.Result, error) {
	t, err := o.data.load()
	if err != nil {
		return nil, err
	}
	e, t, err := o.estimator(t)
	if err != nil {
		return nil, err
	}
	r, err := analysis.EstimateBy(ctx, e, t, o.data.by)
	if err != nil {
		return nil, err
	}
	for _, outcome := range o.data.roles.Outcomes {
		if read := childrenBehind(t, &o.data.roles, o.data.by, outcome); read != nil {
			r.EachBehind(func(by string, b *analysis.Behind) {
				if strings.HasPrefix(b.Of, outcome+"|") {
					read(by, b)
				}
			})
		}
	}
	r.Provenance = provenance(t, nil)
	return r, nil
}

// estimator chooses what is described, and adds the column post that a panel
// needs to its table.
func (o *describeOptions) estimator(t *table.Table) (analysis.Estimator, *table.Table, error) {
	covariates := splitList(o.covariates)
	references, err := o.data.references()
	if err != nil {
		return nil, nil, err
	}
	roles := o.data.roles
	switch {
	case roles.Arm != "":
		trial := describe.Trial{Unit: roles.Unit, Arm: roles.Arm, Reference: references[roles.Arm], Post: roles.Post, Exposure: roles.Exposure, Pupils: "pupils",
			Outcomes: roles.Outcomes, Covariates: covariates, Limit: o.limit}
		if o.outcomes != "" {
			trial.Outcomes = splitList(o.outcomes)
		}
		return trial, t, nil
	case o.treated != "" && o.unit != "":
		trial := describe.Trial{Unit: o.unit, Arm: o.treated, Reference: references[o.treated], Exposure: o.exposure, Pupils: o.exposure, Outcomes: splitList(o.outcomes), Covariates: covariates, Limit: o.limit}
		if o.start != "" {
			if o.time == "" {
				return nil, nil, usagef("--start wants --time COLUMN, the column of periods")
			}
			post, err := analysis.FollowUp(t, o.time, o.start)
			if err != nil {
				return nil, nil, err
			}
			trial.Post = "follow_up"
			t = t.With(trial.Post, numbers(post))
		}
		return trial, t, nil
	case o.treated != "":
		return describe.Balance{Treated: o.treated, Reference: references[o.treated], Covariates: covariates, School: o.school, Limit: o.limit}, t, nil
	}
	return describe.Columns{Covariates: covariates}, t, nil
}

// numbers are marks of rows as a column: -1 is missing.
func numbers(marks []int8) []float64 {
	x := make([]float64, len(marks))
	for i, m := range marks {
		x[i] = float64(m)
		if m < 0 {
			x[i] = math.NaN()
		}
	}
	return x
}

// referenceOf is the level that --ref names for a column, or "".
func (f *dataFlags) referenceOf(column string) string {
	for _, r := range f.reference {
		if name, level, ok := strings.Cut(r, "="); ok && name == column {
			return level
		}
	}
	return ""
}
