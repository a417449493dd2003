package study

import "strconv"

// school appends the rows of a school.
func (r *panelRows) school(text []byte, si int) []byte {
	school := &r.panel.Schools[si]
	edge := r.panel.Edge[school.LA]
	names := quoted(school.ID) + "," + quoted(school.LA) + ","
	last := rowEnd{known: make([]bool, len(r.columns)), digits: make([]int16, len(r.columns))}
	var sizes, years copiedNumbers
	for i := range r.periods {
		period := &r.periods[i]
		text = append(append(append(text, names...), period.label...), ',')
		pupils, exposure := exposureOf(r.panel, si*len(r.periods)+i, school, period)
		text = append(sizes.append(text, pupils, 6), ',')
		text = years.append(text, exposure, 10)
		late, same := edge != nil && edge[i], false
		if last.there == there(exposure) && last.late == late {
			text, same = r.again(text, &last, si, i)
		}
		if !same {
			last.there, last.late = there(exposure), late
			text = r.end(text, &last, si, i)
		}
	}
	return text
}

// rowEnd is what follows the numbers of a row: its cells, which outcomes are
// covered, and edge. Those after it are often the same but for digits.
type rowEnd struct {
	there, late bool
	known       []bool  // by column
	digits      []int16 // by column, where after from the one digit of a cell stands; 0 for an empty cell
	from, to    int     // in the text; nothing where there is none that can be copied
}

// end appends the end of a row and notes it.
func (r *panelRows) end(text []byte, e *rowEnd, si, i int) []byte {
	e.from = len(text)
	short := true
	for k := range r.columns {
		text = append(text, ',')
		at := len(text)
		text, e.known[k] = r.cell(text, &r.columns[k], si, i, e.there)
		e.digits[k] = 0
		if len(text) > at {
			e.digits[k] = int16(at - e.from)
			short = short && len(text) == at+1
		}
	}
	for _, is := range e.known {
		text = append(text, ',', digit(is))
	}
	text = append(text, ',', digit(e.late), '\n')
	e.to = len(text)
	if r.shares || !short {
		e.to = e.from
	}
	return text
}

// again appends the end of an earlier row with the digits of this one. It is
// not the same where others are known, or a number has more digits.
func (r *panelRows) again(text []byte, e *rowEnd, si, i int) (out []byte, same bool) {
	if e.from == e.to {
		return text, false
	}
	start, at := len(text), si*len(r.periods)+i
	text = append(text, text[e.from:e.to]...)
	for k := range r.columns {
		c := &r.columns[k].cells
		if c.Known(at, i) != e.known[k] {
			return text[:start], false
		}
		if place := e.digits[k]; place > 0 {
			n := uint32(c.Value[at])
			if n >= 10 {
				return text[:start], false
			}
			text[start+int(place)] = '0' + byte(n)
		}
	}
	return text, true
}

func digit(is bool) byte {
	if is {
		return '1'
	}
	return '0'
}

// there says whether a school of that exposure is open in a period, or that
// this is not known.
func there(exposure float64) bool { return exposure > 0 || exposure != exposure }

// cell writes a cell of a column if it is known and the school is there.
func (r *panelRows) cell(text []byte, c *panelColumn, si, i int, there bool) (out []byte, known bool) {
	if c.share {
		x, known := r.panel.Share(c.outcome, si, i)
		if known && there {
			text = appendNumber(text, x, 10)
		}
		return text, known
	}
	at := si*len(r.periods) + i
	known = c.cells.Known(at, i)
	switch n := c.cells.Value[at]; {
	case !known || !there:
	case uint32(n) < 10:
		text = append(text, '0'+byte(n))
	default:
		text = strconv.AppendInt(text, int64(n), 10)
	}
	return text, known
}
