package study

import (
	"fmt"
	"maps"
	"slices"

	"swis/dataset"
)

func (q *Quality) notes(s *Study) {
	p := s.Panel
	if p.Kind == dataset.Month && slices.ContainsFunc(s.Extracts, func(x *dataset.Extract) bool {
		return slices.ContainsFunc(x.Attendance, func(a dataset.Attendance) bool { return a.Possible > 0 })
	}) {
		q.Notes = append(q.Notes, "attendance is delivered by term: it is no column of a panel by month; give --period term or year")
	}
	for _, la := range slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, x := range p.Schools {
			if !yield(x.LA) {
				return
			}
		}
	})) {
		if _, ok := p.Covered[la]; !ok {
			q.Notes = append(q.Notes, fmt.Sprintf("authority %s of the list of schools delivered nothing: all its cells are empty. Are the codes in the extracts written alike?", la))
		}
	}
	q.Notes = append(q.Notes, s.gaps()...)
	q.Notes = append(q.Notes, s.listNotes()...)
	q.Notes = append(q.Notes, s.cutMonths()...)
	if s.Options.Attribution != AtEvent && s.Options.Attribution != AtBaseline {
		for _, la := range slices.SortedFunc(maps.Keys(p.Report.Begun), s.byName) {
			q.Notes = append(q.Notes, fmt.Sprintf("authority %s: care of some children began in months that no return covers: their days count at the school of the first day that is known; --attribution at_event does not need the beginning", s.laText(la)))
		}
	}
	silent := p.Report.Months.Silent
	for _, la := range slices.SortedFunc(maps.Keys(silent), s.byName) {
		for _, t := range slices.Sorted(maps.Keys(silent[la])) {
			if n := len(silent[la][t]); n > 0 {
				q.Notes = append(q.Notes, fmt.Sprintf("authority %s: %d months without any %s, or without an end of any, although about ten or more were to be expected: taken as not delivered (X01)", s.laText(la), n, t))
			}
		}
	}
	for i := range q.Linkage {
		if row := &q.Linkage[i]; row.NoWay {
			q.Notes = append(q.Notes, fmt.Sprintf("authority %s: no roll, no lookup and no school in the rows: linkage to schools was not tested; whoever has a roll gives it with --roll FILE, or --link FILE", row.LA))
		}
	}
	if len(q.Schools.Undecided) > 0 {
		q.Notes = append(q.Notes, fmt.Sprintf("%d school numbers merged or split with a school of the trial: their rows are left out until it is decided (S04)", len(q.Schools.Undecided)))
	}
	if p.PupilDays == nil && s.unnamed {
		q.Notes = append(q.Notes, "no list of schools and no roll: numbers of pupils and exposure are empty; give --schools FILE")
	}
	q.Notes = append(q.Notes, "A panel by school and period is disclosive: it is for analysis inside the project, never a table to publish.")
}
