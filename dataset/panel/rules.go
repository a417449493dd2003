package panel

import "swis/dataset"

var (
	ruleK02 = dataset.RuleNamed("K02")
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

// birthday is the day on which a child turns an age; for one born on 29
// February, 1 March of other years.
func birthday(birth dataset.Day, age int) dataset.Day {
	y, m, d := birth.Date()
	if m == 2 && d == 29 && !dataset.ValidDate(y+age, 2, 29) {
		m, d = 3, 1
	}
	return dataset.DayOf(y+age, m, d)
}

// check holds a child's events against its identifiers.
func (s *sifter) check(out *sift, marks []mark) {
	c, known := s.in.People.Children[marks[0].child]
	first := out.event(marks[0])
	if !known {
		if s.in.People.LAs[first.LA] && dataset.EventFamily(first.Type) == dataset.ReferralFamily {
			out.flag(ruleK09, first)
			if s.in.People.WithoutZeros[marks[0].child] {
				out.flag(ruleK02, first)
			}
		}
		return
	}
	out.birth = c.Birth
	eighteen := dataset.NoDay
	if c.Birth != dataset.NoDay {
		eighteen = birthday(c.Birth, 18)
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
		if e.Type == dataset.AssessmentStart || e.Type == dataset.EnquiryStart {
			s.checkOverlap(out, marks, i)
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

// checkOverlap flags the next enquiry or assessment of a case that starts while
// the one at marks[i] is open: up to its end, or for good where no copy of it
// has one.
func (s *sifter) checkOverlap(out *sift, marks []mark, i int) {
	e := out.event(marks[i])
	ends := func(t dataset.EventType) bool {
		if e.Type == dataset.EnquiryStart {
			return t == dataset.Conference || t == dataset.EnquiryEnd
		}
		return t == dataset.AssessmentEnd
	}
	same := func(o *dataset.Event) bool {
		return o.Type == e.Type && o.Parent == e.Parent && o.Status != dataset.Quarantined
	}
	for k := i - 1; k >= 0 && out.event(marks[k]).Day == e.Day; k-- {
		if same(out.event(marks[k])) {
			return // a copy: the first one is held against the others
		}
	}
	rest := marks[i:]
	open, end := true, dataset.NoDay
	for _, m := range rest {
		copied := out.event(m)
		if copied.Day > e.Day {
			break
		}
		if !same(copied) {
			continue
		}
		open = open && copied.Flags&dataset.Ongoing != 0
		for _, m := range rest {
			if o := out.event(m); ends(o.Type) && o.File == copied.File && o.Line == copied.Line {
				end = max(end, o.Day)
			}
		}
	}
	if !open && end == dataset.NoDay {
		return
	}
	for _, m := range rest {
		o := out.event(m)
		if end != dataset.NoDay && o.Day >= end {
			return
		}
		if same(o) && o.Day > e.Day {
			out.flag(ruleE08, o)
			return
		}
	}
}
