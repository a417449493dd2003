package extracts

import (
	"encoding/binary"
	"math/bits"
)

// memo remembers what a cell's bytes were read as, so that a column of few
// distinct values is parsed once a value. Cells of up to 16 bytes are compared
// as two words; longer ones go through a map.
type memo struct {
	entries []memoEntry
	used    int
	long    map[string]uint32
}

type memoEntry struct {
	low, high uint64
	length    uint8 // of the cell, plus 1; 0 for an empty entry
	value     uint32
}

// words packs a cell of 1 to 16 bytes; with its length they are unique.
func words(b []byte) (low, high uint64) {
	n := len(b)
	switch {
	case n >= 8:
		return binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		return uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16, 0
	}
	return 0, 0
}

func spread(low, high uint64, n int) uint64 {
	h, l := bits.Mul64(low^0x9e3779b97f4a7c15, high^0xd6e8feb86659fd93^uint64(n)<<56)
	return h ^ l
}

// find returns the value of a cell; where there is none yet, read gives it.
func (m *memo) find(b []byte, read func([]byte) uint32) uint32 {
	if len(b) > 16 {
		if v, ok := m.long[string(b)]; ok {
			return v
		}
		v := read(b)
		if m.long == nil {
			m.long = map[string]uint32{}
		}
		if len(m.long) < 1<<16 {
			m.long[string(b)] = v
		}
		return v
	}
	if m.entries == nil {
		m.entries = make([]memoEntry, 64)
	}
	low, high := words(b)
	mask := uint64(len(m.entries) - 1)
	i := spread(low, high, len(b)) & mask
	for {
		e := &m.entries[i]
		if e.length == 0 {
			break
		}
		if e.low == low && e.high == high && int(e.length) == len(b)+1 {
			return e.value
		}
		i = (i + 1) & mask
	}
	v := read(b)
	if m.used >= 1<<20 { // a column of endless distinct values is not remembered
		return v
	}
	m.entries[i] = memoEntry{low, high, uint8(len(b) + 1), v}
	if m.used++; m.used*2 > len(m.entries) {
		m.grow()
	}
	return v
}

func (m *memo) grow() {
	old := m.entries
	m.entries = make([]memoEntry, 2*len(old))
	mask := uint64(len(m.entries) - 1)
	for _, e := range old {
		if e.length == 0 {
			continue
		}
		i := spread(e.low, e.high, int(e.length)-1) & mask
		for m.entries[i].length != 0 {
			i = (i + 1) & mask
		}
		m.entries[i] = e
	}
}
