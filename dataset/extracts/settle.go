package extracts

import (
	"runtime"
	"slices"
	"sync"

	"swis/dataset"
)

// settle puts the batches of a file together once it has been read whole:
// lines become lines of the file, and dates become days under the order of
// day and month that each column's cells vote for.
func (f *file) settle(batches []*batch, stats []dateStats, headerLines int) error {
	x := f.extract
	line := headerLines
	starts := make([]int, len(batches))
	for i, b := range batches {
		starts[i] = line
		if b.err != nil {
			return f.unreadable(b.err, line+b.errLine)
		}
		line += b.lines
		x.Rows += b.rows
	}
	if x.Rows == 0 {
		f.note(ruleF02, 0, "")
	}
	d := dater{f: f}
	if err := d.vote(stats); err != nil {
		return err
	}
	var wait sync.WaitGroup
	next := make(chan int, len(batches))
	for i := range batches {
		next <- i
	}
	close(next)
	for range runtime.GOMAXPROCS(0) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := range next {
				d.batch(batches[i], uint32(starts[i]))
			}
		}()
	}
	wait.Wait()
	las := map[uint16]int64{}
	pairs := map[[2]uint32]*dataset.SchoolPair{}
	for i, b := range batches {
		for key, p := range b.pairs {
			p.Line += uint32(starts[i])
			if have := pairs[key]; have != nil {
				have.Rows += p.Rows
			} else {
				pairs[key] = p
			}
		}
		for la, rows := range b.las {
			if rows > 0 && la > 0 {
				las[uint16(la)] += rows
			}
		}
		for s := range b.read {
			x.Read[s] += b.read[s]
		}
		x.Settled += b.settled
		if b.year > x.Year {
			x.Year = b.year
		}
		x.Headers = append(x.Headers, b.headers...)
		if len(b.events) > 0 {
			x.Events = append(x.Events, b.events)
		}
		if len(b.episodes) > 0 {
			x.Episodes = append(x.Episodes, b.episodes)
		}
		x.Persons = append(x.Persons, b.persons...)
		x.Enrolments = append(x.Enrolments, b.enrolments...)
		x.Counts = append(x.Counts, b.counts...)
		x.Attendance = append(x.Attendance, b.attendance...)
		x.Schools = append(x.Schools, b.schools...)
		x.Links = append(x.Links, b.links...)
		x.Published = append(x.Published, b.published...)
		x.Tallies = append(x.Tallies, b.tallies...)
		f.issues = append(f.issues, b.issues...)
	}
	for _, p := range pairs {
		x.Pairs = append(x.Pairs, *p)
	}
	slices.SortFunc(x.Pairs, func(a, b dataset.SchoolPair) int { return int(a.Line) - int(b.Line) })
	for la := range las {
		x.LAs = append(x.LAs, f.set.LAs.Text(uint32(la)))
		if !laForm(f.set.LAs.Text(uint32(la))) {
			f.issues = append(f.issues, dataset.Issue{Rule: ruleF10, File: f.number, LA: la, Column: f.laColumn()})
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
	f         *file
	orders    []order
	twoDigits bool
}

// vote decides the order of each column's dates: as declared; else by the
// numbers above 12 in it; else by the file's other columns; else dd/mm.
func (d *dater) vote(stats []dateStats) error {
	columns := d.f.layout.Columns
	d.orders = make([]order, len(columns))
	d.twoDigits = d.f.input.Mapping != nil && d.f.input.Mapping.TwoDigitYears
	var fileDay, fileMonth int64
	for i := range columns {
		fileDay += stats[i].dayFirst
		fileMonth += stats[i].monthFirst
	}
	var problems dataset.Problems
	for i := range columns {
		s := &stats[i]
		declared := d.f.input.Mapping.orderOf(&columns[i])
		switch {
		case declared != orderOpen:
			d.orders[i] = declared
		case s.dayFirst > 0 && s.monthFirst > 0:
			problems = append(problems, dataset.Problem{File: d.f.input.Path, Column: columns[i].Name, Rule: ruleD03.String(),
				Text: "some dates can only be dd/mm/yyyy, others only mm/dd/yyyy; say which in a mapping file (dates: dmy), or export the column anew"})
		case s.monthFirst > 0:
			d.orders[i] = orderMonthFirst
		case s.dayFirst > 0:
			d.orders[i] = orderDayFirst
		case fileMonth > 0 && fileDay == 0:
			d.orders[i] = orderMonthFirst
		default:
			d.orders[i] = orderDayFirst
			if fileDay == 0 && s.shapes[shapeNumbers] > 0 {
				d.f.note(ruleD02, 0, columns[i].Name)
			}
		}
	}
	if problems != nil {
		return problems
	}
	return nil
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
	b.settled = quarantined
	b.read[dataset.Pending] -= quarantined
	b.read[dataset.Quarantined] += quarantined
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

// required settles a date without which the row means nothing.
func (d *dater) required(at *dataset.Day, b *batch, line uint32, la uint16) (quarantined bool) {
	w := *at
	if w == dataset.NoDay {
		return true
	}
	settled, ok := day(w, d.orders[w>>21&63], d.twoDigits)
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
	settled, ok := day(w, d.orders[w>>21&63], d.twoDigits)
	switch {
	case !ok:
		b.issues = append(b.issues, dataset.Issue{Rule: ruleD09, File: d.f.number, LA: la, Line: line, Column: d.column(w)})
	case w>>18&7 == shapeSentinel:
		b.issues = append(b.issues, dataset.Issue{Rule: ruleD10, File: d.f.number, LA: la, Line: line, Column: d.column(w)})
	}
	return settled
}
