// Package atomicfile writes files that are either whole or not there.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
	return Write(path, bytesOf(data))
}

func bytesOf(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// WriteNew writes data to path as Write does, but never in place of a file:
// the error is fs.ErrExist where there is one.
func WriteNew(path string, data []byte) error {
	var s Set
	defer s.Abort()
	if err := s.Add(path, bytesOf(data)); err != nil {
		return err
	}
	if err := s.Sync(); err != nil {
		return err
	}
	err := link(s.files[0].temporary, path)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) { // a file system without links
		err = writeExclusive(path, data)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return failed(path, err)
	}
	return nil
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

// failed names the file that could not be written.
func failed(path string, err error) error { return fmt.Errorf("write %s: %w", path, err) }

// MakeFolder makes a folder and those above it that are missing, with mode 0700.
func MakeFolder(path string) error {
	err := before("mkdir", path)
	if err == nil {
		err = os.MkdirAll(path, 0o700)
	}
	if err != nil {
		return fmt.Errorf("make folder %s: %w", path, err)
	}
	return nil
}

// replaceable refuses a place that holds something that a file must not take
// the place of: a folder, or a device or pipe, which would be gone for all.
func replaceable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "replace", Path: path, Err: errors.New("a folder is there; name a file")}
	case !info.Mode().IsRegular():
		return &fs.PathError{Op: "replace", Path: path, Err: errors.New("a device or a pipe is there; name a file")}
	}
	return nil
}
