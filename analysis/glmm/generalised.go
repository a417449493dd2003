// Package glmm estimates generalised linear mixed models of counts, shares and
// positive amounts: Poisson, binomial, negative binomial (two kinds) and gamma,
// with any number of random terms, zero-inflated and hurdle versions, also
// without random terms.
package glmm

import (
	"context"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/dataset"
	"swis/dataset/table"
)

// Generalised is a generalised linear mixed model
//
//	g(E[y | b]) = X beta + Z b + offset, b ~ N(0, Sigma),
//
// estimated by maximum likelihood with the random effects integrated out by the
// Laplace approximation with the observed Hessian at the mode, or by adaptive
// Gauss-Hermite quadrature for one scalar random term. Standard errors come from
// the observed information of all parameters together; statistics are z. Random
// terms are not needed: with ZeroInflation or Hurdle the model without them is
// the zero-inflated or hurdle regression.
type Generalised struct {
	Formula       string
	Family        string            // one of Families
	Quadrature    int               // points; 0 or 1 is Laplace
	ZeroInflation string            // one-sided formula of the logit of a structural zero, may have random terms
	Hurdle        string            // one-sided formula of the logit of a zero, may have random terms
	Exposure      string            // column whose log is the offset
	Ceiling       string            // column of each row's largest possible count: rows that reach it are right-censored
	Weights       string            // frequency weights; trials where the outcome is a share
	Level         float64           // confidence level; 0 is 0.95
	Effects       bool              // add the conditional modes
	CI            string            // wald (default), profile, bootstrap (parametric) or clusters (bootstrap of clusters)
	Cluster       string            // column of the clusters of CI clusters; empty is the finest grouping factor
	Coverage      int               // simulated data sets that the intervals are tried on; 0 for none
	Reps          int               // bootstrap replicates; 0 is 999
	Seed          string            // of the bootstrap; empty is 1
	Reference     map[string]string // reference level by column
	Categorical   []string
	Also          []string // columns that must not be missing either
	As            string   // conventions of lme4, glmmtmb or stata
}

// Families lists the families by the names of the command line.
var Families = []string{"poisson", "binomial", "negbin", "negbin1", "gamma", "lognormal"}

var families = map[string]base{"poisson": poisson, "binomial": binomial, "negbin": negbin2, "negbin1": negbin1, "gamma": gamma, "lognormal": lognormal}

// Supports says whether a family is estimated here.
func Supports(family string) bool { return slices.Contains(Families, family) }

// model is a formula applied to a table, with what is asked of it.
type model struct {
	options Generalised
	level   float64
	design  *formula.Design
	zero    *formula.Design // nil without a zero part
	table   *table.Table
	whole   *problem // the outcome with both parts, as given
	main    *problem // the whole model, or the count part of a hurdle
	other   *problem // the zero part of a hurdle, else nil
	rows    []int    // rows of the design that the main problem uses, nil for all
}

// Estimate fits the model to a table.
func (g Generalised) Estimate(ctx context.Context, data *table.Table) (*analysis.Result, error) {
	m, err := g.model(data)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	main := fitProblem(m.main, m.options.Quadrature)
	var zero *fit
	if m.other != nil {
		nodes := m.options.Quadrature
		if len(m.other.parts[0].random) == 0 {
			nodes = 1
		}
		zero = fitProblem(m.other, nodes)
	}
	r := m.result(main, zero)
	ci := g.CI
	if r.Fit.Status == analysis.NotConverged {
		ci = ""
	}
	switch ci {
	case "profile":
		m.profiled(r, main, 0, analysis.MainPart)
		if zero != nil {
			m.profiled(r, zero, 0, analysis.ZeroPart)
		} else if m.zero != nil {
			m.profiled(r, main, 1, analysis.ZeroPart)
		}
	case "bootstrap":
		err = m.bootstrapped(ctx, r, main, zero)
	case "clusters":
		err = m.clusterBootstrapped(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	if g.Coverage > 0 && r.Fit.Status != analysis.NotConverged {
		if err := m.coverage(ctx, r, main, zero); err != nil {
			return nil, err
		}
	}
	m.summarise(r)
	return r, nil
}

func (g Generalised) model(data *table.Table) (*model, error) {
	m := &model{options: g, level: g.Level, table: data}
	if m.level == 0 {
		m.level = 0.95
	}
	if m.options.Reps == 0 {
		m.options.Reps = 999
	}
	if m.options.Seed == "" {
		m.options.Seed = "1"
	}
	if !slices.Contains([]string{"", "wald", "profile", "bootstrap", "clusters"}, g.CI) {
		return nil, analysis.Unsupportedf("--ci %s: want wald, profile, bootstrap or clusters", g.CI)
	}
	family, ok := families[g.Family]
	if !ok {
		return nil, analysis.Unsupportedf("family %q: generalised mixed models are defined for %s", g.Family, strings.Join(Families, ", "))
	}
	if g.ZeroInflation != "" && g.Hurdle != "" {
		return nil, analysis.Unsupportedf("zero inflation and a hurdle exclude each other: give one of the two")
	}
	zeroFormula := g.ZeroInflation + g.Hurdle
	if zeroFormula != "" && (family == binomial || (family == gamma || family == lognormal) && g.ZeroInflation != "") {
		return nil, analysis.Unsupportedf("zero inflation is defined for poisson, negbin and negbin1, a hurdle also for gamma and lognormal")
	}
	f, err := formula.Parse(g.Formula)
	if err != nil {
		return nil, err
	}
	if f.Response() == "" {
		return nil, analysis.Unsupportedf("%q has no outcome on the left of ~", g.Formula)
	}
	if f.HasAbsorbed() {
		return nil, analysis.Unsupportedf("absorbed effects are not defined for mixed models: write factor(column) or a random term (1 | column)")
	}
	options := formula.Options{Reference: g.Reference, Categorical: g.Categorical, Also: g.Also, Exposure: g.Exposure, Weights: g.Weights, Words: family == binomial}
	if !f.HasRandom() && zeroFormula == "" && g.Ceiling == "" {
		return nil, analysis.Unsupportedf("%q has no random term, such as (1 | school): without one it is a model for swis glm", g.Formula)
	}
	for _, column := range []string{g.Cluster, g.Ceiling} {
		if column != "" {
			options.Also = append(slices.Clone(options.Also), column)
		}
	}
	var zf *formula.Formula
	if zeroFormula != "" {
		if zf, err = formula.Parse(zeroFormula); err != nil {
			return nil, err
		}
		if zf.Response() != "" {
			return nil, analysis.Unsupportedf("the zero part %q has an outcome: write it one-sided, as in \"~ arm\"", zeroFormula)
		}
		options.Also = append(slices.Clone(options.Also), zf.Columns()...)
	}
	if m.design, err = formula.Build(f, data, options); err != nil {
		return nil, err
	}
	if zf != nil {
		if m.zero, err = formula.Build(zf, data, formula.Options{Reference: g.Reference, Categorical: g.Categorical, Rows: m.design.Rows}); err != nil {
			return nil, err
		}
	}
	if err := m.problems(family); err != nil {
		return nil, err
	}
	if err := m.follow(); err != nil {
		return nil, err
	}
	return m, m.quadrature()
}

// quadrature refuses more than one point where it is not defined.
func (m *model) quadrature() error {
	n := m.options.Quadrature
	if n < 0 || n > 100 {
		return analysis.Unsupportedf("quadrature with %d points: want 1 (Laplace) to 100", n)
	}
	if n <= 1 {
		return nil
	}
	terms, scalar := 0, true
	for _, p := range []*problem{m.main, m.other} {
		if p == nil {
			continue
		}
		here := 0
		for h := range p.parts {
			for _, r := range p.parts[h].random {
				here++
				scalar = scalar && len(r.Names) <= 1
			}
		}
		terms = max(terms, here)
	}
	if terms != 1 || !scalar {
		return analysis.Unsupportedf("quadrature with more than one point is defined for one scalar random term, such as (1 | school); use Laplace (--quadrature 1) for several terms or slopes")
	}
	return nil
}

// problems checks the outcome and makes the numerical problems.
func (m *model) problems(family base) error {
	d := m.design
	y := d.Response.Y
	name := d.Response.Name
	p := &problem{kernel: kernel{base: family}, y: y, weights: d.Weights}
	p.parts[0] = part{names: d.Fixed.Names, x: d.Fixed.X, offset: d.Offset, random: d.Random}
	refuse := func(i int, text string, args ...any) error {
		return dataset.Problemf(m.table.Name, m.table.Line(d.Rows[i]), name, text, args...)
	}
	switch family {
	case binomial:
		p.trials = d.Response.Trials
		if p.trials == nil && p.weights != nil {
			// A share of so many: the weights are the trials.
			p.trials, p.weights = p.weights, nil
			counts := make([]float64, len(y))
			for i := range y {
				if y[i] < 0 || y[i] > 1 {
					return refuse(i, "is %g; a share between 0 and 1 with its number of trials as weights is wanted", y[i])
				}
				counts[i] = y[i] * p.trials[i]
				if r := math.Round(counts[i]); math.Abs(counts[i]-r) < 1e-6*max(1, r) {
					counts[i] = r
				}
			}
			p.y = counts
		} else if p.trials == nil {
			for i := range y {
				if y[i] != 0 && y[i] != 1 {
					return refuse(i, "is %g; 0 or 1 is wanted, or cbind(successes, failures), or a share with --weights for its number of trials", y[i])
				}
			}
		}
	case gamma, lognormal:
		for i := range y {
			if y[i] < 0 || y[i] == 0 && m.options.Hurdle == "" {
				return refuse(i, "is %g; %s models are for positive amounts: with zeros, add --hurdle \"~ …\"", y[i], m.options.Family)
			}
		}
	default:
		if d.Response.Trials != nil {
			return analysis.Unsupportedf("cbind(successes, failures) is the outcome of family binomial, not of %s", m.options.Family)
		}
		for i := range y {
			if y[i] < 0 {
				return refuse(i, "is %g; a count cannot be negative", y[i])
			}
			if y[i] != math.Trunc(y[i]) {
				return refuse(i, "is %g; a count is a whole number: give the count and its exposure with --exposure", y[i])
			}
			if y[i] > 1e7 {
				return refuse(i, "is %g; counts above ten million are not modelled", y[i])
			}
		}
	}
	if err := m.ceilings(p); err != nil {
		return err
	}
	m.main, m.whole = p, p
	if m.zero == nil {
		return m.events()
	}
	zero := part{names: m.zero.Fixed.Names, x: m.zero.Fixed.X, offset: m.zero.Offset, random: m.zero.Random}
	if m.options.ZeroInflation != "" {
		p.kernel.zeros = inflated
		p.parts[1] = zero
		return m.events()
	}
	m.hurdle(zero)
	return m.events()
}

// hurdle splits the model into the logit of a zero for all rows and the count
// given that it is positive: their likelihoods have no parameter in common.
func (m *model) hurdle(zero part) {
	p := m.main
	m.other = &problem{kernel: kernel{base: binomial}, y: make([]float64, len(p.y)), weights: p.weights}
	m.other.parts[0] = zero
	for i, y := range p.y {
		if y == 0 {
			m.other.y[i] = 1
		} else {
			m.rows = append(m.rows, i)
		}
	}
	m.main = p.subset(m.rows)
	if !p.kernel.amount() {
		m.main.kernel.zeros = truncated
	}
}

// events refuses an outcome that never varies from zero.
func (m *model) events() error {
	if p := m.main; p.kernel.ceiling && !slices.Contains(p.limits(), 0) {
		return analysis.NotEstimablef("%s is at its ceiling in every row%s: nothing can be estimated", m.design.Response.Name, map[bool]string{true: " above zero"}[m.other != nil])
	}
	for _, y := range m.main.y {
		if y != 0 {
			return nil
		}
	}
	return analysis.NotEstimablef("%s is zero in all %d rows: nothing can be estimated; see swis floor for what such data can show", m.design.Response.Name, m.design.N())
}

// subset keeps some rows. Levels of random effects stay.
func (p *problem) subset(rows []int) *problem {
	pick := func(x []float64) []float64 {
		if x == nil {
			return nil
		}
		out := make([]float64, len(rows))
		for i, r := range rows {
			out[i] = x[r]
		}
		return out
	}
	out := &problem{kernel: p.kernel, y: pick(p.y), trials: pick(p.trials), weights: pick(p.weights), ceiling: pick(p.ceiling)}
	for h, from := range p.parts {
		to := part{names: from.names, offset: pick(from.offset)}
		for _, x := range from.x {
			to.x = append(to.x, pick(x))
		}
		for _, r := range from.random {
			index := make([]int32, len(rows))
			for i, at := range rows {
				index[i] = r.Index[at]
			}
			r.Index = index
			z := make([][]float64, len(r.Z))
			for a := range r.Z {
				z[a] = pick(r.Z[a])
			}
			r.Z = z
			to.random = append(to.random, r)
		}
		out.parts[h] = to
	}
	return out
}
