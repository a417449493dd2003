package extracts

import (
	"bytes"

	"swis/dataset"
	"swis/dataset/grouped"
)

// Row is one row being read. A layout's Row function asks for cells by their
// column's place in the layout and gives records; what it gives nothing for is
// counted as a row of another kind.
type Row struct {
	file   *file
	text   []byte   // holds the cells
	ends   []uint32 // where in text they end, with one sign between two
	first  int      // of the row: place in ends of its first cell
	width  int      // number of its cells
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
	named    []naming // by school code
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
	n := len(f.layout.Columns)
	return &Row{file: f, at: f.at, stats: make([]dateStats, n), memos: make([]memo, n), out: &batch{}, writer: f.set.Events.Writer()}
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

// Child is the key of the child's id; a blank or ruined id quarantines the row.
func (r *Row) Child(slot int) (dataset.ChildKey, bool) {
	b := r.cell(slot)
	if b == nil {
		r.Quarantine(ruleK01, slot)
		return 0, false
	}
	key, ok := r.childOf(b, slot)
	if !ok {
		r.Quarantine(ruleK0E, slot)
	}
	return key, ok
}

func (r *Row) childOf(b []byte, slot int) (dataset.ChildKey, bool) {
	keys := r.file.set.Keys
	if keys.pseudonyms == nil {
		if number, short := shortID(b); short && r.la < exactLAs {
			return keys.exact(uint64(r.la)<<shortBits | number), true
		}
	}
	b, ok := r.normalID(b, slot)
	if !ok {
		return 0, false
	}
	for int(r.la) >= len(r.laHashes) {
		_, hash := r.file.set.laName(uint16(len(r.laHashes)))
		r.laHashes = append(r.laHashes, hash)
	}
	return keys.child(r.file.set.LAs.Text(uint32(r.la)), r.la, r.laHashes[r.la], b), true
}

// normalID is an id in capitals and without a spreadsheet's .0; ok is false
// where a spreadsheet has ruined it.
func (r *Row) normalID(b []byte, slot int) (id []byte, ok bool) {
	r.upper = append(r.upper[:0], b...)
	b = r.upper
	plain, exponent := len(b) <= 20, false
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
		case c >= 'a' && c <= 'z':
			b[i] = c - 32
			exponent = exponent || c == 'e'
		default:
			plain, exponent = false, exponent || c == '+'
		}
	}
	if plain {
		return b, true
	}
	if exponent && scientific(b) {
		return nil, false
	}
	if rest, cut := bytes.CutSuffix(b, []byte(".0")); cut && onlyDigits(rest) {
		r.Flag(ruleK02, slot)
		if r.file.set.repairs(ruleK02) {
			b = rest
		}
		return b, true
	}
	if len(b) > 20 {
		r.Flag(ruleK03, slot)
	}
	if bytes.ContainsFunc(b, sign) {
		r.Flag(ruleK0A, slot)
	}
	return b, true
}

// sign says that an id in capitals holds something else than letters, digits
// and what joins them.
func sign(c rune) bool { return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && c != '_' && c != '-' }

// scientific recognises 1.23E+12.
func scientific(b []byte) bool {
	i := bytes.IndexByte(b, 'E')
	return i > 0 && i+2 < len(b) && (b[i+1] == '+' || b[i+1] == '-') && onlyDigits(b[i+2:]) && onlyDigits(bytes.ReplaceAll(b[:i], []byte("."), nil))
}

// Pupil is the key of a UPN, 0 where blank or a reason code;
// letter is 1 for a right check letter, -1 for a wrong one or another form.
func (r *Row) Pupil(slot int) (key dataset.PupilKey, letter int8) {
	b := r.cell(slot)
	if b == nil {
		return 0, 0
	}
	r.upper = append(r.upper[:0], b...)
	b = r.upper
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 32
		}
	}
	if len(b) == 3 && b[0] == 'U' && b[1] == 'N' {
		r.tally.Add(r.la, ruleK06, 1)
		return 0, 0
	}
	form, right := checkUPN(b)
	switch {
	case !form:
		r.Flag(ruleK04, slot)
		letter = -1
	case !right:
		r.Flag(ruleK05, slot)
		letter = -1
	default:
		letter = 1
	}
	return r.file.set.Keys.pupil(b, form), letter
}

// Flag notes a rule at a column of the row; slot -1 is the whole row.
func (r *Row) Flag(rule dataset.RuleID, slot int) {
	column := ""
	if slot >= 0 {
		column = r.file.layout.Columns[slot].Name
	}
	r.out.issues = append(r.out.issues, dataset.Issue{Rule: rule, File: r.file.number, LA: r.la, Line: uint32(r.line), Column: column})
}

// Quarantine keeps the row out.
func (r *Row) Quarantine(rule dataset.RuleID, slot int) {
	r.status = dataset.Quarantined
	r.Flag(rule, slot)
}

// Event gives an event of the row; the first one of a row is reconciled.
func (r *Row) Event(e dataset.Event) {
	e.Line, e.LA, e.File = uint32(r.line), r.la, r.file.number
	if r.given {
		e.Flags |= dataset.Secondary
	}
	r.given = true
	r.out.events = append(r.out.events, e)
}

// Episode gives an episode of care.
func (r *Row) Episode(e dataset.Episode) {
	e.Line, e.LA, e.File = uint32(r.line), r.la, r.file.number
	r.given = true
	r.out.episodes = append(r.out.episodes, e)
}

// Person gives what the row says about a child.
func (r *Row) Person(p dataset.Person) {
	p.Line, p.LA, p.File = uint32(r.line), r.la, r.file.number
	if n := len(r.out.persons); n > 0 {
		if last := &r.out.persons[n-1]; last.Child == p.Child && last.Pupil == p.Pupil && last.Birth == p.Birth {
			return
		}
	}
	r.out.persons = append(r.out.persons, p)
}

// Enrolment gives a span of a child at a school.
func (r *Row) Enrolment(e dataset.Enrolment) {
	e.Line, e.LA, e.File = uint32(r.line), r.la, r.file.number
	r.out.enrolments = append(r.out.enrolments, e)
}

// Count gives a count of a school.
func (r *Row) Count(c dataset.Count) {
	c.Line, c.LA, c.File = uint32(r.line), r.la, r.file.number
	c.Further = r.given
	r.given = true
	r.out.counts = append(r.out.counts, c)
}

// the rules that readers apply
var (
	ruleF01 = dataset.RuleNamed("F01")
	ruleF02 = dataset.RuleNamed("F02")
	ruleF03 = dataset.RuleNamed("F03")
	ruleF04 = dataset.RuleNamed("F04")
	ruleF05 = dataset.RuleNamed("F05")
	ruleF06 = dataset.RuleNamed("F06")
	ruleF07 = dataset.RuleNamed("F07")
	ruleF09 = dataset.RuleNamed("F09")
	ruleF10 = dataset.RuleNamed("F10")
	ruleD01 = dataset.RuleNamed("D01")
	ruleD02 = dataset.RuleNamed("D02")
	ruleD03 = dataset.RuleNamed("D03")
	ruleD04 = dataset.RuleNamed("D04")
	ruleD05 = dataset.RuleNamed("D05")
	ruleD07 = dataset.RuleNamed("D07")
	ruleD08 = dataset.RuleNamed("D08")
	ruleD10 = dataset.RuleNamed("D10")
	ruleD09 = dataset.RuleNamed("D09")
	ruleK01 = dataset.RuleNamed("K01")
	ruleK02 = dataset.RuleNamed("K02")
	ruleK0E = dataset.RuleNamed("K0E")
	ruleK03 = dataset.RuleNamed("K03")
	ruleK0A = dataset.RuleNamed("K0A")
	ruleK04 = dataset.RuleNamed("K04")
	ruleK05 = dataset.RuleNamed("K05")
	ruleK06 = dataset.RuleNamed("K06")
	ruleE10 = dataset.RuleNamed("E10")
	ruleE1T = dataset.RuleNamed("E1T")
	ruleE11 = dataset.RuleNamed("E11")
	ruleC04 = dataset.RuleNamed("C04")
	ruleS01 = dataset.RuleNamed("S01")
	ruleL05 = dataset.RuleNamed("L05")
	ruleN01 = dataset.RuleNamed("N01")
	ruleN02 = dataset.RuleNamed("N02")
)
