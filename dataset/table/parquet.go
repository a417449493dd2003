package table

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"strings"

	"github.com/parquet-go/parquet-go"

	"swis/dataset"
	"swis/dataset/columnar"
)

// readParquet reads a flat Parquet table, column by column, as the CSV file
// with the same rows would be read; nulls are empty cells.
func readParquet(r io.ReaderAt, size int64, name string) (*Table, error) {
	columns, groups, err := columnar.Open(r, size)
	if err != nil {
		return nil, parquetProblem(name, err)
	}
	names := make([]string, len(columns))
	for j, c := range columns {
		names[j] = c.Name
	}
	t, err := newTable(name, names)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		t.rows += int(g.NumRows())
	}
	faults := make([]error, len(columns))
	each(len(columns), func(j int) bool {
		t.columns[j].rows = t.rows
		t.columns[j].cells, faults[j] = parquetCells(&columns[j], groups, j, t.rows)
		return faults[j] == nil
	})
	for j, fault := range faults {
		if fault != nil {
			return nil, dataset.Problemf(name, 0, columns[j].Name, "%v", fault)
		}
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, size)); err != nil {
		return nil, err
	}
	t.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return t, nil
}

// parquetProblem is what is wrong with a file, at its column where it is one.
func parquetProblem(name string, err error) error {
	var column *columnar.ColumnError
	if errors.As(err, &column) {
		return dataset.Problemf(name, 0, column.Column, "%s", column.Text)
	}
	return dataset.Problemf(name, 0, "", "%v", err)
}

// numberCells are numbers; their texts are made when they are asked for.
type numberCells struct {
	value   []float64
	mark    []Mark // nil where every cell is present
	written func(float64) string
}

func (n *numberCells) cell(i int) string {
	if n.mark != nil && n.mark[i] != Present {
		return ""
	}
	return n.written(n.value[i])
}

// numbers is how many cells are present.
func (n *numberCells) numbers() int {
	sum := len(n.value)
	for _, m := range n.mark {
		if m != Present {
			sum--
		}
	}
	return sum
}

// wordCells are texts of few distinct values.
type wordCells struct {
	words []string
	codes []int32
}

func (w *wordCells) cell(i int) string { return w.words[w.codes[i]] }

// parquetCells reads a column from all row groups, as numbers where all its
// values are plain ones.
func parquetCells(c *columnar.Column, groups []parquet.RowGroup, j, rows int) (cells, error) {
	if c.Number != nil {
		n := &numberCells{value: make([]float64, 0, rows), mark: make([]Mark, 0, rows), written: c.Written}
		plain, gaps := true, 0
		err := eachValue(groups, j, func(v parquet.Value) bool {
			x, ok := math.NaN(), true
			if !v.IsNull() {
				x, ok = c.Number(v)
			}
			mark := Present
			if math.IsNaN(x) {
				mark = Missing
				gaps++
			}
			n.value, n.mark = append(n.value, x), append(n.mark, mark)
			plain = ok
			return ok
		})
		switch {
		case err != nil:
			return nil, err
		case plain && len(n.value) != rows:
			return nil, columnar.ErrDamaged
		case plain && gaps == 0:
			n.mark = nil
			return n, nil
		case plain:
			return n, nil
		}
	}
	w := &wordCells{words: []string{""}, codes: make([]int32, 0, rows)}
	code := map[string]int32{"": 0}
	err := eachValue(groups, j, func(v parquet.Value) bool {
		k, known := int32(0), true
		var text string
		switch {
		case v.IsNull():
		case c.Bytes:
			b := bytes.TrimSpace(v.ByteArray())
			if k, known = code[string(b)]; !known {
				text = string(b)
			}
		default:
			text = strings.TrimSpace(c.Text(v))
			k, known = code[text]
		}
		if !known {
			k = int32(len(w.words))
			code[text] = k
			w.words = append(w.words, text)
		}
		w.codes = append(w.codes, k)
		return true
	})
	if err == nil && len(w.codes) != rows {
		err = columnar.ErrDamaged
	}
	return w, err
}

// eachValue gives the values of a column to f until it returns false.
func eachValue(groups []parquet.RowGroup, j int, f func(parquet.Value) bool) (err error) {
	defer columnar.Recover(&err)
	buffer := make([]parquet.Value, 1024)
	for _, g := range groups {
		if more, err := eachOfGroup(g.ColumnChunks()[j].Pages(), buffer, f); err != nil || !more {
			return err
		}
	}
	return nil
}

func eachOfGroup(pages parquet.Pages, buffer []parquet.Value, f func(parquet.Value) bool) (more bool, err error) {
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, columnar.ErrDamaged
		}
		for values := page.Values(); ; {
			n, err := values.ReadValues(buffer)
			for _, v := range buffer[:n] {
				if !f(v) {
					return false, nil
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return false, columnar.ErrDamaged
			}
		}
		parquet.Release(page)
	}
}
