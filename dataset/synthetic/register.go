package synthetic

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"

	"golang.org/x/text/encoding/charmap"

	"swis/dataset"
)

const registerHeader = `URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,TypeOfEstablishment (code),TypeOfEstablishment (name),EstablishmentTypeGroup (name),EstablishmentStatus (code),EstablishmentStatus (name),ReasonEstablishmentOpened (name),OpenDate,ReasonEstablishmentClosed (name),CloseDate,PhaseOfEducation (code),PhaseOfEducation (name),StatutoryLowAge,StatutoryHighAge,SchoolCapacity,CensusDate,NumberOfPupils,NumberOfBoys,NumberOfGirls,PercentageFSM,UKPRN,Postcode,GOR (name),UrbanRural (name)`

// writeRegister writes the school list as the national register exports it:
// Windows-1252, quoted where needed, dates with hyphens. It holds the trial's
// schools and their candidates, and one closed school an authority.
func writeRegister(o *output, seed uint64, authorities []*records) error {
	return o.file("schools/edubasealldata.csv", func(w io.Writer) error {
		s := newSheet(charmap.Windows1252.NewEncoder().Writer(w), registerHeader, hyphenDate, false)
		s.newline = "\r\n"
		census := dataset.DayOf(academicYear(authorities[0].calendar.Start), 1, 18)
		for _, k := range authorities {
			r := stream(seed, "register/"+k.authority.Code, 0)
			for i := range k.schools {
				if c := k.converted; c.day != 0 && int(c.school) == i {
					academy := k.schools[i]
					academy.URN, academy.Kind.Type = k.academyURN(), Secondary.Type
					k.register(s, r, &academy, census, 0)
					k.register(s, r, &k.schools[i], census, c.day-1)
					continue
				}
				k.register(s, r, &k.schools[i], census, k.lastDay(i))
			}
			open, closed := k.newSchools()
			for i := range open {
				k.register(s, r, &open[i], census, 0)
			}
			for i := range closed {
				k.register(s, r, &closed[i], census, dataset.DayOf(academicYear(k.calendar.Start)-1, 8, 31))
			}
			other := School{URN: k.otherURN(), Estab: 1998, Name: k.authority.Name + " Riverside Nursery School", Kind: Kind{Phase: "Nursery", Type: "Community school", LowAge: 2, Years: 3}, Roll: 60, FSM: 30}
			k.register(s, r, &other, census, 0)
			former := School{URN: k.closedURN(), Estab: 1999, Name: "Former " + k.authority.Name + " Middle School", Kind: Primary}
			k.register(s, r, &former, 0, dataset.DayOf(academicYear(k.calendar.First)-3, 8, 31))
		}
		return s.finish()
	})
}

func (k *records) register(s *sheet, r *rand.Rand, school *School, census, closed dataset.Day) {
	phase := map[string]string{"Nursery": "1", "Primary": "2", "Secondary": "4"}[school.Kind.Phase]
	if phase == "" {
		phase = "0"
	}
	s.texts(school.ID(), k.authority.Code, k.authority.Name, strconv.Itoa(school.Estab), school.Name)
	s.texts(map[string]string{"Community school": "1", "Academy converter": "34", "Community special school": "7"}[school.Kind.Type], school.Kind.Type)
	group := "Local authority maintained schools"
	if school.Kind.Phase == Secondary.Phase {
		group = "Academies"
	}
	s.text(group)
	if closed != 0 {
		s.texts("2", "Closed", "Not applicable")
	} else {
		s.texts("1", "Open", "Not applicable")
	}
	if r.IntN(3) == 0 { // many opening dates are blank
		s.day(0)
	} else {
		s.day(dataset.DayOf(1950+r.IntN(60), 9, 1))
	}
	if closed != 0 {
		s.text("Closure")
	} else {
		s.text("Not applicable")
	}
	s.day(closed)
	s.texts(phase, school.Kind.Phase, strconv.Itoa(school.Kind.LowAge), strconv.Itoa(school.Kind.LowAge+school.Kind.Years))
	capacity, girls := "", ""
	pupils, boys := "", ""
	if closed == 0 {
		capacity = strconv.Itoa(school.Roll * 11 / 10)
		pupils, girls, boys = strconv.Itoa(school.Roll), strconv.Itoa(school.Roll/2), strconv.Itoa(school.Roll-school.Roll/2)
	}
	s.text(capacity)
	s.day(census)
	s.texts(pupils, boys, girls)
	if closed == 0 {
		s.text(strconv.FormatFloat(school.FSM, 'f', 1, 64))
	} else {
		s.text("")
	}
	s.texts(strconv.Itoa(10000000+school.URN), fmt.Sprintf("%s%d %dAB", k.authority.Name[:1]+"B", 1+school.Estab%20, 1+school.Estab%9), "Not Applicable", "Urban: Nearer to a major town or city")
	s.end()
}

// closedURN is the register number of a school that closed before the trial.
func (k *records) closedURN() int { return 799000 + k.place }

// otherURN is a school of the register that is not in the trial's list.
func (k *records) otherURN() int { return 797000 + k.place }

// unknownURN is a number that the register lacks.
func (k *records) unknownURN() int { return 798000 + k.place }

// academyURN is the later number of the school that became an academy.
func (k *records) academyURN() int { return 796000 + k.place }

// mergedURN is the number of the school that a school of the trial and its
// partner became.
func (k *records) mergedURN() int { return 795000 + k.place }

func (k *records) partnerURN(i int) int { return 794000 - 5000*i + k.place }

// splitURN are the numbers of the two schools that one became.
func (k *records) splitURN(i int) int { return 793000 - 1000*i + k.place }

// joinedURN is the number of the school that two of the trial became.
func (k *records) joinedURN() int { return 791000 + k.place }

// droppedURN is the number of the school for which one left the trial.
func (k *records) droppedURN() int { return 790000 + k.place }

func digitsOf(urn int) string { return strconv.Itoa(urn) }

// lastDay is the last day of a school in the register, 0 for one that is open.
func (k *records) lastDay(school int) dataset.Day {
	if day := k.changes.of(int32(school)); day != 0 {
		return day - 1
	}
	if k.closing.is(int32(school)) {
		return k.closing.day
	}
	return 0
}

// writeLinks writes the register's links between establishments.
func writeLinks(o *output, authorities []*records) error {
	return o.file("schools/links_edubasealldata.csv", func(w io.Writer) error {
		s := newSheet(charmap.Windows1252.NewEncoder().Writer(w), "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate", hyphenDate, false)
		s.newline = "\r\n"
		for _, k := range authorities {
			link := func(from, to int, name, kind string) {
				s.texts(strconv.Itoa(from), strconv.Itoa(to), name, kind, "")
				s.end()
			}
			link(k.closedURN(), k.otherURN(), k.authority.Name+" Riverside Nursery School", "Successor")
			for _, l := range k.links() {
				link(l.from, l.to, l.name, "Successor"+l.kind)
				link(l.to, l.from, l.name, "Predecessor"+l.kind)
			}
			if k.converted.day == 0 {
				continue
			}
			old, later := &k.schools[k.converted.school], k.academyURN()
			link(old.URN, later, old.Name, "Successor")
			link(later, old.URN, old.Name, "Predecessor")
		}
		return s.finish()
	})
}

// writeDecisions writes what was decided about schools that changed and about
// records of one child.
func writeDecisions(o *output, authorities []*records) error {
	return o.file(DecisionsFile, func(w io.Writer) error {
		s := newSheet(w, "kind,from,to,decision,date,reason", isoDate, false)
		for _, k := range authorities {
			for _, d := range k.decided() {
				s.texts(d.kind, d.from, d.to, d.do)
				s.day(d.day)
				s.text(d.reason)
				s.end()
			}
		}
		return s.finish()
	})
}
