package main

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/power"
)

var powerCommand = analysisCommand{
	use:   "power",
	short: "Schools needed, power, and the smallest effect that can be shown",
	long: `Plans a cluster trial by formula. What is left out is found: without the effect
the smallest detectable one, without --clusters the number of schools, with both
the power.

  rates        events a unit of person-time, such as Section 47 enquiries a pupil-year;
               schools' true rates vary with coefficient of variation k (Hayes & Bennett 1999)
  proportions  shares of pupils with an outcome (Hayes & Bennett 1999)
  means        a score, by the intra-cluster correlation; --cv for unequal school sizes
  mdes         minimum detectable effect size with covariates at school and pupil level,
               t quantiles (Bloom 2005)

  did, trial   the planned test on simulated trials, with --simulate N: counts of schools
               with rates that vary by k, changes by k-change, and dispersion within schools;
               did is a panel of --periods-before and --periods-after (fixed-effects Poisson,
               CR2 by school), trial the follow-up alone, one row a school (negative binomial,
               CR2). --formula puts any model of swis glm or mixed in its place, over columns
               events, exposure, swis, arm, school, term, post, treated, baseline. Without
               --rate1 the ratios of --ratios are simulated; ratio 1 shows the test's size.

--clusters counts intervention schools, and both arms together with --design mdes.
--ratio 1:2 plans two comparison schools for each intervention school.

Exit status: 0 done; 2 wrong command line; 6 no effect of any size could be shown.`,
	example: `  swis power --design rates --rate0 0.014 --rate1 0.0105 --person-time 780 --k 0.42
  swis power --design rates --rate0 0.014 --person-time 780 --k 0.42 --clusters 37 --ratio 1:2
  swis power --design means --effect 0.2 --sd 1 --cluster-size 80 --icc 0.15 --cv 0.6
  swis power --design did --simulate 500 --clusters 37 --ratio 1:2 --rate0 0.0047 --person-time 260 --periods-before 6 --periods-after 3 --k 0.6 --dispersion 1.3
  swis power --design mdes --clusters 60 --cluster-size 67 --icc 0.12 --r2-cluster 0.6`,
	options: func() analysisOptions { return &powerOptions{} },
}

type powerOptions struct {
	design                            string
	power, alpha, clusters            float64
	ratio                             string
	rate0, rate1, personTime, k, cv   float64
	p0, p1, clusterSize               float64
	effect, sd, icc                   float64
	share, r2Cluster, r2Individual, q float64
	simulation                        simulationFlags
}

func (o *powerOptions) bind(cmd *cobra.Command) {
	f := cmd.Flags()
	nan := math.NaN()
	number := func(p *float64, name string, value float64, usage string) { f.Var(newNumber(p, value), name, usage) }
	f.StringVar(&o.design, "design", "rates", "rates, proportions, means, mdes, did or trial")
	number(&o.power, "power", 0.8, "wanted power")
	number(&o.alpha, "alpha", 0.05, "two-sided significance level")
	number(&o.clusters, "clusters", nan, "intervention schools (with mdes: schools of both arms)")
	f.StringVar(&o.ratio, "ratio", "1:1", "intervention to comparison schools")
	number(&o.rate0, "rate0", nan, "rates: events a unit of person-time, comparison arm")
	number(&o.rate1, "rate1", nan, "rates: the same, intervention arm")
	number(&o.personTime, "person-time", nan, "rates: mean person-time of a school, in the same unit")
	number(&o.k, "k", nan, "rates, proportions: between-school coefficient of variation")
	number(&o.cv, "cv", 0, "coefficient of variation of school sizes")
	number(&o.p0, "p0", nan, "proportions: comparison arm")
	number(&o.p1, "p1", nan, "proportions: intervention arm")
	number(&o.clusterSize, "cluster-size", nan, "proportions, means, mdes: mean pupils of a school")
	number(&o.effect, "effect", nan, "means: difference of means")
	number(&o.sd, "sd", 1, "means: standard deviation of pupils")
	number(&o.icc, "icc", nan, "means, mdes: intra-cluster correlation")
	number(&o.share, "share-treated", 0.5, "mdes: share of schools in the intervention arm")
	number(&o.r2Cluster, "r2-cluster", 0, "mdes: variance between schools explained by covariates")
	number(&o.r2Individual, "r2-individual", 0, "mdes: variance within schools explained by covariates")
	number(&o.q, "cluster-covariates", 0, "mdes: number of school-level covariates")
	o.simulation.bind(cmd)
}

func (o *powerOptions) result(ctx context.Context, _ *streams) (*analysis.Result, error) {
	ratio, err := parseArmRatio(o.ratio)
	if err != nil {
		return nil, err
	}
	if err := o.sizes(); err != nil {
		return nil, err
	}
	if o.design == "did" || o.design == "trial" {
		return o.simulate(ctx, ratio)
	}
	if o.simulation.trials != 0 {
		return nil, usagef("--simulate goes with --design did or --design trial")
	}
	asked := power.Asked{Power: o.power, Alpha: o.alpha, Clusters: o.clusters, Ratio: ratio}
	var r *analysis.Result
	switch o.design {
	case "rates":
		r, err = power.Rates{Asked: asked, Rate0: o.rate0, Rate1: o.rate1, PersonTime: o.personTime, K: o.k, CV: o.cv}.Result()
	case "proportions":
		r, err = power.Proportions{Asked: asked, P0: o.p0, P1: o.p1, ClusterSize: o.clusterSize, K: o.k, CV: o.cv}.Result()
	case "means":
		r, err = power.Means{Asked: asked, Effect: o.effect, SD: o.sd, ClusterSize: o.clusterSize, ICC: o.icc, CV: o.cv}.Result()
	case "mdes":
		if math.IsNaN(o.clusters) {
			return nil, usagef("--design mdes wants --clusters, the schools of both arms")
		}
		r, err = power.MDES{Power: o.power, Alpha: o.alpha, Bloom: power.Bloom{
			Clusters: o.clusters, ClusterSize: o.clusterSize, ICC: o.icc, ShareTreated: o.share,
			R2Cluster: o.r2Cluster, R2Individual: o.r2Individual, ClusterCovariates: o.q,
		}}.Result()
	default:
		return nil, usagef("--design %s: want one of rates, proportions, means, mdes, did, trial", o.design)
	}
	if err != nil {
		return nil, err
	}
	r.Provenance = analysis.Provenance{Program: program}
	return r, nil
}

// sizes refuses numbers that no trial has, whose squares would leave what can
// be reckoned with. Numbers that were not given, and 0, pass.
func (o *powerOptions) sizes() error {
	for _, x := range []struct {
		flag        string
		value       float64
		least, most float64 // of its size, whatever its sign
	}{
		{"power", o.power, 1e-9, 1}, {"power", 1 - o.power, 1e-9, 1}, {"alpha", o.alpha, 1e-9, 1}, {"clusters", o.clusters, 1, 1e6},
		{"rate0", o.rate0, 1e-9, 1e6}, {"rate1", o.rate1, 1e-9, 1e6}, {"person-time", o.personTime, 1e-6, 1e9},
		{"k", o.k, 1e-9, 100}, {"cv", o.cv, 1e-9, 100}, {"p0", o.p0, 1e-9, 1}, {"p1", o.p1, 1e-9, 1},
		{"cluster-size", o.clusterSize, 1e-3, 1e6}, {"effect", o.effect, 1e-9, 1e9}, {"sd", o.sd, 1e-9, 1e9},
		{"cluster-covariates", o.q, 1, 1e6}, {"k-change", o.simulation.kChange, 1e-9, 100}, {"dispersion", o.simulation.dispersion, 1e-9, 1e4},
	} {
		if size := math.Abs(x.value); size > x.most || size > 0 && size < x.least {
			if x.flag == "power" {
				return usagef("--power %g: want a number between 0 and 1, such as 0.8", o.power)
			}
			return usagef("--%s %g: no trial has that; want a number from %g to %g", x.flag, x.value, x.least, x.most)
		}
	}
	if o.clusters < 0 || o.q < 0 {
		return usagef("--clusters and --cluster-covariates are counts, 0 or more")
	}
	return nil
}

// parseArmRatio reads intervention:comparison and returns comparison schools
// for each intervention school.
func parseArmRatio(text string) (float64, error) {
	a, b, ok := strings.Cut(text, ":")
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if !ok || errX != nil || errY != nil || !(x > 0) || !(y > 0) || !(y/x >= 1e-3 && y/x <= 1e3) {
		return 0, usagef("--ratio %s: want intervention:comparison, such as 1:2, of 1:1000 at most", text)
	}
	return y / x, nil
}

// number is a flag value that may be left out: NaN, shown without a default.
type number struct{ p *float64 }

func newNumber(p *float64, value float64) *number {
	*p = value
	return &number{p}
}

func (n *number) String() string {
	if n.p == nil || math.IsNaN(*n.p) {
		return ""
	}
	return strconv.FormatFloat(*n.p, 'g', -1, 64)
}

func (n *number) Set(text string) error {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return usagef("%q is not a number", text)
	}
	*n.p = x
	return nil
}

func (n *number) Type() string { return "number" }
