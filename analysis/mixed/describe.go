package mixed

import (
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/analysis/distribution"
)

// name is the coefficient name of kept column j.
func (m *model) name(j int) string { return m.design.Fixed.Names[m.system.basis.kept[j]] }

// describe fills title, fit, random effects and notes on the state.
func (m *model) describe(r *analysis.Result, f *fit, l Linear) {
	d := m.design
	r.Margins = append(r.Margins, d.Margins(nil))
	r.Title = fmt.Sprintf("%s: linear mixed model", d.Response.Name)
	var groups []string
	r.Fit.NGroups = map[string]int{}
	for _, g := range m.groups {
		r.Fit.NGroups[g.name] = len(g.levels)
		groups = append(groups, fmt.Sprintf("%d of %s", len(g.levels), g.name))
	}
	r.Subtitle = fmt.Sprintf("%s, %s; %d rows in %s", l.Formula, l.criterionName(), d.N(), strings.Join(groups, ", "))
	n := float64(d.N())
	k := float64(f.p + len(f.params) + 1)
	if f.grouped != nil {
		k += float64(len(f.grouped.residuals.delta) - 1)
	}
	r.Fit.NObs, r.Fit.NDropped = d.N(), d.DroppedRows()
	r.Fit.LogLik = analysis.Num(-f.deviance / 2)
	r.Fit.AIC = analysis.Num(f.deviance + 2*k)
	r.Fit.BIC = analysis.Num(f.deviance + k*math.Log(n))
	if l.ML {
		r.Fit.Deviance = analysis.Num(f.deviance)
	} else {
		r.Fit.REMLCriterion = analysis.Num(f.deviance)
	}
	r.Fit.Sigma = analysis.Num(f.sigma())
	r.Fit.Iterations, r.Fit.Evaluations = f.iterations, f.evaluations
	r.Fit.Gradient = analysis.Num(f.gradient)
	switch {
	case !f.converged:
		r.Fit.Status = analysis.NotConverged
		r.Note("not_converged", "the fit did not converge: its numbers are not to be quoted; simplify the random terms or rescale their columns")
	case len(f.flat) > 0:
		r.Fit.Status = analysis.NotConverged
		var names []string
		for _, g := range f.flat {
			names = append(names, m.groups[g].name)
		}
		r.Note("flat_likelihood", fmt.Sprintf("the data do not tell the variances of %s apart from each other or from the fixed effects: only their sum is known, or nothing; leave a random term out, or the fixed effects of the same factor", strings.Join(names, ", ")))
	case f.boundary:
		r.Fit.Status = analysis.Boundary
	default:
		r.Fit.Status = analysis.Converged
	}
	if f.starts > 1 && f.spread > 1e-4 {
		r.Note("several_optima", fmt.Sprintf("starting points disagree by %.2g in the deviance; the best fit is given", f.spread))
	}
	m.randomEffects(r, f)
	m.variances(r, f)
	if len(f.params) == 1 && m.groups[0].z[0] == nil && m.design.Weights == nil && f.grouped == nil && f.converged {
		low, high := f.iccInterval(distribution.NormalQuantile(1 - (1-l.Level)/2))
		r.Checks = append(r.Checks,
			analysis.Check{Name: "icc_low", Value: analysis.Num(low), Means: "likelihood limit of the intra-cluster correlation"},
			analysis.Check{Name: "icc_high", Value: analysis.Num(high), Means: "the same, upper limit"})
	}
}

// randomEffects fills standard deviations and correlations, and says which
// are on the boundary.
func (m *model) randomEffects(r *analysis.Result, f *fit) {
	for gi, g := range m.groups {
		k := g.k()
		cov := f.covariance(gi)
		if len(g.levels) < 5 {
			r.Note("few_levels", fmt.Sprintf("%s has only %d levels: its variance is known badly", g.name, len(g.levels)))
		}
		for _, t := range g.terms {
			for a, name := range t.names {
				i := t.first + a
				r.RandomEffects = append(r.RandomEffects, analysis.RandomEffect{Group: g.name, Term: name, Variance: analysis.Num(cov[i*k+i]), SD: analysis.Num(math.Sqrt(cov[i*k+i]))})
				if cov[i*k+i] == 0 {
					r.Note("zero_variance", fmt.Sprintf("the variance of %s between levels of %s is estimated as zero: a result, not an error; the inference is that of the model without it", name, g.name))
				}
			}
			singular := false
			for a := range t.names {
				for b := range a {
					i, j := t.first+a, t.first+b
					e := analysis.RandomEffect{Group: g.name, Term: t.names[b], With: t.names[a], Covariance: analysis.Num(cov[i*k+j])}
					if v := cov[i*k+i] * cov[j*k+j]; v > 0 {
						rho := max(-1, min(1, cov[i*k+j]/math.Sqrt(v)))
						e.Correlation = analysis.Num(rho)
						singular = singular || math.Abs(rho) > 1-1e-9
					}
					r.RandomEffects = append(r.RandomEffects, e)
				}
			}
			if !singular && len(t.names) > 2 && f.boundary && f.singularTerm(gi, t) {
				r.Note("singular_covariance", fmt.Sprintf("the covariance of the random effects of %s is singular: the data do not support as many; consider || or fewer slopes", g.name))
			}
			if singular {
				r.Note("singular_correlation", fmt.Sprintf("random effects of %s are perfectly correlated: the data do not support as many; consider || or fewer slopes", g.name))
			}
		}
	}
}

// variances fills the intra-cluster correlation and the shares of variance
// explained (Nakagawa & Schielzeth 2013; random slopes as Johnson 2014).
func (m *model) variances(r *analysis.Result, f *fit) {
	sigma2 := f.sigma() * f.sigma()
	var between, average float64
	intercepts := make([]float64, len(m.groups))
	for gi, g := range m.groups {
		k := g.k()
		cov := f.covariance(gi)
		for _, t := range g.terms {
			if g.z[t.first] == nil {
				intercepts[gi] += cov[t.first*k+t.first]
			}
		}
		between += intercepts[gi]
		for a := range k {
			for b := range k {
				if cov[a*k+b] != 0 {
					average += cov[a*k+b] * meanProduct(g.z[a], g.z[b], nil, m.design.N())
				}
			}
		}
	}
	r.Fit.ICC = analysis.Num(between / (between + sigma2))
	if len(m.groups) > 1 {
		for gi, g := range m.groups {
			r.Checks = append(r.Checks, analysis.Check{Name: "icc:" + g.name, Value: analysis.Num(intercepts[gi] / (between + sigma2)),
				Means: fmt.Sprintf("share of the variance that lies between levels of %s", g.name)})
		}
	}
	fixed := m.fittedVariance(f.beta())
	total := fixed + average + sigma2
	r.Checks = append(r.Checks,
		analysis.Check{Name: "r2_marginal", Value: analysis.Num(fixed / total), Means: "share of the variance explained by the fixed effects (Nakagawa)"},
		analysis.Check{Name: "r2_conditional", Value: analysis.Num((fixed + average) / total), Means: "share explained by fixed and random effects together (Nakagawa)"})
}

// fittedVariance is the sample variance of X beta over the rows.
func (m *model) fittedVariance(beta []float64) float64 {
	n := m.design.N()
	fitted := make([]float64, n)
	for j, b := range beta {
		for i, x := range m.design.Fixed.X[m.system.basis.kept[j]] {
			fitted[i] += b * x
		}
	}
	var mean, sum float64
	for _, v := range fitted {
		mean += v / float64(n)
	}
	for _, v := range fitted {
		sum += (v - mean) * (v - mean)
	}
	return sum / float64(n-1)
}

// addEffects fills the conditional modes.
func (m *model) addEffects(r *analysis.Result, f *fit) {
	for _, e := range f.modes() {
		g := m.groups[e.group]
		term := ""
		for _, t := range g.terms {
			if e.column >= t.first && e.column < t.first+len(t.names) {
				term = t.names[e.column-t.first]
			}
		}
		r.Effects = append(r.Effects, analysis.Effect{Group: g.name, Level: g.levels[e.level], Term: term, Estimate: analysis.Num(e.estimate), StdError: analysis.Num(e.deviation)})
	}
}
