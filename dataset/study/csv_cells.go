package study

import (
	"encoding/csv"
	"strings"
)

// quoted is a cell of text as encoding/csv writes it.
func quoted(cell string) string {
	cell = text(cell)
	for i := range len(cell) {
		switch c := cell[i]; {
		case c > ' ' && c < 0x80 && c != '"' && c != ',' && c != '\\':
		case c == ' ' && i > 0:
		default: // it may need quotes
			var b strings.Builder
			w := csv.NewWriter(&b)
			w.Write([]string{cell})
			w.Flush()
			return strings.TrimSuffix(b.String(), "\n")
		}
	}
	return cell
}

// appendCells appends texts to a row, each with a comma after it.
func appendCells(line []byte, texts ...string) []byte {
	for _, cell := range texts {
		line = append(append(line, quoted(cell)...), ',')
	}
	return line
}

// ended makes the last comma of a row its end.
func ended(line []byte) []byte {
	line[len(line)-1] = '\n'
	return line
}
