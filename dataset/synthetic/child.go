package synthetic

import (
	"fmt"

	"swis/dataset"
)

// child is one child's social care record in one authority.
type child struct {
	pupil      int32  // index into the population; -1 for a child on no roll
	number     int    // the authority's own id, as a running number
	upn        string // as the authority holds it; empty where unknown
	formerUPN  string
	upnUnknown string // reason code where upn is empty
	birth      dataset.Day
	death      dataset.Day
	female     bool
	ethnicity  string
	lookup     bool // linked to a school by the authority's own list, not by UPN
	named      bool // its rows name the school, and no UPN is held
	again      int  // one more than the index of the record under the number that a change of systems gave, which was decided to be the same child; 0 for none
	second     bool // it is such a record
	cases      []episode
	care       []spell
	contacts   []contact

	careFaults  []func([]placement) // by period of care; nil for none
	careUnknown string              // reason code that stands in the UPN column of the care return
}

// episode is an episode of need: one referral and what followed. Zero days are
// dates that never came.
type episode struct {
	referral, closure dataset.Day
	source, need      string
	noFurtherAction   bool
	assessments       []assessment
	plans             []span
	enquiries         []enquiry
	protection        []protection
}

// contact is one contact with the authority about a child.
type contact struct {
	day     dataset.Day
	source  string
	outcome outcome
}

// outcome says what is recorded of a contact's outcome.
type outcome uint8

const (
	unrecorded outcome = iota
	action
	noAction
)

type span struct{ start, end dataset.Day }

type assessment struct {
	span
	factors string
}

type enquiry struct {
	day, conference dataset.Day // conference is 0 where none was needed
	serial          bool        // the day is written as a spreadsheet's day number
	timed           bool        // the day is written with a time of day
}

type protection struct {
	span
	category string
}

// begins is the first day of an episode: the referral, or an enquiry recorded before it.
func (e *episode) begins() dataset.Day {
	first := e.referral
	for _, q := range e.enquiries {
		first = min(first, q.day)
	}
	return first
}

// free says whether a child, nil for one without a record, has no episode of need between two days, with a
// month between episodes.
func (c *child) free(from, to dataset.Day) bool {
	if c == nil {
		return true
	}
	for i := range c.cases {
		if e := &c.cases[i]; from <= e.closure+30 && e.begins() <= to+30 {
			return false
		}
	}
	return true
}

// outOfCare says whether a child is not in care in an interval or the day after it.
func (c *child) outOfCare(s spell) bool {
	if c == nil {
		return true
	}
	for _, have := range c.care {
		if s.start <= have.end+30 && have.start <= s.end+30 {
			return false
		}
	}
	return true
}

// id is the child's number as the authority writes it. Two authorities use the
// same numbers for different children, as real ones do.
func (c *child) id(a *Authority) string {
	if a.Delivery == XMLCIN {
		return fmt.Sprintf("NM%06d", c.number)
	}
	return fmt.Sprintf("%d", 100000+c.number)
}
