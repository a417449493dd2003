package extracts

import (
	"bytes"
	"fmt"
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

// The rows of a text, with quotes and without, are those that the splitter
// reads alone, on the same lines, up to the same fault.
func TestRows(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, signs := range []string{"abcdefgh,,,,\n\n\r ", "abcdefgh,,,,\n\n\r \"", "ab,\n\"\"\"\r"} {
		for range 3000 {
			data := make([]byte, r.IntN(300))
			for i := range data {
				data[i] = signs[r.IntN(len(signs))]
			}
			type line struct {
				number int
				cells  string
			}
			text := func(number int, cells [][]byte) line { // a line may end with carriage returns
				cells[len(cells)-1] = bytes.TrimRight(cells[len(cells)-1], "\r")
				return line{number, fmt.Sprintf("%q", cells)}
			}
			var want, got []line
			var s splitter
			s.reset(data, 0)
			for s.next() {
				want = append(want, text(s.line, s.cells))
			}
			var row Row
			errLine, err := row.rows(data, func() {
				cells := make([][]byte, row.width)
				for i := range cells {
					cells[i] = row.raw(i)
				}
				got = append(got, text(row.line, cells))
			})
			if err != s.err || err != nil && errLine != s.after+1 || !slices.Equal(got, want) {
				t.Fatalf("%q: %v, line %d, %v, want %v, line %d, %v", data, got, errLine, err, want, s.after+1, s.err)
			}
		}
	}
}
