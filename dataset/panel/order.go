package panel

import (
	"slices"

	"swis/dataset"
	"swis/dataset/grouped"
)

// mark is one event of a group.
type mark struct {
	child dataset.ChildKey
	day   int32
	ref   uint32 // place in the group
}

// finerBits of a child's key cut a group further, so that each part is sorted
// in a few steps: those below the bits that make the group.
const finerBits = 9

func finerOf(k dataset.ChildKey) int {
	return int(k >> (64 - grouped.Bits - finerBits) & (1<<finerBits - 1))
}

// before orders events by child, day, file and line. Events of one row keep
// the order in which it gave them.
func (out *sift) before(a, b mark) int {
	switch {
	case a.child != b.child:
		if a.child < b.child {
			return -1
		}
		return 1
	case a.day != b.day:
		if a.day < b.day {
			return -1
		}
		return 1
	}
	x, y := &out.events[a.ref], &out.events[b.ref]
	switch {
	case x.File != y.File:
		return int(x.File) - int(y.File)
	case x.Line != y.Line:
		if x.Line < y.Line {
			return -1
		}
		return 1
	}
	return int(a.ref) - int(b.ref)
}

// order sorts the marks of a group.
func (out *sift) order() []mark {
	if len(out.events) == 0 { // as most groups of a small delivery are
		return nil
	}
	counts := &out.finer
	*counts = [1 << finerBits]int32{}
	for i := range out.events {
		counts[finerOf(out.events[i].Child)]++
	}
	at := int32(0)
	for f, n := range counts {
		counts[f] = at
		at += n
	}
	out.marks = slices.Grow(out.marks[:0], len(out.events))[:len(out.events)]
	for i := range out.events {
		e := &out.events[i]
		f := finerOf(e.Child)
		out.marks[counts[f]] = mark{e.Child, int32(e.Day), uint32(i)}
		counts[f]++
	}
	start := int32(0)
	for _, end := range counts { // now the end of each part
		if part := out.marks[start:end]; len(part) > 24 {
			slices.SortFunc(part, out.before)
		} else {
			for i := 1; i < len(part); i++ {
				m := part[i]
				j := i
				for j > 0 && out.before(m, part[j-1]) < 0 {
					part[j] = part[j-1]
					j--
				}
				part[j] = m
			}
		}
		start = end
	}
	return out.marks
}
