package extracts

import (
	"slices"

	"swis/dataset"
)

// piece is what the rows of one block gave that must stay in their order.
type piece struct {
	episodes   []dataset.Episode
	legal      []dataset.LegalSpan
	persons    []dataset.Person
	enrolments []dataset.Enrolment
	counts     []dataset.Count
	attendance []dataset.Attendance
	members    []dataset.Member
	responses  []dataset.Response
	schools    []dataset.School
	links      []dataset.SchoolLink
	published  []dataset.Published
	tallies    []dataset.Ended
	headers    []dataset.Header
	err        error
	errLine    int
}

// piece settles what the rows since the last one gave: lines become lines of
// the file, above which there are so many, and dates become days. Events go to
// those of the study.
func (r *Row) piece(above int) piece {
	b := r.out
	if r.file.orders == nil { // the first block decides, until all rows have voted
		r.file.orders, _, _ = r.file.vote(r.stats)
	}
	d := dater{f: r.file, orders: r.file.orders, tables: &r.tables}
	d.batch(b, uint32(above))
	for i := range b.events {
		e := &b.events[i]
		if e.Status != dataset.Quarantined {
			r.days.Add(e)
		}
		if e.School != 0 {
			r.name(e)
		}
	}
	for i := range b.marks {
		r.register.add(&b.marks[i])
	}
	b.marks = b.marks[:0]
	p := piece{episodes: exact(b.episodes), legal: exact(b.legal), persons: exact(b.persons), enrolments: exact(b.enrolments), counts: exact(b.counts), attendance: exact(b.attendance), members: exact(b.members), responses: exact(b.responses), schools: exact(b.schools),
		links: exact(b.links), published: exact(b.published), tallies: exact(b.tallies), headers: exact(b.headers)}
	p.err = r.writer.Add(b.events)
	r.file.set.Issues.Add(b.issues...)
	b.events, b.episodes, b.persons, b.enrolments, b.counts, b.attendance, b.members = b.events[:0], b.episodes[:0], b.persons[:0], b.enrolments[:0], b.counts[:0], b.attendance[:0], b.members[:0]
	b.legal, b.responses = b.legal[:0], b.responses[:0]
	b.schools, b.links, b.published, b.tallies, b.headers, b.issues = b.schools[:0], b.links[:0], b.published[:0], b.tallies[:0], b.headers[:0], b.issues[:0]
	return p
}

// naming is the first row that a worker saw name a school, and how many events
// it saw do so.
type naming struct {
	line   uint32
	events uint32
	la     uint16
}

func (r *Row) name(e *dataset.Event) {
	if int(e.School) >= len(r.named) {
		r.named = append(r.named, make([]naming, int(e.School)+1024-len(r.named))...)
	}
	n := &r.named[e.School]
	if n.events++; n.line == 0 {
		n.line, n.la = e.Line, e.LA
	}
}

// settle puts together what the blocks of a file gave, once it has been read
// whole.
func (f *file) settle(pieces []piece, rows []*Row) error {
	x := f.extract
	stats := make([]dateStats, len(f.layout.Columns))
	las := map[uint16]int64{}
	pairs := map[[2]uint32]*dataset.SchoolPair{}
	var named []naming
	var times []int64
	for _, r := range rows {
		b := r.out
		for i := range stats {
			stats[i].add(&r.stats[i])
		}
		x.Rows += b.rows
		x.Settled += b.settled
		x.Year = max(x.Year, b.year)
		f.tally.Join(r.tally)
		for s := range b.read {
			x.Read[s] += b.read[s]
		}
		for la, rows := range b.las {
			if rows > 0 && la > 0 {
				las[uint16(la)] += rows
			}
		}
		for key, p := range b.pairs {
			if have := pairs[key]; have == nil {
				pairs[key] = p
			} else {
				if p.Line < have.Line {
					have.Line, have.LA = p.Line, p.LA
				}
				have.Rows += p.Rows
			}
		}
		x.Days.Merge(&r.days)
		if len(named) < len(r.named) {
			times = append(times, make([]int64, len(r.named)-len(named))...)
			named = append(named, make([]naming, len(r.named)-len(named))...)
		}
		for code, n := range r.named {
			times[code] += int64(n.events)
			if n.line > 0 && (named[code].line == 0 || n.line < named[code].line) {
				named[code] = n
			}
		}
		if err := r.writer.Flush(); err != nil {
			return err
		}
	}
	for code, n := range named {
		if n.line > 0 {
			x.Named = append(x.Named, dataset.Naming{School: uint32(code), LA: n.la, Events: times[code]})
		}
	}
	if x.Rows == 0 {
		f.note(ruleF02, 0, "")
	}
	orders, open, err := f.vote(stats)
	if err != nil {
		return err
	}
	for i, o := range orders {
		if o != f.orders[i] && stats[i].shapes[shapeNumbers]+stats[i].shapes[shapeTwoDigit] > 0 {
			return &otherDates{orders}
		}
	}
	for _, column := range open {
		f.note(ruleD02, 0, column)
	}
	for i := range pieces {
		p := &pieces[i]
		x.Headers = append(x.Headers, p.headers...)
		if len(p.episodes) > 0 {
			x.Episodes = append(x.Episodes, p.episodes)
		}
		x.Legal = append(x.Legal, p.legal...)
		x.Persons = append(x.Persons, p.persons...)
		x.Enrolments = append(x.Enrolments, p.enrolments...)
		x.Counts = append(x.Counts, p.counts...)
		x.Attendance = append(x.Attendance, p.attendance...)
		x.Members = append(x.Members, p.members...)
		x.Responses = append(x.Responses, p.responses...)
		x.Schools = append(x.Schools, p.schools...)
		x.Links = append(x.Links, p.links...)
		x.Published = append(x.Published, p.published...)
		x.Tallies = append(x.Tallies, p.tallies...)
		*p = piece{}
	}
	x.Marks = joined(rows)
	for _, p := range pairs {
		x.Pairs = append(x.Pairs, *p)
	}
	slices.SortFunc(x.Pairs, func(a, b dataset.SchoolPair) int { return int(a.Line) - int(b.Line) })
	for la := range las {
		x.LAs = append(x.LAs, f.set.LAs.Text(uint32(la)))
		if !laForm(f.set.LAs.Text(uint32(la))) {
			f.set.Issues.Add(dataset.Issue{Rule: ruleF10, File: f.number, LA: la, Column: f.laColumn()})
		}
	}
	slices.Sort(x.LAs)
	for _, la := range x.LAs {
		x.LARows = append(x.LARows, las[uint16(f.set.LAs.Code(la))])
	}
	f.compareLA()
	f.censusTerm()
	return nil
}

// laColumn is the column of the authority's code, empty where it is given.
func (f *file) laColumn() string {
	if f.laSlot < 0 {
		return ""
	}
	return f.layout.Columns[f.laSlot].Name
}

// compareLA notes once that a census header or a column of codes names another
// authority than the one given for the file.
func (f *file) compareLA() {
	if f.la == 0 {
		return
	}
	given := f.set.LAs.Text(uint32(f.la))
	other := func(la string) bool { return la != "" && la != given }
	switch {
	case slices.ContainsFunc(f.extract.Headers, func(h dataset.Header) bool { return other(h.LA) }):
		f.note(ruleF09, 2, "LEA")
	case f.laSlot >= 0 && slices.ContainsFunc(f.extract.LAs, other):
		f.note(ruleF09, 0, f.laColumn())
	}
}

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
