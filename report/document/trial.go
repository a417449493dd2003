// Package document assembles a report from results, as the evaluation reports
// of EEF, Foundations and NIESR are built, and writes it as HTML and Markdown.
package document

import (
	"slices"

	"swis/analysis"
	"swis/report"
	"swis/report/disclosure"
)

// Trial is everything a report is made from. Empty parts leave their sections
// out; what a section says comes from the results, not from here.
type Trial struct {
	Title        string
	Subtitle     string
	Authors      []string
	Registration string
	About        []string // paragraphs: what was tried, and why
	Disclosure   string   // profile: none, dfe or tre
	Withheld     bool     // everything here has passed the profile already, together
	Intervention string   // name of the arm, such as SWIS
	Comparison   string

	Design     []string // sentences: arms, assignment, periods, sizes
	Outcomes   []Outcome
	Data       []string         // sentences: deliveries, what was left out, linkage
	DataTables []analysis.Table // row accounts, coverage, linkage by LA
	Flow       *report.Figure   // flow of schools and pupils
	Balance    *analysis.Result // swis describe
	Analyses   []Analysis       // in the order of the plan
	Figures    []*report.Figure // not tied to an analysis: shown with the data

	Planned    []string // what the lock or plan says: when it was fixed, its hash
	Deviations []Deviation
	Notes      []string
	Inputs     []analysis.InputFile
	PlanSHA256 string
	Seed       string
	Program    string
}

// Outcome is what is measured.
type Outcome struct{ Name, Label, Definition string }

// Analysis is one analysis of the plan, or one made beside it.
type Analysis struct {
	ID       string
	Title    string // the question; empty: the result's title
	Outcome  string // label in words, e.g. "Section 47 enquiries"
	Estimand string
	Role     string // primary, secondary, exploratory, sensitivity or floor
	Family   string // tests that are corrected together
	Adjust   string // how, e.g. holm
	Unit     string // of a difference, in words
	Result   *analysis.Result
	Refused  error // why there is no result
	Figures  []*report.Figure
}

// Deviation is a difference between what was planned and what was done.
type Deviation struct{ Planned, Done, Why string }

func (a *Analysis) status() report.Status {
	if a.Refused != nil {
		return report.NotTestable
	}
	switch a.Role {
	case "primary":
		return report.Primary
	case "secondary":
		return report.Secondary
	case "sensitivity":
		return report.Sensitivity
	case "floor":
		return report.NoStatus
	}
	return report.Exploratory
}

// disclosed is the trial with small numbers withheld everywhere. An unknown
// profile withholds as dfe does: it is safer to show less.
func (t *Trial) disclosed() *Trial {
	p, err := disclosure.Parse(t.Disclosure)
	if err != nil {
		p = disclosure.DfE
	}
	if !p.On() || t.Withheld {
		return t
	}
	out := *t
	out.Data, out.Design = texts(p, t.Data), texts(p, t.Design)
	out.DataTables = slices.Clone(t.DataTables)
	for i := range out.DataTables {
		out.DataTables[i] = *p.Table(&t.DataTables[i])
	}
	out.Flow, out.Balance = p.Figure(t.Flow), p.Result(t.Balance)
	out.Figures = figures(p, t.Figures)
	out.Analyses = slices.Clone(t.Analyses)
	for i := range out.Analyses {
		a := &out.Analyses[i]
		a.Result, a.Figures = p.Result(a.Result), figures(p, a.Figures)
	}
	return &out
}

func texts(p disclosure.Profile, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = p.Text(s)
	}
	return out
}

func figures(p disclosure.Profile, list []*report.Figure) []*report.Figure {
	out := make([]*report.Figure, len(list))
	for i, f := range list {
		out[i] = p.Figure(f)
	}
	return out
}
