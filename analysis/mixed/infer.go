package mixed

import (
	"context"
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/formula"
	"swis/analysis/infer"
)

// infer fills estimates, tests of whole terms and intervals.
func (m *model) infer(ctx context.Context, r *analysis.Result, f *fit, l Linear) error {
	beta := f.beta()
	p := f.p
	errors, dfs, err := m.standardErrors(f, l.DF)
	if err != nil {
		return err
	}
	how := func(float64) string { return "z, " + l.criterionName() }
	switch {
	case l.Variance != "":
		cluster, err := m.cluster(l)
		if err != nil {
			return err
		}
		v, err := m.robust(f, cluster, l.Variance)
		if err != nil {
			return err
		}
		for j := range p {
			errors[j], dfs[j] = math.Sqrt(v.vcov[j*p+j]), v.df[j]
		}
		r.Fit.NGroups[cluster.Name] = v.g
		name := fmt.Sprintf("%s by %s (%d clusters)", strings.ToUpper(string(l.Variance)), cluster.Name, v.g)
		if l.Variance == infer.CR2 || l.Variance == infer.CR3 {
			name += ", Satterthwaite (Bell-McCaffrey)"
		}
		how = func(df float64) string { return fmt.Sprintf("t(%.1f), %s, %s", df, name, l.criterionName()) }
	case l.DF == Satterthwaite:
		how = func(df float64) string { return fmt.Sprintf("t(%.1f), Satterthwaite, %s", df, l.criterionName()) }
		if s := f.satterthwaite(); s.a != nil {
			m.termTests(r, f, s, "F, Satterthwaite", true)
		} else {
			r.Note("no_df", "the curvature of the criterion is not positive, so that Satterthwaite degrees of freedom cannot be had; --df wald gives z")
		}
	case l.DF == KenwardRoger:
		how = func(df float64) string { return fmt.Sprintf("t(%.1f), Kenward-Roger, REML", df) }
		m.termTests(r, f, f.kenwardRoger(), "Kenward-Roger scaled F", false)
	}
	kept := map[int]int{}
	for j, c := range m.system.basis.kept {
		kept[c] = j
	}
	for c, name := range m.design.Fixed.Names {
		j, ok := kept[c]
		if !ok {
			r.Estimates = append(r.Estimates, analysis.Estimate{Term: name, ConfLevel: l.Level, Scale: analysis.Identity})
			r.Notes = append(r.Notes, analysis.Note{Code: "collinear", Term: name, Text: name + " is a combination of earlier columns and was left out"})
			continue
		}
		e := infer.Wald(name, beta[j], errors[j], dfs[j], l.Level, analysis.Identity)
		e.How = how(dfs[j])
		e.Part = analysis.MainPart
		e.Redraws = m.redraws(f, j, l)
		r.Estimates = append(r.Estimates, e)
	}
	if l.Intervals == WaldIntervals {
		m.addCorrelationLimits(r, f, l)
	}
	switch l.Intervals {
	case ProfileIntervals:
		return m.profileIntervals(ctx, r, f, l)
	case BootstrapIntervals:
		return m.bootstrapIntervals(ctx, r, f, l)
	}
	return nil
}

// cluster is the grouping of the cluster-robust variance: the column asked for,
// or the grouping factor with the fewest levels, which holds the others where
// they are nested.
func (m *model) cluster(l Linear) (*formula.Group, error) {
	if l.Cluster != "" {
		return m.design.Group(l.Cluster)
	}
	outer := m.groups[0]
	for _, g := range m.groups {
		if len(g.levels) < len(outer.levels) {
			outer = g
		}
	}
	return &formula.Group{Name: outer.name, Levels: outer.levels, Index: outer.index}, nil
}

// unit is the contrast of kept coefficient j in the engine's coordinates.
func (m *model) unit(j int) []float64 {
	l := make([]float64, m.system.p)
	l[j] = 1
	return m.system.basis.contrast(l)
}

// engineBeta is the coefficients in the engine's coordinates, in the units of y.
func (m *model) engineBeta(f *fit) []float64 {
	q := f.structure.Scalars()
	b := make([]float64, f.p)
	for j := range b {
		b[j] = f.basis.gamma[j] + f.yScale*f.effects[q+j]
	}
	return b
}

// contrastTester tests several contrasts of the coefficients together.
type contrastTester interface {
	contrastTest(contrasts [][]float64, beta []float64) (f, df1, df2 float64)
}

// termTests adds the F of terms: all coefficients of a term against the model
// without them. With several set, terms of one coefficient are left out: their
// t test is the same.
func (m *model) termTests(r *analysis.Result, f *fit, tester contrastTester, how string, several bool) {
	beta := m.engineBeta(f)
	for t, name := range m.design.Fixed.Terms {
		var contrasts [][]float64
		for j, c := range m.system.basis.kept {
			if m.design.Fixed.Term[c] == t {
				contrasts = append(contrasts, m.unit(j))
			}
		}
		if len(contrasts) == 0 || several && len(contrasts) == 1 {
			continue
		}
		statistic, df1, df2 := tester.contrastTest(contrasts, beta)
		test := analysis.Test{Name: "term:" + name, Label: name, Statistic: analysis.Num(statistic), DF1: analysis.Num(df1), DF2: analysis.Num(df2), How: how}
		if test.Statistic != nil && test.DF2 != nil {
			test.PValue = analysis.Num(distribution.FUpper(statistic, df1, df2))
		}
		r.Tests = append(r.Tests, test)
	}
}
