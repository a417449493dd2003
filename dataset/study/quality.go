package study

// Quality is the data-quality report. It holds counts and shares, no
// identifier and no value of an extract.
type Quality struct {
	Schema     string            `json:"schema"`
	Program    string            `json:"program"`
	Disclosure string            `json:"disclosure"`
	From       string            `json:"from"`
	To         string            `json:"to"`
	Period     string            `json:"period"`
	Choices    []Choice          `json:"choices"`
	Files      []FileReport      `json:"files"`
	Skipped    []SkippedFile     `json:"skipped,omitempty"`
	Refused    []string          `json:"refused,omitempty"`
	Rules      []QualityRule     `json:"rules"`
	People     []QualityPeople   `json:"identifiers"`
	Linkage    []QualityLinkage  `json:"linkage"`
	Rates      []QualityRate     `json:"linkage_rates"`
	Coverage   []QualityCover    `json:"coverage"`
	Grid       []QualityGrid     `json:"months_delivered"`
	Spikes     []QualitySpike    `json:"spikes,omitempty"`
	Edges      []QualityEdge     `json:"edges,omitempty"`
	Balance    []QualityBalance  `json:"reconciliation"`
	Events     []QualityEvents   `json:"events"`
	Duplicates []QualityCopies   `json:"duplicates"`
	Care       QualityCare       `json:"days_in_care"`
	CareByLA   []QualityCare     `json:"days_in_care_by_la,omitempty"`
	Schools    QualitySchools    `json:"schools"`
	Decisions  []QualityDecision `json:"decisions,omitempty"`
	Published  []QualityTotal    `json:"published,omitempty"`
	Notes      []string          `json:"notes,omitempty"`

	counted []countedTotal // totals of the panel, for what is published beside the report

	named []string // which file each number stands for, where files go by number
}

// Choice is one recorded choice of how the panel is made.
type Choice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// FileReport is one file as it was read.
type FileReport struct {
	File     string   `json:"file"`
	Layout   string   `json:"layout"`
	Why      string   `json:"why"`
	LAs      []string `json:"la"`
	Encoding string   `json:"encoding"`
	LineEnds string   `json:"line_ends"`
	Bytes    int64    `json:"bytes"`
	Rows     Number   `json:"rows"`
	First    string   `json:"first_date"`
	Last     string   `json:"last_date"`
	SHA256   string   `json:"sha256"`
	Notes    []string `json:"notes,omitempty"`
}

// SkippedFile is a file of a folder that was not read.
type SkippedFile struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// QualityRule is a rule with its count.
type QualityRule struct {
	Rule     string     `json:"rule"`
	Severity string     `json:"severity"`
	Text     string     `json:"text"`
	DfE      string     `json:"dfe,omitempty"`
	Action   string     `json:"action,omitempty"`
	Count    Number     `json:"count"`
	Share    *float64   `json:"share"` // of the rows read; null where none was, or withheld
	ByLA     []LANumber `json:"by_la,omitempty"`
}

// LANumber is a count of one authority.
type LANumber struct {
	LA    string   `json:"la"`
	Count Number   `json:"count"`
	Share *float64 `json:"share"` // of the authority's rows
}

// QualityPeople is the completeness of an authority's identifiers.
type QualityPeople struct {
	LA          string   `json:"la"`
	Rows        Number   `json:"rows"`
	Births      Number   `json:"with_birth_date"`
	UPNs        Number   `json:"with_upn"`
	UPNShare    *float64 `json:"upn_share"` // of the rows
	RightLetter Number   `json:"right_check_letter"`
	RightShare  *float64 `json:"right_share"` // of the UPNs
}

// QualityLinkage is how an authority's events of the window were linked.
type QualityLinkage struct {
	LA          string   `json:"la"`
	Rows        int64    `json:"-"` // rows of outcomes, all ends
	Quarantined int64    `json:"-"`
	Unlinked    int64    `json:"-"`
	Events      Number   `json:"events"`
	Linked      Number   `json:"linked"`
	Share       *float64 `json:"share"`
	ByRoll      Number   `json:"by_roll"`
	ByFormer    Number   `json:"by_former_upn"`
	ByLookup    Number   `json:"by_lookup"`
	ByRow       Number   `json:"by_row"`
	NoWay       bool     `json:"no_way_to_a_school,omitempty"` // no roll, no lookup and no school in the rows: not tested
}

// QualityCover says which periods an authority delivered of an outcome: a
// character a period, 1 delivered, 0 not.
type QualityCover struct {
	LA      string `json:"la"`
	Outcome string `json:"outcome"`
	Periods string `json:"periods"`
	First   string `json:"first_period"`
	Covered int    `json:"covered"`
}

// QualityGrid is what an authority delivered of a type of event, a mark a
// month: # events, 0 none although the months around have some, ! taken as not
// delivered, because none is there where ten or more were to be expected or
// because the month's return is missing between others, . not delivered.
type QualityGrid struct {
	LA     string `json:"la"`
	Type   string `json:"type"`
	First  string `json:"first_month"`
	Months string `json:"months"`
}

// QualitySpike is the days of a month with far more events than usual.
type QualitySpike struct {
	LA     string `json:"la"`
	Month  string `json:"month"`
	Days   int    `json:"days"`
	Events Number `json:"events"`
}

// QualityEdge is the end of an authority's delivery, before which recording is
// late.
type QualityEdge struct {
	LA      string   `json:"la"`
	Last    string   `json:"last_month"`
	Periods []string `json:"late_periods"`
}

// QualityCopies is what an authority delivered more than once.
type QualityCopies struct {
	LA         string `json:"la"`
	Same       Number `json:"same"`           // E01
	Other      Number `json:"other_details"`  // E02
	Returned   Number `json:"another_return"` // E0R
	Superseded Number `json:"superseded"`     // C09
	Closed     Number `json:"ended_at_next"`  // C03
	Absent     Number `json:"ended_with_return"`
}

// QualityBalance is the reconciliation of one file: Rows is the sum of the others.
type QualityBalance struct {
	File        string `json:"file"`
	Rows        Number `json:"rows"`
	Counted     Number `json:"counted"`
	Duplicate   Number `json:"duplicate"`
	Quarantined Number `json:"quarantined"`
	OutOfWindow Number `json:"out_of_window"`
	Unlinked    Number `json:"unlinked"`
	OtherSchool Number `json:"other_school"`
	OtherKind   Number `json:"other_kind"`
}

// QualityEvents is what became of an authority's events of a type.
type QualityEvents struct {
	LA          string `json:"la"`
	Type        string `json:"type"`
	Counted     Number `json:"counted"`
	Duplicate   Number `json:"duplicate"`
	Quarantined Number `json:"quarantined"`
	OutOfWindow Number `json:"out_of_window"`
	Unlinked    Number `json:"unlinked"`
	OtherSchool Number `json:"other_school"`
	OtherKind   Number `json:"other_kind"`
}

// QualityCare is the waterfall of days in care: all less those outside the
// window is raw; raw less short breaks less days given twice is merged; merged
// is panel and what is not in it. The numbers of all are the sums of those by authority.
type QualityCare struct {
	LA           string `json:"la,omitempty"` // empty for all
	Rows         Number `json:"rows"`
	Children     Number `json:"children"`
	All          Number `json:"all_days"` // of all rows, whenever
	Clipped      Number `json:"outside_window"`
	Raw          Number `json:"raw_days"`
	Respite      Number `json:"short_breaks"`
	Overlap      Number `json:"overlap"`
	Aged         Number `json:"from_18_on"`
	Merged       Number `json:"merged_days"`
	NotDelivered Number `json:"not_delivered"`
	Unlinked     Number `json:"unlinked"`
	OtherSchool  Number `json:"other_school"`
	Panel        Number `json:"panel_days"`
	Gaps         Number `json:"gaps"` // said to be none (C06): not in raw, unless closed on request
}

// QualitySchools is what is known about the schools.
type QualitySchools struct {
	Listed    int      `json:"listed"`
	From      string   `json:"list"`
	Mapped    []string `json:"mapped,omitempty"`
	Undecided []string `json:"undecided,omitempty"`
}

// QualityTotal compares an authority's year with the published total.
type QualityTotal struct {
	LA        string   `json:"la"`
	Year      int      `json:"year"`
	Outcome   string   `json:"outcome"`
	Delivered Number   `json:"delivered"`
	Published float64  `json:"published"`
	Ratio     *float64 `json:"ratio"` // null where withheld
	Differs   bool     `json:"differs"`
}
