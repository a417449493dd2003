package charts

import (
	"math"
	"slices"

	"swis/report"
)

// Sizes in points, for a figure printed 170 mm wide.
const (
	titleSize  = 11.0
	textSize   = 8.5
	tickSize   = 8.0
	footSize   = 7.0
	margin     = 7.0
	lineHeight = 1.25
)

const pointsPerMM = 72 / 25.4

// Draw lays a figure out as marks on a page.
func Draw(f *report.Figure) *Drawing {
	width, height := f.Width, f.Height
	if width == 0 {
		width = 170
	}
	if height == 0 {
		height = 100
	}
	d := &Drawing{Width: width * pointsPerMM, Height: height * pointsPerMM, Title: f.Title, Alt: f.Alt}
	if f.Flow != nil && f.Height == 0 {
		scratch := &Drawing{Width: d.Width, Height: d.Height}
		used := scratch.header(f) + (scratch.Height - scratch.footer(f))
		d.Height = used + flowHeight(f.Flow, Box{margin, 0, d.Width - margin, 0})
	}
	top := d.header(f)
	bottom := d.footer(f)
	area := Box{margin, top, d.Width - margin, bottom}
	if f.Flow != nil {
		d.flow(f.Flow, area)
		return d
	}
	d.panels(f, area)
	return d
}

// header draws title and subtitle and returns where the rest may start.
func (d *Drawing) header(f *report.Figure) float64 {
	y := margin
	room := d.Width - 2*margin
	for _, line := range wrapText(f.Title, titleSize, true, room) {
		y += titleSize * 1.05
		d.text(Text{X: margin, Y: y, Size: titleSize, Bold: true, Color: ink, Text: line})
		y += titleSize * 0.2
	}
	for _, line := range wrapText(f.Subtitle, textSize, false, room) {
		y += textSize * 1.1
		d.text(Text{X: margin, Y: y, Size: textSize, Color: darkGrey, Text: line})
		y += textSize * 0.15
	}
	return y + 5
}

// footer draws notes and source at the bottom and returns where they start.
func (d *Drawing) footer(f *report.Figure) float64 {
	var lines []string
	for _, n := range f.Notes {
		lines = append(lines, wrapText(n, footSize, false, d.Width-2*margin)...)
	}
	if f.Source != "" {
		lines = append(lines, wrapText("Source: "+f.Source, footSize, false, d.Width-2*margin)...)
	}
	y := d.Height - margin + 1
	for _, line := range slices.Backward(lines) {
		d.text(Text{X: margin, Y: y - 0.22*footSize, Size: footSize, Color: darkGrey, Text: line})
		y -= footSize * lineHeight
	}
	if len(lines) > 0 {
		y -= 3
	}
	return y
}

// plot is one panel being drawn: its frame and scales.
type plot struct {
	d       *Drawing
	figure  *report.Figure
	panel   *report.Panel
	x, y    *scale
	frame   Box
	direct  bool // series are named at their ends
	outer   Box  // room of the panel with its labels
	columns []float64
}

// panels places the panels in a grid and draws them on common scales.
func (d *Drawing) panels(f *report.Figure, area Box) {
	n := len(f.Panels)
	if n == 0 {
		return
	}
	columns := min(n, 3)
	if n == 4 {
		columns = 2
	}
	rows := (n + columns - 1) / columns
	direct := n == 1 && nameable(&f.Panels[0])
	if !direct {
		area.Y1 = d.key(f, area)
	}
	xs, ys := extents(f)
	const between = 12.0
	xWanted, yWanted := 6, 5
	if columns > 1 {
		xWanted = 4
	}
	if columns == 1 && len(f.Y.Categories) > 0 {
		xWanted = 7
	}
	w := (area.X2 - area.X1 - between*float64(columns-1)) / float64(columns)
	h := (area.Y2 - area.Y1 - between*float64(rows-1)) / float64(rows)
	if h < 110 {
		yWanted = 4
	}
	if f.X.Whole {
		xWanted *= 2
	}
	for i := range f.Panels {
		row, column := i/columns, i%columns
		x0, y0 := area.X1+float64(column)*(w+between), area.Y1+float64(row)*(h+between)
		p := &plot{d: d, figure: f, panel: &f.Panels[i], direct: direct, outer: Box{x0, y0, x0 + w, y0 + h},
			x: newScale(f.X, xs, xWanted), y: newScale(f.Y, ys, yWanted)}
		last := row == rows-1 || i+columns >= n
		p.place(last)
		p.draw(column == 0, last)
	}
}

// ends says whether lines are named in the margin at the right of the plot.
func (p *plot) ends() bool {
	return p.direct || (len(p.figure.Panels) == 1 && len(p.panel.Columns) == 0)
}

// nameable says whether the series of a panel are lines that can be named at
// their right ends.
func nameable(p *report.Panel) bool {
	named := 0
	for _, s := range p.Series {
		if s.Quiet || s.Name == "" {
			continue
		}
		if s.Form != report.LineForm && s.Form != report.CurveForm {
			return false
		}
		named++
	}
	return named > 0 && named <= 5
}

// extents are all numbers that the axes have to hold.
func extents(f *report.Figure) (xs, ys []float64) {
	across := len(f.Y.Categories) > 0
	for i := range f.Panels {
		for _, s := range f.Panels[i].Series {
			xs, ys = append(xs, s.X...), append(ys, s.Y...)
			limits := slices.Concat(s.Low, s.High)
			if across {
				xs = append(xs, limits...)
			} else {
				ys = append(ys, limits...)
			}
		}
		for _, l := range f.Panels[i].Lines {
			switch {
			case l.Slope != 0:
			case l.Vertical:
				xs = append(xs, l.At)
			default:
				ys = append(ys, l.At)
			}
		}
	}
	return xs, ys
}

// place finds the frame of the panel inside its room: labels take what they need.
func (p *plot) place(last bool) {
	f := p.figure
	b := p.outer
	if p.panel.Title != "" {
		b.Y1 += textSize * 1.35
	}
	if f.Y.Label != "" && len(f.Y.Categories) == 0 {
		b.Y1 += tickSize * 1.9
	}
	if p.hasTopLabel() || p.hasColumnHeads() {
		b.Y1 += tickSize * 1.3
	}
	b.Y2 -= tickSize * 1.5 * float64(p.tickLines())
	if f.X.Label != "" && last {
		b.Y2 -= tickSize * 1.35
	}
	left := 0.0
	for _, t := range p.y.ticks {
		left = max(left, textWidth(p.y.label(t), tickSize, p.strong(t)))
	}
	if len(f.Y.Categories) > 0 {
		left = min(left, (b.X2-b.X1)*0.42)
		if !p.rowLabels(b) {
			left = 0
		}
	}
	b.X1 += left + 4
	right := 0.0
	p.columns = make([]float64, len(p.panel.Columns))
	for i, c := range p.panel.Columns {
		w := textWidth(c.Label, tickSize, true)
		for k, cell := range c.Cells {
			w = max(w, textWidth(cell, tickSize, p.strong(float64(k))))
		}
		p.columns[i] = w
		if c.Left {
			b.X1 += w + 9
		} else {
			right += w + 9
		}
	}
	if p.direct {
		for _, s := range p.panel.Series {
			if !s.Quiet {
				right = max(right, textWidth(s.Name, textSize, true)+9)
			}
		}
	}
	if p.ends() {
		for _, l := range p.panel.Lines {
			if !l.Vertical && l.Slope == 0 {
				right = max(right, textWidth(l.Label, tickSize, false)+9)
			}
		}
	}
	if right == 0 {
		right = p.lastTickOverhang()
	}
	b.X2 -= right
	p.frame = b
	p.x.from, p.x.to = b.X1, b.X2
	p.y.from, p.y.to = b.Y2, b.Y1
	if len(f.Y.Categories) > 0 {
		p.y.from, p.y.to = b.Y1, b.Y2
	}
}

func (p *plot) strong(t float64) bool {
	i := int(t)
	return len(p.figure.Y.Categories) > 0 && i >= 0 && i < len(p.figure.Y.Strong) && p.figure.Y.Strong[i]
}

// rowLabels says whether the rows are high enough to be named.
func (p *plot) rowLabels(b Box) bool {
	return (b.Y2-b.Y1)/float64(len(p.figure.Y.Categories)) >= tickSize*0.95
}

func (p *plot) hasTopLabel() bool {
	for _, l := range p.panel.Lines {
		if l.Vertical && l.Label != "" {
			return true
		}
	}
	return false
}

func (p *plot) hasColumnHeads() bool {
	for _, c := range p.panel.Columns {
		if c.Label != "" {
			return true
		}
	}
	return false
}

// tickLines is the number of lines that the marks of the X axis need.
func (p *plot) tickLines() int {
	n := 1
	for _, c := range p.figure.X.Categories {
		n = max(n, len(categoryLines(c)))
	}
	return n
}

func (p *plot) lastTickOverhang() float64 {
	if len(p.x.ticks) == 0 || len(p.figure.X.Categories) > 0 {
		return 4
	}
	last := 0.0
	for _, t := range p.x.ticks {
		last = max(last, textWidth(p.x.label(t), tickSize, false)/2)
	}
	return math.Max(4, last)
}
