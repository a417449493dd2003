package synthetic

import (
	"fmt"
	"io"
	"strconv"

	"swis/dataset"
)

const (
	onRollHeader = "pupilonrolltableid,NativeId,dob,surname,forename,upn,formerupn,sex,entrydate,pupilonrollorderseqcolumn,termlysessionspossible,enrolstatus,senprovision,ncyearactual"
	leftHeader   = "pupilnolongeronrolltableid,NativeId,dob,surname,forename,upn,formerupn,sex,entrydate,leavingdate,pupilnolongeronrollorderseqcolumn,termlysessionspossible"
)

var (
	surnames  = []string{"Abara", "Bickerstaffe", "Chowdhuryson", "Dunnachie", "Etheringham", "Farrukhzad", "Gillespiewood", "Hathersage", "Ivanovsky", "Jarrowgate", "Kowalczykson", "Lindqvistham"}
	forenames = []string{"Aveline", "Bertwin", "Cassimir", "Delphia", "Eadgar", "Fenella", "Godiva", "Hereward", "Ismelda", "Jocasta", "Kenelm", "Leofric"}
)

// writeRoll writes the pupils on roll when the deliveries close and those who
// left since they opened, as the school census holds them: with names, dates
// as 2023-Sep-01 00:00:00 and the school as NativeId.
func (k *records) writeRoll(o *output) error {
	err := o.file(fmt.Sprintf("roll/%s_pupilonroll.csv", k.authority.Folder), func(w io.Writer) error {
		s := newSheet(w, k.withEstab(onRollHeader), censusDate, false)
		if k.bothNumbers {
			s.width = 15
		}
		s.faulty = k.faultyRows("roll/on", 0)
		k.eachStay(func(i int, p *pupil, t stay) {
			if t.to > k.calendar.Close && t.from <= k.calendar.Close {
				k.enrolment(s, i, p, t)
				s.number(1)
				s.texts("128.0", k.status(i), "N")
				age := 0
				if school := &k.schools[t.school]; true {
					year, _, _ := p.birth.Date()
					if _, month, _ := p.birth.Date(); month >= 9 {
						year++
					}
					age = academicYear(k.calendar.Close) - year - 4
					age = min(max(age, school.Kind.LowAge-4), school.Kind.LowAge-4+school.Kind.Years-1)
				}
				if age <= 0 {
					s.text("R")
				} else {
					s.number(age)
				}
				k.estab(s, t)
				s.end()
			}
		})
		return s.finish()
	})
	if err != nil {
		return err
	}
	return o.file(fmt.Sprintf("roll/%s_pupilnolongeronroll.csv", k.authority.Folder), func(w io.Writer) error {
		s := newSheet(w, k.withEstab(leftHeader), censusDate, false)
		if k.bothNumbers {
			s.width = 13
		}
		s.faulty = k.faultyRows("roll/left", 0)
		k.eachStay(func(i int, p *pupil, t stay) {
			if t.to <= k.calendar.Close && t.to > k.calendar.Open {
				k.enrolment(s, i, p, t)
				s.day(t.to - 1)
				s.number(1)
				s.text("128.0")
				k.estab(s, t)
				s.end()
			}
		})
		return s.finish()
	})
}

// eachStay visits the stays of all pupils in order.
func (k *records) eachStay(visit func(i int, p *pupil, t stay)) {
	for i := range k.pupils {
		p := &k.pupils[i]
		for _, t := range p.stays {
			switch {
			case t.to == 0:
			case k.merged.day != 0 && k.merged.school == t.school && t.from < k.merged.day && t.to > k.merged.day:
				// leaves the one school for the other, the last day not counted
				visit(i, p, stay{t.school, t.from, k.merged.day + 1})
				visit(i, p, stay{t.school, k.merged.day, t.to})
			default:
				visit(i, p, t)
			}
		}
	}
}

// enrolment writes the cells that both files share.
func (k *records) enrolment(s *sheet, i int, p *pupil, t stay) {
	s.text(fmt.Sprintf("%s-%07d", k.authority.Folder[:2], i))
	s.number(k.numberOf(t))
	s.day(p.birth)
	s.texts(surnames[i%len(surnames)], forenames[(i/7)%len(forenames)], p.upn.String(), "")
	sex := "M"
	if p.female {
		sex = "F"
	}
	s.text(sex)
	s.day(t.from)
}

// numberOf is the register number under which a roll holds a stay: the later
// one for pupils who were still there when their school became an academy.
func (k *records) numberOf(t stay) int {
	if k.converted.day != 0 && k.converted.school == t.school && t.to > k.converted.day {
		return k.academyURN()
	}
	if k.merged.day != 0 && k.merged.school == t.school && t.from >= k.merged.day {
		return k.mergedURN()
	}
	return k.schools[t.school].URN
}

// status is C for a single registration, M for the main one of a pupil on two rolls.
func (k *records) status(pupil int) string {
	if k.dual[int32(pupil)] {
		return "M"
	}
	return "C"
}

// writeLookup writes the authority's own list of schools for children whose
// UPN it does not hold, with two-digit years, and the mapping file that says so.
func (k *records) writeLookup(o *output) error {
	if k.lookups == 0 {
		return nil
	}
	mapping := fmt.Sprintf("# How %s writes its files.\nla: \"%s\"\ndates: dmy\ntwo_digit_years: true        # in the child-to-school list\ncomplete_to: %s       # the deliveries hold nothing later\n",
		k.authority.Name, k.authority.Code, k.calendar.Close)
	if err := o.text(fmt.Sprintf("maps/%s.yaml", k.authority.Folder), mapping); err != nil {
		return err
	}
	return o.file(fmt.Sprintf("roll/%s_child_school.csv", k.authority.Folder), func(w io.Writer) error {
		s := newSheet(w, "child_id,urn,start,end", shortDate, false)
		for i := range k.children {
			c := &k.children[i]
			if !c.lookup {
				continue
			}
			for _, t := range k.pupils[c.pupil].stays {
				if t.to == 0 {
					continue
				}
				s.texts(c.id(k.authority), strconv.Itoa(k.schools[t.school].URN))
				end := dataset.Day(0)
				if t.to <= k.calendar.Close {
					end = t.to - 1
				}
				s.days(t.from, end)
				s.end()
			}
		}
		return s.finish()
	})
}

// withEstab adds the school's other number to a header, where the rolls hold both.
func (k *records) withEstab(header string) string {
	if k.bothNumbers {
		return header + ",LAESTAB"
	}
	return header
}

// estab writes the authority's and the establishment's number of a stay's
// school; now and then the next school's, until enough rows contradict
// themselves (S06).
func (k *records) estab(s *sheet, t stay) {
	if !k.bothNumbers {
		return
	}
	school := int(t.school)
	if k.contradict > 0 && s.rows%5 == 2 {
		k.contradict--
		school = (school + 1) % len(k.schools)
	}
	s.text(k.authority.Code + strconv.Itoa(k.schools[school].Estab))
}
