package dataset

// ChildKey and PupilKey identify a child in memory: keyed hashes of the
// authority's id with the authority's code, and of the UPN alone. The key of
// the hash is drawn at the start of the program and never leaves it, so these
// numbers must not be written anywhere. Zero is nobody.
type (
	ChildKey uint64
	PupilKey uint64
)

// EventType is what happened to a child.
type EventType uint8

// The types of events.
const (
	NoEvent EventType = iota
	Contact
	Referral
	CaseClosed
	AssessmentStart
	AssessmentEnd
	PlanStart
	PlanEnd
	EnquiryStart // Section 47
	Conference   // initial child protection conference
	ProtectionStart
	ProtectionEnd
	ProtectionReview
	Section17Start // as the authority itself counts them
	Suspension     // exclusion for a fixed period
	PermanentExclusion
	EnquiryEnd // of a Section 47 enquiry: no outcome is made of it
	EventTypes // how many there are
)

func (t EventType) String() string {
	return [...]string{"none", "contact", "referral", "case_closed", "assessment_start", "assessment_end", "cin_plan_start",
		"cin_plan_end", "s47_start", "icpc", "cpp_start", "cpp_end", "cpp_review", "s17_start", "suspension", "permanent_exclusion", "s47_end"}[t]
}

// Flag is a fact about an event beside its date.
type Flag uint8

// The flags of an event.
const (
	FromSchool Flag = 1 << iota // the referral was made by a school
	NoAction                    // the referral ended in no further action
	Secondary                   // a second event of the same row, such as a closure: not reconciled
	NFAKnown                    // whether there was further action is recorded
	Ongoing                     // an enquiry or assessment of which the row gives no end
	Lunchtime                   // a suspension for lunchtimes
	Sized                       // Event.Size is known
)

// Status says what became of an event. Each row that is read ends in exactly one.
type Status uint8

// The ends of a row.
const (
	Pending     Status = iota
	Counted            // in the panel
	Duplicate          // the same event again
	Quarantined        // kept out by a rule
	OutOfWindow        // before or after the panel's window
	Unlinked           // no school known for the child on the day
	OtherSchool        // at a school that is not in the trial's list
	OtherKind          // no outcome is made of it
	Statuses           // how many there are
)

func (s Status) String() string {
	return [...]string{"pending", "counted", "duplicate", "quarantined", "out_of_window", "unlinked", "other_school", "other_kind"}[s]
}

// Event is one dated fact about a child. It is small because there are many.
type Event struct {
	Child  ChildKey
	Day    Day
	Parent Day    // the referral of the case, NoDay where not given
	School uint32 // code of the school named in the row, 0 for none
	Line   uint32 // line of the file; the header is line 1
	LA     uint16
	File   uint16
	Type   EventType
	Flags  Flag
	Status Status
	Size   uint8 // half-days lost by a suspension, where it is Sized
}

// CaseNumber is a Parent that is not a day yet: the counter of the case inside
// one delivery, as the tables of a flattened census refer to it. Cases resolve
// it.
func CaseNumber(n int) Day { return NoDay + 1 + Day(n) }

// MaxCase bounds the counters of cases.
const MaxCase = 1 << 28

// IsCase says whether a Parent is the counter of a case.
func (d Day) IsCase() bool { return d > NoDay && d <= NoDay+1+MaxCase }

// Episode is one row of a care return: a placement or legal status from Start
// to the day before End.
type Episode struct {
	Child       ChildKey
	Start, End  Day // End is exclusive, NoDay where open
	Line        uint32
	LA, File    uint16
	LegalStatus uint8 // one of the Legal constants
	NewReason   byte  // first letter of RNE: S L P T B U, 0 where unknown
	EndReason   bool  // a reason for ceasing is given
	Continues   bool  // the reason for ceasing is X1: a new episode starts the same day
	Whole       bool  // a whole period of care, not one of the episodes that make it up
	Status      Status
	ReturnYear  int16 // year of the return (ends 31 March), 0 where unknown
}

// What the days of an episode are.
const (
	LegalCare       uint8 = iota // looked after
	LegalOrder                   // looked after under an interim or full care, freeing or placement order
	LegalUnknown                 // unknown code: counted and flagged
	LegalShortBreak              // V3: short breaks, each an episode
	LegalAgreement               // V4: an agreement, not nights
	LegalElsewhere               // in a table of legal statuses
)

// SameCare says whether two legal statuses mean the same for days in care.
func SameCare(a, b uint8) bool { return a == b || a <= LegalOrder && b <= LegalOrder }

// LegalSpan is a legal status of a child for a span of days.
type LegalSpan struct {
	Child      ChildKey
	Start, End Day // End is exclusive, NoDay where open
	Line       uint32
	LA         uint16
	Status     uint8 // one of the Legal constants
}

// Person is what an identifiers row says about a child.
type Person struct {
	Child         ChildKey
	Pupil, Former PupilKey // 0 where not given
	Birth, Death  Day
	Line          uint32
	LA, File      uint16
	WithoutZeros  ChildKey // of the id without the zeros in front, 0 where it has none
	CheckLetter   int8     // 1 right, -1 wrong, 0 no UPN
	MonthOnly     bool     // birth dates in this file are cut to the first of the month
}

// Enrolment is one child at one school for a span of days.
type Enrolment struct {
	Pupil      PupilKey // or
	Child      ChildKey
	Former     PupilKey
	Start, End Day // End is exclusive; NoDay is open on that side
	School     uint32
	Line       uint32
	LA, File   uint16
	Rank       uint8 // 0 current single, 1 main, 2 subsidiary, 3 other
	Lookup     bool  // from a child-to-school lookup rather than a roll
}

// SchoolPair is two school numbers that rows give for one school, a URN and a
// LAESTAB: how many rows, and the first of them.
type SchoolPair struct {
	URN, LAESTAB uint32
	Rows         int64
	Line         uint32
	LA           uint16
}

// Count is one cell of a table of counts by school and period.
type Count struct {
	School  uint32
	Day     Day // first day of the period
	Outcome int16
	Kind    PeriodKind // of the period
	Value   float64
	Missing bool // suppressed
	Further bool // not the first of its row: not reconciled
	Line    uint32
	LA      uint16
	File    uint16
	Status  Status
}

// Attendance is the half-days of one registration of a pupil in one term, or,
// of a row of reasons, those missed for one reason.
type Attendance struct {
	Row    ChildKey // key of the pupil's row of the return, 0 where the row stands alone
	Pupil  PupilKey // 0 where not given
	School uint32
	Term   Period // of kind Term
	// Half-days, -1 where not given. Missed is the sum of the other two where
	// these are given.
	Possible, Missed, Authorised, Unauthorised int32
	Reasons                                    bool // one reason of a pupil's row
	Own                                        bool // the row is reconciled by it; a roll's row is not
	Line                                       uint32
	LA, File                                   uint16
	Status                                     Status
}

// What the mark of a half-day says. Of several marks of a pupil at a school on
// one half-day the first of these stands.
const (
	MarkAttended = iota
	MarkAuthorised
	MarkUnauthorised
	MarkNotPossible
	MarkClasses // how many there are
)

// Marks are the half-days of a pupil at a school in a month: bit 2(d-1) is the
// morning of day d, the next bit its afternoon.
type Marks struct {
	Pupil    PupilKey
	Of       [MarkClasses]uint64
	School   uint32
	Month    Period // of kind Month
	Rows     int32  // of the register, copies included
	Line     uint32 // of the first of them
	LA, File uint16
}

// Join adds marks of the same pupil, school and month.
func (m *Marks) Join(o *Marks) {
	for class := range m.Of {
		m.Of[class] |= o.Of[class]
	}
	m.Rows += o.Rows
	m.Line = min(m.Line, o.Line)
}

// Any are the half-days that have a mark.
func (m *Marks) Any() (half uint64) {
	for _, of := range m.Of {
		half |= of
	}
	return half
}

// Member is a child of a cohort with the day from which it is followed.
type Member struct {
	Child ChildKey // or
	Pupil PupilKey
	Day   Day    // NoDay: the baseline
	Arm   uint32 // code of the text
	Group uint64 // hash of a family or another group, 0 for none
	Line  uint32
	LA    uint16
	File  uint16
}

// School is one establishment of a register or of the trial's list.
type School struct {
	ID                    string // frozen at assignment
	URN, LAESTAB          string
	Name, LA, Phase, Type string
	Status                string
	Region, Setting       string
	Open, Close           Day
	CensusDate            Day
	Pupils, FSM           float64 // NaN where not given; FSM in percent
	Line                  uint32
	File                  uint16
	Extra                 []string // further columns of a simple list, in its order
}

// SchoolLink is a row of the register's links: From was followed or preceded by To.
type SchoolLink struct {
	From, To    string // URNs
	Successor   bool   // To follows From
	Predecessor bool   // To precedes From
	Plain       bool   // one school became another; not a merger or split
	Line        uint32
}
