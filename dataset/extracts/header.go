package extracts

import "fmt"

// headerWithin is how many rows are searched for the header: reports that are
// saved as text have titles above their table.
const headerWithin = 20

var separatorNames = map[byte]string{'\t': "tabs", ';': "semicolons", '|': "upright bars"}

// header advances to the row of column names: the first of the first rows
// with more than one cell that holds anything, else the first. skipped is the
// number of rows above it.
func (s *splitter) header() (skipped int, ok bool) {
	start := *s
	for ; skipped < headerWithin && s.next(); skipped++ {
		filled := 0
		for _, cell := range s.cells {
			if len(trim(cell)) > 0 {
				filled++
			}
		}
		if filled > 1 {
			return skipped, true
		}
	}
	*s = start
	return 0, s.next()
}

// headerNote says how a table is written that is not a plain CSV file.
func (f *file) headerNote(separator byte, skipped int) {
	if name := separatorNames[separator]; name != "" {
		f.extract.Notes = append(f.extract.Notes, "cells are separated by "+name)
	}
	if skipped > 0 {
		f.extract.Notes = append(f.extract.Notes, fmt.Sprintf("rows above the column names: %d, left out", skipped))
	}
}
