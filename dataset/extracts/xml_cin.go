package extracts

import (
	"errors"

	"swis/dataset"
)

var cinXML = Layout{
	Name: "cin-xml", Title: "CIN census, XML", Root: "Message", Annual: true, Columns: cinEventColumns, Row: cinEventRow,
	Delivers: []dataset.EventType{dataset.Referral, dataset.AssessmentStart, dataset.PlanStart, dataset.EnquiryStart, dataset.ProtectionStart},
	elements: func() elementReader { return &cinReader{} },
}

// cinReader reads Message > Children > Child > CINdetails.
type cinReader struct {
	la, collection string
	reference      string
	year           string
	inHeader       bool
	child          map[string]string
	details        map[string]string
	part           map[string]string
	parts          []cinPartElement
	childLine      int
	detailsLine    int
	partLine       int
	inDetails      bool
	inPart         string
	announced      bool
}

type cinPartElement struct {
	cells map[string]string
	kind  string // the field that makes the row
	line  int
}

// cinParts are the elements inside CINdetails that make rows, with the date
// fields that do.
var cinParts = map[string][]string{
	"Assessments":          {"AssessmentActualStartDate", "AssessmentAuthorisationDate"},
	"CINPlanDates":         {"CINPlanStartDate", "CINPlanEndDate"},
	"Section47":            {"S47ActualStartDate", "DateOfInitialCPC"},
	"ChildProtectionPlans": {"CPPstartDate", "CPPendDate"},
}

func (c *cinReader) start(name string, line int) {
	switch name {
	case "Header":
		c.inHeader = true
	case "Child":
		c.child, c.childLine, c.announced = map[string]string{}, line, false
	case "CINdetails":
		c.details, c.parts, c.detailsLine, c.inDetails = map[string]string{}, nil, line, true
	default:
		if _, ok := cinParts[name]; ok && c.inDetails && c.inPart == "" {
			c.part, c.inPart, c.partLine = map[string]string{}, name, line
		}
	}
}

func (c *cinReader) end(name, text string, emit func(map[string]string, int)) error {
	switch {
	case name == "Header":
		c.inHeader = false
		if c.collection != "CIN" {
			return errors.New("the header does not say Collection CIN: not a children in need census")
		}
	case c.inHeader:
		switch name {
		case "Collection":
			c.collection = text
		case "LEA":
			c.la = text
		case "ReferenceDate":
			c.reference = text
		case "Year":
			c.year = text
		}
	case name == "Child":
		if !c.announced {
			c.identifiers(emit)
		}
		c.child = nil
	case name == "CINdetails":
		c.inDetails = false
		c.rows(emit)
	case name == c.inPart:
		// the first field makes the row even where it is blank, so that the
		// missing date is seen
		for i, field := range cinParts[name] {
			if i == 0 || c.part[field] != "" {
				c.parts = append(c.parts, cinPartElement{c.part, field, c.partLine})
			}
		}
		c.inPart = ""
	case c.inPart != "":
		c.part[name] = text
	case c.inDetails:
		c.details[name] = text
	case c.child != nil:
		c.child[name] = text
	}
	return nil
}

func (c *cinReader) identifiers(emit func(map[string]string, int)) {
	c.announced = true
	cells := c.identified()
	cells["Type"] = identifiersOnly
	emit(cells, c.childLine)
}

func (c *cinReader) identified() map[string]string {
	cells := map[string]string{}
	for _, name := range []string{"LAchildID", "UPN", "FormerUPN", "PersonBirthDate", "ExpectedPersonBirthDate", "PersonDeathDate"} {
		cells[name] = c.child[name]
	}
	return cells
}

// rows gives the rows of one CINdetails: its referral, its closure, its parts.
func (c *cinReader) rows(emit func(map[string]string, int)) {
	if !c.announced && c.child["LAchildID"] != "" {
		c.identifiers(emit)
	}
	c.announced = true // a blank id is seen in the case's own rows
	give := func(kind, date string, part map[string]string, line int) {
		cells := map[string]string{"LAchildID": c.child["LAchildID"]}
		cells["Type"], cells["Date"] = kind, date
		for _, name := range []string{"CINreferralDate", "ReferralSource", "ReferralNFA", "PrimaryNeedCode"} {
			cells[name] = c.details[name]
		}
		for _, name := range []string{"AssessmentAuthorisationDate", "DateOfInitialCPC", "ICPCnotRequired"} {
			cells[name] = part[name]
		}
		emit(cells, line)
	}
	give("CINreferralDate", c.details["CINreferralDate"], nil, c.detailsLine)
	if closed := c.details["CINclosureDate"]; closed != "" {
		give("CINclosureDate", closed, nil, c.detailsLine)
	}
	for _, p := range c.parts {
		give(p.kind, p.cells[p.kind], p.cells, p.line)
	}
}

func (c *cinReader) header(x *dataset.Extract) string {
	if c.reference != "" && x.Reference == dataset.NoDay {
		if d, err := dataset.ParseDay(c.reference); err == nil {
			x.Reference = d
		}
	}
	return c.la
}
