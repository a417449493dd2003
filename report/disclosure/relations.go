package disclosure

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"swis/analysis"
	"swis/dataset/disclosure"
)

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
