package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/cace"
	"swis/analysis/glm"
	"swis/analysis/infer"
	"swis/dataset/table"
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

--permute adds randomisation inference: the assignment is exchanged between clusters
(rows without --cluster), within --strata or over the schemes of a --scheme log, and the
intention to treat is found again under each; where the assignment changed no outcome,
neither did receipt.

Exit status: 0 done; 2 wrong command line; 3 data refused; 6 not estimable (no compliers,
one cluster, collinear columns).`,
	example: `  swis cace --data pupils.csv --outcome attainment --assigned swis --received worker --covariates baseline,fsm --cluster school
  swis cace --data schools.csv --outcome rate --assigned arm --ref arm=control --received months_in_post --vcov hc2
  swis cace --data pupils.csv --outcome attainment --assigned swis --received worker --cluster school --permute --reps 999`,
	options: func() analysisOptions { return &caceOptions{} },
}

type caceOptions struct {
	data                                    dataFlags
	outcome, assigned, received, covariates string
	vcov, cluster                           string
	permute                                 permuteFlags
	reps                                    int
	seed                                    string
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
	f.BoolVar(&o.permute.permute, "permute", false, "randomisation inference: the assignment exchanged between clusters")
	f.StringVar(&o.permute.statistic, "statistic", "", "of --permute: coef, t (default t where it is defined)")
	f.StringVar(&o.permute.strata, "strata", "", "`columns` within which the arms were drawn")
	f.StringVar(&o.permute.scheme, "scheme", "", "allocation.log.json `file` whose possible draws --permute uses")
	f.IntVar(&o.reps, "reps", 9999, "draws of --permute")
	f.StringVar(&o.seed, "seed", "1", "seed `text` of random draws")
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
	if err := o.permute.check(); err != nil {
		return nil, err
	}
	flags := inferenceFlags{vcov: o.vcov, cluster: o.cluster, reps: o.reps, seed: o.seed, strata: o.permute.strata, scheme: o.permute.scheme, statistic: o.permute.statistic, permute: o.permute.permute}
	drawn, err := flags.options(o.data.level)
	if err != nil {
		return nil, err
	}
	plain := drawn
	plain.Permute, plain.Strata, plain.Scheme, plain.Statistic = false, nil, nil, ""
	effect := cace.Effect{Outcome: o.outcome, Assigned: o.assigned, Received: o.received, Covariates: splitList(o.covariates),
		Reference: references, Categorical: o.data.categorical, Inference: plain}
	var e analysis.Estimator = effect
	if o.permute.permute {
		e = permutedEffect{Effect: effect, drawn: drawn}
	}
	r, err := analysis.EstimateBy(ctx, e, t, o.data.by)
	if err != nil {
		return nil, err
	}
	r.Provenance = provenance(t, nil)
	if o.permute.permute {
		r.Provenance.Seed = &o.seed
	}
	return r, nil
}

// permutedEffect puts randomisation inference of the intention to treat beside
// the effect: by exclusion the one is zero for everybody where the other is.
type permutedEffect struct {
	cace.Effect
	drawn infer.Options
}

// Estimate fits the effect and exchanges the assignment.
func (e permutedEffect) Estimate(ctx context.Context, t *table.Table) (*analysis.Result, error) {
	r, err := e.Effect.Estimate(ctx, t)
	if err != nil {
		return nil, err
	}
	// The rows of the effect: those that lack receipt are in neither.
	received, err := t.Category(e.Received)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, t.Rows())
	for i, code := range received.Codes {
		keep[i] = code >= 0
	}
	t = t.Filter(keep)
	m := glm.Model{Formula: strings.Join(append([]string{e.Outcome + " ~ " + e.Assigned}, e.Covariates...), " + "), Family: "gaussian", Reference: e.Reference, Categorical: e.Categorical}
	m.Inference = e.Effect.Inference
	m.Inference.Kind, m.Inference.Clusters = infer.HC1, nil
	reduced, err := m.Estimate(ctx, t)
	if err != nil {
		return nil, err
	}
	m.Inference = e.drawn
	m.Inference.Kind, m.Inference.Term = "", reduced.Estimates[1].Term
	exchanged, err := m.Estimate(ctx, t)
	if err != nil {
		return nil, err
	}
	for _, test := range exchanged.Tests {
		if test.Name == "permutation" {
			test.Label = "Randomisation inference, intention to treat"
			r.Tests = append(r.Tests, test)
		}
	}
	for _, check := range exchanged.Checks {
		if strings.HasPrefix(check.Name, "permutation") {
			r.Checks = append(r.Checks, check)
		}
	}
	r.Notes = append(r.Notes, slices.DeleteFunc(slices.Clone(exchanged.Notes), func(n analysis.Note) bool { return !strings.HasPrefix(n.Code, "permutation") })...)
	return r, nil
}
