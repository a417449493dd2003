package study

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"io"
	"path/filepath"
	"strconv"

	"swis/dataset"
	"swis/dataset/atomicfile"
	"swis/dataset/workers"
)

// file is one file of a study folder.
type file struct {
	name  string
	write func(io.Writer) error
}

// Write writes the study folder: panel.csv, schools.csv, quality.json,
// quality.html, issues.csv, quarantine.csv and manifest.json; events.csv under
// pseudonyms where they are kept. The panel is written last, so that a folder
// with a panel is whole; all are whole before the first takes its place.
func (s *Study) Write(folder string) error {
	if err := s.outside(folder); err != nil {
		return err
	}
	files := []file{
		{SchoolsFile, s.writeSchools},
		{IssuesFile, s.writeIssues},
		{QuarantineFile, s.writeQuarantine},
	}
	files = append(files, s.aboutQuality()...)
	if s.Options.KeepEvents {
		files = append(files, file{EventsFile, s.writeEvents})
	}
	if s.windows != nil {
		files = append(files, file{FollowUpFile, s.writeFollowUp})
	}
	if s.answers != nil {
		files = append(files, file{SurveyFile, s.writeSurvey}, file{SurveySchoolsFile, s.writeSurveySchools})
	}
	if s.children != nil {
		files = append(files, file{ChildrenFile, s.writeChildren})
	}
	var set, last atomicfile.Set
	defer set.Abort()
	prepared := workers.Start(func() error { return last.Add(filepath.Join(folder, PanelFile), s.writePanel) }) // the largest, while the others are written
	err := s.writeOthers(&set, folder, files)
	if failed := <-prepared; err == nil {
		err = failed
	}
	if err != nil {
		last.Abort()
		return err
	}
	set.Join(&last)
	return set.Commit()
}

// aboutQuality are the files that say how the panel came about.
func (s *Study) aboutQuality() []file {
	return []file{
		{QualityFile, func(w io.Writer) error { return indented(w, s.Quality) }},
		{QualityPage, s.Quality.WriteHTML},
		{ManifestFile, func(w io.Writer) error { return indented(w, s.manifest()) }},
	}
}

func (s *Study) writeOthers(set *atomicfile.Set, folder string, files []file) error {
	for _, f := range files {
		if err := set.Add(filepath.Join(folder, f.name), f.write); err != nil {
			return err
		}
	}
	if s.Options.QuarantineValues != "" {
		return s.writeQuarantineValues()
	}
	return nil
}

func indented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (s *Study) writeSchools(out io.Writer) error {
	w := csv.NewWriter(out)
	header := []string{"school_id", "la", "urn", "laestab", "name", "phase", "type", "status", "open", "close", "pupils", "fsm_percent", "census_date", "region", "setting"}
	fixed := len(header)
	for _, name := range s.Register.Extra {
		header = append(header, text(name))
	}
	w.Write(header)
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
	err := s.issues.Each(func(i dataset.Issue) error {
		rule := &dataset.Rules[i.Rule]
		return w.Write([]string{rule.ID, rule.Severity.String(), text(s.laText(i.LA)), text(s.fileName(i.File)), lineText(i.Line), i.Column, s.action(i.Rule)})
	})
	w.Flush()
	return cmp.Or(err, w.Error())
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
	err := s.issues.Each(func(i dataset.Issue) error {
		if dataset.Rules[i.Rule].Severity != dataset.Quarantine {
			return nil
		}
		return w.Write([]string{text(s.fileName(i.File)), lineText(i.Line), i.Rule.String()})
	})
	w.Flush()
	return cmp.Or(err, w.Error())
}

// writeEvents writes the child-level events under pseudonyms.
func (s *Study) writeEvents(out io.Writer) error {
	w := csv.NewWriter(out)
	w.Write([]string{"child", "la", "event", "date", "status"})
	for i := range s.Panel.Events {
		if e := &s.Panel.Events[i]; e.Status != dataset.Quarantined {
			w.Write([]string{s.keys.Pseudonym(e.Child), text(s.laText(e.LA)), e.Type.String(), e.Day.String(), e.Status.String()})
		}
	}
	w.Flush()
	return w.Error()
}
