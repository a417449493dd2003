package extracts

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"swis/dataset"
)

// readCensus reads which census a roll is of, for all files or by pattern.
func (m *Mapping) readCensus() error {
	m.census = map[string]dataset.Period{}
	switch census := m.Census.(type) {
	case nil:
	case string:
		term, err := termBefore(census)
		if err != nil {
			return err
		}
		m.census["*"] = term
	case map[string]any:
		for pattern, text := range census {
			if _, err := filepath.Match(pattern, ""); err != nil {
				return fmt.Errorf("%q is not a pattern of file names", pattern)
			}
			term, err := termBefore(fmt.Sprint(text))
			if err != nil {
				return err
			}
			m.census[pattern] = term
		}
	default:
		return fmt.Errorf("want a census such as autumn 2024, or patterns of file names with one each")
	}
	return nil
}

// termBefore is the term whose attendance a census collects.
func termBefore(census string) (dataset.Period, error) {
	var season string
	var year int
	if n, err := fmt.Sscanf(strings.ToLower(census), "%s %d", &season, &year); err != nil || n != 2 || year < 2000 || year > 2100 {
		return 0, fmt.Errorf("%q is not a census: want spring, summer or autumn and the year, such as autumn 2024", census)
	}
	switch season {
	case "spring":
		return dataset.Term.Of(dataset.DayOf(year-1, 9, 1)), nil
	case "summer":
		return dataset.Term.Of(dataset.DayOf(year, 1, 1)), nil
	case "autumn":
		return dataset.Term.Of(dataset.DayOf(year, 4, 1)), nil
	}
	return 0, fmt.Errorf("%q is not a census: want spring, summer or autumn and the year, such as autumn 2024", census)
}

// censusTerm gives the rows of a roll the term of their attendance: as the
// mapping file says; else the term before the one of the latest entry or
// leaving date, because a census holds entries up to its day.
func (f *file) censusTerm() {
	x := f.extract
	if f.layout.Name != rollOn.Name && f.layout.Name != rollLeft.Name {
		return
	}
	some := slices.ContainsFunc(x.Attendance, func(a dataset.Attendance) bool { return a.Possible >= 0 })
	if !some {
		return
	}
	term, declared := dataset.Period(0), false
	if m := f.input.Mapping; m != nil {
		best := -1 // the longest pattern that fits
		for pattern, t := range m.census {
			if ok, _ := filepath.Match(pattern, filepath.Base(f.input.Path)); ok && len(pattern) > best {
				term, declared, best = t, true, len(pattern)
			}
		}
	}
	if !declared {
		last := dataset.NoDay
		for i := range x.Enrolments {
			last = max(last, x.Enrolments[i].Start, x.Enrolments[i].End)
		}
		if last == dataset.NoDay {
			return
		}
		term = dataset.Term.Of(last) - 1
		x.TermGuessed = true
		x.Notes = append(x.Notes, fmt.Sprintf("attendance taken as that of %s, the term before the latest entry; say it in a mapping file (census: autumn 2024)", dataset.Term.Label(term)))
	}
	for i := range x.Attendance {
		x.Attendance[i].Term = term
	}
}
