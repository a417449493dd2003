package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"swis/dataset/atomicfile"
	"swis/dataset/extracts"
)

// A fault of the program in a goroutine that reads is an error that says where
// and not what: no stack trace, no cell, no file and no temporary file.
func TestAPanicOfAReaderShowsNoChild(t *testing.T) {
	t.Chdir(t.TempDir())
	var text strings.Builder
	text.WriteString("child_id,school_urn,la,event,date\n")
	for i := range 40000 { // several blocks of rows
		fmt.Fprintf(&text, "QANARY%d,%d,801,s47,%02d/%02d/2022\n", i, 100001+i%20, 1+i%28, 1+i%12)
	}
	if err := os.WriteFile("events.csv", []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	events := extracts.All[slices.IndexFunc(extracts.All, func(l *extracts.Layout) bool { return l.Name == "events" })]
	whole := events.Row
	defer func() { events.Row = whole }()
	var rows atomic.Int64
	var inWorker atomic.Bool
	events.Row = func(r *extracts.Row) {
		if whole(r); rows.Add(1) > 30000 {
			if strings.Contains(string(debug.Stack()), "workers.(*Group)") {
				inWorker.Store(true)
			}
			panic(canaries[0])
		}
	}
	status, printed := runs("ingest", "events.csv", "--period", "month", "--threshold", "1", "--out", "study")
	if !inWorker.Load() {
		t.Fatal("no worker read a row")
	}
	isQuietFault(t, status, printed, "panic_test.go:")
	if left := everything(t, "study"); len(left) > 0 {
		t.Errorf("%d files are left", len(left))
	}
}

// So is one in a goroutine that writes; the old files stay.
func TestAPanicOfAWriterLeavesTheOldFiles(t *testing.T) {
	faultyPlace(t)
	before := everything(t, "study")
	for _, call := range []string{"write", "sync", "close"} {
		var inWorker atomic.Bool
		atomicfile.Fault = func(now, path string) error {
			if now != call || !strings.HasSuffix(path, "panel.csv") {
				return nil
			}
			inWorker.Store(strings.Contains(string(debug.Stack()), "workers.Start"))
			panic(canaries[0])
		}
		status, printed := runs("ingest", "second.csv", "--period", "month", "--out", "study")
		atomicfile.Fault = nil
		if !inWorker.Load() {
			t.Fatalf("%s: not in a worker", call)
		}
		isQuietFault(t, status, printed, "panel.csv: a fault")
		if !same(before, everything(t, "study")) {
			t.Errorf("%s: the study is another", call)
		}
	}
}

func isQuietFault(t *testing.T, status int, printed, names string) {
	t.Helper()
	if status != exitIO || strings.Count(printed, "a fault of the program itself, at ") != 1 || !strings.Contains(printed, names) || strings.Contains(printed, "goroutine") || strings.Count(printed, "\n") != 1 {
		t.Errorf("exit %d: %s", status, printed)
	}
	leaks(t, "panic", printed)
}
