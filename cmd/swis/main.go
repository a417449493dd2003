// Command swis evaluates trials in children's social care: from
// local-authority extracts to effects, floor diagnostics and a report.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"swis/dataset/atomicfile"
)

// interruptGrace is how long an interrupted command may take to end by itself.
const interruptGrace = 2 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Loops that look at ctx end tidily; a fit in the middle of its search is
	// given a moment, then ends where it is. Files appear only when complete.
	context.AfterFunc(ctx, func() {
		stop()
		time.Sleep(interruptGrace)
		atomicfile.RemoveTemporary()
		os.Exit(exitInterrupted)
	})
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away is an error of writing, after which all is tidied up
	noCore()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit status. Everything that a
// command reads or prints goes through its arguments, so tests need no process.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) (status int) {
	defer func() {
		if recover() != nil { // what it says may hold a cell
			status = printError(errOut, internalFault())
		}
	}()
	printed := &faithful{to: out}
	root := newRoot(&streams{in: in, out: printed, err: errOut})
	root.SetOut(printed)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = printed.err
	}
	return printError(errOut, err)
}

// faithful keeps the first error of writing: what is not printed whole is no
// success, whether or not a command looks.
type faithful struct {
	to  io.Writer
	err error
}

func (f *faithful) Write(p []byte) (int, error) {
	n, err := f.to.Write(p)
	if f.err == nil {
		f.err = err
	}
	return n, err
}

// internalFault says where the program went wrong, and nothing of what it held.
func internalFault() error {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	for {
		frame, more := frames.Next()
		if name, ours := strings.CutPrefix(frame.Function, "swis/"); ours || strings.HasPrefix(frame.Function, "main.") && !strings.Contains(frame.Function, "internalFault") && !strings.HasPrefix(frame.Function, "main.run") {
			return fmt.Errorf("a fault of the program itself, at %s (%s:%d): nothing half written is left; report this line, it holds no data", name, filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return errors.New("a fault of the program itself: nothing half written is left")
		}
	}
}
