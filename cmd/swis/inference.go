package main

import (
	"github.com/spf13/cobra"

	"swis/analysis/design"
	"swis/analysis/infer"
	"swis/analysis/multiplicity"
)

// inferenceFlags are the flags of every command that can say how uncertainty
// is found.
type inferenceFlags struct {
	vcov      string
	cluster   string
	as        string
	term      string
	adjust    string
	bootstrap string
	weights   string
	permute   bool
	statistic string
	strata    string
	scheme    string
	inference string
	reps      int
	seed      string
}

func (f *inferenceFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.vcov, "vcov", "", "variance: iid, hc0, hc1, hc2, hc3, cr0, cr1, cr1s, cr2, cr3 (default: cr2 with --cluster, cr1s with two)")
	flags.StringVar(&f.cluster, "cluster", "", "cluster `column`, or two separated by a comma")
	flags.StringVar(&f.as, "as", "", "conventions of another `program`: fixest, stata")
	flags.StringVar(&f.term, "term", "", "`coefficient` that resampling and --inference are about")
	flags.StringVar(&f.adjust, "adjust", "", "adjust p-values of several terms: holm, hochberg, bh, romano-wolf (did; glm with --cluster)")
	flags.StringVar(&f.bootstrap, "bootstrap", "", "wild: wild cluster restricted bootstrap of --term")
	flags.StringVar(&f.weights, "weights-type", "", "bootstrap weights: rademacher, webb (default webb for 12 clusters or fewer)")
	flags.BoolVar(&f.permute, "permute", false, "randomisation inference for --term")
	flags.StringVar(&f.statistic, "statistic", "", "of randomisation inference: coef, t (default t where it is defined)")
	flags.StringVar(&f.strata, "strata", "", "`columns` within which the arms were drawn")
	flags.StringVar(&f.scheme, "scheme", "", "allocation.log.json `file` whose possible draws are used")
	flags.StringVar(&f.inference, "inference", "", "all: --term under every method that is defined")
	flags.IntVar(&f.reps, "reps", 9999, "draws of the bootstrap and of randomisation inference")
	flags.StringVar(&f.seed, "seed", "1", "seed `text` of random draws")
}

// options checks the flags and gives them to an estimator.
func (f *inferenceFlags) options(level float64) (infer.Options, error) {
	o := infer.Options{Level: level, Clusters: splitList(f.cluster), As: f.as, Term: f.term, Adjust: f.adjust, Bootstrap: f.bootstrap,
		Weights: f.weights, Permute: f.permute, Statistic: f.statistic, Strata: splitList(f.strata), Reps: f.reps, Seed: f.seed}
	if f.vcov != "" {
		kind, err := infer.ParseKind(f.vcov)
		if err != nil {
			return o, err
		}
		o.Kind = kind
	}
	for _, choice := range []struct {
		flag, value string
		allowed     []string
	}{
		{"--as", f.as, []string{"fixest", "stata"}},
		{"--bootstrap", f.bootstrap, []string{"wild"}},
		{"--weights-type", f.weights, []string{"rademacher", "webb"}},
		{"--statistic", f.statistic, []string{"coef", "t"}},
		{"--inference", f.inference, []string{"all"}},
		{"--adjust", f.adjust, multiplicity.Methods},
	} {
		if err := oneOf(choice.flag, choice.value, choice.allowed); err != nil {
			return o, err
		}
	}
	if f.scheme != "" {
		if len(o.Strata) > 0 {
			return o, usagef("give --scheme or --strata, not both: the log has the strata of the draw")
		}
		scheme, err := design.ReadScheme(f.scheme, f.seed)
		if err != nil {
			return o, err
		}
		o.Scheme = scheme
	}
	o.All = f.inference == "all"
	return o, checkReps(o.Reps)
}

// maxReps is more draws than any p-value needs, and what memory has room for.
const maxReps = 10_000_000

func checkReps(reps int) error {
	if reps < 1 || reps > maxReps {
		return usagef("--reps %d: want 1 to %d draws, such as 9999", reps, maxReps)
	}
	return nil
}

// oneOf refuses a flag value that is not empty and not one of those allowed.
func oneOf(flag, value string, allowed []string) error {
	if value == "" {
		return nil
	}
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return usagef("%s %s: want one of %v", flag, value, allowed)
}
