package disclosure

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"swis/analysis"
	"swis/dataset/disclosure"
)

// shown is everything that is published together: the tables of results, and
// what their numbers say about each other.
type shown struct {
	profile   Profile
	cells     []disclosure.Cell
	relations []disclosure.Relation
	hidden    []bool
	tables    []*shownTable
	variables map[variable]int
}

// variable is one number behind cells. Equal counts of the same subgroup in two
// tables are taken to be the same number, as a reader would: the n-th of its
// value in the one is the n-th in the other.
type variable struct {
	by    string
	value float64
	nth   int
}

type shownTable struct {
	table    *analysis.Table
	base, by string
	at       [][]int // variable of each cell, -1 for none
}

func (p Profile) together() *shown { return &shown{profile: p, variables: map[variable]int{}} }

// add adds the tables of one result and says how they hang together.
func (s *shown) add(tables []*analysis.Table) {
	first := len(s.tables)
	for _, t := range tables {
		base, by, _ := strings.Cut(t.Name, ":")
		seen := map[float64]int{}
		x := &shownTable{table: t, base: base, by: by}
		for _, row := range t.Rows {
			at := make([]int, len(row))
			for j := range row {
				if at[j] = -1; j >= len(t.Columns) {
					continue
				}
				n := row[j].Behind
				if n == nil && personal(t.Columns[j]) && additive(t.Columns[j].Name) {
					n = row[j].Value
				}
				if n != nil && *n > 0 {
					seen[*n]++
					at[j] = s.variable(variable{by, *n, seen[*n]})
				}
			}
			x.at = append(x.at, at)
		}
		s.tables = append(s.tables, x)
	}
	added := s.tables[first:]
	for _, x := range added {
		s.totals(x)
	}
	s.pooled(added)
}

func (s *shown) variable(v variable) int {
	if at, ok := s.variables[v]; ok {
		return at
	}
	s.variables[v] = len(s.cells)
	s.cells = append(s.cells, disclosure.Cell{Value: v.value, Small: s.profile.Small(v.value)})
	return len(s.cells) - 1
}

// sum records that a total is the sum of parts, where it is.
func (s *shown) sum(total int, parts []int) {
	if total < 0 || len(parts) == 0 {
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
func (s *shown) totals(x *shownTable) {
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
func (s *shown) pooled(tables []*shownTable) {
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

// settle decides what is withheld.
func (s *shown) settle() { s.hidden = disclosure.Protect(s.cells, s.relations) }

// withheld says whether a count of a subgroup is withheld somewhere.
func (s *shown) withheld(by string, n float64) bool {
	for nth := 1; ; nth++ {
		at, ok := s.variables[variable{by, n, nth}]
		if !ok {
			return s.profile.Small(n)
		}
		if s.hidden[at] {
			return true
		}
	}
}

// additive says whether the numbers of a column of counts add up over rows:
// extremes and averages do not.
func additive(name string) bool {
	switch strings.ToLower(name) {
	case "min", "max", "median", "mean", "minimum", "maximum":
		return false
	}
	return true
}

// withhold is the table as it is published, and how many cells are withheld.
func (s *shown) withhold(x *shownTable) (*analysis.Table, int) {
	p, t := s.profile, x.table
	out := *t
	out.Title = p.Text(t.Title)
	out.Rows = make([][]analysis.Cell, len(t.Rows))
	count := 0
	for i, row := range t.Rows {
		cells := make([]analysis.Cell, len(row))
		rowHidden := false
		for j := range row {
			if at := x.at[i][j]; at >= 0 && s.hidden[at] {
				rowHidden = true
			}
		}
		for j, c := range row {
			c.Text, c.Behind = p.Text(c.Text), nil
			at, hide := x.at[i][j], false
			if c.Value != nil && j < len(t.Columns) {
				column := t.Columns[j]
				switch {
				case at >= 0:
					hide = s.hidden[at]
				case personal(column):
					hide = p.Small(*c.Value)
				case column.Format == analysis.Rate, row[j].Behind == nil && rowHidden && behind(row):
					hide = rowHidden
				}
				if hide {
					c = analysis.Cell{Text: p.Mark()}
					count++
				} else if personal(column) {
					c.Value = analysis.Num(p.Round(*c.Value))
				}
			}
			cells[j] = c
		}
		out.Rows[i] = cells
	}
	return &out, count
}

func behind(row []analysis.Cell) bool {
	for _, c := range row {
		if c.Behind != nil {
			return true
		}
	}
	return false
}

// Results returns results that are published together with their small numbers
// withheld, and as many others as it takes that no small number follows from
// all of them. The results that are given are not changed.
func (p Profile) Results(list []*analysis.Result) []*analysis.Result {
	if !p.On() {
		return list
	}
	s := p.together()
	from := make([]int, len(list))
	for i, r := range list {
		from[i] = len(s.tables)
		if r == nil {
			continue
		}
		tables := make([]*analysis.Table, len(r.Tables))
		for k := range r.Tables {
			tables[k] = &r.Tables[k]
		}
		s.add(tables)
	}
	s.settle()
	out := make([]*analysis.Result, len(list))
	for i, r := range list {
		if r != nil {
			out[i] = s.result(r, from[i])
		}
	}
	return out
}

func (s *shown) result(r *analysis.Result, from int) *analysis.Result {
	p := s.profile
	out := *r
	out.Title, out.Subtitle = p.Text(r.Title), p.Text(r.Subtitle)
	out.Summary = p.texts(r.Summary)
	out.Tables = make([]analysis.Table, len(r.Tables))
	withheld := 0
	for i := range r.Tables {
		t, n := s.withhold(s.tables[from+i])
		out.Tables[i] = *t
		withheld += n
	}
	out.Estimates = make([]analysis.Estimate, len(r.Estimates))
	for i, e := range r.Estimates {
		e.How, e.Label, e.Estimand = p.Text(e.How), p.Text(e.Label), p.Text(e.Estimand)
		out.Estimates[i] = e
	}
	out.Tests = make([]analysis.Test, len(r.Tests))
	for i, t := range r.Tests {
		t.How, t.Label = p.Text(t.How), p.Text(t.Label)
		out.Tests[i] = t
	}
	gone := map[string]bool{} // counts of events that are withheld, by the end of their name
	for _, c := range r.Checks {
		if c.Value != nil && countCheck(c.Name) {
			name, by, _ := strings.Cut(c.Name, ":")
			if s.withheld(by, *c.Value) {
				gone[c.Name] = true
				gone[strings.Replace(name, "events_", "rate_", 1)+strings.TrimPrefix(c.Name, name)] = true
			}
		}
	}
	out.Checks = make([]analysis.Check, len(r.Checks))
	for i, c := range r.Checks {
		c.Means = p.Text(c.Means)
		switch {
		case c.Value == nil:
		case gone[c.Name]:
			c.Value = nil
			withheld++
		case countCheck(c.Name):
			c.Value = analysis.Num(p.Round(*c.Value))
		}
		out.Checks[i] = c
	}
	out.Notes = make([]analysis.Note, len(r.Notes))
	for i, n := range r.Notes {
		n.Text = p.Text(n.Text)
		out.Notes[i] = n
	}
	if withheld > 0 {
		out.Note("disclosure", fmt.Sprintf("%d small numbers are withheld (%s), some of them so that others cannot be worked out", withheld, p))
	}
	return &out
}
