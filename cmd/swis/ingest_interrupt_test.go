package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// patient is a context that is cancelled when it has been asked n times.
type patient struct {
	context.Context
	left atomic.Int64
}

func (p *patient) Err() error {
	if p.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// Wherever ingest is interrupted, it exits with 130, leaves no temporary file
// and leaves the study of an earlier run as it was.
func TestIngestInterrupted(t *testing.T) {
	dir := t.TempDir()
	var text bytes.Buffer
	text.WriteString("child_id,school_urn,la,event,date\n")
	for i := range 60_000 {
		fmt.Fprintf(&text, "C%07d,%d,801,referral,%02d/%02d/2023\n", i*7919%20_000, 100001+i%50, 1+i%28, 1+i%12)
	}
	events := filepath.Join(dir, "events.csv")
	if err := os.WriteFile(events, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	many := filepath.Join(dir, "many")
	if err := os.Mkdir(many, 0o700); err != nil {
		t.Fatal(err)
	}
	header, rest, _ := bytes.Cut(text.Bytes(), []byte{'\n'})
	for n, part := range slices.Collect(slices.Chunk(bytes.SplitAfter(rest, []byte{'\n'}), 1000)) {
		data := slices.Concat(header, []byte{'\n'}, bytes.Join(part, nil))
		if err := os.WriteFile(filepath.Join(many, fmt.Sprintf("e%03d.csv", n)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, path := range map[string]string{"one file": events, "many": many} {
		t.Run(name, func(t *testing.T) { interruptEverywhere(t, dir, path) })
	}
}

// interruptEverywhere interrupts the ingest of a file or folder in dir.
func interruptEverywhere(t *testing.T, dir, events string) {
	out := filepath.Join(dir, "study")
	ingest := func(ctx context.Context) (int, string) {
		var errOut bytes.Buffer
		code := run(ctx, []string{"ingest", "--quiet", "--memory", "1MB", "--period", "month", "--out", out, events}, strings.NewReader(""), &bytes.Buffer{}, &errOut)
		return code, errOut.String()
	}
	if code, said := ingest(context.Background()); code != exitDone {
		t.Fatal(code, said)
	}
	state := func() string {
		var all strings.Builder
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			fmt.Fprintln(&all, path, info.Size(), info.ModTime().UnixNano())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all.String()
	}
	before := state()
	interrupted := 0
	for n := int64(0); ; n += 1 + n/4 {
		ctx := &patient{Context: context.Background()}
		ctx.left.Store(n)
		code, said := ingest(ctx)
		if code == exitDone {
			break
		}
		interrupted++
		if code != exitInterrupted || !strings.Contains(said, "interrupted") {
			t.Fatalf("after %d looks: exit %d, %s", n, code, said)
		}
		if after := state(); after != before {
			t.Fatalf("after %d looks the folder is\n%swas\n%s", n, after, before)
		}
	}
	if interrupted < 5 {
		t.Errorf("interrupted at %d places only", interrupted)
	}
}
