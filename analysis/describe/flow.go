package describe

import (
	"fmt"
	"math"

	"swis/analysis"
)

// flow counts schools and pupils from the list to the analysis: assessed,
// assigned, lost and analysed, by arm.
func (d Trial) flow(r *analysis.Result, schools []school, arms *analysis.Arms) {
	t := analysis.Table{Name: "flow", Title: "Flow of schools and pupils", Columns: []analysis.Column{
		{Name: "stage", Format: analysis.Text}, {Name: "arm", Format: analysis.Text},
		{Name: "schools", Format: analysis.Count}, {Name: "pupils", Format: analysis.Count}, {Name: "note", Format: analysis.Text}}}
	row := func(stage, arm string, note string, keep func(s *school) bool) {
		n, pupils := 0, 0.0
		for g := range schools {
			if s := &schools[g]; keep(s) {
				n++
				if !math.IsNaN(s.pupils) {
					pupils += s.pupils
				}
			}
		}
		if n == 0 && note != "" {
			return
		}
		cells := []analysis.Cell{{Text: stage}, {Text: arm}, {Value: analysis.Num(float64(n))}, {}, {Text: note}}
		if pupils > 0 {
			cells[3].Value = analysis.Num(math.Round(pupils))
		}
		t.Rows = append(t.Rows, cells)
		name := stage
		if arm != "" {
			name += ":" + arm
		}
		r.Checks = append(r.Checks, analysis.Check{Name: "flow:" + name, Value: analysis.Num(float64(n))})
	}
	row("Assessed", "", "", func(*school) bool { return true })
	row("Not assigned", "", "excluded", func(s *school) bool { return s.arm < 0 })
	row("Assigned", "", "", func(s *school) bool { return s.arm >= 0 })
	intervention, comparison := arms.Names()
	for _, a := range []struct {
		arm  int8
		name string
	}{{1, intervention}, {0, comparison}} {
		in := func(s *school) bool { return s.arm == a.arm }
		row("Assigned to "+a.name, a.name, "", in)
		row("Lost", a.name, "no outcome known before the start", func(s *school) bool { return in(s) && !d.seen(s, 0) && d.seen(s, 1) })
		row("Lost", a.name, "no outcome known from the start on", func(s *school) bool { return in(s) && d.Post != "" && d.seen(s, 0) && !d.seen(s, 1) })
		row("Lost", a.name, "no outcome known at all", func(s *school) bool { return in(s) && !d.seen(s, 0) && !d.seen(s, 1) })
		row("Analysed", a.name, "", func(s *school) bool { return in(s) && d.seen(s, 0) && (d.Post == "" || d.seen(s, 1)) })
	}
	r.Tables = append(r.Tables, t)
}

// seen says whether any outcome is known in a period; without outcomes every
// school counts as seen.
func (d Trial) seen(s *school, period int) bool {
	if len(d.Outcomes) == 0 {
		return true
	}
	for k := range d.Outcomes {
		if s.known[period][k] {
			return true
		}
	}
	return false
}

// analysed counts, for each outcome, the schools that enter an analysis and
// the share of the assigned ones that is lost.
func (d Trial) analysed(r *analysis.Result, schools []school, arms *analysis.Arms) {
	if len(d.Outcomes) == 0 {
		return
	}
	intervention, comparison := arms.Names()
	t := analysis.Table{Name: "attrition", Title: "Schools analysed, by outcome", Columns: []analysis.Column{
		{Name: "outcome", Format: analysis.Text},
		{Name: "analysed_treated", Label: "analysed", Unit: intervention, Format: analysis.Count}, {Name: "lost_treated", Label: "lost", Unit: intervention, Format: analysis.Percent},
		{Name: "analysed_control", Label: "analysed", Unit: comparison, Format: analysis.Count}, {Name: "lost_control", Label: "lost", Unit: comparison, Format: analysis.Percent}}}
	for k, name := range d.Outcomes {
		var assigned, analysed [2]float64
		for g := range schools {
			s := &schools[g]
			if s.arm < 0 {
				continue
			}
			assigned[s.arm]++
			if s.known[0][k] && (d.Post == "" || s.known[1][k]) {
				analysed[s.arm]++
			}
		}
		lost := func(arm int) float64 { return 1 - analysed[arm]/assigned[arm] }
		t.Rows = append(t.Rows, []analysis.Cell{{Text: name}, number(analysed[1]), number(lost(1)), number(analysed[0]), number(lost(0))})
		r.Checks = append(r.Checks,
			analysis.Check{Name: "attrition_treated:" + name, Value: analysis.Num(lost(1))},
			analysis.Check{Name: "attrition_control:" + name, Value: analysis.Num(lost(0))})
		if difference := math.Abs(lost(1) - lost(0)); difference > 0.05 {
			r.Note("attrition", fmt.Sprintf("%s: %.0f%% of %s and %.0f%% of %s schools are lost; losses that differ between the arms can bias the comparison", name, 100*lost(1), intervention, 100*lost(0), comparison))
		}
	}
	r.Tables = append(r.Tables, t)
}
