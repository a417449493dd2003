package dataset

import "strings"

// PlainCell is a text as it is written into a table, so that no spreadsheet
// takes it for a formula: an apostrophe stands before what would begin one.
func PlainCell(text string) string {
	if text != "" && strings.IndexByte("=+-@\t\r", text[0]) >= 0 {
		return "'" + text
	}
	return text
}
