package panel

import (
	"swis/dataset"
	"swis/dataset/disclosure"
	"swis/dataset/linkage"
)

// Makers are those who make up a count of rows, events or days: its children,
// and the largest parts of it that are of one child and of one school.
type Makers struct {
	Children          int64
	ByChild, BySchool disclosure.Largest
}

// child adds a child's part of the count.
func (m *Makers) child(part int64) {
	if part > 0 {
		m.Children++
		m.ByChild.Add(float64(part))
	}
}

// join adds those of other children.
func (m *Makers) join(o *Makers) {
	m.Children += o.Children
	for _, part := range o.ByChild {
		m.ByChild.Add(part)
	}
}

// PartKind says what a Part is a count of.
type PartKind uint8

// The kinds of parts: rows that came to an end, by type of event or by file;
// and events of the window by how they were linked.
const (
	EndsOfType PartKind = iota
	EndsOfFile
	LinksOf      // At 0, of an authority; End 0 all, 1 linked
	LinksOfType  // At is the type
	LinksOfMonth // At is the month
	LinksBy      // End is the method
)

// Part names a count of the report.
type Part struct {
	Kind PartKind
	LA   uint16
	At   int32
	End  uint8
}

// tracker finds the makers of counts while events are decided child by child.
type tracker struct {
	makers  map[Part]*Makers
	schools map[Part]map[int32]int64
	child   map[Part]int64 // of the child at hand
}

func newTracker() *tracker {
	return &tracker{map[Part]*Makers{}, map[Part]map[int32]int64{}, map[Part]int64{}}
}

// ended notes what became of a row.
func (t *tracker) ended(e *dataset.Event) {
	t.child[Part{EndsOfType, e.LA, int32(e.Type), uint8(e.Status)}]++
	if e.Flags&dataset.Secondary == 0 {
		t.child[Part{EndsOfFile, 0, int32(e.File), uint8(e.Status)}]++
	}
}

// counted notes the school at which an event counts.
func (t *tracker) counted(e *dataset.Event, school int32) {
	t.school(Part{EndsOfType, e.LA, int32(e.Type), uint8(e.Status)}, school)
}

// linked notes how an event of the window was linked, in a month.
func (t *tracker) linked(e *dataset.Event, link linkage.Link, month dataset.Period) {
	of := func(linked uint8) []Part {
		return []Part{{LinksOf, e.LA, 0, linked}, {LinksOfType, e.LA, int32(e.Type), linked}, {LinksOfMonth, e.LA, int32(month), linked}}
	}
	parts := append(of(0), Part{LinksBy, e.LA, 0, uint8(link.Method)})
	if link.Method != linkage.NotLinked {
		parts = append(parts, of(1)...)
	}
	for _, part := range parts {
		t.child[part]++
		if link.Method != linkage.NotLinked && link.School >= 0 {
			t.school(part, link.School)
		}
	}
}

func (t *tracker) school(part Part, school int32) {
	if t.schools[part] == nil {
		t.schools[part] = map[int32]int64{}
	}
	t.schools[part][school]++
}

// next ends the child at hand.
func (t *tracker) next() {
	for part, n := range t.child {
		t.of(part).child(n)
	}
	clear(t.child)
}

func (t *tracker) of(part Part) *Makers {
	if t.makers[part] == nil {
		t.makers[part] = &Makers{}
	}
	return t.makers[part]
}

// join adds what another worker found: no child is of two, schools may be.
func (t *tracker) join(o *tracker) {
	for part, m := range o.makers {
		t.of(part).join(m)
	}
	for part, schools := range o.schools {
		for school, n := range schools {
			if t.schools[part] == nil {
				t.schools[part] = map[int32]int64{}
			}
			t.schools[part][school] += n
		}
	}
}

// episodes adds the rows of care of each file, by what became of them.
func (t *tracker) episodes(extracts []*dataset.Extract) {
	for n, x := range extracts {
		children := map[dataset.ChildKey]map[Part]int64{}
		for _, chunk := range x.Episodes {
			for i := range chunk {
				e := &chunk[i]
				if children[e.Child] == nil {
					children[e.Child] = map[Part]int64{}
				}
				children[e.Child][Part{EndsOfFile, 0, int32(n + 1), uint8(e.Status)}]++
			}
		}
		for _, parts := range children {
			for part, k := range parts {
				t.of(part).child(k)
			}
		}
	}
}

// all gives the makers of all counts.
func (t *tracker) all() map[Part]*Makers {
	for part, schools := range t.schools {
		m := t.of(part)
		for _, n := range schools {
			m.BySchool.Add(float64(n))
		}
	}
	return t.makers
}

// careNumbers is how many numbers a waterfall of days in care has.
const careNumbers = 14

// Numbers are those of the waterfall in one order, that of Makers.
func (c *CareDays) Numbers() [careNumbers]int64 {
	return [careNumbers]int64{c.Rows, c.Children, c.All, c.All - c.Raw, c.Raw, c.Respite, c.Overlap, c.Aged, c.Merged, c.Uncovered, c.Unlinked, c.OtherSchool, c.Panel, c.Gaps}
}

// nextChild ends the child at hand: what its days added to the waterfalls is its
// part of them.
func (c *carer) nextChild() {
	for _, la := range c.touched {
		days := c.days[la]
		now := days.Numbers()
		for k, n := range now {
			days.Makers[k].child(n - days.before[k])
		}
		days.before = now
	}
	c.touched = c.touched[:0]
}
