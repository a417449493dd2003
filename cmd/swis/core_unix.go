//go:build unix

package main

import "syscall"

// noCore keeps the memory of the program, in which there are children's data,
// from being written to a file when it crashes, whatever GOTRACEBACK asks for.
func noCore() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
