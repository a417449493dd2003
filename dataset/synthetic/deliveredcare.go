package synthetic

import (
	"slices"

	"swis/dataset"
)

// How an authority hands over its children looked after: as SSDA903, a return
// a year; as Annex A's list 8, which holds a child's latest period of care
// alone, every quarter; or in tables of the Standard Safeguarding Dataset, one
// delivery of all years.

// careFiles is how many files of care an authority hands over.
func (k *records) careFiles() int {
	switch {
	case !k.authority.Care.Delivered:
		return 0
	case k.authority.Delivery == AnnexA:
		return len(k.quarters)
	case k.authority.Delivery == SSD:
		return 1
	}
	return len(k.calendar.Years)
}

// careOf lists the care episodes of a child that file n holds, faults included.
func (k *records) careOf(c *child, n int) []placement {
	switch k.authority.Delivery {
	case AnnexA:
		q := &k.quarters[n]
		i := c.latestCare(q)
		if i < 0 {
			return nil
		}
		return []placement{{span: span{c.care[i].start, q.known(c.care[i].end)}, isNew: "S", legal: "V2", reason: "E4A"}}
	case SSD:
		return c.careIn(&Return{From: k.calendar.Open, To: k.calendar.Close})
	}
	return c.careIn(&k.calendar.Years[n])
}

// latestCare is the period of care that the list of a quarter holds of a
// child: the latest one of those that were current in the six months, -1 for
// none.
func (c *child) latestCare(q *quarter) int {
	for i := len(c.care) - 1; i >= 0; i-- {
		if s := c.care[i]; s.start <= q.to && s.end >= q.from {
			return i
		}
	}
	return -1
}

// shownCare are the periods of care of a child as a perfect reader knows them
// from all files. A list of latest periods lacks those that another one
// followed before any list could hold them, and the end of one that was open
// in the last list that held it, for which the start of the next stands (C03):
// unended counts these.
func (k *records) shownCare(c *child) (shown []spell, unended int) {
	if k.authority.Delivery != AnnexA {
		return c.care, 0
	}
	for i, s := range c.care {
		held, ended := false, false
		for n := range k.quarters {
			q := &k.quarters[n]
			if c.latestCare(q) == i {
				held, ended = true, ended || q.known(s.end) != 0
			}
		}
		if !held {
			continue
		}
		if !ended {
			s.end = k.calendar.Close + 1
			if later := c.care[i+1:]; len(later) > 0 {
				s.end = later[0].start
				unended++
			}
		}
		shown = append(shown, s)
	}
	return shown, unended
}

// careRepeats counts the rows of care that stand in more than one file.
func (k *records) careRepeats(c *child) (again int) {
	var starts []dataset.Day
	for n := range k.careFiles() {
		for _, p := range k.careOf(c, n) {
			if slices.Contains(starts, p.start) {
				again++
			} else {
				starts = append(starts, p.start)
			}
		}
	}
	return again
}

// tableCare plants faults in the tables of care of the Standard Safeguarding
// Dataset: episodes without a legal status, and short breaks.
func (p *planter) tableCare() {
	n := 0
	for i := range p.children {
		c := &p.children[i]
		if n == 2 || len(c.care) != 1 || c.care[0].start <= p.calendar.Open || c.care[0].start > p.calendar.Close {
			continue
		}
		c.careFaults = []func([]placement){func(l []placement) { l[0].legal = "" }}
		n++
	}
	p.note("ssd_legal_status", "E10", n, true, "episode of care without a legal status")
	var v view
	breaks := p.some(4, len(p.children), func(i int) bool {
		c := &p.children[i]
		return len(c.care) == 0 && c.pupil >= 0 && c.again == 0 && !c.second && c.inReturn(p.year, &v)
	})
	for n, i := range breaks {
		p.respite = append(p.respite, shortBreak{i, p.mid(n), 3 + n})
	}
	p.note("ssd_cla_episodes", "C07", len(breaks), false, "short breaks (V3) and agreements of them (V4)")
}

// shortBreak is a short break of a child who is in no other care.
type shortBreak struct {
	child int
	day   dataset.Day
	days  int
}
