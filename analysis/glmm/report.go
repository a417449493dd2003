package glmm

import (
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/infer"
)

// result puts the numbers of the fits into the words of a result. zero is the
// fit of a hurdle's zero part, or nil.
func (m *model) result(main, zero *fit) *analysis.Result {
	d := m.design
	r := &analysis.Result{Schema: analysis.SchemaName, Method: m.options.Method(), Notes: slices.Clone(d.Notes)}
	m.numbers(r, main, zero)
	m.fit(r, main, zero)
	m.atCeiling(r)
	m.betweenGroups(r, main)
	m.differences(r, main, zero)
	m.describe(r, main, zero)
	if m.options.Effects {
		m.effects(r, main, analysis.MainPart)
		if zero != nil {
			m.effects(r, zero, analysis.ZeroPart)
		}
	}
	return r
}

// numbers adds coefficients and random effects of all parts.
func (m *model) numbers(r *analysis.Result, main, zero *fit) {
	scale := analysis.Log
	if main.problem.kernel.base == binomial {
		scale = analysis.Logit
	}
	m.estimates(r, main, 0, analysis.MainPart, scale)
	m.randomEffects(r, main, 0, analysis.MainPart)
	switch {
	case zero != nil:
		m.estimates(r, zero, 0, analysis.ZeroPart, analysis.Logit)
		m.randomEffects(r, zero, 0, analysis.ZeroPart)
	case m.zero != nil:
		m.estimates(r, main, 1, analysis.ZeroPart, analysis.Logit)
		m.randomEffects(r, main, 1, analysis.ZeroPart)
	}
}

func (m *model) estimates(r *analysis.Result, f *fit, h int, part analysis.Part, scale analysis.Scale) {
	estimate, stdError := f.coefficients(h)
	how := fmt.Sprintf("z, standard error from the observed information of all parameters (%s)", m.approximation(f))
	for i, name := range f.problem.parts[h].names {
		e := infer.Wald(name, estimate[i], stdError[i], math.Inf(1), m.level, scale)
		if m.zero != nil {
			e.Part = part
		}
		e.How = how
		e.Estimand = m.estimand(name, part, scale, f)
		r.Estimates = append(r.Estimates, e)
	}
}

func (m *model) randomEffects(r *analysis.Result, f *fit, h int, part analysis.Part) {
	if m.zero == nil {
		part = ""
	}
	for t := range f.o.c.terms {
		t := &f.o.c.terms[t]
		if t.part != h {
			continue
		}
		v := f.covariance(t)
		columns := t.columns()
		for _, a := range columns {
			r.RandomEffects = append(r.RandomEffects, analysis.RandomEffect{Group: t.Group, Term: t.name(a), Variance: analysis.Num(v[a][a]), SD: analysis.Num(math.Sqrt(v[a][a])), Part: part})
		}
		if !t.Correlated {
			continue
		}
		for i, a := range columns {
			for _, b := range columns[:i] {
				r.RandomEffects = append(r.RandomEffects, analysis.RandomEffect{Group: t.Group, Term: t.name(b), With: t.name(a), Covariance: analysis.Num(v[a][b]), Correlation: analysis.Num(v[a][b] / math.Sqrt(v[a][a]*v[b][b])), Part: part})
			}
		}
	}
}

// fewLevels is the number of levels below which a variance is hardly told.
const fewLevels = 5

func (m *model) fit(r *analysis.Result, main, zero *fit) {
	r.Margins = append(r.Margins, m.design.Margins(nil))
	r.Fit = analysis.Fit{NObs: m.design.N(), NDropped: m.design.DroppedRows(), Iterations: main.iterations, Evaluations: main.evaluations, Status: main.status}
	logLik, parameters, gradient := main.logLik, main.parameters, main.gradient
	all := []*fit{main}
	if zero != nil {
		logLik += zero.logLik
		parameters += zero.parameters
		gradient = max(gradient, zero.gradient)
		r.Fit.Iterations += zero.iterations
		r.Fit.Evaluations += zero.evaluations
		r.Fit.Status = worse(main.status, zero.status)
		all = append(all, zero)
	}
	for _, f := range all {
		r.Notes = append(r.Notes, f.notes...)
		for t := range f.o.c.terms {
			if r.Fit.NGroups == nil {
				r.Fit.NGroups = map[string]int{}
			}
			t := &f.o.c.terms[t]
			r.Fit.NGroups[t.Group] = max(r.Fit.NGroups[t.Group], len(t.Levels))
			if len(t.Levels) < fewLevels && f == all[0] {
				r.Note("few_groups", fmt.Sprintf("%s has %d levels: too few to tell its variance; take it as a fixed effect, factor(%s), where the question allows", t.Group, len(t.Levels), t.Group))
			}
		}
	}
	n := float64(m.design.N())
	if m.options.As == asLme4 && m.options.Quadrature > 1 {
		logLik -= m.saturated()
		r.Note("constants_dropped", "as in glmer with more than one quadrature point, log-likelihood, AIC and BIC leave out the saturated model's log-likelihood; do not compare them with other fits")
	}
	r.Fit.LogLik = analysis.Num(logLik)
	r.Fit.AIC = analysis.Num(-2*logLik + 2*float64(parameters))
	r.Fit.BIC = analysis.Num(-2*logLik + math.Log(n)*float64(parameters))
	r.Fit.Gradient = analysis.Num(gradient)
	if main.o.kernel.hasPhi() {
		phi := main.o.phi(main.psi)
		switch main.o.kernel.base {
		case negbin2:
			r.Fit.Theta = analysis.Num(math.Exp(phi))
		case negbin1:
			r.Fit.Dispersion = analysis.Num(math.Exp(phi))
		case lognormal:
			r.Fit.Sigma = analysis.Num(math.Exp(phi))
		case gamma:
			r.Fit.Dispersion = analysis.Num(math.Exp(-phi))
		}
	}
	if r.Fit.Status == analysis.NotConverged {
		// Numbers of a fit that did not converge are not to be quoted.
		for i := range r.Estimates {
			e := &r.Estimates[i]
			*e = analysis.Estimate{Term: e.Term, Part: e.Part, Scale: e.Scale, ConfLevel: e.ConfLevel, Estimate: e.Estimate, How: "not converged: not to be quoted"}
		}
	}
}

// worse is the state of two fits together.
func worse(a, b analysis.Status) analysis.Status {
	for _, s := range []analysis.Status{analysis.NotConverged, analysis.Separated, analysis.Boundary} {
		if a == s || b == s {
			return s
		}
	}
	return a
}

// effects adds the conditional modes with their conditional standard
// deviations.
func (m *model) effects(r *analysis.Result, f *fit, part analysis.Part) {
	o := f.o
	if _, ok := o.evaluate(f.psi, nil); !ok || o.c.q == 0 {
		return
	}
	f.covariances(func(t *term, level, a int, mode, sd float64) {
		group := t.Group
		if part == analysis.ZeroPart || t.part == 1 {
			group += " (zero part)"
		}
		r.Effects = append(r.Effects, analysis.Effect{Group: group, Level: t.Levels[level], Term: t.name(a), Estimate: analysis.Num(mode), StdError: analysis.Num(sd)})
	})
}

// covariances gives mode and conditional standard deviation of every effect.
func (f *fit) covariances(each func(t *term, level, a int, mode, sd float64)) {
	o := f.o
	o.c.chol.invert()
	for t := range o.c.terms {
		t := &o.c.terms[t]
		for l := range t.Levels {
			for _, a := range t.columns() {
				var mode, variance float64
				for b := range t.k {
					lab := o.lambda[(t.first+a)*o.c.k+t.first+b]
					mode += lab * o.u[t.base+l*t.k+b]
					for e := range t.k {
						lae := o.lambda[(t.first+a)*o.c.k+t.first+e]
						if lab != 0 && lae != 0 {
							variance += lab * lae * o.c.chol.inverse[o.c.chol.position(int32(t.base+l*t.k+b), int32(t.base+l*t.k+e))]
						}
					}
				}
				each(t, l, a, mode, math.Sqrt(variance))
			}
		}
	}
}
