// Package workers starts the goroutines of the program. A panic in one of them
// would end the program at once, with a stack trace that may hold cells of the
// data and without clearing away what is half written. Here it is an error that
// says where it happened and nothing of what was held.
package workers

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Fault is a fault of the program itself. Its text holds no data.
type Fault struct {
	place string // in the source; empty where none of ours is on the stack
}

func (f *Fault) Error() string {
	if f.place == "" {
		return "a fault of the program itself: nothing half written is left"
	}
	return "a fault of the program itself, at " + f.place + ": nothing half written is left; report this line, it holds no data"
}

// Call calls do and gives its error, or a *Fault where it panics.
func Call(do func() error) (err error) {
	defer func() {
		switch value := recover().(type) {
		case nil:
		case *Fault: // of a worker, by way of Join
			err = value
		default: // what it says may hold a cell
			err = &Fault{place()}
		}
	}()
	return do()
}

// place is the innermost function of the program below the panic at hand.
func place() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	panicked := false
	for {
		frame, more := frames.Next()
		name, ours := strings.CutPrefix(frame.Function, "swis/")
		switch {
		case frame.Function == "runtime.gopanic":
			panicked = true
		case panicked && (ours || strings.HasPrefix(name, "main.")):
			return fmt.Sprintf("%s (%s:%d)", name, filepath.Base(frame.File), frame.Line)
		case !more:
			return ""
		}
	}
}

// Start calls do in a goroutine of its own. Its error, or the *Fault of its
// panic, comes through the channel, which needs no reader.
func Start(do func() error) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- Call(do) }()
	return ended
}

// Group is goroutines that work on one thing. The zero value is one of any size.
type Group struct{ group errgroup.Group }

// Limit sets how many work at the same time.
func (g *Group) Limit(n int) { g.group.SetLimit(n) }

// Go calls do in a goroutine.
func (g *Group) Go(do func() error) {
	g.group.Go(func() error { return Call(do) })
}

// Do calls what has no error to give in a goroutine.
func (g *Group) Do(do func()) {
	g.Go(func() error { do(); return nil })
}

// Wait waits for all and gives the first error, or *Fault, that came.
func (g *Group) Wait() error { return g.group.Wait() }

// Join waits for all where the caller has no error to give: a *Fault of a worker
// is thrown in the goroutine of the caller, for the next Call above it.
func (g *Group) Join() {
	if err := g.Wait(); err != nil {
		panic(err)
	}
}
