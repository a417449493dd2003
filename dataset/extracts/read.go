package extracts

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"swis/dataset"
	"swis/dataset/columnar"
	"swis/dataset/textfile"
)

// file is one file while it is read.
type file struct {
	set     *Set
	input   Input
	layout  *Layout
	number  uint16
	la      uint16
	inside  uint16 // authority that the header of an XML form names
	laSlot  int
	needLA  bool
	at      []int
	width   int
	extra   []bool  // header cells that are no column of the layout
	items   [][]int // of a survey: cells of each scale's items
	recode  []map[string][]byte
	recodes bool
	orders  []order // of day and month by column, once known

	sheet    bool // of a workbook
	above    int  // rows above its table
	encoding string
	crlf     bool
	hash     hash.Hash
	done     int64
	extract  *dataset.Extract
	tally    dataset.Tally
}

// Read reads one file; its events and the cases of rules go to those of the
// set. The tally is of rules that are counted without a place; the error is
// dataset.Problems where the file is refused.
func (s *Set) Read(ctx context.Context, in Input) (*dataset.Extract, dataset.Tally, error) {
	return s.again(func(as as) (*dataset.Extract, dataset.Tally, error) { return s.read(ctx, in, as) })
}

// as is how a file is read: what an earlier reading found out.
type as struct {
	encoding string
	orders   []order
}

// again reads a file, and once more where its bytes turn out not to be UTF-8
// or its dates to be written in another order than its beginning suggests. The
// events of a reading that failed are dropped.
func (s *Set) again(read func(as) (*dataset.Extract, dataset.Tally, error)) (*dataset.Extract, dataset.Tally, error) {
	var how as
	for {
		if err := s.Events.Begin(); err != nil {
			return nil, nil, err
		}
		s.Issues.Begin()
		x, tally, err := read(how)
		if err == nil {
			return x, tally, nil
		}
		s.Drop()
		var dates *otherDates
		switch {
		case errors.Is(err, errNotUTF8) && how.encoding == "":
			how.encoding = "Windows-1252"
		case errors.As(err, &dates) && how.orders == nil:
			how.orders = dates.orders
		default:
			return nil, nil, err
		}
	}
}

// Drop drops the events and the cases of rules of the file that was read last.
func (s *Set) Drop() {
	s.Events.Discard()
	s.Issues.Discard()
}

func (s *Set) read(ctx context.Context, in Input, as as) (*dataset.Extract, dataset.Tally, error) {
	handle, err := os.Open(in.Path)
	if err != nil {
		return nil, nil, err
	}
	defer handle.Close()
	info, err := handle.Stat()
	if err != nil {
		return nil, nil, err
	}
	f := s.newFile(in, info.Size())
	f.encoding, f.orders = as.encoding, as.orders
	raw := &counted{f: f, r: handle}
	head := bufio.NewReaderSize(raw, 4096)
	start, err := head.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	if bytes.HasPrefix(start, []byte(columnar.Magic)) {
		return s.readParquet(ctx, in, handle, info.Size(), as.orders)
	}
	text, err := f.decoder(head, start)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case len(bytes.TrimSpace(start)) == 0:
		f.extract.Layout, f.extract.Why = "empty", "no bytes but white space"
		f.note(ruleF02, 0, "")
	case isXML(start):
		err = f.readXML(ctx, text)
	default:
		err = f.readCSV(ctx, text)
	}
	if err != nil {
		return nil, nil, err
	}
	if _, err := io.Copy(io.Discard, head); err != nil {
		return nil, nil, err
	}
	f.extract.SHA256 = hex.EncodeToString(f.hash.Sum(nil))
	f.extract.Encoding = f.encoding
	f.extract.LineEnds = "LF"
	if f.crlf {
		f.extract.LineEnds = "CRLF"
	}
	return f.extract, f.tally, nil
}

func (s *Set) newFile(in Input, size int64) *file {
	return &file{set: s, input: in, number: in.Number, hash: sha256.New(), laSlot: -1,
		extract: &dataset.Extract{File: in.Path, Bytes: size, Reference: dataset.NoDay, From: dataset.NoDay, Made: dataset.NoDay, First: dataset.NoDay, Last: dataset.NoDay}}
}

// counted hashes and counts the bytes of a file as they are read.
type counted struct {
	f *file
	r io.Reader
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.f.hash.Write(b[:n])
	c.f.done += int64(n)
	return n, err
}

// utf8Mark is the byte order mark with which some programs begin UTF-8.
var utf8Mark = []byte("\xef\xbb\xbf")

// decoder turns the file's bytes into UTF-8: by byte order mark, else as they
// are, or from Windows-1252 after they were found not to be UTF-8.
func (f *file) decoder(r io.Reader, start []byte) (io.Reader, error) {
	switch {
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		f.encoding = "UTF-16"
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), nil
	case textfile.Binary(start) != "":
		return nil, f.problem(0, "", ruleF01, "%s", textfile.Binary(start))
	case f.encoding != "" && bytes.HasPrefix(start, utf8Mark):
		return nil, f.problem(0, "", ruleF01, "it begins with the byte order mark of UTF-8 but is not UTF-8: save it again as CSV UTF-8")
	case f.encoding != "":
		return transform.NewReader(r, charmap.Windows1252.NewDecoder()), nil
	case bytes.HasPrefix(start, utf8Mark):
		f.encoding = "UTF-8 with byte order mark"
		_, err := io.CopyN(io.Discard, r, int64(len(utf8Mark)))
		return r, err
	}
	f.encoding = "UTF-8"
	return r, nil
}

func (f *file) problem(line int, column string, rule dataset.RuleID, format string, args ...any) error {
	return dataset.Problems{{File: f.input.Path, Line: line, Column: column, Rule: rule.String(), Text: fmt.Sprintf(format, args...)}}
}

func (f *file) note(rule dataset.RuleID, line int, column string) {
	f.set.Issues.Add(dataset.Issue{Rule: rule, File: f.number, LA: f.la, Line: uint32(line), Column: column})
}

// prepare settles the layout from the header and what it needs.
func (f *file) prepare(header [][]byte) error {
	names := make([]string, len(header))
	seen := map[string]bool{}
	var extra []string
	for i, cell := range header {
		names[i] = normal(string(cell))
		if names[i] != "" && seen[names[i]] {
			// a file without a header has a child's cells here, so only known
			// headers are shown
			if known := knownHeader(names[i]); known != "" {
				return f.problem(1, known, ruleF04, "appears twice in the header")
			}
			return f.problem(1, "", ruleF04, "columns %d and %d of the header are alike: is the header missing?", slices.Index(names, names[i])+1, i+1)
		}
		seen[names[i]] = true
	}
	placement(names)
	m := f.input.Mapping
	names = m.header(names)
	forced := f.input.Layout
	if forced == "" && m != nil {
		forced = m.Layout
	}
	var err error
	if forced != "" {
		if f.layout, err = Named(forced); err != nil {
			return err
		}
		f.extract.Why = "named"
	} else if f.layout, err = f.set.detect(names); err != nil {
		return f.problem(1, "", ruleF05, "%v", err)
	}
	at, missing := f.layout.place(names)
	if len(missing) > 0 {
		return f.problem(1, missing[0], ruleF03, "missing; layout %s needs %s", f.layout.Name, strings.Join(missing, ", "))
	}
	if f.extract.Why == "" {
		var why []string
		for i, c := range f.layout.Columns {
			if c.Required || at[i] >= 0 && f.layout.Ignored != "" {
				why = append(why, c.Name)
			}
		}
		f.extract.Why = "has " + strings.Join(why, ", ")
	}
	f.at, f.width = at, len(header)
	f.extra = make([]bool, len(names))
	for i, name := range names {
		if name != "" && !slices.Contains(at, i) {
			f.extra[i] = true
			extra = append(extra, strings.TrimSpace(string(header[i])))
		}
	}
	f.extract.Extra = extra
	if err := f.scales(names); err != nil {
		return err
	}
	return f.begin()
}

// begin takes the authority, codes and span from what was given.
func (f *file) begin() error {
	m := f.input.Mapping
	f.extract.Layout = f.layout.Name
	f.laSlot = f.layout.kindSlot(LACode)
	if f.laSlot >= 0 && f.at[f.laSlot] < 0 {
		f.laSlot = -1
	}
	la := f.input.LA
	if la == "" && m != nil {
		la = m.LA
	}
	f.la = uint16(f.set.LAs.Code(laCode([]byte(la))))
	f.extract.LA = f.la
	child := f.layout.kindSlot(ChildID)
	f.needLA = f.layout.Ignored == "" && child >= 0 && f.at[child] >= 0
	if f.needLA && f.laSlot < 0 && f.la == 0 && f.layout.Root == "" {
		if !f.set.Lenient {
			return f.problem(1, "", ruleF07, "no column with the authority's code: give it with --la CODE, or la: in a mapping file")
		}
		f.note(ruleF07, 0, "")
		f.la = uint16(f.set.LAs.Code(notGiven))
	}
	f.recode = make([]map[string][]byte, len(f.layout.Columns))
	for i := range f.layout.Columns {
		f.recode[i] = m.recode(&f.layout.Columns[i])
		f.recodes = f.recodes || f.recode[i] != nil
	}
	if m != nil {
		f.extract.From, f.extract.Declared = m.from, m.completeTo != dataset.NoDay
		f.extract.Made = m.madeOn(f.input.Path)
		f.extract.Year = m.Year
		f.extract.Reference = m.completeTo
		if m.Year > 0 && m.completeTo == dataset.NoDay {
			f.extract.Reference = dataset.DayOf(m.Year, 3, 31)
		}
	}
	if strings.HasPrefix(f.layout.Name, "cin-csv") && f.extract.Reference == dataset.NoDay && f.input.Header != nil {
		f.extract.Reference = f.input.Header.Reference
	}
	f.extract.Annual, f.extract.Delivers = f.layout.Annual, f.layout.Delivers
	if f.layout.Ignored != "" {
		f.extract.Notes = append(f.extract.Notes, "recognised, not used: "+f.layout.Ignored)
	}
	return nil
}

func (f *file) readSchool(b []byte) uint32 { return f.set.Schools.Code(schoolCode(b)) }

// knownHeader is the name of a column of any layout that a header means.
func knownHeader(normalised string) string {
	for _, l := range All {
		for i := range l.Columns {
			if l.Columns[i].is(normalised) {
				return l.Columns[i].Name
			}
		}
	}
	return ""
}

func isXML(start []byte) bool {
	start = bytes.TrimPrefix(start, utf8Mark)
	if bytes.HasPrefix(start, []byte{0xff, 0xfe}) || bytes.HasPrefix(start, []byte{0xfe, 0xff}) {
		start = bytes.ReplaceAll(start[2:], []byte{0}, nil)
	}
	return bytes.HasPrefix(bytes.TrimSpace(start), []byte("<"))
}

// CensusHeader reads the header table of a flattened CIN census, which serves
// the files beside it; ok is false for any other file.
func CensusHeader(path string) (h dataset.Header, ok bool) {
	handle, err := os.Open(path)
	if err != nil {
		return h, false
	}
	defer handle.Close()
	start := make([]byte, 4096)
	n, _ := io.ReadFull(handle, start)
	s := splitter{between: textfile.Separator(start[:n])}
	s.reset(bytes.TrimPrefix(start[:n], utf8Mark), 0)
	if n == len(start) {
		return h, false
	}
	if _, ok := s.header(); !ok {
		return h, false
	}
	names := make([]string, len(s.cells))
	for i, cell := range s.cells {
		names[i] = normal(string(cell))
	}
	at, missing := cinHeader.place(names)
	if len(missing) > 0 || !s.next() || max(at[2], at[3]) >= len(s.cells) {
		return h, false
	}
	var stats dateStats
	h.LA = authority(s.cells[at[3]])
	h.Reference = dataset.NoDay
	if d, ok := day(stats.parse(trim(s.cells[at[2]])), orderDayFirst, false); ok {
		h.Reference = d
	}
	return h, true
}
