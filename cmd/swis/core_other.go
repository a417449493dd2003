//go:build !unix

package main

// noCore has nothing to do where crashes write no memory.
func noCore() {}
