package document

import (
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
	var later appendix
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
		analyses(d, t, &later, part.role, part.id, part.title, part.lead)
	}
	add("deviations", "Deviations from the plan", deviations(t))
	add("methods", "Methods", methods(t))
	add("references", "References", references(t))
	later.add(d)
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
func analyses(d *report.Document, t *Trial, later *appendix, role, id, title, lead string) {
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
		section := a.section(t, id)
		section.Blocks = later.keep(section, a.Role == "floor")
		d.Sections = append(d.Sections, section)
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
	copied.Notes = saidOnce(copied.Notes)
	if a.Role == "floor" && len(copied.Summary) > 2 {
		copied.Checks = nil // the sentences hold these numbers; results.json has them all
	}
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

// saidOnce leaves out notes of a level that say what the note of all says.
func saidOnce(notes []analysis.Note) []analysis.Note {
	return slices.DeleteFunc(slices.Clone(notes), func(n analysis.Note) bool {
		return n.By != "" && slices.ContainsFunc(notes, func(all analysis.Note) bool { return all.By == "" && all.Text == n.Text })
	})
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
