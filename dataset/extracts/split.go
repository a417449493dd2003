package extracts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
)

// Faults that make a file unreadable as CSV.
var (
	errQuote     = errors.New(`a quote inside a cell that does not start with one, or text after a closing quote; write " as ""`)
	errUnclosed  = errors.New("a quoted cell is not closed before the end of the file")
	errNUL       = errors.New("NUL byte: not a text file; save it as CSV again")
	errLongLine  = errors.New("a row longer than 16 MiB; is a closing quote missing?")
	errNotUTF8   = errors.New("not UTF-8")
	maxRowLength = 16 << 20
)

const eachByte = 0x0101010101010101

// splitter walks the rows of CSV bytes that begin and end at row boundaries.
// It reads as encoding/csv does with its strict defaults: empty lines are
// skipped, CRLF ends a row, a quoted cell may hold commas, line ends and
// doubled quotes. Cells point into data or, where quotes were doubled, into
// scratch; they are valid until the next call.
type splitter struct {
	data    []byte
	between byte // separates cells; 0 is a comma
	pos     int
	line    int // of the row that next returned
	after   int // lines before pos
	cells   [][]byte
	scratch []byte
	err     error
}

func (s *splitter) reset(data []byte, line int) {
	s.data, s.pos, s.after, s.err = data, 0, line, nil
	if s.between == 0 {
		s.between = ','
	}
}

// next advances to the next row; false at the end or on a fault (err).
func (s *splitter) next() bool {
	data := s.data
	n := len(data)
	pos := s.pos
	for { // empty lines
		switch {
		case pos < n && data[pos] == '\n':
			pos++
		case pos+1 < n && data[pos] == '\r' && data[pos+1] == '\n':
			pos += 2
		default:
			goto row
		}
		s.after++
	}
row:
	if pos >= n || pos == n-1 && data[pos] == '\r' {
		s.pos = n
		return false
	}
	s.line = s.after + 1
	s.cells, s.scratch = s.cells[:0], s.scratch[:0]
	start := pos
	for i := pos; ; {
		for s.between == ',' && i+8 <= n { // eight bytes at a time to the next one that may end a cell
			w := binary.LittleEndian.Uint64(data[i:])
			if w = (w - eachByte*(','+1)) & ^w & (eachByte * 0x80); w != 0 {
				i += bits.TrailingZeros64(w) >> 3
				break
			}
			i += 8
		}
		if i < n {
			c := data[i]
			switch c {
			case s.between:
				s.cells = append(s.cells, data[start:i])
				i++
				start = i
			case '\n':
				end := i
				if end > start && data[end-1] == '\r' {
					end--
				}
				s.cells = append(s.cells, data[start:end])
				s.pos = i + 1
				s.after++
				return true
			case '"':
				if i != start {
					s.err = errQuote
					return false
				}
				next, done := s.quoted(i + 1)
				if s.err != nil || done {
					return s.err == nil
				}
				i, start = next, next
			default:
				i++
			}
			continue
		}
		end := n
		if end > start && data[end-1] == '\r' {
			end--
		}
		s.cells = append(s.cells, data[start:end])
		s.pos = n
		return true
	}
}

// quoted reads a quoted cell whose text starts at i and returns where the next
// cell starts, or done where the row ends with it.
func (s *splitter) quoted(i int) (next int, done bool) {
	data := s.data
	start, mark, copied := i, len(s.scratch), false
	for {
		j := bytes.IndexByte(data[i:], '"')
		if j < 0 {
			s.err = errUnclosed
			return 0, false
		}
		j += i
		piece := data[start:j]
		if lines := bytes.Count(data[i:j], []byte{'\n'}); lines > 0 {
			s.after += lines
		}
		doubled := j+1 < len(data) && data[j+1] == '"'
		if doubled {
			s.scratch = append(s.scratch, piece...)
			s.scratch = append(s.scratch, '"')
			copied = true
			i, start = j+2, j+2
			continue
		}
		cell := piece
		if copied {
			s.scratch = append(s.scratch, piece...)
			cell = s.scratch[mark:len(s.scratch):len(s.scratch)]
		}
		if bytes.IndexByte(cell, '\r') >= 0 {
			cell = bytes.ReplaceAll(cell, []byte("\r\n"), []byte("\n"))
		}
		s.cells = append(s.cells, cell)
		switch k := j + 1; {
		case k >= len(data), k == len(data)-1 && data[k] == '\r':
			s.pos = len(data)
			return 0, true
		case data[k] == s.between:
			if k+1 >= len(data) { // the row ends with an empty cell
				s.cells = append(s.cells, nil)
				s.pos = len(data)
				return 0, true
			}
			return k + 1, false
		case data[k] == '\n':
			s.after++
			s.pos = k + 1
			return 0, true
		case data[k] == '\r' && k+1 < len(data) && data[k+1] == '\n':
			s.after++
			s.pos = k + 2
			return 0, true
		}
		s.err = errQuote
		return 0, false
	}
}

// lastRowEnd returns where the last row of data that is whole ends, 0 for
// none: after a newline with an even number of quotes before it.
func lastRowEnd(data []byte) int {
	odd := bytes.Count(data, []byte{'"'})&1 == 1
	end := len(data)
	for {
		i := bytes.LastIndexByte(data[:end], '\n')
		if i < 0 {
			return 0
		}
		if bytes.Count(data[i:end], []byte{'"'})&1 == 1 {
			odd = !odd
		}
		if !odd {
			return i + 1
		}
		end = i
	}
}
