package panel

import "swis/dataset"

// Annual are an authority's totals by year to 31 March, each event once,
// whatever the window and the child's school: what the open statistics count.
type Annual struct {
	Events   [dataset.EventTypes]map[int]int64
	Children [dataset.EventTypes]map[int]int64 // distinct, with at least one
	Schools  map[int]int64                     // referrals made by schools
	InCare   map[int]int64                     // children looked after on 31 March, short breaks apart
	Entries  map[int]int64                     // distinct children who started to be looked after in the year
}

func increase(m *map[int]int64, year int, n int64) {
	if *m == nil {
		*m = map[int]int64{}
	}
	(*m)[year] += n
}

// annual adds a child's events, in order of day.
func (out *sift) annual(marks []mark) {
	var last [dataset.EventTypes]int // year in which the child was last counted
	for _, m := range marks {
		e := out.event(m)
		if e.Status == dataset.Quarantined || e.Status == dataset.Duplicate {
			continue
		}
		a := out.years[e.LA]
		if a == nil {
			a = &Annual{}
			out.years[e.LA] = a
		}
		year := returnYear(e.Day)
		increase(&a.Events[e.Type], year, 1)
		if last[e.Type] != year {
			increase(&a.Children[e.Type], year, 1)
			last[e.Type] = year
		}
		if e.Type == dataset.Referral && e.Flags&dataset.FromSchool != 0 {
			increase(&a.Schools, year, 1)
		}
	}
}

// add joins the totals of another worker, which saw other children.
func (a *Annual) add(b *Annual) {
	join := func(to *map[int]int64, from map[int]int64) {
		for year, n := range from {
			increase(to, year, n)
		}
	}
	for t := range a.Events {
		join(&a.Events[t], b.Events[t])
		join(&a.Children[t], b.Children[t])
	}
	join(&a.Schools, b.Schools)
	join(&a.InCare, b.InCare)
	join(&a.Entries, b.Entries)
}

// annualCare adds the stays, which are in order of child.
func annualCare(years map[uint16]*Annual, stays []Stay) {
	for i, s := range stays {
		a := years[s.LA]
		if a == nil {
			a = &Annual{}
			years[s.LA] = a
		}
		for year := returnYear(s.Start); dataset.DayOf(year, 3, 31) < s.End; year++ {
			increase(&a.InCare, year, 1)
		}
		year := returnYear(s.Start)
		again := false // the child started earlier in the year
		for k := i - 1; k >= 0 && stays[k].Child == s.Child; k-- {
			again = again || stays[k].Entry && returnYear(stays[k].Start) == year
		}
		if s.Entry && !again {
			increase(&a.Entries, year, 1)
		}
	}
}
