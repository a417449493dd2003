package glm

import (
	"context"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/analysis/irls"
)

// permute adds randomisation inference: the arm column of the term is
// exchanged between clusters (rows without clusters) and the model refitted.
func (c *contrast) permute(ctx context.Context) error {
	units, column, within, err := c.assigned()
	if err != nil {
		return err
	}
	set, err := c.d.Set(column)
	if err != nil {
		return err
	}
	labels := &infer.Labels{Arm: byUnit(set.Group.Index, units), Arms: len(set.Group.Levels)}
	o := c.Inference
	words := infer.PermutationWords{Column: column, Unit: units.Name, Strata: o.Strata}
	if len(o.Strata) == 0 && within != "" {
		words.Strata = []string{within}
	}
	if len(words.Strata) > 0 {
		strata, err := c.d.Group(strings.Join(words.Strata, ":"))
		if err != nil {
			return err
		}
		if !constant(strata.Index, units) {
			return analysis.Unsupportedf("--strata %s: a stratum is a property of a %s, and these vary within one", strings.Join(words.Strata, ","), units.Name)
		}
		labels.Strata = byUnit(strata.Index, units)
	}
	if o.Scheme != nil {
		if err := o.Scheme.Restrict(labels, units.Levels); err != nil {
			return err
		}
		words.Scheme = o.Scheme.How
	}
	statistic := o.Statistic
	counts := make([]int, labels.Arms)
	for _, a := range labels.Arm {
		counts[a]++
	}
	if statistic == "" {
		statistic = "t"
		if slices.Min(counts) < 2 || !c.fit.finite(c.j) {
			statistic = "coef"
		}
	}
	var start func() func([]int32) float64
	if c.fit.model == nil {
		start = c.leastSquares(set, units, statistic == "t")
	} else {
		start = c.likelihood(set, units, statistic == "t")
	}
	words.Statistic = statistic
	p, err := labels.Permute(ctx, o.Reps, o.Seed, start)
	if err != nil {
		return err
	}
	words.Statistic = statistic
	infer.ReportPermutation(c.result, p, words, o.Seed)
	return nil
}

// assigned finds what was assigned and the column of the term that says its
// arm: the clusters where the term has a column that is constant within them;
// else the rows, exchanged within the clusters, where the term is one column.
func (c *contrast) assigned() (units infer.Clusters, column, within string, err error) {
	columns := c.d.TermColumns(c.name)
	if len(c.clusters) == 1 {
		var arms []string
		for _, column := range columns {
			g, err := c.d.Group(column)
			if err != nil {
				return units, "", "", err
			}
			if len(g.Levels) > 1 && constant(g.Index, c.clusters[0]) {
				arms = append(arms, column)
			}
		}
		switch {
		case len(arms) == 1:
			return c.clusters[0], arms[0], "", nil
		case len(arms) > 1:
			return units, "", "", analysis.Unsupportedf("--permute: %s holds several properties of a %s (%s); choose a --term with one", c.name, c.clusters[0].Name, strings.Join(arms, ", "))
		}
		within = c.clusters[0].Name
	}
	if len(columns) != 1 {
		return units, "", "", analysis.Unsupportedf("--permute: %s is made of %d columns, and none says the arm of an assigned unit; name that unit with --cluster", c.name, len(columns))
	}
	units = infer.Clusters{Name: "row", Levels: make([]string, c.d.N()), Index: make([]int32, c.d.N())}
	for i := range units.Index {
		units.Index[i] = int32(i)
	}
	return units, columns[0], within, nil
}

func constant(index []int32, units infer.Clusters) bool {
	seen := make([]int32, len(units.Levels))
	for i := range seen {
		seen[i] = -1
	}
	for i, u := range units.Index {
		if seen[u] < 0 {
			seen[u] = index[i]
		} else if seen[u] != index[i] {
			return false
		}
	}
	return true
}

func byUnit(index []int32, units infer.Clusters) []int32 {
	out := make([]int32, len(units.Levels))
	for i, u := range units.Index {
		out[u] = index[i]
	}
	return out
}

// split tells the columns that depend on the arm from those that do not. A
// column whose coefficient is infinite counts: under other allocations it may
// be finite.
func (c *contrast) split(set *formula.Setting) (fixed, moving []int) {
	for j, aliased := range c.fit.aliased {
		if aliased {
			continue
		}
		same := true
		for _, x := range set.X[1:] {
			same = same && slices.Equal(x[j], set.X[0][j])
		}
		if same {
			fixed = append(fixed, j)
		} else {
			moving = append(moving, j)
		}
	}
	return fixed, moving
}

func (c *contrast) leastSquares(set *formula.Setting, units infer.Clusters, studentised bool) func() func([]int32) float64 {
	fixed, moving := c.split(set)
	pick := func(x [][]float64, columns []int) [][]float64 {
		out := make([][]float64, len(columns))
		for i, j := range columns {
			out[i] = x[j]
		}
		return c.rooted(out)
	}
	e := &infer.Exchange{Fixed: pick(set.X[0], fixed), Y: c.rooted([][]float64{c.response()})[0], Units: units, Term: slices.Index(moving, c.j)}
	for _, x := range set.X {
		e.Moving = append(e.Moving, pick(x, moving))
	}
	return e.Statistic(studentised, len(c.fit.kept))
}

// likelihood refits the model under each allocation, from the estimates of the
// model without the term. An infinite coefficient is the most extreme one.
func (c *contrast) likelihood(set *formula.Setting, units infer.Clusters, studentised bool) func() func([]int32) float64 {
	_, moving := c.split(set)
	begin := make([]float64, len(c.d.Fixed.X))
	if fit, err := c.restricted(); err == nil && fit.Infinite == nil {
		at := 0
		for i, j := range c.fit.kept {
			if i != c.at {
				begin[j] = fit.Coef[at]
				at++
			}
		}
	}
	return func() func([]int32) float64 {
		m := *c.fit.model
		m.X = slices.Clone(c.d.Fixed.X)
		for _, j := range moving {
			m.X[j] = make([]float64, c.d.N())
		}
		return func(arms []int32) float64 {
			for _, j := range moving {
				x := m.X[j]
				for i, u := range units.Index {
					x[i] = set.X[arms[u]][j][i]
				}
			}
			fit := m.Fit(irls.Options{Start: begin})
			if fit.Status == analysis.NotConverged || fit.Aliased[c.j] {
				return math.NaN()
			}
			b := fit.Coef[c.j]
			if fit.Infinite != nil && fit.Infinite[c.j] {
				return math.Inf(1)
			}
			if !studentised {
				return b
			}
			w := working(&m, fit)
			v, err := w.Variance(infer.CR1S, units)
			if err != nil {
				return math.NaN()
			}
			return b / math.Sqrt(v.Of(v.Unit(slices.Index(fit.Kept, c.j))))
		}
	}
}
