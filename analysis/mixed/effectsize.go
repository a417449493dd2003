package mixed

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/formula"
)

// clusterSizes are what Hedges (2007) needs to know of a two-arm cluster trial.
type clusterSizes struct {
	treated, control []float64 // pupils of each cluster
}

// hedges is one standardised mean difference with its interval.
type hedges struct{ estimate, low, high float64 }

func total(sizes []float64) (n, squares, cubes float64) {
	for _, x := range sizes {
		n += x
		squares += x * x
		cubes += x * x * x
	}
	return n, squares, cubes
}

// within is b over the standard deviation within clusters, with the variance of
// Hedges (2007) for unequal clusters. z is the normal quantile of the interval.
func (c clusterSizes) within(b, sigma2, rho, z float64) hedges {
	nt, st, _ := total(c.treated)
	nc, sc, _ := total(c.control)
	n := nt + nc
	clusters := float64(len(c.treated) + len(c.control))
	d := b / math.Sqrt(sigma2)
	size := nc*st/(nt*n) + nt*sc/(nc*n)
	v := n/(nt*nc)*(1+(size-1)*rho)/(1-rho) + d*d/(2*(n-clusters))
	return hedges{d, d - z*math.Sqrt(v), d + z*math.Sqrt(v)}
}

// total is b over the total standard deviation, likewise.
func (c clusterSizes) total(b, variance, rho, z float64) hedges {
	nt, st, tt := total(c.treated)
	nc, sc, tc := total(c.control)
	n := nt + nc
	mt, mc := float64(len(c.treated)), float64(len(c.control))
	ut := (nt*nt - st) / (nt * (mt - 1))
	uc := (nc*nc - sc) / (nc * (mc - 1))
	d := b / math.Sqrt(variance) * math.Sqrt(1-rho*((n-ut*mt-uc*mc)+ut+uc-2)/(n-2))
	size := nc*st/(nt*n) + nt*sc/(nc*n)
	bb := ut*(mt-1) + uc*(mc-1)
	at := (nt*nt*st + st*st - 2*nt*tt) / (nt * nt)
	ac := (nc*nc*sc + sc*sc - 2*nc*tc) / (nc * nc)
	v := n/(nt*nc)*(1+(size-1)*rho) +
		d*d*((n-2)*(1-rho)*(1-rho)+(at+ac)*rho*rho+2*bb*rho*(1-rho))/(2*(n-2)*((n-2)-rho*(n-2-bb)))
	return hedges{d, d - z*math.Sqrt(v), d + z*math.Sqrt(v)}
}

// correct multiplies by J = 1 - 3/(4 df - 1).
func (h hedges) correct(j float64) hedges { return hedges{j * h.estimate, j * h.low, j * h.high} }

// addEffectSize adds Hedges' g of a 0/1 term as eefAnalytics computes it:
// variances from the REML fit (conditional) and from the empty model
// (unconditional), no small-sample factor unless asked.
func (m *model) addEffectSize(ctx context.Context, r *analysis.Result, f *fit, l Linear) error {
	column := -1
	for j := range f.p {
		if m.name(j) == l.EffectSize {
			column = j
		}
	}
	if column < 0 {
		return analysis.Unsupportedf("--effect-size %s: no such coefficient; want one of %v", l.EffectSize, m.design.Fixed.Names)
	}
	if len(m.groups) != 1 || m.groups[0].k() != 1 || m.groups[0].z[0] != nil {
		return analysis.Unsupportedf("--effect-size is defined for one random intercept, such as (1 | school)")
	}
	sizes, err := m.clusterSizes(m.design.Fixed.X[m.system.basis.kept[column]], l.EffectSize)
	if err != nil {
		return err
	}
	empty := *m.design
	empty.Fixed = formula.Fixed{Names: []string{"(Intercept)"}, X: [][]float64{ones(m.design.N())}, Term: []int{-1}, Intercept: true}
	null, err := newModel(&empty)
	if err != nil {
		return err
	}
	nullFit, err := null.system.criterion(!l.ML).fit(ctx)
	if err != nil {
		return err
	}
	z := distribution.NormalQuantile(1 - (1-l.Level)/2)
	if l.Level == 0.95 {
		z = 1.96 // as eefAnalytics
	}
	b := f.beta()[column]
	suffix := ""
	j := 1.0
	if l.SmallSample {
		suffix, j = ", with Hedges' small-sample factor J", 1-3/(4*float64(m.design.N()-2)-1)
	}
	add := func(name, means string, h hedges) {
		h = h.correct(j)
		r.Checks = append(r.Checks,
			analysis.Check{Name: name, Value: analysis.Num(h.estimate), Means: means + suffix},
			analysis.Check{Name: name + "_low", Value: analysis.Num(h.low), Means: "lower limit"},
			analysis.Check{Name: name + "_high", Value: analysis.Num(h.high), Means: "upper limit"})
	}
	for _, v := range []struct {
		fit         *fit
		name, words string
	}{{f, "", "of this model"}, {nullFit, "_unconditional", "of the empty model"}} {
		s2 := v.fit.sigma() * v.fit.sigma()
		b2 := v.fit.covariance(0)[0]
		rho := b2 / (b2 + s2)
		add("g_within"+v.name, fmt.Sprintf("difference in standard deviations within clusters %s", v.words), sizes.within(b, s2, rho, z))
		add("g_total"+v.name, fmt.Sprintf("difference in total standard deviations %s", v.words), sizes.total(b, b2+s2, rho, z))
	}
	icc := func(f *fit) analysis.Number {
		b2 := f.covariance(0)[0]
		return analysis.Num(b2 / (b2 + f.sigma()*f.sigma()))
	}
	r.Checks = append(r.Checks,
		analysis.Check{Name: "icc_conditional", Value: icc(f), Means: "share of the variance between clusters, this model"},
		analysis.Check{Name: "icc_unconditional", Value: icc(nullFit), Means: "share of the variance between clusters, empty model"})
	r.Method.Conventions = append(r.Method.Conventions, "Hedges' g as eefAnalytics: the adjusted difference over REML standard deviations, no small-sample factor"+suffix)
	return nil
}

// clusterSizes counts the rows of each cluster by arm and refuses arms that
// differ within a cluster or have one cluster only.
func (m *model) clusterSizes(z []float64, term string) (clusterSizes, error) {
	g := m.groups[0]
	count := make([]float64, len(g.levels))
	arm := make([]float64, len(g.levels))
	for i, level := range g.index {
		if z[i] != 0 && z[i] != 1 {
			return clusterSizes{}, analysis.Unsupportedf("--effect-size %s: a 0/1 term is wanted", term)
		}
		count[level]++
		arm[level] += z[i]
	}
	var c clusterSizes
	for j, n := range count {
		switch arm[j] {
		case 0:
			c.control = append(c.control, n)
		case n:
			c.treated = append(c.treated, n)
		default:
			return clusterSizes{}, analysis.Unsupportedf("--effect-size %s: the term varies within %s; Hedges' g for cluster trials needs it constant in each", term, g.name)
		}
	}
	if len(c.treated) < 2 || len(c.control) < 2 {
		return clusterSizes{}, analysis.NotEstimablef("--effect-size %s needs at least two of %s in each arm", term, g.name)
	}
	return c, nil
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}
