package charts

import (
	"fmt"
	"math"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
	"swis/report"
)

// Floor draws each school's rate before the start against its rate after it,
// with the floor that no rate can pass and the line of no change. Schools at
// the same point are one larger point.
type Floor struct {
	Outcome   string
	Unit      string
	Time      string
	Treated   string
	Reference string
	Start     string
	Exposure  string
	RateUnit  string

	// Withhold says which counts are too small to be shown; nil: none. Schools
	// with such a count are not drawn, and no school is named.
	Withhold func(n float64) bool
}

type schoolRates struct {
	arm                int8
	before, after      float64
	exposure, exposed  float64
	rowsBefore, rowsIn int
}

// Figure reads the table and makes the figure.
func (o Floor) Figure(t *table.Table) (*report.Figure, error) {
	arms, err := analysis.ReadArms(t, o.Treated, o.Reference)
	if err != nil {
		return nil, err
	}
	schools, err := t.Category(o.Unit)
	if err != nil {
		return nil, err
	}
	times, err := t.Category(o.Time)
	if err != nil {
		return nil, err
	}
	y, err := t.Numeric(o.Outcome)
	if err != nil {
		return nil, err
	}
	var exposure *table.Numeric
	if o.Exposure != "" {
		if exposure, err = t.Numeric(o.Exposure); err != nil {
			return nil, err
		}
	}
	start := -1
	for i, l := range times.Levels {
		if l == o.Start {
			start = i
		}
	}
	if start < 0 {
		return nil, dataset.Problemf(t.Name, 0, o.Time, "has no period %q: give the first treated one with --start", o.Start)
	}
	rates := make([]schoolRates, len(schools.Levels))
	for i := range t.Rows() {
		g := schools.Codes[i]
		if g < 0 || arms.Treated[i] < 0 || times.Codes[i] < 0 || math.IsNaN(y.Values[i]) {
			continue
		}
		w := 1.0
		if exposure != nil {
			if w = exposure.Values[i]; math.IsNaN(w) || w <= 0 {
				continue
			}
		}
		r := &rates[g]
		r.arm = max(r.arm, arms.Treated[i])
		if int(times.Codes[i]) < start {
			r.before += y.Values[i]
			r.exposure += w
			r.rowsBefore++
		} else {
			r.after += y.Values[i]
			r.exposed += w
			r.rowsIn++
		}
	}
	return o.figure(t, arms, schools.Levels, rates), nil
}

func (o Floor) figure(t *table.Table, arms *analysis.Arms, names []string, rates []schoolRates) *report.Figure {
	scale, unit := 1.0, "mean of a row"
	if o.Exposure != "" {
		scale, unit = 1000, "rate "+orText(o.RateUnit, "per 1,000 "+Trends{Exposure: o.Exposure}.exposureUnit())
	}
	intervention, comparison := arms.Names()
	f := &report.Figure{Name: "floor", Title: outcomeLabel(o.Outcome) + ": room to fall before the floor",
		Subtitle: "Each point is a school; " + unit + " before and after the start",
		X:        report.Axis{Label: "Before the start", Zero: true}, Y: report.Axis{Label: "After the start", Zero: true}}
	f.Data = analysis.Table{Name: f.Name, Columns: columns("school", "arm", "before", "after", "events_before", "events_after")}
	for j, format := range []analysis.Format{analysis.Text, analysis.Text, analysis.Rate, analysis.Rate, analysis.Count, analysis.Count} {
		f.Data.Columns[j].Format = format
	}
	left := 0
	panels := []report.Panel{{Title: capital(intervention) + " schools"}, {Title: capital(comparison) + " schools"}}
	counts := [2]int{}
	atFloor, atFloorBefore := [2]int{}, [2]int{}
	for k := range panels {
		arm := int8(1 - k)
		points := report.Series{Name: panels[k].Title, Role: []report.Role{report.Intervention, report.Comparison}[k], Form: report.PointForm, Quiet: true}
		for g, r := range rates {
			if r.arm != arm || r.rowsBefore == 0 || r.rowsIn == 0 {
				continue
			}
			x, y := scale*r.before/r.exposure, scale*r.after/r.exposed
			counts[k]++
			if r.before == 0 {
				atFloorBefore[k]++
				if r.after == 0 {
					atFloor[k]++
				}
			}
			if o.Withhold != nil && (o.Withhold(r.before) || o.Withhold(r.after)) {
				left++
				continue
			}
			if r.before != 0 || r.after != 0 {
				points.X, points.Y = append(points.X, x), append(points.Y, y)
			}
			name := names[g]
			if o.Withhold != nil {
				name = ""
			}
			f.Data.Rows = append(f.Data.Rows, []analysis.Cell{text(name), text([...]string{intervention, comparison}[k]), num(x), num(y), num(r.before), num(r.after)})
		}
		panels[k].Lines = []report.ReferenceLine{{Slope: 1, Dashed: true, Label: "no change"}, {At: 0, Strong: true}}
		panels[k].Series = []report.Series{points}
		if atFloor[k] > 0 {
			zero := report.Series{Name: "at the floor", Role: points.Role, Form: report.PointForm, Quiet: true, X: []float64{0}, Y: []float64{0}, Open: []bool{true}}
			panels[k].Series = append(panels[k].Series, zero)
		}
		if atFloor[k] > 0 {
			panels[k].Title += fmt.Sprintf(" (%d; %d at zero both times)", counts[k], atFloor[k])
		} else {
			panels[k].Title += fmt.Sprintf(" (%d)", counts[k])
		}
	}
	f.Panels = panels
	f.Source = fmt.Sprintf("%s; %d schools with periods before and after the start.", fileName(t.Name), counts[0]+counts[1])
	f.Notes = []string{"The heavy line at zero is the floor: no school can fall below it. The open point holds the schools at zero both times."}
	if left > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d schools with small numbers are not drawn.", left))
	}
	f.Alt = fmt.Sprintf("%s before and after the start. %d of %d %s schools and %d of %d %s schools had none before the start and could not fall; %d and %d had none after it either.",
		outcomeLabel(o.Outcome), atFloorBefore[0], counts[0], intervention, atFloorBefore[1], counts[1], comparison, atFloor[0], atFloor[1])
	return f
}
