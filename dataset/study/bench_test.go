package study

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"swis/dataset"
)

// writeEvents writes a file of one row an event: 3,000 schools, 150
// authorities, three years, a third as many children as events, one row in a
// hundred without a school.
func writeEvents(path string, rows int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	r := rand.New(rand.NewPCG(1, 2))
	fmt.Fprintln(w, "child_id,school_urn,la,event,date")
	kinds := []string{"referral", "referral", "s17_start", "s47_enquiry"}
	first := dataset.DayOf(2021, 9, 1)
	for range rows {
		school := r.IntN(3000)
		urn := fmt.Sprint(100001 + school)
		if r.IntN(100) == 0 {
			urn = ""
		}
		y, m, d := (first + dataset.Day(r.IntN(1096))).Date()
		fmt.Fprintf(w, "C%08d,%s,LA%03d,%s,%02d/%02d/%04d\n", r.IntN(rows/3+1000), urn, school/20+1, kinds[r.IntN(4)], d, m, y)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// BenchmarkIngest reads a million events (44 MB) and writes the study folder.
func BenchmarkIngest(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "events.csv")
	if err := writeEvents(path, 1_000_000); err != nil {
		b.Fatal(err)
	}
	o := Default()
	o.Period, o.Sources = dataset.Month, []Source{{Path: path}}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		s, err := Build(context.Background(), o, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Write(filepath.Join(dir, "study")); err != nil {
			b.Fatal(err)
		}
	}
}
