package study

import (
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
	header := []string{"school_id", "la", "urn", "laestab", "name", "phase", "type", "status", "open", "close", "pupils", "fsm_percent", "census_date", "region", "setting"}
	line := ended(appendCells(nil, append(header, s.Register.Extra...)...))
	if _, err := out.Write(line); err != nil {
		return err
	}
	for i := range s.Register.Schools {
		x := &s.Register.Schools[i]
		line = appendCells(line[:0], x.ID, x.LA, x.URN, x.LAESTAB, x.Name, x.Phase, x.Type, x.Status, x.Open.String(), x.Close.String(),
			plain(x.Pupils), plain(x.FSM), x.CensusDate.String(), x.Region, x.Setting)
		for j := range s.Register.Extra {
			cell := ""
			if j < len(x.Extra) {
				cell = x.Extra[j]
			}
			line = appendCells(line, cell)
		}
		if _, err := out.Write(ended(line)); err != nil {
			return err
		}
	}
	return nil
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
	if _, err := io.WriteString(out, "rule,severity,la,file,row,field,action\n"); err != nil {
		return err
	}
	actions := make([]string, len(dataset.Rules))
	for id := range actions {
		actions[id] = s.action(dataset.RuleID(id))
	}
	var line []byte
	return s.issues.Each(func(i dataset.Issue) error {
		rule := &dataset.Rules[i.Rule]
		line = appendCells(line[:0], rule.ID, rule.Severity.String(), s.laText(i.LA), s.fileName(i.File), lineText(i.Line), i.Column, actions[i.Rule])
		_, err := out.Write(ended(line))
		return err
	})
}

func lineText(line uint32) string {
	if line == 0 {
		return ""
	}
	return strconv.Itoa(int(line))
}

func (s *Study) writeQuarantine(out io.Writer) error {
	if _, err := io.WriteString(out, "file,row,rule\n"); err != nil {
		return err
	}
	var line []byte
	return s.issues.Each(func(i dataset.Issue) error {
		if dataset.Rules[i.Rule].Severity != dataset.Quarantine {
			return nil
		}
		line = appendCells(line[:0], s.fileName(i.File), lineText(i.Line), i.Rule.String())
		_, err := out.Write(ended(line))
		return err
	})
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
