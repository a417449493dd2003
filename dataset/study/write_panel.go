package study

import (
	"io"
	"math"
	"runtime"
	"strconv"
	"sync"

	"swis/dataset"
	"swis/dataset/panel"
)

// panelRows writes rows of the panel.
type panelRows struct {
	study    *Study
	outcomes []int    // that are columns
	labels   []string // of the periods
}

// writePanel writes one row a school and period. A cell is empty where the
// authority did not deliver the outcome or the count was withheld.
func (s *Study) writePanel(out io.Writer) error {
	p := s.Panel
	rows := panelRows{study: s, labels: make([]string, p.Periods)}
	for i := range rows.labels {
		rows.labels[i] = p.Kind.Label(p.First + dataset.Period(i))
	}
	line := []byte("school_id,la,period,pupils,exposure")
	for o, outcome := range dataset.Outcomes {
		if p.Has[o] {
			rows.outcomes = append(rows.outcomes, o)
			line = append(append(line, ','), outcome.Name...)
		}
	}
	for _, o := range rows.outcomes {
		line = append(append(line, ','), dataset.Outcomes[o].CoverageColumn()...)
	}
	if _, err := out.Write(append(line, ",edge\n"...)); err != nil {
		return err
	}
	// Some schools a processor at a time, written in order.
	const some = 256
	parts := make([][]byte, runtime.GOMAXPROCS(0))
	for first := 0; first < len(p.Schools); first += some * len(parts) {
		var wait sync.WaitGroup
		for k := range parts {
			wait.Add(1)
			go func() {
				defer wait.Done()
				parts[k] = parts[k][:0]
				for si := first + k*some; si < min(first+(k+1)*some, len(p.Schools)); si++ {
					parts[k] = rows.school(parts[k], si)
				}
			}()
		}
		wait.Wait()
		for _, part := range parts {
			if _, err := out.Write(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// school appends the rows of a school.
func (r *panelRows) school(text []byte, si int) []byte {
	p := r.study.Panel
	school := &p.Schools[si]
	edge := p.Edge[school.LA]
	names := quoted(school.ID) + "," + quoted(school.LA) + ","
	known := make([]bool, len(r.outcomes))
	for i, label := range r.labels {
		text = append(append(append(text, names...), label...), ',')
		pupils, exposure := r.study.exposure(si, i)
		text = append(appendNumber(text, pupils, 6), ',')
		text = appendNumber(text, exposure, 10)
		for k, o := range r.outcomes {
			text = append(text, ',')
			if known[k] = p.Known(o, si, i); known[k] && (exposure > 0 || exposure != exposure) {
				text = appendCell(text, p, o, si, i)
			}
		}
		for _, is := range known {
			text = append(text, ',', '0')
			if is {
				text[len(text)-1] = '1'
			}
		}
		text = append(text, ',', '0', '\n')
		if edge != nil && edge[i] {
			text[len(text)-2] = '1'
		}
	}
	return text
}

// appendCell writes a cell of the panel, nothing where it is not known.
func appendCell(line []byte, p *panel.Panel, outcome, school, period int) []byte {
	if p.Value[outcome] == nil {
		if x, ok := p.Share(outcome, school, period); ok {
			line = appendNumber(line, x, 10)
		}
		return line
	}
	if p.Known(outcome, school, period) {
		line = strconv.AppendInt(line, int64(p.Value[outcome][school*p.Periods+period]), 10)
	}
	return line
}

// exposure is the pupils of a school in a period and their pupil-years: the
// number of the school list for the days that the school was open; where the
// list has none, the days on roll.
func (s *Study) exposure(school, period int) (pupils, years float64) {
	return exposureIn(s.Panel, school, period)
}

func exposureIn(p *panel.Panel, school, period int) (pupils, years float64) {
	of := &p.Schools[school]
	days := p.Days(period)
	if of.Pupils > 0 {
		start := max(p.From, p.Kind.Start(p.First+dataset.Period(period)))
		end := start + dataset.Day(days)
		if of.Open != dataset.NoDay {
			start = max(start, of.Open)
		}
		if of.Close != dataset.NoDay {
			end = min(end, of.Close+1)
		}
		return of.Pupils, of.Pupils * float64(max(0, end-start)) / 365.25
	}
	if p.PupilDays != nil {
		onRoll := float64(p.PupilDays[school*p.Periods+period])
		if onRoll == 0 {
			return math.NaN(), math.NaN()
		}
		return onRoll / float64(days), onRoll / 365.25
	}
	return math.NaN(), math.NaN()
}

func appendNumber(line []byte, x float64, digits int) []byte {
	if x != x {
		return line
	}
	return strconv.AppendFloat(line, x, 'g', digits, 64)
}

// quoted is a cell of text, quoted where it must be.
func quoted(cell string) string {
	cell = text(cell)
	for i := range len(cell) {
		if c := cell[i]; c == '"' || c == ',' || c == '\n' || c == '\r' {
			var b []byte
			b = append(b, '"')
			for j := range len(cell) {
				if cell[j] == '"' {
					b = append(b, '"')
				}
				b = append(b, cell[j])
			}
			return string(append(b, '"'))
		}
	}
	return cell
}
