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
		if e.Status != dataset.Quarantined && e.Type != dataset.EnquiryEnd {
			r.days.Add(e)
		}
		if e.School != 0 {
			r.named.add(e)
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

// settle puts together what the blocks of a file gave, once it has been read
// whole.
func (f *file) settle(pieces []piece, rows []*Row) error {
	x := f.extract
	stats := make([]dateStats, len(f.layout.Columns))
	las := map[uint16]int64{}
	pairs := map[[2]uint32]*dataset.SchoolPair{}
	all := rows[0] // counts what the others counted too
	for i, r := range rows {
		b := r.out
		for c := range stats {
			stats[c].add(&r.stats[c])
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
		if i > 0 {
			all.days.Merge(&r.days)
			all.named.merge(&r.named)
		}
		if err := r.writer.Flush(); err != nil {
			return err
		}
	}
	x.Days, x.Named = all.days.Pack(), all.named.list()
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
	x.Counts = fillCovered(x.Counts)
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
	f.set.give(rows)
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
