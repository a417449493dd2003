package document

import (
	"slices"
	"strings"

	"swis/report"
)

// longTable is the number of rows from which a table of one analysis stands in
// the appendix, where it interrupts nobody.
const longTable = 16

// appendix gathers the long tables of the analyses, in their order.
type appendix struct{ sections []report.Section }

// keep returns the blocks of an analysis that stay in the body, and moves the
// others: long tables, and of floor diagnostics all but the counts by arm and
// what is said first of each level.
func (x *appendix) keep(s report.Section, floor bool) []report.Block {
	var body, later []report.Block
	tables := 0
	for _, b := range s.Blocks {
		switch b := b.(type) {
		case *report.Table:
			tables++
			if len(b.Rows) >= longTable || floor && tables > 1 {
				later = append(later, b)
				continue
			}
		case report.Items:
			if floor {
				first, rest := verdicts(b)
				if len(rest.List) > 0 {
					body = append(body, first)
					later = append(later, rest)
					continue
				}
			}
		}
		body = append(body, b)
	}
	if later == nil {
		return s.Blocks
	}
	id := "appendix-" + s.ID
	x.sections = append(x.sections, report.Section{ID: id, Title: s.Title, Level: 3, Status: s.Status, Blocks: later})
	return append(body, report.Paragraph{Text: "The long tables of this analysis are in the appendix, under the same name.", Kind: report.Aside})
}

// verdicts splits what is said of each level of a floor diagnosis into the
// verdict and the rest. Lists that are no verdicts come back whole.
func verdicts(list report.Items) (first, rest report.Items) {
	for _, item := range list.List {
		verdict, more, ok := strings.Cut(item.Text, ". ")
		if !ok || !slices.ContainsFunc([]string{"Adequate", "Floor-limited", "Not testable"}, func(word string) bool { return strings.HasPrefix(verdict, word) }) {
			first.List = append(first.List, item)
			continue
		}
		first.List = append(first.List, report.Item{Name: item.Name, Text: verdict + "."})
		rest.List = append(rest.List, report.Item{Name: item.Name, Text: more})
	}
	return first, rest
}

// add puts the appendix at the end of a document.
func (x *appendix) add(d *report.Document) {
	if len(x.sections) == 0 {
		return
	}
	d.Sections = append(d.Sections, report.Section{ID: "appendix", Title: "Appendix: long tables", Level: 2,
		Blocks: []report.Block{report.Paragraph{Text: "Tables of the analyses above, in the same order. The files in the folder tables hold all numbers."}}})
	d.Sections = append(d.Sections, x.sections...)
}
