package extracts

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"swis/dataset"
)

// errParquet is a Parquet file that cannot be read to its end.
var errParquet = errors.New("a Parquet file that cannot be read: export it again, or as CSV")

// readParquet reads a flat Parquet table as if each row were one of a CSV file:
// line 1 is the header, dates and times are written as ISO 8601, nulls are blank.
func (s *Set) readParquet(ctx context.Context, in Input, handle *os.File, size int64, orders []order) (*dataset.Extract, dataset.Tally, error) {
	f := s.newFile(in, size)
	f.encoding, f.orders = "Parquet", orders
	if _, err := handle.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, handle); err != nil {
		return nil, nil, err
	}
	columns, groups, err := openParquet(handle, size)
	if err != nil {
		return nil, nil, f.problem(0, "", ruleF01, "%v", err)
	}
	text, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.CloseWithError(writeParquet(ctx, w, columns, groups))
	}()
	err = f.readCSV(ctx, text)
	text.CloseWithError(io.ErrClosedPipe)
	<-done // the file is not closed while it is read
	if errors.Is(err, errParquet) {
		err = f.problem(0, "", ruleF01, "%v", err)
	}
	if err != nil {
		return nil, nil, err
	}
	f.extract.SHA256, f.extract.Encoding = hex.EncodeToString(sum.Sum(nil)), f.encoding
	return f.extract, f.tally, nil
}

// parquetColumn is a column of a flat table.
type parquetColumn struct {
	name string
	text func(parquet.Value) string
}

// openParquet reads the schema. The library panics on some damaged files.
func openParquet(r io.ReaderAt, size int64) (columns []parquetColumn, groups []parquet.RowGroup, err error) {
	defer func() {
		if recover() != nil {
			columns, groups, err = nil, nil, errParquet
		}
	}()
	file, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, nil, errParquet
	}
	for _, field := range file.Schema().Fields() {
		if !field.Leaf() || field.Repeated() {
			return nil, nil, errors.New("a Parquet file with nested columns: select plain columns")
		}
		columns = append(columns, parquetColumn{field.Name(), textOf(field.Type())})
	}
	return columns, file.RowGroups(), nil
}

// textOf says how values of a type are written.
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
		return func(v parquet.Value) string {
			n := int64(time.Second / per)
			return time.Unix(v.Int64()/n, v.Int64()%n*int64(per)).UTC().Format("2006-01-02T15:04:05")
		}
	case *format.DecimalType:
		if l.Scale != 0 {
			return func(parquet.Value) string { return "?" } // no column of a layout is one
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
	case parquet.Int96:
		return func(parquet.Value) string { return "?" }
	}
	return func(v parquet.Value) string { return string(v.ByteArray()) }
}

// writeParquet writes the rows of a table as CSV.
func writeParquet(ctx context.Context, out io.Writer, columns []parquetColumn, groups []parquet.RowGroup) (err error) {
	defer func() {
		if recover() != nil {
			err = errParquet
		}
	}()
	w := csv.NewWriter(out)
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.name
	}
	if err := w.Write(cells); err != nil {
		return err
	}
	buffer := make([]parquet.Row, 1024)
	for _, group := range groups {
		if err := writeGroup(ctx, w, columns, cells, buffer, group.Rows()); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func writeGroup(ctx context.Context, w *csv.Writer, columns []parquetColumn, cells []string, buffer []parquet.Row, rows parquet.Rows) error {
	defer rows.Close()
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			clear(cells)
			for _, v := range row {
				if i := v.Column(); !v.IsNull() && i >= 0 && i < len(cells) {
					cells[i] = columns[i].text(v)
				}
			}
			if err := w.Write(cells); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w", errParquet)
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}
