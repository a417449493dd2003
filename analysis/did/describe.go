package did

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/linear"
)

// dropped notes the rows that lack a value.
func (p *Panel) dropped(result *analysis.Result) {
	if s := p.Design.DropSentence(); s != "" {
		result.Note("rows_dropped", s)
	}
}

// addDifference turns a ratio into a difference of rates: the observed rate of
// treated rows, all-zero units included, times 1 - 1/ratio.
func (p *Panel) addDifference(e *analysis.Estimate) {
	if e.Scale != analysis.Log || e.Ratio == nil {
		return
	}
	events, exposure := 0.0, 0.0
	for i, y := range p.Y {
		if !p.Treated(i) {
			continue
		}
		events += y
		if p.Expo != nil {
			exposure += p.Expo[i]
		} else {
			exposure++
		}
	}
	per := 1.0
	e.DifferenceUnit = fmt.Sprintf("a %s and %s", p.words.unit, p.words.time)
	if p.Expo != nil {
		per = 1000
		e.DifferenceUnit = "per 1,000 " + p.words.exposureUnit
	}
	rate := per * events / exposure
	difference := func(ratio analysis.Number) analysis.Number {
		if ratio == nil {
			return nil
		}
		return analysis.Num(rate * (1 - 1 / *ratio))
	}
	e.Difference, e.DifferenceLow, e.DifferenceHigh = difference(e.Ratio), difference(e.RatioLow), difference(e.RatioHigh)
}

// sizes adds what the estimate rests on to How.
func (p *Panel) sizes(result *analysis.Result, e *analysis.Estimate, r *regression) {
	w := p.words
	text := fmt.Sprintf(". %s, %s %s-%s", countOf(len(p.Unit.Levels), w.unit, w.units), thousands(p.N()), w.unit, w.times)
	if r.model.Family != fixedeffects.Gaussian {
		total := 0.0
		for _, y := range p.Y {
			total += y
		}
		text += ", " + result.Tell(analysis.Behind{Of: analysis.CountOf(p.Design.Response.Name, "", ""), N: total}, func(n float64) string {
			return thousands(int(math.Round(n))) + " " + w.events
		})
	}
	e.How += text + "."
}

// sentence says the finding in plain words, and what the interval excludes
// where it holds zero.
func (p *Panel) sentence(e *analysis.Estimate) string {
	w := p.words
	if e.Estimate != nil && e.ConfLow == nil {
		if e.Ratio != nil {
			return fmt.Sprintf("%s: a ratio of %.2f, for which these data give no interval.", w.outcome, *e.Ratio)
		}
		return fmt.Sprintf("%s: a difference of %s, for which these data give no interval.", w.outcome, minus(*e.Estimate, 2))
	}
	if e.Estimate == nil {
		return fmt.Sprintf("%s: no finite estimate of the effect in these data.", w.outcome)
	}
	verb := "was"
	if strings.HasSuffix(w.outcome, "s") {
		verb = "were"
	}
	level := fmt.Sprintf("%g%% CI", 100*e.ConfLevel)
	if e.Ratio == nil {
		d := decimals(*e.StdError)
		low, high := *e.ConfLow, *e.ConfHigh
		s := fmt.Sprintf("%s %s %.*f %s in %s than comparison %s would lead us to expect (%s %s to %s)", w.outcome, verb, d, math.Abs(*e.Estimate), higher(*e.Estimate), p.treatedUnits(), w.units, level, minus(low, d), minus(high, d))
		if low < 0 && high > 0 {
			s += fmt.Sprintf("; the data rule out falls of more than %.*f and rises of more than %.*f", d, -low, d, high)
		}
		return s + "."
	}
	if e.RatioLow == nil || e.RatioHigh == nil {
		return fmt.Sprintf("%s: the interval of the ratio is beyond all numbers; these data say nothing about it.", w.outcome)
	}
	change := *e.Ratio - 1
	low, high := *e.RatioLow-1, *e.RatioHigh-1
	s := fmt.Sprintf("%s %s %s %s in %s than comparison %s would lead us to expect (%s ", w.outcome, verb, percent(change), higher(change), p.treatedUnits(), w.units, level)
	switch {
	case low < 0 && high > 0:
		s += fmt.Sprintf("%s lower to %s higher); the data rule out falls of more than %s and rises of more than %s", percent(low), percent(high), percent(low), percent(high))
	case high <= 0:
		s += fmt.Sprintf("%s to %s lower)", percent(high), percent(low))
	default:
		s += fmt.Sprintf("%s to %s higher)", percent(low), percent(high))
	}
	return s + "."
}

func higher(x float64) string {
	if x < 0 {
		return "lower"
	}
	return "higher"
}

// decimals that show two significant digits of a standard error.
func decimals(se float64) int {
	if !(se > 0) {
		return 3
	}
	return min(max(int(math.Ceil(1-math.Log10(se))), 0), 8)
}

func minus(x float64, d int) string {
	return strings.Replace(fmt.Sprintf("%.*f", d, x), "-", "−", 1)
}

// countBehind is a total as the count behind a rate, with the largest totals of
// units; nil where it is no count.
func (p *Panel) countBehind(total float64, arm, period string, units []float64) *analysis.Behind {
	if total != math.Trunc(total) {
		return nil
	}
	b := &analysis.Behind{Of: analysis.CountOf(p.Design.Response.Name, arm, period), N: total}
	for _, n := range units {
		b.Contribute(n)
	}
	return b
}

// unitTotals are the sums of the outcome by start, side and unit.
func (p *Panel) unitTotals(place []int, after [][]int) [][2][]float64 {
	totals := make([]float64, 2*len(p.Cohort))
	for i, y := range p.Y {
		u := p.Unit.Index[i]
		totals[2*int(u)+after[place[u]][p.Time.Index[i]]] += y
	}
	out := make([][2][]float64, len(after))
	for u, k := range place {
		for side := range 2 {
			out[k][side] = append(out[k][side], totals[2*u+side])
		}
	}
	return out
}

// rates is the table of raw means, or of rates where there is an exposure:
// before and after the start by arm, or by cohort with several starts.
func (p *Panel) rates() analysis.Table {
	w := p.words
	unit := "mean"
	if p.Expo != nil {
		unit = "rate per 1,000 " + w.exposureUnit
	}
	t := analysis.Table{Name: "rates", Columns: []analysis.Column{
		{Name: "arm", Format: analysis.Text},
		{Name: "before", Unit: unit, Format: analysis.Rate},
		{Name: "after", Unit: unit, Format: analysis.Rate},
		{Name: "change", Unit: unit, Format: analysis.Rate},
	}}
	if p.Expo == nil {
		for j := 1; j < 4; j++ {
			t.Columns[j].Format = analysis.Decimal
		}
	}
	starts := append(slices.Clone(p.Starts), math.Inf(1))
	after := make([][]int, len(starts)) // by start and period: 0 before, 1 after
	for k, from := range starts {
		if math.IsInf(from, 1) {
			from = p.Starts[0]
		}
		for _, period := range p.Periods {
			side := 0
			if period >= from {
				side = 1
			}
			after[k] = append(after[k], side)
		}
	}
	place, units := make([]int, len(p.Cohort)), make([]int, len(starts))
	for u, c := range p.Cohort {
		place[u] = slices.Index(starts, c)
		units[place[u]]++
	}
	sums := linear.Parts(p.N(), 4*len(starts), func(from, to int, sums []float64) {
		for i := from; i < to; i++ {
			k := place[p.Unit.Index[i]]
			at := 4*k + 2*after[k][p.Time.Index[i]]
			weight := 1.0
			if p.Weight != nil {
				weight = p.Weight[i]
			}
			sums[at] += weight * p.Y[i]
			if p.Expo != nil {
				sums[at+1] += p.Expo[i] / 1000
			} else {
				sums[at+1] += weight
			}
		}
	})
	ofUnits := p.unitTotals(place, after)
	row := func(name string, cohort float64) {
		k := slices.Index(starts, cohort)
		if units[k] == 0 {
			return
		}
		before, after := sums[4*k]/sums[4*k+1], sums[4*k+2]/sums[4*k+3]
		behind := func(side int, period string) *analysis.Behind {
			return p.countBehind(sums[4*k+2*side], name, period, ofUnits[k][side])
		}
		t.Rows = append(t.Rows, []analysis.Cell{
			{Text: fmt.Sprintf("%s (%s)", name, countOf(units[k], w.unit, w.units))},
			{Value: analysis.Num(before), Behind: behind(0, analysis.Before)}, {Value: analysis.Num(after), Behind: behind(1, analysis.After)}, {Value: analysis.Num(after - before)},
		})
	}
	if len(p.Starts) == 1 {
		row(p.Intervention, p.Starts[0])
		row(p.Comparison, math.Inf(1))
		return t
	}
	for _, s := range p.Starts {
		row("start "+p.periodLabel(s), s)
	}
	row("never treated", math.Inf(1))
	return t
}

// periodLabel is how a period is called.
func (p *Panel) periodLabel(x float64) string {
	for l, v := range p.Periods {
		if v == x {
			return p.Time.Levels[l]
		}
	}
	return label(x)
}

// zeroChecks counts the groups that a count model leaves out, and lists them
// where that is asked for.
func (p *Panel) zeroChecks(result *analysis.Result, r *regression, list bool) {
	f := r.fit
	if r.model.Family == fixedeffects.Gaussian {
		return
	}
	w := p.words
	units, periods := 0, 0
	for _, z := range f.ZeroLevels {
		if z.Effect == 0 {
			units++
		} else {
			periods++
		}
	}
	means := "every group has at least one event"
	if units > 0 {
		verb, they := "had", "they carry"
		if units == 1 {
			they = "it carries"
		}
		means = fmt.Sprintf("%d of the %s %s no %s at all: %s no information on the ratio (%d enter it) but stay in the rates and in the difference",
			units, countOf(len(p.Unit.Levels), w.unit, w.units), verb, w.events, they, len(p.Unit.Levels)-units)
	}
	if periods > 0 {
		means += fmt.Sprintf("; %s had none", countOf(periods, w.time, w.times))
	}
	result.Checks = append(result.Checks,
		analysis.Check{Name: "fe_all_zero_groups", Value: analysis.Num(float64(f.ZeroGroups)), Means: means},
		analysis.Check{Name: "fe_all_zero_rows", Value: analysis.Num(float64(f.ZeroRows))})
	if !list {
		return
	}
	t := analysis.Table{Name: "dropped", Title: "Left out of the ratio: no event in any row", Columns: []analysis.Column{
		{Name: "effect", Format: analysis.Text}, {Name: "level", Format: analysis.Text}, {Name: "arm", Format: analysis.Text}}}
	for _, z := range f.ZeroLevels {
		row := []analysis.Cell{{Text: w.unit}, {}, {Text: p.Comparison}}
		if z.Effect == 0 {
			row[1].Text = p.Unit.Levels[z.Level]
			if !math.IsInf(p.Cohort[z.Level], 1) {
				row[2].Text = p.Intervention
			}
		} else {
			row[0].Text, row[1].Text, row[2].Text = w.time, p.Time.Levels[z.Level], ""
		}
		t.Rows = append(t.Rows, row)
	}
	result.Tables = append(result.Tables, t)
}
