package panel

import "swis/dataset"

var (
	ruleK09 = dataset.RuleNamed("K09")
	ruleE03 = dataset.RuleNamed("E03")
	ruleE04 = dataset.RuleNamed("E04")
	ruleE05 = dataset.RuleNamed("E05")
	ruleE06 = dataset.RuleNamed("E06")
	ruleE07 = dataset.RuleNamed("E07")
	ruleE08 = dataset.RuleNamed("E08")
	ruleE09 = dataset.RuleNamed("E09")
)

// fortyWeeks before birth an unborn child can be referred.
const fortyWeeks = 280

// check holds a child's events against its identifiers.
func (s *sifter) check(out *sift, marks []mark) {
	c, known := s.in.People.Children[marks[0].child]
	first := out.event(marks[0])
	if !known {
		if s.in.People.LAs[first.LA] {
			out.flag(ruleK09, first)
		}
		return
	}
	eighteen := dataset.NoDay
	if c.Birth != dataset.NoDay {
		y, m, d := c.Birth.Date()
		if m == 2 && d == 29 {
			m, d = 3, 1
		}
		eighteen = dataset.DayOf(y+18, m, d)
	}
	for _, m := range marks {
		e := out.event(m)
		if e.Status != dataset.Pending {
			continue
		}
		if c.Birth != dataset.NoDay {
			earliest := c.Birth
			if e.Type == dataset.Referral || e.Type == dataset.Contact {
				earliest -= fortyWeeks
			}
			if e.Day < earliest {
				e.Status = dataset.Quarantined
				out.flag(ruleE03, e)
				continue
			}
			if e.Day >= eighteen && e.Flags&dataset.Secondary == 0 {
				out.flag(ruleE09, e)
			}
		}
		if c.Death != dataset.NoDay && e.Day > c.Death && e.Flags&dataset.Secondary == 0 {
			out.flag(ruleE04, e)
		}
	}
}

func activity(t dataset.EventType) bool {
	return t == dataset.EnquiryStart || t == dataset.AssessmentStart || t == dataset.PlanStart
}

// checkCase holds a child's activities against the referral and closure of
// their case.
func (s *sifter) checkCase(out *sift, marks []mark) {
	for i, m := range marks {
		e := out.event(m)
		if e.Status == dataset.Quarantined {
			continue
		}
		if e.Type == dataset.AssessmentStart {
			s.checkOverlap(out, marks[i:], e)
		}
		if e.Parent == dataset.NoDay {
			continue
		}
		switch {
		case e.Type == dataset.CaseClosed:
			if e.Day < e.Parent {
				out.flag(ruleE07, e)
			}
			for _, after := range marks[i+1:] {
				if a := out.event(after); activity(a.Type) && a.Parent == e.Parent && a.Day > e.Day && a.Status != dataset.Quarantined {
					out.flag(ruleE07, a)
				}
			}
		case activity(e.Type):
			if e.Day < e.Parent {
				out.flag(ruleE05, e)
			}
			if e.Flags&dataset.NoAction != 0 {
				out.flag(ruleE06, e)
			}
		}
	}
}

// checkOverlap flags an assessment that starts before the one of the row e ended.
func (s *sifter) checkOverlap(out *sift, rest []mark, e *dataset.Event) {
	end := dataset.NoDay
	for _, m := range rest[1:] {
		if o := out.event(m); o.Type == dataset.AssessmentEnd && o.File == e.File && o.Line == e.Line {
			end = o.Day
			break
		}
	}
	if end == dataset.NoDay {
		return
	}
	for _, m := range rest[1:] {
		o := out.event(m)
		if o.Day >= end {
			return
		}
		if o.Type == dataset.AssessmentStart && o.Day > e.Day && o.Status != dataset.Quarantined {
			out.flag(ruleE08, o)
			return
		}
	}
}
