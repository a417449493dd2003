package study

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// pageWidth is how wide running text gets on a terminal.
const pageWidth = 100

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) section(format string, args ...any) {
	p.line("")
	p.line(format, args...)
}

// wrapped prints text in lines of pageWidth, the first after head, the others
// after indent.
func (p *printer) wrapped(head, indent, text string) {
	line := head
	empty := true
	for _, word := range strings.Fields(text) {
		if !empty && len(line)+1+len(word) > pageWidth {
			p.line("%s", line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	p.line("%s", strings.TrimRight(line, " "))
}

func (p *printer) table(fill func(row func(...any))) {
	t := tabwriter.NewWriter(p.w, 0, 4, 2, ' ', 0)
	fill(func(cells ...any) {
		texts := make([]string, len(cells))
		for i, c := range cells {
			texts[i] = fmt.Sprint(c)
		}
		fmt.Fprintf(t, "  %s\n", strings.TrimRight(strings.Join(texts, "\t"), "\t"))
	})
	if err := t.Flush(); p.err == nil {
		p.err = err
	}
}

// folder is the folder that all files are in, with its slash; empty for one
// file or none.
func (q *Quality) folder() string {
	if len(q.Files) < 2 {
		return ""
	}
	common := q.Files[0].File
	for _, f := range q.Files[1:] {
		for !strings.HasPrefix(f.File, common) {
			common = common[:len(common)-1]
		}
	}
	return common[:strings.LastIndexByte(common, '/')+1]
}

func list(items []string) string {
	if len(items) > 4 {
		return fmt.Sprintf("%s, … (%d)", strings.Join(items[:3], ", "), len(items))
	}
	return strings.Join(items, ", ")
}

func percent(share *float64) string {
	if share == nil {
		return "–"
	}
	if *share > 0 && *share < 0.0005 {
		return "<0.1%"
	}
	return fmt.Sprintf("%.1f%%", 100**share)
}
