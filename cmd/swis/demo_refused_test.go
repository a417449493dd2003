package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
	"swis/dataset/synthetic"
)

// Every delivery that was broken in one way is refused by the rule of that
// fault, and nothing is written; whole ones of the same kind are not.
func TestBrokenDeliveriesAreRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--data-only", "--faults", "all", "--schools", "120", "--pupils", "300", dir}, nil, &out, &errOut); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	t.Chdir(dir)
	var planted synthetic.Planted
	readJSON(t, synthetic.PlantedFile, &planted)
	refusing := map[string]bool{}
	for _, r := range planted.Refused {
		refusing[r.Rule] = true
		errOut.Reset()
		if code := run(t.Context(), r.Args, nil, &out, &errOut); code != exitInput || !strings.Contains(errOut.String(), r.Rule) {
			t.Errorf("%s, %s: exit %d, %s", r.Rule, r.What, code, errOut.String())
		}
		for _, rule := range dataset.Rules {
			if rule.ID != r.Rule && strings.Contains(errOut.String(), "("+rule.ID+")") {
				t.Errorf("%s: refused by %s too: %s", r.Rule, rule.ID, errOut.String())
			}
		}
		if _, err := os.Stat("refused/study"); err == nil {
			t.Errorf("%s: a study was written", r.Rule)
		}
	}
	for _, rule := range dataset.Rules {
		if rule.Severity == dataset.Refuse && !refusing[rule.ID] {
			t.Errorf("no delivery is refused by %s", rule.ID)
		}
	}
	// With the second name of the file gone, nothing is wrong.
	if err := os.Remove("refused/F08/section47 (1).csv"); err != nil {
		t.Fatal(err)
	}
	errOut.Reset()
	if code := run(t.Context(), []string{"check", "refused/F08", "--la", "991", "--disclosure", "none"}, nil, &out, &errOut); code != 0 {
		t.Errorf("a whole delivery: exit %d, %s", code, errOut.String())
	}
}
