package panel

import (
	"maps"
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

// deliveredTypes says which months an authority delivered of each type.
func (m *Months) deliveredTypes(la uint16, window Span) (of *[dataset.EventTypes]map[dataset.Period]bool) {
	of = new([dataset.EventTypes]map[dataset.Period]bool)
	dark := map[dataset.Family]map[dataset.Period]bool{}
	for _, family := range []dataset.Family{dataset.ReferralFamily, dataset.SchoolFamily} {
		dark[family] = m.dark(la, family)
	}
	for t := dataset.Contact; t < dataset.EventTypes; t++ {
		of[t] = m.delivered(la, t, window, dark[dataset.EventFamily(t)])
	}
	return of
}

// delivered says which months an authority delivered of a type, and files the
// months without any event as silent (not delivered) or zero, and those between
// two censuses or lists of which none is of them, whatever later ones hold of them.
func (m *Months) delivered(la uint16, t dataset.EventType, window Span, dark map[dataset.Period]bool) map[dataset.Period]bool {
	c, at := m.Counts[la], ofType{la, t}
	span, ok := m.spanOf(at)
	if c == nil || !ok || c[t] == nil {
		return nil
	}
	months := c[t][span.First-m.First : span.Last-m.First+1]
	if total(months) == 0 && len(m.known(la, t)) == 0 && !m.rolls(la, t) {
		return nil
	}
	empty, silent := emptyRuns(months), m.silentOf(at, span)
	var unended map[dataset.Period]bool
	if !m.rolls(la, t) { // lists say by themselves what they cover
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
		switch {
		case between:
			m.Between.add(la, t, p)
		case (silent[p] || dark[p] || unended[p]) && m.guard && !missing:
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

// silentOf are the months of a span without an event of a type although enough
// were to be expected.
func (m *Months) silentOf(at ofType, span Span) map[dataset.Period]bool {
	months := m.Counts[at.la][at.t][span.First-m.First : span.Last-m.First+1]
	events, out := m.number(at, span), map[dataset.Period]bool{}
	for i, run := range emptyRuns(months) {
		if p := span.First + dataset.Period(i); expects(events, at.counted(p, run), len(months)) {
			out[p] = true
		}
	}
	return out
}

// dark are the months in which nothing of a family began, although of one of its
// types enough was to be expected: then what is rare was not delivered either,
// which its own number does not tell.
func (m *Months) dark(la uint16, family dataset.Family) map[dataset.Period]bool {
	if m.Counts[la] == nil {
		return nil
	}
	counts := ofFamily(m.Counts[la], family)
	silent, some := map[dataset.Period]bool{}, map[dataset.Period]bool{}
	if counts == nil {
		return nil
	}
	for t, months := range counts {
		at := ofType{la, dataset.EventType(t)}
		span, ok := m.spanOf(at)
		if months == nil || !ok || startOf[t] != dataset.NoEvent {
			continue
		}
		for p := range m.silentOf(at, span) {
			silent[p] = true
		}
		for p := span.First; p <= span.Last; p++ {
			if months[p-m.First] > 0 {
				some[p] = true
			}
		}
	}
	maps.DeleteFunc(silent, func(p dataset.Period, _ bool) bool { return some[p] })
	return silent
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
