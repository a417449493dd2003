package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	stdsync "sync"
	"syscall"
)

// placing is held while files take their places, which nothing may cut short.
var placing stdsync.Mutex

// held are the temporary files and folders that this process has now.
var held = struct {
	stdsync.Mutex
	paths map[string]bool
}{paths: map[string]bool{}}

func hold(path string) {
	held.Lock()
	defer held.Unlock()
	held.paths[path] = true
}

func release(path string) {
	held.Lock()
	defer held.Unlock()
	delete(held.paths, path)
}

// RemoveTemporary removes the temporary files and folders of this process,
// which must end next: it waits until files that are taking their places have
// done so, and lets no others.
func RemoveTemporary() {
	placing.Lock()
	held.Lock()
	for path := range held.paths {
		for range 3 { // others may still write into it
			if os.RemoveAll(path) == nil {
				break
			}
		}
	}
}

// Prefix begins the names of this process's temporary files, and of its folders
// for the place of the given name.
func Prefix(name string) string {
	if name != "" {
		name += "-"
	}
	return fmt.Sprintf(".swis-%d-%s", os.Getpid(), name)
}

// Sweep removes from a folder the temporary files and folders of processes that
// are gone, which were killed before they could do so themselves. Marks that a
// set was cut stay until another is whole.
func Sweep(dir string) {
	sweep(dir, func(name string) bool { return !strings.HasSuffix(name, "-"+cut) })
}

func sweep(dir string, which func(name string) bool) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if which(e.Name()) && Gone(e.Name()) {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// Gone says whether a name is that of a temporary file or folder whose process
// has ended.
func Gone(name string) bool {
	rest, ours := strings.CutPrefix(name, ".swis-")
	number, _, found := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(number)
	if !ours || !found || err != nil || pid <= 0 || pid == os.Getpid() {
		return false
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	return errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone) // which only asks whether it is there
}
