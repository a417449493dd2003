package study

import (
	"io"
	"math"
	"runtime"
	"strconv"
	"sync"

	"swis/dataset"
	"swis/dataset/panel"
	"swis/dataset/workers"
)

// panelRows writes rows of the panel.
type panelRows struct {
	panel   *panel.Panel
	columns []panelColumn
	shares  bool // some column is worked out
	periods []periodSpan
}

// panelColumn is an outcome that is a column.
type panelColumn struct {
	outcome int
	cells   panel.Cells
	share   bool // its cells are worked out
}

// periodSpan is a period inside the window.
type periodSpan struct {
	label string
	start dataset.Day
	days  int
}

func newPanelRows(p *panel.Panel) *panelRows {
	rows := &panelRows{panel: p, periods: make([]periodSpan, p.Periods)}
	for i := range rows.periods {
		rows.periods[i] = spanOf(p, i)
	}
	for o := range dataset.Outcomes {
		if p.Has[o] {
			share := p.Value[o] == nil
			rows.columns = append(rows.columns, panelColumn{o, p.Cells(o), share})
			rows.shares = rows.shares || share
		}
	}
	return rows
}

// writePanel writes one row a school and period. A cell is empty where the
// authority did not deliver the outcome or the count was withheld.
func (s *Study) writePanel(out io.Writer) error {
	rows := newPanelRows(s.Panel)
	line := []byte("school_id,la,period,pupils,exposure")
	for _, c := range rows.columns {
		line = append(append(line, ','), dataset.Outcomes[c.outcome].Name...)
	}
	for _, c := range rows.columns {
		line = append(append(line, ','), dataset.Outcomes[c.outcome].CoverageColumn()...)
	}
	if _, err := out.Write(append(line, ",edge\n"...)); err != nil {
		return err
	}
	// Some schools at a time: every worker writes its next ones while those
	// before them are written to the file in order.
	const some = 128
	beside := runtime.GOMAXPROCS(0)
	written := make([]chan []byte, beside)
	free := make([]chan []byte, beside)
	stop := make(chan struct{})
	var group workers.Group
	ended := sync.OnceValue(func() error { close(stop); return group.Wait() })
	defer ended()
	for w := range beside {
		written[w], free[w] = make(chan []byte), make(chan []byte, 2)
		free[w] <- nil
		free[w] <- nil
		group.Do(func() {
			defer close(written[w])
			for first := w * some; first < len(s.Panel.Schools); first += beside * some {
				var text []byte
				select {
				case text = <-free[w]:
				case <-stop:
					return
				}
				text = text[:0]
				for si := first; si < min(first+some, len(s.Panel.Schools)); si++ {
					text = rows.school(text, si)
				}
				select {
				case written[w] <- text:
				case <-stop:
					return
				}
			}
		})
	}
	for part := 0; ; part++ {
		text, ok := <-written[part%beside]
		if !ok { // all is written, or a worker has failed
			return ended()
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
		free[part%beside] <- text
	}
}

// copiedNumbers writes numbers that come again, such as those of a school whose
// pupils are the same in all periods, by copying them.
type copiedNumbers struct {
	seen [8]struct {
		x        float64
		from, to int // in the text
	}
	next int
}

func (c *copiedNumbers) append(text []byte, x float64, digits int) []byte {
	if x != x {
		return text
	}
	for i := range c.seen {
		if s := &c.seen[i]; s.to > 0 && s.x == x {
			return append(text, text[s.from:s.to]...)
		}
	}
	from := len(text)
	text = appendNumber(text, x, digits)
	s := &c.seen[c.next%len(c.seen)]
	s.x, s.from, s.to = x, from, len(text)
	c.next++
	return text
}

// exposureOf is the pupils of a school in a period, cell of the panel, and
// their pupil-years: the number of the school list for the days that the school
// was open; where the list has none, the days on roll.
func exposureOf(p *panel.Panel, cell int, of *dataset.School, period *periodSpan) (pupils, years float64) {
	if of.Pupils > 0 {
		start, end := period.start, period.start+dataset.Day(period.days)
		if of.Open != dataset.NoDay {
			start = max(start, of.Open)
		}
		if of.Close != dataset.NoDay {
			end = min(end, of.Close+1)
		}
		return of.Pupils, of.Pupils * float64(max(0, end-start)) / 365.25
	}
	if p.PupilDays != nil {
		onRoll := float64(p.PupilDays[cell])
		if onRoll == 0 {
			return math.NaN(), math.NaN()
		}
		return onRoll / float64(period.days), onRoll / 365.25
	}
	return math.NaN(), math.NaN()
}

// spanOf is period i of a panel.
func spanOf(p *panel.Panel, i int) periodSpan {
	period := p.First + dataset.Period(i)
	return periodSpan{p.Kind.Label(period), max(p.From, p.Kind.Start(period)), p.Days(i)}
}

func appendNumber(line []byte, x float64, digits int) []byte {
	if x != x {
		return line
	}
	return strconv.AppendFloat(line, x, 'g', digits, 64)
}
