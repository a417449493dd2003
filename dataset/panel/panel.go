// Package panel makes one row a school and period of events and episodes: each
// event counted once, at the child's school, in a period that its authority
// delivered.
package panel

import (
	"swis/dataset"
	"swis/dataset/grouped"
	"swis/dataset/issues"
	"swis/dataset/linkage"
)

// Section 17 start, as it is counted.
type S17 uint8

// The definitions.
const (
	S17Assessments S17 = iota
	S17Plans
	S17Episodes
)

// Attribution says on which day a child's school is looked up.
type Attribution uint8

// The attributions.
const (
	OnTheDay Attribution = iota
	AtBaseline
	AtStart // of the period of care, or of the window if later
)

// Options are the choices of a panel.
type Options struct {
	Period         dataset.PeriodKind
	From, To       dataset.Day // To included; NoDay: from the deliveries
	Baseline       dataset.Day
	Events, Care   Attribution
	S17            S17
	S47Gap         int
	IncludeRespite bool
	Follow         map[dataset.ChildKey]bool // children whose events are wanted one by one
	Until18        bool                      // care ends on the 18th birthday
	Outcomes       []string                  // asked for beside those that are always there, or AllOutcomes
	Off            map[dataset.RuleID]bool   // repairs that are switched off
	KeepEvents     bool                      // Panel.Events holds all events and what became of them
	Annual         bool                      // count totals by year as well
	Makers         bool                      // note who makes up the counts of the report
	Places         bool                      // count Report.Places, of which the rates by arm are made
}

// Input is everything that a panel is made of.
type Input struct {
	Extracts []*dataset.Extract // File of a record is an index into it, plus 1
	Events   *grouped.Events
	Issues   *issues.List // those of events go here; nil where they are not wanted
	People   *linkage.People
	Linker   *linkage.Linker
	Schools  []dataset.School
	LAs      []string // by number; 0 is none
	// Drops are the schools whose cells are empty from a day on, as decided.
	Drops map[int]dataset.Day
	// Spans of deliveries by authority that mapping files declare: of files
	// with rows of care, and of all others.
	DeclaredCare, Declared map[uint16]Declared
}

// AllOutcomes asks for every outcome that is delivered.
const AllOutcomes = "all"

// Panel is schools by periods.
type Panel struct {
	Kind     dataset.PeriodKind
	First    dataset.Period
	Periods  int
	From, To dataset.Day
	Schools  []dataset.School
	// Has says which of dataset.Outcomes are columns.
	Has []bool
	// Cell values by outcome, school and period: Value[o][school*Periods+p];
	// nil for outcomes that are no column, and for shares.
	Value [][]int32
	// Missing cells that counts tables hold but suppress; nil without tables.
	Suppressed [][]bool
	// Given is the days of a cell that tables give; nil without tables.
	Given   [][]int32
	byTable [][]bool // cells of Given that tables of counts gave
	// Covered[la][o][p]: the authority delivered the outcome in the period.
	Covered   map[string][][]bool
	delivered [][]bool // by outcome and cell, from Covered
	// Edge[la][p]: the period has days within 60 of the delivery's end.
	Edge map[string][]bool
	// PupilDays on roll by school and period where rolls were given, else nil.
	PupilDays []int64
	Events    []dataset.Event // with Options.KeepEvents, in order of files and lines
	// Stays in care, merged, in order of child and day.
	Stays    []Stay
	Followed []dataset.Event // of the children of Options.Follow, but for copies and those kept out
	Report   Report
}

// Report is what became of the rows, for the quality report.
type Report struct {
	Files  [][dataset.Statuses]int64 // by file
	Issues []dataset.Issue           // but for those of events
	Tally  dataset.Tally
	// Links counts linked events of the window by authority and method.
	Links map[uint16]*[linkage.Methods]int64
	// Places are the events of outcomes by authority and school, those in the
	// window and those kept out, nil without Options.Places; CarePlaces the days
	// in care of the window that the authority delivered.
	Places, CarePlaces map[uint16]*Places
	// LinksByType is Links by type of event.
	LinksByType map[uint16]*[dataset.EventTypes][linkage.Methods]int64
	// Types counts events by authority and type, and what became of them.
	Types map[uint16]*[dataset.EventTypes][dataset.Statuses]int64
	// Episodes is the same for rows of care.
	Episodes map[uint16]*[dataset.Statuses]int64
	Months   Months
	// The waterfall of days in care, of all and by authority.
	Care   CareDays
	CareBy map[uint16]*CareDays
	// Begun are authorities with a period of care that began in a month of the
	// window that no return covers.
	Begun map[uint16]bool
	// Years are totals by authority, where open statistics are there to compare.
	Years map[uint16]*Annual
	// Monthly linkage: events in the window and linked ones by authority and month.
	Monthly map[uint16]map[dataset.Period]*[2]int64
	// Of rows that were counted in a warehouse: those of no type that rules keep
	// out, by authority, and the ends of all by the file that holds the counts.
	KeptOut   map[uint16]int64
	Makers    map[Part]*Makers // with Options.Makers
	Warehouse map[int]*[dataset.Statuses]int64
}

// Months are the numbers of events by authority, type and month.
type Months struct {
	First  dataset.Period
	Width  int
	Counts map[uint16]*[dataset.EventTypes][]int32
	Spans  map[uint16]Span
	Care   map[uint16]Span
	// Years of the censuses by authority and type of event, where all that is
	// delivered of the type are censuses.
	Census map[uint16]*[dataset.EventTypes]Years
	// The last month of each authority's censuses.
	censusEnd map[uint16]dataset.Period
	// Lists of Annex A, and the months that they cover of each type of event,
	// where all that is delivered of the type are lists and censuses; of care
	// under NoEvent.
	Lists  []*Lists
	Listed map[uint16]*[dataset.EventTypes][]Span
	// Between are the months between two censuses or lists that none is of.
	Between ByMonth
	// Where deliveries begin or end within a month, of events and of care.
	Bounds, CareBounds map[uint16]Bounds
	began              map[uint16]dayBits // days on which something began, of social care
	// Months between two returns of care that no return covers.
	CareGaps map[uint16][]Span
	distinct map[ofType]int64                    // events once each, where rows do not tell
	copies   map[ofType][]int32                  // rows of Counts that are known to repeat others, by month
	guard    bool                                // months that seem not to have been delivered are empty
	Given    map[uint16]Span                     // of tables of counts
	Silent   ByMonth                             // months that are taken as not delivered
	Zero     ByMonth                             // months without events that count as zero
	Flags    []*[dataset.EventTypes]dataset.Flag // that some event has, by authority and type
	Spikes   []Spike
	School   map[uint16]Span // of exclusions
	// Register is what registers of attendance cover, under authority 0.
	Register map[uint16]Span
}

// Spike is a day with far more events than usual in its authority.
type Spike struct {
	LA     uint16
	Day    dataset.Day
	Events int64
}

// CareDays is the waterfall of days in care within the window.
type CareDays struct {
	All         int64 // of every row that was kept, whenever
	Raw         int64 // every row that was kept, as it stands
	Respite     int64 // short breaks
	Overlap     int64 // days given twice
	Aged        int64 // from the 18th birthday on, where asked
	Merged      int64 // Raw less Respite, Overlap and Aged
	Uncovered   int64 // in periods that the authority did not deliver
	Unlinked    int64
	OtherSchool int64
	Panel       int64
	Gaps        int64 // between rows that are said to continue each other: not in Raw, unless closed (C06)
	Children    int64 // with a row that is kept
	Rows        int64

	Makers [careNumbers]Makers // of each of the Numbers
	before [careNumbers]int64  // Numbers before the child at hand
}

func (c *CareDays) add(o *CareDays) {
	c.All += o.All
	c.Raw += o.Raw
	c.Respite += o.Respite
	c.Overlap += o.Overlap
	c.Aged += o.Aged
	c.Merged += o.Merged
	c.Uncovered += o.Uncovered
	c.Unlinked += o.Unlinked
	c.OtherSchool += o.OtherSchool
	c.Panel += o.Panel
	c.Gaps += o.Gaps
	c.Children += o.Children
	c.Rows += o.Rows
	for k := range c.Makers {
		c.Makers[k].join(&o.Makers[k])
	}
}
