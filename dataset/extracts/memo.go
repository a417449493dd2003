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
	words [2]uint64 // bytes of the cell, length in the top byte; 0 for an empty entry
	value uint32
}

// memoLimit bounds what a column of endless distinct values takes.
const memoLimit = 1 << 18

// pageBits is the size of a page of numbers.
const (
	pageBits  = 12
	longest   = 7                        // digits of a number that has a page
	pageCount = 20_000_000>>pageBits + 1 // 10^7 + the largest of them is below
)

// pair packs a cell of 1 to 15 bytes with its length.
func pair(b []byte) (w [2]uint64) {
	n := len(b)
	switch {
	case n >= 8:
		w[0] = binary.LittleEndian.Uint64(b)
		w[1] = binary.LittleEndian.Uint64(b[n-8:]) >> (8 * uint(16-n))
	case n >= 4:
		w[0] = uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*uint(n-4))
	default:
		w[0] = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	w[1] |= uint64(n) << 56
	return w
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

// find returns the value of a cell that is not empty; where there is none yet,
// read gives it. Values stay below 2^32 - 1.
func (m *memo) find(b []byte, read func([]byte) uint32) uint32 {
	if place, ok := numbered(b); ok {
		if page := place >> pageBits; int(page) < len(m.pages) && m.pages[page] != nil {
			if v := m.pages[page][place&(1<<pageBits-1)]; v != 0 {
				return v - 1
			}
		}
		return m.addNumber(place, read(b))
	}
	if len(b) > 15 {
		return m.findLong(b, read)
	}
	if m.entries == nil {
		m.entries = make([]memoEntry, 64)
	}
	w := pair(b)
	mask := uint64(len(m.entries) - 1)
	i := spread(w) & mask
	for m.entries[i].words[1] != 0 {
		if m.entries[i].words == w {
			return m.entries[i].value
		}
		i = (i + 1) & mask
	}
	v := read(b)
	if m.used >= memoLimit {
		return v
	}
	m.entries[i] = memoEntry{w, v}
	if m.used++; m.used*4 > len(m.entries)*3 {
		m.grow()
	}
	return v
}

func (m *memo) addNumber(place, value uint32) uint32 {
	if m.pages == nil {
		m.pages = make([][]uint32, pageCount)
	}
	page := place >> pageBits
	if m.pages[page] == nil {
		if m.used >= memoLimit {
			return value
		}
		m.used += 1 << pageBits / 8
		m.pages[page] = make([]uint32, 1<<pageBits)
	}
	m.pages[page][place&(1<<pageBits-1)] = value + 1
	return value
}

func (m *memo) findLong(b []byte, read func([]byte) uint32) uint32 {
	v, ok := m.long[string(b)]
	if ok {
		return v
	}
	v = read(b)
	if m.long == nil {
		m.long = map[string]uint32{}
	}
	if len(m.long) < memoLimit {
		m.long[string(b)] = v
	}
	return v
}

func spread(w [2]uint64) uint64 {
	x := (w[0] ^ w[1]*0xc2b2ae3d27d4eb4f) * 0x9e3779b97f4a7c15
	return x ^ x>>32
}

func (m *memo) grow() {
	old := m.entries
	m.entries = make([]memoEntry, 2*len(old))
	mask := uint64(len(m.entries) - 1)
	for _, e := range old {
		if e.words[1] == 0 {
			continue
		}
		i := spread(e.words) & mask
		for m.entries[i].words[1] != 0 {
			i = (i + 1) & mask
		}
		m.entries[i] = e
	}
}
