package extracts

import "swis/dataset"

// Flag notes a rule at a column of the row; slot -1 is the whole row.
func (r *Row) Flag(rule dataset.RuleID, slot int) {
	column := ""
	if slot >= 0 {
		column = r.file.layout.Columns[slot].Name
	}
	r.out.issues = append(r.out.issues, dataset.Issue{Rule: rule, File: r.file.number, LA: r.la, Line: uint32(r.line), Column: column})
}

// Quarantine keeps the row out.
func (r *Row) Quarantine(rule dataset.RuleID, slot int) {
	r.status = dataset.Quarantined
	r.Flag(rule, slot)
}

// Event gives an event of the row; the first one of a row is reconciled.
func (r *Row) Event(e dataset.Event) {
	e.Line, e.LA, e.File = uint32(r.line), r.la, r.file.number
	if r.given {
		e.Flags |= dataset.Secondary
	}
	r.given = true
	r.out.events = append(r.out.events, e)
}

// Episode gives an episode of care.
func (r *Row) Episode(e dataset.Episode) {
	e.Line, e.LA, e.File = uint32(r.line), r.la, r.file.number
	r.given = true
	r.out.episodes = append(r.out.episodes, e)
}

// Person gives what the row says about a child.
func (r *Row) Person(p dataset.Person) {
	p.Line, p.LA, p.File = uint32(r.line), r.la, r.file.number
	if n := len(r.out.persons); n > 0 {
		if last := &r.out.persons[n-1]; last.Child == p.Child && last.Pupil == p.Pupil && last.Birth == p.Birth {
			return
		}
	}
	p.WithoutZeros = r.withoutZeros()
	r.out.persons = append(r.out.persons, p)
}

// Enrolment gives a span of a child at a school.
func (r *Row) Enrolment(e dataset.Enrolment) {
	e.Line, e.LA, e.File = uint32(r.line), r.la, r.file.number
	r.out.enrolments = append(r.out.enrolments, e)
}

// Count gives a count of a school.
func (r *Row) Count(c dataset.Count) {
	c.Line, c.LA, c.File = uint32(r.line), r.la, r.file.number
	c.Further = r.given
	r.given = true
	r.out.counts = append(r.out.counts, c)
}
