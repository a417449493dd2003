package issues

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"swis/dataset"
)

// reversed ranks authorities against their numbers.
func reversed(la uint16) int { return -int(la) }

// naive is the order of a report.
func naive(a, b dataset.Issue) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule), cmp.Compare(b.LA, a.LA), strings.Compare(a.Column, b.Column))
}

func all(t *testing.T, l *List) (out []dataset.Issue) {
	t.Helper()
	if err := l.Each(func(i dataset.Issue) error { out = append(out, i); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// Cases come out in order and are counted, however few fit into memory and
// whichever goroutine adds them; those of a file that is dropped do not.
func TestList(t *testing.T) {
	columns := []string{"", "date", "child_id", "end", "Zzz"}
	for _, budget := range []int64{1, 1 << 13, 1 << 17, 1 << 30} {
		t.Run(fmt.Sprint(budget), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(budget)))
			folder := t.TempDir()
			l := New(budget, folder)
			defer l.Close()
			var want []dataset.Issue
			for file := range uint16(6) {
				l.Begin()
				var added []dataset.Issue
				for range r.IntN(9000) {
					added = append(added, dataset.Issue{Rule: dataset.RuleID(r.IntN(len(dataset.Rules))), File: file, LA: uint16(r.IntN(5)), Line: uint32(r.IntN(300)) * 14_000_000, Column: columns[r.IntN(5)]})
				}
				var wait sync.WaitGroup
				for part := range slices.Chunk(added, 1+len(added)/3) {
					wait.Add(1)
					go func() {
						defer wait.Done()
						for some := range slices.Chunk(part, 100) {
							l.Add(some...)
						}
					}()
				}
				wait.Wait()
				if file == 1 || file == 4 {
					l.Discard()
					continue
				}
				want = append(want, added...)
			}
			slices.SortFunc(want, naive)
			if spilled := len(l.runs) > 0; spilled != (budget < 1<<30) {
				t.Errorf("%d runs in the file", len(l.runs))
			}
			if err := l.Order(reversed); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if got := all(t, l); !slices.Equal(got, want) {
					t.Fatalf("%d cases came out of %d, or in another order", len(got), len(want))
				}
			}
			var count dataset.Tally
			for _, i := range want {
				count.Add(i.LA, i.Rule, 1)
			}
			if !slices.Equal(l.Count(), count) {
				t.Error("counts differ")
			}
			if left, err := os.ReadDir(folder); len(left) > 0 || err != nil {
				t.Errorf("%v in the folder, %v", left, err)
			}
		})
	}
}

// No case is lost in silence where the file cannot be written.
func TestNoRoom(t *testing.T) {
	l := New(1, t.TempDir()+"/missing")
	l.Add(make([]dataset.Issue, 100)...)
	if err := l.Order(reversed); err == nil {
		t.Fatal("no error")
	}
}

// What is held does not grow with the cases.
func TestMemory(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	l := New(1<<20, t.TempDir())
	defer l.Close()
	fill := func(from, to uint32) {
		for line := from; line < to; line++ {
			l.Add(dataset.Issue{Rule: 3, File: 1, LA: 1, Line: line, Column: "date"})
		}
	}
	fill(0, 200_000)
	before := heap()
	fill(200_000, 2_000_000)
	if err := l.Order(reversed); err != nil {
		t.Fatal(err)
	}
	n := uint32(0)
	most := before
	err := l.Each(func(i dataset.Issue) error {
		if i.Line != n {
			return fmt.Errorf("line %d, want %d", i.Line, n)
		}
		if n++; n%500_000 == 0 {
			most = max(most, heap())
		}
		return nil
	})
	if err != nil || n != 2_000_000 {
		t.Fatal(n, err)
	}
	if grown := int64(most) - int64(before); grown > mergeBudget+1<<20 {
		t.Errorf("%d bytes more for 1.8 million cases more", grown)
	}
}

// BenchmarkList adds a million cases, half of a budget of them, and gives them back.
func BenchmarkList(b *testing.B) {
	cases := make([]dataset.Issue, 1000)
	for b.Loop() {
		l := New(DefaultBudget, b.TempDir())
		for n := range uint32(1000) {
			for i := range cases {
				cases[i] = dataset.Issue{Rule: 3, File: 1, LA: 1, Line: n*1000 + uint32(i), Column: "date"}
			}
			l.Add(cases...)
		}
		if err := l.Order(reversed); err != nil {
			b.Fatal(err)
		}
		if err := l.Each(func(dataset.Issue) error { return nil }); err != nil {
			b.Fatal(err)
		}
		l.Close()
	}
}
