package glm

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
)

// contrast is one coefficient with all that resampling needs.
type contrast struct {
	Model
	name     string
	j        int // column of the design
	at       int // place among the kept columns, or -1
	d        *formula.Design
	f        *family
	fit      *fitted
	clusters []infer.Clusters
	result   *analysis.Result
}

// resample adds the tests that were asked for beyond standard errors.
func (m Model) resample(ctx context.Context, r *analysis.Result, d *formula.Design, f *family, fit *fitted, clusters []infer.Clusters) error {
	c := &contrast{Model: m, name: m.Inference.Term, d: d, f: f, fit: fit, clusters: clusters, result: r}
	c.j = slices.Index(d.Fixed.Names, c.name)
	o := m.Inference
	switch {
	case c.name == "":
		return analysis.Unsupportedf("name the coefficient with --term: one of %s", strings.Join(d.Fixed.Names, ", "))
	case c.j < 0:
		return analysis.Unsupportedf("no coefficient %q: --term is one of %s", c.name, strings.Join(d.Fixed.Names, ", "))
	case fit.aliased[c.j]:
		return analysis.NotEstimablef("%s is determined by earlier terms, so there is nothing to test", c.name)
	case len(clusters) > 1:
		return analysis.Unsupportedf("resampling is defined for one-way clusters; name one column with --cluster")
	case len(clusters) == 0 && (o.All || o.Bootstrap != ""):
		return analysis.Unsupportedf("--bootstrap and --inference need clusters; name their column with --cluster")
	}
	c.at = fit.at(c.j)
	if o.All {
		return c.all(ctx)
	}
	if o.Bootstrap != "" {
		if err := c.wild(ctx); err != nil {
			return err
		}
	}
	if o.Permute {
		return c.permute(ctx)
	}
	return nil
}

// all adds every method that is defined for the contrast, the others with the
// reason why not.
func (c *contrast) all(ctx context.Context) error {
	err := infer.All(ctx, c.result, []infer.Step{
		{Names: []string{"cr1s", "cr2", "cr3"}, Run: c.robust},
		{Names: []string{"jackknife"}, Run: c.leaveOut, Absent: c.name + " has no finite coefficient"},
		{Names: []string{"wild_bootstrap"}, Run: c.wild},
		{Names: []string{"permutation"}, Run: c.permute},
		{Names: []string{"cluster_t", "cluster_t_weighted", "hayes_moulton"}, Run: c.means, Absent: infer.NoStrata},
	})
	infer.Panel(c.result, c.name, c.Inference)
	return err
}

// robust adds CR1S, CR2 and CR3.
func (c *contrast) robust(context.Context) error {
	if !c.fit.finite(c.j) {
		return analysis.NotEstimablef("%s has no finite coefficient, so it has no standard error", c.name)
	}
	if e := c.result.Find(c.name); e != nil && e.StdError == nil {
		return analysis.NotEstimablef("each arm is one cluster, so no variance by cluster can be had")
	}
	for _, kind := range []infer.Kind{infer.CR1S, infer.CR2, infer.CR3} {
		v, err := c.fit.working.Variance(kind, c.clusters...)
		if err != nil {
			return err
		}
		unit := v.Unit(c.at)
		df := v.DF(unit)
		c.result.Tests = append(c.result.Tests, infer.TestOf(string(kind), c.fit.coef[c.j], math.Sqrt(v.Of(unit)), df, c.Inference.Level, v.How(df, c.Inference.Clusters)))
	}
	return nil
}

// leaveOut adds the jackknife, leverages and the estimates without each cluster.
func (c *contrast) leaveOut(ctx context.Context) error {
	if !c.fit.finite(c.j) {
		return nil
	}
	g := c.clusters[0]
	drop := c.fit.working.DropOne(c.at, c.fit.coef[c.j], g)
	how := "each " + g.Name + " left out in turn"
	if c.fit.model != nil {
		if len(g.Levels)*len(g.Index) <= 20_000_000 {
			if err := c.refitWithout(ctx, drop); err != nil {
				return err
			}
		} else {
			how += ", by one scoring step"
		}
	}
	infer.ReportDropOne(c.result, drop, c.fit.coef[c.j], g, c.Inference.Level, how)
	return nil
}

// refitWithout replaces the estimates without each cluster by full refits.
func (c *contrast) refitWithout(ctx context.Context, drop *infer.DropOne) error {
	g := c.clusters[0]
	err := infer.Replicate(ctx, len(g.Levels), func() func(int) {
		return func(out int) {
			drop.Estimate[out] = math.NaN()
			fit := c.without(int32(out))
			if fit.Status != analysis.NotConverged && (fit.Infinite == nil || !fit.Infinite[c.j]) {
				drop.Estimate[out] = fit.Coef[c.j]
			}
		}
	})
	drop.Variance = 0
	for _, b := range drop.Estimate {
		drop.Variance += (b - c.fit.coef[c.j]) * (b - c.fit.coef[c.j])
	}
	n := float64(len(g.Levels))
	drop.Variance *= (n - 1) / n
	return err
}

// mostInverted is the size n*k*k of a score bootstrap up to which its
// confidence set is found, which takes about 30 restricted fits.
const mostInverted = 4e6

// wild adds the wild cluster restricted bootstrap: of the data for least
// squares, of the scores at the restricted estimate for other families (Kline
// & Santos 2012).
func (c *contrast) wild(ctx context.Context) error {
	if !c.fit.finite(c.j) {
		return analysis.NotEstimablef("%s has no finite coefficient, so there is nothing to bootstrap; use --permute", c.name)
	}
	w, how, err := c.wildOf()
	if err != nil {
		return err
	}
	o := c.Inference
	b, err := w.Run(ctx, o.Weights, o.Reps, o.Seed, o.Level)
	if err != nil {
		return err
	}
	if w.Score && len(w.Y)*len(w.X)*len(w.X) < mostInverted {
		at := func(b0 float64) (*infer.Wild, error) {
			x, y, err := c.scores(b0)
			return &infer.Wild{X: x, Y: y, Clusters: w.Clusters, Term: w.Term, Score: true}, err
		}
		v, err := c.fit.working.Variance(infer.CR1S, w.Clusters)
		if err != nil {
			return err
		}
		if b.Low, b.High, err = infer.Invert(ctx, at, o.Weights, o.Reps, o.Seed, o.Level, c.fit.coef[c.j], math.Sqrt(v.Of(v.Unit(c.at)))); err != nil {
			return err
		}
	}
	infer.ReportWild(c.result, b, how, o.Seed)
	return nil
}

// wildOf prepares the bootstrap of the term and says what is drawn.
func (c *contrast) wildOf() (w *infer.Wild, how string, err error) {
	w = &infer.Wild{Clusters: c.clusters[0], Term: c.at}
	if c.fit.model == nil {
		w.X, w.Y = c.rooted(c.keptColumns()), c.rooted([][]float64{c.response()})[0]
		return w, "wild cluster restricted bootstrap", nil
	}
	w.Score = true
	w.X, w.Y, err = c.scores(0)
	return w, "score bootstrap at the restricted estimate", err
}

// means adds the t test of unweighted cluster values.
func (c *contrast) means(context.Context) error {
	g := c.clusters[0]
	arm, ok := binaryByCluster(c.d.Fixed.X[c.j], g)
	if !ok {
		return analysis.Unsupportedf("the cluster-level t test needs a term with two values that are constant within each %s", g.Name)
	}
	s, how, weight, err := c.clusterValues()
	if err != nil {
		return err
	}
	s.Arm = arm
	if names := c.Inference.Strata; len(names) > 0 {
		strata, err := c.d.Group(strings.Join(names, ":"))
		if err != nil {
			return err
		}
		s.Strata = infer.StrataOf(g, strata.Index)
	}
	infer.ReportSummaries(c.result, s, c.Inference.Level, how, weight)
	return nil
}

// binaryByCluster gives 0 or 1 for each cluster where x has two values and is
// constant within clusters.
func binaryByCluster(x []float64, g infer.Clusters) ([]int32, bool) {
	value := make([]float64, len(g.Levels))
	for i := range value {
		value[i] = math.NaN()
	}
	for i, k := range g.Index {
		if math.IsNaN(value[k]) {
			value[k] = x[i]
		} else if value[k] != x[i] {
			return nil, false
		}
	}
	low, high := slices.Min(value), slices.Max(value)
	arm := make([]int32, len(value))
	for k, v := range value {
		switch v {
		case low:
		case high:
			arm[k] = 1
		default:
			return nil, false
		}
	}
	return arm, low != high
}

// clusterValues are the mean residuals of the clusters in the model without
// the term; for counts and shares observed over expected (Bennett et al. 2002).
// They are said by how, and weigh by weight where they are weighted.
func (c *contrast) clusterValues() (s *infer.Summaries, how, weight string, err error) {
	g := c.clusters[0]
	s = &infer.Summaries{Value: make([]float64, len(g.Levels)), Weight: make([]float64, len(g.Levels))}
	if c.fit.model == nil {
		residuals := c.restrictedResiduals()
		for i, k := range g.Index {
			s.Value[k] += residuals[i]
			s.Weight[k]++
		}
		how, weight = "t test with equal variances of unweighted means by "+g.Name, "their rows"
		if len(c.fit.kept) > 2 {
			how += ", of residuals from the model without the term"
		}
	} else {
		fit, err := c.restricted()
		if err != nil {
			return nil, "", "", err
		}
		for i, k := range g.Index {
			s.Value[k] += c.fit.model.Y[i]
			s.Weight[k] += fit.Mu[i]
		}
		s.Ratios = true
		how = fmt.Sprintf("t test of the ratios of observed to expected outcomes by %s, expected without the term (Bennett et al. 2002)", g.Name)
		weight = "expected outcomes"
	}
	for k := range s.Value {
		s.Value[k] /= s.Weight[k]
	}
	return s, how, weight, nil
}
