package charts

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
	"swis/report"
)

// Trends draws the rate or mean of an outcome by arm over time, with the start
// of the intervention: the picture that parallel trends are judged by first.
type Trends struct {
	Outcome   string
	Time      string
	Treated   string // column of arms
	Reference string // level that is the comparison arm
	Start     string // first treated period; empty: none is marked
	Exposure  string // rates per 1,000 of it; empty: means
	By        string // small multiples, a panel a level
	Unit      string // of the exposure, e.g. "pupil-years"

	// Withhold says which counts are too small to be shown; nil: none. A period
	// with such a total is a gap in the line.
	Withhold func(n float64) bool
}

// Figure reads the table and makes the figure.
func (o Trends) Figure(t *table.Table) (*report.Figure, error) {
	arms, err := analysis.ReadArms(t, o.Treated, o.Reference)
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
	levels := []string{""}
	group := make([]int32, t.Rows())
	if o.By != "" {
		by, err := t.Category(o.By)
		if err != nil {
			return nil, err
		}
		levels, group = by.Levels, by.Codes
	}
	sums := newSums(len(levels), len(times.Levels))
	for i := range t.Rows() {
		if arms.Treated[i] < 0 || times.Codes[i] < 0 || group[i] < 0 || math.IsNaN(y.Values[i]) {
			continue
		}
		weight := 1.0
		if exposure != nil {
			if weight = exposure.Values[i]; math.IsNaN(weight) || weight <= 0 {
				continue
			}
		}
		sums.add(int(group[i]), int(arms.Treated[i]), int(times.Codes[i]), y.Values[i], weight)
	}
	return o.figure(t, arms, levels, times.Levels, sums)
}

// trendSums are totals by panel, arm and period.
type trendSums struct{ y, weight, rows [][2][]float64 }

func newSums(panels, periods int) *trendSums {
	s := &trendSums{}
	for range panels {
		for _, list := range []*[][2][]float64{&s.y, &s.weight, &s.rows} {
			*list = append(*list, [2][]float64{make([]float64, periods), make([]float64, periods)})
		}
	}
	return s
}

func (s *trendSums) add(panel, arm, period int, y, weight float64) {
	s.y[panel][arm][period] += y
	s.weight[panel][arm][period] += weight
	s.rows[panel][arm][period]++
}

func (o Trends) figure(t *table.Table, arms *analysis.Arms, levels, periods []string, s *trendSums) (*report.Figure, error) {
	scale, unit := 1.0, "mean of a row"
	if o.Exposure != "" {
		scale, unit = 1000, "rate per 1,000 "+o.exposureUnit()
	}
	intervention, comparison := arms.Names()
	f := &report.Figure{Name: "trends", Title: fmt.Sprintf("%s in %s and %s schools", outcomeLabel(o.Outcome), intervention, comparison),
		X:      report.Axis{Categories: periodNames(periods)},
		Y:      report.Axis{Label: strings.ToUpper(unit[:1]) + unit[1:], Zero: true},
		Source: fmt.Sprintf("%s; %s rows.", fileName(t.Name), number(float64(t.Rows()), 0))}
	first := ""
	if isDigits(periods[0]) {
		first = o.Time + " "
	}
	f.Subtitle = fmt.Sprintf("%s, %s%s to %s", f.Y.Label, first, plain(f.X.Categories[0]), plain(f.X.Categories[len(periods)-1]))
	f.Y.Label = ""
	f.Data = analysis.Table{Name: f.Name, Columns: columns("panel", "arm", "period", "rate", "total", "exposure", "rows")}
	f.Data.Columns[3].Format, f.Data.Columns[4].Format = analysis.Rate, analysis.Count
	gaps := 0
	start := slices.Index(periods, o.Start)
	if o.Start != "" && start < 0 {
		return nil, dataset.Problemf(t.Name, 0, o.Time, "has no period %q: want one of %s", o.Start, strings.Join(sample(periods), ", "))
	}
	for k, level := range levels {
		panel := report.Panel{Title: level}
		for _, arm := range []int{1, 0} {
			series := report.Series{Name: capital([...]string{comparison, intervention}[arm]), Role: [...]report.Role{report.Comparison, report.Intervention}[arm], Form: report.LineForm}
			for p := range periods {
				rate := scale * s.y[k][arm][p] / s.weight[k][arm][p]
				drawn := rate
				if o.Withhold != nil && o.Withhold(s.y[k][arm][p]) {
					drawn = math.NaN()
					gaps++
				}
				series.X, series.Y = append(series.X, float64(p)), append(series.Y, drawn)
				f.Data.Rows = append(f.Data.Rows, []analysis.Cell{text(level), text(series.Name), text(periods[p]), num(rate),
					num(s.y[k][arm][p]), num(s.weight[k][arm][p]), num(s.rows[k][arm][p])})
			}
			panel.Series = append(panel.Series, series)
		}
		if start >= 0 {
			label := "start of the intervention"
			if len(levels) > 1 {
				label = "start"
			}
			panel.Lines = append(panel.Lines, report.ReferenceLine{Vertical: true, At: float64(start) - 0.5, Dashed: true, Label: label})
		}
		f.Panels = append(f.Panels, panel)
	}
	if gaps > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d points rest on small numbers and are withheld.", gaps))
	}
	if len(levels) > 3 {
		f.Height = 60 * float64((len(levels)+2)/3)
	}
	f.Alt = o.alt(f, s, scale, unit, start, intervention, comparison)
	return f, nil
}

// alt says the rates of both arms before and after the start.
func (o Trends) alt(f *report.Figure, s *trendSums, scale float64, unit string, start int, intervention, comparison string) string {
	rate := func(arm, from, to int) float64 {
		y, w := 0.0, 0.0
		for k := range s.y {
			for p := from; p < to; p++ {
				y += s.y[k][arm][p]
				w += s.weight[k][arm][p]
			}
		}
		return scale * y / w
	}
	n := len(f.X.Categories)
	if start <= 0 {
		return fmt.Sprintf("%s by arm over %d periods: on average %s in %s and %s in %s schools (%s).", outcomeLabel(o.Outcome), n,
			number(rate(1, 0, n), 1), intervention, number(rate(0, 0, n), 1), comparison, unit)
	}
	return fmt.Sprintf("%s before and after the start, as %s: %s schools went from %s to %s, %s schools from %s to %s.", outcomeLabel(o.Outcome), unit,
		intervention, number(rate(1, 0, start), 1), number(rate(1, start, n), 1), comparison, number(rate(0, 0, start), 1), number(rate(0, start, n), 1))
}

func (o Trends) exposureUnit() string {
	if o.Unit != "" {
		return o.Unit
	}
	if o.Exposure == "exposure" {
		return "pupil-years"
	}
	return strings.ReplaceAll(o.Exposure, "_", "-")
}

// periodNames writes labels of periods for an axis: terms as "autumn" over the
// year, months as "Sep" over the year. Others stay as they are.
func periodNames(periods []string) []string {
	kind, ok := dataset.KindOfLabels(periods)
	out := slices.Clone(periods)
	if !ok || kind == dataset.Year {
		return out
	}
	for i, p := range periods {
		period, err := dataset.ParsePeriod(kind, p)
		if err != nil {
			continue
		}
		year, month, _ := kind.Start(period).Date()
		if kind == dataset.Month {
			out[i] = time.Month(month).String()[:3] + "\n" + strconv.Itoa(year)
			continue
		}
		words := strings.Fields(p) // 2023-24 1 autumn
		out[i] = words[len(words)-1] + "\n" + words[0]
	}
	return out
}

func isDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != "" && len(s) < 4
}

func plain(s string) string { return strings.ReplaceAll(s, "\n", " ") }

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func sample(levels []string) []string {
	if len(levels) <= 8 {
		return levels
	}
	return append(slices.Clone(levels[:7]), "…", levels[len(levels)-1])
}
