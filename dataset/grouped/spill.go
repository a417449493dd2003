package grouped

import (
	"slices"
	"unsafe"

	"swis/dataset"
	"swis/dataset/scratch"
	"swis/dataset/workers"
)

const eventBytes = int64(unsafe.Sizeof(dataset.Event{}))

// spill is a temporary file of events.
type spill struct {
	file    *scratch.File
	size    int64
	runs    []run
	written uint64 // runs, those that were cut included
}

// run is the events of some chunks: those of group g stand from starts[g] to
// starts[g+1] bytes.
type run struct {
	starts [Groups + 1]int64
	number uint64 // no other run has it
}

// write writes chunks as one run.
func (s *spill) write(folder string, chunks []*chunk) error {
	if s.file == nil {
		file, err := scratch.Create(folder, "events")
		if err != nil {
			return err
		}
		s.file = file
	}
	s.written++
	r := run{number: s.written}
	at := s.size
	for g := range Groups {
		r.starts[g] = at
		for _, c := range chunks {
			at += int64(c.starts[g+1]-c.starts[g]) * eventBytes
		}
	}
	r.starts[Groups] = at
	// Two writers: one encrypts while the other waits for the disk.
	var writers workers.Group
	const batch, beside = 32, 2 // groups that are written at once
	for w := range beside {
		writers.Go(func() error {
			var events []dataset.Event
			for first := w * batch; first < Groups; first += beside * batch {
				events = events[:0]
				for g := first; g < first+batch; g++ {
					for _, c := range chunks {
						events = append(events, c.events[c.starts[g]:c.starts[g+1]]...)
					}
				}
				if len(events) == 0 {
					continue
				}
				if err := s.file.WriteAt(scratch.Bytes(events), r.number, r.starts[first]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := writers.Wait(); err != nil {
		return err
	}
	s.size = at
	s.runs = append(s.runs, r)
	return nil
}

// cut drops the runs from n on.
func (s *spill) cut(n int) {
	if n < len(s.runs) {
		s.size = s.runs[n].starts[0]
		s.runs = s.runs[:n]
	}
}

// read appends the events of a group.
func (s *spill) read(g int, events []dataset.Event) ([]dataset.Event, error) {
	for i := range s.runs {
		from, to := s.runs[i].starts[g], s.runs[i].starts[g+1]
		if from == to {
			continue
		}
		n := len(events)
		more := int((to - from) / eventBytes)
		events = slices.Grow(events, more)[:n+more]
		if err := s.file.ReadAt(scratch.Bytes(events[n:]), s.runs[i].number, from); err != nil {
			return nil, err
		}
	}
	return events, nil
}

func (s *spill) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file, s.runs = nil, nil
	return err
}
