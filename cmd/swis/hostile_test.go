package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The files of testdata/torture are broken, hostile or odd. Each is refused by
// the rule that expected.csv names, with its name and without its cells, or
// read with the number of rows that stands there; in good time; and nothing of
// it is in the outputs.
func TestTorture(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for _, row := range tortures(t, filepath.Join("..", ".."), "torture") {
		path, name := row[0], filepath.Base(row[0])
		began := worked()
		var text, talk bytes.Buffer
		status := run(context.Background(), []string{"check", path, "--la", "801", "--disclosure", "none", "--format", "json"}, strings.NewReader(""), &text, &talk)
		var report struct {
			Files   []struct{ Rows int }
			Refused []string
		}
		if err := json.Unmarshal(text.Bytes(), &report); err != nil {
			t.Errorf("%s: no report: %v: %s", name, err, talk.String())
			continue
		}
		leaks(t, name+": check", text.String()+talk.String())
		switch {
		case row[1] == "read" && (status != exitDone || len(report.Files) != 1):
			t.Errorf("%s: exit %d: %s", name, status, talk.String())
		case row[1] == "read":
			if want, _ := strconv.Atoi(row[2]); report.Files[0].Rows != want {
				t.Errorf("%s: %d rows, want %d", name, report.Files[0].Rows, want)
			}
		case status != exitInput || len(report.Refused) != 1 || !strings.Contains(talk.String(), "("+row[1]+")") || !strings.Contains(talk.String(), name):
			t.Errorf("%s: exit %d: %s, want rule %s", name, status, talk.String(), row[1])
		}
		status, printed := runs("ingest", path, "--la", "801", "--threshold", "1", "--keep-events", "--out", out)
		if status != exitDone && status != exitInput {
			t.Errorf("%s: ingest: exit %d: %s", name, status, printed)
		}
		leaks(t, name+": ingest", printed, out)
		for file, text := range contents(t, out) {
			if strings.HasSuffix(file, ".csv") {
				noFormula(t, name+": "+file, text)
			}
			if strings.HasSuffix(file, ".html") {
				selfContained(t, name+": "+file, text)
			}
		}
		os.RemoveAll(out)
		if took := worked() - began; took > 10*time.Second {
			t.Errorf("%s took %v of processor time", name, took)
		}
	}
}

// worked is the processor time that this process has used, which does not
// depend on what else the machine does.
func worked() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// noFormula fails where a text cell of a table would be run by a spreadsheet.
func noFormula(t *testing.T, what, text string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				continue
			}
			if _, err := strconv.ParseFloat(cell, 64); err != nil {
				t.Errorf("%s: the cell %q begins like a formula", what, cell)
			}
		}
	}
}

// selfContained fails where a page has a script, loads something, or lacks the
// policy that forbids it.
func selfContained(t *testing.T, what, text string) {
	t.Helper()
	if !strings.Contains(text, `http-equiv="Content-Security-Policy" content="default-src 'none'`) {
		t.Errorf("%s: no content security policy", what)
	}
	lower := strings.ToLower(text)
	for _, bad := range []string{"<script", "<link", "<iframe", "<object", "<embed", "<base", "<img src=x", "javascript:", "@import", "url(http", "src=\"http", "src=\"//"} {
		if strings.Contains(lower, bad) {
			t.Errorf("%s: holds %s", what, bad)
		}
	}
}

// Names of schools and columns that hold markup or formulas stay text in every
// table and page that a command writes from them.
func TestMarkupAndFormulasStayText(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{"<script>alert(1)</script>", "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\"><img src=x onerror=alert(1)>"}
	var schools, panel strings.Builder
	s, p := csv.NewWriter(&schools), csv.NewWriter(&panel)
	s.Write([]string{"school_id", "la", "name", "pupils", "=note"})
	p.Write([]string{"school", "arm", "term", "y"})
	for i, name := range append(names, "plain", "school") {
		s.Write([]string{name, "801", name, "100", name})
		for term := range 6 {
			p.Write([]string{name, []string{"=A", "<b>B</b>"}[i%2], strconv.Itoa(term), strconv.Itoa((i*7 + term*3) % 11)})
		}
	}
	s.Flush()
	p.Flush()
	write("schools.csv", schools.String())
	write("panel.csv", panel.String())
	write("events.csv", "child_id,school_urn,la,event,date\nA,=1+1,801,s47,01/02/2021\nB,@SUM(A1),801,s47,01/03/2021\n")
	for _, line := range []string{
		"ingest events.csv --schools schools.csv --out study --period month", "check events.csv --schools schools.csv --format csv --disclosure none", "check events.csv --schools schools.csv --format html",
		"assign --schools schools.csv --method complete --arms A,B --seed x --out trial",
		"describe --data panel.csv --treated arm --format html --out d.html", "describe --data panel.csv --treated arm --format csv --out d.csv",
		"did --data panel.csv --outcome y --unit school --time term --treated arm --start 3 --by school --format csv --out e.csv", "did --data panel.csv --outcome y --unit school --time term --treated arm --start 3 --format html --out e.html",
		"glm --data panel.csv --formula 'y ~ arm + school' --format csv --out g.csv", "glm --data panel.csv --formula 'y ~ arm + school' --format html --out g.html",
		"mixed --data panel.csv --formula 'y ~ arm + (1 | school)' --effects --format csv --out m.csv", "mixed --data panel.csv --formula 'y ~ arm + (1 | school)' --effects --format html --out m.html",
		"floor --data panel.csv --outcome y --unit school --time term --treated arm --start 3 --format csv --out f.csv", "plot trends --data panel.csv --outcome y --unit school --time term --treated arm --start 3 --out figures",
	} {
		args, err := splitWords(line)
		if err != nil {
			t.Fatal(err)
		}
		var out, talk bytes.Buffer
		if status := run(context.Background(), args, strings.NewReader(""), &out, &talk); status != exitDone {
			t.Logf("swis %s: exit %d: %s", line, status, talk.String())
			if args[0] == "ingest" || args[0] == "glm" {
				t.Fail()
			}
		}
		if strings.Contains(line, "--format csv") && out.Len() > 0 {
			noFormula(t, line, out.String())
		}
		if strings.Contains(line, "--format html") && out.Len() > 0 {
			selfContained(t, line, out.String())
		}
	}
	tables, pages := 0, 0
	for name, text := range contents(t, ".") {
		switch {
		case name == "schools.csv" || name == "panel.csv" || name == "events.csv":
		case strings.HasSuffix(name, ".csv"):
			tables++
			noFormula(t, name, text)
		case strings.HasSuffix(name, ".html"):
			pages++
			selfContained(t, name, text)
		case strings.HasSuffix(name, ".svg") && strings.Contains(text, "<script"):
			t.Errorf("%s holds a script", name)
		}
	}
	if tables < 9 || pages < 4 {
		t.Errorf("%d tables and %d pages were written", tables, pages)
	}
}

// What is too large is refused with flat memory, or read.
func TestLargeHostileFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: files of a gigabyte")
	}
	t.Chdir(t.TempDir())
	filled := func(name, head string, fill []byte, total int) {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		io.WriteString(f, head)
		block := bytes.Repeat(fill, 1<<20/len(fill))
		for range total / len(block) {
			if _, err := f.Write(block); err != nil {
				t.Skipf("no room for %s: %v", name, err)
			}
		}
	}
	header := "child_id,school_urn,la,event,date\n"
	bomb := func(name string) {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z := zip.NewWriter(f)
		z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
		w, err := z.Create("xl/worksheets/sheet1.xml")
		if err != nil {
			t.Fatal(err)
		}
		for range 1 << 10 {
			w.Write(make([]byte, 1<<20))
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		make func(name string)
		rule string
	}{
		{"line.csv", func(name string) { filled(name, header, []byte("QANARY"), 1<<30) }, "F01"},
		{"header.csv", func(name string) { filled(name, "", []byte("QANARY"), 1<<30) }, "F01"},
		{"quoted.csv", func(name string) { filled(name, header+`"`, []byte("QANARY\n"), 1<<30) }, "F01"},
		{"element.xml", func(name string) {
			filled(name, "<Message><Header><CollectionDetails><Collection>", []byte("QANARY"), 1<<30)
		}, "F01"},
		{"attribute.xml", func(name string) { filled(name, `<Message x="`, []byte("QANARY"), 1<<30) }, "F01"},
		{"name.xml", func(name string) { filled(name, `<Message><`, []byte("QANARY"), 1<<30) }, "F01"},
		{"comment.xml", func(name string) { filled(name, `<Message><!--`, []byte("QANARY"), 1<<30) }, "F01"},
		{"zeros.csv", func(name string) {
			os.WriteFile(name, []byte(header), 0o600)
			os.Truncate(name, 1<<30)
		}, "F01"},
		{"bomb.xlsx", bomb, "F01"},
		{"columns.csv", func(name string) {
			os.WriteFile(name, []byte(strings.Repeat("QANARY,", 20000)+"\n"), 0o600)
		}, "F0"},
	} {
		c.make(c.name)
		cmd := asProgram(t, "check", c.name, "--la", "801")
		cmd.Env = append(os.Environ(), "SWIS_AS_PROGRAM=memory")
		var talk bytes.Buffer
		cmd.Stdout, cmd.Stderr = &talk, &talk
		began := time.Now()
		err := cmd.Run()
		took := time.Since(began)
		memory := 0
		if _, peak, found := strings.Cut(talk.String(), "peak "); found {
			memory, _ = strconv.Atoi(strings.Fields(peak)[0])
			memory >>= 10
		}
		if cmd.ProcessState.ExitCode() != exitInput || !strings.Contains(talk.String(), c.name) || !strings.Contains(talk.String(), "("+c.rule) {
			t.Errorf("%s: %v: %.300s", c.name, err, talk.String())
		}
		if cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(); cpu > 10*time.Second {
			t.Errorf("%s: %v of processor time", c.name, cpu)
		}
		if memory == 0 || memory > 256 {
			t.Errorf("%s: %d MiB", c.name, memory)
		}
		t.Logf("%s: %v, %d MiB", c.name, took.Round(time.Millisecond), memory)
		leaks(t, c.name, talk.String())
		os.Remove(c.name)
	}
	if err := syscall.Mkfifo("pipe.csv", 0o600); err != nil {
		t.Fatal(err)
	}
	if status, printed := runs("check", "pipe.csv"); status != exitInput || !strings.Contains(printed, "pipe.csv") {
		t.Errorf("a pipe that nobody fills: exit %d: %s", status, printed)
	}
}
