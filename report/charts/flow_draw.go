package charts

import (
	"math"

	"swis/report"
)

const (
	boxPadding = 5.0
	boxGap     = 14.0 // between stages: room for the arrow
)

// boxHeight is the height of a flow box of the given width.
func boxHeight(b report.FlowBox, width float64) float64 {
	return float64(len(boxLines(b, width)))*textSize*lineHeight + 2*boxPadding - 2
}

type boxLine struct {
	text string
	bold bool
}

func boxLines(b report.FlowBox, width float64) []boxLine {
	var lines []boxLine
	for _, s := range wrapText(b.Title, textSize, true, width-2*boxPadding) {
		lines = append(lines, boxLine{s, true})
	}
	for _, l := range b.Lines {
		for _, s := range wrapText(l, textSize, false, width-2*boxPadding) {
			lines = append(lines, boxLine{s, false})
		}
	}
	return lines
}

// flowWidths are the widths of the boxes above the arms, beside them, and of an arm.
func flowWidths(f *report.Flow, area Box) (top, aside, arm float64) {
	w := area.X2 - area.X1
	top, aside = w*0.46, w*0.34
	n := float64(max(len(f.Arms), 1))
	return top, aside, (w - 16*(n-1)) / n
}

// flowHeight is the room that a flow diagram needs.
func flowHeight(f *report.Flow, area Box) float64 {
	top, aside, arm := flowWidths(f, area)
	h := 0.0
	for i, b := range f.Top {
		row := boxHeight(b, top)
		h += row + boxGap
		if a := asideOf(f, i); a != nil {
			h += max(0, boxHeight(*a, aside)+4-boxGap)
			if i == len(f.Top)-1 {
				h += boxGap
			}
		}
	}
	for _, row := range armRows(f, arm) {
		h += row + boxGap
	}
	return h + 10
}

func asideOf(f *report.Flow, i int) *report.FlowBox {
	if i >= len(f.Aside) || (f.Aside[i].Title == "" && len(f.Aside[i].Lines) == 0) {
		return nil
	}
	return &f.Aside[i]
}

// armRows are the heights of the stages: the same in every arm.
func armRows(f *report.Flow, width float64) []float64 {
	var rows []float64
	for _, arm := range f.Arms {
		for i, b := range arm {
			if i == len(rows) {
				rows = append(rows, 0)
			}
			rows[i] = max(rows[i], boxHeight(b, width))
		}
	}
	return rows
}

// flow draws the diagram: stages downwards, the arms in columns.
func (d *Drawing) flow(f *report.Flow, area Box) {
	topWidth, asideWidth, armWidth := flowWidths(f, area)
	centre := (area.X1 + area.X2) / 2
	if len(f.Aside) > 0 {
		centre = area.X1 + topWidth/2 + 0.04*(area.X2-area.X1)
	}
	y := area.Y1 + 2
	for i, b := range f.Top {
		h := boxHeight(b, topWidth)
		d.box(b, centre-topWidth/2, y, topWidth, h, nil)
		y += h
		a := asideOf(f, i)
		between := boxGap
		if a != nil {
			ah := boxHeight(*a, asideWidth)
			between = max(between, ah+4)
			mid := y + between/2
			x := area.X2 - asideWidth
			d.box(*a, x, mid-ah/2, asideWidth, ah, nil)
			d.arrow(centre, mid, x-1, mid)
		}
		if i < len(f.Top)-1 {
			d.arrow(centre, y, centre, y+between-1)
		} else if len(f.Arms) > 0 && a != nil {
			d.line(centre, y, centre, y+between, 0.9, darkGrey)
			between += boxGap
		}
		y += between
	}
	if len(f.Arms) == 0 {
		return
	}
	if len(f.Top) > 0 {
		d.fork(f, centre, y-boxGap, y, area, armWidth)
		y += 4
	}
	rows := armRows(f, armWidth)
	for k, arm := range f.Arms {
		x := area.X1 + float64(k)*(armWidth+16)
		at := y
		for i, b := range arm {
			l := lookOf(report.Role(min(k, 3)))
			d.box(b, x, at, armWidth, rows[i], &l)
			if i < len(arm)-1 {
				d.arrow(x+armWidth/2, at+rows[i], x+armWidth/2, at+rows[i]+boxGap-1)
			}
			at += rows[i] + boxGap
		}
	}
}

// fork draws the lines from the last common stage to the arms.
func (d *Drawing) fork(f *report.Flow, centre, from, to float64, area Box, width float64) {
	mid := (from + to) / 2
	left := area.X1 + width/2
	right := area.X1 + float64(len(f.Arms)-1)*(width+16) + width/2
	d.line(centre, from, centre, mid, 0.9, darkGrey)
	d.line(min(left, centre), mid, math.Max(right, centre), mid, 0.9, darkGrey)
	for k := range f.Arms {
		x := area.X1 + float64(k)*(width+16) + width/2
		d.arrow(x, mid, x, to+3)
	}
}

func (d *Drawing) box(b report.FlowBox, x, y, w, h float64, l *look) {
	d.rect(x, y, w, h, white, darkGrey, 0.8)
	if l != nil {
		d.rect(x, y, 3, h, l.color, nil, 0)
	}
	at := y + boxPadding + textSize*0.85
	for _, line := range boxLines(b, w) {
		d.text(Text{X: x + boxPadding + 1, Y: at, Size: textSize, Bold: line.bold, Color: ink, Text: line.text})
		at += textSize * lineHeight
	}
}

func (d *Drawing) arrow(x1, y1, x2, y2 float64) {
	d.line(x1, y1, x2, y2, 0.9, darkGrey)
	angle := math.Atan2(y2-y1, x2-x1)
	const size = 4.0
	p := Path{Closed: true, Fill: darkGrey}
	for _, a := range []float64{0, 2.75, -2.75} {
		r := size
		if a == 0 {
			r = 0
		}
		p.X = append(p.X, x2+r*math.Cos(angle+a))
		p.Y = append(p.Y, y2+r*math.Sin(angle+a))
	}
	d.path(p)
}
