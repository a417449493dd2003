package did

import (
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/distribution"
)

var refRambachanRoth = analysis.Reference{Key: "Rambachan & Roth 2023", Text: "A more credible approach to parallel trends. Review of Economic Studies 90(5)", DOI: "10.1093/restud/rdad018"}

var (
	refAndrewsRothPakes = analysis.Reference{Key: "Andrews, Roth & Pakes 2023", Text: "Inference for linear conditional moment inequalities. Review of Economic Studies 90(6)", DOI: "10.1093/restud/rdad004"}
	refArmstrongKolesar = analysis.Reference{Key: "Armstrong & Kolesar 2018", Text: "Optimal inference in a class of regression models. Econometrica 86(2)", DOI: "10.3982/ECTA14434"}
)

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

// inflate makes up for a covariance that is estimated on few degrees of freedom:
// it is multiplied by (t/z)^2, so that an interval without any allowance for
// trends is the usual one with t.
func (e *eventEstimates) inflate(level float64) {
	f := distribution.StudentQuantile((1+level)/2, e.df) / distribution.NormalQuantile((1+level)/2)
	for _, row := range e.v {
		for j := range row {
			row[j] *= f * f
		}
	}
}

// relativeRange is how far the effect may lie from its estimate if the earlier
// estimates were without error and each later step of the trend were at most
// size times the largest earlier one (Rambachan & Roth 2023, section 2.4.1).
func (e *eventEstimates) relativeRange(size float64) float64 {
	largest, before := 0.0, e.pre[0]
	for _, x := range append(slices.Clone(e.pre[1:]), 0) {
		largest, before = max(largest, math.Abs(x-before)), x
	}
	return size * e.tailSum() * largest
}

// restriction is a rule about trends at every size that is asked for.
type restriction interface {
	// interval is the confidence interval of the effect at a size, and the
	// range that the estimates allow were they without error.
	interval(size float64) (rangeLow, rangeHigh, low, high float64)
	// holds says whether zero is outside the confidence set at a size.
	holds(size float64) bool
}

// relative bounds later steps by a multiple of the largest earlier one.
type relative struct {
	e     *eventEstimates
	level float64
}

func (r relative) interval(size float64) (rangeLow, rangeHigh, low, high float64) {
	theta, _ := r.e.theta()
	half := r.e.relativeRange(size)
	low, high = r.e.relativeInterval(size, r.level)
	return theta - half, theta + half, low, high
}

func (r relative) holds(size float64) bool { return !r.e.relativeAccepts(0, size, r.level) }

// bending bounds the change of the slope.
type bending struct {
	path  *smoothPath
	level float64
}

func (b bending) interval(size float64) (rangeLow, rangeHigh, low, high float64) {
	estimate, bias, half := b.path.interval(size, b.level)
	return estimate - bias, estimate + bias, estimate - half, estimate + half
}

func (b bending) holds(size float64) bool {
	estimate, _, half := b.path.interval(size, b.level)
	return math.Abs(estimate) > half
}

// Sensitivity asks how far trends may part from parallel before the finding
// goes: relative steps or smoothness, at the sizes given (defaults where none).
type Sensitivity struct {
	Kind  string // relative or smooth; empty for none
	Sizes []float64
}

// effectAt is the effect at an event time as a contrast of the kept
// coefficients: its estimate and weights.
type effectAt struct {
	time, estimate float64
	contrast       []float64
}

// events are the effects of model columns at event times.
func (r *regression) events(times []float64) []effectAt {
	var out []effectAt
	for j, k := range times {
		one := effectAt{time: k, estimate: math.NaN(), contrast: make([]float64, len(r.fit.Kept))}
		if c := r.fit.Column(j); c >= 0 {
			one.estimate, one.contrast[c] = r.fit.Coef[j], 1
		}
		out = append(out, one)
	}
	return out
}

// jointEffects are the effects of an event study in order of time, without the
// reference, with their covariance.
type jointEffects struct {
	times, estimates []float64
	v                [][]float64
	df               float64 // the smallest; +Inf for z
	withheld         bool    // each arm is one cluster
}

// jointOf is the covariance of effects that are contrasts of a regression.
func (r *regression) jointOf(effects []effectAt) *jointEffects {
	joint := &jointEffects{df: math.Inf(1), withheld: r.withheld}
	for _, x := range effects {
		row := make([]float64, len(effects))
		for i, y := range effects {
			for a, u := range x.contrast {
				for b, v := range y.contrast {
					if u != 0 && v != 0 {
						row[i] += u * v * r.variance.V[a][b]
					}
				}
			}
		}
		joint.times, joint.estimates, joint.v = append(joint.times, x.time), append(joint.estimates, x.estimate), append(joint.v, row)
		if !r.withheld {
			_, df := r.variance.Contrast(x.contrast)
			joint.df = min(joint.df, df)
		}
	}
	return joint
}

// jointInfluence is the covariance of averages by event time that have influence
// functions, summed within clusters where there are any. The reference is the
// event time -1.
func jointInfluence(parts []average, cluster []int32, clusters int) *jointEffects {
	joint := &jointEffects{df: math.Inf(1)}
	var sums [][]float64
	for _, part := range parts {
		if part.at == -1 {
			continue
		}
		own := make([]float64, max(clusters, len(part.influence)))
		for i, v := range part.influence {
			if cluster != nil {
				own[cluster[i]] += v / float64(len(part.influence))
			} else {
				own[i] = v / float64(len(part.influence))
			}
		}
		joint.times, joint.estimates, sums = append(joint.times, part.at), append(joint.estimates, part.att), append(sums, own)
	}
	for _, a := range sums {
		row := make([]float64, len(sums))
		for j, b := range sums {
			for i, v := range a {
				row[j] += v * b[i]
			}
		}
		joint.v = append(joint.v, row)
	}
	return joint
}

// around splits the effects at the start, consecutive periods before and after.
func (j *jointEffects) around(w words) (*eventEstimates, error) {
	if j.withheld {
		return nil, errOneEach
	}
	e := &eventEstimates{df: j.df}
	for i, time := range j.times {
		if i > 0 && time-j.times[i-1] != 1 && !(j.times[i-1] == -2 && time == 0) {
			return nil, analysis.NotEstimablef("--sensitivity needs consecutive %s; there is a gap before event time %s", w.times, label(time))
		}
		if math.IsNaN(j.estimates[i]) {
			return nil, analysis.NotEstimablef("--sensitivity: event time %s has no finite estimate", label(time))
		}
		if time < 0 {
			e.pre = append(e.pre, j.estimates[i])
		} else {
			e.post = append(e.post, j.estimates[i])
		}
		e.v = append(e.v, slices.Clone(j.v[i]))
	}
	if len(e.pre) == 0 || len(e.post) == 0 {
		return nil, analysis.NotEstimablef("--sensitivity needs at least two earlier %s and one later", w.times)
	}
	for range e.post {
		e.weights = append(e.weights, 1/float64(len(e.post)))
	}
	return e, nil
}

// check refuses what is no restriction.
func (o Sensitivity) check() error {
	if o.Kind != "" && o.Kind != "relative" && o.Kind != "smooth" {
		return analysis.Unsupportedf("--sensitivity %s: want relative or smooth", o.Kind)
	}
	return nil
}

// sensitivityOf adds the bounds to an event study by regression.
func (p *Panel) sensitivityOf(result *analysis.Result, r *regression, effects []effectAt, reference float64, o Sensitivity) error {
	if o.Kind == "" {
		return nil
	}
	if reference != -1 {
		return analysis.Unsupportedf("--sensitivity needs --reference -1: trends are measured from the last earlier %s", p.words.time)
	}
	return p.sensitivity(result, r.jointOf(effects), r.infer.Level, o)
}

// sensitivity adds the bounds to an event study's result.
func (p *Panel) sensitivity(result *analysis.Result, joint *jointEffects, level float64, o Sensitivity) error {
	if err := o.check(); err != nil {
		return err
	}
	e, err := joint.around(p.words)
	if err != nil {
		return err
	}
	sizes := o.Sizes
	_, se := e.theta()
	if len(sizes) == 0 {
		sizes = []float64{0, 0.5, 1, 1.5, 2}
		if o.Kind == "smooth" {
			sizes = []float64{0, se / 4, se / 2, se}
		}
	}
	e.inflate(level)
	var rule restriction = relative{e, level}
	if o.Kind == "smooth" {
		rule = bending{newSmoothPath(e), level}
	}
	t := analysis.Table{Name: "sensitivity", Title: map[string]string{
		"relative": "Mean effect if later departures from parallel trends are at most M times the largest earlier step",
		"smooth":   "Mean effect if the difference in trends bends by at most M a " + p.words.time}[o.Kind],
		Columns: []analysis.Column{{Name: "m", Label: "M", Format: analysis.Decimal}, {Name: "low", Label: "lowest", Format: analysis.Decimal}, {Name: "high", Label: "highest", Format: analysis.Decimal},
			{Name: "conf_low", Label: "CI from", Format: analysis.Decimal}, {Name: "conf_high", Label: "to", Format: analysis.Decimal}}}
	curve := analysis.Curve{Name: "sensitivity", XLabel: "M", YLabel: "effect"}
	for _, size := range sizes {
		low, high, ciLow, ciHigh := rule.interval(size)
		t.Rows = append(t.Rows, []analysis.Cell{{Value: analysis.Num(size)}, {Value: analysis.Num(low)}, {Value: analysis.Num(high)}, {Value: analysis.Num(ciLow)}, {Value: analysis.Num(ciHigh)}})
		curve.X, curve.Y = append(curve.X, analysis.Num(size)), append(curve.Y, analysis.Num((ciLow+ciHigh)/2))
		curve.Low, curve.High = append(curve.Low, analysis.Num(ciLow)), append(curve.High, analysis.Num(ciHigh))
	}
	result.Tables = append(result.Tables, t)
	result.Curves = append(result.Curves, curve)
	result.Method.References = append(result.Method.References, refRambachanRoth, map[string]analysis.Reference{"relative": refAndrewsRothPakes, "smooth": refArmstrongKolesar}[o.Kind])
	breakdown := breakdown(rule, 10*slices.Max(append(slices.Clone(sizes), se)))
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
	how := "lowest and highest are what the estimates allow were they without error; interval: conditional test of moment inequalities with a least favourable first stage (Andrews, Roth & Pakes 2023), united over which earlier step is the largest"
	if o.Kind == "smooth" {
		how = "lowest and highest are the worst case of the affine estimator in use: the effect less a trend carried on from the earlier estimates; interval: fixed length, of the affine estimator that is shortest for M, critical value of a normal with the worst-case bias (Armstrong & Kolesar 2018)"
	}
	if !math.IsInf(e.df, 1) {
		how += fmt.Sprintf("; the covariance is multiplied by (t/z)^2 with %s df", significant(e.df))
	}
	result.Note("sensitivity", how)
	return nil
}

// breakdown is the largest size at which the confidence set excludes zero.
func breakdown(rule restriction, limit float64) float64 {
	if !rule.holds(0) {
		return 0
	}
	if rule.holds(limit) {
		return math.Inf(1)
	}
	inside, outside := 0.0, limit
	for range 50 {
		middle := (inside + outside) / 2
		if rule.holds(middle) {
			inside = middle
		} else {
			outside = middle
		}
	}
	return inside
}
