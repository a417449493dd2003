// Package columnar opens flat Parquet tables and says how their values are
// written as text, so that a table reads the same from Parquet as from CSV.
package columnar

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"swis/dataset"
)

// ErrDamaged is a Parquet file that cannot be read to its end.
var ErrDamaged = errors.New("a Parquet file that cannot be read: export it again, or as CSV")

// Magic are the first bytes of a Parquet file.
const Magic = "PAR1"

// Column is a column of a flat table.
type Column struct {
	Name string
	// Text is how a value that is not null would stand in a CSV file: dates and
	// times as ISO 8601, decimals with all their places.
	Text  func(parquet.Value) string
	Bytes bool // the text is the value's bytes
	// Number is the number of that text, of columns of whole or floating
	// numbers; ok is false where Written would not give the text back.
	Number  func(parquet.Value) (x float64, ok bool)
	Written func(x float64) string
}

// A ColumnError is a column that is no plain one.
type ColumnError struct{ Column, Text string }

func (e *ColumnError) Error() string { return fmt.Sprintf("column %q %s", e.Column, e.Text) }

// Open reads the schema. The library panics on some damaged files.
func Open(r io.ReaderAt, size int64) (columns []Column, groups []parquet.RowGroup, err error) {
	defer Recover(&err)
	if !hasFooter(r, size) {
		return nil, nil, ErrDamaged
	}
	file, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, nil, ErrDamaged
	}
	for _, field := range file.Schema().Fields() {
		if !field.Leaf() || field.Repeated() {
			return nil, nil, &ColumnError{field.Name(), "of the Parquet file is nested: select plain columns"}
		}
		c := Column{Name: field.Name()}
		if c.Text = textOf(field.Type()); c.Text == nil {
			return nil, nil, &ColumnError{field.Name(), "of the Parquet file is of a type that is not read: export it as text, number or date"}
		}
		c.Bytes = isBytes(field.Type())
		c.number(field.Type())
		columns = append(columns, c)
	}
	return columns, file.RowGroups(), nil
}

// largestFooter is what the description of a table may take; those of the
// largest exports have some megabytes.
const largestFooter = 64 << 20

// hasFooter says whether the footer that a file speaks of fits in the file. The
// library makes room for whatever length is written there, up to 4 GiB.
func hasFooter(r io.ReaderAt, size int64) bool {
	var end [8]byte // length of the footer, and the magic bytes again
	if size < int64(len(Magic)+len(end)) {
		return false
	}
	if _, err := r.ReadAt(end[:], size-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	n := int64(binary.LittleEndian.Uint32(end[:4]))
	return n <= min(largestFooter, size-int64(len(Magic)+len(end)))
}

// Recover makes a panic of the library an error: it is deferred.
func Recover(err *error) {
	if recover() != nil {
		*err = ErrDamaged
	}
}

// number fills Number and Written for columns of whole or floating numbers.
func (c *Column) number(t parquet.Type) {
	if l := t.LogicalType(); l != nil {
		if whole, ok := l.Value.(*format.IntType); !ok || !whole.IsSigned {
			return
		}
	}
	switch t.Kind() {
	case parquet.Int32, parquet.Int64:
		c.Number = func(v parquet.Value) (float64, bool) {
			n := v.Int64()
			if t.Kind() == parquet.Int32 {
				n = int64(v.Int32())
			}
			return float64(n), n > -1<<53 && n < 1<<53
		}
		c.Written = func(x float64) string { return strconv.FormatInt(int64(x), 10) }
	case parquet.Float, parquet.Double:
		c.Number = func(v parquet.Value) (float64, bool) {
			x := v.Double()
			if t.Kind() == parquet.Float { // the decimal that stands for it, as in a CSV file
				x, _ = strconv.ParseFloat(strconv.FormatFloat(float64(v.Float()), 'g', -1, 32), 64)
			}
			return x, !math.IsInf(x, 0)
		}
		c.Written = func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	}
}

// textOf says how values of a type are written, nil for a type that is not read.
func textOf(t parquet.Type) func(parquet.Value) string {
	var logical format.LogicalTypeValue
	if l := t.LogicalType(); l != nil {
		logical = l.Value
	}
	switch l := logical.(type) {
	case *format.DateType:
		return func(v parquet.Value) string { return dataset.Day(v.Int32()).String() }
	case *format.TimestampType:
		per := time.Nanosecond
		switch l.Unit.Value.(type) {
		case *format.MilliSeconds:
			per = time.Millisecond
		case *format.MicroSeconds:
			per = time.Microsecond
		}
		n := int64(time.Second / per)
		return func(v parquet.Value) string { return moment(v.Int64()/n, v.Int64()%n*int64(per)) }
	case *format.DecimalType:
		return decimal(t.Kind(), int(l.Scale))
	case *format.TimeType, *format.UUIDType, *format.Float16Type:
		return nil
	case *format.IntType:
		if !l.IsSigned && t.Kind() == parquet.Int32 {
			return func(v parquet.Value) string { return strconv.FormatUint(uint64(v.Uint32()), 10) }
		} else if !l.IsSigned {
			return func(v parquet.Value) string { return strconv.FormatUint(v.Uint64(), 10) }
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return func(v parquet.Value) string { return strconv.FormatBool(v.Boolean()) }
	case parquet.Int32:
		return func(v parquet.Value) string { return strconv.Itoa(int(v.Int32())) }
	case parquet.Int64:
		return func(v parquet.Value) string { return strconv.FormatInt(v.Int64(), 10) }
	case parquet.Float:
		return func(v parquet.Value) string { return strconv.FormatFloat(float64(v.Float()), 'f', -1, 32) }
	case parquet.Double:
		return func(v parquet.Value) string { return strconv.FormatFloat(v.Double(), 'f', -1, 64) }
	case parquet.Int96: // nanoseconds of a Julian day, as older warehouses write times
		return func(v parquet.Value) string {
			x := v.Int96()
			nanos := int64(x[1])<<32 | int64(x[0])
			return moment((int64(x[2])-2440588)*86400+nanos/1e9, nanos%1e9)
		}
	}
	return func(v parquet.Value) string { return string(v.ByteArray()) }
}

// isBytes says whether textOf gives the bytes of values as they are.
func isBytes(t parquet.Type) bool {
	if l := t.LogicalType(); l != nil {
		if _, decimal := l.Value.(*format.DecimalType); decimal {
			return false
		}
	}
	return t.Kind() == parquet.ByteArray || t.Kind() == parquet.FixedLenByteArray
}

// moment is a time, or its day alone at midnight.
func moment(seconds, nanos int64) string {
	t := time.Unix(seconds, nanos).UTC()
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05")
}

// decimal writes whole numbers of 10^-scale with all their places.
func decimal(kind parquet.Kind, scale int) func(parquet.Value) string {
	digits := func(v parquet.Value) string {
		switch kind {
		case parquet.Int32:
			return strconv.Itoa(int(v.Int32()))
		case parquet.Int64:
			return strconv.FormatInt(v.Int64(), 10)
		}
		b := v.ByteArray() // big-endian, two's complement
		n := new(big.Int).SetBytes(b)
		if len(b) > 0 && b[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
		return n.String()
	}
	return func(v parquet.Value) string {
		text, minus := strings.CutPrefix(digits(v), "-")
		if scale > 0 {
			if short := scale + 1 - len(text); short > 0 {
				text = strings.Repeat("0", short) + text
			}
			text = text[:len(text)-scale] + "." + text[len(text)-scale:]
		}
		if minus {
			text = "-" + text
		}
		return text
	}
}
