package mixed

import (
	"math"

	"swis/analysis"
	"swis/analysis/formula"
)

// group is one grouping factor with all the random terms that it carries, such
// as school with an intercept and a slope. Inside the engine the columns of a
// term are replaced by an orthonormal basis of them, so that the relative
// covariance factor theta is of order one whatever the units; back returns to
// the columns as written.
type group struct {
	name   string
	levels []string
	index  []int32     // n, level of each row
	z      [][]float64 // k columns of n, nil for ones
	terms  []groupTerm
	back   []float64 // k by k, by row: effects as written = back * effects of the engine
	basis  []float64 // k by k, by row: row of z times basis = row of the engine
}

// groupTerm is one term of a formula within its group.
type groupTerm struct {
	names      []string
	first      int // column of the group where it starts
	correlated bool
}

func (g *group) k() int { return len(g.z) }

// parameter is one element of theta: Lambda[row][column] of its group.
type parameter struct {
	group, row, column int
}

func (p parameter) diagonal() bool { return p.row == p.column }

// gather collects random terms by grouping factor, in the order of the formula.
func gather(random []formula.Random) []*group {
	var groups []*group
	for _, r := range random {
		var g *group
		for _, other := range groups {
			if other.name == r.Group {
				g = other
			}
		}
		if g == nil {
			g = &group{name: r.Group, levels: r.Levels, index: r.Index}
			groups = append(groups, g)
		}
		if r.Correlated || len(r.Names) == 1 {
			g.terms = append(g.terms, groupTerm{names: r.Names, first: len(g.z), correlated: r.Correlated && len(r.Names) > 1})
		} else {
			for i, name := range r.Names {
				g.terms = append(g.terms, groupTerm{names: []string{name}, first: len(g.z) + i})
			}
		}
		g.z = append(g.z, r.Z...)
	}
	return groups
}

// parameters lists theta: the lower triangle of each term by columns.
func parameters(groups []*group) []parameter {
	var list []parameter
	for i, g := range groups {
		for _, t := range g.terms {
			k := len(t.names)
			for c := range k {
				list = append(list, parameter{i, t.first + c, t.first + c})
				for r := c + 1; r < k; r++ {
					list = append(list, parameter{i, t.first + r, t.first + c})
				}
			}
		}
	}
	return list
}

// check refuses groupings that cannot be told from the residual or have
// nothing to vary between.
func (g *group) check(n int) error {
	if len(g.levels) < 2 {
		return analysis.NotEstimablef("grouping factor %s has %d level; a random effect needs at least two", g.name, len(g.levels))
	}
	if len(g.levels) >= n {
		return analysis.NotEstimablef("grouping factor %s has as many levels as there are rows (%d), so its variance cannot be told from the residual; leave the term out", g.name, n)
	}
	return nil
}

// orthonormalise finds the basis of each term: with G = Z'WZ/n = R'R the
// engine's columns are Z R^-1. weights is n or nil.
func (g *group) orthonormalise(weights []float64) error {
	k := g.k()
	g.back = make([]float64, k*k)
	g.basis = make([]float64, k*k)
	for _, t := range g.terms {
		m := len(t.names)
		gram := make([]float64, m*m)
		columns := g.z[t.first : t.first+m]
		for a := range m {
			for b := range a + 1 {
				gram[a*m+b] = meanProduct(columns[a], columns[b], weights, len(g.index))
			}
		}
		scale := make([]float64, m)
		for a := range m {
			scale[a] = math.Sqrt(gram[a*m+a])
			if scale[a] == 0 {
				return analysis.NotEstimablef("%s in the random term of %s is zero in every row; leave it out", t.names[a], g.name)
			}
		}
		for a := range m {
			for b := range a + 1 {
				gram[a*m+b] /= scale[a] * scale[b]
			}
		}
		// gram = L L', so R = L' diag(scale).
		for a := range m {
			for b := range a + 1 {
				x := gram[a*m+b]
				for c := range b {
					x -= gram[a*m+c] * gram[b*m+c]
				}
				if a == b {
					if x < 1e-12 {
						return analysis.NotEstimablef("%s in the random term of %s is a combination of the term's other columns; leave it out", t.names[a], g.name)
					}
					gram[a*m+a] = math.Sqrt(x)
				} else {
					gram[a*m+b] = x / gram[b*m+b]
				}
			}
		}
		// Columns of R^-1: back substitution with R[b][a] = L[a][b]*scale[a].
		for c := range m {
			x := make([]float64, m)
			for b := c; b >= 0; b-- {
				v := 0.0
				if b == c {
					v = 1
				}
				for a := b + 1; a <= c; a++ {
					v -= gram[a*m+b] * x[a]
				}
				x[b] = v / gram[b*m+b]
			}
			for b := range c + 1 {
				v := x[b] / scale[b]
				g.basis[(t.first+b)*k+t.first+c] = v
				g.back[(t.first+b)*k+t.first+c] = v
			}
		}
	}
	return nil
}

// meanProduct is the weighted mean of a*b over n rows; nil columns are ones.
func meanProduct(a, b, weights []float64, n int) float64 {
	var sum float64
	for i := range n {
		x := 1.0
		if a != nil {
			x = a[i]
		}
		if b != nil {
			x *= b[i]
		}
		if weights != nil {
			x *= weights[i]
		}
		sum += x
	}
	return sum / float64(n)
}
