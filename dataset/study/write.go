package study

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"path/filepath"
	"strconv"

	"swis/dataset"
	"swis/dataset/atomicfile"
	"swis/dataset/panel"
)

// Write writes the study folder: panel.csv, schools.csv, quality.json,
// quality.html, issues.csv, quarantine.csv and manifest.json; events.csv under
// pseudonyms where they are kept. The panel is written last, so that a folder
// with a panel is whole; all are whole before the first takes its place.
func (s *Study) Write(folder string) error {
	if err := s.outside(folder); err != nil {
		return err
	}
	type file struct {
		name  string
		write func(io.Writer) error
	}
	files := []file{
		{SchoolsFile, s.writeSchools},
		{IssuesFile, s.writeIssues},
		{QuarantineFile, s.writeQuarantine},
		{QualityFile, func(w io.Writer) error { return indented(w, s.Quality) }},
		{QualityPage, s.Quality.WriteHTML},
		{ManifestFile, func(w io.Writer) error { return indented(w, s.manifest()) }},
	}
	if s.Options.KeepEvents {
		files = append(files, file{EventsFile, s.writeEvents})
	}
	if s.windows != nil {
		files = append(files, file{FollowUpFile, s.writeFollowUp})
	}
	if s.children != nil {
		files = append(files, file{ChildrenFile, s.writeChildren})
	}
	atomicfile.Sweep(folder)
	var set atomicfile.Set
	defer set.Abort()
	for _, f := range files {
		if err := set.Add(filepath.Join(folder, f.name), f.write); err != nil {
			return err
		}
	}
	if s.Options.QuarantineValues != "" {
		if err := s.writeQuarantineValues(); err != nil {
			return err
		}
	}
	if err := set.Add(filepath.Join(folder, PanelFile), s.writePanel); err != nil {
		return err
	}
	return set.Commit()
}

func indented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// writePanel writes one row a school and period. A cell is empty where the
// authority did not deliver the outcome or the count was withheld.
func (s *Study) writePanel(out io.Writer) error {
	w := bufio.NewWriterSize(out, 1<<16)
	p := s.Panel
	line := []byte("school_id,la,period,pupils,exposure")
	for o, outcome := range dataset.Outcomes {
		if p.Has[o] {
			line = append(append(line, ','), outcome.Name...)
		}
	}
	for o, outcome := range dataset.Outcomes {
		if p.Has[o] {
			line = append(append(line, ','), outcome.CoverageColumn()...)
		}
	}
	line = append(line, ",edge\n"...)
	if _, err := w.Write(line); err != nil {
		return err
	}
	labels := make([]string, p.Periods)
	for i := range labels {
		labels[i] = p.Kind.Label(p.First + dataset.Period(i))
	}
	for si := range p.Schools {
		school := &p.Schools[si]
		edge := p.Edge[school.LA]
		for i := range p.Periods {
			line = append(line[:0], quoted(school.ID)...)
			line = append(append(append(line, ','), quoted(school.LA)...), ',')
			line = append(append(line, labels[i]...), ',')
			pupils, exposure := s.exposure(si, i)
			line = append(appendNumber(line, pupils, 6), ',')
			line = appendNumber(line, exposure, 10)
			for o := range dataset.Outcomes {
				if !p.Has[o] {
					continue
				}
				line = append(line, ',')
				if exposure > 0 || exposure != exposure {
					line = appendCell(line, p, o, si, i)
				}
			}
			for o := range dataset.Outcomes {
				if !p.Has[o] {
					continue
				}
				line = append(line, ',', '0')
				if p.Known(o, si, i) {
					line[len(line)-1] = '1'
				}
			}
			line = append(line, ',', '0', '\n')
			if edge != nil && edge[i] {
				line[len(line)-2] = '1'
			}
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

// appendCell writes a cell of the panel, nothing where it is not known.
func appendCell(line []byte, p *panel.Panel, outcome, school, period int) []byte {
	if p.Value[outcome] == nil {
		if x, ok := p.Share(outcome, school, period); ok {
			line = appendNumber(line, x, 10)
		}
		return line
	}
	if p.Known(outcome, school, period) {
		line = strconv.AppendInt(line, int64(p.Value[outcome][school*p.Periods+period]), 10)
	}
	return line
}

// exposure is the pupils of a school in a period and their pupil-years: the
// number of the school list for the days that the school was open; where the
// list has none, the days on roll.
func (s *Study) exposure(school, period int) (pupils, years float64) {
	return exposureIn(s.Panel, school, period)
}

func exposureIn(p *panel.Panel, school, period int) (pupils, years float64) {
	of := &p.Schools[school]
	days := p.Days(period)
	if of.Pupils > 0 {
		start := max(p.From, p.Kind.Start(p.First+dataset.Period(period)))
		end := start + dataset.Day(days)
		if of.Open != dataset.NoDay {
			start = max(start, of.Open)
		}
		if of.Close != dataset.NoDay {
			end = min(end, of.Close+1)
		}
		return of.Pupils, of.Pupils * float64(max(0, end-start)) / 365.25
	}
	if p.PupilDays != nil {
		onRoll := float64(p.PupilDays[school*p.Periods+period])
		if onRoll == 0 {
			return math.NaN(), math.NaN()
		}
		return onRoll / float64(days), onRoll / 365.25
	}
	return math.NaN(), math.NaN()
}

func appendNumber(line []byte, x float64, digits int) []byte {
	if x != x {
		return line
	}
	return strconv.AppendFloat(line, x, 'g', digits, 64)
}

// quoted is a cell of text, quoted where it must be.
func quoted(cell string) string {
	cell = text(cell)
	for i := range len(cell) {
		if c := cell[i]; c == '"' || c == ',' || c == '\n' || c == '\r' {
			var b []byte
			b = append(b, '"')
			for j := range len(cell) {
				if cell[j] == '"' {
					b = append(b, '"')
				}
				b = append(b, cell[j])
			}
			return string(append(b, '"'))
		}
	}
	return cell
}

func (s *Study) writeSchools(out io.Writer) error {
	w := csv.NewWriter(out)
	header := []string{"school_id", "la", "urn", "laestab", "name", "phase", "type", "status", "open", "close", "pupils", "fsm_percent", "census_date", "region", "setting"}
	fixed := len(header)
	w.Write(append(header, s.Register.Extra...))
	for i := range s.Register.Schools {
		x := &s.Register.Schools[i]
		row := []string{text(x.ID), text(x.LA), text(x.URN), text(x.LAESTAB), text(x.Name), text(x.Phase), text(x.Type), text(x.Status), x.Open.String(), x.Close.String(),
			plain(x.Pupils), plain(x.FSM), x.CensusDate.String(), text(x.Region), text(x.Setting)}
		for j := range s.Register.Extra {
			cell := ""
			if j < len(x.Extra) {
				cell = text(x.Extra[j])
			}
			row = append(row[:fixed+j], cell)
		}
		w.Write(row)
	}
	w.Flush()
	return w.Error()
}

func plain(x float64) string {
	if x != x {
		return ""
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// fileName is the path of a file by its number, empty for none.
func (s *Study) fileName(n uint16) string {
	if n == 0 || int(n) > len(s.Extracts) {
		return ""
	}
	return s.Extracts[n-1].File
}

func (s *Study) writeIssues(out io.Writer) error {
	w := csv.NewWriter(out)
	w.Write([]string{"rule", "severity", "la", "file", "row", "field", "action"})
	for _, i := range s.issues {
		rule := &dataset.Rules[i.Rule]
		w.Write([]string{rule.ID, rule.Severity.String(), s.laText(i.LA), s.fileName(i.File), lineText(i.Line), i.Column, s.action(i.Rule)})
	}
	w.Flush()
	return w.Error()
}

func lineText(line uint32) string {
	if line == 0 {
		return ""
	}
	return strconv.Itoa(int(line))
}

func (s *Study) writeQuarantine(out io.Writer) error {
	w := csv.NewWriter(out)
	w.Write([]string{"file", "row", "rule"})
	for _, i := range s.issues {
		if dataset.Rules[i.Rule].Severity == dataset.Quarantine {
			w.Write([]string{s.fileName(i.File), lineText(i.Line), i.Rule.String()})
		}
	}
	w.Flush()
	return w.Error()
}

// writeEvents writes the child-level events under pseudonyms.
func (s *Study) writeEvents(out io.Writer) error {
	w := csv.NewWriter(out)
	w.Write([]string{"child", "la", "event", "date", "status"})
	for i := range s.Panel.Events {
		if e := &s.Panel.Events[i]; e.Status != dataset.Quarantined {
			w.Write([]string{s.keys.Pseudonym(e.Child), s.laText(e.LA), e.Type.String(), e.Day.String(), e.Status.String()})
		}
	}
	w.Flush()
	return w.Error()
}
