package synthetic

import (
	"fmt"
	"io"
	"strconv"
)

// cinTable is one table of the flattened census.
type cinTable struct {
	name, header string
	row          func(k *records, s *sheet, c *child, v *view, details int)
	identifiers  bool // one row a child instead of rows of episodes
}

var cinTables = []cinTable{
	{name: "ChildIdentifiers", header: ",LAchildID,UPN,FormerUPN,UPNunknown,PersonBirthDate,ExpectedPersonBirthDate,GenderCurrent,PersonDeathDate", identifiers: true,
		row: func(k *records, s *sheet, c *child, _ *view, _ int) {
			s.texts(c.id(k.authority), c.upn, c.formerUPN, c.upnUnknown)
			s.days(c.birth, 0)
			s.text(c.gender())
			s.day(c.death)
			s.end()
		}},
	{name: "ChildCharacteristics", header: ",LAchildID,Ethnicity", identifiers: true,
		row: func(k *records, s *sheet, c *child, _ *view, _ int) {
			s.texts(c.id(k.authority), c.ethnicity)
			s.end()
		}},
	{name: "CINdetails", header: ",LAchildID,CINdetailsID,CINreferralDate,ReferralSource,PrimaryNeedCode,CINclosureDate,ReasonForClosure,DateOfInitialCPC,ReferralNFA",
		row: func(k *records, s *sheet, c *child, v *view, details int) {
			s.text(c.id(k.authority))
			s.number(details)
			s.day(v.referral)
			s.texts(v.source, v.need)
			s.day(v.closure)
			s.text(v.closureReason())
			s.day(0)
			s.text(strconv.FormatBool(v.noFurtherAction))
			s.end()
		}},
	{name: "Assessments", header: ",LAchildID,CINdetailsID,AssessmentID,AssessmentActualStartDate,AssessmentInternalReviewDate,AssessmentAuthorisationDate,AssessmentFactors",
		row: func(k *records, s *sheet, c *child, v *view, details int) {
			for i, a := range v.assessments {
				s.text(c.id(k.authority))
				s.number(details)
				s.number(i + 1)
				s.days(a.start, 0, a.end)
				s.text(a.listed())
				s.end()
			}
		}},
	{name: "CINplanDates", header: ",LAchildID,CINdetailsID,CINPlanStartDate,CINPlanEndDate",
		row: func(k *records, s *sheet, c *child, v *view, details int) {
			for _, p := range v.plans {
				s.text(c.id(k.authority))
				s.number(details)
				s.days(p.start, p.end)
				s.end()
			}
		}},
	{name: "Section47", header: ",LAchildID,CINdetailsID,S47ActualStartDate,InitialCPCtarget,DateOfInitialCPC,ICPCnotRequired",
		row: func(k *records, s *sheet, c *child, v *view, details int) {
			for _, q := range v.enquiries {
				s.text(c.id(k.authority))
				s.number(details)
				if q.serial {
					s.number(serialOf(q.day))
				} else {
					s.day(q.day)
				}
				s.days(q.day+21, q.conference)
				s.text(strconv.FormatBool(q.conference == 0))
				s.end()
			}
		}},
	{name: "ChildProtectionPlans", header: ",LAchildID,CINdetailsID,CPPID,CPPstartDate,CPPendDate,InitialCategoryOfAbuse,LatestCategoryOfAbuse,NumberOfPreviousCPP",
		row: func(k *records, s *sheet, c *child, v *view, details int) {
			for i, p := range v.protection {
				s.text(c.id(k.authority))
				s.number(details)
				s.number(i + 1)
				s.days(p.start, p.end)
				s.texts(p.category, p.category, "0")
				s.end()
			}
		}},
}

// gender is the census code: 1 male, 2 female.
func (c *child) gender() string {
	if c.female {
		return "2"
	}
	return "1"
}

// listed are the factors known at the assessment's end.
func (a *assessment) listed() string {
	if a.end == 0 {
		return ""
	}
	return a.factors
}

// writeFlattened writes the flattened census: one folder a return, one CSV a table.
func (k *records) writeFlattened(o *output) error {
	for y := range k.calendar.Years {
		r := &k.calendar.Years[y]
		code := k.authority.Code
		if k.oddYear == r.Year {
			code = "881"
		}
		folder := fmt.Sprintf("extracts/%s/cin-%d", k.authority.Folder, r.Year)
		header := fmt.Sprintf(",Collection,Year,ReferenceDate,SourceLevel,LEA,SoftwareCode,Release,SerialNo,DateTime\n0,CIN,%d,%s,L,%s,swis demo,1,%d,%sT09:00:00Z\n",
			r.Year, written(r.To, isoDate), code, y+1, written(r.To+20, isoDate))
		if k.oddYear == r.Year {
			if err := o.text(folder+"/Reviews.csv", ",LAchildID,CINdetailsID,CPPID,CPPreviewDate\n"); err != nil {
				return err
			}
		}
		if err := o.text(folder+"/Header.csv", header); err != nil {
			return err
		}
		for _, table := range cinTables {
			err := o.file(fmt.Sprintf("%s/%s.csv", folder, table.name), func(w io.Writer) error {
				s := newSheet(w, table.header, isoDate, true)
				s.faulty, s.empty = k.faultyRows("cin/"+table.name, r.Year), &k.empty
				k.eachEpisode(r, func(c *child, v *view, details int) {
					if !table.identifiers || details == 1 {
						table.row(k, s, c, v, details)
					}
				})
				return s.finish()
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// eachEpisode visits what a return holds, child by child; details counts a
// child's episodes in the return from 1.
func (k *records) eachEpisode(r *Return, visit func(c *child, v *view, details int)) {
	var v view
	for i := range k.children {
		c, details := &k.children[i], 0
		for j := range c.cases {
			if v.take(&c.cases[j], r) {
				details++
				visit(c, &v, details)
			}
		}
	}
}
