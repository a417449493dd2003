package charts

import (
	"fmt"
	"math"

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
	for k, c := range r.Curves {
		if k > 3 {
			break
		}
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
		if len(r.Curves) == 1 {
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
		f.Alt = fmt.Sprintf("Power curve: 80%% power is reached at %s (%s).", number(reached, 2), orText(f.X.Label, "x"))
	}
	return f, nil
}

// Residuals draws Pearson residuals against fitted values: the curve
// "residuals" of a result.
func Residuals(r *analysis.Result) (*report.Figure, error) {
	for _, c := range r.Curves {
		if c.Name != "residuals" || c.By != "" {
			continue
		}
		f := &report.Figure{Name: "residuals", Title: titleOr(r, "Residuals"), Subtitle: "Pearson residuals against fitted values", Source: source(r),
			X: report.Axis{Label: orText(c.XLabel, "Fitted value")}, Y: report.Axis{Label: orText(c.YLabel, "Pearson residual"), Signed: true}}
		f.Data = analysis.Table{Name: f.Name, Columns: columns("fitted", "residual")}
		s := report.Series{Name: "residual", Role: report.Intervention, Form: report.PointForm, Quiet: true}
		beyond := 0
		for i := range c.X {
			x, y := value(c.X[i]), value(c.Y[i])
			s.X, s.Y = append(s.X, x), append(s.Y, y)
			f.Data.Rows = append(f.Data.Rows, []analysis.Cell{num(x), num(y)})
			if math.Abs(y) > 3 {
				beyond++
			}
		}
		f.Panels = []report.Panel{{Series: []report.Series{s}, Lines: []report.ReferenceLine{{At: 0, Strong: true}}}}
		f.Alt = fmt.Sprintf("Residuals of %s rows against fitted values; %d are beyond 3 standard deviations.", number(float64(len(s.X)), 0), beyond)
		return f, nil
	}
	return nil, analysis.NotEstimablef("the result has no residuals")
}
