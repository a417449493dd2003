package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A plan that only draws: what a trial does before there are outcomes.
const drawPlan = `name: A lottery
data:
  extracts:
    - {la: "991", name: Eastby, paths: [extracts/eastby]}
    - {la: "992", name: Northmoor, paths: [extracts/northmoor]}
    - {la: "993", name: Westhaven, paths: [extracts/westhaven/cin_events.csv], lookup: [roll/westhaven_child_school.csv], map: maps/westhaven.yaml}
  schools: schools/trial-schools.csv
  register: schools/edubasealldata.csv
  roll: [roll/*_pupilonroll.csv, roll/*_pupilnolongeronroll.csv]
  ingest: {threshold: 0.5}
periods:
  unit: term
  baseline: {from: 2023-02-01, to: 2023-08-31}
  intervention: {from: 2023-09-01, to: 2024-06-30}
design:
  type: randomised
  assign: {method: stratified, strata: [la, phase], seed: "balls 3 14 15"}
disclosure: none
`

// However schools come into arms, the data-quality report of a run has the rates
// of linkage by arm, blinded; and the threshold holds by arm as well.
func TestRunHasLinkageByArm(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	var out, errOut bytes.Buffer
	do := func(want int, plan string) {
		t.Helper()
		if plan != "" {
			if err := os.WriteFile(filepath.Join(dir, "plan.yaml"), []byte(plan), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		args := []string{"run", filepath.Join(dir, "plan.yaml")}
		if plan == "" {
			args = []string{"demo", "--data-only", "--schools", "24", "--pupils", "150", "--months", "17", dir}
		}
		errOut.Reset()
		if code := run(t.Context(), args, strings.NewReader(""), &out, &errOut); code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, errOut.String())
		}
	}
	do(0, "")
	given := strings.Replace(drawPlan, `type: randomised
  assign: {method: stratified, strata: [la, phase], seed: "balls 3 14 15"}`, "type: given\n  allocation: allocation/allocation.csv", 1)
	matched := strings.Replace(drawPlan, `type: randomised
  assign: {method: stratified, strata: [la, phase], seed: "balls 3 14 15"}`, `type: matched
  assign: {arm-column: intervention, exact: la, balance: pupils}`, 1)
	for _, x := range []struct{ way, plan string }{{"drawn", drawPlan}, {"given", given}, {"matched", matched}} {
		do(0, x.plan)
		data, err := os.ReadFile(filepath.Join(dir, "results", "study", "quality.json"))
		if err != nil {
			t.Fatal(err)
		}
		var q struct {
			Rates []struct{ By, Level string } `json:"linkage_rates"`
		}
		if err := json.Unmarshal(data, &q); err != nil {
			t.Fatal(err)
		}
		arms := map[string]int{}
		for _, r := range q.Rates {
			if r.By == "arm" {
				arms[r.Level]++
			}
		}
		if arms["A"] != 3 || arms["B"] != 3 {
			t.Errorf("%s: rates by arm %v, want A and B of three authorities", x.way, arms)
		}
		for _, name := range []string{"SWIS", "control"} {
			if bytes.Contains(data, []byte(name)) {
				t.Errorf("%s: the data-quality report names an arm", x.way)
			}
		}
	}
	rolls, err := filepath.Glob(filepath.Join(dir, "roll", "*_pupilonroll.csv"))
	if err != nil || len(rolls) == 0 {
		t.Fatal("no roll", err)
	}
	for _, roll := range rolls { // pupils of one arm's schools all come too late
		lateAt(t, roll, filepath.Join(dir, "allocation", "allocation.csv"), "SWIS")
	}
	do(exitInput, strings.Replace(given, "threshold: 0.5", "threshold: 0.6", 1))
	if text := errOut.String(); !strings.Contains(text, "P02") || !strings.Contains(text, "arm ") || strings.Contains(text, "SWIS") {
		t.Errorf("an arm that is not linked: %s", text)
	}
}

// lateAt gives every pupil on a roll at the schools of an arm an entry date
// after the window, so that nothing is linked to them.
func lateAt(t *testing.T, roll, allocation, arm string) {
	t.Helper()
	list, err := os.ReadFile(allocation)
	if err != nil {
		t.Fatal(err)
	}
	schools := map[string]bool{}
	for _, line := range strings.Split(string(list), "\n") {
		if cells := strings.Split(line, ","); slices.Contains(cells, arm) {
			schools[cells[0]] = true
		}
	}
	data, err := os.ReadFile(roll)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	entry := slices.Index(strings.Split(lines[0], ","), "entrydate")
	for i, line := range lines[1:] {
		cells := strings.Split(line, ",")
		if slices.ContainsFunc(cells, func(c string) bool { return schools[c] }) {
			cells[entry] = "2024-Aug-01 00:00:00"
			lines[i+1] = strings.Join(cells, ",")
		}
	}
	if err := os.WriteFile(roll, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestARandomisedPlanDrawsOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	var out, errOut bytes.Buffer
	do := func(want int, args ...string) {
		t.Helper()
		errOut.Reset()
		if code := run(t.Context(), args, strings.NewReader(""), &out, &errOut); code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, errOut.String())
		}
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "draw.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	do(0, "demo", "--data-only", "--schools", "24", "--pupils", "150", "--months", "17", dir)
	write(drawPlan)
	do(0, "run", filepath.Join(dir, "draw.yaml"))
	first, err := os.ReadFile(filepath.Join(dir, "results", "study", "allocation.csv"))
	if err != nil || bytes.Count(first, []byte("SWIS")) < 6 {
		t.Fatalf("allocation %s, %v", first, err)
	}
	do(0, "run", filepath.Join(dir, "draw.yaml"))
	if again, _ := os.ReadFile(filepath.Join(dir, "results", "study", "allocation.csv")); !bytes.Equal(first, again) {
		t.Error("a second run gives other arms")
	}
	// An edited seed is a second roll, and so is another method.
	for _, edit := range [][2]string{{"balls 3 14 15", "balls 3 14 16"}, {"strata: [la, phase]", "strata: [la]"}} {
		write(strings.Replace(drawPlan, edit[0], edit[1], 1))
		do(exitRefused, "run", filepath.Join(dir, "draw.yaml"))
		if !strings.Contains(errOut.String(), "drawn once") {
			t.Errorf("%s", errOut.String())
		}
	}
	// A list that was changed by hand does not verify.
	path := filepath.Join(dir, "allocation", "allocation.log.json")
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(log, []byte(`"arm": "SWIS"`), []byte(`"arm": "control"`), 1)
	if bytes.Equal(log, changed) {
		t.Fatal("nothing was changed")
	}
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	write(drawPlan)
	do(exitFailed, "run", filepath.Join(dir, "draw.yaml"))
}
