package table

import (
	"fmt"
	"slices"
)

// Builder makes a table from typed columns.
type Builder struct{ t Table }

// Build starts a table of the given number of rows.
func Build(name string, rows int) *Builder {
	return &Builder{t: Table{Name: name, rows: rows, index: map[string]int{}}}
}

// Numbers adds a numeric column; NaN is missing.
func (b *Builder) Numbers(name string, values []float64) *Builder {
	c := &column{name: name, rows: len(values), value: values}
	for i, x := range values {
		if x != x {
			if c.mark == nil {
				c.mark = make([]Mark, len(values))
			}
			c.mark[i] = Missing
		}
	}
	return b.add(c, len(values))
}

// Texts adds a column of texts, typed as a file's column would be.
func (b *Builder) Texts(name string, values []string) *Builder {
	return b.add(&column{name: name, rows: len(values), cells: textCells(values)}, len(values))
}

func (b *Builder) add(c *column, rows int) *Builder {
	if rows != b.t.rows {
		panic(fmt.Sprintf("table: column %s has %d rows, want %d", c.name, rows, b.t.rows))
	}
	b.t.index[c.name] = len(b.t.columns)
	b.t.columns = append(b.t.columns, c)
	return b
}

// Table ends the building.
func (b *Builder) Table() *Table { t := b.t; return &t }

// With returns the table with one more numeric column, or that column replaced.
func (t *Table) With(name string, values []float64) *Table {
	b := Build(t.Name, t.rows)
	b.t.SHA256, b.t.lines = t.SHA256, t.lines
	for _, c := range t.columns {
		if c.name != name {
			b.add(c, t.rows)
		}
	}
	b.Numbers(name, values)
	return b.Table()
}

// Filter returns the rows for which keep is true, in order. Column types stay.
func (t *Table) Filter(keep []bool) *Table {
	out := &Table{Name: t.Name, SHA256: t.SHA256, index: t.index}
	var rows []int32
	for i, k := range keep {
		if k {
			rows = append(rows, int32(i))
			out.lines = append(out.lines, int32(t.Line(i)))
		}
	}
	out.rows = len(rows)
	for _, c := range t.columns {
		out.columns = append(out.columns, &column{name: c.name, rows: out.rows, cells: pickedCells{c, rows}})
	}
	return out
}

// Exchange returns the table with one column's cells taken from other rows:
// row i gets the cell of rows[i]. The column keeps its type; the other columns
// are shared.
func (t *Table) Exchange(name string, rows []int32) *Table {
	out := *t
	out.columns = slices.Clone(t.columns)
	at := t.index[name]
	out.columns[at] = &column{name: name, rows: t.rows, cells: pickedCells{t.columns[at], rows}}
	return &out
}
