// Command swis evaluates trials in children's social care: from
// local-authority extracts to effects, floor diagnostics and a report.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"swis/dataset/atomicfile"
	"swis/dataset/workers"
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
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	printed := &faithful{to: out}
	root := newRoot(&streams{in: in, out: printed, err: errOut})
	root.SetOut(printed)
	root.SetArgs(args)
	err := workers.Call(func() error { return root.ExecuteContext(ctx) })
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
