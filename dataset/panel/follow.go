package panel

import (
	"slices"

	"swis/dataset"
)

// Subject is a child that is followed from a day on.
type Subject struct {
	Keys         []dataset.ChildKey // under which the authorities' rows know it; none where no row does
	LA           uint16             // whose deliveries must cover the window
	Known        bool               // no row would be missed: false where it cannot be found by what is known of it
	Start        dataset.Day
	Birth, Death dataset.Day
}

// FollowUp is what happened to a subject from its first day to the day before
// the same day some months later. Numbers are -1 where they are not known: the
// authority did not deliver the whole window, or the child cannot be found.
type FollowUp struct {
	Months    int
	Available int32 // days until the window's end, death or, where asked, the 18th birthday
	Care      int32 // days in care, at most Available
	AtStart   int8  // in care on the first day: 1 or 0
	AtEnd     int8  // in care on the day after the window; -1 where the child is 18 or dead by then
	Entered   int8  // a period of care began in the window
	Counts    []int32
}

// IsEventCount says that an outcome is a number of events, which can be counted
// for one child as for a school.
func IsEventCount(o *dataset.Outcome) bool {
	return o.Kind == dataset.CountOutcome && o.Care == dataset.NoCare && o.Sessions == dataset.NoSessions
}

// happening is an event of a subject.
type happening struct {
	subject int32
	day     dataset.Day
	la      uint16
	kind    dataset.EventType
	flags   dataset.Flag
	size    uint8
}

// Follow gives for each subject its follow-up to each number of months. The
// panel must have been built with these children in Options.Follow: events that
// are copies, and rows kept out, are not counted; where a child was at school
// does not matter.
func (p *Panel) Follow(in *Input, o *Options, subjects []Subject, months []int) [][]FollowUp {
	places := map[dataset.ChildKey][]int32{}
	for i, s := range subjects {
		for _, key := range s.Keys {
			places[key] = append(places[key], int32(i))
		}
	}
	happenings := make([][]happening, len(subjects))
	for i := range p.Followed {
		e := &p.Followed[i]
		for _, k := range places[e.Child] {
			happenings[k] = append(happenings[k], happening{k, e.Day, e.LA, e.Type, e.Flags, e.Size})
		}
	}
	stays := make([][]Stay, len(subjects))
	for _, s := range p.Stays {
		for _, k := range places[s.Child] {
			stays[k] = append(stays[k], s)
		}
	}
	known := p.deliveries(in, o)
	out := make([][]FollowUp, len(subjects))
	for i := range subjects {
		s := &subjects[i]
		together := joined(stays[i])
		for _, n := range months {
			out[i] = append(out[i], p.follow(s, n, o, known, happenings[i], together))
		}
	}
	return out
}

func (p *Panel) follow(s *Subject, months int, o *Options, known *deliveries, events []happening, stays []Stay) FollowUp {
	end := s.Start.AddMonths(months)
	f := FollowUp{Months: months, Care: -1, AtStart: -1, AtEnd: -1, Entered: -1, Counts: make([]int32, len(dataset.Outcomes))}
	last := end
	if o.Until18 && s.Birth != dataset.NoDay {
		last = min(last, s.Birth.Birthday(18))
	}
	if s.Death != dataset.NoDay {
		last = min(last, s.Death+1)
	}
	f.Available = int32(max(0, last-s.Start))
	in := func(day dataset.Day) int8 {
		for _, x := range stays {
			if x.Start <= day && day < x.End {
				return 1
			}
		}
		return 0
	}
	if s.Known && known.care(s.LA, s.Start, end) {
		f.Care, f.Entered, f.AtStart = 0, 0, in(s.Start)
		for _, x := range stays {
			if a, b := max(x.Start, s.Start), min(x.End, last); a < b {
				f.Care += int32(b - a)
			}
			if x.Entry && x.Start >= s.Start && x.Start < last {
				f.Entered = 1
			}
		}
		if last == end && known.care(s.LA, end, end+1) {
			f.AtEnd = in(end)
		}
	}
	for i := range dataset.Outcomes {
		outcome := &dataset.Outcomes[i]
		f.Counts[i] = -1
		if !p.Has[i] || !IsEventCount(outcome) || !s.Known || !known.events(s.LA, i, s.Start, end) {
			continue
		}
		f.Counts[i] = 0
		for _, e := range events {
			from := known.months.of(e.la, outcome, o.S17)
			if !from.ok || e.kind != from.of.Type || e.day < s.Start || e.day >= end {
				continue
			}
			if from.of.Fits(e.flags) {
				f.Counts[i] += int32(times(e.size, from.of.Sum))
			} else if from.of.Sum { // of a size that is not known
				f.Counts[i] = -1
				break
			}
		}
	}
	return f
}

// joined merges the stays that a child has under several ids.
func joined(stays []Stay) []Stay {
	slices.SortStableFunc(stays, func(a, b Stay) int { return int(a.Start) - int(b.Start) })
	out := stays[:0]
	for _, s := range stays {
		if n := len(out); n > 0 && s.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// deliveries says which months an authority delivered, over all time.
type deliveries struct {
	months Months
	o      *Options
	types  map[uint16]*[dataset.EventTypes]map[dataset.Period]bool
}

func (p *Panel) deliveries(in *Input, o *Options) *deliveries {
	d := &deliveries{months: p.Report.Months, o: o, types: map[uint16]*[dataset.EventTypes]map[dataset.Period]bool{}}
	d.months.Silent, d.months.Zero, d.months.Between = ByMonth{}, ByMonth{}, ByMonth{}
	all := Span{firstMonth, firstMonth + monthsWide - 1}
	for la := range d.months.Counts {
		d.types[la] = d.months.deliveredTypes(la, all)
	}
	return d
}

// events says whether an authority delivered an outcome in every month from a
// day to the day before another.
func (d *deliveries) events(la uint16, outcome int, from, to dataset.Day) bool {
	s := d.months.of(la, &dataset.Outcomes[outcome], d.o.S17)
	if !s.ok || dataset.Outcomes[outcome].Family == dataset.ReferralFamily && d.months.Bounds[la].cuts(from, to-1) {
		return false
	}
	for m := dataset.Month.Of(from); m <= dataset.Month.Of(to-1); m++ {
		if !d.types[la][s.of.Type][m] {
			return false
		}
	}
	return true
}

func (d *deliveries) care(la uint16, from, to dataset.Day) bool {
	if d.months.CareBounds[la].cuts(from, to-1) {
		return false
	}
	for month := dataset.Month.Of(from); month <= dataset.Month.Of(to-1); month++ {
		if !d.months.CareIn(la, month) {
			return false
		}
	}
	return true
}
