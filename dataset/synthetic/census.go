package synthetic

import (
	"fmt"
	"io"
	"strconv"

	"swis/dataset"
)

// schoolCensus is a census of the schools: who is on roll on its day, who left
// since the one before, and the attendance of the term before.
type schoolCensus struct {
	name         string // such as 2023_autumn
	words        string // such as autumn 2023
	before, day  dataset.Day
	term         dataset.Period // whose attendance it collects
	autumn, last bool
}

// censuses are those of the schools whose attendance the deliveries hold: of
// every term from the one in which they open, as long as the census falls
// before they close, so that the last term is still to come.
func (c *Calendar) censuses() (list []schoolCensus) {
	// Thursdays: the first of October, the third of January and of May.
	day := func(term dataset.Period) dataset.Day {
		year, month, _ := dataset.Term.Start(term).Date()
		switch {
		case month == 9:
			return thursday(year, 10, 0)
		case month == 1:
			return thursday(year, 1, 2)
		}
		return thursday(year, 5, 2)
	}
	for term := dataset.Term.Of(c.Open); ; term++ {
		d := day(term + 1)
		if d > c.Close {
			if len(list) > 0 {
				list[len(list)-1].last = true
			}
			return list
		}
		year, month, _ := d.Date()
		season := map[int]string{10: "autumn", 1: "spring", 5: "summer"}[month]
		list = append(list, schoolCensus{name: fmt.Sprintf("%d_%s", year, season), words: fmt.Sprintf("%s %d", season, year), before: day(term), day: d, term: term, autumn: month == 10})
	}
}

// thursday is the nth Thursday of a month, from 0.
func thursday(year, month, n int) dataset.Day {
	d := dataset.DayOf(year, month, 1)
	for (int(d)%7+7)%7 != 0 { // 1 January 1970, day 0, was a Thursday
		d++
	}
	return d + dataset.Day(7*n)
}

// registration is a row of a census: a pupil's stay under a number.
type registration struct {
	number int // of the pupil
	*pupil
	stay
	urn      int
	left     bool
	attended bool // it was there in the term before
	sessions
}

// eachRegistration visits the rows of a census: who is on roll, who left since
// the one before, and whoever else it has an exclusion of. A school that another one took
// the place of sends none any more, so that its last term is in no census.
func (k *records) eachRegistration(c *schoolCensus, visit func(r *registration)) {
	attended := dataset.Term.Start(c.term) + 10
	var r registration
	k.eachStay(func(i int, p *pupil, t stay, urn int) {
		day := k.changes.of(t.school)
		old := day != 0 && t.from < day
		switch {
		case t.from > c.day || old && c.day >= day:
			return
		}
		gone := t.to <= c.before // was in the census before
		if gone && !k.excludedIn(i, t, c.term) {
			return
		}
		r = registration{number: i, pupil: p, stay: t, urn: urn, left: t.to <= c.day}
		if r.attended = t.holds(attended) && !gone; r.attended {
			r.sessions = k.attends(i, c.term)
		}
		visit(&r)
	})
}

const censusRollHeader = "%s,NativeId,dob,surname,forename,upn,sex,entrydate%s,sourceid,termlysessionspossible,termlysessionsauthorised,termlysessionsunauthorised,summerhalfterm2sessionspossible,summerhalfterm2sessionsauthorised,summerhalfterm2sessionsunauthorised%s"

// writeCensuses writes the school census of every term: those on roll, those
// who left, reasons of absence and exclusions. Two censuses give what was
// missed by reason alone.
func (k *records) writeCensuses(o *output) error {
	if !k.authority.census() {
		return nil
	}
	list := k.calendar.censuses()
	for n := range list {
		c := &list[n]
		byReason := n >= len(list)-2
		file := func(table string) string {
			return fmt.Sprintf("extracts/%s/%s_%s.csv", k.authority.Folder, c.name, table)
		}
		for _, left := range []bool{false, true} {
			table, key, leaving, status := "onroll", "pupilonrolltableid", "", ",enrolstatus,ncyearactual"
			if left {
				table, key, leaving, status = "left", "pupilnolongeronrolltableid", ",leavingdate", ""
			}
			err := o.file(file(table), func(w io.Writer) error {
				s := newSheet(w, fmt.Sprintf(censusRollHeader, key, leaving, status), censusDate, false)
				s.faulty, s.empty = k.faultyRows("census/"+table, n), &k.empty
				k.eachRegistration(c, func(r *registration) {
					if r.left == left {
						k.censusRow(s, c, r, byReason && !left)
					}
				})
				return s.finish()
			})
			if err != nil {
				return err
			}
		}
		if byReason {
			if err := o.file(file("sessions"), func(w io.Writer) error { return k.writeAbsences(w, c) }); err != nil {
				return err
			}
		}
		err := o.file(file("exclusions"), func(w io.Writer) error {
			s := newSheet(w, "pupilonrolltableid,NativeId,sourceid,startdate,category,sessions", censusDate, false)
			s.faulty, s.empty = k.faultyRows("census/exclusions", n), &k.empty
			for _, x := range k.exclusions {
				if dataset.Term.Of(x.day) == c.term {
					s.texts(k.rollKey(int(x.pupil)), strconv.Itoa(x.urn), c.name)
					s.day(x.day)
					s.text(x.category)
					if x.sessions > 0 {
						s.number(x.sessions)
					} else {
						s.text("")
					}
					s.end()
				}
			}
			return s.finish()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// censusRow writes a registration; what was missed is left to the table of
// reasons where there is one.
func (k *records) censusRow(s *sheet, c *schoolCensus, r *registration, byReason bool) {
	sex := "M"
	if r.female {
		sex = "F"
	}
	s.text(k.rollKey(r.number))
	s.number(r.urn)
	s.day(r.birth)
	s.texts(surnames[r.number%len(surnames)], forenames[(r.number/7)%len(forenames)], r.upn.String(), sex)
	s.day(r.from)
	if r.left {
		s.day(r.to - 1)
	}
	s.text(c.name)
	first, second := halves(r.sessions)
	for i, half := range []sessions{first, second} {
		switch {
		case !r.attended, i == 1 && !c.autumn:
			s.texts("", "", "")
			continue
		case !c.autumn:
			half = r.sessions
		}
		s.text(strconv.Itoa(half.possible) + ".0")
		if byReason {
			s.texts("", "")
		} else {
			s.texts(strconv.Itoa(half.authorised), strconv.Itoa(half.unauthorised))
		}
	}
	if !r.left {
		s.texts("C", k.yearGroup(r.pupil, r.school, c.day))
	}
	s.end()
}

// halves cuts a summer term in two, as the autumn census gives it.
func halves(s sessions) (first, second sessions) {
	second = sessions{s.possible * 2 / 5, s.authorised / 3, s.unauthorised / 2}
	return sessions{s.possible - second.possible, s.authorised - second.authorised, s.unauthorised - second.unauthorised}, second
}

// writeAbsences writes what those on roll missed, by reason.
func (k *records) writeAbsences(w io.Writer, c *schoolCensus) error {
	s := newSheet(w, "pupilonrolltableid,NativeId,sourceid,sessions,attendancereason", isoDate, false)
	k.eachRegistration(c, func(r *registration) {
		if r.left || !r.attended {
			return
		}
		ill := r.authorised - r.authorised/4
		for _, x := range []struct {
			n      int
			reason string
		}{{ill, "I"}, {r.authorised - ill, "M"}, {r.unauthorised, "O"}, {r.number % 3, "L"}} { // late is no absence
			if x.n > 0 {
				s.texts(k.rollKey(r.number), strconv.Itoa(r.urn), c.name, strconv.Itoa(x.n), x.reason)
				s.end()
			}
		}
	})
	return s.finish()
}

// censusFaults plants what is wrong in the censuses: a roll of which nobody
// says the term, told from the latest entry, and a registration with more
// missed than possible.
func (p *planter) censusFaults() {
	list := p.calendar.censuses()
	if len(list) == 0 {
		return
	}
	n := len(list) - 1
	c, row := &list[n], func(table string, n, i int, entry dataset.Day, possible, missed string) {
		p.queue("census/"+table, n, []string{fmt.Sprintf("n-%07d", i), p.schools[i%len(p.schools)].ID(), written(p.calendar.First-3000, censusDate), surnames[i%len(surnames)], forenames[i%len(forenames)],
			newUPN(p.authority.Code, 12, 7994000+i, false).String(), "F", written(entry, censusDate), list[n].name, possible, missed, missed, "", "", "", "C", "4"})
	}
	p.untold = c.name
	row("onroll", n, 0, c.day-3, "", "")
	p.noteByTerm("onroll", "A03", 1, "roll of which nobody says the census")
	early := 0
	for early < n && list[early].term < dataset.Term.Of(p.calendar.First) {
		early++
	}
	for i := range p.times(2) {
		row("onroll", early, 1+i, p.calendar.Open-200, "100", "70")
	}
	p.noteByTerm("onroll", "A02", p.times(2), "registration with more sessions missed than possible")
}
