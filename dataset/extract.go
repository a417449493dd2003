package dataset

// Extract is one file as it was read. Records are in file order, in chunks.
type Extract struct {
	File     string // path as given
	Layout   string
	Why      string // why this layout
	Encoding string
	LineEnds string
	SHA256   string
	Bytes    int64
	Rows     int64 // rows below the header, or records of an XML file
	LAs      []string
	LARows   []int64 // rows of each authority
	Year     int     // of the return, 0 where unknown
	Annual   bool    // returns of a year to 31 March, which hold of earlier years what went on
	Delivers []EventType
	// Reference is the day to which the delivery is complete, NoDay where unknown.
	Reference   Day
	From        Day    // first day that the delivery covers, where a mapping file says so
	Declared    bool   // Reference comes from a mapping file
	Made        Day    // on which the delivery was made, where a mapping file says so
	LA          uint16 // the authority that was given for the file, 0 for none
	Settled     int64  // records kept out because of their dates; among Read[Quarantined]
	First, Last Day    // of the event dates
	Notes       []string

	// Read counts rows by what reading made of them: Quarantined, OtherKind,
	// or Pending for rows whose record goes on.
	Read [Statuses]int64

	Days       PackedDays // of the events that were not quarantined
	Named      []Naming   // until the study has counted them
	Episodes   [][]Episode
	Legal      []LegalSpan
	Persons    []Person
	Enrolments []Enrolment
	Counts     []Count
	Attendance []Attendance
	Marks      []Marks
	Members    []Member
	Scales     []Scale // of a survey
	Responses  []Response
	// TermGuessed says that the term of the attendance was not given.
	TermGuessed bool
	Pairs       []SchoolPair
	Schools     []School
	Links       []SchoolLink
	Extra       []string // names of the further columns of a simple school list
	Published   []Published
	Tallies     []Ended
	Headers     []Header
}

// Ended says what became of rows that were counted where they are kept: a
// number of rows of one authority, type and month and the end they met, or of
// rows that a rule applies to.
type Ended struct {
	LA           uint16
	Type         EventType // NoEvent where the type was not recognised
	Month        Period    // 0 where the row's day is not known or does not matter
	Status       Status    // Pending: none, Rule or Flag says what is counted
	NotDelivered bool      // OutOfWindow because the authority did not deliver the period
	Rule         string    // id of a rule; empty for none
	Flag         Flag      // rows with this flag; 0 for none
	Sessions     bool      // of a register of attendance: no type and no month
	Episodes     bool      // of children in care: no type and no month
	First, Last  bool      // N is the day of the month on which the delivery begins or ends
	Linked       string    // linked rows by their method, which is not the school in them: roll, former or lookup; empty for none
	N            int64
}

// Rows is the number of rows that end so, 0 where they are counted elsewhere:
// under the end that they met beside a flag or a rule that does not keep out.
func (e *Ended) Rows() int64 {
	if e.Status != Pending || e.Rule != "" && (e.Rule == "F07" || Rules[RuleNamed(e.Rule)].Severity == Quarantine) {
		return e.N
	}
	return 0
}

// Header is what a census file says about its delivery.
type Header struct {
	LA        string
	Year      int
	Reference Day
}

// Published is one figure of an open table by authority and year.
type Published struct {
	LA      string // three-digit code
	Area    string // nine-character code
	Year    int    // ending 31 March
	Outcome string
	Value   float64
}

// Naming is a school that events name, the authority of the first row that
// does, and the number of events.
type Naming struct {
	School uint32
	LA     uint16
	Events int64
}
