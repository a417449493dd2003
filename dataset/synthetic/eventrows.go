package synthetic

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"swis/dataset"
)

const eventsHeader = "child_id,event,date,school_urn,la,source,nfa,upn"

// eventWords are the words for the kinds of rows in a file of one row an event.
var eventWords = map[rowKind]string{contactRow: "contact", referralRow: "referral", closureRow: "closure", assessmentRow: "assessment", planRow: "cin_plan", enquiryRow: "s47_enquiry",
	conferenceRow: "icpc", protectionRow: "cpp"}

// eachEvent visits a child's events as a file of one row an event holds them.
func (k *records) eachEvent(c *child, visit func(kind rowKind, d dataset.Day, source, nfa string)) {
	give := func(kind rowKind, d dataset.Day, source, nfa string) {
		if d = k.known(d); d != 0 {
			visit(kind, d, source, nfa)
		}
	}
	for _, t := range c.contacts {
		give(contactRow, t.day, t.source, [...]string{unrecorded: "", action: "no", noAction: "yes"}[t.outcome])
	}
	for i := range c.cases {
		e := &c.cases[i]
		nfa := "no"
		if e.noFurtherAction {
			nfa = "yes"
		}
		give(referralRow, e.referral, e.source, nfa)
		for _, a := range e.assessments {
			give(assessmentRow, a.start, "", "")
		}
		for _, q := range e.enquiries {
			give(enquiryRow, q.day, "", "")
			give(conferenceRow, q.conference, "", "")
		}
		for _, p := range e.plans {
			give(planRow, p.start, "", "")
		}
		for _, p := range e.protection {
			give(protectionRow, p.start, "", "")
		}
		give(closureRow, e.closure, "", "")
	}
}

// writeEvents writes one row an event, and the mapping file that says of which
// census each roll is.
func (k *records) writeEvents(o *output) error {
	err := o.file(fmt.Sprintf("extracts/%s/events.csv", k.authority.Folder), func(w io.Writer) error {
		s := newSheet(w, eventsHeader, isoDate, false)
		s.faulty = k.faultyRows("events", 0)
		for i := range k.children {
			c := &k.children[i]
			k.eachEvent(c, func(kind rowKind, d dataset.Day, source, nfa string) {
				s.texts(c.id(k.authority), eventWords[kind])
				s.day(d)
				s.texts(k.namedSchool(c, d), k.authority.Code, source, nfa, c.upn)
				s.end()
			})
		}
		return s.finish()
	})
	if err != nil {
		return err
	}
	mapping := fmt.Sprintf("# How %s writes its files.\nla: \"%s\"\n", k.authority.Name, k.authority.Code)
	if list := k.calendar.censuses(); len(list) > 0 {
		mapping += "census:                      # the census that a roll is of collects the attendance of the term before\n"
		for i := range list {
			pattern := list[i].name + "_*"
			if list[i].name == k.untold {
				pattern = list[i].name + "_left*"
			}
			mapping += fmt.Sprintf("  \"%s\": %s\n", pattern, list[i].words)
		}
	}
	return o.text(fmt.Sprintf("maps/%s.yaml", k.authority.Folder), mapping)
}

// namedSchool is the school that a row of a child names: its number on the
// day, for children whose UPN the authority does not hold.
func (k *records) namedSchool(c *child, d dataset.Day) string {
	if !c.named {
		return ""
	}
	for _, t := range k.pupils[c.pupil].stays {
		if t.to != 0 && t.holds(d) {
			return strconv.Itoa(k.schools[t.school].URN)
		}
	}
	return ""
}

// nameSchools takes the pupil numbers from some children, whose rows name the
// school instead.
func (p *planter) nameSchools() {
	for _, i := range p.some(10, len(p.children), func(i int) bool {
		c := &p.children[i]
		stays := p.pupils[c.pupil].stays
		return c.pupil >= 0 && stays[1].to == 0 && p.changes.of(stays[0].school) == 0 && slices.ContainsFunc(c.cases, func(e episode) bool { return stays[0].from <= e.begins() && e.closure < stays[0].to })
	}) {
		c := &p.children[i]
		c.upn, c.named = "", true
	}
}

// eventFaults plants faults of cells in the file of one row an event.
func (p *planter) eventFaults() {
	some := p.known(8)
	line := func(c *child, kind, day string) []string {
		return []string{c.id(p.authority), kind, day, "", p.authority.Code, "", "", c.upn}
	}
	blank := line(some[0], "s47_enquiry", p.iso(p.mid(1)))
	blank[0] = ""
	p.queue("events", 0, blank, line(some[1], "strategy_meeting", p.iso(p.mid(2))), line(some[2], "strategy_meeting", p.iso(p.mid(3))),
		line(some[3], "s47_enquiry", "tbc"), line(some[4], "referral", "2023-02-30"), line(some[5], "contact", ""))
	p.note("events", "K01", 1, false, "child id blank")
	p.note("events", "E1T", 2, false, "unknown type of event")
	p.note("events", "D01", 3, false, "date missing or not a date")
	n := 0
	for i := range p.children {
		c := &p.children[i]
		if n == 5 || c.pupil < 0 || c.upn == "" || len(c.cases) == 0 || len(c.cases[0].assessments) != 1 || c.number%3 != 1 {
			continue
		}
		d := p.records.known(c.cases[0].assessments[0].start)
		if d == 0 {
			continue
		}
		p.queue("events", 0, line(c, "assessment", p.iso(d)))
		p.extras = append(p.extras, extra{-1, row{kind: assessmentRow, day: d}, false})
		n++
	}
	p.note("events", "E01", n, false, "row repeated word for word")
}
