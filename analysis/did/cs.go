package did

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/fixedeffects"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// CallawaySantAnna estimates group-time average treatment effects and their
// averages for staggered starts (Callaway & Sant'Anna 2021).
type CallawaySantAnna struct {
	Data
	Inference
	Family    string
	Control   string // never, notyet
	Estimator string // dr, ipw, or
	Base      string // varying, universal
	Draws     int    // of the multiplier bootstrap; 1000 where 0
	Seed      string

	Sensitivity Sensitivity // of the averages by event time
}

// Method describes the estimator.
func (e CallawaySantAnna) Method() analysis.Method {
	return analysis.Method{
		Name:     "Callaway and Sant'Anna",
		Formula:  "att(g,t) = E[y_t - y_base | cohort g] - E[y_t - y_base | comparison], adjusted for covariates",
		Variance: "influence functions: sqrt(mean(IF^2)/n) by unit, no small-sample factor, z",
		Conventions: []string{
			"comparison units: never treated, or not yet treated by the later of the two periods",
			"adjustment: doubly robust (dr), inverse probability weights (ipw) or outcome regression (or); covariates at the base period; comparison units with a propensity score of 0.995 or more are left out",
			"averages: simple, group, calendar, dynamic; shares of cohorts are estimated and their influence is included",
			"pre_trends: Wald chi-squared that all att(g,t) before the start are zero",
			"uniform bands: multiplier bootstrap with one Rademacher sign a unit",
		},
		References: []analysis.Reference{refCS, refSantAnna},
	}
}

var adjustments = map[string]adjustment{"": doublyRobust, "dr": doublyRobust, "ipw": inverseProbability, "or": outcomeRegression}

// Estimate computes all group-time effects and averages.
func (e CallawaySantAnna) Estimate(ctx context.Context, t *table.Table) (*analysis.Result, error) {
	how, ok := adjustments[e.Estimator]
	switch {
	case !ok:
		return nil, analysis.Unsupportedf("--estimator %s: want dr, ipw or or", e.Estimator)
	case e.Control != "" && e.Control != "never" && e.Control != "notyet":
		return nil, analysis.Unsupportedf("--control %s: want never or notyet", e.Control)
	case e.Base != "" && e.Base != "varying" && e.Base != "universal":
		return nil, analysis.Unsupportedf("--base %s: want varying or universal", e.Base)
	case e.Weights != "":
		return nil, analysis.Unsupportedf("--method cs takes no --weights: they are inverse variances, which it has no use for")
	case e.Family != "" && e.Family != "gaussian":
		return nil, analysis.Unsupportedf("--method cs is defined for gaussian outcomes; for counts use --method etwfe or event")
	case e.Exposure != "":
		return nil, analysis.Unsupportedf("--exposure is for counts; with --method cs use a rate as the outcome")
	case e.Vcov != "":
		return nil, analysis.Unsupportedf("--vcov %s: --method cs has its own influence-function standard errors", e.Vcov)
	case len(e.Cluster) > 1:
		return nil, analysis.Unsupportedf("--method cs clusters by one column")
	case e.Sensitivity.Kind != "" && e.Base != "universal":
		return nil, analysis.Unsupportedf("--sensitivity with --method cs needs --base universal: with the varying base an effect before the start is a step from one period to the next, not a departure from the last one before the start")
	}
	if e.Level == 0 {
		e.Level = 0.95
	}
	p, err := e.read(t, e.Cluster, false)
	if err != nil {
		return nil, err
	}
	w := p.widen()
	if w.n() == 0 {
		return nil, analysis.NotEstimablef("no %s is observed in every %s; --method cs needs a balanced panel", p.words.unit, p.words.time)
	}
	never, treated := 0, 0
	for _, c := range w.cohort {
		if math.IsInf(c, 1) {
			never++
		} else {
			treated++
		}
	}
	result := e.start(p, w)
	switch {
	case treated == 0 && w.dropped > 0 && len(p.Starts) > 0:
		return nil, analysis.NotEstimablef("no treated %s is observed in every %s, before its start too; --method cs needs a balanced panel", p.words.unit, p.words.time)
	case treated == 0:
		return nil, analysis.NotEstimablef("no %s starts within the %s kept", p.words.unit, p.words.times)
	case never == 0 && e.Control != "notyet":
		return nil, analysis.NotEstimablef("no %s is never treated; compare with those not yet treated: --control notyet", p.words.unit)
	case never == 0:
		w.lastAsNever()
		result.Note("last_cohort", fmt.Sprintf("no %s is never treated: the last cohort serves as comparison and %s from its start on are left out", p.words.unit, p.words.times))
	}
	cells, trimmed := w.groupTime(groupTimeOptions{notYet: e.Control == "notyet", how: how, universal: e.Base == "universal"})
	if trimmed > 0 {
		result.Note("trimmed", fmt.Sprintf("%d comparison units with a propensity score of %g or more were left out", trimmed, trimAt))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	cluster, clusters, err := e.clusterOf(p, w)
	if err != nil {
		return nil, err
	}
	if clusters > 0 {
		result.Fit.NGroups[e.Cluster[0]] = clusters
	}
	sets := e.fill(result, p, w, cells, cluster, clusters)
	if result.Find("simple") == nil || result.Find("simple").Estimate == nil {
		return nil, analysis.NotEstimablef("no group-time effect can be estimated: %s", firstReason(cells))
	}
	if e.Sensitivity.Kind != "" {
		if err := p.sensitivity(result, jointInfluence(sets["dynamic"].parts, cluster, clusters), e.Level, e.Sensitivity); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func firstReason(cells []cell) string {
	for _, c := range cells {
		if c.why != "" {
			return c.why
		}
	}
	return "no cohort has a period before and after its start"
}

// start makes the result with title, counts and what was left out.
func (e CallawaySantAnna) start(p *Panel, w *wide) *analysis.Result {
	r := &analysis.Result{Method: e.Method()}
	r.Title = fmt.Sprintf("%s: effects by cohort and %s (Callaway and Sant'Anna)", p.words.outcome, p.words.time)
	adjusted := map[string]string{"": "doubly robust", "dr": "doubly robust", "ipw": "inverse probability weights", "or": "outcome regression"}[e.Estimator]
	if len(p.X) == 0 {
		adjusted = "without covariates"
	}
	r.Subtitle = "comparison: never treated, " + adjusted
	if e.Control == "notyet" {
		r.Subtitle = "comparison: not yet treated, " + adjusted
	}
	r.Fit = analysis.Fit{NObs: w.n() * len(w.periods), NDropped: p.N() - w.n()*len(w.periods), Status: analysis.Exact,
		NGroups: map[string]int{p.Unit.Name: w.n(), p.Time.Name: len(w.periods)}}
	r.Notes = append(r.Notes, p.Design.Notes...)
	p.dropped(r)
	p.zeroArms(r)
	if w.dropped > 0 {
		r.Note("unbalanced", fmt.Sprintf("%s not observed in every %s, left out", countOf(w.dropped, p.words.unit+" is", p.words.units+" are"), p.words.time))
	}
	if w.always > 0 {
		r.Note("always_treated", fmt.Sprintf("%s treated from the first %s on, left out: no change before and after can be seen", countOf(w.always, p.words.unit+" is", p.words.units+" are"), p.words.time))
	}
	r.Tables = []analysis.Table{p.rates()}
	return r
}

// lastAsNever makes the last cohort the comparison and cuts the periods from
// its start on.
func (w *wide) lastAsNever() {
	last := math.Inf(-1)
	for _, c := range w.cohort {
		last = max(last, c)
	}
	for i, c := range w.cohort {
		if c == last {
			w.cohort[i] = math.Inf(1)
		}
	}
	keep := 0
	for _, v := range w.periods {
		if v < last {
			keep++
		}
	}
	w.periods, w.y = w.periods[:keep], w.y[:keep]
}

// clusterOf gives the cluster of each unit where one above the unit is asked for.
func (e CallawaySantAnna) clusterOf(p *Panel, w *wide) ([]int32, int, error) {
	if len(e.Cluster) == 0 || e.Cluster[0] == e.Unit {
		return nil, 0, nil
	}
	g, err := p.Design.Group(e.Cluster[0])
	if err != nil {
		return nil, 0, err
	}
	home := make([]int32, len(p.Unit.Levels))
	for u := range home {
		home[u] = -1
	}
	for i, u := range p.Unit.Index {
		if home[u] >= 0 && home[u] != g.Index[i] {
			return nil, 0, analysis.Unsupportedf("--cluster %s changes within %s: with --method cs clusters hold whole %s", e.Cluster[0], p.words.unit, p.words.units)
		}
		home[u] = g.Index[i]
	}
	out := make([]int32, w.n())
	for i, u := range w.unit {
		out[i] = home[u]
	}
	if len(g.Levels) < 2 {
		return nil, 0, analysis.NotEstimablef("column %s has one cluster", e.Cluster[0])
	}
	return out, len(g.Levels), nil
}

// fill writes cells, averages, bands and the pre-test into the result.
func (e CallawaySantAnna) fill(r *analysis.Result, p *Panel, w *wide, cells []cell, cluster []int32, clusters int) map[string]*aggregation {
	how := "z: influence function by " + p.Unit.Name
	if cluster != nil {
		how = "z: influence function, clustered by " + e.Cluster[0]
	}
	one := false // whether each arm is one cluster
	row := func(term string, att float64, influence []float64) analysis.Estimate {
		se := math.NaN()
		if influence != nil {
			se = standardError(influence, cluster, clusters)
		}
		out := infer.Wald(term, att, se, math.Inf(1), e.Level, analysis.Identity)
		if one {
			infer.Withhold(&out)
		}
		out.How = how
		return out
	}
	home, labels, column := cluster, []string(nil), p.Unit.Name
	if cluster == nil {
		home = make([]int32, w.n())
		for i, u := range w.unit {
			home[i] = int32(i)
			labels = append(labels, p.Unit.Levels[u])
		}
	} else if g, err := p.Design.Group(e.Cluster[0]); err == nil {
		column, labels = g.Name, g.Levels
	}
	if g, err := p.group(column); err == nil {
		treated, comparison := p.arms(r, g, nil, e.Resample.Permute)
		one = treated == 1 && comparison == 1 && len(p.Starts) == 1
		p.lone(r, g)
	}
	sets := w.aggregate(cells)
	target := "the " + p.words.units + " that start"
	add := func(kind, estimand string) {
		s := sets[kind]
		o := row(kind, s.overall.att, s.overall.influence)
		o.Estimand = estimand
		o.Redraws = influenceRedraws(s.overall.att, s.overall.influence, column, home, labels)
		o.Label = map[string]string{"simple": "all treated cells", "group": "average of cohorts", "calendar": "average of calendar " + p.words.times, "dynamic": "average of event times"}[kind]
		r.Estimates = append(r.Estimates, o)
		for _, part := range s.parts {
			o := row(part.term, part.att, part.influence)
			switch kind {
			case "group":
				o.Label = "cohort " + p.periodLabel(part.at)
			case "calendar":
				o.Label = p.words.time + " " + p.periodLabel(part.at)
			case "dynamic":
				o.Label = p.eventLabel(part.at)
			}
			r.Estimates = append(r.Estimates, o)
		}
	}
	add("simple", "average effect on "+target+", every cohort and later "+p.words.time+" by the cohort's size")
	add("group", "average effect on "+target+", cohorts by size")
	add("calendar", "mean over "+p.words.times+" of the average effect on those treated by then")
	add("dynamic", "mean over "+p.words.times+" since the start of the average effect")
	failed := 0
	for i := range cells {
		c := &cells[i]
		term := fmt.Sprintf("att:%s:%s", label(c.group), label(c.time))
		one := row(term, c.att, c.influence)
		one.Label = fmt.Sprintf("cohort %s, %s %s", p.periodLabel(c.group), p.words.time, p.periodLabel(c.time))
		r.Estimates = append(r.Estimates, one)
		if c.why != "" {
			failed++
			if failed <= 3 {
				r.Notes = append(r.Notes, analysis.Note{Code: "not_estimable", Term: term, Text: term + ": " + c.why})
			}
		}
	}
	if failed > 3 {
		r.Note("not_estimable", fmt.Sprintf("%d group-time effects in all cannot be estimated", failed))
	}
	e.preTest(r, p, w, cells)
	e.bands(r, p, cells, sets, cluster, clusters)
	simple := r.Find("simple")
	r.Summary = []string{p.sentence(simple)}
	return sets
}

// preTest is the Wald test that all effects before the start are zero.
func (e CallawaySantAnna) preTest(r *analysis.Result, p *Panel, w *wide, cells []cell) {
	var before []*cell
	for i := range cells {
		if c := &cells[i]; c.time < c.group && c.influence != nil {
			before = append(before, c)
		}
	}
	q := len(before)
	if q == 0 {
		return
	}
	o := Inference{Cluster: e.Cluster, Level: e.Level}
	if len(o.Cluster) == 0 {
		o.Cluster = []string{e.Unit}
	}
	if g, err := p.Design.Group(o.Cluster[0]); err == nil && float64(q) > mostEffects*float64(len(g.Levels)) {
		p.linearPreTrend(r, fixedeffects.Gaussian, o, fmt.Sprintf("a joint test of the %d effects before the start cannot be trusted with %s", q, countOf(len(g.Levels), "cluster", "clusters")))
		return
	}
	n := float64(w.n())
	v := mat.NewSymDense(q, nil)
	b := mat.NewVecDense(q, nil)
	for i, c := range before {
		b.SetVec(i, c.att)
		for j := range i + 1 {
			s := 0.0
			for u, x := range c.influence {
				s += x * before[j].influence[u]
			}
			v.SetSym(i, j, s/n/n)
		}
	}
	var chol mat.Cholesky
	var x mat.VecDense
	if !chol.Factorize(v) || chol.Cond() > 1e12 || chol.SolveVecTo(&x, b) != nil {
		r.Note("no_pre_test", fmt.Sprintf("no joint test of the %d effects before the start: their covariance matrix is singular, as there are too few units in a cohort", q))
		return
	}
	statistic := mat.Dot(b, &x)
	r.Tests = append(r.Tests, analysis.Test{Name: "pre_trends", Label: "Parallel trends", Statistic: analysis.Num(statistic), DF1: analysis.Num(float64(q)),
		PValue: analysis.Num(distribution.ChiSquaredUpper(statistic, float64(q))), How: fmt.Sprintf("Wald chi-squared, %d effects before the start", q)})
}

// bands adds uniform confidence bands as curves and their critical values.
func (e CallawaySantAnna) bands(r *analysis.Result, p *Panel, cells []cell, sets map[string]*aggregation, cluster []int32, clusters int) {
	draws, seed := e.Draws, e.Seed
	if draws == 0 {
		draws = 1000
	}
	if seed == "" {
		seed = "1"
	}
	units := 0
	for i := range cells {
		units = max(units, len(cells[i].influence))
	}
	signs := newMultiplier(units, cluster, clusters, draws, seed)
	critical := func(name string, columns [][]float64) float64 {
		c := signs.critical(columns, e.Level)
		r.Checks = append(r.Checks, analysis.Check{Name: "uniform_critical:" + name, Value: analysis.Num(c),
			Means: fmt.Sprintf("estimates ± %.2f standard errors cover all of them at once (multiplier bootstrap, %d draws)", c, draws)})
		return c
	}
	var all [][]float64
	for i := range cells {
		if cells[i].influence != nil {
			all = append(all, cells[i].influence)
		}
	}
	critical("att", all)
	for _, kind := range []string{"group", "calendar", "dynamic"} {
		s := sets[kind]
		var columns [][]float64
		for _, part := range s.parts {
			columns = append(columns, part.influence)
		}
		c := critical(kind, columns)
		curve := analysis.Curve{Name: kind, XLabel: map[string]string{"group": "first treated " + p.words.time, "calendar": p.words.time, "dynamic": p.words.times + " from the start"}[kind], YLabel: "effect"}
		if kind == "dynamic" {
			curve.Name = "event_study"
		}
		for _, part := range s.parts {
			se := standardError(part.influence, cluster, clusters)
			curve.X = append(curve.X, analysis.Num(part.at))
			curve.Y = append(curve.Y, analysis.Num(part.att))
			curve.Low = append(curve.Low, analysis.Num(part.att-c*se))
			curve.High = append(curve.High, analysis.Num(part.att+c*se))
		}
		r.Curves = append(r.Curves, curve)
	}
}
