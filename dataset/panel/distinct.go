package panel

import (
	"context"

	"swis/dataset"
)

// ofType is an authority and a type of event.
type ofType struct {
	la uint16
	t  dataset.EventType
}

// occurrence is an event, however many rows repeat it.
type occurrence struct {
	child dataset.ChildKey
	day   dataset.Day
}

// tell is what there is of a type by which months without it are judged.
type tell struct {
	span   Span
	needed int                  // distinct events that settle every month
	days   map[dataset.Day]bool // with an event
	found  map[occurrence]bool
}

// countDistinct counts the events of an authority and type, once each, where
// their rows are enough to take months without any as not delivered (X01) and
// the days that have some are too few to be sure: lists and returns that
// overlap repeat events. Elsewhere the rows decide as the events would, and
// nothing is read again.
func (m *Months) countDistinct(ctx context.Context, in *Input) error {
	open := m.undecided()
	if len(open) == 0 {
		return nil
	}
	for _, x := range in.Extracts {
		x.Days.Each(until(x), func(la uint16, kind dataset.EventKind, day dataset.Day, _ int32, _ dataset.Flag) {
			t, _ := kind.Type()
			if c := open[ofType{la, t}]; c != nil && c.span.holds(dataset.Month.Of(day)) && len(c.days) < c.needed {
				c.days[day] = true
			}
		})
	}
	for at, c := range open {
		if len(c.days) >= c.needed {
			delete(open, at)
		}
	}
	if len(open) == 0 {
		return nil
	}
	var types [dataset.EventTypes]bool
	for at := range open {
		types[at.t] = true
	}
	last := make([]dataset.Day, len(in.Extracts)+1)
	for n, x := range in.Extracts {
		last[n+1] = until(x)
	}
	var parts []map[ofType]*tell
	err := in.Events.Each(ctx, func(int) func([]dataset.Event) {
		own := map[ofType]*tell{}
		for at, c := range open {
			own[at] = &tell{span: c.span, needed: c.needed, found: map[occurrence]bool{}}
		}
		parts = append(parts, own)
		return func(events []dataset.Event) {
			for i := range events {
				e := &events[i]
				if !types[e.Type] || e.Status == dataset.Quarantined || e.Day > last[e.File] {
					continue
				}
				if c := own[ofType{e.LA, e.Type}]; c != nil && len(c.found) < c.needed && c.span.holds(dataset.Month.Of(e.Day)) {
					c.found[occurrence{e.Child, e.Day}] = true
				}
			}
		}
	})
	m.distinct = map[ofType]int64{}
	for at := range open {
		for _, own := range parts { // no child is in two parts
			m.distinct[at] += int64(len(own[at].found))
		}
	}
	return err
}

// undecided are the types of which enough rows speak for taking a month without
// any as not delivered. Of rows that were counted in a warehouse copies are
// known.
func (m *Months) undecided() map[ofType]*tell {
	open := map[ofType]*tell{}
	for la, counts := range m.Counts {
		for t, all := range counts {
			at := ofType{la, dataset.EventType(t)}
			span, ok := m.spanOf(at)
			if all == nil || !ok || m.copies[at] != nil {
				continue
			}
			months := all[span.First-m.First : span.Last-m.First+1]
			shortest, longest := 0, 0
			for i, run := range emptyRuns(months) {
				if run = at.counted(span.First+dataset.Period(i), run); run > 0 {
					longest = max(longest, run)
					if shortest == 0 || run < shortest {
						shortest = run
					}
				}
			}
			if expects(total(months), longest, len(months)) {
				open[at] = &tell{span: span, needed: (silentFrom*len(months) + shortest - 1) / shortest, days: map[dataset.Day]bool{}}
			}
		}
	}
	return open
}

// number is how many events of a type there are in its span, as far as that
// decides which months of it were not delivered.
func (m *Months) number(at ofType, span Span) int64 {
	if n, counted := m.distinct[at]; counted {
		return n
	}
	n := total(m.Counts[at.la][at.t][span.First-m.First : span.Last-m.First+1])
	if copies := m.copies[at]; copies != nil {
		n -= total(copies[span.First-m.First : span.Last-m.First+1])
	}
	return n
}

// expects says whether a number of events in so many months makes enough of
// them expected in a run of months that has none.
func expects(events int64, run, months int) bool {
	return run > 0 && events*int64(run) >= silentFrom*int64(months)
}

// counted is how many months of a run without events count against one of them:
// events of schools come by term, and not in August.
func (at ofType) counted(month dataset.Period, run int) int {
	switch {
	case dataset.EventFamily(at.t) != dataset.SchoolFamily:
		return run
	case int(month)%12 == 7:
		return 0
	}
	return min(run, 1)
}

// spanOf is the months that an authority's deliveries of a type's family span.
func (m *Months) spanOf(at ofType) (Span, bool) {
	spans := m.Spans
	if dataset.EventFamily(at.t) == dataset.SchoolFamily {
		spans = m.School
	}
	span, ok := spans[at.la]
	return span, ok && span.First <= span.Last
}
