package floor

import (
	"context"
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/dataset/table"
)

// Diagnose is the floor analysis of one outcome in two arms: counts, room to
// improve, room to detect, fit at zero, scale, and a verdict.
type Diagnose struct {
	Outcome   string // column of counts
	Label     string // of the outcome in words; empty: the column
	Treated   string // column of arms
	Reference string // level of the comparison arm; empty: found by its name
	Exposure  string // column; empty: every row counts alike
	Per       string // what exposure counts, e.g. "pupil-years"; empty: the column
	Unit      string // column of schools; empty: every row is one
	Time      string // column of periods, with Start
	Start     string // first period of the follow-up; empty: all rows are follow-up
	Post      string // 0/1 column in place of Time and Start
	Events    string // what is counted, e.g. "enquiries"; empty: "events"
	Days      bool   // the outcome counts days, which are not independent events
	Benchmark float64
	Limits    Limits
	Level     float64
	Reps      int // permutations, default 9999
	Seed      string
	Planned   Planned // the planned test, for its power by simulation
	Sensitivity
}

// Method describes the diagnostics.
func (Diagnose) Method() analysis.Method {
	return analysis.Method{
		Name:    "Floor diagnostics",
		Formula: "0 events in the intervention arm against c: sum of binomial probabilities no larger than (1 - p)^c, p the intervention share of exposure",
		Conventions: []string{
			"exact rate ratio: conditional binomial test, minimum-likelihood p, Clopper-Pearson limits",
			"smallest falls: score test of the follow-up, or of the arm by period interaction, t with units - 2; events vary by the Pearson dispersion of the units' totals, never below 1",
			"attainable p: permutation of the score over units with every follow-up event of the intervention arm removed; all allocations where there are no more than the repetitions",
			"expected zeros: sums of fitted zero probabilities; overdispersion by Dean & Lawless, zero inflation by van den Broek, one-sided",
			"scale: unit means of change with Welch's t; ratio by conditional likelihood with a variance robust to units, t with G - 2",
		},
		References: []analysis.Reference{
			{Key: "Clopper & Pearson 1934", Text: "The use of confidence or fiducial limits illustrated in the case of the binomial. Biometrika 26, 404-413", DOI: "10.1093/biomet/26.4.404"},
			{Key: "Dean & Lawless 1989", Text: "Tests for detecting overdispersion in Poisson regression models. Journal of the American Statistical Association 84, 467-472", DOI: "10.1080/01621459.1989.10478792"},
			{Key: "van den Broek 1995", Text: "A score test for zero inflation in a Poisson distribution. Biometrics 51, 738-743", DOI: "10.2307/2532959"},
			{Key: "Kleiber & Zeileis 2016", Text: "Visualizing count data regressions using rootograms. The American Statistician 70, 296-303", DOI: "10.1080/00031305.2016.1173590"},
			{Key: "Roth & Sant'Anna 2023", Text: "When is parallel trends sensitive to functional form? Econometrica 91, 737-747", DOI: "10.3982/ECTA19402"},
		},
	}
}

// study is the state that the parts of a diagnosis share.
type diagnosis struct {
	d                        Diagnose
	limits                   Limits
	rows                     *rows
	units                    []unitTotals
	cells                    [2][2]cell // by arm, then period
	intervention, comparison string
	result                   *analysis.Result
	evidence                 evidence
}

// Estimate makes the diagnosis.
func (d Diagnose) Estimate(ctx context.Context, t *table.Table) (*analysis.Result, error) {
	if d.Reps == 0 {
		d.Reps = 9999
	}
	if d.Level == 0 {
		d.Level = 0.95
	}
	if d.Label == "" {
		d.Label = d.Outcome
	}
	if d.Events == "" {
		d.Events = "events"
	}
	if d.Per == "" {
		d.Per = d.Exposure
	}
	r, err := d.read(t)
	if err != nil {
		return nil, err
	}
	s := &diagnosis{d: d, limits: d.Limits.filled(), rows: r, units: r.totals()}
	s.intervention, s.comparison = r.arms.Names()
	for arm := range int8(2) {
		for post := range int8(2) {
			s.cells[arm][post] = r.describe(arm, post, s.units)
			s.cells[arm][post].of.Of = analysis.CountOf(d.Outcome, [...]string{s.comparison, s.intervention}[arm], [...]string{analysis.Before, analysis.After}[post])
		}
	}
	s.result = &analysis.Result{
		Method: d.Method(),
		Fit:    analysis.Fit{NObs: len(r.y), NDropped: r.dropped, NGroups: map[string]int{"unit": r.units}, Status: analysis.Exact},
	}
	if d.Unit != "" {
		s.result.Fit.NGroups = map[string]int{d.Unit: r.units}
	}
	s.counts()
	s.improve()
	s.bound()
	s.smallest()
	if err := s.planned(ctx); err != nil {
		return nil, err
	}
	if err := s.attain(ctx); err != nil {
		return nil, err
	}
	s.fit()
	s.scale()
	if err := s.sensitivity(ctx); err != nil {
		return nil, err
	}
	s.conclude()
	s.doubts()
	return s.result, nil
}

// rate is a number of events per 1,000 units of exposure.
const per = 1000

func (s *diagnosis) perWords() string {
	if s.d.Per == "" {
		return "per 1,000 rows"
	}
	return "per 1,000 " + strings.ReplaceAll(s.d.Per, "_", " ")
}

// check adds a number; a limit of NaN is none.
func (s *diagnosis) check(name string, value float64, means string) {
	s.result.Checks = append(s.result.Checks, analysis.Check{Name: name, Value: analysis.Num(value), Means: means})
}

// counted adds a number that is a count of events, or made of one.
func (s *diagnosis) counted(name string, value float64, of analysis.Behind) {
	s.result.Checks = append(s.result.Checks, analysis.Check{Name: name, Value: analysis.Num(value), Behind: &of})
}

// held adds a number with its limit.
func (s *diagnosis) held(name string, value, limit float64, ok bool, means string) {
	s.result.Checks = append(s.result.Checks, analysis.Check{Name: name, Value: analysis.Num(value), Limit: analysis.Num(limit), OK: &ok, Means: means})
}

// conclude gives the verdict, first in title and summary, with the numbers
// behind it.
func (s *diagnosis) conclude() {
	verdict, why := s.limits.judge(s.evidence)
	r := s.result
	r.Title = fmt.Sprintf("%s: %s", s.d.Label, strings.ToUpper(verdict.String()))
	r.Subtitle = fmt.Sprintf("%d %s and %d %s schools", s.unitsOf(1), s.intervention, s.unitsOf(0), s.comparison)
	if s.d.Unit == "" {
		r.Subtitle = fmt.Sprintf("%d %s and %d %s rows", s.unitsOf(1), s.intervention, s.unitsOf(0), s.comparison)
	}
	r.Tell(s.cells[0][1].of, comparisonHas)
	r.Summary = append([]string{sentence(verdict.String() + ": " + strings.Join(why, "; "))}, r.Summary...)
	ok := verdict == Adequate
	r.Checks = append(r.Checks, analysis.Check{Name: "verdict", Value: analysis.Num(float64(verdict)), Limit: analysis.Num(float64(Adequate)), OK: &ok,
		Means: verdict.String()})
	r.Note("verdict_"+strings.NewReplacer(" ", "_", "-", "_").Replace(verdict.String()), s.advice(verdict))
}

// advice says what to do about it.
func (s *diagnosis) advice(v Verdict) string {
	times := s.timesNeeded()
	more := "no number of such schools up to a thousand times as many would be enough"
	switch {
	case times <= 1:
		more = "these schools are enough for a ratio of 0.5"
	case !math.IsNaN(times):
		more = fmt.Sprintf("%.1f times as many schools of this kind would be needed to find a ratio of 0.5 with %.0f%% power", times, 100*s.limits.Power)
	}
	switch v {
	case NotTestable:
		return "report the counts, not a test; " + more
	case FloorLimited:
		return "a result that is not significant says little here: report the interval and the smallest fall that could be found; " + more
	}
	return "an interval that excludes no fall can be read as usual; " + more
}

func (s *diagnosis) unitsOf(arm int8) int {
	n := 0
	for _, u := range s.units {
		if u.treated == arm {
			n++
		}
	}
	return n
}

// doubts notes what was left out and what the numbers take for granted.
func (s *diagnosis) doubts() {
	if s.rows.dropped > 0 {
		var parts []string
		for _, reason := range []string{"no arm, unit or time", "outcome missing", "outcome suppressed", "exposure missing"} {
			if n := s.rows.missing[reason]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, reason))
			}
		}
		s.result.Note("rows_left_out", fmt.Sprintf("%d rows are left out: %s", s.rows.dropped, strings.Join(parts, ", ")))
	}
	if s.d.Days {
		s.result.Note("days", "days of one child are not independent events, so exact tests of days say too much: look at children with a day in care too")
	}
}

// sentence writes a text as a sentence.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }
