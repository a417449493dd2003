package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tortures are the files of a folder of testdata with the line and the words of
// their refusal.
func tortures(t *testing.T, repo, folder string) [][]string {
	t.Helper()
	folder = filepath.Join(repo, "testdata", folder)
	data, err := os.ReadFile(filepath.Join(folder, "expected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != len(rows) {
		t.Errorf("%d files, %d lines of expected.csv, %v", len(entries), len(rows), err)
	}
	for _, row := range rows[1:] {
		row[0] = filepath.Join(folder, row[0])
	}
	return rows[1:]
}

// refusedAs runs a command line that must be refused for a file, at its line, in
// good time and without a cell of it.
func refusedAs(t *testing.T, line, file, at, says string) {
	t.Helper()
	args := wordsOf(t, line)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "@", file)
	}
	began := worked()
	status, printed := runs(args...)
	place := file + ":"
	if at != "0" {
		place += at + ":"
	}
	if status != exitInput || !strings.Contains(printed, place) || !strings.Contains(printed, says) {
		t.Errorf("swis %s: %s: exit %d: %.300s, want line %s and %q", line, filepath.Base(file), status, printed, at, says)
	}
	if took := worked() - began; took > 10*time.Second {
		t.Errorf("swis %s: %s took %v", line, filepath.Base(file), took)
	}
	leaks(t, line+": "+filepath.Base(file), printed)
}

// What is broken, hostile or odd in a table is named with its line by every
// command that reads tables.
func TestTortureOfTables(t *testing.T) {
	repo := writingPlace(t)
	for _, row := range tortures(t, repo, "torture-tables") {
		for _, line := range []string{"did --data @ --outcome y --unit school --time term --treated swis --start 3", "glm --data @ --formula 'y ~ arm'", "mixed --data @ --formula 'y ~ arm + (1 | school)'", "floor --data @ --outcome y --treated swis",
			"cace --data @ --outcome y --assigned swis --received swis", "plot trends --data @ --outcome y --unit school --time term --treated swis --start 3 --out o", "assign --schools @ --id school --method constrained --balance y --arms A,B --seed x --out o"} {
			if strings.HasPrefix(line, "assign") && strings.HasPrefix(row[2], "text") {
				continue // schools that occur twice are named first
			}
			refusedAs(t, line, row[0], row[1], row[2])
		}
	}
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"/dev/zero", "in", "pipe"} {
		for _, line := range []string{"glm --data @ --formula 'y ~ arm'", "assign --schools @ --method complete --arms A,B --seed x --out o", "run @", "lock @", "check in/events.csv --map @", "verify @", "compare @ @", "assign verify @", "ingest in/events.csv --key-file @ --keep-events --out o/s",
			didLine + " --permute --scheme @"} {
			args := wordsOf(t, strings.ReplaceAll(line, "@", file))
			if status, printed := runs(args...); status != exitInput || !strings.Contains(printed, file+":") {
				t.Errorf("swis %s: %s: exit %d: %.300s", line, file, status, printed)
			}
		}
	}
	if len(everything(t, "o")) > 0 {
		t.Errorf("something is written: %v", everything(t, "o"))
	}
}

// What is broken or hostile in a YAML file is named by every command that reads
// such files.
func TestTortureOfYAML(t *testing.T) {
	repo := writingPlace(t)
	for _, row := range tortures(t, repo, "torture-yaml") {
		for _, line := range []string{"run @ --out o", "lock @", "check in/events.csv --map @", "check in/merged.csv --schools in/schools.csv --link in/links.csv --decisions @", "verify @"} {
			refusedAs(t, line, row[0], row[1], row[2])
		}
	}
}

// What is wrong in a file beside the extracts is said without its cells, which
// may be a child's where the wrong file is given.
func TestNoFileBesideShowsAChild(t *testing.T) {
	writingPlace(t)
	n := 0
	try := func(line, text string) {
		t.Helper()
		n++
		file := fmt.Sprintf("in/leak%d%s", n, map[bool]string{true: ".yaml", false: ".csv"}[strings.Contains(line, "@yaml")])
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		status, printed := runs(wordsOf(t, strings.ReplaceAll(strings.ReplaceAll(line, "@yaml", file), "@csv", file))...)
		if status == exitDone || status == exitUsage {
			t.Errorf("swis %s: %q: exit %d: %s", line, text, status, printed)
		}
		if !strings.Contains(printed, filepath.Base(file)) {
			t.Errorf("swis %s: %q: no file is named: %s", line, text, printed)
		}
		leaks(t, line+": "+text, printed, "o")
	}
	const id = "Q739104628517"
	for _, text := range []string{id + ": x", "columns: " + id, "dates: " + id, "dates: {" + id + ": " + id + "}", "layout: " + id, "made: " + id, "made: {" + id + ": " + id + "}", "census: " + id, "census: {" + id + ": " + id + "}", "from: " + id, "complete_to: " + id,
		"scales: {" + id + ": {items: [a], range: " + id + "}}", "la: [" + id + "]", "la: a\nla: " + id, "columns: {a: \"" + id, "- " + id, id, "year: " + id} {
		try("check in/events.csv --map @yaml", text+"\n")
	}
	for _, cells := range []string{id + ",a,100001,merge,2021-01-01,x", "school," + id + ",100001," + id + ",2021-01-01,x", "school,200001," + id + ",merge,2021-01-01,x", "school,200001,100001,drop," + id + ",x", "child," + id + ",,merge,,x", `school,"` + id, id} {
		try("check in/merged.csv --schools in/schools.csv --link in/links.csv --decisions @csv", "kind,from,to,decision,date,reason\n"+cells+"\n")
	}
	for _, text := range []string{"- {kind: " + id + ", from: a, to: b, decision: merge}", "- {" + id + ": a}", "- " + id, id} {
		try("check in/merged.csv --schools in/schools.csv --link in/links.csv --decisions @yaml", text+"\n")
	}
	table := "upn,school,swis,term,y\n" + id + ",A,1,1,2\n" + id + ",B,0,1,"
	for _, line := range []string{"glm --data @csv --formula 'y ~ swis'", "cace --data @csv --outcome y --assigned swis --received swis", "mixed --data @csv --formula 'y ~ swis + (1 | school)'", didLine[:4] + "--data @csv --outcome y --unit upn --time term --treated swis --start 1"} {
		try(line, table+id+"\n")
		try(line, table+"3,4\n")
		try(line, table+`"`+id+"\n")
	}
	for _, text := range []string{"- id: " + id + "\n  " + id + ": x", "- {id: a, args: " + id + "}", "- \"" + id, id} {
		try("verify @yaml", text+"\n")
	}
	for _, text := range []string{`{"schema":"` + id + `"}`, `{"estimates":"` + id, id} {
		try("compare @csv @csv", text)
		try("plot forest --result @csv --out o", text)
	}
}

// hole is a stdout in which the program falls over what it prints.
type hole struct{}

func (hole) Write([]byte) (int, error) { panic(canaries[0]) }

// A fault of the program itself says where it is and not what it held.
func TestAPanicShowsNoChild(t *testing.T) {
	var talk bytes.Buffer
	status := run(t.Context(), []string{"version"}, strings.NewReader(""), hole{}, &talk)
	if status != exitIO || !strings.Contains(talk.String(), "a fault of the program itself") || strings.Contains(talk.String(), "goroutine") {
		t.Errorf("exit %d: %s", status, talk.String())
	}
	leaks(t, "panic", talk.String())
}
