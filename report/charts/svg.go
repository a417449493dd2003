package charts

import (
	"bufio"
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"
	"strings"

	"swis/report"
)

const fontFamily = "Liberation Sans, Arial, Helvetica, sans-serif"

// WriteSVG writes a drawing as SVG. Texts stay texts; title and description
// are there for screen readers. Identifiers start with id, so that several
// pictures can stand in one page.
func WriteSVG(w io.Writer, d *Drawing, id string) error {
	out := bufio.NewWriter(w)
	const mm = 25.4 / 72
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%smm" height="%smm" viewBox="0 0 %s %s" role="img" aria-labelledby="%s-title %s-desc" font-family="%s">`+"\n",
		short(d.Width*mm), short(d.Height*mm), short(d.Width), short(d.Height), id, id, fontFamily)
	fmt.Fprintf(out, "<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n", id, report.Escape(d.Title), id, report.Escape(d.Alt))
	fmt.Fprintf(out, `<rect width="%s" height="%s" fill="#FFFFFF"/>`+"\n", short(d.Width), short(d.Height))
	for _, m := range d.order {
		if m.text {
			svgText(out, &d.Texts[m.index])
		} else {
			svgPath(out, &d.Paths[m.index])
		}
	}
	out.WriteString("</svg>\n")
	return out.Flush()
}

func svgPath(out *bufio.Writer, p *Path) {
	style := ""
	if p.Fill != nil {
		style += ` fill="` + hex(p.Fill) + `"`
	} else {
		style += ` fill="none"`
	}
	if p.Stroke != nil && p.StrokeWidth > 0 {
		style += ` stroke="` + hex(p.Stroke) + `" stroke-width="` + short(p.StrokeWidth) + `"`
		if p.bends() {
			style += ` stroke-linejoin="round"`
		}
		if len(p.Dash) > 0 {
			parts := make([]string, len(p.Dash))
			for i, x := range p.Dash {
				parts[i] = short(x)
			}
			style += ` stroke-dasharray="` + strings.Join(parts, " ") + `"`
		}
	}
	if p.Radius > 0 {
		fmt.Fprintf(out, `<circle cx="%s" cy="%s" r="%s"%s/>`+"\n", short(p.X[0]), short(p.Y[0]), short(p.Radius), style)
		return
	}
	var s strings.Builder
	for i := range p.X {
		s.WriteByte("ML"[min(i, 1)])
		s.WriteString(short(p.X[i]) + " " + short(p.Y[i]))
	}
	if p.Closed {
		s.WriteByte('Z')
	}
	fmt.Fprintf(out, `<path d="%s"%s/>`+"\n", s.String(), style)
}

func svgText(out *bufio.Writer, t *Text) {
	attributes := ""
	switch t.Anchor {
	case Middle:
		attributes += ` text-anchor="middle"`
	case End:
		attributes += ` text-anchor="end"`
	}
	if t.Bold {
		attributes += ` font-weight="bold"`
	}
	fmt.Fprintf(out, `<text x="%s" y="%s" font-size="%s" fill="%s"%s>%s</text>`+"\n",
		short(t.X), short(t.Y), short(t.Size), hex(t.Color), attributes, report.Escape(t.Text))
}

// short writes a coordinate to a hundredth of a point.
func short(x float64) string {
	return strconv.FormatFloat(math.Round(x*100)/100+0, 'f', -1, 64)
}

func hex(c color.Color) string {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return fmt.Sprintf("#%02X%02X%02X", n.R, n.G, n.B)
}
