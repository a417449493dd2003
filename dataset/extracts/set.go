package extracts

import (
	"hash/maphash"
	"runtime"
	"sync"

	"swis/dataset"
	"swis/dataset/grouped"
	"swis/dataset/issues"
)

// Set is what the files of one study share: keys, codes and choices.
type Set struct {
	Keys    *Keys
	Schools *Codes // school numbers
	LAs     *Codes // authorities
	Events  *grouped.Events
	Issues  *issues.List
	Labels  *Codes // of waves, roles and arms
	Off     map[dataset.RuleID]bool
	Lenient bool // an authority that is not given is no reason to refuse (check)

	mu     sync.RWMutex
	hashes []uint64 // of each authority's code

	spare spare
}

// NewSet returns a set under the given keys.
func NewSet(keys *Keys) *Set {
	return &Set{Keys: keys, Schools: NewCodes(), LAs: NewCodes(), Labels: NewCodes(), Events: grouped.New(grouped.DefaultBudget, ""), Issues: issues.New(issues.DefaultBudget, ""), Off: map[dataset.RuleID]bool{},
		spare: spare{blocks: make(chan []byte, 2*runtime.GOMAXPROCS(0)+2)}}
}

// repairs says whether the repair of a rule is on.
func (s *Set) repairs(rule dataset.RuleID) bool { return !s.Off[rule] }

// laName is an authority's code and its hash.
func (s *Set) laName(la uint16) (string, uint64) {
	s.mu.RLock()
	if int(la) < len(s.hashes) {
		h := s.hashes[la]
		s.mu.RUnlock()
		return s.LAs.Text(uint32(la)), h
	}
	s.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.hashes) <= int(la) {
		s.hashes = append(s.hashes, maphash.String(s.Keys.seed, "la\x00"+s.LAs.Text(uint32(len(s.hashes)))))
	}
	return s.LAs.Text(uint32(la)), s.hashes[la]
}

// Input is one file to read.
type Input struct {
	Path    string
	LA      string // authority's code where the file does not hold it
	Layout  string // forces a layout
	Mapping *Mapping
	Header  *dataset.Header // of the census that a flattened table belongs to
	Number  uint16
	// Progress is told the bytes and rows read; it may be nil.
	Progress func(done, rows int64)
}
