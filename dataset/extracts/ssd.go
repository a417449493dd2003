package extracts

import (
	"hash/maphash"
	"slices"
	"strings"

	"swis/dataset"
)

// Tables of the Standard Safeguarding Dataset, exported as CSV.

func ssdTable(name, title, child, date string, kind dataset.EventType, further ...Column) Layout {
	l := Layout{
		Name: name, Title: title, Delivers: []dataset.EventType{kind},
		Columns: append([]Column{{Name: child, Kind: ChildID, Required: true, Means: "the authority's id of the child"}, {Name: date, Kind: Date, Required: true, Means: "date"}, laColumn}, further...),
	}
	caseSlot := slices.IndexFunc(l.Columns, func(c Column) bool { return strings.HasSuffix(c.Name, "_referral_id") })
	l.Row = func(r *Row) {
		child, ok := r.Child(0)
		if !ok {
			return
		}
		e := dataset.Event{Child: child, Type: kind, Day: r.Date(1), Parent: noParent}
		if caseSlot >= 0 {
			e.Parent = r.caseID(caseSlot)
		}
		switch kind {
		case dataset.Referral:
			e.Flags = r.referral(3, 4)
			if r.cell(4) == nil {
				e.Flags |= r.action(7, readOutcomeWords)
			}
			r.checkCode(6, readNeed)
			r.Event(e)
			if closed := r.Date(5); !blank(closed) {
				r.Event(dataset.Event{Child: child, Type: dataset.CaseClosed, Day: closed, Parent: r.Date(1)})
			}
		case dataset.Contact:
			e.Flags = r.action(3, readOutcomeWords)
			r.Event(e)
		case dataset.AssessmentStart:
			r.span(e, dataset.AssessmentEnd, 3, -1)
		case dataset.PlanStart:
			r.span(e, dataset.PlanEnd, 3, -1)
		case dataset.ProtectionStart:
			r.span(e, dataset.ProtectionEnd, 3, -1)
		case dataset.EnquiryStart:
			r.span(e, dataset.EnquiryEnd, 3, -1)
		default:
			r.Event(e)
		}
	}
	return l
}

var (
	ssdContacts = ssdTable("ssd-contacts", "SSD, contacts", "cont_person_id", "cont_contact_date", dataset.Contact,
		Column{Name: "cont_contact_outcome_json", Also: []string{"cont_contact_outcome"}, Means: "what the contact led to: flags, NFA_FLAG among them, or words"})
	ssdEpisodes = ssdTable("ssd-episodes", "SSD, referrals and cases", "cine_person_id", "cine_referral_date", dataset.Referral,
		Column{Name: "cine_referral_source_code", Means: "1A to 10"}, Column{Name: "cine_referral_nfa", Kind: YesNo, Means: "no further action"},
		Column{Name: "cine_close_date", Kind: Date, Means: "closure"}, Column{Name: "cine_cin_primary_need_code", Means: "primary need, N0 to N9"},
		Column{Name: "cine_referral_outcome_json", Also: []string{"cine_referral_outcome"}, Means: "what the referral led to, where cine_referral_nfa is blank"}, ssdCase("cine"))
	ssdAssessments = ssdTable("ssd-assessments", "SSD, assessments", "cina_person_id", "cina_assessment_start_date", dataset.AssessmentStart,
		Column{Name: "cina_assessment_auth_date", Kind: Date, Means: "end of the assessment"}, ssdCase("cina"))
	ssdSection47 = ssdTable("ssd-s47", "SSD, Section 47 enquiries", "s47e_person_id", "s47e_s47_start_date", dataset.EnquiryStart,
		Column{Name: "s47e_s47_end_date", Kind: Date, Means: "end of the enquiry"}, ssdCase("s47e"))
	ssdPlans = ssdTable("ssd-cinplans", "SSD, child in need plans", "cinp_person_id", "cinp_cin_plan_start_date", dataset.PlanStart,
		Column{Name: "cinp_cin_plan_end_date", Kind: Date, Means: "end of the plan"}, ssdCase("cinp"))
	ssdConferences = ssdTable("ssd-conferences", "SSD, initial child protection conferences", "icpc_person_id", "icpc_icpc_date", dataset.Conference, ssdCase("icpc"))
	ssdProtection  = ssdTable("ssd-cpplans", "SSD, child protection plans", "cppl_person_id", "cppl_cp_plan_start_date", dataset.ProtectionStart,
		Column{Name: "cppl_cp_plan_end_date", Kind: Date, Means: "end of the plan"}, ssdCase("cppl"))
)

// ssdCase is the column by which a table refers to the case, the referral's own
// table included.
func ssdCase(prefix string) Column {
	return Column{Name: prefix + "_referral_id", Means: "the referral of the case"}
}

// caseID is the case that a row names, as a number: tables of one export name it
// alike.
func (r *Row) caseID(slot int) dataset.Day {
	b := r.cell(slot)
	if b == nil {
		return noParent
	}
	return dataset.CaseNumber(int(maphash.Bytes(r.file.set.Keys.seed, b) % dataset.MaxCase))
}

// identifiers reads rows that say under which UPNs a child is known, and no more.
func identifiers(read func(r *Row, p *dataset.Person)) func(*Row) {
	return func(r *Row) {
		child, ok := r.Child(0)
		if !ok {
			return
		}
		p := dataset.Person{Child: child, Birth: dataset.NoDay, Death: dataset.NoDay}
		if read(r, &p); p.Pupil != 0 || p.Former != 0 {
			r.Person(p)
		}
	}
}

var ssdIdentifiers = Layout{
	Name: "ssd-ids", Title: "SSD, linked identifiers",
	Columns: []Column{
		{Name: "link_person_id", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
		{Name: "link_identifier_type", Required: true, Means: "rows of type Unique Pupil Number and Former Unique Pupil Number are used"},
		{Name: "link_identifier_value", Kind: UPN, Required: true, Means: "the identifier"},
		laColumn,
	},
	Row: identifiers(func(r *Row, p *dataset.Person) {
		switch r.Coded(1, readIdentifierType) {
		case currentUPN:
			p.Pupil, p.CheckLetter = r.Pupil(2)
		case formerUPN:
			p.Former, _ = r.Pupil(2)
		}
	}),
}

// ssdNeeds holds a child's UPN beside what is known of special needs.
var ssdNeeds = Layout{
	Name: "ssd-send", Title: "SSD, special educational needs, for the UPN",
	Columns: []Column{
		{Name: "send_person_id", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
		{Name: "send_upn", Kind: UPN, Required: true, Means: "unique pupil number"},
		laColumn,
	},
	Row: identifiers(func(r *Row, p *dataset.Person) { p.Pupil, p.CheckLetter = r.Pupil(1) }),
}

func readIdentifierType(b []byte) uint32 {
	switch normal(string(b)) {
	case "upn", "uniquepupilnumber":
		return currentUPN
	case "formerupn", "formeruniquepupilnumber":
		return formerUPN
	}
	return otherIdentifier
}

const (
	currentUPN = 1 + iota
	formerUPN
	otherIdentifier
)
