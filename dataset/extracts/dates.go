package extracts

import (
	"bytes"
	"encoding/binary"

	"swis/dataset"
)

// written is a date as it is written in a cell, before the order of day and
// month in its column is known. It has the size of a dataset.Day, so a record
// holds it until the whole file has been read:
//
//	bits 0-4 second part, 5-9 first part, 10-17 year less 1900, 18-20 shape, 21-26 column
type written = dataset.Day

// shapes of a written date
const (
	shapeBlank    = iota
	shapeCertain  // first part is the month, second the day
	shapeNumbers  // the order of the parts is a matter of the column
	shapeBad      // not a date
	shapeSentinel // stands for no date: 1900-01-01, 1970-01-01, year 9999
	shapeTwoDigit // the year has two digits; order as for shapeNumbers
)

func write(shape, year, first, second int) written {
	return written(shape<<18 | (year-1900)<<10 | first<<5 | second)
}

func (s *dateStats) count(d written) { s.shapes[(d>>18)&7]++ }

// dateStats are the votes of a column's cells.
type dateStats struct {
	shapes               [8]int64
	dayFirst, monthFirst int64 // numbers whose first, second part is above 12
	serial, timed        int64
}

func (s *dateStats) add(o *dateStats) {
	for i := range s.shapes {
		s.shapes[i] += o.shapes[i]
	}
	s.dayFirst += o.dayFirst
	s.monthFirst += o.monthFirst
	s.serial += o.serial
	s.timed += o.timed
}

// parse reads a cell that is not blank and counts its evidence.
func (s *dateStats) parse(b []byte) written {
	d := s.read(b)
	s.count(d)
	return d
}

func digit(c byte) int { return int(c) - '0' }

func isDigit(c byte) bool { return c-'0' <= 9 }

func (s *dateStats) read(b []byte) written {
	if d := usualDate(b); d != otherForm {
		if d>>18&7 == shapeNumbers {
			s.vote(d)
		}
		return d
	}
	return s.readAny(b)
}

// usualDate reads dd/mm/yyyy and yyyy-mm-dd with / - or . between, eight signs
// at once; otherForm for any other text, and for what is no date.
func usualDate(b []byte) written {
	if len(b) != 10 {
		return otherForm
	}
	const tens, high = eachByte * 0x76, eachByte * 0x80
	w := binary.LittleEndian.Uint64(b)
	y, z := b[8]-'0', b[9]-'0'
	var year, first, second, shape int
	switch {
	case b[2] == b[5] && (b[2] == '/' || b[2] == '-' || b[2] == '.'):
		sep := uint64(b[2])
		w ^= 0x3030003030003030 | sep<<16 | sep<<40 // digits become 0 to 9, separators 0
		shape, first, second = shapeNumbers, int(w&15)*10+int(w>>8&15), int(w>>24&15)*10+int(w>>32&15)
		year = int(w>>48&15)*1000 + int(w>>56&15)*100 + int(y)*10 + int(z)
		if first > 12 && second > 12 {
			return otherForm
		}
	case b[4] == b[7] && (b[4] == '-' || b[4] == '/'):
		sep := uint64(b[4])
		w ^= 0x0030300030303030 | sep<<32 | sep<<56
		shape, first, second = shapeCertain, int(w>>40&15)*10+int(w>>48&15), int(y)*10+int(z)
		year = int(w&15)*1000 + int(w>>8&15)*100 + int(w>>16&15)*10 + int(w>>24&15)
		if first > 12 || second > 28 && !dataset.ValidDate(year, first, second) {
			return otherForm
		}
	default:
		return otherForm
	}
	if (w|(w+tens))&high != 0 || y > 9 || z > 9 || first == 0 || second == 0 || first > 31 || second > 31 || year <= 1970 || year >= 2100 {
		return otherForm
	}
	return write(shape, year, first, second)
}

// vote counts which part of a written date is above 12.
func (s *dateStats) vote(d written) {
	switch {
	case d>>5&31 > 12:
		s.dayFirst++
	case d&31 > 12:
		s.monthFirst++
	}
}

// otherForm is none of the usual forms, and no written date.
const otherForm = written(-1)

// readAny reads dates of any supported form: three parts between / - . or
// spaces, the year first or last, the month as a number or in letters, with or
// without a time of day; yyyymmdd; or a spreadsheet's day number.
func (s *dateStats) readAny(b []byte) written {
	const bad = written(shapeBad << 18)
	var part, width [3]int
	named := -1
	i, n := 0, 0
	for ; n < 3; n++ {
		start := i
		for i < len(b) && isDigit(b[i]) {
			if i-start >= 8 {
				return bad
			}
			part[n] = part[n]*10 + digit(b[i])
			i++
		}
		width[n] = i - start
		if i == start {
			m, length := monthNamed(b[i:])
			if m == 0 || named >= 0 {
				return bad
			}
			part[n], named = m, n
			i += length
		}
		if n == 2 || i == len(b) {
			n++
			break
		}
		if b[i] != '/' && b[i] != '-' && b[i] != '.' && b[i] != ' ' {
			return bad
		}
		if b[i] == '.' && n == 0 && width[0] == 5 && onlyDigits(b[i+1:]) { // 44090.0 and 44090.5
			if len(bytes.Trim(b[i+1:], "0")) > 0 {
				s.timed++
			}
			return s.daySerial(part[0])
		}
		i++
	}
	switch {
	case n == 1 && i == len(b) && width[0] == 5:
		return s.daySerial(part[0])
	case n == 1 && i == len(b) && width[0] == 8:
		return certain(part[0]/10000, part[0]/100%100, part[0]%100)
	case n != 3:
		return bad
	}
	if !s.timeOfDay(b[i:]) {
		return bad
	}
	switch {
	case width[0] == 4: // year first
		if named == 2 || width[2] == 0 {
			return bad
		}
		return certain(part[0], part[1], part[2])
	case named == 1 && width[2] == 4:
		return certain(part[2], part[1], part[0])
	case named == 1 && width[2] == 2:
		return shaped(shapeTwoDigit, century(part[2]), part[1], part[0])
	case named >= 0:
		return bad
	case width[2] == 4:
		return s.numbers(part[0], part[1], part[2])
	case width[2] == 2:
		if part[0] > 31 || part[1] > 31 {
			return bad
		}
		return write(shapeTwoDigit, century(part[2]), part[0], part[1])
	}
	return bad
}

// century of a two-digit year: 00 to 49 are 2000 to 2049. Used only where the
// mapping file declares such dates.
func century(y int) int {
	if y < 50 {
		return 2000 + y
	}
	return 1900 + y
}

func certain(year, month, day int) written { return shaped(shapeCertain, year, month, day) }

func shaped(shape, year, month, day int) written {
	if year >= 2100 || year == 1900 && month == 1 && day == 1 || year == 1970 && month == 1 && day == 1 {
		return written(shapeSentinel << 18)
	}
	if year < 1900 || !dataset.ValidDate(year, month, day) {
		return written(shapeBad << 18)
	}
	return write(shape, year, month, day)
}

func (s *dateStats) numbers(first, second, year int) written {
	if year >= 2100 || (year == 1900 || year == 1970) && first == 1 && second == 1 {
		return written(shapeSentinel << 18)
	}
	switch {
	case year < 1900 || first > 31 || second > 31 || first == 0 || second == 0 || first > 12 && second > 12:
		return written(shapeBad << 18)
	case first > 12:
		s.dayFirst++
	case second > 12:
		s.monthFirst++
	}
	return write(shapeNumbers, year, first, second)
}

// daySerial converts a day number of the 1900 system, in which 1 March 1900 is 61.
func (s *dateStats) daySerial(n int) written {
	if n < 20000 || n > 60000 {
		return written(shapeBad << 18)
	}
	s.serial++
	y, m, d := dataset.Day(n - 25569).Date()
	return write(shapeCertain, y, m, d)
}

// timeOfDay accepts nothing or T or a space and hh:mm, seconds, fraction and zone.
func (s *dateStats) timeOfDay(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	if b[0] != ' ' && b[0] != 'T' || len(b) < 6 {
		return false
	}
	midnight := true
	for _, c := range b[1:] {
		switch {
		case c >= '1' && c <= '9':
			midnight = false
		case c == '0' || c == ':' || c == '.' || c == 'Z' || c == '+' || c == '-' || c == ' ' || c == 'A' || c == 'P' || c == 'M':
		default:
			return false
		}
	}
	if !midnight {
		s.timed++
	}
	return true
}

func onlyDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
}

var monthNames = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// monthNamed reads a month's name or its first three letters.
func monthNamed(b []byte) (month, length int) {
	for length < len(b) && (b[length]|0x20) >= 'a' && (b[length]|0x20) <= 'z' {
		length++
	}
	if length < 3 || length > 9 {
		return 0, 0
	}
	var lower [9]byte
	for i := range length {
		lower[i] = b[i] | 0x20
	}
	for m, name := range monthNames {
		if string(lower[:length]) == name || string(lower[:length]) == name[:3] || m == 8 && string(lower[:length]) == "sept" {
			return m + 1, length
		}
	}
	return 0, 0
}

// order of day and month in a column.
type order int8

const (
	orderOpen order = iota
	orderDayFirst
	orderMonthFirst
)

// day of a written date under an order; ok is false where there is no such
// day. Sentinels and blanks are NoDay and ok.
func day(d written, o order, twoDigits bool) (dataset.Day, bool) {
	year, first, second := int(d>>10&0xff)+1900, int(d>>5&31), int(d&31)
	switch d >> 18 & 7 {
	case shapeBlank, shapeSentinel:
		return dataset.NoDay, true
	case shapeCertain:
		return dataset.DayOf(year, first, second), true
	case shapeTwoDigit:
		if !twoDigits {
			return dataset.NoDay, false
		}
	case shapeBad:
		return dataset.NoDay, false
	}
	month, dayOfMonth := second, first
	if o == orderMonthFirst {
		month, dayOfMonth = first, second
	}
	if !dataset.ValidDate(year, month, dayOfMonth) {
		return dataset.NoDay, false
	}
	return dataset.DayOf(year, month, dayOfMonth), true
}
