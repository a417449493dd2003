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
		k.eachStay(func(i int, p *pupil, t stay, urn int) {
			if t.to > k.calendar.Close && t.from <= k.calendar.Close {
				k.enrolment(s, i, p, t, urn)
				s.number(1)
				s.texts("", k.status(i), "N", k.yearGroup(p, t.school, k.calendar.Close))
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
		k.eachStay(func(i int, p *pupil, t stay, urn int) {
			if t.to <= k.calendar.Close && t.to > k.calendar.Open {
				k.enrolment(s, i, p, t, urn)
				s.day(t.to - 1)
				s.number(1)
				s.text("")
				k.estab(s, t)
				s.end()
			}
		})
		return s.finish()
	})
}

// eachStay visits the stays of all pupils in order, each under the number that
// the register has for the school; a stay over the day on which that changed
// is two.
func (k *records) eachStay(visit func(i int, p *pupil, t stay, urn int)) {
	for i := range k.pupils {
		p := &k.pupils[i]
		for _, t := range p.stays {
			if t.to == 0 {
				continue
			}
			day := k.changes.of(t.school)
			if day == 0 {
				visit(i, p, t, k.numberOf(t))
				continue
			}
			old, after := t, t
			if t.from < day {
				if t.to > day { // leaves the one school for the other, the last day not counted
					old.to, after.from = day+1, day
				}
				visit(i, p, old, k.schools[t.school].URN)
			}
			if t.to > day {
				visit(i, p, after, k.numberAfter(t.school, int32(i)))
			}
		}
	}
}

// enrolment writes the cells that both files share.
func (k *records) enrolment(s *sheet, i int, p *pupil, t stay, urn int) {
	s.text(k.rollKey(i))
	s.number(urn)
	s.day(p.birth)
	s.texts(surnames[i%len(surnames)], forenames[(i/7)%len(forenames)], p.upn.String(), "")
	sex := "M"
	if p.female {
		sex = "F"
	}
	s.text(sex)
	s.day(t.from)
}

// rollKey is the key of a pupil's row of the rolls.
func (k *records) rollKey(pupil int) string {
	return fmt.Sprintf("%s-%07d", k.authority.Folder[:2], pupil)
}

// yearGroup is a pupil's year on a day, R for reception.
func (k *records) yearGroup(p *pupil, school int32, d dataset.Day) string {
	year, month, _ := p.birth.Date()
	if month >= 9 {
		year++
	}
	first := k.schools[school].Kind.LowAge - 4
	group := min(max(academicYear(d)-year-4, first), first+k.schools[school].Kind.Years-1)
	if group <= 0 {
		return "R"
	}
	return strconv.Itoa(group)
}

// numberOf is the register number under which a roll holds a stay: the later
// one for pupils who were still there when their school became an academy.
func (k *records) numberOf(t stay) int {
	if k.converted.is(t.school) && t.to > k.converted.day {
		return k.academyURN()
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
