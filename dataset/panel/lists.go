package panel

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"swis/dataset"
)

// Rolling says that a file is a list of Ofsted's Annex A, which holds some
// months up to the day on which it was made, whatever the year.
func Rolling(x *dataset.Extract) bool { return strings.HasPrefix(x.Layout, "annexa-") }

// careList is the list of children looked after.
const careList = "annexa-8"

// rollingMonths is how far back such a list reaches: lists 1 to 5 hold what
// happened in the six months before they were made, lists 6 to 8 what was open at
// some time in them, so all that began in them, and of what began before the
// part that had not ended.
const rollingMonths = 6

// MadeBy is what tells the day on which lists were made.
type MadeBy uint8

// The ways, the surest first.
const (
	MadeAsDeclared MadeBy = iota // a mapping file
	MadeAsNamed                  // a date in the name of the file or its folder, with which the rows agree
	MadeAtLatest                 // the latest date in the lists
	MadeUnknown                  // nothing: the lists cover no month
)

// Lists are the lists of Annex A of an authority that were made together, with
// the days that they cover.
type Lists struct {
	LA       uint16
	Place    string // the folder, workbook or file
	Made     dataset.Day
	By       MadeBy
	From, To dataset.Day
	layouts  map[string]bool
	files    []*dataset.Extract
	days     map[dataset.Day]int64 // events that lists hold of their own months alone
	begun    dataset.Day           // latest beginning of what may have begun before, NoDay for none
}

// quietDays are days in a row in which nothing need be recorded.
const quietDays = 7

// slack is how many days at either end of a month a list may lack, because
// nobody works on them or, where the dates of its rows alone tell when it was
// made, nothing need have happened.
func (l *Lists) slack() dataset.Day {
	if l.By == MadeAtLatest {
		return quietDays
	}
	return 3
}

// place is the folder or workbook in which a list lies, and the date in its name.
func place(x *dataset.Extract) (where string, dated dataset.Day) {
	path, sheet, _ := strings.Cut(x.File, "#")
	if sheet != "" && strings.EqualFold(filepath.Ext(path), ".xlsx") {
		return path, dateIn(filepath.Base(path), filepath.Base(filepath.Dir(path)))
	}
	return filepath.Dir(x.File), dateIn(filepath.Base(x.File), filepath.Base(filepath.Dir(x.File)))
}

// MadeApart says whether two lists of Annex A were made at two times, as far as
// where they lie, the dates in their names and the mapping file tell.
func MadeApart(a, b *dataset.Extract) bool {
	if !Rolling(a) || !Rolling(b) {
		return false
	}
	where, dated := place(a)
	other, later := place(b)
	if a.Made != dataset.NoDay && b.Made != dataset.NoDay {
		return a.Made != b.Made
	}
	return where != other && (dated != later || dated == dataset.NoDay) || dated != later && dated != dataset.NoDay && later != dataset.NoDay
}

// allLists puts the lists of Annex A that were made together in one and finds
// the days that they cover, in order of authority and day.
func allLists(extracts []*dataset.Extract) []*Lists {
	type key struct {
		la    uint16
		place string
		dated dataset.Day
	}
	groups := map[key][]*Lists{}
	for _, x := range extracts {
		if !Rolling(x) {
			continue
		}
		where, dated := place(x)
		if x.Made != dataset.NoDay {
			dated = x.Made
		}
		of := listsIn(x)
		for la, l := range of {
			groups[key{la, where, dated}] = append(groups[key{la, where, dated}], l)
		}
	}
	var all []*Lists
	for k, lists := range groups {
		together := &Lists{LA: k.la, Place: k.place, layouts: map[string]bool{}, days: map[dataset.Day]int64{}, begun: dataset.NoDay}
		alone := false
		for _, l := range lists {
			alone = alone || together.layouts[l.files[0].Layout]
			together.join(l)
		}
		made := []*Lists{together}
		if alone { // two of a kind cannot be told apart by where they lie
			made = lists
		}
		for _, l := range made {
			l.settle(k.dated)
		}
		all = append(all, made...)
	}
	slices.SortFunc(all, func(a, b *Lists) int {
		return cmp.Or(cmp.Compare(a.LA, b.LA), cmp.Compare(a.Made, b.Made), cmp.Compare(a.Place, b.Place), cmp.Compare(a.files[0].File, b.files[0].File))
	})
	return all
}

func (l *Lists) join(o *Lists) {
	l.files = append(l.files, o.files...)
	maps.Copy(l.layouts, o.layouts)
	for day, n := range o.days {
		l.days[day] += n
	}
	l.begun = max(l.begun, o.begun)
}

// listsIn gathers the dates of a list by authority. A list without a row is of
// the authority that was given for it.
func listsIn(x *dataset.Extract) map[uint16]*Lists {
	of := map[uint16]*Lists{}
	at := func(la uint16) *Lists {
		if of[la] == nil {
			of[la] = &Lists{LA: la, Place: x.File, files: []*dataset.Extract{x}, layouts: map[string]bool{x.Layout: true}, days: map[dataset.Day]int64{}, begun: dataset.NoDay}
		}
		return of[la]
	}
	x.Days.Each(until(x), func(la uint16, kind dataset.EventKind, day dataset.Day, n int32, _ dataset.Flag) {
		l := at(la)
		switch t, _ := kind.Type(); {
		case t == dataset.Conference: // may be yet to come
		case endOf[t] != dataset.NoEvent && t != dataset.Referral:
			l.begun = max(l.begun, day)
		default:
			l.days[day] += int64(n)
		}
	})
	for _, chunk := range x.Episodes {
		for i := range chunk {
			e := &chunk[i]
			if e.Status == dataset.Quarantined {
				continue
			}
			l := at(e.LA)
			l.begun = max(l.begun, e.Start)
			if e.End != dataset.NoDay {
				l.days[e.End]++
			}
		}
	}
	if x.Rows == 0 && x.LA != 0 {
		at(x.LA)
	}
	return of
}

// settle finds the days that the lists cover. Their rows bound them: what
// happened before the first of many or after the last they do not hold, and
// where many go further back than six months, so do the lists.
func (l *Lists) settle(dated dataset.Day) {
	first, last, n := l.dense()
	long := n > 0 && l.before(monthsBack(last)-quietDays) >= silentFrom
	switch file := l.files[0]; {
	case file.Made != dataset.NoDay:
		l.Made, l.By = file.Made, MadeAsDeclared
	case dated != dataset.NoDay && (n > 0 && l.agrees(dated, last, long) || n == 0 && dated >= l.begun):
		l.Made, l.By = dated, MadeAsNamed
	case n == 0:
		l.Made, l.By, l.From, l.To = dataset.NoDay, MadeUnknown, dataset.NoDay, dataset.NoDay
		return
	default:
		l.Made, l.By = last, MadeAtLatest
		if l.begun > last && l.begun <= first.AddMonths(rollingMonths) {
			l.Made = l.begun
		}
		if file.Declared && file.Reference >= l.Made && file.Reference-l.Made <= nearDays {
			l.Made, l.By = file.Reference, MadeAsDeclared
		}
	}
	l.From, l.To = monthsBack(l.Made), l.Made
	lacks := func(days dataset.Day) bool {
		return n >= silentFrom && days > quietDays && n*int64(days) >= silentFrom*int64(last-first+1)
	}
	if long || l.By == MadeAtLatest && first > l.From || lacks(first-l.From) {
		l.From = first
	}
	if l.By != MadeAtLatest && lacks(l.To-last) {
		l.To = last
	}
	if from := l.files[0].From; from != dataset.NoDay {
		l.From = max(l.From, from)
	}
}

// nearDays is how long before the last day of the deliveries, as a mapping file
// gives it, the latest date of lists that were made on it may be.
const nearDays = 14

// monthsBack is the first day of which lists that were made on a day hold all.
func monthsBack(made dataset.Day) dataset.Day { return made.AddMonths(-rollingMonths) + 1 }

// before is how many events lists hold of the days before one, but for those
// that are stray.
func (l *Lists) before(day dataset.Day) (n int64) {
	first, _, _ := l.dense()
	for d, k := range l.days {
		if d >= first && d < day {
			n += k
		}
	}
	return n
}

// dense is the first and last day of the events that lists hold of their own
// months alone, and how many there are, but for stray ones: those of months with
// less than a quarter of the usual number.
func (l *Lists) dense() (first, last dataset.Day, n int64) {
	months := map[dataset.Period]int64{}
	for day, k := range l.days {
		months[dataset.Month.Of(day)] += k
	}
	usual := usualNumber(slices.Collect(maps.Values(months)))
	days := slices.Sorted(maps.Keys(l.days))
	days = slices.DeleteFunc(days, func(day dataset.Day) bool { return 4*months[dataset.Month.Of(day)] < usual })
	if len(days) == 0 {
		return dataset.NoDay, dataset.NoDay, 0
	}
	for _, day := range days {
		n += l.days[day]
	}
	return days[0], days[len(days)-1], n
}

// agrees says whether lists can have been made on a day: three quarters of what
// they hold of their own months alone happened in the months before it.
func (l *Lists) agrees(made, last dataset.Day, long bool) bool {
	if long {
		return last <= made && made <= last.AddMonths(1)
	}
	inside, all := int64(0), int64(0)
	for day, n := range l.days {
		all += n
		if day <= made && day >= monthsBack(made)-quietDays {
			inside += n
		}
	}
	return 4*inside >= 3*all
}

// monthsOf are the months that lists cover together: those that are whole, but
// for slack. What comes of something in a list, so many days later at the most,
// is known after a gap from that much later on.
func monthsOf(windows []*Lists, later dataset.Day) (out []Span) {
	windows = slices.DeleteFunc(slices.Clone(windows), func(l *Lists) bool { return l.By == MadeUnknown })
	slices.SortFunc(windows, func(a, b *Lists) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	for i := 0; i < len(windows); {
		first, last := windows[i], windows[i]
		for i++; i < len(windows) && windows[i].From <= last.To+1; i++ {
			if windows[i].To > last.To {
				last = windows[i]
			}
		}
		start := first.From - first.slack()
		if len(out) > 0 {
			start += later
		}
		from := dataset.Month.Of(start-1) + 1
		if to := dataset.Month.Of(last.To+last.slack()+1) - 1; from <= to {
			out = append(out, Span{from, to})
		}
	}
	return slices.Grow(joinedSpans(out), 1) // never nil: no month is something else than no list
}

// rollsOn gives the lists by authority, under the type that those of a kind are
// of; NoEvent stands for care.
func rollsOn(all []*Lists) map[ofType][]*Lists {
	of := map[ofType][]*Lists{}
	for _, l := range all {
		kinds := map[dataset.EventType]bool{}
		for _, x := range l.files {
			for _, t := range x.Delivers {
				kinds[t] = true
			}
			if x.Layout == careList {
				kinds[dataset.NoEvent] = true
			}
		}
		for t := range kinds {
			of[ofType{l.LA, t}] = append(of[ofType{l.LA, t}], l)
		}
	}
	return of
}
