package textfile

import "bytes"

// separators that programs write between the cells of a table, a comma first.
var separators = []byte(",\t;|")

// separatorWithin is how many lines are searched.
const separatorWithin = 20

// Separator is the sign between the cells of a table: of commas, tabs,
// semicolons and upright bars the one that stands most often, outside of
// quotes, in the first line that has one; a comma where none of the first
// lines does.
func Separator(text []byte) byte {
	seen := 0
	for line := range bytes.Lines(text) {
		if seen++; seen > separatorWithin {
			break
		}
		if bytes.HasPrefix(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), []byte("sep=")) {
			continue // a hint to Excel above the table
		}
		var counts [256]int
		quoted := false
		for _, c := range line {
			if c == '"' {
				quoted = !quoted
			} else if !quoted {
				counts[c]++
			}
		}
		best := separators[0]
		for _, c := range separators[1:] {
			if counts[c] > counts[best] {
				best = c
			}
		}
		if counts[best] > 0 {
			return best
		}
	}
	return separators[0]
}
