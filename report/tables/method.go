package tables

import (
	"swis/analysis"
	"swis/report"
)

// Method lays out how an estimator works: formula, variance, conventions and
// references, in words that a protocol could quote.
func Method(m analysis.Method, level int) []report.Block {
	page := []report.Block{report.Heading{Level: level, Text: m.Name}}
	if m.Formula != "" {
		page = append(page, report.Formula{Text: m.Formula})
	}
	if m.Variance != "" {
		page = append(page, report.Paragraph{Text: "Standard errors: " + m.Variance + "."})
	}
	if len(m.Conventions) > 0 {
		items := make([]report.Item, len(m.Conventions))
		for i, c := range m.Conventions {
			items[i] = report.Item{Text: c}
		}
		page = append(page, report.Items{List: items})
	}
	if len(m.References) > 0 {
		page = append(page, References(m.References))
	}
	return page
}

// References lists papers.
func References(list []analysis.Reference) report.Items {
	items := make([]report.Item, len(list))
	for i, r := range list {
		text := r.Text
		if r.DOI != "" {
			if text != "" && text[len(text)-1] != '.' {
				text += "."
			}
			text += " doi:" + r.DOI
		}
		if text == "" {
			text = "–"
		}
		items[i] = report.Item{Name: r.Key, Text: text}
	}
	return report.Items{List: items}
}
