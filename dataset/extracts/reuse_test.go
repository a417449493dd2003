package extracts

import (
	"context"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"swis/dataset"
)

// What is kept from one file to the next changes nothing: examples of all
// layouts, good and bad, each twice in a row and again after all the others,
// read as they do where nothing is kept.
func TestReuse(t *testing.T) {
	var paths []string
	for _, pattern := range []string{filepath.Join("examples", "*.*"), filepath.Join(testdata, "*", "*.*")} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			paths = append(paths, path, path)
		}
	}
	if len(paths) < 2*len(All) {
		t.Fatalf("%d files", len(paths))
	}
	paths = append(paths, paths...)
	keys, err := NewKeys("", false)
	if err != nil {
		t.Fatal(err)
	}
	type read struct {
		extract *dataset.Extract
		tally   dataset.Tally
		err     string
		events  int64
	}
	all := func(done bool) (reads []read, events []dataset.Event) {
		set := NewSet(keys)
		for i, path := range paths {
			if done {
				set.Done()
			}
			x, tally, err := set.Read(context.Background(), Input{Path: path, LA: "801", Number: uint16(i + 1)})
			one := read{extract: x, tally: tally, events: set.Events.Len()}
			if err != nil {
				one.err = err.Error()
			}
			reads = append(reads, one)
		}
		return reads, eventsOf(t, set)
	}
	reads, events := all(false)
	want, wantEvents := all(true)
	exact := cmp.Options{cmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateNaNs()}
	for i := range want {
		if diff := cmp.Diff(want[i], reads[i], exact); diff != "" {
			t.Errorf("%s, file %d: %s", paths[i], i+1, diff)
		}
	}
	if !reflect.DeepEqual(events, wantEvents) || len(events) == 0 {
		t.Errorf("%d events, %d where nothing is kept, or others", len(events), len(wantEvents))
	}
}

// What a cell was read as holds for the layout alone.
func TestMemosOfALayout(t *testing.T) {
	keys, err := NewKeys("", false)
	if err != nil {
		t.Fatal(err)
	}
	set := NewSet(keys)
	for _, l := range All {
		for again := range 2 {
			r := (&file{set: set, layout: l}).newRow()
			for i := range r.memos {
				if known := r.memos[i].known([]byte("cell")) != unread; known != (again == 1) {
					t.Errorf("%s, column %d, file %d: known is %v", l.Name, i, again, known)
				}
				r.memos[i].remember([]byte("cell"), uint32(i))
			}
			set.give([]*Row{r})
		}
	}
}
