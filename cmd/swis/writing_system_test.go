package main

import (
	"bytes"
	"errors"
	"fmt"
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

// writingDisk is a writingPlace on a disk of its own, of 16 MiB.
func writingDisk(t *testing.T) (repo, disk string) {
	t.Helper()
	repo = writingPlace(t)
	data, err := filepath.Abs("in")
	if err == nil {
		disk, err = filepath.Abs("disk")
	}
	if err == nil {
		err = os.Mkdir(disk, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	t.Chdir(disk)
	if err := os.Symlink(data, "in"); err != nil {
		t.Fatal(err)
	}
	return repo, disk
}

// A disk that is full, or fills up, in any command leaves the old files, and
// the command says which file could not be written.
func TestWritingsOnAFullDisk(t *testing.T) {
	repo, disk := writingDisk(t)
	full := 0
	for i := range writes {
		w := &writes[i]
		if w.slow && testing.Short() {
			continue
		}
		before := w.before(t, repo)
		if status, printed := runs(w.args(t, 2)...); status != w.exit {
			t.Fatalf("swis %s: exit %d: %s", w.line, status, printed)
		}
		want := everything(t, "o")
		for room := 0; ; room = 2*room + 1 {
			restore(t, before)
			if err := ballast(disk, room); err != nil {
				t.Fatal(err)
			}
			status, printed := runs(w.args(t, 2)...)
			after := everything(t, "o")
			os.Remove("ballast")
			what := fmt.Sprintf("room for %d pages", room)
			w.judge(t, what, before, want, after)
			if status == w.exit {
				if !same(after, want) {
					t.Errorf("swis %s: %s: it ends as usual and the files are not as usual", w.line, what)
				}
				break
			}
			if full++; status != exitIO || !strings.Contains(printed, "no space left") {
				t.Errorf("swis %s: %s: exit %d: %s", w.line, what, status, printed)
			}
			if room > 4096 {
				t.Fatalf("swis %s: no end", w.line)
			}
		}
	}
	if full < 30 {
		t.Errorf("the disk was full %d times only", full)
	}
}

// ballast fills a disk but for some pages.
func ballast(disk string, room int) error {
	var state syscall.Statfs_t
	if err := syscall.Statfs(disk, &state); err != nil {
		return err
	}
	return os.WriteFile("ballast", make([]byte, max(0, int64(state.Bfree)-int64(room))*state.Bsize), 0o600)
}

// A disk that cannot be written to is named by every command.
func TestWritingsOnAReadOnlyDisk(t *testing.T) {
	repo, disk := writingDisk(t)
	for i := range writes {
		w := &writes[i]
		if w.slow && testing.Short() {
			continue
		}
		before := w.before(t, repo)
		if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Skipf("the file system cannot be made read-only here: %v", err)
		}
		status, printed := runs(w.args(t, 2)...)
		if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, ""); err != nil {
			t.Fatal(err)
		}
		if status != exitIO || !strings.Contains(printed, "read-only file system") {
			t.Errorf("swis %s: exit %d: %s", w.line, status, printed)
		}
		if !same(before, everything(t, "o")) {
			t.Errorf("swis %s: something is changed", w.line)
		}
	}
}

// What a limit on the size of files cuts is not left.
func TestWritingsUnderALimitOfSize(t *testing.T) {
	repo := writingPlace(t)
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here, which sets the limit")
	}
	for i := range writes {
		w := &writes[i]
		if w.slow && testing.Short() {
			continue
		}
		before := w.before(t, repo)
		cmd := asProgram(t)
		c := exec.Command(shell, append([]string{"-c", `ulimit -f 0; exec "$0" "$@"`, cmd.Path}, w.args(t, 2)...)...)
		c.Env = cmd.Env
		out, _ := c.CombinedOutput()
		if code := c.ProcessState.ExitCode(); code != exitIO || !strings.Contains(string(out), "file too large") {
			t.Errorf("swis %s: exit %d: %s", w.line, code, out)
		}
		if !same(before, everything(t, "o")) {
			t.Errorf("swis %s: something is changed", w.line)
		}
	}
}

// A result that stdout does not take, as it is full or as its reader has gone
// away, is no success; what is written to files is whole.
func TestWritingsWithoutStdout(t *testing.T) {
	repo := writingPlace(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	defer full.Close()
	try := func(what string, args []string, stdout *os.File, want int) {
		cmd := asProgram(t, args...)
		var talk bytes.Buffer
		cmd.Stdout, cmd.Stderr = stdout, &talk
		cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != want {
			t.Errorf("swis %s: %s: exit %d, want %d: %s", strings.Join(args, " "), what, code, want, talk.String())
		}
	}
	lines := []string{"formats", "formats events", "methods", "methods did", "version", "check in/events.csv", "check in/events.csv --format html", didLine, didLine + " --format json", "--help", "did --help", "completion bash", "help privacy"}
	for _, line := range lines {
		r, gone, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		try("full", wordsOf(t, line), full, exitIO)
		try("nobody reads", wordsOf(t, line), gone, exitIO)
		gone.Close()
	}
	for i := range writes {
		w := &writes[i]
		if w.slow && testing.Short() {
			continue
		}
		before := w.before(t, repo)
		cmd := asProgram(t, w.args(t, 2)...)
		printed, _ := cmd.Output()
		code := cmd.ProcessState.ExitCode()
		want := everything(t, "o")
		if len(printed) > 0 {
			code = exitIO
		}
		restore(t, before)
		try("full", w.args(t, 2), full, code)
		w.judge(t, "stdout is full", before, want, everything(t, "o"))
	}
}

// Whenever a command is interrupted it leaves the old files or the new ones and
// nothing beside; whenever it is killed, what it leaves beside is cleared away
// by the next run.
func TestWritingsInterruptedAndKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: some processes for every command")
	}
	repo := writingPlace(t)
	stopped := 0
	for i := range writes {
		w := &writes[i]
		before := w.before(t, repo)
		began := time.Now()
		if out, err := asProgram(t, w.args(t, 2)...).CombinedOutput(); err != nil && w.exit == 0 {
			t.Fatalf("swis %s: %v: %s", w.line, err, out)
		}
		whole := time.Since(began)
		want := everything(t, "o")
		moments := 3
		if w.slow {
			moments = 6
		}
		for k := range 2 * moments {
			signal := []os.Signal{syscall.SIGINT, syscall.SIGKILL}[k%2]
			restore(t, before)
			cmd := asProgram(t, w.args(t, 2)...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(whole * time.Duration(k/2+1) / time.Duration(moments+1))
			cmd.Process.Signal(signal)
			err := cmd.Wait()
			after := everything(t, "o")
			what := fmt.Sprintf("%v after %d of %d", signal, k/2+1, moments+1)
			if err != nil && w.exit == 0 {
				stopped++
			}
			if signal == syscall.SIGINT {
				w.judge(t, what, before, want, after)
				if code := cmd.ProcessState.ExitCode(); code != exitInterrupted && code != -1 && code != w.exit {
					t.Errorf("swis %s: %s: exit %d", w.line, what, code)
				}
				continue
			}
			maps.DeleteFunc(after, func(path, _ string) bool { return strings.Contains(path, ".swis-") })
			w.judge(t, what, before, want, after)
			if w.fresh && !same(after, before) {
				continue // it is there already
			}
			if status, printed := runs(w.args(t, 2)...); status != w.exit && !strings.Contains(w.line, "run ") {
				t.Errorf("swis %s: %s: again: exit %d: %s", w.line, what, status, printed)
			}
			for path := range everything(t, "o") {
				if strings.Contains(path, ".swis-") {
					t.Errorf("swis %s: %s: the next run leaves %s", w.line, what, path)
				}
			}
		}
	}
	if stopped < 20 {
		t.Errorf("%d runs were stopped only", stopped)
	}
}

// Files are for their owner alone, whatever the umask.
func TestOutputsAreForTheirOwner(t *testing.T) {
	repo := writingPlace(t)
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	files := 0
	for i := range writes {
		w := &writes[i]
		if w.slow && testing.Short() {
			continue
		}
		if w.before(t, repo); w.setup == "" && !w.fresh {
			clear(t)
		}
		if status, printed := runs(w.args(t, 2)...); status != w.exit {
			t.Fatalf("swis %s: exit %d: %s", w.line, status, printed)
		}
		for _, folder := range []string{"o", "draw"} {
			err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				info, err := d.Info()
				if err != nil {
					return err
				}
				want := fs.FileMode(0o600)
				if d.IsDir() {
					want = 0o700
				} else {
					files++
				}
				if info.Mode().Perm() != want {
					t.Errorf("swis %s: %s has mode %o, want %o", w.line, path, info.Mode().Perm(), want)
				}
				return nil
			})
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		}
	}
	if files < 30 {
		t.Errorf("%d files were written", files)
	}
}

// The same command gives the same bytes for any number of processors, in any
// time zone and language.
func TestSameBytesAnywhere(t *testing.T) {
	repo := writingPlace(t)
	places := [][]string{{"GOMAXPROCS=1", "TZ=UTC", "LANG=C"}, {"GOMAXPROCS=2", "TZ=Pacific/Auckland", "LANG=de_DE.UTF-8", "LC_ALL=de_DE.UTF-8"}, {"GOMAXPROCS=8", "TZ=America/St_Johns", "LANG=ar_EG.UTF-8", "LC_NUMERIC=ar_EG.UTF-8"}}
	give := func(w *writing, place []string) (string, map[string]string) {
		cmd := asProgram(t, w.args(t, 2)...)
		cmd.Env = append(cmd.Env, place...)
		out, _ := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); code != w.exit {
			t.Errorf("swis %s: %v: exit %d", w.line, place, code)
		}
		return string(out), everything(t, "o")
	}
	tried := []writing{{line: "check in/events.csv --threshold 1 --format json"}, {line: "check in/events.csv --threshold 1"}, {line: "formats --rules"}, {line: "formats"}, {line: "methods"}, {line: "version"}, {line: didLine + " --inference all --reps 99"},
		{line: "mixed --data in/pilot.csv --formula 's47 ~ swis + (1 | school)' --family poisson --format json"}, {line: didLine + " --permute --reps 99 --format json"}, {line: "help data"}}
	for _, w := range append(tried, writes...) {
		if w.slow && testing.Short() {
			continue
		}
		before := map[string]string{}
		if strings.Contains(w.line, "o/") {
			before = w.before(t, repo)
		}
		first, files := give(&w, places[0])
		for _, place := range places[1:] {
			restore(t, before)
			again, others := give(&w, place)
			if again != first {
				t.Errorf("swis %s: %v prints something else", w.line, place)
			}
			for path, text := range files {
				if others[path] != text {
					t.Errorf("swis %s: %v: %s is another", w.line, place, path)
				}
			}
		}
	}
}
