package extracts

import "swis/dataset"

// The columns of the pooled event file that are read. The XML form of the
// census is read as the same rows.
var cinEventColumns = []Column{
	{Name: "LAchildID", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
	{Name: "Date", Kind: Date, Required: true, Means: "date of the event"},
	{Name: "Type", Required: true, Means: "the census field that made the row, e.g. S47ActualStartDate"},
	{Name: "CINreferralDate", Kind: Date, Means: "referral of the case"},
	{Name: "ReferralSource", Means: "1A to 10; 2A schools"},
	{Name: "ReferralNFA", Kind: YesNo, Means: "no further action"},
	{Name: "UPN", Kind: UPN, Means: "unique pupil number"},
	{Name: "FormerUPN", Kind: UPN, Means: "an earlier UPN"},
	{Name: "PersonBirthDate", Kind: Date, Means: "birth date"},
	{Name: "ExpectedPersonBirthDate", Kind: Date, Means: "expected birth date"},
	{Name: "PersonDeathDate", Kind: Date, Means: "death date"},
	{Name: "YEAR", Means: "year of the return"},
	laColumn, needColumn,
	{Name: "AssessmentAuthorisationDate", Kind: Date, Means: "end of the assessment of the row"},
	{Name: "DateOfInitialCPC", Kind: Date, Means: "conference that the enquiry of the row led to"},
	noConferenceColumn,
}

var cinEvents = Layout{
	Name: "cin-events", Title: "CIN census, pooled event file", Annual: true,
	Columns:  cinEventColumns,
	Delivers: []dataset.EventType{dataset.Referral, dataset.AssessmentStart, dataset.PlanStart, dataset.EnquiryStart, dataset.ProtectionStart},
	Row:      cinEventRow,
}

// identifiersOnly is the Type under which the XML reader gives a child's identifiers.
const identifiersOnly = "identifiers"

const unknownType = uint32(dataset.EventTypes)

func readCINType(b []byte) uint32 {
	switch normal(string(b)) {
	case "cinreferraldate":
		return uint32(dataset.Referral)
	case "cinclosuredate":
		return uint32(dataset.CaseClosed)
	case "assessmentactualstartdate":
		return uint32(dataset.AssessmentStart)
	case "assessmentauthorisationdate":
		return uint32(dataset.AssessmentEnd)
	case "cinplanstartdate":
		return uint32(dataset.PlanStart)
	case "cinplanenddate":
		return uint32(dataset.PlanEnd)
	case "s47actualstartdate":
		return uint32(dataset.EnquiryStart)
	case "dateofinitialcpc":
		return uint32(dataset.Conference)
	case "cppstartdate":
		return uint32(dataset.ProtectionStart)
	case "cppenddate":
		return uint32(dataset.ProtectionEnd)
	case "cppreviewdate":
		return uint32(dataset.ProtectionReview)
	case identifiersOnly:
		return uint32(dataset.NoEvent)
	}
	return unknownType
}

func cinEventRow(r *Row) {
	child, ok := r.Child(0)
	if !ok {
		return
	}
	if r.cell(6) != nil || r.cell(8) != nil || string(r.cell(2)) == identifiersOnly {
		r.cinPerson(child, 6, 7, 8, 9, 10)
	}
	if b := r.cell(11); b != nil {
		if year, ok := number(b); ok && int(year) > r.out.year && year < 2100 {
			r.out.year = int(year)
		}
	}
	kind := r.Coded(2, readCINType)
	if kind == unknownType || r.cell(2) == nil {
		r.Quarantine(ruleE1T, 2)
		return
	}
	if kind == uint32(dataset.NoEvent) {
		return
	}
	e := dataset.Event{Child: child, Type: dataset.EventType(kind), Day: r.Date(1), Parent: noParent}
	if e.Type == dataset.Referral {
		e.Flags = r.referral(4, 5)
		r.checkCode(13, readNeed)
	} else {
		e.Flags = r.noAction(5)
		if referred := r.Date(3); !blank(referred) {
			e.Parent = referred
		}
	}
	switch e.Type {
	case dataset.AssessmentStart:
		r.span(e, dataset.AssessmentEnd, 14, -1)
	case dataset.EnquiryStart:
		r.span(e, dataset.Conference, 15, 16)
	default:
		r.Event(e)
	}
}
