package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"swis/dataset/study"
	"swis/dataset/synthetic"
	"swis/report/charts"
)

// readRows reads a CSV file as maps by column.
func readRows(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, r := range records[1:] {
		row := map[string]string{}
		for j, name := range records[0] {
			row[name] = r[j]
		}
		rows = append(rows, row)
	}
	return rows
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestDemo runs the first command of the README as it is: the default seed,
// from raw extracts to the report.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole demo takes some seconds")
	}
	defer func(was int) { charts.DPI = was }(charts.DPI)
	charts.DPI = 300
	dir := filepath.Join(t.TempDir(), "demo")
	var out, errOut bytes.Buffer
	begin := time.Now()
	if code := run(t.Context(), []string{"demo", dir}, strings.NewReader(""), &out, &errOut); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	t.Logf("%.1f s\n%s", time.Since(begin).Seconds(), out.String())
	if errOut.Len() > 0 {
		t.Errorf("talk on stderr without a terminal: %s", errOut.String())
	}
	for _, want := range []string{"3 effects were planted and 3 of them found", "of 5 outcomes without an effect 0 were found", "8 of 8 lines are as planted"} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("the default run does not say %q", want)
		}
	}
	t.Run("panel", func(t *testing.T) { panelIsPlanted(t, dir) })
	t.Run("faults", func(t *testing.T) { faultsAreCounted(t, dir) })
	t.Run("report", func(t *testing.T) { reportIsWhole(t, filepath.Join(dir, "results")) })
	t.Run("privacy", func(t *testing.T) { noChildShows(t, dir) })
	t.Run("rerun", func(t *testing.T) { rerunGivesTheSame(t, dir) })
}

// panelIsPlanted holds every cell of the panel against the truth.
func panelIsPlanted(t *testing.T, dir string) {
	found := map[string]map[string]string{}
	for _, row := range readRows(t, filepath.Join(dir, "results", "study", "panel.csv")) {
		found[row["school_id"]+row["period"]] = row
	}
	planted := readRows(t, filepath.Join(dir, synthetic.PlantedPanelFile))
	if len(found) != len(planted) || len(planted) < 4000 {
		t.Fatalf("%d rows, planted %d", len(found), len(planted))
	}
	wrong := 0
	for _, row := range planted {
		for column, want := range row {
			if got := found[row["school_id"]+row["period"]][column]; got != want {
				if wrong++; wrong < 5 {
					t.Errorf("school %s, %s, %s: %q, planted %q", row["school_id"], row["period"], column, got, want)
				}
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d cells differ", wrong)
	}
}

// faultsAreCounted holds the counts of the quality report against the faults
// that were planted: every planted rule, exactly.
func faultsAreCounted(t *testing.T, dir string) {
	var planted synthetic.Planted
	readJSON(t, filepath.Join(dir, synthetic.PlantedFile), &planted)
	var quality struct {
		Rules []struct {
			Rule  string `json:"rule"`
			Count int    `json:"count"`
			ByLA  []struct {
				LA    string `json:"la"`
				Count int    `json:"count"`
			} `json:"by_la"`
		} `json:"rules"`
		Balance []map[string]any `json:"reconciliation"`
	}
	readJSON(t, filepath.Join(dir, "results", "study", study.QualityFile), &quality)
	want, byLA := map[string]int{}, map[[2]string]int{}
	for _, f := range planted.Faults {
		want[f.Rule] += f.Rows
		byLA[[2]string{f.Rule, f.LA}] += f.Rows
	}
	for _, r := range planted.Repeats {
		want[r.Rule] += r.Rows
		byLA[[2]string{r.Rule, r.LA}] += r.Rows
	}
	checked := 0
	for _, r := range quality.Rules {
		if want[r.Rule] == 0 {
			continue
		}
		checked++
		if r.Count != want[r.Rule] {
			t.Errorf("%s: %d counted, %d planted", r.Rule, r.Count, want[r.Rule])
		}
		for _, by := range r.ByLA {
			if n := byLA[[2]string{r.Rule, by.LA}]; by.Count != n {
				t.Errorf("%s in %s: %d counted, %d planted", r.Rule, by.LA, by.Count, n)
			}
		}
	}
	if checked != len(want) || checked < 25 {
		t.Errorf("%d rules checked of %d planted", checked, len(want))
	}
	for _, row := range quality.Balance {
		sum := 0.0
		for name, x := range row {
			if n, ok := x.(float64); ok && name != "rows" {
				sum += n
			}
		}
		if sum != row["rows"].(float64) {
			t.Errorf("%v does not balance", row)
		}
	}
}

// reportIsWhole looks for the parts that a reader needs.
func reportIsWhole(t *testing.T, results string) {
	for _, name := range []string{"report.html", "report.md"} {
		data, err := os.ReadFile(filepath.Join(results, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Summary", "What was planted, and what was found", "Trial design", "Deliveries", "Baseline", "Floor effects", "Methods", "Provenance", "not testable"} {
			if !bytes.Contains(data, []byte(want)) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
		for _, never := range []string{"NaN", "<nil>", ".swis-", "%!"} {
			if bytes.Contains(data, []byte(never)) {
				t.Errorf("%s holds %q", name, never)
			}
		}
	}
	var answers struct {
		Analyses []struct {
			ID     string `json:"id"`
			Result any    `json:"result"`
		} `json:"analyses"`
		Families []struct {
			Tests []any `json:"tests"`
		} `json:"families"`
	}
	readJSON(t, filepath.Join(results, "results.json"), &answers)
	if len(answers.Analyses) < 9 || len(answers.Families) != 1 || len(answers.Families[0].Tests) < 7 {
		t.Errorf("results.json: %d analyses, families %v", len(answers.Analyses), answers.Families)
	}
	figures, _ := filepath.Glob(filepath.Join(results, "figures", "*.svg"))
	if len(figures) < 9 {
		t.Errorf("only %d figures", len(figures))
	}
}

// noChildShows looks for names, pupil numbers and child ids in everything that
// was written but the raw data.
func noChildShows(t *testing.T, dir string) {
	var canaries [][]byte
	for i, row := range readRows(t, filepath.Join(dir, "roll", "northmoor_pupilonroll.csv")) {
		if i < 12 {
			canaries = append(canaries, []byte(row["surname"]), []byte(row["forename"]))
		}
		if i%500 == 0 {
			canaries = append(canaries, []byte(row["upn"]))
		}
	}
	for i, row := range readRows(t, filepath.Join(dir, "extracts", "northmoor", "..", "eastby", "cin-2023", "ChildIdentifiers.csv")) {
		if i%200 == 0 {
			canaries = append(canaries, []byte(row["UPN"]), []byte(row["PersonBirthDate"]))
		}
	}
	canaries = append(canaries, []byte("NM000001"), []byte("NM000100"))
	files := 0
	err := filepath.WalkDir(filepath.Join(dir, "results"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, c := range canaries {
			if bytes.Contains(data, c) {
				t.Errorf("%s holds an identifier or a name", path)
				break
			}
		}
		if info, _ := d.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil || files < 40 || len(canaries) < 60 {
		t.Errorf("%d files, %d canaries, %v", files, len(canaries), err)
	}
}

// rerunGivesTheSame runs the plan again, into another folder, and compares
// every byte.
func rerunGivesTheSame(t *testing.T, dir string) {
	again := filepath.Join(dir, "again")
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"run", filepath.Join(dir, planName), "--out", again}, strings.NewReader(""), &out, &errOut); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	first, second := tree(t, filepath.Join(dir, "results")), tree(t, again)
	for name, data := range first {
		// The demo's own section stands in the report of the demo alone.
		if name != "report.html" && name != "report.md" && name != "manifest.json" && !bytes.Equal(data, second[name]) {
			t.Errorf("%s differs between two runs", name)
		}
	}
	if len(first) != len(second) {
		t.Errorf("%d files, then %d", len(first), len(second))
	}
}

func tree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Other seeds and sizes are read as exactly as the default one.
func TestOtherDemosAreReadExactly(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads several trials")
	}
	for _, size := range [][]string{{"--seed", "5", "--pupils", "250"}, {"--seed", "6", "--schools", "200", "--pupils", "120", "--months", "30"}} {
		dir := filepath.Join(t.TempDir(), "d")
		var out, errOut bytes.Buffer
		do := func(args ...string) {
			t.Helper()
			if code := run(t.Context(), args, strings.NewReader(""), &out, &errOut); code != 0 {
				t.Fatalf("%v: exit %d: %s", args, code, errOut.String())
			}
		}
		do(append([]string{"demo", "--data-only", dir}, size...)...)
		path := filepath.Join(dir, planName)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data, _, found := strings.Cut(string(text), "\nfamilies:")
		if !found {
			t.Fatal("the plan has no families")
		}
		if err := os.WriteFile(path, []byte(data+"\ndisclosure: none\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		do("run", path)
		panelIsPlanted(t, dir)
		faultsAreCounted(t, dir)
	}
}

// The plan of a rehearsal with every layout and every fault runs to the report.
func TestRehearsalRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads a trial of seven authorities")
	}
	dir := filepath.Join(t.TempDir(), "d")
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--layouts", "all", "--faults", "all", "--pupils", "120", dir}, strings.NewReader(""), &out, &errOut); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	panelIsPlanted(t, dir)
	if _, err := os.Stat(filepath.Join(dir, "results", "report.html")); err != nil {
		t.Error(err)
	}
}

// The plan that init writes runs on the demo's data as it is.
func TestInitsPlanRunsOnTheDemosData(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole run takes some seconds")
	}
	dir := filepath.Join(t.TempDir(), "x")
	var out, errOut bytes.Buffer
	do := func(args ...string) {
		t.Helper()
		if code := run(t.Context(), args, strings.NewReader(""), &out, &errOut); code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, errOut.String())
		}
	}
	do("demo", "--data-only", "--pupils", "150", dir)
	if err := os.Remove(filepath.Join(dir, planName)); err != nil {
		t.Fatal(err)
	}
	do("init", dir)
	do("run", filepath.Join(dir, planName))
	if _, err := os.Stat(filepath.Join(dir, "results", "report.html")); err != nil {
		t.Error(err)
	}
	if code := run(t.Context(), []string{"init", dir}, nil, &out, &errOut); code != exitRefused {
		t.Errorf("a second init over a plan: exit %d", code)
	}
	// Into a folder of the place one stands in: the same bytes.
	t.Chdir(dir)
	do("run", planName, "--out", "again")
	first, second := tree(t, "results"), tree(t, "again")
	for name, data := range first {
		if !bytes.Equal(data, second[name]) {
			t.Errorf("%s differs between two runs", name)
		}
	}
	// What would be a wrong command line is a wrong plan here.
	data, err := os.ReadFile(planName)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("wrong.yaml", bytes.Replace(data, []byte("family: poisson"), []byte("family: poison"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	errOut.Reset()
	if code := run(t.Context(), []string{"run", "wrong.yaml", "--out", "none"}, nil, &out, &errOut); code != exitInput || !strings.Contains(errOut.String(), "wrong.yaml:") {
		t.Errorf("a wrong option in a plan: exit %d: %s", code, errOut.String())
	}
}

func TestDemoLeavesForeignFoldersAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--data-only", dir}, nil, &out, &errOut); code != exitRefused || !strings.Contains(errOut.String(), "did not write") {
		t.Errorf("exit %d, %s", code, errOut.String())
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("%d entries", len(entries))
	}
	if code := run(t.Context(), []string{"demo", "--schools", "2", filepath.Join(dir, "y")}, nil, &out, &errOut); code != exitUsage {
		t.Errorf("two schools: exit %d", code)
	}
}

// An interrupt, at whatever step, leaves no results and no temporary folder.
func TestInterruptedRunLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--data-only", "--schools", "24", "--pupils", "80", "--months", "8", filepath.Join(dir, "d")}, nil, &out, &errOut); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	before := names(t, filepath.Join(dir, "d"))
	for _, after := range []time.Duration{0, 20 * time.Millisecond, 80 * time.Millisecond} {
		ctx, stop := context.WithTimeoutCause(t.Context(), after, context.Canceled)
		code := run(ctx, []string{"run", filepath.Join(dir, "d", planName)}, nil, &out, &errOut)
		stop()
		if code == 0 {
			continue // it was done before
		}
		if now := names(t, filepath.Join(dir, "d")); !slices.Equal(before, now) {
			t.Errorf("interrupted after %v: %v became %v", after, before, now)
		}
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
