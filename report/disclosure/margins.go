package disclosure

import (
	"fmt"
	"maps"
	"slices"

	"swis/analysis"
)

// revealed is what the coefficients of a fit give away.
type revealed struct {
	at     []int  // variables
	failed string // term with a cell that may not be known
}

// small says whether a cell of a model's categorical terms may not be known: few
// events, few others where the outcome is yes or no, or two who dominate the
// total; and few rows, which are persons where the outcome counts none.
func (p Profile) small(c *analysis.MarginCell) bool {
	return p.withheld(&c.Outcome) || p.Small(c.Others) || (p == TRE || !c.Counts) && p.Small(c.Rows)
}

// smallTerm is the first term of a fit with such a cell, or "".
func (p Profile) smallTerm(m *analysis.CategoricalTerms) string {
	for _, t := range m.Terms {
		if slices.ContainsFunc(t.Cells, func(c analysis.MarginCell) bool { return p.small(&c) }) {
			return t.Name
		}
	}
	return ""
}

// addMargins adds the totals that follow from the coefficients of a result.
func (s *Release) addMargins(r *analysis.Result) {
	if len(r.Margins) == 0 {
		return
	}
	by := map[string]*revealed{}
	for i, fit := range r.Margins {
		m := fit.Of()
		x := by[fit.By]
		if x == nil {
			x = &revealed{}
			by[fit.By] = x
		}
		if x.failed == "" {
			x.failed = s.profile.smallTerm(m)
		}
		whole := -1
		if m.Total.Total == 0 { // events: other tables may show how many
			whole = s.rest(fit.By, &m.Total)
		}
		for _, t := range m.Terms {
			var parts []int
			for k, c := range t.Cells {
				c.Outcome.Of = fmt.Sprintf("%s|%d|%s|%d", m.Total.Of, i, t.Name, k)
				if at := s.behind(fit.By, &c.Outcome); at >= 0 {
					parts = append(parts, at)
				}
			}
			x.at = append(x.at, parts...)
			s.sum(whole, parts)
		}
	}
	s.margins[r] = by
	for _, level := range slices.Sorted(maps.Keys(by)) {
		s.together(level, by[level].at)
	}
}

// whyMargins says which term of a model that is withheld is to be changed.
func (s *Release) whyMargins(r *analysis.Result) (notes []analysis.Note) {
	for _, by := range slices.Sorted(maps.Keys(s.margins[r])) {
		term := s.margins[r][by].failed
		if term == "" {
			continue
		}
		few, dominated := "1 to 5", ""
		if s.profile == TRE {
			few, dominated = "fewer than 10", ", or two contributors hold nearly all of its outcome"
		}
		text := fmt.Sprintf("the coefficients tell the outcome's total in each cell of %s, and one of these has %s rows or events%s: merge its levels, absorb it as an effect that is not shown, or leave the term out", term, few, dominated)
		notes = append(notes, analysis.Note{Code: "small_cell", By: by, Text: text})
	}
	return notes
}

// refuseTable says why a saturated model may not be shown: it is a table of its
// cells, one of which may not be known.
func (p Profile) refuseTable(r *analysis.Result) error {
	for _, fit := range r.Margins {
		if m := fit.Of(); fit.By == "" && m.Saturated {
			if term := p.smallTerm(m); term != "" {
				return analysis.Refusalf("the model is saturated: it is the table of %s, of which a cell is too small or dominated to be shown under --disclosure %s; use fewer terms or merge levels", term, p)
			}
		}
	}
	return nil
}
