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
	for y := range k.calendar.Years {
		for j := range c.cases {
			if v.take(&c.cases[j], &k.calendar.Years[y]) {
				k.rowsOfView(v, visit)
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
		if k.authority.Delivery != PooledEvents {
			give(conferenceRow, q.conference, true)
		}
	}
	for _, p := range v.protection {
		give(protectionRow, p.start, false)
		give(protectedRow, p.end, true)
	}
}
