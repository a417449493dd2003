package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Set is several files that are written together: all are whole beside their
// places before the first takes its place.
type Set struct {
	files   []pending
	syncing []<-chan error // of files that are going to the disk
}

// pending is a file beside its place.
type pending struct {
	temporary, path string
	kept            string // the earlier file, held beside while the others take their places
}

// cut ends the name of the mark that lies in a folder while the files of a set
// take their places.
const cut = "cut"

// Add writes a file beside its place. It goes to the disk while others are
// added; Sync and Commit wait for that. What processes that were killed left in
// the folder is cleared away.
func (s *Set) Add(path string, write func(io.Writer) error) error {
	dir := filepath.Dir(path)
	if err := MakeFolder(dir); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if n := len(s.files); n == 0 || filepath.Dir(s.files[n-1].path) != dir {
		Sweep(dir)
	}
	if err := replaceable(path); err != nil {
		return failed(path, err)
	}
	err := before("create", path)
	if err != nil {
		return failed(path, err)
	}
	tmp, err := os.CreateTemp(dir, Prefix("")+"*")
	if err != nil {
		return failed(path, err)
	}
	hold(tmp.Name())
	s.files = append(s.files, pending{temporary: tmp.Name(), path: path})
	going, err := put(tmp, path, write)
	if err != nil {
		return failed(path, err)
	}
	s.syncing = append(s.syncing, going)
	return nil
}

// Sync waits until all files are whole on the disk.
func (s *Set) Sync() error {
	var first error
	for i, going := range s.syncing {
		if err := <-going; first == nil && err != nil {
			first = failed(s.files[i].path, err)
		}
	}
	s.syncing = nil
	return first
}

// Join takes over the files of another set, to come after those of s.
func (s *Set) Join(other *Set) {
	s.files = append(s.files, other.files...)
	s.syncing = append(s.syncing, other.syncing...)
	*other = Set{}
}

// Commit puts all files in their places, in the order in which they were added.
// Where one cannot take its place, those before it give theirs back. A process
// that is killed meanwhile leaves a mark; see Cut.
func (s *Set) Commit() error {
	if len(s.files) == 0 {
		return nil
	}
	if err := s.Sync(); err != nil {
		return err
	}
	placing.Lock()
	defer placing.Unlock()
	mark := ""
	if len(s.files) > 1 {
		last := s.files[len(s.files)-1].path
		mark = filepath.Join(filepath.Dir(last), Prefix("")+cut)
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			return failed(last, err)
		}
		defer os.Remove(mark)
	}
	for i := range s.files {
		if err := s.files[i].place(len(s.files) > 1); err != nil {
			for j := i - 1; j >= 0; j-- {
				s.files[j].giveBack()
			}
			return failed(s.files[i].path, err)
		}
	}
	files := s.files
	s.files = nil
	for i, f := range files {
		if f.kept != "" {
			os.Remove(f.kept)
		}
		if i == len(files)-1 || filepath.Dir(files[i+1].path) != filepath.Dir(f.path) {
			if err := syncFolder(filepath.Dir(f.path)); err != nil {
				return failed(f.path, err)
			}
		}
	}
	if mark != "" { // those of processes that were killed are mended now
		sweep(filepath.Dir(mark), func(name string) bool { return strings.HasSuffix(name, "-"+cut) })
	}
	return nil
}

// place puts a file in its place. keep holds the earlier one beside.
func (f *pending) place(keep bool) error {
	if keep {
		kept := f.temporary + ".old"
		switch err := os.Link(f.path, kept); {
		case err == nil:
			f.kept = kept
		case !errors.Is(err, fs.ErrNotExist): // no links here: the file itself is put aside
			if err := os.Rename(f.path, kept); err != nil {
				return err
			}
			f.kept = kept
		}
	}
	err := rename(f.temporary, f.path)
	if err != nil {
		if f.kept != "" {
			f.giveBack()
		}
		return err
	}
	release(f.temporary)
	return nil
}

// giveBack puts the earlier file back, or nothing where there was none.
func (f *pending) giveBack() {
	if f.kept == "" {
		os.Remove(f.path)
		return
	}
	os.Rename(f.kept, f.path)
	os.Remove(f.kept) // which is there still if both names are those of one file
}

// Abort removes what has not taken its place.
func (s *Set) Abort() {
	s.Sync()
	for _, f := range s.files {
		os.Remove(f.temporary)
		release(f.temporary)
	}
	s.files = nil
}

// Cut says whether a process was killed while it put the files of a set in
// their places, so that some in dir may be older than others.
func Cut(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "-"+cut) && Gone(e.Name()) {
			return true
		}
	}
	return false
}
