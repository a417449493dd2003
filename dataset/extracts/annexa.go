package extracts

import "swis/dataset"

// Lists of Ofsted's Annex A, saved as CSV. They hold no UPN: a lookup from
// child id to UPN or school is needed beside them.

var annexChild = Column{Name: "Child Unique ID", Kind: ChildID, Required: true, Also: []string{"Child ID", "Child's Unique ID"}, Means: "the authority's id of the child"}
var annexBirth = Column{Name: "Date of Birth", Kind: Date, Means: "birth date"}

// annexList is a list whose rows are events on the date of column 1. ends is
// what the first of the further columns is the date of, NoEvent for none.
func annexList(name, title, date string, also []string, kind, ends dataset.EventType, further ...Column) Layout {
	l := Layout{
		Name: name, Title: title, Delivers: []dataset.EventType{kind},
		Columns: append([]Column{annexChild, {Name: date, Kind: Date, Required: true, Also: also, Means: "date"}, annexBirth, laColumn}, further...),
	}
	notRequired := -1
	if kind == dataset.EnquiryStart {
		notRequired = 5
	}
	l.Row = func(r *Row) {
		child, ok := r.Child(0)
		if !ok {
			return
		}
		r.Person(dataset.Person{Child: child, Birth: r.Date(2), Death: dataset.NoDay})
		e := dataset.Event{Child: child, Type: kind, Day: r.Date(1), Parent: noParent}
		switch {
		case kind == dataset.Referral:
			e.Flags = r.referral(4, 5)
			r.Event(e)
		case kind == dataset.Contact:
			e.Flags = r.contact(4)
			r.Event(e)
		case ends == dataset.NoEvent:
			r.Event(e)
		default:
			r.span(e, ends, 4, notRequired)
		}
	}
	return l
}

var (
	annexA1 = annexList("annexa-1", "Annex A list 1, contacts", "Date of Contact", nil, dataset.Contact, dataset.NoEvent, contactColumns...)
	annexA3 = annexList("annexa-3", "Annex A list 3, referrals", "Date of referral", nil, dataset.Referral, dataset.NoEvent,
		Column{Name: "Referral Source", Means: "2A schools, in words or codes"}, Column{Name: "Referral NFA?", Kind: YesNo, Also: []string{"Referral NFA? (Y/N)"}, Means: "no further action"})
	annexA4 = annexList("annexa-4", "Annex A list 4, assessments", "Continuous Assessment Start Date", nil, dataset.AssessmentStart, dataset.AssessmentEnd,
		Column{Name: "Continuous Assessment Date of Authorisation", Kind: Date, Means: "end of the assessment"})
	annexA5 = annexList("annexa-5", "Annex A list 5, Section 47 enquiries", "Strategy discussion initiating Section 47 Enquiry Start Date",
		[]string{"Strategy discussion initiating Section 47 Enquiry Date"}, dataset.EnquiryStart, dataset.Conference,
		Column{Name: "Date of Initial Child Protection Conference", Kind: Date, Means: "conference that the enquiry led to"},
		Column{Name: "Was an Initial Child Protection Conference deemed unnecessary?", Kind: YesNo, Means: "no conference was needed"})
	annexA6 = annexList("annexa-6", "Annex A list 6, children in need", "CIN Start Date", nil, dataset.PlanStart, dataset.PlanEnd,
		Column{Name: "CIN Closure Date", Kind: Date, Means: "end"})
	annexA7 = annexList("annexa-7", "Annex A list 7, child protection plans", "Child Protection Plan Start Date", nil, dataset.ProtectionStart, dataset.ProtectionEnd,
		Column{Name: "Child Protection Plan End Date", Kind: Date, Means: "end"})
)

// annexA8 gives one row a child: the latest period of care only.
var annexA8 = Layout{
	Name: "annexa-8", Title: "Annex A list 8, children looked after", Care: true,
	Columns: []Column{
		annexChild,
		{Name: "Date Started to be Looked After", Kind: Date, Required: true, Means: "start of the latest period of care"},
		annexBirth, laColumn,
		{Name: "Date Ceased to be Looked After", Kind: Date, Required: true, Means: "end of it; the day is not counted"},
		{Name: "Child's Legal Status", Also: []string{"Childs Legal Status"}, Means: "V3 and V4 are short breaks"},
		{Name: "Reason Ceased to be Looked After", Means: "reason"},
	},
	Row: func(r *Row) {
		child, ok := r.Child(0)
		if !ok {
			return
		}
		r.Person(dataset.Person{Child: child, Birth: r.Date(2), Death: dataset.NoDay})
		e := dataset.Episode{Child: child, Start: r.Date(1), End: r.Date(4), LegalStatus: dataset.LegalCare, EndReason: r.cell(6) != nil, Whole: true}
		if legal := r.Coded(5, readAnnexLegal); legal > 0 {
			e.LegalStatus = uint8(legal - 1)
		}
		r.Episode(e)
	},
}

// readAnnexLegal reads a legal status with its words, such as V3 - short break.
func readAnnexLegal(b []byte) uint32 {
	if len(b) > 2 {
		b = b[:2]
	}
	return readLegalStatus(b)
}
