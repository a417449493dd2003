package charts

import (
	"image/color"

	"swis/report"
)

// The accessible palette of the Government Analysis Function.
var (
	darkBlue    = color.NRGBA{0x12, 0x43, 0x6D, 0xFF}
	orange      = color.NRGBA{0xF4, 0x6A, 0x25, 0xFF}
	turquoise   = color.NRGBA{0x28, 0xA1, 0x97, 0xFF}
	darkPink    = color.NRGBA{0x80, 0x16, 0x50, 0xFF}
	darkGrey    = color.NRGBA{0x3D, 0x3D, 0x3D, 0xFF}
	lightGrey   = color.NRGBA{0xBF, 0xBF, 0xBF, 0xFF}
	midGrey     = color.NRGBA{0x75, 0x75, 0x75, 0xFF}
	grid        = color.NRGBA{0xDE, 0xDE, 0xDE, 0xFF}
	ink         = color.NRGBA{0x22, 0x22, 0x22, 0xFF}
	white       = color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
	tintBlue    = color.NRGBA{0xD0, 0xD9, 0xE2, 0xFF}
	tintOrange  = color.NRGBA{0xFD, 0xE1, 0xD3, 0xFF}
	tintNeutral = color.NRGBA{0xEC, 0xEC, 0xEC, 0xFF}
)

// look is the appearance of a role. Shape and dash differ too, so that the
// figure can be read in grey.
type look struct {
	color color.NRGBA
	tint  color.NRGBA
	dash  []float64
	shape shape
}

type shape uint8

const (
	disc shape = iota
	square
	triangle
	diamond
	ring
)

func lookOf(r report.Role) look {
	switch r {
	case report.Intervention:
		return look{darkBlue, tintBlue, nil, disc}
	case report.Comparison:
		return look{orange, tintOrange, []float64{5, 2.5}, square}
	case report.Third:
		return look{turquoise, tintNeutral, []float64{1.5, 2}, triangle}
	case report.Fourth:
		return look{darkPink, tintNeutral, []float64{7, 2, 1.5, 2}, diamond}
	case report.Total:
		return look{ink, tintNeutral, nil, diamond}
	}
	return look{lightGrey, tintNeutral, nil, disc}
}

// glyph draws a point of a series.
func (d *Drawing) glyph(x, y, r float64, l look, hollow bool) {
	if l.color == lightGrey {
		l.color = midGrey // a point needs more contrast than a line beside others
	}
	fill := color.Color(l.color)
	stroke := color.Color(white)
	width := min(0.6, r*0.2)
	if hollow {
		fill, stroke, width = white, l.color, 1.1
	}
	switch l.shape {
	case square:
		a := r * 0.92
		d.path(Path{X: []float64{x - a, x + a, x + a, x - a}, Y: []float64{y - a, y - a, y + a, y + a}, Closed: true, Fill: fill, Stroke: stroke, StrokeWidth: width})
	case triangle:
		a := r * 1.15
		d.path(Path{X: []float64{x, x + a, x - a}, Y: []float64{y - a, y + 0.8*a, y + 0.8*a}, Closed: true, Fill: fill, Stroke: stroke, StrokeWidth: width})
	case diamond:
		a := r * 1.3
		d.path(Path{X: []float64{x, x + a, x, x - a}, Y: []float64{y - a, y, y + a, y}, Closed: true, Fill: fill, Stroke: stroke, StrokeWidth: width})
	default:
		d.path(Path{X: []float64{x}, Y: []float64{y}, Radius: r, Fill: fill, Stroke: stroke, StrokeWidth: width})
	}
}
