package tables

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// Style says what a screen can show. The zero value is a file or a pipe:
// UTF-8 and 100 columns. Nothing is coloured: NO_COLOR holds always.
type Style struct {
	ASCII bool // the terminal's locale is not UTF-8
	Width int  // columns; 0 means 100
}

// WriteText writes a result as text for files and pipes.
func WriteText(w io.Writer, r *analysis.Result) error { return Style{}.WriteResult(w, r) }

// WriteResult writes a result as text in this style, with the commands that
// could come next.
func (s Style) WriteResult(w io.Writer, r *analysis.Result) error {
	page := Page(r)
	if next := nextCommands(r); len(next) > 0 {
		page = append(page, report.Items{List: next, Code: true})
	}
	return s.Write(w, page)
}

// Write writes the blocks of a page as text.
func (s Style) Write(w io.Writer, page []report.Block) error {
	if s.Width == 0 {
		s.Width = 100
	}
	s.Width = max(s.Width, 40)
	out := bufio.NewWriter(w)
	var before report.Block
	for _, b := range page {
		lines := s.lines(b)
		if len(lines) == 0 {
			continue
		}
		if before != nil && !joins(before, b) {
			out.WriteByte('\n')
		}
		before = b
		for _, line := range lines {
			line = strings.TrimRight(report.Plainly(line), " ")
			if s.ASCII {
				line = ascii(line)
			}
			out.WriteString(line)
			out.WriteByte('\n')
		}
	}
	return out.Flush()
}

// joins says whether b follows a without an empty line.
func joins(a, b report.Block) bool {
	p, ok := b.(report.Paragraph)
	if _, title := a.(report.Heading); title {
		return ok && p.Kind == report.Subtitle
	}
	q, first := a.(report.Paragraph)
	return ok && first && p.Kind == q.Kind && p.Kind != report.Plain
}

func (s Style) lines(b report.Block) []string {
	switch b := b.(type) {
	case report.Heading:
		return wrap(b.Text, s.Width)
	case report.Paragraph:
		if b.Kind == report.Subtitle || b.Kind == report.Plain {
			return wrap(b.Text, s.Width)
		}
		return indent(wrap(b.Text, s.Width-2), "  ")
	case report.Items:
		return s.items(b)
	case report.Formula:
		var lines []string
		for _, line := range strings.Split(b.Text, "\n") {
			lines = append(lines, wrap(line, s.Width-4)...)
		}
		return indent(lines, "    ")
	case *report.Table:
		return s.table(b)
	}
	return nil
}

func indent(lines []string, by string) []string {
	for i := range lines {
		lines[i] = by + lines[i]
	}
	return lines
}

// items writes named sentences, the names in a column where they are short.
func (s Style) items(b report.Items) []string {
	names := 0
	for _, item := range b.List {
		names = max(names, width(item.Name))
	}
	var lines []string
	for _, item := range b.List {
		switch {
		case item.Name == "":
			text := wrap(item.Text, s.Width-4)
			for i, line := range text {
				lead := "    "
				if i == 0 {
					lead = "  · "
				}
				lines = append(lines, lead+line)
			}
		case names <= 36 && names+35 <= s.Width:
			text := wrap(item.Text, s.Width-names-5)
			for i, line := range text {
				name := ""
				if i == 0 {
					name = item.Name
				}
				lines = append(lines, "  "+padRight(name, names)+"   "+line)
			}
		default:
			lines = append(lines, "  "+item.Name)
			lines = append(lines, indent(wrap(item.Text, s.Width-4), "    ")...)
		}
	}
	return lines
}

// table writes a table, in two or more parts below each other where it is
// wider than the screen; the first column is repeated.
func (s Style) table(t *report.Table) []string {
	var lines []string
	if t.Title != "" {
		lines = append(lines, t.Title)
	}
	columns := make([][]string, len(t.Columns))
	for j, c := range t.Columns {
		cells := []string{}
		for _, r := range t.Rows {
			switch {
			case r.Kind == report.SectionRow:
				cells = append(cells, "")
			case j < len(r.Cells):
				cells = append(cells, r.Cells[j])
			default:
				cells = append(cells, "")
			}
		}
		if c.Align == report.Left {
			room := (s.Width - 2 - gap) / 2
			if j > 0 {
				room = s.Width - 2 - gap - max(columnWidth(columns[0]), width(t.Columns[0].Label))
			}
			cells = shorten(cells, room)
		}
		columns[j] = aligned(cells, c.Align)
	}
	for _, part := range s.fold(t, columns) {
		lines = append(lines, s.part(t, columns, part)...)
	}
	for i, note := range t.Notes {
		mark := report.Marker(i+1) + " "
		text := wrap(note, s.Width-4-width(mark))
		for k := range text {
			if k == 0 {
				if i == 0 {
					lines = append(lines, "")
				}
				lines = append(lines, "  "+mark+text[k])
			} else {
				lines = append(lines, "    "+text[k])
			}
		}
	}
	return lines
}

// shorten cuts long texts in a column; files have them whole.
func shorten(cells []string, n int) []string {
	out := slices.Clone(cells)
	for i, c := range out {
		if width(c) > n {
			out[i] = string([]rune(c)[:n-1]) + "…"
		}
	}
	return out
}

const gap = 3 // spaces between columns

// fold groups the columns into parts that fit the screen, the first column in
// each. Columns under one heading stay together.
func (s Style) fold(t *report.Table, columns [][]string) [][]int {
	w := func(j int) int { return max(columnWidth(columns[j]), headWidth(t.Columns[j].Label, columns[j])) }
	var parts [][]int
	part, used := []int{0}, 2+w(0)
	for j := 1; j < len(columns); {
		end, n := j+1, w(j)
		for t.Columns[j].Over != "" && end < len(columns) && t.Columns[end].Over == t.Columns[j].Over {
			n += gap + w(end)
			end++
		}
		n = max(n, width(t.Columns[j].Over))
		if used+gap+n > s.Width && len(part) > 1 {
			parts = append(parts, part)
			part, used = []int{0}, 2+w(0)
		}
		for ; j < end; j++ {
			part = append(part, j)
		}
		used += gap + n
	}
	return append(parts, part)
}

func columnWidth(cells []string) int {
	n := 0
	for _, c := range cells {
		n = max(n, width(c))
	}
	return n
}

// part writes some columns of a table.
func (s Style) part(t *report.Table, columns [][]string, part []int) []string {
	widths := make([]int, len(part))
	for i, j := range part {
		widths[i] = max(columnWidth(columns[j]), headWidth(t.Columns[j].Label, columns[j]))
	}
	over := spread(t, part, widths)
	var lines []string
	if over != "" {
		lines = append(lines, "  "+over)
	}
	lines = append(lines, heads(t, part, widths)...)
	for k, r := range t.Rows {
		if r.Kind == report.SectionRow {
			lines = append(lines, "  "+strings.Join(r.Cells, " "))
			continue
		}
		line := ""
		for i, j := range part {
			if i > 0 {
				line += strings.Repeat(" ", gap)
			}
			c := columns[j][k]
			if t.Columns[j].Align == report.Left {
				line += padRight(c, widths[i])
			} else {
				line += padLeft(c, widths[i])
			}
		}
		lines = append(lines, "  "+line)
	}
	return lines
}

// headLines breaks a long heading so that it does not widen its column much.
func headLines(label string, cells []string) []string {
	if label == "" {
		return nil
	}
	return wrap(label, max(14, columnWidth(cells)))
}

func headWidth(label string, cells []string) int {
	n := 0
	for _, line := range headLines(label, cells) {
		n = max(n, width(line))
	}
	return n
}

// heads writes the headings of columns, the last line of each just above its cells.
func heads(t *report.Table, part, widths []int) []string {
	parts := make([][]string, len(part))
	depth := 0
	for i, j := range part {
		cells := []string{strings.Repeat("x", widths[i])}
		parts[i] = headLines(t.Columns[j].Label, cells)
		depth = max(depth, len(parts[i]))
	}
	var lines []string
	for k := range depth {
		line := ""
		for i, j := range part {
			text := ""
			if at := k - (depth - len(parts[i])); at >= 0 {
				text = parts[i][at]
			}
			if i > 0 {
				line += strings.Repeat(" ", gap)
			}
			if t.Columns[j].Align == report.Left {
				line += padRight(text, widths[i])
			} else {
				line += padLeft(text, widths[i])
			}
		}
		lines = append(lines, "  "+line)
	}
	return lines
}

// spread writes the headings that several columns share, widening the last
// column of a group where the heading is longer than the group.
func spread(t *report.Table, part, widths []int) string {
	line := ""
	at := 0
	found := false
	for i := 0; i < len(part); {
		over := t.Columns[part[i]].Over
		end := i + 1
		for over != "" && end < len(part) && t.Columns[part[end]].Over == over {
			end++
		}
		span := (end - i - 1) * gap
		for _, n := range widths[i:end] {
			span += n
		}
		if over != "" {
			found = true
			if n := width(over); n > span {
				widths[i] += n - span
				span = n
			}
			line = padRight(line, at) + padLeft(over, span)
		}
		at += span + gap
		i = end
	}
	if !found {
		return ""
	}
	return line
}

// ascii replaces the characters that a terminal without UTF-8 cannot show.
func ascii(s string) string {
	s = asciiMarks.Replace(s)
	return strings.Map(func(r rune) rune {
		if r > 126 {
			return '?'
		}
		return r
	}, s)
}

var asciiMarks = strings.NewReplacer("−", "-", "–", "-", "—", "-", "…", "...", "·", "*", "×", "x", "χ²", "chi2",
	"≥", ">=", "≤", "<=", "▸", ">", "±", "+/-", "£", "GBP ", "’", "'", "‘", "'", "“", "\"", "”", "\"", "→", "->",
	"⁰", "[0]", "¹", "[1]", "²", "[2]", "³", "[3]", "⁴", "[4]", "⁵", "[5]", "⁶", "[6]", "⁷", "[7]", "⁸", "[8]", "⁹", "[9]",
	"é", "e", "è", "e", "ê", "e", "ï", "i", "ô", "o", "ö", "o", "ü", "u", "ŵ", "w", "ŷ", "y", "â", "a", "λ", "lambda", "θ", "theta", "σ", "sigma", "μ", "mu")

// Command writes a command line as it would be typed again.
func Command(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = a
		if strings.ContainsAny(a, " \t\"'$&|<>()*?;~`\\") {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return fmt.Sprintf("swis %s", strings.Join(quoted, " "))
}
