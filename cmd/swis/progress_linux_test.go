package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// terminal opens a terminal of some columns: what is written to it as a program
// does, and what shows.
func terminal(t *testing.T, columns uint16) (written, shown *os.File) {
	t.Helper()
	shown, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal can be opened here: %v", err)
	}
	control := func(request uintptr, value unsafe.Pointer) {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, shown.Fd(), request, uintptr(value)); errno != 0 {
			t.Skipf("no terminal can be opened here: %v", errno)
		}
	}
	var unlocked, number int32
	control(syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	control(syscall.TIOCGPTN, unsafe.Pointer(&number))
	size := [4]uint16{24, columns}
	control(syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	written, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal can be opened here: %v", err)
	}
	return written, shown
}

// onTerminal runs a command whose stderr is a terminal of 40 columns and gives
// what it wrote there.
func onTerminal(t *testing.T, args ...string) string {
	t.Helper()
	written, shown := terminal(t, 40)
	defer shown.Close()
	text := make(chan string)
	go func() {
		var all bytes.Buffer
		io.Copy(&all, shown) // ends with an error once no program has it open
		text <- all.String()
	}()
	cmd := asProgram(t, args...)
	cmd.Env = append(cmd.Env, "SWIS_AS_PROGRAM=eager")
	cmd.Stderr = written
	err := cmd.Run()
	written.Close()
	said := <-text
	if err != nil {
		t.Fatalf("swis %s: %v: %s", strings.Join(args, " "), err, said)
	}
	return said
}

// Commands that read extracts say on a terminal how far they have come, within
// its width and in one line that is gone in the end; elsewhere, or under --quiet,
// they do not.
func TestProgressOnATerminal(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	text.WriteString("child_id,school_urn,la,event,date\n")
	for i := range 60_000 {
		fmt.Fprintf(&text, "C%07d,%d,801,s47,%02d/%02d/%d\n", i*7919%20_000, 100001+i%20, 1+i%28, 1+i%12, 2021+i%2)
	}
	const name = "events-of-an-authority-with-a-long-name-2021-to-2022.csv"
	plan := "name: A small trial\ndata:\n  extracts: [{la: \"801\", paths: [" + name + `]}]
  schools: schools.csv
periods:
  unit: month
  baseline: {from: 2021-01-01, to: 2021-12-31}
  intervention: {from: 2022-01-01, to: 2022-12-31}
design: {type: randomised, assign: {method: complete, seed: one}}
outcomes:
  - name: s47
analyses:
  - {id: one, command: did, outcome: s47, options: {family: poisson}}
disclosure: none
`
	schools := "school_id,la,pupils\n"
	for i := range 20 {
		schools += fmt.Sprintf("%d,801,500\n", 100001+i)
	}
	for file, text := range map[string]string{name: text.String(), "trial.yaml": plan, "schools.csv": schools} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	events := filepath.Join(dir, name)
	for _, c := range []struct {
		args    []string
		percent bool // one is sure to be shown: there are several blocks to read
	}{
		{[]string{"ingest", events, "--period", "month", "--out", filepath.Join(dir, "study")}, true},
		{[]string{"check", events}, true},
		{[]string{"run", filepath.Join(dir, "trial.yaml")}, true},
		{[]string{"demo", "--schools", "24", "--pupils", "60", "--months", "16", "--faults", "none", filepath.Join(dir, "demo")}, false},
	} {
		line := "swis " + c.args[0]
		said := onTerminal(t, c.args...)
		parts := strings.Split(strings.ReplaceAll(said, "\r\n", "\n"), clearLine)
		if c.percent && len(parts) < 3 {
			t.Errorf("%s: no progress is shown: %q", line, said)
		}
		for i, part := range parts {
			switch first, last := i == 0, i == len(parts)-1; {
			case (first || last) && strings.ContainsAny(part, "\r\x1b%"):
				t.Errorf("%s: beside the line of progress: %q", line, part)
			case !first && !last && (len([]rune(part)) > 39 || strings.ContainsAny(part, "\r\n\x1b") || !strings.Contains(part, "%")):
				t.Errorf("%s: %q is no line of progress in 40 columns", line, part)
			}
		}
		os.RemoveAll(filepath.Join(dir, "demo"))
		if said := onTerminal(t, append(c.args, "--quiet")...); said != "" {
			t.Errorf("%s --quiet: %q", line, said)
		}
		os.RemoveAll(filepath.Join(dir, "demo"))
		cmd := asProgram(t, c.args...)
		cmd.Env = append(cmd.Env, "SWIS_AS_PROGRAM=eager")
		var elsewhere bytes.Buffer
		cmd.Stderr = &elsewhere
		if err := cmd.Run(); err != nil || strings.ContainsAny(elsewhere.String(), "\r\x1b%") {
			t.Errorf("%s into a file: %v, %q", line, err, elsewhere.String())
		}
	}
}
