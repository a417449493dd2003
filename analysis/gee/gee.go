// Package gee fits marginal models of clustered outcomes by generalised
// estimating equations, with corrections of the sandwich for few clusters.
package gee

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/dataset"
	"swis/dataset/table"
)

// Marginal is the population-averaged model g(E y) = X beta + offset with a
// working correlation within clusters (Liang & Zeger 1986). The coefficients
// are those of the marginal mean: for counts, log ratios of rates over all
// schools, not at a school of given random effect.
//
// Dispersion and correlation are moment estimates with N - p and (pairs - p) in
// the denominators, in the manner of Liang & Zeger. The sandwich is corrected
// for few clusters by Correction.
type Marginal struct {
	Formula     string
	Family      string // gaussian, poisson or binomial, each with its canonical link
	Correlation string // independence or exchangeable
	Cluster     string // column of clusters
	Correction  Correction
	Reps        int    // replicates of the cluster bootstrap; 0 for none
	Seed        string // of the cluster bootstrap
	Exposure    string // column whose log is the offset
	Weights     string // column of prior weights
	Level       float64
	Reference   map[string]string
	Categorical []string
}

// Correction is how the sandwich allows for few clusters.
type Correction string

// The corrections.
const (
	None              Correction = "cr0" // Liang & Zeger 1986
	KauermannCarroll  Correction = "kc"  // (I - H)^-1/2
	ManclDeRouen      Correction = "md"  // (I - H)^-1
	FayGraubard       Correction = "fg"  // diagonal, at most (1 - 0.75)^-1/2
	defaultCorrection            = KauermannCarroll
)

var corrections = map[Correction]string{
	None: "Liang-Zeger sandwich, z", KauermannCarroll: "Kauermann-Carroll", ManclDeRouen: "Mancl-DeRouen", FayGraubard: "Fay-Graubard",
}

// Families lists the families by the names of the command line.
var Families = []string{"gaussian", "poisson", "binomial"}

func (m Marginal) withDefaults() Marginal {
	if m.Correction == "" {
		m.Correction = defaultCorrection
	}
	if m.Level == 0 {
		m.Level = 0.95
	}
	return m
}

func (m Marginal) check() error {
	switch {
	case !slices.Contains(Families, m.Family):
		return analysis.Unsupportedf("--correlation is defined for --family %s, not for %s", strings.Join(Families, ", "), m.Family)
	case m.Correlation != "independence" && m.Correlation != "exchangeable":
		return analysis.Unsupportedf("--correlation %s: want independence or exchangeable", m.Correlation)
	case m.Cluster == "":
		return analysis.Unsupportedf("--correlation %s needs the clusters: name their column with --cluster", m.Correlation)
	case corrections[m.Correction] == "":
		return analysis.Unsupportedf("--vcov %s: with --correlation want kc (default), md, fg or cr0", m.Correction)
	}
	return nil
}

// Method describes the estimator in words.
func (m Marginal) Method() analysis.Method {
	m = m.withDefaults()
	out := analysis.Method{
		Name:        fmt.Sprintf("Generalised estimating equations, %s, %s working correlation", m.Family, m.Correlation),
		Formula:     "sum_i D_i' V_i^-1 (y_i - mu_i) = 0, V_i = phi A_i^1/2 R(alpha) A_i^1/2",
		Variance:    "sandwich by cluster, " + corrections[m.Correction],
		Conventions: []string{"phi = sum of squared Pearson residuals/(N - p); alpha = sum of products within clusters/(phi (pairs - p))"},
		References:  []analysis.Reference{{Key: "Liang & Zeger 1986", Text: "Longitudinal data analysis using generalized linear models. Biometrika 73, 13-22", DOI: "10.1093/biomet/73.1.13"}},
	}
	if m.Correction != None {
		out.Conventions = append(out.Conventions, "t with clusters - p degrees of freedom")
	}
	switch m.Correction {
	case KauermannCarroll:
		out.References = append(out.References, analysis.Reference{Key: "Kauermann & Carroll 2001", Text: "A note on the efficiency of sandwich covariance matrix estimation. JASA 96, 1387-1396", DOI: "10.1198/016214501753382309"})
	case ManclDeRouen:
		out.References = append(out.References, analysis.Reference{Key: "Mancl & DeRouen 2001", Text: "A covariance estimator for GEE with improved small-sample properties. Biometrics 57, 126-134", DOI: "10.1111/j.0006-341X.2001.00126.x"})
	case FayGraubard:
		out.References = append(out.References, analysis.Reference{Key: "Fay & Graubard 2001", Text: "Small-sample adjustments for Wald-type tests using sandwich estimators. Biometrics 57, 1198-1206", DOI: "10.1111/j.0006-341X.2001.01198.x"})
	}
	return out
}

// Estimate fits the model to a table.
func (m Marginal) Estimate(ctx context.Context, data *table.Table) (*analysis.Result, error) {
	m = m.withDefaults()
	if err := m.check(); err != nil {
		return nil, err
	}
	p, cluster, design, err := m.problem(data)
	if err != nil {
		return nil, err
	}
	f, err := p.fit(ctx)
	if err != nil {
		return nil, err
	}
	r := &analysis.Result{Schema: analysis.SchemaName, Method: m.Method(), Notes: append([]analysis.Note{}, design.Notes...)}
	r.Title = design.Response.Name + ": marginal model"
	r.Subtitle = fmt.Sprintf("%s, %s, %s working correlation within %d of %s; %d rows", m.Formula, m.Family, m.Correlation, len(cluster.Levels), cluster.Name, design.N())
	r.Margins = append(r.Margins, design.Margins(cluster.Index))
	status := analysis.Converged
	if !f.converged {
		status = analysis.NotConverged
		r.Note("not_converged", "the estimating equations did not converge: the numbers are not to be quoted; look for a level without events, or drop terms")
	}
	r.Fit = analysis.Fit{NObs: design.N(), NDropped: design.DroppedRows(), NGroups: map[string]int{cluster.Name: len(cluster.Levels)},
		Dispersion: analysis.Num(f.phi), Iterations: f.iterations, Status: status}
	r.Checks = append(r.Checks, analysis.Check{Name: "working_correlation", Value: analysis.Num(f.alpha), Means: "moment estimate of the correlation of two rows of the same " + cluster.Name})
	v, repaired := p.sandwich(f, m.Correction)
	if repaired {
		r.Note("leverage", "a cluster determines a coefficient alone: its correction uses a pseudo-inverse and the standard error is not to be trusted")
	}
	df := math.Inf(1)
	if m.Correction != None {
		df = float64(len(cluster.Levels) - p.p())
		if df < 1 {
			return nil, analysis.NotEstimablef("%d clusters for %d coefficients leave no degrees of freedom; fewer terms, or --vcov cr0 for z", len(cluster.Levels), p.p())
		}
	}
	scale := map[string]analysis.Scale{"gaussian": analysis.Identity, "poisson": analysis.Log, "binomial": analysis.Logit}[m.Family]
	how := "GEE, " + corrections[m.Correction] + " by " + cluster.Name
	if !math.IsInf(df, 1) {
		how = fmt.Sprintf("t(%.0f), %s (%d clusters)", df, how, len(cluster.Levels))
	}
	j := 0
	for c, name := range design.Fixed.Names {
		if j >= len(p.kept) || p.kept[j] != c {
			r.Estimates = append(r.Estimates, analysis.Estimate{Term: name, ConfLevel: m.Level, Scale: scale})
			r.Notes = append(r.Notes, analysis.Note{Code: "collinear", Term: name, Text: name + " is a combination of earlier columns and was left out"})
			continue
		}
		e := infer.Wald(name, f.beta[j], math.Sqrt(v[j*p.p()+j]), df, m.Level, scale)
		e.How, e.Part = how, analysis.MainPart
		r.Estimates = append(r.Estimates, e)
		j++
	}
	if m.Reps > 0 {
		if err := m.addBootstrap(ctx, r, p, f); err != nil {
			return nil, err
		}
	}
	separate(r, p.infinite())
	return r, nil
}

// problem builds the matrices and refuses outcomes that the family cannot have.
func (m Marginal) problem(data *table.Table) (*problem, *formula.Group, *formula.Design, error) {
	parsed, err := formula.Parse(m.Formula)
	if err != nil {
		return nil, nil, nil, err
	}
	d, err := formula.Build(parsed, data, formula.Options{Reference: m.Reference, Categorical: m.Categorical, Also: []string{m.Cluster}, Exposure: m.Exposure, Weights: m.Weights, Words: m.Family == "binomial"})
	if err != nil {
		return nil, nil, nil, err
	}
	if len(d.Random) > 0 || len(d.Absorbed) > 0 {
		return nil, nil, nil, analysis.Unsupportedf("a marginal model has fixed effects only: leave random and absorbed terms out, the correlation is within --cluster")
	}
	if d.Response.Trials != nil && m.Family != "binomial" {
		return nil, nil, nil, analysis.Unsupportedf("a response cbind(k, n - k) is for --family binomial")
	}
	for i, y := range d.Response.Y {
		bad := ""
		switch {
		case m.Family == "poisson" && y < 0:
			bad = "a negative count"
		case m.Family == "binomial" && d.Response.Trials == nil && (y < 0 || y > 1):
			bad = "a value outside 0 to 1"
		}
		if bad != "" {
			return nil, nil, nil, dataset.Problemf(data.Name, data.Line(d.Rows[i]), d.Response.Name, "%s; --family %s cannot have it", bad, m.Family)
		}
	}
	g, err := d.Group(m.Cluster)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(g.Levels) < 2 {
		return nil, nil, nil, analysis.NotEstimablef("column %s has %d cluster; at least two are wanted", m.Cluster, len(g.Levels))
	}
	p := newProblem(m.Family, d.Fixed.X, d.Response.Y, g.Index, len(g.Levels))
	p.trials, p.offset, p.weights = d.Response.Trials, d.Offset, d.Weights
	p.exchangeable = m.Correlation == "exchangeable"
	return p, g, d, nil
}
