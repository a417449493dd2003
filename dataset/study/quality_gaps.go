package study

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"swis/dataset"
	"swis/dataset/panel"
)

// gaps says which returns are missing between two that are there, a line each:
// their months are empty, because no other return holds all that happened in
// them.
func (s *Study) gaps() (lines []string) {
	if s.Panel == nil {
		return nil
	}
	m := &s.Panel.Report.Months
	for _, la := range slices.SortedFunc(maps.Keys(m.CareGaps), s.byName) {
		for _, span := range m.CareGaps[la] {
			what := fmt.Sprintf("no return of children looked after covers %s to %s", dataset.Month.Label(span.First), dataset.Month.Label(span.Last))
			if years := span.Years(); len(years) > 0 {
				what = "no return of children looked after of " + yearsTo(years)
			}
			lines = append(lines, fmt.Sprintf("authority %s: %s, although there are earlier and later ones: days in care are empty from %s to %s, not zero (X01); ask for it, or --repair X01=off where it held no child",
				s.laText(la), what, dataset.Month.Label(span.First), dataset.Month.Label(span.Last)))
		}
	}
	for _, la := range slices.SortedFunc(maps.Keys(m.Census), s.byName) {
		for _, g := range lacking(func(t dataset.EventType) string {
			if m.Counts[la] == nil || m.Counts[la][t] == nil {
				return ""
			}
			if missing := m.CensusGaps(la, t); len(missing) > 0 {
				return yearsTo(missing)
			}
			return ""
		}) {
			lines = append(lines, fmt.Sprintf("authority %s: no census of %s, although there are earlier and later ones: these months are empty, not zero (X01), of %s; ask for it, or --repair X01=off where nothing happened",
				s.laText(la), g.when, g.types))
		}
	}
	return append(lines, s.listGaps()...)
}

// gap is types of events that lack the same periods.
type gap struct{ when, types string }

// lacking puts the types of events together that lack the same periods, which
// when names, nothing for none; in the order of the first type of each.
func lacking(when func(dataset.EventType) string) (gaps []gap) {
	for t := range dataset.EventTypes {
		periods, name := when(t), strings.ReplaceAll(t.String(), "_", " ")
		if periods == "" {
			continue
		}
		if i := slices.IndexFunc(gaps, func(g gap) bool { return g.when == periods }); i >= 0 {
			gaps[i].types += ", " + name
		} else {
			gaps = append(gaps, gap{periods, name})
		}
	}
	return gaps
}

// yearsTo names the years of returns.
func yearsTo(years []int) string {
	words := make([]string, len(years))
	for i, y := range years {
		words[i] = fmt.Sprint(y)
	}
	if len(words) == 1 {
		return "the year to 31 March " + words[0]
	}
	return "the years to 31 March " + strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// careGrid is the months of days in care, delivered or not.
func (q *Quality) careGrid(s *Study) {
	m := &s.Panel.Report.Months
	first, last := dataset.Month.Of(s.Panel.From), dataset.Month.Of(s.Panel.To)
	for _, la := range slices.SortedFunc(maps.Keys(m.Care), s.byName) {
		marks := make([]byte, 0, int(last-first)+1)
		for month := first; month <= last; month++ {
			mark := byte('.')
			switch {
			case s.Panel.In(m.CareBounds[la], month):
				mark = '!'
			case m.CareIn(la, month):
				mark = '#'
			case panel.AnyHolds(m.CareGaps[la], month):
				mark = '!'
			}
			marks = append(marks, mark)
		}
		q.Grid = append(q.Grid, QualityGrid{s.laText(la), "days_in_care", dataset.Month.Label(first), string(marks)})
	}
}

// missingMonths counts the months of the window that stand between two returns
// of care and in none.
func (s *Study) missingMonths(la uint16) (n int64) {
	m := &s.Panel.Report.Months
	for month := dataset.Month.Of(s.Panel.From); month <= dataset.Month.Of(s.Panel.To); month++ {
		if panel.AnyHolds(m.CareGaps[la], month) {
			n++
		}
	}
	return n
}
