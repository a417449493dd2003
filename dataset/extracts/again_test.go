package extracts

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"swis/dataset"
	"swis/dataset/grouped"
)

// A file whose beginning does not tell the order of day and month, or its
// encoding, is read again in the order and encoding that its end tells; the
// events of the first reading are gone, in memory and on disk.
func TestReadAgain(t *testing.T) {
	var text bytes.Buffer
	text.WriteString("child_id,source,event,date,la\n")
	const rows = 60_000 // several blocks
	for i := range rows {
		date, source := "03/04/2023", "school"
		if i == rows-2 {
			date, source = "04/25/2023", "Caf\xe9"
		}
		fmt.Fprintf(&text, "C%06d,%s,referral,%s,801\n", i, source, date)
	}
	path := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, budget := range []int64{1 << 30, 1 << 20} {
		keys, err := NewKeys("", false)
		if err != nil {
			t.Fatal(err)
		}
		set := NewSet(keys)
		set.Events = grouped.New(budget, t.TempDir())
		x, tally, err := set.Read(context.Background(), Input{Path: path, Number: 1})
		if err != nil {
			t.Fatal(err)
		}
		if x.Encoding != "Windows-1252" || x.Rows != rows || len(rulesOf(set, tally)) > 0 || set.Events.Len() != rows {
			t.Errorf("%s, %d rows, rules %v, %d events", x.Encoding, x.Rows, rulesOf(set, tally), set.Events.Len())
		}
		march, april := dataset.DayOf(2023, 3, 4), dataset.DayOf(2023, 4, 25)
		for i, e := range eventsOf(t, set) {
			want := march
			if i == rows-2 {
				want = april
			}
			if e.Day != want || int(e.Line) != i+2 {
				t.Fatalf("event %d is of %s, line %d", i, e.Day, e.Line)
			}
		}
		if err := set.Events.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
