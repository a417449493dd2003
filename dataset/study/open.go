// Package study writes the folder that ingest leaves and opens it for analysis.
package study

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"

	"swis/dataset"
	"swis/dataset/atomicfile"
	"swis/dataset/table"
	"swis/dataset/textfile"
)

// The files of a study folder.
const (
	PanelFile      = "panel.csv"
	SchoolsFile    = "schools.csv"
	AllocationFile = "allocation.csv"
	QualityFile    = "quality.json"
	QualityPage    = "quality.html"
	IssuesFile     = "issues.csv"
	QuarantineFile = "quarantine.csv"
	ManifestFile   = "manifest.json"
	EventsFile     = "events.csv"
)

// Never is the start of a school that is never treated.
const Never = "never"

// Roles says which columns of a study's table play which part. Arm, Cohort,
// Treated and Post are empty where there is no allocation, the last three also
// where the allocation names no start.
type Roles struct {
	Unit     string // school_id
	Time     string // period
	LA       string // la
	Exposure string // exposure, in pupil-years
	Arm      string // arm
	Cohort   string // start: label of the first treated period, or never
	Treated  string // treated: 1 for schools that are ever treated
	Post     string // post: 1 from the first treated period of the school's LA on
	Period   dataset.PeriodKind
	Outcomes []string // the outcome columns that the panel has, shares aside
}

// Open reads panel.csv of a study folder and joins schools.csv and the
// allocation (default: allocation.csv in the folder, where present). A column
// that the panel has already is not taken again from schools.csv.
func Open(folder, allocationPath string) (*table.Table, Roles, error) {
	roles := Roles{Unit: "school_id", Time: "period", LA: "la", Exposure: "exposure"}
	if err := whole(folder); err != nil {
		return nil, roles, err
	}
	panel, err := readTexts(filepath.Join(folder, PanelFile))
	if err != nil {
		return nil, roles, err
	}
	for _, need := range []string{roles.Unit, roles.Time, roles.LA, roles.Exposure} {
		if _, ok := panel.index[need]; !ok {
			return nil, roles, dataset.Problemf(panel.name, 1, need, "not in the panel; was the folder written by swis ingest?")
		}
	}
	schools, err := readTexts(filepath.Join(folder, SchoolsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, roles, err
	}
	if err == nil {
		if err := panel.join(schools, roles.Unit, true); err != nil {
			return nil, roles, err
		}
	}
	required := allocationPath != ""
	if !required {
		allocationPath = filepath.Join(folder, AllocationFile)
	}
	allocation, err := readTexts(allocationPath)
	switch {
	case err == nil:
		if err := panel.allocate(allocation, &roles); err != nil {
			return nil, roles, err
		}
	case required || !errors.Is(err, fs.ErrNotExist):
		return nil, roles, err
	}
	kind, _ := dataset.KindOfLabels(panel.columns[panel.index[roles.Time]])
	roles.Period = kind
	build := table.Build(panel.name, panel.rows)
	for i, name := range panel.names {
		build.Texts(name, panel.columns[i])
	}
	for _, o := range dataset.Outcomes {
		if _, ok := panel.index[o.Name]; ok && o.Kind != dataset.ShareOutcome {
			roles.Outcomes = append(roles.Outcomes, o.Name)
		}
	}
	t := build.Table()
	t.SHA256 = panel.sha256
	return t, roles, nil
}

// OpenTable reads another table of a study folder, such as children.csv or
// survey.csv, and joins schools.csv and the columns of the allocation by
// school. Rows of no school of the trial keep empty cells.
func OpenTable(folder, file, allocationPath string) (*table.Table, Roles, error) {
	roles := Roles{Unit: "school_id", LA: "la"}
	if err := whole(folder); err != nil {
		return nil, roles, err
	}
	t, err := readTexts(filepath.Join(folder, file))
	if err != nil {
		return nil, roles, err
	}
	if _, ok := t.index[roles.Unit]; !ok {
		return nil, roles, dataset.Problemf(t.name, 1, roles.Unit, "not in the table; was it written by swis ingest?")
	}
	required := allocationPath != ""
	if !required {
		allocationPath = filepath.Join(folder, AllocationFile)
	}
	for _, path := range []string{filepath.Join(folder, SchoolsFile), allocationPath} {
		other, err := readTexts(path)
		if errors.Is(err, fs.ErrNotExist) && !(required && path == allocationPath) {
			continue
		}
		if err == nil {
			err = t.join(other, roles.Unit, false)
		}
		if err != nil {
			return nil, roles, err
		}
	}
	if _, ok := t.index["arm"]; ok {
		roles.Arm = "arm"
	}
	for _, o := range dataset.Outcomes {
		if _, ok := t.index[o.Name]; ok && o.Kind != dataset.ShareOutcome {
			roles.Outcomes = append(roles.Outcomes, o.Name)
		}
	}
	build := table.Build(t.name, t.rows)
	for i, name := range t.names {
		build.Texts(name, t.columns[i])
	}
	out := build.Table()
	out.SHA256 = t.sha256
	return out, roles, nil
}

// whole refuses a folder whose files may be of two runs of ingest.
func whole(folder string) error {
	if atomicfile.Cut(folder) {
		return dataset.Problemf(folder, 0, "", "swis ingest was killed while it put the files in their places, and some may be of an earlier run: run it again")
	}
	return nil
}

// texts is a CSV file as columns of texts.
type texts struct {
	name, sha256 string
	names        []string
	index        map[string]int
	columns      [][]string
	rows         int
}

func readTexts(path string) (*texts, error) {
	text, data, err := textfile.ReadTable(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))).ReadAll()
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return nil, dataset.Problemf(path, parse.Line, "", "not a CSV row: %v", parse.Err)
	}
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, dataset.Problemf(path, 0, "", "empty file; a header row is wanted")
	}
	t := &texts{name: path, sha256: hex.EncodeToString(sum[:]), index: map[string]int{}, rows: len(records) - 1}
	for j, name := range records[0] {
		if _, twice := t.index[name]; twice {
			return nil, dataset.Problemf(path, 1, name, "appears twice in the header")
		}
		column := make([]string, t.rows)
		for i, record := range records[1:] {
			column[i] = record[j]
		}
		t.add(name, column)
	}
	return t, nil
}

func (t *texts) add(name string, column []string) {
	t.index[name] = len(t.names)
	t.names = append(t.names, name)
	t.columns = append(t.columns, column)
}

// rowOf maps the values of a key column to their rows; a value that comes
// twice is a Problem.
func (t *texts) rowOf(key string) (map[string]int, error) {
	j, ok := t.index[key]
	if !ok {
		return nil, dataset.Problemf(t.name, 1, key, "missing; a row is matched to the panel by it")
	}
	rows := make(map[string]int, t.rows)
	for i, value := range t.columns[j] {
		if _, twice := rows[value]; twice {
			return nil, dataset.Problemf(t.name, i+2, key, "the same school appears twice")
		}
		rows[value] = i
	}
	return rows, nil
}

// join adds the columns of other that t lacks, matched by key. Where all is
// true every key of t must be in other.
func (t *texts) join(other *texts, key string, all bool) error {
	rows, err := other.rowOf(key)
	if err != nil {
		return err
	}
	keys := t.columns[t.index[key]]
	at := make([]int, t.rows)
	for i, value := range keys {
		row, ok := rows[value]
		if !ok {
			if all {
				return dataset.Problemf(other.name, 0, key, "school %q of the panel (%s:%d) is missing here", value, t.name, i+2)
			}
			row = -1
		}
		at[i] = row
	}
	for j, name := range other.names {
		if _, have := t.index[name]; have {
			continue
		}
		column := make([]string, t.rows)
		for i, row := range at {
			if row >= 0 {
				column[i] = other.columns[j][row]
			}
		}
		t.add(name, column)
	}
	return nil
}
