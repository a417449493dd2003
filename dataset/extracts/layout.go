// Package extracts reads what authorities hand over: each kind of file is a
// Layout, recognised by its columns, never by its name. Rows are read in
// parallel blocks; children's identifiers become keyed hashes here and go no
// further.
package extracts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"swis/dataset"
)

// Kind says what the cells of a column are.
type Kind uint8

// The kinds of columns.
const (
	Text Kind = iota
	ChildID
	UPN
	Date
	SchoolNumber // URN, LAESTAB or the authority's own number
	LACode
	Number
	YesNo
)

func (k Kind) String() string {
	return [...]string{"text", "child id", "UPN", "date", "school number", "LA code", "number", "yes or no"}[k]
}

// Column is one column of a layout.
type Column struct {
	Name     string
	Kind     Kind
	Required bool
	Also     []string // other headers that mean the same
	Means    string
}

// Layout is a kind of file. Row turns one row into records; its columns are
// asked for by their place in Columns.
type Layout struct {
	Name     string
	Title    string
	Columns  []Column
	AnyOf    []string // at least one of these columns
	Without  []string // columns that a file of this kind never has
	Root     string   // root element of an XML form
	Ignored  string   // why a recognised file is not used; empty where it is
	Delivers []dataset.EventType
	Care     bool // delivers days in care
	Annual   bool // a return of a year to 31 March, which holds of earlier years only what went on
	Row      func(*Row)
	elements func() elementReader // XML forms
}

// All lists the layouts. A new one is one declaration and one line here.
var All = []*Layout{
	&cinIdentifiers, &cinDetails, &cinAssessments, &cinPlans, &cinSection47, &cinProtection, &cinReviews, &cinCharacteristics, &cinOther, &cinHeader, &cinEvents, &cinXML,
	&s903Header, &s903Episodes, &s903Reviews, &s903UASC, &s903OC2, &s903OC3, &s903AD1, &s903PlacedAdoption, &s903PrevPerm, &s903Missing, &s903SWEpisodes, &s903DoLo, &s903XML,
	&gias, &giasLinks, &giasOther, &schoolList, &rollOn, &rollLeft, &rollSessions, &rollExclusions, &rollOther, &absence, &attendance, &attendanceMarks, &cohort, &survey, &childSchool, &counts, &events, &openTable,
	&annexA1, &annexA2, &annexA3, &annexA4, &annexA5, &annexA6, &annexA7, &annexA8, &annexA9, &annexA10, &annexA11,
	&ssdContacts, &ssdEpisodes, &ssdAssessments, &ssdSection47, &ssdConferences, &ssdPlans, &ssdProtection, &ssdIdentifiers, &ssdNeeds, &ssdPersons, &ssdCare, &ssdLegal, &ssdOther,
}

// Named returns a layout.
func Named(name string) (*Layout, error) {
	names := make([]string, len(All))
	for i, l := range All {
		if l.Name == name {
			return l, nil
		}
		names[i] = l.Name
	}
	return nil, fmt.Errorf("no layout %q: want one of %s", name, strings.Join(names, ", "))
}

// slot returns the place of a column; an unknown name is a programmer's error.
func (l *Layout) slot(name string) int {
	i := slices.IndexFunc(l.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		panic("extracts: layout " + l.Name + " has no column " + name)
	}
	return i
}

// kindSlot returns the first column of a kind, -1 for none.
func (l *Layout) kindSlot(k Kind) int {
	return slices.IndexFunc(l.Columns, func(c Column) bool { return c.Kind == k })
}

// normal reduces a header to its letters and digits in lower case, so that
// case, spaces, underscores, curly quotes and byte order marks do not matter.
func normal(header string) string {
	letters := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, header)
	if short, cut := strings.CutSuffix(letters, "ddmmyyyy"); cut && short != "" { // Date of Birth (dd/mm/yyyy)
		return short
	}
	return letters
}

func (c *Column) is(normalised string) bool {
	if normal(c.Name) == normalised {
		return true
	}
	for _, other := range c.Also {
		if normal(other) == normalised {
			return true
		}
	}
	return false
}

// find is the cell of the column in a normalised header, -1 where absent; its
// own name goes before the others.
func (c *Column) find(header []string) int {
	i := slices.Index(header, normal(c.Name))
	for k := 0; i < 0 && k < len(c.Also); k++ {
		i = slices.Index(header, normal(c.Also[k]))
	}
	return i
}

// place finds the layout's columns in a normalised header: the cell of each
// column, -1 where absent, and the names of required columns that are missing.
func (l *Layout) place(header []string) (at []int, missing []string) {
	at = make([]int, len(l.Columns))
	for i := range l.Columns {
		at[i] = l.Columns[i].find(header)
		if at[i] < 0 && l.Columns[i].Required {
			missing = append(missing, l.Columns[i].Name)
		}
	}
	return at, missing
}

// OfChildren names the layout of a header if it is one of rows about children.
func OfChildren(header []string) (string, bool) {
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = normal(h)
	}
	placement(names)
	l, err := detect(names)
	if err != nil || l.kindSlot(ChildID) < 0 && l.kindSlot(UPN) < 0 {
		return "", false
	}
	return l.Name, true
}

// placementURN is Annex A's header, normalised, of the number of a placement.
const placementURN = "urnofplacement"

// placement renames the URN of a return of children looked after, whatever else
// the file holds and however it is forced or mapped: it is the Ofsted number of
// the placement, and never a school's.
func placement(header []string) {
	if i := slices.Index(header, "urn"); i >= 0 && slices.Contains(header, "decom") {
		header[i] = placementURN
	}
}

// any says whether one of the columns of AnyOf is there.
func (l *Layout) any(at []int) bool {
	for _, name := range l.AnyOf {
		if at[l.slot(name)] >= 0 {
			return true
		}
	}
	return len(l.AnyOf) == 0
}

// detect chooses the layout of a normalised header.
func detect(header []string) (*Layout, error) {
	type candidate struct {
		layout  *Layout
		missing []string
		found   int // of the required columns
		others  int // of the others
	}
	var matches []*Layout
	var near []candidate
	for _, l := range All {
		if l.Root != "" {
			continue
		}
		at, missing := l.place(header)
		barred := slices.ContainsFunc(l.Without, func(name string) bool { return slices.Contains(header, normal(name)) })
		if len(missing) == 0 && !barred && l.any(at) {
			matches = append(matches, l)
		}
		found, others := 0, 0
		for i := range at {
			switch {
			case at[i] < 0:
			case l.Columns[i].Required:
				found++
			default:
				others++
			}
		}
		if found > 0 && len(missing) > 0 {
			near = append(near, candidate{l, missing, found, others})
		}
	}
	if used := slices.DeleteFunc(slices.Clone(matches), func(l *Layout) bool { return l.Ignored != "" }); len(used) > 0 {
		matches = used // what is read goes before what would be left aside
	}
	switch len(matches) {
	case 1:
		return matches[0], nil
	case 0:
		slices.SortStableFunc(near, func(a, b candidate) int { // the greatest part of what is wanted, then the most of it
			return cmp.Or(cmp.Compare(len(a.missing)*b.found, len(b.missing)*a.found), b.found-a.found, b.others-a.others)
		})
		if len(near) == 0 {
			return nil, fmt.Errorf("no layout has these columns: see swis formats, or name the columns in a mapping file (--map)")
		}
		var words []string
		for _, c := range near[:min(2, len(near))] {
			words = append(words, fmt.Sprintf("%s lacks %s", c.layout.Name, strings.Join(c.missing, ", ")))
		}
		return nil, fmt.Errorf("no layout fits; nearest: %s. Name the columns in a mapping file (--map)", strings.Join(words, "; "))
	}
	names := make([]string, len(matches))
	for i, l := range matches {
		names[i] = l.Name
	}
	return nil, fmt.Errorf("layouts %s fit alike: choose one with --layout", strings.Join(names, " and "))
}
