package charts

import (
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/report"
)

// Power draws the power curves of a result: power against the number of
// schools or the effect, with 80% marked.
func Power(r *analysis.Result) (*report.Figure, error) {
	f := &report.Figure{Name: "power", Title: titleOr(r, "Power"), Subtitle: r.Subtitle, Source: source(r),
		Y: report.Axis{Label: "Power", Percent: true, Zero: true}}
	one := 1.0
	f.Y.Max = &one
	f.Data = analysis.Table{Name: f.Name, Columns: columns("curve", "x", "power")}
	panel := report.Panel{Lines: []report.ReferenceLine{{At: 0.8, Dashed: true, Label: "80% power"}}}
	reached := math.NaN()
	var curves []analysis.Curve
	for _, c := range r.Curves {
		if strings.Contains(c.Name, "power") && len(curves) < 4 {
			curves = append(curves, c)
		}
	}
	for k, c := range curves {
		s := report.Series{Name: orText(c.By, c.Name), Role: report.Role(k), Form: report.CurveForm}
		f.X.Label = orText(f.X.Label, c.XLabel)
		for i := range c.X {
			x, y := value(c.X[i]), value(c.Y[i])
			s.X, s.Y = append(s.X, x), append(s.Y, y)
			f.Data.Rows = append(f.Data.Rows, []analysis.Cell{text(s.Name), num(x), num(y)})
			if k == 0 && math.IsNaN(reached) && y >= 0.8 {
				reached = x
			}
		}
		if len(curves) == 1 {
			s.Quiet = true
		}
		panel.Series = append(panel.Series, s)
	}
	if len(panel.Series) == 0 {
		return nil, analysis.NotEstimablef("the result has no power curve; use swis power")
	}
	f.Panels = []report.Panel{panel}
	f.Alt = "Power curve."
	if !math.IsNaN(reached) {
		f.Alt = fmt.Sprintf("Power curve: 80%% power is reached at %s (%s).", shortNumber(reached), orText(f.X.Label, "x"))
	}
	return f, nil
}

// Residuals draws how the residuals of a model are spread: their quantiles
// against those that the model expects, with the band of data sets drawn from
// the fit (curve "residual_quantiles" of a result). Points on the line of
// equality, or inside the band, are what the model says.
func Residuals(r *analysis.Result) (*report.Figure, error) {
	for _, c := range r.Curves {
		if c.Name != "residual_quantiles" || c.By != "" {
			continue
		}
		zero, one := 0.0, 1.0
		f := &report.Figure{Name: "residuals", Title: "Do the residuals follow the model?", Source: source(r),
			Subtitle: "Quantiles of the scaled residuals; the band holds data sets drawn from the fit",
			X:        report.Axis{Label: capital(orText(c.XLabel, "Expected")), Min: &zero, Max: &one},
			Y:        report.Axis{Label: capital(orText(c.YLabel, "Observed")), Min: &zero, Max: &one}}
		f.Data = analysis.Table{Name: f.Name, Columns: columns("expected", "observed", "low", "high")}
		band := report.Series{Name: "What the model gives", Role: report.Intervention, Form: report.BandForm}
		line := report.Series{Name: "Observed", Role: report.Intervention, Form: report.CurveForm}
		outside := 0
		for i := range c.X {
			x, y := value(c.X[i]), value(c.Y[i])
			line.X, line.Y = append(line.X, x), append(line.Y, y)
			low, high := math.NaN(), math.NaN()
			if i < len(c.Low) && i < len(c.High) && c.Low[i] != nil && c.High[i] != nil {
				low, high = *c.Low[i], *c.High[i]
				band.X, band.Y = append(band.X, x), append(band.Y, x)
				band.Low, band.High = append(band.Low, low), append(band.High, high)
				if y < low || y > high {
					outside++
				}
			}
			f.Data.Rows = append(f.Data.Rows, []analysis.Cell{num(x), num(y), num(low), num(high)})
		}
		f.Panels = []report.Panel{{Series: []report.Series{band, line}, Lines: []report.ReferenceLine{{Slope: 1, Dashed: true, Label: "as the model expects"}}}}
		f.Alt = fmt.Sprintf("Quantiles of the residuals against those that the model expects; %d of %d lie outside the band of data sets drawn from the fit.", outside, len(line.X))
		return f, nil
	}
	return nil, analysis.NotEstimablef("the result has no quantiles of residuals; use swis mixed --diagnostics 199")
}

// shortNumber writes a whole number as it is and others with two decimals.
func shortNumber(x float64) string {
	if x == math.Trunc(x) {
		return number(x, 0)
	}
	return number(x, 2)
}
