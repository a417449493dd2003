package glmm

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

// refit fits the model to another outcome.
func (m *model) refit(y []float64) (main, zero *fit) {
	p := *m.whole
	p.y = y
	if m.options.Hurdle == "" {
		return fitProblem(&p, m.options.Quadrature), nil
	}
	other := *m
	other.main, other.other, other.rows = &p, nil, nil
	other.hurdle(m.other.parts[0])
	nodes := m.options.Quadrature
	if len(other.other.parts[0].random) == 0 {
		nodes = 1
	}
	return fitProblem(other.main, m.options.Quadrature), fitProblem(other.other, nodes)
}

// bootstrapped replaces the Wald intervals by percentiles of a parametric
// bootstrap: outcomes drawn from the fitted model, the model fitted again.
func (m *model) bootstrapped(ctx context.Context, r *analysis.Result, main, zero *fit) error {
	s := m.fitted(main, zero)
	return m.replicated(ctx, r, "parametric bootstrap", func(i int) (*model, *fit, *fit) {
		a, b := m.refit(s.draw(infer.Stream(m.options.Seed, "glmm-bootstrap", i)))
		return m, a, b
	})
}

// clusterBootstrapped replaces standard errors and intervals by those of a
// bootstrap of whole clusters: as many drawn with replacement, each draw a
// cluster of its own, the model fitted again (Davison and Hinkley 1997, 3.8).
// Random effects of levels that lie within clusters are new for each draw.
func (m *model) clusterBootstrapped(ctx context.Context, r *analysis.Result) error {
	name, index, levels, err := m.clusters()
	if err != nil {
		return err
	}
	if levels < 5 {
		return analysis.NotEstimablef("%d clusters of %s are too few to draw from: use a permutation test", levels, name)
	}
	members := make([][]int, levels)
	for i, l := range index {
		members[l] = append(members[l], i)
	}
	err = m.replicated(ctx, r, fmt.Sprintf("cluster bootstrap by %s (%d clusters)", name, levels), func(i int) (*model, *fit, *fit) {
		stream := infer.Stream(m.options.Seed, "glmm-clusters", i)
		var rows []int
		var draws []int32
		for d := range levels {
			for _, row := range members[stream.IntN(levels)] {
				rows = append(rows, row)
				draws = append(draws, int32(d))
			}
		}
		drawn, err := m.resampled(rows, draws, index)
		if err != nil {
			return nil, nil, nil
		}
		main, zero := drawn.refit(drawn.whole.y)
		return drawn, main, zero
	})
	if levels < 40 {
		r.Note("few_clusters", fmt.Sprintf("%d clusters are few for a bootstrap of clusters: its intervals are too short; put a permutation test beside them", levels))
	}
	return err
}

// clusters are the units drawn by the cluster bootstrap: the column that was
// named, else the grouping factor with the most levels.
func (m *model) clusters() (name string, index []int32, levels int, err error) {
	if m.options.Cluster != "" {
		g, err := m.design.Group(m.options.Cluster)
		if err != nil {
			return "", nil, 0, err
		}
		return g.Name, g.Index, len(g.Levels), nil
	}
	for _, d := range []*formula.Design{m.design, m.zero} {
		if d == nil {
			continue
		}
		for _, t := range d.Random {
			if len(t.Levels) > levels {
				name, index, levels = t.Group, t.Index, len(t.Levels)
			}
		}
	}
	if levels == 0 {
		return "", nil, 0, analysis.Unsupportedf("a bootstrap of clusters wants the clusters: name their column with --cluster")
	}
	return name, index, levels, nil
}

// resampled is the model on rows that may repeat; draws says which draw of a
// cluster each row belongs to, cluster the cluster of every row of m.
func (m *model) resampled(rows []int, draws, cluster []int32) (*model, error) {
	out := *m
	out.other, out.rows = nil, nil
	out.design = resampledDesign(m.design, rows, draws, cluster)
	if m.zero != nil {
		out.zero = resampledDesign(m.zero, rows, draws, cluster)
	}
	return &out, out.problems(families[m.options.Family])
}

func resampledDesign(d *formula.Design, rows []int, draws, cluster []int32) *formula.Design {
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
	columns := func(x [][]float64) [][]float64 {
		out := make([][]float64, len(x))
		for j := range x {
			out[j] = pick(x[j])
		}
		return out
	}
	out := *d
	out.Response.Y, out.Response.Trials = pick(d.Response.Y), pick(d.Response.Trials)
	out.Fixed.X = columns(d.Fixed.X)
	out.Offset, out.Exposure, out.Weights = pick(d.Offset), pick(d.Exposure), pick(d.Weights)
	out.Rows = make([]int, len(rows))
	for i, r := range rows {
		out.Rows[i] = d.Rows[r]
	}
	out.Random = nil
	for _, t := range d.Random {
		nested := within(t.Index, cluster, len(t.Levels))
		index := make([]int32, len(rows))
		levels := map[[2]int32]int32{}
		for i, r := range rows {
			key := [2]int32{0, t.Index[r]}
			if nested {
				key[0] = draws[i] + 1
			}
			at, ok := levels[key]
			if !ok {
				at = int32(len(levels))
				levels[key] = at
			}
			index[i] = at
		}
		t.Index, t.Levels, t.Z = index, make([]string, len(levels)), columns(t.Z)
		out.Random = append(out.Random, t)
	}
	return &out
}

// within says whether every level lies in one cluster.
func within(index, cluster []int32, levels int) bool {
	of := make([]int32, levels)
	for i := range of {
		of[i] = -1
	}
	for i, l := range index {
		if of[l] >= 0 && of[l] != cluster[i] {
			return false
		}
		of[l] = cluster[i]
	}
	return true
}

// replicated fits replicates and replaces the intervals of coefficients,
// contrasts and standard deviations by their percentiles. fit gives the model
// of a replicate with its fits, or nil where there is none.
func (m *model) replicated(ctx context.Context, r *analysis.Result, what string, fit func(i int) (*model, *fit, *fit)) error {
	g := m.options
	if g.Reps < 20 {
		return analysis.Unsupportedf("--reps %d: at least 20 bootstrap replicates are wanted", g.Reps)
	}
	results := make([]*analysis.Result, g.Reps)
	err := infer.Replicate(ctx, g.Reps, func() func(int) {
		return func(i int) {
			drawn, a, b := fit(i)
			if drawn == nil || a.status == analysis.NotConverged || b != nil && b.status == analysis.NotConverged {
				return
			}
			one := &analysis.Result{}
			drawn.numbers(one, a, b)
			drawn.differences(one, a, b)
			results[i] = one
		}
	})
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(results, func(x *analysis.Result) bool { return x == nil })
	if failed := g.Reps - len(kept); failed > 0 {
		if 20*failed > g.Reps {
			return analysis.NotEstimablef("%d of %d bootstrap fits did not converge: simplify the random terms, or use --ci profile", failed, g.Reps)
		}
		r.Note("bootstrap_failures", fmt.Sprintf("%d of %d bootstrap fits did not converge and were left out", failed, g.Reps))
	}
	clusters := strings.HasPrefix(what, "cluster")
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.Estimate == nil {
			continue
		}
		var estimates, differences []float64
		for _, one := range kept {
			for k := range one.Estimates {
				if x := &one.Estimates[k]; x.Term == e.Term && x.Part == e.Part {
					if x.Estimate != nil {
						estimates = append(estimates, *x.Estimate)
					}
					if x.Difference != nil {
						differences = append(differences, *x.Difference)
					}
				}
			}
		}
		low, high := percentiles(estimates, m.level)
		setInterval(e, low, high)
		if e.Difference != nil && len(differences) > 0 {
			low, high = percentiles(differences, m.level)
			e.DifferenceLow, e.DifferenceHigh = analysis.Num(low), analysis.Num(high)
		}
		how := fmt.Sprintf("%s, %d replicates, percentile intervals", what, len(kept))
		if clusters {
			wald := infer.Wald(e.Term, *e.Estimate, deviation(estimates), math.Inf(1), m.level, e.Scale)
			e.StdError, e.Statistic, e.PValue = wald.StdError, wald.Statistic, wald.PValue
			e.How = "z with the spread of the replicates as standard error; " + how
		} else {
			e.How += "; " + how
		}
	}
	for i := range r.RandomEffects {
		e := &r.RandomEffects[i]
		if e.With != "" {
			continue
		}
		var draws []float64
		for _, one := range kept {
			draws = append(draws, *one.RandomEffects[i].SD)
		}
		low, high := percentiles(draws, m.level)
		e.SDLow, e.SDHigh = analysis.Num(low), analysis.Num(high)
	}
	return nil
}

// deviation is the standard deviation of the draws.
func deviation(x []float64) float64 {
	var mean, square float64
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		square += (v - mean) * (v - mean)
	}
	return math.Sqrt(square / float64(len(x)-1))
}

// percentiles are the limits of the central share of the draws (type 7
// quantiles, as R's default).
func percentiles(draws []float64, level float64) (low, high float64) {
	if len(draws) == 0 {
		return math.NaN(), math.NaN()
	}
	sorted := slices.Sorted(slices.Values(draws))
	at := func(p float64) float64 {
		h := p * float64(len(sorted)-1)
		i := min(int(h), len(sorted)-2)
		if i < 0 {
			return sorted[0]
		}
		return sorted[i] + (h-float64(i))*(sorted[i+1]-sorted[i])
	}
	return at((1 - level) / 2), at((1 + level) / 2)
}
