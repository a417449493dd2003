// Package did estimates difference in differences: two-way fixed effects, two
// groups and two periods, event studies, and the estimators for staggered
// starts, for means and for counts.
package did

import (
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/infer"
)

// Data names the columns of a panel and says who is treated from when on. The
// start is told in one of three ways: Cohort, Treated with Start, or
// TreatedUnits with Start.
type Data struct {
	Outcome string
	Unit    string // e.g. school
	Time    string // numeric periods, or labels whose order is that of the periods

	Cohort       string   // column of first treated periods; never, 0 and Inf are never treated
	Treated      string   // 0/1 column, or two words, the same in every row of a unit
	TreatedUnits []string // units by name
	Start        string   // first treated period of Treated and TreatedUnits

	Arm string // column of arm names, for words beside Cohort

	Exposure    string // log offset of count models
	Weights     string // inverse variances
	Covariates  []string
	Reference   map[string]string // reference level by column
	Categorical []string
	TimeUnit    string // word for a period, e.g. "term"; default the time column's name
}

// Complete refuses, as unsupported, columns that are missing and a start that
// is not told in one of the three ways.
func (d *Data) Complete() error {
	var missing []string
	for _, c := range [][2]string{{"--outcome", d.Outcome}, {"--unit", d.Unit}, {"--time", d.Time}} {
		if c[1] == "" {
			missing = append(missing, c[0])
		}
	}
	ways := 0
	for _, given := range []bool{d.Cohort != "", d.Treated != "", len(d.TreatedUnits) > 0} {
		if given {
			ways++
		}
	}
	const start = "--cohort COLUMN, --treated COLUMN --start PERIOD or --treated-units A,B --start PERIOD"
	columns := strings.Join(missing, " and ")
	if len(missing) == 3 {
		columns = "--outcome, --unit and --time"
	}
	verb, name := "is", "name the column"
	if len(missing) > 1 {
		verb, name = "are", "name the columns"
	}
	switch {
	case len(missing) > 0 && ways == 0:
		return analysis.Unsupportedf("%s %s missing (%s), and who is treated from when on, in one way: %s", columns, verb, name, start)
	case len(missing) > 0:
		return analysis.Unsupportedf("%s %s missing: %s", columns, verb, name)
	case ways == 0:
		return analysis.Unsupportedf("say who is treated from when on, in one way: %s", start)
	case ways > 1:
		return analysis.Unsupportedf("say in one way, not %d, who is treated from when on: %s", ways, start)
	case d.Cohort == "" && d.Start == "":
		return analysis.Unsupportedf("--start is missing: the first treated period")
	case d.Cohort != "" && d.Start != "":
		return analysis.Unsupportedf("--cohort %s gives each unit's own start: leave out --start %s", d.Cohort, d.Start)
	}
	return nil
}

// Inference says which variance goes with the estimates.
type Inference struct {
	Cluster []string          // default: the unit
	Vcov    fixedeffects.Kind // default cr2 for one clustering, cr1s for two
	As      string            // "", "fixest" or "stata"
	Counted string            // absorbed effects counted in K: "" or "nonnested", "full", "none"
	Level   float64           // 0.95 where 0

	Resample infer.Options // bootstrap, permutation, all methods
}

// InferenceOf takes the shared inference options over.
func InferenceOf(o infer.Options) Inference {
	return Inference{Cluster: o.Clusters, Vcov: fixedeffects.Kind(o.Kind), As: o.As, Level: o.Level, Resample: o}
}

// Families of the outcome.
var families = map[string]fixedeffects.Family{
	"": fixedeffects.Gaussian, "gaussian": fixedeffects.Gaussian, "poisson": fixedeffects.Poisson, "negbin": fixedeffects.NegBin,
}

func familyOf(name string) (fixedeffects.Family, error) {
	f, ok := families[name]
	if name == "binomial" {
		return 0, analysis.Unsupportedf("--family binomial: with fixed effects it goes with --formula 'y ~ x | fe'; here want gaussian, poisson or negbin")
	}
	if !ok {
		return 0, analysis.Unsupportedf("--family %s: want gaussian, poisson or negbin", name)
	}
	return f, nil
}

func familyWord(f fixedeffects.Family) string {
	return [...]string{"gaussian", "Poisson", "negative binomial", "logit"}[f]
}

// settle fills the defaults of an Inference and refuses what is not defined.
func (o *Inference) settle(unit string, family fixedeffects.Family) error {
	if o.Level == 0 {
		o.Level = 0.95
	}
	switch o.As {
	case "":
	case "fixest", "stata":
		if o.Vcov == "" && o.As == "stata" && family != fixedeffects.Gaussian {
			o.Vcov = fixedeffects.CR1
		}
		if o.Vcov == "" {
			o.Vcov = fixedeffects.CR1S
		}
	default:
		return analysis.Unsupportedf("--as %s: for difference in differences want fixest or stata", o.As)
	}
	switch o.Counted {
	case "nonnested":
		o.Counted = ""
	case "", fixedeffects.CountFull, fixedeffects.CountNone:
	default:
		return analysis.Unsupportedf("--fixef-k %s: want nonnested, full or none", o.Counted)
	}
	if len(o.Cluster) > 2 {
		return analysis.Unsupportedf("--cluster %s: one or two columns are supported", strings.Join(o.Cluster, ","))
	}
	if o.Vcov == "" {
		o.Vcov = fixedeffects.CR2
		if len(o.Cluster) == 2 {
			o.Vcov = fixedeffects.CR1S
		}
	}
	known := []fixedeffects.Kind{fixedeffects.IID, fixedeffects.HC0, fixedeffects.HC1, fixedeffects.HC2, fixedeffects.HC3, fixedeffects.CR0, fixedeffects.CR1, fixedeffects.CR1S, fixedeffects.CR2, fixedeffects.CR3}
	if !slices.Contains(known, o.Vcov) {
		return analysis.Unsupportedf("--vcov %s: with fixed effects want one of iid, hc0, hc1, hc2, hc3, cr0, cr1, cr1s, cr2, cr3", o.Vcov)
	}
	if len(o.Cluster) == 2 && (o.Vcov == fixedeffects.CR2 || o.Vcov == fixedeffects.CR3) {
		return analysis.Unsupportedf("--vcov %s with two clusterings: it is defined for one; use cr1s", o.Vcov)
	}
	if len(o.Cluster) == 0 && unit != "" {
		o.Cluster = []string{unit}
	}
	if len(o.Cluster) == 0 && o.clustered() {
		return analysis.Unsupportedf("--vcov %s: name the cluster with --cluster", o.Vcov)
	}
	return nil
}

// clustered says whether the variance uses the clusters at all.
func (o *Inference) clustered() bool {
	return o.Vcov.Clustered()
}
