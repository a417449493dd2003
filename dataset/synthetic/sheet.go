package synthetic

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"swis/dataset"
)

// dateStyle is how a file writes dates.
type dateStyle uint8

const (
	isoDate      dateStyle = iota // 2023-09-01
	slashDate                     // 01/09/2023
	hyphenDate                    // 01-09-2023
	censusDate                    // 2023-Sep-01 00:00:00
	shortDate                     // 01/09/23
	isoTimestamp                  // 2023-09-01 00:00:00
)

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

// appendDay writes a day in a style; nothing for day 0, which no record has.
func appendDay(to []byte, d dataset.Day, style dateStyle) []byte {
	if d == 0 || d == dataset.NoDay {
		return to
	}
	year, month, day := d.Date()
	var y [4]byte
	var m, n [2]byte
	digits(y[:], year)
	digits(m[:], month)
	digits(n[:], day)
	join := func(sep byte, parts ...[]byte) {
		for i, part := range parts {
			if i > 0 {
				to = append(to, sep)
			}
			to = append(to, part...)
		}
	}
	switch style {
	case slashDate:
		join('/', n[:], m[:], y[:])
	case hyphenDate:
		join('-', n[:], m[:], y[:])
	case shortDate:
		join('/', n[:], m[:], y[2:])
	case censusDate:
		join('-', y[:], []byte(monthNames[3*month-3:3*month]), n[:])
		to = append(to, " 00:00:00"...)
	case isoTimestamp:
		join('-', y[:], m[:], n[:])
		to = append(to, " 00:00:00"...)
	default:
		join('-', y[:], m[:], n[:])
	}
	return to
}

// written is a day as text.
func written(d dataset.Day, style dateStyle) string { return string(appendDay(nil, d, style)) }

// sheet writes one CSV file row by row. Faulty rows that were queued are mixed
// in, one after every spacing rows.
type sheet struct {
	w       io.Writer
	dates   dateStyle
	indexed bool // an unnamed first column counts the rows
	newline string
	rows    int
	buf     []byte
	cells   int
	faulty  [][]string
	err     error

	empty   *int  // counts the sheets without a row
	width   int   // faulty rows are filled up to it
	reads   []int // columns of dates that a reader uses, where day and month could change places
	written [3]int
	above   bool // a day above 12 stands in one of them
}

const spacing = 23

func newSheet(w io.Writer, header string, dates dateStyle, indexed bool) *sheet {
	s := &sheet{w: w, dates: dates, indexed: indexed, newline: "\n"}
	s.buf = append(s.buf, header...)
	s.flush()
	return s
}

// text adds a cell.
func (s *sheet) text(cell string) {
	s.comma()
	if strings.ContainsAny(cell, ",\"\n") {
		s.buf = append(s.buf, '"')
		s.buf = append(s.buf, strings.ReplaceAll(cell, `"`, `""`)...)
		s.buf = append(s.buf, '"')
		return
	}
	s.buf = append(s.buf, cell...)
}

func (s *sheet) texts(cells ...string) {
	for _, c := range cells {
		s.text(c)
	}
}

// day adds a cell with a date, empty for none.
func (s *sheet) day(d dataset.Day) {
	s.comma()
	if i := slices.Index(s.reads, s.cells-1); i >= 0 && d != 0 {
		_, _, day := d.Date()
		s.written[i]++
		s.above = s.above || day > 12
	}
	s.buf = appendDay(s.buf, d, s.dates)
}

// open counts the columns of dates of which no row tells the order of day and month.
func (s *sheet) open() (columns int) {
	for _, n := range s.written {
		if n > 0 && !s.above {
			columns++
		}
	}
	return columns
}

func (s *sheet) days(days ...dataset.Day) {
	for _, d := range days {
		s.day(d)
	}
}

func (s *sheet) number(n int) {
	s.comma()
	s.buf = strconv.AppendInt(s.buf, int64(n), 10)
}

func (s *sheet) comma() {
	if s.cells == 0 && s.indexed {
		s.buf = strconv.AppendInt(s.buf, int64(s.rows), 10)
		s.cells++
	}
	if s.cells > 0 {
		s.buf = append(s.buf, ',')
	}
	s.cells++
}

// end closes a row.
func (s *sheet) end() {
	s.rows++
	s.flush()
	if s.rows%spacing == 0 && len(s.faulty) > 0 {
		s.next()
	}
}

func (s *sheet) next() {
	row := s.faulty[0]
	s.faulty = s.faulty[1:]
	s.texts(row...)
	for range s.width - len(row) {
		s.text("")
	}
	s.rows++
	s.flush()
}

// finish writes the faulty rows that are left.
func (s *sheet) finish() error {
	for len(s.faulty) > 0 {
		s.next()
	}
	if s.rows == 0 && s.empty != nil {
		*s.empty++
	}
	return s.err
}

func (s *sheet) flush() {
	s.buf = append(s.buf, s.newline...)
	if s.err == nil {
		_, s.err = s.w.Write(s.buf)
	}
	s.buf, s.cells = s.buf[:0], 0
}
