package did

import (
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/linear"
)

var refRambachanRoth = analysis.Reference{Key: "Rambachan & Roth 2023", Text: "A more credible approach to parallel trends. Review of Economic Studies 90(5)", DOI: "10.1093/restud/rdad018"}

// eventEstimates are the coefficients of an event study around reference -1 as
// the sensitivity analysis needs them: consecutive periods before and from the
// start on.
type eventEstimates struct {
	pre, post []float64   // coefficients at -q-1..-2 and 0..r-1
	v         [][]float64 // covariance of pre and post together
	weights   []float64   // r: theta = sum of weights times effects
	df        float64     // of the coefficients, the smallest; +Inf for z
}

// theta is the estimate of the weighted effect and its standard error.
func (e *eventEstimates) theta() (estimate, stdError float64) {
	q := len(e.pre)
	s := 0.0
	for i, w := range e.weights {
		estimate += w * e.post[i]
		for j, x := range e.weights {
			s += w * x * e.v[q+i][q+j]
		}
	}
	return estimate, math.Sqrt(s)
}

// worst is the largest weighted sum of the differential trends after the start
// that a restriction allows, where the trends before it lie within low and high.
// The smallest is its negative with low and high exchanged and negated. ok is
// false where the restriction cannot hold.
type restriction func(low, high, weights []float64, size float64) (worst float64, ok bool)

// relative bounds each step of the trend after the start by size times the
// largest step before it (Rambachan & Roth 2023, section 2.3.1): one linear
// programme for each step and sign that could be the largest.
func relative(low, high, weights []float64, size float64) (worst float64, ok bool) {
	q, r := len(low), len(weights)
	n := q + r // trend at the q earlier and r later periods; zero at -1
	worst = math.Inf(-1)
	for s := range q { // step from earlier period s to the next, the last to zero
		for _, sign := range []float64{-1, 1} {
			p := newProgramme(n, low, high)
			largest := make([]float64, n)
			largest[s] -= sign * size
			if s+1 < q {
				largest[s+1] += sign * size
			}
			for t := range r {
				for _, direction := range []float64{-1, 1} {
					row := make([]float64, n)
					row[q+t] = direction
					if t > 0 {
						row[q+t-1] = -direction
					}
					for j := range row {
						row[j] -= largest[j]
					}
					p.add(row, 0)
				}
			}
			if v, feasible := p.maximise(q, weights); feasible {
				worst, ok = max(worst, v), true
			}
		}
	}
	return worst, ok
}

// smooth bounds the change of the trend's slope from one period to the next by
// size (section 2.3.2): zero is a straight line.
func smooth(low, high, weights []float64, size float64) (worst float64, ok bool) {
	q, r := len(low), len(weights)
	n := q + r
	p := newProgramme(n, low, high)
	at := func(row []float64, k int, f float64) { // k counts periods; q is the reference
		switch {
		case k < q:
			row[k] += f
		case k > q:
			row[k-1] += f
		}
	}
	for k := 1; k < n; k++ {
		for _, direction := range []float64{-1, 1} {
			row := make([]float64, n)
			at(row, k-1, direction)
			at(row, k, -2*direction)
			at(row, k+1, direction)
			p.add(row, size)
		}
	}
	return p.maximise(q, weights)
}

// programme collects the constraints of a linear programme in the trends.
type programme struct {
	a [][]float64
	b []float64
	n int
}

func newProgramme(n int, low, high []float64) *programme {
	p := &programme{n: n}
	for j := range low {
		up, down := make([]float64, n), make([]float64, n)
		up[j], down[j] = 1, -1
		p.add(up, high[j])
		p.add(down, -low[j])
	}
	return p
}

func (p *programme) add(row []float64, bound float64) {
	p.a, p.b = append(p.a, row), append(p.b, bound)
}

func (p *programme) maximise(q int, weights []float64) (float64, bool) {
	c := make([]float64, p.n)
	copy(c[q:], weights)
	return linear.Maximise(c, p.a, p.b)
}

// interval is the set of effects that a restriction of a size is compatible
// with, and how far estimation error widens it. The confidence interval
// projects a region that holds the earlier trends and theta together with the
// level (Bonferroni), so it covers at least with the level; the paper's
// conditional tests are shorter.
func (e *eventEstimates) interval(rule restriction, size, level float64) (low, high, ciLow, ciHigh float64) {
	estimate, se := e.theta()
	bound := func(c float64) (float64, float64) {
		lo, hi := make([]float64, len(e.pre)), make([]float64, len(e.pre))
		for j, b := range e.pre {
			h := c * math.Sqrt(e.v[j][j])
			lo[j], hi[j] = b-h, b+h
		}
		up, ok := rule(lo, hi, e.weights, size)
		if !ok {
			return math.NaN(), math.NaN()
		}
		negLo, negHi := make([]float64, len(lo)), make([]float64, len(lo))
		for j := range lo {
			negLo[j], negHi[j] = -hi[j], -lo[j]
		}
		down, _ := rule(negLo, negHi, e.weights, size)
		return estimate - up, estimate + down
	}
	low, high = bound(0)
	own, earlier := e.critical(rule, size, level)
	a, b := bound(earlier)
	return low, high, a - own*se, b + own*se
}

// critical splits the error rate between theta and the earlier coefficients so
// that the interval would be shortest if these were all zero, a choice that
// does not look at the estimates.
func (e *eventEstimates) critical(rule restriction, size, level float64) (own, earlier float64) {
	_, se := e.theta()
	q := float64(len(e.pre))
	best := math.Inf(1)
	for _, share := range []float64{0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95} {
		alpha := 1 - level
		c := distribution.StudentQuantile(1-alpha*(1-share)/2, e.df)
		d := 0.0
		lo, hi := make([]float64, len(e.pre)), make([]float64, len(e.pre))
		if share > 0 {
			d = distribution.StudentQuantile(1-alpha*share/2/q, e.df)
		}
		for j := range lo {
			h := d * math.Sqrt(e.v[j][j])
			if share == 0 {
				h = 1e6 * math.Sqrt(e.v[j][j]) // nothing is known of the earlier trends
			}
			lo[j], hi[j] = -h, h
		}
		worst, ok := rule(lo, hi, e.weights, size)
		if half := worst + c*se; ok && half < best {
			best, own, earlier = half, c, d
			if share == 0 {
				earlier = 1e6
			}
		}
	}
	return own, earlier
}

// Sensitivity asks how far trends may part from parallel before the finding
// goes: relative steps or smoothness, at the sizes given (defaults where none).
type Sensitivity struct {
	Kind  string // relative or smooth; empty for none
	Sizes []float64
}

// sensitivity adds the bounds to an event study's result.
func (p *Panel) sensitivity(result *analysis.Result, r *regression, times []float64, reference float64, o Sensitivity) error {
	if o.Kind == "" {
		return nil
	}
	rule := map[string]restriction{"relative": relative, "smooth": smooth}[o.Kind]
	if rule == nil {
		return analysis.Unsupportedf("--sensitivity %s: want relative or smooth", o.Kind)
	}
	if reference != -1 {
		return analysis.Unsupportedf("--sensitivity needs --reference -1: trends are measured from the last earlier %s", p.words.time)
	}
	e := &eventEstimates{}
	var kept []int
	for j, k := range times {
		if before := k < 0; j > 0 && k-times[j-1] != 1 && !(times[j-1] == -2 && k == 0) {
			return analysis.NotEstimablef("--sensitivity needs consecutive %s; there is a gap before event time %s", p.words.times, label(k))
		} else if c := r.fit.Column(j); c < 0 {
			return analysis.NotEstimablef("--sensitivity: event time %s has no finite estimate", label(k))
		} else {
			kept = append(kept, c)
			if before {
				e.pre = append(e.pre, r.fit.Coef[j])
			} else {
				e.post = append(e.post, r.fit.Coef[j])
			}
		}
	}
	if len(e.pre) == 0 || len(e.post) == 0 {
		return analysis.NotEstimablef("--sensitivity needs at least two earlier %s and one later", p.words.times)
	}
	for _, i := range kept {
		row := make([]float64, len(kept))
		for b, j := range kept {
			row[b] = r.variance.V[i][j]
		}
		e.v = append(e.v, row)
	}
	for range e.post {
		e.weights = append(e.weights, 1/float64(len(e.post)))
	}
	sizes := o.Sizes
	_, se := e.theta()
	if len(sizes) == 0 {
		sizes = []float64{0, 0.5, 1, 1.5, 2}
		if o.Kind == "smooth" {
			sizes = []float64{0, se / 4, se / 2, se}
		}
	}
	e.df = math.Inf(1)
	for _, k := range kept {
		e.df = min(e.df, r.variance.DF[k])
	}
	level := r.infer.Level
	t := analysis.Table{Name: "sensitivity", Title: map[string]string{
		"relative": "Mean effect if later departures from parallel trends are at most M times the largest earlier step",
		"smooth":   "Mean effect if the difference in trends bends by at most M a " + p.words.time}[o.Kind],
		Columns: []analysis.Column{{Name: "m", Label: "M", Format: analysis.Decimal}, {Name: "low", Label: "lowest", Format: analysis.Decimal}, {Name: "high", Label: "highest", Format: analysis.Decimal},
			{Name: "conf_low", Label: "CI from", Format: analysis.Decimal}, {Name: "conf_high", Label: "to", Format: analysis.Decimal}}}
	curve := analysis.Curve{Name: "sensitivity", XLabel: "M", YLabel: "effect"}
	for _, size := range sizes {
		low, high, ciLow, ciHigh := e.interval(rule, size, level)
		t.Rows = append(t.Rows, []analysis.Cell{{Value: analysis.Num(size)}, {Value: analysis.Num(low)}, {Value: analysis.Num(high)}, {Value: analysis.Num(ciLow)}, {Value: analysis.Num(ciHigh)}})
		curve.X, curve.Y = append(curve.X, analysis.Num(size)), append(curve.Y, analysis.Num((low+high)/2))
		curve.Low, curve.High = append(curve.Low, analysis.Num(ciLow)), append(curve.High, analysis.Num(ciHigh))
	}
	result.Tables = append(result.Tables, t)
	result.Curves = append(result.Curves, curve)
	result.Method.References = append(result.Method.References, refRambachanRoth)
	breakdown := e.breakdown(rule, level, 10*slices.Max(append(slices.Clone(sizes), se)))
	check := analysis.Check{Name: "breakdown", Value: analysis.Num(breakdown)}
	switch {
	case breakdown == 0:
		check.Means = "the interval holds zero even without any departure"
	case math.IsInf(breakdown, 1):
		check.Means = "the interval stays off zero over the whole range looked at"
	default:
		check.Means = fmt.Sprintf("the finding holds up to M = %.2g: beyond it the interval holds zero", breakdown)
	}
	result.Checks = append(result.Checks, check)
	result.Note("sensitivity", "bounds are Rambachan and Roth's; the interval projects a joint region of earlier and later coefficients and is wider than their conditional one, so it errs on the side of caution")
	return nil
}

// breakdown is the largest size at which the interval excludes zero.
func (e *eventEstimates) breakdown(rule restriction, level, limit float64) float64 {
	holds := func(size float64) bool {
		_, _, low, high := e.interval(rule, size, level)
		return !(low <= 0 && high >= 0) && !math.IsNaN(low)
	}
	if !holds(0) {
		return 0
	}
	if holds(limit) {
		return math.Inf(1)
	}
	inside, outside := 0.0, limit
	for range 50 {
		middle := (inside + outside) / 2
		if holds(middle) {
			inside = middle
		} else {
			outside = middle
		}
	}
	return inside
}
