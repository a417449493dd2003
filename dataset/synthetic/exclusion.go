package synthetic

import (
	"math/rand/v2"
	"slices"

	"swis/dataset"
)

// exclusion is a suspension or a permanent exclusion.
type exclusion struct {
	pupil    int32
	stay     stay
	day      dataset.Day
	urn      int    // of the school on the day
	category string // SUSP, PERM or LNCH
	sessions int    // half-days lost, 0 where it is not said
}

// Published levels of England, school year 2023/24: 11.3 suspensions and 0.13
// permanent exclusions per 100 pupils.
const (
	suspensionsPerPupil = 0.113
	permanentShare      = 0.0115
	lunchtimeShare      = 0.02
)

// exclude draws the suspensions of an authority that delivers the school
// census: in school months, two fifths of them of a pupil who had one before.
func (k *records) exclude(seed uint64) {
	if !k.authority.census() {
		return
	}
	r := stream(seed, "exclusions/"+k.authority.Code, 0)
	list := k.calendar.censuses()
	type pupilDay struct {
		pupil int32
		day   dataset.Day
	}
	taken := map[pupilDay]bool{}
	k.excluded = map[int32][]exclusion{}
	for school := range k.schools {
		var before []at
		for i := range list {
			first := dataset.Term.Start(list[i].term)
			for month := dataset.Month.Of(first); month < dataset.Month.Of(dataset.Term.Start(list[i].term+1)); month++ {
				start := dataset.Month.Start(month)
				year, number, _ := start.Date()
				if number == 8 {
					continue
				}
				for range poisson(r, suspensionsPerPupil/11*float64(k.schools[school].Roll)) {
					d := start + dataset.Day(r.IntN(dataset.MonthDays(year, number)-1))
					from := k.roll[school]
					if len(before) > 0 && r.IntN(5) < 2 {
						from = before
					}
					a, ok := k.onRollOf(r, from, d)
					if !ok {
						continue
					}
					t := k.pupils[a.pupil].stays[a.stay]
					x := exclusion{pupil: a.pupil, stay: t, day: d, urn: k.schools[school].URN, category: "SUSP"}
					if day := k.changes.of(t.school); day != 0 && d >= day {
						x.urn = k.numberAfter(t.school, a.pupil)
					}
					switch u := r.Float64(); {
					case u < permanentShare:
						x.category = "PERM"
					case u < permanentShare+lunchtimeShare:
						x.category = "LNCH"
					}
					switch x.category {
					case "SUSP":
						x.sessions = 1 + r.IntN(10)
					case "LNCH":
						x.sessions = 1
					}
					if taken[pupilDay{x.pupil, d}] {
						continue
					}
					taken[pupilDay{x.pupil, d}] = true
					before = append(before, a)
					k.exclusions = append(k.exclusions, x)
					k.excluded[x.pupil] = append(k.excluded[x.pupil], x)
				}
			}
		}
	}
}

// excludedIn says whether a pupil was excluded in a term of a stay.
func (k *records) excludedIn(pupil int, t stay, term dataset.Period) bool {
	return slices.ContainsFunc(k.excluded[int32(pupil)], func(x exclusion) bool { return t.holds(x.day) && dataset.Term.Of(x.day) == term })
}

// onRollOf draws one of the pupils who is on roll on a day.
func (k *records) onRollOf(r *rand.Rand, from []at, d dataset.Day) (at, bool) {
	for range 40 {
		a := pick(r, from)
		if k.pupils[a.pupil].stays[a.stay].holds(d) {
			return a, true
		}
	}
	return at{}, false
}

// countExclusions adds the exclusions to the true panel and says which months
// nothing is known of: those of terms that no census collected, and those that
// a reader takes as not delivered. It gives the months without an event that
// the rule X01 counts, and how many events were at a school of no trial.
func (n *counter) countExclusions() (months, elsewhere int) {
	k := n.k
	month := dataset.Month
	list := k.calendar.censuses()
	open, wide := dataset.Period(1), 0
	if k.authority.census() && len(list) > 0 {
		open = month.Of(dataset.Term.Start(list[0].term))
		wide = int(month.Of(dataset.Term.Start(list[len(list)-1].term+1)) - open)
	}
	first, last := month.Of(k.calendar.First), month.Of(k.calendar.End)
	for _, permanent := range []bool{false, true} {
		outcomes := []int{truthSuspensions, truthSuspended, truthLunchtime, truthSuspendedSessions}
		if permanent {
			outcomes = []int{truthPermanent}
		}
		by := make([]int, wide)
		sum := 0
		type pupilCell struct {
			pupil int32
			cell  int
		}
		seen := map[pupilCell]bool{}
		for _, x := range k.exclusions {
			if permanent != (x.category == "PERM") {
				continue
			}
			by[month.Of(x.day)-open]++
			sum++
			if x.day < k.calendar.First || x.day > k.calendar.End {
				continue
			}
			school := k.counts(x.pupil, x.stay, x.day)
			if school < 0 {
				elsewhere++
				continue
			}
			cell := int(school)*n.width + int(month.Of(x.day)-n.first)
			value := &n.rows[cell].Value
			value[truthSuspendedSessions] += x.sessions
			switch {
			case permanent:
				value[truthPermanent]++
			case x.category == "LNCH":
				value[truthLunchtime]++
			default:
				value[truthSuspensions]++
				if !seen[pupilCell{x.pupil, cell}] {
					seen[pupilCell{x.pupil, cell}] = true
					value[truthSuspended]++
				}
			}
		}
		from, to := wide, -1
		for i, c := range by {
			if c > 0 {
				from, to = min(from, i), max(to, i)
			}
		}
		for p := first; p <= last; p++ {
			at := int(p - open)
			known := sum > 0 && at >= 0 && at < wide
			if known && by[at] == 0 {
				if silent := sum >= silentFrom*wide && int(p)%12 != 7; silent {
					known = false
					months++
				} else if at >= from && at <= to {
					months++
				}
			}
			for school := range k.schools {
				for _, o := range outcomes {
					if !known {
						n.rows[school*n.width+int(p-n.first)].Blank[o] = true
					}
				}
			}
		}
	}
	return months, elsewhere
}
