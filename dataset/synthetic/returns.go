package synthetic

import "swis/dataset"

// known is a date as a return knows it: nothing after the return's end.
func (r *Return) known(d dataset.Day) dataset.Day {
	if d > r.To {
		return 0
	}
	return d
}

// view is what one return holds of an episode of need. Its slices are reused.
type view struct{ episode }

// take fills the view with what a return holds of an episode: the case where
// it was open in the year, assessments and plans that were open in it,
// enquiries that began in it or whose conference fell in it.
func (v *view) take(e *episode, r *Return) bool {
	if e.begins() > r.To || e.closure < r.From {
		return false
	}
	v.assessments, v.plans, v.enquiries, v.protection = v.assessments[:0], v.plans[:0], v.enquiries[:0], v.protection[:0]
	v.referral, v.source, v.need, v.noFurtherAction = e.referral, e.source, e.need, e.noFurtherAction
	v.closure = r.known(e.closure)
	open := func(s span) bool { return s.start <= r.To && s.end >= r.From }
	for _, a := range e.assessments {
		if open(a.span) {
			a.end = r.known(a.end)
			v.assessments = append(v.assessments, a)
		}
	}
	for _, p := range e.plans {
		if open(p) {
			v.plans = append(v.plans, span{p.start, r.known(p.end)})
		}
	}
	for _, q := range e.enquiries {
		if q.day <= r.To && max(q.day, q.conference) >= r.From {
			q.conference = r.known(q.conference)
			v.enquiries = append(v.enquiries, q)
		}
	}
	for _, p := range e.protection {
		if open(p.span) {
			p.end = r.known(p.end)
			v.protection = append(v.protection, p)
		}
	}
	return true
}

// closureReason is RC8 for a case that ended with its assessment.
func (e *episode) closureReason() string {
	switch {
	case e.closure == 0:
		return ""
	case e.noFurtherAction, len(e.plans) == 0:
		return "RC8"
	}
	return "RC7"
}

// inReturn says whether a return holds anything of a child.
func (c *child) inReturn(r *Return, v *view) bool {
	for i := range c.cases {
		if v.take(&c.cases[i], r) {
			return true
		}
	}
	return false
}

// placement is one care episode of a period of care.
type placement struct {
	span             // end 0 where open
	isNew            string
	legal, place     string
	provider, reason string
	change           string
	blank            bool // the end is left out
	unreasoned       bool // the reason of the end is left out
	until            int  // the last return that holds it; 0 for no limit
}

// placements cuts a period of care into episodes: a move after a month and a
// half, and a full care order after nine months, where it lasts that long.
func placements(s spell) []placement {
	cuts := []dataset.Day{s.start}
	for _, after := range []dataset.Day{45, 270} {
		if s.start+after < s.end-1 {
			cuts = append(cuts, s.start+after)
		}
	}
	out := make([]placement, len(cuts))
	for i, start := range cuts {
		p := placement{span: span{start, s.end}, isNew: "P", legal: "C1", place: "U1", provider: "PR1", reason: "E4A"}
		switch i {
		case 0:
			p.isNew, p.legal, p.place = "S", "V2", "U4"
		case 2:
			p.isNew, p.legal, p.place = "B", "C2", "U6"
		}
		if i+1 < len(cuts) {
			p.end, p.reason, p.change = cuts[i+1], "X1", "PLACE"
		}
		out[i] = p
	}
	return out
}

// in is the episode of care as a return holds it.
func (p placement) in(r *Return) (placement, bool) {
	if p.start > r.To || p.end < r.From || p.until != 0 && r.Year > p.until {
		return p, false
	}
	if p.end > r.To {
		p.end, p.reason, p.change = 0, "", ""
	}
	if p.blank {
		p.end, p.reason, p.change = 0, "", ""
	}
	if p.unreasoned {
		p.reason = ""
	}
	return p, true
}
