package panel

import (
	"maps"

	"swis/dataset"
)

// deliveredRows is what authorities delivered as rows, by which a count of the
// same is one too many: nothing is counted twice.
type deliveredRows struct {
	months     *Months
	types      map[uint16][dataset.EventTypes]bool
	spans      map[uint16]Span
	care       map[uint16]Span
	definition S17
	las        map[string]uint16
}

// rowsOf notes what was read as rows, before rows that were counted in a
// warehouse are added to it.
func rowsOf(m *Months) *deliveredRows {
	d := &deliveredRows{months: m, types: map[uint16][dataset.EventTypes]bool{}, spans: maps.Clone(m.Spans)}
	for la, counts := range m.Counts {
		var types [dataset.EventTypes]bool
		for t := range counts {
			types[t] = counts[t] != nil
		}
		d.types[la] = types
	}
	return d
}

// has says whether an authority delivered rows for an outcome in the period of
// a count.
func (d *deliveredRows) has(authority string, c *dataset.Count) bool {
	la, known := d.las[authority]
	if !known {
		return false
	}
	outcome := &dataset.Outcomes[c.Outcome]
	span, ok := d.spans[la]
	if outcome.Care != dataset.NoCare {
		span, ok = d.care[la]
	} else if s := d.months.of(la, outcome, d.definition); !s.ok || !d.types[la][s.of.Type] {
		return false
	}
	month := dataset.Month.Of(c.Day)
	return ok && month >= span.First && month <= span.Last
}

// addCounts adds tables of counts: an authority that hands over a count for a
// school and period has delivered it. A cell is known where the counts given
// for it cover all its days.
func (p *Panel) addCounts(in *Input, r *Report, rows *deliveredRows) {
	rows.las = map[string]uint16{}
	for la, name := range in.LAs {
		rows.las[name] = uint16(la)
	}
	p.Suppressed, p.Given = make([][]bool, len(dataset.Outcomes)), make([][]int32, len(dataset.Outcomes))
	type place struct {
		school  uint32
		day     dataset.Day
		outcome int16
		kind    dataset.PeriodKind
	}
	first := map[place]*dataset.Count{}
	for n, x := range in.Extracts {
		for i := range x.Counts {
			c := &x.Counts[i]
			if c.Status == dataset.Pending {
				at := place{c.School, c.Day, c.Outcome, c.Kind}
				if have, twice := first[at]; twice {
					c.Status = dataset.Duplicate
					if have.Value == c.Value && have.Missing == c.Missing {
						r.Tally.Add(c.LA, ruleE01, 1)
					} else {
						r.Issues = append(r.Issues, dataset.Issue{Rule: ruleE02, File: c.File, LA: c.LA, Line: c.Line})
					}
				} else {
					first[at] = c
					if c.Status = p.addCount(in, c, rows); c.Status == dataset.Duplicate { // what rows say stands
						r.Issues = append(r.Issues, dataset.Issue{Rule: ruleE02, File: c.File, LA: c.LA, Line: c.Line})
					}
				}
			}
			if !c.Further {
				r.Files[n+1][c.Status]++
			}
		}
	}
}

func (p *Panel) addCount(in *Input, c *dataset.Count, rows *deliveredRows) dataset.Status {
	link := in.Linker.Find(0, c.Day, c.School)
	if link.School < 0 {
		return dataset.OtherSchool
	}
	period := p.Kind.Of(c.Day) - p.First
	if c.Day < p.Kind.Start(p.First) || int(period) >= p.Periods || period < 0 {
		return dataset.OutOfWindow
	}
	if p.Kind == dataset.Window && !p.inside(c.Day, c.Kind) {
		return dataset.OutOfWindow
	}
	distinct := dataset.Outcomes[c.Outcome].Kind == dataset.ChildrenOutcome
	if c.Kind != p.Kind && (distinct || c.Kind > p.Kind) {
		return dataset.OtherKind // children of months do not add up to children of a term; years cannot be cut
	}
	cell := int(link.School)*p.Periods + int(period)
	if rows.has(p.Schools[link.School].LA, c) && p.delivered[c.Outcome][cell] {
		return dataset.Duplicate
	}
	p.give(int(c.Outcome), cell, c.Day, c.Kind, int32(c.Value), c.Missing)
	return dataset.Counted
}

// inside says that the period of kind that begins on a day is within the window.
func (p *Panel) inside(day dataset.Day, kind dataset.PeriodKind) bool {
	return day >= p.From && kind.Start(kind.Of(day)+1)-1 <= p.To
}

// give adds a number that a table holds for the period of kind that begins on
// a day; withheld numbers leave the cell empty.
func (p *Panel) give(outcome, cell int, day dataset.Day, kind dataset.PeriodKind, value int32, withheld bool) {
	if p.Given[outcome] == nil {
		p.Given[outcome] = make([]int32, len(p.Schools)*p.Periods)
	}
	from, to := max(p.From, kind.Start(kind.Of(day))), min(p.To, kind.Start(kind.Of(day)+1)-1)
	p.Given[outcome][cell] += int32(max(0, to-from+1))
	if withheld {
		p.withhold(outcome, cell)
		return
	}
	p.Value[outcome][cell] += value
}

// withhold leaves a cell empty.
func (p *Panel) withhold(outcome, cell int) {
	if p.Suppressed[outcome] == nil {
		p.Suppressed[outcome] = make([]bool, len(p.Schools)*p.Periods)
	}
	p.Suppressed[outcome][cell] = true
}

// markTables remembers which cells tables of counts gave.
func (p *Panel) markTables() {
	p.byTable = make([][]bool, len(p.Given))
	for o, days := range p.Given {
		if days == nil {
			continue
		}
		p.byTable[o] = make([]bool, len(days))
		for cell, n := range days {
			p.byTable[o][cell] = n > 0
		}
	}
}

// Known says whether a cell holds a number: its authority delivered it, or
// tables of counts gave it for all days and did not withhold it. A share is
// known where both of its outcomes are and the one below the line is not 0.
func (p *Panel) Known(outcome, school, i int) bool {
	if !p.Has[outcome] {
		return false
	}
	if o := &dataset.Outcomes[outcome]; o.Kind == dataset.ShareOutcome {
		_, ok := p.Share(outcome, school, i)
		return ok
	}
	cells := p.Cells(outcome)
	return cells.Known(school*p.Periods+i, i)
}

// Cells are the numbers of an outcome that is counted, with what says whether
// they are known, by school and period: cell school*Periods+i is of period i.
type Cells struct {
	panel      *Panel
	Value      []int32
	delivered  []bool
	suppressed []bool
	given      []int32
}

// Cells of an outcome that is a column and no share.
func (p *Panel) Cells(outcome int) Cells {
	return Cells{p, p.Value[outcome], p.delivered[outcome], p.Suppressed[outcome], p.Given[outcome]}
}

// Known says whether a cell of period i holds a number.
func (c *Cells) Known(cell, i int) bool {
	if c.suppressed == nil && c.given == nil {
		return c.delivered[cell]
	}
	return c.tabled(cell, i)
}

// tabled is Known where there are tables of counts.
func (c *Cells) tabled(cell, i int) bool {
	if c.suppressed != nil && c.suppressed[cell] {
		return false
	}
	if c.given != nil && c.given[cell] > 0 {
		return int(c.given[cell]) >= c.panel.Days(i)
	}
	return c.delivered[cell]
}

// Share is the number of an outcome that is a share; not ok where one of its
// outcomes is not known, or the one below the line is 0.
func (p *Panel) Share(outcome, school, i int) (x float64, ok bool) {
	o := &dataset.Outcomes[outcome]
	part, whole := dataset.OutcomeIndex(o.Part), dataset.OutcomeIndex(o.Whole)
	if !p.Known(part, school, i) || !p.Known(whole, school, i) {
		return 0, false
	}
	cell := school*p.Periods + i
	below := float64(p.Value[whole][cell])
	if below == 0 {
		return 0, false
	}
	x = float64(p.Value[part][cell]) / below
	if o.Rest {
		x = 1 - x
	}
	return x, true
}
