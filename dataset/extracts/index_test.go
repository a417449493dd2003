package extracts

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The words of marks are the same from the processor's wide registers and from
// ordinary ones, and right.
func TestMarks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	signs := []byte("ab,\n\",\r\n \x00\xff\x8a\xac\x0b\x2d\x2b")
	for range 200 {
		data := make([]byte, r.IntN(600))
		for i := range data {
			data[i] = signs[r.IntN(len(signs))]
		}
		n := len(data) / 64
		ends, lines := make([]uint64, n), make([]uint64, n)
		same, sameLines := make([]uint64, n), make([]uint64, n)
		markWords(ends, lines, data)
		markPortable(same, sameLines, data)
		if !slices.Equal(ends, same) || !slices.Equal(lines, sameLines) {
			t.Fatalf("%q: %x %x, portable %x %x", data, ends, lines, same, sameLines)
		}
		for i, c := range data[:64*n] {
			if ends[i/64]>>(i%64)&1 == 1 != (c == ',' || c == '\n') || lines[i/64]>>(i%64)&1 == 1 != (c == '\n') {
				t.Fatalf("%q: byte %d", data, i)
			}
		}
	}
}

// Rows without quotes are those that the splitter reads.
func TestPlainRows(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	signs := []byte("abcdefgh,,,,\n\n\r ")
	var x rowIndex
	for range 3000 {
		data := make([]byte, r.IntN(300))
		for i := range data {
			data[i] = signs[r.IntN(len(signs))]
		}
		var want [][]string
		var s splitter
		s.reset(data, 0)
		for s.next() {
			row := make([]string, len(s.cells))
			for i, cell := range s.cells {
				row[i] = string(cell)
			}
			want = append(want, row)
		}
		x.of(data)
		var got [][]string
		row := Row{text: data, ends: x.ends}
		first := 1
		for _, end := range x.rows {
			row.first, row.width = first, int(end)-first+1
			first = int(end) + 1
			var cells []string
			for i := range row.width {
				cell := row.raw(i)
				if n := len(cell); i == row.width-1 && n > 0 && cell[n-1] == '\r' {
					cell = cell[:n-1]
				}
				cells = append(cells, string(cell))
			}
			if len(cells) > 1 || cells[0] != "" {
				got = append(got, cells)
			}
		}
		if !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("%q: %q, want %q", data, got, want)
		}
	}
}
