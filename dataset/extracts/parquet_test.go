package extracts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"swis/dataset"
)

// parquetRow is a row of events as a warehouse types them.
type parquetRow struct {
	ChildID int64     `parquet:"child_id"`
	School  *string   `parquet:"school_urn,optional"`
	LA      string    `parquet:"la,dict"`
	Event   string    `parquet:"event"`
	Date    int32     `parquet:"date,date"`
	At      time.Time `parquet:"recorded,timestamp(microsecond)"`
}

func writeParquetFile(t *testing.T, path string, rows []parquetRow) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[parquetRow](out, parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(700))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
}

// A Parquet file gives the events that the same rows give as CSV.
func TestParquet(t *testing.T) {
	dir := t.TempDir()
	var rows []parquetRow
	csv := "child_id,school_urn,la,event,date,recorded\n"
	kinds := []string{"s47", "referral", "contact"}
	for i := range 2000 {
		r := parquetRow{ChildID: int64(1000 + i%300), LA: "801", Event: kinds[i%3], Date: int32(dataset.DayOf(2021, 9, 1)) + int32(i%400)}
		r.At = time.Date(2023, 1, 2, 3, 4, 5, 0, time.UTC)
		school := ""
		if i%10 > 0 {
			school = []string{"100001", "100,002"}[i%2]
			r.School = &school
			if i%2 == 1 {
				school = `100,002`
			}
		}
		cell := school
		if cell == `100,002` {
			cell = `"100,002"`
		}
		csv += fmt.Sprint(r.ChildID) + "," + cell + ",801," + r.Event + "," + dataset.Day(r.Date).String() + ",2023-01-02T03:04:05\n"
		rows = append(rows, r)
	}
	asParquet, asCSV := filepath.Join(dir, "e.parquet"), filepath.Join(dir, "e.csv")
	writeParquetFile(t, asParquet, rows)
	if err := os.WriteFile(asCSV, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys("", false)
	if err != nil {
		t.Fatal(err)
	}
	set := NewSet(keys)
	read := func(path string) []dataset.Event {
		x, _, err := set.Read(context.Background(), Input{Path: path, Number: 1})
		if err != nil {
			t.Fatal(err)
		}
		if x.Rows != 2000 || x.Layout != "events" {
			t.Fatalf("%d rows as %s", x.Rows, x.Layout)
		}
		return eventsOf(t, set)
	}
	got, want := read(asParquet), read(asCSV)
	if len(got) != 2000 || len(want) != 2000 {
		t.Fatalf("%d and %d events of 2000 rows", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("row %d: %+v from Parquet, %+v from CSV", i, got[i], want[i])
		}
	}
}

// Damaged files are refused, without a crash.
func TestDamagedParquet(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.parquet")
	writeParquetFile(t, whole, []parquetRow{{ChildID: 1, LA: "801", Event: "s47", Date: 19000, At: time.Unix(0, 0)}})
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys("", false)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "damaged.parquet")
	for cut := 4; cut < len(data); cut += 7 {
		if err := os.WriteFile(path, data[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		var refused dataset.Problems
		if _, _, err := NewSet(keys).Read(context.Background(), Input{Path: path, Number: 1}); !errors.As(err, &refused) {
			t.Errorf("cut at byte %d: %v, want it refused", cut, err)
		}
	}
	for at := 4; at < len(data); at += 3 { // any answer but a crash
		bad := append([]byte(nil), data...)
		bad[at] ^= 0xff
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, _ = NewSet(keys).Read(context.Background(), Input{Path: path, Number: 1})
	}
}

// How far a Parquet file has been read is told in bytes of it.
func TestParquetProgress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.parquet")
	rows := make([]parquetRow, 60_000)
	for i := range rows {
		rows[i] = parquetRow{ChildID: int64(i), LA: "801", Event: "s47", Date: int32(dataset.DayOf(2021, 9, 1)) + int32(i%400), At: time.Date(2023, 1, 2, 3, 4, 5, 0, time.UTC)}
	}
	writeParquetFile(t, path, rows)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys("", false)
	if err != nil {
		t.Fatal(err)
	}
	var said []int64
	in := Input{Path: path, Number: 1, Progress: func(done, _ int64) { said = append(said, done) }}
	if _, _, err := NewSet(keys).Read(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	last, size := said[len(said)-1], info.Size()
	if len(said) < 4 || !slices.IsSorted(said) || last < size*8/10 || last > size || said[1] > size/2 {
		t.Errorf("%v of %d bytes", said, size)
	}
}
