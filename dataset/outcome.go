package dataset

import "slices"

// OutcomeKind says what an outcome's number is.
type OutcomeKind string

// The kinds of outcomes.
const (
	CountOutcome    OutcomeKind = "count"    // events in the period; the same child can count more than once
	ChildrenOutcome OutcomeKind = "children" // distinct children with at least one event in the period
	DaysOutcome     OutcomeKind = "days"     // child-days in the period
	ShareOutcome    OutcomeKind = "share"    // one outcome divided by another; empty where the other is 0
)

// Family is the delivery an outcome comes from: an authority that delivers one
// event type of a family delivers the family for the same span of time.
type Family string

// The families of deliveries.
const (
	ReferralFamily Family = "cin"    // contacts, referrals, assessments, plans, enquiries
	CareFamily     Family = "care"   // children looked after
	SchoolFamily   Family = "school" // attendance and exclusions, from schools
)

// Of says which events an outcome counts.
type Of struct {
	Type          EventType
	With, Without Flag // flags that an event must and must not have
	// Needs is a flag without which nothing is known: an authority delivers the
	// outcome only where some event of the type has it. Whether a contact led to
	// action is not recorded where no contact says so, and is not 0 then.
	Needs Flag
	Sum   bool // the half-days lost by the events are counted, not the events
}

// Fits says whether an event of the type has the flags.
func (of *Of) Fits(flags Flag) bool { return flags&of.With == of.With && flags&of.Without == 0 }

// Definition is one of several meanings of an outcome, chosen by its name.
type Definition struct {
	Name string
	Of   Of
}

// CareMeasure is what an outcome takes from the stays in care.
type CareMeasure uint8

// The measures of stays in care.
const (
	NoCare       CareMeasure = iota
	CareDays                 // days of the period in care
	CareChildren             // distinct children with such a day
	CareOrders               // entries to care proceedings: orders of a court that follow none
	CareEntries              // periods of care that began: a first episode that is not said to continue an earlier one
)

// SessionMeasure is what an outcome takes from attendance: half-days of a term.
type SessionMeasure uint8

// The measures of attendance.
const (
	NoSessions SessionMeasure = iota
	SessionsPossible
	SessionsAuthorised
	SessionsUnauthorised
	SessionsMissed  // authorised or not
	SessionMeasures // how many are sums of half-days
	// Pupils by what they missed of their sessions of the period. They are
	// counted by enrolment, as DfE does: a pupil who moves counts at both schools.
	PupilsWithSessions
	PupilsPersistent // who missed a tenth or more
	PupilsSevere     // who missed half or more
	sessionKinds
)

// HalfDays says that a measure is a sum of half-days.
func (m SessionMeasure) HalfDays() bool { return m > NoSessions && m < SessionMeasures }

// Absent says whether a pupil counts for a measure of pupils.
func (m SessionMeasure) Absent(possible, missed int64) bool {
	switch m {
	case PupilsPersistent:
		return 10*missed >= possible
	case PupilsSevere:
		return 2*missed >= possible
	}
	return m == PupilsWithSessions
}

// SessionOutcomes are the outcomes by what they take from attendance, -1 for
// what none takes.
var SessionOutcomes = func() (of [sessionKinds]int16) {
	for i := range of {
		of[i] = int16(slices.IndexFunc(Outcomes, func(o Outcome) bool { return o.Sessions == SessionMeasure(i) }))
	}
	return of
}()

// Outcome is one column of a panel. Exactly one of Of, Under, Care, Sessions
// and Part says what it is made of.
type Outcome struct {
	Name     string // column name, e.g. s47
	Label    string // in words, e.g. "Section 47 enquiries"
	Singular string // one of them, e.g. "Section 47 enquiry"
	Kind     OutcomeKind
	Unit     string // what is counted, e.g. enquiries
	RateUnit string // of a rate per pupil-year times RatePer, e.g. "per 1,000 pupil-years"
	RatePer  float64
	Family   Family

	In       Presence
	Of       Of
	Under    []Definition // the first is the default
	Own      EventType    // of Under: the authority's own count, where it delivers nothing else
	Care     CareMeasure
	Sessions SessionMeasure
	Part     string // of a share: the outcome above the line
	Whole    string // and the one below it
	Rest     bool   // the share is one less Part over Whole
}

// Presence says when an outcome is a column of the panel.
type Presence uint8

// The presences.
const (
	Always    Presence = iota
	Delivered          // where some authority delivers it
	Asked              // where it is asked for by name, or all that is delivered is
)

// Outcomes lists the outcomes that ingest builds, in the order of the panel's
// columns. A new outcome is one entry here.
var Outcomes = []Outcome{
	rate("s47", "Section 47 enquiries", "Section 47 enquiry", "enquiries", Outcome{Of: Of{Type: EnquiryStart}}),
	rate("s47_children", "Children with a Section 47 enquiry", "child with a Section 47 enquiry", "children", Outcome{Kind: ChildrenOutcome, Of: Of{Type: EnquiryStart}}),
	rate("s17_starts", "Section 17 starts", "Section 17 start", "starts", Outcome{Own: Section17Start, Under: []Definition{
		{"assessments", Of{Type: AssessmentStart}}, {"plans", Of{Type: PlanStart}}, {"episodes", needed}}}),
	rate("referrals", "Referrals to children's social care", "referral", "referrals", Outcome{Of: Of{Type: Referral}}),
	rate("referrals_from_schools", "Referrals made by schools", "referral made by a school", "referrals", Outcome{Of: Of{Type: Referral, With: FromSchool, Needs: FromSchool}}),
	rate("contacts", "Contacts with children's social care", "contact", "contacts", Outcome{Of: Of{Type: Contact}}),
	rate("days_in_care", "Days in care", "day in care", "days", Outcome{Kind: DaysOutcome, Family: CareFamily, Care: CareDays}),
	rate("children_in_care", "Children with a day in care", "child with a day in care", "children", Outcome{Kind: ChildrenOutcome, Family: CareFamily, Care: CareChildren}),

	rate("care_entries", "Entries to care", "entry to care", "entries", Outcome{In: Delivered, Family: CareFamily, Care: CareEntries}),
	rate("care_orders", "Entries to care proceedings", "entry to care proceedings", "entries", Outcome{In: Asked, Family: CareFamily, Care: CareOrders}),
	rate("assessments", "Assessments under Section 17", "assessment", "assessments", Outcome{In: Asked, Of: Of{Type: AssessmentStart}}),
	rate("cin_plan_starts", "Child in need plans started", "child in need plan", "plans", Outcome{In: Asked, Of: Of{Type: PlanStart}}),
	rate("episodes_of_need", "Episodes of need started", "episode of need", "episodes", Outcome{In: Asked, Of: needed}),
	rate("cpp_starts", "Child protection plans started", "child protection plan", "plans", Outcome{In: Asked, Of: Of{Type: ProtectionStart}}),
	rate("icpc", "Initial child protection conferences", "initial child protection conference", "conferences", Outcome{In: Asked, Of: Of{Type: Conference}}),
	rate("referred_children", "Children referred to children's social care", "child referred", "children", Outcome{In: Asked, Kind: ChildrenOutcome, Of: Of{Type: Referral}}),
	rate("referrals_known", "Referrals of which it is recorded whether action followed", "referral", "referrals", Outcome{In: Asked, Of: Of{Type: Referral, With: NFAKnown, Needs: NFAKnown}}),
	rate("referrals_nfa", "Referrals without further action", "referral without further action", "referrals", Outcome{In: Asked, Of: Of{Type: Referral, With: NFAKnown | NoAction, Needs: NFAKnown}}),
	share("referrals_nfa_share", "Share of referrals without further action", "referrals_nfa", "referrals_known", Outcome{In: Asked, Family: ReferralFamily}),
	rate("contacts_known", "Contacts of which it is recorded whether action followed", "contact", "contacts", Outcome{In: Asked, Of: Of{Type: Contact, With: NFAKnown, Needs: NFAKnown}}),
	rate("contacts_nfa", "Contacts without further action", "contact without further action", "contacts", Outcome{In: Asked, Of: Of{Type: Contact, With: NFAKnown | NoAction, Needs: NFAKnown}}),
	share("contacts_nfa_share", "Share of contacts without further action", "contacts_nfa", "contacts_known", Outcome{In: Asked, Family: ReferralFamily}),

	rate("suspensions", "Suspensions (fixed-period exclusions)", "suspension", "suspensions", Outcome{In: Delivered, Family: SchoolFamily, Of: Of{Type: Suspension, Without: Lunchtime}}),
	rate("suspended_pupils", "Pupils suspended", "suspended pupil", "pupils", Outcome{In: Delivered, Kind: ChildrenOutcome, Family: SchoolFamily, Of: Of{Type: Suspension, Without: Lunchtime}}),
	rate("lunchtime_suspensions", "Suspensions for lunchtimes", "suspension for lunchtimes", "suspensions", Outcome{In: Asked, Family: SchoolFamily, Of: Of{Type: Suspension, With: Lunchtime}}),
	rate("sessions_suspended", "Sessions lost to suspension", "session lost", "sessions", Outcome{In: Asked, Family: SchoolFamily, Of: Of{Type: Suspension, With: Sized, Needs: Sized, Sum: true}}),
	rate("permanent_exclusions", "Permanent exclusions", "permanent exclusion", "exclusions", Outcome{In: Delivered, Family: SchoolFamily, Of: Of{Type: PermanentExclusion}}),
	rate("sessions_possible", "Sessions possible", "session", "sessions", Outcome{In: Delivered, Family: SchoolFamily, Sessions: SessionsPossible}),
	rate("sessions_missed", "Sessions missed", "session missed", "sessions", Outcome{In: Delivered, Family: SchoolFamily, Sessions: SessionsMissed}),
	rate("sessions_authorised", "Sessions missed with permission", "session missed", "sessions", Outcome{In: Delivered, Family: SchoolFamily, Sessions: SessionsAuthorised}),
	rate("sessions_unauthorised", "Sessions missed without permission", "session missed", "sessions", Outcome{In: Delivered, Family: SchoolFamily, Sessions: SessionsUnauthorised}),
	share("attendance", "Share of sessions attended", "sessions_missed", "sessions_possible", Outcome{In: Delivered, Family: SchoolFamily, Rest: true}),
	share("authorised_absence", "Share of sessions missed with permission", "sessions_authorised", "sessions_possible", Outcome{In: Delivered, Family: SchoolFamily}),
	share("unauthorised_absence", "Share of sessions missed without permission", "sessions_unauthorised", "sessions_possible", Outcome{In: Delivered, Family: SchoolFamily}),
	rate("pupils_with_sessions", "Pupils with sessions possible", "pupil", "pupils", Outcome{In: Asked, Kind: ChildrenOutcome, Family: SchoolFamily, Sessions: PupilsWithSessions}),
	rate("persistently_absent", "Pupils who missed 10% or more of their sessions", "persistently absent pupil", "pupils", Outcome{In: Asked, Kind: ChildrenOutcome, Family: SchoolFamily, Sessions: PupilsPersistent}),
	rate("severely_absent", "Pupils who missed 50% or more of their sessions", "severely absent pupil", "pupils", Outcome{In: Asked, Kind: ChildrenOutcome, Family: SchoolFamily, Sessions: PupilsSevere}),
	share("persistent_absence", "Share of pupils persistently absent (10% or more)", "persistently_absent", "pupils_with_sessions", Outcome{In: Asked, Family: SchoolFamily}),
	share("severe_absence", "Share of pupils severely absent (50% or more)", "severely_absent", "pupils_with_sessions", Outcome{In: Asked, Family: SchoolFamily}),
}

// needed is an episode of need: a referral that is known to have led to action.
var needed = Of{Type: Referral, With: NFAKnown, Without: NoAction, Needs: NFAKnown}

// rate declares a count that is read as a rate per 1,000 pupil-years; of events
// of children's social care unless it says otherwise.
func rate(name, label, singular, unit string, o Outcome) Outcome {
	o.Name, o.Label, o.Singular, o.Unit, o.RateUnit, o.RatePer = name, label, singular, unit, "per 1,000 pupil-years", 1000
	if o.Kind == "" {
		o.Kind = CountOutcome
	}
	if o.Family == "" {
		o.Family = ReferralFamily
	}
	return o
}

func share(name, label, part, whole string, o Outcome) Outcome {
	o.Name, o.Label, o.Singular, o.Kind, o.Unit, o.Part, o.Whole = name, label, label, ShareOutcome, "share", part, whole
	return o
}

// OutcomeNamed returns the outcome of a column name.
func OutcomeNamed(name string) (Outcome, bool) {
	if i := OutcomeIndex(name); i >= 0 {
		return Outcomes[i], true
	}
	return Outcome{}, false
}

// OutcomeIndex is the place of an outcome in Outcomes, -1 for none of that name.
func OutcomeIndex(name string) int {
	return slices.IndexFunc(Outcomes, func(o Outcome) bool { return o.Name == name })
}

// CoverageColumn is the panel's 0/1 column that says whether the school's
// authority delivered the outcome in the period.
func (o Outcome) CoverageColumn() string { return "covered_" + o.Name }

// EventFamily is the family of the outcomes that are made of a type of events.
func EventFamily(t EventType) Family {
	if t == Suspension || t == PermanentExclusion {
		return SchoolFamily
	}
	return ReferralFamily
}
