package panel

import (
	"cmp"
	"slices"

	"swis/dataset"
)

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
		c.nextChild()
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
			case have.End == e.End && dataset.SameCare(have.LegalStatus, e.LegalStatus):
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
	anew := dataset.NoDay // the start of a period of care that is known to be another than the one before
	last := -1            // stay of the row before, -1 where it is a short break
	for i, e := range kept {
		end := e.End
		if end == dataset.NoDay {
			next := nextStart(kept[i:])
			switch {
			case next != nil && (next.Start <= c.end(e) || next.NewReason != 'S'):
				c.flag(ruleC03, e)
				if c.repair(ruleC03) {
					end = next.Start
					if next.Whole && next.Start > c.madeOn[e.File] { // the one before was open in a list made earlier
						anew = next.Start
					}
				}
			case next != nil, c.end(e) < c.latest[e.LA]: // the later return, or the child's new start, says that it ended
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
				if span := c.in.DeclaredCare[e.LA].Span; span.Last != 0 { // still open when the authority's deliveries of care end
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
				days := c.of(e.LA)
				days.Gaps += c.inWindow(ends[i-1], e.Start)
				if c.repair(ruleC06) && last == len(stays)-1 && last >= 0 {
					days.All += int64(e.Start - stays[last].End)
					days.Raw += c.inWindow(stays[last].End, e.Start)
					stays[last].End = e.Start
				}
			}
		}
		ends = append(ends, end)
		last = -1
		stay := Stay{e.Child, e.LA, e.Start, end, e.NewReason == 'S' || e.NewReason == 0, e.Start == anew}
		days := c.of(e.LA)
		days.Rows++
		days.All += int64(max(0, stay.End-stay.Start))
		days.Raw += c.inWindow(stay.Start, stay.End)
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
		c.of(s.LA).Respite += c.inWindow(s.Start, s.End)
	}
	if len(stays) > 0 {
		c.of(stays[0].LA).Children++
	}
	// merge overlapping and touching stays
	slices.SortStableFunc(stays, func(a, b Stay) int { return int(a.Start) - int(b.Start) })
	n := len(out)
	for _, s := range stays {
		if len(out) > n && s.Start <= out[len(out)-1].End && !(s.anew && s.Start == out[len(out)-1].End) && c.repair(ruleC05) {
			last := &out[len(out)-1]
			c.of(s.LA).Overlap += c.inWindow(s.Start, min(s.End, last.End))
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

// nextStart is the first of a child's rows that starts later than the first of
// them, nil for none.
func nextStart(rows []*dataset.Episode) *dataset.Episode {
	for _, later := range rows[1:] {
		if later.Start > rows[0].Start {
			return later
		}
	}
	return nil
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
		c.of(s.LA).Aged += c.inWindow(max(s.Start, eighteen), s.End)
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
