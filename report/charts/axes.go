package charts

import (
	"math"
	"strings"

	"swis/report"
)

// draw draws the panel: grid first, data above it, words last.
func (p *plot) draw(first, last bool) {
	p.titles(first, last)
	p.gridLines()
	p.referenceLines()
	for i := range p.panel.Series {
		p.series(&p.panel.Series[i])
	}
	if p.ends() {
		p.directLabels()
	}
	p.textColumns()
}

func (p *plot) titles(first, last bool) {
	f := p.figure
	y := p.outer.Y1
	if p.panel.Title != "" {
		y += textSize
		p.d.text(Text{X: p.frame.X1, Y: y, Size: textSize, Bold: true, Color: ink, Text: fit(p.panel.Title, textSize, true, p.outer.X2-p.frame.X1)})
		y += textSize * 0.35
	}
	if f.Y.Label != "" && first && len(f.Y.Categories) == 0 {
		p.d.text(Text{X: p.outer.X1, Y: y + tickSize, Size: tickSize, Color: darkGrey, Text: f.Y.Label})
	}
	if f.X.Label != "" && last {
		p.d.text(Text{X: (p.frame.X1 + p.frame.X2) / 2, Y: p.frame.Y2 + tickSize*(1.5*float64(p.tickLines())+1), Size: tickSize, Color: darkGrey, Anchor: Middle, Text: f.X.Label})
	}
}

// gridLines draws the marks: light lines across for numbers on the Y axis; for
// rows of categories light lines at the marks of the X axis instead.
func (p *plot) gridLines() {
	across := len(p.figure.Y.Categories) > 0
	if across {
		for _, t := range p.x.ticks {
			x := p.x.at(t)
			p.d.line(x, p.frame.Y1, x, p.frame.Y2, 0.5, grid)
		}
	} else {
		last := math.Inf(1)
		for _, t := range p.y.ticks {
			y := p.y.at(t)
			if last-y < tickSize*1.05 {
				continue // marks of a root scale crowd near zero
			}
			last = y
			p.d.line(p.frame.X1, y, p.frame.X2, y, 0.5, grid)
			p.d.text(Text{X: p.frame.X1 - 4, Y: y + tickSize*0.35, Size: tickSize, Color: ink, Anchor: End, Text: p.y.label(t)})
		}
	}
	if across && p.rowLabels(p.frame) {
		for i, name := range p.figure.Y.Categories {
			p.d.text(Text{X: p.outer.X1, Y: p.y.at(float64(i)) + tickSize*0.35, Size: tickSize, Bold: p.strong(float64(i)), Color: ink, Text: fit(name, tickSize, p.strong(float64(i)), (p.outer.X2-p.outer.X1)*0.42)})
		}
	}
	if !across && p.y.inside(0) && !p.figure.Y.Log {
		y := p.y.at(0)
		p.d.line(p.frame.X1, y, p.frame.X2, y, 0.8, darkGrey)
	} else if !across {
		p.d.line(p.frame.X1, p.frame.Y2, p.frame.X2, p.frame.Y2, 0.8, darkGrey)
	}
	if across {
		p.d.line(p.frame.X1, p.frame.Y2, p.frame.X2, p.frame.Y2, 0.8, darkGrey)
	}
	p.xMarks()
}

// xMarks writes the marks of the X axis, as many as stand without touching.
func (p *plot) xMarks() {
	const space = 5.0
	for step := 1; step <= len(p.x.ticks); step++ {
		var texts []Text
		end := math.Inf(-1)
		clear := true
		for i := 0; i < len(p.x.ticks); i += step {
			lines := []string{p.x.label(p.x.ticks[i])}
			if len(p.figure.X.Categories) > 0 {
				lines = categoryLines(lines[0])
			}
			left, right := math.Inf(1), math.Inf(-1)
			for k, line := range lines {
				t := Text{X: p.x.at(p.x.ticks[i]), Y: p.frame.Y2 + tickSize*(1.35+1.2*float64(k)), Size: tickSize, Color: ink, Anchor: Middle, Text: line}
				b := t.Extent()
				left, right = min(left, b.X1), max(right, b.X2)
				texts = append(texts, t)
			}
			if left < end+space {
				clear = false
			}
			end = right
		}
		if p.figure.X.Log {
			clear = true // marks were chosen with room between them
		}
		if clear || step == len(p.x.ticks) {
			for _, t := range texts {
				b := t.Extent()
				if b.X2 > p.outer.X2+1 {
					t.X -= b.X2 - p.outer.X2
				}
				if b.X1 < p.outer.X1 {
					t.X += p.outer.X1 - b.X1
				}
				p.d.text(t)
			}
			for i := 0; i < len(p.x.ticks); i += step {
				x := p.x.at(p.x.ticks[i])
				p.d.line(x, p.frame.Y2, x, p.frame.Y2+2.5, 0.6, darkGrey)
			}
			return
		}
	}
}

// categoryLines breaks a category in two at a line break.
func categoryLines(s string) []string { return strings.Split(s, "\n") }

// fit cuts a text to a width, with an ellipsis.
func fit(s string, size float64, bold bool, width float64) string {
	if textWidth(s, size, bold) <= width {
		return s
	}
	r := []rune(s)
	for len(r) > 1 && textWidth(string(r)+"…", size, bold) > width {
		r = r[:len(r)-1]
	}
	return strings.TrimSpace(string(r)) + "…"
}

func (p *plot) referenceLines() {
	used := math.Inf(-1)
	for _, l := range p.panel.Lines {
		width, c := 0.8, darkGrey
		if l.Strong {
			width = 1.2
		}
		var dash []float64
		if l.Dashed {
			dash = []float64{3, 2}
		}
		switch {
		case l.Vertical && p.x.inside(l.At):
			x := p.x.at(l.At)
			top := p.frame.Y1
			if l.Label != "" {
				top -= 3
			}
			p.d.line(x, top, x, p.frame.Y2, width, c, dash...)
			if l.Label == "" {
				continue
			}
			t := Text{X: x, Y: p.frame.Y1 - 5, Size: tickSize, Color: ink, Anchor: Middle, Text: l.Label}
			b := t.Extent()
			if b.X2 > p.outer.X2 {
				t.X -= b.X2 - p.outer.X2
			}
			if b = t.Extent(); b.X1 < used+4 {
				t.X += used + 4 - b.X1
			}
			if b = t.Extent(); b.X2 <= p.outer.X2+0.5 {
				p.d.text(t)
				used = b.X2
			}
		case l.Slope != 0:
			p.sloped(l, width, dash)
		case !l.Vertical && p.y.inside(l.At):
			y := p.y.at(l.At)
			p.d.line(p.frame.X1, y, p.frame.X2, y, width, c, dash...)
			if !p.ends() && l.Label != "" {
				t := Text{X: p.frame.X2 - 2, Y: y - 2.5, Size: footSize, Color: darkGrey, Anchor: End, Text: l.Label}
				p.d.text(t)
			}
		}
	}
}

// sloped draws a line through the origin of the panel's numbers, such as that
// of no change.
func (p *plot) sloped(l report.ReferenceLine, width float64, dash []float64) {
	f := func(x float64) float64 { return l.At + l.Slope*x }
	x1, x2 := p.x.low, p.x.top
	if y := f(x2); y > p.y.top {
		x2 = (p.y.top - l.At) / l.Slope
	}
	p.d.line(p.x.at(x1), p.y.at(f(x1)), p.x.at(x2), p.y.at(f(x2)), width, darkGrey, dash...)
	if l.Label != "" {
		t := Text{X: p.x.at(x2) - 2, Y: p.y.at(f(x2)) - 3, Size: footSize, Color: darkGrey, Anchor: End, Text: l.Label}
		p.d.text(t)
	}
}

// textColumns writes the texts beside the rows.
func (p *plot) textColumns() {
	right := p.frame.X2
	left := p.frame.X1
	for i := len(p.panel.Columns) - 1; i >= 0; i-- {
		if p.panel.Columns[i].Left {
			left -= p.columns[i] + 9
			p.textColumn(i, left+5)
		}
	}
	for i, c := range p.panel.Columns {
		if !c.Left {
			p.textColumn(i, right+9)
			right += p.columns[i] + 9
		}
	}
}

func (p *plot) textColumn(i int, x float64) {
	c := p.panel.Columns[i]
	end := x + p.columns[i]
	p.d.text(Text{X: end, Y: p.frame.Y1 - 5, Size: tickSize, Bold: true, Color: ink, Anchor: End, Text: c.Label})
	for k, cell := range c.Cells {
		p.d.text(Text{X: end, Y: p.y.at(float64(k)) + tickSize*0.35, Size: tickSize, Bold: p.strong(float64(k)), Color: ink, Anchor: End, Text: cell})
	}
}
