package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/parser"

	"swis/dataset"
	"swis/dataset/table"
	"swis/dataset/textfile"
)

// Words that keys take.
var (
	Units       = []string{"month", "term", "year"}
	DesignTypes = []string{"randomised", "matched", "given"}
	Roles       = []string{"primary", "secondary", "sensitivity", "exploratory"}
	Adjustments = []string{"holm", "hochberg", "bh", "romano-wolf", "none"}
	Disclosures = []string{"none", "dfe", "tre"}
	Formats     = []string{"html", "markdown"}
)

// ReadFile reads and checks a plan.
func ReadFile(path string) (*Plan, error) {
	data, err := textfile.Read(path, textfile.Written)
	if err != nil {
		return nil, err
	}
	return Read(data, path)
}

// Read reads and checks a plan. Every fault of the file comes back at once.
func Read(data []byte, name string) (*Plan, error) {
	if err := textfile.CheckYAML(data, name); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	p := &Plan{File: name, SHA256: hex.EncodeToString(sum[:])}
	file, err := parser.ParseBytes(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), 0)
	if err != nil {
		return nil, textfile.YAMLProblem(name, err, "")
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, dataset.Problemf(name, 0, "", "want one plan in the file; swis init writes one to start from")
	}
	d := &decoder{file: name, lines: map[string]int{}}
	v := reflect.ValueOf(p).Elem()
	blank(v)
	d.value(file.Docs[0].Body, v, "")
	p.lines = d.lines
	p.defaults()
	p.check(d)
	if d.problems != nil {
		slices.SortStableFunc(d.problems, func(a, b dataset.Problem) int { return a.Line - b.Line })
		return nil, d.problems
	}
	return p, nil
}

// defaults fills what a plan may leave out.
func (p *Plan) defaults() {
	if p.Periods.Unit == "" {
		p.Periods.Unit = "month"
	}
	if p.Design.Arms.Intervention == "" {
		p.Design.Arms.Intervention = "SWIS"
	}
	if p.Design.Arms.Comparison == "" {
		p.Design.Arms.Comparison = "control"
	}
	if len(p.Report.Formats) == 0 {
		p.Report.Formats = slices.Clone(Formats)
	}
	for i := range p.Outcomes {
		if o, ok := dataset.OutcomeNamed(p.Outcomes[i].Name); ok && p.Outcomes[i].Label == "" {
			p.Outcomes[i].Label = o.Label
		}
	}
	for i := range p.Families {
		f := &p.Families[i]
		if f.Adjust == "" {
			f.Adjust = "holm"
		}
		if f.Reps == "" {
			f.Reps = "9999"
		}
		if f.Seed == "" {
			f.Seed = "1"
		}
	}
	for i := range p.Analyses {
		if p.Analyses[i].Role == "" {
			p.Analyses[i].Role = "exploratory"
		}
	}
}

// check holds what a plan says against itself.
func (p *Plan) check(d *decoder) {
	at := func(path string) int { return p.Line(path) }
	need := func(path, value, what string) {
		if value == "" {
			line := at(path)
			d.fault(line, "%s is missing: %s", path, what)
		}
	}
	oneOf := func(path, value string, words []string) {
		if value != "" && !slices.Contains(words, value) {
			d.fault(at(path), "%s: %q: want %s", path, value, orList(words))
		}
	}
	need("name", p.Name, "the trial's name")
	need("disclosure", p.Disclosure, "none, dfe or tre; dfe withholds counts of 1 to 5, tre those below 10")
	oneOf("disclosure", p.Disclosure, Disclosures)
	oneOf("periods.unit", p.Periods.Unit, Units)
	oneOf("design.type", p.Design.Type, DesignTypes)
	need("design.type", p.Design.Type, "randomised, matched or given")
	for _, f := range p.Report.Formats {
		oneOf("report.formats", f, Formats)
	}
	if len(p.Data.Extracts) == 0 {
		d.fault(at("data"), "data.extracts is missing: a list with la and paths for each authority")
	}
	need("data.schools", p.Data.Schools, "the trial's list of schools")
	for i, x := range p.Data.Extracts {
		path := fmt.Sprintf("data.extracts[%d]", i)
		need(path+".la", x.LA, "the authority's code of three digits, in quotes")
		if len(x.Paths) == 0 {
			d.fault(at(path), "%s.paths is missing: files or folders of %s", path, orTop(x.Name))
		}
	}
	p.checkPeriods(d)
	if p.Design.Type == "given" {
		need("design.allocation", p.Design.Allocation, "the list of schools with their arms")
	}
	if p.Design.Type == "randomised" && !p.Design.Assign.Has("seed") {
		d.fault(at("design"), "design.assign.seed is missing: a draw has no default seed")
	}
	p.checkAnalyses(d, need, oneOf)
}

func (p *Plan) checkPeriods(d *decoder) {
	for _, s := range []struct {
		name     string
		span     Span
		required bool
	}{{"baseline", p.Periods.Baseline, true}, {"intervention", p.Periods.Intervention, true}, {"follow_up", p.Periods.FollowUp, false}} {
		path := "periods." + s.name
		blank := s.span.From == dataset.NoDay && s.span.To == dataset.NoDay
		switch {
		case blank && !s.required:
		case s.span.From == dataset.NoDay || s.span.To == dataset.NoDay:
			_, from := p.lines[path+".from"]
			_, to := p.lines[path+".to"]
			if from && to {
				continue // a date that could not be read is named already
			}
			d.fault(p.Line(path), "%s: want from and to, such as {from: 2021-09-01, to: 2023-08-31}", path)
		case s.span.To < s.span.From:
			d.fault(p.Line(path), "%s ends before it begins", path)
		}
	}
	b, i := p.Periods.Baseline, p.Periods.Intervention
	if b.To != dataset.NoDay && i.From != dataset.NoDay && i.From <= b.To {
		d.fault(p.Line("periods.intervention"), "periods.intervention begins before the baseline ends")
	}
}

func (p *Plan) checkAnalyses(d *decoder, need func(path, value, what string), oneOf func(path, value string, words []string)) {
	outcomes := make([]string, len(p.Outcomes))
	for i, o := range p.Outcomes {
		outcomes[i] = o.Name
		path := fmt.Sprintf("outcomes[%d]", i)
		need(path+".name", o.Name, "a column of the panel, such as s47")
		if slices.Contains(outcomes[:i], o.Name) {
			d.fault(p.Line(path), "%s: outcome %q stands twice", path, o.Name)
		}
	}
	known := func(path, name string) {
		if name != "" && !slices.Contains(outcomes, name) {
			d.fault(p.Line(path), "%s: outcome %q is not declared under outcomes%s", path, name, meant(name, outcomes))
		}
	}
	families := make([]string, len(p.Families))
	for i, f := range p.Families {
		families[i] = f.Name
		need(fmt.Sprintf("families[%d].name", i), f.Name, "the name that analyses give under family")
		oneOf(fmt.Sprintf("families[%d].adjust", i), f.Adjust, Adjustments)
		if f.Draws() < 1 {
			d.fault(p.Line(fmt.Sprintf("families[%d].reps", i)), "families[%d].reps: %q: want a positive number of draws", i, f.Reps)
		}
	}
	ids := make([]string, len(p.Analyses))
	for i, a := range p.Analyses {
		path := fmt.Sprintf("analyses[%d]", i)
		ids[i] = a.ID
		need(path+".id", a.ID, "a short name for files and figures, such as s47-by-la")
		need(path+".command", a.Command, "did, mixed, glm, floor, describe or another command that gives a result")
		if strings.ContainsAny(a.ID, `/\ `) || strings.HasPrefix(a.ID, ".") {
			d.fault(p.Line(path+".id"), "%s.id: %q: want letters, digits and hyphens", path, a.ID)
		}
		if a.ID != "" && slices.Contains(ids[:i], a.ID) {
			d.fault(p.Line(path+".id"), "%s: id %q stands twice", path, a.ID)
		}
		oneOf(path+".role", a.Role, Roles)
		known(path+".outcome", a.Outcome)
		if a.Family != "" && !slices.Contains(families, a.Family) {
			d.fault(p.Line(path+".family"), "%s: family %q is not declared under families%s", path, a.Family, meant(a.Family, families))
		}
	}
	for i, f := range p.Figures {
		path := fmt.Sprintf("figures[%d]", i)
		need(path+".kind", f.Kind, "a kind of figure that swis plot draws")
		known(path+".outcome", f.Outcome)
		for _, id := range f.Analysis {
			if !slices.Contains(ids, id) {
				d.fault(p.Line(path+".analysis"), "%s: no analysis %q%s", path, id, meant(id, ids))
			}
		}
	}
}

func meant(word string, words []string) string {
	if nearest := table.Nearest(word, words); nearest != "" {
		return fmt.Sprintf(" (did you mean %q?)", nearest)
	}
	return ""
}

// orList writes a, b or c.
func orList(words []string) string {
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
