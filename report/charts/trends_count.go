package charts

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

// Count adds the table up.
func (o Trends) Count(t *table.Table) (*TrendCounts, error) {
	in, err := readObserved(t, o.Treated, o.Reference, o.Time, o.Outcome, o.Exposure)
	if err != nil {
		return nil, err
	}
	times := in.times.Levels
	levels := []string{""}
	group := make([]int32, t.Rows())
	if o.By != "" {
		by, err := t.Category(o.By)
		if err != nil {
			return nil, err
		}
		levels, group = by.Levels, by.Codes
	}
	var schools *table.Category
	if o.Schools != "" {
		if schools, err = t.Category(o.Schools); err != nil {
			return nil, err
		}
	}
	start := slices.Index(times, o.Start)
	if o.Start != "" && start < 0 {
		return nil, dataset.Problemf(t.Name, 0, o.Time, "has no period %q: want one of %s", o.Start, strings.Join(sample(times), ", "))
	}
	point, names, first := points(times, start)
	s := newSums(len(levels), len(names), schools)
	for i := range t.Rows() {
		y, exposure, ok := in.row(i)
		if !ok || group[i] < 0 {
			continue
		}
		school := -1
		if schools != nil {
			school = int(schools.Codes[i])
		}
		s.add(int(group[i]), int(in.arms.Treated[i]), point[in.times.Codes[i]], school, y, exposure)
	}
	c := &TrendCounts{spec: o, periods: names, start: first, quarters: len(names) < len(times),
		source: fmt.Sprintf("%s; %s rows.", fileName(t.Name), number(float64(t.Rows()), 0))}
	c.intervention, c.comparison = in.arms.Names()
	c.tables(levels, s)
	return c, nil
}

// points puts periods together: months by quarter, counted from the start, and
// others one by one. It returns the point of each period, the names of the
// points, and the first one after the start.
func points(periods []string, start int) (point []int, names []string, first int) {
	point = make([]int, len(periods))
	kind, ok := dataset.KindOfLabels(periods)
	if !ok || kind != dataset.Month || len(periods) <= 12 {
		for i := range point {
			point[i] = i
		}
		return point, periods, start
	}
	from := max(start, 0) % 3
	for i := range periods {
		point[i] = (i - from + 3) / 3
		if from == 0 {
			point[i] = i / 3
		}
		if point[i] == len(names) {
			names = append(names, periods[i])
		} else {
			k := point[i]
			begin, _, _ := strings.Cut(names[k], " to ")
			names[k] = begin + " to " + periods[i]
		}
	}
	if start < 0 {
		return point, names, -1
	}
	return point, names, point[start]
}

// trendSums are totals by panel, arm and point.
type trendSums struct {
	y, weight, rows [][2][]float64
	schools         []float64    // of the outcome, by point and school
	members         [][2][]int32 // schools by panel and arm, in the order in which they came
	placed          []bool       // schools that are in members
}

func newSums(panels, points int, schools *table.Category) *trendSums {
	s := &trendSums{}
	if schools != nil {
		s.placed = make([]bool, len(schools.Levels))
		s.schools = make([]float64, points*len(schools.Levels))
	}
	for range panels {
		for _, list := range []*[][2][]float64{&s.y, &s.weight, &s.rows} {
			*list = append(*list, [2][]float64{make([]float64, points), make([]float64, points)})
		}
		s.members = append(s.members, [2][]int32{})
	}
	return s
}

func (s *trendSums) add(panel, arm, point, school int, y, weight float64) {
	s.y[panel][arm][point] += y
	s.weight[panel][arm][point] += weight
	s.rows[panel][arm][point]++
	if school >= 0 {
		s.schools[point*len(s.placed)+school] += y
		if !s.placed[school] {
			s.placed[school] = true
			s.members[panel][arm] = append(s.members[panel][arm], int32(school))
		}
	}
}

// behind is the count of a point, nil where the outcome is no count.
func (s *trendSums) behind(o *Trends, panel, arm, from, to int, name, period string) *analysis.Behind {
	b := &analysis.Behind{Of: analysis.CountOf(o.Outcome, name, period)}
	for k := range s.y {
		if k != panel && panel >= 0 {
			continue
		}
		for p := from; p < to; p++ {
			b.N += s.y[k][arm][p]
		}
		for _, g := range s.members[k][arm] {
			part := 0.0
			for p := from; p < to; p++ {
				part += s.schools[p*len(s.placed)+int(g)]
			}
			b.Contribute(part)
		}
	}
	if b.N != math.Trunc(b.N) {
		return nil
	}
	return b
}

func (c *TrendCounts) arm(k int) string { return [...]string{c.comparison, c.intervention}[k] }

func (c *TrendCounts) scale() (per float64, unit string) {
	if c.spec.Exposure == "" {
		return 1, "mean of a row"
	}
	return 1000, "rate per 1,000 " + c.spec.exposureUnit()
}

// tables makes the data of the figure and the totals of its description.
func (c *TrendCounts) tables(levels []string, s *trendSums) {
	per, _ := c.scale()
	c.Data = analysis.Table{Name: "trends", Columns: columns("panel", "arm", "period", "rate", "total", "exposure", "rows")}
	c.Data.Columns[3].Format, c.Data.Columns[4].Format = analysis.Rate, analysis.Count
	n := len(c.periods)
	sides := []struct {
		name     string
		from, to int
	}{{analysis.Before, 0, max(c.start, 0)}, {analysis.After, max(c.start, 0), n}}
	for k, level := range levels {
		for _, arm := range []int{1, 0} {
			for p := range n {
				behind := s.behind(&c.spec, k, arm, p, p+1, c.arm(arm), c.periods[p])
				c.Data.Rows = append(c.Data.Rows, []analysis.Cell{text(level), text(capital(c.arm(arm))), text(c.periods[p]),
					{Value: analysis.Num(per * s.y[k][arm][p] / s.weight[k][arm][p]), Behind: behind}, {Value: analysis.Num(s.y[k][arm][p]), Behind: behind},
					num(s.weight[k][arm][p]), num(s.rows[k][arm][p])})
			}
			for _, side := range sides {
				whole := s.behind(&c.spec, k, arm, side.from, side.to, c.arm(arm), side.name)
				if whole == nil || side.from == side.to {
					continue
				}
				sum := analysis.Sum{By: level, Whole: *whole}
				for p := side.from; p < side.to; p++ {
					sum.Parts = append(sum.Parts, *s.behind(&c.spec, k, arm, p, p+1, c.arm(arm), c.periods[p]))
				}
				c.Data.Sums = append(c.Data.Sums, sum)
			}
		}
	}
	c.Whole = analysis.Table{Name: "whole", Columns: columns("arm", "before", "after")}
	c.Whole.Columns[1].Format, c.Whole.Columns[2].Format = analysis.Rate, analysis.Rate
	for _, arm := range []int{1, 0} {
		row := []analysis.Cell{text(c.arm(arm))}
		for _, side := range sides {
			weight, total := 0.0, 0.0
			for k := range levels {
				for p := side.from; p < side.to; p++ {
					weight += s.weight[k][arm][p]
					total += s.y[k][arm][p]
				}
			}
			row = append(row, analysis.Cell{Value: analysis.Num(per * total / weight), Behind: s.behind(&c.spec, -1, arm, side.from, side.to, c.arm(arm), side.name)})
		}
		c.Whole.Rows = append(c.Whole.Rows, row)
	}
}
