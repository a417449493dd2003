package extracts

import (
	"swis/dataset"
	"swis/dataset/grouped"
)

// Row is one row being read. A layout's Row function asks for cells by their
// column's place in the layout and gives records; what it gives nothing for is
// counted as a row of another kind.
type Row struct {
	file   *file
	layout *Layout  // of the file, and of the memos
	text   []byte   // holds the cells
	ends   []uint32 // where in text they end, with one sign between two
	first  int      // of the row: place in ends of its first cell
	width  int      // number of its cells
	id     []byte   // of its child, as it stands
	line   int
	at     []int // cell of each column, -1 where absent
	stats  []dateStats
	memos  []memo
	laMemo memo
	out    *batch
	la     uint16
	status dataset.Status
	given  bool // a record to be reconciled was given
	upper  []byte

	own  []byte // text and ends of a row that is held
	held []uint32

	laHashes []uint64      // by authority
	tally    dataset.Tally // of rules that are counted without a row
	above    int           // lines of the file above the block at hand

	splitter splitter
	index    rowIndex
	tables   dayTables
	days     dataset.DayCounts
	named    namings
	register register
	writer   *grouped.Writer
}

// batch is what a worker's rows gave. What has an order is of the block at hand;
// what is counted is of all its rows.
type batch struct {
	events     []dataset.Event
	episodes   []dataset.Episode
	legal      []dataset.LegalSpan
	persons    []dataset.Person
	enrolments []dataset.Enrolment
	counts     []dataset.Count
	attendance []dataset.Attendance
	marks      []sessionMark
	members    []dataset.Member
	responses  []dataset.Response
	pairs      map[[2]uint32]*dataset.SchoolPair
	schools    []dataset.School
	links      []dataset.SchoolLink
	published  []dataset.Published
	tallies    []dataset.Ended
	headers    []dataset.Header
	year       int // latest return year in a YEAR column
	issues     []dataset.Issue
	read       [dataset.Statuses]int64
	rows       int64
	settled    int64
	las        []int64 // rows by authority
}

func (f *file) newRow() *Row {
	r := f.set.take()
	n := len(f.layout.Columns)
	r.file, r.at, r.stats = f, f.at, make([]dateStats, n)
	if r.layout != f.layout {
		r.layout, r.memos = f.layout, make([]memo, n)
	}
	return r
}

// read hands the row to the layout and counts how it ended.
func (r *Row) read() {
	if r.file.sheet && r.empty() {
		return
	}
	r.status, r.given = dataset.Pending, false
	r.out.rows++
	r.la = r.file.la
	if slot := r.file.laSlot; slot >= 0 {
		if b := r.cell(slot); b != nil {
			r.la = uint16(r.laMemo.find(b, r.readLA))
		}
	}
	for int(r.la) >= len(r.out.las) {
		r.out.las = append(r.out.las, 0)
	}
	r.out.las[r.la]++
	if r.file.layout.Row != nil && (r.la != 0 || !r.file.needLA) {
		r.file.layout.Row(r)
	} else if r.file.layout.Row != nil {
		r.Quarantine(ruleF07, -1)
	}
	switch {
	case r.status == dataset.Quarantined:
		r.out.read[dataset.Quarantined]++
	case r.given:
		r.out.read[dataset.Pending]++
	default:
		r.out.read[dataset.OtherKind]++
	}
}

// empty says that no cell holds anything.
func (r *Row) empty() bool {
	for i := range r.width {
		if len(trim(r.raw(i))) > 0 {
			return false
		}
	}
	return true
}

// raw is a cell of the file as it stands.
func (r *Row) raw(i int) []byte { return r.text[r.ends[r.first+i-1]+1 : r.ends[r.first+i]] }

// hold makes the row of cells that may not lie in one text: they are copied.
func (r *Row) hold(cells [][]byte) {
	const before = ^uint32(0)
	text, ends := r.own[:0], append(r.held[:0], before)
	for _, cell := range cells {
		text = append(text, cell...)
		ends = append(ends, uint32(len(text)))
		text = append(text, ',')
	}
	r.own, r.held = text, ends
	r.text, r.ends, r.first, r.width = text, ends, 1, len(cells)
}

// cell is the trimmed text of a column, nil where blank or absent.
func (r *Row) cell(slot int) []byte {
	i := r.at[slot]
	if uint(i) >= uint(r.width) {
		return nil
	}
	b := r.raw(i)
	if n := len(b); n == 0 {
		return nil
	} else if b[0]-'!' >= 0x80-'!' || b[n-1]-'!' >= 0x80-'!' {
		b = trim(b)
	}
	if len(b) <= 4 && isNull(b) {
		return nil
	}
	if r.file.recodes {
		if to, ok := r.file.recode[slot][string(b)]; ok {
			return to
		}
	}
	return b
}

// Has says whether the file has the column.
func (r *Row) Has(slot int) bool { return r.at[slot] >= 0 }

// Text is a cell as text.
func (r *Row) Text(slot int) string { return string(r.cell(slot)) }

// Coded reads a cell of few distinct values with parse, 0 for a blank one.
func (r *Row) Coded(slot int, parse func([]byte) uint32) uint32 {
	b := r.cell(slot)
	if b == nil {
		return 0
	}
	return r.memos[slot].find(b, parse)
}

// School is the code of a school number, 0 where blank.
func (r *Row) School(slot int) uint32 {
	b := r.cell(slot)
	if b == nil {
		return 0
	}
	return r.memos[slot].find(b, r.file.readSchool)
}

func (r *Row) readLA(b []byte) uint32 { return r.file.set.LAs.Code(authority(b)) }

// SchoolOf is the school of a row that may give it twice, by URN and by
// LAESTAB; the pair is kept, because only the register can say whether they
// agree.
func (r *Row) SchoolOf(urn, laestab int) uint32 {
	a := r.School(urn)
	if r.at[laestab] == r.at[urn] {
		return a
	}
	b := r.School(laestab)
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	}
	key := [2]uint32{a, b}
	if r.out.pairs == nil {
		r.out.pairs = map[[2]uint32]*dataset.SchoolPair{}
	}
	p := r.out.pairs[key]
	if p == nil {
		p = &dataset.SchoolPair{URN: a, LAESTAB: b, Line: uint32(r.above + r.line), LA: r.la}
		r.out.pairs[key] = p
	}
	p.Rows++
	return a
}

// Date is a cell as a date to be settled when the file has been read.
func (r *Row) Date(slot int) dataset.Day {
	b := r.cell(slot)
	if b == nil {
		return dataset.Day(slot << 21)
	}
	stats := &r.stats[slot]
	serial, timed := stats.serial, stats.timed
	d := stats.parse(b)
	if stats.serial != serial && !r.file.sheet {
		r.Flag(ruleD04, slot)
		if !r.file.set.repairs(ruleD04) {
			d = shapeBad << 18
		}
	}
	if stats.timed != timed {
		r.tally.Add(r.la, ruleD08, 1)
	}
	return d | dataset.Day(slot<<21)
}

func blank(d dataset.Day) bool { return d>>18&7 == shapeBlank }
