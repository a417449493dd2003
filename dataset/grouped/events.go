// Package grouped holds the events of all files until they are handled child
// by child: in memory up to a bound, beyond it in a temporary file.
//
// Events are put in groups by the leading bits of the child's key, so all
// events of a child are in one group and a group is small enough to be sorted
// in the cache. Each part of what was read, in memory or on disk, stands in
// order of groups.
package grouped

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"swis/dataset"
	"swis/dataset/workers"
)

// Groups is the number of groups, by the leading bits of the child's key.
const (
	Bits   = 11 // of a child's key
	Groups = 1 << Bits
)

func groupOf(k dataset.ChildKey) int { return int(k >> (64 - Bits)) }

// chunkSize is how many events a writer collects before it puts them in groups.
const chunkSize = 1 << 15

// DefaultBudget is how many bytes of events stay in memory.
const DefaultBudget = 352 << 20

// Events are the events of a study. Its methods may be called from many
// goroutines where it says so.
type Events struct {
	// Progress is told how many of the groups Each has given; it may be nil.
	Progress func(done, total int64)

	budget int64
	folder string

	mu     sync.Mutex
	chunks []*chunk
	held   int64 // bytes of the chunks
	count  int64
	free   []*chunk
	file   spill
	moves  []func(*dataset.Event) (dataset.ChildKey, bool)
	loose  []dataset.Event // of the file being read: too few for chunks of their own
	kept   Writer          // the loose events of the files before it

	begin struct { // of the file being read
		chunks, runs int
		count        int64
	}
}

// chunk is some events in order of groups: group g stands from starts[g] to
// starts[g+1].
type chunk struct {
	events []dataset.Event
	starts [Groups + 1]int32
}

// New returns no events. Those above budget bytes go to a file in folder,
// which is removed as soon as it is open, where the system allows.
func New(budget int64, folder string) *Events {
	e := &Events{budget: budget, folder: folder}
	e.kept.to = e
	return e
}

// Len is the number of events.
func (e *Events) Len() int64 { return e.count + int64(len(e.loose)+len(e.kept.pending)) }

// Begin says that the events that follow are of another file.
func (e *Events) Begin() error {
	if err := e.keep(); err != nil {
		return err
	}
	e.begin.chunks, e.begin.runs, e.begin.count = len(e.chunks), len(e.file.runs), e.count
	return nil
}

// keep takes the loose events of a file that stays: those of many small files
// fill a chunk together.
func (e *Events) keep() error {
	err := e.kept.Add(e.loose)
	e.loose = e.loose[:0]
	return err
}

// whole puts all events in chunks, once all files are read.
func (e *Events) whole() error {
	err := cmp.Or(e.keep(), e.kept.group())
	e.loose, e.kept.pending = nil, nil
	return err
}

// Discard drops the events since Begin: their file is refused, or read again.
func (e *Events) Discard() {
	for _, c := range e.chunks[e.begin.chunks:] {
		e.held -= int64(len(c.events)) * eventBytes
	}
	clear(e.chunks[e.begin.chunks:])
	e.loose = e.loose[:0]
	e.chunks, e.count = e.chunks[:e.begin.chunks], e.begin.count
	e.file.cut(e.begin.runs)
}

// Close removes the temporary file.
func (e *Events) Close() error {
	e.chunks, e.free, e.loose, e.kept.pending = nil, nil, nil, nil
	return e.file.close()
}

// add takes a chunk; above the budget, what is in memory goes to the file.
func (e *Events) add(c *chunk) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.chunks = append(e.chunks, c)
	e.held += int64(len(c.events)) * eventBytes
	e.count += int64(len(c.events))
	if e.held <= e.budget {
		return nil
	}
	// Events of earlier files make a run of their own, so that Discard can
	// drop those of the file at hand.
	for _, part := range [][]*chunk{e.chunks[:e.begin.chunks], e.chunks[e.begin.chunks:]} {
		if len(part) == 0 {
			continue
		}
		if err := e.file.write(e.folder, part); err != nil {
			return err
		}
		if e.begin.chunks > 0 {
			e.begin.runs++
			e.begin.chunks = 0
		}
	}
	for _, c := range e.chunks {
		if cap(c.events) == chunkSize && len(e.free) < int(e.budget/eventBytes/chunkSize) {
			e.free = append(e.free, c)
		}
	}
	clear(e.chunks)
	e.chunks, e.held = e.chunks[:0], 0
	return nil
}

// take returns a chunk for n events, one used before where there is.
func (e *Events) take(n int) *chunk {
	if n == chunkSize {
		e.mu.Lock()
		defer e.mu.Unlock()
		if last := len(e.free) - 1; last >= 0 {
			c := e.free[last]
			e.free = e.free[:last]
			return c
		}
	}
	return &chunk{events: make([]dataset.Event, n)}
}

// Writer collects the events of one goroutine.
type Writer struct {
	to      *Events
	pending []dataset.Event
}

// Writer returns a writer; each goroutine has its own.
func (e *Events) Writer() *Writer { return &Writer{to: e} }

// Add copies events. Events of one row come together and in order; the order
// of rows does not matter.
func (w *Writer) Add(events []dataset.Event) error {
	if w.pending == nil && len(events) > 0 {
		w.pending = make([]dataset.Event, 0, chunkSize)
	}
	for len(events) > 0 {
		n := min(len(events), chunkSize-len(w.pending))
		w.pending = append(w.pending, events[:n]...)
		if events = events[n:]; len(w.pending) == chunkSize {
			if err := w.group(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flush hands over what was collected.
func (w *Writer) Flush() error {
	if len(w.pending) > chunkSize/2 {
		return w.group()
	}
	w.to.mu.Lock()
	defer w.to.mu.Unlock()
	w.to.loose = append(w.to.loose, w.pending...)
	w.pending = w.pending[:0]
	return nil
}

// group makes a chunk of what was collected.
func (w *Writer) group() error {
	if len(w.pending) == 0 {
		return nil
	}
	var next [Groups]int32
	for i := range w.pending {
		next[groupOf(w.pending[i].Child)]++
	}
	c := w.to.take(len(w.pending))
	at := int32(0)
	for g, n := range next {
		c.starts[g], next[g] = at, at
		at += n
	}
	c.starts[Groups] = at
	for i := range w.pending {
		g := groupOf(w.pending[i].Child)
		c.events[next[g]] = w.pending[i]
		next[g]++
	}
	w.pending = w.pending[:0]
	return w.to.add(c)
}

// Each gives the groups to workers, one for each processor; a group's events
// come in no order but that of rows: those of one row stand in theirs.
// Workers may change the events that they are given and must not keep them.
func (e *Events) Each(ctx context.Context, worker func(w int) func(events []dataset.Event)) error {
	if err := e.whole(); err != nil {
		return err
	}
	var (
		next  atomic.Int64
		group workers.Group
	)
	for w := range runtime.GOMAXPROCS(0) {
		work := worker(w)
		group.Go(func() (err error) {
			var events []dataset.Event
			for ctx.Err() == nil {
				g := int(next.Add(1)) - 1
				if g >= Groups {
					return nil
				}
				if events, err = e.group(g, events[:0]); err != nil {
					return err
				}
				work(events)
				if w == 0 && e.Progress != nil {
					e.Progress(int64(g), Groups)
				}
			}
			return nil
		})
	}
	return cmp.Or(group.Wait(), ctx.Err())
}

// group appends the events of a group.
func (e *Events) group(g int, events []dataset.Event) ([]dataset.Event, error) {
	events, err := e.file.read(g, events)
	if err != nil {
		return nil, err
	}
	for _, c := range e.chunks {
		events = append(events, c.events[c.starts[g]:c.starts[g+1]]...)
	}
	for _, to := range e.moves {
		events = slices.DeleteFunc(events, func(x dataset.Event) bool { _, gone := to(&x); return gone })
	}
	return events, nil
}

// Move gives events of some children to others, once all files are read. to
// says whose an event is now, and must say of an event that has moved that it
// stays; moved, which may be nil, is told of each.
func (e *Events) Move(children iter.Seq[dataset.ChildKey], to func(*dataset.Event) (dataset.ChildKey, bool), moved func(*dataset.Event)) error {
	if err := e.whole(); err != nil {
		return err
	}
	groups := map[int]bool{}
	for child := range children {
		groups[groupOf(child)] = true
	}
	w := e.Writer()
	var events []dataset.Event
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		var err error
		if events, err = e.group(g, events[:0]); err != nil {
			return err
		}
		for i := range events {
			child, ok := to(&events[i])
			if !ok {
				continue
			}
			events[i].Child = child
			if moved != nil {
				moved(&events[i])
			}
			if err := w.Add(events[i : i+1]); err != nil {
				return err
			}
			e.count--
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	e.moves = append(e.moves, to)
	return nil
}
