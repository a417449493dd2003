package panel

import "swis/dataset"

// dayBits are days of those that are counted.
type dayBits []uint64

func (b dayBits) add(d dataset.Day) {
	if i := int(d - dataset.FirstCounted); i >= 0 && i/64 < len(b) {
		b[i/64] |= 1 << (i % 64)
	}
}

func (b dayBits) has(d dataset.Day) bool {
	i := int(d - dataset.FirstCounted)
	return i >= 0 && i/64 < len(b) && b[i/64]>>(i%64)&1 == 1
}

func newDayBits() dayBits { return make(dayBits, (dataset.LastCounted-dataset.FirstCounted)/64+1) }

// Bounds are the first and last day of a delivery that begins or ends within a
// month, NoDay where it holds the whole month as far as can be told.
type Bounds struct{ First, Last dataset.Day }

// cuts says whether a delivery begins or ends between two days.
func (b Bounds) cuts(from, to dataset.Day) bool {
	return b.First != dataset.NoDay && from < b.First && b.First <= to || b.Last != dataset.NoDay && from <= b.Last && b.Last < to
}

// In says whether a delivery begins or ends within that part of a month which is
// in the panel's window.
func (p *Panel) In(b Bounds, month dataset.Period) bool {
	return b.cuts(max(p.From, dataset.Month.Start(month)), min(p.To, dataset.Month.Start(month+1)-1))
}

// Declared is what mapping files say of the deliveries of an authority: months,
// of which 0 is not said, and the days in them.
type Declared struct {
	Span Span
	Days Bounds
}

// partial finds deliveries of social care that begin or end within a month: as
// mapping files say, or because ten days or more with something beginning were
// to be expected in the part of it that has none. Censuses and lists have months
// of their own; snapshot says whose care comes with the events of the same day.
func (m *Months) partial(in *Input, snapshot map[uint16]bool) {
	m.Bounds, m.CareBounds = map[uint16]Bounds{}, map[uint16]Bounds{}
	for la, span := range m.Spans {
		at := Bounds{dataset.NoDay, dataset.NoDay}
		if began := m.began[la]; began != nil && m.Listed[la] == nil && m.guard && span.First <= span.Last {
			at = began.bounds(span)
		}
		at.counted(in.Extracts, la)
		m.Bounds[la] = at.declared(in.Declared[la])
		if snapshot[la] {
			m.CareBounds[la] = at
		}
	}
	for la := range m.Care {
		at, ok := m.CareBounds[la]
		if !ok {
			at = Bounds{dataset.NoDay, dataset.NoDay}
		}
		m.CareBounds[la] = at.declared(in.DeclaredCare[la])
	}
}

// counted puts in the days that a warehouse says of an authority's rows there.
func (b *Bounds) counted(extracts []*dataset.Extract, la uint16) {
	for _, x := range extracts {
		for _, t := range x.Tallies {
			day := dataset.Month.Start(t.Month) + dataset.Day(t.N) - 1
			switch {
			case t.LA != la:
			case t.First:
				b.First = day
			case t.Last:
				b.Last = day
			}
		}
	}
}

// declared puts the days of mapping files in the place of those that were found.
func (b Bounds) declared(d Declared) Bounds {
	if d.Span.First != 0 {
		b.First = d.Days.First
	}
	if d.Span.Last != 0 {
		b.Last = d.Days.Last
	}
	return b
}

// bounds are those of days with something that begins within a span of months.
func (b dayBits) bounds(span Span) Bounds {
	from, to := dataset.Month.Start(span.First), dataset.Month.Start(span.Last+1)-1
	first, last, number := dataset.NoDay, dataset.NoDay, int64(0)
	for day := from; day <= to; day++ {
		if b.has(day) {
			if number++; first == dataset.NoDay {
				first = day
			}
			last = day
		}
	}
	at := Bounds{dataset.NoDay, dataset.NoDay}
	expects := func(days dataset.Day) bool { return number*int64(days) >= silentFrom*int64(to-from+1) }
	if number > 0 && expects(first-from) {
		at.First = first
	}
	if number > 0 && expects(to-last) {
		at.Last = last
	}
	return at
}
