package dataset

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// DayCounts counts events by authority, kind and day.
type DayCounts struct {
	of   []dayCount // authority times kinds plus kind
	used []int      // places in of that hold any
	full map[fullDay]int64
}

// fullDay is a count of which some is kept in DayCounts.full: the numbers
// themselves are small, so that many of them fit in the cache.
type fullDay struct {
	at  int
	day Day
}

// dayCount is the numbers of some days from first on.
type dayCount struct {
	first   Day
	numbers []uint16
	flags   [8]Day // first day of an event with each flag, counted from 1 on; 0 for none
}

// EventKind is a type of event, apart for events that are not their row's own
// (Secondary).
type EventKind uint8

const eventKinds = 2 * int(EventTypes)

// Type and whether the events are not their row's own.
func (k EventKind) Type() (t EventType, secondary bool) { return EventType(k / 2), k&1 == 1 }

// FirstCounted and LastCounted bound the days that are counted: 1990 to 2099.
const (
	FirstCounted = Day(7305)
	LastCounted  = Day(47481)
)

// Add counts an event that is not quarantined.
func (c *DayCounts) Add(e *Event) {
	if e.Day < FirstCounted || e.Day > LastCounted {
		return
	}
	kind := EventKind(e.Type) * 2
	if e.Flags&Secondary != 0 {
		kind++
	}
	at := int(e.LA)*eventKinds + int(kind)
	c.add(at, e.Day)
	if e.Flags != 0 {
		d := &c.of[at]
		for rest := e.Flags; rest != 0; rest &= rest - 1 {
			d.flag(bits.TrailingZeros8(uint8(rest)), e.Day-FirstCounted+1)
		}
	}
}

func (d *dayCount) flag(bit int, day Day) {
	if have := &d.flags[bit]; *have == 0 || day < *have {
		*have = day
	}
}

// Add's usual case is one addition; everything else is more's.
func (c *DayCounts) add(at int, day Day) {
	if at < len(c.of) {
		d := &c.of[at]
		if i := uint(day - d.first); i < uint(len(d.numbers)) && d.numbers[i] < 1<<16-1 {
			d.numbers[i]++
			return
		}
	}
	c.more(at, day, 1)
}

func (c *DayCounts) more(at int, day Day, n int64) {
	for at >= len(c.of) {
		c.of = append(c.of, make([]dayCount, eventKinds)...)
	}
	d := &c.of[at]
	if len(d.numbers) == 0 {
		c.used = append(c.used, at)
		d.numbers = d.numbers[:cap(d.numbers)]
	}
	if i := int(day - d.first); len(d.numbers) == 0 || i < 0 || i >= len(d.numbers) {
		const step = 256
		first := (day-FirstCounted)/step*step + FirstCounted
		end := first + step
		if len(d.numbers) > 0 {
			first, end = min(first, d.first), max(end, d.first+Day(len(d.numbers)))
		}
		numbers := make([]uint16, end-first)
		copy(numbers[max(0, d.first-first):], d.numbers)
		d.first, d.numbers = first, numbers
	}
	have := &d.numbers[day-d.first]
	if sum := int64(*have) + n; sum < 1<<16 {
		*have = uint16(sum)
		return
	}
	if c.full == nil {
		c.full = map[fullDay]int64{}
	}
	c.full[fullDay{at, day}] += n
}

// Merge adds the counts of o.
func (c *DayCounts) Merge(o *DayCounts) {
	for _, at := range o.used {
		for i, n := range o.of[at].numbers {
			if n != 0 {
				c.more(at, o.of[at].first+Day(i), int64(n))
			}
		}
		for bit, day := range o.of[at].flags {
			if day != 0 {
				c.of[at].flag(bit, day)
			}
		}
	}
	for of, n := range o.full {
		c.more(of.at, of.day, n)
	}
}

// Clear takes all counts away and keeps their room.
func (c *DayCounts) Clear() {
	for _, at := range c.used {
		d := &c.of[at]
		clear(d.numbers)
		d.numbers, d.flags = d.numbers[:0], [8]Day{}
	}
	c.used, c.full = c.used[:0], nil
}

// PackedDays are DayCounts as a study keeps them for each of its files: some
// two bytes a day on which there was anything. For each authority and kind
// stand its place after the last one's, a bit for each flag, the first day of
// each, and pairs of days after the last one and a count; a 0 ends them.
type PackedDays []byte

// Pack gives the counts as they are kept.
func (c *DayCounts) Pack() (p PackedDays) {
	slices.Sort(c.used)
	before := -1
	for _, at := range c.used {
		d := &c.of[at]
		p = binary.AppendUvarint(p, uint64(at-before))
		before = at
		var flags uint64
		for bit, day := range d.flags {
			if day != 0 {
				flags |= 1 << bit
			}
		}
		p = binary.AppendUvarint(p, flags)
		for _, day := range d.flags {
			if day != 0 {
				p = binary.AppendUvarint(p, uint64(day))
			}
		}
		last := FirstCounted - 1
		for i := 0; i < len(d.numbers); i += 8 { // whose length is a multiple of it
			some := (*[8]uint16)(d.numbers[i:])
			if some[0]|some[1]|some[2]|some[3]|some[4]|some[5]|some[6]|some[7] == 0 && len(c.full) == 0 {
				continue
			}
			for k, few := range some {
				day, n := d.first+Day(i+k), int64(few)
				if len(c.full) > 0 {
					n += c.full[fullDay{at, day}]
				}
				if n != 0 {
					p = binary.AppendUvarint(p, uint64(day-last))
					p = binary.AppendUvarint(p, uint64(n))
					last = day
				}
			}
		}
		p = append(p, 0)
	}
	return slices.Clip(p)
}

// Each gives every count of days up to a last one, in order of authorities,
// kinds and days, with the flags that events of the authority and kind have up
// to then.
func (p PackedDays) Each(last Day, give func(la uint16, kind EventKind, day Day, n int32, flags Flag)) {
	next := func() int {
		v, n := binary.Uvarint(p)
		p = p[n:]
		return int(v)
	}
	for at := -1; len(p) > 0; {
		at += next()
		var flags Flag
		for have := next(); have != 0; have &= have - 1 {
			if FirstCounted+Day(next())-1 <= last {
				flags |= Flag(have & -have)
			}
		}
		day := FirstCounted - 1
		for after := next(); after != 0; after = next() {
			day += Day(after)
			if n := next(); day <= last {
				give(uint16(at/eventKinds), EventKind(at%eventKinds), day, int32(n), flags)
			}
		}
	}
}
