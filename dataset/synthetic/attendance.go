package synthetic

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"swis/dataset"
)

// sessions are half-days of a pupil or a school in a term.
type sessions struct{ possible, authorised, unauthorised int }

func (s *sessions) add(o sessions) {
	s.possible += o.possible
	s.authorised += o.authorised
	s.unauthorised += o.unauthorised
}

// attended is the attendance of a school in a term.
type attended struct {
	sessions
	people absentees
}

// terms are the terms that the panel holds.
func (c *Calendar) terms() (first, last dataset.Period) {
	return dataset.Term.Of(c.First), dataset.Term.Of(c.End)
}

// attends draws the attendance of a pupil in a term: a number of its own, so
// that it does not depend on the order of asking.
func (k *records) attends(pupil int, term dataset.Period) sessions {
	h := uint64(pupil)*2654435761 + uint64(term)*40503 + uint64(k.place)*97
	h ^= h >> 15
	h *= 0x9E3779B97F4A7C15
	h ^= h >> 29
	s := sessions{128, int(h % 11), int(h / 11 % 4)}
	switch u := h / 44 % 100; {
	case u < 2: // as in England in 2023/24: a fiftieth misses half or more,
		s.unauthorised += 64 + int(h/4400%30)
	case u < 20: // a fifth a tenth or more
		s.authorised += 10 + int(h/4400%20)
	}
	return s
}

// eachAttendance visits the pupils who are on a roll when a term begins.
func (k *records) eachAttendance(term dataset.Period, visit func(pupil int, school int32, s sessions)) {
	day := dataset.Term.Start(term) + 10
	for i := range k.pupils {
		for _, t := range k.pupils[i].stays {
			if t.to != 0 && t.holds(day) {
				visit(i, t.school, k.attends(i, term))
			}
		}
	}
}

// attendance adds up the sessions of each school and term; nil where the
// authority delivers none.
func (k *records) attendance() map[int32]map[dataset.Period]*attended {
	if !k.authority.Attendance && !k.authority.census() {
		return nil
	}
	sums := map[int32]map[dataset.Period]*attended{}
	add := func(school int32, term dataset.Period, s sessions) {
		if sums[school] == nil {
			sums[school] = map[dataset.Period]*attended{}
		}
		if sums[school][term] == nil {
			sums[school][term] = &attended{}
		}
		sums[school][term].add(s)
		sums[school][term].people.add(s)
	}
	if k.authority.census() {
		list := k.calendar.censuses()
		for i := range list {
			k.eachRegistration(&list[i], func(r *registration) {
				if school := k.counts(int32(r.number), r.stay, dataset.Term.Start(list[i].term)+10); r.attended && school >= 0 {
					add(school, list[i].term, r.sessions)
				}
			})
		}
		return sums
	}
	first, last := k.calendar.terms()
	for term := first; term <= last; term++ {
		k.eachAttendance(term, func(_ int, school int32, s sessions) { add(school, term, s) })
	}
	return sums
}

// writeAttendance writes the sessions of each term: of pupils where the
// authority delivers Annex A, of schools elsewhere.
func (k *records) writeAttendance(o *output) error {
	if !k.authority.Attendance {
		return nil
	}
	name := fmt.Sprintf("extracts/%s/attendance.csv", k.authority.Folder)
	label := dataset.Term.Label
	first, last := k.calendar.terms()
	if k.authority.Delivery == AnnexA {
		return o.file(name, func(w io.Writer) error {
			s := newSheet(w, "urn,term,upn,sess_possible,sess_overall,sess_authorised,sess_unauthorised", isoDate, false)
			s.faulty = k.faultyRows("attendance", 0)
			for term := first; term <= last; term++ {
				k.eachAttendance(term, func(pupil int, school int32, x sessions) {
					s.number(k.schools[school].URN)
					s.texts(label(term), k.pupils[pupil].upn.String())
					s.number(x.possible)
					if k.badSessions > 0 && s.rows%7 == 3 {
						k.badSessions--
						s.text("lots")
					} else {
						s.number(x.authorised + x.unauthorised)
					}
					s.number(x.authorised)
					s.number(x.unauthorised)
					s.end()
				})
			}
			return s.finish()
		})
	}
	return o.file(name, func(w io.Writer) error {
		s := newSheet(w, "urn,term,sess_possible,sess_overall,sess_authorised,sess_unauthorised", isoDate, false)
		s.faulty = k.faultyRows("attendance", 0)
		sums := k.attendance()
		for i := range k.schools {
			for term := first; term <= last; term++ {
				x := sums[int32(i)][term]
				if x == nil {
					continue
				}
				s.number(k.schools[i].URN)
				s.text(label(term))
				s.number(x.possible)
				s.number(x.authorised + x.unauthorised)
				if k.badSums > 0 && s.rows%7 == 3 {
					k.badSums--
					x.authorised++
					k.surplus = append(k.surplus, schoolTerm{int32(i), term})
				}
				s.number(x.authorised)
				s.number(x.unauthorised)
				s.end()
			}
		}
		return s.finish()
	})
}

// attendanceFaults plants what contradicts itself in attendance.
func (p *planter) attendanceFaults() {
	if !p.authority.Attendance {
		return
	}
	first, _ := p.calendar.terms()
	label := dataset.Term.Label(first + 1)
	if p.authority.Delivery == AnnexA {
		p.badSessions = p.times(2)
		p.note("attendance", "A05", p.badSessions, true, "number of sessions in words")
		n := 0
		p.eachAttendance(first+1, func(pupil int, school int32, _ sessions) {
			if n < p.times(2) {
				p.queue("attendance", 0, []string{p.schools[school].ID(), label, p.pupils[pupil].upn.String(), "20", "3", "2", "1"})
				n++
			}
		})
		p.noteByTerm("attendance", "A06", n, "pupil again, with fewer sessions")
		return
	}
	p.badSums = p.times(2)
	p.note("attendance", "A04", p.badSums, true, "missed with and without permission are more than missed")
	for j := range p.times(2) {
		urn := p.schools[j%len(p.schools)].ID()
		p.queue("attendance", 0, []string{urn, label, "100", "140", "", ""}, []string{urn, label, "0", "0", "0", "0"})
	}
	p.note("attendance", "A01", p.times(2), false, "more sessions missed than possible")
	p.note("attendance", "A02", p.times(2), false, "no sessions possible")
	p.reasons = p.times(3)
	p.note("termlysessiondetails", "A07", p.reasons, false, "reasons of a pupil without a row of the roll")
}

// writeReasons writes reasons of absence of pupils whose rows no roll holds.
func (k *records) writeReasons(o *output) error {
	if k.reasons == 0 {
		return nil
	}
	return o.file(fmt.Sprintf("extracts/%s/termlysessiondetails.csv", k.authority.Folder), func(w io.Writer) error {
		s := newSheet(w, "pupilonrolltableid,NativeId,sourceid,sessions,attendancereason", isoDate, false)
		for i := range k.reasons {
			s.texts("gone-"+strconv.Itoa(i), k.schools[0].ID(), "", "4", "I")
			s.end()
		}
		return s.finish()
	})
}

// TermPanelFile is the true panel by term of what is delivered by term.
const TermPanelFile = "planted-panel-terms.csv"

// schoolTerm is a school in a term.
type schoolTerm struct {
	school int32
	term   dataset.Period
}

// absentees are pupils with sessions, and those of them who missed a tenth and
// half of them.
type absentees struct{ all, persistent, severe int }

func (a *absentees) add(s sessions) {
	missed := s.authorised + s.unauthorised
	a.all++
	if 10*missed >= s.possible {
		a.persistent++
	}
	if 2*missed >= s.possible {
		a.severe++
	}
}

// writeTerms adds the attendance of the schools of an authority by term.
func (k *records) writeTerms(s *sheet) {
	sums := k.attendance()
	first, last := k.calendar.terms()
	for i := range k.schools {
		for term := first; term <= last; term++ {
			s.texts(k.schools[i].ID(), k.authority.Code, dataset.Term.Label(term))
			x := sums[int32(i)][term]
			if x == nil {
				s.texts("", "", "", "", "", "", "", "", "", "", "", "")
				s.end()
				continue
			}
			missed, authorised := x.authorised+x.unauthorised, x.authorised
			if slices.Contains(k.surplus, schoolTerm{int32(i), term}) {
				authorised++
			}
			for _, n := range []int{x.possible, missed, authorised, x.unauthorised} {
				s.number(n)
			}
			s.decimal(1 - float64(missed)/float64(x.possible))
			s.decimal(float64(x.unauthorised) / float64(x.possible))
			s.decimal(float64(authorised) / float64(x.possible))
			if people := x.people; k.authority.Delivery == SSD { // by school: nothing is known of pupils
				s.texts("", "", "", "", "")
			} else {
				s.number(people.all)
				s.number(people.persistent)
				s.number(people.severe)
				s.decimal(float64(people.persistent) / float64(people.all))
				s.decimal(float64(people.severe) / float64(people.all))
			}
			s.end()
		}
	}
}
