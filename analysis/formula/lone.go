package formula

import (
	"math"
	"slices"
	"strings"

	"swis/dataset/table"
)

// LoneLevel is a level of a column that only one cluster has: no variance by
// cluster can tell how clusters of that level differ.
type LoneLevel struct {
	Column, Level, Cluster string
	All                    bool // every level of the column is one cluster
}

// LoneLevels looks, among the columns of the fixed terms that do not change
// within clusters and have two levels or a few, for levels of one cluster.
func (d *Design) LoneLevels(cluster *Group) ([]LoneLevel, error) {
	var columns []string
	for j, name := range d.Fixed.Names {
		if !twoValues(d.Fixed.X[j]) {
			continue // a measure, or a product with one: no arms
		}
		for _, c := range d.TermColumns(name) {
			if c != cluster.Name && !slices.Contains(columns, c) {
				columns = append(columns, c)
			}
		}
	}
	var out []LoneLevel
	for _, column := range columns {
		if d.measured(column) {
			continue
		}
		g, err := d.Group(column)
		if err != nil {
			return nil, err
		}
		if len(g.Levels) < 2 || len(g.Levels) > 2 && 2*len(g.Levels) > len(cluster.Levels) {
			continue
		}
		home := make([]int32, len(cluster.Levels)) // level of each cluster
		for c := range home {
			home[c] = -1
		}
		constant := true
		for i, c := range cluster.Index {
			if home[c] >= 0 && home[c] != g.Index[i] {
				constant = false
				break
			}
			home[c] = g.Index[i]
		}
		if !constant {
			continue
		}
		count, at := make([]int, len(g.Levels)), make([]int, len(g.Levels))
		for c, l := range home {
			if l >= 0 {
				count[l]++
				at[l] = c
			}
		}
		all := slices.Max(count) == 1
		for l, n := range count {
			if n == 1 {
				out = append(out, LoneLevel{Column: column, Level: g.Levels[l], Cluster: cluster.Levels[at[l]], All: all})
			}
		}
	}
	return out, nil
}

// measured says whether a column enters as a quantity of more than two values,
// such as a number of pupils, and so has no arms.
func (d *Design) measured(column string) bool {
	kind, err := d.table.Kind(column)
	if err != nil || kind != table.NumericKind || identifier(column) || slices.Contains(d.options.Categorical, column) ||
		slices.ContainsFunc(d.Fixed.Terms, func(term string) bool { return strings.Contains(term, "factor("+column+")") }) {
		return false
	}
	c, err := d.table.Numeric(column)
	if err != nil {
		return false
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range d.Rows {
		low, high = min(low, c.Values[r]), max(high, c.Values[r])
	}
	return slices.ContainsFunc(d.Rows, func(r int) bool { return c.Values[r] != low && c.Values[r] != high })
}

// twoValues says whether a column holds no more than two values.
func twoValues(x []float64) bool {
	if len(x) == 0 {
		return true
	}
	first, second := x[0], x[0]
	for _, v := range x {
		switch {
		case v == first || v == second:
		case second == first:
			second = v
		default:
			return false
		}
	}
	return true
}
