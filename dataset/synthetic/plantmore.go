package synthetic

import (
	"fmt"
	"strings"

	"swis/dataset"
)

// former gives some children a new pupil number while the roll still holds the
// former one.
func (p *planter) former() {
	n := 0
	for _, i := range p.some(8, len(p.children), func(i int) bool { return p.children[i].pupil >= 0 && p.children[i].inWindow(p.calendar) }) {
		c := &p.children[i]
		c.formerUPN, c.upn = c.upn, newUPN(p.authority.Code, 21, 7997000+i%1000, false).String()
		n += c.events(p.calendar)
	}
	p.note("CIN_Census", "L03", n, true, "child linked by a former UPN (events)")
}

// lookup takes the pupil numbers from some children, who are then linked by
// the authority's own list.
func (p *planter) lookup() {
	n := 0
	for _, i := range p.some(12, len(p.children), func(i int) bool {
		c := &p.children[i]
		return c.pupil >= 0 && p.pupils[c.pupil].stays[1].to == 0 && len(c.care) == 0 && c.inWindow(p.calendar)
	}) {
		c := &p.children[i]
		c.upn, c.upnUnknown, c.lookup = "", "UN5", true
		p.lookups++
		n += c.events(p.calendar)
	}
	p.note("cin_events", "L04", n, true, "child linked by the authority's list (events)")
}

// convert lets a comparison candidate become an academy in the middle of the
// baseline: the register closes the old number, and rolls hold the new one for
// those who are there from then on.
func (p *planter) convert() {
	for i := range p.schools {
		if school := &p.schools[i]; !school.Intervention && school.Kind.Phase == Primary.Phase {
			p.converted = conversion{int32(i), dataset.DayOf(academicYear(p.calendar.Start)-1, 9, 1)}
			p.note("edubasealldata", "S03", 1, true, "school that became an academy under a new number")
			return
		}
	}
}

// schoolsChange lets a comparison candidate become part of a merged school in
// the baseline, and another one close, by the trial's list, before the end.
func (p *planter) schoolsChange() {
	blank := func(n int, rule, what string) map[int]bool {
		i, ok := p.candidate(Primary.Phase, n)
		if !ok {
			return nil
		}
		p.note("trial-schools", rule, 1, true, what)
		return map[int]bool{int(i): true}
	}
	p.uncounted = blank(2, "P01", "number of pupils of more than a year before the panel")
	p.unphased = blank(3, "S07", "phase left out of the trial's list")
	switch p.authority.Delivery {
	case FlattenedCIN:
		if i, ok := p.candidate(Primary.Phase, 1); ok {
			p.merged = conversion{i, dataset.DayOf(academicYear(p.calendar.Start)-1, 9, 1)}
		}
	case EventRows:
		p.change()
	case PooledEvents:
		if i, ok := p.candidate(Primary.Phase, 1); ok {
			p.closing = conversion{i, p.calendar.End - 90}
		}
	}
}

// twice puts some pupils on a second roll as a subsidiary registration.
func (p *planter) twice() {
	p.dual = map[int32]bool{}
	from, n := p.calendar.First, 0
	for _, i := range p.some(6, len(p.children), func(i int) bool {
		c := &p.children[i]
		if c.pupil < 0 || c.lookup || len(c.care) > 0 || !c.inWindow(p.calendar) {
			return false
		}
		stay := p.pupils[c.pupil].stays
		return stay[1].to == 0 && stay[0].from <= from && stay[0].to > p.calendar.Close
	}) {
		c := &p.children[i]
		q := &p.pupils[c.pupil]
		other := (int(q.stays[0].school) + 1) % len(p.schools)
		p.dual[c.pupil] = true
		n += c.events(p.calendar)
		p.queue("roll/on", 0, []string{fmt.Sprintf("d-%07d", i), p.schools[other].ID(), written(q.birth, censusDate), surnames[i%len(surnames)], forenames[i%len(forenames)],
			q.upn.String(), "", "F", written(from, censusDate), "1", "", "S", "N", "4"})
	}
	p.note("pupilonroll", "L02", n, true, "child on two rolls, counted at the main one (events)")
}

// events counts a child's referrals, starts and enquiries inside the window.
func (c *child) events(w *Calendar) (n int) {
	in := func(d dataset.Day) {
		if d >= w.First && d <= w.End {
			n++
		}
	}
	for i := range c.cases {
		e := &c.cases[i]
		in(e.referral)
		for _, a := range e.assessments {
			in(a.start)
		}
		for _, q := range e.enquiries {
			in(q.day)
		}
	}
	return n
}

func (c *child) inWindow(w *Calendar) bool { return c.events(w) > 0 }

// xml plants faults in the census XML: extra children with one referral each,
// and details of real episodes that contradict each other.
func (p *planter) xml() {
	extra := func(i int, id, referral string) string {
		identifier := ""
		if id != "" {
			identifier = "    <LAchildID>" + id + "</LAchildID>\n"
		}
		return fmt.Sprintf("  <Child>\n   <ChildIdentifiers>\n%s    <UPNunknown>UN1</UPNunknown>\n    <PersonBirthDate>%s</PersonBirthDate>\n    <Sex>F</Sex>\n   </ChildIdentifiers>\n   <ChildCharacteristics>\n    <Ethnicity>WBRI</Ethnicity>\n   </ChildCharacteristics>\n   <CINdetails>\n    <CINreferralDate>%s</CINreferralDate>\n    <ReferralSource>6</ReferralSource>\n    <PrimaryNeedCode>N1</PrimaryNeedCode>\n    <ReferralNFA>0</ReferralNFA>\n   </CINdetails>\n  </Child>\n",
			identifier, p.iso(p.year.From-dataset.Day(900+i)), referral)
	}
	year := p.year.Year
	for i := range 2 {
		p.queue("xml", year, []string{extra(i, "", p.iso(p.mid(i)))})
	}
	p.note("CIN_Census", "K01", 2, false, "child id blank")
	for i, bad := range []string{"2023-02-31", "01 sept", "0000-00-00"} {
		p.queue("xml", year, []string{extra(i, fmt.Sprintf("NM99000%d", i), bad)})
	}
	p.note("CIN_Census", "D01", 3, false, "referral date not a date")
	for i := range 2 {
		p.queue("xml", year, []string{extra(i, fmt.Sprintf("NM99001%d", i), p.iso(p.year.To+dataset.Day(300+i)))})
	}
	p.note("CIN_Census", "D06", 2, false, "referral after the return's reference date")
	own := func(e *episode) bool {
		return len(e.enquiries) == 1 && len(e.assessments) == 0 && e.enquiries[0].conference == 0 && e.closure > e.enquiries[0].day+15 && e.referral <= e.enquiries[0].day && !e.noFurtherAction
	}
	done := p.eachOnce(3, func(c *child, e *episode) bool {
		if !own(e) || !p.onRoll(c.pupil, e.enquiries[0].day+7) || p.stayFrom(c.pupil, e.enquiries[0].day+7) != p.stayFrom(c.pupil, e.enquiries[0].day) {
			return false
		}
		e.referral = e.enquiries[0].day + 7
		return true
	})
	p.note("CIN_Census", "E05", done, true, "enquiry before its own referral")
	done = p.eachOnce(2, func(_ *child, e *episode) bool {
		ok := own(e)
		e.noFurtherAction = e.noFurtherAction || ok
		return ok
	})
	p.note("CIN_Census", "E06", done, true, "enquiry on a referral without further action")
	done = p.eachOnce(2, func(c *child, e *episode) bool {
		q := e.enquiries
		if !own(e) || e.referral > q[0].day-2 {
			return false
		}
		e.closure = q[0].day - 1
		return true
	})
	p.note("CIN_Census", "E07", done, true, "enquiry after the case closed")
}

// pooled plants faults in the pooled event file.
func (p *planter) pooled() {
	cells := func(id, day, kind string) []string {
		row := make([]string, strings.Count(pooledHeader, ",")+1)
		row[0], row[1], row[2] = id, day, kind
		row[26], row[27], row[29], row[32], row[33] = "UN1", p.iso(p.year.From-1000), "1.0", "WBRI", "NONE"
		row[34], row[35] = fmt.Sprint(p.year.Year), p.authority.Code
		return row
	}
	some := p.known(6)
	of := func(i int, day, kind string) []string {
		row := cells(some[i].id(p.authority), day, kind)
		row[24], row[26], row[27] = some[i].upn, "", p.iso(some[i].birth)
		return row
	}
	year := p.year.Year
	for i := range 3 {
		p.queue("pooled", year, of(i, p.iso(p.mid(i)), "AnnualReviewDate"))
	}
	p.note("cin_events", "E1T", 3, false, "unknown type of event")
	p.queue("pooled", year, cells("", p.iso(p.mid(1)), "CINreferralDate"), cells("", p.iso(p.mid(2)), "S47ActualStartDate"))
	p.note("cin_events", "K01", 2, false, "child id blank")
	p.queue("pooled", year, of(3, "2023-06-31", "S47ActualStartDate"), of(4, "unknown", "CINreferralDate"))
	p.note("cin_events", "D01", 2, false, "date not a date")
	p.queue("pooled", year, of(5, "2099-01-01", "S47ActualStartDate"))
	p.note("cin_events", "D06", 1, false, "date after the delivery")
}

// care plants faults in the returns of children looked after.
func (p *planter) care() {
	within := func(s spell) bool { return s.start > p.year.From && s.end < p.year.To && s.end-s.start > 60 }
	used := map[int]bool{}
	change := func(rule string, n int, kept bool, what string, fault func([]placement)) {
		found := p.some(n, len(p.children), func(i int) bool {
			c := &p.children[i]
			return !used[i] && len(c.care) == 1 && within(c.care[0])
		})
		for _, i := range found {
			used[i] = true
			p.children[i].careFaults = []func([]placement){fault}
		}
		p.note("ssda903 episodes", rule, len(found), kept, what)
	}
	change("C03", 4, true, "end blank although a later episode exists", func(l []placement) { l[0].blank = true })
	change("C04", 5, true, "end of care without its reason", func(l []placement) { l[len(l)-1].unreasoned = true })
	change("C05", 4, true, "episodes overlap by ten days", func(l []placement) { l[0].end += 10 })
	change("E10", 2, true, "unknown legal status", func(l []placement) { l[len(l)-1].legal = "X9" })
	p.careRows(used)
}

// careRows adds extra rows to the episodes of the faulty return.
func (p *planter) careRows(used map[int]bool) {
	const table = "903/episodes"
	slash := func(d dataset.Day) string { return written(d, slashDate) }
	row := func(c *child, start, end, legal string) []string {
		return []string{c.id(p.authority), start, "S", legal, "N1", "U4", "PR1", end, "E4A", "", "EB1 1AA", "EB2 9ZZ", "2500000"}
	}
	// Children whose care ended well before the return does: an extra episode
	// afterwards touches nothing.
	found := p.some(9, len(p.children), func(i int) bool {
		c := &p.children[i]
		return !used[i] && len(c.care) == 1 && c.care[0].end > p.year.From+5 && c.care[0].end < p.year.To-60 && c.pupil >= 0
	})
	at := 0
	next := func() *child {
		if at == len(found) {
			return nil
		}
		at++
		used[found[at-1]] = true
		return &p.children[found[at-1]]
	}
	add := func(rule string, n int, kept bool, what string, of func(c *child) []string) {
		done := 0
		for range n {
			if c := next(); c != nil {
				p.queue(table, p.year.Year, of(c))
				done++
			}
		}
		p.note("ssda903 episodes", rule, done, kept, what)
	}
	add("C01", 2, false, "care ended before it started", func(c *child) []string {
		return row(c, slash(c.care[0].end+40), slash(c.care[0].end+30), "V2")
	})
	add("C02", 3, true, "care ended on the day it started", func(c *child) []string {
		return row(c, slash(c.care[0].end+40), slash(c.care[0].end+40), "V2")
	})
	add("D05", 2, false, "year of two digits", func(c *child) []string {
		return row(c, written(c.care[0].end+40, shortDate), slash(c.care[0].end+44), "V2")
	})
	add("D01", 2, false, "date not a date", func(c *child) []string { return row(c, "30/02/2023", slash(c.care[0].end+44), "V2") })
	p.shortBreaks(row, used)
	unknown := p.some(3, len(p.children), func(i int) bool {
		c := &p.children[i]
		return !used[i] && len(c.care) == 1 && c.care[0].start > p.year.From && c.care[0].end < p.year.To && len(c.cases) > 0 && c.pupil >= 0
	})
	for _, i := range unknown {
		used[i] = true
		p.children[i].careUnknown = "UN4"
	}
	p.note("ssda903 header", "K06", len(unknown), true, "reason code instead of a UPN")
}

// shortBreaks adds short breaks (V3) and agreements of them (V4), which are
// not days in care, to children who have none.
func (p *planter) shortBreaks(row func(c *child, start, end, legal string) []string, used map[int]bool) {
	var v view
	found := p.some(8, len(p.children), func(i int) bool {
		c := &p.children[i]
		return !used[i] && len(c.care) == 0 && c.pupil >= 0 && c.inReturn(p.year, &v)
	})
	for n, i := range found {
		c := &p.children[i]
		used[i] = true
		day, legal := p.mid(n), "V3"
		if n >= 6 {
			legal = "V4"
		}
		p.queue("903/header", p.year.Year, []string{c.id(p.authority), c.gender(), written(c.birth, slashDate), c.ethnicity, c.upn, "", ""})
		p.queue("903/episodes", p.year.Year, row(c, written(day, slashDate), written(day+3, slashDate), legal))
	}
	p.note("ssda903 episodes", "C07", len(found), false, "short breaks (V3) and agreements of them (V4)")
}
