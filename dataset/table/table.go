// Package table reads a tidy CSV as typed columns: what --data reads and what
// every estimator takes.
package table

import (
	"fmt"
	"math"
	"strings"

	"swis/dataset"
)

// Table is an immutable set of equally long columns. A column is numeric if at
// least one cell is a number and all others are numbers, missing or
// suppression marks; else it is categorical. Any column can be asked for as
// categories.
type Table struct {
	Name    string // file name as given, or what it is derived from
	SHA256  string // of the file's bytes; empty for derived tables
	columns []*column
	index   map[string]int
	rows    int
	lines   []int32 // file line of each row, nil where row i is line i+2
}

// Mark says why a cell holds no number.
type Mark uint8

// The marks a cell can have.
const (
	Present    Mark = iota
	Missing         // empty, NA, NaN, NULL, .
	Suppressed      // c x z u k low : ~ .. * <N N-M: withheld by the publisher, never zero
)

func (m Mark) String() string {
	return [...]string{"present", "missing", "suppressed"}[m]
}

// Kind is the type of a column.
type Kind uint8

// The kinds of columns.
const (
	NumericKind Kind = iota
	CategoryKind
)

// Numeric is a column of numbers; Values is NaN where Marks is not Present.
type Numeric struct {
	Name   string
	Values []float64
	Marks  []Mark // nil where every cell is present
}

// Category is a dictionary-coded column. Levels are in alphabetical order
// (numeric order where all are numbers); Codes index into Levels, -1 where missing.
type Category struct {
	Name   string
	Levels []string
	Codes  []int32
}

// Rows is the number of rows.
func (t *Table) Rows() int { return t.rows }

// Names lists the columns in file order.
func (t *Table) Names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// Has says whether there is a column of that name.
func (t *Table) Has(name string) bool { _, ok := t.index[name]; return ok }

// Line is the line in the file of row i, for error messages.
func (t *Table) Line(i int) int {
	if t.lines == nil {
		return i + 2
	}
	return int(t.lines[i])
}

// Kind is the type of a column.
func (t *Table) Kind(name string) (Kind, error) {
	c, err := t.column(name)
	if err != nil {
		return 0, err
	}
	return c.load().kind, nil
}

// Numeric returns a column as numbers; a categorical column is a Problem.
func (t *Table) Numeric(name string) (*Numeric, error) {
	c, err := t.column(name)
	if err != nil {
		return nil, err
	}
	if c.load().kind != NumericKind {
		for i := range c.rows {
			text := c.cell(i)
			if _, mark := parseCell(text); mark == Present && !isNumber(text) {
				return nil, dataset.Problemf(t.Name, t.Line(i), name, "text; a number is wanted here")
			}
		}
	}
	if c.value == nil { // no cell holds anything
		return allMissing(name, t.rows), nil
	}
	return &Numeric{Name: name, Values: c.value, Marks: c.mark}, nil
}

// allMissing is a column without a single number.
func allMissing(name string, rows int) *Numeric {
	n := &Numeric{Name: name, Values: make([]float64, rows), Marks: make([]Mark, rows)}
	for i := range n.Values {
		n.Values[i], n.Marks[i] = math.NaN(), Missing
	}
	return n
}

// Category returns a column as categories, whatever it holds. Numbers keep the
// text they have in the file, so that 009 and 9 differ. The result is shared:
// callers do not change it.
func (t *Table) Category(name string) (*Category, error) {
	c, err := t.column(name)
	if err != nil {
		return nil, err
	}
	return c.categories(), nil
}

func (t *Table) column(name string) (*column, error) {
	i, ok := t.index[name]
	if !ok {
		return nil, &UnknownColumn{File: t.Name, Name: name, Nearest: Nearest(name, t.Names())}
	}
	return t.columns[i], nil
}

// UnknownColumn says that a table has no column of a name.
type UnknownColumn struct{ File, Name, Nearest string }

func (e *UnknownColumn) Error() string {
	s := fmt.Sprintf("%s: no column %q", e.File, e.Name)
	if e.Nearest != "" {
		s += fmt.Sprintf(" (did you mean %q?)", e.Nearest)
	}
	return s
}

// Nearest returns the candidate with the smallest edit distance to name, or ""
// where none is near.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", max(2, len(name)/3)+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
