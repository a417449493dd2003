package did

import (
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/fixedeffects"
	"swis/analysis/formula"
	"swis/analysis/linear"
)

// A joint test of many leads rests on a covariance matrix of many numbers that
// few clusters cannot estimate: 23 leads in 33 schools reject in nearly every
// sample without any difference in trends. These are the most leads, as shares
// of the clusters in the smaller arm, for which size is near nominal.
const (
	mostLeadsHTZ = 0.5 // approximate Hotelling, which allows for its own few df
	mostLeadsF   = 0.2 // F, which does not
	mostEffects  = 0.1 // chi-squared of several cohorts, of all clusters
	leastHTZ     = 5.0 // denominator degrees of freedom of the Hotelling test
)

// smallerArm is the smaller of the numbers of clusters with a treated and with
// a never treated unit, among the given rows; of all clusters where no unit is
// never treated.
func (p *Panel) smallerArm(clusters []string, rows []int32) (int, error) {
	least := math.MaxInt
	for _, name := range clusters {
		g, err := p.Design.Group(name)
		if err != nil {
			return 0, err
		}
		seen := [2][]bool{make([]bool, len(g.Levels)), make([]bool, len(g.Levels))}
		var count [2]int
		for _, row := range rows {
			arm := 0
			if !math.IsInf(p.Start(int(row)), 1) {
				arm = 1
			}
			if c := g.Index[row]; !seen[arm][c] {
				seen[arm][c] = true
				count[arm]++
			}
		}
		if count[0] == 0 {
			count[0] = count[1]
		}
		least = min(least, count[0], count[1])
	}
	return least, nil
}

// tooMany says why a joint test of so many leads cannot be trusted; it is empty
// where it can.
func (r *regression) tooMany(leads int, share float64) string {
	if !r.infer.clustered() {
		return ""
	}
	p := r.panel
	arm, err := p.smallerArm(r.infer.Cluster, r.fit.Rows)
	if err != nil || float64(leads) <= share*float64(arm) {
		return ""
	}
	return fmt.Sprintf("a joint test of the %d earlier %s cannot be trusted with %s in the smaller arm", leads, p.words.times, countOf(arm, "cluster", "clusters"))
}

// linearPreTrend tests, in the rows before the start, that the treated and the
// never treated have no different straight trends: treated × time beside unit
// and period effects, CR2 with Satterthwaite degrees of freedom.
// doubt says why the joint test of all leads is not printed.
func (p *Panel) linearPreTrend(result *analysis.Result, family fixedeffects.Family, o Inference, doubt string) {
	last := slices.Max(p.Starts)
	var rows []int
	for i := range p.Y {
		if t := p.Period(i); t < p.Start(i) && t < last {
			rows = append(rows, i)
		}
	}
	o.Vcov = fixedeffects.CR2
	if len(o.Cluster) > 1 {
		o.Vcov = fixedeffects.CR1S
	}
	e := &regression{panel: p, interest: 1, infer: o, names: append([]string{"trend"}, p.Names...)}
	e.model = &fixedeffects.Model{Family: family, Y: pick(p.Y, rows), Offset: pick(p.Offset, rows), Weights: pick(p.Weight, rows)}
	trend := make([]float64, len(rows))
	for i, row := range rows {
		if !math.IsInf(p.Start(row), 1) {
			trend[i] = p.Period(row) - last
		}
	}
	e.model.X = [][]float64{trend}
	for _, x := range p.X {
		e.model.X = append(e.model.X, pick(x, rows))
	}
	for _, f := range p.effects() {
		e.model.Effects = append(e.model.Effects, linear.Factor{Name: f.Name, Index: pick(f.Index, rows), Levels: f.Levels})
	}
	err := e.run(func(name string) (*formula.Group, error) {
		g, err := p.Design.Group(name)
		if err != nil {
			return nil, err
		}
		return &formula.Group{Name: g.Name, Levels: g.Levels, Index: pick(g.Index, rows)}, nil
	})
	if err != nil {
		result.Note("no_pre_test", fmt.Sprintf("%s, nor could a straight difference in trends be fitted: %v", doubt, err))
		return
	}
	b, se, df := e.coefficient(0)
	if !(se > 0) {
		result.Note("no_pre_test", doubt+", and a straight difference in trends has no estimate")
		return
	}
	result.Note("pre_trends_linear", doubt+"; a straight difference in trends before the start is tested instead, which does not see other shapes")
	t := analysis.Test{Name: "pre_trends", Label: "Parallel trends", Statistic: analysis.Num(b * b / se / se), DF1: analysis.Num(1), DF2: analysis.Num(df),
		PValue: analysis.Num(distribution.StudentTwoSided(b/se, df))}
	half := distribution.StudentQuantile(1-(1-o.Level)/2, df) * se
	size := func(x float64) string { return minus(x, decimals(se)) }
	unit := ""
	if family != fixedeffects.Gaussian {
		unit = ", in logs"
	}
	t.How = fmt.Sprintf("straight difference in trends before the start: %s a %s (%s to %s)%s, %s", size(b), p.words.time, size(b-half), size(b+half), unit, e.how(df))
	result.Tests = append(result.Tests, t)
	p.missedCheck(result, family, 1/(se*se), &t, o.Level)
}

// pick takes the elements of x at the rows; nil stays nil.
func pick[T any, I int | int32](x []T, rows []I) []T {
	if x == nil {
		return nil
	}
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = x[row]
	}
	return out
}
