package panel

import (
	"slices"

	"swis/dataset"
)

// source is what an authority's events must be to count for an outcome.
type source struct {
	of dataset.Of
	ok bool // the authority delivers it
}

// of says which events of an authority an outcome counts. Where the outcome
// has several definitions, the one chosen; the authority's own count stands
// where it delivers nothing else, and where the definition is only derived
// from flags.
func (m *Months) of(la uint16, o *dataset.Outcome, definition S17) source {
	counts := m.Counts[la]
	if counts == nil {
		return source{}
	}
	of := o.Of
	if o.Under != nil {
		of = o.Under[definition].Of
		if counts[o.Own] != nil && (counts[of.Type] == nil || of.With != 0) {
			of = dataset.Of{Type: o.Own}
		}
	}
	return source{of, of.Type != dataset.NoEvent && counts[of.Type] != nil && m.Flags[la][of.Type]&of.Needs == of.Needs}
}

// present decides which outcomes are columns of the panel.
func (p *Panel) present(in *Input, m *Months, o *Options) {
	given := make([]bool, len(dataset.Outcomes))
	for _, x := range in.Extracts {
		for i := range x.Counts {
			given[x.Counts[i].Outcome] = true
		}
	}
	sessions := p.Kind != dataset.Month && slices.ContainsFunc(in.Extracts, func(x *dataset.Extract) bool {
		return slices.ContainsFunc(x.Attendance, func(a dataset.Attendance) bool { return !a.Reasons && a.Possible >= 0 })
	})
	sessions = sessions || slices.ContainsFunc(in.Extracts, func(x *dataset.Extract) bool {
		return len(x.Marks) > 0 || slices.ContainsFunc(x.Tallies, func(t dataset.Ended) bool { return t.Sessions }) // read, or counted in a warehouse
	})
	delivered := func(i int) bool {
		outcome := &dataset.Outcomes[i]
		switch {
		case given[i]:
			return true
		case outcome.Care == dataset.CareOrders:
			return len(m.Care) > 0 && len(ordersDelivered(in.Extracts)) > 0
		case outcome.Care != dataset.NoCare:
			return len(m.Care) > 0
		case outcome.Sessions != dataset.NoSessions:
			return sessions
		}
		for la := range m.Counts {
			if m.of(la, outcome, o.S17).ok {
				return true
			}
		}
		return false
	}
	p.Has = make([]bool, len(dataset.Outcomes))
	all := slices.Contains(o.Outcomes, AllOutcomes)
	for i := range dataset.Outcomes {
		outcome := &dataset.Outcomes[i]
		if outcome.Kind == dataset.ShareOutcome {
			continue
		}
		p.Has[i] = outcome.In == dataset.Always || given[i] || slices.Contains(o.Outcomes, outcome.Name) || (outcome.In == dataset.Delivered || all) && delivered(i)
	}
	for i := range dataset.Outcomes {
		outcome := &dataset.Outcomes[i]
		if outcome.Kind != dataset.ShareOutcome {
			continue
		}
		part, whole := dataset.OutcomeIndex(outcome.Part), dataset.OutcomeIndex(outcome.Whole)
		if slices.Contains(o.Outcomes, outcome.Name) {
			p.Has[part], p.Has[whole] = true, true
		}
		p.Has[i] = p.Has[part] && p.Has[whole]
	}
}

// target is an outcome for which an event may count.
type target struct {
	outcome       int16
	children      int16 // place among the outcomes that count children, -1 for others
	with, without dataset.Flag
	sum           bool
}

// targets gives the outcomes of an event by authority and type, and how many
// of them count children.
func (p *Panel) targets(in *Input, m *Months, definition S17) (table [][dataset.EventTypes][]target, children int) {
	table = make([][dataset.EventTypes][]target, len(in.LAs))
	for i := range dataset.Outcomes {
		outcome := &dataset.Outcomes[i]
		if !p.Has[i] {
			continue
		}
		t := target{outcome: int16(i), children: -1}
		if outcome.Kind == dataset.ChildrenOutcome && outcome.Care == dataset.NoCare {
			t.children = int16(children)
			children++
		}
		for la := range table {
			if s := m.of(uint16(la), outcome, definition); s.ok {
				t.with, t.without, t.sum = s.of.With, s.of.Without, s.of.Sum
				table[la][s.of.Type] = append(table[la][s.of.Type], t)
			}
		}
	}
	return table, children
}

// cover fills Covered: a period is covered where every month of it inside the
// window is. It returns the covered periods of care by authority.
func (p *Panel) cover(in *Input, m *Months, o Options) map[uint16]map[dataset.Period]bool {
	window := Span{dataset.Month.Of(p.From), dataset.Month.Of(p.To)}
	care, ordered := map[uint16]map[dataset.Period]bool{}, ordersDelivered(in.Extracts)
	for la := 1; la < len(in.LAs); la++ {
		la := uint16(la)
		byType := m.deliveredTypes(la, window)
		careMonths := map[dataset.Period]bool{}
		if span, ok := m.Care[la]; ok {
			for month := span.First; month <= span.Last; month++ {
				if m.CareIn(la, month) {
					careMonths[month] = true
				}
			}
		}
		of := make([]map[dataset.Period]bool, len(dataset.Outcomes))
		for i := range dataset.Outcomes {
			outcome := &dataset.Outcomes[i]
			if outcome.Care != dataset.NoCare && (outcome.Care != dataset.CareOrders || ordered[la]) {
				of[i] = careMonths
			} else if s := m.of(la, outcome, o.S17); s.ok {
				of[i] = byType[s.of.Type]
			}
		}
		cover := make([][]bool, len(dataset.Outcomes))
		for i := range cover {
			cover[i] = make([]bool, p.Periods)
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
			whole := func(months map[dataset.Period]bool, bounds Bounds) bool {
				if bounds.cuts(from, to) {
					return false
				}
				for month := dataset.Month.Of(from); month <= dataset.Month.Of(to); month++ {
					if !months[month] {
						return false
					}
				}
				return len(months) > 0
			}
			for outcome, months := range of {
				bounds := m.Bounds[la]
				switch dataset.Outcomes[outcome].Family {
				case dataset.CareFamily:
					bounds = m.CareBounds[la]
				case dataset.SchoolFamily:
					bounds = Bounds{dataset.NoDay, dataset.NoDay}
				}
				cover[outcome][i] = whole(months, bounds)
			}
			if whole(careMonths, m.CareBounds[la]) {
				care[la][period] = true
			}
			edge[i] = end != dataset.NoDay && to > end-lateDays && from <= end
		}
		p.Covered[in.LAs[la]] = cover
		p.Edge[in.LAs[la]] = edge
	}
	return care
}

// cellsDelivered says by outcome and cell whether the school's authority
// delivered the outcome in the period.
func (p *Panel) cellsDelivered(drops map[int]dataset.Day) [][]bool {
	cells := make([][]bool, len(dataset.Outcomes))
	for o := range cells {
		if p.Has[o] {
			cells[o] = make([]bool, len(p.Schools)*p.Periods)
		}
	}
	for s := range p.Schools {
		covered := p.Covered[p.Schools[s].LA]
		if covered == nil {
			continue
		}
		day, dropped := drops[s]
		for o := range cells {
			if cells[o] == nil {
				continue
			}
			of := cells[o][s*p.Periods : (s+1)*p.Periods]
			copy(of, covered[o])
			if dropped {
				clear(of[p.kept(day):])
			}
		}
	}
	return cells
}

// kept is the number of periods that end before a day.
func (p *Panel) kept(day dataset.Day) int {
	return min(max(0, int(p.Kind.Of(day)-p.First)), p.Periods)
}

// EventTypes are the types of events that the outcomes of the panel are made of.
func (p *Panel) EventTypes() map[dataset.EventType]bool {
	types := map[dataset.EventType]bool{}
	for i := range dataset.Outcomes {
		o := &dataset.Outcomes[i]
		if !p.Has[i] {
			continue
		}
		types[o.Of.Type], types[o.Own] = true, true
		for _, d := range o.Under {
			types[d.Of.Type] = true
		}
	}
	delete(types, dataset.NoEvent)
	return types
}
