package dataset

// OutcomeKind says what an outcome's number is.
type OutcomeKind string

// The kinds of outcomes.
const (
	CountOutcome    OutcomeKind = "count"    // events in the period; the same child can count more than once
	ChildrenOutcome OutcomeKind = "children" // distinct children with at least one event in the period
	DaysOutcome     OutcomeKind = "days"     // child-days in the period
)

// Family is the delivery an outcome comes from: an authority that delivers one
// event type of a family delivers the family for the same span of time.
type Family string

// The families of deliveries.
const (
	ReferralFamily Family = "cin"  // contacts, referrals, assessments, plans, enquiries
	CareFamily     Family = "care" // children looked after
)

// Outcome is one column of a panel.
type Outcome struct {
	Name     string // column name, e.g. s47
	Label    string // in words, e.g. "Section 47 enquiries"
	Singular string // one of them, e.g. "Section 47 enquiry"
	Kind     OutcomeKind
	Unit     string // what is counted, e.g. enquiries
	RateUnit string // of a rate per pupil-year times RatePer, e.g. "per 1,000 pupil-years"
	RatePer  float64
	Family   Family
}

// Outcomes lists the outcomes that ingest builds, in the order of the panel's columns.
var Outcomes = []Outcome{
	{"s47", "Section 47 enquiries", "Section 47 enquiry", CountOutcome, "enquiries", "per 1,000 pupil-years", 1000, ReferralFamily},
	{"s47_children", "Children with a Section 47 enquiry", "child with a Section 47 enquiry", ChildrenOutcome, "children", "per 1,000 pupil-years", 1000, ReferralFamily},
	{"s17_starts", "Section 17 starts", "Section 17 start", CountOutcome, "starts", "per 1,000 pupil-years", 1000, ReferralFamily},
	{"referrals", "Referrals to children's social care", "referral", CountOutcome, "referrals", "per 1,000 pupil-years", 1000, ReferralFamily},
	{"referrals_from_schools", "Referrals made by schools", "referral made by a school", CountOutcome, "referrals", "per 1,000 pupil-years", 1000, ReferralFamily},
	{"contacts", "Contacts with children's social care", "contact", CountOutcome, "contacts", "per 1,000 pupil-years", 1000, ReferralFamily},
	{"days_in_care", "Days in care", "day in care", DaysOutcome, "days", "per 1,000 pupil-years", 1000, CareFamily},
	{"children_in_care", "Children with a day in care", "child with a day in care", ChildrenOutcome, "children", "per 1,000 pupil-years", 1000, CareFamily},
}

// OutcomeNamed returns the outcome of a column name.
func OutcomeNamed(name string) (Outcome, bool) {
	for _, o := range Outcomes {
		if o.Name == name {
			return o, true
		}
	}
	return Outcome{}, false
}

// CoverageColumn is the panel's 0/1 column that says whether the school's
// authority delivered the outcome in the period.
func (o Outcome) CoverageColumn() string { return "covered_" + o.Name }
