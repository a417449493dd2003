package extracts

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"swis/dataset"
)

// samples is where the published sample files lie on the machines that have them.
func samples(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{"../../../shared/samples", "../../../../shared/samples"} {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	t.Skip("published sample files are not on this machine")
	return ""
}

func readFile(t *testing.T, path string) (*Set, *dataset.Extract, Faults, error) {
	t.Helper()
	keys, err := NewKeys("", false)
	if err != nil {
		t.Fatal(err)
	}
	set := NewSet(keys)
	x, faults, err := set.Read(context.Background(), Input{Path: path, LA: "801", Number: 1})
	return set, x, faults, err
}

func TestPeek(t *testing.T) {
	dir := samples(t)
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if d.IsDir() {
			return nil
		}
		_, x, faults, err := readFile(t, path)
		if err != nil {
			t.Logf("%-60s %v", path[len(dir):], err)
			return nil
		}
		n := map[string]int{}
		for _, i := range faults.Issues {
			n[i.Rule.String()]++
		}
		t.Logf("%-60s %s rows %d ev %d ep? persons %d enr %d schools %d links %d pub %d %v %s %s", path[len(dir):], x.Layout, x.Rows, x.EventCount(), len(x.Persons), len(x.Enrolments), len(x.Schools), len(x.Links), len(x.Published), n, x.Encoding, x.LineEnds)
		return nil
	})
}
