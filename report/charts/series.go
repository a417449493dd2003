package charts

import (
	"math"
	"slices"

	"swis/report"
)

const pointRadius = 2.6

// series draws one series in its form.
func (p *plot) series(s *report.Series) {
	l := lookOf(s.Role)
	switch s.Form {
	case report.BandForm:
		p.band(s, l)
	case report.BarForm, report.BesideForm:
		p.bars(s, l)
	case report.HangForm:
		p.hanging(s, l)
	case report.LineForm:
		p.intervals(s, l)
		p.joined(s, l)
		p.points(s, l)
	case report.CurveForm, report.StepForm:
		p.joined(s, l)
	default:
		p.intervals(s, l)
		p.points(s, l)
	}
}

func (p *plot) joined(s *report.Series, l look) {
	var path Path
	flush := func() {
		if len(path.X) > 1 {
			path.Stroke, path.StrokeWidth, path.Dash = l.color, 1.7, l.dash
			p.d.path(path)
		}
		path = Path{}
	}
	for i := range s.X {
		if math.IsNaN(s.X[i]) || math.IsNaN(s.Y[i]) {
			flush()
			continue
		}
		path.X, path.Y = append(path.X, p.x.at(s.X[i])), append(path.Y, p.y.at(s.Y[i]))
	}
	flush()
}

func (p *plot) points(s *report.Series, l look) {
	for i := range s.X {
		if math.IsNaN(s.X[i]) || math.IsNaN(s.Y[i]) {
			continue
		}
		hollow := i < len(s.Open) && s.Open[i]
		r := p.radius(s)
		x, y := p.x.at(s.X[i]), p.y.at(s.Y[i])
		p.d.glyph(x, y, r, l, hollow)
		if i < len(s.Labels) && s.Labels[i] != "" {
			t := Text{X: x + 5, Y: y - 4, Size: tickSize, Color: ink, Text: s.Labels[i]}
			if t.Extent().X2 > p.frame.X2 {
				t.X, t.Anchor = x-5, End
			}
			p.d.text(t)
		}
	}
}

// crowded says whether the rows are too many for points of the usual size.
func (p *plot) crowded() bool { return len(p.figure.Y.Categories) > 40 }

func (p *plot) radius(s *report.Series) float64 {
	switch {
	case p.crowded():
		row := (p.frame.Y2 - p.frame.Y1) / float64(len(p.figure.Y.Categories))
		return min(max(row*0.55, 1.5), pointRadius)
	case len(s.X) > 60, len(s.X) > 20 && len(p.figure.Panels) > 1:
		return 1.7
	}
	return pointRadius
}

// intervals draws the confidence intervals, along the axis of numbers. An
// interval that leaves the plot ends in an arrow.
func (p *plot) intervals(s *report.Series, l look) {
	across := len(p.figure.Y.Categories) > 0
	for i := range s.Low {
		if i >= len(s.X) || math.IsNaN(s.Low[i]) || math.IsNaN(s.High[i]) {
			continue
		}
		c := l.color
		if across {
			y := p.y.at(s.Y[i])
			x1, x2 := p.x.at(s.Low[i]), p.x.at(s.High[i])
			width := 1.3
			if p.crowded() {
				width = 0.7
			}
			p.d.line(x1, y, x2, y, width, c)
			if s.Low[i] < p.x.low {
				p.d.path(Path{X: []float64{x1, x1 + 4, x1 + 4}, Y: []float64{y, y - 2.5, y + 2.5}, Closed: true, Fill: c})
			}
			if s.High[i] > p.x.top {
				p.d.path(Path{X: []float64{x2, x2 - 4, x2 - 4}, Y: []float64{y, y - 2.5, y + 2.5}, Closed: true, Fill: c})
			}
			continue
		}
		x := p.x.at(s.X[i])
		y1, y2 := p.y.at(s.Low[i]), p.y.at(s.High[i])
		p.d.line(x, y1, x, y2, 1.3, c)
		p.d.line(x-2.5, y1, x+2.5, y1, 1.3, c)
		p.d.line(x-2.5, y2, x+2.5, y2, 1.3, c)
	}
}

func (p *plot) band(s *report.Series, l look) {
	var path Path
	for i := range s.X {
		path.X, path.Y = append(path.X, p.x.at(s.X[i])), append(path.Y, p.y.at(s.High[i]))
	}
	for i := range slices.Backward(s.X) {
		path.X, path.Y = append(path.X, p.x.at(s.X[i])), append(path.Y, p.y.at(s.Low[i]))
	}
	path.Closed, path.Fill = true, l.tint
	p.d.path(path)
}

// bars draws bars from zero; those of several BesideForm series stand side by side.
func (p *plot) bars(s *report.Series, l look) {
	place, of := 0, 1
	if s.Form == report.BesideForm {
		of = 0
		for i := range p.panel.Series {
			if p.panel.Series[i].Form == report.BesideForm {
				if &p.panel.Series[i] == s {
					place = of
				}
				of++
			}
		}
	}
	width := 0.78 / float64(of)
	base := p.y.at(max(0, p.y.low))
	for i := range s.X {
		if math.IsNaN(s.Y[i]) {
			continue
		}
		from := s.X[i] - 0.39 + float64(place)*width
		x1, x2 := p.x.at(from), p.x.at(from+width)
		y := p.y.at(s.Y[i])
		p.d.rect(x1, y, x2-x1, base-y, l.color, nil, 0)
		if i < len(s.Labels) && s.Labels[i] != "" {
			p.d.text(Text{X: (x1 + x2) / 2, Y: y - 3, Size: tickSize, Color: ink, Anchor: Middle, Text: s.Labels[i]})
		}
	}
}

// hanging draws the bars of a rootogram: they hang from the expected curve.
func (p *plot) hanging(s *report.Series, l look) {
	for i := range s.X {
		x1, x2 := p.x.at(s.X[i]-0.36), p.x.at(s.X[i]+0.36)
		y1, y2 := p.y.at(s.Y[i]), p.y.at(s.Low[i])
		p.d.rect(x1, y1, x2-x1, y2-y1, l.tint, l.color, 0.9)
	}
}

// directLabels names lines at their right ends. Names that would touch are
// moved apart and tied to their line.
func (p *plot) directLabels() {
	type label struct {
		at, y float64
		text  Text
		look  look
		plain bool
	}
	var labels []label
	x := p.frame.X2 + 7
	for i := range p.panel.Series {
		s := &p.panel.Series[i]
		if s.Quiet || s.Name == "" || !p.direct {
			continue
		}
		for k := len(s.X) - 1; k >= 0; k-- {
			if !math.IsNaN(s.Y[k]) {
				y := p.y.at(s.Y[k])
				labels = append(labels, label{at: y, y: y, look: lookOf(s.Role), text: Text{X: x, Size: textSize, Bold: true, Color: ink, Text: s.Name}})
				break
			}
		}
	}
	for _, l := range p.panel.Lines {
		if !l.Vertical && l.Slope == 0 && l.Label != "" && p.y.inside(l.At) {
			y := p.y.at(l.At)
			labels = append(labels, label{at: y, y: y, plain: true, text: Text{X: x, Size: tickSize, Color: darkGrey, Text: l.Label}})
		}
	}
	slices.SortStableFunc(labels, func(a, b label) int {
		if a.at < b.at {
			return -1
		}
		return 1
	})
	positions := make([]float64, len(labels))
	for i := range labels {
		positions[i] = labels[i].at
	}
	spreadOut(positions, textSize*1.3, p.frame.Y1, p.frame.Y2)
	for i, l := range labels {
		y := positions[i]
		if math.Abs(y-l.at) > 2 {
			p.d.line(p.frame.X2+1, l.at, x-1.5, y, 0.5, darkGrey)
		}
		l.text.Y = y + l.text.Size*0.35
		p.d.text(l.text)
	}
}

// spreadOut moves sorted positions apart until neighbours keep a distance, as
// little as possible and inside the limits.
func spreadOut(y []float64, distance, low, high float64) {
	for range 200 {
		moved := false
		for i := 1; i < len(y); i++ {
			if gap := distance - (y[i] - y[i-1]); gap > 1e-6 {
				y[i-1] -= gap / 2
				y[i] += gap / 2
				moved = true
			}
		}
		if len(y) > 0 {
			if y[0] < low {
				y[0], moved = low, true
			}
			if n := len(y) - 1; y[n] > high {
				y[n], moved = high, true
			}
		}
		if !moved {
			return
		}
	}
}

// key draws the names of the series in a line under the subtitle and returns
// where the panels may start.
func (d *Drawing) key(f *report.Figure, area Box) float64 {
	seen := map[string]bool{}
	x, y := area.X1, area.Y1+textSize
	found := false
	for i := range f.Panels {
		for _, s := range f.Panels[i].Series {
			if s.Quiet || s.Name == "" || seen[s.Name] {
				continue
			}
			seen[s.Name] = true
			w := 24 + textWidth(s.Name, textSize, false) + 14
			if x+w-14 > area.X2 && found {
				x, y = area.X1, y+textSize*1.4
			}
			d.sample(x, y-textSize*0.33, &s)
			d.text(Text{X: x + 24, Y: y, Size: textSize, Color: ink, Text: s.Name})
			x += w
			found = true
		}
	}
	if len(seen) == 0 {
		return area.Y1
	}
	return y + 8
}

func (d *Drawing) sample(x, y float64, s *report.Series) {
	l := lookOf(s.Role)
	switch s.Form {
	case report.BarForm, report.BesideForm:
		d.rect(x+8, y-3.5, 11, 7, l.color, nil, 0)
	case report.HangForm:
		d.rect(x+8, y-3.5, 11, 7, l.tint, l.color, 0.9)
	case report.BandForm:
		d.rect(x+4, y-3.5, 15, 7, l.tint, nil, 0)
	case report.CurveForm, report.StepForm:
		d.path(Path{X: []float64{x + 1, x + 20}, Y: []float64{y, y}, Stroke: l.color, StrokeWidth: 1.7, Dash: l.dash})
	case report.PointForm:
		if s.Low != nil {
			d.line(x+3, y, x+18, y, 1.3, l.color)
		}
		hollow := len(s.Open) > 0 && s.Open[0]
		d.glyph(x+10.5, y, pointRadius, l, hollow)
	default:
		d.path(Path{X: []float64{x + 1, x + 20}, Y: []float64{y, y}, Stroke: l.color, StrokeWidth: 1.7, Dash: l.dash})
		d.glyph(x+10.5, y, pointRadius, l, false)
	}
}
