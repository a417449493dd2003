package panel

import "swis/dataset"

// conferenceDays is how long after an enquiry its conference may be: 15 working
// days by statute, and as long again.
const conferenceDays = 31

// listed finds the lists of Annex A that were made together and the months that
// they cover of each type of event. A list without a row covers its months too.
func (m *Months) listed(extracts []*dataset.Extract) {
	m.Lists, m.Listed = allLists(extracts), map[uint16]*[dataset.EventTypes][]Span{}
	for at, windows := range rollsOn(m.Lists) {
		if m.Listed[at.la] == nil {
			m.Listed[at.la] = new([dataset.EventTypes][]Span)
		}
		types := m.Listed[at.la]
		types[at.t] = monthsOf(windows, 0)
		if at.t == dataset.EnquiryStart {
			types[dataset.Conference] = monthsOf(windows, conferenceDays)
		}
	}
}

// rolls says whether what an authority delivers of a type are lists of Annex A,
// and nothing that has no months of its own.
func (m *Months) rolls(la uint16, t dataset.EventType) bool {
	types := m.Listed[la]
	return types != nil && types[t] != nil
}

// withoutRows makes zeros of the types of which an authority delivered lists
// without any row.
func (m *Months) withoutRows(counts []*[dataset.EventTypes][]int32) {
	for la, types := range m.Listed {
		for t := dataset.Contact; t < dataset.EventTypes; t++ {
			if len(types[t]) == 0 {
				continue
			}
			if counts[la] == nil {
				counts[la], m.Flags[la] = new([dataset.EventTypes][]int32), new([dataset.EventTypes]dataset.Flag)
			}
			if counts[la][t] == nil {
				counts[la][t] = make([]int32, m.Width)
			}
		}
	}
}

// ListGaps are the months between an authority's lists of a type that neither
// a list nor a census covers.
func (m *Months) ListGaps(la uint16, t dataset.EventType) []Span {
	if types := m.Listed[la]; types == nil || len(types[t]) == 0 || !m.guard {
		return nil
	}
	return gaps(m.known(la, t))
}

// Overclaimed says whether a mapping file gives the end of an authority's
// lists in a month later than any of them covers.
func (m *Months) Overclaimed(la uint16) (claimed dataset.Day, last dataset.Period, over bool) {
	claimed = dataset.NoDay
	for _, l := range m.Lists {
		if l.LA != la {
			continue
		}
		for _, x := range l.files {
			if x.Declared {
				claimed = max(claimed, x.Reference)
			}
		}
	}
	for t := range dataset.EventTypes {
		for _, span := range m.Listed[la][t] {
			last = max(last, span.Last)
		}
	}
	return claimed, last, claimed != dataset.NoDay && dataset.Month.Of(claimed+1)-1 > last
}
