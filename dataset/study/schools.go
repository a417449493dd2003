package study

import (
	"math"
	"slices"
	"strings"

	"swis/dataset"
	"swis/dataset/linkage"
)

// register settles the trial's schools: the list given; else a simple list or
// the register among the deliveries, cut to their authorities; else the
// schools that the rows name.
func (s *Study) register() error {
	var listed, gias []dataset.School
	var links []dataset.SchoolLink
	var extra []string
	delivered := map[string]bool{}
	for la := range s.set.LAs.Len() {
		delivered[s.set.LAs.Text(uint32(la))] = true
	}
	for _, x := range s.Extracts {
		links = append(links, x.Links...)
		switch {
		case len(x.Schools) == 0:
		case x.File == s.Options.Schools:
			listed, extra = x.Schools, x.Extra
			if x.Layout == "gias" {
				extra = nil
			}
		case x.Layout == "schools" && s.Options.Schools == "":
			listed, extra = append(listed, x.Schools...), x.Extra
		default:
			gias = append(gias, x.Schools...)
		}
	}
	if s.Options.Schools != "" && len(listed) == 0 && s.refused == nil {
		return dataset.Problems{{File: s.Options.Schools, Text: "holds no school; want a GIAS-shaped list, or columns school_id, la, pupils"}}
	}
	if len(listed) == 0 {
		for _, school := range gias {
			if delivered[school.LA] {
				listed = append(listed, school)
			}
		}
	}
	if len(listed) == 0 {
		listed, s.unnamed = s.seen(), true
	}
	all := gias
	if len(all) > 0 {
		all = append(slices.Clone(gias), listed...)
	}
	if s.set.Off[dataset.RuleNamed("S03")] {
		links = nil
	}
	r, err := linkage.NewRegister(listed, all, links)
	if err != nil {
		return err
	}
	r.Extra = extra
	s.Register = r
	return nil
}

// seen makes a list of the schools that rows name, in order of their numbers,
// each in the authority of the first row that names it.
func (s *Study) seen() []dataset.School {
	las := make([]uint16, s.set.Schools.Len())
	copy(las, s.named.las)
	numbers, names := s.set.Schools.Texts(), s.set.LAs.Texts()
	schools := make([]dataset.School, 0, len(las))
	for _, code := range linkage.Order(len(las), func(code int) string { return numbers[code] }) {
		if number := numbers[code]; isSchool(number) {
			schools = append(schools, dataset.School{ID: number, LA: names[las[code]], Open: dataset.NoDay, Close: dataset.NoDay, CensusDate: dataset.NoDay,
				Pupils: math.NaN(), FSM: math.NaN()})
		}
	}
	return schools
}

// named is what rows say of schools, by the schools' codes.
type named struct {
	las    []uint16 // authority of the first row that names it
	events []int64  // that name it
}

// nameSchools counts the schools that a file's rows name. Of thousands of
// files, what each names of them all would take more memory than its events.
func (s *Study) nameSchools(x *dataset.Extract) {
	n := &s.named
	n.las = append(n.las, make([]uint16, s.set.Schools.Len()-len(n.las))...)
	n.events = append(n.events, make([]int64, len(n.las)-len(n.events))...)
	first := func(school uint32, la uint16) {
		if n.las[school] == 0 {
			n.las[school] = la
		}
	}
	for _, of := range x.Named {
		n.events[of.School] += of.Events
		first(of.School, of.LA)
	}
	x.Named = nil
	for i := range x.Counts {
		first(x.Counts[i].School, x.Counts[i].LA)
	}
	for i := range x.Enrolments {
		first(x.Enrolments[i].School, x.Enrolments[i].LA)
	}
}

// isSchool says whether a number that only rows name can be a school's: a
// column that is taken for the school's may hold children's ids or UPNs.
func isSchool(number string) bool {
	digits := 0
	for i := range len(number) {
		switch c := number[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z', c == '/', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return number != "" && len(number) <= 12 && digits <= 8 && (digits > 0 || len(number) <= 4)
}

// schoolRules flags what is missing in the list of schools.
func (s *Study) schoolRules() {
	pupils, phase := dataset.RuleNamed("P01"), dataset.RuleNamed("S07")
	for i := range s.Register.Schools {
		school := &s.Register.Schools[i]
		old := school.CensusDate != dataset.NoDay && s.Panel.From-school.CensusDate > 366
		if !(school.Pupils > 0) || old {
			s.issues.Add(dataset.Issue{Rule: pupils, File: school.File, Line: school.Line})
		}
		if school.Phase == "" && !s.unnamed || len(s.Options.Phases) > 0 && !s.protocol(school.Phase) {
			s.issues.Add(dataset.Issue{Rule: phase, File: school.File, Line: school.Line})
		}
	}
}

// protocol says whether a phase is one of the protocol's.
func (s *Study) protocol(phase string) bool {
	return slices.ContainsFunc(s.Options.Phases, func(p string) bool { return strings.EqualFold(p, phase) })
}

// pairRules flags rows whose URN and LAESTAB mean two schools (S06): the first
// of each pair at its place, the others as a number.
func (s *Study) pairRules(schools []int32) {
	rule := dataset.RuleNamed("S06")
	for n, x := range s.Extracts {
		for _, p := range x.Pairs {
			if s.Register.Disagree(s.set.Schools.Text(p.URN), s.set.Schools.Text(p.LAESTAB), schools[p.URN], schools[p.LAESTAB]) {
				s.issues.Add(dataset.Issue{Rule: rule, File: uint16(n + 1), LA: p.LA, Line: p.Line, Column: "LAESTAB"})
				s.tally.Add(p.LA, rule, p.Rows-1)
			}
		}
	}
}
