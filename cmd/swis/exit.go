package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

// Exit statuses, as the contract fixes them.
const (
	exitDone        = 0
	exitFailed      = 1 // a check or verification failed
	exitUsage       = 2
	exitInput       = 3
	exitRefused     = 4
	exitIO          = 5
	exitNotEstimate = 6
	exitInterrupted = 130
)

// usageError is a wrong command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// checkFailed says that a verification did not hold; what failed is already printed.
type checkFailed struct{ text string }

func (e *checkFailed) Error() string { return e.text }

// syntaxError is what formula and filter parsers return for text that is not
// in their language.
type syntaxError interface {
	error
	Syntax() bool
}

// printError prints an error, one line a problem, and returns the exit status.
func printError(w io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = "interrupted; nothing half written is left"
	}
	if errors.Is(err, syscall.EPIPE) { // whoever read the output wants no more
		return exitIO
	}
	var path *fs.PathError
	if errors.As(err, &path) && errors.Is(err, fs.ErrNotExist) {
		text = strings.Replace(text, path.Error(), path.Path+": no such file or folder; check the name and the folder you are in", 1)
	}
	for _, line := range strings.Split(text, "\n") {
		fmt.Fprintf(w, "swis: %s\n", line)
	}
	return exitStatus(err)
}

func exitStatus(err error) int {
	var (
		usage       *usageError
		failed      *checkFailed
		syntax      syntaxError
		unsupported *analysis.Unsupported
		problems    dataset.Problems
		column      *table.UnknownColumn
		refusal     *analysis.Refusal
		estimable   *analysis.NotEstimable
		path        *fs.PathError
		link        *os.LinkError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &syntax), errors.As(err, &unsupported):
		return exitUsage
	case errors.As(err, &failed):
		return exitFailed
	case errors.As(err, &problems), errors.As(err, &column):
		return exitInput
	case errors.As(err, &refusal):
		return exitRefused
	case errors.As(err, &estimable):
		return exitNotEstimate
	case errors.As(err, &path), errors.As(err, &link):
		return exitIO
	case strings.HasPrefix(err.Error(), "unknown command"), strings.HasPrefix(err.Error(), "accepts "), strings.HasPrefix(err.Error(), "requires "), strings.HasPrefix(err.Error(), "required flag"):
		return exitUsage
	}
	return exitIO
}
