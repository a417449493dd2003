package charts

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image/png"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// DPI is the resolution of PNG pictures: that of print. Tests that draw hundreds
// set a lower one.
var DPI = 300

// WritePNG writes a drawing as a picture of 300 dots per inch.
func WritePNG(w io.Writer, d *Drawing) error {
	c := vgimg.NewWith(vgimg.UseWH(vg.Length(d.Width), vg.Length(d.Height)), vgimg.UseDPI(DPI))
	for _, m := range d.order {
		if m.text {
			t := &d.Texts[m.index]
			box := t.Extent()
			c.SetColor(t.Color)
			c.FillString(face(t.Size, t.Bold), vg.Point{X: vg.Length(box.X1), Y: vg.Length(d.Height - t.Y)}, t.Text)
			continue
		}
		p := &d.Paths[m.index]
		path := pngPath(p, d.Height)
		if p.Fill != nil {
			c.SetColor(p.Fill)
			c.Fill(path)
		}
		if p.Stroke != nil && p.StrokeWidth > 0 {
			c.SetColor(p.Stroke)
			c.SetLineWidth(vg.Length(p.StrokeWidth))
			dash := make([]vg.Length, len(p.Dash))
			for i, x := range p.Dash {
				dash[i] = vg.Length(x)
			}
			c.SetLineDash(dash, 0)
			c.Stroke(path)
		}
	}
	var picture bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&picture, c.Image()); err != nil {
		return err
	}
	_, err := w.Write(withResolution(picture.Bytes()))
	return err
}

func pngPath(p *Path, height float64) vg.Path {
	at := func(i int) vg.Point { return vg.Point{X: vg.Length(p.X[i]), Y: vg.Length(height - p.Y[i])} }
	var path vg.Path
	if p.Radius > 0 {
		c := at(0)
		path.Move(vg.Point{X: c.X + vg.Length(p.Radius), Y: c.Y})
		path.Arc(c, vg.Length(p.Radius), 0, 2*3.141592653589793)
		path.Close()
		return path
	}
	for i := range p.X {
		if i == 0 {
			path.Move(at(i))
		} else {
			path.Line(at(i))
		}
	}
	if p.Closed {
		path.Close()
	}
	return path
}

// withResolution adds the pHYs chunk after the header of a PNG, so that word
// processors place the picture in its printed size.
func withResolution(data []byte) []byte {
	const header = 8 + 4 + 4 + 13 + 4
	chunk := make([]byte, 0, 21)
	chunk = binary.BigEndian.AppendUint32(chunk, 9)
	body := []byte("pHYs")
	const perMetre = 11811 // 300 dots per inch
	body = binary.BigEndian.AppendUint32(body, perMetre)
	body = binary.BigEndian.AppendUint32(body, perMetre)
	body = append(body, 1)
	chunk = append(chunk, body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
	out := append([]byte{}, data[:header]...)
	out = append(out, chunk...)
	return append(out, data[header:]...)
}
