package charts

import (
	"fmt"
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
// More than a year of months is drawn by quarter: three months counted from the
// start, since a month of one authority is mostly noise.
type Trends struct {
	Outcome   string
	Time      string
	Treated   string // column of arms
	Reference string // level that is the comparison arm
	Start     string // first treated period; empty: none is marked
	Exposure  string // rates per 1,000 of it; empty: means
	By        string // small multiples, a panel a level
	Unit      string // of the exposure, e.g. "pupil-years"
	Schools   string // column of schools, for their shares of a total; may be empty
}

// TrendCounts are the numbers of a Trends figure before it is drawn, so that
// the disclosure profile passes them first.
type TrendCounts struct {
	Data  analysis.Table // a row a panel, arm and point
	Whole analysis.Table // by arm, before and from the start on

	spec                     Trends
	periods                  []string
	start                    int // place of the first point after the start; -1 for none
	quarters                 bool
	intervention, comparison string
	source                   string
}

// Figure reads the table and makes the figure.
func (o Trends) Figure(t *table.Table) (*report.Figure, error) {
	c, err := o.Count(t)
	if err != nil {
		return nil, err
	}
	return c.Figure(&c.Data, &c.Whole), nil
}

// Figure draws the numbers as they may be shown: data and whole have passed the
// disclosure profile. A number that is withheld is a gap in its line.
func (c *TrendCounts) Figure(data, whole *analysis.Table) *report.Figure {
	o := c.spec
	_, unit := c.scale()
	f := &report.Figure{Name: "trends", Title: fmt.Sprintf("%s in %s and %s schools", outcomeLabel(o.Outcome), c.intervention, c.comparison),
		X: report.Axis{Categories: periodNames(c.periods)}, Y: report.Axis{Zero: true}, Source: c.source, Data: *data}
	f.Data.Sums = nil
	first := ""
	if isDigits(c.periods[0]) {
		first = o.Time + " "
	}
	from, _, _ := strings.Cut(c.periods[0], " to ")
	_, to, ranged := strings.Cut(c.periods[len(c.periods)-1], " to ")
	if !ranged {
		to = c.periods[len(c.periods)-1]
	}
	ends := periodNames([]string{from, to})
	f.Subtitle = fmt.Sprintf("%s, %s%s to %s", capital(unit), first, plain(ends[0]), plain(ends[1]))
	if c.quarters {
		f.Subtitle += ", by quarter (three months"
		if c.start >= 0 {
			f.Subtitle += ", counted from the start"
		}
		f.Subtitle += ")"
	}
	gaps := 0
	for i, row := range data.Rows {
		p := i % len(c.periods)
		if i%(2*len(c.periods)) == 0 {
			f.Panels = append(f.Panels, report.Panel{Title: row[0].Text})
		}
		panel := &f.Panels[len(f.Panels)-1]
		if p == 0 {
			arm := len(panel.Series)
			panel.Series = append(panel.Series, report.Series{Name: row[1].Text, Role: [...]report.Role{report.Intervention, report.Comparison}[arm], Form: report.LineForm})
		}
		series := &panel.Series[len(panel.Series)-1]
		if row[3].Value == nil && row[3].Text != "" {
			gaps++
		}
		series.X, series.Y = append(series.X, float64(p)), append(series.Y, value(row[3].Value))
	}
	for i := range f.Panels {
		if c.start < 0 {
			break
		}
		label := "start of the intervention"
		if len(f.Panels) > 1 {
			label = "start"
		}
		f.Panels[i].Lines = append(f.Panels[i].Lines, report.ReferenceLine{Vertical: true, At: float64(c.start) - 0.5, Dashed: true, Label: label})
	}
	if gaps > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d points rest on small numbers and are withheld, some so that others cannot be worked out.", gaps))
	}
	if len(f.Panels) > 3 {
		f.Height = 60 * float64((len(f.Panels)+2)/3)
	}
	f.Alt = c.alt(whole, unit)
	return f
}

// alt says the rates of both arms before and after the start.
func (c *TrendCounts) alt(whole *analysis.Table, unit string) string {
	rate := func(row, column int) string {
		if cell := whole.Rows[row][column]; cell.Value != nil {
			return number(*cell.Value, 1)
		}
		return "a number that is withheld"
	}
	outcome := outcomeLabel(c.spec.Outcome)
	if c.start <= 0 {
		return fmt.Sprintf("%s by arm over %d periods: on average %s in %s and %s in %s schools (%s).", outcome, len(c.periods),
			rate(0, 2), c.intervention, rate(1, 2), c.comparison, unit)
	}
	return fmt.Sprintf("%s before and after the start, as %s: %s schools went from %s to %s, %s schools from %s to %s.", outcome, unit,
		c.intervention, rate(0, 1), rate(0, 2), c.comparison, rate(1, 1), rate(1, 2))
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
	firsts, out := slices.Clone(periods), slices.Clone(periods)
	for i, p := range periods {
		firsts[i], _, _ = strings.Cut(p, " to ")
	}
	kind, ok := dataset.KindOfLabels(firsts)
	if !ok || kind == dataset.Year {
		return out
	}
	for i, p := range firsts {
		period, err := dataset.ParsePeriod(kind, p)
		if err != nil {
			continue
		}
		year, month, _ := kind.Start(period).Date()
		if kind == dataset.Month {
			out[i] = time.Month(month).String()[:3] + "\n" + strconv.Itoa(year)
			if _, last, quarter := strings.Cut(periods[i], " to "); quarter {
				if end, err := dataset.ParsePeriod(kind, last); err == nil {
					_, month, _ := kind.Start(end).Date()
					out[i] = strings.Replace(out[i], "\n", "–"+time.Month(month).String()[:3]+"\n", 1)
				}
			}
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
