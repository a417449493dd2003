package extracts

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"swis/dataset"
	"swis/dataset/columnar"
	"swis/dataset/textfile"
	"swis/dataset/workers"
)

// blockSize is how much of a file one worker reads at a time: its text, the
// places of its cells and its events stay in the cache together.
const blockSize = 1 << 18

type block struct {
	index int
	data  []byte
	line  int // lines of the file above it
	lines int // in it
}

// readCSV reads the header, then the rows in blocks on all processors. The
// order of records does not depend on the processors: what each block gave is
// put together in the order of blocks.
//
// The first block decides how dates are read; where the votes of all rows
// decide otherwise, the error is an otherDates and the file is to be read again.
func (f *file) readCSV(ctx context.Context, text io.Reader) error {
	reader := newBlockReader(text, f.set.spare.blocks, f.encoding == "UTF-8" || f.encoding == "UTF-8 with byte order mark")
	first, err := reader.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return f.unreadable(err, 1)
	}
	if err := reader.check(first); err != nil {
		return f.unreadable(err, 1)
	}
	head := splitter{between: textfile.Separator(first)}
	head.reset(first, 0)
	skipped, ok := head.header()
	if !ok {
		if head.err != nil {
			return f.unreadable(head.err, 1)
		}
		f.extract.Layout, f.extract.Why = "empty", "no header"
		f.note(ruleF02, 0, "")
		return nil
	}
	f.crlf = head.pos >= 2 && first[head.pos-2] == '\r'
	if err := f.prepare(head.cells); err != nil {
		return err
	}
	f.headerNote(head.between, skipped)
	newRow := func() *Row {
		r := f.newRow()
		r.splitter.between = head.between
		return r
	}
	rows := []*Row{newRow()}
	next := block{data: first[head.pos:], line: head.after + f.above}
	next.lines = bytes.Count(next.data, []byte{'\n'})
	pieces := []piece{rows[0].block(reader, next)}
	var (
		mu     sync.Mutex
		group  workers.Group
		failed atomic.Int64 // first block with a fault
	)
	failed.Store(math.MaxInt64)
	if pieces[0].err != nil {
		failed.Store(0)
	}
	work := func(r *Row, b block) {
		var out piece
		if err := workers.Call(func() error { out = r.block(reader, b); return nil }); err != nil {
			out = piece{err: err}
		}
		mu.Lock()
		defer mu.Unlock()
		for len(pieces) <= b.index {
			pieces = append(pieces, piece{})
		}
		pieces[b.index] = out
		if out.err != nil {
			failed.Store(min(failed.Load(), int64(b.index)))
		}
	}
	processors := runtime.GOMAXPROCS(0)
	blocks := make(chan block, processors)
	start := func(r *Row) {
		group.Do(func() {
			for b := range blocks {
				if int64(b.index) < failed.Load() {
					work(r, b)
				}
			}
		})
	}
	for next.index++; failed.Load() == math.MaxInt64; next.index++ {
		if err = ctx.Err(); err != nil {
			break
		}
		if f.input.Progress != nil {
			f.input.Progress(f.done, int64(next.line))
		}
		next.line += next.lines
		if next.data, err = reader.next(); err != nil {
			break
		}
		next.lines = bytes.Count(next.data, []byte{'\n'})
		switch {
		case next.index == 1: // a small file has no other than the first
			start(rows[0])
		case next.index <= processors:
			rows = append(rows, newRow())
			start(rows[next.index-1])
		}
		blocks <- next
	}
	close(blocks)
	group.Join()
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range pieces {
		if p := &pieces[i]; p.err != nil {
			return f.unreadable(p.err, p.errLine)
		}
	}
	if !errors.Is(err, io.EOF) {
		return f.unreadable(err, next.line+1)
	}
	return f.settle(pieces, rows)
}

// unreadable makes a reading fault a Problem, where it is one of the file.
func (f *file) unreadable(err error, line int) error {
	switch {
	case errors.Is(err, errNotUTF8), errors.Is(err, columnar.ErrDamaged), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errQuote), errors.Is(err, errUnclosed), errors.Is(err, errNUL), errors.Is(err, errLongLine):
		return f.problem(line, "", ruleF01, "%v", err)
	}
	return err
}

// block reads the rows of one block and gives what must stay in order.
func (r *Row) block(reader *blockReader, b block) piece {
	defer reader.give(b.data)
	if err := reader.check(b.data); err != nil {
		return piece{err: err, errLine: b.line + 1}
	}
	r.above = b.line
	errLine, err := r.rows(b.data, r.row)
	if err != nil {
		return piece{err: err, errLine: b.line + errLine}
	}
	return r.piece(b.line)
}

// rows puts the cells of each row of a text in place and calls read; its first
// line is line 1. Rows with quotes go through the splitter, those between them
// do not need it where commas separate their cells.
func (r *Row) rows(data []byte, read func()) (errLine int, err error) {
	s := &r.splitter
	s.reset(data, 0)
	for {
		if s.between == ',' {
			quote := bytes.IndexByte(data[s.pos:], '"')
			if quote < 0 {
				r.plainRows(data[s.pos:], s.after, read)
				return 0, nil
			}
			if end := bytes.LastIndexByte(data[s.pos:s.pos+quote], '\n') + 1; end > 0 {
				s.after += r.plainRows(data[s.pos:s.pos+end], s.after, read)
				s.pos += end
			}
		}
		if !s.next() {
			return s.after + 1, s.err
		}
		r.line = s.line
		r.hold(s.cells)
		read()
	}
}

// plainRows reads rows without quotes: each comma and line end ends a cell. It
// returns the number of lines.
func (r *Row) plainRows(data []byte, above int, read func()) (lines int) {
	if len(data) == 0 {
		return 0
	}
	r.index.of(data)
	r.text, r.ends = data, r.index.ends
	first := 1
	for n, end := range r.index.rows {
		r.line, r.first, r.width = above+n+1, first, int(end)-first+1
		first = int(end) + 1
		if r.width == 1 {
			if one := r.raw(0); len(one) == 0 || len(one) == 1 && one[0] == '\r' {
				continue // encoding/csv skips empty lines
			}
		}
		read()
	}
	return len(r.index.rows)
}

// row reads a row whose cells are in place.
func (r *Row) row() {
	if n, width := r.width, r.file.width; n != width && !(n == width+1 && len(bytes.TrimSuffix(r.raw(width), carriage)) == 0) {
		r.out.rows++
		r.la = r.file.la
		r.Quarantine(ruleF06, -1)
		r.out.read[dataset.Quarantined]++
		return
	}
	r.read()
}

var carriage = []byte{'\r'}

// exact copies a slice without room to grow, so that its scratch can be used again.
func exact[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	out := make([]T, len(s))
	copy(out, s)
	return out
}

// blockReader cuts a stream of bytes into blocks of whole rows.
type blockReader struct {
	r      io.Reader
	rest   []byte
	free   chan []byte
	strict bool // the bytes must be UTF-8
	ended  bool
}

func newBlockReader(r io.Reader, free chan []byte, strict bool) *blockReader {
	return &blockReader{r: r, free: free, strict: strict}
}

// give takes a block back to be used again.
func (b *blockReader) give(data []byte) {
	select {
	case b.free <- data[:0]:
	default:
	}
}

// check refuses what is not text.
func (b *blockReader) check(data []byte) error {
	if bytes.IndexByte(data, 0) >= 0 {
		return errNUL
	}
	if b.strict && !utf8.Valid(data) {
		return errNotUTF8
	}
	return nil
}

func (b *blockReader) next() ([]byte, error) {
	if b.ended && len(b.rest) == 0 {
		return nil, io.EOF
	}
	var data []byte
	select {
	case data = <-b.free:
	default:
		data = make([]byte, 0, blockSize)
	}
	data = append(data[:0], b.rest...)
	b.rest = b.rest[:0]
	// The size of a block must not depend on the buffer that it happens to get.
	for limit := blockSize; !b.ended; limit *= 2 {
		if limit <= len(data) {
			continue
		}
		data = slices.Grow(data, limit-len(data))
		n, err := io.ReadFull(b.r, data[len(data):limit])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			b.ended = true
			break
		}
		if err != nil {
			return nil, err
		}
		if end := lastRowEnd(data); end > 0 {
			b.rest = append(b.rest, data[end:]...)
			data = data[:end]
			break
		}
		if len(data) > maxRowLength {
			return nil, errLongLine
		}
	}
	if len(data) == 0 {
		return nil, io.EOF
	}
	return data, nil
}
