package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A value that no command takes is found before the extracts are read, each at
// its line; a plan without one gets as far as the extracts.
func TestWrongValuesAreFoundBeforeTheExtracts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--data-only", "--schools", "24", "--pupils", "150", "--months", "17", dir}, strings.NewReader(""), &out, &errOut); code != 0 {
		t.Fatal(errOut.String())
	}
	if err := os.RemoveAll(filepath.Join(dir, "extracts")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "plan.yaml")
	for analysis, want := range map[string]string{
		"command: did, options: {method: evnt, family: poisson}":                             "--method evnt: want one of",
		"command: did, options: {family: poison}":                                            "--family poison: want",
		"command: did, options: {family: poisson, vcov: cr9}":                                `no variance "cr9"`,
		"command: mixed, options: {formula: 's47 ~ (post + (1 | school_id)'}":                "ends too early",
		"command: did, where: 'la inn (991)', options: {family: poisson}":                    "a comparison is wanted",
		"command: did, options: {family: poisson, reps: many}":                               "not a value that --reps of did takes",
		"command: did, where: 'la in (991)', options: {family: poisson, vcov: cr2}":          "no file at",
		"command: did, where: 'phase == \"special\"', options: {family: poisson, vcov: cr2}": "no file at",
	} {
		text := drawPlan + "outcomes: [{name: s47}]\nfamilies: [{name: effects}]\nanalyses:\n  - {id: main, outcome: s47, " + analysis + ", role: primary, family: effects}\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		errOut.Reset()
		code := run(t.Context(), []string{"run", path}, strings.NewReader(""), &out, &errOut)
		if code != exitInput || !strings.Contains(errOut.String(), want) {
			t.Errorf("%s: exit %d, %s; want %q", analysis, code, errOut.String(), want)
		}
		if want != "no file at" && !strings.Contains(errOut.String(), "plan.yaml:") {
			t.Errorf("%s: no line in %s", analysis, errOut.String())
		}
	}
}
