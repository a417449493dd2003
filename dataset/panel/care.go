package panel

import (
	"slices"

	"swis/dataset"
	"swis/dataset/linkage"
)

var (
	ruleC01 = dataset.RuleNamed("C01")
	ruleC02 = dataset.RuleNamed("C02")
	ruleC03 = dataset.RuleNamed("C03")
	ruleC05 = dataset.RuleNamed("C05")
	ruleC06 = dataset.RuleNamed("C06")
	ruleC07 = dataset.RuleNamed("C07")
	ruleC08 = dataset.RuleNamed("C08")
	ruleC09 = dataset.RuleNamed("C09")
	ruleD06 = dataset.RuleNamed("D06")
)

// the outcomes that are made of stays
var (
	careDays     = dataset.OutcomeIndex("days_in_care")
	careChildren = dataset.OutcomeIndex("children_in_care")
	careEntries  = dataset.OutcomeIndex("care_entries")
)

// Stay is a continuous period of care, End exclusive.
type Stay struct {
	Child      dataset.ChildKey
	LA         uint16
	Start, End dataset.Day
	Entry      bool // care began: the first row is not said to continue an earlier one
	anew       bool // it is another period than the one that it may touch
}

// carer turns episodes into stays.
type carer struct {
	in       *Input
	o        *Options
	issues   []dataset.Issue
	tally    dataset.Tally
	ends     map[uint16]dataset.Day // of each file: the day after the last that its return covers
	madeOn   map[uint16]dataset.Day // of each file that rolls on: the day on which it was made, as far as is known
	latest   map[uint16]dataset.Day // of each authority: the latest of these
	snapshot map[uint16]bool        // authorities whose care is known to the day of their events
	days     map[uint16]*CareDays   // by authority
	window   [2]dataset.Day
	places   map[uint16]*Places // days by authority and school

	touched []uint16 // authorities with days of the child at hand
}

// of is the waterfall of an authority's days.
func (c *carer) of(la uint16) *CareDays {
	if c.days[la] == nil {
		c.days[la] = &CareDays{}
	}
	if !slices.Contains(c.touched, la) {
		c.touched = append(c.touched, la)
	}
	return c.days[la]
}

func (c *carer) repair(r dataset.RuleID) bool { return !c.o.Off[r] }

func (c *carer) flag(rule dataset.RuleID, e *dataset.Episode) {
	c.issues = append(c.issues, dataset.Issue{Rule: rule, File: e.File, LA: e.LA, Line: e.Line})
}

// count adds the stays to the panel.
func (c *carer) count(p *Panel, stays []Stay, covered map[uint16]map[dataset.Period]bool, baseline dataset.Day) {
	type seen struct {
		child dataset.ChildKey
		cell  int
	}
	touched := map[seen]bool{}
	linked := map[dataset.ChildKey]dataset.Status{} // best that a child's stays came to in the window
	rank := func(s dataset.Status) int {
		return slices.Index([]dataset.Status{dataset.Pending, dataset.OutOfWindow, dataset.Unlinked, dataset.OtherSchool, dataset.Counted}, s)
	}
	add := func(s Stay, link linkage.Link, from, to dataset.Day) {
		status := dataset.Counted
		n := int64(to - from)
		switch {
		case link.Method == linkage.NotLinked:
			status = dataset.Unlinked
			c.of(s.LA).Unlinked += n
			c.place(s, from, link, n)
		case link.School < 0:
			status = dataset.OtherSchool
			c.of(s.LA).OtherSchool += n
			c.place(s, from, link, n)
		default:
			period := int(p.Kind.Of(from) - p.First)
			cell := int(link.School)*p.Periods + period
			if !p.delivered[careDays][cell] {
				status = dataset.OutOfWindow
				c.of(s.LA).Uncovered += n
				break
			}
			p.Value[careDays][cell] += int32(n)
			c.of(s.LA).Panel += n
			c.place(s, from, link, n)
			if key := (seen{s.Child, cell}); !touched[key] {
				touched[key] = true
				p.Value[careChildren][cell]++
			}
		}
		if rank(status) > rank(linked[s.Child]) {
			linked[s.Child] = status
		}
	}
	for i, s := range stays {
		if i > 0 && stays[i-1].Child != s.Child {
			c.nextChild()
		}
		if rank(linked[s.Child]) < rank(dataset.OutOfWindow) {
			linked[s.Child] = dataset.OutOfWindow
		}
		from, to := max(s.Start, c.window[0]), min(s.End, c.window[1])
		if from >= to {
			continue
		}
		c.of(s.LA).Merged += int64(to - from)
		if !s.Entry && s.Start >= c.window[0] && !p.Report.Months.CareIn(s.LA, dataset.Month.Of(s.Start)) {
			p.Report.Begun[s.LA] = true
		}
		if s.Entry {
			c.begin(p, careEntries, s.Child, s.Start, covered[s.LA], baseline)
		}
		for at := from; at < to; {
			period := p.Kind.Of(at)
			next := min(to, p.Kind.Start(period+1))
			if cov, ok := c.coveredDays(covered[s.LA], p, period); !ok || !cov {
				c.of(s.LA).Uncovered += int64(next - at)
				at = next
				continue
			}
			switch c.o.Care {
			case AtBaseline:
				add(s, c.in.Linker.Find(s.Child, baseline, 0), at, next)
			case AtStart:
				add(s, c.in.Linker.Find(s.Child, max(s.Start, c.window[0]), 0), at, next)
			default:
				for day := at; day < next; { // runs of days at one school
					link := c.in.Linker.Find(s.Child, day, 0)
					end := day + 1
					for end < next && c.in.Linker.Find(s.Child, end, 0) == link {
						end++
					}
					add(s, link, day, end)
					day = end
				}
			}
			at = next
		}
	}
	c.nextChild()
	// each row ends with what became of its child's days
	for _, x := range c.in.Extracts {
		for _, chunk := range x.Episodes {
			for i := range chunk {
				e := &chunk[i]
				if e.Status != dataset.Pending {
					continue
				}
				e.Status = linked[e.Child]
				end := e.End
				if end == dataset.NoDay {
					end = c.window[1]
				}
				if c.inWindow(e.Start, end) == 0 || e.Status == dataset.Pending {
					e.Status = dataset.OutOfWindow
				}
				if e.Status == dataset.Unlinked {
					c.flag(ruleL01, e)
				}
			}
		}
	}
}

// begin counts what begins for a child on a day of the window, at the school
// that the attribution names.
func (c *carer) begin(p *Panel, outcome int, child dataset.ChildKey, start dataset.Day, covered map[dataset.Period]bool, baseline dataset.Day) {
	values := p.Value[outcome]
	if values == nil || start < c.window[0] || start >= c.window[1] {
		return
	}
	period := p.Kind.Of(start)
	if cov, ok := c.coveredDays(covered, p, period); !ok || !cov {
		return
	}
	day := start
	if c.o.Care == AtBaseline {
		day = baseline
	}
	if link := c.in.Linker.Find(child, day, 0); link.Method != linkage.NotLinked && link.School >= 0 {
		values[int(link.School)*p.Periods+int(period-p.First)]++
	}
}

func (c *carer) coveredDays(covered map[dataset.Period]bool, p *Panel, period dataset.Period) (bool, bool) {
	index := period - p.First
	if index < 0 || int(index) >= p.Periods {
		return false, false
	}
	v, ok := covered[period]
	return v, ok
}
