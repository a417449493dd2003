package synthetic

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"swis/dataset"
)

// incident is one event of a family: an enquiry or the start of an assessment,
// for one or more children of a school on one day.
type incident struct {
	day      dataset.Day
	children int
}

// spell is one period of care, end excluded.
type spell struct{ start, end dataset.Day }

// draw is everything that happens in one school while the deliveries run.
type draw struct {
	s47, s17, referrals []incident
	care                []spell
}

// drawSchool draws what happens in a school. It is the one rate model: the
// panel counts these draws and the writers render them. Events of a month are
// compound Poisson with mean
//
//	rate/1000 x roll x days/365.25 x season x need x year noise x planted ratio
//
// counted in children; periods of care begin as a Poisson process and last
// exponential times.
func (s *Story) drawSchool(seed uint64, authority, index int, school *School, c *Calendar) draw {
	a := &s.Authorities[authority]
	r := stream(seed, "events/"+a.Code, index)
	var d draw
	for first := c.Open; first <= c.Close; {
		year, month, _ := first.Date()
		days := dataset.MonthDays(year, month)
		base := float64(school.Roll) * float64(days) / 365.25 / 1000 * school.factor(first)
		ratio := func(rate Rate) float64 {
			if school.Intervention && first >= c.Start {
				return rate.PerThousand * rate.Ratio
			}
			return rate.PerThousand
		}
		season := s.Seasons[month-1]
		d.s47 = s.incidents(r, d.s47, first, days, base*season*ratio(a.S47))
		d.s17 = s.incidents(r, d.s17, first, days, base*season*ratio(a.S17))
		d.referrals = s.incidents(r, d.referrals, first, days, base*season*cmp.Or(a.Referrals, s.Referrals))
		first += dataset.Day(days)
	}
	// Three years before the deliveries open fill the stock of children in care.
	warm := 3 * 365
	mean := float64(school.Roll) * float64(int(c.Close-c.Open)+1+warm) / 365.25 / 1000 * school.Kind.Need * school.need * a.Care.PerThousand
	for range poisson(r, mean) {
		start := c.Open - dataset.Day(warm) + dataset.Day(r.IntN(int(c.Close-c.Open)+1+warm))
		length := 1 + int(r.ExpFloat64()*a.Care.MeanDays)
		if end := start + dataset.Day(length); end > c.Open {
			d.care = append(d.care, spell{start, end})
		}
	}
	slices.SortFunc(d.care, func(x, y spell) int { return int(x.start - y.start) })
	return d
}

// incidents adds a month's events with the given expected number of children.
// No event falls on the last day of a month, when pupils leave, so that every
// child of an event is on roll that day.
func (s *Story) incidents(r *rand.Rand, to []incident, first dataset.Day, days int, children float64) []incident {
	at := len(to)
	for range poisson(r, children/s.familyMean()) {
		to = append(to, incident{first + dataset.Day(r.IntN(days-1)), 1 + choose(r, s.Families)})
	}
	slices.SortStableFunc(to[at:], func(x, y incident) int { return int(x.day - y.day) })
	return to
}

// Row is one school and month of the true panel.
type Row struct {
	School         *School
	LA             string
	Month          dataset.Day // its first day
	Exposure       float64     // pupil-years
	S47, S17, Days float64
	InCare         float64 // children with a day in care
}

// Panel draws a trial and counts it by school and month, without children or
// files. Days in care are those of children whose school at the start of their
// period of care, or of the window if later, it was; they are NaN where the
// authority does not deliver them. Authorities of the story follow each other,
// and in them schools and months.
func (s *Story) Panel(o Options) ([]Row, error) {
	t, err := s.plan(o)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for a := range s.Authorities {
		schools := s.schoolsOf(o.Seed, a, t)
		for i := range schools {
			d := s.drawSchool(o.Seed, a, i, &schools[i], &t.calendar)
			rows = append(rows, s.count(a, &schools[i], &d, &t.calendar)...)
		}
	}
	return rows, nil
}

// count turns a school's draws into its rows of the panel.
func (s *Story) count(authority int, school *School, d *draw, c *Calendar) []Row {
	a := &s.Authorities[authority]
	months := dataset.Month
	p0, p1 := months.Of(c.First), months.Of(c.End)
	rows := make([]Row, p1-p0+1)
	for i := range rows {
		first, next := months.Start(p0+dataset.Period(i)), months.Start(p0+dataset.Period(i)+1)
		rows[i] = Row{School: school, LA: a.Code, Month: first, Exposure: float64(school.Roll) * float64(next-first) / 365.25}
		if !a.Care.Delivered {
			rows[i].Days, rows[i].InCare = math.NaN(), math.NaN()
			continue
		}
		for _, spell := range d.care {
			if days := min(spell.end, next) - max(spell.start, first); days > 0 {
				rows[i].Days += float64(days)
				rows[i].InCare++
			}
		}
	}
	add := func(events []incident, to func(*Row) *float64) {
		for _, e := range events {
			if e.day >= c.First && e.day <= c.End {
				*to(&rows[months.Of(e.day)-p0]) += float64(e.children)
			}
		}
	}
	add(d.s47, func(r *Row) *float64 { return &r.S47 })
	add(d.s17, func(r *Row) *float64 { return &r.S17 })
	return rows
}
