// Package linear holds least squares and the absorption of fixed effects. It
// computes projections and coefficients, no statistics.
package linear

import "math"

// Factor is one classification whose effects are removed from a regression:
// an intercept a level, and a slope a level for each column of Slopes.
type Factor struct {
	Name   string
	Index  []int32 // n, in [0, Levels)
	Levels int
	Slopes [][]float64 // columns of n; nil for an intercept a level only
	Only   bool        // the slopes without the intercept
}

// directLimit is the largest number of columns that are solved for directly
// beside the eliminated factor. Above it conjugate gradients take over.
const directLimit = 2000

// Absorber removes fixed effects from columns by weighted least squares.
//
// The factor with the most levels is eliminated exactly, level by level; the
// effects of all other factors solve one reduced system
//
//	S gamma = D'W(I - P)x,  S = D'W(I - P)D,
//
// with P the W-projection on the eliminated factor and D the columns of the
// others. S is factored once a set of weights, so that a column costs O(n).
// With more than directLimit columns the system is solved by conjugate
// gradients, whose limit is the same.
type Absorber struct {
	n       int
	weights []float64 // n, nil for ones

	first  Factor
	start  []int32 // levels+1: rows[start[l]:start[l+1]] lie in level l of first
	rows   []int32 // n
	sorted bool    // rows is the identity
	total  []float64
	basis  [][]float64 // W-orthonormal columns within each level; nil for the plain intercept
	none   bool        // no factor is eliminated: one level of infinite weight
	rankU  int

	groups  []group // the columns of D
	steps   []int32 // see findSteps; nil where the rows are otherwise
	columns int
	system  *system
	diag    []float64 // of S, for conjugate gradients
	exact   bool

	gamma, work []float64
	err         error
}

// group is one block of columns of D: column offset+index[r] holds z[r] in row r.
type group struct {
	index  []int32
	z      []float64 // nil for ones
	offset int
	levels int
}

// NewAbsorber prepares the removal of the factors from columns of n rows.
// Without factors nothing is removed. Weights must be positive; nil means one.
func NewAbsorber(n int, factors []Factor, weights []float64) *Absorber {
	largest := 0
	for i := range factors {
		if factors[i].Levels > factors[largest].Levels {
			largest = i
		}
	}
	return NewAbsorberBy(n, factors, largest, weights)
}

// NewAbsorberBy is NewAbsorber with the factor to eliminate chosen by its
// place; -1 eliminates none, so that all effects are columns of D.
func NewAbsorberBy(n int, factors []Factor, eliminate int, weights []float64) *Absorber {
	a := &Absorber{n: n}
	if len(factors) == 0 {
		return a
	}
	if eliminate >= 0 {
		a.first = factors[eliminate]
	} else {
		a.first = Factor{Index: make([]int32, n), Levels: 1}
		a.none = true
	}
	a.sortRows()
	for i, f := range factors {
		if i == eliminate {
			continue
		}
		if !f.Only || len(f.Slopes) == 0 {
			a.groups = append(a.groups, group{index: f.Index, offset: a.columns, levels: f.Levels})
			a.columns += f.Levels
		}
		for _, z := range f.Slopes {
			a.groups = append(a.groups, group{index: f.Index, z: z, offset: a.columns, levels: f.Levels})
			a.columns += f.Levels
		}
	}
	a.exact = a.columns <= directLimit
	a.findSteps()
	a.gamma = make([]float64, a.columns)
	a.work = make([]float64, a.columns)
	a.SetWeights(weights)
	return a
}

// SetWeights replaces the weights; the slice is kept, not copied.
func (a *Absorber) SetWeights(weights []float64) {
	a.weights = weights
	if a.start == nil {
		return
	}
	levels := a.first.Levels
	if a.total == nil {
		a.total = make([]float64, levels)
	}
	plain := len(a.first.Slopes) == 0
	parts := a.levelParts()
	Share(parts, func(p int) { a.sumWeights(p*levels/parts, (p+1)*levels/parts) })
	a.rankU = 0
	if a.none {
		a.total[0] = math.Inf(1)
	} else if plain {
		for _, t := range a.total {
			if t > 0 {
				a.rankU++
			}
		}
	} else {
		a.orthonormalise()
	}
	if a.columns == 0 {
		return
	}
	if a.exact {
		a.formSystem()
	} else {
		a.formDiagonal()
	}
}

// sumWeights sets the totals of the levels from..to-1.
func (a *Absorber) sumWeights(from, to int) {
	for l := from; l < to; l++ {
		rows := a.rows[a.start[l]:a.start[l+1]]
		s := 0.0
		switch {
		case a.weights == nil:
			s = float64(len(rows))
		case a.sorted:
			for _, w := range a.weights[a.start[l]:a.start[l+1]] {
				s += w
			}
		default:
			for _, r := range rows {
				s += a.weights[r]
			}
		}
		a.total[l] = s
	}
}

func (a *Absorber) weight(r int32) float64 {
	if a.weights == nil {
		return 1
	}
	return a.weights[r]
}

// Rank is the number of linearly independent columns of the absorbed effects.
// With more than directLimit columns it counts one redundancy a further factor,
// which is exact for two factors of a connected design.
func (a *Absorber) Rank() int {
	switch {
	case a.start == nil:
		return 0
	case a.columns == 0:
		return a.rankU
	case a.exact:
		return a.rankU + a.system.rank
	}
	return a.rankU + a.columns - len(a.groups)
}

// Exact says whether the reduced system is solved directly.
func (a *Absorber) Exact() bool { return a.exact || a.columns == 0 }

// Err reports that conjugate gradients did not converge.
func (a *Absorber) Err() error { return a.err }

// First names the eliminated factor: its levels, the rows of each level as
// rows[start[l]:start[l+1]], and the total weight of each level.
func (a *Absorber) First() (name string, start, rows []int32, total []float64) {
	return a.first.Name, a.start, a.rows, a.total
}
