package disclosure

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"swis/analysis"
	"swis/dataset/disclosure"
)

// Release is everything that is published together: tables of results and of
// figures, and what their numbers say about each other. Numbers are added, the
// release is settled once, and then gives each of them as it may be shown.
type Release struct {
	profile   Profile
	cells     []disclosure.Cell
	relations []disclosure.Relation
	hidden    []bool
	variables map[variable]int
	tables    map[*analysis.Table]*shownTable
	results   map[*analysis.Result][]*shownTable
	known     []earlier
	groups    int
	margins   map[*analysis.Result]map[string]*revealed
	source    int           // of what is being added
	from      map[int][]int // sources of each variable
}

// variable is one count of children or events behind published numbers. The
// same count of the same subgroup may stand in several tables.
type variable struct {
	by, of string
	n      float64
	nth    int // of those without words, the n-th of its value in its table
}

type shownTable struct {
	table    *analysis.Table
	base, by string
	at       [][]int // variable of each cell, -1 for none
	made     []int   // variables of cells that say what is behind them
}

// Release starts a release.
func (p Profile) Release() *Release {
	return &Release{profile: p, variables: map[variable]int{}, tables: map[*analysis.Table]*shownTable{}, results: map[*analysis.Result][]*shownTable{}, from: map[int][]int{}, margins: map[*analysis.Result]map[string]*revealed{}}
}

// Add adds a result with all that it tells. Nil adds nothing.
func (s *Release) Add(r *analysis.Result) {
	if r == nil || s.results[r] != nil {
		return
	}
	s.source++
	list := []*shownTable{}
	for i := range r.Tables {
		list = append(list, s.table(&r.Tables[i]))
	}
	s.pooled(list)
	s.results[r] = list
	for i := range r.Checks {
		if b := r.Checks[i].Behind; b != nil {
			s.behind(r.Checks[i].By, b)
		}
	}
	s.group(list)
	s.addMargins(r)
	for i := range r.Estimates {
		for k := range r.Estimates[i].Behind {
			s.behind(r.Estimates[i].By, &r.Estimates[i].Behind[k])
		}
	}
	for i := range r.Told {
		t := &r.Told[i]
		whole := s.behind(t.By, &t.Behind)
		for _, x := range list {
			if x.by == t.By {
				s.sum(whole, x.made) // of all arms and periods
			}
		}
	}
}

// group says that the estimates of a result by subgroup are lost with any of the
// counts behind them, and those of all are worth the most.
func (s *Release) group(tables []*shownTable) {
	made := map[string][]int{}
	for _, x := range tables {
		made[x.by] = append(made[x.by], x.made...)
	}
	for _, by := range slices.Sorted(maps.Keys(made)) {
		s.together(by, made[by])
	}
}

// together says that counts of a subgroup are worth little without each other.
func (s *Release) together(by string, at []int) {
	s.groups++
	g := disclosure.Group{ID: s.groups, Worth: 1}
	if by == "" {
		g.Worth = 100
	}
	for _, i := range at {
		if !slices.Contains(s.cells[i].Groups, g) {
			s.cells[i].Groups = append(s.cells[i].Groups, g)
		}
	}
}

// AddTable adds a table that belongs to no result, such as the data of a figure.
func (s *Release) AddTable(t *analysis.Table) {
	s.source++
	s.table(t)
}

func (s *Release) table(t *analysis.Table) *shownTable {
	base, by, _ := strings.Cut(t.Name, ":")
	seen := map[float64]int{}
	x := &shownTable{table: t, base: base, by: by}
	for _, row := range t.Rows {
		at := make([]int, len(row))
		for j := range row {
			at[j] = -1
			switch c := row[j]; {
			case j >= len(t.Columns):
			case c.Behind != nil:
				if at[j] = s.behind(t.ByOf(row), c.Behind); at[j] >= 0 && !c.Behind.Alone && !slices.Contains(x.made, at[j]) {
					x.made = append(x.made, at[j])
				}
			case c.Value != nil && *c.Value > 0 && personal(t.Columns[j]) && additive(t.Columns[j].Name):
				seen[*c.Value]++
				at[j] = s.variable(variable{by, "", *c.Value, seen[*c.Value]}, s.profile.Small(*c.Value))
			}
		}
		x.at = append(x.at, at)
	}
	s.tables[t] = x
	s.totals(x)
	for _, sum := range t.Sums {
		by := cmp.Or(sum.By, by)
		parts := make([]int, 0, len(sum.Parts))
		for i := range sum.Parts {
			if at := s.rest(by, &sum.Parts[i]); at >= 0 {
				parts = append(parts, at)
			}
		}
		if whole := s.rest(by, &sum.Whole); whole >= 0 {
			s.sum(whole, parts)
		}
	}
	return x
}

// behind is the variable of a published count, -1 where it is zero.
func (s *Release) behind(by string, b *analysis.Behind) int {
	if b.N <= 0 {
		return -1
	}
	v := variable{by: by, of: b.Of, n: b.Whole()}
	if b.Of == "" {
		v.nth = len(s.cells) + 1 // like no other
	}
	at := s.variable(v, s.profile.withheld(b))
	s.cells[at].Unpublished = false
	if s.profile.withheld(b) {
		s.cells[at].Small = true
	}
	return at
}

// rest is the variable of a count that need not be published, but follows.
func (s *Release) rest(by string, b *analysis.Behind) int {
	if b.N <= 0 {
		return -1
	}
	v := variable{by: by, of: b.Of, n: b.Whole()}
	_, known := s.variables[v]
	at := s.variable(v, s.profile.withheld(b))
	if !known {
		s.cells[at].Unpublished = true
	}
	return at
}

func (s *Release) variable(v variable, small bool) int {
	at, ok := s.variables[v]
	if !ok {
		at = len(s.cells)
		s.variables[v] = at
		s.cells = append(s.cells, disclosure.Cell{Value: v.n, Small: small})
	}
	if !slices.Contains(s.from[at], s.source) {
		s.from[at] = append(s.from[at], s.source)
	}
	return at
}

// Settle decides what is withheld.
func (s *Release) Settle() {
	s.across()
	s.beside()
	s.hidden = disclosure.Protect(s.cells, s.relations)
}

// gone says whether a count is withheld.
func (s *Release) gone(by string, b *analysis.Behind) bool {
	at, ok := s.variables[variable{by: by, of: b.Of, n: b.Whole()}]
	if !ok {
		return s.profile.withheld(b)
	}
	return s.hidden[at]
}
