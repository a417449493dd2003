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

	"github.com/parquet-go/parquet-go"

	"swis/dataset"
	"swis/dataset/columnar"
	"swis/dataset/workers"
)

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
	columns, groups, err := columnar.Open(handle, size)
	var column *columnar.ColumnError
	if errors.As(err, &column) {
		err = errors.New("a column " + column.Text) // headers of extracts are not shown
	}
	if err != nil {
		return nil, nil, f.problem(0, "", ruleF01, "%v", err)
	}
	if report := in.Progress; report != nil {
		var all int64
		for _, g := range groups {
			all += g.NumRows()
		}
		f.input.Progress = func(_, rows int64) { report(size*min(rows, all)/max(all, 1), rows) }
	}
	text, w := io.Pipe()
	done := workers.Start(func() error {
		return w.CloseWithError(workers.Call(func() error { return writeParquet(ctx, w, columns, groups) }))
	})
	err = f.readCSV(ctx, text)
	text.CloseWithError(io.ErrClosedPipe)
	<-done // the file is not closed while it is read
	if errors.Is(err, columnar.ErrDamaged) {
		err = f.problem(0, "", ruleF01, "%v", err)
	}
	if err != nil {
		return nil, nil, err
	}
	f.extract.SHA256, f.extract.Encoding = hex.EncodeToString(sum.Sum(nil)), f.encoding
	return f.extract, f.tally, nil
}

// writeParquet writes the rows of a table as CSV.
func writeParquet(ctx context.Context, out io.Writer, columns []columnar.Column, groups []parquet.RowGroup) (err error) {
	defer columnar.Recover(&err)
	w := csv.NewWriter(out)
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.Name
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

func writeGroup(ctx context.Context, w *csv.Writer, columns []columnar.Column, cells []string, buffer []parquet.Row, rows parquet.Rows) error {
	defer rows.Close()
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			clear(cells)
			for _, v := range row {
				if i := v.Column(); !v.IsNull() && i >= 0 && i < len(cells) {
					cells[i] = columns[i].Text(v)
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
			return fmt.Errorf("%w", columnar.ErrDamaged)
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}
