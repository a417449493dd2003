package panel

import (
	"cmp"
	"slices"

	"swis/dataset"
)

var (
	ruleA02 = dataset.RuleNamed("A02")
	ruleA03 = dataset.RuleNamed("A03")
	ruleA06 = dataset.RuleNamed("A06")
	ruleA07 = dataset.RuleNamed("A07")
)

// halfDays are the sessions of a registration or of a school's term; -1 is
// not known.
type halfDays [dataset.SessionMeasures]int64

// addAttendance adds up the sessions of registrations by school and term. A
// registration is in the sums of possible and missed sessions alike or in
// neither; where a registration of a school does not say what was missed with
// permission and what without, that division of its school is not known.
func (p *Panel) addAttendance(in *Input, r *Report, o *Options) {
	reasons, files := p.reasons(in, r)
	type key struct {
		pupil  dataset.PupilKey
		school int32
		term   dataset.Period
	}
	type registration struct {
		key
		*dataset.Attendance
		days halfDays
	}
	var all []registration
	for n, x := range in.Extracts {
		if x.TermGuessed && p.Kind != dataset.Month {
			r.Issues = append(r.Issues, dataset.Issue{Rule: ruleA03, File: uint16(n + 1)})
		}
		for i := range x.Attendance {
			a := &x.Attendance[i]
			if a.Reasons || a.Status != dataset.Pending || a.Term == 0 {
				continue
			}
			days := halfDays{dataset.SessionsPossible: int64(a.Possible), dataset.SessionsMissed: int64(a.Missed),
				dataset.SessionsAuthorised: int64(a.Authorised), dataset.SessionsUnauthorised: int64(a.Unauthorised)}
			if a.Missed < 0 && files[a.File] && a.Row != 0 {
				days = reasons[a.Row] // none where the row has no reason
				days[dataset.SessionsPossible] = int64(a.Possible)
			}
			at := p.Kind.Of(dataset.Term.Start(a.Term)) - p.First
			link := in.Linker.FindPupil(a.Pupil, dataset.Term.Start(a.Term), a.School, o.Events == AtBaseline, o.Baseline)
			possible, missed := days[dataset.SessionsPossible], days[dataset.SessionsMissed]
			switch {
			case link < 0:
				a.Status = dataset.OtherSchool
			case p.Kind == dataset.Month:
				a.Status = dataset.OtherKind
			case at < 0 || int(at) >= p.Periods || p.Kind == dataset.Window && !p.inside(dataset.Term.Start(a.Term), dataset.Term):
				a.Status = dataset.OutOfWindow
			case possible <= 0 || missed < 0 || missed > possible:
				a.Status = dataset.OtherKind
				if a.Possible >= 0 {
					r.Tally.Add(a.LA, ruleA02, 1)
				}
			default:
				a.Status = dataset.Counted
				all = append(all, registration{key{a.Pupil, link, a.Term}, a, days})
			}
		}
	}
	slices.SortFunc(all, func(a, b registration) int {
		switch {
		case a.school != b.school:
			return int(a.school) - int(b.school)
		case a.term != b.term:
			return int(a.term) - int(b.term)
		case a.pupil != b.pupil:
			if a.pupil < b.pupil {
				return -1
			}
			return 1
		case a.days != b.days: // the one with more sessions first
			return slices.Compare(b.days[:], a.days[:])
		case a.File != b.File:
			return int(a.File) - int(b.File)
		}
		return int(a.Line) - int(b.Line)
	})
	for i := 0; i < len(all); {
		var sum halfDays
		first := all[i]
		for ; i < len(all) && all[i].school == first.school && all[i].term == first.term; i++ {
			if x := &all[i]; i > 0 && all[i-1].key == x.key && x.pupil != 0 {
				x.Status = dataset.Duplicate
				r.Issues = append(r.Issues, dataset.Issue{Rule: ruleA06, File: x.File, LA: x.LA, Line: x.Line})
				continue
			}
			for m, n := range all[i].days {
				if n < 0 || sum[m] < 0 {
					sum[m] = -1
				} else {
					sum[m] += n
				}
			}
		}
		p.giveSessions(first.school, first.term, &sum)
	}
	pupils := make([]attendee, 0, len(all))
	for i := range all {
		if x := &all[i]; x.Status == dataset.Counted {
			pupils = append(pupils, attendee{x.school, p.Kind.Of(dataset.Term.Start(x.term)) - p.First, x.pupil, x.term, x.days[dataset.SessionsPossible], x.days[dataset.SessionsMissed]})
		}
	}
	p.givePupils(pupils)
	for n, x := range in.Extracts {
		for i := range x.Attendance {
			if a := &x.Attendance[i]; a.Own {
				if a.Status == dataset.Pending {
					a.Status = dataset.OtherKind
				}
				r.Files[n+1][a.Status]++
			}
		}
	}
}

// giveSessions puts the sessions of a school's term into the panel, where no
// table of counts has.
func (p *Panel) giveSessions(school int32, term dataset.Period, sum *halfDays) {
	start := dataset.Term.Start(term)
	cell := int(school)*p.Periods + int(p.Kind.Of(start)-p.First)
	for i := range dataset.Outcomes {
		m := dataset.Outcomes[i].Sessions
		if !m.HalfDays() || !p.Has[i] || sum[m] < 0 || p.byTable[i] != nil && p.byTable[i][cell] {
			continue
		}
		p.give(i, cell, start, dataset.Term, int32(sum[m]), false)
	}
}

// attendee is a pupil at a school in a term of a period.
type attendee struct {
	school           int32
	at               dataset.Period // of the panel, from 0 on
	pupil            dataset.PupilKey
	term             dataset.Period
	possible, missed int64
}

// givePupils counts pupils by what they missed of all their sessions of a
// period at a school. A period is known where all its terms are.
func (p *Panel) givePupils(all []attendee) {
	slices.SortFunc(all, func(a, b attendee) int {
		return cmp.Or(cmp.Compare(a.school, b.school), cmp.Compare(a.at, b.at), cmp.Compare(a.pupil, b.pupil), cmp.Compare(a.term, b.term))
	})
	for m := dataset.PupilsWithSessions; m <= dataset.PupilsSevere; m++ {
		outcome := int(dataset.SessionOutcomes[m])
		if !p.Has[outcome] {
			continue
		}
		for i := 0; i < len(all); {
			first, terms := all[i], map[dataset.Period]bool{}
			cell := int(first.school)*p.Periods + int(first.at)
			n := int32(0)
			for i < len(all) && all[i].school == first.school && all[i].at == first.at {
				var possible, missed int64
				for pupil := all[i].pupil; i < len(all) && all[i].pupil == pupil && all[i].school == first.school && all[i].at == first.at; i++ {
					possible += all[i].possible
					missed += all[i].missed
					terms[all[i].term] = true
				}
				if m.Absent(possible, missed) {
					n++
				}
			}
			if p.byTable[outcome] != nil && p.byTable[outcome][cell] {
				continue
			}
			for term := range terms {
				p.give(outcome, cell, dataset.Term.Start(term), dataset.Term, 0, false)
			}
			p.Value[outcome][cell] += n
		}
	}
}

// reasons adds up the rows of reasons by the row of the roll that they belong
// to, and says which rolls' files have any: in these a row without one missed
// nothing.
func (p *Panel) reasons(in *Input, r *Report) (sums map[dataset.ChildKey]halfDays, files map[uint16]bool) {
	sums, files = map[dataset.ChildKey]halfDays{}, map[uint16]bool{}
	var rows []*dataset.Attendance
	for _, x := range in.Extracts {
		for i := range x.Attendance {
			if a := &x.Attendance[i]; a.Reasons && a.Status == dataset.Pending {
				rows = append(rows, a)
			}
		}
	}
	if rows == nil {
		return sums, files
	}
	owner := map[dataset.ChildKey]uint16{}
	for _, x := range in.Extracts {
		for i := range x.Attendance {
			if a := &x.Attendance[i]; !a.Reasons && a.Row != 0 {
				owner[a.Row] = a.File
			}
		}
	}
	for _, a := range rows {
		file, ok := owner[a.Row]
		if !ok {
			a.Status = dataset.Unlinked
			r.Issues = append(r.Issues, dataset.Issue{Rule: ruleA07, File: a.File, LA: a.LA, Line: a.Line})
			continue
		}
		files[file] = true
		a.Status = dataset.Counted
		sum := sums[a.Row]
		for m, n := range map[dataset.SessionMeasure]int32{dataset.SessionsMissed: a.Missed, dataset.SessionsAuthorised: a.Authorised, dataset.SessionsUnauthorised: a.Unauthorised} {
			if n < 0 || sum[m] < 0 {
				sum[m] = -1
			} else {
				sum[m] += int64(n)
			}
		}
		sums[a.Row] = sum
	}
	return sums, files
}
