package panel

import (
	"cmp"
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
}

// carer turns episodes into stays.
type carer struct {
	in     *Input
	o      *Options
	issues []dataset.Issue
	tally  dataset.Tally
	ends   map[uint16]dataset.Day // of each file: the day after the last that its return covers
	latest map[uint16]dataset.Day // of each authority: the latest of these
	days   *CareDays
	window [2]dataset.Day
	places map[uint16]Places // days by authority and school
}

func (c *carer) repair(r dataset.RuleID) bool { return !c.o.Off[r] }

func (c *carer) flag(rule dataset.RuleID, e *dataset.Episode) {
	c.issues = append(c.issues, dataset.Issue{Rule: rule, File: e.File, LA: e.LA, Line: e.Line})
}

// returns finds for each file of care the day after the last that it covers:
// as declared, or 1 April on or after its latest date, since returns run to 31
// March. It gives the months that each authority's returns cover: from the
// April before the first end of care to the month of the latest date, or to
// the end of the authority's delivery of events if that is later and within
// the return's year, because a small authority has months without any change.
func (c *carer) returns(events map[uint16]Span) map[uint16]Span {
	c.ends, c.latest = map[uint16]dataset.Day{}, map[uint16]dataset.Day{}
	spans := map[uint16]Span{}
	for n, x := range c.in.Extracts {
		first, last := dataset.NoDay, dataset.NoDay
		las := map[uint16]bool{}
		for _, chunk := range x.Episodes {
			for i := range chunk {
				e := &chunk[i]
				if e.Status == dataset.Quarantined {
					continue
				}
				las[e.LA] = true
				last = max(last, e.Start, e.End)
				if e.End != dataset.NoDay && (first == dataset.NoDay || e.End < first) {
					first = e.End
				}
			}
		}
		if len(las) == 0 {
			continue
		}
		if first == dataset.NoDay {
			first = last
		}
		end := last
		switch {
		case x.Reference != dataset.NoDay:
			end = x.Reference + 1
		case x.Year > 0:
			end = dataset.DayOf(x.Year, 4, 1)
		}
		if y, m, _ := last.Date(); x.Reference == dataset.NoDay && x.Year == 0 {
			if m >= 4 {
				y++
			}
			end = dataset.DayOf(y, 4, 1)
		}
		file := uint16(n + 1)
		c.ends[file] = end
		y, m, _ := first.Date()
		if m < 4 {
			y--
		}
		span := Span{dataset.Month.Of(dataset.DayOf(y, 4, 1)), dataset.Month.Of(min(last, end-1))}
		if x.Reference != dataset.NoDay || x.Year > 0 {
			span.Last = dataset.Month.Of(end - 1)
		}
		for la := range las {
			c.latest[la] = max(c.latest[la], end)
			span := span
			if other, ok := events[la]; ok {
				span.Last = min(max(span.Last, other.Last), dataset.Month.Of(end-1))
			}
			if have, ok := spans[la]; ok {
				span.First, span.Last = min(span.First, have.First), max(span.Last, have.Last)
			}
			spans[la] = span
		}
	}
	return spans
}

// end is the day after the last that the return of a row covers: of the row's
// own year where returns are pooled in one file.
func (c *carer) end(e *dataset.Episode) dataset.Day {
	if e.ReturnYear > 0 {
		return dataset.DayOf(int(e.ReturnYear), 4, 1)
	}
	return c.ends[e.File]
}

// stays cleans the episodes of all files and gives the stays by child, merged,
// in order of child, then day.
func (c *carer) stays() []Stay {
	c.legal()
	var rows []*dataset.Episode
	for _, x := range c.in.Extracts {
		for _, chunk := range x.Episodes {
			for i := range chunk {
				e := &chunk[i]
				if e.Status != dataset.Pending {
					continue
				}
				switch {
				case e.End != dataset.NoDay && e.End < e.Start:
					e.Status = dataset.Quarantined
					c.flag(ruleC01, e)
				case e.Start >= c.end(e):
					e.Status = dataset.Quarantined
					c.flag(ruleD06, e)
				default:
					rows = append(rows, e)
				}
			}
		}
	}
	slices.SortFunc(rows, func(a, b *dataset.Episode) int {
		switch {
		case a.Child != b.Child:
			if a.Child < b.Child {
				return -1
			}
			return 1
		case a.Start != b.Start:
			return int(a.Start) - int(b.Start)
		case c.end(a) != c.end(b): // the latest return first
			return int(c.end(b)) - int(c.end(a))
		case (a.End == dataset.NoDay) != (b.End == dataset.NoDay): // then the row with an end
			if a.End == dataset.NoDay {
				return 1
			}
			return -1
		}
		// what the rows say decides next, not where they stand
		return cmp.Or(cmp.Compare(a.End, b.End), cmp.Compare(a.LegalStatus, b.LegalStatus), cmp.Compare(a.NewReason, b.NewReason),
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	var out []Stay
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && rows[j].Child == rows[i].Child {
			j++
		}
		out = c.child(out, rows[i:j])
		i = j
	}
	return out
}

// child gives the stays of one child from its rows in order of start.
func (c *carer) child(out []Stay, rows []*dataset.Episode) []Stay {
	kept := rows[:0:0]
	for _, e := range rows { // one row a start: the latest return's
		if n := len(kept); n > 0 && kept[n-1].Start == e.Start {
			have := kept[n-1]
			switch {
			case c.end(have) > c.end(e), have.End != dataset.NoDay && e.End == dataset.NoDay:
				e.Status = dataset.Duplicate
				c.tally.Add(e.LA, ruleC09, 1)
				continue
			case have.End == e.End && have.LegalStatus == e.LegalStatus:
				e.Status = dataset.Duplicate
				rule := ruleE01
				if have.File != e.File || have.ReturnYear != e.ReturnYear { // of two returns that seem to end alike
					rule = ruleC09
				}
				c.tally.Add(e.LA, rule, 1)
				continue
			}
		}
		kept = append(kept, e)
	}
	var short []Stay // of respite, for the waterfall
	var stays []Stay
	var ends []dataset.Day
	last := -1 // stay of the row before, -1 where it is a short break
	for i, e := range kept {
		end := e.End
		if end == dataset.NoDay {
			next := dataset.NoDay
			for _, later := range kept[i+1:] {
				if later.Start > e.Start {
					next = later.Start
					break
				}
			}
			switch {
			case next != dataset.NoDay:
				c.flag(ruleC03, e)
				if c.repair(ruleC03) {
					end = next
				}
			case c.end(e) < c.latest[e.LA]:
				c.flag(ruleC08, e)
				if c.repair(ruleC08) {
					end = c.end(e)
				}
			default:
				if known, ok := c.in.People.Children[e.Child]; ok && known.Birth != dataset.NoDay {
					if birthday(known.Birth, 19) < c.end(e) {
						c.flag(ruleC08, e)
					}
				}
			}
			if end == dataset.NoDay {
				end = max(c.latest[e.LA], e.Start)
				if span := c.in.DeclaredCare[e.LA]; span.Last != 0 { // still open when the authority's deliveries of care end
					end = max(end, dataset.Month.Start(span.Last+1))
				}
			}
		} else if e.End == e.Start {
			c.flag(ruleC02, e)
		}
		if i > 0 {
			before := kept[i-1]
			if e.Start < ends[i-1] && before.End != dataset.NoDay {
				c.flag(ruleC05, e)
			}
			switch closed := before.End; {
			case closed == dataset.NoDay:
			case e.NewReason == 'S' && closed == e.Start:
				c.flag(ruleC06, e)
			case e.NewReason != 'S' && e.NewReason != 0 && closed < e.Start && ends[i-1] < e.Start:
				c.flag(ruleC06, e)
				if c.repair(ruleC06) && last == len(stays)-1 && last >= 0 {
					c.days.All += int64(e.Start - stays[last].End)
					c.days.Raw += c.inWindow(stays[last].End, e.Start)
					stays[last].End = e.Start
				}
			}
		}
		ends = append(ends, end)
		last = -1
		stay := Stay{e.Child, e.LA, e.Start, end, e.NewReason == 'S' || e.NewReason == 0}
		c.days.Rows++
		c.days.All += int64(max(0, stay.End-stay.Start))
		if a, b := max(stay.Start, c.window[0]), min(stay.End, c.window[1]); a < b {
			c.days.Raw += int64(b - a)
		}
		switch {
		case e.LegalStatus == dataset.LegalAgreement, e.LegalStatus == dataset.LegalShortBreak && !c.o.IncludeRespite:
			c.tally.Add(e.LA, ruleC07, 1)
			e.Status = dataset.OtherKind
			short = append(short, stay)
		default:
			last = len(stays)
			stays = append(stays, stay)
		}
	}
	c.checkShort(kept, ends)
	for _, s := range short {
		if a, b := max(s.Start, c.window[0]), min(s.End, c.window[1]); a < b {
			c.days.Respite += int64(b - a)
		}
	}
	if len(stays) > 0 {
		c.days.Children++
	}
	// merge overlapping and touching stays
	slices.SortStableFunc(stays, func(a, b Stay) int { return int(a.Start) - int(b.Start) })
	n := len(out)
	for _, s := range stays {
		if len(out) > n && s.Start <= out[len(out)-1].End && c.repair(ruleC05) {
			last := &out[len(out)-1]
			c.days.Overlap += c.inWindow(s.Start, min(s.End, last.End))
			last.End = max(last.End, s.End)
			continue
		}
		out = append(out, s)
	}
	if c.o.Until18 {
		out = c.until18(out, n)
	}
	return out
}

// until18 ends a child's stays, those of out from n on, on the 18th birthday,
// when being looked after ends.
func (c *carer) until18(out []Stay, n int) []Stay {
	if len(out) == n {
		return out
	}
	known, ok := c.in.People.Children[out[n].Child]
	if !ok || known.Birth == dataset.NoDay {
		return out
	}
	eighteen := known.Birth.Birthday(18)
	kept := out[:n]
	for _, s := range out[n:] {
		c.days.Aged += c.inWindow(max(s.Start, eighteen), s.End)
		if s.End = min(s.End, eighteen); s.Start < s.End {
			kept = append(kept, s)
		}
	}
	return kept
}

func (c *carer) inWindow(from, to dataset.Day) int64 {
	if a, b := max(from, c.window[0]), min(to, c.window[1]); a < b {
		return int64(b - a)
	}
	return 0
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
			c.days.Unlinked += n
			c.place(s, from, link, n)
		case link.School < 0:
			status = dataset.OtherSchool
			c.days.OtherSchool += n
			c.place(s, from, link, n)
		default:
			period := int(p.Kind.Of(from) - p.First)
			cell := int(link.School)*p.Periods + period
			if !p.delivered[careDays][cell] {
				status = dataset.OutOfWindow
				c.days.Uncovered += n
				break
			}
			p.Value[careDays][cell] += int32(n)
			c.days.Panel += n
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
	for _, s := range stays {
		if rank(linked[s.Child]) < rank(dataset.OutOfWindow) {
			linked[s.Child] = dataset.OutOfWindow
		}
		from, to := max(s.Start, c.window[0]), min(s.End, c.window[1])
		if from >= to {
			continue
		}
		c.days.Merged += int64(to - from)
		c.entry(p, s, covered, baseline)
		for at := from; at < to; {
			period := p.Kind.Of(at)
			next := min(to, p.Kind.Start(period+1))
			if cov, ok := c.coveredDays(covered[s.LA], p, period); !ok || !cov {
				c.days.Uncovered += int64(next - at)
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

// entry counts a period of care that begins in the window.
func (c *carer) entry(p *Panel, s Stay, covered map[uint16]map[dataset.Period]bool, baseline dataset.Day) {
	values := p.Value[careEntries]
	if values == nil || !s.Entry || s.Start < c.window[0] {
		return
	}
	period := p.Kind.Of(s.Start)
	if cov, ok := c.coveredDays(covered[s.LA], p, period); !ok || !cov {
		return
	}
	day := s.Start
	if c.o.Care == AtBaseline {
		day = baseline
	}
	if link := c.in.Linker.Find(s.Child, day, 0); link.Method != linkage.NotLinked && link.School >= 0 {
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
