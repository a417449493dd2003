package extracts

import "encoding/binary"

// memo remembers what a cell's bytes were read as, so that a column of few
// distinct values is parsed once a value. Numbers of up to seven digits, such
// as those of schools, are looked up by their value, which keeps neighbours in
// the cache; other cells of up to 15 bytes are two words with their length in
// an open table; longer ones go through a map.
type memo struct {
	pages   [][]uint32 // of numbers, by 10^digits + number; 0 where not read yet, else 1 + value
	entries []memoEntry
	used    int
	long    map[string]uint32
}

type memoEntry struct {
	lo, hi uint64 // bytes of the cell, length in the top byte; hi is 0 for an empty entry
	value  uint32
}

// memoLimit bounds what a column of endless distinct values takes.
const memoLimit = 1 << 16

// unread is no value: the cell has not been read yet.
const unread = ^uint32(0)

// pageBits is the size of a page of numbers.
const (
	pageBits  = 12
	longest   = 7                        // digits of a number that has a page
	pageCount = 20_000_000>>pageBits + 1 // 10^7 + the largest of them is below
)

// pair packs a cell of 1 to 15 bytes with its length.
func pair(b []byte) (lo, hi uint64) {
	n := len(b)
	switch {
	case n >= 8:
		lo = binary.LittleEndian.Uint64(b)
		hi = binary.LittleEndian.Uint64(b[n-8:]) >> (8 * uint(16-n))
	case n >= 4:
		lo = uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*uint(n-4))
	default:
		lo = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	return lo, hi | uint64(n)<<56
}

// numbered is the place of a number of up to seven digits, zeros in front
// included, among all such numbers.
func numbered(b []byte) (place uint32, ok bool) {
	if len(b) > longest {
		return 0, false
	}
	place = 1
	for _, c := range b {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		place = place*10 + uint32(d)
	}
	return place, true
}

// known returns the value of a cell that is not empty, unread where it has
// not been read yet. Values stay below 2^32 - 1.
func (m *memo) known(b []byte) uint32 {
	if place, ok := numbered(b); ok {
		if page := place >> pageBits; int(page) < len(m.pages) && m.pages[page] != nil {
			return m.pages[page][place&(1<<pageBits-1)] - 1
		}
		return unread
	}
	if len(b) > 15 {
		if v, ok := m.long[string(b)]; ok {
			return v
		}
		return unread
	}
	if m.entries == nil {
		return unread
	}
	lo, hi := pair(b)
	mask := uint64(len(m.entries) - 1)
	for i := spread(lo, hi); ; i++ {
		switch e := &m.entries[i&mask]; {
		case e.lo == lo && e.hi == hi:
			return e.value
		case e.hi == 0:
			return unread
		}
	}
}

// find returns the value of a cell that is not empty; where there is none yet,
// read gives it.
func (m *memo) find(b []byte, read func([]byte) uint32) uint32 {
	v := m.known(b)
	if v == unread {
		v = read(b)
		m.remember(b, v)
	}
	return v
}

func (m *memo) remember(b []byte, v uint32) {
	if place, ok := numbered(b); ok {
		m.addNumber(place, v)
		return
	}
	if len(b) > 15 {
		if m.long == nil {
			m.long = map[string]uint32{}
		}
		if len(m.long) < memoLimit {
			m.long[string(b)] = v
		}
		return
	}
	if m.used >= memoLimit {
		return
	}
	if m.entries == nil {
		m.entries = make([]memoEntry, 64)
	}
	lo, hi := pair(b)
	m.place(memoEntry{lo, hi, v})
	if m.used++; m.used*4 > len(m.entries) { // few cells have to look further than their own place
		m.grow()
	}
}

func (m *memo) addNumber(place, value uint32) {
	if m.pages == nil {
		m.pages = make([][]uint32, pageCount)
	}
	page := place >> pageBits
	if m.pages[page] == nil {
		if m.used >= memoLimit {
			return
		}
		m.used += 1 << pageBits / 32
		m.pages[page] = make([]uint32, 1<<pageBits)
	}
	m.pages[page][place&(1<<pageBits-1)] = value + 1
}

// renew forgets all where there is no room for more: the cells of another file
// may be others.
func (m *memo) renew() {
	if m.used >= memoLimit || len(m.long) >= memoLimit {
		*m = memo{}
	}
}

// place puts an entry at the first free place from its own on.
func (m *memo) place(e memoEntry) {
	mask := uint64(len(m.entries) - 1)
	i := spread(e.lo, e.hi)
	for m.entries[i&mask].hi != 0 {
		i++
	}
	m.entries[i&mask] = e
}

func spread(lo, hi uint64) uint64 {
	x := (lo ^ hi*0xc2b2ae3d27d4eb4f) * 0x9e3779b97f4a7c15
	return x >> 32
}

func (m *memo) grow() {
	old := m.entries
	m.entries = make([]memoEntry, 2*len(old))
	for _, e := range old {
		if e.hi != 0 {
			m.place(e)
		}
	}
}
