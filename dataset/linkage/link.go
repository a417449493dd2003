package linkage

import (
	"slices"
	"sort"

	"swis/dataset"
)

// Method is how a child was linked to a school.
type Method uint8

// The methods, in the order in which they are tried.
const (
	NotLinked Method = iota
	ByRoll           // UPN on a dated roll
	ByFormer         // a former UPN on a roll
	ByLookup         // the authority's child-to-school lookup
	ByRow            // a school named in the row itself
	Methods          // how many there are
)

func (m Method) String() string {
	return [...]string{"not linked", "UPN on roll", "former UPN on roll", "lookup", "school in the row"}[m]
}

var ruleS01 = dataset.RuleNamed("S01")

// span is one enrolment under one key.
type span struct {
	key        uint64
	start, end dataset.Day
	school     int32
	order      uint32 // of the row among all
	rank       uint8
	former     bool
}

// Linker links children to schools of the trial by date.
type Linker struct {
	people  *People
	schools *Choices // of each school code: school of the trial, or Other, Unknown, or a choice
	rolls   index    // by UPN
	lookups index    // by UPN
	own     index    // by child id of the authority
	Issues  []dataset.Issue
}

type index []span

// NewLinker indexes the enrolments of all files. schools gives for each school
// code what the register and the decisions make of it.
func NewLinker(people *People, schools *Choices, extracts []*dataset.Extract) *Linker {
	l := &Linker{people: people, schools: schools}
	order := uint32(0)
	var open [3]index // spans whose school is a choice
	for _, x := range extracts {
		for i := range x.Enrolments {
			e := &x.Enrolments[i]
			school := schools.Schools[e.School]
			if school == Unknown {
				l.Issues = append(l.Issues, dataset.Issue{Rule: ruleS01, File: e.File, LA: e.LA, Line: e.Line})
				x.Read[dataset.OtherKind]--
				x.Read[dataset.Quarantined]++
				continue
			}
			order++
			s := span{order: order, start: e.Start, end: e.End, school: school, rank: e.Rank}
			if s.end == dataset.NoDay {
				s.end = 1<<31 - 1
			}
			add := func(to int, key uint64, former bool) {
				s.key, s.former = key, former
				if schools.of(school) != nil {
					open[to] = append(open[to], s)
				} else {
					*l.index(to) = append(*l.index(to), s)
				}
			}
			switch {
			case e.Lookup:
				if e.Child != 0 {
					add(own, uint64(e.Child), false)
				}
				if e.Pupil != 0 {
					add(lookups, uint64(e.Pupil), false)
				}
			default:
				add(rolls, uint64(e.Pupil), false)
				if e.Former != 0 && e.Former != e.Pupil {
					add(rolls, uint64(e.Former), true)
				}
			}
		}
	}
	for i := range open {
		l.index(i).sort()
	}
	for i := range open {
		l.settle(l.index(i), open[i])
	}
	return l
}

// the indexes of a linker
const (
	rolls = iota
	lookups
	own
)

func (l *Linker) index(i int) *index { return [...]*index{&l.rolls, &l.lookups, &l.own}[i] }

// settle gives the spans whose school is a choice their school: another one
// before the day of the change; from then on the school of a merger, or of a
// split the school where the child was the day before.
func (l *Linker) settle(to *index, open index) {
	if len(open) == 0 {
		return
	}
	before := *to
	settled := slices.Clone(before)
	for _, s := range open {
		c := l.schools.of(s.school)
		early := s
		early.school, early.end = Other, min(s.end, c.date)
		if early.start < early.end {
			settled = append(settled, early)
		}
		s.start = max(s.start, c.date)
		if s.start >= s.end {
			continue
		}
		s.school = c.schools[0]
		if c.split {
			was, _, ok := before.at(s.key, c.date-1)
			s.school = Other
			if ok && slices.Contains(c.schools, was.school) {
				s.school = was.school
			}
		}
		settled = append(settled, s)
	}
	settled.sort()
	*to = settled
}

// choose gives the school of a row that names a number whose school is a choice.
func (l *Linker) choose(c *choice, child dataset.ChildKey, day dataset.Day) int32 {
	switch {
	case day < c.date:
		return Other
	case !c.split:
		return c.schools[0]
	}
	if was := l.Find(child, c.date-1, 0); was.Method != NotLinked && slices.Contains(c.schools, was.School) {
		return was.School
	}
	return Other
}

func (ix *index) sort() {
	slices.SortFunc(*ix, func(a, b span) int {
		switch {
		case a.key != b.key:
			if a.key < b.key {
				return -1
			}
			return 1
		case a.start != b.start:
			return int(a.start) - int(b.start)
		case a.school != b.school:
			return int(a.school) - int(b.school)
		case a.end != b.end:
			if a.end < b.end {
				return -1
			}
			return 1
		}
		if a.rank != b.rank {
			return int(a.rank) - int(b.rank)
		}
		return int(a.order) - int(b.order)
	})
	// A census of pupils on roll gives no end; where another file gives the
	// same entry with its end, that one is it.
	*ix = slices.CompactFunc(*ix, func(a, b span) bool {
		return a.key == b.key && a.start == b.start && a.school == b.school
	})
}

// at finds the school of a key on a day: of several, single before main before
// subsidiary registration, then a school of the trial, then the later entry.
func (ix index) at(key uint64, day dataset.Day) (found span, several, ok bool) {
	if len(ix) == 0 || key == 0 {
		return found, false, false
	}
	i := sort.Search(len(ix), func(i int) bool { return ix[i].key >= key })
	for ; i < len(ix) && ix[i].key == key; i++ {
		s := ix[i]
		if s.start > day {
			break
		}
		if s.end <= day {
			continue
		}
		if !ok {
			found, ok = s, true
			continue
		}
		if s.school != found.school {
			several = true
		}
		if s.rank < found.rank || s.rank == found.rank && (s.start > found.start || s.start == found.start && s.school > found.school) {
			found = s
		}
	}
	return found, several, ok
}

// Link is where a child was on a day.
type Link struct {
	School  int32 // of the trial; Other, Unknown or Undecided; meaningless where Method is NotLinked
	Method  Method
	Several bool // on two rolls on the day (L02)
}

// Empty says that there are no rolls and no lookups: only the rows name schools.
func (l *Linker) Empty() bool { return len(l.rolls) == 0 && len(l.own) == 0 && len(l.lookups) == 0 }

// HasRolls says that there are rolls, beside any lookups.
func (l *Linker) HasRolls() bool { return len(l.rolls) > 0 }

// Find links a child on a day: by UPN on a roll, by a former UPN, by a lookup,
// and last by the school code in the row (0 for none).
func (l *Linker) Find(child dataset.ChildKey, day dataset.Day, code uint32) Link {
	if !l.Empty() {
		c := l.people.Children[child]
		if s, several, ok := l.rolls.at(uint64(c.Pupil), day); ok {
			method := ByRoll
			if s.former {
				method = ByFormer
			}
			return Link{s.school, method, several}
		}
		if s, several, ok := l.rolls.at(uint64(c.Former), day); ok {
			return Link{s.school, ByFormer, several}
		}
		if s, several, ok := l.own.at(uint64(child), day); ok {
			return Link{s.school, ByLookup, several}
		}
		if s, several, ok := l.lookups.at(uint64(c.Pupil), day); ok {
			return Link{s.school, ByLookup, several}
		}
	}
	if code != 0 {
		school := l.schools.Schools[code]
		if c := l.schools.of(school); c != nil {
			school = l.choose(c, child, day)
		}
		return Link{School: school, Method: ByRow}
	}
	return Link{}
}

// PupilDays adds to days[school*periods+p] the days on roll of every pupil at
// the schools of the trial, period p from bounds[p] to the day before bounds[p+1].
func (l *Linker) PupilDays(bounds []dataset.Day, days []int64) {
	periods := len(bounds) - 1
	for i := 0; i < len(l.rolls); {
		j := i + 1
		for j < len(l.rolls) && l.rolls[j].key == l.rolls[i].key {
			j++
		}
		var upTo dataset.Day = dataset.NoDay
		last := int32(-1)
		for _, s := range l.rolls[i:j] {
			if s.former || s.school < 0 {
				continue
			}
			start := s.start
			if last == s.school && start < upTo { // the same pupil on two returns of the same roll
				start = upTo
			}
			last = s.school
			upTo = max(upTo, s.end)
			for p := range periods {
				if a, b := max(start, bounds[p]), min(s.end, bounds[p+1]); a < b {
					days[int(s.school)*periods+p] += int64(b - a)
				}
			}
		}
		i = j
	}
}

// Registration is a pupil at a school of the trial.
type Registration struct {
	Pupil  dataset.PupilKey
	School int32
}

// OnRoll are the pupils who are on the roll of a school of the trial on a day,
// each at one school, in the order of schools and of the files' rows.
func (l *Linker) OnRoll(day dataset.Day) []Registration {
	var out []Registration
	place := map[dataset.PupilKey]int{}
	for i := 0; i < len(l.rolls); {
		j := i + 1
		for j < len(l.rolls) && l.rolls[j].key == l.rolls[i].key {
			j++
		}
		key := l.rolls[i].key
		i = j
		if s, _, ok := l.rolls.at(key, day); ok && s.school >= 0 && !s.former {
			place[dataset.PupilKey(key)] = int(s.order)
			out = append(out, Registration{dataset.PupilKey(key), s.school})
		}
	}
	slices.SortFunc(out, func(a, b Registration) int {
		if a.School != b.School {
			return int(a.School) - int(b.School)
		}
		return place[a.Pupil] - place[b.Pupil]
	})
	return out
}

// Nearest is the school of the trial where a child was nearest in time to a
// day, Other where there is none: it says in whose arm a link is missing, and
// links nothing.
func (l *Linker) Nearest(child dataset.ChildKey, day dataset.Day) int32 {
	c := l.people.Children[child]
	best, away := Other, int64(1)<<40
	for _, x := range []struct {
		ix  index
		key uint64
	}{{l.rolls, uint64(c.Pupil)}, {l.rolls, uint64(c.Former)}, {l.own, uint64(child)}, {l.lookups, uint64(c.Pupil)}} {
		if x.key == 0 {
			continue
		}
		i := sort.Search(len(x.ix), func(i int) bool { return x.ix[i].key >= x.key })
		for ; i < len(x.ix) && x.ix[i].key == x.key; i++ {
			s := x.ix[i]
			if d := max(int64(s.start)-int64(day), int64(day)-int64(s.end)+1, 0); s.school >= 0 && d < away {
				best, away = s.school, d
			}
		}
	}
	return best
}

// FindPupil is the school of a pupil's own row: the school that it names, or
// the school at baseline.
func (l *Linker) FindPupil(pupil dataset.PupilKey, day dataset.Day, code uint32, atBaseline bool, baseline dataset.Day) int32 {
	if atBaseline {
		if s, _, ok := l.rolls.at(uint64(pupil), baseline); ok {
			return s.school
		}
		return Other
	}
	school := l.schools.Schools[code]
	c := l.schools.of(school)
	switch {
	case c == nil:
		return school
	case day < c.date:
		return Other
	case !c.split:
		return c.schools[0]
	}
	if was, _, ok := l.rolls.at(uint64(pupil), c.date-1); ok && slices.Contains(c.schools, was.school) {
		return was.school
	}
	return Other
}
