package did

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/analysis/linear"
)

// regression is a fitted model with its variance and the names of its columns.
type regression struct {
	panel    *Panel
	names    []string // of the model's columns, effects of interest first
	interest int      // how many columns are effects of interest
	model    *fixedeffects.Model
	fit      *fixedeffects.Fit
	variance *fixedeffects.Variance
	clusters []fixedeffects.Cluster
	infer    Inference
	withheld bool // each arm is one cluster: no standard error by cluster
}

// effects are the panel's unit and period effects.
func (p *Panel) effects() []linear.Factor {
	return []linear.Factor{
		{Name: p.Unit.Name, Index: p.Unit.Index, Levels: len(p.Unit.Levels)},
		{Name: p.Time.Name, Index: p.Time.Index, Levels: len(p.Time.Levels)},
	}
}

// regress fits columns (with the panel's covariates after them) on effects and
// computes the variance asked for.
func (p *Panel) regress(family fixedeffects.Family, names []string, columns [][]float64, effects []linear.Factor, o Inference) (*regression, error) {
	r := &regression{panel: p, interest: len(columns), infer: o}
	r.names = append(slices.Clone(names), p.Names...)
	r.model = &fixedeffects.Model{Family: family, Y: p.Y, X: append(slices.Clone(columns), p.X...), Offset: p.Offset, Weights: p.Weight, Effects: effects}
	if err := r.run(p.group); err != nil {
		return nil, err
	}
	return r, nil
}

// run fits the model and computes its variance.
func (r *regression) run(group groupOf) error {
	var err error
	if r.model.Family != fixedeffects.Gaussian && len(r.model.Effects) == 0 && !slices.ContainsFunc(r.model.Y, func(y float64) bool { return y > 0 }) {
		return analysis.NotEstimablef("the outcome is zero in all %s rows, so no rate can be compared. Use swis floor", thousands(len(r.model.Y)))
	}
	r.model.Counted = r.infer.Counted
	if r.fit, err = r.model.Run(); err != nil {
		return analysis.NotEstimablef("%v; absorb fewer effects", err)
	}
	if r.fit.N() == 0 || r.fit.N() <= r.fit.FullK() && r.model.Family == fixedeffects.Gaussian {
		if r.model.Family != fixedeffects.Gaussian && r.fit.ZeroRows > 0 {
			return analysis.NotEstimablef("the outcome is zero in every row that could tell periods apart (%s all-zero groups), so fixed-effects %s has nothing to fit. Use swis floor, or pool", thousands(r.fit.ZeroGroups), familyWord(r.model.Family))
		}
		return analysis.NotEstimablef("%s rows are left for %s effects and coefficients; use fewer effects or more periods", thousands(r.fit.N()), thousands(r.fit.FullK()))
	}
	return r.vary(group)
}

// estimable says whether any of the effects of interest has an estimate, if
// only an infinite one.
func (r *regression) estimable() bool {
	for j := range r.interest {
		if r.fit.Column(j) >= 0 {
			return true
		}
	}
	return len(r.fit.Infinite) > 0
}

type groupOf = func(name string) (*formula.Group, error)

// vary computes the variance of the fitted model.
func (r *regression) vary(group groupOf) error {
	if r.infer.clustered() {
		for _, name := range r.infer.Cluster {
			g, err := group(name)
			if err != nil {
				return err
			}
			c := r.fit.DropUnused(g.Name, g.Index, len(g.Levels))
			if c.Groups < 2 {
				return analysis.NotEstimablef("column %s has one cluster with information: no cluster-robust variance; cluster on the %s or use --vcov hc1", name, r.unitWord())
			}
			r.clusters = append(r.clusters, c)
		}
	}
	r.withheld = r.panel != nil && r.infer.clustered() && r.oneEach(group)
	var err error
	r.variance, err = r.fit.Variance(r.infer.Vcov, r.clusters)
	if err != nil {
		return analysis.Unsupportedf("--vcov %s: %v", r.infer.Vcov, err)
	}
	return nil
}

// oneEach says whether each arm lies in one cluster.
func (r *regression) oneEach(group groupOf) bool {
	if len(r.panel.Starts) != 1 {
		return false
	}
	for _, name := range r.infer.Cluster {
		if g, err := group(name); err == nil && len(g.Index) == r.panel.N() {
			if treated, comparison := r.panel.arms(&analysis.Result{}, g, r.fit.Rows, true); treated == 1 && comparison == 1 {
				return true
			}
		}
	}
	return false
}

func (r *regression) unitWord() string {
	if r.panel != nil {
		return r.panel.words.unit
	}
	return "unit"
}

// coefficient gives estimate, standard error and degrees of freedom of model
// column j; the standard error is NaN where there is none.
func (r *regression) coefficient(j int) (estimate, stdError, df float64) {
	estimate = r.fit.Coef[j]
	k := r.fit.Column(j)
	if k < 0 || r.withheld || r.infer.clustered() && r.variance.V[k][k] == 0 {
		return estimate, math.NaN(), math.NaN()
	}
	return estimate, math.Sqrt(r.variance.V[k][k]), r.variance.DF[k]
}

// scale is the scale of the coefficients.
func (r *regression) scale() analysis.Scale {
	switch r.model.Family {
	case fixedeffects.Gaussian:
		return analysis.Identity
	case fixedeffects.Binomial:
		return analysis.Logit
	}
	return analysis.Log
}

// estimate is the row of model column j.
func (r *regression) estimate(j int) analysis.Estimate {
	b, se, df := r.coefficient(j)
	e := infer.Wald(r.names[j], b, se, df, r.infer.Level, r.scale())
	e.How = r.how(df)
	return e
}

// how says in words what the interval and the p-value rest on.
func (r *regression) how(df float64) string {
	reference := "z"
	if !math.IsInf(df, 1) && !math.IsNaN(df) {
		reference = fmt.Sprintf("t on %s df", significant(df))
	}
	if r.withheld {
		return "no standard error: each arm is one " + strings.Join(r.infer.Cluster, " and ")
	}
	v := r.variance
	by := strings.Join(r.infer.Cluster, " and ")
	k := strings.ToUpper(string(v.Kind))
	switch v.Kind {
	case fixedeffects.IID:
		return fmt.Sprintf("%s: classical standard error, K = %d (%s)", reference, v.K, countedOf(r.infer.Counted, "all absorbed effects counted"))
	case fixedeffects.HC0, fixedeffects.HC1, fixedeffects.HC2, fixedeffects.HC3:
		return fmt.Sprintf("%s: %s, robust to unequal variances but not to clustering, K = %d", reference, k, v.K)
	case fixedeffects.CR2, fixedeffects.CR3:
		return fmt.Sprintf("%s: %s by %s, Satterthwaite (Bell–McCaffrey)", reference, k, by)
	case fixedeffects.CR1S:
		g := slices.Min(v.Clusters)
		return fmt.Sprintf("%s: CR1S by %s, factor G/(G-1) × (N-1)/(N-K) with G = %d, N = %s, K = %d (%s)", reference, by, g, thousands(r.fit.N()), v.K, countedOf(r.infer.Counted, "effects nested in the cluster not counted"))
	}
	return fmt.Sprintf("%s: %s by %s", reference, k, by)
}

// countedOf says which absorbed effects are counted in K.
func countedOf(rule, otherwise string) string {
	switch rule {
	case fixedeffects.CountFull:
		return "all absorbed effects counted"
	case fixedeffects.CountNone:
		return "no absorbed effect counted"
	}
	return otherwise
}

// significant writes degrees of freedom: whole where large, else one decimal.
func significant(x float64) string {
	if x == math.Floor(x) || x >= 1000 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

// joint is the test that the named columns are zero, or nil where none can be had.
func (r *regression) joint(name, title string, columns []int) (*analysis.Test, error) {
	var kept []int
	for _, j := range columns {
		if k := r.fit.Column(j); k >= 0 {
			kept = append(kept, k)
		}
	}
	if len(kept) == 0 {
		return nil, errors.New("there is nothing to test")
	}
	t, err := r.variance.Joint(kept)
	if err != nil {
		return nil, err
	}
	out := &analysis.Test{Name: name, Label: title, Statistic: analysis.Num(t.Statistic), DF1: analysis.Num(t.DF1), DF2: analysis.Num(t.DF2), PValue: analysis.Num(t.P)}
	out.How = "F test, " + strings.ToUpper(string(r.variance.Kind))
	if t.HTZ {
		out.How = "HTZ"
	}
	return out, nil
}

// fill writes the record of the fit, the doubts about rows and columns, and
// the covariates' rows into a result.
func (r *regression) fill(result *analysis.Result) {
	f := r.fit
	result.Fit = analysis.Fit{
		NObs: f.N(), NDropped: len(r.model.Y) - f.N(), NGroups: map[string]int{},
		LogLik: analysis.Num(f.LogLik), Status: analysis.Exact,
	}
	for _, e := range f.Effects {
		result.Fit.NGroups[e.Name] = e.Levels
	}
	for i, c := range r.clusters {
		result.Fit.NGroups[r.infer.Cluster[i]] = c.Groups
	}
	k := float64(f.FullK())
	switch r.model.Family {
	case fixedeffects.Gaussian:
		result.Fit.Sigma = analysis.Num(math.Sqrt(f.SSR / (float64(f.N()) - k)))
	default:
		result.Fit.Deviance = analysis.Num(f.Deviance)
		result.Fit.Iterations = f.Iterations
		result.Fit.Gradient = analysis.Num(f.Gradient)
		result.Fit.Status = analysis.Converged
		if r.model.Family == fixedeffects.NegBin {
			k++
			if f.Theta < 1e9 {
				result.Fit.Theta = analysis.Num(f.Theta)
			} else {
				result.Note("theta_infinite", "the counts are not overdispersed: theta runs to infinity and the negative binomial is the Poisson")
			}
		}
		result.Fit.AIC = analysis.Num(2*k - 2*f.LogLik)
		result.Fit.BIC = analysis.Num(k*math.Log(float64(f.N())) - 2*f.LogLik)
		if !f.Converged {
			result.Fit.Status = analysis.NotConverged
			result.Note("not_converged", "the fit did not converge: do not quote these numbers")
		}
		if len(f.Infinite) > 0 || f.Separated > 0 {
			result.Fit.Status = analysis.Separated
		}
	}
	r.notes(result)
	for j := r.interest; j < len(r.names); j++ {
		result.Estimates = append(result.Estimates, r.estimate(j))
	}
}

// notes names what was left out and why.
func (r *regression) notes(result *analysis.Result) {
	f := r.fit
	for _, j := range f.Aliased {
		result.Notes = append(result.Notes, analysis.Note{Code: "collinear", Term: r.names[j],
			Text: fmt.Sprintf("%s is a combination of the effects and earlier columns and is left out", r.names[j])})
	}
	for _, j := range f.Infinite {
		result.Notes = append(result.Notes, analysis.Note{Code: "separated", Term: r.names[j],
			Text: fmt.Sprintf("%s has no finite estimate: the outcome is zero wherever only it could tell (%s rows); see swis floor", r.names[j], thousands(f.Separated))})
	}
	if f.Separated > 0 && len(f.Infinite) == 0 {
		result.Note("separated", fmt.Sprintf("%s rows of zero outcome are fitted perfectly and carry no information; they are left out", thousands(f.Separated)))
	}
	if f.Singletons > 0 {
		result.Note("singletons", fmt.Sprintf("%s alone in a level of an absorbed effect: fitted perfectly, left out of N and of the clusters", countOf(f.Singletons, "row is", "rows are")))
	}
	if r.variance.Repaired {
		result.Note("variance_repaired", "the two-way clustered matrix was not positive semidefinite; its negative eigenvalues are set to zero")
	}
	if r.panel != nil && r.infer.clustered() {
		if g, err := r.panel.group(r.infer.Cluster[0]); err == nil {
			r.panel.arms(result, g, r.fit.Rows, r.infer.Resample.Permute)
			r.panel.lone(result, g)
		}
	}
	if r.infer.clustered() {
		g := slices.Min(r.variance.Clusters)
		if g < 20 && (r.infer.Vcov == fixedeffects.CR0 || r.infer.Vcov == fixedeffects.CR1 || r.infer.Vcov == fixedeffects.CR1S) {
			result.Note("few_clusters", fmt.Sprintf("%d clusters are few for %s, which then rejects too often: see --vcov cr2, --bootstrap wild or --permute", g, strings.ToUpper(string(r.infer.Vcov))))
		}
	}
}

// fewTreated is the number of treated clusters up to which randomisation
// inference comes before standard errors (MacKinnon & Webb 2018 find CR
// variances far off below about five).
const fewTreated = 4
