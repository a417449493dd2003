package report

// Document is a report as data: sections of blocks in reading order. Package
// document assembles and writes it.
type Document struct {
	Title    string
	Subtitle string
	Lines    []string // under the title: authors, registration, disclosure profile
	Sections []Section
	Figures  string // folder of the figure files, relative to report.md
}

// Section is a numbered part of a Document.
type Section struct {
	ID     string
	Title  string
	Level  int // 2, or 3 for a part of the section before it
	Status Status
	Blocks []Block
}

// Status says how far a finding may be trusted: it is written beside the
// heading and shown at its side.
type Status uint8

// The kinds of findings.
const (
	NoStatus    Status = iota
	Primary            // planned: the question of the trial
	Secondary          // planned
	Exploratory        // not planned, or planned as exploratory: raises questions, answers none
	NotTestable        // the data cannot answer
	Sensitivity        // the planned question asked in another way
)

func (s Status) String() string {
	return [...]string{"", "Planned, primary", "Planned, secondary", "Exploratory", "Not testable", "Sensitivity"}[s]
}

// Class is the status as one word, for style sheets.
func (s Status) Class() string {
	return [...]string{"", "primary", "secondary", "exploratory", "not-testable", "sensitivity"}[s]
}

// Statements are sentences with their status: the summary of a report.
type Statements struct{ List []Statement }

// Statement is one sentence and how far it may be trusted.
type Statement struct {
	Status Status
	Text   string
}

func (*Figure) block()    {}
func (Statements) block() {}
