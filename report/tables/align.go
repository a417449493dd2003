package tables

import (
	"strings"
	"unicode/utf8"

	"swis/report"
)

// width is the number of columns that s takes on a screen.
func width(s string) int { return utf8.RuneCountInString(s) }

func padRight(s string, n int) string { return s + strings.Repeat(" ", max(0, n-width(s))) }

func padLeft(s string, n int) string { return strings.Repeat(" ", max(0, n-width(s))) + s }

// split cuts a cell at its decimal point: what stands before, and the point
// with all that follows. Without a point the whole number is before, and a
// mark or a percent sign after it follows.
func split(s string) (whole, rest string) {
	digit := false
	for i, r := range s {
		isDigit := r >= '0' && r <= '9'
		switch {
		case isDigit:
			digit = true
		case digit && r != ',':
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// aligned pads the cells of one column to the same width.
func aligned(cells []string, align report.Align) []string {
	out := make([]string, len(cells))
	switch align {
	case report.Decimal:
		alignDecimal(out, cells)
	case report.Interval:
		lows, highs := make([]string, len(cells)), make([]string, len(cells))
		for i, c := range cells {
			low, high, ok := strings.Cut(c, " to ")
			if ok {
				lows[i], highs[i] = low, high
			}
		}
		left, right := 0, 0
		for i := range cells {
			left, right = max(left, width(lows[i])), max(right, width(highs[i]))
		}
		for i, c := range cells {
			if strings.Contains(c, " to ") {
				out[i] = padLeft(lows[i], left) + " to " + padLeft(highs[i], right)
			} else {
				out[i] = c
			}
		}
	default:
		copy(out, cells)
	}
	n := 0
	for _, c := range out {
		n = max(n, width(c))
	}
	for i, c := range out {
		if align == report.Decimal || (align == report.Interval && cells[i] == none) {
			out[i] = padLeft(c, n)
		} else {
			out[i] = padRight(c, n)
		}
	}
	return out
}

func alignDecimal(out, cells []string) {
	before, after := 0, 0
	for _, c := range cells {
		whole, rest := split(c)
		if numeric(c) {
			before, after = max(before, width(whole)), max(after, width(rest))
		}
	}
	for i, c := range cells {
		switch {
		case c == none:
			out[i] = padRight(padLeft(c, before), before+after)
		case numeric(c):
			whole, rest := split(c)
			out[i] = padLeft(whole, before) + padRight(rest, after)
		default:
			out[i] = c
		}
	}
}

// numeric says whether a cell starts like a number.
func numeric(s string) bool {
	s = strings.TrimLeft(s, "+−-<>£")
	return s != "" && s[0] >= '0' && s[0] <= '9'
}

// wrap breaks text into lines of at most n columns, at spaces only.
func wrap(s string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case width(line)+1+width(word) <= n:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
