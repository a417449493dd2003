package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram is a command line to be run as a process of its own.
func asProgram(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "SWIS_AS_PROGRAM=1")
	return cmd
}

// faultyPlace makes a folder with two deliveries of events, the second with more
// schools, and the study of the first.
func faultyPlace(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for n, name := range []string{"first.csv", "second.csv"} {
		var b strings.Builder
		b.WriteString("child_id,school_urn,la,event,date\n")
		for i := range 20000 {
			fmt.Fprintf(&b, "C%d,%d,801,s47,%02d/%02d/2022\n", i, 100001+i%(400*(n+1)), 1+i%28, 1+i%12)
		}
		if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if status, printed := runs("ingest", "first.csv", "--period", "month", "--out", "study"); status != exitDone {
		t.Fatal(printed)
	}
}

// everything is all files of a folder by name, temporary ones too.
func everything(t *testing.T, folder string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		out[path] = string(data)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return out
}

// contents are the files of a folder by name, temporary ones apart.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	out := everything(t, folder)
	maps.DeleteFunc(out, func(path, _ string) bool { return strings.HasPrefix(filepath.Base(path), ".swis-") })
	return out
}

func same(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for name, text := range a {
		if b[name] != text {
			return false
		}
	}
	return true
}

// broken is a stdout that takes some bytes and then no more.
type broken struct{ left int }

func (b *broken) Write(p []byte) (int, error) {
	if len(p) > b.left {
		n := b.left
		b.left = 0
		return n, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
	}
	b.left -= len(p)
	return len(p), nil
}

// printing are command lines whose result goes to stdout.
var printing = []string{
	"formats", "formats events", "formats --rules", "methods", "methods did", "version", "check first.csv", "check first.csv --format json", "check first.csv --format csv", "check first.csv --format html",
	"ingest --sql postgres", "ingest first.csv --out again", "power --design rates --rate0 0.01 --rate1 0.0075 --person-time 1000 --k 0.25 --power 0.8", "init newplan", "lock newplan/trial.yaml",
	"describe --data pilot.csv --treated swis", "did --data pilot.csv --outcome wellbeing --unit school --time term --treated swis --start 7", "did --data pilot.csv --outcome wellbeing --unit school --time term --treated swis --start 7 --format csv",
	"glm --data pilot.csv --formula 'wellbeing ~ swis'", "glm --data pilot.csv --formula 'wellbeing ~ swis' --format json", "mixed --data pilot.csv --formula 'wellbeing ~ swis + (1 | school)' --format markdown",
	"floor --data pilot.csv --outcome s47 --unit school --time term --treated swis --start 7 --format html", "glm --data pilot.csv --formula 'wellbeing ~ swis' --format latex", "did --help", "--help",
}

// A result that cannot be printed whole is never a success.
func TestFullOutputIsNoSuccess(t *testing.T) {
	repo, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	faultyPlace(t)
	data, err := os.ReadFile(filepath.Join(repo, "testdata", "reference", "pilot-panel", "data.csv"))
	if err == nil {
		err = os.WriteFile("pilot.csv", data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range printing {
		args, err := splitWords(line)
		if err != nil {
			t.Fatal(err)
		}
		for _, room := range []int{0, 40} {
			for _, made := range []string{"again", "newplan/trial.lock.json"} {
				os.RemoveAll(made)
			}
			if args[0] == "init" {
				os.RemoveAll("newplan")
			}
			var errOut bytes.Buffer
			status := run(context.Background(), args, strings.NewReader(""), &broken{room}, &errOut)
			if status == exitDone && room == 0 || status == exitDone && line != "version" {
				t.Errorf("swis %s: exit 0 although %d bytes of it were taken", line, room)
			} else if status != exitDone && status != exitIO {
				t.Errorf("swis %s: exit %d: %s", line, status, errOut.String())
			}
		}
	}
}

// A run that is killed or interrupted at any moment leaves the old study or the
// new one, and the next run clears away what it left.
func TestKilled(t *testing.T) {
	faultyPlace(t)
	before := contents(t, "study")
	began := time.Now()
	if out, err := asProgram(t, "ingest", "second.csv", "--period", "month", "--out", "after").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Since(began)
	want := contents(t, "after")["after/panel.csv"]
	for i := range 16 {
		signal := []os.Signal{syscall.SIGKILL, syscall.SIGINT}[i%2]
		cmd := asProgram(t, "ingest", "second.csv", "--period", "month", "--out", "study")
		var talk bytes.Buffer
		cmd.Stderr = &talk
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(whole * time.Duration(i+1) / 18)
		cmd.Process.Signal(signal)
		err := cmd.Wait()
		after := contents(t, "study")
		panel := after["study/panel.csv"]
		if panel != before["study/panel.csv"] && panel != want {
			t.Fatalf("%v after %d of 18: a panel that is neither the old nor the new one", signal, i+1)
		}
		if err == nil && panel != want {
			t.Errorf("exit 0 without the new panel")
		}
		if signal == syscall.SIGINT && err != nil {
			if left, _ := filepath.Glob(fmt.Sprintf("study/.swis-%d-*", cmd.Process.Pid)); len(left) > 0 {
				t.Errorf("interrupted: %v are left", left)
			}
			if code := cmd.ProcessState.ExitCode(); code != exitInterrupted && code != -1 {
				t.Errorf("interrupted: exit %d: %s", code, talk.String())
			}
		}
	}
	if status, printed := runs("ingest", "first.csv", "--period", "month", "--out", "study"); status != exitDone {
		t.Fatal(printed)
	}
	if left, _ := filepath.Glob("study/.swis-*"); len(left) > 0 {
		t.Errorf("the next run left %v", left)
	}
}

// Whatever call fails, at whatever moment, a command that ends with 0 has
// written everything, and one that does not has changed nothing.
func TestFailingCalls(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: it makes calls of the system fail")
	}
	if testing.Short() {
		t.Skip("-short: a process for every call")
	}
	faultyPlace(t)
	before := contents(t, "study")
	if status, printed := runs("ingest", "second.csv", "--period", "month", "--out", "after"); status != exitDone {
		t.Fatal(printed)
	}
	want := contents(t, "after")
	failed := 0
	for _, call := range []string{"write:error=ENOSPC", "write:error=EIO", "fsync:error=EIO", "fsync:error=ENOSPC", "renameat:error=EACCES", "read:error=EIO"} {
		for _, when := range []string{"1", "2", "3", "5", "8", "13", "20+", "1+"} {
			cmd := asProgram(t)
			args := []string{"-f", "-qq", "-o", os.DevNull, "-e", "trace=" + strings.SplitN(call, ":", 2)[0], "-e", "inject=" + call + ":when=" + when, cmd.Path, "ingest", "second.csv", "--period", "month", "--out", "study"}
			c := exec.Command(strace, args...)
			c.Env = cmd.Env
			out, err := c.CombinedOutput()
			if strings.Contains(string(out), "Operation not permitted") && strings.Contains(string(out), "strace") {
				t.Skipf("strace cannot trace here: %s", out)
			}
			code := c.ProcessState.ExitCode()
			after := contents(t, "study")
			panel := after["study/panel.csv"]
			switch {
			case strings.Contains(string(out), "netpollBreak"): // a call of the runtime's own
			case err == nil && panel != want["after/panel.csv"]:
				t.Errorf("%s %s: exit 0 and no new panel: %s", call, when, out)
			case err != nil && panel != before["study/panel.csv"] && panel != want["after/panel.csv"]:
				t.Errorf("%s %s: exit %d and a panel that is neither old nor new", call, when, code)
			case code == 2 && strings.Contains(string(out), "goroutine"):
				t.Errorf("%s %s: panic: %s", call, when, out)
			case err != nil:
				failed++
			}
			if status, printed := runs("ingest", "first.csv", "--period", "month", "--out", "study"); status != exitDone {
				t.Fatal(printed)
			}
		}
	}
	if failed < 15 {
		t.Errorf("%d runs failed: the calls are not reached", failed)
	}
}

// No command opens a socket of the internet.
func TestNoInternetSocket(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: it shows the sockets that a command opens")
	}
	repo, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	faultyPlace(t)
	data, err := os.ReadFile(filepath.Join(repo, "testdata", "reference", "pilot-panel", "data.csv"))
	if err == nil {
		err = os.WriteFile("pilot.csv", data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := append([]string{"cace --data nowhere.csv", "compare a.json b.json", "verify nowhere.yaml", "assign --schools study/schools.csv --method complete --arms A,B --seed x --out trial",
		"plot trends --data pilot.csv --outcome wellbeing --unit school --time term --treated swis --start 7 --out figures", "demo demo --data-only", "run demo/trial.yaml --out demo/results", "selftest"}, printing...)
	if testing.Short() {
		lines = lines[:6]
	}
	seen := map[string]bool{}
	for _, line := range lines {
		args, err := splitWords(line)
		if err != nil {
			t.Fatal(err)
		}
		seen[args[0]] = true
		cmd := asProgram(t)
		c := exec.Command(strace, append([]string{"-f", "-qq", "-o", "calls", "-e", "trace=%network", cmd.Path}, args...)...)
		c.Env = cmd.Env
		out, _ := c.CombinedOutput()
		calls, err := os.ReadFile("calls")
		if err != nil {
			t.Skipf("strace cannot trace here: %s", out)
		}
		if strings.Contains(string(calls), "AF_INET") {
			t.Errorf("swis %s opens a socket:\n%s", line, calls)
		}
	}
	if testing.Short() {
		return
	}
	for _, cmd := range newRoot(&streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}).Commands() {
		if cmd.Runnable() && !seen[cmd.Name()] && cmd.Name() != "help" && cmd.Name() != "completion" {
			t.Errorf("swis %s is not watched by this test", cmd.Name())
		}
	}
}
