package synthetic

import (
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
	truthSuspensions
	truthSuspended
	truthPermanent
	truthAlways // from here on outcomes that ingest builds when it is asked to
)

const (
	truthAssessments = truthAlways + iota
	truthPlans
	truthProtection
	truthConferences
	truthReferred
	truthReferralsKnown
	truthNoAction
	truthNeed
	truthContactsKnown
	truthContactsNoAction
	truthLunchtime
	truthSuspendedSessions
	truths
)

var truthNames = [truths]string{"s47", "s47_children", "s17_starts", "referrals", "referrals_from_schools", "contacts", "days_in_care", "children_in_care", "care_entries",
	"suspensions", "suspended_pupils", "permanent_exclusions",
	"assessments", "cin_plan_starts", "cpp_starts", "icpc", "referred_children", "referrals_known", "referrals_nfa", "episodes_of_need", "contacts_known", "contacts_nfa", "lunchtime_suspensions", "sessions_suspended"}

// truthShares are the shares of the second true panel.
var truthShares = []struct {
	name        string
	part, whole int
}{{"referrals_nfa_share", truthNoAction, truthReferralsKnown}, {"contacts_nfa_share", truthContactsNoAction, truthContactsKnown}}

// Asked are the outcomes of the second true panel.
var Asked = func() []string {
	names := slices.Clone(truthNames[truthAlways:])
	for _, s := range truthShares {
		names = append(names, s.name)
	}
	return names
}()

// of are the outcomes that a kind of row counts for.
var truthOf = map[rowKind][]int{enquiryRow: {truthS47, truthS47Children}, assessmentRow: {truthS17, truthAssessments},
	contactRow: {truthContacts, truthContactsKnown, truthContactsNoAction}, planRow: {truthPlans}, protectionRow: {truthProtection},
	conferenceRow: {truthConferences},
	referralRow:   {truthReferrals, truthFromSchools, truthReferred, truthReferralsKnown, truthNoAction, truthNeed}}

// delivers says whether an authority hands over a kind of row.
func (a *Authority) delivers(kind rowKind) bool {
	switch a.Delivery {
	case Counts:
		return false
	case AnnexA, EventRows:
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
	// events at a school that took the place of one of the trial, months
	// without a suspension or an exclusion, periods of care without an end
	elsewhere, zeros, unended int
	away                      []wander
	// cells of the child at hand, for distinct children
	seen, referred []int
}

// wander is an event of a child who is on no roll of the authority any more:
// where the child went to another one, it counts at the school there.
type wander struct {
	upn     upn
	outcome int
	day     dataset.Day
}

// wanderKinds are the kinds of rows that can fall after a child has left, by
// what they count for.
var wanderKinds = map[int]rowKind{truthPlans: planRow, truthProtection: protectionRow, truthConferences: conferenceRow}

// receive counts the events that authorities before recorded of pupils who
// came from there.
func (n *counter) receive(from []wander) {
	for _, w := range from {
		cell := nowhere
		if pupil, ok := n.k.arrivals[w.upn]; ok {
			cell = n.cell(&child{pupil: pupil}, w.day)
		}
		switch {
		case cell >= 0:
			n.rows[cell].Value[w.outcome]++
		case cell == nowhere:
			n.away = append(n.away, w)
		}
	}
}

// count counts the records by school and month.
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
		if !c.second {
			n.seen, n.referred = n.seen[:0], n.referred[:0]
			n.child(c)
			if c.again > 0 { // one child with a record under another number
				n.child(&k.children[c.again-1])
			}
		}
		for ; next < len(extras) && extras[next].child == i; next++ {
			if extras[next].counts {
				n.enquiry(c, extras[next].day)
			}
		}
		n.care(c)
	}
	n.receive(k.wandering)
	var elsewhere int
	n.zeros, elsewhere = n.countExclusions()
	n.elsewhere += elsewhere
	for i := range n.rows {
		if k.gone(i/n.width, n.rows[i].Month) {
			for o := range n.rows[i].Blank {
				n.rows[i].Blank[o] = true
			}
		}
	}
	return n
}

// child counts the events of one record.
func (n *counter) child(c *child) {
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
			if cell := n.event(c, truthS17, a.start); cell >= 0 {
				n.rows[cell].Value[truthAssessments]++
			}
		}
		for _, q := range e.enquiries {
			n.enquiry(c, q.day)
			if q.conference != 0 {
				n.event(c, truthConferences, q.conference)
			}
		}
	}
	for _, t := range c.contacts {
		cell := n.event(c, truthContacts, t.day)
		if cell < 0 || t.outcome == unrecorded {
			continue
		}
		n.rows[cell].Value[truthContactsKnown]++
		if t.outcome == noAction {
			n.rows[cell].Value[truthContactsNoAction]++
		}
	}
}

// Where an event counts that is in no cell of the panel.
const (
	nowhere  = -1 // outside of the panel, or its child is on no roll
	atOthers = -2 // at a school that is none of the trial any more
)

// cell is where a child's event counts.
func (n *counter) cell(c *child, d dataset.Day) int {
	k := n.k
	if c.pupil < 0 || d < k.calendar.First || d > k.calendar.End {
		return nowhere
	}
	for _, t := range k.pupils[c.pupil].stays {
		if t.to != 0 && t.holds(d) { // the day of leaving is not on roll
			school := k.counts(c.pupil, t, d)
			if school < 0 {
				return atOthers
			}
			return int(school)*n.width + int(dataset.Month.Of(d)-n.first)
		}
	}
	return nowhere
}

func (n *counter) event(c *child, outcome int, d dataset.Day) int {
	cell := n.cell(c, d)
	if kind, wanders := wanderKinds[outcome]; wanders && cell == nowhere && c.pupil >= 0 && c.upn != "" && n.k.authority.delivers(kind) && d >= n.k.calendar.First && d <= n.k.calendar.End {
		n.away = append(n.away, wander{n.k.pupils[c.pupil].upn, outcome, d})
	}
	if cell == atOthers && outcome < truthAlways {
		n.elsewhere++
	}
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
	v[truthReferralsKnown]++
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
	care, unended := k.shownCare(c)
	n.unended += unended
	for i, s := range care {
		if c.pupil < 0 || s.end <= k.calendar.First || s.start > k.calendar.End {
			continue
		}
		at := max(s.start, k.calendar.First)
		for _, stay := range k.pupils[c.pupil].stays {
			if stay.to == 0 || !stay.holds(at) {
				continue
			}
			if s.start >= k.calendar.First && (k.authority.Delivery == AnnexA || !c.continues(i)) {
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
