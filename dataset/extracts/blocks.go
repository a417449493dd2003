package extracts

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"
	"unicode/utf8"

	"swis/dataset"
)

// blockSize is how much of a file one worker reads at a time.
const blockSize = 1 << 20

type block struct {
	index int
	data  []byte
}

// readCSV reads the header, then the rows in blocks on all processors. The
// order of records does not depend on the processors: what each block gave is
// put together in the order of blocks.
func (f *file) readCSV(ctx context.Context, text io.Reader) error {
	reader := &blockReader{r: text, free: make(chan []byte, 2*runtime.GOMAXPROCS(0)+2), strict: f.encoding == "UTF-8" || f.encoding == "UTF-8 with byte order mark"}
	first, err := reader.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return f.unreadable(err, 1)
	}
	var head splitter
	head.reset(first, 0)
	if !head.next() {
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
	headerLines := head.after
	body := first[head.pos:]

	workers := runtime.GOMAXPROCS(0)
	blocks := make(chan block, workers)
	rows := make([]*Row, workers)
	var batches []*batch
	var mu sync.Mutex
	var wait sync.WaitGroup
	for w := range rows {
		rows[w] = f.newRow()
		wait.Add(1)
		go func() {
			defer wait.Done()
			var s splitter
			for b := range blocks {
				out := rows[w].block(&s, b.data)
				select {
				case reader.free <- b.data[:0:cap(b.data)]:
				default:
				}
				mu.Lock()
				for len(batches) <= b.index {
					batches = append(batches, nil)
				}
				batches[b.index] = out
				mu.Unlock()
			}
		}()
	}
	for index := 0; ; index++ {
		blocks <- block{index, body}
		if err = ctx.Err(); err != nil {
			break
		}
		if f.input.Progress != nil {
			f.input.Progress(f.done, f.size)
		}
		if body, err = reader.next(); err != nil {
			break
		}
	}
	close(blocks)
	wait.Wait()
	if !errors.Is(err, io.EOF) {
		line := headerLines
		for _, b := range batches {
			line += b.lines
		}
		return f.unreadable(err, line+1)
	}
	for _, r := range rows {
		f.tally.Join(r.tally)
	}
	stats := rows[0].stats
	for _, r := range rows[1:] {
		for j := range stats {
			stats[j].add(&r.stats[j])
		}
	}
	return f.settle(batches, stats, headerLines+f.above)
}

// unreadable makes a reading fault a Problem, where it is one of the file.
func (f *file) unreadable(err error, line int) error {
	switch {
	case errors.Is(err, errNotUTF8), errors.Is(err, errParquet), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errQuote), errors.Is(err, errUnclosed), errors.Is(err, errNUL), errors.Is(err, errLongLine):
		return f.problem(line, "", ruleF01, "%v", err)
	}
	return err
}

// block reads the rows of one block.
func (r *Row) block(s *splitter, data []byte) *batch {
	scratch := r.out
	if n := r.events; n > 0 { // most blocks of a file have about as many rows
		scratch.events = make([]dataset.Event, 0, n+n/32+16)
	}
	*scratch = batch{events: scratch.events[:0], episodes: scratch.episodes[:0], persons: scratch.persons[:0], enrolments: scratch.enrolments[:0]}
	width := r.file.width
	s.reset(data, 0)
	for s.next() {
		r.line = s.line
		r.cells = s.cells
		if n := len(s.cells); n != width && !(n == width+1 && len(s.cells[width]) == 0) {
			scratch.rows++
			r.la = r.file.la
			r.Quarantine(ruleF06, -1)
			scratch.read[dataset.Quarantined]++
			continue
		}
		r.read()
	}
	scratch.lines, scratch.err, scratch.errLine = s.after, s.err, s.after+1
	out := *scratch
	if r.events = len(scratch.events); cap(scratch.events)-r.events <= r.events/16+64 {
		scratch.events = nil
	} else {
		out.events = exact(scratch.events)
	}
	out.episodes = exact(scratch.episodes)
	out.persons = exact(scratch.persons)
	out.enrolments = exact(scratch.enrolments)
	return &out
}

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
	if b.strict && !utf8.Valid(data) {
		return nil, errNotUTF8
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, errNUL
	}
	if len(data) == 0 {
		return nil, io.EOF
	}
	return data, nil
}
