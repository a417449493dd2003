package synthetic

import (
	"io"
	"slices"

	"swis/dataset"
)

// The outcomes of the true panel, in the order of its columns.
const (
	truthS47 = iota
	truthS47Children
	truthS17
	truthReferrals
	truthFromSchools
	truthContacts
	truthDays
	truthInCare
	truthEntries
	truthAlways // from here on outcomes that ingest builds when it is asked to
)

const (
	truthPlans = truthAlways + iota
	truthProtection
	truthConferences
	truthReferred
	truthNoAction
	truthNeed
	truths
)

var truthNames = [truths]string{"s47", "s47_children", "s17_starts", "referrals", "referrals_from_schools", "contacts", "days_in_care", "children_in_care", "care_entries",
	"cin_plan_starts", "cpp_starts", "icpc", "referred_children", "referrals_nfa", "episodes_of_need"}

// Asked are the outcomes of the second true panel, in the order of its columns.
var Asked = truthNames[truthAlways:]

// of are the outcomes that a kind of row counts for.
var truthOf = map[rowKind][]int{enquiryRow: {truthS47, truthS47Children}, assessmentRow: {truthS17}, contactRow: {truthContacts}, planRow: {truthPlans}, protectionRow: {truthProtection},
	conferenceRow: {truthConferences}, referralRow: {truthReferrals, truthFromSchools, truthReferred, truthNoAction, truthNeed}}

// delivers says whether an authority hands over a kind of row.
func (a *Authority) delivers(kind rowKind) bool {
	switch a.Delivery {
	case Counts:
		return false
	case AnnexA:
		return true
	case SSD:
		return kind != conferenceRow && kind != protectionRow
	}
	return kind != contactRow
}

// PanelRow is one school and month of the true panel, counted from the
// children's records after the faults were planted.
type PanelRow struct {
	School string
	LA     string
	Month  dataset.Day
	Value  [truths]int
	Blank  [truths]bool // not delivered, or withheld
}

// counter counts the records of an authority by school and month.
type counter struct {
	k      *records
	first  dataset.Period
	width  int
	rows   []PanelRow
	closed int // events at a school after it closed
	// cells of the child at hand, for distinct children
	seen, referred []int
}

// panel counts the records by school and month.
func (k *records) panel() []PanelRow { return k.count().rows }

func (k *records) count() *counter {
	months := dataset.Month
	n := &counter{k: k, first: months.Of(k.calendar.First)}
	n.width = int(months.Of(k.calendar.End)-n.first) + 1
	n.rows = make([]PanelRow, len(k.schools)*n.width)
	careMonths := k.careMonths()
	for i := range n.rows {
		r := &n.rows[i]
		month := n.first + dataset.Period(i%n.width)
		r.School, r.LA, r.Month = k.schools[i/n.width].ID(), k.authority.Code, months.Start(month)
		for kind, outcomes := range truthOf {
			for _, o := range outcomes {
				r.Blank[o] = !k.authority.delivers(kind)
			}
		}
		if k.authority.Delivery == Counts {
			for o := range r.Blank {
				r.Blank[o] = !slices.Contains(countedOutcomes, o) || k.withheld(i, o)
			}
		}
		for _, o := range []int{truthDays, truthInCare, truthEntries} {
			r.Blank[o] = !careMonths[month]
		}
		if k.closing.day != 0 && int(k.closing.school) == i/n.width && r.Month > k.closing.day {
			for o := range r.Blank { // the school is no more
				r.Blank[o] = true
			}
		}
		for kind, outcomes := range truthOf {
			if slices.Contains(k.silent[kind], month) {
				for _, o := range outcomes {
					r.Blank[o] = true
				}
			}
		}
	}
	for _, e := range k.named {
		if i := e.urn - k.schools[0].URN; i >= 0 && i < len(k.schools) {
			n.rows[i*n.width+int(months.Of(e.day)-n.first)].Value[truthContacts]++
		}
	}
	next := 0 // planted rows stand in order of their children
	extras := slices.Clone(k.extras)
	slices.SortStableFunc(extras, func(a, b extra) int { return a.child - b.child })
	for next < len(extras) && extras[next].child < 0 {
		next++
	}
	for i := range k.children {
		c := &k.children[i]
		n.seen, n.referred = n.seen[:0], n.referred[:0]
		for j := range c.cases {
			e := &c.cases[j]
			n.referral(c, e)
			for _, p := range e.plans {
				n.event(c, truthPlans, p.start)
			}
			for _, p := range e.protection {
				n.event(c, truthProtection, p.start)
			}
			for _, a := range e.assessments {
				n.event(c, truthS17, a.start)
			}
			for _, q := range e.enquiries {
				n.enquiry(c, q.day)
				if q.conference != 0 {
					n.event(c, truthConferences, q.conference)
				}
			}
		}
		for _, t := range c.contacts {
			n.event(c, truthContacts, t.day)
		}
		for ; next < len(extras) && extras[next].child == i; next++ {
			if extras[next].counts {
				n.enquiry(c, extras[next].day)
			}
		}
		n.care(c)
	}
	return n
}

// cell is where a child's event counts, -1 for nowhere.
func (n *counter) cell(c *child, d dataset.Day) int {
	k := n.k
	if c.pupil < 0 || d < k.calendar.First || d > k.calendar.End {
		return -1
	}
	for _, t := range k.pupils[c.pupil].stays {
		if t.to != 0 && t.from <= d && d < t.to {
			return int(t.school)*n.width + int(dataset.Month.Of(d)-n.first)
		}
	}
	return -1
}

func (n *counter) event(c *child, outcome int, d dataset.Day) int {
	cell := n.cell(c, d)
	if cell < 0 {
		return cell
	}
	n.rows[cell].Value[outcome]++
	if closing := n.k.closing; outcome < truthAlways && closing.day != 0 && cell/n.width == int(closing.school) && d > closing.day {
		n.closed++
	}
	return cell
}

// referral counts a referral under the outcomes that are made of it.
func (n *counter) referral(c *child, e *episode) {
	cell := n.event(c, truthReferrals, e.referral)
	if cell < 0 {
		return
	}
	v := &n.rows[cell].Value
	if e.source == "2A" {
		v[truthFromSchools]++
	}
	if e.noFurtherAction {
		v[truthNoAction]++
	} else {
		v[truthNeed]++
	}
	if !slices.Contains(n.referred, cell) {
		n.referred = append(n.referred, cell)
		v[truthReferred]++
	}
}

func (n *counter) enquiry(c *child, d dataset.Day) {
	if cell := n.event(c, truthS47, d); cell >= 0 && !slices.Contains(n.seen, cell) {
		n.seen = append(n.seen, cell)
		n.rows[cell].Value[truthS47Children]++
	}
}

// care adds a child's days in care at the school where it was when the period
// of care, or the panel, began.
func (n *counter) care(c *child) {
	k, months := n.k, dataset.Month
	n.seen = n.seen[:0]
	for i, s := range c.care {
		if c.pupil < 0 || s.end <= k.calendar.First || s.start > k.calendar.End {
			continue
		}
		at := max(s.start, k.calendar.First)
		for _, stay := range k.pupils[c.pupil].stays {
			if stay.to == 0 || !stay.holds(at) {
				continue
			}
			if s.start >= k.calendar.First && !c.continues(i) {
				n.rows[int(stay.school)*n.width+int(months.Of(at)-n.first)].Value[truthEntries]++
			}
			for p := months.Of(at); p <= months.Of(min(s.end-1, k.calendar.End)); p++ {
				cell := int(stay.school)*n.width + int(p-n.first)
				n.rows[cell].Value[truthDays] += int(min(s.end, months.Start(p+1)) - max(s.start, months.Start(p)))
				if !slices.Contains(n.seen, cell) {
					n.seen = append(n.seen, cell)
					n.rows[cell].Value[truthInCare]++
				}
			}
		}
	}
}

// continues says whether a period of care is said to go on from an earlier one.
func (c *child) continues(i int) bool {
	list := placements(c.care[i])
	if i < len(c.careFaults) && c.careFaults[i] != nil {
		c.careFaults[i](list)
	}
	return list[0].isNew != "S"
}

// writePanel writes the outcomes from one to the one before another.
func writePanel(o *output, file string, rows []PanelRow, from, to int) error {
	return o.file(file, func(w io.Writer) error {
		header := "school_id,la,period"
		for _, name := range truthNames[from:to] {
			header += "," + name
		}
		s := newSheet(w, header, isoDate, false)
		for i := range rows {
			r := &rows[i]
			s.texts(r.School, r.LA, dataset.Month.Label(dataset.Month.Of(r.Month)))
			for o := from; o < to; o++ {
				if r.Blank[o] {
					s.text("")
				} else {
					s.number(r.Value[o])
				}
			}
			s.end()
		}
		return s.finish()
	})
}
