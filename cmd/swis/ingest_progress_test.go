package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"swis/dataset/study"
)

func TestRounded(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 999.4: "999", 999.6: "1,000", 12_345: "12,000", 999_400: "999,000", 999_999: "1.0 million", 2_460_000: "2.5 million"} {
		if got := rounded(x); got != want {
			t.Errorf("%g is %q, want %q", x, got, want)
		}
	}
}

func TestStepWords(t *testing.T) {
	for _, c := range []struct {
		step  study.Step
		spent time.Duration
		width int
		want  string
	}{
		{study.Step{File: "d/a.csv", Number: 1, Files: 1, Total: 100}, time.Second, 80, "a.csv 0%"},
		{study.Step{File: "d/a.csv", Number: 1, Files: 1, Done: 50, Total: 100, Rows: 5_000_000}, 2 * time.Second, 80, "a.csv 50%, 2s left, 2.5 million rows a second"},
		{study.Step{File: "a.csv", Number: 1, Files: 1, Done: 1, Total: 100, Rows: 12_345}, time.Second, 80, "a.csv 1%, 1m39s left, 12,000 rows a second"},
		{study.Step{File: "a.csv", Number: 2, Files: 30, Done: 99, Total: 100, Rows: 500}, time.Second, 80, "file 2 of 30, a.csv 99%, 1s left, 500 rows a second"},
		{study.Step{Done: 1024, Total: 2048}, 3 * time.Second, 80, "counting events 50%, 3s left"},
		{study.Step{File: "a.csv", Number: 1, Files: 1, Done: 50, Total: 100, Rows: 5_000_000}, 2 * time.Second, 30, "a.csv 50%, 2s left"},
		{study.Step{File: "a.csv", Number: 1, Files: 1, Done: 50, Total: 100, Rows: 5_000_000}, 2 * time.Second, 10, "a.csv 50%"},
		{study.Step{File: "events.csv", Number: 1, Files: 1, Done: 50, Total: 100}, 2 * time.Second, 6, "sv 50%"},
		{study.Step{File: "events.csv", Number: 1, Files: 1, Done: 50, Total: 100}, 2 * time.Second, 0, ""},
		{study.Step{File: "d/a\x1b[2Jb\n.csv", Number: 1, Files: 1, Total: 100}, 2 * time.Second, 80, "a?[2Jb?.csv 0%"},
	} {
		if got := fitting(stepWords(c.step, c.spent), c.width); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Work that is done at once is not mentioned, other work at most ten times a
// second, each part at its own pace, and the line is empty in the end.
func TestProgressLine(t *testing.T) {
	var out bytes.Buffer
	at := time.Unix(0, 0)
	p := &progressLine{w: &out, now: func() time.Time { return at }, began: at, width: func() int { return 80 }}
	p.report(study.Step{File: "small.csv", Number: 1, Files: 2, Done: 1, Total: 2000 << 20})
	for i := range int64(2000) {
		at = at.Add(time.Millisecond)
		p.report(study.Step{File: "d/large.csv", Number: 2, Files: 2, Done: i << 20, Total: 2000 << 20, Rows: i * 1000})
	}
	for i := range int64(1000) {
		at = at.Add(time.Millisecond)
		p.report(study.Step{Done: i, Total: 1000})
	}
	p.end()
	text := out.String()
	if n := strings.Count(text, "file 2 of 2, large.csv"); strings.Contains(text, "small") || n < 14 || n > 16 || !strings.Contains(text, "999,000 rows a second") {
		t.Errorf("%d lines: %q", n, text)
	}
	if n := strings.Count(text, "counting events"); n < 9 || n > 10 || !strings.Contains(text, "counting events 49%, 1s left") || !strings.HasSuffix(text, clearLine) {
		t.Errorf("%d lines: %q", n, text)
	}
	if lines := strings.Count(text, "\r"); lines != strings.Count(text, clearLine) || strings.Contains(text, "\n") {
		t.Errorf("%q", text)
	}
	out.Reset()
	p.end()
	if out.Len() > 0 {
		t.Errorf("%q after the end", out.String())
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
