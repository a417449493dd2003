package study

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"swis/dataset"
	"swis/dataset/panel"
)

// listGaps says between which lists of Annex A one is missing, and where the end
// of the deliveries that a mapping file gives is later than the last of them.
func (s *Study) listGaps() (lines []string) {
	m := &s.Panel.Report.Months
	for _, la := range slices.SortedFunc(maps.Keys(m.Listed), s.byName) {
		for _, g := range lacking(func(t dataset.EventType) string {
			if t == dataset.NoEvent { // care, which has lines of its own
				return ""
			}
			return labelled(m.ListGaps(la, t))
		}) {
			lines = append(lines, fmt.Sprintf("authority %s: no list of Annex A covers %s, although there are earlier and later ones: these months are empty, not zero (X01), of %s; ask for it, or --repair X01=off where nothing happened",
				s.laText(la), g.when, g.types))
		}
		if claimed, last, ok := m.Overclaimed(la); ok {
			lines = append(lines, fmt.Sprintf("authority %s: complete_to %s of the mapping file is later than the lists of Annex A go: the last cover months to %s, and those after it are empty; ask for the later lists, or give the day on which these were made (made: in the mapping file)",
				s.laText(la), claimed, dataset.Month.Label(last)))
		}
	}
	return lines
}

// cutMonths says which deliveries begin or end within a month, which is empty.
func (s *Study) cutMonths() (lines []string) {
	m := &s.Panel.Report.Months
	for _, la := range slices.SortedFunc(maps.Keys(m.Bounds), s.byName) {
		for _, at := range []struct {
			day  dataset.Day
			what string
		}{{m.Bounds[la].First, "begins"}, {m.Bounds[la].Last, "ends"}} {
			if at.day != dataset.NoDay && s.Panel.In(m.Bounds[la], dataset.Month.Of(at.day)) {
				lines = append(lines, fmt.Sprintf("authority %s: what it delivered %s on %s, within a month, which is empty", s.laText(la), at.what, at.day))
			}
		}
	}
	return lines
}

// labelled names the months of spans.
func labelled(spans []panel.Span) string {
	words := make([]string, len(spans))
	for i, span := range spans {
		words[i] = dataset.Month.Label(span.First) + " to " + dataset.Month.Label(span.Last)
	}
	return strings.Join(words, " and ")
}

// listNotes says what tells when lists of Annex A were made where no date is
// given for them.
func (s *Study) listNotes() (lines []string) {
	latest, all := map[uint16]int{}, map[uint16]int{}
	for _, l := range s.Panel.Report.Months.Lists {
		all[l.LA]++
		switch l.By {
		case panel.MadeAtLatest:
			latest[l.LA]++
		case panel.MadeUnknown:
			lines = append(lines, fmt.Sprintf("authority %s: nothing says when the lists of Annex A in %s were made, so they cover no month: put the day in the name of the folder or file (2024-03-31), or give made: in a mapping file",
				s.laText(l.LA), filepath.Base(l.Place)))
		}
	}
	for _, la := range slices.SortedFunc(maps.Keys(latest), s.byName) {
		lines = append(lines, fmt.Sprintf("authority %s: of %d of %d deliveries of Annex A the day on which they were made is not given: taken from the first and latest dates in them; with the day in the name of the folder or file (2024-03-31), or made: in a mapping file, the months at the ends are sure",
			s.laText(la), latest[la], all[la]))
	}
	return lines
}
