package report

import (
	"html"
	"strings"
)

// Plainly drops control characters and broken UTF-8: names come from files,
// and a terminal or an XML reader would take some of them as orders.
func Plainly(s string) string {
	clean := func(r rune) bool {
		return r >= 0x20 && r != 0x7f && !(r >= 0x80 && r < 0xa0) && r != 0xfffe && r != 0xffff && r != 0x2028 && r != 0x2029 &&
			!(r >= 0x202a && r <= 0x202e) && !(r >= 0x2066 && r <= 0x2069) || r == '\n' || r == '\t'
	}
	s = strings.ToValidUTF8(s, "?")
	return strings.Map(func(r rune) rune {
		if clean(r) {
			return r
		}
		return -1
	}, s)
}

// Escape writes a text so that it can stand in HTML, SVG or XML.
func Escape(s string) string { return html.EscapeString(Plainly(s)) }
