// Package textfile reads the files that people hand over beside the extracts:
// plans, mappings, decisions, logs, results and tables. It refuses what is no
// text file of a sane size, before its bytes fill the memory, and without
// showing them.
package textfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"swis/dataset"
)

// Sizes in bytes above which a file is refused.
const (
	Written  = 512 << 10 // that somebody writes by hand: a plan, a mapping
	Recorded = 16 << 20  // that a program writes: a log, a result
	objects  = 200_000   // of one of these; each takes a hundred times its bytes in memory
	record   = 16 << 20  // one row of a table
)

// Read reads a file of no more than limit bytes whose text is UTF-8.
func Read(path string, limit int64) ([]byte, error) {
	data, err := ReadBytes(path, limit)
	if err != nil {
		return nil, err
	}
	c := checker{name: path}
	if err := c.check(data, true); err != nil {
		return nil, err
	}
	return data, nil
}

// ReadBytes reads a file of no more than limit bytes, whatever they are.
func ReadBytes(path string, limit int64) ([]byte, error) {
	f, size, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var data []byte
	if size <= limit {
		if data, err = io.ReadAll(io.LimitReader(f, limit+1)); err != nil {
			return nil, err
		}
	}
	if max(size, int64(len(data))) > limit {
		return nil, dataset.Problemf(path, 0, "", "larger than %d KiB, which no file of this kind is", limit>>10)
	}
	return data, nil
}

// ReadRecord reads what a program wrote in JSON.
func ReadRecord(path string) ([]byte, error) {
	data, err := ReadBytes(path, Recorded)
	if err == nil && bytes.Count(data, []byte{'{'}) > objects {
		return nil, dataset.Problemf(path, 0, "", "more than %d entries, which no file of this kind has", objects)
	}
	return data, err
}

// ReadTable reads a CSV file of any size, in UTF-8 or Windows-1252. The checks
// are made while it is read, so that a file that is refused has not filled the
// memory. bytes are those of the file, text the same in UTF-8.
func ReadTable(path string) (text, bytes []byte, err error) {
	f, size, err := Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, c, err := readRows(f, path, size)
	if err != nil {
		return nil, nil, err
	}
	if text = data; c.foreign {
		text, err = c.decode(data)
	}
	return text, data, err
}

func readRows(f *os.File, path string, size int64) ([]byte, *checker, error) {
	const step = 1 << 20
	data := make([]byte, 0, size+1) // pages that are not reached take no memory
	c := &checker{name: path, rows: true}
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := f.Read(data[len(data):min(cap(data), len(data)+step)])
		data = data[:len(data)+n]
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return nil, nil, err
		}
		if err := c.check(data, end); err != nil {
			return nil, nil, err
		}
		if end {
			return data, c, nil
		}
	}
}

// Open opens a regular file, or a pipe that the shell made for this command,
// such as <(…).
func Open(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	shells := info.Mode()&fs.ModeNamedPipe != 0 && (strings.HasPrefix(path, "/dev/fd/") || path == "/dev/stdin" || strings.HasPrefix(path, "/proc/self/fd/"))
	switch {
	case info.IsDir():
		return nil, 0, dataset.Problemf(path, 0, "", "a folder; a file is wanted here")
	case !info.Mode().IsRegular() && !shells:
		return nil, 0, dataset.Problemf(path, 0, "", "not a regular file: save what it gives as a file first")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	if shells {
		return f, 0, nil
	}
	return f, info.Size(), nil
}

// checker looks through a text as it grows.
type checker struct {
	name    string
	rows    bool // the text is a table
	seen    int  // bytes that are checked
	start   int  // of the row that is open
	quoted  bool // a quote is open at seen
	checked bool // the beginning is
	foreign bool // a table has bytes that are not UTF-8
}

func (c *checker) problem(data []byte, at int, format string, args ...any) error {
	return dataset.Problems{{File: c.name, Line: 1 + bytes.Count(data[:at], []byte{'\n'}), Rule: "F01", Text: fmt.Sprintf(format, args...)}}
}

// check looks at the bytes that have come to data since it was called before.
func (c *checker) check(data []byte, end bool) error {
	if !c.checked && (end || len(data) >= longestMagic) {
		c.checked = true
		if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
			return c.problem(data, 0, "the text is UTF-16: save it as UTF-8")
		}
		if Binary(data) != "" {
			return c.problem(data, 0, "not text: save it as CSV (UTF-8)")
		}
	}
	fresh := data[c.seen:]
	if !end { // a letter may be cut
		for cut := 1; cut < utf8.UTFMax && cut <= len(fresh); cut++ {
			if b := fresh[len(fresh)-cut]; utf8.RuneStart(b) {
				if !utf8.FullRune(fresh[len(fresh)-cut:]) {
					fresh = fresh[:len(fresh)-cut]
				}
				break
			}
		}
	}
	if at := bytes.IndexByte(fresh, 0); at >= 0 {
		if at < 4 && c.seen == 0 {
			return c.problem(data, 0, "NUL bytes, as in UTF-16 without a byte order mark: save it as UTF-8")
		}
		return c.problem(data, c.seen+at, "a NUL byte: the file is damaged or is no text")
	}
	if !utf8.Valid(fresh) && c.rows {
		c.foreign = true
	} else if !utf8.Valid(fresh) {
		at := 0
		for at < len(fresh) {
			r, size := utf8.DecodeRune(fresh[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		return c.problem(data, c.seen+at, "the text is not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)")
	}
	from := c.seen
	c.seen += len(fresh)
	if !c.rows {
		return nil
	}
	return c.row(data, from)
}

// row refuses rows that have no end in sight, such as those after a quote that
// is opened and not closed.
func (c *checker) row(data []byte, from int) error {
	fresh := data[from:c.seen]
	if !c.quoted && bytes.IndexByte(fresh, '"') < 0 {
		if last := bytes.LastIndexByte(fresh, '\n'); last >= 0 {
			// Rows inside are shorter than what is read at once.
			c.start = from + last + 1
		}
	} else {
		for len(fresh) > 0 {
			line := fresh
			next := bytes.IndexByte(fresh, '\n')
			if next >= 0 {
				line = fresh[:next+1]
			}
			if bytes.Count(line, []byte{'"'})%2 == 1 {
				c.quoted = !c.quoted
			}
			fresh = fresh[len(line):]
			if next >= 0 && !c.quoted {
				c.start = c.seen - len(fresh)
			}
		}
	}
	if c.seen-c.start <= record {
		return nil
	}
	if c.quoted {
		return c.problem(data, c.start, "a quote opens in this row and is not closed in %d MiB", record>>20)
	}
	return c.problem(data, c.start, "a row of more than %d MiB", record>>20)
}

// decode reads Windows-1252. A text that holds letters of both encodings is
// refused, as one of them would be misread.
func (c *checker) decode(data []byte) ([]byte, error) {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r != utf8.RuneError && size > 1 {
			return nil, c.problem(data, at, "letters in UTF-8 here, and in another encoding elsewhere: save it as UTF-8")
		}
		at += size
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err == nil {
		if at := bytes.IndexRune(text, utf8.RuneError); at >= 0 {
			return nil, c.problem(text, at, "a byte of neither UTF-8 nor Windows-1252: save it as UTF-8")
		}
	}
	return text, err
}
