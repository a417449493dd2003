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

// Places are the ends by school of the trial, of children with no such school
// at any time, and of what was linked to schools outside the trial. Arms are
// made of them when they are known, which may be after the panel is. Few of the
// schools have events of an authority, so pages of them are made when needed.
type Places struct {
	pages            []*[placePage]Ends
	Nowhere, Outside Ends
}

const placePage = 16

func newPlaces(schools int) *Places {
	return &Places{pages: make([]*[placePage]Ends, schools/placePage+1)}
}

// at is the place of a school of the trial.
func (p *Places) at(school int32) *Ends {
	page := &p.pages[school/placePage]
	if *page == nil {
		*page = new([placePage]Ends)
	}
	return &(*page)[school%placePage]
}

// of is the place of a school, otherwise where it is none of the trial.
func (p *Places) of(school int32, otherwise *Ends) *Ends {
	if school < 0 {
		return otherwise
	}
	return p.at(school)
}

// Of are the ends of a school of the trial.
func (p *Places) Of(school int) Ends {
	if page := p.pages[school/placePage]; page != nil {
		return page[school%placePage]
	}
	return Ends{}
}

// Add adds others of as many schools.
func (p *Places) Add(other *Places) {
	for k, page := range other.pages {
		if page == nil {
			continue
		}
		for i := range page {
			p.at(int32(k*placePage + i)).Add(page[i])
		}
	}
	p.Nowhere.Add(other.Nowhere)
	p.Outside.Add(other.Outside)
}

// Sum adds all up.
func (p *Places) Sum() Ends {
	sum := p.Nowhere
	sum.Add(p.Outside)
	for _, page := range p.pages {
		if page == nil {
			continue
		}
		for i := range page {
			sum.Add(page[i])
		}
	}
	return sum
}

// count adds n events or days, under the school where they were linked or
// where the child was nearest in time.
func (p *Places) count(linker *linkage.Linker, child dataset.ChildKey, day dataset.Day, link linkage.Link, n int64) {
	if link.Method != linkage.NotLinked {
		p.of(link.School, &p.Outside).Linked += n
		return
	}
	p.of(linker.Nearest(child, day), &p.Nowhere).Unlinked += n
}

// keptOut counts an event that a rule kept out, where places are wanted.
func (out *sift) keptOut(s *sifter, e *dataset.Event) {
	if s.o.Places && e.Flags&dataset.Secondary == 0 && len(s.targets[e.LA][e.Type]) > 0 {
		p := out.placesOf(s, e.LA)
		p.of(s.in.Linker.Nearest(e.Child, e.Day), &p.Nowhere).KeptOut++
	}
}

func (out *sift) placesOf(s *sifter, la uint16) *Places {
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
