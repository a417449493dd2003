package synthetic

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"swis/dataset"
	"swis/dataset/atomicfile"
)

// output writes files below a folder and stops when the context ends.
type output struct {
	ctx   context.Context
	root  string
	files []string
}

func (o *output) file(name string, fill func(io.Writer) error) error {
	if err := o.ctx.Err(); err != nil {
		return err
	}
	o.files = append(o.files, name)
	return atomicfile.Write(filepath.Join(o.root, filepath.FromSlash(name)), fill)
}

func (o *output) text(name, text string) error {
	return o.file(name, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// Names of the files beside the extracts.
const (
	PlantedFile      = "planted.json"
	PlantedPanelFile = "planted-panel.csv"
)

// Write writes a complete trial below a folder: extracts, rolls, school list,
// planted.json and the true panel. The same options give the same bytes.
func (s *Story) Write(ctx context.Context, root string, o Options) (*Planted, error) {
	t, err := s.plan(o)
	if err != nil {
		return nil, err
	}
	out := &output{ctx: ctx, root: root}
	p := newPlanted(s, o, t)
	var written []*records
	var panel []PanelRow
	var arrivals []traveller
	for a := range s.Authorities {
		k, err := s.generate(o, t, a, arrivals)
		if err != nil {
			return nil, err
		}
		if err := k.write(out); err != nil {
			return nil, err
		}
		panel = append(panel, k.panel()...)
		p.add(k)
		arrivals = k.leavers(k.calendar)
		k.population, k.children = nil, nil // the next authority needs the memory
		written = append(written, k)
	}
	if err := writeRegister(out, o.Seed, written); err != nil {
		return nil, err
	}
	if err := writeLinks(out, written); err != nil {
		return nil, err
	}
	if err := writeTrialList(out, written); err != nil {
		return nil, err
	}
	if err := writePanel(out, panel); err != nil {
		return nil, err
	}
	p.Files = append(out.files, PlantedFile)
	return p, out.file(PlantedFile, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		e.SetEscapeHTML(false)
		return e.Encode(p)
	})
}

// generate makes the records of one authority.
func (s *Story) generate(o Options, t *scale, authority int, arrivals []traveller) (*records, error) {
	a := &s.Authorities[authority]
	schools := s.schoolsOf(o.Seed, authority, t)
	k := &records{
		authority: a, calendar: &t.calendar, place: authority, schools: schools,
		population: populate(o.Seed, a, schools, &t.calendar),
		rand:       stream(o.Seed, "records/"+a.Code, 0),
	}
	k.arrive(arrivals)
	lost := 0
	for i := range schools {
		d := s.drawSchool(o.Seed, authority, i, &schools[i], &t.calendar)
		lost += k.record(i, &d)
	}
	if lost > 0 {
		return nil, fmt.Errorf("%d events of %s find no child: ask for more pupils a school", lost, a.Name)
	}
	k.order()
	k.plant()
	return k, nil
}

// write writes the files of one authority.
func (k *records) write(o *output) error {
	var err error
	switch k.authority.Delivery {
	case FlattenedCIN:
		err = k.writeFlattened(o)
	case XMLCIN:
		err = k.writeXML(o)
	default:
		err = k.writePooled(o)
	}
	if err != nil {
		return err
	}
	for _, write := range []func(*output) error{k.writeCare, k.writeRoll, k.writeLookup} {
		if err := write(o); err != nil {
			return err
		}
	}
	return nil
}

// writeTrialList writes the trial's own list of schools: who has the
// intervention and who could be a comparison school.
func writeTrialList(o *output, authorities []*records) error {
	return o.file("schools/trial-schools.csv", func(w io.Writer) error {
		s := newSheet(w, "school_id,la,la_name,name,phase,pupils,fsm_percent,intervention", isoDate, false)
		for _, k := range authorities {
			for i := range k.schools {
				school := &k.schools[i]
				s.texts(school.ID(), k.authority.Code, k.authority.Name, school.Name, school.phase())
				s.number(school.Roll)
				s.text(strconv.FormatFloat(school.FSM, 'f', 1, 64))
				if school.Intervention {
					s.text("1")
				} else {
					s.text("0")
				}
				s.end()
			}
		}
		return s.finish()
	})
}

// phase names the kind of school in the trial's words.
func (s *School) phase() string {
	switch s.Kind.Phase {
	case Primary.Phase:
		return "primary"
	case Secondary.Phase:
		return "secondary"
	}
	return "SEMH"
}

// PanelRow is one school and month of the true panel, counted from the
// children's records after the faults were planted.
type PanelRow struct {
	School    string
	LA        string
	Month     dataset.Day
	S47, S17  int
	Referrals int
	Days      float64
	Care      bool // whether the authority delivers days in care
}

// panel counts the records by school and month.
func (k *records) panel() []PanelRow {
	months := dataset.Month
	p0, p1 := months.Of(k.calendar.First), months.Of(k.calendar.End)
	width := int(p1-p0) + 1
	rows := make([]PanelRow, len(k.schools)*width)
	for i := range rows {
		rows[i] = PanelRow{School: k.schools[i/width].ID(), LA: k.authority.Code, Month: months.Start(p0 + dataset.Period(i%width)), Care: k.authority.Care.Delivered}
	}
	at := func(c *child, d dataset.Day) *PanelRow {
		if c.pupil < 0 || d < k.calendar.First || d > k.calendar.End {
			return nil
		}
		for _, t := range k.pupils[c.pupil].stays {
			if t.to != 0 && t.from <= d && d < t.to {
				return &rows[int(t.school)*width+int(months.Of(d)-p0)]
			}
		}
		return nil
	}
	for i := range k.children {
		c := &k.children[i]
		for j := range c.cases {
			e := &c.cases[j]
			if r := at(c, e.referral); r != nil {
				r.Referrals++
			}
			for _, a := range e.assessments {
				if r := at(c, a.start); r != nil {
					r.S17++
				}
			}
			for _, q := range e.enquiries {
				if r := at(c, q.day); r != nil {
					r.S47++
				}
			}
		}
	}
	k.careDays(func(school int32, month dataset.Day, days float64) {
		rows[int(school)*width+int(months.Of(month)-p0)].Days += days
	})
	return rows
}

func writePanel(o *output, rows []PanelRow) error {
	return o.file(PlantedPanelFile, func(w io.Writer) error {
		s := newSheet(w, "school_id,la,period,s47,s17_starts,referrals,days_in_care", isoDate, false)
		for i := range rows {
			r := &rows[i]
			s.texts(r.School, r.LA, dataset.Month.Label(dataset.Month.Of(r.Month)))
			s.number(r.S47)
			s.number(r.S17)
			s.number(r.Referrals)
			if r.Care {
				s.number(int(r.Days))
			} else {
				s.text("")
			}
			s.end()
		}
		return s.finish()
	})
}
