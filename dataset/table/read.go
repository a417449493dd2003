package table

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"swis/dataset"
	"swis/dataset/columnar"
	"swis/dataset/textfile"
	"swis/dataset/workers"
)

// ReadFile reads a CSV file with a header row, or a flat Parquet table, which
// is recognised by its content.
func ReadFile(path string) (*Table, error) {
	file, size, err := textfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	magic := make([]byte, len(columnar.Magic))
	if _, err := file.ReadAt(magic, 0); err == nil && string(magic) == columnar.Magic {
		return readParquet(file, size, path)
	}
	text, data, err := textfile.ReadTable(path)
	if err != nil {
		return nil, err
	}
	t, err := Read(text, path)
	if err == nil && len(text) != len(data) { // another encoding: the hash is that of the file
		sum := sha256.Sum256(data)
		t.SHA256 = hex.EncodeToString(sum[:])
	}
	return t, err
}

// Read reads CSV bytes with a header row; tabs, semicolons or upright bars may
// separate the cells. A byte order mark is dropped. Every
// row must have as many cells as the header. Columns are typed when they are
// first used. data must not change afterwards.
func Read(data []byte, name string) (*Table, error) {
	var sum [sha256.Size]byte
	var hashing workers.Group
	hashing.Do(func() { sum = sha256.Sum256(data) })
	body := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	between := textfile.Separator(body)
	var t *Table
	var ok bool
	var err error
	if between == ',' {
		t, ok = readRegular(body, name)
	}
	if !ok {
		t, err = readAny(body, name, between)
	}
	hashing.Join()
	if err != nil {
		return nil, err
	}
	t.SHA256 = hex.EncodeToString(sum[:])
	return t, nil
}

// readRegular reads files whose rows are regular; see split.
func readRegular(body []byte, name string) (*Table, bool) {
	line := bytes.IndexByte(body, '\n')
	if line < 0 {
		return nil, false
	}
	header, err := csv.NewReader(bytes.NewReader(body[:line+1])).Read()
	if err != nil {
		return nil, false
	}
	t, err := newTable(name, header)
	if err != nil {
		return nil, false
	}
	g, rows, ok := split(body[line+1:], len(header))
	if !ok {
		return nil, false
	}
	t.rows = rows
	for j, c := range t.columns {
		c.rows, c.cells = rows, gridCells{g, j}
	}
	return t, true
}

// newTable makes a table of the columns of a header.
func newTable(name string, header []string) (*Table, error) {
	t := &Table{Name: name, index: map[string]int{}}
	for _, h := range header {
		h = strings.TrimSpace(h)
		if _, twice := t.index[h]; twice && h != "" {
			return nil, dataset.Problemf(name, 1, h, "appears twice in the header")
		}
		t.index[h] = len(t.columns)
		t.columns = append(t.columns, &column{name: h})
	}
	return t, nil
}

// shown is how many rows of the wrong length are named before a table is given up.
const shown = 20

// readAny reads any CSV file, with the given sign between its cells, and says
// what is wrong with one that is none.
func readAny(body []byte, name string, between byte) (*Table, error) {
	r := csv.NewReader(bytes.NewReader(body))
	r.Comma = rune(between)
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, dataset.Problemf(name, 0, "", "empty file; a header row is wanted")
	}
	if err != nil {
		return nil, csvProblem(name, err)
	}
	t, err := newTable(name, header)
	if err != nil {
		return nil, err
	}
	texts := make([]textCells, len(header))
	var problems dataset.Problems
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, csvProblem(name, err)
		}
		line, _ := r.FieldPos(0)
		if len(record) != len(t.columns) {
			if len(problems) == shown {
				return nil, append(problems, dataset.Problem{File: name, Line: line, Text: "and perhaps more; these first"})
			}
			problems = append(problems, dataset.Problem{File: name, Line: line,
				Text: fmt.Sprintf("%d cells, want %d as in the header", len(record), len(t.columns))})
			continue
		}
		for j, cell := range record {
			texts[j] = append(texts[j], strings.TrimSpace(cell))
		}
		t.lines = append(t.lines, int32(line))
		t.rows++
	}
	if problems != nil {
		return nil, problems
	}
	for j, c := range t.columns {
		c.rows, c.cells = t.rows, texts[j]
	}
	return t, nil
}

func csvProblem(name string, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return dataset.Problemf(name, parse.Line, "", "not a CSV row: %v", parse.Err)
	}
	return err
}
