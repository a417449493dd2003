package document

import (
	"fmt"
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
	"swis/report/tables"
)

// New assembles the report of a trial, with small numbers withheld as its
// disclosure profile says.
func New(given *Trial) *report.Document {
	t := given.disclosed()
	d := &report.Document{Title: t.Title, Subtitle: t.Subtitle, Figures: "figures"}
	if len(t.Authors) > 0 {
		d.Lines = append(d.Lines, strings.Join(t.Authors, ", "))
	}
	if t.Registration != "" {
		d.Lines = append(d.Lines, "Registration: "+t.Registration)
	}
	d.Lines = append(d.Lines, disclosureLine(t.Disclosure))
	add := func(id, title string, blocks []report.Block) {
		if len(blocks) > 0 {
			d.Sections = append(d.Sections, report.Section{ID: id, Title: title, Level: 2, Blocks: blocks})
		}
	}
	add("summary", "Summary", summary(t))
	add("design", "Trial design", design(t))
	add("data", "Data and flow", data(t))
	add("baseline", "Baseline", baseline(t))
	for _, part := range []struct{ role, id, title, lead string }{
		{"primary", "primary", "Primary analysis", ""},
		{"secondary", "secondary", "Secondary analyses", ""},
		{"floor", "floor", "Floor effects", "Two questions are kept apart: was there room to improve, or was the outcome near zero already; and was there room to detect, or were there too few events for any test to see a fall."},
		{"sensitivity", "sensitivity", "Sensitivity analyses", "The planned questions asked in other ways. They show how far an answer depends on a choice; none replaces the planned analysis."},
		{"exploratory", "exploratory", "Exploratory analyses", "These analyses were not planned as tests. They raise questions for later trials and answer none."},
	} {
		analyses(d, t, part.role, part.id, part.title, part.lead)
	}
	add("deviations", "Deviations from the plan", deviations(t))
	add("methods", "Methods", methods(t))
	add("references", "References", references(t))
	add("provenance", "Provenance", provenance(t))
	return d
}

func disclosureLine(profile string) string {
	switch profile {
	case "dfe":
		return "Small numbers: counts of 1 to 5 are shown as c, as in DfE statistics, with others suppressed so that they cannot be worked out."
	case "tre":
		return "Small numbers: counts below 10 are suppressed and others rounded to 5."
	}
	return "Small numbers are not suppressed: not for publication without a disclosure check."
}

func paragraphs(texts []string) []report.Block {
	var out []report.Block
	for _, text := range texts {
		out = append(out, report.Paragraph{Text: text})
	}
	return out
}

// summary has one sentence a planned analysis, and counts every test.
func summary(t *Trial) []report.Block {
	out := paragraphs(t.About)
	var statements []report.Statement
	for _, role := range []string{"primary", "secondary", "exploratory"} {
		for i := range t.Analyses {
			a := &t.Analyses[i]
			if a.Role != role {
				continue
			}
			for _, s := range a.sentences(t) {
				statements = append(statements, report.Statement{Status: a.status(), Text: s})
			}
		}
	}
	for i := range t.Analyses {
		a := &t.Analyses[i]
		if a.Role == "floor" && a.Result != nil {
			for _, s := range a.notTestable() {
				statements = append(statements, report.Statement{Status: report.NotTestable, Text: s})
			}
		}
	}
	if len(statements) > 0 {
		out = append(out, report.Statements{List: statements})
	}
	out = append(out, placed(t, "summary")...)
	for _, s := range countTests(t) {
		out = append(out, report.Paragraph{Text: s})
	}
	return append(out, paragraphs(t.Notes)...)
}

// sentences are what an analysis found: the result's own summary where it has
// one and it is worded as it should be, else a sentence made from the effect;
// then one line for the levels of --by.
func (a *Analysis) sentences(t *Trial) []string {
	if a.Refused != nil {
		return []string{fmt.Sprintf("%s: %s.", a.label(), strings.TrimSuffix(strings.TrimPrefix(a.Refused.Error(), "cannot estimate: "), "."))}
	}
	if a.Result == nil {
		return nil
	}
	effects := a.effects()
	if len(effects) == 0 || a.Role == "floor" {
		return slices.DeleteFunc(slices.Clone(a.Result.Summary), func(s string) bool { return !Guarded(s) })
	}
	var out []string
	var levels []string
	for _, e := range effects {
		if e.By == "" {
			out = append(out, Sentence(a.label(), t.Intervention, e))
		} else if e.Estimate != nil {
			levels = append(levels, e.By+" "+brief(e))
		} else {
			levels = append(levels, e.By+" could not be estimated")
		}
	}
	if len(levels) > 0 {
		out = append(out, a.label()+" by local authority: "+strings.Join(levels, "; ")+".")
	}
	return out
}

// notTestable says where a floor result finds that no test could see a fall.
func (a *Analysis) notTestable() []string {
	var out []string
	for _, c := range a.Result.Checks {
		if c.Name != "verdict" || !strings.Contains(strings.ToLower(c.Means), "not testable") {
			continue
		}
		where := a.label()
		if c.By != "" {
			where += ", " + c.By
		}
		text := where + ": not testable."
		for _, s := range a.Result.Summary {
			if rest, ok := strings.CutPrefix(s, c.By+": "); (ok || c.By == "") && strings.Contains(rest, "ot testable") {
				text = where + ": " + rest
				break
			} else if c.By == "" && strings.Contains(s, "ot testable") {
				text = where + ": " + s
				break
			}
		}
		out = append(out, text)
	}
	if len(out) == 0 && strings.Contains(strings.ToLower(a.Result.Title), "not testable") {
		out = append(out, strings.TrimSuffix(a.Result.Title, ".")+".")
	}
	return out
}

func brief(e *analysis.Estimate) string {
	if e.Scale == analysis.Log && e.Ratio != nil && e.RatioLow != nil && e.RatioHigh != nil {
		return fmt.Sprintf("%s (%s%s)", change(*e.Ratio), changes(*e.RatioLow, *e.RatioHigh), pClause(e))
	}
	if e.ConfLow != nil && e.ConfHigh != nil {
		return fmt.Sprintf("%s (%s to %s%s)", decimal(*e.Estimate, 2), decimal(*e.ConfLow, 2), decimal(*e.ConfHigh, 2), pClause(e))
	}
	return decimal(*e.Estimate, 2)
}

func (a *Analysis) label() string {
	switch {
	case a.Outcome != "":
		return a.Outcome
	case a.Title != "":
		return a.Title
	case a.Result != nil && a.Result.Title != "":
		return a.Result.Title
	}
	return a.ID
}

// effects are the estimates that the analysis is about: att or the like, pooled
// and by level.
func (a *Analysis) effects() []*analysis.Estimate {
	for _, term := range []string{"att", "simple", "cace"} {
		if list := estimatesOf(a.Result, term); list != nil {
			return list
		}
	}
	for i := range a.Result.Estimates {
		e := &a.Result.Estimates[i]
		if e.Estimand != "" && e.Term != "(Intercept)" && e.Part != analysis.ZeroPart && !strings.HasPrefix(e.Term, "event:") {
			return estimatesOf(a.Result, e.Term)
		}
	}
	return nil
}

func estimatesOf(r *analysis.Result, term string) []*analysis.Estimate {
	var out []*analysis.Estimate
	for i := range r.Estimates {
		if e := &r.Estimates[i]; e.Term == term && e.Part != analysis.ZeroPart {
			out = append(out, e)
		}
	}
	return out
}

// countTests says how many tests were made, in each family and in all.
func countTests(t *Trial) []string {
	type family struct {
		name, adjust             string
		tests, raw, kept, missed int
		adjusted                 bool
	}
	var families []*family
	total, raw := 0, 0
	for i := range t.Analyses {
		a := &t.Analyses[i]
		if a.Role == "floor" {
			continue
		}
		var f *family
		for _, g := range families {
			if g.name == a.Family {
				f = g
			}
		}
		if f == nil {
			f = &family{name: a.Family, adjust: a.Adjust}
			families = append(families, f)
		}
		if a.Refused != nil {
			f.missed++
			continue
		}
		if a.Result == nil {
			continue
		}
		for _, e := range a.effects() {
			if e.PValue == nil {
				if a.Family != "" {
					f.missed++
				}
				continue
			}
			total++
			if *e.PValue < 0.05 {
				raw++
			}
			if a.Family == "" {
				continue
			}
			if e.PAdjusted == nil {
				continue
			}
			f.tests++
			f.adjusted = true
			if *e.PValue < 0.05 {
				f.raw++
			}
			if *e.PAdjusted < 0.05 {
				f.kept++
			}
		}
	}
	if total == 0 {
		return nil
	}
	out := []string{fmt.Sprintf("%s made in all, sensitivity analyses included; %s a p-value below 0.05 before any correction.", were(total, "test"), have(raw))}
	for _, f := range families {
		if f.name == "" || !f.adjusted {
			continue
		}
		missed := ""
		if f.missed > 0 {
			missed = fmt.Sprintf(", %d more could not be", f.missed)
		}
		out = append(out, fmt.Sprintf("Family %s: %s tested together%s; %s p below 0.05; after %s correction %s.", f.name, were(f.tests, "effect"), missed, have(f.raw), adjustment(f.adjust), remain(f.kept)))
	}
	return out
}

func were(n int, word string) string {
	if n == 1 {
		return "1 " + word + " was"
	}
	return fmt.Sprintf("%d %ss were", n, word)
}

func have(n int) string {
	if n == 1 {
		return "1 has"
	}
	return fmt.Sprintf("%d have", n)
}

func remain(n int) string {
	if n == 1 {
		return "1 remains"
	}
	return fmt.Sprintf("%d remain", n)
}

func adjustment(name string) string {
	switch name {
	case "holm":
		return "Holm's"
	case "hochberg":
		return "Hochberg's"
	case "bh":
		return "Benjamini and Hochberg's"
	case "":
		return "the planned"
	}
	return name
}

func design(t *Trial) []report.Block {
	out := paragraphs(t.Design)
	if len(t.Outcomes) > 0 {
		table := &report.Table{Name: "outcomes", Title: "Outcomes", Columns: []report.Column{{Label: "Outcome"}, {Label: "Column"}, {Label: "Definition"}}}
		for _, o := range t.Outcomes {
			table.Rows = append(table.Rows, report.Row{Cells: []string{o.Label, o.Name, o.Definition}})
		}
		out = append(out, table)
	}
	if len(t.Analyses) > 0 {
		table := &report.Table{Name: "analyses", Title: "Analyses, as declared", Columns: []report.Column{{Label: "Analysis"}, {Label: "Outcome"}, {Label: "Estimand"}, {Label: "Status"}, {Label: "Family"}}}
		for i := range t.Analyses {
			a := &t.Analyses[i]
			status := a.status().String()
			switch {
			case a.Role == "floor":
				status = "Diagnostic"
			case a.Refused != nil:
				status = capital(a.Role) + ", not testable"
			}
			table.Rows = append(table.Rows, report.Row{Cells: []string{a.ID, a.Outcome, a.Estimand, status, a.Family}})
		}
		out = append(out, table)
	}
	return append(out, paragraphs(t.Planned)...)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func data(t *Trial) []report.Block {
	out := paragraphs(t.Data)
	if t.Flow != nil {
		out = append(out, t.Flow)
	}
	for i := range t.DataTables {
		out = append(out, tables.Raw(&t.DataTables[i]))
	}
	return append(out, placed(t, "data")...)
}

// placed are the figures without an analysis that belong to a section.
func placed(t *Trial, section string) []report.Block {
	var out []report.Block
	for _, f := range t.Figures {
		if place(f) == section {
			out = append(out, f)
		}
	}
	return out
}

// place is the section of a figure, by what it shows.
func place(f *report.Figure) string {
	for prefix, section := range map[string]string{"forest": "summary", "balance": "baseline", "floor": "floor", "zeros": "floor", "rootogram": "floor"} {
		if strings.HasPrefix(f.Name, prefix) {
			return section
		}
	}
	return "data"
}

func baseline(t *Trial) []report.Block {
	var out []report.Block
	if t.Balance != nil {
		out = tables.Body(t.Balance)
	}
	return append(out, placed(t, "baseline")...)
}

// analyses adds the section of one role, a part an analysis.
func analyses(d *report.Document, t *Trial, role, id, title, lead string) {
	figures := placed(t, id)
	first := true
	start := func() {
		section := report.Section{ID: id, Title: title, Level: 2}
		if lead != "" {
			section.Blocks = append(section.Blocks, report.Paragraph{Text: lead})
		}
		section.Blocks = append(section.Blocks, figures...)
		d.Sections = append(d.Sections, section)
		first = false
	}
	if len(figures) > 0 {
		start()
	}
	for i := range t.Analyses {
		a := &t.Analyses[i]
		if a.Role != role {
			continue
		}
		if first {
			start()
		}
		d.Sections = append(d.Sections, a.section(t, id))
	}
}

// section is what one analysis found, in the order in which a reader asks.
func (a *Analysis) section(t *Trial, id string) report.Section {
	s := report.Section{ID: id + "-" + anchor(a.ID), Title: a.label(), Level: 3, Status: a.status()}
	if a.Title != "" {
		s.Title = a.Title
	} else if a.Role != "primary" && a.Result != nil && a.Result.Title != "" {
		s.Title = a.Result.Title
	}
	if a.Estimand != "" {
		s.Blocks = append(s.Blocks, report.Paragraph{Text: "Estimand: " + a.Estimand + ".", Kind: report.Aside})
	}
	if a.Refused != nil {
		for _, text := range a.sentences(t) {
			s.Blocks = append(s.Blocks, report.Paragraph{Text: text, Kind: report.Finding})
		}
		return s
	}
	if a.Result == nil {
		return s
	}
	if a.Result.Subtitle != "" {
		s.Blocks = append(s.Blocks, report.Paragraph{Text: a.Result.Subtitle + ".", Kind: report.Subtitle})
	}
	copied := *a.Result
	copied.Summary = a.sentences(t)
	for _, b := range tables.Body(&copied) {
		if t, ok := b.(*report.Table); ok && t.Name == "fits" && allFitted(a.Result) {
			continue
		}
		s.Blocks = append(s.Blocks, b)
	}
	for _, f := range a.Figures {
		s.Blocks = append(s.Blocks, f)
	}
	return s
}

// allFitted says whether every fit by level ended as it should: then the
// report need not list them.
func allFitted(r *analysis.Result) bool {
	for _, f := range r.Fits {
		if f.Status != analysis.Converged && f.Status != analysis.Exact {
			return false
		}
	}
	return true
}

// anchor makes a name that can stand in a link.
func anchor(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else {
			b.WriteByte('-')
		}
	}
	return b.String()
}
