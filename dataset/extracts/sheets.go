package extracts

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"swis/dataset"
)

// Bounds of a workbook, so that a small file cannot unpack into a huge one.
const (
	maxUnpacked = 192 << 20
	maxPacked   = 64 << 20
)

// IsWorkbook says whether a file is a spreadsheet (xlsx) by its first bytes.
func IsWorkbook(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, 4)
	_, err = io.ReadFull(f, start)
	return err == nil && string(start) == "PK\x03\x04"
}

// Sheets lists the sheets of a workbook that hold a table that a layout
// recognises, and the others with the reason.
func Sheets(path string) (tables []string, others map[string]string, err error) {
	if err := inspect(path); err != nil {
		return nil, nil, err
	}
	book, err := openBook(path)
	if err != nil {
		return nil, nil, err
	}
	defer book.Close()
	others = map[string]string{}
	for _, sheet := range book.GetSheetList() {
		rows, err := book.Rows(sheet)
		if err != nil {
			others[sheet] = "not a table"
			continue
		}
		header, _, err := firstRow(rows)
		rows.Close()
		if err != nil || header == nil {
			others[sheet] = "empty"
			continue
		}
		names := make([]string, len(header))
		for i, cell := range header {
			names[i] = normal(cell)
		}
		if l, err := detect(names); err != nil {
			others[sheet] = "no layout fits its first row"
		} else if l.Ignored != "" {
			others[sheet] = l.Title + ": " + l.Ignored
		} else {
			tables = append(tables, sheet)
		}
	}
	return tables, others, nil
}

// inspect refuses a workbook that unpacks to too much, before any of it is
// unpacked into memory, and one whose tables are not well-formed or declare a
// document type: the library would read them up to the fault and not say so.
func inspect(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	refuse := func(text string) error {
		return dataset.Problems{{File: path, Rule: ruleF01.String(), Text: text + ": save its sheets as CSV"}}
	}
	if info.Size() > maxPacked {
		return refuse("a workbook of more than 64 MiB")
	}
	archive, err := zip.OpenReader(path)
	var unreadable *os.PathError
	if errors.As(err, &unreadable) {
		return err
	}
	if err != nil {
		return refuse("not a workbook that can be read")
	}
	defer archive.Close()
	if !slices.ContainsFunc(archive.File, func(part *zip.File) bool { return strings.HasPrefix(strings.ToLower(part.Name), "xl/") }) {
		return dataset.Problems{{File: path, Rule: ruleF01.String(), Text: "a zip archive, or a spreadsheet of another program: unpack it, or save its sheets as CSV"}}
	}
	total := uint64(0)
	for _, part := range archive.File {
		if total += part.UncompressedSize64; total > maxUnpacked || part.UncompressedSize64 > maxUnpacked {
			return refuse("a workbook that unpacks to more than 192 MiB")
		}
	}
	for _, part := range archive.File {
		name := strings.ToLower(part.Name)
		if !strings.HasPrefix(name, "xl/worksheets/sheet") && name != "xl/sharedstrings.xml" && name != "xl/workbook.xml" {
			continue
		}
		text, err := part.Open()
		if err != nil {
			return refuse("not a workbook that can be read")
		}
		err = wellFormed(text)
		text.Close()
		if err != nil {
			return refuse("a workbook with a table that is cut short, damaged or declares a document type")
		}
	}
	return nil
}

func wellFormed(text io.Reader) error {
	guard := &tokenGuard{r: text, left: maxXMLToken}
	decoder := xml.NewDecoder(guard)
	decoder.Strict = true
	for {
		token, err := decoder.Token()
		guard.left = maxXMLToken
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, ok := token.(xml.Directive); ok {
			return errors.New("a document type")
		}
	}
}

func openBook(path string) (*excelize.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	refuse := func(text string) error {
		return dataset.Problems{{File: path, Rule: ruleF01.String(), Text: text}}
	}
	if info.Size() > maxPacked {
		return nil, refuse("a workbook of more than 64 MiB: save its sheets as CSV")
	}
	book, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked})
	if err != nil {
		var where *os.PathError
		if errors.As(err, &where) {
			return nil, err
		}
		return nil, refuse("not a workbook that can be read, or it unpacks to more than 192 MiB: save its sheets as CSV")
	}
	return book, nil
}

// firstRow skips empty rows and single-cell titles above a table.
func firstRow(rows *excelize.Rows) (header []string, skipped int, err error) {
	for rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			return nil, skipped, err
		}
		filled := 0
		for _, cell := range cells {
			if strings.TrimSpace(cell) != "" {
				filled++
			}
		}
		if filled > 1 {
			return cells, skipped, nil
		}
		skipped++
	}
	return nil, skipped, rows.Error()
}

// ReadSheet reads one sheet of a workbook. Lines are rows of the sheet; dates
// are day numbers there, which is no fault in a workbook (no D04).
func (s *Set) ReadSheet(ctx context.Context, in Input, sheet string) (*dataset.Extract, dataset.Tally, error) {
	book, err := openBook(in.Path)
	if err != nil {
		return nil, nil, err
	}
	defer book.Close()
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, nil, dataset.Problems{{File: in.Path, Rule: ruleF01.String(), Text: "sheet cannot be read: save it as CSV"}}
	}
	defer rows.Close()
	header, skipped, err := firstRow(rows)
	if err != nil || header == nil {
		return nil, nil, dataset.Problems{{File: in.Path, Rule: ruleF01.String(), Text: "sheet cannot be read: save it as CSV"}}
	}
	for len(header) > 0 && strings.TrimSpace(header[len(header)-1]) == "" {
		header = header[:len(header)-1]
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.Write(header); err != nil {
		return nil, nil, err
	}
	for rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			break
		}
		for len(cells) > len(header) && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		for len(cells) < len(header) { // trailing empty cells are not stored
			cells = append(cells, "")
		}
		if !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			cells = append(cells[:0], make([]string, len(header))...)
			cells[0] = " " // keeps the row's place
		}
		if err := w.Write(cells); err != nil {
			return nil, nil, err
		}
	}
	if err := rows.Error(); err != nil {
		return nil, nil, dataset.Problems{{File: in.Path, Rule: ruleF01.String(), Text: "sheet cannot be read to its end: save it as CSV"}}
	}
	w.Flush()
	return s.again(func(as as) (*dataset.Extract, dataset.Tally, error) {
		f := s.newFile(in, int64(text.Len()))
		f.sheet, f.above, f.encoding, f.orders = true, skipped, "xlsx", as.orders
		f.extract.File = in.Path + "#" + sheet
		f.hash.Write(text.Bytes())
		if err := f.readCSV(ctx, bytes.NewReader(text.Bytes())); err != nil {
			return nil, nil, err
		}
		f.extract.SHA256, f.extract.Encoding, f.extract.LineEnds = hex.EncodeToString(f.hash.Sum(nil)), "xlsx", ""
		return f.extract, f.tally, nil
	})
}
