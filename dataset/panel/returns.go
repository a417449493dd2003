package panel

import (
	"maps"
	"slices"

	"swis/dataset"
)

// delivered is what a file of care holds of one authority.
type delivered struct {
	last  dataset.Day
	first dataset.Day   // end of care, NoDay where none ended
	ended map[int]int64 // rows by the year of the return in which care ended
	years map[int]bool  // of the return, as the rows say
}

// returns finds the months that each authority's returns of care cover, and
// those between two returns that none does. A return of a year holds the
// episodes that were open in it: it covers that year alone, because of the years
// before it only what went on into it is known.
//
// It also finds for each file the day after the last that it covers: as
// declared, or 1 April on or after its latest date, since returns run to 31
// March. The last return covers the months up to its latest date, or up to the
// end of the authority's delivery of events if that is later and within the
// return's year, because a small authority has months without any change.
func (c *carer) returns(events map[uint16]Span, lists []*Lists) (outer map[uint16]Span, missing map[uint16][]Span) {
	c.ends, c.madeOn, c.latest = map[uint16]dataset.Day{}, map[uint16]dataset.Day{}, map[uint16]dataset.Day{}
	c.snapshot = map[uint16]bool{}
	all, annual := map[uint16][]Span{}, map[uint16]bool{}
	for n, x := range c.in.Extracts {
		by, last := careOf(x)
		if len(by) == 0 {
			continue
		}
		if Rolling(x) {
			for _, l := range lists {
				if l.By != MadeUnknown && slices.Contains(l.files, x) {
					last = max(last, l.Made)
				}
			}
			c.madeOn[uint16(n+1)] = last
		}
		end := careEnd(x, last)
		c.ends[uint16(n+1)] = end
		for la, d := range by {
			latest := end
			if len(d.years) > 0 {
				latest = dataset.DayOf(slices.Max(slices.Collect(maps.Keys(d.years))), 4, 1)
			}
			c.latest[la] = max(c.latest[la], latest)
			if !Rolling(x) {
				c.snapshot[la] = !x.Annual && x.Reference == dataset.NoDay && x.Year == 0
				all[la] = append(all[la], d.covers(x, end, events[la])...)
			}
			if have, known := annual[la]; !known || have {
				annual[la] = x.Annual
			}
		}
	}
	for at, windows := range rollsOn(lists) {
		if at.t == dataset.NoEvent {
			all[at.la] = append(all[at.la], monthsOf(windows, 0)...)
			annual[at.la] = false
		}
	}
	outer, missing = map[uint16]Span{}, map[uint16][]Span{}
	for la, spans := range all {
		if annual[la] {
			wholeYears(spans)
		}
		spans = joinedSpans(spans)
		if len(spans) == 0 {
			continue
		}
		outer[la] = Span{spans[0].First, spans[len(spans)-1].Last}
		if between := gaps(spans); len(between) > 0 && c.repair(ruleX01) {
			missing[la] = between
		}
	}
	return outer, missing
}

// wholeYears takes returns to 31 March, all but the latest: it may have been
// made before the year was over.
func wholeYears(spans []Span) {
	latest := dataset.Period(0)
	for _, s := range spans {
		latest = max(latest, s.Last)
	}
	for i, s := range spans {
		if end := returnSpan(returnYear(dataset.Month.Start(s.Last))).Last; end < latest {
			spans[i].Last = end
		}
	}
}

// careOf gathers the rows of care of a file by authority, and the latest date.
func careOf(x *dataset.Extract) (by map[uint16]*delivered, last dataset.Day) {
	by, last = map[uint16]*delivered{}, dataset.NoDay
	for _, chunk := range x.Episodes {
		for i := range chunk {
			e := &chunk[i]
			if e.Status == dataset.Quarantined {
				continue
			}
			d := by[e.LA]
			if d == nil {
				d = &delivered{last: dataset.NoDay, first: dataset.NoDay, ended: map[int]int64{}, years: map[int]bool{}}
				by[e.LA] = d
			}
			d.last = max(d.last, e.Start, e.End)
			last = max(last, d.last)
			if e.End != dataset.NoDay {
				d.ended[returnYear(e.End)]++
				if d.first == dataset.NoDay || e.End < d.first {
					d.first = e.End
				}
			}
			if e.ReturnYear > 0 {
				d.years[int(e.ReturnYear)] = true
			}
		}
	}
	return by, last
}

// careEnd is the day after the last that a file of care covers.
func careEnd(x *dataset.Extract, last dataset.Day) dataset.Day {
	switch {
	case Rolling(x): // up to the day on which it was made
		return dataset.Month.Start(dataset.Month.Of(last) + 1)
	case x.Reference != dataset.NoDay:
		return x.Reference + 1
	case x.Year > 0:
		return dataset.DayOf(x.Year, 4, 1)
	}
	return dataset.DayOf(returnYear(last), 4, 1)
}

// covers are the months that a file covers of an authority's care.
func (d *delivered) covers(x *dataset.Extract, end dataset.Day, events Span) (spans []Span) {
	ended := d.endedYears()
	if len(d.years) > 0 {
		for year := range d.years {
			spans = append(spans, returnSpan(year))
		}
		for year := range ended { // a return that reaches further back than its year
			spans = append(spans, returnSpan(year))
		}
		return spans
	}
	last := dataset.Month.Of(min(d.last, end-1))
	if events.Last >= events.First && events.Last > last {
		last = min(events.Last, dataset.Month.Of(end-1))
	}
	if x.Reference != dataset.NoDay || x.Year > 0 {
		last = dataset.Month.Of(end - 1)
	}
	first := d.first
	if first == dataset.NoDay {
		first = d.last
	}
	switch {
	case x.From != dataset.NoDay && !x.Annual:
		return []Span{{dataset.Month.Of(x.From), last}}
	case !x.Annual:
		return []Span{{returnSpan(returnYear(first)).First, last}}
	case x.Year > 0:
		return []Span{returnSpan(x.Year)}
	}
	until := returnYear(dataset.Month.Start(last))
	from, _ := ended.bounds()
	if from == 0 {
		from = until
	}
	for year := from; year <= until; year++ {
		if ended[year] || year == until || !d.expects() {
			of := returnSpan(year)
			spans = append(spans, Span{of.First, min(of.Last, last)})
		}
	}
	return spans
}

// endedYears are the years with at least a quarter of the usual number of ends
// of care, because a mistyped year must not make a return.
func (d *delivered) endedYears() Years {
	usual := usualNumber(slices.Collect(maps.Values(d.ended)))
	years := Years{}
	for year, n := range d.ended {
		if 4*n >= usual {
			years[year] = true
		}
	}
	return years
}

// fewEnds of care in a year are too few to tell by their absence that a year
// is missing from a file of several.
const fewEnds = 3

func (d *delivered) expects() bool {
	sum := int64(0)
	for _, n := range d.ended {
		sum += n
	}
	return sum >= fewEnds*int64(len(d.ended))
}

// usualNumber is the median of numbers, each weighted by itself, so that a
// long tail of ones does not count.
func usualNumber[N int32 | int64](numbers []N) N {
	slices.Sort(numbers)
	sum, half := int64(0), int64(0)
	for _, n := range numbers {
		sum += int64(n)
	}
	for _, n := range numbers {
		if half += int64(n); 2*half >= sum {
			return n
		}
	}
	return 0
}
