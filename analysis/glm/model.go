// Package glm estimates generalised linear models without random effects:
// school-level means, rates and shares, with robust variances.
package glm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Model is a generalised linear model of a formula. Its estimand is the change
// of the (transformed) mean with a column, other columns held fixed: a
// difference of means for gaussian and tobit, a log ratio of means or rates
// for poisson, quasipoisson, negbin and gamma, a log odds ratio for binomial
// and quasibinomial.
type Model struct {
	Formula     string
	Family      string // one of Families
	Exposure    string // column whose log is an offset
	Weights     string // column of prior weights; inverse variances for gaussian
	Reference   map[string]string
	Categorical []string
	Inference   infer.Options
}

// Families lists the families by name.
var Families = []string{"gaussian", "poisson", "quasipoisson", "negbin", "binomial", "quasibinomial", "gamma", "tobit"}

// Estimate fits the model.
func (m Model) Estimate(ctx context.Context, data *table.Table) (*analysis.Result, error) {
	f, ok := families[m.Family]
	if !ok {
		return nil, analysis.Unsupportedf("no family %q; there are %s", m.Family, strings.Join(Families, ", "))
	}
	parsed, err := formula.Parse(m.Formula)
	if err != nil {
		return nil, err
	}
	if err := m.refuse(parsed, f); err != nil {
		return nil, err
	}
	d, err := formula.Build(parsed, data, formula.Options{
		Reference: m.Reference, Categorical: m.Categorical, Exposure: m.Exposure, Weights: m.Weights,
		Also: append(append([]string(nil), m.Inference.Clusters...), m.Inference.Strata...), Words: f.words})
	if err != nil {
		return nil, err
	}
	if err := f.check(d, data); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	fit, err := f.fit(d)
	if err != nil {
		return nil, err
	}
	return m.result(ctx, d, f, fit)
}

// kind is the variance in use. Stata's cluster-robust variance of maximum
// likelihood estimates has the factor G/(G - 1) alone.
func (m Model) kind() infer.Kind {
	kind := m.Inference.Choose()
	if m.Family == "tobit" && m.Inference.Kind == "" && len(m.Inference.Clusters) > 0 {
		return infer.CR1
	}
	if m.Inference.As == "stata" && m.Inference.Kind == "" && kind == infer.CR1S && m.Family != "gaussian" {
		return infer.CR1
	}
	return kind
}

// refuse names combinations that are not defined.
func (m Model) refuse(parsed *formula.Formula, f *family) error {
	kind := m.kind()
	switch {
	case parsed.Response() == "":
		return analysis.Unsupportedf("formula %q has no outcome; write outcome ~ terms", m.Formula)
	case parsed.HasRandom():
		return analysis.Unsupportedf("formula %q has random terms, which glm does not take; use swis mixed", m.Formula)
	case parsed.HasAbsorbed():
		return analysis.Unsupportedf("formula %q absorbs effects, which glm does not do; use swis did --formula", m.Formula)
	case kind.Clustered() && len(m.Inference.Clusters) == 0:
		return analysis.Unsupportedf("--vcov %s needs clusters; name their column with --cluster", kind)
	case !kind.Clustered() && len(m.Inference.Clusters) > 0 && !m.Inference.Resamples():
		return analysis.Unsupportedf("--vcov %s takes no clusters; leave out --cluster or use cr0, cr1, cr1s, cr2 or cr3", kind)
	case strings.HasPrefix(parsed.Response(), "cbind(") && !f.words:
		return analysis.Unsupportedf("cbind() is an outcome of the families binomial and quasibinomial, not of %s", m.Family)
	case f.name == "tobit" && !slices.Contains([]infer.Kind{infer.IID, infer.HC0, infer.CR0, infer.CR1}, kind):
		return analysis.Unsupportedf("--vcov %s is not defined for tobit, whose residuals are censored: it has iid (observed information), hc0, cr0 and cr1", kind)
	case f.name == "tobit" && len(m.Inference.Clusters) > 1:
		return analysis.Unsupportedf("tobit has one-way clusters; name one column with --cluster")
	case f.name == "tobit" && m.Inference.Resamples():
		return analysis.Unsupportedf("resampling is not defined for tobit; it is for %s", strings.Join(Families[:7], ", "))
	case m.Exposure != "" && f.scale != analysis.Log:
		return analysis.Unsupportedf("--exposure is for counts (poisson, quasipoisson, negbin); for %s write the term into the formula", m.Family)
	}
	return nil
}

// Method describes the estimator.
func (m Model) Method() analysis.Method {
	f := families[m.Family]
	if f == nil {
		f = families["gaussian"]
	}
	kind := m.kind()
	out := analysis.Method{
		Name:     f.title,
		Formula:  m.Formula,
		Variance: kind.Words(m.Inference.Clusters),
		Conventions: []string{
			f.density,
			kind.Convention(f.scale == analysis.Identity),
		},
		References: append([]analysis.Reference(nil), f.references...),
	}
	if m.Exposure != "" {
		out.Conventions = append(out.Conventions, fmt.Sprintf("exposure: log(%s) is an offset with coefficient 1, so exponentiated coefficients are rate ratios", m.Exposure))
	}
	if m.Weights != "" {
		out.Conventions = append(out.Conventions, f.weighting)
	}
	if m.Family == "poisson" && len(m.Inference.Clusters) > 0 {
		out.Conventions = append(out.Conventions, coverage)
	}
	switch m.Inference.As {
	case "fixest":
		out.Conventions = append(out.Conventions, "as fixest 0.14: CR1S for clusters unless --vcov says otherwise, t(G - 1) for gaussian and z for others")
	case "stata":
		out.Conventions = append(out.Conventions, "as Stata: vce(cluster) has G/(G - 1) (N - 1)/(N - K) and t(G - 1) for regress, G/(G - 1) and z for maximum likelihood")
	}
	out.References = append(out.References, kind.References()...)
	return out
}
