package panel

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"swis/dataset"
	"swis/dataset/linkage"
	"swis/dataset/workers"
)

// lateDays is how long before the end of a delivery recording is taken as
// incomplete (X02).
const lateDays = 60

// Build makes the panel.
func Build(ctx context.Context, in *Input, o Options) (*Panel, error) {
	p := &Panel{Kind: o.Period, Schools: in.Schools, Covered: map[string][][]bool{}, Edge: map[string][]bool{}}
	r := &p.Report
	months, issues, err := countMonths(ctx, in)
	if err != nil {
		return nil, err
	}
	r.Months = months
	r.Issues = append(r.Issues, issues...)
	rows := rowsOf(&r.Months)
	r.Months.addMonths(in.Extracts)
	r.CarePlaces, r.Begun = map[uint16]*Places{}, map[uint16]bool{}
	care := &carer{in: in, o: &o, days: map[uint16]*CareDays{}, places: r.CarePlaces}
	r.Months.Care, r.Months.CareGaps = care.returns(r.Months.Spans, r.Months.Lists)
	r.Months.Given = givenSpans(in.Extracts)
	r.Months.Register = registerSpan(in.Extracts)
	asDeclared(r.Months.Spans, in.Declared)
	asDeclared(r.Months.Care, in.DeclaredCare)
	if r.Months.guard = !o.Off[ruleX01]; r.Months.guard {
		if err := r.Months.countDistinct(ctx, in); err != nil {
			return nil, err
		}
	}
	r.Months.partial(in, care.snapshot)
	if err := p.window(&r.Months, o); err != nil {
		return nil, err
	}
	p.present(in, &r.Months, &o)
	p.Value = make([][]int32, len(dataset.Outcomes))
	for i := range p.Value {
		if p.Has[i] && dataset.Outcomes[i].Kind != dataset.ShareOutcome {
			p.Value[i] = make([]int32, len(p.Schools)*p.Periods)
		}
	}
	baseline := o.Baseline
	if baseline == dataset.NoDay {
		baseline = p.From
	}
	careCovered := p.cover(in, &r.Months, o)
	delivered := workers.Start(func() error { // which nothing asks for while events are counted
		p.delivered = p.cellsDelivered(in.Drops)
		return nil
	})

	s := &sifter{in: in, o: &o, panel: p, files: len(in.Extracts), baseline: baseline, numbers: linkage.NewCases(in.Extracts)}
	s.until = make([]dataset.Day, len(in.Extracts)+1)
	for n, x := range in.Extracts {
		s.cases = s.cases || strings.HasPrefix(x.Layout, "cin-") || strings.HasPrefix(x.Layout, "ssd-") || strings.HasPrefix(x.Layout, "annexa-")
		s.until[n+1] = until(x)
	}
	s.schools, s.covers = p.schoolSpans(in.Drops)
	s.targets, s.children = p.targets(in, &r.Months, o.S17)
	s.adding = make([]sync.Mutex, len(dataset.Outcomes))
	s.periodOf = make([]int16, int(p.To-p.From)+1)
	s.monthOf = make([]int16, len(s.periodOf))
	firstOfWindow := dataset.Month.Of(p.From)
	s.months = int(dataset.Month.Of(p.To)-firstOfWindow) + 1
	for d := range s.periodOf {
		s.periodOf[d] = int16(p.Kind.Of(p.From+dataset.Day(d)) - p.First)
		s.monthOf[d] = int16(dataset.Month.Of(p.From+dataset.Day(d)) - firstOfWindow)
	}
	parts, err := s.run(ctx)
	if err := cmp.Or(err, <-delivered); err != nil {
		return nil, err
	}
	if o.Places {
		r.Places = map[uint16]*Places{}
	}
	r.gather(parts, len(in.Extracts), firstOfWindow)
	r.addTallies(in.Extracts)
	for _, part := range parts {
		p.Followed = append(p.Followed, part.followed...)
	}
	if o.KeepEvents {
		for _, part := range parts {
			p.Events = append(p.Events, part.kept...)
			part.kept = nil
		}
		slices.SortStableFunc(p.Events, func(a, b dataset.Event) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	}

	care.window = [2]dataset.Day{p.From, p.To + 1}
	begun := care.orders()
	p.Stays = care.stays()
	if o.Annual {
		annualCare(r.Years, p.Stays)
	}
	care.count(p, p.Stays, careCovered, baseline)
	r.CareBy = care.days
	for _, days := range care.days {
		r.Care.add(days)
	}
	for _, o := range begun {
		care.begin(p, careOrders, o.child, o.start, careCovered[o.la], baseline)
	}
	r.Issues = append(r.Issues, care.issues...)
	r.Tally.Join(care.tally)
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
	if o.Makers {
		all := newTracker()
		for _, part := range parts {
			all.join(part.makers)
		}
		all.episodes(in.Extracts)
		r.Makers = all.all()
	}
	rows.care, rows.definition = r.Months.Care, o.S17
	p.addCounts(in, r, rows)
	for _, part := range parts {
		for _, u := range part.unsized {
			p.withhold(int(u.outcome), int(u.cell))
		}
	}
	o.Baseline = baseline
	p.addMarks(in, r, &o)
	p.markTables()
	p.addAttendance(in, r, &o)
	p.roll(in)
	return p, nil
}

// asDeclared puts what is declared of a span in the place of what was found.
func asDeclared(spans map[uint16]Span, declared map[uint16]Declared) {
	for la, d := range declared {
		span := d.Span
		have, ok := spans[la]
		if !ok {
			continue
		}
		if span.First != 0 {
			have.First = span.First
		}
		if span.Last != 0 {
			have.Last = span.Last
		}
		spans[la] = have
	}
}

// window settles the panel's first and last day: as asked, else the months that
// the deliveries of events cover, else those of care.
func (p *Panel) window(m *Months, o Options) error {
	p.From, p.To = o.From, o.To
	for _, spans := range []map[uint16]Span{m.Spans, m.Care, m.Given, m.School, m.Register} {
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

// gather adds up what the workers found, in an order that does not depend on them.
func (r *Report) gather(parts []*sift, files int, first dataset.Period) {
	r.Files = make([][dataset.Statuses]int64, files+1)
	r.Links = map[uint16]*[linkage.Methods]int64{}
	r.LinksByType = map[uint16]*[dataset.EventTypes][linkage.Methods]int64{}
	r.Types = map[uint16]*[dataset.EventTypes][dataset.Statuses]int64{}
	r.Monthly = map[uint16]map[dataset.Period]*[2]int64{}
	r.Years = map[uint16]*Annual{}
	for _, part := range parts {
		for la, years := range part.years {
			if r.Years[la] == nil {
				r.Years[la] = &Annual{}
			}
			r.Years[la].add(years)
		}
		r.Tally.Join(part.tally)
		for f := range part.files {
			for s, n := range part.files[f] {
				r.Files[f][s] += n
			}
		}
		for la, places := range part.places {
			if places == nil {
				continue
			}
			if r.Places[uint16(la)] == nil {
				r.Places[uint16(la)] = places
				continue
			}
			r.Places[uint16(la)].Add(places)
		}
		for la, by := range part.links {
			if by == nil {
				continue
			}
			if r.Links[uint16(la)] == nil {
				r.Links[uint16(la)] = new([linkage.Methods]int64)
				r.LinksByType[uint16(la)] = new([dataset.EventTypes][linkage.Methods]int64)
			}
			for t := range by {
				for m, n := range by[t] {
					r.Links[uint16(la)][m] += n
					r.LinksByType[uint16(la)][t][m] += n
				}
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
