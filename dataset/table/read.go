package table

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"swis/dataset"
)

// ReadFile reads a CSV file with a header row.
func ReadFile(path string) (*Table, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Read(data, path)
}

// Read reads CSV bytes with a header row. A byte order mark is dropped. Every
// row must have as many cells as the header.
func Read(data []byte, name string) (*Table, error) {
	sum := sha256.Sum256(data)
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, dataset.Problemf(name, 0, "", "empty file; a header row is wanted")
	}
	if err != nil {
		return nil, csvProblem(name, err)
	}
	t := &Table{Name: name, SHA256: hex.EncodeToString(sum[:]), index: map[string]int{}}
	for _, h := range header {
		h = strings.TrimSpace(h)
		if _, twice := t.index[h]; twice && h != "" {
			return nil, dataset.Problemf(name, 1, h, "appears twice in the header")
		}
		t.index[h] = len(t.columns)
		t.columns = append(t.columns, &column{name: h, text: []string{}})
	}
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
			problems = append(problems, dataset.Problem{File: name, Line: line,
				Text: fmt.Sprintf("%d cells, want %d as in the header", len(record), len(t.columns))})
			continue
		}
		for j, cell := range record {
			t.columns[j].text = append(t.columns[j].text, strings.TrimSpace(cell))
		}
		t.lines = append(t.lines, int32(line))
		t.rows++
	}
	if problems != nil {
		return nil, problems
	}
	for _, c := range t.columns {
		c.parse()
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

func (c *column) parse() {
	c.value = make([]float64, len(c.text))
	c.kind = CategoryKind
	numbers := 0
	for i, text := range c.text {
		value, mark := parseCell(text)
		if mark != Present && c.mark == nil {
			c.mark = make([]Mark, len(c.text))
		}
		if c.mark != nil {
			c.mark[i] = mark
		}
		c.value[i] = value
		if mark == Present {
			if math.IsNaN(value) {
				c.value, c.mark = nil, nil
				return
			}
			numbers++
		}
	}
	if numbers > 0 {
		c.kind = NumericKind
		return
	}
	c.value, c.mark = nil, nil
}

// parseCell returns the number in a cell, or NaN with Missing or Suppressed; a
// word is NaN with Present.
func parseCell(text string) (float64, Mark) {
	if isMissing(text) {
		return math.NaN(), Missing
	}
	if x, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(x, 0) && !math.IsNaN(x) && !hexadecimal(text) {
		return x, Present
	}
	if isSuppressed(text) {
		return math.NaN(), Suppressed
	}
	return math.NaN(), Present
}

func hexadecimal(text string) bool { return strings.ContainsAny(text, "xX_") }

func isNumber(text string) bool {
	x, mark := parseCell(text)
	return mark == Present && !math.IsNaN(x)
}

func isMissing(text string) bool {
	switch text {
	case "", "NA", "NaN", "NULL", ".":
		return true
	}
	return false
}

// isSuppressed recognises the marks of DfE and NHS tables: c x z u k low : ~ .. *,
// <N and N-M.
func isSuppressed(text string) bool {
	switch text {
	case "c", "x", "z", "u", "k", "low", ":", "~", "..", "*":
		return true
	}
	if n, ok := strings.CutPrefix(text, "<"); ok {
		_, err := strconv.Atoi(n)
		return err == nil
	}
	if a, b, ok := strings.Cut(text, "-"); ok {
		_, errA := strconv.Atoi(a)
		_, errB := strconv.Atoi(b)
		return errA == nil && errB == nil
	}
	return false
}
