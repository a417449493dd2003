package study

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"swis/dataset"
	"swis/dataset/rota"
	"swis/dataset/synthetic"
)

// Whatever the size, the seed and the faults, deliveries are read as planted,
// by month and by term, every file balances, and one, two and eight processors
// write the same bytes. SWIS_LONG_SEEDS=200 go test ./dataset/study -run
// AnyDeliveries -timeout 2h draws that many deliveries; SWIS_FIRST_SEED=500
// begins with the 500th.
func TestAnyDeliveriesAreReadAsPlanted(t *testing.T) {
	cases := rota.Some(12, 3)
	if testing.Short() {
		cases = []int{0}
	}
	long, _ := strconv.Atoi(os.Getenv("SWIS_LONG_SEEDS"))
	first, _ := strconv.Atoi(os.Getenv("SWIS_FIRST_SEED"))
	if long > 0 {
		cases = nil
	}
	for i := range long {
		cases = append(cases, first+i)
	}
	for _, i := range cases {
		r := rand.New(rand.NewPCG(uint64(i), 2))
		size := synthetic.Options{Seed: r.Uint64N(1000), Schools: 96 + r.IntN(120), Pupils: 150 + r.IntN(250), Months: 14 + r.IntN(22), Faults: synthetic.Faults(r.IntN(3))}
		if i%2 == 0 {
			size.Faults = synthetic.AllFaults
		}
		for _, rule := range dataset.Rules {
			if r.IntN(2) == 0 {
				size.Without = append(size.Without, rule.ID)
			}
		}
		story := &synthetic.Rehearsal
		if r.IntN(3) == 0 {
			story = &synthetic.Pilots
		}
		t.Run(fmt.Sprintf("%d schools of %d pupils, %d months, seed %d, faults %s", size.Schools, size.Pupils, size.Months, size.Seed, synthetic.FaultSets[size.Faults]), func(t *testing.T) {
			holdsAsPlanted(t, story, size)
			if story == &synthetic.Rehearsal {
				furtherAsPlanted(t, size)
			}
			if long == 0 {
				sameForAnyProcessors(t, story, size)
			}
		})
	}
}

// sameForAnyProcessors compares the study folders that different numbers of
// processors write.
func sameForAnyProcessors(t *testing.T, story *synthetic.Story, size synthetic.Options) {
	t.Helper()
	_, _, o := rehearse(t, story, size)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first string
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		s, err := Build(context.Background(), o, nil)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(t.TempDir(), "study")
		if err := s.Write(folder); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = folder
			continue
		}
		files := 0
		err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			name, _ := filepath.Rel(folder, path)
			a, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if b, err := os.ReadFile(filepath.Join(first, name)); err != nil || !bytes.Equal(a, b) {
				t.Errorf("%s differs between 1 and %d processors (%v)", name, n, err)
			}
			return nil
		})
		if err != nil || files < 6 {
			t.Fatalf("%d files, %v", files, err)
		}
	}
}
