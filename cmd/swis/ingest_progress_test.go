package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	for _, c := range []struct {
		done, total, rows int64
		spent             time.Duration
		want              string
	}{
		{0, 100, 0, time.Second, "a.csv 0%"},
		{50, 100, 5_000_000, 2 * time.Second, "a.csv 50%, 2.5 million rows a second, 2s left"},
		{1, 100, 12_345, time.Second, "a.csv 1%, 12,000 rows a second, 1m39s left"},
		{99, 100, 500, time.Second, "a.csv 99%, 500 rows a second, 1s left"},
		{10, 100, 500, 100 * time.Millisecond, "a.csv 10%"},
	} {
		if got := progressLine("a.csv", c.done, c.total, c.rows, c.spent); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Small files are not mentioned, large ones at most ten times a second, and
// the line is empty in the end.
func TestProgressOf(t *testing.T) {
	var out bytes.Buffer
	at := time.Unix(0, 0)
	report := progressOf(&out, func() time.Time { return at })
	report("small.csv", 1, 100, 1)
	for i := range int64(1000) {
		at = at.Add(time.Millisecond)
		report("d/large.csv", i<<20, 1000<<20, i*1000)
	}
	report("d/large.csv", 1000<<20, 1000<<20, 1e6)
	text := out.String()
	if n := strings.Count(text, "large.csv"); strings.Contains(text, "small") || n < 8 || n > 10 || !strings.HasSuffix(text, clearLine) || !strings.Contains(text, "1.0 million rows a second") {
		t.Errorf("%d lines: %q", n, text)
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"512MB": 512 << 20, "2 GiB": 2 << 30, "1m": 1 << 20, "1048576": 1 << 20, "3G": 3 << 30} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-1MB", "many", "100", "9999999999GB", "1.5GB"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}
