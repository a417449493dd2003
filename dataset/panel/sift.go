package panel

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"

	"swis/dataset"
	"swis/dataset/linkage"
)

// sifter decides what becomes of each event and counts it.
type sifter struct {
	in       *Input
	o        *Options
	panel    *Panel
	numbers  *linkage.Cases
	until    []dataset.Day                  // last day on which a file can have an event
	targets  [][dataset.EventTypes][]target // outcomes of an event by authority and type
	children int                            // outcomes that count children
	files    int
	cases    bool // some rows say which referral they belong to, or when they ended

	schools  []schoolSpan
	covers   [][]bool // what is covered, by outcome and period
	periodOf []int16  // of each day of the window
	monthOf  []int16
	months   int
	baseline dataset.Day
	adding   []sync.Mutex // guards Value, an outcome at a time
}

// schoolSpan is what deciding needs of a school, kept small for the cache.
type schoolSpan struct {
	open, close dataset.Day
	covers      int32 // place in covers, -1 where its authority delivered nothing
	secondary   bool
}

// schoolSpans also gives what is covered of a school, by outcome and period:
// schools of one authority share it, but for those that left the trial.
func (p *Panel) schoolSpans(drops map[int]dataset.Day) (spans []schoolSpan, covers [][]bool) {
	spans = make([]schoolSpan, len(p.Schools))
	places := map[string]int32{}
	for i := range p.Schools {
		school := &p.Schools[i]
		spans[i] = schoolSpan{school.Open, school.Close, -1, strings.HasPrefix(strings.ToLower(school.Phase), "secondary")}
		if school.Close == dataset.NoDay {
			spans[i].close = 1<<31 - 1
		}
		covered, ok := p.Covered[school.LA]
		if !ok {
			continue
		}
		place, have := places[school.LA]
		day, dropped := drops[i]
		if dropped || !have {
			place = int32(len(covers))
			flat := make([]bool, 0, len(covered)*p.Periods)
			for _, periods := range covered {
				flat = append(flat, periods...)
				if dropped {
					clear(flat[len(flat)-len(periods)+p.kept(day):])
				}
			}
			covers = append(covers, flat)
			if !dropped {
				places[school.LA] = place
			}
		}
		spans[i].covers = place
	}
	return spans, covers
}

// sift is what one worker found.
type sift struct {
	issues  []dataset.Issue // of the group at hand
	tally   dataset.Tally
	files   [][dataset.Statuses]int64
	links   []*[dataset.EventTypes][linkage.Methods]int64 // by authority
	places  []*Places                                     // by authority
	types   []*[dataset.EventTypes][dataset.Statuses]int64
	monthly [][][2]int64    // by authority and month of the window
	seen    [][]uint32      // cells of the child at hand, of each outcome that counts children
	seenOf  []int16         // these outcomes
	cells   [][]uint32      // counted in the group at hand, by outcome
	events  []dataset.Event // of the group at hand
	birth   dataset.Day     // of the child at hand, NoDay where unknown
	years   map[uint16]*Annual
	marks   []mark
	finer   [1 << finerBits]int32
	stands  []*dataset.Event // of the child at hand, that later ones may repeat
	kept    []dataset.Event  // all of them, where they are asked for

	unsized  []unsized
	makers   *tracker        // nil where they are not wanted
	followed []dataset.Event // of the children that are followed
}

func (s *sifter) run(ctx context.Context) ([]*sift, error) {
	out := make([]*sift, runtime.GOMAXPROCS(0))
	err := s.in.Events.Each(ctx, func(w int) func([]dataset.Event) {
		out[w] = &sift{years: map[uint16]*Annual{}, files: make([][dataset.Statuses]int64, s.files+1), links: make([]*[dataset.EventTypes][linkage.Methods]int64, len(s.in.LAs)),
			places: make([]*Places, len(s.in.LAs)), cells: make([][]uint32, len(dataset.Outcomes)), seen: make([][]uint32, s.children), seenOf: make([]int16, s.children),
			types: make([]*[dataset.EventTypes][dataset.Statuses]int64, len(s.in.LAs)), monthly: make([][][2]int64, len(s.in.LAs))}
		if s.o.Makers {
			out[w].makers = newTracker()
		}
		return func(events []dataset.Event) { s.group(out[w], events) }
	})
	return out, err
}

// group handles all events of some children.
func (s *sifter) group(out *sift, events []dataset.Event) {
	out.events = events
	marks := out.order()
	for i := 0; i < len(marks); {
		j := i + 1
		for j < len(marks) && marks[j].child == marks[i].child {
			j++
		}
		s.child(out, marks[i:j])
		i = j
	}
	s.add(out)
	for i := 0; len(s.o.Follow) > 0 && i < len(events); i++ {
		if e := &events[i]; s.o.Follow[e.Child] && e.Status != dataset.Quarantined && e.Status != dataset.Duplicate {
			out.followed = append(out.followed, *e)
		}
	}
	if s.in.Issues != nil {
		s.in.Issues.Add(out.issues...)
	}
	out.issues = out.issues[:0]
	if s.o.KeepEvents {
		out.kept = append(out.kept, events...)
	}
}

// add counts an event in a cell of an outcome.
func (out *sift) add(outcome int16, cell uint32) {
	out.cells[outcome] = append(out.cells[outcome], cell)
}

// add brings what a group counted into the panel. The cells are far apart in
// memory, where an atomic addition for each event would wait for each.
func (s *sifter) add(out *sift) {
	for outcome, cells := range out.cells {
		if len(cells) == 0 {
			continue
		}
		values := s.panel.Value[outcome]
		s.adding[outcome].Lock()
		for _, cell := range cells {
			values[cell]++
		}
		s.adding[outcome].Unlock()
		out.cells[outcome] = cells[:0]
	}
}

func (out *sift) event(m mark) *dataset.Event { return &out.events[m.ref] }

// child handles all events of one child, in order of day and then of file.
func (s *sifter) child(out *sift, marks []mark) {
	if s.numbers.Any() {
		s.numbers.Resolve(len(marks), func(i int) *dataset.Event { return out.event(marks[i]) })
	}
	for _, m := range marks {
		if e := out.event(m); e.Day > s.until[e.File] && e.Status == dataset.Pending { // after the delivery's end
			e.Status = dataset.Quarantined
			out.flag(ruleD06, e)
		}
	}
	out.birth = dataset.NoDay
	if len(s.in.People.Children) > 0 {
		s.check(out, marks)
	}
	if s.cases {
		s.checkCase(out, marks)
	}
	out.stands = out.stands[:0]
	for _, m := range marks {
		e := out.event(m)
		switch e.Status {
		case dataset.Pending:
			if s.decide(out, e); e.Status != dataset.Duplicate {
				out.stands = append(out.stands, e)
			}
		case dataset.Quarantined:
			out.keptOut(s, e)
		}
		out.count(e)
		if out.makers != nil {
			out.makers.ended(e)
		}
	}
	if out.makers != nil {
		out.makers.next()
	}
	if s.o.Annual {
		out.annual(marks)
	}
	for k, cells := range out.seen { // distinct children by school and period
		switch {
		case len(cells) == 0:
			continue
		case len(cells) == 1:
			out.add(out.seenOf[k], cells[0])
		default:
			slices.Sort(cells)
			for _, cell := range slices.Compact(cells) {
				out.add(out.seenOf[k], cell)
			}
		}
		out.seen[k] = cells[:0]
	}
}

func (out *sift) count(e *dataset.Event) {
	t := out.types[e.LA]
	if t == nil {
		t = new([dataset.EventTypes][dataset.Statuses]int64)
		out.types[e.LA] = t
	}
	t[e.Type][e.Status]++
	if e.Flags&dataset.Secondary == 0 {
		out.files[e.File][e.Status]++
	}
}

func (out *sift) flag(rule dataset.RuleID, e *dataset.Event) {
	out.issues = append(out.issues, dataset.Issue{Rule: rule, File: e.File, LA: e.LA, Line: e.Line})
}
