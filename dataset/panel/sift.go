package panel

import (
	"context"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"swis/dataset"
	"swis/dataset/linkage"
)

// mark is one event where all events of a child stand together.
type mark struct {
	child dataset.ChildKey
	day   int32
	ref   uint32 // chunk in the upper bits, place in it in the lower
}

const placeBits = 18

// chunksOf cuts the events of all files into pieces that a mark can point into.
func chunksOf(extracts []*dataset.Extract) (chunks [][]dataset.Event, events int) {
	for _, x := range extracts {
		for _, c := range x.Events {
			events += len(c)
			for len(c) > 0 {
				n := min(len(c), 1<<placeBits)
				chunks = append(chunks, c[:n])
				c = c[n:]
			}
		}
	}
	return chunks, events
}

// partition sorts marks of all events into groups by the leading bits of the
// child's key, so that a child's events are in one group and a group fits the
// cache. Within a group marks are in file order.
func partition(chunks [][]dataset.Event, events int) (marks []mark, starts []int) {
	shift := 64 - bits.Len(uint(events/2048))
	groups := 1 << (64 - shift)
	of := func(k dataset.ChildKey) int { return int(uint64(k) >> shift) } // shift 64 gives group 0
	workers := runtime.GOMAXPROCS(0)
	counts := make([][]int32, workers)
	each := func(work func(w int, chunk int)) {
		var wait sync.WaitGroup
		for w := range workers {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for c := w * len(chunks) / workers; c < (w+1)*len(chunks)/workers; c++ {
					work(w, c)
				}
			}()
		}
		wait.Wait()
	}
	for w := range counts {
		counts[w] = make([]int32, groups)
	}
	each(func(w, c int) {
		for i := range chunks[c] {
			counts[w][of(chunks[c][i].Child)]++
		}
	})
	starts = make([]int, groups+1)
	at := 0
	for g := range groups {
		starts[g] = at
		for w := range workers {
			n := counts[w][g]
			counts[w][g] = int32(at)
			at += int(n)
		}
	}
	starts[groups] = at
	marks = make([]mark, events)
	each(func(w, c int) {
		next := counts[w]
		for i := range chunks[c] {
			e := &chunks[c][i]
			g := of(e.Child)
			marks[next[g]] = mark{e.Child, int32(e.Day), uint32(c)<<placeBits | uint32(i)}
			next[g]++
		}
	})
	return marks, starts
}

// sifter decides what becomes of each event and counts it.
type sifter struct {
	in     *Input
	o      *Options
	panel  *Panel
	chunks [][]dataset.Event
	counts [][dataset.EventTypes]int8 // outcome of an event by authority and type, -1 for none
	files  int

	periodOf []int16 // of each day of the window
	monthOf  []int16
	months   int
	cells    int
	baseline dataset.Day
}

// sift is what one worker found.
type sift struct {
	issues  []dataset.Issue
	tally   [256]int64
	files   [][dataset.Statuses]int64
	links   [][linkage.Methods]int64 // by authority
	types   []*[dataset.EventTypes][dataset.Statuses]int64
	monthly [][][2]int64 // by authority and month of the window
	seen    []int64
	events  []dataset.Event // of the group at hand, in file order
	refs    []uint32        // where they stand
}

func (s *sifter) run(ctx context.Context) ([]*sift, error) {
	n := 0
	for _, c := range s.chunks {
		n += len(c)
	}
	marks, starts := partition(s.chunks, n)
	workers := runtime.GOMAXPROCS(0)
	out := make([]*sift, workers)
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range workers {
		out[w] = &sift{files: make([][dataset.Statuses]int64, s.files+1), links: make([][linkage.Methods]int64, len(s.in.LAs)),
			types: make([]*[dataset.EventTypes][dataset.Statuses]int64, len(s.in.LAs)), monthly: make([][][2]int64, len(s.in.LAs))}
		wait.Add(1)
		go func() {
			defer wait.Done()
			for {
				g := int(next.Add(1)) - 1
				if g >= len(starts)-1 || ctx.Err() != nil {
					return
				}
				s.group(out[w], marks[starts[g]:starts[g+1]])
			}
		}()
	}
	wait.Wait()
	return out, ctx.Err()
}

// group handles the events of some children. It copies them beside each other
// first: they stand all over memory, and the loads of a plain copy do not wait
// for each other.
func (s *sifter) group(out *sift, marks []mark) {
	out.events = out.events[:0]
	for i := range marks {
		m := &marks[i]
		out.events = append(out.events, s.chunks[m.ref>>placeBits][m.ref&(1<<placeBits-1)])
		m.ref, out.refs = uint32(i), append(out.refs[:i], m.ref)
	}
	slices.SortFunc(marks, func(a, b mark) int {
		switch {
		case a.child != b.child:
			if a.child < b.child {
				return -1
			}
			return 1
		case a.day != b.day:
			return int(a.day) - int(b.day)
		}
		return int(a.ref) - int(b.ref)
	})
	for i := 0; i < len(marks); {
		j := i + 1
		for j < len(marks) && marks[j].child == marks[i].child {
			j++
		}
		s.child(out, marks[i:j])
		i = j
	}
	for i, ref := range out.refs[:len(marks)] {
		s.chunks[ref>>placeBits][ref&(1<<placeBits-1)].Status = out.events[i].Status
	}
}

func (out *sift) event(m mark) *dataset.Event { return &out.events[m.ref] }

// child handles all events of one child, in order of day and then of file.
func (s *sifter) child(out *sift, marks []mark) {
	if len(s.in.People.Children) > 0 {
		s.check(out, marks)
	}
	s.checkCase(out, marks)
	out.seen = out.seen[:0]
	for i, m := range marks {
		e := out.event(m)
		if e.Status == dataset.Pending {
			s.decide(out, marks[:i], e)
		}
		out.count(e)
	}
	if len(out.seen) == 1 {
		atomic.AddInt64(&s.panel.Value[s47Children][out.seen[0]], 1)
	} else if len(out.seen) > 1 { // distinct children with an enquiry by school and period
		slices.Sort(out.seen)
		last := int64(-1)
		for _, cell := range out.seen {
			if cell != last {
				atomic.AddInt64(&s.panel.Value[s47Children][cell], 1)
			}
			last = cell
		}
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

// decide settles an event that no rule kept out: is it a copy of an earlier
// one, does it count for an outcome, is it in the window, where was the child?
func (s *sifter) decide(out *sift, earlier []mark, e *dataset.Event) {
	for k := len(earlier) - 1; k >= 0; k-- {
		o := out.event(earlier[k])
		gap := 0
		if e.Type == dataset.EnquiryStart {
			gap = s.o.S47Gap
		}
		if int(e.Day-o.Day) > gap {
			break
		}
		if o.Type != e.Type || o.Status == dataset.Quarantined || o.Status == dataset.Duplicate && gap == 0 {
			continue
		}
		if o.Status == dataset.Duplicate {
			continue
		}
		e.Status = dataset.Duplicate
		if o.File != e.File && o.Day == e.Day && o.Parent == e.Parent && (o.Flags^e.Flags)&^dataset.Secondary == 0 {
			out.tally[ruleE0R]++
		} else if o.Day != e.Day || o.Parent != e.Parent || (o.Flags^e.Flags)&^dataset.Secondary != 0 || o.School != e.School {
			out.flag(ruleE02, e)
		} else {
			out.tally[ruleE01]++
		}
		return
	}
	outcome := s.counts[e.LA][e.Type]
	if outcome < 0 {
		e.Status = dataset.OtherKind
		return
	}
	at := int(e.Day - s.panel.From)
	if at < 0 || at >= len(s.periodOf) {
		e.Status = dataset.OutOfWindow
		return
	}
	day := e.Day
	if s.o.Events == AtBaseline {
		day = s.baseline
	}
	link := s.in.Linker.Find(e.Child, day, e.School)
	out.links[e.LA][link.Method]++
	if out.monthly[e.LA] == nil {
		out.monthly[e.LA] = make([][2]int64, s.months)
	}
	month := &out.monthly[e.LA][s.monthOf[at]]
	month[0]++
	if link.Several {
		out.tally[ruleL02]++
	}
	switch link.Method {
	case linkage.NotLinked:
		e.Status = dataset.Unlinked
		out.flag(ruleL01, e)
		return
	case linkage.ByFormer:
		out.tally[ruleL03]++
	case linkage.ByLookup:
		out.tally[ruleL04]++
	}
	month[1]++
	if link.School < 0 {
		e.Status = dataset.OtherSchool
		switch link.School {
		case linkage.Unknown:
			out.flag(ruleS08, e)
		case linkage.Undecided:
			out.flag(ruleS04, e)
		default:
			out.tally[ruleS05]++
		}
		return
	}
	school := &s.panel.Schools[link.School]
	if school.Open != dataset.NoDay && e.Day < school.Open || school.Close != dataset.NoDay && e.Day > school.Close {
		out.flag(ruleS02, e)
	}
	cell := int64(link.School)*int64(s.panel.Periods) + int64(s.periodOf[at])
	if !s.panel.delivered[outcome][cell] { // the cell is empty, so nothing is counted in it
		e.Status = dataset.OutOfWindow
		return
	}
	e.Status = dataset.Counted
	atomic.AddInt64(&s.panel.Value[outcome][cell], 1)
	switch outcome {
	case s47:
		out.seen = append(out.seen, cell)
	case referrals:
		if e.Flags&dataset.FromSchool != 0 {
			atomic.AddInt64(&s.panel.Value[fromSchools][cell], 1)
		}
		if s.referralStarts(e) {
			atomic.AddInt64(&s.panel.Value[s17Starts][cell], 1)
		}
	}
}

var (
	ruleE01 = dataset.RuleNamed("E01")
	ruleE0R = dataset.RuleNamed("E0R")
	ruleE02 = dataset.RuleNamed("E02")
	ruleL01 = dataset.RuleNamed("L01")
	ruleL02 = dataset.RuleNamed("L02")
	ruleL03 = dataset.RuleNamed("L03")
	ruleL04 = dataset.RuleNamed("L04")
	ruleS08 = dataset.RuleNamed("S08")
	ruleS02 = dataset.RuleNamed("S02")
	ruleS04 = dataset.RuleNamed("S04")
	ruleS05 = dataset.RuleNamed("S05")
)
