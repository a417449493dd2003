package panel

import (
	"slices"

	"swis/dataset"
)

// silentFrom is the expected number of events from which months without any
// are taken as not delivered: if the numbers are Poisson, months that expect so
// many are empty with a probability below 5 in 100,000.
const silentFrom = 10

// windowMonths is the length of the shortest delivery, a quarter, whose absence
// shows by what did not end in it.
const windowMonths = 3

// delivered says which months an authority delivered of a type, and files the
// months without any event as silent (not delivered) or zero, and those between
// two censuses or lists of which none is of them, whatever later ones hold of them.
func (m *Months) delivered(la uint16, t dataset.EventType, window Span) map[dataset.Period]bool {
	c, at := m.Counts[la], ofType{la, t}
	span, ok := m.spanOf(at)
	if c == nil || !ok || c[t] == nil {
		return nil
	}
	months := c[t][span.First-m.First : span.Last-m.First+1]
	if total(months) == 0 && len(m.known(la, t)) == 0 {
		return nil
	}
	empty, events := emptyRuns(months), m.number(at, span)
	var unended map[dataset.Period]bool
	if types := m.Listed[la]; types == nil || types[t] == nil { // lists say by themselves what they cover
		unended = m.unended(ofType{la, endOf[t]}, span)
	}
	first, last := span.Last+1, span.First-1 // month with an event
	for i, n := range months {
		if n > 0 {
			first, last = min(first, span.First+dataset.Period(i)), span.First+dataset.Period(i)
		}
	}
	covered := map[dataset.Period]bool{}
	for p := max(span.First, window.First); p <= min(span.Last, window.Last); p++ {
		run := empty[p-span.First]
		missing, between := m.Missing(la, t, p)
		silent := expects(events, at.counted(p, run), len(months))
		switch {
		case between:
			m.Between.add(la, t, p)
		case (silent || unended[p]) && m.guard && !missing:
			m.Silent.add(la, t, p)
		case missing:
		default:
			covered[p] = true
			if run > 0 && p >= first && p <= last {
				m.Zero.add(la, t, p)
			}
		}
	}
	return covered
}

// unended are the months of a span in which nothing ended although much does
// before and after: what began in them is known only as far as it still went
// on in a later delivery.
func (m *Months) unended(end ofType, span Span) map[dataset.Period]bool {
	ends := m.Counts[end.la][end.t]
	if ends == nil {
		return nil
	}
	events := m.number(end, span)
	months := ends[span.First-m.First : span.Last-m.First+1]
	sum, before := total(months), int64(0)
	out := map[dataset.Period]bool{}
	for at, run := range emptyRuns(months) {
		before += int64(months[at])
		if run >= windowMonths && before > 0 && before < sum && expects(events, run, len(months)) {
			out[span.First+dataset.Period(at)] = true
		}
	}
	return out
}

// emptyRuns gives for each month the number of months without an event in a
// row that it stands in, 0 for a month with some.
func emptyRuns(months []int32) []int {
	runs := make([]int, len(months))
	for i := 0; i < len(months); {
		j := i
		for j < len(months) && months[j] == 0 {
			j++
		}
		for k := i; k < j; k++ {
			runs[k] = j - i
		}
		i = max(j, i+1)
	}
	return runs
}

func total(months []int32) (sum int64) {
	for _, n := range months {
		sum += int64(n)
	}
	return sum
}

// ByMonth are months by authority and type of event.
type ByMonth map[uint16]map[dataset.EventType][]dataset.Period

func (b ByMonth) add(la uint16, t dataset.EventType, month dataset.Period) {
	if b[la] == nil {
		b[la] = map[dataset.EventType][]dataset.Period{}
	}
	if !slices.Contains(b[la][t], month) {
		b[la][t] = append(b[la][t], month)
	}
}
