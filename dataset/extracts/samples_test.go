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

func TestSampleLinks(t *testing.T) {
	_, x, _, err := readFile(t, filepath.Join(samples(t), "gias/links_edubasealldata20240717.csv"))
	if err != nil || len(x.Links) != 32825 || x.Encoding != "Windows-1252" || x.LineEnds != "CRLF" {
		t.Fatalf("%d links, %s, %s, %v", len(x.Links), x.Encoding, x.LineEnds, err)
	}
}
