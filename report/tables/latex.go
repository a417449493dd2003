package tables

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"swis/analysis"
	"swis/report"
)

// WriteLaTeX writes a result as LaTeX to \input: tables with booktabs rules
// and notes below them. The preamble needs \usepackage{booktabs}.
func WriteLaTeX(w io.Writer, r *analysis.Result) error { return LaTeX(w, Page(r)) }

// LaTeX writes the blocks of a page as LaTeX.
func LaTeX(w io.Writer, page []report.Block) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, `% needs \usepackage{booktabs} and, under pdfLaTeX, \usepackage[utf8]{inputenc}`)
	for _, b := range page {
		switch b := b.(type) {
		case report.Heading:
			command := "section*"
			if b.Level > 1 {
				command = "subsection*"
			}
			fmt.Fprintf(out, "\\%s{%s}\n", command, latexText(b.Text))
		case report.Paragraph:
			switch b.Kind {
			case report.Subtitle:
				fmt.Fprintf(out, "\\emph{%s}\n\n", latexText(b.Text))
			case report.Finding:
				fmt.Fprintf(out, "\\textbf{%s}\n\n", latexText(b.Text))
			case report.Aside:
				fmt.Fprintf(out, "{\\footnotesize %s\\par}\n\n", latexText(b.Text))
			default:
				fmt.Fprintf(out, "%s\n\n", latexText(b.Text))
			}
		case report.Items:
			if len(b.List) == 0 {
				continue
			}
			fmt.Fprintln(out, `\begin{itemize}`)
			for _, item := range b.List {
				switch {
				case item.Name == "":
					fmt.Fprintf(out, "  \\item %s\n", latexText(item.Text))
				case b.Code:
					fmt.Fprintf(out, "  \\item \\texttt{%s}: %s\n", latexText(item.Name), latexText(item.Text))
				default:
					fmt.Fprintf(out, "  \\item \\textbf{%s}: %s\n", latexText(item.Name), latexText(item.Text))
				}
			}
			fmt.Fprintln(out, `\end{itemize}`)
		case report.Formula:
			fmt.Fprintf(out, "\\begin{quote}\\ttfamily\\footnotesize %s\\end{quote}\n", strings.ReplaceAll(latexText(b.Text), "\n", `\\`))
		case *report.Table:
			latexTable(out, b)
		}
	}
	return out.Flush()
}

func latexTable(out *bufio.Writer, t *report.Table) {
	fmt.Fprintln(out, `\begin{table}[htbp]`)
	fmt.Fprintln(out, `\centering`)
	if t.Title != "" {
		fmt.Fprintf(out, "\\caption{%s}\n", latexText(t.Title))
	}
	spec := ""
	for _, c := range t.Columns {
		if c.Align == report.Left {
			spec += "l"
		} else {
			spec += "r"
		}
	}
	fmt.Fprintf(out, "\\begin{tabular}{%s}\n\\toprule\n", spec)
	latexSpread(out, t)
	var head []string
	for _, c := range t.Columns {
		head = append(head, latexText(c.Label))
	}
	fmt.Fprintf(out, "%s \\\\\n\\midrule\n", strings.Join(head, " & "))
	columns := padded(t, "\u2007", "\u2008")
	for i, r := range t.Rows {
		if r.Kind == report.SectionRow {
			fmt.Fprintf(out, "\\multicolumn{%d}{l}{\\emph{%s}} \\\\\n", len(t.Columns), latexText(strings.Join(r.Cells, " ")))
			continue
		}
		cells := make([]string, len(t.Columns))
		for j := range cells {
			cells[j] = latexText(columns[j][i])
			if r.Kind == report.EffectRow && cells[j] != "" {
				cells[j] = `\textbf{` + cells[j] + `}`
			}
		}
		fmt.Fprintf(out, "%s \\\\\n", strings.Join(cells, " & "))
	}
	fmt.Fprintln(out, "\\bottomrule\n\\end{tabular}")
	for i, n := range t.Notes {
		fmt.Fprintf(out, "\\par\\footnotesize %s %s\n", latexText(report.Marker(i+1)), latexText(n))
	}
	fmt.Fprintln(out, `\end{table}`)
}

func latexSpread(out *bufio.Writer, t *report.Table) {
	var cells, rules []string
	found := false
	for i := 0; i < len(t.Columns); {
		end := i + 1
		for end < len(t.Columns) && t.Columns[end].Over == t.Columns[i].Over {
			end++
		}
		over := t.Columns[i].Over
		cells = append(cells, fmt.Sprintf("\\multicolumn{%d}{c}{%s}", end-i, latexText(over)))
		if over != "" {
			found = true
			rules = append(rules, fmt.Sprintf("\\cmidrule(lr){%d-%d}", i+1, end))
		}
		i = end
	}
	if found {
		fmt.Fprintf(out, "%s \\\\\n%s\n", strings.Join(cells, " & "), strings.Join(rules, " "))
	}
}

func latexText(s string) string { return latexEscapes.Replace(s) }

var latexEscapes = strings.NewReplacer(`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`,
	"{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "−", `$-$`, "–", `--`, "…", `\dots{}`,
	"<", `$<$`, ">", `$>$`, "≥", `$\ge$`, "≤", `$\le$`, "×", `$\times$`, "χ²", `$\chi^2$`, "±", `$\pm$`, "▸", `$\triangleright$`, "·", `$\cdot$`,
	"\u2007", `\phantom{0}`, "\u2008", `\phantom{.}`,
	"⁰", `$^0$`, "¹", `$^1$`, "²", `$^2$`, "³", `$^3$`, "⁴", `$^4$`, "⁵", `$^5$`, "⁶", `$^6$`, "⁷", `$^7$`, "⁸", `$^8$`, "⁹", `$^9$`)
