package synthetic

import (
	"math/rand/v2"
	"slices"

	"swis/dataset"
)

// records are the social care records of one authority.
type records struct {
	authority *Authority
	calendar  *Calendar
	quarters  []quarter
	*population
	schools  []School
	children []child
	rand     *rand.Rand
	place    int // of the authority in the story

	converted conversion // a school that became an academy
	changes
	closing   conversion     // a school that the trial's list says is closed from the next day on
	dual      map[int32]bool // pupils on two rolls at once
	unphased  map[int]bool   // schools whose phase the trial's list leaves out
	uncounted map[int]bool   // and whose number of pupils is old
	extras    []extra
	silent    map[rowKind][]dataset.Period // months that a reader takes as not delivered

	queued   map[string][][]string // faulty rows by table and year
	faults   []Fault
	unlinked Unlinked
	oddYear  int // return with a foreign header and an empty table; 0 for none
	// of the deliveries that the pilots lack
	openOrder                     bool           // the list of child ids has dates that can be read in two orders
	named                         []namedContact // contacts in a file that names schools
	bothNumbers                   bool           // the rolls hold URN and LAESTAB
	contradict                    int            // rows of them that are yet to disagree
	badSessions, badSums, reasons int            // rows of attendance that are yet to be faulty
	empty                         int            // files with a header and no row, besides the planted one
	overstated                    int            // year of which too many enquiries were published; 0 for none
	withholds                     bool           // counts are withheld here and there

	rekeyed    []string // rows of identifiers that a decision says are a child's further number
	exclusions []exclusion
	excluded   map[int32][]exclusion // by pupil
	respite    []shortBreak          // of the tables of the Standard Safeguarding Dataset
	surveyed   [][]answers           // by questionnaire
	untold     string                // census of which the mapping file does not speak
	surplus    []schoolTerm          // rows of attendance that claim one session too many

	lookups   int           // children linked by the authority's own list
	arrivals  map[upn]int32 // who came from another authority
	wandering []wander      // events that those before recorded of pupils who left them

	arrived int // pupils who came from another authority

	unrecorded int // cases of the last weeks that are not recorded yet
}

var (
	sources     = []string{"2A", "2A", "2A", "6", "6", "6", "1A", "1D", "2B", "3A", "3B", "3E", "3F", "4", "5A", "5B", "8", "9"}
	needs       = []string{"N1", "N1", "N1", "N1", "N2", "N3", "N4", "N5", "N5", "N6", "N8"}
	factorLists = []string{"3B", "3B,4B", "4B", "16A", "17A", "19B,3B", "18B", "20", "5B,4B", "6B", "21"}
	categories  = []string{"NEG", "NEG", "EMO", "EMO", "PHY", "SAB", "MUL"}
	ethnicities = []string{"WBRI", "WBRI", "WBRI", "WBRI", "WBRI", "WOTH", "MWBC", "MWAS", "AIND", "APKN", "ABAN", "BAFR", "BCRB", "MOTH", "OOTH", "NOBT"}
)

// open returns the pupil's record, made where there is none.
func (k *records) open(who int32) *child {
	p := &k.pupils[who]
	if p.child == 0 {
		k.children = append(k.children, child{
			pupil: who, number: len(k.children) + 1, upn: p.upn.String(), birth: p.birth, female: p.female, ethnicity: pick(k.rand, ethnicities),
		})
		p.child = int32(len(k.children))
	}
	return &k.children[p.child-1]
}

// recordOf returns a pupil's record, or nil.
func (k *records) recordOf(who int32) *child {
	if i := k.pupils[who].child; i > 0 {
		return &k.children[i-1]
	}
	return nil
}

// findFamily looks for n children of one family, on roll on a day and fit for
// an event; fit is asked about pupils without a record too. Where a school has no such family it takes children one by one.
func (k *records) findFamily(school int, day dataset.Day, n int, fit func(who int32, c *child) bool) []int32 {
	roll := k.roll[school]
	ok := func(a at) bool {
		if !k.pupils[a.pupil].stays[a.stay].holds(day) {
			return false
		}
		return fit(a.pupil, k.recordOf(a.pupil))
	}
	var found []int32
	for range 40 {
		first := k.rand.IntN(len(roll))
		if n == 1 {
			if ok(roll[first]) {
				return append(found, roll[first].pupil)
			}
			continue
		}
		found = found[:0]
		for i := int(roll[first].family); i < len(roll) && roll[i].family == roll[first].family && len(found) < n; i++ {
			if ok(roll[i]) {
				found = append(found, roll[i].pupil)
			}
		}
		if len(found) == n {
			return found
		}
	}
	found = found[:0]
	at := k.rand.IntN(len(roll))
	for i := range roll {
		a := roll[(at+i)%len(roll)]
		if len(found) < n && ok(a) && !slices.Contains(found, a.pupil) {
			found = append(found, a.pupil)
		}
	}
	return found
}

// between draws a whole number of days from lo to hi.
func (k *records) between(lo, hi int) dataset.Day { return dataset.Day(lo + k.rand.IntN(hi-lo+1)) }

// stayFrom is the first day of a pupil's stay that holds a day.
func (k *records) stayFrom(who int32, day dataset.Day) dataset.Day {
	for _, s := range k.pupils[who].stays {
		if s.to != 0 && s.holds(day) {
			return s.from
		}
	}
	return day
}

// record turns a school's draws into episodes of need and periods of care. It
// returns the number of children it could not place, which is zero unless the
// school is absurdly small for its rates.
func (k *records) record(school int, d *draw) (lost int) {
	var open []active
	for _, e := range d.s17 {
		length := k.between(20, 50)
		closure := e.day + length
		planned := k.rand.Float64() < 0.45
		if planned {
			closure += k.between(40, 150)
		}
		lag := k.between(0, 4)
		family := k.findFamily(school, e.day, e.children, func(_ int32, c *child) bool { return c.free(e.day-lag, closure) })
		lost += e.children - len(family)
		for _, who := range family {
			c := k.open(who)
			one := episode{
				referral: max(e.day-lag, k.stayFrom(who, e.day)), closure: closure, source: pick(k.rand, sources), need: pick(k.rand, needs),
				assessments: []assessment{{span{e.day, e.day + length - 1}, pick(k.rand, factorLists)}},
			}
			if planned {
				one.plans = []span{{e.day + length, closure}}
			}
			c.cases = append(c.cases, one)
			open = append(open, active{who, int32(len(c.cases) - 1)})
		}
	}
	lost += k.enquire(school, d.s47, open)
	for _, e := range d.referrals {
		closure := e.day + k.between(0, 5)
		family := k.findFamily(school, e.day, e.children, func(_ int32, c *child) bool { return c.free(e.day, closure) })
		lost += e.children - len(family)
		for _, who := range family {
			c := k.open(who)
			c.cases = append(c.cases, episode{referral: e.day, closure: closure, source: pick(k.rand, sources), need: pick(k.rand, needs), noFurtherAction: true})
		}
	}
	return lost + k.intoCare(school, d.care)
}

// active is an episode of need of a pupil that an enquiry can join.
type active struct{ who, which int32 }

// enquire places Section 47 enquiries: half of the single ones in an open
// episode of need where the school has one, the others in an episode of their own.
func (k *records) enquire(school int, events []incident, open []active) (lost int) {
	for _, e := range events {
		if e.children == 1 && len(open) > 0 && k.rand.IntN(2) == 0 && k.join(e.day, open) {
			continue
		}
		closure, lag := e.day+k.between(25, 140), k.between(0, 2)
		family := k.findFamily(school, e.day, e.children, func(_ int32, c *child) bool { return c.free(e.day-lag, closure) })
		lost += e.children - len(family)
		for _, who := range family {
			c := k.open(who)
			one := episode{referral: max(e.day-lag, k.stayFrom(who, e.day)), closure: closure, source: pick(k.rand, sources), need: "N1"}
			one.enquire(k, e.day)
			c.cases = append(c.cases, one)
		}
	}
	return lost
}

// join adds an enquiry to an episode that is open on the day, at the same
// school, and has none yet.
func (k *records) join(day dataset.Day, open []active) bool {
	// Episodes stand in the order of their assessments: look at those of the
	// weeks before the day.
	last, _ := slices.BinarySearchFunc(open, day, func(a active, d dataset.Day) int {
		return int(k.recordOf(a.who).cases[a.which].assessments[0].start - d)
	})
	for i := last - 1; i >= max(0, last-12); i-- {
		e := &k.recordOf(open[i].who).cases[open[i].which]
		start := e.assessments[0].start
		if len(e.enquiries) > 0 || day >= e.closure || k.stayFrom(open[i].who, day) != k.stayFrom(open[i].who, start) || !k.onRoll(open[i].who, day) {
			continue
		}
		e.enquire(k, day)
		return true
	}
	return false
}

// onRoll says whether a pupil is on a roll on a day.
func (k *records) onRoll(who int32, day dataset.Day) bool {
	for _, s := range k.pupils[who].stays {
		if s.to != 0 && s.holds(day) {
			return true
		}
	}
	return false
}

// enquire adds an enquiry to an episode, with a conference and a child
// protection plan for some.
func (e *episode) enquire(k *records, day dataset.Day) {
	q := enquiry{day: day}
	if day+21 < e.closure && k.rand.Float64() < 0.35 {
		q.conference = day + k.between(8, 20)
		switch share := k.authority.Protected; {
		case share > 0 && k.rand.Float64() < share: // the case stays open with the plan
			e.closure = max(e.closure, q.conference+k.between(90, 400))
			e.protection = append(e.protection, protection{span{q.conference, e.closure}, pick(k.rand, categories)})
		case share == 0 && e.closure-q.conference > 60 && k.rand.Float64() < 0.8:
			e.protection = append(e.protection, protection{span{q.conference, e.closure}, pick(k.rand, categories)})
		}
	}
	e.enquiries = append(e.enquiries, q)
}

// intoCare gives the periods of care of a school to children who are on its
// roll when the period begins, or when the deliveries or the panel open.
func (k *records) intoCare(school int, spells []spell) (lost int) {
	for _, s := range spells {
		day := max(s.start, k.calendar.Open)
		if s.start < k.calendar.First && s.end > k.calendar.First {
			day = k.calendar.First
		}
		family := k.findFamily(school, day, 1, func(who int32, c *child) bool {
			return c.outOfCare(s) && min(s.end, k.calendar.Close) < k.pupils[who].birth+18*365
		})
		if len(family) == 0 {
			lost++
			continue
		}
		c := k.open(family[0])
		c.care = append(c.care, s)
	}
	return lost
}

// contact lets a contact precede each referral, from the same source, and
// adds contacts that led to nothing.
func (k *records) contact() {
	for i := range k.children {
		c := &k.children[i]
		for j := range c.cases {
			e := &c.cases[j]
			c.contacts = append(c.contacts, contact{e.referral, e.source, k.recorded(action)})
			if d := e.referral - k.between(20, 60); k.rand.IntN(2) == 0 && d > k.calendar.Open && k.onRoll(c.pupil, d) && !slices.ContainsFunc(c.contacts, func(t contact) bool { return t.day == d }) {
				c.contacts = append(c.contacts, contact{d, pick(k.rand, sources), k.recorded(noAction)})
			}
		}
		slices.SortFunc(c.contacts, func(x, y contact) int { return int(x.day - y.day) })
		c.contacts = slices.CompactFunc(c.contacts, func(x, y contact) bool { return x.day == y.day })
	}
}

// recorded is an outcome as it is recorded: one in twenty is not.
func (k *records) recorded(o outcome) outcome {
	if k.rand.IntN(20) == 0 {
		return unrecorded
	}
	return o
}

// order sorts each child's episodes and periods of care by their start.
func (k *records) order() {
	for i := range k.children {
		slices.SortFunc(k.children[i].cases, func(x, y episode) int { return int(x.referral - y.referral) })
		slices.SortFunc(k.children[i].care, func(x, y spell) int { return int(x.start - y.start) })
	}
}

// arrive lets pupils who left the authority before come to this one: each
// takes the place of a pupil who joined on about the same day.
func (k *records) arrive(from []traveller) {
	next := 0
	k.arrivals = map[upn]int32{}
	for i := range k.pupils {
		p := &k.pupils[i]
		if _, month, _ := p.stays[0].from.Date(); month == 9 || next == len(from) || p.stays[0].from < k.calendar.First {
			continue
		}
		for j := next; j < len(from); j++ {
			if t := from[j]; t.gone <= p.stays[0].from && t.gone > p.stays[0].from-60 && abs(int(t.birth-p.birth)) < 365 {
				p.upn, p.birth, p.female, p.recorded = t.upn, t.birth, t.female, t.recorded
				from[j], from[next] = from[next], from[j]
				next++
				k.arrived++
				k.arrivals[t.upn] = int32(i)
				break
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }
