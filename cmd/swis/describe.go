package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/describe"
)

var describeCommand = analysisCommand{
	use:   "describe",
	short: "Baseline table by arm, or a description of columns",
	long: `With --treated, the baseline table of two arms: means, standard deviations and
standardised differences of the covariates; columns of words give one row a level.
With --school, rows are pupils and a second table compares the schools' means.
There are no p-values: a difference at baseline is a size, not a test.

Without --treated: n, mean, standard deviation, extremes and zeros of every numeric
column (or of --covariates). Missing and suppressed cells are left out and counted.

Exit status: 0 done; 2 wrong command line; 3 data refused; 6 only one arm.`,
	example: `  swis describe --data schools.csv --treated swis --covariates pupils,fsm,phase
  swis describe --data pupils.csv --treated arm --ref arm=control --school school_id
  swis describe --data panel.csv --by la`,
	options: func() analysisOptions { return &describeOptions{} },
}

type describeOptions struct {
	data       dataFlags
	treated    string
	covariates string
	school     string
	limit      float64
}

func (o *describeOptions) bind(cmd *cobra.Command) {
	o.data.bind(cmd)
	f := cmd.Flags()
	f.StringVar(&o.treated, "treated", "", "`column` of arms: 0/1, or two words")
	f.StringVar(&o.covariates, "covariates", "", "`columns` to describe, comma-separated (default: all numeric ones)")
	f.StringVar(&o.school, "school", "", "`column` of schools: rows are pupils, compare school means too")
	f.Float64Var(&o.limit, "limit", 0.1, "mark standardised differences above this")
}

func (o *describeOptions) result(ctx context.Context, _ *streams) (*analysis.Result, error) {
	t, err := o.data.load()
	if err != nil {
		return nil, err
	}
	var e analysis.Estimator = describe.Columns{Covariates: splitList(o.covariates)}
	if o.treated != "" {
		e = describe.Balance{Treated: o.treated, Reference: o.data.referenceOf(o.treated), Covariates: splitList(o.covariates), School: o.school, Limit: o.limit}
	}
	r, err := analysis.EstimateBy(ctx, e, t, o.data.by)
	if err != nil {
		return nil, err
	}
	r.Provenance = provenance(t, nil)
	return r, nil
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
