package panel

import (
	"cmp"
	"slices"

	"swis/dataset"
)

// Span is the months, both included, that a delivery covers.
type Span struct{ First, Last dataset.Period }

func (s Span) holds(month dataset.Period) bool { return s.First <= month && month <= s.Last }

// joinedSpans puts spans in order and makes one of those that touch or overlap.
func joinedSpans(spans []Span) []Span {
	spans = slices.SortedFunc(slices.Values(spans), func(a, b Span) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last)) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.First <= out[n-1].Last+1 {
			out[n-1].Last = max(out[n-1].Last, s.Last)
		} else if s.First <= s.Last {
			out = append(out, s)
		}
	}
	return out
}

// gaps are the months between joined spans.
func gaps(spans []Span) (out []Span) {
	for i := 1; i < len(spans); i++ {
		out = append(out, Span{spans[i-1].Last + 1, spans[i].First - 1})
	}
	return out
}

// AnyHolds says whether a month is in one of some spans.
func AnyHolds(spans []Span, month dataset.Period) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return s.holds(month) })
}

// CareIn says whether the returns of an authority cover its care in a month.
func (m *Months) CareIn(la uint16, month dataset.Period) bool {
	span, ok := m.Care[la]
	return ok && span.holds(month) && !AnyHolds(m.CareGaps[la], month)
}

// Years are the years to 31 March that a span is made of, none where it begins
// or ends within one.
func (s Span) Years() (years []int) {
	first, last := returnYear(dataset.Month.Start(s.First)), returnYear(dataset.Month.Start(s.Last))
	if returnSpan(first).First != s.First || returnSpan(last).Last != s.Last {
		return nil
	}
	for year := first; year <= last; year++ {
		years = append(years, year)
	}
	return years
}

// returnSpan is the months of the return of a year, which ends on 31 March.
func returnSpan(year int) Span {
	april := dataset.Month.Of(dataset.DayOf(year-1, 4, 1))
	return Span{april, april + 11}
}
