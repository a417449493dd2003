package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What was changed after the lock stands in the report as planned and done.
func TestChangesAfterTheLockAreReported(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	var out, errOut bytes.Buffer
	do := func(args ...string) {
		t.Helper()
		errOut.Reset()
		if code := run(t.Context(), args, strings.NewReader(""), &out, &errOut); code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, errOut.String())
		}
	}
	path := filepath.Join(dir, "plan.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	planned := drawPlan + `outcomes: [{name: s47}]
families: [{name: effects}]
analyses:
  - {id: main, outcome: s47, command: did, options: {family: poisson, vcov: cr2}, role: primary, family: effects}
`
	do("demo", "--data-only", "--schools", "24", "--pupils", "150", "--months", "17", dir)
	write(planned)
	do("lock", path)
	report := func() string {
		t.Helper()
		do("run", path)
		data, err := os.ReadFile(filepath.Join(dir, "results", "report.md"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if text := report(); !strings.Contains(text, "It was locked with SHA-256") || strings.Contains(text, "changed after the lock") {
		t.Errorf("an unchanged plan:\n%s", text)
	}
	edited := strings.Replace(planned, "vcov: cr2", "vcov: hc1", 1) +
		"  - {id: late, outcome: s47, command: did, options: {family: gaussian}, role: primary, family: effects}\n"
	write(edited)
	text := report()
	for _, want := range []string{"vcov=cr2", "vcov=hc1", "changed after the lock", "added after the lock, exploratory"} {
		if !strings.Contains(strings.ReplaceAll(text, `\`, ""), want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	var results struct {
		Analyses []struct{ ID, Role, Family string } `json:"analyses"`
	}
	readJSON(t, filepath.Join(dir, "results", "results.json"), &results)
	if len(results.Analyses) != 2 || results.Analyses[1].Role != "exploratory" || results.Analyses[1].Family != "" {
		t.Errorf("%+v", results.Analyses)
	}
}
