package synthetic

import "swis/dataset"

// changes are the schools of an authority that others took the place of, each
// on a 1 September: what a decisions file must settle. The zero value of a
// part is none.
type changes struct {
	merged  conversion    // became part of another school, for which it counts (merge)
	split   conversion    // became two schools: of the one it still counts (merge), the other is another school (keep)
	joined  [2]conversion // became one school together: children count where they were the day before (split)
	dropped conversion    // became part of another school and left the trial (drop)
}

// conversion is a school that got another register number.
type conversion struct {
	school int32
	day    dataset.Day // first day of the new number; 0: none
}

func (c conversion) is(school int32) bool { return c.day != 0 && c.school == school }

// of is the first day on which a school has another number that needs a
// decision, 0 for none.
func (c *changes) of(school int32) dataset.Day {
	for _, one := range []conversion{c.merged, c.split, c.joined[0], c.joined[1], c.dropped} {
		if one.is(school) {
			return one.day
		}
	}
	return 0
}

// leaves says whether a pupil of the school that split goes to the part that
// is another school: every other one.
func leaves(pupil int32) bool { return pupil%2 == 1 }

// numberAfter is the number of a school for a pupil after its change.
func (k *records) numberAfter(school, pupil int32) int {
	switch {
	case k.merged.is(school):
		return k.mergedURN()
	case k.split.is(school) && leaves(pupil):
		return k.splitURN(1)
	case k.split.is(school):
		return k.splitURN(0)
	case k.dropped.is(school):
		return k.droppedURN()
	}
	return k.joinedURN()
}

// counts says for which school of the trial a pupil's stay counts on a day, -1
// for none.
func (k *records) counts(pupil int32, t stay, d dataset.Day) int32 {
	day := k.changes.of(t.school)
	if day == 0 || d < day {
		return t.school
	}
	switch {
	case k.dropped.is(t.school), k.split.is(t.school) && leaves(pupil):
		return -1
	case k.merged.is(t.school), k.split.is(t.school):
		return t.school
	}
	for _, before := range k.pupils[pupil].stays { // to the joined school, the day before
		if (k.joined[0].is(before.school) || k.joined[1].is(before.school)) && before.from < day && before.to > day {
			return before.school
		}
	}
	return -1
}

// gone says whether a school has left the trial in the month that begins on a day.
func (k *records) gone(school int, month dataset.Day) bool {
	return k.closing.is(int32(school)) && month > k.closing.day || k.dropped.is(int32(school)) && month >= k.dropped.day
}

// change lets schools split, join and leave the trial, where the authority has
// enough of them.
func (p *planter) change() {
	day := dataset.DayOf(academicYear(p.calendar.Start)-1, 9, 1)
	at := func(n int) conversion {
		if i, ok := p.candidate(Primary.Phase, n); ok && day > p.calendar.Open {
			return conversion{i, day}
		}
		return conversion{} // rolls that begin later do not say who was there before
	}
	p.split, p.dropped = at(0), at(5)
	if joined := [2]conversion{at(1), at(4)}; joined[1].day != 0 {
		p.joined = joined
	}
}

// newSchools are what the register holds of the new numbers: schools
// with the number on roll of the old ones, and partners that closed.
func (k *records) newSchools() (open, closed []School) {
	as := func(c conversion, urn, estab int) School {
		s := k.schools[c.school]
		s.URN, s.Estab = urn, estab
		return s
	}
	if k.merged.day != 0 {
		open, closed = append(open, as(k.merged, k.mergedURN(), 1997)), append(closed, as(k.merged, k.partnerURN(0), 1996))
	}
	if k.split.day != 0 {
		open = append(open, as(k.split, k.splitURN(0), 1995), as(k.split, k.splitURN(1), 1994))
	}
	if k.joined[0].day != 0 {
		open = append(open, as(k.joined[0], k.joinedURN(), 1993))
	}
	if k.dropped.day != 0 {
		open, closed = append(open, as(k.dropped, k.droppedURN(), 1992)), append(closed, as(k.dropped, k.partnerURN(1), 1991))
	}
	return open, closed
}

// schoolLink is a link of the register from a school to one that followed it.
type schoolLink struct {
	from, to int
	kind     string // what the types of both directions end with
	name     string
}

// links are the register's links between old and new numbers.
func (k *records) links() (list []schoolLink) {
	add := func(c conversion, kind string, to int, partners ...int) {
		if c.day == 0 {
			return
		}
		s := &k.schools[c.school]
		for _, from := range append([]int{s.URN}, partners...) {
			list = append(list, schoolLink{from, to, kind, s.Name})
		}
	}
	add(k.merged, " - merged", k.mergedURN(), k.partnerURN(0))
	add(k.split, " - Split School", k.splitURN(0))
	add(k.split, " - Split School", k.splitURN(1))
	add(k.joined[0], " - amalgamated", k.joinedURN())
	add(k.joined[1], " - amalgamated", k.joinedURN())
	add(k.dropped, " - merged", k.droppedURN(), k.partnerURN(1))
	return list
}

// decision is a line of the decisions file.
type decision struct {
	kind, from, to, do string
	day                dataset.Day
	reason             string
}

// decided are the decisions about an authority's schools and records.
func (k *records) decided() (list []decision) {
	add := func(c conversion, urn int, do, reason string) {
		if c.day != 0 {
			list = append(list, decision{"school", digitsOf(urn), k.schools[c.school].ID(), do, c.day, reason})
		}
	}
	add(k.merged, k.mergedURN(), "merge", "the larger part of the merged school")
	add(k.split, k.splitURN(0), "merge", "goes on under the old head")
	add(k.split, k.splitURN(1), "keep", "a new school with a new intake")
	add(k.joined[0], k.joinedURN(), "split", "children stay with the school they came from")
	add(k.joined[1], k.joinedURN(), "split", "children stay with the school they came from")
	add(k.dropped, k.droppedURN(), "drop", "withdrew when it merged")
	for _, at := range k.rekeyed {
		list = append(list, decision{"child", at, "", "merge", 0, "new number from the change of systems"})
	}
	return list
}
