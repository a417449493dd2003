package panel

import (
	"context"
	"fmt"
	"slices"

	"swis/dataset"
	"swis/dataset/linkage"
)

// lateDays is how long before the end of a delivery recording is taken as
// incomplete (X02).
const lateDays = 60

// Build makes the panel.
func Build(ctx context.Context, in *Input, o Options) (*Panel, error) {
	p := &Panel{Kind: o.Period, Schools: in.Schools, Covered: map[string][][]bool{}, Edge: map[string][]bool{}}
	r := &p.Report
	markLate(in, r)
	var issues []dataset.Issue
	r.Months, issues = countMonths(in.Extracts, len(in.LAs))
	r.Issues = append(r.Issues, issues...)
	care := &carer{in: in, o: &o, days: &r.Care}
	r.Months.Care = care.returns(r.Months.Spans)
	r.Months.Given = givenSpans(in.Extracts)
	for la, span := range in.Declared {
		for _, spans := range []map[uint16]Span{r.Months.Spans, r.Months.Care} {
			if have, ok := spans[la]; ok {
				if span.First != 0 {
					have.First = span.First
				}
				if span.Last != 0 {
					have.Last = span.Last
				}
				spans[la] = have
			}
		}
	}
	if err := p.window(&r.Months, o); err != nil {
		return nil, err
	}
	cells := len(p.Schools) * p.Periods
	p.Value = make([][]int32, outcomes)
	p.Suppressed = make([][]bool, outcomes)
	for i := range p.Value {
		p.Value[i] = make([]int32, cells)
	}
	baseline := o.Baseline
	if baseline == dataset.NoDay {
		baseline = p.From
	}
	careCovered := p.cover(in, &r.Months, o)
	p.delivered = p.cellsDelivered()

	s := &sifter{in: in, o: &o, panel: p, files: len(in.Extracts), baseline: baseline}
	for _, x := range in.Extracts {
		for _, events := range x.Events {
			s.chunks = append(s.chunks, chunk{events: events})
		}
	}
	s.schools = p.schoolSpans()
	r.S17Types = s17Types(&r.Months, o.S17)
	s.counts = outcomesOf(in, r.S17Types)
	s.periodOf = make([]int16, int(p.To-p.From)+1)
	s.monthOf = make([]int16, len(s.periodOf))
	firstOfWindow := dataset.Month.Of(p.From)
	s.months = int(dataset.Month.Of(p.To)-firstOfWindow) + 1
	for d := range s.periodOf {
		s.periodOf[d] = int16(p.Kind.Of(p.From+dataset.Day(d)) - p.First)
		s.monthOf[d] = int16(dataset.Month.Of(p.From+dataset.Day(d)) - firstOfWindow)
	}
	parts, err := s.run(ctx)
	if err != nil {
		return nil, err
	}
	r.gather(parts, len(in.Extracts), firstOfWindow)

	care.window = [2]dataset.Day{p.From, p.To + 1}
	care.count(p, care.stays(), careCovered, baseline)
	r.Issues = append(r.Issues, care.issues...)
	for i, n := range care.tally {
		r.Tally[i] += n
	}
	r.Episodes = map[uint16]*[dataset.Statuses]int64{}
	for n, x := range in.Extracts {
		for _, chunk := range x.Episodes {
			for i := range chunk {
				e := &chunk[i]
				r.Files[n+1][e.Status]++
				by := r.Episodes[e.LA]
				if by == nil {
					by = new([dataset.Statuses]int64)
					r.Episodes[e.LA] = by
				}
				by[e.Status]++
			}
		}
	}
	p.addCounts(in, r)
	p.roll(in)
	return p, nil
}

// markLate quarantines events after the day that a delivery refers to (D06).
func markLate(in *Input, r *Report) {
	for _, x := range in.Extracts {
		until := x.Reference
		if until == dataset.NoDay && x.Year > 0 { // pooled returns; a year more, since some name it by its start
			until = dataset.DayOf(x.Year+1, 3, 31)
		}
		if until == dataset.NoDay {
			continue
		}
		for _, chunk := range x.Events {
			for i := range chunk {
				e := &chunk[i]
				if e.Status == dataset.Pending && e.Day > until {
					e.Status = dataset.Quarantined
					r.Issues = append(r.Issues, dataset.Issue{Rule: ruleD06, File: e.File, LA: e.LA, Line: e.Line})
				}
			}
		}
	}
}

// window settles the panel's first and last day: as asked, else the months that
// the deliveries of events cover, else those of care.
func (p *Panel) window(m *Months, o Options) error {
	p.From, p.To = o.From, o.To
	for _, spans := range []map[uint16]Span{m.Spans, m.Care, m.Given} {
		first, last := dataset.Period(0), dataset.Period(0)
		for _, s := range spans {
			if s.Last < s.First {
				continue
			}
			if first == 0 || s.First < first {
				first = s.First
			}
			last = max(last, s.Last)
		}
		if first == 0 {
			continue
		}
		if p.From == dataset.NoDay {
			p.From = dataset.Month.Start(first)
		}
		if p.To == dataset.NoDay {
			p.To = dataset.Month.Start(last+1) - 1
		}
	}
	if p.From == dataset.NoDay || p.To == dataset.NoDay {
		return dataset.Problems{{Text: "the extracts hold no dated row; give the window with --from and --to"}}
	}
	if p.To < p.From || p.To-p.From > 366*60 {
		return dataset.Problems{{Text: fmt.Sprintf("the window from %s to %s is empty or longer than 60 years; give it with --from and --to", p.From, p.To)}}
	}
	p.First = p.Kind.Of(p.From)
	p.Periods = int(p.Kind.Of(p.To)-p.First) + 1
	return nil
}

// cover fills Covered: a period is covered where every month of it inside the
// window is. It returns the covered periods of care by authority.
func (p *Panel) cover(in *Input, m *Months, o Options) map[uint16]map[dataset.Period]bool {
	window := Span{dataset.Month.Of(p.From), dataset.Month.Of(p.To)}
	care := map[uint16]map[dataset.Period]bool{}
	s17 := s17Types(m, o.S17)
	for la := 1; la < len(in.LAs); la++ {
		la := uint16(la)
		byType := map[dataset.EventType]map[dataset.Period]bool{}
		for t := dataset.Contact; t < dataset.EventTypes; t++ {
			if c := m.delivered(la, t, window, !o.Off[ruleX01]); c != nil {
				byType[t] = c
			}
		}
		name := in.LAs[la]
		cover := make([][]bool, outcomes)
		for i := range cover {
			cover[i] = make([]bool, p.Periods)
		}
		careMonths := map[dataset.Period]bool{}
		if span, ok := m.Care[la]; ok {
			for month := span.First; month <= span.Last; month++ {
				careMonths[month] = true
			}
		}
		of := map[int]map[dataset.Period]bool{s47: byType[dataset.EnquiryStart], s47Children: byType[dataset.EnquiryStart], referrals: byType[dataset.Referral],
			contacts: byType[dataset.Contact], daysInCare: careMonths, childrenInCare: careMonths}
		if m.Schools[la] > 0 {
			of[fromSchools] = byType[dataset.Referral]
		}
		if t, ok := s17[la]; ok {
			of[s17Starts] = byType[typeNamed(t)]
		}
		edge := make([]bool, p.Periods)
		care[la] = map[dataset.Period]bool{}
		end := dataset.NoDay
		span, ok := m.Spans[la]
		if !ok {
			span, ok = m.Given[la]
		}
		if ok && span.Last >= span.First {
			end = dataset.Month.Start(span.Last+1) - 1
		}
		for i := range p.Periods {
			period := p.First + dataset.Period(i)
			from, to := max(p.From, p.Kind.Start(period)), min(p.To, p.Kind.Start(period+1)-1)
			for outcome, months := range of {
				all := len(months) > 0
				for month := dataset.Month.Of(from); month <= dataset.Month.Of(to); month++ {
					all = all && months[month]
				}
				cover[outcome][i] = all
			}
			if cover[daysInCare][i] {
				care[la][period] = true
			}
			edge[i] = end != dataset.NoDay && to > end-lateDays && from <= end
		}
		p.Covered[name] = cover
		p.Edge[name] = edge
	}
	return care
}

// cellsDelivered says by outcome and cell whether the school's authority
// delivered the outcome in the period.
func (p *Panel) cellsDelivered() [][]bool {
	cells := make([][]bool, outcomes)
	for o := range cells {
		cells[o] = make([]bool, len(p.Schools)*p.Periods)
		for s := range p.Schools {
			if c := p.Covered[p.Schools[s].LA]; c != nil {
				copy(cells[o][s*p.Periods:(s+1)*p.Periods], c[o])
			}
		}
	}
	return cells
}

func typeNamed(text string) dataset.EventType {
	for t := dataset.NoEvent; t < dataset.EventTypes; t++ {
		if t.String() == text {
			return t
		}
	}
	return dataset.NoEvent
}

// s17Types says by authority which type of event is a Section 17 start under
// the definition; an authority's own count (section17_start) stands where it
// has nothing else.
func s17Types(m *Months, s S17) map[uint16]string {
	want := [...]dataset.EventType{dataset.AssessmentStart, dataset.PlanStart, dataset.Referral}[s]
	out := map[uint16]string{}
	for la, c := range m.Counts {
		switch {
		case c[dataset.Section17Start] != nil && (c[want] == nil || want == dataset.Referral):
			out[la] = dataset.Section17Start.String()
		case c[want] != nil:
			out[la] = want.String()
		}
	}
	return out
}

// outcomesOf gives the outcome that an event counts for, by authority and type.
func outcomesOf(in *Input, s17 map[uint16]string) [][dataset.EventTypes]int8 {
	table := make([][dataset.EventTypes]int8, len(in.LAs))
	for la := range table {
		for t := range table[la] {
			table[la][t] = -1
		}
		table[la][dataset.EnquiryStart] = s47
		table[la][dataset.Referral] = referrals
		table[la][dataset.Contact] = contacts
		if t := typeNamed(s17[uint16(la)]); t != dataset.Referral && t != dataset.NoEvent {
			table[la][t] = s17Starts
		}
	}
	return table
}

// referralStarts says whether a referral counts as a Section 17 start too: an
// episode of need, that is a referral that led to action.
func (s *sifter) referralStarts(e *dataset.Event) bool {
	return s.o.S17 == S17Episodes && e.Flags&dataset.NoAction == 0 && e.Flags&dataset.NFAKnown != 0 && s.panel.Report.S17Types[e.LA] == dataset.Referral.String()
}

// gather adds up what the workers found, in an order that does not depend on them.
func (r *Report) gather(parts []*sift, files int, first dataset.Period) {
	r.Files = make([][dataset.Statuses]int64, files+1)
	r.Links = map[uint16]*[linkage.Methods]int64{}
	r.Types = map[uint16]*[dataset.EventTypes][dataset.Statuses]int64{}
	r.Monthly = map[uint16]map[dataset.Period]*[2]int64{}
	for _, part := range parts {
		r.Issues = append(r.Issues, part.issues...)
		for i, n := range part.tally {
			r.Tally[i] += n
		}
		for f := range part.files {
			for s, n := range part.files[f] {
				r.Files[f][s] += n
			}
		}
		for la, by := range part.links {
			if by == ([linkage.Methods]int64{}) {
				continue
			}
			if r.Links[uint16(la)] == nil {
				r.Links[uint16(la)] = new([linkage.Methods]int64)
			}
			for m, n := range by {
				r.Links[uint16(la)][m] += n
			}
		}
		for la, by := range part.types {
			if by == nil {
				continue
			}
			if r.Types[uint16(la)] == nil {
				r.Types[uint16(la)] = new([dataset.EventTypes][dataset.Statuses]int64)
			}
			for t := range by {
				for s, n := range by[t] {
					r.Types[uint16(la)][t][s] += n
				}
			}
		}
		for la, months := range part.monthly {
			if months == nil {
				continue
			}
			by := r.Monthly[uint16(la)]
			if by == nil {
				by = map[dataset.Period]*[2]int64{}
				r.Monthly[uint16(la)] = by
			}
			for i, n := range months {
				if n[0] == 0 {
					continue
				}
				month := first + dataset.Period(i)
				if by[month] == nil {
					by[month] = new([2]int64)
				}
				by[month][0] += n[0]
				by[month][1] += n[1]
			}
		}
	}
}

// addCounts adds tables of counts: an authority that hands over a count for a
// school and period has delivered it.
func (p *Panel) addCounts(in *Input, r *Report) {
	for n, x := range in.Extracts {
		for i := range x.Counts {
			c := &x.Counts[i]
			if c.Status == dataset.Pending {
				c.Status = p.addCount(in, c)
			}
			r.Files[n+1][c.Status]++
		}
	}
}

func (p *Panel) addCount(in *Input, c *dataset.Count) dataset.Status {
	link := in.Linker.Find(0, c.Day, c.School)
	if link.School < 0 {
		return dataset.OtherSchool
	}
	period := p.Kind.Of(c.Day) - p.First
	if c.Day < p.Kind.Start(p.First) || int(period) >= p.Periods || period < 0 {
		return dataset.OutOfWindow
	}
	distinct := c.Outcome == s47Children || c.Outcome == childrenInCare
	if c.Kind != p.Kind && (distinct || c.Kind > p.Kind) {
		return dataset.OtherKind // children of months do not add up to children of a term; years cannot be cut
	}
	cell := int(link.School)*p.Periods + int(period)
	if p.Suppressed[c.Outcome] == nil {
		p.Suppressed[c.Outcome] = make([]bool, len(p.Value[0]))
	}
	if p.Given == nil {
		p.Given = make([][]bool, outcomes)
	}
	if p.Given[c.Outcome] == nil {
		p.Given[c.Outcome] = make([]bool, len(p.Value[0]))
	}
	p.Given[c.Outcome][cell] = true
	if c.Missing {
		p.Suppressed[c.Outcome][cell] = true
		return dataset.Counted
	}
	p.Value[c.Outcome][cell] += int32(c.Value)
	return dataset.Counted
}

// roll counts pupil-days where rolls were given.
func (p *Panel) roll(in *Input) {
	if !in.Linker.HasRolls() {
		return
	}
	bounds := make([]dataset.Day, p.Periods+1)
	for i := range bounds {
		bounds[i] = min(max(p.Kind.Start(p.First+dataset.Period(i)), p.From), p.To+1)
	}
	p.PupilDays = make([]int64, len(p.Schools)*p.Periods)
	in.Linker.PupilDays(bounds, p.PupilDays)
}

// Days is the number of days of a period inside the window.
func (p *Panel) Days(i int) int {
	period := p.First + dataset.Period(i)
	from, to := max(p.From, p.Kind.Start(period)), min(p.To, p.Kind.Start(period+1)-1)
	return int(to-from) + 1
}

// Known says whether a cell holds a number: its authority delivered it, or a
// table of counts gave it and did not suppress it.
func (p *Panel) Known(outcome, school, i int) bool {
	cell := school*p.Periods + i
	if p.Suppressed[outcome] != nil && p.Suppressed[outcome][cell] {
		return false
	}
	if p.Given != nil && p.Given[outcome] != nil && p.Given[outcome][cell] {
		return true
	}
	return p.delivered[outcome][cell]
}

// SortIssues puts issues in the order of files and lines; rank orders
// authorities, whose numbers depend on which was met first.
func SortIssues(issues []dataset.Issue, rank func(la uint16) int) {
	slices.SortFunc(issues, func(a, b dataset.Issue) int {
		switch {
		case a.File != b.File:
			return int(a.File) - int(b.File)
		case a.Line != b.Line:
			return int(a.Line) - int(b.Line)
		case a.Rule != b.Rule:
			return int(a.Rule) - int(b.Rule)
		case a.LA != b.LA:
			return rank(a.LA) - rank(b.LA)
		case a.Column < b.Column:
			return -1
		case a.Column > b.Column:
			return 1
		}
		return 0
	})
}
