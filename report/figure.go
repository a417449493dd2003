package report

import "swis/analysis"

// Figure is a picture as data: what is drawn, in the units of its axes, and
// the words around it. Tests check its numbers, package charts draws it.
type Figure struct {
	Name     string // names its files
	Title    string // says what is shown
	Subtitle string // unit and period
	Alt      string // the finding in one or two sentences, for those who cannot see it
	Source   string // footer: where the numbers come from, and how many
	Notes    []string
	Width    float64 // mm; 0 means 170, a report column
	Height   float64 // mm; 0 means 100
	X, Y     Axis
	Panels   []Panel // at least one; several share both axes
	Flow     *Flow   // boxes and arrows instead of panels
	Data     analysis.Table
}

// Axis is one direction of a Figure's panels.
type Axis struct {
	Label      string
	Log        bool     // positive numbers on a log scale
	Zero       bool     // the scale starts at zero
	Whole      bool     // marks at whole numbers only
	Percent    bool     // shares, written as percentages
	Root       bool     // square-root scale, for counts
	Signed     bool     // marks carry their sign
	Categories []string // positions 0, 1, …; downwards on a Y axis
	Strong     []bool   // categories set in bold, such as totals
	Min, Max   *float64 // limits that the data would not give
}

// Panel is one plot of a Figure.
type Panel struct {
	Title   string
	Series  []Series
	Lines   []ReferenceLine
	Columns []TextColumn // beside the plot, one text a Y category
}

// Form is how a Series is drawn.
type Form uint8

// The forms of a Series.
const (
	LineForm   Form = iota // points joined by a line
	PointForm              // points, with intervals where Low and High are
	BarForm                // bars from zero
	CurveForm              // a line without points
	BandForm               // the area between Low and High
	StepForm               // a line in steps, one a category
	HangForm               // bars hanging from Y down to Low
	BesideForm             // bars of several series side by side
)

// Role fixes colour, shape and line style: an arm looks the same in every figure.
type Role uint8

// The roles of a Series.
const (
	Intervention Role = iota
	Comparison
	Third  // a third quantity
	Fourth // a fourth quantity
	Context
	Total // summaries of others
)

// Series is a list of points with a name.
type Series struct {
	Name      string
	Role      Role
	Form      Form
	X, Y      []float64
	Low, High []float64 // along the axis of numbers; NaN where there is no interval
	Labels    []string  // a text beside each point, where not empty
	Open      []bool    // points drawn hollow, such as those that could not be estimated
	Quiet     bool      // not named in the key
}

// ReferenceLine is a line across a panel with its label, such as the start of
// the intervention or the floor.
type ReferenceLine struct {
	Vertical bool
	At       float64
	Label    string
	Dashed   bool
	Strong   bool
	Slope    float64 // a horizontal line rises by Slope per unit of X
}

// TextColumn is a column of texts beside the rows of a panel.
type TextColumn struct {
	Label string
	Left  bool // between the row labels and the plot
	Cells []string
}

// Flow is a diagram of how many schools and pupils were in each stage.
type Flow struct {
	Top   []FlowBox   // before the arms part, one below another
	Aside []FlowBox   // left out before the arms part, beside the stage of the same index; empty text: none
	Arms  [][]FlowBox // an arm a column, stages downwards
}

// FlowBox is a stage: a heading and lines below it.
type FlowBox struct {
	Title string
	Lines []string
}
