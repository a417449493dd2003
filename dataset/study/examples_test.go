package study

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"swis/dataset"
	"swis/dataset/extracts"
)

// The example of every layout is read as that layout, and the example of a
// mapping file reads the same in an authority's own words.
func TestExamplesAndMappings(t *testing.T) {
	for _, l := range extracts.All {
		t.Run(l.Name, func(t *testing.T) {
			var set func(*Options)
			if l.Name == "survey" { // which needs its scales
				scales := filepath.Join(t.TempDir(), "scales.yaml")
				if err := os.WriteFile(scales, []byte("scales:\n  wellbeing: {items: [q1, q2, q3, q4], range: [1, 5]}\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				set = func(o *Options) { o.Sources[0].Map = scales }
			}
			plain := checked(t, files("example"+l.Extension(), l.Example()), set)
			if plain.refused != nil || plain.Extracts[0].Layout != l.Name {
				t.Fatalf("%v", plain.refused)
			}
			mapping := l.Mapping()
			var own strings.Builder
			for line := range strings.Lines(mapping) {
				if row, ok := strings.CutPrefix(line, "#   "); ok {
					own.WriteString(row)
				}
			}
			if l.Root == "" && own.String() == l.Example() {
				t.Error("the mapping has nothing to do")
			}
			path := filepath.Join(t.TempDir(), "map.yaml")
			if err := os.WriteFile(path, []byte(mapping), 0o600); err != nil {
				t.Fatal(err)
			}
			mapped := checked(t, files("own"+l.Extension(), own.String()), func(o *Options) { o.Sources[0].Map, o.Sources[0].LA = path, "" })
			if mapped.refused != nil {
				t.Fatal(mapped.refused)
			}
			a, b := plain.Extracts[0], mapped.Extracts[0]
			if b.Layout != l.Name || a.Rows != b.Rows || a.Read != b.Read || len(a.Episodes) != len(b.Episodes) || len(a.Persons) != len(b.Persons) || len(a.Enrolments) != len(b.Enrolments) ||
				len(a.Counts) != len(b.Counts) || len(a.Schools) != len(b.Schools) || len(a.Links) != len(b.Links) || len(a.Published) != len(b.Published) || len(a.Legal) != len(b.Legal) {
				t.Errorf("plain %d rows %v, mapped %d rows %v", a.Rows, a.Read, b.Rows, b.Read)
			}
			if x, y := dated(plain), dated(mapped); !slices.Equal(x, y) {
				t.Errorf("plain %v, mapped %v", x, y)
			}
			for _, r := range mapped.Quality.Rules {
				if (r.Rule == "E10" || r.Rule == "E1T" || r.Rule == "D01") && r.Count.Value != ruleCount(plain, r.Rule) {
					t.Errorf("%s %d times, plain %d", r.Rule, r.Count.Value, ruleCount(plain, r.Rule))
				}
			}
		})
	}
}

// dated are the events of a study without the keys of its children.
func dated(s *Study) (events []dataset.Event) {
	if s.Panel == nil {
		return nil
	}
	for _, e := range s.Panel.Events {
		events = append(events, dataset.Event{Type: e.Type, Day: e.Day, Parent: e.Parent, Flags: e.Flags, Line: e.Line})
	}
	return events
}
