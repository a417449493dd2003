package panel

import (
	"context"

	"swis/dataset"
)

var (
	ruleX01 = dataset.RuleNamed("X01")
	ruleE12 = dataset.RuleNamed("E12")
)

// firstMonth and monthsWide bound the months that are counted: 1990 to 2100.
const (
	firstMonth = dataset.Period(1990 * 12)
	monthsWide = 110 * 12
)

// countMonths counts events by authority, type and month, and by authority and
// day for spikes.
func countMonths(ctx context.Context, in *Input) (Months, []dataset.Issue, error) {
	extracts, laCount := in.Extracts, len(in.LAs)
	m := Months{First: firstMonth, Width: monthsWide, Counts: map[uint16]*[dataset.EventTypes][]int32{}, Spans: map[uint16]Span{}, Care: map[uint16]Span{},
		Silent: ByMonth{}, Zero: ByMonth{}, Between: ByMonth{}, School: map[uint16]Span{}}
	const firstDay, dayRange = dataset.FirstCounted, int(dataset.LastCounted-dataset.FirstCounted) + 1
	m.began = map[uint16]dayBits{}
	counts := make([]*[dataset.EventTypes][]int32, laCount)
	days := make([][]int32, laCount)
	m.Flags = make([]*[dataset.EventTypes]dataset.Flag, laCount)
	for _, x := range extracts {
		first, last := dataset.NoDay, dataset.NoDay
		x.Days.Each(until(x), func(la uint16, kind dataset.EventKind, day dataset.Day, n int32, flags dataset.Flag) {
			if first == dataset.NoDay || day < first {
				first = day
			}
			last = max(last, day)
			c := counts[la]
			if c == nil {
				c = new([dataset.EventTypes][]int32)
				counts[la] = c
				days[la] = make([]int32, dayRange)
				m.Flags[la] = new([dataset.EventTypes]dataset.Flag)
			}
			t, secondary := kind.Type()
			if c[t] == nil {
				c[t] = make([]int32, monthsWide)
			}
			c[t][dataset.Month.Of(day)-firstMonth] += n
			if !secondary {
				if startOf[t] == dataset.NoEvent && dataset.EventFamily(t) == dataset.ReferralFamily {
					if m.began[la] == nil {
						m.began[la] = newDayBits()
					}
					m.began[la].add(day)
				}
				days[la][day-firstDay] += n
			}
			m.Flags[la][t] |= flags
		})
		x.First, x.Last = first, last
	}
	if err := m.censuses(ctx, in); err != nil {
		return m, nil, err
	}
	m.withoutRows(counts)
	var issues []dataset.Issue
	for la, c := range counts {
		if c == nil {
			continue
		}
		m.Counts[uint16(la)] = c
		if school := ofFamily(c, dataset.SchoolFamily); school != nil {
			m.School[uint16(la)] = wholeTerms(m.span(school))
		}
		if social := ofFamily(c, dataset.ReferralFamily); social != nil {
			m.Spans[uint16(la)] = m.bounded(uint16(la), m.span(social))
		}
		if span, ok := m.Spans[uint16(la)]; ok && span.Last >= span.First && days[la] != nil {
			from, to := max(0, int(dataset.Month.Start(span.First)-firstDay)), min(dayRange, int(dataset.Month.Start(span.Last+1)-firstDay))
			found := spikes(uint16(la), dataset.Day(from)+firstDay, days[la][from:to])
			m.Spikes = append(m.Spikes, found...)
			for range found {
				issues = append(issues, dataset.Issue{Rule: ruleE12, LA: uint16(la)})
			}
		}
	}
	return m, issues, nil
}

// until is the last day of an extract on which there can be an event: the one
// to which the delivery is complete.
func until(x *dataset.Extract) dataset.Day {
	switch {
	case x.Reference != dataset.NoDay:
		return x.Reference
	case x.Year > 0: // pooled returns; a year more, since some name it by its start
		return dataset.DayOf(x.Year+1, 3, 31)
	}
	return 1<<31 - 1
}

// spikes finds days with more events than 20 and than 8 times the daily mean.
func spikes(la uint16, first dataset.Day, days []int32) (found []Spike) {
	sum := int64(0)
	for _, n := range days {
		sum += int64(n)
	}
	mean := float64(sum) / float64(len(days))
	for i, n := range days {
		if float64(n) > max(20, 8*mean) {
			found = append(found, Spike{la, first + dataset.Day(i), int64(n)})
		}
	}
	return found
}

// span finds the months of a delivery from the events of all types: those from
// the first to the last month with at least a quarter of the median month,
// because a return holds a few old referrals of cases that are still open.
func (m *Months) span(c *[dataset.EventTypes][]int32) Span {
	total := make([]int32, m.Width)
	for _, months := range c {
		for i, n := range months {
			total[i] += n
		}
	}
	var some []int32
	for _, n := range total {
		if n > 0 {
			some = append(some, n)
		}
	}
	if len(some) == 0 {
		return Span{First: 1, Last: 0}
	}
	median := usualNumber(some)
	first, last := -1, 0
	for i, n := range total {
		if n > 0 && 4*n >= median {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	return Span{m.First + dataset.Period(first), m.First + dataset.Period(last)}
}

// givenSpans are the months that tables of counts cover, by authority.
func givenSpans(extracts []*dataset.Extract) map[uint16]Span {
	spans := map[uint16]Span{}
	for _, x := range extracts {
		for i := range x.Counts {
			c := &x.Counts[i]
			if c.Status == dataset.Quarantined {
				continue
			}
			first, last := dataset.Month.Of(c.Day), dataset.Month.Of(c.Kind.Start(c.Kind.Of(c.Day)+1)-1)
			if have, ok := spans[c.LA]; ok {
				first, last = min(first, have.First), max(last, have.Last)
			}
			spans[c.LA] = Span{first, last}
		}
	}
	return spans
}

// ofFamily keeps the counts of the events of one family; nil where there are none.
func ofFamily(c *[dataset.EventTypes][]int32, family dataset.Family) *[dataset.EventTypes][]int32 {
	var out *[dataset.EventTypes][]int32
	for t, months := range c {
		if months == nil || dataset.EventFamily(dataset.EventType(t)) != family {
			continue
		}
		if out == nil {
			out = new([dataset.EventTypes][]int32)
		}
		out[t] = months
	}
	return out
}

// wholeTerms widens a span to whole terms, which is what a school census
// delivers.
func wholeTerms(s Span) Span {
	if s.Last < s.First {
		return s
	}
	first := dataset.Term.Of(dataset.Month.Start(s.First))
	after := dataset.Term.Of(dataset.Month.Start(s.Last)) + 1
	return Span{dataset.Month.Of(dataset.Term.Start(first)), dataset.Month.Of(dataset.Term.Start(after)) - 1}
}
