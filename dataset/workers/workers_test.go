package workers

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

const canary = "Zebedee Quillfeather"

// held is a fault of ours, below a function of the runtime.
func held(cells []string, i int) string { return cells[i] + canary }

func TestFaultsSayWhereAndNotWhat(t *testing.T) {
	for name, do := range map[string]func(){
		"value":  func() { panic(canary) },
		"error":  func() { panic(errors.New(canary)) },
		"index":  func() { held([]string{canary}, len(canary)) },
		"nil":    func() { panic(nil) },
		"memory": func() { var p *Fault; _ = p.place },
	} {
		var g, outer Group
		g.Do(do)
		var fault *Fault
		if err := g.Wait(); !errors.As(err, &fault) || strings.Contains(err.Error(), canary) || !strings.Contains(err.Error(), "workers_test.go:") {
			t.Errorf("%s: %v", name, err)
		}
		if err := <-Start(func() error { do(); return nil }); !errors.As(err, &fault) {
			t.Errorf("%s: %v", name, err)
		}
		// The place is that of the first panic, however many groups are above it.
		outer.Do(func() {
			var inner Group
			inner.Do(do)
			inner.Join()
		})
		if err := outer.Wait(); !errors.As(err, &fault) || !strings.Contains(fault.place, "workers_test.go:") || strings.Contains(fault.place, "Join") {
			t.Errorf("%s: joined: %v", name, err)
		}
	}
	if err := Call(func() error { held([]string{canary}, 2); return nil }); err == nil || !strings.Contains(err.Error(), "dataset/workers.held (workers_test.go:") {
		t.Errorf("%v: the function at fault is not named", err)
	}
}

func TestErrorsComeThrough(t *testing.T) {
	var g Group
	g.Limit(2)
	var now, most, done atomic.Int32
	for i := range 50 {
		g.Go(func() error {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			if done.Add(1); i == 30 {
				return context.Canceled
			}
			return nil
		})
	}
	if err := g.Wait(); err != context.Canceled || done.Load() != 50 || most.Load() > 2 {
		t.Errorf("%v, %d done, %d at once", err, done.Load(), most.Load())
	}
	if err := <-Start(func() error { return context.Canceled }); err != context.Canceled {
		t.Error(err)
	}
	var quiet Group
	quiet.Do(func() {})
	quiet.Join()
}
