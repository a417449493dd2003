package main

import (
	"context"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/cace"
)

var caceCommand = analysisCommand{
	use:   "cace",
	short: "Complier average causal effect: the effect on those who took it up",
	long: `Estimates the effect of receiving the intervention on those who received it because they
were assigned (complier average causal effect), by two-stage least squares with the
assignment as instrument. It assumes that assignment was random, works only through
receipt, and makes nobody do the opposite.

Prints intention to treat, compliance, the first-stage F, and the Anderson-Rubin set,
which holds with a weak first stage too. With --cluster the variance is CR2 with
Satterthwaite degrees of freedom unless --vcov says otherwise.

Exit status: 0 done; 2 wrong command line; 3 data refused; 6 not estimable (no compliers,
one cluster, collinear columns).`,
	example: `  swis cace --data pupils.csv --outcome attainment --assigned swis --received worker --covariates baseline,fsm --cluster school
  swis cace --data schools.csv --outcome rate --assigned arm --ref arm=control --received months_in_post --vcov hc2`,
	options: func() analysisOptions { return &caceOptions{} },
}

type caceOptions struct {
	data                                    dataFlags
	outcome, assigned, received, covariates string
	vcov, cluster                           string
}

func (o *caceOptions) bind(cmd *cobra.Command) {
	o.data.bind(cmd)
	f := cmd.Flags()
	f.StringVar(&o.outcome, "outcome", "", "outcome `column`")
	f.StringVar(&o.assigned, "assigned", "", "`column` of the arm that was assigned: 0/1 or two words")
	f.StringVar(&o.received, "received", "", "`column` of what was received: 0/1 or a dose")
	f.StringVar(&o.covariates, "covariates", "", "`columns` or terms, comma-separated")
	f.StringVar(&o.cluster, "cluster", "", "cluster `column`, or two separated by a comma")
	f.StringVar(&o.vcov, "vcov", "", "variance: iid, hc0, hc1, hc2, hc3, cr0, cr1, cr1s, cr2, cr3 (default: cr2 with --cluster)")
}

func (o *caceOptions) result(ctx context.Context, _ *streams) (*analysis.Result, error) {
	for _, f := range [][2]string{{"outcome", o.outcome}, {"assigned", o.assigned}, {"received", o.received}} {
		if f[1] == "" {
			return nil, usagef("give --outcome, --assigned and --received: --%s is missing", f[0])
		}
	}
	t, err := o.data.load()
	if err != nil {
		return nil, err
	}
	references, err := o.data.references()
	if err != nil {
		return nil, err
	}
	inference, err := (&inferenceFlags{vcov: o.vcov, cluster: o.cluster, reps: 1}).options(o.data.level)
	if err != nil {
		return nil, err
	}
	r, err := analysis.EstimateBy(ctx, cace.Effect{Outcome: o.outcome, Assigned: o.assigned, Received: o.received, Covariates: splitList(o.covariates),
		Reference: references, Categorical: o.data.categorical, Inference: inference}, t, o.data.by)
	if err != nil {
		return nil, err
	}
	r.Provenance = provenance(t, nil)
	return r, nil
}
