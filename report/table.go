package report

// Table is a table made for reading: its digits are decided, its numbers are
// words. Files that programs read are made from the result itself.
type Table struct {
	Name    string // stable, names the CSV file
	Title   string
	Columns []Column
	Rows    []Row
	Notes   []string // footnotes in order; cells refer to them with Marker
}

// Column heads a column of a Table. Neighbours with the same Over share one
// heading above their labels.
type Column struct {
	Label string
	Over  string
	Align Align
}

// Align says how the cells of a column line up.
type Align uint8

// The alignments of a column.
const (
	Left     Align = iota
	Decimal        // on the decimal point, at the right
	Interval       // "low to high", each on its decimal point
)

// Row is a line of a Table, with one cell a column.
type Row struct {
	Cells []string
	Kind  RowKind
}

// RowKind says what a row is to a reader.
type RowKind uint8

// The kinds of rows.
const (
	BodyRow    RowKind = iota
	SectionRow         // a heading across the table: its first cell only
	EffectRow          // the line that answers the question
)

// Marker is the mark of footnote n, counted from 1.
func Marker(n int) string {
	digits := [...]string{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"}
	if n < 10 {
		return digits[n]
	}
	return Marker(n/10) + digits[n%10]
}
