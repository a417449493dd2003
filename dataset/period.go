package dataset

import (
	"fmt"
	"strconv"
)

// PeriodKind is the length of a panel's periods.
type PeriodKind uint8

// The kinds of periods. Terms: autumn September to December, spring January to
// March, summer April to August. Years are academic: September to August.
const (
	Month PeriodKind = iota
	Term
	Year
	Window // one period: the whole window, whatever it is
)

func (k PeriodKind) String() string { return [...]string{"month", "term", "year", "window"}[k] }

// ParsePeriodKind reads month, term or year.
func ParsePeriodKind(text string) (PeriodKind, error) {
	for _, k := range []PeriodKind{Month, Term, Year} {
		if text == k.String() {
			return k, nil
		}
	}
	return 0, fmt.Errorf("period %q: want month, term or year", text)
}

// Period numbers the periods of one kind in time order.
type Period int32

var termNames = [3]string{"autumn", "spring", "summer"}

// Of is the period that holds a day.
func (k PeriodKind) Of(d Day) Period {
	if k == Window {
		return 0
	}
	year, month, _ := d.Date()
	if k == Month {
		return Period(year*12 + month - 1)
	}
	academic, term := year, 0
	switch {
	case month >= 9:
	case month <= 3:
		academic, term = year-1, 1
	default:
		academic, term = year-1, 2
	}
	if k == Year {
		return Period(academic)
	}
	return Period(academic*3 + term)
}

// Start is the first day of a period; the period ends before Start(p+1).
func (k PeriodKind) Start(p Period) Day {
	switch k {
	case Window:
		return DayOf(1900+300*int(p), 1, 1)
	case Month:
		return DayOf(int(p)/12, int(p)%12+1, 1)
	case Year:
		return DayOf(int(p), 9, 1)
	}
	academic := int(p) / 3
	switch int(p) % 3 {
	case 0:
		return DayOf(academic, 9, 1)
	case 1:
		return DayOf(academic+1, 1, 1)
	}
	return DayOf(academic+1, 4, 1)
}

// Label names a period: 2023-09, 2023-24 1 autumn, 2023-24. Labels of one kind
// sort alphabetically in time order.
func (k PeriodKind) Label(p Period) string {
	switch k {
	case Window:
		return "window"
	case Month:
		return fmt.Sprintf("%04d-%02d", int(p)/12, int(p)%12+1)
	case Year:
		return academicLabel(int(p))
	}
	term := int(p) % 3
	return fmt.Sprintf("%s %d %s", academicLabel(int(p)/3), term+1, termNames[term])
}

func academicLabel(year int) string { return fmt.Sprintf("%04d-%02d", year, (year+1)%100) }

// ParsePeriod reads a label of any kind. The label 2011-12 could be a month or
// an academic year: kind settles it.
func ParsePeriod(kind PeriodKind, label string) (Period, error) {
	wrong := fmt.Errorf("%q is not a %s: want a label such as %q", label, kind, kind.Label(kind.Of(DayOf(2023, 9, 1))))
	if len(label) < 7 || label[4] != '-' {
		return 0, wrong
	}
	year, errYear := strconv.Atoi(label[:4])
	next, errNext := strconv.Atoi(label[5:7])
	if errYear != nil || errNext != nil {
		return 0, wrong
	}
	var p Period
	switch kind {
	case Month:
		p = Period(year*12 + next - 1)
	case Year:
		p = Period(year)
	case Term:
		if len(label) < 9 {
			return 0, wrong
		}
		p = Period(year*3 + int(label[8]-'1'))
	}
	if kind.Label(p) != label {
		return 0, wrong
	}
	return p, nil
}

// KindOfLabels says which kind of period a panel's labels are.
func KindOfLabels(labels []string) (PeriodKind, bool) {
	for _, kind := range []PeriodKind{Term, Year, Month} {
		all := len(labels) > 0
		for _, label := range labels {
			if _, err := ParsePeriod(kind, label); err != nil {
				all = false
				break
			}
		}
		if all {
			return kind, true
		}
	}
	return 0, false
}
