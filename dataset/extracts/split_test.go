package extracts

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// rows reads text with the splitter, cut into blocks of the given size.
func rows(text []byte, block int, between byte) (out [][]string, lines []int, err error) {
	s := splitter{between: between}
	line := 0
	for len(text) > 0 {
		cut := len(text)
		for size := block; size < len(text); size += block {
			if cut = lastRowEnd(text[:size]); cut > 0 {
				break
			}
			cut = len(text)
		}
		s.reset(text[:cut], line)
		for s.next() {
			row := make([]string, len(s.cells))
			for j, cell := range s.cells {
				row[j] = string(cell)
			}
			out, lines = append(out, row), append(lines, s.line)
		}
		if s.err != nil {
			return out, lines, s.err
		}
		text, line = text[cut:], s.after
	}
	return out, lines, nil
}

// standard reads the same with encoding/csv.
func standard(text []byte, between byte) (out [][]string, lines []int, err error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = rune(between)
	r.FieldsPerRecord = -1
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, lines, nil
		}
		if err != nil {
			return out, lines, err
		}
		line, _ := r.FieldPos(0)
		out, lines = append(out, record), append(lines, line)
	}
}

func compare(t *testing.T, text []byte) { compareIn(t, text, 1, 3, 1<<20) }

func compareIn(t *testing.T, text []byte, blocks ...int) {
	t.Helper()
	compareBetween(t, text, ',', blocks...)
}

func compareBetween(t *testing.T, text []byte, between byte, blocks ...int) {
	t.Helper()
	want, wantLines, wantErr := standard(text, between)
	for _, block := range blocks {
		got, lines, err := rows(text, block, between)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%q in blocks of %d: %v, encoding/csv: %v", text, block, err, wantErr)
		}
		if err != nil {
			continue
		}
		if !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("%q in blocks of %d: %q, encoding/csv: %q", text, block, got, want)
		}
		if !slices.Equal(lines, wantLines) {
			t.Fatalf("%q in blocks of %d: lines %v, encoding/csv: %v", text, block, lines, wantLines)
		}
	}
}

var csvSeeds = []string{
	"a,b\n1,2\n", "a,b\r\n1,2\r\n", "\n\na,b\n\n1,2", "a,\"b,c\"\n\"x\"\"y\",2\n", "\"a\nb\",c\nd,e\n", "a,b\r", "a,\"\"", "\"a\",", "a\"b,c\n",
	"\"a\"b,c\n", "\"open\n", ",\n,,\n", "\"a\r\nb\",c\n", "x\ry,z\n", "\r\n", "\"a\"\r", "\r", "a\n\r", "\"\"\"\"\n", "a,b\n\"\n\n\",\"\n\"\nc\n",
}

func TestSplitterAgreesWithStandard(t *testing.T) {
	for _, seed := range csvSeeds {
		compare(t, []byte(seed))
	}
	// every text of five signs
	for _, between := range []byte(",\t;|") {
		signs := []byte{'a', between, '"', '\n', '\r'}
		text := make([]byte, 5)
		for n := range 3125 {
			for i, m := 0, n; i < 5; i, m = i+1, m/5 {
				text[i] = signs[m%5]
			}
			compareBetween(t, text, between, 1, 3, 1<<20)
		}
	}
}

func FuzzSplitter(f *testing.F) {
	for _, seed := range csvSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(compare)
}

func TestLongRows(t *testing.T) {
	compareIn(t, []byte(strings.Repeat("x", 1<<16)+",\""+strings.Repeat("y\n", 1<<14)+"\"\n"), 1<<12, 1<<20)
}
