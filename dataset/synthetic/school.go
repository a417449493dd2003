package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"swis/dataset"
)

// School is one school of the trial: an intervention school or a comparison candidate.
type School struct {
	URN          int
	Estab        int // establishment number inside the authority
	Name         string
	Kind         Kind
	Roll         int // pupils on roll on any day
	FSM          float64
	Intervention bool
	need         float64   // true rate relative to schools of its kind
	year         []float64 // true rate of each academic year relative to need
	firstYear    int       // academic year of year[0]
}

// ID is the school's identifier in files: its URN.
func (s *School) ID() string { return strconv.Itoa(s.URN) }

// factor is the school's true rate on a day relative to its authority's.
func (s *School) factor(d dataset.Day) float64 {
	return s.Kind.Need * s.need * s.year[academicYear(d)-s.firstYear]
}

var (
	nameFirst = []string{"Alder", "Ash", "Beech", "Birch", "Bracken", "Brook", "Cedar", "Clover", "Cross", "Elder", "Elm", "Fern", "Field", "Gorse", "Green", "Hawthorn", "Hazel", "Heath", "High", "Hill", "Hollin", "Holly", "Kingfisher", "Lark", "Lime", "Long", "Maple", "Mill", "Moor", "Oak", "Old", "Orchard", "Park", "Quarry", "Ridge", "River", "Rowan", "Sandy", "Spring", "Stone", "Swan", "Thorn", "Upper", "Wharf", "Willow", "Wood", "Wren", "Yew"}
	nameLast  = []string{"bank", "bourne", "bridge", "brook", "combe", "croft", "dale", "den", "field", "ford", "garth", "gate", "grove", "ham", "holme", "hurst", "lane", "leigh", "mead", "mere", "ridge", "side", "stead", "ton", "vale", "view", "well", "wick", "worth"}
)

// schoolsOf draws the schools of one authority: the intervention schools in
// the story's mix, then Pool candidates of the same kind for each of them.
func (s *Story) schoolsOf(seed uint64, index int, t *scale) []School {
	a := &s.Authorities[index]
	r := stream(seed, "schools/"+a.Code, 0)
	used := map[string]bool{}
	intervention, c := t.intervention[index], &t.calendar
	first := 800000
	for _, n := range t.intervention[:index] {
		first += n * (1 + s.Pool)
	}
	schools := make([]School, 0, intervention*(1+s.Pool))
	for i := range intervention * (1 + s.Pool) {
		kind := a.Mix[(i%intervention)%len(a.Mix)]
		name := schoolName(r, kind, used)
		need := lognormal(r, s.BetweenSchool)
		roll := max(kind.Years*2, int(math.Round(kind.Roll*t.pupils*math.Exp(0.2*r.NormFloat64()))))
		school := School{
			URN: first + i, Estab: 2000 + i%8000, Name: name, Kind: kind, Roll: roll,
			// Poorer schools have more need: correlation of the logarithms about 0.5.
			FSM:          math.Round(10*min(85, kind.Percent*math.Sqrt(need)*math.Exp(0.25*r.NormFloat64()))) / 10,
			Intervention: i < intervention, need: need, firstYear: academicYear(c.Open) - 4,
		}
		for range academicYear(c.Close) - school.firstYear + 1 {
			school.year = append(school.year, lognormal(r, s.YearNoise))
		}
		schools = append(schools, school)
	}
	return schools
}

// schoolName draws a name that is not in use. Some carry an accent or a curly
// apostrophe, which the register holds in Windows-1252.
func schoolName(r *rand.Rand, kind Kind, used map[string]bool) string {
	for try := 0; ; try++ {
		name := pick(r, nameFirst) + pick(r, nameLast)
		if try > 20 {
			name += " " + strconv.Itoa(len(used))
		}
		switch {
		case kind.Phase == Primary.Phase && len(used)%17 == 3:
			name = fmt.Sprintf("St Chloé’s Catholic %s", kind.Title)
			if used[name] {
				name = fmt.Sprintf("St André’s %s, %d", kind.Title, len(used))
			}
		default:
			name += " " + kind.Title
		}
		if !used[name] {
			used[name] = true
			return name
		}
	}
}
