package extracts

import (
	"cmp"
	"slices"
	"strings"

	"swis/dataset"
)

// Marks are the attendance register itself: a code a pupil and half-day. They
// are many (a pupil has 380 a year), so they are kept as one bit a half-day, by
// pupil, school and month.

var attendanceMarks = Layout{
	Name: "attendance-marks", Title: "attendance register, one row a pupil and half-day", Without: []string{"entrydate", "event", "period", "reason"},
	Columns: []Column{
		withRequired(schoolNumber),
		{Name: "upn", Kind: UPN, Required: true, Means: "unique pupil number"},
		{Name: "date", Kind: Date, Required: true, Also: []string{"attendance_date", "session_date"}, Means: "day of the session"},
		{Name: "session", Required: true, Also: []string{"session_name"}, Means: "AM or PM"},
		{Name: "mark", Required: true, Also: []string{"attendance_code", "code"}, Means: "code of the register: / \\ L B J K P V W attended, C E F H I J1 M R S T missed with permission, G N O U without, others no session that was possible"},
	},
	Row: func(r *Row) {
		m := sessionMark{School: r.School(0), Day: r.Date(2)}
		m.Pupil, _ = r.Pupil(1)
		if m.Pupil == 0 {
			r.Quarantine(ruleK01, 1)
			return
		}
		if m.School == 0 {
			r.Quarantine(ruleS01, 0)
			return
		}
		session := r.Coded(3, readSession)
		if session == 0 {
			r.Quarantine(ruleD01, 3)
			return
		}
		class := r.Coded(4, readMark)
		if class == 0 {
			r.Flag(ruleE10, 4)
			return
		}
		m.session, m.class = uint8(session-1), uint8(class-1)
		m.Line, m.LA, m.File = uint32(r.line), r.la, r.file.number
		r.given = true
		r.out.marks = append(r.out.marks, m)
	},
}

// sessionMark is one row of a register.
type sessionMark struct {
	Pupil          dataset.PupilKey
	School         uint32
	Day            dataset.Day
	Line           uint32
	LA, File       uint16
	session, class uint8 // 0 morning, 1 afternoon; one of dataset.MarkClasses
}

// readSession reads which half of a day a session is, 0 where it does not say.
func readSession(b []byte) uint32 {
	switch strings.ToUpper(string(b)) {
	case "AM", "A", "MORNING", "1":
		return 1
	case "PM", "P", "AFTERNOON", "2":
		return 2
	}
	return 0
}

// MarkCodes are the codes of a register by what they say of a half-day, under
// the regulations of 2006 and 2024 (DfE, Working together to improve school
// attendance, 2024, chapter 8): attended, missed with and without permission,
// or not a session that was possible.
var MarkCodes = [dataset.MarkClasses][]string{
	dataset.MarkAttended:     {"/", "\\", "B", "J", "K", "L", "P", "V", "W"},
	dataset.MarkAuthorised:   {"C", "C1", "C2", "E", "F", "H", "I", "J1", "M", "R", "S", "T"},
	dataset.MarkUnauthorised: {"G", "N", "O", "U"},
	dataset.MarkNotPossible:  {"#", "D", "Q", "X", "Y", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z"},
}

// readMark is 1 plus the class of a code, 0 for an unknown one.
func readMark(b []byte) uint32 {
	code := strings.ToUpper(string(b))
	for class, codes := range MarkCodes {
		if slices.Contains(codes, code) {
			return uint32(class + 1)
		}
	}
	return 0
}

// register collects the marks that a worker read.
type register struct {
	at    map[registered]int32
	marks []dataset.Marks
}

type registered struct {
	pupil  dataset.PupilKey
	school uint32
	month  dataset.Period
	la     uint16
}

// add notes a mark of a settled day.
func (g *register) add(m *sessionMark) {
	_, _, day := m.Day.Date()
	x := dataset.Marks{Pupil: m.Pupil, School: m.School, Month: dataset.Month.Of(m.Day), Rows: 1, Line: m.Line, LA: m.LA, File: m.File}
	x.Of[m.class] = 1 << (2*(day-1) + int(m.session))
	g.merge(&x)
}

// merge adds the marks of a pupil's month at a school.
func (g *register) merge(x *dataset.Marks) {
	if g.at == nil {
		g.at = map[registered]int32{}
	}
	key := registered{x.Pupil, x.School, x.Month, x.LA}
	i, ok := g.at[key]
	if !ok {
		g.at[key] = int32(len(g.marks))
		g.marks = append(g.marks, *x)
		return
	}
	g.marks[i].Join(x)
}

// joined puts together what the workers collected, in the order of first lines.
func joined(rows []*Row) []dataset.Marks {
	var all register
	for _, r := range rows {
		for i := range r.register.marks {
			all.merge(&r.register.marks[i])
		}
		r.register = register{}
	}
	slices.SortFunc(all.marks, func(a, b dataset.Marks) int { return cmp.Compare(a.Line, b.Line) })
	return all.marks
}
