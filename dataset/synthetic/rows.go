package synthetic

import "swis/dataset"

// rowKind is the kind of a dated row of a delivery.
type rowKind uint8

// The kinds of rows.
const (
	contactRow rowKind = iota
	referralRow
	closureRow
	assessmentRow
	assessedRow // the end of an assessment
	planRow
	plannedRow // the end of a plan
	enquiryRow
	conferenceRow
	protectionRow
	protectedRow // the end of a protection plan
	rowKinds
)

// row is one date of a delivery that a reader makes an event of.
type row struct {
	kind   rowKind
	day    dataset.Day
	second bool // it shares its line with another date
}

// extra is a row that stands in no child's record: it was planted.
type extra struct {
	child int // index of the child, -1 for nobody
	row
	counts bool // whether a perfect reader counts it
}

// eachRow visits the dated rows of all deliveries of an authority, repeated
// ones as often as they stand there; child is -1 for planted rows.
func (k *records) eachRow(visit func(child int, r row)) {
	var v view
	for i := range k.children {
		k.rowsOf(i, &v, func(r row) { visit(i, r) })
	}
	for _, e := range k.extras {
		visit(e.child, e.row)
	}
}

// rowsOf visits the rows of one child's record.
func (k *records) rowsOf(child int, v *view, visit func(row)) {
	c := &k.children[child]
	switch k.authority.Delivery {
	case Counts:
		return
	case AnnexA:
		for _, q := range k.quarters {
			c.rowsOfQuarter(&q, visit)
		}
		return
	case SSD:
		k.rowsOfTables(c, visit)
		return
	case EventRows:
		k.eachEvent(c, func(kind rowKind, d dataset.Day, _, _ string) { visit(row{kind: kind, day: d}) })
		return
	}
	for y := range k.calendar.Years {
		for j := range c.cases {
			if v.take(&c.cases[j], &k.calendar.Years[y]) {
				k.rowsOfView(v, visit)
			}
		}
	}
}

// rowsOfQuarter visits the rows of the lists of one delivery of Annex A.
func (c *child) rowsOfQuarter(q *quarter, visit func(row)) {
	give := func(kind rowKind, d dataset.Day, in bool) {
		if in {
			visit(row{kind: kind, day: d})
		}
	}
	ended := func(kind rowKind, d dataset.Day, in bool) { // in the line of the start
		if d := q.known(d); d != 0 && in {
			visit(row{kind, d, true})
		}
	}
	for _, t := range c.contacts {
		give(contactRow, t.day, q.holds(t.day))
	}
	for i := range c.cases {
		e := &c.cases[i]
		give(referralRow, e.referral, q.holds(e.referral))
		for _, a := range e.assessments {
			give(assessmentRow, a.start, q.holds(a.start))
			ended(assessedRow, a.end, q.holds(a.start))
		}
		for _, s := range e.enquiries {
			give(enquiryRow, s.day, q.holds(s.day))
			ended(conferenceRow, s.conference, q.holds(s.day))
		}
		for _, p := range e.plans {
			give(planRow, p.start, q.current(p))
			ended(plannedRow, p.end, q.current(p))
		}
		for _, p := range e.protection {
			give(protectionRow, p.start, q.current(p.span))
			ended(protectedRow, p.end, q.current(p.span))
		}
	}
}

// rowsOfTables visits the rows of the Standard Safeguarding Dataset.
func (k *records) rowsOfTables(c *child, visit func(row)) {
	for _, t := range c.contacts {
		visit(row{kind: contactRow, day: t.day})
	}
	for i := range c.cases {
		e := &c.cases[i]
		visit(row{kind: referralRow, day: e.referral})
		if d := k.known(e.closure); d != 0 {
			visit(row{closureRow, d, true})
		}
		for _, a := range e.assessments {
			visit(row{kind: assessmentRow, day: a.start})
			if d := k.known(a.end); d != 0 {
				visit(row{assessedRow, d, true})
			}
		}
		for _, q := range e.enquiries {
			visit(row{kind: enquiryRow, day: q.day})
		}
		for _, p := range e.plans {
			visit(row{kind: planRow, day: p.start})
			if d := k.known(p.end); d != 0 {
				visit(row{plannedRow, d, true})
			}
		}
	}
}

// rowsOfView visits the rows that a delivery makes of an episode of need.
func (k *records) rowsOfView(v *view, visit func(row)) {
	// A flattened table holds a start and its end in one line, the other two
	// forms make an event of each date.
	flat := k.authority.Delivery == FlattenedCIN
	give := func(kind rowKind, d dataset.Day, second bool) {
		if d != 0 {
			visit(row{kind, d, second && flat})
		}
	}
	give(referralRow, v.referral, false)
	give(closureRow, v.closure, true)
	for _, a := range v.assessments {
		give(assessmentRow, a.start, false)
		give(assessedRow, a.end, true)
	}
	for _, p := range v.plans {
		give(planRow, p.start, false)
		give(plannedRow, p.end, true)
	}
	for _, q := range v.enquiries {
		give(enquiryRow, q.day, false)
		if q.conference != 0 { // pooled files hold it in the row of the enquiry
			visit(row{conferenceRow, q.conference, k.authority.Delivery != XMLCIN})
		}
	}
	for _, p := range v.protection {
		give(protectionRow, p.start, false)
		give(protectedRow, p.end, true)
	}
}
