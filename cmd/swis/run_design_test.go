package main

import (
	"bytes"
	"os"
	"path/filepath"
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
