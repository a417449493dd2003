package document

import (
	"cmp"
	"slices"
	"strconv"

	"swis/analysis"
	"swis/report"
	"swis/report/tables"
)

// The sections at the end of a report: what a second evaluator needs to repeat it.

func deviations(t *Trial) []report.Block {
	if len(t.Deviations) == 0 {
		if t.PlanSHA256 == "" {
			return nil
		}
		return []report.Block{report.Paragraph{Text: "All analyses above were made as the plan declares them; the program found no deviation. Deviations that a program cannot see have to be added here by hand."}}
	}
	table := &report.Table{Name: "deviations", Columns: []report.Column{{Label: "Planned"}, {Label: "Done"}, {Label: "Reason"}}}
	for _, d := range t.Deviations {
		table.Rows = append(table.Rows, report.Row{Cells: []string{d.Planned, d.Done, d.Why}})
	}
	return []report.Block{table}
}

// methods describes every estimator that was used, once.
func methods(t *Trial) []report.Block {
	var out []report.Block
	seen := map[string]bool{}
	for _, r := range results(t) {
		key := r.Method.Name + "\x00" + r.Method.Formula + "\x00" + r.Method.Variance
		if r.Method.Name == "" || seen[key] {
			continue
		}
		seen[key] = true
		m := r.Method
		m.References = nil // listed once, below
		out = append(out, tables.Method(m, 4)...)
	}
	return out
}

func results(t *Trial) []*analysis.Result {
	var out []*analysis.Result
	if t.Balance != nil {
		out = append(out, t.Balance)
	}
	for i := range t.Analyses {
		if t.Analyses[i].Result != nil {
			out = append(out, t.Analyses[i].Result)
		}
	}
	return out
}

func references(t *Trial) []report.Block {
	var list []analysis.Reference
	for _, r := range results(t) {
		for _, ref := range r.Method.References {
			if !slices.ContainsFunc(list, func(x analysis.Reference) bool { return x.Key == ref.Key }) {
				list = append(list, ref)
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b analysis.Reference) int { return cmp.Compare(a.Key, b.Key) })
	return []report.Block{tables.References(list)}
}

func provenance(t *Trial) []report.Block {
	items := report.Items{}
	add := func(name, text string) {
		if text != "" {
			items.List = append(items.List, report.Item{Name: name, Text: text})
		}
	}
	add("Program", t.Program)
	add("Plan (SHA-256)", t.PlanSHA256)
	add("Seed", t.Seed)
	out := []report.Block{}
	if len(items.List) > 0 {
		out = append(out, items)
	}
	inputs := slices.Clone(t.Inputs)
	for _, r := range results(t) {
		for _, in := range r.Provenance.Inputs {
			if !slices.ContainsFunc(inputs, func(x analysis.InputFile) bool { return x.File == in.File && x.SHA256 == in.SHA256 }) {
				inputs = append(inputs, in)
			}
		}
	}
	if len(inputs) > 0 {
		table := &report.Table{Name: "inputs", Title: "Files read", Columns: []report.Column{{Label: "File"}, {Label: "Rows", Align: report.Decimal}, {Label: "SHA-256"}}}
		for _, in := range inputs {
			rows := ""
			if in.Rows > 0 {
				rows = decimal(float64(in.Rows), 0)
			}
			table.Rows = append(table.Rows, report.Row{Cells: []string{in.File, rows, in.SHA256}})
		}
		out = append(out, table)
	}
	commands := report.Items{Code: true}
	for i := range t.Analyses {
		a := &t.Analyses[i]
		if a.Result != nil && len(a.Result.Provenance.Command) > 0 {
			commands.List = append(commands.List, report.Item{Name: tables.Command(a.Result.Provenance.Command), Text: "analysis " + or(a.ID, strconv.Itoa(i+1))})
		}
	}
	if len(commands.List) > 0 {
		out = append(out, report.Paragraph{Text: "Each analysis can be repeated by its command:"}, commands)
	}
	return out
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
