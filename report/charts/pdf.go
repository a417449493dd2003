package charts

import (
	"image/color"
	"io"
	"time"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-pdf/fpdf"
)

// WritePDF writes a drawing as a one-page PDF with its fonts embedded. The
// dates in it are fixed, so that the same figure has the same bytes.
func WritePDF(w io.Writer, d *Drawing) error {
	doc := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: d.Width, Ht: d.Height}})
	doc.SetCatalogSort(true)
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	doc.SetCreationDate(epoch)
	doc.SetModificationDate(epoch)
	doc.SetProducer("swis", true)
	doc.SetTitle(d.Title, true)
	doc.SetSubject(d.Alt, true)
	doc.SetLang("en-GB")
	doc.SetAutoPageBreak(false, 0)
	doc.AddUTF8FontFromBytes("sans", "", liberationsansregular.TTF)
	doc.AddUTF8FontFromBytes("sans", "B", liberationsansbold.TTF)
	doc.AddPage()
	for _, m := range d.order {
		if m.text {
			t := &d.Texts[m.index]
			style := ""
			if t.Bold {
				style = "B"
			}
			doc.SetFont("sans", style, t.Size)
			r, g, b := rgb(t.Color)
			doc.SetTextColor(r, g, b)
			doc.Text(t.Extent().X1, t.Y, t.Text)
			continue
		}
		pdfPath(doc, &d.Paths[m.index])
	}
	return doc.Output(w)
}

func pdfPath(doc *fpdf.Fpdf, p *Path) {
	style := ""
	if p.Fill != nil {
		doc.SetFillColor(rgb(p.Fill))
		style += "F"
	}
	if p.Stroke != nil && p.StrokeWidth > 0 {
		doc.SetDrawColor(rgb(p.Stroke))
		doc.SetLineWidth(p.StrokeWidth)
		doc.SetDashPattern(p.Dash, 0)
		join := "miter"
		if p.bends() {
			join = "round"
		}
		doc.SetLineJoinStyle(join)
		style += "D"
	}
	if style == "" {
		return
	}
	if p.Radius > 0 {
		doc.Circle(p.X[0], p.Y[0], p.Radius, style)
		return
	}
	doc.MoveTo(p.X[0], p.Y[0])
	for i := 1; i < len(p.X); i++ {
		doc.LineTo(p.X[i], p.Y[i])
	}
	if p.Closed {
		doc.ClosePath()
	}
	doc.DrawPath(style)
}

func rgb(c color.Color) (r, g, b int) {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return int(n.R), int(n.G), int(n.B)
}
