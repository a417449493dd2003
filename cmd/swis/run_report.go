package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"swis/analysis"
	"swis/dataset/atomicfile"
	"swis/dataset/study"
	"swis/dataset/table"
	"swis/report"
	"swis/report/document"
)

// reportSection makes one more section of the report from what the run found.
type reportSection func(t *trialRun) (*report.Section, error)

// report writes report.html, report.md and results.json.
func (t *trialRun) report(_ context.Context, extra reportSection) error {
	trial, err := t.trial()
	if err != nil {
		return err
	}
	d := document.New(trial)
	if extra != nil {
		section, err := extra(t)
		if err != nil {
			return err
		}
		d.Sections = slices.Insert(d.Sections, min(1, len(d.Sections)), *section)
	}
	for _, format := range t.plan.Report.Formats {
		name, write := "report.html", document.WriteHTML
		if format == "markdown" {
			name, write = "report.md", document.WriteMarkdown
		}
		if err := atomicfile.Write(t.path(name), func(w io.Writer) error { return write(w, d) }); err != nil {
			return err
		}
	}
	return t.results()
}

// trial gathers what the report is made from.
func (t *trialRun) trial() (*document.Trial, error) {
	p := t.plan
	trial := &document.Trial{
		Title: orDefault(p.Report.Title, p.Name), Authors: p.Report.Authors, Registration: p.Registration,
		Disclosure: p.Disclosure, Withheld: true, Intervention: p.Design.Arms.Intervention, Comparison: p.Design.Arms.Comparison,
		PlanSHA256: p.SHA256, Program: program,
	}
	if p.Summary != "" {
		trial.About = strings.Split(strings.TrimSpace(p.Summary), "\n\n")
	}
	trial.Design = t.designWords()
	trial.Planned = []string{fmt.Sprintf("The plan is %s, SHA-256 %s.", filepath.Base(p.File), p.SHA256)}
	if t.lock != nil {
		trial.Planned = append(trial.Planned, fmt.Sprintf("It was locked with SHA-256 %s; the hash that was lodged elsewhere shows when.", t.lock.SHA256))
		for _, c := range t.changes {
			trial.Deviations = append(trial.Deviations, document.Deviation{Planned: c.Planned, Done: c.Done, Why: "changed after the lock; the reason has to be given by hand"})
		}
	} else {
		trial.Planned = append(trial.Planned, "It was not locked before outcomes were read (swis lock), so that nothing here shows what was planned in advance.")
	}
	for _, o := range p.Outcomes {
		trial.Outcomes = append(trial.Outcomes, document.Outcome{Name: o.Name, Label: o.Label, Definition: o.Definition})
	}
	figures := map[string][]*report.Figure{}
	for _, f := range t.figures {
		switch {
		case f.Figure == nil:
			trial.Deviations = append(trial.Deviations, document.Deviation{Planned: "figure " + figureName(f.Declared), Done: "not drawn", Why: f.Reason})
		case f.Declared.Kind == "flow":
			trial.Flow = f.Figure
		case len(f.Declared.Analysis) == 1:
			figures[f.Declared.Analysis[0]] = append(figures[f.Declared.Analysis[0]], f.Figure)
		default:
			trial.Figures = append(trial.Figures, f.Figure)
		}
	}
	adjust := map[string]string{}
	for _, f := range p.Families {
		adjust[f.Name] = f.Adjust
	}
	for i := range t.done {
		a := &t.done[i]
		if a.Declared.Command == "describe" && a.Declared.Options.Value("data") == baselineTable && trial.Balance == nil {
			trial.Balance = a.Result
			continue
		}
		d := document.Analysis{
			ID: a.Declared.ID, Title: a.Declared.Title, Estimand: a.Declared.Estimand, Role: a.Declared.Role,
			Family: a.Declared.Family, Adjust: adjust[a.Declared.Family], Result: a.Result, Figures: figures[a.Declared.ID],
		}
		if a.Declared.Command == "floor" {
			d.Role = "floor"
		}
		if o := p.Outcome(a.Declared.Outcome); o != nil {
			d.Outcome = o.Label
		}
		if a.Result == nil {
			d.Refused = errors.New(a.Reason)
		}
		trial.Analyses = append(trial.Analyses, d)
	}
	if t.design != nil && trial.Balance == nil {
		trial.Balance = t.design
	}
	return trial, t.describeData(trial)
}

// designWords say how the trial was set up.
func (t *trialRun) designWords() []string {
	p := t.plan
	var words []string
	switch p.Design.Type {
	case "randomised":
		words = append(words, "Schools were drawn into arms by the program; the log of the draw is in study/allocation.log.json and can be verified with swis assign verify.")
	case "matched":
		words = append(words, fmt.Sprintf("Comparison schools were matched to the %s schools; the log of the match is in study/allocation.log.json.", p.Design.Arms.Intervention))
	default:
		words = append(words, "The arms were given by a list that was made before this analysis.")
	}
	b, i := p.Periods.Baseline, p.Periods.Intervention
	words = append(words, fmt.Sprintf("Baseline: %s to %s. Intervention: from %s to %s. Periods are counted by %s.", b.From, b.To, i.From, i.To, p.Periods.Unit))
	if t.design != nil {
		words = append(words, t.design.Summary...)
	}
	return words
}

// runResults is results.json.
type runResults struct {
	Schema   string         `json:"schema"`
	Name     string         `json:"name"`
	Plan     string         `json:"plan_sha256"`
	Program  string         `json:"program"`
	Design   any            `json:"design,omitempty"`
	Analyses []runAnswer    `json:"analyses"`
	Families []testedFamily `json:"families"`
	Figures  []runFigure    `json:"figures"`
}

type runAnswer struct {
	ID      string           `json:"id"`
	Outcome string           `json:"outcome,omitempty"`
	Role    string           `json:"role"`
	Family  string           `json:"family,omitempty"`
	Reason  string           `json:"not_estimable,omitempty"`
	Result  *analysis.Result `json:"result"`
}

type runFigure struct {
	Name   string `json:"name"`
	Reason string `json:"not_drawn,omitempty"`
}

func (t *trialRun) results() error {
	out := runResults{Schema: runSchema, Name: t.plan.Name, Plan: t.plan.SHA256, Program: program, Families: t.tested, Analyses: []runAnswer{}, Figures: []runFigure{}}
	if out.Families == nil {
		out.Families = []testedFamily{}
	}
	if t.design != nil {
		out.Design = complete(t.design)
	}
	for i := range t.done {
		a := &t.done[i]
		out.Analyses = append(out.Analyses, runAnswer{ID: a.Declared.ID, Outcome: a.Declared.Outcome, Role: a.Declared.Role, Family: a.Declared.Family, Reason: a.Reason, Result: complete(a.Result)})
	}
	for _, f := range t.figures {
		out.Figures = append(out.Figures, runFigure{figureName(f.Declared), f.Reason})
	}
	return writeJSON(t.path("results.json"), out)
}

// complete fills what the contract wants in every result.
func complete(r *analysis.Result) *analysis.Result {
	if r == nil {
		return nil
	}
	r.Schema = analysis.SchemaName
	if r.Estimates == nil {
		r.Estimates = []analysis.Estimate{}
	}
	if r.Notes == nil {
		r.Notes = []analysis.Note{}
	}
	if r.Provenance.Inputs == nil {
		r.Provenance.Inputs = []analysis.InputFile{}
	}
	return r
}

func writeJSON(path string, x any) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		return e.Encode(x)
	})
}

// runManifest is manifest.json: what went in and what came out.
type runManifest struct {
	Schema  string       `json:"schema"`
	Program string       `json:"program"`
	Plan    manifestFile `json:"plan"`
	Inputs  any          `json:"inputs"` // of the study, with hashes
	Outputs []manifestFile
}

type manifestFile struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// manifest lists the hashes of everything in the folder.
func (t *trialRun) manifest(context.Context) error {
	m := runManifest{Schema: runSchema, Program: program, Plan: manifestFile{filepath.Base(t.plan.File), t.plan.SHA256}}
	if t.study != nil {
		m.Inputs = t.inputs()
	}
	err := filepath.WalkDir(t.work, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		sum, err := hashFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(t.work, path)
		m.Outputs = append(m.Outputs, manifestFile{filepath.ToSlash(name), sum})
		return err
	})
	if err != nil {
		return err
	}
	return writeJSON(t.path("manifest.json"), m)
}

// inputs are the files that were read, as the plan's folder sees them.
func (t *trialRun) inputs() []analysis.InputFile {
	var out []analysis.InputFile
	for _, x := range t.study.Extracts {
		out = append(out, analysis.InputFile{File: t.seen(x.File), SHA256: x.SHA256, Rows: int(x.Rows)})
	}
	return out
}

// seen is a path as seen from the folder of the plan.
func (t *trialRun) seen(path string) string {
	if name, err := filepath.Rel(filepath.Dir(t.plan.File), path); err == nil {
		return filepath.ToSlash(name)
	}
	return path
}

// describeData adds the deliveries, the reconciliation and the flow.
func (t *trialRun) describeData(trial *document.Trial) error {
	trial.Inputs = t.inputs()
	trial.Data, trial.DataTables = t.deliveries()
	_, _, err := study.Open(t.path("study"), "")
	return err
}

// flowResult is the table of the flow of schools and pupils.
func (t *trialRun) flowResult() (*analysis.Result, error) {
	schools, err := table.ReadFile(t.path("study", baselineTable))
	if err != nil {
		return nil, err
	}
	arms, err := textsOf(schools, "arm")
	if err != nil {
		return nil, err
	}
	pupils, err := schools.Numeric("pupils")
	if err != nil {
		return nil, err
	}
	count := map[string][2]float64{}
	var all [2]float64
	for i, arm := range arms {
		c := count[arm]
		c[0]++
		all[0]++
		if x := pupils.Values[i]; x == x {
			c[1] += x
			all[1] += x
		}
		count[arm] = c
	}
	flow := analysis.Table{Name: "flow", Title: "Flow of schools and pupils", Columns: []analysis.Column{
		{Name: "stage", Label: "Stage"}, {Name: "arm", Label: "Arm"}, {Name: "schools", Label: "Schools", Format: analysis.Count},
		{Name: "pupils", Label: "Pupils", Format: analysis.Count}, {Name: "note", Label: "Note"}}}
	row := func(stage, arm string, n [2]float64, note string) {
		flow.Rows = append(flow.Rows, []analysis.Cell{{Text: stage}, {Text: arm}, {Value: analysis.Num(n[0])}, {Value: analysis.Num(n[1])}, {Text: note}})
	}
	row("Schools on the list", "", all, "")
	if left := count[""]; left[0] > 0 {
		row("In no arm", "", left, "excluded")
	}
	design := t.plan.Design
	stage := map[string]string{"randomised": "Randomised", "matched": "Matched", "given": "Allocated"}[design.Type]
	for _, arm := range []string{design.Arms.Intervention, design.Arms.Comparison} {
		row(stage, arm, count[arm], "")
	}
	return &analysis.Result{Title: "Flow of schools and pupils", Tables: []analysis.Table{flow},
		Provenance: analysis.Provenance{Inputs: []analysis.InputFile{{File: "study/" + baselineTable, Rows: schools.Rows()}}, Program: program}}, nil
}
