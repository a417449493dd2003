package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Folder is a folder of files that takes its place when all of them are there.
type Folder struct {
	Work string // where the files are written
	path string
}

// NewFolder begins a folder for path. What killed processes left of theirs is
// cleared away, and an earlier folder that one had moved aside is put back.
func NewFolder(path string) (*Folder, error) {
	path = filepath.Clean(path)
	if err := MakeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	recoverFolder(path)
	work, err := makeTemporary(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return nil, fmt.Errorf("make folder %s: %w", path, err)
	}
	return &Folder{Work: work, path: path}, nil
}

// Scratch makes a folder for what is needed for a while, and the function that
// removes it.
func Scratch(name string) (string, func(), error) {
	Sweep(os.TempDir())
	work, err := makeTemporary(os.TempDir(), name)
	if err != nil {
		return "", nil, fmt.Errorf("make folder in %s: %w", os.TempDir(), err)
	}
	return work, func() { os.RemoveAll(work); release(work) }, nil
}

func makeTemporary(parent, name string) (string, error) {
	if err := before("mkdir", filepath.Join(parent, name)); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(parent, Prefix(name)+"*") // mode 0700
	if err == nil {
		work = filepath.Clean(work) // as it stands in the paths made from it
		hold(work)
	}
	return work, err
}

// Commit puts the folder in the place of an earlier one.
func (f *Folder) Commit() error {
	placing.Lock()
	defer placing.Unlock()
	old := f.Work + ".old"
	hold(old)
	defer release(old)
	if err := os.Rename(f.path, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return failed(f.path, err)
	}
	if err := rename(f.Work, f.path); err != nil {
		os.Rename(old, f.path)
		return failed(f.path, err)
	}
	release(f.Work)
	f.Work = ""
	if err := os.RemoveAll(old); err != nil {
		return failed(f.path, err)
	}
	return nil
}

// Abort removes a folder that has not taken its place.
func (f *Folder) Abort() {
	if f.Work != "" {
		os.RemoveAll(f.Work)
		release(f.Work)
	}
}

// recoverFolder clears away what killed processes left beside a folder. One that
// fell between the two renames of Commit had moved the earlier folder aside: it
// is put back.
func recoverFolder(path string) {
	parent, name := filepath.Dir(path), filepath.Base(path)
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		_, rest, _ := strings.Cut(strings.TrimPrefix(e.Name(), ".swis-"), "-")
		if !strings.HasPrefix(rest, name+"-") || !Gone(e.Name()) {
			continue
		}
		left := filepath.Join(parent, e.Name())
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) && strings.HasSuffix(left, ".old") && os.Rename(left, path) == nil {
			continue
		}
		os.RemoveAll(left)
	}
}
