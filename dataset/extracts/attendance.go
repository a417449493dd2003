package extracts

import (
	"hash/maphash"
	"strings"

	"swis/dataset"
)

// Attendance and exclusions. The census collects attendance one term in
// arrears: the spring census the autumn term, the summer census the spring
// term, the autumn census both halves of the summer term, which it gives apart
// (DfE, Pupil absence statistics: methodology, table 6).

// sessionColumns are the columns of a roll on attendance: the key of the row,
// which the tables of reasons and of exclusions refer to, and its sessions.
func sessionColumns(row string) []Column {
	number := func(name, means string) Column { return Column{Name: name, Kind: Number, Means: means} }
	return []Column{
		{Name: row, Means: "key of the row inside the return"},
		{Name: "sourceid", Means: "the return"},
		number("termlysessionspossible", "sessions possible in the term before"),
		number("termlysessionsauthorised", "of these missed with permission"),
		number("termlysessionsunauthorised", "and without"),
		number("summerhalfterm2sessionspossible", "sessions possible in the second half of the summer term"),
		number("summerhalfterm2sessionsauthorised", "of these missed with permission"),
		number("summerhalfterm2sessionsunauthorised", "and without"),
	}
}

// registration gives the sessions of a pupil's row of a roll; slot is the
// first of its columns on attendance.
func (r *Row) registration(e dataset.Enrolment, slot int) {
	a := dataset.Attendance{Row: r.rowKey(slot, slot+1, 2), Pupil: e.Pupil, School: e.School}
	a.Possible = r.halves(slot+2, slot+5)
	a.Authorised = r.halves(slot+3, slot+6)
	a.Unauthorised = r.halves(slot+4, slot+7)
	a.Missed = together(a.Authorised, a.Unauthorised)
	if a.Row == 0 && a.Possible < 0 {
		return
	}
	r.Attendance(a)
}

// halves adds the two halves of a summer term, the second where there is one;
// -1 where the first is not given.
func (r *Row) halves(first, second int) int32 {
	n := r.sessions(first)
	if more := r.sessions(second); n >= 0 && more > 0 {
		n += more
	}
	return n
}

// together is what was missed with and without permission, -1 where one of
// these is not given.
func together(authorised, unauthorised int32) int32 {
	if authorised < 0 || unauthorised < 0 {
		return -1
	}
	return authorised + unauthorised
}

// sessions reads a number of half-days, -1 where there is none.
func (r *Row) sessions(slot int) int32 {
	b := r.cell(slot)
	if b == nil {
		return -1
	}
	n, ok := number(b)
	if !ok || n < 0 || n > maxSessions || n != float64(int32(n)) {
		r.Flag(ruleA05, slot)
		return -1
	}
	return int32(n)
}

// maxSessions bounds what one pupil can have in a term, where a year has 380.
const maxSessions = 1000

// rowKey hashes the key of a pupil's row of a return with the school and the
// return; 0 where there is none.
func (r *Row) rowKey(row, source, school int) dataset.ChildKey {
	b := r.cell(row)
	if b == nil {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(r.file.set.Keys.seed)
	for _, part := range [][]byte{[]byte("row"), b, r.cell(source), r.cell(school)} {
		h.Write(part)
		h.WriteByte(0)
	}
	return dataset.ChildKey(h.Sum64() | 1)
}

// Attendance gives half-days of a registration.
func (r *Row) Attendance(a dataset.Attendance) {
	a.Line, a.LA, a.File = uint32(r.line), r.la, r.file.number
	r.given = r.given || a.Own
	r.out.attendance = append(r.out.attendance, a)
}

var rowColumn = Column{Name: "pupilonrolltableid", Also: []string{"pupilnolongeronrolltableid"}, Required: true, Means: "key of the pupil's row of the roll"}

var rollSessions = Layout{
	Name: "roll-sessions", Title: "school census, sessions missed by reason",
	Columns: []Column{
		rowColumn,
		{Name: "sourceid", Means: "the return"},
		withRequired(schoolNumber),
		{Name: "sessions", Kind: Number, Required: true, Means: "sessions missed"},
		{Name: "attendancereason", Required: true, Means: "attendance code: C E H I M R S T … with permission, G N O U without, others are no absence"},
	},
	Row: func(r *Row) {
		a := dataset.Attendance{Row: r.rowKey(0, 1, 2), School: r.School(2), Reasons: true, Own: true, Possible: -1}
		if a.Row == 0 {
			r.Quarantine(ruleK01, 0)
			return
		}
		n := r.sessions(3) // of a blank the pupil's sum is not known
		switch r.Coded(4, readAbsence) {
		case absenceAuthorised:
			a.Authorised = n
		case absenceUnauthorised:
			a.Unauthorised = n
		case absenceNone:
		default:
			r.Flag(ruleE10, 4)
			a.Authorised, a.Unauthorised = -1, -1
		}
		a.Missed = together(a.Authorised, a.Unauthorised)
		r.Attendance(a)
	},
}

const (
	absenceAuthorised = 1 + iota
	absenceUnauthorised
	absenceNone
	absenceUnknown
)

// readAbsence reads an attendance code of the regulations of 2006 or 2024.
func readAbsence(b []byte) uint32 {
	switch strings.ToUpper(string(b)) {
	case "C", "C1", "C2", "E", "F", "H", "I", "J1", "M", "R", "S", "T":
		return absenceAuthorised
	case "G", "N", "O", "U":
		return absenceUnauthorised
	case "/", "\\", "B", "D", "J", "K", "L", "P", "V", "W", "Q", "X", "Y", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#":
		return absenceNone
	}
	return absenceUnknown
}

var rollExclusions = Layout{
	Name: "roll-exclusions", Title: "school census, suspensions and exclusions", Delivers: []dataset.EventType{dataset.Suspension, dataset.PermanentExclusion},
	Columns: []Column{
		func() Column { c := rowColumn; c.Kind = ChildID; return c }(),
		{Name: "sourceid", Means: "the return"},
		withRequired(schoolNumber),
		{Name: "startdate", Kind: Date, Required: true, Means: "first day"},
		{Name: "category", Required: true, Means: "SUSP or FIXD suspension, LNCH suspension for lunchtimes, PERM permanent exclusion"},
		laColumn,
		{Name: "sessions", Kind: Number, Means: "half-days lost; of LNCH each lunchtime is half a school day"},
	},
	Row: func(r *Row) {
		child := r.rowKey(0, 1, 2)
		if child == 0 {
			r.Quarantine(ruleK01, 0)
			return
		}
		e := dataset.Event{Child: child, Day: r.Date(3), Parent: noParent, School: r.School(2)}
		switch kind := r.Coded(4, readExclusion); kind {
		case uint32(dataset.Suspension), uint32(dataset.PermanentExclusion):
			e.Type = dataset.EventType(kind)
		case exclusionLunch:
			e.Type, e.Flags = dataset.Suspension, dataset.Lunchtime
		default:
			r.Quarantine(ruleE1T, 4)
			return
		}
		if r.Has(6) && e.Type == dataset.Suspension {
			switch n := r.sessions(6); {
			case n > 0 && n <= maxSuspended:
				e.Size, e.Flags = uint8(n), e.Flags|dataset.Sized
			case n >= 0:
				r.Flag(ruleA05, 6)
			}
		}
		r.Event(e)
	},
}

// maxSuspended is what a pupil can be suspended in a year: 45 school days.
const maxSuspended = 90

const exclusionLunch = 200

func readExclusion(b []byte) uint32 {
	switch strings.ToUpper(string(b)) {
	case "SUSP", "FIXD":
		return uint32(dataset.Suspension)
	case "PERM":
		return uint32(dataset.PermanentExclusion)
	case "LNCH":
		return exclusionLunch
	}
	return unknownType
}

// measures are the columns of the two tables of sessions by school.
var measures = [...]dataset.SessionMeasure{dataset.SessionsPossible, dataset.SessionsMissed, dataset.SessionsAuthorised, dataset.SessionsUnauthorised}

// pupilMeasures are the columns on pupils after these.
var pupilMeasures = [...]dataset.SessionMeasure{dataset.PupilsWithSessions, dataset.PupilsPersistent, dataset.PupilsSevere}

// schoolSessions gives the sessions of a school in a period, from a slot on in
// the order of measures; what the table withholds is missing.
func (r *Row) schoolSessions(school uint32, start dataset.Day, kind dataset.PeriodKind, slot, at int) {
	y, m, d := start.Date()
	day := write(shapeCertain, y, m, d) | dataset.Day(at<<21)
	var value [len(measures)]float64
	for i := range measures {
		b := r.cell(slot + i)
		x, ok := number(b)
		switch {
		case b == nil:
			value[i] = -1
		case !ok && suppressed(b):
			value[i] = -2
			r.Flag(ruleN01, slot+i)
		case !ok || !wholeCount(x):
			r.Quarantine(ruleN02, slot+i)
			return
		default:
			value[i] = x
		}
	}
	possible, missed, authorised, unauthorised := value[0], value[1], value[2], value[3]
	if missed == -1 && authorised >= 0 && unauthorised >= 0 {
		missed = authorised + unauthorised
		value[1] = missed
	}
	switch {
	case possible == 0, possible == -1:
		r.Flag(ruleA02, slot)
		return
	case possible > 0 && max(missed, authorised+max(unauthorised, 0)) > possible:
		r.Quarantine(ruleA01, slot)
		return
	case missed >= 0 && authorised >= 0 && unauthorised >= 0 && missed != authorised+unauthorised:
		r.Flag(ruleA04, slot)
	}
	for i, measure := range measures {
		if value[i] == -1 {
			continue
		}
		r.Count(dataset.Count{School: school, Day: day, Kind: kind, Outcome: dataset.SessionOutcomes[measure], Value: max(0, value[i]), Missing: value[i] == -2})
	}
	for i := range pupilMeasures {
		r.pupils(dataset.Count{School: school, Day: day, Kind: kind, Outcome: dataset.SessionOutcomes[pupilMeasures[i]]}, slot+len(measures)+i)
	}
}

// pupils gives a number of pupils of a table of sessions.
func (r *Row) pupils(c dataset.Count, slot int) {
	b := r.cell(slot)
	if b == nil {
		return
	}
	x, ok := number(b)
	switch {
	case !ok && suppressed(b):
		c.Missing = true
		r.Flag(ruleN01, slot)
	case !ok || x < 0 || x != float64(int64(x)):
		r.Flag(ruleA05, slot)
		return
	}
	c.Value = x
	r.Count(c)
}

var sessionTable = []Column{
	{Name: "sess_possible", Kind: Number, Required: true, Also: []string{"sessions_possible"}, Means: "sessions possible"},
	{Name: "sess_overall", Kind: Number, Also: []string{"sessions_missed"}, Means: "sessions missed"},
	{Name: "sess_authorised", Kind: Number, Also: []string{"sessions_authorised"}, Means: "of these with permission"},
	{Name: "sess_unauthorised", Kind: Number, Also: []string{"sessions_unauthorised"}, Means: "and without"},
	{Name: "enrolments", Kind: Number, Also: []string{"pupils_with_sessions"}, Means: "pupils with sessions possible"},
	{Name: "enrolments_pa_10_exact", Kind: Number, Also: []string{"persistently_absent"}, Means: "of these who missed 10% or more"},
	{Name: "enrolments_pa_50_exact", Kind: Number, Also: []string{"severely_absent"}, Means: "of these who missed 50% or more"},
}

// absence is DfE's table of absence by school.
var absence = Layout{
	Name: "absence", Title: "DfE pupil absence by school",
	Columns: append([]Column{
		{Name: "time_period", Required: true, Means: "academic year, 202324"},
		{Name: "time_identifier", Required: true, Means: "Autumn term, Spring term, Summer term or the whole year; two terms together are not used"},
		{Name: "urn", Kind: SchoolNumber, Required: true, Also: []string{"school_urn"}, Means: "the school"},
		{Name: "laestab", Kind: SchoolNumber, Also: []string{"school_laestab"}, Means: "LA and establishment number"},
	}, sessionTable...),
	AnyOf: []string{"sess_overall", "sess_authorised"},
	Row: func(r *Row) {
		school := r.SchoolOf(2, 3)
		if school == 0 {
			return // totals of authorities and regions
		}
		year, ok := number(r.cell(0))
		if !ok || year < 199091 || year > 209900 {
			r.Quarantine(ruleD01, 0)
			return
		}
		first := int(year) / 100
		switch which := strings.ToLower(r.Text(1)); {
		case strings.HasPrefix(which, "autumn term"):
			r.schoolSessions(school, dataset.DayOf(first, 9, 1), dataset.Term, 4, 0)
		case strings.HasPrefix(which, "spring term"):
			r.schoolSessions(school, dataset.DayOf(first+1, 1, 1), dataset.Term, 4, 0)
		case strings.HasPrefix(which, "summer term"):
			r.schoolSessions(school, dataset.DayOf(first+1, 4, 1), dataset.Term, 4, 0)
		case strings.Contains(which, "year"):
			r.schoolSessions(school, dataset.DayOf(first, 9, 1), dataset.Year, 4, 0)
		}
	},
}

// attendance is a plain table of sessions by school and period, or by pupil.
var attendance = Layout{
	Name: "attendance", Title: "sessions by school and period, or by pupil and term", Without: []string{"time_identifier", "entrydate", "attendancereason"},
	Columns: append([]Column{
		withRequired(schoolNumber),
		{Name: "period", Required: true, Also: []string{"term", "month"}, Means: "2023-24 1 autumn, 2023-24, 2023-09, or the first day; of a pupil a term"},
		{Name: "upn", Kind: UPN, Means: "unique pupil number, where a row is a pupil's"},
	}, sessionTable...),
	AnyOf: []string{"sess_overall", "sess_authorised"},
	Row: func(r *Row) {
		school := r.School(0)
		if school == 0 {
			r.Quarantine(ruleS01, 0)
			return
		}
		start, kind, ok := periodCell(r.cell(1))
		if !ok || r.Has(2) && kind != dataset.Term {
			r.Quarantine(ruleD01, 1)
			return
		}
		if !r.Has(2) {
			r.schoolSessions(school, start, kind, 3, 1)
			return
		}
		a := dataset.Attendance{School: school, Term: dataset.Term.Of(start), Possible: r.sessions(3), Authorised: r.sessions(5), Unauthorised: r.sessions(6), Own: true}
		if a.Pupil, _ = r.Pupil(2); a.Pupil == 0 {
			r.Quarantine(ruleK01, 2)
			return
		}
		if a.Missed = r.sessions(4); a.Missed < 0 {
			a.Missed = together(a.Authorised, a.Unauthorised)
		}
		r.Attendance(a)
	},
}

var (
	ruleA01 = dataset.RuleNamed("A01")
	ruleA02 = dataset.RuleNamed("A02")
	ruleA04 = dataset.RuleNamed("A04")
	ruleA05 = dataset.RuleNamed("A05")
)
