package synthetic

import (
	"math/rand/v2"
	"slices"

	"swis/dataset"
)

// stay is a pupil's time on the roll of a school; to is the first day off roll.
type stay struct {
	school   int32
	from, to dataset.Day
}

func (s *stay) holds(d dataset.Day) bool { return s.from <= d && d < s.to-1 }

// pupil is one pupil of one authority.
type pupil struct {
	upn    upn
	birth  dataset.Day
	female bool
	stays  [2]stay // the second is empty for pupils who never moved
	child  int32   // index of the social care record plus one; 0 without

	recorded bool // whether an authority before holds a record under the UPN
}

// at is a pupil at a school: one stay.
type at struct {
	pupil  int32
	stay   uint8
	family int32 // members of a family stand next to each other: index of the first
}

// population is the pupils of one authority and who was at which school.
type population struct {
	pupils []pupil
	roll   [][]at // by school, in family order
	issued int
}

// travellers are pupils who left one authority for another.
type traveller struct {
	upn    upn
	birth  dataset.Day
	female bool
	gone   dataset.Day

	recorded bool // whether the authority, or one before it, holds a record under the UPN
}

// Shares of a school's roll that change school inside the authority, or leave
// and are replaced from outside, in a year; and of temporary pupil numbers.
const (
	moversShare    = 0.03
	leaversShare   = 0.01
	temporaryShare = 0.005
)

// populate fills the schools of an authority with pupils. Cohorts are equally
// large and every leaver is replaced on the day, so a school's roll is the
// same on every day.
func populate(seed uint64, a *Authority, schools []School, c *Calendar) *population {
	r := stream(seed, "pupils/"+a.Code, 0)
	p := &population{}
	firstYear, lastYear := academicYear(c.Open), academicYear(c.Close)
	byPhase := map[string][]int32{}
	start := make([][]int32, len(schools)) // first pupil of each cohort of a school
	for i := range schools {
		school := &schools[i]
		byPhase[school.Kind.Title] = append(byPhase[school.Kind.Title], int32(i))
		years := school.Kind.Years
		for cohort := firstYear - years + 1; cohort <= lastYear; cohort++ {
			start[i] = append(start[i], int32(len(p.pupils)))
			size := school.Roll / years
			if cohort%years < school.Roll%years {
				size++
			}
			for range size {
				p.add(r, a, cohort, school.Kind.LowAge, stay{int32(i), dataset.DayOf(cohort, 9, 1), dataset.DayOf(cohort+years, 9, 1)})
			}
		}
		start[i] = append(start[i], int32(len(p.pupils)))
	}
	for i := range schools {
		p.move(r, a, i, schools, byPhase[schools[i].Kind.Title], start, c)
	}
	p.families(r, len(schools))
	return p
}

// add enrols a new pupil of a cohort, named by the year of its entry.
func (p *population) add(r *rand.Rand, a *Authority, cohort, age int, s stay) *pupil {
	birth := dataset.DayOf(cohort-age-1, 9, 1) + dataset.Day(r.IntN(365))
	p.issued++
	p.pupils = append(p.pupils, pupil{
		upn:   newUPN(a.Code, cohort, p.issued, r.Float64() < temporaryShare),
		birth: birth, female: r.IntN(2) == 0, stays: [2]stay{s},
	})
	return &p.pupils[len(p.pupils)-1]
}

// move swaps pupils of a school with pupils of the same cohort elsewhere, and
// replaces some by pupils from outside, on days in term time.
func (p *population) move(r *rand.Rand, a *Authority, i int, schools []School, others []int32, start [][]int32, c *Calendar) {
	school := &schools[i]
	firstYear, lastYear := academicYear(c.Open), academicYear(c.Close)
	for year := firstYear; year <= lastYear; year++ {
		day := func() dataset.Day { return dataset.DayOf(year, 10, 1) + dataset.Day(r.IntN(270)) }
		someone := func(j int32, cohort int, d dataset.Day) *pupil {
			from, to := start[j][cohort], start[j][cohort+1]
			for range 8 {
				if from == to {
					return nil
				}
				q := &p.pupils[from+int32(r.IntN(int(to-from)))]
				if q.stays[1].to == 0 && q.stays[0].from < d-30 && d+30 < q.stays[0].to && q.stays[0].school == j {
					return q
				}
			}
			return nil
		}
		for range poisson(r, moversShare/2*float64(school.Roll)) {
			d, j, cohort := day(), pick(r, others), r.IntN(len(start[i])-1)
			one, two := someone(int32(i), cohort, d), someone(j, cohort, d)
			if one == nil || two == nil || int(j) == i || d > c.Close {
				continue
			}
			one.stays[1], two.stays[1] = stay{j, d, two.stays[0].to}, stay{int32(i), d, one.stays[0].to}
			one.stays[0].to, two.stays[0].to = d, d
		}
		for range poisson(r, leaversShare*float64(school.Roll)) {
			d, cohort := day(), r.IntN(len(start[i])-1)
			one := someone(int32(i), cohort, d)
			if one == nil || d > c.Close {
				continue
			}
			end := one.stays[0].to
			one.stays[0].to = d
			entry, _, _ := one.stays[0].from.Date()
			p.add(r, a, entry, school.Kind.LowAge, stay{int32(i), d, end})
		}
	}
}

// families groups the pupils of each school into families of one to three.
func (p *population) families(r *rand.Rand, schools int) {
	p.roll = make([][]at, schools)
	for i := range p.pupils {
		for j, s := range p.pupils[i].stays {
			if s.to != 0 {
				p.roll[s.school] = append(p.roll[s.school], at{pupil: int32(i), stay: uint8(j)})
			}
		}
	}
	for _, roll := range p.roll {
		r.Shuffle(len(roll), func(x, y int) { roll[x], roll[y] = roll[y], roll[x] })
		for from := 0; from < len(roll); {
			to := min(len(roll), from+1+choose(r, []float64{0.55, 0.33, 0.12}))
			for k := from; k < to; k++ {
				roll[k].family = int32(from)
			}
			from = to
		}
	}
}

// leavers are the pupils who left the authority's schools on a day in term
// time, in the order of the day.
func (k *records) leavers(c *Calendar) []traveller {
	var out []traveller
	for i := range k.pupils {
		q := &k.pupils[i]
		last := q.stays[0]
		if q.stays[1].to != 0 {
			last = q.stays[1]
		}
		if _, month, _ := last.to.Date(); month != 9 && last.to > c.First && last.to <= c.Close {
			out = append(out, traveller{q.upn, q.birth, q.female, last.to, q.recorded || k.holds(q)})
		}
	}
	slices.SortStableFunc(out, func(x, y traveller) int { return int(x.gone - y.gone) })
	return out
}

// holds says whether the authority's deliveries hold a record under the UPN of
// a pupil.
func (k *records) holds(q *pupil) bool {
	return q.child > 0 && k.children[q.child-1].upn == q.upn.String() && k.shows(&k.children[q.child-1])
}
