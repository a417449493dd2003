package extracts

import (
	"context"
	"path/filepath"
	"strings"
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
	x, faults, err := set.Read(context.Background(), in)
	return set, x, faults, err
}
