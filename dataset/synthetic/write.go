package synthetic

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

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
	AskedPanelFile   = "planted-panel-further.csv" // of outcomes that ingest builds when it is asked to
	DecisionsFile    = "schools/decisions.csv"     // where all faults are planted
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
	err = out.sheets(s.truthFiles(), func(truth []*sheet) error {
		written, err = s.writeAuthorities(out, o, t, p, truth)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := writeRegister(out, o.Seed, written); err != nil {
		return nil, err
	}
	if err := writeLinks(out, written); err != nil {
		return nil, err
	}
	if err := writeTrialList(out, written, o.Faults == AllFaults); err != nil {
		return nil, err
	}
	if o.Faults == AllFaults {
		p.Decided = DecisionsFile
		if err := writeDecisions(out, written); err != nil {
			return nil, err
		}
		if p.Refused, err = writeRefusals(out, &t.calendar); err != nil {
			return nil, err
		}
	}
	p.Files = append(out.files, PlantedFile)
	return p, out.file(PlantedFile, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		e.SetEscapeHTML(false)
		return e.Encode(p)
	})
}

// writeAuthorities writes the deliveries of one authority after the other; no
// more than one is in memory. Of those written their schools and what was
// planted remain.
func (s *Story) writeAuthorities(out *output, o Options, t *scale, p *Planted, truth []*sheet) (written []*records, err error) {
	var arrivals []traveller
	var away []wander
	for a := range s.Authorities {
		k, err := s.generate(o, t, a, arrivals, away)
		if err != nil {
			return nil, err
		}
		if err := k.write(out); err != nil {
			return nil, err
		}
		count := k.count()
		k.writeTruth(truth, count.rows)
		p.add(k, count.rows)
		away, arrivals = count.away, k.leavers(k.calendar)
		written = append(written, &records{authority: k.authority, calendar: k.calendar, place: k.place, schools: k.schools, converted: k.converted, changes: k.changes,
			closing: k.closing, unphased: k.unphased, uncounted: k.uncounted, rekeyed: k.rekeyed})
	}
	return written, nil
}

// generate makes the records of one authority.
func (s *Story) generate(o Options, t *scale, authority int, arrivals []traveller, away []wander) (*records, error) {
	a := &s.Authorities[authority]
	schools := s.schoolsOf(o.Seed, authority, t)
	k := &records{
		authority: a, calendar: &t.calendar, quarters: t.calendar.quarters(), place: authority, schools: schools,
		population: populate(o.Seed, a, schools, &t.calendar),
		rand:       stream(o.Seed, "records/"+a.Code, 0),
	}
	k.arrive(arrivals)
	k.wandering = away
	lost := 0
	for i := range schools {
		d := s.drawSchool(o.Seed, authority, i, &schools[i], &t.calendar)
		lost += k.record(i, &d)
	}
	if lost > 0 {
		return nil, fmt.Errorf("%d events of %s find no child: ask for more pupils a school", lost, a.Name)
	}
	k.order()
	if a.contacts() {
		k.contact()
	}
	k.survey(o.Seed)
	if o.Faults != NoFaults {
		if err := k.plant(o.Faults == AllFaults, o.Without); err != nil {
			return nil, err
		}
	}
	k.exclude(o.Seed)
	k.derive()
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
	case PooledEvents:
		err = k.writePooled(o)
	case AnnexA:
		err = k.writeAnnexA(o)
	case SSD:
		err = k.writeSSD(o)
	case Counts:
		err = k.writeCounts(o)
	case EventRows:
		err = k.writeEvents(o)
	}
	if err != nil {
		return err
	}
	for _, write := range []func(*output) error{k.writeCare, k.writeRoll, k.writeLookup, k.writeAttendance, k.writeReasons, k.writeCensuses, k.writeSurveys} {
		if err := write(o); err != nil {
			return err
		}
	}
	if k.empty > 0 {
		k.faults = append(k.faults, Fault{LA: k.authority.Code, Files: "deliveries", Rule: "F02", Rows: k.empty, What: "table of which the authority had nothing", Kept: true})
	}
	return nil
}

// writeTrialList writes the trial's own list of schools: who has the
// intervention and who could be a comparison school.
func writeTrialList(o *output, authorities []*records, all bool) error {
	return o.file("schools/trial-schools.csv", func(w io.Writer) error {
		header := "school_id,la,la_name,name,phase,pupils,fsm_percent,intervention"
		if all {
			header += ",close,census_date"
		}
		s := newSheet(w, header, isoDate, false)
		for _, k := range authorities {
			for i := range k.schools {
				school := &k.schools[i]
				s.texts(school.ID(), k.authority.Code, k.authority.Name, school.Name)
				if k.unphased[i] {
					s.text("")
				} else {
					s.text(school.phase())
				}
				s.number(school.Roll)
				s.text(strconv.FormatFloat(school.FSM, 'f', 1, 64))
				if school.Intervention {
					s.text("1")
				} else {
					s.text("0")
				}
				if all && k.closing.day != 0 && int(k.closing.school) == i {
					s.day(k.closing.day)
				} else if all {
					s.day(0)
				}
				if all && k.uncounted[i] {
					s.day(k.calendar.First - 900)
				} else if all {
					s.day(k.calendar.First - 100)
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
