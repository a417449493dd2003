package extracts

import "swis/dataset"

// The pupil rolls of the school census, and other tables that say which child
// was at which school. A child is at a school from the entry date to the day
// before the leaving date.

var schoolNumber = Column{Name: "URN", Kind: SchoolNumber, Also: []string{"NativeId", "school_urn", "school_id", "school", "LAESTAB"}, Means: "the school: URN, LAESTAB or the authority's own number"}

// laestabColumn is the school's other number, where a file gives both.
var laestabColumn = Column{Name: "LAESTAB", Kind: SchoolNumber, Also: []string{"dfe_number", "dfes_number"}, Means: "LA and establishment number, held against the URN"}

func rollColumns(leaving bool) []Column {
	columns := []Column{
		{Name: "upn", Kind: UPN, Required: true, Means: "unique pupil number"},
		{Name: "entrydate", Kind: Date, Required: true, Also: []string{"entry_date"}, Means: "first day on roll"},
		withRequired(schoolNumber),
		{Name: "formerupn", Kind: UPN, Means: "an earlier UPN"},
		{Name: "enrolstatus", Also: []string{"enrol_status"}, Means: "C single, M main, S subsidiary registration; others"},
		{Name: "dob", Kind: Date, Means: "birth date"},
		laestabColumn,
	}
	row := "pupilonrolltableid"
	if leaving {
		columns = append(columns, Column{Name: "leavingdate", Kind: Date, Required: true, Also: []string{"leaving_date"}, Means: "day of leaving, not counted"})
		row = "pupilnolongeronrolltableid"
	}
	return append(columns, sessionColumns(row)...)
}

// places of columns of the rolls
const (
	leavingSlot  = 7
	sessionsOn   = 7 // where the columns on attendance begin
	sessionsLeft = 8
)

func withRequired(c Column) Column { c.Required = true; return c }

var rollOn = Layout{
	Name: "roll-onroll", Title: "school census, pupils on roll", Without: []string{"leavingdate", "leaving_date"},
	Columns: rollColumns(false), Row: func(r *Row) { rollRow(r, false) },
}

var rollLeft = Layout{
	Name: "roll-left", Title: "school census, pupils no longer on roll",
	Columns: rollColumns(true), Row: func(r *Row) { rollRow(r, true) },
}

// readRank orders registrations: a single one before a main, before a
// subsidiary, before others.
func readRank(b []byte) uint32 {
	switch string(b) {
	case "C", "c":
		return 1
	case "M", "m":
		return 2
	case "S", "s":
		return 3
	}
	return 4
}

func rollRow(r *Row, left bool) {
	pupil, _ := r.Pupil(0)
	if pupil == 0 {
		r.Quarantine(ruleK01, 0)
		return
	}
	e := dataset.Enrolment{Pupil: pupil, Start: r.Date(1), End: dataset.NoDay, School: r.SchoolOf(2, 6)}
	e.Former, _ = r.Pupil(3)
	if rank := r.Coded(4, readRank); rank > 0 {
		e.Rank = uint8(rank - 1)
	}
	sessions := sessionsOn
	if left {
		e.End, sessions = r.Date(leavingSlot), sessionsLeft
	}
	if e.School == 0 {
		r.Quarantine(ruleS01, 2)
		return
	}
	r.Enrolment(e)
	r.registration(e, sessions)
}

var childSchool = Layout{
	Name: "child-school", Title: "child-to-school lookup", Without: []string{"event", "entrydate", "date", "LinkURN", "reason1"}, AnyOf: []string{"child_id", "upn"},
	Columns: []Column{
		{Name: "child_id", Kind: ChildID, Also: []string{"LAchildID", "CHILD"}, Means: "the authority's id of the child; or"},
		{Name: "upn", Kind: UPN, Means: "unique pupil number"},
		func() Column { c := withRequired(schoolNumber); c.Name = "urn"; return c }(),
		{Name: "start", Kind: Date, Required: true, Also: []string{"start_date", "from"}, Means: "first day at the school"},
		{Name: "end", Kind: Date, Also: []string{"end_date", "to"}, Means: "day of leaving, not counted; blank while there"},
		laColumn, laestabColumn,
	},
	Row: func(r *Row) {
		e := dataset.Enrolment{Start: r.Date(3), End: r.Date(4), School: r.SchoolOf(2, 6), Lookup: true}
		e.Pupil, _ = r.Pupil(1)
		if b := r.cell(0); b != nil {
			child, ok := r.childOf(b, 0)
			if !ok {
				r.Quarantine(ruleK0E, 0)
				return
			}
			e.Child = child
			if e.Pupil != 0 {
				r.Person(dataset.Person{Child: child, Pupil: e.Pupil, Birth: dataset.NoDay, Death: dataset.NoDay})
			}
		}
		if e.Child == 0 && e.Pupil == 0 {
			r.Quarantine(ruleK01, 0)
			return
		}
		if e.School == 0 {
			if e.Child != 0 && e.Pupil != 0 {
				return // a bridge from child id to UPN
			}
			r.Quarantine(ruleS01, 2)
			return
		}
		r.Enrolment(e)
	},
}
