// Package linkage says which school a child was at on a day, and which school
// of the trial a school number means.
package linkage

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"swis/dataset"
)

// What a school number turned out to be, where it is no school of the trial.
const (
	Other     int32 = -1 // in the register, or in a list that is complete
	Unknown   int32 = -2 // in no register
	Undecided int32 = -3 // merged or split with a school of the trial: needs a decision
)

// Register resolves school numbers to schools of the trial.
type Register struct {
	Schools []dataset.School // of the trial, by ID
	Extra   []string         // names of the further columns of the schools
	byText  map[string]int32
	known   map[string]bool // numbers of the whole register
	links   map[string][]dataset.SchoolLink
	Mapped  []Change // school numbers that were mapped through links
}

// Change is a school number that reached a school of the trial through the
// register's links, or that would need a decision.
type Change struct {
	From, To string // number found, school of the trial
	Decided  bool
}

// NewRegister makes a register of the trial's schools, the whole register where
// there is one, and its links.
func NewRegister(trial, all []dataset.School, links []dataset.SchoolLink) (*Register, error) {
	r := &Register{Schools: byID(trial), byText: make(map[string]int32, len(trial)), known: map[string]bool{}, links: map[string][]dataset.SchoolLink{}}
	for i := range r.Schools {
		s := &r.Schools[i]
		if i > 0 && r.Schools[i-1].ID == s.ID {
			return nil, dataset.Problems{{Line: int(s.Line), Column: "school_id", Text: "school " + s.ID + " is listed twice"}}
		}
		r.byText[strings.ToUpper(s.ID)] = int32(i)
	}
	for i := range r.Schools {
		for _, number := range []string{r.Schools[i].URN, r.Schools[i].LAESTAB} {
			if number == "" {
				continue
			}
			if _, taken := r.byText[number]; !taken {
				r.byText[number] = int32(i)
			}
		}
	}
	for i := range all {
		s := &all[i]
		r.known[s.URN] = true
		if s.LAESTAB == "" {
			continue
		}
		r.known[s.LAESTAB] = true
		if i, ok := r.byText[s.URN]; ok { // the register knows the other number of the trial's school
			if _, taken := r.byText[s.LAESTAB]; !taken {
				r.byText[s.LAESTAB] = i
			}
		}
	}
	for _, l := range links {
		r.links[l.From] = append(r.links[l.From], l)
	}
	return r, nil
}

// byID gives schools in order of their ids: a copy, where they are not.
func byID(schools []dataset.School) []dataset.School {
	if slices.IsSortedFunc(schools, func(a, b dataset.School) int { return strings.Compare(a.ID, b.ID) }) {
		return schools
	}
	order := Order(len(schools), func(i int) string { return schools[i].ID })
	out := make([]dataset.School, len(schools))
	for i, at := range order {
		out[i] = schools[at]
	}
	return out
}

// Order gives the places of n ids in their order, those of one id as they
// stand. The first eight bytes of an id, as a number, decide most comparisons.
func Order(n int, id func(int) string) []int32 {
	type place struct {
		head uint64
		at   int32
	}
	places := make([]place, n)
	for i := range places {
		var head [8]byte
		copy(head[:], id(i))
		places[i] = place{binary.BigEndian.Uint64(head[:]), int32(i)}
	}
	slices.SortFunc(places, func(a, b place) int {
		switch {
		case a.head < b.head:
			return -1
		case a.head > b.head:
			return 1
		}
		return cmp.Or(strings.Compare(id(int(a.at)), id(int(b.at))), cmp.Compare(a.at, b.at))
	})
	order := make([]int32, n)
	for i, p := range places {
		order[i] = p.at
	}
	return order
}

// Resolve says which school of the trial a number means: one of its own
// numbers, or a number that its links lead to, one to one; else Other, Unknown
// or Undecided.
func (r *Register) Resolve(number string) int32 {
	if i, ok := r.byText[number]; ok {
		return i
	}
	if number == "" {
		return Unknown
	}
	for _, successors := range []bool{false, true} { // a later number first: back to what it was
		at := number
		for range 8 {
			next, plain := r.step(at, successors)
			if next == "" {
				break
			}
			if i, ok := r.byText[next]; ok {
				if !plain {
					for _, school := range r.beside(at, successors) {
						r.Mapped = append(r.Mapped, Change{number, r.Schools[school].ID, false})
					}
					return Undecided
				}
				r.Mapped = append(r.Mapped, Change{number, r.Schools[i].ID, true})
				return i
			}
			if !plain {
				break
			}
			at = next
		}
	}
	if len(r.known) > 0 && !r.known[number] {
		return Unknown
	}
	return Other
}

// beside are the schools of the trial that a number is linked with.
func (r *Register) beside(from string, successor bool) (schools []int32) {
	for _, l := range r.links[from] {
		if successor && !l.Successor || !successor && !l.Predecessor {
			continue
		}
		if i, ok := r.byText[l.To]; ok && !slices.Contains(schools, i) {
			schools = append(schools, i)
		}
	}
	slices.Sort(schools)
	return schools
}

// step follows a link; plain is true where exactly one school became exactly
// one other.
func (r *Register) step(from string, successor bool) (to string, plain bool) {
	count := 0
	for _, l := range r.links[from] {
		if successor && !l.Successor || !successor && !l.Predecessor {
			continue
		}
		if _, trial := r.byText[l.To]; trial || to == "" {
			to = l.To
		}
		plain = l.Plain
		count++
	}
	if count != 1 {
		plain = false
	}
	back := 0 // what the other side sees
	for _, l := range r.links[to] {
		if successor && l.Predecessor || !successor && l.Successor {
			back++
		}
	}
	if back > 1 {
		plain = false
	}
	return to, plain
}
