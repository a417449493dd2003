package panel

import (
	"swis/dataset"
	"swis/dataset/linkage"
)

// decide settles an event that no rule kept out: is it a copy of an earlier
// one, does it count for an outcome, is it in the window, where was the child?
func (s *sifter) decide(out *sift, e *dataset.Event) {
	gap := dataset.Day(0)
	if e.Type == dataset.EnquiryStart {
		gap = dataset.Day(s.o.S47Gap)
	}
	for k := len(out.stands) - 1; k >= 0; k-- {
		o := out.stands[k]
		if e.Day-o.Day > gap {
			break
		}
		if o.Type != e.Type || (o.Flags^e.Flags)&dataset.Lunchtime != 0 {
			continue
		}
		if o.File == e.File && o.Flags&dataset.Secondary != 0 && e.Flags&dataset.Secondary == 0 {
			e.Status = dataset.Duplicate // the row of an end that the row of its start has given
			return
		}
		if o.Status == dataset.Unlinked && o.School == 0 && e.School != 0 {
			continue // the earlier row names no school: this one stands for the event
		}
		e.Status = dataset.Duplicate
		if e.Flags&dataset.Secondary != 0 {
			return // its row is counted by its own event
		}
		if o.File != e.File && o.Day == e.Day && o.Parent == e.Parent && (o.Flags^e.Flags)&^(dataset.Secondary|dataset.Ongoing) == 0 {
			out.tally.Add(e.LA, ruleE0R, 1)
		} else if o.Day != e.Day || o.Parent != e.Parent || (o.Flags^e.Flags)&^(dataset.Secondary|dataset.Ongoing) != 0 || o.School != e.School {
			out.flag(ruleE02, e)
		} else {
			out.tally.Add(e.LA, ruleE01, 1)
		}
		return
	}
	targets := s.targets[e.LA][e.Type]
	if len(targets) == 0 {
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
	own := e.Flags&dataset.Secondary == 0 // the row is this event
	if own {
		out.linked(s, e, link, s.monthOf[at])
		if out.makers != nil {
			out.makers.linked(e, link, dataset.Month.Of(e.Day))
		}
	}
	if link.Method == linkage.NotLinked {
		e.Status = dataset.Unlinked
		return
	}
	if link.School < 0 {
		e.Status = dataset.OtherSchool
		if own {
			out.elsewhere(e, link.School)
		}
		return
	}
	school := &s.schools[link.School]
	if own && (e.Day < school.open || e.Day > school.close) {
		out.flag(ruleS02, e)
	}
	if own && school.secondary && out.birth != dataset.NoDay && e.Day < birthday(out.birth, 10) {
		out.flag(ruleE09, e)
	}
	e.Status = dataset.OutOfWindow // where the cell is empty nothing is counted in it
	if school.covers < 0 {
		return
	}
	covered := s.covers[school.covers]
	period := s.periodOf[at]
	cell := uint32(int(link.School)*s.panel.Periods + int(period))
	fits := false
	for i := range targets {
		t := &targets[i]
		inCell := covered[int(t.outcome)*s.panel.Periods+int(period)]
		if e.Flags&t.with != t.with || e.Flags&t.without != 0 {
			if t.sum && inCell {
				out.unsized = append(out.unsized, unsized{t.outcome, cell})
			}
			continue
		}
		fits = true
		if !inCell {
			continue
		}
		e.Status = dataset.Counted
		if t.children >= 0 {
			out.seen[t.children] = append(out.seen[t.children], cell)
			out.seenOf[t.children] = t.outcome
			continue
		}
		for range times(e.Size, t.sum) {
			out.add(t.outcome, cell)
		}
	}
	if e.Status == dataset.Counted && out.makers != nil {
		out.makers.counted(e, link.School)
	}
	if !fits { // a suspension for lunchtimes where nobody asked for these
		e.Status = dataset.OtherKind
	}
}

// unsized is a cell of an outcome that adds up sizes with an event of which
// the size is not known.
type unsized struct {
	outcome int16
	cell    uint32
}

// times is how often an event of a size counts for an outcome.
func times(size uint8, sum bool) int {
	if sum {
		return int(size)
	}
	return 1
}

// linked counts how an event of the window was linked.
func (out *sift) linked(s *sifter, e *dataset.Event, link linkage.Link, month int16) {
	if out.links[e.LA] == nil {
		out.links[e.LA] = new([dataset.EventTypes][linkage.Methods]int64)
		out.monthly[e.LA] = make([][2]int64, s.months)
	}
	out.links[e.LA][e.Type][link.Method]++
	if s.o.Places {
		out.placesOf(s, e.LA).count(s.in.Linker, e.Child, e.Day, link, 1)
	}
	counts := &out.monthly[e.LA][month]
	counts[0]++
	if link.Several {
		out.tally.Add(e.LA, ruleL02, 1)
	}
	switch link.Method {
	case linkage.NotLinked:
		out.flag(ruleL01, e)
		return
	case linkage.ByFormer:
		out.tally.Add(e.LA, ruleL03, 1)
	case linkage.ByLookup:
		out.tally.Add(e.LA, ruleL04, 1)
	}
	counts[1]++
}

// elsewhere flags an event at what is no school of the trial.
func (out *sift) elsewhere(e *dataset.Event, school int32) {
	switch school {
	case linkage.Unknown:
		out.flag(ruleS08, e)
	case linkage.Undecided:
		out.flag(ruleS04, e)
	default:
		out.tally.Add(e.LA, ruleS05, 1)
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
