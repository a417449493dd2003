package panel

import (
	"swis/dataset"
	"swis/dataset/linkage"
)

// Ends are events, or days in care, of one authority that belong to one school
// of the trial: what was linked to it, and what was not linked or kept out of
// children who were nearest in time to it.
type Ends struct{ Linked, Unlinked, KeptOut int64 }

// Add adds others.
func (e *Ends) Add(other Ends) {
	e.Linked += other.Linked
	e.Unlinked += other.Unlinked
	e.KeptOut += other.KeptOut
}

// Places are the ends by school of the trial, then of children with no such
// school at any time, then what was linked to schools outside the trial. Arms
// are made of them when they are known, which may be after the panel is.
type Places []Ends

func newPlaces(schools int) Places { return make(Places, schools+2) }

// Nowhere are the children with no school of the trial at any time.
func (p Places) Nowhere() *Ends { return &p[len(p)-2] }

// of is the place of a school.
func (p Places) of(school int32, otherwise int) *Ends {
	if school < 0 {
		return &p[otherwise]
	}
	return &p[school]
}

// count adds n events or days, under the school where they were linked or
// where the child was nearest in time.
func (p Places) count(linker *linkage.Linker, child dataset.ChildKey, day dataset.Day, link linkage.Link, n int64) {
	if link.Method != linkage.NotLinked {
		p.of(link.School, len(p)-1).Linked += n
		return
	}
	p.of(linker.Nearest(child, day), len(p)-2).Unlinked += n
}

// keptOut counts an event that a rule kept out.
func (out *sift) keptOut(s *sifter, e *dataset.Event) {
	if e.Flags&dataset.Secondary == 0 && len(s.targets[e.LA][e.Type]) > 0 {
		p := out.placesOf(s, e.LA)
		p.of(s.in.Linker.Nearest(e.Child, e.Day), len(p)-2).KeptOut++
	}
}

func (out *sift) placesOf(s *sifter, la uint16) Places {
	if out.places[la] == nil {
		out.places[la] = newPlaces(len(s.schools))
	}
	return out.places[la]
}

// place counts days in care.
func (c *carer) place(s Stay, day dataset.Day, link linkage.Link, n int64) {
	if c.places[s.LA] == nil {
		c.places[s.LA] = newPlaces(len(c.in.Schools))
	}
	c.places[s.LA].count(c.in.Linker, s.Child, day, link, n)
}
