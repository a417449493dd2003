package linkage

import (
	"maps"

	"swis/dataset"
	"swis/dataset/grouped"
)

var (
	ruleK07 = dataset.RuleNamed("K07")
	ruleK08 = dataset.RuleNamed("K08")
)

// Child is what all identifiers rows together say about a child.
type Child struct {
	Pupil, Former dataset.PupilKey
	Birth, Death  dataset.Day
	LA            uint16
}

// Place is a row of a file.
type Place struct {
	File uint16
	Line uint32
}

// People joins the identifiers rows of all files. Nothing is merged on
// suspicion: of two UPNs or birth dates the first stands, and it is flagged.
// What a decisions file says of a flagged row is done.
type People struct {
	Children map[dataset.ChildKey]Child
	Order    []dataset.ChildKey // the children as they were met
	LAs      map[uint16]bool    // that have identifiers rows
	HasUPN   map[uint16]bool    // that have one with a UPN
	// WithoutZeros are the ids without the zeros that stand in front of them in
	// identifiers rows: how a spreadsheet writes them elsewhere (K02).
	WithoutZeros map[dataset.ChildKey]bool
	Issues       []dataset.Issue
	Moves        int64 // children whose UPN another authority holds too (K10)
	// Same gives for a child id that was decided to be a second one of a child
	// the first: records are counted under it.
	Same    map[dataset.ChildKey]dataset.ChildKey
	Applied map[Place]bool // decisions that met a flagged row
	// of identifiers rows with a UPN
	UPNs, RightLetters, Rows int64
}

// NewPeople joins identifiers rows, given file by file.
func NewPeople(extracts []*dataset.Extract, decided map[Place]Do) *People {
	n := 0
	for _, x := range extracts {
		n += len(x.Persons)
	}
	p := &People{Children: make(map[dataset.ChildKey]Child, n), LAs: map[uint16]bool{}, HasUPN: map[uint16]bool{}, Same: map[dataset.ChildKey]dataset.ChildKey{}, Applied: map[Place]bool{}, WithoutZeros: map[dataset.ChildKey]bool{}}
	type owner struct {
		child dataset.ChildKey
		la    uint16
	}
	owners := make(map[dataset.PupilKey]owner, n)
	moved := map[dataset.ChildKey]bool{}
	for _, x := range extracts {
		for i := range x.Persons {
			row := &x.Persons[i]
			p.Rows++
			p.LAs[row.LA] = true
			if row.WithoutZeros != 0 {
				p.WithoutZeros[row.WithoutZeros] = true
			}
			if row.CheckLetter != 0 {
				p.UPNs++
			}
			if row.CheckLetter > 0 {
				p.RightLetters++
			}
			c, known := p.Children[row.Child]
			if row.Pupil != 0 {
				p.HasUPN[row.LA] = true
			}
			if !known {
				p.Order = append(p.Order, row.Child)
				c = Child{Pupil: row.Pupil, Former: row.Former, Birth: row.Birth, Death: row.Death, LA: row.LA}
			} else if c.add(row, p.decision(row, decided) == Merge) {
				p.Issues = append(p.Issues, dataset.Issue{Rule: ruleK08, File: row.File, LA: row.LA, Line: row.Line})
				p.apply(row, decided)
			}
			p.Children[row.Child] = c
			if row.Pupil == 0 {
				continue
			}
			switch have, taken := owners[row.Pupil]; {
			case !taken:
				owners[row.Pupil] = owner{row.Child, row.LA}
			case have.child == row.Child:
			case have.la == row.LA:
				p.Issues = append(p.Issues, dataset.Issue{Rule: ruleK07, File: row.File, LA: row.LA, Line: row.Line})
				if p.apply(row, decided) == Merge {
					p.Same[row.Child] = have.child
				}
			case !moved[row.Child]: // later returns hold the child again
				moved[row.Child] = true
				p.Moves++
			}
		}
	}
	return p
}

func (p *People) decision(row *dataset.Person, decided map[Place]Do) Do {
	return decided[Place{row.File, row.Line}]
}

func (p *People) apply(row *dataset.Person, decided map[Place]Do) Do {
	do, ok := decided[Place{row.File, row.Line}]
	if ok {
		p.Applied[Place{row.File, row.Line}] = true
	}
	return do
}

// First is the child of which an id is a further one, itself where there is
// none or where the decisions go round in a circle.
func (p *People) First(child dataset.ChildKey) dataset.ChildKey {
	first := child
	for range len(p.Same) + 1 { // a chain of ids
		to, ok := p.Same[first]
		if !ok {
			return first
		}
		first = to
	}
	return child
}

// Join counts the records of a child's further ids under its first.
func (p *People) Join(extracts []*dataset.Extract, events *grouped.Events) error {
	if len(p.Same) == 0 {
		return nil
	}
	for _, x := range extracts {
		for _, chunk := range x.Episodes {
			for i := range chunk {
				chunk[i].Child = p.First(chunk[i].Child)
			}
		}
		for i := range x.Enrolments {
			if e := &x.Enrolments[i]; e.Child != 0 {
				e.Child = p.First(e.Child)
			}
		}
	}
	return events.Move(maps.Keys(p.Same), func(e *dataset.Event) (dataset.ChildKey, bool) {
		first := p.First(e.Child)
		return first, first != e.Child
	}, nil)
}

// add joins a further row; clash says that it contradicts what is known. A UPN
// that replaces the one known is a former or later one of the child where a
// row says so, or where it was decided that both are the child's.
func (c *Child) add(row *dataset.Person, same bool) (clash bool) {
	if row.Pupil != 0 && c.Pupil == 0 {
		c.Pupil = row.Pupil
	} else if row.Pupil != 0 && row.Pupil != c.Pupil {
		clash = row.Pupil != c.Former && row.Former != c.Pupil
		if (same || !clash) && (c.Former == 0 || c.Former == row.Pupil) {
			c.Former = row.Pupil
		}
	}
	if c.Former == 0 {
		c.Former = row.Former
	}
	if row.Birth != dataset.NoDay {
		if c.Birth == dataset.NoDay {
			c.Birth = row.Birth
		} else {
			y1, m1, _ := c.Birth.Date()
			y2, m2, _ := row.Birth.Date()
			clash = clash || y1 != y2 || m1 != m2
		}
	}
	if c.Death == dataset.NoDay {
		c.Death = row.Death
	}
	return clash
}
