package tables

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"swis/analysis"
	"swis/report"
)

// CSS is the style of tables and text in every HTML page of the program. It
// refers to nothing outside the page.
const CSS = `body{font:16px/1.5 "Liberation Sans",Arial,Helvetica,sans-serif;color:#222;max-width:52rem;margin:2rem auto;padding:0 1rem}
h1,h2,h3{line-height:1.25;color:#12436d}
p.subtitle{color:#3d3d3d;margin-top:-.6rem}
p.finding{font-weight:bold}
p.aside,ul.aside,.notes{font-size:.875rem;color:#3d3d3d}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums;break-inside:avoid}
caption{text-align:left;font-weight:bold;padding-bottom:.3rem}
th,td{padding:.25rem .6rem;text-align:right;vertical-align:top}
th:first-child,td:first-child,th.l,td.l{text-align:left}
td{white-space:nowrap}td.l{white-space:normal;min-width:4.5rem}
thead th{border-bottom:1px solid #3d3d3d;font-weight:600}
thead tr.over th{border-bottom:none;padding-bottom:0}
thead tr.over th[colspan]:not([colspan="1"]):not(:empty){border-bottom:1px solid #bfbfbf}
tbody tr:last-child td,tbody tr:last-child th{border-bottom:1px solid #3d3d3d}
tr.section th{text-align:left;font-weight:600;padding-top:.6rem}
tr.effect th,tr.effect td{font-weight:bold;border-top:1px solid #bfbfbf}
tbody th{font-weight:normal}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{font-weight:600}dd{margin:0}
pre,code{font-family:"Liberation Mono",Consolas,monospace;font-size:.875rem}
pre{white-space:pre-wrap;background:#f5f5f5;padding:.6rem}
.notes{margin:-.5rem 0 1rem;padding:0;list-style:none}
`

// Policy is the content security policy of every page: nothing is loaded.
const Policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

// WriteHTML writes a result as a self-contained HTML page.
func WriteHTML(w io.Writer, r *analysis.Result) error {
	title := r.Title
	if title == "" {
		title = r.Method.Name
	}
	return HTMLPage(w, title, Page(r))
}

// HTMLPage writes blocks as a self-contained HTML page.
func HTMLPage(w io.Writer, title string, page []report.Block) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"/><meta http-equiv="Content-Security-Policy" content="%s"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/><title>%s</title><style>%s</style></head>
<body>
`, Policy, report.Escape(title), CSS)
	for _, b := range page {
		out.WriteString(HTML(b))
	}
	out.WriteString("</body></html>\n")
	return out.Flush()
}

// HTML writes one block as well-formed markup; every text is escaped.
func HTML(b report.Block) string {
	var s strings.Builder
	esc := report.Escape
	switch b := b.(type) {
	case report.Heading:
		level := min(max(b.Level, 1), 6)
		fmt.Fprintf(&s, "<h%d>%s</h%d>\n", level, esc(b.Text), level)
	case report.Paragraph:
		class := [...]string{report.Plain: "", report.Subtitle: ` class="subtitle"`, report.Aside: ` class="aside"`, report.Finding: ` class="finding"`}[b.Kind]
		fmt.Fprintf(&s, "<p%s>%s</p>\n", class, esc(b.Text))
	case report.Items:
		htmlItems(&s, b)
	case report.Formula:
		fmt.Fprintf(&s, "<pre>%s</pre>\n", esc(b.Text))
	case *report.Table:
		htmlTable(&s, b)
	}
	return s.String()
}

func htmlItems(s *strings.Builder, b report.Items) {
	esc := report.Escape
	if len(b.List) == 0 {
		return
	}
	if b.List[0].Name == "" {
		s.WriteString("<ul class=\"aside\">\n")
		for _, item := range b.List {
			fmt.Fprintf(s, "<li>%s</li>\n", esc(item.Text))
		}
		s.WriteString("</ul>\n")
		return
	}
	s.WriteString("<dl>\n")
	for _, item := range b.List {
		name := esc(item.Name)
		if b.Code {
			name = "<code>" + name + "</code>"
		}
		fmt.Fprintf(s, "<dt>%s</dt><dd>%s</dd>\n", name, esc(item.Text))
	}
	s.WriteString("</dl>\n")
}

func htmlTable(s *strings.Builder, t *report.Table) {
	esc := report.Escape
	s.WriteString("<table>\n")
	if t.Title != "" {
		fmt.Fprintf(s, "<caption>%s</caption>\n", esc(t.Title))
	}
	s.WriteString("<thead>\n")
	htmlSpread(s, t)
	s.WriteString("<tr>")
	for _, c := range t.Columns {
		class := ""
		if c.Align == report.Left {
			class = ` class="l"`
		}
		fmt.Fprintf(s, `<th scope="col"%s>%s</th>`, class, esc(c.Label))
	}
	s.WriteString("</tr>\n</thead>\n<tbody>\n")
	columns := padded(t, "\u2007", "\u2008")
	for i, r := range t.Rows {
		switch r.Kind {
		case report.SectionRow:
			fmt.Fprintf(s, `<tr class="section"><th scope="rowgroup" colspan="%d">%s</th></tr>`+"\n", len(t.Columns), esc(strings.Join(r.Cells, " ")))
			continue
		case report.EffectRow:
			s.WriteString(`<tr class="effect">`)
		default:
			s.WriteString("<tr>")
		}
		for j, c := range t.Columns {
			cell := esc(columns[j][i])
			switch {
			case j == 0:
				fmt.Fprintf(s, `<th scope="row">%s</th>`, cell)
			case c.Align == report.Left:
				fmt.Fprintf(s, `<td class="l">%s</td>`, cell)
			default:
				fmt.Fprintf(s, "<td>%s</td>", cell)
			}
		}
		s.WriteString("</tr>\n")
	}
	s.WriteString("</tbody></table>\n")
	if len(t.Notes) > 0 {
		s.WriteString("<ul class=\"notes\">\n")
		for i, n := range t.Notes {
			fmt.Fprintf(s, "<li>%s %s</li>\n", report.Marker(i+1), esc(n))
		}
		s.WriteString("</ul>\n")
	}
}

func htmlSpread(s *strings.Builder, t *report.Table) {
	found := false
	for _, c := range t.Columns {
		found = found || c.Over != ""
	}
	if !found {
		return
	}
	s.WriteString(`<tr class="over">`)
	for i := 0; i < len(t.Columns); {
		end := i + 1
		for end < len(t.Columns) && t.Columns[end].Over == t.Columns[i].Over {
			end++
		}
		fmt.Fprintf(s, `<th scope="colgroup" colspan="%d">%s</th>`, end-i, report.Escape(t.Columns[i].Over))
		i = end
	}
	s.WriteString("</tr>\n")
}

// padded lines the decimals of right-aligned columns up by filling short
// fractions with spaces as wide as a digit and as a point.
func padded(t *report.Table, digit, point string) [][]string {
	columns := make([][]string, len(t.Columns))
	for j, c := range t.Columns {
		cells := make([]string, len(t.Rows))
		for i, r := range t.Rows {
			if r.Kind != report.SectionRow && j < len(r.Cells) {
				cells[i] = r.Cells[j]
			}
		}
		columns[j] = cells
		if c.Align != report.Decimal {
			continue
		}
		longest := 0
		for _, s := range cells {
			if numeric(s) {
				_, rest := split(s)
				longest = max(longest, width(rest))
			}
		}
		for i, s := range cells {
			if !numeric(s) {
				continue
			}
			_, rest := split(s)
			missing := longest - width(rest)
			if rest == "" && missing > 0 {
				s += point
				missing--
			}
			cells[i] = s + strings.Repeat(digit, missing)
		}
	}
	return columns
}
