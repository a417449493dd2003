package synthetic

import (
	"fmt"
	"slices"
	"strconv"

	"swis/dataset"
)

// everything plants the faults that the usual set lacks. Each stands on
// children of its own: pupils without a record, on one roll from before the
// faulty return to after the deliveries close, so that a fault makes its own
// rule speak and no other.
func (p *planter) everything() {
	p.attendanceFaults()
	p.cursor = p.r.IntN(max(1, len(p.pupils)))
	switch p.authority.Delivery {
	case FlattenedCIN:
		p.chronology()
		p.tables()
		p.overlaps()
		p.odd()
		p.careChronology()
	case XMLCIN:
		p.chronology()
		p.spike()
	case PooledEvents:
		p.chronology()
		p.spike()
	case AnnexA:
		p.openOrder = true
		p.note("child_upn", "D02", 1, true, "column of dates that can be read in two orders")
		p.ambiguous("List 3")
	case EventRows:
		p.ambiguous("events")
		p.censusFaults()
		p.surveyFaults()
	case SSD:
		p.rekey()
		p.spike()
		p.ambiguous("ssd_cin_episodes")
		p.each("ssd_s47_enquiry", "D08", 3, true, "date with a time of day", func(i int, d dataset.Day) int {
			p.first(i).enquiries = []enquiry{{day: d, timed: true}}
			return 1
		})
		p.name()
		p.bothNumbers, p.contradict = true, p.times(3)
		p.note("pupil rolls", "S06", p.contradict, true, "URN and LAESTAB of two schools")
		p.overstated = p.year.Year
		p.note("c4_section47", "XC1", 1, true, "published total overstated by three tenths")
	}
}

// fresh opens the record of a pupil who has none, with one open case around a
// day; it returns the child's index, -1 where there is no such pupil left.
func (p *planter) fresh(day dataset.Day) int {
	const stride = 7919
	for range p.pupils {
		p.cursor = (p.cursor + stride) % len(p.pupils)
		q := &p.pupils[p.cursor]
		s := q.stays[0]
		if q.child != 0 || q.recorded || q.stays[1].to != 0 || s.from > min(day, p.year.From)-60 || s.to <= p.calendar.Close+30 || p.dual[int32(p.cursor)] || p.renumbers(s.school) {
			continue
		}
		c := p.open(int32(p.cursor))
		c.cases = []episode{{referral: day - 5, closure: day + 40, source: "6", need: "N1"}}
		return len(p.children) - 1
	}
	p.short = true
	return -1
}

// renumbers says whether a school changes its number or closes.
func (k *records) renumbers(school int32) bool {
	return k.converted.is(school) || k.closing.is(school) || k.changes.of(school) != 0
}

// times scales a number of cases with the size of the authority.
func (p *planter) times(n int) int { return n * max(1, len(p.schools)/60) }

// each plants a fault on n fresh children around the middle of the faulty
// return and notes how many cases of the rule they make.
func (p *planter) each(files, rule string, n int, kept bool, what string, plant func(i int, d dataset.Day) (cases int)) {
	if slices.Contains(p.without, rule) {
		return
	}
	cases := 0
	for j := range p.times(n) {
		d := p.mid(j % 25)
		if i := p.fresh(d); i >= 0 {
			cases += plant(i, d)
		}
	}
	p.note(files, rule, cases, kept, what)
}

// the first case of a child
func (p *planter) first(i int) *episode { return &p.children[i].cases[0] }

// chronology plants what contradicts itself in a child's record.
func (p *planter) chronology() {
	files := p.censusFiles()
	p.each(files, "E04", 2, true, "event after the child's death", func(i int, d dataset.Day) int {
		p.children[i].death = d
		e := p.first(i)
		e.enquiries = []enquiry{{day: d + 3}}
		return p.lines(i, func(r row) bool { return r.day > d })
	})
	p.each(files, "E05", 2, true, "enquiry before its own referral", func(i int, d dataset.Day) int {
		p.first(i).enquiries = []enquiry{{day: d - 9}}
		return 1
	})
	p.each(files, "E06", 2, true, "enquiry on a referral without further action", func(i int, d dataset.Day) int {
		e := p.first(i)
		e.noFurtherAction, e.enquiries = true, []enquiry{{day: d}}
		return 1
	})
	p.each(files, "E07", 2, true, "enquiry after the case closed", func(i int, d dataset.Day) int {
		e := p.first(i)
		e.closure, e.enquiries = d+2, []enquiry{{day: d + 6}}
		return 1
	})
	p.each(files, "E09", 2, true, "18 or older at the event", func(i int, d dataset.Day) int {
		p.children[i].birth = d - 19*366
		return p.lines(i, func(row) bool { return true })
	})
	p.each(files, "E08", 2, true, "assessment while another is open", func(i int, d dataset.Day) int {
		p.first(i).assessments = []assessment{{span{d - 3, d + 20}, "3B"}, {span{d + 8, d + 35}, "4B"}}
		return 1
	})
	p.each(files, "E08", 2, true, "enquiry while another awaits its conference", func(i int, d dataset.Day) int {
		p.first(i).enquiries = []enquiry{{day: d, conference: d + 14}, {day: d + 6}}
		return 1
	})
	p.ambiguous(files)
}

// ambiguous plants referrals from education that may be a school.
func (p *planter) ambiguous(files string) {
	p.each(files, "E11", 3, true, "referral source that may be a school", func(i int, d dataset.Day) int {
		e := p.first(i)
		e.source, e.noFurtherAction, e.closure = "Education", true, e.referral+3
		return p.lines(i, func(r row) bool { return r.kind == referralRow })
	})
}

// name plants contacts in a file that names the school of each: of schools of
// the trial, which count, and of one that the register lacks.
func (p *planter) name() {
	n := p.times(4)
	for j := range n {
		d := p.mid(j % 25)
		p.named = append(p.named, namedContact{d, p.schools[j%len(p.schools)].URN, false}, namedContact{d, p.unknownURN(), false})
	}
	if p.authority.Code[0] == '9' { // once, of a story told over and over
		p.named = append(p.named, namedContact{p.mid(3), p.schools[0].URN, true}, namedContact{p.mid(4), p.schools[1].URN, true})
		p.faults = append(p.faults,
			Fault{LA: OddLA, Files: "school_contacts", Rule: "F10", Rows: 1, What: "code of an authority of two digits", Kept: true},
			Fault{LA: OddLA, Files: "school_contacts", Rule: "X02", Rows: 2, What: "month of the last 60 days of a delivery of one month", Kept: true})
		p.note("school_contacts", "F09", 1, true, "column names another authority")
	}
	for j := range p.named {
		if p.named[j].odd {
			continue
		}
		p.extras = append(p.extras, extra{-1, row{kind: contactRow, day: p.named[j].day}, false})
	}
	p.note("school_contacts", "S08", n, false, "contact at a school that the register lacks")
}

// lines counts the lines of a child that fit.
func (p *planter) lines(i int, fit func(row) bool) (n int) {
	var v view
	p.rowsOf(i, &v, func(r row) {
		if !r.second && fit(r) {
			n++
		}
	})
	return n
}

func (p *planter) censusFiles() string {
	switch p.authority.Delivery {
	case FlattenedCIN:
		return "cin tables"
	case XMLCIN:
		return "CIN_Census"
	}
	return "cin_events"
}

// kept queues an extra enquiry that counts, in the child's first case.
func (p *planter) enquiryRow(i int, id, day, conference string, d dataset.Day) {
	p.queue("cin/Section47", p.year.Year, []string{id, "1", day, "", conference, "true"})
	p.extras = append(p.extras, extra{i, row{kind: enquiryRow, day: d}, true})
}

// tables plants faults of cells in the flattened tables.
func (p *planter) tables() {
	const files = "Section47"
	id := func(i int) string { return p.children[i].id(p.authority) }
	p.each(files, "D08", 3, true, "date with a time of day", func(i int, d dataset.Day) int {
		p.enquiryRow(i, id(i), p.iso(d)+"T14:30:00", "", d)
		return 1
	})
	p.each(files, "D09", 2, true, "date of the conference is not a date", func(i int, d dataset.Day) int {
		p.enquiryRow(i, id(i), p.iso(d), "tbc", d)
		return 1
	})
	p.each(files, "K02", 3, true, "child id with a trailing .0", func(i int, d dataset.Day) int {
		p.enquiryRow(i, id(i)+".0", p.iso(d), "", d)
		return 1
	})
	p.each(files, "K0E", 2, false, "child id in scientific notation", func(_ int, d dataset.Day) int {
		p.queue("cin/Section47", p.year.Year, []string{"1.23E+05", "1", p.iso(d), "", "", "true"})
		return 1
	})
	for j := range p.times(2) {
		p.queue("cin/ChildIdentifiers", p.year.Year, []string{fmt.Sprintf("9%023d", j), "", "", "", p.iso(p.year.From - 3000), "", "1", ""})
	}
	p.note("ChildIdentifiers", "K03", p.times(2), true, "child id of 24 digits")
	n := p.times(2)
	for j := range n {
		d := p.mid(j % 25)
		p.queue("cin/Section47", p.year.Year, []string{strconv.Itoa(950000 + j), "1", p.iso(d), "", "", "true"})
		p.extras = append(p.extras, extra{-1, row{kind: enquiryRow, day: d}, false})
	}
	p.note(files, "K09", n, false, "enquiry of a child that the identifiers lack")
	p.note(files, "L01", n, false, "enquiry of a child that the identifiers lack")
	person := func(id, upn string, birth dataset.Day, death string) []string {
		return []string{id, upn, "", "", p.iso(birth), "", "1", death}
	}
	const table, old = "cin/ChildIdentifiers", 3000
	born := p.year.From - old
	for j := range p.times(2) {
		p.queue(table, p.year.Year, person(fmt.Sprintf("96/%05d", j), "", born, ""), person(strconv.Itoa(970000+j), "", born, "9999-12-31"))
	}
	p.note("ChildIdentifiers", "K0A", p.times(2), true, "child id with signs")
	p.note("ChildIdentifiers", "D10", p.times(2), true, "date of death that stands for none")
	p.each("ChildIdentifiers", "K08", 2, true, "child with two months of birth", func(i int, d dataset.Day) int {
		c := &p.children[i]
		e := p.first(i)
		e.closure = e.referral + 10
		p.queue(table, p.year.Year, person(c.id(p.authority), c.upn, c.birth-70, ""))
		return 1
	})
}

// overlaps plants events that stand twice or lie in each other.
func (p *planter) overlaps() {
	p.each("Section47", "E02", 3, true, "enquiry again in another case of the child", func(i int, d dataset.Day) int {
		c := &p.children[i]
		second := c.cases[0]
		second.referral++
		second.closure++
		c.cases[0].enquiries = []enquiry{{day: d}}
		c.cases = append(c.cases, second)
		p.queue("cin/Section47", p.year.Year, []string{c.id(p.authority), "2", p.iso(d), "", "", "true"})
		p.extras = append(p.extras, extra{i, row{kind: enquiryRow, day: d}, false})
		return 1
	})
}

// odd plants what concerns whole files.
func (p *planter) odd() {
	p.oddYear = p.year.Year
	p.note("Reviews", "F02", 1, true, "table with a header and no row")
	p.note("Header", "F09", 1, true, "header names another authority")
	for j := range p.times(2) {
		row := func(urn int, entry, leaving dataset.Day) []string {
			return []string{fmt.Sprintf("o-%07d", j), strconv.Itoa(urn), written(p.calendar.First-3000, censusDate), surnames[j%len(surnames)], forenames[j%len(forenames)],
				newUPN(p.authority.Code, 12, 7995000+j, false).String(), "", "F", written(entry, censusDate), written(leaving, censusDate), "1", ""}
		}
		p.queue("roll/left", 0, row(p.schools[0].URN, p.year.From, p.year.From+200), row(p.schools[1].URN, p.year.From+150, p.year.From+320))
	}
	p.note("pupilnolongeronroll", "L06", p.times(2), true, "pupil at two schools before leaving the first")
}

// spike dates the backlog of a change of systems to one day.
func (p *planter) spike() {
	if slices.Contains(p.without, "E12") {
		return
	}
	counts, days := p.byDay()
	total := 0
	for _, n := range counts {
		total += n
	}
	d := p.migration()
	for range 30 + 14*total/days {
		i := p.fresh(d)
		if i < 0 {
			return
		}
		e := p.first(i)
		e.referral, e.closure, e.noFurtherAction = d, d, true
	}
}

// byDay counts the lines of each day that the deliveries cover.
func (k *records) byDay() (counts []int, days int) {
	days = int(k.calendar.Close-k.calendar.Open) + 1
	counts = make([]int, days)
	add := func(d dataset.Day) {
		if at := int(d - k.calendar.Open); at >= 0 && at < days {
			counts[at]++
		}
	}
	k.eachRow(func(_ int, r row) {
		if !r.second {
			add(r.day)
		}
	})
	for _, x := range k.exclusions {
		add(x.day)
	}
	return counts, days
}

// candidate is the place of a comparison candidate of a phase, counted from n = 0.
func (k *records) candidate(phase string, n int) (int32, bool) {
	i := slices.IndexFunc(k.schools, func(s School) bool {
		if s.Intervention || s.Kind.Phase != phase {
			return false
		}
		n--
		return n < 0
	})
	return int32(i), i >= 0
}
