package grouped

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"swis/dataset"
)

// fill adds rows of a file and returns them.
func fill(t *testing.T, e *Events, r *rand.Rand, file uint16, n int) []dataset.Event {
	t.Helper()
	var rows []dataset.Event
	writers := []*Writer{e.Writer(), e.Writer()}
	for len(rows) < n {
		some := make([]dataset.Event, min(n-len(rows), 1+r.IntN(40000)))
		for i := range some {
			some[i] = dataset.Event{Child: dataset.ChildKey(r.Uint64()), Day: dataset.Day(r.IntN(20000)), Line: uint32(len(rows) + i + 1), File: file}
		}
		rows = append(rows, some...)
		if err := writers[r.IntN(2)].Add(some); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range writers {
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

func all(t *testing.T, e *Events) (rows []dataset.Event) {
	t.Helper()
	var mu sync.Mutex
	err := e.Each(context.Background(), func(int) func([]dataset.Event) {
		return func(events []dataset.Event) {
			mu.Lock()
			defer mu.Unlock()
			for i := range events {
				if groupOf(events[i].Child) != groupOf(events[0].Child) {
					t.Fatal("two groups in one")
				}
			}
			rows = append(rows, events...)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(rows, func(a, b dataset.Event) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	return rows
}

// What goes in comes out, each group together, from memory and from the file;
// the events of a file that is discarded do not, wherever they were.
func TestEvents(t *testing.T) {
	for name, budget := range map[string]int64{"in memory": 1 << 40, "on disk": 3 << 20, "some of each": 12 << 20} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 3))
			e := New(budget, t.TempDir())
			defer e.Close()
			var want []dataset.Event
			sizes := []int{250_000, 1, 300_000, 40_000, 180_000}
			for range 300 { // and many small files
				sizes = append(sizes, r.IntN(800))
			}
			for file, n := range sizes {
				if err := e.Begin(); err != nil {
					t.Fatal(err)
				}
				rows := fill(t, e, r, uint16(file), n)
				if file%7 == 2 {
					e.Discard()
					continue
				}
				want = append(want, rows...)
			}
			if budget < 1<<30 && len(e.file.runs) == 0 {
				t.Fatal("nothing went to the file")
			}
			if got := all(t, e); !slices.Equal(got, want) || e.Len() != int64(len(want)) {
				t.Fatalf("%d events came out of %d, Len %d", len(got), len(want), e.Len())
			}
			to := map[dataset.ChildKey]dataset.ChildKey{}
			for i := range want[:2000] {
				if from := want[i].Child; i%2 == 0 && to[from] == 0 {
					to[from] = want[2000+i].Child
					want[i].Child = to[from]
				}
			}
			if err := e.Move(maps.Keys(to), func(x *dataset.Event) (dataset.ChildKey, bool) { child, ok := to[x.Child]; return child, ok }, nil); err != nil {
				t.Fatal(err)
			}
			if got := all(t, e); !slices.Equal(got, want) || e.Len() != int64(len(want)) {
				t.Fatalf("%d events after the move, of %d, Len %d", len(got), len(want), e.Len())
			}
		})
	}
}

// The file has no name while it is in use.
func TestNothingStays(t *testing.T) {
	folder := t.TempDir()
	e := New(1<<20, folder)
	if err := e.Begin(); err != nil {
		t.Fatal(err)
	}
	if err := e.Writer().Add(make([]dataset.Event, 100_000)); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); len(left) > 0 || err != nil || e.file.size == 0 {
		t.Errorf("%v in the folder, %v, %d bytes on disk", left, err, e.file.size)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// A folder that cannot be written to is an error, not a loss.
func TestNoRoom(t *testing.T) {
	e := New(1<<20, filepath.Join(t.TempDir(), "missing"))
	err := e.Writer().Add(make([]dataset.Event, 100_000))
	if err == nil {
		t.Fatal("no error")
	}
}
