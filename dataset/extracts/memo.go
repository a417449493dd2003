package extracts

import "encoding/binary"

// memo remembers what a cell's bytes were read as, so that a column of few
// distinct values is parsed once a value. Cells of up to 7 bytes, such as
// school numbers, are one word with their length; longer ones go through a map.
type memo struct {
	entries []memoEntry
	used    int
	long    map[string]uint32
	few     []longEntry // the first long cells, tried before the map
}

type longEntry struct {
	text  string
	value uint32
}

type memoEntry struct {
	word  uint64 // bytes of the cell, length in the top byte; 0 for an empty entry
	value uint32
}

// memoLimit bounds what a column of endless distinct values takes.
const memoLimit = 1 << 18

// word packs a cell of 1 to 7 bytes with its length.
func word(b []byte) uint64 {
	n := len(b)
	w := uint64(n) << 56
	switch {
	case n >= 4:
		return w | uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4))
	default:
		return w | uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
}

// find returns the value of a cell that is not empty; where there is none yet,
// read gives it.
func (m *memo) find(b []byte, read func([]byte) uint32) uint32 {
	if len(b) > 7 {
		return m.findLong(b, read)
	}
	if m.entries == nil {
		m.entries = make([]memoEntry, 64)
	}
	w := word(b)
	mask := uint64(len(m.entries) - 1)
	i := spread(w) & mask
	for m.entries[i].word != 0 {
		if m.entries[i].word == w {
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

func (m *memo) findLong(b []byte, read func([]byte) uint32) uint32 {
	for i := range m.few {
		if m.few[i].text == string(b) {
			return m.few[i].value
		}
	}
	v, ok := m.long[string(b)]
	if ok {
		return v
	}
	v = read(b)
	if len(m.few) < 8 {
		m.few = append(m.few, longEntry{string(b), v})
		return v
	}
	if m.long == nil {
		m.long = map[string]uint32{}
	}
	if len(m.long) < memoLimit {
		m.long[string(b)] = v
	}
	return v
}

func spread(w uint64) uint64 {
	w *= 0x9e3779b97f4a7c15
	return w ^ w>>32
}

func (m *memo) grow() {
	old := m.entries
	m.entries = make([]memoEntry, 2*len(old))
	mask := uint64(len(m.entries) - 1)
	for _, e := range old {
		if e.word == 0 {
			continue
		}
		i := spread(e.word) & mask
		for m.entries[i].word != 0 {
			i = (i + 1) & mask
		}
		m.entries[i] = e
	}
}
