package disclosure

import (
	"cmp"
	"math"
	"regexp"
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
	return &Release{profile: p, variables: map[variable]int{}, tables: map[*analysis.Table]*shownTable{}, results: map[*analysis.Result][]*shownTable{}, from: map[int][]int{}}
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
	ids := map[string]int{}
	for _, x := range tables {
		id, ok := ids[x.by]
		if !ok {
			s.groups++
			id = s.groups
			ids[x.by] = id
		}
		worth := 1
		if x.by == "" {
			worth = 100
		}
		for _, at := range x.made {
			if g := (disclosure.Group{ID: id, Worth: worth}); !slices.Contains(s.cells[at].Groups, g) {
				s.cells[at].Groups = append(s.cells[at].Groups, g)
			}
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
				if at[j] = s.behind(t.ByOf(row), c.Behind); at[j] >= 0 && !slices.Contains(x.made, at[j]) {
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
	v := variable{by: by, of: b.Of, n: b.N}
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
	v := variable{by: by, of: b.Of, n: b.N}
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

// sum records that a total is the sum of parts, where it is.
func (s *Release) sum(total int, parts []int) {
	if total < 0 || len(parts) == 0 || slices.Contains(parts, total) {
		return
	}
	rest := s.cells[total].Value
	for _, p := range parts {
		rest -= s.cells[p].Value
	}
	if math.Abs(rest) < 1e-6*(1+s.cells[total].Value) {
		s.relations = append(s.relations, disclosure.Relation{Total: total, Parts: parts})
	}
}

// totals ties the rows of a table to its row of totals.
func (s *Release) totals(x *shownTable) {
	for i, row := range x.table.Rows {
		if !total(row) {
			continue
		}
		for j := range row {
			var parts []int
			for k, other := range x.table.Rows {
				if k != i && !total(other) && j < len(x.at[k]) && x.at[k][j] >= 0 {
					parts = append(parts, x.at[k][j])
				}
			}
			s.sum(x.at[i][j], parts)
		}
	}
}

// inBrackets is what stands behind the name of a row, such as how many schools
// it is about.
var inBrackets = regexp.MustCompile(` \([^)]*\)`)

// pooled ties a table of all to the same table by subgroups.
func (s *Release) pooled(tables []*shownTable) {
	type key struct {
		base, row string
		column    int
	}
	label := func(row []analysis.Cell) string {
		var words []string
		for _, c := range row {
			if c.Text != "" && c.Value == nil {
				words = append(words, inBrackets.ReplaceAllString(c.Text, ""))
			}
		}
		return strings.Join(words, "|")
	}
	parts := map[key][]int{}
	each := func(x *shownTable, do func(key, int)) {
		for i, row := range x.table.Rows {
			for j := range row {
				if x.at[i][j] >= 0 {
					do(key{x.base, label(row), j}, x.at[i][j])
				}
			}
		}
	}
	for _, x := range tables {
		if x.by != "" {
			each(x, func(k key, v int) { parts[k] = append(parts[k], v) })
		}
	}
	for _, x := range tables {
		if x.by == "" {
			each(x, func(k key, v int) { s.sum(v, parts[k]) })
		}
	}
}

// across ties a count of all to the same count of the subgroups of each result
// or figure, wherever it is published itself.
func (s *Release) across() {
	type key struct {
		of     string
		source int
	}
	parts := map[key][]int{}
	var wholes []variable
	for v, at := range s.variables {
		switch {
		case v.of == "":
		case v.by == "":
			wholes = append(wholes, v)
		default:
			for _, source := range s.from[at] {
				parts[key{v.of, source}] = append(parts[key{v.of, source}], at)
			}
		}
	}
	slices.SortFunc(wholes, func(a, b variable) int { return s.variables[a] - s.variables[b] })
	for _, v := range wholes {
		for source := 1; source <= s.source; source++ {
			if list := parts[key{v.of, source}]; len(list) > 1 {
				slices.Sort(list)
				s.sum(s.variables[v], list)
			}
		}
	}
}

// Known adds a count of a subgroup that was published before, or withheld then:
// it bounds what may be shown now.
func (s *Release) Known(by, of string, n float64, withheld bool) {
	if n > 0 {
		s.known = append(s.known, earlier{variable{by: by, of: of, n: n}, withheld})
	}
}

type earlier struct {
	variable
	withheld bool
}

// beside ties what was published before to the counts that are part of it. What
// is left beside such a part is a count too.
func (s *Release) beside() {
	for _, k := range s.known {
		var parts []variable
		for v := range s.variables {
			if v.by == k.by && v.of == k.of && v.n <= k.n {
				parts = append(parts, v)
			}
		}
		slices.SortFunc(parts, func(a, b variable) int { return s.variables[a] - s.variables[b] })
		at := len(s.cells)
		s.cells = append(s.cells, disclosure.Cell{Value: k.n, Small: k.withheld, Settled: true, Withheld: k.withheld})
		for _, v := range parts {
			list := []int{s.variables[v]}
			if rest := k.n - v.n; rest > 0 {
				list = append(list, len(s.cells))
				s.cells = append(s.cells, disclosure.Cell{Value: rest, Small: s.profile.Small(rest), Unpublished: true})
			}
			s.sum(at, list)
		}
	}
}

// Settle decides what is withheld.
func (s *Release) Settle() {
	s.across()
	s.beside()
	s.hidden = disclosure.Protect(s.cells, s.relations)
}

// gone says whether a count is withheld.
func (s *Release) gone(by string, b *analysis.Behind) bool {
	at, ok := s.variables[variable{by: by, of: b.Of, n: b.N}]
	if !ok {
		return s.profile.withheld(b)
	}
	return s.hidden[at]
}

// total says whether a row holds the totals of the others.
func total(row []analysis.Cell) bool {
	for _, c := range row {
		switch strings.ToLower(c.Text) {
		case "total", "all", "both", "overall", "england", "schools on the list", "assessed":
			return true
		}
	}
	return false
}

// additive says whether the numbers of a column of counts add up over rows:
// extremes and averages do not.
func additive(name string) bool {
	switch strings.ToLower(name) {
	case "median", "mean":
		return false
	}
	return !extreme(name)
}

// extreme says whether a column holds smallest or largest values, each of which
// is about one row.
func extreme(name string) bool {
	switch strings.ToLower(name) {
	case "min", "max", "minimum", "maximum":
		return true
	}
	return false
}

// public says whether a column is about no person: words, numbers of schools,
// rows, periods and authorities, and exposure.
func public(c analysis.Column) bool {
	switch name := strings.ToLower(c.Name); name {
	case "schools", "units", "rows", "clusters", "periods", "terms", "exposure":
		return true
	}
	return c.Format == analysis.Text
}

// personal says whether a column counts children or events. Numbers of
// schools, rows, periods and authorities are not about persons.
func personal(c analysis.Column) bool {
	if c.Format != analysis.Count {
		return false
	}
	name := strings.ToLower(c.Name)
	for _, word := range []string{"school", "unit", "row", "cluster", "period", "term", "file", "la", "las", "df", "draws"} {
		if name == word || name == word+"s" || strings.HasPrefix(name, word+"_") || strings.HasPrefix(name, word+"s_") || strings.HasSuffix(name, "_"+word+"s") || strings.HasPrefix(name, "n_"+word) {
			return false
		}
	}
	return true
}
