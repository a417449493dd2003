package panel

import (
	"cmp"
	"math/bits"
	"slices"

	"swis/dataset"
)

// august is the month of the year, counted from 0, in which no school meets.
const august = 7

// registerSpan is the months that the registers of attendance cover.
func registerSpan(extracts []*dataset.Extract) map[uint16]Span {
	var s Span
	for _, x := range extracts {
		for i := range x.Marks {
			m := x.Marks[i].Month
			if s.First == 0 || m < s.First {
				s.First = m
			}
			s.Last = max(s.Last, m)
		}
	}
	if s.First == 0 {
		return nil
	}
	return map[uint16]Span{0: s}
}

// schoolMarks is what a school's registers add up to.
type schoolMarks struct {
	sums   []halfDays // by period
	months []int64    // sessions possible by month of the window
	rows   map[periodFile]int64
}

// periodFile is a period of the panel and the file of rows in it.
type periodFile struct {
	period int
	file   uint16
}

// addMarks adds up the half-days of registers by school and period. Each
// half-day of a pupil at a school counts once. A cell is known where the school
// has sessions in every month of its period inside the window, but for August.
func (p *Panel) addMarks(in *Input, r *Report, o *Options) {
	type placed struct {
		*dataset.Marks
		school int64 // of the trial; below 0, another
	}
	var all []placed
	for _, x := range in.Extracts {
		for i := range x.Marks {
			m := &x.Marks[i]
			school := int64(in.Linker.FindPupil(m.Pupil, dataset.Month.Start(m.Month), m.School, o.Events == AtBaseline, o.Baseline))
			if school < 0 {
				school = -1 - int64(m.School)
			}
			all = append(all, placed{m, school})
		}
	}
	slices.SortFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.school, b.school), cmp.Compare(a.Month, b.Month), cmp.Compare(a.Pupil, b.Pupil), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	first := dataset.Month.Of(p.From)
	at := schoolMarks{sums: make([]halfDays, p.Periods), months: make([]int64, int(dataset.Month.Of(p.To)-first)+1), rows: map[periodFile]int64{}}
	for i := 0; i < len(all); {
		j := i
		var joined dataset.Marks
		for ; j < len(all) && all[j].school == all[i].school && all[j].Month == all[i].Month && all[j].Pupil == all[i].Pupil; j++ {
			joined.Join(all[j].Marks)
		}
		window := p.halves(all[i].Month)
		copies := int64(joined.Rows)
		for _, of := range joined.Of {
			copies -= ones(of)
		}
		any := joined.Any()
		r.Tally.Add(all[i].LA, ruleE01, copies)
		r.Tally.Add(all[i].LA, ruleE02, int64(joined.Rows)-copies-ones(any))
		left := ^uint64(0)
		for class := range joined.Of { // of several marks of a half-day the first class stands
			joined.Of[class] &= left
			left &^= joined.Of[class]
		}
		possible := window & any &^ joined.Of[dataset.MarkNotPossible]
		period := int(p.Kind.Of(dataset.Month.Start(all[i].Month)) - p.First)
		seen := uint64(0)
		for _, m := range all[i:j] {
			fresh := m.Any() &^ seen
			seen |= fresh
			ends := &r.Files[m.File]
			ends[dataset.Duplicate] += int64(m.Rows) - ones(fresh)
			if m.school < 0 {
				ends[dataset.OtherSchool] += ones(fresh)
				continue
			}
			ends[dataset.OutOfWindow] += ones(fresh &^ window)
			ends[dataset.OtherKind] += ones(fresh & window &^ possible)
			if n := ones(fresh & possible); n > 0 {
				at.rows[periodFile{period, m.File}] += n
			}
		}
		if all[i].school >= 0 && possible != 0 {
			sum := &at.sums[period]
			sum[dataset.SessionsPossible] += ones(possible)
			sum[dataset.SessionsAuthorised] += ones(possible & joined.Of[dataset.MarkAuthorised])
			sum[dataset.SessionsUnauthorised] += ones(possible & joined.Of[dataset.MarkUnauthorised])
			at.months[all[i].Month-first] += ones(possible)
		}
		if j == len(all) || all[j].school != all[i].school {
			p.giveMarks(r, &at, all[i].school)
		}
		i = j
	}
}

// giveMarks puts the sums of a school into the panel and clears them.
func (p *Panel) giveMarks(r *Report, at *schoolMarks, school int64) {
	whole := make([]bool, p.Periods)
	for i := range whole {
		from, to := max(p.From, p.Kind.Start(p.First+dataset.Period(i))), min(p.To, p.Kind.Start(p.First+dataset.Period(i)+1)-1)
		whole[i] = at.sums[i][dataset.SessionsPossible] > 0
		for month := dataset.Month.Of(from); month <= dataset.Month.Of(to); month++ {
			if month%12 != august && at.months[month-dataset.Month.Of(p.From)] == 0 {
				whole[i] = false
			}
		}
		if sum := &at.sums[i]; whole[i] {
			sum[dataset.SessionsMissed] = sum[dataset.SessionsAuthorised] + sum[dataset.SessionsUnauthorised]
			for o := range dataset.Outcomes {
				m := dataset.Outcomes[o].Sessions
				cell := int(school)*p.Periods + i
				if m.HalfDays() && p.Has[o] && (p.Given[o] == nil || p.Given[o][cell] == 0) {
					p.give(o, cell, from, p.Kind, int32(sum[m]), false)
				}
			}
		}
	}
	for in, n := range at.rows {
		end := dataset.OutOfWindow // where the cell is empty nothing is counted in it
		if whole[in.period] {
			end = dataset.Counted
		}
		r.Files[in.file][end] += n
	}
	clear(at.rows)
	clear(at.sums)
	clear(at.months)
}

// halves are the half-days of a month that are inside the window.
func (p *Panel) halves(month dataset.Period) uint64 {
	start := dataset.Month.Start(month)
	from, to := max(p.From, start), min(p.To+1, dataset.Month.Start(month+1))
	if from >= to {
		return 0
	}
	return (1<<(2*(to-start)) - 1) &^ (1<<(2*(from-start)) - 1)
}

func ones(half uint64) int64 { return int64(bits.OnesCount64(half)) }
