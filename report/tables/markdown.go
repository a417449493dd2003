package tables

import (
	"bufio"
	"io"
	"strings"

	"swis/analysis"
	"swis/report"
)

// WriteMarkdown writes a result as a Markdown page with pipe tables.
func WriteMarkdown(w io.Writer, r *analysis.Result) error { return Markdown(w, Page(r)) }

// Markdown writes the blocks of a page as Markdown.
func Markdown(w io.Writer, page []report.Block) error {
	out := bufio.NewWriter(w)
	for i, b := range page {
		if i > 0 {
			out.WriteByte('\n')
		}
		switch b := b.(type) {
		case report.Heading:
			out.WriteString(strings.Repeat("#", max(b.Level, 1)) + " " + markdownText(b.Text) + "\n")
		case report.Paragraph:
			text := markdownText(b.Text)
			switch b.Kind {
			case report.Subtitle:
				text = "*" + text + "*"
			case report.Finding:
				text = "**" + text + "**"
			}
			out.WriteString(text + "\n")
		case report.Items:
			for _, item := range b.List {
				out.WriteString("- " + markdownItem(item, b.Code) + "\n")
			}
		case report.Formula:
			out.WriteString("```\n" + strings.ReplaceAll(b.Text, "```", "'''") + "\n```\n")
		case *report.Table:
			markdownTable(out, b)
		}
	}
	return out.Flush()
}

func markdownItem(item report.Item, code bool) string {
	switch {
	case item.Name == "":
		return markdownText(item.Text)
	case code:
		return "`" + strings.ReplaceAll(item.Name, "`", "'") + "`: " + markdownText(item.Text)
	}
	return "**" + markdownText(item.Name) + "**: " + markdownText(item.Text)
}

func markdownTable(out *bufio.Writer, t *report.Table) {
	if t.Title != "" {
		out.WriteString("**" + markdownText(t.Title) + "**\n\n")
	}
	var head, rule []string
	for _, c := range t.Columns {
		label := c.Label
		if c.Over != "" {
			label = strings.TrimSpace(c.Over + ": " + label)
		}
		head = append(head, markdownText(label))
		if c.Align == report.Left {
			rule = append(rule, ":---")
		} else {
			rule = append(rule, "---:")
		}
	}
	line := func(cells []string) { out.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	line(rule)
	for _, r := range t.Rows {
		cells := make([]string, len(t.Columns))
		for j := range cells {
			if j < len(r.Cells) {
				cells[j] = markdownText(r.Cells[j])
			}
			if r.Kind != report.BodyRow && cells[j] != "" {
				cells[j] = "**" + cells[j] + "**"
			}
		}
		line(cells)
	}
	for i, n := range t.Notes {
		out.WriteString("\n" + report.Marker(i+1) + " " + markdownText(n) + "\n")
	}
}

// markdownText escapes what Markdown or HTML inside it would read as markup.
func markdownText(s string) string { return markdownEscapes.Replace(s) }

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "|", `\|`, "\n", " ", "\r", " ")
