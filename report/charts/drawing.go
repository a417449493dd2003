// Package charts turns results and tables into figures and draws them as SVG,
// PNG and PDF. A figure is first a Drawing, a list of marks in points whose
// extents tests can check, and then a file.
package charts

import (
	"image/color"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
)

// Drawing is a page of marks in points (1/72 inch), the origin at the top left.
type Drawing struct {
	Width, Height float64
	Title, Alt    string
	Paths         []Path
	Texts         []Text
	order         []mark
}

type mark struct {
	text  bool
	index int
}

// Path is a polygon or polyline, or a circle where Radius is positive.
type Path struct {
	X, Y        []float64
	Radius      float64
	Closed      bool
	Fill        color.Color // nil: not filled
	Stroke      color.Color // nil: no line
	StrokeWidth float64
	Dash        []float64
}

// bends says that a path is a line of several parts. Its corners are round, so
// that a sharp one does not reach beyond its number.
func (p *Path) bends() bool { return !p.Closed && len(p.X) > 2 }

// Anchor says which point of a text stands at its position.
type Anchor uint8

// The anchors of a text, all on its base line.
const (
	Start Anchor = iota
	Middle
	End
)

// Text is one line of text.
type Text struct {
	X, Y   float64
	Size   float64
	Bold   bool
	Anchor Anchor
	Color  color.Color
	Text   string
}

// add keeps the order in which marks cover each other.
func (d *Drawing) path(p Path) {
	d.order = append(d.order, mark{false, len(d.Paths)})
	d.Paths = append(d.Paths, p)
}

func (d *Drawing) text(t Text) {
	if t.Text == "" {
		return
	}
	d.order = append(d.order, mark{true, len(d.Texts)})
	d.Texts = append(d.Texts, t)
}

func (d *Drawing) line(x1, y1, x2, y2, width float64, c color.Color, dash ...float64) {
	d.path(Path{X: []float64{x1, x2}, Y: []float64{y1, y2}, Stroke: c, StrokeWidth: width, Dash: dash})
}

func (d *Drawing) rect(x, y, w, h float64, fill, stroke color.Color, width float64) {
	d.path(Path{X: []float64{x, x + w, x + w, x}, Y: []float64{y, y, y + h, y + h}, Closed: true, Fill: fill, Stroke: stroke, StrokeWidth: width})
}

// Box is a rectangle on a drawing.
type Box struct{ X1, Y1, X2, Y2 float64 }

// Overlaps says whether two boxes share more than an edge.
func (b Box) Overlaps(c Box) bool {
	return b.X1 < c.X2 && c.X1 < b.X2 && b.Y1 < c.Y2 && c.Y1 < b.Y2
}

// Extent is the rectangle that a text covers.
func (t Text) Extent() Box {
	w := textWidth(t.Text, t.Size, t.Bold)
	x := t.X
	switch t.Anchor {
	case Middle:
		x -= w / 2
	case End:
		x -= w
	}
	return Box{x, t.Y - 0.73*t.Size, x + w, t.Y + 0.22*t.Size}
}

var faces = sync.OnceValue(func() [2]*opentype.Font {
	var out [2]*opentype.Font
	for i, ttf := range [][]byte{liberationsansregular.TTF, liberationsansbold.TTF} {
		f, err := opentype.Parse(ttf)
		if err != nil {
			panic("charts: embedded font: " + err.Error())
		}
		out[i] = f
	}
	return out
})

func face(size float64, bold bool) font.Face {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: font.Length(size)}
	i := 0
	if bold {
		f.Weight, i = stdfont.WeightBold, 1
	}
	return font.Face{Font: f, Face: faces()[i]}
}

// textWidth is the width of a text in points.
func textWidth(s string, size float64, bold bool) float64 {
	f := face(size, bold)
	return f.Width(s).Points()
}

// wrapText breaks a text into lines not wider than width points.
func wrapText(s string, size float64, bold bool, width float64) []string {
	var lines []string
	line, word := "", ""
	flush := func() {
		switch {
		case word == "":
		case line == "":
			line = word
		case textWidth(line+" "+word, size, bold) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
		word = ""
	}
	for _, r := range s {
		if r == ' ' || r == '\n' {
			flush()
			continue
		}
		word += string(r)
	}
	flush()
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
