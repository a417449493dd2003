package synthetic

import (
	"fmt"
	"io"

	"swis/dataset"
)

const pooledHeader = "LAchildID,Date,Type,CINreferralDate,ReferralSource,PrimaryNeedCode,CINclosureDate,ReasonForClosure,DateOfInitialCPC,ReferralNFA,CINPlanStartDate,CINPlanEndDate,S47ActualStartDate,InitialCPCtarget,ICPCnotRequired,AssessmentActualStartDate,AssessmentInternalReviewDate,AssessmentAuthorisationDate,Factors,CPPstartDate,CPPendDate,InitialCategoryOfAbuse,LatestCategoryOfAbuse,NumberOfPreviousCPP,UPN,FormerUPN,UPNunknown,PersonBirthDate,ExpectedPersonBirthDate,GenderCurrent,PersonDeathDate,PersonSchoolYear,Ethnicity,Disabilities,YEAR,LA"

// writePooled writes the returns of all years as one file of events, as a
// regional data team pools them: a row for each date that made an event, with
// the columns of its episode repeated and numbers turned to 1.0.
func (k *records) writePooled(o *output) error {
	return o.file(fmt.Sprintf("extracts/%s/cin_events.csv", k.authority.Folder), func(w io.Writer) error {
		s := newSheet(w, pooledHeader, isoDate, false)
		for y := range k.calendar.Years {
			r := &k.calendar.Years[y]
			s.faulty = append(s.faulty, k.faultyRows("pooled", r.Year)...)
			p := pooled{k: k, s: s, year: r.Year}
			k.eachEpisode(r, p.episode)
		}
		return s.finish()
	})
}

type pooled struct {
	k    *records
	s    *sheet
	year int
	c    *child
	v    *view
}

func (p *pooled) episode(c *child, v *view, _ int) {
	p.c, p.v = c, v
	none := pooledEvent{}
	p.event("CINreferralDate", v.referral, none)
	for i := range v.assessments {
		a := &v.assessments[i]
		p.event("AssessmentActualStartDate", a.start, pooledEvent{assessment: a})
		p.event("AssessmentAuthorisationDate", a.end, pooledEvent{assessment: a})
	}
	for i := range v.plans {
		p.event("CINPlanStartDate", v.plans[i].start, pooledEvent{plan: &v.plans[i]})
		p.event("CINPlanEndDate", v.plans[i].end, pooledEvent{plan: &v.plans[i]})
	}
	for i := range v.enquiries {
		p.event("S47ActualStartDate", v.enquiries[i].day, pooledEvent{enquiry: &v.enquiries[i]})
	}
	for i := range v.protection {
		p.event("CPPstartDate", v.protection[i].start, pooledEvent{protection: &v.protection[i]})
		p.event("CPPendDate", v.protection[i].end, pooledEvent{protection: &v.protection[i]})
	}
	p.event("CINclosureDate", v.closure, none)
}

// pooledEvent is the module that an event comes from.
type pooledEvent struct {
	assessment *assessment
	plan       *span
	enquiry    *enquiry
	protection *protection
}

func (p *pooled) event(kind string, day dataset.Day, e pooledEvent) {
	if day == 0 {
		return
	}
	s, c, v := p.s, p.c, p.v
	s.text(c.id(p.k.authority))
	s.day(day)
	s.text(kind)
	s.day(v.referral)
	s.texts(v.source, v.need)
	s.day(v.closure)
	s.text(v.closureReason())
	var q enquiry
	if e.enquiry != nil {
		q = *e.enquiry
	}
	s.day(q.conference)
	s.text(decimal(v.noFurtherAction))
	var plan span
	if e.plan != nil {
		plan = *e.plan
	}
	s.days(plan.start, plan.end, q.day)
	if e.enquiry != nil {
		s.day(q.day + 21)
		s.text(decimal(q.conference == 0))
	} else {
		s.texts("", "")
	}
	var a assessment
	if e.assessment != nil {
		a = *e.assessment
	}
	s.days(a.start, 0, a.end)
	s.text(a.listed())
	if e.protection != nil {
		s.days(e.protection.start, e.protection.end)
		s.texts(e.protection.category, e.protection.category, "0.0")
	} else {
		s.texts("", "", "", "", "")
	}
	s.texts(c.upn, c.formerUPN, c.upnUnknown)
	year, month, _ := c.birth.Date()
	s.days(dataset.DayOf(year, month, 1), 0) // pooled files cut birth dates to the month
	s.text(c.gender() + ".0")
	s.day(c.death)
	s.texts("", c.ethnicity, "NONE")
	s.number(p.year)
	s.text(p.k.authority.Code)
	s.end()
}

// decimal is a flag after pooling.
func decimal(b bool) string {
	if b {
		return "1.0"
	}
	return "0.0"
}
