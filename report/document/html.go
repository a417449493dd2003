package document

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"swis/report"
	"swis/report/charts"
	"swis/report/tables"
)

// style is the document's own style sheet, after that of the tables. It needs
// no script and prints on A4.
const style = `body{max-width:56rem}
header p{margin:.2rem 0;color:#3d3d3d}
nav{border:1px solid #bfbfbf;padding:.6rem 1.2rem;margin:1.5rem 0}
nav h2{font-size:1rem;margin:.2rem 0;padding:0;border:none}
nav ol{margin:.2rem 0;padding-left:1.4rem}
nav ol ol{font-size:.9rem}
a{color:#12436d}
h2{border-top:2px solid #12436d;padding-top:.6rem;margin-top:2.2rem}
h2,h3,h4{break-after:avoid;break-inside:avoid}
.tag{font-size:.75rem;font-weight:bold;padding:.1rem .5rem;border:1px solid currentColor;margin-left:.6rem;vertical-align:middle;white-space:nowrap}
section.analysis{border-left:5px solid #12436d;padding-left:1rem;margin:1.2rem 0}
section.secondary{border-left:5px solid #6388a8}
section.sensitivity{border-left:5px double #3d3d3d}
section.exploratory{border-left:5px dashed #801650}
section.not-testable{border-left:5px dotted #3d3d3d;background:#f5f5f5}
section.diagnostic{border-left:5px solid #28a197}
.primary .tag,.statements .primary b{color:#12436d}.secondary .tag,.statements .secondary b{color:#2f5f8a}
.exploratory .tag,.statements .exploratory b{color:#801650}.not-testable .tag,.sensitivity .tag,.statements .not-testable b{color:#3d3d3d}
ul.statements{list-style:none;padding:0}
ul.statements li{margin:.4rem 0;padding:.1rem 0 .1rem .8rem;border-left:5px solid #12436d}
ul.statements li.secondary{border-left-color:#6388a8}
ul.statements li.exploratory{border-left:5px dashed #801650}
ul.statements li.not-testable{border-left:5px dotted #3d3d3d;background:#f5f5f5}
ul.statements b{display:block;font-size:.75rem}
figure{margin:1.4rem 0;break-inside:avoid}
p,li{overflow-wrap:break-word}
figure svg{box-sizing:border-box;width:100%;height:auto;border:1px solid #dedede}
figcaption{font-size:.875rem;color:#3d3d3d}
details{font-size:.875rem}
td.l{overflow-wrap:break-word}dd{min-width:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
#provenance td.l,#provenance code{font-size:.75rem;overflow-wrap:anywhere;white-space:normal}
#provenance td.l:last-child{font-size:.6rem;font-family:"Liberation Mono",Consolas,monospace;min-width:39em}
#provenance dl{display:block}#provenance dd{margin:0 0 .4rem 1rem;overflow-wrap:anywhere}
@page{size:A4;margin:18mm 16mm}
@media print{body{max-width:none;margin:0;padding:0;font-size:10pt}nav{break-after:page}a{text-decoration:none;color:inherit}
html{font-size:10pt}table{font-size:8.5pt}th,td{padding:.1rem .5rem}table,figure{margin:.6rem 0}.scroll{overflow:visible}thead{display:table-header-group}tr,li,figure{break-inside:avoid}table.long{break-inside:auto}
h2{break-before:auto}details{display:none}p{orphans:3;widows:3}}
`

// WriteHTML writes a document as one self-contained page: pictures and styles
// are inside, nothing is loaded, no script runs.
func WriteHTML(w io.Writer, d *report.Document) error {
	out := bufio.NewWriter(w)
	esc := report.Escape
	fmt.Fprintf(out, `<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"/><meta http-equiv="Content-Security-Policy" content="%s"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/><title>%s</title><style>%s%s</style></head>
<body>
<header><h1>%s</h1>
`, tables.Policy, esc(d.Title), tables.CSS, style, esc(d.Title))
	if d.Subtitle != "" {
		fmt.Fprintf(out, "<p class=\"subtitle\">%s</p>\n", esc(d.Subtitle))
	}
	for _, line := range d.Lines {
		fmt.Fprintf(out, "<p>%s</p>\n", esc(line))
	}
	out.WriteString("</header>\n")
	writeContents(out, d)
	out.WriteString("<main>\n")
	p := &page{out: out}
	for i := range d.Sections {
		p.section(&d.Sections[i], i, d)
	}
	p.close()
	out.WriteString("</main></body></html>\n")
	if p.err != nil {
		return p.err
	}
	return out.Flush()
}

// writeContents writes the table of contents.
func writeContents(out *bufio.Writer, d *report.Document) {
	out.WriteString("<nav aria-label=\"Contents\"><h2>Contents</h2>\n<ol>")
	depth := 2
	for i := range d.Sections {
		s := &d.Sections[i]
		if i > 0 {
			switch {
			case s.Level > depth:
				out.WriteString("<ol>")
			case s.Level < depth:
				out.WriteString("</li></ol></li>")
			default:
				out.WriteString("</li>")
			}
		}
		depth = s.Level
		fmt.Fprintf(out, "\n<li><a href=\"#%s\">%s</a>", s.ID, report.Escape(s.Title))
	}
	if len(d.Sections) == 0 {
		out.WriteString("<li></li>")
	} else {
		out.WriteString("</li>")
	}
	if depth > 2 {
		out.WriteString("</ol></li>")
	}
	out.WriteString("\n</ol></nav>\n")
}

// page writes sections and numbers their tables and figures.
type page struct {
	out             *bufio.Writer
	tables, figures int
	open            bool // a level 2 section is open
	err             error
}

func (p *page) close() {
	if p.open {
		p.out.WriteString("</section>\n")
		p.open = false
	}
}

func (p *page) section(s *report.Section, number int, d *report.Document) {
	esc := report.Escape
	if s.Level == 2 {
		p.close()
		p.open = true
		fmt.Fprintf(p.out, "<section id=\"%s\">\n<h2>%s</h2>\n", s.ID, esc(s.Title))
	} else {
		class := s.Status.Class()
		tag := ""
		if class == "" {
			class = "diagnostic"
		} else {
			tag = ` <span class="tag">` + esc(s.Status.String()) + "</span>"
		}
		fmt.Fprintf(p.out, "<section id=\"%s\" class=\"analysis %s\">\n<h3>%s%s</h3>\n", s.ID, class, esc(s.Title), tag)
	}
	for _, b := range s.Blocks {
		p.block(b, s)
	}
	if s.Level > 2 {
		p.out.WriteString("</section>\n")
	}
}

func (p *page) block(b report.Block, s *report.Section) {
	switch b := b.(type) {
	case *report.Figure:
		p.figure(b)
	case report.Statements:
		p.statements(b)
	case *report.Table:
		p.tables++
		copied := *b
		copied.Title = caption("Table", p.tables, or(b.Title, s.Title))
		text := tables.HTML(&copied)
		if len(b.Rows) > 25 {
			text = strings.Replace(text, "<table>", `<table class="long">`, 1)
		}
		p.out.WriteString(`<div class="scroll">` + text + "</div>\n")
	default:
		p.out.WriteString(tables.HTML(b))
	}
}

func caption(word string, n int, title string) string {
	return word + " " + strconv.Itoa(n) + ". " + title
}

func (p *page) statements(b report.Statements) {
	p.out.WriteString("<ul class=\"statements\">\n")
	last := report.NoStatus
	for _, s := range b.List {
		label := ""
		if s.Status != last {
			label = "<b>" + report.Escape(s.Status.String()) + "</b>"
		}
		last = s.Status
		fmt.Fprintf(p.out, "<li class=\"%s\">%s%s</li>\n", s.Status.Class(), label, report.Escape(s.Text))
	}
	p.out.WriteString("</ul>\n")
}

func (p *page) figure(f *report.Figure) {
	p.figures++
	var picture bytes.Buffer
	if err := charts.WriteSVG(&picture, charts.Draw(f), "figure-"+strconv.Itoa(p.figures)); err != nil {
		p.err = err
		return
	}
	fmt.Fprintf(p.out, "<figure>\n%s<figcaption><strong>%s</strong> %s</figcaption>\n", picture.String(),
		report.Escape(caption("Figure", p.figures, f.Title)+"."), report.Escape(f.Alt))
	if n := len(f.Data.Rows); n > 0 && n <= 60 {
		t := tables.Raw(&f.Data)
		t.Title = ""
		p.out.WriteString("<details><summary>Data of the figure</summary><div class=\"scroll\">" + tables.HTML(t) + "</div></details>\n")
	}
	p.out.WriteString("</figure>\n")
}
