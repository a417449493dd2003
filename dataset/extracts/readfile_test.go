package extracts

import (
	"context"
	"testing"

	"swis/dataset"
)

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
