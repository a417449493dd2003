package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"swis/analysis/design"
)

// allocations derives assignments that an independent program derived too, and
// looks for one changed byte in a log.
func (t *selftest) allocations() error {
	const area = "allocation"
	text, err := fs.ReadFile(t.files, "allocation/vectors.json")
	if err != nil {
		return err
	}
	var vectors []struct {
		Name        string
		Declaration design.Declaration
		Arms        map[string]string
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		return err
	}
	// printf 'swis-assign/1\nseed\nA\nS1' | sha256sum
	t.words(area, "ticket", design.Ticket("seed", "A", "S1"), "0d2700ad2db1133b83f37cb773d5ba3eaf460f6f7d1cf4a1caf5953ff1bd1474")
	for _, v := range vectors {
		assigned := map[string]string{}
		if got, err := v.Declaration.Derive(); err != nil {
			t.words(area, v.Name, err.Error(), "an assignment")
		} else {
			for _, s := range got.Schools {
				assigned[s.School] = s.Arm
			}
		}
		for _, school := range slices.Sorted(maps.Keys(v.Arms)) {
			t.words(area, v.Name+", "+school, assigned[school], v.Arms[school])
		}
	}
	return t.log(area, &vectors[0].Declaration)
}

// log writes an allocation's log, verifies it, and verifies it with a byte changed.
func (t *selftest) log(area string, d *design.Declaration) error {
	a, err := design.Assign(d)
	if err != nil {
		return err
	}
	data, err := a.Log.Bytes()
	if err != nil {
		return err
	}
	holds := func(data []byte) string { return fmt.Sprint(design.Verify(data, nil, a.Log.Head).OK()) }
	t.words(area, "the log is verified", holds(data), "true")
	for _, place := range []float64{0.2, 0.5, 0.8} {
		changed := slices.Clone(data)
		changed[int(place*float64(len(changed)))] ^= 1
		t.words(area, fmt.Sprintf("the log with byte %d changed is verified", int(place*float64(len(changed)))), holds(changed), "false")
	}
	return nil
}
