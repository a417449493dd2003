package charts_test

import (
	"bytes"
	"testing"

	"swis/report/charts"
)

func BenchmarkFormats(b *testing.B) {
	f, err := charts.EventStudy(events())
	if err != nil {
		b.Fatal(err)
	}
	for _, format := range charts.Formats {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				var out bytes.Buffer
				if err := charts.WriteDrawing(&out, charts.Draw(f), format, "x"); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(out.Len()), "bytes")
			}
		})
	}
}
