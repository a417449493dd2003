package extracts

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

// readFile reads a file; rules counts the cases of each rule.
func readFile(t *testing.T, path string) (*Set, *dataset.Extract, map[string]int, error) {
	t.Helper()
	keys, err := NewKeys("", false)
	if err != nil {
		t.Fatal(err)
	}
	set := NewSet(keys)
	in := Input{Path: path, LA: "801", Number: 1}
	layout := filepath.Base(filepath.Dir(path))
	if layout == "examples" {
		layout = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	if mapping := filepath.Join(testdata, layout, "map.yaml"); layout == survey.Name { // which needs its scales
		if in.Mapping, err = ReadMapping(mapping); err != nil {
			t.Fatal(err)
		}
	}
	x, tally, err := set.Read(context.Background(), in)
	return set, x, rulesOf(set, tally), err
}

// rulesOf counts the cases of each rule.
func rulesOf(set *Set, tally dataset.Tally) map[string]int {
	n := map[string]int{}
	for _, all := range []dataset.Tally{tally, set.Issues.Count()} {
		for _, by := range all {
			for r, k := range by {
				if k > 0 {
					n[dataset.RuleID(r).String()] += int(k)
				}
			}
		}
	}
	return n
}
