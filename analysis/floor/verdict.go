package floor

import (
	"fmt"
	"math"
)

// Verdict is what the numbers say about a test for a fall.
type Verdict int

// The verdicts, in rising order of hope.
const (
	NotTestable  Verdict = iota // no fall could be significant
	FloorLimited                // only large falls could be found, or too few schools can improve
	Adequate
)

func (v Verdict) String() string {
	return [...]string{"not testable", "floor-limited", "adequate"}[v]
}

// Limits are what the verdict holds the numbers against; zero values are the
// defaults.
type Limits struct {
	Alpha    float64 // two-sided, default 0.05
	Power    float64 // default 0.8
	Fall     float64 // share: the smallest fall with that power may be so large; default 0.5
	CannotBe float64 // share of schools that cannot improve; default 0.4
}

func (l Limits) filled() Limits {
	fill := func(x *float64, value float64) {
		if *x == 0 {
			*x = value
		}
	}
	fill(&l.Alpha, 0.05)
	fill(&l.Power, 0.8)
	fill(&l.Fall, 0.5)
	fill(&l.CannotBe, 0.4)
	return l
}

// evidence is what the verdict is made of.
type evidence struct {
	comparisonEvents float64
	eventsNeeded     int // 0 where no number is enough
	attainable       float64
	fallWithPower    float64 // rate ratio; NaN where none has the power
	cannotImprove    float64 // share of schools
}

// judge applies the rules in order.
func (l Limits) judge(e evidence) (Verdict, []string) {
	var why []string
	if e.eventsNeeded == 0 || e.comparisonEvents < float64(e.eventsNeeded) {
		why = append(why, fmt.Sprintf("%s and %d are needed before even none at all in the intervention arm would be significant", comparisonHas(e.comparisonEvents), e.eventsNeeded))
	}
	if e.attainable >= l.Alpha {
		why = append(why, fmt.Sprintf("even no event at all in the intervention arm's follow-up would give p = %s (permutation)", pText(e.attainable)))
	}
	if why != nil {
		return NotTestable, why
	}
	switch fall := 1 - e.fallWithPower; {
	case math.IsNaN(fall):
		why = append(why, fmt.Sprintf("no fall, not even to nothing, has %.0f%% power", 100*l.Power))
	case fall > l.Fall:
		why = append(why, fmt.Sprintf("only falls of %.0f%% or more have %.0f%% power (limit %.0f%%)", 100*fall, 100*l.Power, 100*l.Fall))
	}
	if e.cannotImprove > l.CannotBe {
		why = append(why, fmt.Sprintf("%.0f%% of schools cannot improve (limit %.0f%%)", 100*e.cannotImprove, 100*l.CannotBe))
	}
	if why != nil {
		return FloorLimited, why
	}
	return Adequate, []string{fmt.Sprintf("falls of %.0f%% or more have %.0f%% power", 100*(1-e.fallWithPower), 100*l.Power)}
}

func comparisonHas(events float64) string {
	return fmt.Sprintf("the comparison arm has %.0f events", events)
}

func pText(p float64) string {
	if p < 0.001 {
		return fmt.Sprintf("%.2g", p)
	}
	if p >= 0.01 {
		return fmt.Sprintf("%.2f", p)
	}
	return fmt.Sprintf("%.3f", p)
}
