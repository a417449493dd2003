package panel

import (
	"context"
	"maps"
	"path/filepath"
	"slices"

	"swis/dataset"
)

// Years are the years to 31 March of the returns that hold something.
type Years map[int]bool

// gaps are the years between the first and the last that have no return.
func (y Years) gaps() (missing []int) {
	first, last := y.bounds()
	for year := first + 1; year < last; year++ {
		if !y[year] {
			missing = append(missing, year)
		}
	}
	return missing
}

func (y Years) bounds() (first, last int) {
	for year := range y {
		if first == 0 || year < first {
			first = year
		}
		last = max(last, year)
	}
	return first, last
}

// startOf is the event that begins what another ends or comes of.
var startOf = [dataset.EventTypes]dataset.EventType{dataset.CaseClosed: dataset.Referral, dataset.AssessmentEnd: dataset.AssessmentStart,
	dataset.PlanEnd: dataset.PlanStart, dataset.ProtectionEnd: dataset.ProtectionStart, dataset.Conference: dataset.EnquiryStart}

// endOf is the event that ends what another begins, as its own row says.
var endOf = [dataset.EventTypes]dataset.EventType{dataset.Referral: dataset.CaseClosed, dataset.AssessmentStart: dataset.AssessmentEnd,
	dataset.PlanStart: dataset.PlanEnd, dataset.ProtectionStart: dataset.ProtectionEnd}

// censusFile is what a census file holds of one authority: rows by the year to
// 31 March, ends apart.
type censusFile struct {
	extract   *dataset.Extract
	number    uint16 // of the extract in events
	la        uint16
	all, ends map[int]int64
	last      dataset.Day
	days      map[end]bool // kinds and days with an end, as far as they are needed
	few       bool         // fewer than silentFrom ends, each once
}

// delivery is a folder of one authority: the tables of a census come together.
type delivery struct {
	folder string
	la     uint16
}

func (f *censusFile) delivery() delivery { return delivery{filepath.Dir(f.extract.File), f.la} }

// censusFiles counts the rows of the census files by year; others are the types
// of event that an authority delivers otherwise too.
func censusFiles(extracts []*dataset.Extract) (files []*censusFile, others map[uint16]*[dataset.EventTypes]bool) {
	others = map[uint16]*[dataset.EventTypes]bool{}
	for number, x := range extracts {
		ofLA := map[uint16]*censusFile{}
		census, list := x.Annual && !x.Declared && x.From == dataset.NoDay, Rolling(x)
		for _, t := range x.Tallies {
			if others[t.LA] == nil {
				others[t.LA] = new([dataset.EventTypes]bool)
			}
			others[t.LA][t.Type] = true
		}
		var other *[dataset.EventTypes]bool // of the authority at hand: each comes once
		at := uint16(0)
		x.Days.Each(until(x), func(la uint16, kind dataset.EventKind, day dataset.Day, n int32, _ dataset.Flag) {
			t, secondary := kind.Type()
			if list {
				return
			}
			if !census {
				if other == nil || at != la {
					if others[la] == nil {
						others[la] = new([dataset.EventTypes]bool)
					}
					other, at = others[la], la
				}
				other[t] = true
				return
			}
			f := ofLA[la]
			if f == nil {
				f = &censusFile{extract: x, number: uint16(number + 1), la: la, all: map[int]int64{}, ends: map[int]int64{}, last: day, days: map[end]bool{}}
				ofLA[la] = f
				files = append(files, f)
			}
			year := returnYear(day)
			f.all[year] += int64(n)
			if secondary || startOf[t] != dataset.NoEvent {
				f.ends[year] += int64(n)
				if len(f.days) < silentFrom {
					f.days[end{t, 0, day}] = true
				}
			}
			f.last = max(f.last, day)
		})
	}
	return files, others
}

// censuses finds the years that each authority's censuses are of, by type of
// event. A census holds the cases that were open in its year: of the years
// before, it has only what went on, which is less than happened, and its count
// there must not be taken for all.
func (m *Months) censuses(ctx context.Context, in *Input) error {
	m.Census = map[uint16]*[dataset.EventTypes]Years{}
	files, others := censusFiles(in.Extracts)
	if err := countEnds(ctx, in, files); err != nil {
		return err
	}
	together := map[delivery]Years{}
	for _, f := range files {
		of := together[f.delivery()]
		if of == nil {
			of = Years{}
			together[f.delivery()] = of
		}
		for year := range f.all {
			of[year] = true
		}
	}
	m.censusEnd = map[uint16]dataset.Period{}
	for _, f := range files {
		m.censusEnd[f.la] = max(m.censusEnd[f.la], dataset.Month.Of(max(f.last, f.extract.Reference)))
		if m.Census[f.la] == nil {
			m.Census[f.la] = new([dataset.EventTypes]Years)
		}
		years := f.years(together[f.delivery()])
		for t := range dataset.EventTypes {
			start := t
			if startOf[t] != dataset.NoEvent {
				start = startOf[t]
			}
			if !slices.Contains(f.extract.Delivers, start) {
				continue
			}
			of := &m.Census[f.la][t]
			if *of == nil {
				*of = Years{}
			}
			for _, year := range years {
				(*of)[year] = true
			}
		}
	}
	m.listed(in.Extracts)
	for la, other := range others {
		for t, delivered := range other {
			if types := m.Census[la]; types != nil && delivered {
				types[t] = nil
			}
			if types := m.Listed[la]; types != nil && delivered {
				types[t] = nil
			}
		}
	}
	return nil
}

// years of a census file: the one that its header or a mapping file says, and
// those in which a quarter of the usual number of cases, plans and assessments
// ended, since nothing that ended before its year is in a census. With few
// ends all years of the events that came together are taken, its own and those
// of the other tables: a rare event of one table has years without any.
func (f *censusFile) years(together Years) (years []int) {
	x := f.extract
	if x.Reference != dataset.NoDay {
		years = append(years, returnYear(x.Reference))
	}
	if f.few {
		if len(years) == 0 {
			return slices.Collect(maps.Keys(together))
		}
		return years
	}
	usual := usualNumber(slices.Collect(maps.Values(f.ends)))
	latest := returnYear(f.last)
	for year, n := range f.ends {
		months := int64(12)
		if year == latest && x.Reference == dataset.NoDay { // the year may not be over
			months = int64(dataset.Month.Of(f.last)-returnSpan(year).First) + 1
		}
		if 4*12*n >= usual*months && !slices.Contains(years, year) {
			years = append(years, year)
		}
	}
	return years
}

// known are the months of a type of event that an authority's censuses and
// lists are of, none where it delivers the type otherwise too.
func (m *Months) known(la uint16, t dataset.EventType) (spans []Span) {
	if types := m.Listed[la]; types != nil {
		spans = append(spans, types[t]...)
	}
	if types := m.Census[la]; types != nil {
		for year := range types[t] {
			of := returnSpan(year)
			if end := m.censusEnd[la]; of.holds(end) { // the year may not be over
				of.Last = end
			}
			spans = append(spans, of)
		}
	}
	return joinedSpans(spans)
}

// bounded cuts a span of events to the first of the authority's censuses and
// lists, where it delivers nothing else, and ends it with them if it has lists,
// which cover months without an event too.
func (m *Months) bounded(la uint16, s Span) Span {
	var first, last dataset.Period
	for t, months := range ofFamily(m.Counts[la], dataset.ReferralFamily) {
		if months == nil {
			continue
		}
		start := dataset.EventType(t)
		if startOf[t] != dataset.NoEvent {
			start = startOf[t]
		}
		spans := m.known(la, start)
		switch {
		case len(spans) == 0 && m.rolls(la, start):
			continue // lists that cover no month
		case len(spans) == 0:
			return s
		}
		if first == 0 || spans[0].First < first {
			first = spans[0].First
		}
		last = max(last, spans[len(spans)-1].Last)
	}
	if m.Listed[la] == nil || first == 0 {
		return Span{max(s.First, first), s.Last}
	}
	return Span{first, last}
}

// CensusGaps are the years between an authority's censuses of which there is
// none.
func (m *Months) CensusGaps(la uint16, t dataset.EventType) []int {
	if types := m.Census[la]; types != nil && m.guard {
		return types[t].gaps()
	}
	return nil
}

// Missing says that none of the censuses and lists of a type is of a month, and
// whether it is between two that are.
func (m *Months) Missing(la uint16, t dataset.EventType, month dataset.Period) (missing, between bool) {
	if !m.guard {
		return false, false
	}
	spans := m.known(la, t)
	switch {
	case len(spans) == 0:
		return m.rolls(la, t), false
	case AnyHolds(spans, month):
		return false, false
	}
	return true, month > spans[0].First && month < spans[len(spans)-1].Last
}
