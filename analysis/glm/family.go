package glm

import (
	"math"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/irls"
	"swis/dataset"
	"swis/dataset/table"
)

// family is one entry of the list of families.
type family struct {
	name       string
	title      string
	density    string // the model in a formula
	weighting  string // what prior weights mean
	scale      analysis.Scale
	kernel     irls.Family
	dispersed  bool // the dispersion is estimated by Pearson's statistic
	words      bool // takes cbind() and outcomes in words
	extra      int  // estimated parameters beside the coefficients, for AIC
	effect     string
	references []analysis.Reference
	fit        func(*formula.Design) (*fitted, error)
}

var nelder = analysis.Reference{Key: "McCullagh & Nelder 1989", Text: "Generalized Linear Models, 2nd edition. Chapman & Hall"}

var families map[string]*family

func init() {
	counts := "prior weights multiply a row's log-likelihood"
	list := []*family{
		{name: "gaussian", title: "Linear regression", density: "y = X b + e, least squares by QR with refinement; sigma^2 = RSS/(N - K)",
			weighting: "weights are inverse variances: Var(y_i) = sigma^2 / w_i", scale: analysis.Identity, extra: 1, effect: "difference in means"},
		{name: "poisson", title: "Poisson regression", density: "y ~ Poisson(mu), log(mu) = X b + offset; maximum likelihood",
			weighting: counts, scale: analysis.Log, kernel: irls.Poisson, effect: "ratio"},
		{name: "quasipoisson", title: "Quasi-Poisson regression", density: "E(y) = mu, Var(y) = phi mu, log(mu) = X b + offset; phi is Pearson's statistic over N - K",
			weighting: counts, scale: analysis.Log, kernel: irls.Poisson, dispersed: true, effect: "ratio"},
		{name: "negbin", title: "Negative binomial regression", density: "Var(y) = mu + mu^2/theta, log(mu) = X b + offset; maximum likelihood for b and theta, standard errors of b from the expected information with theta held fixed",
			weighting: counts, scale: analysis.Log, kernel: irls.NegBin, extra: 1, effect: "ratio",
			references: []analysis.Reference{{Key: "Lawless 1987", Text: "Negative binomial and mixed Poisson regression. Canadian Journal of Statistics 15, 209-225", DOI: "10.2307/3314912"}}},
		{name: "binomial", title: "Logistic regression", density: "y ~ Binomial(n, p), logit(p) = X b + offset; maximum likelihood",
			weighting: counts, scale: analysis.Logit, kernel: irls.Binomial, words: true, effect: "odds ratio"},
		{name: "quasibinomial", title: "Quasi-binomial regression", density: "E(y) = n p, Var(y) = phi n p (1 - p), logit(p) = X b + offset; phi is Pearson's statistic over N - K",
			weighting: counts, scale: analysis.Logit, kernel: irls.Binomial, dispersed: true, words: true, effect: "odds ratio"},
		{name: "gamma", title: "Gamma regression with log link", density: "Var(y) = phi mu^2, log(mu) = X b + offset; phi is Pearson's statistic over N - K; log-likelihood at phi = deviance/N",
			weighting: counts, scale: analysis.Log, kernel: irls.Gamma, dispersed: true, extra: 1, effect: "ratio of means"},
		{name: "tobit", title: "Tobit regression, left-censored at 0", density: "y* = X b + e, e ~ N(0, sigma^2), y = max(y*, 0); maximum likelihood, observed information",
			weighting: counts, scale: analysis.Identity, extra: 1, effect: "difference in latent means",
			references: []analysis.Reference{{Key: "Olsen 1978", Text: "Note on the uniqueness of the maximum likelihood estimator for the tobit model. Econometrica 46, 1211-1215", DOI: "10.2307/1913445"}}},
	}
	families = map[string]*family{}
	for _, f := range list {
		f.references = append(f.references, nelder)
		switch f.name {
		case "gaussian":
			f.references, f.fit = nil, f.fitGaussian
		case "tobit":
			f.fit = f.fitTobit
		default:
			f.fit = f.fitGeneral
		}
		families[f.name] = f
	}
}

// check refuses outcomes that the family cannot have.
func (f *family) check(d *formula.Design, t *table.Table) error {
	r := &d.Response
	problem := func(i int, text string, args ...any) error {
		return dataset.Problemf(t.Name, t.Line(d.Rows[i]), r.Name, text, args...)
	}
	whole, sum := true, 0.0
	for i, y := range r.Y {
		sum += y
		whole = whole && y == math.Floor(y)
		switch f.kernel {
		case irls.Poisson, irls.NegBin:
			if y < 0 {
				return problem(i, "is %g; a count is 0 or more", y)
			}
		case irls.Gamma:
			if y <= 0 {
				return problem(i, "is %g; the gamma family needs positive outcomes, so model zeros apart (--hurdle) or use another family", y)
			}
		case irls.Binomial:
			if r.Trials == nil && (y < 0 || y > 1) {
				return problem(i, "is %g; a yes-or-no outcome is 0 or 1, a count of successes is written cbind(successes, failures)", y)
			}
		}
		if f.name == "tobit" && y < 0 {
			return problem(i, "is %g; tobit is left-censored at 0, so outcomes are 0 or more", y)
		}
	}
	switch {
	case (f.kernel == irls.Poisson || f.kernel == irls.NegBin) && sum == 0:
		return analysis.NotEstimablef("%s is 0 in all %d rows, so no rate can be compared; swis floor says what zero events can show", r.Name, len(r.Y))
	case f.kernel == irls.Binomial && r.Trials == nil && !whole:
		if d.Weights == nil {
			i := 0
			for r.Y[i] == math.Floor(r.Y[i]) {
				i++
			}
			return problem(i, "is %g; shares need their numbers of trials: write cbind(successes, failures)", r.Y[i])
		}
		// A share with its number of trials as weight, as R's glm takes it.
		r.Trials = d.Weights
		d.Weights = nil
		for i := range r.Y {
			r.Y[i] *= r.Trials[i]
		}
	case (f.kernel == irls.Poisson || f.kernel == irls.NegBin) && !whole && f.name != "quasipoisson":
		d.Notes = append(d.Notes, analysis.Note{Code: "not_whole", Text: r.Name + " holds numbers that are not whole; the coefficients are quasi-likelihood estimates, so use a robust --vcov"})
	}
	return nil
}
