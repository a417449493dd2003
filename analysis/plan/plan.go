// Package plan reads trial.yaml, the file in which a trial declares its data,
// design, outcomes and analyses before anyone has seen a result. Everything is
// checked when the file is read, and every fault is named with its line.
package plan

import (
	"path/filepath"
	"strconv"

	"swis/dataset"
)

// Plan is a trial's plan. Paths in it are relative to the folder of the file.
type Plan struct {
	File   string `yaml:"-"`
	SHA256 string `yaml:"-"`
	lines  map[string]int

	Name         string     `yaml:"name"`
	Registration string     `yaml:"registration"`
	Summary      string     `yaml:"summary"`
	Data         Data       `yaml:"data"`
	Periods      Periods    `yaml:"periods"`
	Design       Design     `yaml:"design"`
	Outcomes     []Outcome  `yaml:"outcomes"`
	Analyses     []Analysis `yaml:"analyses"`
	Families     []Family   `yaml:"families"`
	Figures      []Figure   `yaml:"figures"`
	Disclosure   string     `yaml:"disclosure"`
	Report       Report     `yaml:"report"`
}

// Data says where the trial's data lie.
type Data struct {
	Extracts []Extract `yaml:"extracts"`
	Schools  string    `yaml:"schools"`  // the trial's list of schools
	Register string    `yaml:"register"` // the national register of schools, or a part of it
	Roll     []string  `yaml:"roll"`
	Links    string    `yaml:"links"`  // the register's links of predecessors and successors
	Ingest   Options   `yaml:"ingest"` // flags of swis ingest
}

// Extract is the delivery of one authority.
type Extract struct {
	LA     string   `yaml:"la"`
	Name   string   `yaml:"name"`
	Paths  []string `yaml:"paths"`
	Lookup []string `yaml:"lookup"` // the authority's own lists of children and their schools
	Layout string   `yaml:"layout"`
	Map    string   `yaml:"map"`
}

// Periods cut the time of the trial.
type Periods struct {
	Unit         string `yaml:"unit"` // month, term or year
	Baseline     Span   `yaml:"baseline"`
	Intervention Span   `yaml:"intervention"`
	FollowUp     Span   `yaml:"follow_up"`
}

// Span is a time with both ends included.
type Span struct {
	From dataset.Day `yaml:"from"`
	To   dataset.Day `yaml:"to"`
}

// Design says how schools came into arms.
type Design struct {
	Type       string  `yaml:"type"` // randomised, matched or given
	Arms       Arms    `yaml:"arms"`
	Assign     Options `yaml:"assign"`     // flags of swis assign
	Allocation string  `yaml:"allocation"` // a list that was made before, for type given
	Log        string  `yaml:"log"`        // the log of that list, which is verified
	Head       string  `yaml:"head"`       // its lodged head hash
}

// Arms names the two arms.
type Arms struct {
	Intervention string `yaml:"intervention"`
	Comparison   string `yaml:"comparison"`
}

// Outcome is one column of the panel that the trial is about.
type Outcome struct {
	Name       string `yaml:"name"`
	Label      string `yaml:"label"`
	Definition string `yaml:"definition"`
}

// Analysis is one command with its options. Its numbers are those that the
// command line gives.
type Analysis struct {
	ID       string  `yaml:"id"`
	Outcome  string  `yaml:"outcome"`
	Estimand string  `yaml:"estimand"`
	Command  string  `yaml:"command"`
	Options  Options `yaml:"options"`
	Role     string  `yaml:"role"`   // primary, secondary or exploratory
	Family   string  `yaml:"family"` // of tests that are corrected together
	By       string  `yaml:"by"`
	Where    string  `yaml:"where"`
	Title    string  `yaml:"title"`
}

// Family is a set of tests that are corrected together.
type Family struct {
	Name   string `yaml:"name"`
	Adjust string `yaml:"adjust"` // holm, hochberg, bh, romano-wolf or none
	Pooled bool   `yaml:"pooled"` // whether the pooled estimate of an analysis by level is a test of the family too
	Reps   string `yaml:"reps"`   // romano-wolf: draws, 9999 where left out
	Seed   string `yaml:"seed"`   // romano-wolf: of the draws, 1 where left out
}

// Draws is the number of draws of a family that is resampled, 0 where it is no
// number.
func (f *Family) Draws() int {
	n, err := strconv.Atoi(f.Reps)
	if err != nil {
		return 0
	}
	return n
}

// Figure is one figure of the report.
type Figure struct {
	Kind     string   `yaml:"kind"`
	Analysis []string `yaml:"analysis"` // ids of the analyses it draws
	Outcome  string   `yaml:"outcome"`
	By       string   `yaml:"by"`
	Options  Options  `yaml:"options"` // flags of swis plot
	Title    string   `yaml:"title"`
}

// Report says what is written.
type Report struct {
	Formats []string `yaml:"formats"` // html, markdown
	Title   string   `yaml:"title"`
	Authors []string `yaml:"authors"`
}

// Path resolves a path of the plan against the folder of its file.
func (p *Plan) Path(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(p.File), filepath.FromSlash(path))
}

// Line is the line of a key such as analyses[1].command, or of the nearest
// enclosing one that stands in the file.
func (p *Plan) Line(path string) int {
	for path != "" {
		if line, ok := p.lines[path]; ok {
			return line
		}
		path = parent(path)
	}
	return 0
}

// Find returns the analysis with an id, or nil.
func (p *Plan) Find(id string) *Analysis {
	for i := range p.Analyses {
		if p.Analyses[i].ID == id {
			return &p.Analyses[i]
		}
	}
	return nil
}

// Outcome returns the outcome of a name, or nil.
func (p *Plan) Outcome(name string) *Outcome {
	for i := range p.Outcomes {
		if p.Outcomes[i].Name == name {
			return &p.Outcomes[i]
		}
	}
	return nil
}

// From and To are the first and the last day of the panel.
func (p *Plan) From() dataset.Day { return p.Periods.Baseline.From }

// To is the last day of the panel: of the follow-up where there is one.
func (p *Plan) To() dataset.Day {
	if p.Periods.FollowUp.To != dataset.NoDay {
		return p.Periods.FollowUp.To
	}
	return p.Periods.Intervention.To
}
