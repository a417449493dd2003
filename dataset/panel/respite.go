package panel

import "swis/dataset"

var (
	ruleC7L = dataset.RuleNamed("C7L")
	ruleC7Y = dataset.RuleNamed("C7Y")
	ruleC7B = dataset.RuleNamed("C7B")
)

// Bounds of short breaks.
const (
	longestBreak = 17 // days of one
	breaksInYear = 75 // days in a year to 31 March
)

// checkShort holds a child's short breaks against their bounds; ends are the
// ends of the rows as they are counted.
func (c *carer) checkShort(rows []*dataset.Episode, ends []dataset.Day) {
	type year struct {
		days       int
		agreement  bool
		last       *dataset.Episode // V3 row of the year
		lastEither *dataset.Episode
	}
	var years map[int]*year
	for i, e := range rows {
		single := e.LegalStatus == dataset.LegalShortBreak
		if !single && e.LegalStatus != dataset.LegalAgreement {
			continue
		}
		if single && e.End != dataset.NoDay && e.End-e.Start > longestBreak {
			c.flag(ruleC7L, e)
		}
		if years == nil {
			years = map[int]*year{}
		}
		for from := e.Start; from < ends[i]; {
			y := returnYear(from)
			to := min(ends[i], dataset.DayOf(y, 4, 1))
			of := years[y]
			if of == nil {
				of = &year{}
				years[y] = of
			}
			of.lastEither = e
			if single {
				of.days += int(to - from)
				of.last = e
			} else {
				of.agreement = true
			}
			from = to
		}
	}
	for _, of := range years {
		if of.days > breaksInYear {
			c.flag(ruleC7Y, of.last)
		}
		if of.last != nil && of.agreement {
			c.flag(ruleC7B, of.lastEither)
		}
	}
}

// returnYear is the year of the 31 March on or after a day.
func returnYear(d dataset.Day) int {
	y, m, _ := d.Date()
	if m >= 4 {
		y++
	}
	return y
}
