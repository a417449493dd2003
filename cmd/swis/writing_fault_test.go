package main

import (
	"io/fs"
	"sync"
	"syscall"
)

var (
	errNoSpace = syscall.ENOSPC
	errIO      = syscall.EIO
)

// recorder notes the calls that change files and lets number n fail.
func recorder(calls *[]string, n int, reason error) func(call, path string) error {
	var lock sync.Mutex
	return func(call, path string) error {
		lock.Lock()
		defer lock.Unlock()
		*calls = append(*calls, call+" "+path)
		if len(*calls)-1 == n {
			return &fs.PathError{Op: call, Path: path, Err: reason}
		}
		return nil
	}
}
