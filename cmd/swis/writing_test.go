package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"swis/dataset/atomicfile"
	"swis/dataset/rota"
)

// writing is a command line that writes files into the folder o.
type writing struct {
	line  string
	setup string // a command line before it, whose files are there already
	fresh bool   // it never replaces: o is empty before it
	slow  bool   // left out with -short
	few   bool   // some of its calls are tried, not all
	apart bool   // its files are independent: each is old or new for itself
	exit  int    // where it ends otherwise than with 0
}

const didLine = "did --data in/pilot.csv --outcome wellbeing --unit school --time term --treated swis --start 7"

// writes are command lines of all commands that write files.
var writes = []writing{
	{line: "assign --schools in/schools.csv --method complete --arms A,B --seed x --out o/trial", fresh: true, apart: true},
	{line: "assign verify o/allocation.log.json --restore", setup: "assign --schools in/schools.csv --method complete --arms A,B --seed x --out o", fresh: true},
	{line: "cace --data in/pupils.csv --outcome attainment --assigned swis --received worker --cluster school --format json --out o/cace.json"},
	{line: "compare in/fit.json in/fit.json --out o/compare.txt"},
	{line: "demo o/demo --data-only --schools 24 --pupils 20 --months 16 --seed SEED", slow: true},
	{line: "demo o/demo --schools 24 --pupils 20 --months 16 --faults none --seed SEED", slow: true, few: true, fresh: true},
	{line: "describe --data in/pilot.csv --treated swis --format html --out o/describe.html"},
	{line: didLine + " --format csv --out o/did.csv"},
	{line: "floor --data in/pilot.csv --outcome s47 --unit school --time term --treated swis --start 7 --exposure pupils --out o/floor.txt"},
	{line: "glm --data in/pilot.csv --formula 's47 ~ swis' --family poisson --format latex --out o/glm.tex"},
	{line: "ingest in/events.csv --period month --schools in/schools.csv --threshold 1 --out o/study"},
	{line: "ingest in/events.csv --period month --threshold 1 --out o/study --keep-events --key-file in/key --follow-up 6 --baseline 2022-03-01 --quarantine-values o/rows.csv --memory 1MB", apart: true},
	{line: "ingest in/merged.csv --period month --schools in/schools.csv --link in/links.csv --decisions o/decisions.csv --out none", fresh: true, exit: exitInput},
	{line: "init o/plan", fresh: true},
	{line: "lock o/trial.yaml", setup: "copy in/trial.yaml o/trial.yaml", fresh: true},
	{line: "methods did --format html --out o/methods.html", setup: "copy in/trial.yaml o/methods.html", fresh: true},
	{line: "mixed --data in/pilot.csv --formula 'wellbeing ~ swis + (1 | school)' --format markdown --out o/mixed.md"},
	{line: "plot trends --data in/pilot.csv --outcome wellbeing --unit school --time term --treated swis --start 7 --out o/figures"},
	{line: "plot forest --result in/fit.json --out o/forest.svg"},
	{line: "power --design rates --rate0 0.01 --rate1 0.0075 --person-time 1000 --k 0.25 --power 0.8SEED --out o/power.txt"},
	{line: "run in/trial.yaml --out o/results", slow: true},
	{line: "selftest --out o/selftest.txt", setup: "copy in/trial.yaml o/selftest.txt", slow: true, few: true, fresh: true},
	{line: "verify in/verify.yaml --out o/verify.txt"},
}

// silent are the commands that write no file.
var silent = []string{"check", "completion", "formats", "help", "version"}

func (w *writing) args(t *testing.T, generation int) []string {
	t.Helper()
	return wordsOf(t, strings.ReplaceAll(w.line, "SEED", fmt.Sprint(generation)))
}

func wordsOf(t *testing.T, line string) []string {
	t.Helper()
	args, err := splitWords(line)
	if err != nil {
		t.Fatal(err)
	}
	return args
}

// inputs writes what the commands read: of each generation other data, so that
// what was written before and what is written now are not the same.
func inputs(t *testing.T, repo string, generation int) {
	t.Helper()
	put := func(name, text string) {
		if err := os.MkdirAll("in", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("in", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	some := func(path string, rows int) string {
		data, err := os.ReadFile(filepath.Join(repo, "testdata", filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(data), "\n")
		return strings.Join(lines[:min(rows, len(lines))], "")
	}
	put("pilot.csv", some("reference/pilot-panel/data.csv", 1+12*(20+generation)))
	put("pupils.csv", some("reference/pupils-small/data.csv", 500+generation))
	put("verify.yaml", fmt.Sprintf("- id: one\n  args: [glm, --data, pilot.csv, --formula, wellbeing ~ 1]\n  expect:\n    - {quantity: \"estimates[term=(Intercept)].df\", value: %d}\n", 12*(20+generation)-1))
	var events, schools strings.Builder
	events.WriteString("child_id,school_urn,la,event,date\n")
	for i := range 600 + 50*generation {
		event, day := "s47", 1+i%28
		if i%50 == 0 {
			day = 99
		}
		fmt.Fprintf(&events, "C%d,%d,801,%s,%02d/%02d/%d\n", i/2, 100001+i%20, event, day, 1+i%12, 2021+i/12%2)
	}
	schools.WriteString("school_id,la,pupils\n")
	for i := range 20 {
		fmt.Fprintf(&schools, "%d,801,%d\n", 100001+i, 500+i+generation)
	}
	put("events.csv", events.String())
	put("merged.csv", "child_id,school_urn,la,event,date\nA,200001,801,s47,01/02/2021\nB,100001,801,s47,01/03/2021\n")
	put("links.csv", "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n200001,100001,A,Successor - merged,01/09/2020\n200001,100002,B,Successor - merged,01/09/2020\n")
	put("schools.csv", schools.String())
	put("key", strings.Repeat("k", 32))
	put("trial.yaml", `name: A small trial
data:
  extracts: [{la: "801", paths: [events.csv]}]
  schools: schools.csv
periods:
  unit: month
  baseline: {from: 2021-01-01, to: 2021-12-31}
  intervention: {from: 2022-01-01, to: 2022-12-31}
design: {type: randomised, assign: {method: complete, seed: one}, allocation: ../draw/allocation.csv}
outcomes:
  - name: s47
analyses:
  - {id: one, command: did, outcome: s47, options: {family: poisson}}
figures:
  - {kind: trends, outcome: s47}
disclosure: none
`)
	if status, printed := runs(wordsOf(t, didLine+" --format json --out in/fit.json")...); status != exitDone {
		t.Fatal(printed)
	}
}

// writingPlace makes a folder with the inputs and goes there.
func writingPlace(t *testing.T) (repo string) {
	t.Helper()
	repo, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	inputs(t, repo, 0)
	return repo
}

// before brings o into the state that a writing finds: files of the first
// generation of the inputs, or none. The inputs are those of the second then.
func (w *writing) before(t *testing.T, repo string) map[string]string {
	t.Helper()
	clear(t)
	if !w.fresh {
		inputs(t, repo, 0)
		if status, printed := runs(w.args(t, 1)...); status != w.exit {
			t.Fatalf("swis %s: exit %d: %s", w.line, status, printed)
		}
	}
	inputs(t, repo, 1)
	switch name, rest, _ := strings.Cut(w.setup, " "); name {
	case "":
	case "copy":
		from, to, _ := strings.Cut(rest, " ")
		data, err := os.ReadFile(from)
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, data, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	default:
		if status, printed := runs(wordsOf(t, w.setup)...); status != exitDone {
			t.Fatalf("swis %s: exit %d: %s", w.setup, status, printed)
		}
		os.Remove("o/allocation.csv") // which verify --restore writes again
	}
	if err := os.RemoveAll("draw"); err != nil { // which a plan makes once
		t.Fatal(err)
	}
	return everything(t, "o")
}

func clear(t *testing.T) {
	t.Helper()
	for _, folder := range []string{"o", "none", "trial", "draw"} {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
}

// restore brings o back to a state.
func restore(t *testing.T, state map[string]string) {
	t.Helper()
	clear(t)
	for path, text := range state {
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// judge holds what a failed or interrupted writing left against what was there
// and what should be there.
func (w *writing) judge(t *testing.T, what string, before, want, after map[string]string) {
	t.Helper()
	for path, text := range after {
		_, name := filepath.Split(path)
		old, was := before[path]
		now, will := want[path]
		switch {
		case strings.Contains(path, ".swis-"):
			t.Errorf("swis %s: %s: %s is left", w.line, what, name)
		case was && text == old, will && text == now:
		default:
			t.Errorf("swis %s: %s: %s is neither the old nor the new one (%d bytes, old %d, new %d)", w.line, what, path, len(text), len(old), len(now))
		}
	}
	for path := range before {
		if _, there := after[path]; !there {
			t.Errorf("swis %s: %s: the old %s is gone", w.line, what, path)
		}
	}
	if !w.apart && !same(after, before) && !same(after, want) {
		t.Errorf("swis %s: %s: some files are old and some new", w.line, what)
	}
}

// Every command that can write a file is in the list of writings.
func TestAllWritingCommandsAreTried(t *testing.T) {
	tried := map[string]bool{}
	for _, w := range writes {
		tried[strings.Fields(w.line)[0]] = true
	}
	for _, cmd := range newRoot(&streams{}).Commands() {
		if name := cmd.Name(); cmd.Runnable() && !tried[name] && !slices.Contains(silent, name) {
			t.Errorf("swis %s is neither among the commands that write nor among those that do not", name)
		} else if slices.Contains(silent, name) && hasOut(cmd) {
			t.Errorf("swis %s has --out and is taken for one that writes nothing", name)
		}
	}
}

func hasOut(cmd *cobra.Command) bool { return cmd.Flags().Lookup("out") != nil }

// Whichever call of the file system fails in whichever command, it ends with
// exit status 5, names a file, leaves the old files as they were (or, where the
// last step failed, the new ones whole) and no temporary file. Of commands with
// hundreds of calls some are tried: SWIS_TEST_TURN=1 tries others, SWIS_TEST_ALL=1 all.
func TestEveryFailingWrite(t *testing.T) {
	repo := writingPlace(t)
	failures, tried, all := 0, 0, 0
	for i := range writes {
		w := &writes[i]
		if w.slow && testing.Short() {
			continue
		}
		before := w.before(t, repo)
		var calls []string
		watched := func() (int, string) {
			status, printed := runs(w.args(t, 2)...)
			atomicfile.Fault = nil
			return status, printed
		}
		atomicfile.Fault = recorder(&calls, -1, nil)
		if status, printed := watched(); status != w.exit {
			t.Errorf("swis %s: exit %d: %s", w.line, status, printed)
			continue
		}
		want := everything(t, "o")
		if same(before, want) || len(calls) < 5 {
			t.Errorf("swis %s: nothing new is written, with %d calls", w.line, len(calls))
		}
		some := 400
		if w.few || testing.Short() {
			some = 20
		}
		cases := rota.Some(len(calls), some)
		tried += len(cases)
		all += len(calls)
		for _, n := range cases {
			for _, reason := range []error{errNoSpace, errIO} {
				if reason == errIO && (w.slow || n%3 != 0) {
					continue
				}
				restore(t, before)
				var seen []string
				atomicfile.Fault = recorder(&seen, n, reason)
				status, printed := watched()
				what := fmt.Sprintf("call %d of %d (%s): %v", n+1, len(calls), seen[min(n, len(seen)-1)], reason)
				if status != exitIO || !strings.Contains(printed, reason.Error()) {
					t.Errorf("swis %s: %s: exit %d: %s", w.line, what, status, printed)
				}
				if !strings.Contains(printed, "o/") && !strings.Contains(printed, "draw") && !strings.Contains(printed, "rehearsal") && !strings.Contains(printed, "swis-selftest-") && !strings.Contains(printed, "make folder") {
					t.Errorf("swis %s: %s: no file is named: %s", w.line, what, printed)
				}
				w.judge(t, what, before, want, everything(t, "o"))
				failures++
			}
		}
	}
	t.Logf("%d of %d calls were made to fail, %d times", tried, all, failures)
	if failures < 100 {
		t.Errorf("%d calls failed only", failures)
	}
}
