// Package atomicfile writes files that are either whole or not there.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Write calls fill with a buffered writer on a temporary file beside path,
// syncs it and renames it to path. The file has mode 0600 and missing folders
// are made with 0700. On an error the old file at path, if any, is untouched.
func Write(path string, fill func(io.Writer) error) error {
	var s Set
	defer s.Abort()
	if err := s.Add(path, fill); err != nil {
		return err
	}
	return s.Commit()
}

// WriteBytes writes data to path as Write does.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteNew writes data to path as Write does, but never in place of a file:
// the error is fs.ErrExist where there is one.
func WriteNew(path string, data []byte) error {
	var s Set
	defer s.Abort()
	err := s.Add(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.Sync(); err != nil {
		return err
	}
	err = os.Link(s.files[0].temporary, path)
	if err != nil && !errors.Is(err, fs.ErrExist) { // a file system without links
		err = writeExclusive(path, data)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

func writeExclusive(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}

// Set is several files that are written together: all are whole beside their
// places before the first takes its place.
type Set struct {
	files   []pending
	syncing []chan error // of files that are going to the disk
}

type pending struct{ temporary, path string }

// Add writes a file beside its place. It goes to the disk while others are
// added; Sync and Commit wait for that.
func (s *Set) Add(path string, fill func(io.Writer) error) error {
	fail := func(err error) error { return fmt.Errorf("write %s: %w", path, err) }
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder for %s: %w", path, err)
	}
	tmp, err := os.CreateTemp(dir, Prefix("")+"*")
	if err != nil {
		return fail(err)
	}
	s.files = append(s.files, pending{tmp.Name(), path})
	disk := &eager{file: tmp}
	w := bufio.NewWriterSize(disk, 1<<16)
	err = fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		disk.wait()
		tmp.Close()
		return fail(err)
	}
	synced := make(chan error, 1)
	s.syncing = append(s.syncing, synced)
	go func() {
		err := disk.wait()
		if err == nil {
			err = tmp.Sync()
		}
		if closing := tmp.Close(); err == nil {
			err = closing
		}
		if err != nil {
			err = fail(err)
		}
		synced <- err
	}()
	return nil
}

// eager writes to a file and sends what is written to the disk every few
// megabytes, so that little is left to wait for at the end.
type eager struct {
	file    *os.File
	since   int // bytes since the last time
	sending chan error
}

func (e *eager) Write(b []byte) (int, error) {
	n, err := e.file.Write(b)
	if e.since += n; err != nil || e.since < 8<<20 || len(e.sending) < cap(e.sending) {
		return n, err
	}
	e.since = 0
	if err := e.wait(); err != nil {
		return n, err
	}
	e.sending = make(chan error, 1)
	go func() { e.sending <- e.file.Sync() }()
	return n, nil
}

// wait returns the fault of what is being sent, which the system tells once.
func (e *eager) wait() error {
	if e.sending == nil {
		return nil
	}
	err := <-e.sending
	e.sending = nil
	return err
}

// Sync waits until all files are whole on the disk.
func (s *Set) Sync() error {
	var first error
	for _, synced := range s.syncing {
		if err := <-synced; first == nil {
			first = err
		}
	}
	s.syncing = nil
	return first
}

// Commit puts all files in their places, in the order in which they were added.
func (s *Set) Commit() error {
	if err := s.Sync(); err != nil {
		return err
	}
	for len(s.files) > 0 {
		f := s.files[0]
		if err := os.Rename(f.temporary, f.path); err != nil {
			return fmt.Errorf("write %s: %w", f.path, err)
		}
		s.files = s.files[1:]
		if len(s.files) == 0 || filepath.Dir(s.files[0].path) != filepath.Dir(f.path) {
			if err := syncFolder(filepath.Dir(f.path)); err != nil {
				return fmt.Errorf("write %s: %w", f.path, err)
			}
		}
	}
	return nil
}

// Abort removes what has not taken its place.
func (s *Set) Abort() {
	s.Sync()
	for _, f := range s.files {
		os.Remove(f.temporary)
	}
	s.files = nil
}

// syncFolder makes renames last through a loss of power, where the system can.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return nil // a folder that may be written to but not read
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, os.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
		var unsupported *os.PathError
		if errors.As(err, &unsupported) && (strings.Contains(err.Error(), "invalid argument") || strings.Contains(err.Error(), "not supported")) {
			return nil
		}
		return err
	}
	return nil
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
// are gone, which were killed before they could do so themselves.
func Sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if Gone(e.Name()) {
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
	return errors.Is(process.Signal(zero), os.ErrProcessDone)
}
