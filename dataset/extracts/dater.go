package extracts

import "swis/dataset"

// dater turns the written dates of a file into days.
type dater struct {
	f      *file
	orders []order
	tables *dayTables
}

// dayTables are the days of written dates under each order, 0 where not known yet.
type dayTables [3]*[1 << 18]dataset.Day

// otherDates says that the votes of all rows of a file give other orders of
// day and month than those of its beginning: it must be read again.
type otherDates struct{ orders []order }

func (*otherDates) Error() string { return "dates are to be read in another order" }

// vote decides the order of each column's dates: as declared; else by the
// numbers above 12 in it; else by the file's other columns; else dd/mm. open
// are the columns of which nothing tells; the error is of those that vote for
// both.
func (f *file) vote(stats []dateStats) (orders []order, open []string, err error) {
	columns := f.layout.Columns
	orders = make([]order, len(columns))
	var fileDay, fileMonth int64
	for i := range columns {
		fileDay += stats[i].dayFirst
		fileMonth += stats[i].monthFirst
	}
	var problems dataset.Problems
	for i := range columns {
		s := &stats[i]
		declared := f.input.Mapping.orderOf(&columns[i])
		switch {
		case declared != orderOpen:
			orders[i] = declared
		case s.dayFirst > 0 && s.monthFirst > 0:
			problems = append(problems, dataset.Problem{File: f.input.Path, Column: columns[i].Name, Rule: ruleD03.String(),
				Text: "some dates can only be dd/mm/yyyy, others only mm/dd/yyyy; say which in a mapping file (dates: dmy), or export the column anew"})
		case s.monthFirst > 0:
			orders[i] = orderMonthFirst
		case s.dayFirst > 0:
			orders[i] = orderDayFirst
		case fileMonth > 0 && fileDay == 0:
			orders[i] = orderMonthFirst
		default:
			orders[i] = orderDayFirst
			if fileDay == 0 && s.shapes[shapeNumbers] > 0 {
				open = append(open, columns[i].Name)
			}
		}
	}
	if problems != nil {
		return orders, nil, problems
	}
	return orders, open, nil
}

// batch settles the dates and lines of one batch.
func (d *dater) batch(b *batch, base uint32) {
	for i := range b.issues {
		b.issues[i].Line += base
	}
	quarantined := int64(0)
	for i := range b.events {
		e := &b.events[i]
		e.Line += base
		e.Parent = d.other(b, e.Parent, e.Line, e.LA)
		if e.Flags&dataset.Secondary != 0 {
			if e.Day = d.other(b, e.Day, e.Line, e.LA); e.Day == dataset.NoDay {
				e.Status = dataset.Quarantined
			}
			continue
		}
		if d.required(&e.Day, b, e.Line, e.LA) {
			e.Status = dataset.Quarantined
			quarantined++
		}
	}
	for i := range b.episodes {
		e := &b.episodes[i]
		e.Line += base
		e.End = d.other(b, e.End, e.Line, e.LA)
		if d.required(&e.Start, b, e.Line, e.LA) {
			e.Status = dataset.Quarantined
			quarantined++
		}
	}
	for i := range b.counts {
		c := &b.counts[i]
		c.Line += base
		if d.required(&c.Day, b, c.Line, c.LA) {
			c.Status = dataset.Quarantined
			if !c.Further {
				quarantined++
			}
		}
	}
	for i := range b.attendance {
		b.attendance[i].Line += base
	}
	marks := b.marks[:0]
	for _, m := range b.marks {
		m.Line += base
		if d.required(&m.Day, b, m.Line, m.LA) {
			b.read[dataset.Pending]--
			b.read[dataset.Quarantined]++
			continue
		}
		marks = append(marks, m)
	}
	b.marks = marks
	for i := range b.responses {
		b.responses[i].Line += base
	}
	members := b.members[:0]
	for _, m := range b.members {
		m.Line += base
		if blank(m.Day) {
			m.Day = dataset.NoDay
		} else if d.required(&m.Day, b, m.Line, m.LA) { // a day that cannot be read is not the baseline
			b.read[dataset.OtherKind]--
			b.read[dataset.Quarantined]++
			continue
		}
		members = append(members, m)
	}
	b.members = members
	b.settled += quarantined
	b.read[dataset.Pending] -= quarantined
	b.read[dataset.Quarantined] += quarantined
	for i := range b.legal {
		l := &b.legal[i]
		l.Line += base
		l.Start, l.End = d.other(b, l.Start, l.Line, l.LA), d.other(b, l.End, l.Line, l.LA)
	}
	for i := range b.persons {
		p := &b.persons[i]
		p.Line += base
		p.Birth = d.other(b, p.Birth, p.Line, p.LA)
		p.Death = d.other(b, p.Death, p.Line, p.LA)
	}
	kept := b.enrolments[:0]
	for _, e := range b.enrolments {
		e.Line += base
		e.Start = d.other(b, e.Start, e.Line, e.LA)
		e.End = d.other(b, e.End, e.Line, e.LA)
		if e.Start != dataset.NoDay && e.End != dataset.NoDay && e.End < e.Start {
			b.issues = append(b.issues, dataset.Issue{Rule: ruleL05, File: e.File, LA: e.LA, Line: e.Line})
			b.read[dataset.OtherKind]--
			b.read[dataset.Quarantined]++
			continue
		}
		kept = append(kept, e)
	}
	b.enrolments = kept
	for i := range b.headers {
		b.headers[i].Reference = d.other(b, b.headers[i].Reference, base+2, 0)
	}
	for i := range b.schools {
		s := &b.schools[i]
		s.Line += base
		s.Open = d.other(b, s.Open, s.Line, 0)
		s.Close = d.other(b, s.Close, s.Line, 0)
		s.CensusDate = d.other(b, s.CensusDate, s.Line, 0)
	}
}

func (d *dater) column(w written) string { return d.f.layout.Columns[w>>21&63].Name }

// day of a written date. The usual ones are looked up.
func (d *dater) day(w written) (dataset.Day, bool) {
	o := d.orders[w>>21&63]
	table := d.tables[o]
	if w>>18&7 != shapeNumbers {
		return day(w, o, d.f.input.Mapping != nil && d.f.input.Mapping.TwoDigitYears)
	}
	if table == nil {
		table = new([1 << 18]dataset.Day)
		d.tables[o] = table
	}
	if known := table[w&(1<<18-1)]; known != 0 {
		return known, true
	}
	settled, ok := day(w, o, false)
	if ok {
		table[w&(1<<18-1)] = settled // never 0: 1 January 1970 stands for no date
	}
	return settled, ok
}

// required settles a date without which the row means nothing.
func (d *dater) required(at *dataset.Day, b *batch, line uint32, la uint16) (quarantined bool) {
	w := *at
	if w == dataset.NoDay {
		return true
	}
	settled, ok := d.day(w)
	*at = settled
	if ok && settled >= childrenAct {
		return false
	}
	rule := ruleD01
	switch {
	case w>>18&7 == shapeTwoDigit:
		rule = ruleD05
	case w>>18&7 == shapeSentinel, ok && settled != dataset.NoDay:
		rule = ruleD07
	}
	*at = dataset.NoDay
	b.issues = append(b.issues, dataset.Issue{Rule: rule, File: d.f.number, LA: la, Line: line, Column: d.column(w)})
	return true
}

// childrenAct is the day the Children Act 1989 came into force.
var childrenAct = dataset.DayOf(1991, 10, 14)

// other settles a date that may be blank.
func (d *dater) other(b *batch, w written, line uint32, la uint16) dataset.Day {
	if w == dataset.NoDay || w.IsCase() {
		return w
	}
	settled, ok := d.day(w)
	switch {
	case !ok:
		b.issues = append(b.issues, dataset.Issue{Rule: ruleD09, File: d.f.number, LA: la, Line: line, Column: d.column(w)})
	case w>>18&7 == shapeSentinel:
		b.issues = append(b.issues, dataset.Issue{Rule: ruleD10, File: d.f.number, LA: la, Line: line, Column: d.column(w)})
	}
	return settled
}
