package issues

import (
	"cmp"
	"slices"
	"strings"

	"swis/dataset"
	"swis/dataset/scratch"
)

// mergeBudget is how many bytes of the file are read ahead, of all runs together.
const mergeBudget = 4 << 20

// source is a run that is read, or what is held.
type source struct {
	list *List
	rest []record // that were read
	room []record
	run  run // what is not read yet
}

func (s *source) fill() (more bool, err error) {
	if len(s.rest) > 0 {
		return true, nil
	}
	n := min(s.run.n, int64(len(s.room)))
	if n == 0 {
		return false, nil
	}
	s.rest = s.room[:n]
	if err := s.list.file.ReadAt(scratch.Bytes(s.rest), s.run.number, s.run.at); err != nil {
		return false, err
	}
	s.run.at += n * recordBytes
	s.run.n -= n
	return true, nil
}

// Each gives the cases in order of file, line, rule, authority and column. It
// may be called more than once, after Order, also from several goroutines.
func (l *List) Each(do func(dataset.Issue) error) error {
	var same []record // of one place
	give := func() error {
		if len(same) > 1 {
			slices.SortFunc(same, l.inReport)
		}
		for _, r := range same {
			err := do(dataset.Issue{Rule: r.rule(), File: uint16(r.place >> 48), LA: r.la, Line: uint32(r.place >> 16), Column: l.columns[r.column]})
			if err != nil {
				return err
			}
		}
		same = same[:0]
		return nil
	}
	err := l.merge(func(r record) error {
		if len(same) > 0 && same[0].place != r.place {
			if err := give(); err != nil {
				return err
			}
		}
		same = append(same, r)
		return nil
	})
	if err != nil {
		return err
	}
	return give()
}

// inReport orders cases of one place.
func (l *List) inReport(a, b record) int {
	if a == b { // such as cases of schools, which have no place
		return 0
	}
	return cmp.Or(cmp.Compare(l.rank(a.la), l.rank(b.la)), strings.Compare(l.columns[a.column], l.columns[b.column]))
}

// merge gives the cases in order of their sorting, from a heap of sources.
func (l *List) merge(do func(record) error) error {
	heap := []*source{{list: l, rest: l.held}}
	for _, r := range l.runs {
		heap = append(heap, &source{list: l, run: r, room: make([]record, max(64, mergeBudget/recordBytes/int64(len(l.runs))))})
	}
	n := 0
	for _, s := range heap {
		more, err := s.fill()
		if err != nil {
			return err
		}
		if more {
			heap[n] = s
			n++
		}
	}
	heap = heap[:n]
	for i := n/2 - 1; i >= 0; i-- {
		sink(heap, i)
	}
	for len(heap) > 0 {
		s := heap[0]
		if err := do(s.rest[0]); err != nil {
			return err
		}
		s.rest = s.rest[1:]
		more, err := s.fill()
		if err != nil {
			return err
		}
		if !more {
			heap[0] = heap[len(heap)-1]
			heap = heap[:len(heap)-1]
		}
		sink(heap, 0)
	}
	return nil
}

// sink moves a source down to where it belongs.
func sink(heap []*source, i int) {
	for {
		first := i
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < len(heap) && inFile(heap[child].rest[0], heap[first].rest[0]) < 0 {
				first = child
			}
		}
		if first == i {
			return
		}
		heap[i], heap[first] = heap[first], heap[i]
		i = first
	}
}
