package floor

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
)

// counts describes every arm and period: what the other parts rest on.
func (s *diagnosis) counts() {
	t := analysis.Table{Name: "counts", Title: "Counts by arm and period", Columns: []analysis.Column{
		{Name: "arm", Format: analysis.Text}, {Name: "period", Format: analysis.Text},
		{Name: "units", Label: "schools", Format: analysis.Count}, {Name: "rows", Format: analysis.Count},
		{Name: "events", Format: analysis.Count}, {Name: "rate", Label: "rate", Format: analysis.Rate},
		{Name: "dispersion", Format: analysis.Ratio}, {Name: "min", Format: analysis.Count}, {Name: "max", Format: analysis.Count},
		{Name: "zeros", Label: "zero rows", Format: analysis.Percent}, {Name: "units_at_zero", Label: "schools at 0", Format: analysis.Percent}, {Name: "units_at_one", Label: "at 0 or 1", Format: analysis.Percent},
	}}
	for _, arm := range []int{1, 0} {
		for _, post := range []int{0, 1} {
			c := s.cells[arm][post]
			if c.rows == 0 {
				continue
			}
			name, period := s.comparison, "follow-up"
			if arm == 1 {
				name = s.intervention
			}
			if post == 0 {
				period = "before"
			}
			number := func(x float64) analysis.Cell { return analysis.Cell{Value: analysis.Num(x)} }
			made := func(x float64) analysis.Cell { return analysis.Cell{Value: analysis.Num(x), Behind: &c.of} }
			t.Rows = append(t.Rows, []analysis.Cell{{Text: name}, {Text: period}, number(float64(c.unitsSeen)), number(float64(c.rows)),
				made(c.events), made(per * c.rate()), number(c.dispersion), number(c.min), number(c.max),
				number(float64(c.zeros) / float64(c.rows)), number(float64(c.unitsAtZero) / float64(c.unitsSeen)), number(float64(c.unitsAtOne) / float64(c.unitsSeen))})
		}
	}
	t.Columns[5].Label = "rate " + s.perWords()
	s.result.Tables = append(s.result.Tables, t)
	treated, control := s.cells[1][1], s.cells[0][1]
	s.counted("events_treated", treated.events, treated.of)
	s.counted("events_control", control.events, control.of)
	s.check("exposure_treated", treated.exposure, "")
	s.check("exposure_control", control.exposure, "")
	s.counted("rate_treated", per*treated.rate(), treated.of)
	s.counted("rate_control", per*control.rate(), control.of)
	zeros, n := treated.zeros+control.zeros, treated.rows+control.rows
	s.check("zeros_observed", float64(zeros), "")
	s.check("zeros_share", float64(zeros)/float64(n), "")
}

// improve asks whether there is room to improve. Without a baseline the
// comparison arm's follow-up stands for what the intervention arm would be.
func (s *diagnosis) improve() {
	c, what := s.cells[1][0], "before the start"
	if !s.rows.panel {
		c, what = s.cells[0][1], "in the comparison arm"
	}
	rate := per * c.rate()
	atZero := float64(c.unitsAtZero) / float64(c.unitsSeen)
	s.evidence.cannotImprove = atZero
	s.counted("baseline_rate", rate, c.of)
	s.held("schools_at_zero", atZero, s.limits.CannotBe, atZero <= s.limits.CannotBe, "share of schools without an event "+what+": they cannot improve")
	s.check("schools_at_one", float64(c.unitsAtOne)/float64(c.unitsSeen), "")
	sentence := fmt.Sprintf("Room to improve: %.0f%% of schools had no event %s; the largest possible fall is %s", 100*atZero, what, s.result.Tell(c.of, func(n float64) string {
		return short(per*n/c.exposure) + " " + s.perWords()
	}))
	if s.d.Benchmark > 0 {
		s.counted("benchmark_share", rate/s.d.Benchmark, c.of)
		sentence += fmt.Sprintf(", %.0f%% of the benchmark of %s", 100*rate/s.d.Benchmark, short(s.d.Benchmark))
	}
	s.result.Summary = append(s.result.Summary, sentence+".")
}

// bound is the exact test, and the fewest comparison events with which a test
// could ever find a fall.
func (s *diagnosis) bound() {
	treated, control := s.cells[1][1], s.cells[0][1]
	exact := exactRateRatio(treated.events, treated.exposure, control.events, control.exposure, s.d.Level)
	s.check("rate_ratio", exact.Ratio, "")
	s.check("rate_ratio_low", exact.Low, "")
	s.check("rate_ratio_high", exact.High, "")
	s.result.Tests = append(s.result.Tests, analysis.Test{Name: "rate_ratio_exact", Label: "equal rates in the follow-up", Statistic: analysis.Num(exact.Ratio), PValue: analysis.Num(exact.P),
		ConfLow: analysis.Num(exact.Low), ConfHigh: analysis.Num(exact.High), How: "exact conditional binomial, minimum-likelihood p, Clopper-Pearson limits; takes events as independent"})
	needed := eventsNeeded(treated.exposure, control.exposure, s.limits.Alpha, 1)
	s.evidence.eventsNeeded, s.evidence.comparisonEvents = needed, control.events
	s.held("comparator_events_needed", orNaN(needed), control.events, needed > 0 && float64(needed) <= control.events, "the fewest comparison events with which no event at all in the intervention arm would be significant; the limit is what there is")
	dispersion := s.dispersion(1)
	spread := eventsNeeded(treated.exposure, control.exposure, s.limits.Alpha, dispersion)
	s.check("dispersion_between", dispersion, "Pearson dispersion of schools' follow-up totals given exposure, one or more")
	s.check("comparator_events_needed_dispersed", orNaN(spread), "the same, with events divided by that dispersion: necessary, not sufficient either")
}

func (s *diagnosis) dispersion(post int) float64 {
	phi := betweenUnits(s.units, post)
	if math.IsNaN(phi) {
		return 1
	}
	return math.Max(1, phi)
}

func orNaN(n int) float64 {
	if n == 0 {
		return math.NaN()
	}
	return float64(n)
}

// followScene and didScene set up the two score tests.
func (s *diagnosis) followScene() scene {
	treated, control := s.cells[1][1], s.cells[0][1]
	return scene{expected: control.rate() * treated.exposure, follow0: control.events, share: treated.exposure / (treated.exposure + control.exposure),
		dispersion: s.dispersion(1), df: float64(treated.unitsSeen + control.unitsSeen - 2)}
}

func (s *diagnosis) didScene() scene {
	before1, before0, treated, control := s.cells[1][0], s.cells[0][0], s.cells[1][1], s.cells[0][1]
	c1, c0 := armChange(s.units, 1), armChange(s.units, 0)
	units := c1.units + c0.units
	dispersion := 1.0
	if units > 2 {
		dispersion = math.Max(1, (c1.x2+c0.x2)/float64(units-2))
	}
	return scene{expected: before1.rate() * control.rate() / before0.rate() * treated.exposure, follow0: control.events,
		before1: before1.events, before0: before0.events, odds1: treated.exposure / before1.exposure, odds0: control.exposure / before0.exposure,
		dispersion: dispersion, df: float64(units - 2)}
}

// smallest finds the smallest falls that reach significance and that have the
// power, for the follow-up alone and for the change.
func (s *diagnosis) smallest() {
	power := s.limits.Power
	follow := s.followScene()
	fall := follow.smallestFall(follow.follow, s.limits.Alpha, power)
	s.check("smallest_ratio_significant", follow.smallestFall(follow.follow, s.limits.Alpha, 0), "follow-up alone: the mildest rate ratio that would be significant")
	s.check("smallest_ratio_power", fall, "follow-up alone: the mildest rate ratio that would be found with the wanted power")
	s.evidence.fallWithPower = fall
	if s.rows.panel {
		did := s.didScene()
		fall = did.smallestFall(did.did, s.limits.Alpha, power)
		s.check("smallest_ratio_significant_did", did.smallestFall(did.did, s.limits.Alpha, 0), "difference in differences: the mildest ratio of changes that would be significant")
		s.check("smallest_ratio_power_did", fall, "difference in differences: the mildest ratio of changes that would be found with the wanted power")
		s.check("dispersion_change", did.dispersion, "Pearson dispersion of schools' later share of their events, one or more")
		s.evidence.fallWithPower = fall
	}
	s.powerCurve()
}

// powerCurve gives the approximate power of the score test by rate ratio.
func (s *diagnosis) powerCurve() {
	sc := s.followScene()
	at := sc.follow
	if s.rows.panel {
		sc = s.didScene()
		at = sc.did
	}
	c := analysis.Curve{Name: "floor_power", XLabel: "rate ratio", YLabel: "power"}
	for i := range 51 {
		ratio := float64(i) / 50
		c.X = append(c.X, analysis.Num(ratio))
		c.Y = append(c.Y, analysis.Num(sc.power(at(ratio), s.limits.Alpha)))
	}
	s.result.Curves = append(s.result.Curves, c)
}

// timesNeeded is how many times the schools a ratio of half would need.
func (s *diagnosis) timesNeeded() float64 {
	if s.rows.panel {
		return s.didScene().timesNeeded(func(m scene) standing { return m.did(0.5) }, s.limits.Alpha, s.limits.Power)
	}
	return s.followScene().timesNeeded(func(m scene) standing { return m.follow(0.5) }, s.limits.Alpha, s.limits.Power)
}

// attain is the p-value that no event at all would give.
func (s *diagnosis) attain(ctx context.Context) error {
	smallest := 1 - s.evidence.fallWithPower
	s.held("smallest_fall", smallest, s.limits.Fall, smallest <= s.limits.Fall, "the smallest fall that would be found with the wanted power")
	a, err := s.attainable(ctx, false)
	if err != nil {
		return err
	}
	best := a.p
	s.result.Tests = append(s.result.Tests, a.test("attainable", "no event at all in the intervention arm's follow-up"))
	if s.rows.panel {
		b, err := s.attainable(ctx, true)
		if err != nil {
			return err
		}
		s.result.Tests = append(s.result.Tests, b.test("attainable_did", "the same, as a change from before the start"))
		best = math.Min(best, b.p)
	}
	s.evidence.attainable = best
	s.held("attainable_p", best, s.limits.Alpha, best < s.limits.Alpha, "the smallest p that a fall to nothing could give, by permutation")
	expects := func(n float64) string {
		return short(n/s.cells[0][1].exposure*s.cells[1][1].exposure) + " " + s.d.Events
	}
	s.result.Summary = append(s.result.Summary, fmt.Sprintf("Room to detect: at the comparison arm's rate the intervention arm would have %s; none at all there would give p = %s (permutation)%s.",
		s.result.Tell(s.cells[0][1].of, expects), pText(best), s.fallWords()))
	return nil
}

func (s *diagnosis) fallWords() string {
	if math.IsNaN(s.evidence.fallWithPower) {
		return fmt.Sprintf("; no fall has %.0f%% power", 100*s.limits.Power)
	}
	return fmt.Sprintf("; falls of %.0f%% or more have %.0f%% power", 100*(1-s.evidence.fallWithPower), 100*s.limits.Power)
}

func (s *diagnosis) attainable(ctx context.Context, did bool) (attainable, error) {
	e, treated := residuals(s.units, did)
	return permute(ctx, e, treated, s.d.Reps, s.d.Seed)
}

func (a attainable) test(name, label string) analysis.Test {
	how := fmt.Sprintf("permutation of the score, %d drawn allocations", a.schemes)
	if a.exact {
		how = fmt.Sprintf("permutation of the score, all %d allocations", a.schemes)
	}
	return analysis.Test{Name: name, Label: label, PValue: analysis.Num(a.p), How: how}
}

// short writes a number for a sentence.
func short(x float64) string {
	switch {
	case math.IsNaN(x):
		return "an unknown number of"
	case math.Abs(x) >= 1000:
		whole := fmt.Sprintf("%.0f", x)
		return whole[:len(whole)-3] + "," + whole[len(whole)-3:]
	case math.Abs(x) >= 100 || x == math.Trunc(x):
		return fmt.Sprintf("%.0f", x)
	case math.Abs(x) >= 1:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2g", x)
}
