package dataset

import (
	"testing"
	"time"
)

func TestDayAgreesWithTime(t *testing.T) {
	start := time.Date(1899, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 100_000 {
		at := start.AddDate(0, 0, i)
		d := DayOf(at.Year(), int(at.Month()), at.Day())
		if int64(d) != at.Unix()/86400 && at.Unix() >= 0 {
			t.Fatalf("%v: day %d", at, d)
		}
		if got := d.String(); got != at.Format("2006-01-02") {
			t.Fatalf("%v: date %s", at, got)
		}
	}
}

func TestPeriodLabels(t *testing.T) {
	for _, c := range []struct {
		kind  PeriodKind
		date  string
		label string
		first string
	}{
		{Month, "2023-09-30", "2023-09", "2023-09-01"},
		{Term, "2023-12-31", "2023-24 1 autumn", "2023-09-01"},
		{Term, "2024-01-01", "2023-24 2 spring", "2024-01-01"},
		{Term, "2024-03-31", "2023-24 2 spring", "2024-01-01"},
		{Term, "2024-08-31", "2023-24 3 summer", "2024-04-01"},
		{Year, "2024-08-31", "2023-24", "2023-09-01"},
		{Year, "1999-09-01", "1999-00", "1999-09-01"},
	} {
		d, err := ParseDay(c.date)
		if err != nil {
			t.Fatal(err)
		}
		p := c.kind.Of(d)
		if got := c.kind.Label(p); got != c.label {
			t.Errorf("%v of %s: label %s, want %s", c.kind, c.date, got, c.label)
		}
		if got := c.kind.Start(p).String(); got != c.first {
			t.Errorf("%v of %s: starts %s, want %s", c.kind, c.date, got, c.first)
		}
		if back, err := ParsePeriod(c.kind, c.label); err != nil || back != p {
			t.Errorf("%s: parsed %v, %v", c.label, back, err)
		}
	}
	for _, bad := range []string{"", "2023", "2023-13", "2023-24 4 winter", "2023-24 1 spring"} {
		if _, err := ParsePeriod(Term, bad); err == nil {
			t.Errorf("%q was taken for a term", bad)
		}
	}
	if kind, ok := KindOfLabels([]string{"2023-24", "2024-25"}); !ok || kind != Year {
		t.Errorf("academic years taken for %v", kind)
	}
	if kind, ok := KindOfLabels([]string{"2011-09", "2011-12"}); !ok || kind != Month {
		t.Errorf("months taken for %v", kind)
	}
	if _, err := ParseDay("2023-02-29"); err == nil {
		t.Error("29 February 2023 accepted")
	}
}
