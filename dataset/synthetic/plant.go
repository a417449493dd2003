package synthetic

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"swis/dataset"
)

// Fault is a fault that stands in the files a known number of times.
type Fault struct {
	LA    string `json:"la"`
	Files string `json:"files"` // kind of file, e.g. Section47
	Rule  string `json:"rule"`  // of the catalogue of data rules
	Rows  int    `json:"rows"`
	What  string `json:"what"`
	Kept  bool   `json:"kept"`              // whether the event of the row still counts
	Term  bool   `json:"by_term,omitempty"` // counted in panels by term or year only
}

// planter mixes the faults of one authority into its records and files.
type planter struct {
	*records
	r    *rand.Rand
	year *Return // the return that holds the faults: the last one of a full year

	without              []string
	cursor               int  // among the pupils, for fresh
	short                bool // there were too few of them
	silentFrom, silentTo dataset.Day
}

// plant plants the faults of an authority. Faults that would change a count
// stand in extra rows; the others change details of real ones. The true panel
// is therefore what a perfect reader makes of the files.
func (k *records) plant(all bool, without []string) error {
	years := k.calendar.Years
	p := &planter{records: k, r: stream(0, "faults/"+k.authority.Code, 0), year: &years[max(0, len(years)-2)]}
	k.queued = map[string][][]string{}
	p.without = without
	if all {
		p.late()
		if k.authority.Delivery == PooledEvents && !slices.Contains(without, "X01") {
			p.quiet()
		}
		p.schoolsChange()
	}
	p.unlinkable()
	p.rolls()
	switch k.authority.Delivery {
	case FlattenedCIN:
		p.flattened()
	case XMLCIN:
		p.former()
		p.convert()
		p.xml()
	case PooledEvents:
		p.lookup()
		p.twice()
		p.pooled()
	case AnnexA:
		p.serials("List 5", 3)
	case EventRows:
		p.nameSchools()
		p.eventFaults()
	case Counts:
		p.counts(all)
	}
	switch {
	case !k.authority.Care.Delivered || k.authority.Care.Floor || k.authority.Delivery == AnnexA:
	case k.authority.Delivery == SSD:
		p.tableCare()
	default:
		p.care()
	}
	if all {
		p.everything()
	}
	if p.short {
		return fmt.Errorf("%s has too few pupils without a record for all faults: ask for more pupils or schools", k.authority.Name)
	}
	return nil
}

func (p *planter) note(files, rule string, rows int, kept bool, what string) {
	if rows > 0 {
		p.faults = append(p.faults, Fault{LA: p.authority.Code, Files: files, Rule: rule, Rows: rows, What: what, Kept: kept})
	}
}

// noteByTerm notes a fault that shows in panels by term or year only.
func (p *planter) noteByTerm(files, rule string, rows int, what string) {
	p.note(files, rule, rows, false, what)
	p.faults[len(p.faults)-1].Term = true
}

// queue adds faulty rows to a table of the return that holds the faults.
func (p *planter) queue(table string, year int, rows ...[]string) {
	key := table + "/" + strconv.Itoa(year)
	p.queued[key] = append(p.queued[key], rows...)
}

// faultyRows are the rows queued for a table of a return; year 0 for tables without returns.
func (k *records) faultyRows(table string, year int) [][]string {
	return slices.Clone(k.queued[table+"/"+strconv.Itoa(year)])
}

func (k *records) faultyChildren(year int) []string {
	var out []string
	for _, row := range k.faultyRows("xml", year) {
		out = append(out, row[0])
	}
	return out
}

// some draws n of the indices below size, in order, without repetition.
func (p *planter) some(n, size int, fit func(i int) bool) []int {
	var out []int
	if size == 0 {
		return out
	}
	at := p.r.IntN(size)
	for i := range size {
		j := (at + i) % size
		if len(out) < n && fit(j) {
			out = append(out, j)
		}
	}
	slices.Sort(out)
	return out
}

// known are children of the return that holds the faults, for rows that need a
// real id and carry no event.
func (p *planter) known(n int) []*child {
	var v view
	var out []*child
	for _, i := range p.some(n, len(p.children), func(i int) bool {
		c := &p.children[i]
		return c.pupil >= 0 && c.upn != "" && c.inReturn(p.year, &v)
	}) {
		out = append(out, &p.children[i])
	}
	return out
}

// mid is a day in the middle of the faulty return, a few days on for each i.
func (p *planter) mid(i int) dataset.Day {
	return p.year.From + (p.year.To-p.year.From)/2 + dataset.Day(3*i)
}

func (p *planter) iso(d dataset.Day) string { return written(d, isoDate) }

// flattened plants faults in the flattened tables.
func (p *planter) flattened() {
	const table = "cin/Section47"
	year := p.year.Year
	some := p.known(13)
	row := func(c *child, day string) []string { return []string{c.id(p.authority), "1", day, "", "", "true"} }
	for i := range 3 {
		r := row(some[0], p.iso(p.mid(i)))
		r[0] = ""
		p.queue(table, year, r)
	}
	p.note("Section47", "K01", 3, false, "child id blank")
	for i, bad := range []string{"31/02/2023", "not known", "2023-13-01", ""} {
		p.queue(table, year, row(some[i], bad))
	}
	p.note("Section47", "D01", 4, false, "date missing or not a date")
	for i := range 3 {
		p.queue(table, year, row(some[4+i], p.iso(p.year.To+dataset.Day(400+i))))
	}
	p.note("Section47", "D06", 3, false, "date after the return's reference date")
	p.queue(table, year, row(some[7], "1900-01-01"), row(some[8], "1970-01-01"))
	p.note("Section47", "D07", 2, false, "date that stands for none")
	p.queue(table, year, append(row(some[9], p.iso(p.mid(1))), "x"), append(row(some[10], p.iso(p.mid(2))), "x"))
	p.note("Section47", "F06", 2, false, "row with one cell too many")
	p.queue(table, year, row(some[11], p.iso(some[11].birth-40)))
	p.note("Section47", "E03", 1, false, "enquiry before birth")
	p.queue("cin/Assessments", year,
		[]string{"", "1", "1", p.iso(p.mid(3)), "", "", ""},
		[]string{some[12].id(p.authority), "1", "1", "2023-02-30", "", "", ""},
		[]string{some[12].id(p.authority), "1", "1", "tbc", "", "", ""})
	p.note("Assessments", "K01", 1, false, "child id blank")
	p.note("Assessments", "D01", 2, false, "date not a date")
	p.copies(table, 5)
	p.serials("Section47", 3)
	p.identifiers()
	p.sources(3)
}

// copies repeats rows of the Section 47 table word for word.
func (p *planter) copies(table string, n int) {
	left := n
	p.eachEpisode(p.year, func(c *child, v *view, details int) {
		if left == 0 || len(v.enquiries) != 1 || v.enquiries[0].conference != 0 || c.number%7 != 3 {
			return
		}
		q := v.enquiries[0]
		p.queue(table, p.year.Year, []string{c.id(p.authority), strconv.Itoa(details), p.iso(q.day), p.iso(q.day + 21), "", "true"})
		left--
	})
	p.note("Section47", "E01", n-left, false, "row repeated word for word")
}

// once says whether an episode stands in the faulty return and in no other.
func (p *planter) once(e *episode) bool { return e.begins() >= p.year.From && e.closure <= p.year.To }

// eachOnce visits the episodes that stand in the faulty return alone, those of
// children on a roll, until visit has returned true n times.
func (p *planter) eachOnce(n int, visit func(c *child, e *episode) bool) (done int) {
	if len(p.children) == 0 {
		return 0
	}
	at := p.r.IntN(len(p.children))
	for i := range p.children {
		c := &p.children[(at+i)%len(p.children)]
		for j := range c.cases {
			if done < n && c.pupil >= 0 && p.once(&c.cases[j]) && visit(c, &c.cases[j]) {
				done++
				break
			}
		}
	}
	return done
}

// serials writes some enquiry dates as a spreadsheet's day numbers.
func (p *planter) serials(files string, n int) {
	rows := 0
	p.eachOnce(n, func(_ *child, e *episode) bool {
		if len(e.enquiries) != 1 {
			return false
		}
		q := &e.enquiries[0]
		q.serial = true
		rows++
		if p.authority.Delivery == AnnexA {
			rows--
			for n, delivery := range p.quarters {
				if delivery.holds(q.day) && !workbook(n) { // where days are numbers anyway
					rows++
				}
			}
		}
		return true
	})
	p.note(files, "D04", rows, true, "date as a spreadsheet's day number")
}

// sources gives referrals a source code that does not exist.
func (p *planter) sources(n int) {
	done := p.eachOnce(n, func(_ *child, e *episode) bool {
		if !e.noFurtherAction || e.source == "2A" || e.source == "99" {
			return false
		}
		e.source = "99"
		return true
	})
	p.note("CINdetails", "E10", done, true, "unknown referral source")
}

// identifiers plants faults in the identifiers table, on children without events.
func (p *planter) identifiers() {
	const table = "cin/ChildIdentifiers"
	birth := p.iso(p.year.From - 3000)
	row := func(i int, upn string) []string {
		return []string{strconv.Itoa(900000 + i), upn, "", "", birth, "", "1", ""}
	}
	wrong := func(i int) string {
		u := newUPN(p.authority.Code, 10, 7999000+i, false)
		u[0] = upnLetters[(slices.Index([]byte(upnLetters), u[0])+1)%len(upnLetters)]
		return u.String()
	}
	p.queue(table, p.year.Year, row(1, "A12"+p.authority.Code), row(2, p.authority.Code+"2000100123"))
	p.note("ChildIdentifiers", "K04", 2, true, "UPN not of the form letter and 12 digits")
	p.queue(table, p.year.Year, row(3, wrong(1)), row(4, wrong(2)), row(5, wrong(3)))
	p.note("ChildIdentifiers", "K05", 3, true, "UPN with a wrong check letter")
	// Twins of children whom the return before holds, so that they come second.
	before, n := &p.calendar.Years[max(0, len(p.calendar.Years)-3)], 0
	var v view
	for _, i := range p.some(2, len(p.children), func(i int) bool {
		c := &p.children[i]
		return before != p.year && c.pupil >= 0 && c.upn != "" && c.inReturn(before, &v) && c.inReturn(p.year, &v)
	}) {
		n++
		p.queue(table, p.year.Year, row(5+n, p.children[i].upn))
	}
	p.note("ChildIdentifiers", "K07", n, true, "one UPN with two child ids")
}

// unlinkable adds children below school age, known to the authority and on no
// school's roll: about one in sixty of the starts of assessments.
func (p *planter) unlinkable() {
	if p.authority.Delivery == Counts {
		return // no child's row is delivered
	}
	starts := 0
	for i := range p.children {
		for j := range p.children[i].cases {
			starts += len(p.children[i].cases[j].assessments)
		}
	}
	length := int(p.calendar.End - p.calendar.First)
	for range max(4, starts/60) {
		day := p.calendar.First + dataset.Day(p.r.IntN(length))
		c := child{
			pupil: -1, number: len(p.children) + 1, upnUnknown: "UN1", birth: day - dataset.Day(200+p.r.IntN(900)),
			female: p.r.IntN(2) == 0, ethnicity: "WBRI",
		}
		e := episode{referral: day, closure: day + 60, source: "3B", need: "N1", assessments: []assessment{{span{day, day + 30}, "3B"}}}
		if p.r.IntN(3) == 0 && !p.inQuiet(day) {
			e.enquiries = []enquiry{{day: day}}
			p.unlinked.S47++
		}
		c.cases = []episode{e}
		if p.authority.contacts() {
			c.contacts = []contact{{day, "3B", action}}
			p.unlinked.Contacts++
		}
		p.unlinked.S17++
		p.unlinked.Referrals++
		p.unlinked.Children++
		p.children = append(p.children, c)
	}
	p.note("children in need records", "L01", p.unlinked.S47+p.unlinked.S17+p.unlinked.Referrals+p.unlinked.Contacts, false, "event of a child on no roll, below school age")
}

// rolls plants faults in the pupil rolls: children at schools that are not in
// the trial, and pupils who left before they came.
func (p *planter) rolls() {
	pupil := func(i int) upn { return newUPN(p.authority.Code, 12, 7998000+i, false) }
	day := func(d dataset.Day) string { return written(d, censusDate) }
	first, close := p.calendar.First, p.calendar.Close
	row := func(i, urn int, entry dataset.Day) []string {
		return []string{fmt.Sprintf("x-%07d", i), strconv.Itoa(urn), day(first - 3000), surnames[i%len(surnames)], forenames[i%len(forenames)], pupil(i).String(), "", "F", day(entry)}
	}
	on := func(i, urn int) []string { return append(row(i, urn, first+20), "1", "", "C", "N", "4") }
	elsewhere := func(i, urn int) {
		p.queue("roll/on", 0, on(i, urn))
		if p.authority.Delivery == Counts {
			return
		}
		p.children = append(p.children, child{pupil: -1, number: len(p.children) + 1, upn: pupil(i).String(), birth: first - 3000, ethnicity: "WBRI",
			cases: []episode{{referral: first + dataset.Day(60+5*i), closure: first + dataset.Day(63+5*i), source: "6", need: "N1", noFurtherAction: true}}})
	}
	for i := range 4 {
		elsewhere(i, p.unknownURN())
	}
	p.note("pupilonroll", "S01", 4, false, "referral of a child at a school that the register lacks")
	for i := 4; i < 10; i++ {
		elsewhere(i, p.otherURN())
	}
	if p.authority.Delivery != Counts {
		p.note("pupilonroll", "L01", 4, false, "referral of a child at a school that the register lacks")
		p.note("pupilonroll", "S05", 6, false, "referral of a child at a school outside the trial's list")
	}
	for i := range 3 {
		left := append(row(20+i, p.schools[i%len(p.schools)].URN, close-100), day(close-150), "1", "")
		p.queue("roll/left", 0, left)
	}
	p.note("pupilnolongeronroll", "L05", 3, false, "left the school before entering it")
}
