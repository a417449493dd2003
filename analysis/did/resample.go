package did

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/infer"
)

// resampler adds to a result what was asked for beyond standard errors, for
// the effect in column 0 of a regression with unit and period effects.
type resampler struct {
	*regression
	options infer.Options
	result  *analysis.Result
	cluster fixedeffects.Cluster
	named   infer.Clusters
	null    *fixedeffects.Fit // without the effect; made when first needed
}

var errOneEach = analysis.NotEstimablef("each arm is one cluster, so no variance by cluster can be had")

// resampler prepares resampling of the effect in column 0.
func (r *regression) resampler(group groupOf) (*resampler, error) {
	g, err := group(r.infer.Cluster[0])
	if err != nil {
		return nil, err
	}
	s := &resampler{regression: r}
	s.cluster = r.fit.DropUnused(g.Name, g.Index, len(g.Levels))
	s.named = infer.Clusters{Name: g.Name, Index: s.cluster.Index, Levels: make([]string, s.cluster.Groups)}
	for i, row := range r.fit.Rows {
		s.named.Levels[s.cluster.Index[i]] = g.Levels[g.Index[row]]
	}
	return s, nil
}

// resample runs bootstrap, randomisation inference or all methods for the effect
// of two-way fixed effects.
func (r *regression) resample(ctx context.Context, result *analysis.Result) error {
	if !r.infer.Resample.Resamples() {
		return nil
	}
	s, err := r.contrast(result, 0, "att", r.panel.group)
	if err != nil {
		return err
	}
	o := s.options
	if o.All {
		return s.all(ctx, infer.Step{Names: []string{"permutation"}, Run: s.permute})
	}
	if o.Bootstrap != "" {
		if err := s.wild(ctx); err != nil {
			return err
		}
	}
	if o.Permute {
		return s.permute(ctx)
	}
	return nil
}

// resampleColumn runs the bootstrap or all methods for model column j of a
// regression that has no exchange of starts of its own: randomisation inference
// is put beside it from outside.
func (r *regression) resampleColumn(ctx context.Context, result *analysis.Result, j int, term string, group groupOf) error {
	o := r.infer.Resample
	if !o.All && o.Bootstrap == "" {
		return nil
	}
	s, err := r.contrast(result, j, term, group)
	if err != nil {
		return err
	}
	if o.All {
		return s.all(ctx, infer.Step{Names: []string{"permutation"}, Run: func(context.Context) error { return nil }, Absent: "it is computed with --permute"})
	}
	return s.wild(ctx)
}

// contrast prepares resampling of model column j.
func (r *regression) contrast(result *analysis.Result, j int, term string, group groupOf) (*resampler, error) {
	o := r.infer.Resample
	o.Kind, o.Clusters, o.Level = infer.Kind(r.infer.Vcov), r.infer.Cluster, r.infer.Level
	if o.Term != "" && o.Term != term {
		return nil, analysis.Unsupportedf("--term %s: here the contrast is %s", o.Term, term)
	}
	if len(o.Clusters) != 1 {
		return nil, analysis.Unsupportedf("resampling is defined for one-way clusters; name one column with --cluster")
	}
	one, err := r.withFirst(j)
	if err != nil {
		return nil, err
	}
	s, err := one.resampler(group)
	if err != nil {
		return nil, err
	}
	o.Term = term
	s.options, s.result = o, result
	return s, nil
}

// all adds every method; those that are not defined say why.
func (s *resampler) all(ctx context.Context, permutation infer.Step) error {
	err := infer.All(ctx, s.result, []infer.Step{
		{Names: []string{"cr1s", "cr2", "cr3"}, Run: s.robust},
		{Names: []string{"jackknife"}, Run: s.leaveOut},
		{Names: []string{"wild_bootstrap"}, Run: s.wild},
		permutation,
		{Names: []string{"cluster_t", "cluster_t_weighted", "hayes_moulton"}, Run: s.means, Absent: infer.NoStrata},
	})
	infer.Panel(s.result, s.options.Term, s.options)
	return err
}

var errNoEffect = analysis.NotEstimablef("the effect has no finite estimate, so there is nothing to bootstrap; use --permute")

// robust adds CR1S, CR2 and CR3.
func (s *resampler) robust(context.Context) error {
	if s.fit.Column(0) != 0 {
		return errNoEffect
	}
	if s.withheld {
		return errOneEach
	}
	for _, kind := range []fixedeffects.Kind{fixedeffects.CR1S, fixedeffects.CR2, fixedeffects.CR3} {
		v, err := s.fit.Variance(kind, []fixedeffects.Cluster{s.cluster})
		if err != nil {
			return err
		}
		one := regression{fit: s.fit, variance: v, infer: Inference{Cluster: s.options.Clusters, Vcov: kind}}
		df := v.DF[0]
		s.result.Tests = append(s.result.Tests, infer.TestOf(string(kind), s.fit.Coef[0], math.Sqrt(v.V[0][0]), df, s.options.Level, one.how(df)))
	}
	return nil
}

// restricted is the fit without the effect.
func (s *resampler) restricted() (*fixedeffects.Fit, error) {
	if s.null != nil {
		return s.null, nil
	}
	null, err := s.restrictedAt(0)
	if err == nil {
		s.null = null
	}
	return null, err
}

// restrictedAt is the fit with the effect held at b0.
func (s *resampler) restrictedAt(b0 float64) (*fixedeffects.Fit, error) {
	m := *s.model
	m.X = m.X[1:]
	if b0 != 0 {
		m.Offset = make([]float64, len(m.Y))
		copy(m.Offset, s.model.Offset)
		for i, x := range s.model.X[0] {
			m.Offset[i] += b0 * x
		}
	}
	fit, err := m.Run()
	if err != nil {
		return nil, err
	}
	if fit.N() != s.fit.N() {
		return nil, analysis.NotEstimablef("the model without the effect rests on other rows: counts separate")
	}
	return fit, nil
}

// mostInverted is the number of rows up to which the confidence set of a score
// bootstrap is found.
const mostInverted = 100_000

// wild adds the wild cluster restricted bootstrap: of the data for least
// squares, of the scores at the restricted estimate for counts.
func (s *resampler) wild(ctx context.Context) error {
	if s.fit.Column(0) != 0 {
		return errNoEffect
	}
	w, how, err := s.wildOf()
	if err != nil {
		return err
	}
	b, err := w.Run(ctx, s.options.Weights, s.options.Reps, s.options.Seed, s.options.Level)
	if err != nil {
		return err
	}
	if w.Score && s.fit.N() <= mostInverted {
		at := func(b0 float64) (*infer.Wild, error) {
			null, err := s.restrictedAt(b0)
			if err != nil {
				return nil, err
			}
			return s.wildFrom(null)
		}
		_, se, _ := s.coefficient(0)
		if b.Low, b.High, err = infer.Invert(ctx, at, s.options.Weights, s.options.Reps, s.options.Seed, s.options.Level, s.fit.Coef[0], se); err != nil {
			return err
		}
	} else if w.Score {
		how += fmt.Sprintf(" (no interval with more than %s rows: inversion fits the model about 30 times)", thousands(mostInverted))
	}
	infer.ReportWild(s.result, b, how, s.options.Seed)
	return nil
}

// assigned says what was assigned: whole clusters where treatment does not
// differ within them, else the units. It gives the grouping over the fit's rows.
func (s *resampler) assigned() infer.Clusters {
	p := s.panel
	same := map[int32]float64{}
	whole := s.named.Name != p.Unit.Name
	for i, row := range s.fit.Rows {
		c := p.Start(int(row))
		if old, ok := same[s.cluster.Index[i]]; ok && old != c {
			whole = false
			break
		}
		same[s.cluster.Index[i]] = c
	}
	if whole {
		return s.named
	}
	c := s.fit.DropUnused(p.Unit.Name, p.Unit.Index, len(p.Unit.Levels))
	out := infer.Clusters{Name: c.Name, Index: c.Index, Levels: make([]string, c.Groups)}
	for i, row := range s.fit.Rows {
		out.Levels[c.Index[i]] = p.Unit.Levels[p.Unit.Index[row]]
	}
	return out
}

// permute adds randomisation inference: starts are exchanged between units (or
// whole clusters) and the model is refitted.
func (s *resampler) permute(ctx context.Context) error {
	p := s.panel
	o := s.options
	if s.model.Family == fixedeffects.NegBin {
		return errNegBin
	}
	units := s.assigned()
	starts := append(slices.Clone(p.Starts), math.Inf(1))
	labels := &infer.Labels{Arm: make([]int32, len(units.Levels)), Arms: len(starts)}
	for i, u := range units.Index {
		labels.Arm[u] = int32(slices.Index(starts, p.Start(int(s.fit.Rows[i]))))
	}
	if len(o.Strata) > 0 {
		g, err := p.Design.Group(strings.Join(o.Strata, ":"))
		if err != nil {
			return err
		}
		labels.Strata = make([]int32, len(units.Levels))
		for u := range labels.Strata {
			labels.Strata[u] = -1
		}
		for i, u := range units.Index {
			l := g.Index[s.fit.Rows[i]]
			if labels.Strata[u] >= 0 && labels.Strata[u] != l {
				return analysis.Unsupportedf("--strata %s: a stratum is a property of a %s, and these vary within one", strings.Join(o.Strata, ","), units.Name)
			}
			labels.Strata[u] = l
		}
	}
	words := infer.PermutationWords{Column: "start", Unit: units.Name, Strata: o.Strata}
	if o.Scheme != nil {
		if err := o.Scheme.Restrict(labels, units.Levels); err != nil {
			return err
		}
		words.Scheme = o.Scheme.How
	}
	counts := make([]int, labels.Arms)
	for _, a := range labels.Arm {
		counts[a]++
	}
	statistic := o.Statistic
	var start func() func([]int32) float64
	var err error
	if s.model.Family == fixedeffects.Gaussian {
		if statistic == "" {
			statistic = "t"
			if slices.Min(counts) < 2 {
				statistic = "coef"
			}
		}
		start, err = s.exchange(units, starts, statistic == "t")
	} else {
		if statistic == "t" {
			return analysis.Unsupportedf("--statistic t with --permute is defined for gaussian outcomes; for counts use coef")
		}
		statistic = "coef"
		start, err = s.exchangeCounts(units, starts)
	}
	if err != nil {
		return err
	}
	words.Statistic = statistic
	outcome, err := labels.Permute(ctx, o.Reps, o.Seed, start)
	if err != nil {
		return err
	}
	words.Statistic = statistic
	infer.ReportPermutation(s.result, outcome, words, o.Seed)
	s.lead(outcome, units)
	return nil
}

// lead says the outcome of randomisation inference in words, before all else
// where the treated units are so few that nothing else can be relied on.
func (s *resampler) lead(outcome *infer.Permutation, units infer.Clusters) {
	treated := map[int32]bool{}
	for i, row := range s.fit.Rows {
		if !math.IsInf(s.panel.Start(int(row)), 1) {
			treated[units.Index[i]] = true
		}
	}
	among := "all"
	if !outcome.Exact {
		among = fmt.Sprintf("%s of the", thousands(outcome.Draws))
	}
	name := noun(units.Name)
	text := fmt.Sprintf("Randomisation inference: p = %.2g, the share of %s %s ways to choose the %d treated among %s whose effect is at least as large.",
		outcome.P, among, schemes(outcome.Schemes), len(treated), countOf(len(units.Levels), name, plural(name)))
	if len(treated) > fewTreated {
		s.result.Summary = append(s.result.Summary, text)
		return
	}
	s.result.Summary = append([]string{text}, s.result.Summary...)
}

func schemes(count float64) string {
	if count < 1e9 {
		return thousands(int(count))
	}
	return fmt.Sprintf("%.3g", count)
}

// leaveOut adds the jackknife, leverages and the estimates without each
// cluster, exactly for least squares, by one scoring step for counts.
func (s *resampler) leaveOut(context.Context) error {
	if s.fit.Column(0) != 0 {
		return errNoEffect
	}
	reduced, err := s.fit.Reduce(s.cluster, s.fit.Omega)
	if err != nil {
		return analysis.Unsupportedf("%v", err)
	}
	residual := slices.Clone(s.fit.Resid)
	how := "each " + s.named.Name + " left out in turn"
	if s.model.Family != fixedeffects.Gaussian {
		how += ", by one scoring step"
		for i := range residual {
			residual[i] /= s.fit.Jac[i]
		}
	}
	if s.fit.Omega != nil {
		for i, w := range s.fit.Omega {
			residual[i] *= math.Sqrt(w)
		}
	}
	w := &infer.Working{U: reduced.Columns(), Residual: residual, Parameters: s.fit.ClusterK(s.cluster)}
	infer.ReportDropOne(s.result, w.DropOne(0, s.fit.Coef[0], s.named), s.fit.Coef[0], s.named, s.options.Level, how)
	return nil
}
