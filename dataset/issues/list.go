// Package issues holds the cases of rules until they are written: counted, and
// in order of files and lines, in memory up to a bound, beyond it in a
// temporary file. What it holds in memory does not grow with the cases.
package issues

import (
	"cmp"
	"slices"
	"sync"
	"unsafe"

	"swis/dataset"
	"swis/dataset/scratch"
)

// List is the cases of rules of a study.
type List struct {
	budget int // cases that are held
	folder string

	mu      sync.Mutex
	held    []record
	count   dataset.Tally
	columns []string // that cases name; 0 is none
	codes   map[string]uint16
	file    *scratch.File
	runs    []run
	size    int64  // of the file
	written uint64 // runs, those that were dropped included
	err     error  // the first fault of writing

	rank func(la uint16) int

	begin struct { // of the file being read
		held, runs int
		count      dataset.Tally // since
	}
}

// record is a case: file, line and rule in one number, in this order.
type record struct {
	place      uint64
	la, column uint16
}

const recordBytes = int64(unsafe.Sizeof(record{}))

// DefaultBudget is how many bytes of cases stay in memory.
const DefaultBudget = 8 << 20

func (r record) rule() dataset.RuleID { return dataset.RuleID(r.place) }

// run is some cases in order, which stand in the file one after the other.
type run struct {
	at     int64
	n      int64
	number uint64 // no other run has it
}

// New returns no cases. Those above budget bytes go to a temporary file in folder.
func New(budget int64, folder string) *List {
	return &List{budget: int(max(budget/recordBytes, 64)), folder: folder, columns: []string{""}, codes: map[string]uint16{"": 0}}
}

// Begin says that the cases that follow are of another file.
func (l *List) Begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count.Join(l.begin.count)
	l.begin.held, l.begin.runs, l.begin.count = len(l.held), len(l.runs), nil
}

// Discard drops the cases since Begin.
func (l *List) Discard() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held, l.begin.count = l.held[:l.begin.held], nil
	if l.begin.runs < len(l.runs) {
		l.size = l.runs[l.begin.runs].at
		l.runs = l.runs[:l.begin.runs]
	}
}

// Add adds cases, from any goroutine. A fault of writing them is returned by Order.
func (l *List) Add(cases ...dataset.Issue) {
	if len(cases) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range cases {
		c := &cases[i]
		code, known := l.codes[c.Column]
		if !known {
			code = uint16(len(l.columns))
			l.columns, l.codes[c.Column] = append(l.columns, c.Column), code
		}
		if len(l.held) >= l.budget {
			l.spill()
		}
		l.held = append(l.held, record{uint64(c.File)<<48 | uint64(c.Line)<<16 | uint64(c.Rule), c.LA, code})
		l.begin.count.Add(c.LA, c.Rule, 1)
	}
}

// Count is the number of cases of each rule by authority.
func (l *List) Count() dataset.Tally {
	var all dataset.Tally
	all.Join(l.count)
	all.Join(l.begin.count)
	return all
}

// spill writes what is held to the file. Cases of earlier files make a run of
// their own, so that Discard can drop those of the file at hand.
func (l *List) spill() {
	for _, part := range [][]record{l.held[:l.begin.held], l.held[l.begin.held:]} {
		if len(part) == 0 || l.err != nil {
			continue
		}
		if l.file == nil {
			if l.file, l.err = scratch.Create(l.folder, "issues"); l.err != nil {
				continue
			}
		}
		slices.SortFunc(part, inFile)
		l.written++
		next := run{l.size, int64(len(part)), l.written}
		if l.err = l.file.WriteAt(scratch.Bytes(part), next.number, next.at); l.err != nil {
			continue
		}
		l.runs, l.size = append(l.runs, next), l.size+next.n*recordBytes
		if l.begin.held > 0 {
			l.begin.runs++
			l.begin.held = 0
		}
	}
	l.held, l.begin.held = l.held[:0], 0
}

// inFile is the order in which cases are sorted before the ranks of
// authorities are known.
func inFile(a, b record) int {
	if a.place != b.place { // nearly always
		return cmp.Compare(a.place, b.place)
	}
	return cmp.Or(cmp.Compare(a.la, b.la), cmp.Compare(a.column, b.column))
}

// Order says that all cases are there. rank orders authorities, whose numbers
// depend on which was met first. The error is of writing cases to the file.
func (l *List) Order(rank func(la uint16) int) error {
	slices.SortFunc(l.held, inFile)
	l.rank = rank
	return l.err
}

// Close removes the file. Each has none to read then.
func (l *List) Close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
