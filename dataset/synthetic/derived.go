package synthetic

import (
	"slices"

	"swis/dataset"
)

// Bounds of the rules on months and days, as the catalogue gives them.
const (
	silentFrom  = 10 // expected events from which empty months in a row are taken as not delivered (X01)
	endlessFrom = 3  // months without an end among others with many (X01)
	spikeLeast  = 20 // events of a day beyond which, and beyond
	spikeTimes  = 8  // times the daily mean, it is a spike (E12)
	lateDays    = 60 // before the end of a delivery (X02)
)

// derive notes the counts of the rules that follow from the records as a
// whole. It comes last, after all planting.
func (k *records) derive() {
	note := func(files, rule string, rows int, what string) {
		if rows > 0 {
			k.faults = append(k.faults, Fault{LA: k.authority.Code, Files: files, Rule: rule, Rows: rows, What: what, Kept: true})
		}
	}
	note("identifiers", "K10", k.followed(), "child whose UPN another authority holds too")
	if k.authority.Delivery == SSD || k.authority.Delivery == EventRows { // its identifiers are pupil numbers alone
		n := 0
		for i := range k.children {
			if c := &k.children[i]; c.upn == "" && k.shows(c) {
				n++
			}
		}
		note("identifiers", "K09", n, "child without a row of identifiers")
	}
	counts, days := k.byDay()
	total, spikes := 0, 0
	for _, n := range counts {
		total += n
	}
	for _, n := range counts {
		if n > spikeLeast && n*days > spikeTimes*total {
			spikes++
		}
	}
	note("deliveries", "E12", spikes, "day with the backlog of a change of systems")
	note("deliveries", "X01", k.silences()+k.unreturned(), "month without an event of a type, or between two returns of care")
	edges, last := 0, k.calendar.Close
	if k.authority.Delivery == Counts {
		last = k.calendar.End
	}
	for p := dataset.Month.Of(k.calendar.First); p <= dataset.Month.Of(k.calendar.End); p++ {
		if dataset.Month.Start(p+1)-1 > last-lateDays {
			edges++
		}
	}
	note("deliveries", "X02", edges, "month of the last 60 days, recorded late")
	n := k.count()
	note("exclusions", "X01", n.zeros, "month without a suspension or an exclusion")
	note("trial-schools", "S02", n.closed, "event at a school after it closed")
	note("deliveries", "S05", n.elsewhere, "event at a school that took the place of one of the trial")
	note("List 8", "C03", n.unended, "period of care whose end no list holds, and a later one follows")
}

// silences counts the months without an event by type and keeps those that a
// reader takes as not delivered.
func (k *records) silences() (months int) {
	month := dataset.Month
	open, last := month.Of(k.calendar.Open), month.Of(k.calendar.Close)
	wide := int(last-open) + 1
	var counts [rowKinds][]int
	type happening struct {
		child int
		row
	}
	delivered := map[happening]bool{} // whatever the number of lists and returns that hold it
	k.eachRow(func(child int, r row) {
		if counts[r.kind] == nil {
			counts[r.kind] = make([]int, wide)
		}
		r.second = false
		if at := int(month.Of(r.day) - open); at >= 0 && at < wide && (child < 0 || !delivered[happening{child, r}]) {
			delivered[happening{child, r}] = true
			counts[r.kind][at]++
		}
	})
	k.silent = map[rowKind][]dataset.Period{}
	if k.authority.Delivery == Counts {
		return 0
	}
	for kind, by := range counts {
		kind := rowKind(kind)
		sum, first, end := 0, wide, -1
		for i, n := range by {
			if sum += n; n > 0 {
				first, end = min(first, i), i
			}
		}
		runs := emptyRuns(by)
		unended := make([]bool, wide)
		if endOf[kind] != contactRow {
			unended = endless(counts[endOf[kind]], wide)
		}
		for p := month.Of(k.calendar.First); p <= month.Of(k.calendar.End); p++ {
			at := int(p - open)
			switch {
			case sum == 0: // the type is not known to be delivered
				k.silent[kind] = append(k.silent[kind], p)
			case runs[at] > 0 && sum*runs[at] >= silentFrom*wide, unended[at]:
				months++
				k.silent[kind] = append(k.silent[kind], p)
			case by[at] == 0 && at >= first && at <= end:
				months++
			}
		}
	}
	return months
}

// endOf are the kinds of rows that end what others begin; contacts, which
// nothing ends, stand for none.
var endOf = [rowKinds]rowKind{referralRow: closureRow, assessmentRow: assessedRow, planRow: plannedRow, protectionRow: protectedRow}

// emptyRuns gives for each month how many months without a row it stands among.
func emptyRuns(by []int) []int {
	runs := make([]int, len(by))
	for i, n := range by {
		for from := i; n == 0 && from >= 0 && by[from] == 0; from-- {
			runs[i]++
		}
		for to := i + 1; n == 0 && to < len(by) && by[to] == 0; to++ {
			runs[i]++
		}
	}
	return runs
}

// endless are the months in which nothing ended for a quarter of a year or longer,
// though much does before and after.
func endless(ends []int, wide int) []bool {
	out := make([]bool, wide)
	sum, before := 0, 0
	for _, n := range ends {
		sum += n
	}
	for at, run := range emptyRuns(ends) {
		before += ends[at]
		out[at] = run >= endlessFrom && before > 0 && before < sum && sum*run >= silentFrom*wide
	}
	return out
}

// careMonths are the months that the files of children looked after cover, as
// far as their rows tell: a return names no year, so that one without a row
// covers nothing, and the others run from the April before their first end of
// care, or where none ended their latest start, up to the 31 March after their
// latest date; the last may go on to the close of the deliveries.
func (k *records) careMonths() (covered map[dataset.Period]bool) {
	month := dataset.Month
	covered = map[dataset.Period]bool{}
	for n := range k.careFiles() {
		latest, ended := dataset.Day(0), dataset.Day(0)
		see := func(s span) {
			latest = max(latest, s.start, s.end)
			if s.end != 0 && (ended == 0 || s.end < ended) {
				ended = s.end
			}
		}
		for i := range k.children {
			for _, p := range k.careOf(&k.children[i], n) {
				see(p.span)
			}
		}
		for _, b := range k.respite {
			see(span{b.day, b.day + dataset.Day(b.days)})
		}
		if latest == 0 {
			continue
		}
		if ended == 0 {
			ended = latest
		}
		from, to := month.Of(censusYear(ended)), min(month.Of(censusYear(latest))+11, max(month.Of(latest), month.Of(k.calendar.Close)))
		if k.authority.Delivery == AnnexA {
			// Lists hold the half year before the day on which they are made.
			to = month.Of(k.quarters[n].to)
			from = to - 5
		}
		for m := from; m <= to; m++ {
			covered[m] = true
		}
	}
	return covered
}

// unreturned counts the months between two returns of care that none covers.
func (k *records) unreturned() (months int) {
	covered := k.careMonths()
	month := dataset.Month
	for m := month.Of(k.calendar.First); m <= month.Of(k.calendar.End); m++ {
		before, after := false, false
		for c := range covered {
			before, after = before || c < m, after || c > m
		}
		if !covered[m] && before && after {
			months++
		}
	}
	return months
}

// censusYear is the 1 April on or before a day.
func censusYear(d dataset.Day) dataset.Day {
	year, month, _ := d.Date()
	if month < 4 {
		year--
	}
	return dataset.DayOf(year, 4, 1)
}

// followed counts the children whose UPN an authority before holds too.
func (k *records) followed() (n int) {
	for i := range k.children {
		c := &k.children[i]
		if c.pupil >= 0 && k.pupils[c.pupil].recorded && k.pupils[c.pupil].upn.String() == c.upn && k.shows(c) {
			n++
		}
	}
	return n
}

// shows says whether a delivery holds anything of a child.
func (k *records) shows(c *child) bool {
	var v view
	if k.authority.Delivery == Counts {
		return false
	}
	return len(c.contacts) > 0 || k.authority.Care.Delivered && len(c.care) > 0 || slices.ContainsFunc(k.calendar.Years, func(r Return) bool { return c.inReturn(&r, &v) })
}

// quiet takes the enquiries of one month out of the records: an authority that
// did not deliver them.
func (p *planter) quiet() {
	p.silentFrom = dataset.Month.Start(dataset.Month.Of(p.year.From) + 10)
	p.silentTo = dataset.Month.Start(dataset.Month.Of(p.year.From)+11) - 1
	for i := range p.children {
		for j := range p.children[i].cases {
			e := &p.children[i].cases[j]
			if slices.ContainsFunc(e.enquiries, func(q enquiry) bool { return p.inQuiet(q.day) }) {
				e.enquiries, e.protection = nil, nil
			}
		}
	}
}

func (p *planter) inQuiet(d dataset.Day) bool { return d >= p.silentFrom && d <= p.silentTo }

// late thins the last weeks before the deliveries close: half of what
// happened then was not recorded yet.
func (p *planter) late() {
	from := p.calendar.Close - lateDays
	lost := 0
	for i := range p.children {
		c := &p.children[i]
		kept := c.cases[:0]
		for _, e := range c.cases {
			if e.begins() > from && p.r.IntN(2) == 0 {
				lost++
				c.contacts = slices.DeleteFunc(c.contacts, func(t contact) bool { return t.day == e.referral })
				continue
			}
			kept = append(kept, e)
		}
		c.cases = kept
	}
	p.unrecorded = lost
}
