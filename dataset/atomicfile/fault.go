package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// Fault, where a test sets it, is asked before every call that changes the file
// system (mkdir, create, write, sync, close, rename, link, syncfolder), with
// the path that is to be written; its error is returned in place of the call.
var Fault func(call, path string) error

// Unsynced, where a test sets it, leaves the way to the disk to the system: a
// test that writes thousands of files need not last through a loss of power.
var Unsynced bool

func before(call, path string) error {
	if Fault == nil {
		return nil
	}
	return Fault(call, path)
}

func sync(f *os.File, path string) error {
	if err := before("sync", path); err != nil || Unsynced {
		return err
	}
	return f.Sync()
}

func rename(from, to string) error {
	if err := before("rename", to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

func link(from, to string) error {
	if err := before("link", to); err != nil {
		return err
	}
	return os.Link(from, to)
}

// syncFolder makes renames last through a loss of power, where the system can.
func syncFolder(dir string) error {
	if err := before("syncfolder", dir); err != nil || Unsynced {
		return err
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil // a folder that may be written to but not read
	}
	defer f.Close()
	err = f.Sync()
	switch {
	case err == nil, errors.Is(err, os.ErrInvalid), errors.Is(err, fs.ErrPermission), errors.Is(err, errors.ErrUnsupported):
		return nil
	case strings.Contains(err.Error(), "invalid argument"): // of a system that cannot
		return nil
	}
	return err
}
