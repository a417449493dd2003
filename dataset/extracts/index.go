package extracts

import (
	"encoding/binary"
	"math/bits"
)

// rowIndex says where the cells and rows of a text without quotes end.
type rowIndex struct {
	// ends are where commas and line ends stand, after one before the text, so
	// that cell i of a text starts after ends[i] and ends at ends[i+1].
	ends []uint32
	// rows are the places in ends of the line ends.
	rows []uint32

	marks, lines []uint64
}

// of indexes a text: 64 bytes at a time become two words, a bit for each byte
// that ends a cell and a bit for each that ends a line, and the bits become
// places, eight at once whether there are as many or not, so the text decides
// few branches (Langdale and Lemire, VLDB Journal 2019, section 3.1). A last
// line that is not ended ends with the text.
func (x *rowIndex) of(data []byte) {
	words := len(data) / 64
	if cap(x.marks) < words {
		x.marks, x.lines = make([]uint64, words), make([]uint64, words)
	}
	marks, lines := x.marks[:words], x.lines[:words]
	markWords(marks, lines, data)
	const before = ^uint32(0)
	ends, rows := append(x.ends[:0], before), x.rows[:0]
	for i, m := range marks {
		if cap(ends)-len(ends) < 64 {
			ends = append(ends, make([]uint32, len(ends)+64)...)[:len(ends)]
		}
		at := uint32(len(ends))
		for line := lines[i]; line != 0; line &= line - 1 {
			rows = append(rows, at+uint32(bits.OnesCount64(m&(line&-line-1))))
		}
		base := uint32(64 * i)
		to := ends[len(ends) : len(ends)+64]
		n := bits.OnesCount64(m)
		for done := 0; ; {
			t := (*[8]uint32)(to[done:])
			t[0] = base + uint32(bits.TrailingZeros64(m))
			m &= m - 1
			t[1] = base + uint32(bits.TrailingZeros64(m))
			m &= m - 1
			t[2] = base + uint32(bits.TrailingZeros64(m))
			m &= m - 1
			t[3] = base + uint32(bits.TrailingZeros64(m))
			m &= m - 1
			t[4] = base + uint32(bits.TrailingZeros64(m))
			m &= m - 1
			t[5] = base + uint32(bits.TrailingZeros64(m))
			m &= m - 1
			t[6] = base + uint32(bits.TrailingZeros64(m))
			m &= m - 1
			t[7] = base + uint32(bits.TrailingZeros64(m))
			m &= m - 1
			if done += 8; done >= n {
				break
			}
		}
		ends = ends[:len(ends)+n]
	}
	for i := 64 * words; i < len(data); i++ {
		switch data[i] {
		case '\n':
			rows = append(rows, uint32(len(ends)))
			ends = append(ends, uint32(i))
		case ',':
			ends = append(ends, uint32(i))
		}
	}
	if n := len(data); n > 0 && data[n-1] != '\n' {
		rows = append(rows, uint32(len(ends)))
		ends = append(ends, uint32(n))
	}
	x.ends, x.rows = ends, rows
}

// markPortable fills a word of ends and of lines for each 64 bytes of data: a
// bit for each byte that is a comma or a line end, and for each line end.
func markPortable(ends, lines []uint64, data []byte) {
	for i := range min(len(ends), len(lines), len(data)/64) {
		part := data[64*i : 64*i+64]
		var end, line uint64
		for j := range 8 {
			w := binary.LittleEndian.Uint64(part[8*j:])
			n := equal(w, '\n')
			end |= (equal(w, ',') | n) << (8 * j)
			line |= n << (8 * j)
		}
		ends[i], lines[i] = end, line
	}
}

// equal has a bit for each of the eight bytes of w that is c, the first byte's
// lowest. Adding 0x7f to seven bits carries into the eighth unless all are
// zero, so no byte disturbs its neighbour; the product gathers the eighth bits.
func equal(w uint64, c byte) uint64 {
	const low, high = eachByte * 0x7f, eachByte * 0x80
	w ^= eachByte * uint64(c)
	w = (w&low + low) | w
	return (^w & high >> 7) * 0x0102040810204080 >> 56
}
