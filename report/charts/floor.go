package charts

import (
	"cmp"
	"fmt"
	"math"
	"slices"

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

	// Nameless leaves the names of schools out of the data, and their order.
	Nameless bool
}

// FloorCounts are the numbers of a Floor figure before it is drawn, so that the
// disclosure profile passes them first.
type FloorCounts struct {
	Data analysis.Table // a row a school

	spec                     Floor
	intervention, comparison string
	source                   string
	schools                  [2]int // intervention, comparison
	atFloor, atFloorBefore   [2]int
}

type schoolRates struct {
	arm                int8
	before, after      float64
	exposure, exposed  float64
	rowsBefore, rowsIn int
}

// Figure reads the table and makes the figure.
func (o Floor) Figure(t *table.Table) (*report.Figure, error) {
	c, err := o.Count(t)
	if err != nil {
		return nil, err
	}
	return c.Figure(&c.Data), nil
}

// Count adds the table up by school.
func (o Floor) Count(t *table.Table) (*FloorCounts, error) {
	in, err := readObserved(t, o.Treated, o.Reference, o.Time, o.Outcome, o.Exposure)
	if err != nil {
		return nil, err
	}
	schools, err := t.Category(o.Unit)
	if err != nil {
		return nil, err
	}
	start := slices.Index(in.times.Levels, o.Start)
	if start < 0 {
		return nil, dataset.Problemf(t.Name, 0, o.Time, "has no period %q: give the first treated one with --start", o.Start)
	}
	rates := make([]schoolRates, len(schools.Levels))
	for i := range t.Rows() {
		g := schools.Codes[i]
		y, exposure, ok := in.row(i)
		if g < 0 || !ok {
			continue
		}
		r := &rates[g]
		r.arm = max(r.arm, in.arms.Treated[i])
		if int(in.times.Codes[i]) < start {
			r.before += y
			r.exposure += exposure
			r.rowsBefore++
		} else {
			r.after += y
			r.exposed += exposure
			r.rowsIn++
		}
	}
	c := &FloorCounts{spec: o}
	c.intervention, c.comparison = in.arms.Names()
	c.count(t, schools.Levels, rates)
	return c, nil
}

func (c *FloorCounts) scale() (per float64, unit string) {
	if c.spec.Exposure == "" {
		return 1, "mean of a row"
	}
	return 1000, "rate " + orText(c.spec.RateUnit, "per 1,000 "+Trends{Exposure: c.spec.Exposure}.exposureUnit())
}

func (c *FloorCounts) arm(k int) string { return [...]string{c.intervention, c.comparison}[k] }

// count makes the data: a row a school.
func (c *FloorCounts) count(t *table.Table, names []string, rates []schoolRates) {
	per, _ := c.scale()
	c.Data = analysis.Table{Name: "floor", Columns: columns("school", "arm", "before", "after", "events_before", "events_after")}
	for j, format := range []analysis.Format{analysis.Text, analysis.Text, analysis.Rate, analysis.Rate, analysis.Count, analysis.Count} {
		c.Data.Columns[j].Format = format
	}
	for k := range 2 {
		sums := [2]analysis.Sum{}
		var rows [][]analysis.Cell
		for g, r := range rates {
			if int(r.arm) != 1-k || r.rowsBefore == 0 || r.rowsIn == 0 {
				continue
			}
			c.schools[k]++
			if r.before == 0 {
				c.atFloorBefore[k]++
				if r.after == 0 {
					c.atFloor[k]++
				}
			}
			row := []analysis.Cell{text(names[g]), text(c.arm(k)), num(per * r.before / r.exposure), num(per * r.after / r.exposed), num(r.before), num(r.after)}
			for side, n := range []float64{r.before, r.after} {
				if n != math.Trunc(n) {
					continue
				}
				b := &analysis.Behind{Of: analysis.CountOf(c.spec.Outcome, c.arm(k)+"|"+names[g], [...]string{analysis.Before, analysis.After}[side]), N: n}
				row[2+side].Behind, row[4+side].Behind = b, b
				sums[side].Whole.N += n
				sums[side].Parts = append(sums[side].Parts, *b)
			}
			if c.spec.Nameless {
				row[0].Text = ""
			}
			rows = append(rows, row)
		}
		if c.spec.Nameless { // nor does their order say which school is which
			slices.SortStableFunc(rows, func(a, b []analysis.Cell) int {
				return cmp.Or(cmp.Compare(*a[2].Value, *b[2].Value), cmp.Compare(*a[3].Value, *b[3].Value))
			})
		}
		c.Data.Rows = append(c.Data.Rows, rows...)
		for side := range sums {
			sums[side].Whole.Of = analysis.CountOf(c.spec.Outcome, c.arm(k), [...]string{analysis.Before, analysis.After}[side])
			c.Data.Sums = append(c.Data.Sums, sums[side])
		}
	}
	c.source = fmt.Sprintf("%s; %d schools with periods before and after the start.", fileName(t.Name), c.schools[0]+c.schools[1])
}

// Figure draws the numbers as they may be shown: data has passed the disclosure
// profile. Schools with a number that is withheld are left out.
func (c *FloorCounts) Figure(data *analysis.Table) *report.Figure {
	_, unit := c.scale()
	f := &report.Figure{Name: "floor", Title: outcomeLabel(c.spec.Outcome) + ": room to fall before the floor",
		Subtitle: "Each point is a school; " + unit + " before and after the start", Source: c.source,
		X: report.Axis{Label: "Before the start", Zero: true}, Y: report.Axis{Label: "After the start", Zero: true}}
	f.Data = *data
	f.Data.Rows, f.Data.Sums = nil, nil
	for k := range 2 {
		points := report.Series{Name: capital(c.arm(k)) + " schools", Role: []report.Role{report.Intervention, report.Comparison}[k], Form: report.PointForm, Quiet: true}
		for _, row := range data.Rows {
			if row[1].Text != c.arm(k) || slices.ContainsFunc(row[2:], func(x analysis.Cell) bool { return x.Value == nil }) {
				continue
			}
			f.Data.Rows = append(f.Data.Rows, row)
			if x, y := *row[2].Value, *row[3].Value; x != 0 || y != 0 {
				points.X, points.Y = append(points.X, x), append(points.Y, y)
			}
		}
		panel := report.Panel{Title: fmt.Sprintf("%s (%d)", points.Name, c.schools[k]), Series: []report.Series{points},
			Lines: []report.ReferenceLine{{Slope: 1, Dashed: true, Label: "no change"}, {At: 0, Strong: true}}}
		if c.atFloor[k] > 0 {
			panel.Series = append(panel.Series, report.Series{Name: "at the floor", Role: points.Role, Form: report.PointForm, Quiet: true, X: []float64{0}, Y: []float64{0}, Open: []bool{true}})
			panel.Title = fmt.Sprintf("%s (%d; %d at zero both times)", points.Name, c.schools[k], c.atFloor[k])
		}
		f.Panels = append(f.Panels, panel)
	}
	f.Notes = []string{"The heavy line at zero is the floor: no school can fall below it. The open point holds the schools at zero both times."}
	if left := c.schools[0] + c.schools[1] - len(f.Data.Rows); left > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d schools with small numbers, or whose numbers would give one away, are not drawn.", left))
	}
	f.Alt = fmt.Sprintf("%s before and after the start. %d of %d %s schools and %d of %d %s schools had none before the start and could not fall; %d and %d had none after it either.",
		outcomeLabel(c.spec.Outcome), c.atFloorBefore[0], c.schools[0], c.intervention, c.atFloorBefore[1], c.schools[1], c.comparison, c.atFloor[0], c.atFloor[1])
	return f
}
