package synthetic

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// workbook says whether the lists of a quarter are handed over as one.
func workbook(quarter int) bool { return quarter%4 == 3 }

// writeWorkbook writes the lists of a quarter as the sheets of one workbook.
func (k *records) writeWorkbook(w io.Writer, lists []*annexList, q *quarter) (open int, err error) {
	book := excelize.NewFile()
	defer book.Close()
	for i, list := range lists {
		var text bytes.Buffer
		more, err := k.writeList(&text, list, q)
		if err != nil {
			return 0, err
		}
		open += more
		rows, err := csv.NewReader(&text).ReadAll()
		if err != nil {
			return 0, err
		}
		if i == 0 {
			err = book.SetSheetName(book.GetSheetName(0), list.name)
		} else {
			_, err = book.NewSheet(list.name)
		}
		if err != nil {
			return 0, err
		}
		if err := fillSheet(book, list.name, rows); err != nil {
			return 0, err
		}
	}
	return open, writeBook(w, book)
}

// writeBook writes a workbook with its parts in order of name: the library
// writes those of its sheets in any order.
func writeBook(w io.Writer, book *excelize.File) error {
	written, err := book.WriteToBuffer()
	if err != nil {
		return err
	}
	parts, err := zip.NewReader(bytes.NewReader(written.Bytes()), int64(written.Len()))
	if err != nil {
		return err
	}
	slices.SortFunc(parts.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for _, part := range parts.File {
		if err := out.Copy(part); err != nil {
			return err
		}
	}
	return out.Close()
}

// fillSheet writes the rows of a table from the first row of a sheet on, every
// cell as text.
func fillSheet(book *excelize.File, name string, rows [][]string) error {
	s, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for j, cell := range row {
			if cell != "" {
				cells[j] = cell
			}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := s.SetRow(at, cells); err != nil {
			return err
		}
	}
	return s.Flush()
}
