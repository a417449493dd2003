package document

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"

	"swis/report"
	"swis/report/tables"
)

// WriteMarkdown writes a document as Markdown; figures are links to their
// files in the document's folder of figures.
func WriteMarkdown(w io.Writer, d *report.Document) error {
	out := bufio.NewWriter(w)
	blocks := []report.Block{report.Heading{Level: 1, Text: d.Title}}
	if d.Subtitle != "" {
		blocks = append(blocks, report.Paragraph{Text: d.Subtitle, Kind: report.Subtitle})
	}
	for _, line := range d.Lines {
		blocks = append(blocks, report.Paragraph{Text: line})
	}
	if err := tables.Markdown(out, blocks); err != nil {
		return err
	}
	tableCount, figureCount := 0, 0
	for i := range d.Sections {
		s := &d.Sections[i]
		title := s.Title
		if s.Status != report.NoStatus {
			title += " (" + strings.ToLower(s.Status.String()) + ")"
		}
		out.WriteByte('\n')
		if err := tables.Markdown(out, []report.Block{report.Heading{Level: s.Level, Text: title}}); err != nil {
			return err
		}
		for _, b := range s.Blocks {
			out.WriteByte('\n')
			switch b := b.(type) {
			case *report.Figure:
				figureCount++
				fmt.Fprintf(out, "![%s](%s)\n\n**%s**\n", plainText(b.Alt), path.Join(d.Figures, b.Name+".svg"), plainText(caption("Figure", figureCount, b.Title)))
				continue
			case report.Statements:
				list := report.Items{}
				for _, st := range b.List {
					list.List = append(list.List, report.Item{Name: st.Status.String(), Text: st.Text})
				}
				if err := tables.Markdown(out, []report.Block{list}); err != nil {
					return err
				}
				continue
			case *report.Table:
				tableCount++
				copied := *b
				copied.Title = caption("Table", tableCount, or(b.Title, s.Title))
				if err := tables.Markdown(out, []report.Block{&copied}); err != nil {
					return err
				}
				continue
			}
			if err := tables.Markdown(out, []report.Block{b}); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// plainText keeps brackets and markup out of the text of a link.
func plainText(s string) string {
	return strings.NewReplacer("[", "(", "]", ")", "\n", " ", "*", "", "_", " ", "`", "'", "<", "‹", ">", "›", "|", "/").Replace(s)
}
