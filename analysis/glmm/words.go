package glmm

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
)

// Method describes the estimator.
func (g Generalised) Method() analysis.Method {
	name := map[string]string{
		"poisson": "Poisson mixed model", "binomial": "Logistic mixed model", "negbin": "Negative binomial mixed model",
		"negbin1": "Negative binomial mixed model, variance linear in the mean", "gamma": "Gamma mixed model", "lognormal": "Log-normal mixed model",
	}[g.Family]
	if !g.random() {
		name = strings.Replace(name, " mixed model", " regression", 1)
	}
	m := analysis.Method{Name: name, Formula: g.Formula,
		Variance: "inverse of the observed information of all parameters (coefficients, standard deviations, dispersion)",
		Conventions: []string{
			"log-likelihood with all constants, for any number of quadrature points",
			"z statistics; a design-based p-value (swis did with --permute or --bootstrap) belongs beside them when schools or areas are few",
		},
		References: []analysis.Reference{
			{Key: "Breslow & Clayton 1993", Text: "Approximate inference in generalized linear mixed models. Journal of the American Statistical Association 88, 9-25", DOI: "10.1080/01621459.1993.10594284"},
		},
	}
	if !g.random() {
		m.References = nil
	} else if g.Quadrature > 1 {
		m.Conventions = append(m.Conventions, fmt.Sprintf("adaptive Gauss-Hermite quadrature with %d points around the conditional modes", g.Quadrature))
		m.References = append(m.References, analysis.Reference{Key: "Pinheiro & Bates 1995", Text: "Approximations to the log-likelihood function in the nonlinear mixed-effects model. Journal of Computational and Graphical Statistics 4, 12-35", DOI: "10.1080/10618600.1995.10474663"})
	} else {
		m.Conventions = append(m.Conventions, "Laplace approximation with the observed Hessian at the conditional modes (as glmmTMB; glmer.nb expands with expected weights)")
	}
	switch g.Family {
	case "negbin":
		m.Conventions = append(m.Conventions, "variance mu + mu^2/theta")
	case "negbin1":
		m.Conventions = append(m.Conventions, "variance mu (1 + dispersion)")
	case "lognormal":
		m.Conventions = append(m.Conventions, "the logarithm of the amount is normal; sigma is its standard deviation given the random effects; the Laplace approximation is exact here")
	case "gamma":
		m.Conventions = append(m.Conventions, "log link, variance dispersion mu^2")
	}
	if g.Ceiling != "" {
		m.Conventions = append(m.Conventions, "a count equal to its ceiling ("+g.Ceiling+") is right-censored there and adds log P(Y >= ceiling); coefficients are about the count without the ceiling, overall ratios and differences about the mean of min(Y, ceiling)")
		m.References = append(m.References, analysis.Reference{Key: "Terza 1985", Text: "A Tobit-type estimator for the censored Poisson regression model. Economics Letters 18, 361-365", DOI: "10.1016/0165-1765(85)90053-9"})
	}
	switch {
	case g.ZeroInflation != "":
		m.Name = "Zero-inflated " + lower(m.Name)
		m.Formula += "; zero part " + g.ZeroInflation
		m.Conventions = append(m.Conventions, "the zero part models the logit of a structural zero")
		m.References = append(m.References, analysis.Reference{Key: "Lambert 1992", Text: "Zero-inflated Poisson regression, with an application to defects in manufacturing. Technometrics 34, 1-14", DOI: "10.2307/1269547"})
	case g.Hurdle != "":
		m.Name = "Hurdle " + lower(m.Name)
		m.Formula += "; zero part " + g.Hurdle
		m.Conventions = append(m.Conventions, "the zero part models the logit of a zero, the main part the count given that it is positive")
		m.References = append(m.References, analysis.Reference{Key: "Mullahy 1986", Text: "Specification and testing of some modified count data models. Journal of Econometrics 33, 341-365", DOI: "10.1016/0304-4076(86)90002-3"})
	}
	return m
}

// conventions of other programs that can be asked for.
const (
	asLme4    = "lme4"
	asGlmmTMB = "glmmtmb"
	asStata   = "stata"
)

// follow takes over what --as asks for, or says why it cannot.
func (m *model) follow() error {
	g := &m.options
	switch g.As {
	case "", asGlmmTMB:
		if g.As == asGlmmTMB && g.Quadrature > 1 {
			return analysis.Unsupportedf("--as glmmtmb has no quadrature: leave out --quadrature")
		}
	case asLme4:
		if g.Family != "poisson" && g.Family != "binomial" || m.zero != nil {
			return analysis.Unsupportedf("--as lme4 is defined for poisson and binomial without a zero part: glmer.nb expands with expected weights, which this program does not; its numbers are those of --as glmmtmb")
		}
	case asStata:
		if m.zero != nil {
			return analysis.Unsupportedf("--as stata is defined for models without a zero part")
		}
		// mepoisson, melogit and menbreg: mean-variance adaptive quadrature with seven points.
		if g.Quadrature <= 1 {
			if len(m.main.parts[0].random) != 1 || len(m.main.parts[0].random[0].Names) > 1 {
				return analysis.Unsupportedf("--as stata means quadrature with seven points, which is defined here for one scalar random term")
			}
			g.Quadrature = 7
		}
	default:
		return analysis.Unsupportedf("--as %s: generalised mixed models follow lme4, glmmtmb or stata", g.As)
	}
	return nil
}

// saturated is the log-likelihood of a model that fits every row, which glmer
// leaves out of the log-likelihood with more than one quadrature point.
func (m *model) saturated() (sum float64) {
	for i, y := range m.main.y {
		switch {
		case y == 0 && m.main.kernel.base == poisson:
		case m.main.kernel.base == poisson:
			sum += y*math.Log(y) - y - logGamma1(y)
		default:
			n := 1.0
			if m.main.trials != nil {
				n = m.main.trials[i]
			}
			sum += logGamma1(n) - logGamma1(y) - logGamma1(n-y)
			if y > 0 && y < n {
				sum += y*math.Log(y/n) + (n-y)*math.Log(1-y/n)
			}
		}
	}
	return sum
}

// lower writes the name of a method inside a sentence.
func lower(name string) string {
	if strings.HasPrefix(name, "Poisson") {
		return name
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// random says whether any part has a random term.
func (g Generalised) random() bool {
	for _, text := range []string{g.Formula, g.ZeroInflation, g.Hurdle} {
		if f, err := formula.Parse(text); err == nil && f.HasRandom() {
			return true
		}
	}
	return false
}

// approximation names how the random effects were integrated out.
func (m *model) approximation(f *fit) string {
	switch {
	case f.o.c.q == 0:
		return "maximum likelihood"
	case f.o.nodes != nil:
		return fmt.Sprintf("adaptive Gauss-Hermite quadrature, %d points", len(f.o.nodes))
	}
	return "Laplace, observed Hessian"
}

// estimand says what a coefficient is an estimate of.
func (m *model) estimand(name string, part analysis.Part, scale analysis.Scale, f *fit) string {
	if name == "(Intercept)" {
		return ""
	}
	given := ""
	if f.o.c.q > 0 {
		given = ", at given random effects"
	}
	switch {
	case part == analysis.ZeroPart && m.options.Hurdle != "":
		return "log odds ratio of a zero" + given
	case part == analysis.ZeroPart:
		return "log odds ratio of a structural zero" + given
	case scale == analysis.Logit:
		return "log odds ratio" + given
	case m.options.Ceiling != "":
		return "log ratio of means were there no ceiling" + given
	case m.design.Exposure != nil:
		return "log rate ratio per " + m.options.Exposure + given
	}
	return "log ratio of means" + given
}

// describe fills title and summary.
func (m *model) describe(r *analysis.Result, main, zero *fit) {
	r.Title = m.design.Response.Name + ": " + lower(r.Method.Name)
	var terms []string
	for _, f := range []*fit{main, zero} {
		if f == nil {
			continue
		}
		for t := range f.o.c.terms {
			t := &f.o.c.terms[t]
			if text := fmt.Sprintf("%d levels of %s", len(t.Levels), t.Group); !slices.Contains(terms, text) {
				terms = append(terms, text)
			}
		}
	}
	r.Subtitle = m.options.Formula
	if m.options.Exposure != "" {
		r.Subtitle += ", exposure " + m.options.Exposure
	}
	if len(terms) > 0 {
		r.Subtitle += "; random effects for " + strings.Join(terms, ", ")
	}
	if s := m.design.DropSentence(); s != "" {
		r.Note("rows_dropped", s)
	}
}

// summarise says in a sentence what was found for each 0/1 column, and how the
// fit ended.
func (m *model) summarise(r *analysis.Result) {
	level := fmt.Sprintf("%g%%", 100*m.level)
	names := m.treatments()
	// What was planned is the interaction: the main effects are about its other side.
	slices.SortStableFunc(names, func(a, b string) int { return strings.Count(b, ":") - strings.Count(a, ":") })
	for _, name := range names {
		term, what := name, "ratio of means"
		switch {
		case m.overallRatio():
			term, what = "overall:"+name, "ratio of overall means, "+m.overallWords()+","
		case m.main.kernel.base == binomial:
			what = "odds ratio"
		case m.design.Offset != nil:
			what = "rate ratio"
		}
		e := r.Find(term)
		if e == nil || e.Ratio == nil || e.RatioLow == nil || e.RatioHigh == nil {
			continue
		}
		r.Summary = append(r.Summary, fmt.Sprintf("%s, %s: %s %.2f (%s interval %.2f to %.2f).", m.design.Response.Name, name, what, *e.Ratio, level, *e.RatioLow, *e.RatioHigh))
	}
	has := func(code string) bool {
		return slices.ContainsFunc(r.Notes, func(n analysis.Note) bool { return n.Code == code })
	}
	if r.Fit.Status == analysis.Separated && has("no_zero_inflation") && !has("separation") {
		r.Summary = append(r.Summary, "The zero part has vanished, its coefficients being infinite: the counts explain all zeros, and the numbers are those of the model without it, which may be written down instead.")
	} else if s := stateSentence(r.Fit.Status); s != "" {
		r.Summary = append(r.Summary, s)
	}
}

// stateSentence says how a fit ended and what to do about it; nothing where it
// converged.
func stateSentence(s analysis.Status) string {
	switch s {
	case analysis.Boundary:
		return "The best fit lies on a boundary (see the notes): an answer, not an error; the numbers are those of the simpler model."
	case analysis.Separated:
		return "A coefficient is infinite because the outcome never varies where it applies (see the notes): use an exact or permutation test for it."
	case analysis.NotConverged:
		return "The fit did not converge: do not quote its numbers; simplify the random effects or the zero part (see the notes)."
	}
	return ""
}
