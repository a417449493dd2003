package study

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"swis/dataset"
	"swis/dataset/synthetic"
)

// small is a trial of few schools and one year.
var small = synthetic.Options{Seed: 1, Schools: 24, Pupils: 300, Months: 12}

// pilots writes the synthetic trial and returns the options that ingest it.
func pilots(t *testing.T, size synthetic.Options) (string, *synthetic.Planted, Options) {
	t.Helper()
	root := t.TempDir()
	planted, err := synthetic.Pilots.Write(context.Background(), root, size)
	if err != nil {
		t.Fatal(err)
	}
	o := Default()
	o.Period, o.Program = dataset.Month, "swis test"
	for i, folder := range []string{"eastby", "northmoor", "westhaven"} {
		la := planted.LAs[i].Code
		o.Sources = append(o.Sources, Source{Path: filepath.Join(root, "extracts", folder), LA: la})
		rolls, err := filepath.Glob(filepath.Join(root, "roll", folder+"_*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range rolls {
			o.Sources = append(o.Sources, Source{Path: path, LA: la})
		}
	}
	registers, err := filepath.Glob(filepath.Join(root, "schools", "*edubasealldata*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	o.Links = registers
	o.Schools = filepath.Join(root, "schools", "trial-schools.csv")
	o.From, _ = dataset.ParseDay(planted.First)
	o.To, _ = dataset.ParseDay(planted.End)
	o.Threshold = 0.2
	return root, planted, o
}

func cells(t *testing.T, path string) map[string]map[string]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for j, name := range rows[0] {
			cells[name] = row[j]
		}
		out[cells["school_id"]+" "+cells["period"]] = cells
	}
	return out
}

// The panel of a synthetic trial, three deliveries in three layouts with
// planted faults, is the panel that was drawn, cell by cell.
func TestPanelIsTheOneThatWasDrawn(t *testing.T) {
	root, _, o := pilots(t, synthetic.Default())
	s, err := Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "study")
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	want, got := cells(t, filepath.Join(root, synthetic.PlantedPanelFile)), cells(t, filepath.Join(folder, PanelFile))
	if len(want) != len(got) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for key, row := range want {
		for _, outcome := range []string{"s47", "s17_starts", "referrals", "days_in_care"} {
			if got[key][outcome] != row[outcome] {
				t.Errorf("%s %s: %q, want %q", key, outcome, got[key][outcome], row[outcome])
			}
		}
	}
	if _, _, err := Open(folder, ""); err != nil {
		t.Errorf("the study does not open: %v", err)
	}
}

// Faults that were planted are found as often as they were planted.
func TestPlantedFaultsAreCounted(t *testing.T) {
	_, planted, o := pilots(t, synthetic.Default())
	s, err := Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	for _, f := range planted.Faults {
		want[f.Rule] += int64(f.Rows)
	}
	for _, r := range s.Quality.Rules {
		switch r.Rule {
		case "C04", "E01": // a planted blank end makes a C04 as well; one file holds several returns
			if r.Count.Value < want[r.Rule] {
				t.Errorf("%s: %d, want %d or more", r.Rule, r.Count.Value, want[r.Rule])
			}
			continue
		}
		if n, ok := want[r.Rule]; ok && r.Count.Value != n {
			t.Errorf("%s: %d, want %d", r.Rule, r.Count.Value, n)
		}
	}
}

// Every row that is read is accounted for, and days in care add up.
func TestReconciliationBalances(t *testing.T) {
	_, _, o := pilots(t, small)
	s, err := Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range s.Quality.Balance {
		if sum := b.Counted.Value + b.Duplicate.Value + b.Quarantined.Value + b.OutOfWindow.Value + b.Unlinked.Value + b.OtherSchool.Value + b.OtherKind.Value; sum != b.Rows.Value {
			t.Errorf("%s: %d rows, %d accounted for", b.File, b.Rows.Value, sum)
		}
	}
	c := s.Panel.Report.Care
	if c.Raw-c.Respite-c.Overlap != c.Merged || c.Merged-c.Uncovered-c.Unlinked-c.OtherSchool != c.Panel || c.Panel == 0 {
		t.Errorf("days in care do not add up: %+v", c)
	}
	panelDays := int64(0)
	for _, n := range s.Panel.Value[6] {
		panelDays += int64(n)
	}
	if panelDays != c.Panel {
		t.Errorf("panel holds %d days, waterfall %d", panelDays, c.Panel)
	}
	s.Panel.Report.Files[1][dataset.Counted]++
	if s.balance() == nil {
		t.Error("a row too many was not noticed")
	}
}

// The same inputs give the same bytes, whatever the number of processors.
func TestSameBytes(t *testing.T) {
	_, _, o := pilots(t, small)
	var first map[string]string
	for _, processors := range []int{1, 2, 8} {
		before := runtime.GOMAXPROCS(processors)
		s, err := Build(context.Background(), o, nil)
		if err == nil {
			folder := filepath.Join(t.TempDir(), "study")
			err = s.Write(folder)
			files := map[string]string{}
			for _, name := range []string{PanelFile, SchoolsFile, QualityFile, QualityPage, IssuesFile, QuarantineFile, ManifestFile} {
				data, _ := os.ReadFile(filepath.Join(folder, name))
				files[name] = string(data)
				if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v %v", name, info, err)
				}
			}
			if first == nil {
				first = files
			}
			for name := range files {
				if files[name] != first[name] {
					t.Errorf("%s differs with %d processors", name, processors)
				}
			}
		}
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// No identifier, name or birth date of a child reaches any output or error.
func TestCanaries(t *testing.T) {
	dir := t.TempDir()
	canaries := []string{"CANARYCHILD7", "Z801200077777", "CANARYNAME", "1999-12-31", "31/12/1999"}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("events.csv", "child_id,school_urn,la,event,date,upn\nCANARYCHILD7,900001,801,s47,03/09/2021,Z801200077777\nCANARYCHILD7,900001,801,CANARYNAME,03/09/2021,\nCANARYCHILD7,900001,801,s47,CANARYNAME,\nA2,900001,801,s47,CANARYCHILD7\n")
	write("roll.csv", "NativeId,dob,surname,upn,entrydate\n900001,31/12/1999,CANARYNAME,Z801200077777,01/09/2020\n")
	write("header.csv", "CHILD,SEX,DOB,ETHNIC,UPN\nCANARYCHILD7,1,31/12/1999,WBRI,Z801200077777\nCANARYCHILD7,1,CANARYNAME,WBRI,CANARYNAME\n")
	write("broken.csv", "child_id,event,date\nCANARYCHILD7,s47,\"CANARYNAME\"CANARYNAME\n")
	write("unknown.csv", "name,dob\nCANARYNAME,1999-12-31\n")
	write("broken.xml", "<Message><Header><CollectionDetails><Collection>CIN</Collection></CollectionDetails></Header><Children><Child><LAchildID>CANARYCHILD7</CANARYNAME>")
	o := Default()
	o.Sources = []Source{{Path: dir, LA: "801"}}
	o.Threshold = 1
	var all strings.Builder
	s, err := Check(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Refused()) != 3 {
		t.Fatalf("refused: %v", s.Refused())
	}
	fmt.Fprintln(&all, s.Refused())
	for _, write := range []func() error{func() error { return s.Quality.WriteText(&all) }, func() error { return s.Quality.WriteHTML(&all) }, func() error { return s.Quality.WriteCSV(&all) }} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"broken.csv", "unknown.csv", "broken.xml"} {
		os.Remove(filepath.Join(dir, name))
	}
	o.KeepEvents = true
	s, err = Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "study")
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(all.String(), "900001") {
		t.Fatal("the outputs were not looked at")
	}
	for _, canary := range canaries {
		if strings.Contains(all.String(), canary) {
			t.Errorf("%s is in the outputs", canary)
		}
	}
}

func TestThresholdRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.csv")
	text := "child_id,school_urn,la,event,date\n"
	for i := range 20 {
		school := "900001"
		if i < 3 {
			school = ""
		}
		text += fmt.Sprintf("C%d,%s,801,s47,%02d/09/2021\n", i, school, i+1)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Default()
	o.Sources = []Source{{Path: path}}
	_, err := Build(context.Background(), o, nil)
	var problems dataset.Problems
	if !errors.As(err, &problems) || problems[0].Rule != "P02" || !strings.Contains(err.Error(), "15.0%") {
		t.Fatalf("15%% unlinked: %v", err)
	}
	o.Threshold = 0.2
	if _, err := Build(context.Background(), o, nil); err != nil {
		t.Fatal(err)
	}
}

func TestDisclosureWithholdsSmallCounts(t *testing.T) {
	_, _, o := pilots(t, small)
	o.Disclosure = "dfe"
	s, err := Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(s.Quality)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 5; n++ {
		if strings.Contains(string(data), fmt.Sprintf(`"count":%d}`, n)) || strings.Contains(string(data), fmt.Sprintf(`"count":%d,`, n)) {
			t.Errorf("a count of %d is shown", n)
		}
	}
	if !strings.Contains(string(data), `"c"`) {
		t.Error("nothing is withheld")
	}
}

func TestCancelled(t *testing.T) {
	_, _, o := pilots(t, small)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Build(ctx, o, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
}
