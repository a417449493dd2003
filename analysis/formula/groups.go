package formula

import (
	"slices"
	"strings"
)

// Group reads a column as a grouping of the rows kept, whatever it holds.
// Name may be a product a:b.
func (d *Design) Group(name string) (*Group, error) {
	f := &frame{table: d.table, rows: d.Rows}
	return f.group(strings.Split(name, ":"), ":")
}

// group makes the grouping of the rows kept by one or several columns.
func (f *frame) group(names []string, separator string) (*Group, error) {
	var g *Group
	for _, name := range names {
		c, err := f.table.Category(name)
		if err != nil {
			return nil, err
		}
		codes, used := compactRows(c.Codes, f.rows, len(c.Levels))
		levels := make([]string, len(used))
		for i, u := range used {
			levels[i] = c.Levels[u]
		}
		if g == nil {
			g = &Group{name, levels, codes}
			continue
		}
		g = interact(g, &Group{name, levels, codes}, separator)
	}
	return g, nil
}

// interact gives the combinations of two groupings that occur, ordered by the
// first and within it by the second.
func interact(a, b *Group, separator string) *Group {
	wide := int64(len(b.Levels))
	keys := make([]int64, len(a.Index))
	for i := range keys {
		keys[i] = int64(a.Index[i])*wide + int64(b.Index[i])
	}
	distinct := slices.Clone(keys)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	rank := make(map[int64]int32, len(distinct))
	out := &Group{Name: a.Name + separator + b.Name, Index: make([]int32, len(keys))}
	for r, k := range distinct {
		rank[k] = int32(r)
		out.Levels = append(out.Levels, a.Levels[k/wide]+separator+b.Levels[k%wide])
	}
	for i, k := range keys {
		out.Index[i] = rank[k]
	}
	return out
}

// random makes the random terms. (t || g) gives one uncorrelated term a term
// of its left-hand side.
func (f *frame) random(formula *Formula) ([]Random, error) {
	var out []Random
	for _, b := range formula.random {
		parts := []*Formula{b.left}
		if !b.correlated {
			parts = b.left.split()
		}
		for _, part := range parts {
			m, err := f.fixed(part)
			if err != nil {
				return nil, err
			}
			if m.Intercept {
				m.X[0] = nil
			}
			for _, nodes := range b.groups {
				g, err := f.group(texts(nodes), ":")
				if err != nil {
					return nil, err
				}
				out = append(out, Random{Group: g.Name, Levels: g.Levels, Index: g.Index,
					Names: m.Names, Z: m.X, Correlated: len(m.Names) > 1})
			}
		}
	}
	return out, nil
}

// split gives each term of a left-hand side as a formula of its own.
func (f *Formula) split() []*Formula {
	var parts []*Formula
	if f.intercept {
		parts = append(parts, &Formula{text: "1", intercept: true})
	}
	for _, t := range f.terms {
		parts = append(parts, &Formula{text: f.text, variables: f.variables, terms: []term{t}})
	}
	return parts
}

func texts(nodes []*node) []string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = n.text
	}
	return names
}

// absorbed makes the absorbed effects. Slopes of one factor stay with it.
func (f *frame) absorbed(formula *Formula) ([]Absorbed, error) {
	var out []Absorbed
	for _, n := range formula.absorbed {
		factor, slope := n, (*node)(nil)
		if n.op == slopeNode {
			factor, slope = n.args[0], n.args[1]
		}
		g, err := f.group(unique(factor.columns(nil)), "^")
		if err != nil {
			return nil, err
		}
		a := Absorbed{Name: g.Name, Levels: g.Levels, Index: g.Index}
		if slope != nil {
			z, err := f.finite(slope)
			if err != nil {
				return nil, err
			}
			a.Slopes, a.Only = [][]float64{z}, n.text == "[["
		}
		out = append(out, a)
	}
	return out, nil
}
