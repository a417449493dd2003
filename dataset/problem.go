// Package dataset holds the nouns of the data side: what a local authority
// hands over, and what is wrong with it. The verbs live in the packages below.
package dataset

import (
	"fmt"
	"strings"
)

// Problem is one fault in an input, at the place where it is. Text never
// holds a value of an extract; values of plans, flags and --data tables may
// be quoted.
type Problem struct {
	File   string
	Line   int    // 1 is the header line; 0 where the fault is not at a line
	Column string // empty where the fault is not in a column
	Rule   string // e.g. D01; empty where no rule of the catalogue applies
	Text   string // what is wrong, what is wanted, what to do next
}

func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Column != "" {
		fmt.Fprintf(&b, "column %q: ", p.Column)
	}
	b.WriteString(p.Text)
	if p.Rule != "" {
		fmt.Fprintf(&b, " (%s)", p.Rule)
	}
	return b.String()
}

// Problems is an error that says that an input is refused, with every reason.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// Problemf returns one Problem as an error.
func Problemf(file string, line int, column, format string, args ...any) error {
	return Problems{{File: file, Line: line, Column: column, Text: fmt.Sprintf(format, args...)}}
}
