package extracts

import "swis/dataset"

// The children in need census as one CSV a table, as the sector's validator
// writes them. CINdetailsID and the like are counters of one extract.

var laColumn = Column{Name: "LA", Kind: LACode, Also: []string{"LEA", "la_code", "LA code"}, Means: "the authority's code, where files of several are pooled"}

var cinIdentifiers = Layout{
	Name: "cin-csv-identifiers", Title: "CIN census, child identifiers", Without: []string{"Type", "Date"},
	Columns: []Column{
		{Name: "LAchildID", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
		{Name: "UPN", Kind: UPN, Required: true, Means: "unique pupil number"},
		{Name: "FormerUPN", Kind: UPN, Means: "an earlier UPN"},
		{Name: "PersonBirthDate", Kind: Date, Required: true, Means: "birth date"},
		{Name: "ExpectedPersonBirthDate", Kind: Date, Means: "expected birth date of an unborn child"},
		{Name: "PersonDeathDate", Kind: Date, Means: "death date"},
		laColumn,
	},
	Row: func(r *Row) {
		if child, ok := r.Child(0); ok {
			r.cinPerson(child, 1, 2, 3, 4, 5)
		}
	},
}

// cinPerson gives the person of a row from its columns; -1 for a column that
// the layout lacks.
func (r *Row) cinPerson(child dataset.ChildKey, upn, former, birth, expected, death int) {
	p := dataset.Person{Child: child, Birth: r.Date(birth), Death: r.Date(death)}
	p.Pupil, p.CheckLetter = r.Pupil(upn)
	p.Former, _ = r.Pupil(former)
	if blank(p.Birth) {
		p.Birth = r.Date(expected)
	}
	r.Person(p)
}

// Bits of a referral source.
const (
	sourceSchool = 1 << iota
	sourceAmbiguous
	sourceUnknown
)

// readSource reads a referral source: a census code, or words.
func readSource(b []byte) uint32 {
	var bits uint32
	school, ambiguous := sourceIsSchool(b)
	if school {
		bits |= sourceSchool
	}
	if ambiguous {
		bits |= sourceAmbiguous
	}
	if len(b) <= 2 {
		switch text := string(b); text {
		case "1A", "1B", "1C", "1D", "2A", "2B", "3A", "3B", "3C", "3D", "3E", "3F", "4", "5A", "5B", "5C", "5D", "6", "7", "8", "9", "10",
			"1a", "1b", "1c", "1d", "2a", "2b", "3a", "3b", "3c", "3d", "3e", "3f", "5a", "5b", "5c", "5d":
		default:
			bits |= sourceUnknown
		}
	}
	return bits
}

// referral gives the flags of a referral from its source and its column on
// further action.
func (r *Row) referral(source, noAction int) dataset.Flag {
	var flags dataset.Flag
	bits := r.Coded(source, readSource)
	if bits&sourceSchool != 0 {
		flags |= dataset.FromSchool
	}
	if bits&sourceAmbiguous != 0 {
		r.Flag(ruleE11, source)
	}
	if bits&sourceUnknown != 0 {
		r.Flag(ruleE10, source)
	}
	return flags | r.noAction(noAction)
}

var needColumn = Column{Name: "PrimaryNeedCode", Means: "primary need, N0 to N9"}

// readNeed is 1 for a category of need, N0 to N9 with or without its words.
func readNeed(b []byte) uint32 {
	if len(b) >= 2 && (b[0] == 'N' || b[0] == 'n') && isDigit(b[1]) && (len(b) == 2 || !isDigit(b[2])) {
		return 1
	}
	return unknownCode
}

const unknownCode = 2

// checkCode flags a code that parse does not know (E10); a blank one is none.
func (r *Row) checkCode(slot int, parse func([]byte) uint32) {
	if r.Coded(slot, parse) == unknownCode {
		r.Flag(ruleE10, slot)
	}
}

var caseColumn = Column{Name: "CINdetailsID", Means: "counter of the case inside the extract"}

// caseNumber is the case that a row belongs to.
func (r *Row) caseNumber(slot int) dataset.Day {
	if n, ok := number(r.cell(slot)); ok && n >= 0 && n < dataset.MaxCase {
		return dataset.CaseNumber(int(n))
	}
	return noParent
}

// noParent is the parent of an event whose referral the row does not give.
const noParent = dataset.NoDay

var cinDetails = Layout{
	Name: "cin-csv-details", Title: "CIN census, referrals and cases", Without: []string{"Type"}, Annual: true,
	Delivers: []dataset.EventType{dataset.Referral},
	Columns: []Column{
		{Name: "LAchildID", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
		{Name: "CINreferralDate", Kind: Date, Required: true, Means: "referral date"},
		{Name: "ReferralSource", Required: true, Means: "1A to 10; 2A schools, 2B education services"},
		{Name: "CINclosureDate", Kind: Date, Means: "closure date of the case"},
		{Name: "ReferralNFA", Kind: YesNo, Required: true, Means: "no further action"},
		laColumn, caseColumn, needColumn,
	},
	Row: func(r *Row) {
		child, ok := r.Child(0)
		if !ok {
			return
		}
		referred := r.Date(1)
		flags := r.referral(2, 4)
		r.checkCode(7, readNeed)
		r.Event(dataset.Event{Child: child, Type: dataset.Referral, Day: referred, Parent: r.caseNumber(6), Flags: flags})
		if closed := r.Date(3); !blank(closed) {
			r.Event(dataset.Event{Child: child, Type: dataset.CaseClosed, Day: closed, Parent: referred, Flags: flags &^ dataset.FromSchool})
		}
	},
}

// cinPart is a table of the census whose rows start something: column 1 is the
// start, column 2 the end where there is one.
func cinPart(name, title, start, end string, begins, ends dataset.EventType) Layout {
	l := Layout{
		Name: name, Title: title, Without: []string{"Type", "ReferralNFA"}, Annual: true, Delivers: []dataset.EventType{begins},
		Columns: []Column{
			{Name: "LAchildID", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
			{Name: start, Kind: Date, Required: true, Means: "start"},
			laColumn, caseColumn,
			{Name: end, Kind: Date, Means: "end, or what came of it"},
		},
	}
	notRequired := -1
	if begins == dataset.EnquiryStart {
		notRequired = len(l.Columns)
		l.Columns = append(l.Columns, noConferenceColumn)
	}
	l.Row = func(r *Row) {
		if child, ok := r.Child(0); ok {
			r.span(dataset.Event{Child: child, Type: begins, Day: r.Date(1), Parent: r.caseNumber(3)}, ends, 4, notRequired)
		}
	}
	return l
}

var noConferenceColumn = Column{Name: "ICPCnotRequired", Kind: YesNo, Means: "no conference was needed"}

// span gives an event that starts something and, from the column end, the
// event that ends it. An enquiry or assessment without an end is going on,
// unless the row says that no conference was needed.
func (r *Row) span(start dataset.Event, ends dataset.EventType, end, notRequired int) {
	ended := r.Date(end)
	lasts := start.Type == dataset.EnquiryStart || start.Type == dataset.AssessmentStart
	if lasts && r.Has(end) && blank(ended) && (notRequired < 0 || r.Coded(notRequired, readFlag) != flagYes) {
		start.Flags |= dataset.Ongoing
	}
	r.Event(start)
	if !blank(ended) && r.file.layout.Root == "" { // in XML the end makes a row of its own
		r.Event(dataset.Event{Child: start.Child, Type: ends, Day: ended, Parent: start.Parent})
	}
}

var (
	cinAssessments = cinPart("cin-csv-assessments", "CIN census, assessments", "AssessmentActualStartDate", "AssessmentAuthorisationDate", dataset.AssessmentStart, dataset.AssessmentEnd)
	cinPlans       = cinPart("cin-csv-plans", "CIN census, child in need plans", "CINPlanStartDate", "CINPlanEndDate", dataset.PlanStart, dataset.PlanEnd)
	cinSection47   = cinPart("cin-csv-s47", "CIN census, Section 47 enquiries", "S47ActualStartDate", "DateOfInitialCPC", dataset.EnquiryStart, dataset.Conference)
	cinProtection  = cinPart("cin-csv-cpp", "CIN census, child protection plans", "CPPstartDate", "CPPendDate", dataset.ProtectionStart, dataset.ProtectionEnd)
)

var cinReviews = Layout{
	Name: "cin-csv-reviews", Title: "CIN census, child protection reviews", Without: []string{"Type"}, Ignored: "no outcome is made of reviews",
	Columns: []Column{{Name: "LAchildID", Required: true, Means: "id"}, {Name: "CPPreviewDate", Required: true, Means: "review date"}},
}

var cinCharacteristics = Layout{
	Name: "cin-csv-characteristics", Title: "CIN census, child characteristics", Without: []string{"Type", "UPN", "CINreferralDate"}, Ignored: "ethnicity is not used",
	Columns: []Column{{Name: "LAchildID", Required: true, Means: "id"}, {Name: "Ethnicity", Required: true, Means: "ethnicity"}},
}

var cinHeader = Layout{
	Name: "cin-csv-header", Title: "CIN census, header",
	Columns: []Column{
		{Name: "Collection", Required: true, Means: "CIN"}, {Name: "Year", Required: true, Means: "year of the census"},
		{Name: "ReferenceDate", Kind: Date, Required: true, Means: "last day of the census year"}, {Name: "LEA", Required: true, Means: "the authority's code"},
	},
	Row: func(r *Row) {
		year, _ := number(r.cell(1))
		r.out.headers = append(r.out.headers, dataset.Header{LA: authority(r.cell(3)), Year: int(year), Reference: r.Date(2)})
	},
}
