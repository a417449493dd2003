package extracts

import (
	"slices"

	"swis/dataset"
)

// spare is what reading a file leaves for the next one: making and clearing it
// anew would take longer than reading a small file.
type spare struct {
	rows   []*Row
	blocks chan []byte
	header []string // of the last file of which the layout was detected, and
	layout *Layout  // that layout
}

// Done gives back what is kept from one file to the next, once all are read.
func (s *Set) Done() { s.spare = spare{} }

// detect chooses the layout of a normalised header.
func (s *Set) detect(header []string) (*Layout, error) {
	last := &s.spare
	if last.layout != nil && slices.Equal(header, last.header) {
		return last.layout, nil
	}
	l, err := detect(header)
	if err == nil {
		last.header, last.layout = header, l
	}
	return l, err
}

// take gives a row to read with, one used before where there is.
func (s *Set) take() *Row {
	last := len(s.spare.rows) - 1
	if last < 0 {
		return &Row{out: &batch{}, writer: s.Events.Writer()}
	}
	r := s.spare.rows[last]
	s.spare.rows = s.spare.rows[:last]
	return r
}

// give takes back rows of a file that has been read. What they know of cells
// stays, because it holds for all files of a set and a layout.
func (s *Set) give(rows []*Row) {
	for _, r := range rows {
		b := r.out
		b.pairs, b.year, b.rows, b.settled, b.read = nil, 0, 0, 0, [dataset.Statuses]int64{}
		clear(b.las)
		r.file, r.text, r.id, r.tally = nil, nil, nil, nil
		r.splitter.data, r.above = nil, 0
		r.days.Clear()
		r.named.clear()
		for i := range r.memos {
			r.memos[i].renew()
		}
		r.laMemo.renew()
	}
	s.spare.rows = append(s.spare.rows, rows...)
}
