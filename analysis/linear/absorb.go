// Package linear holds least squares and the absorption of fixed effects. It
// computes projections and coefficients, no statistics.
package linear

import (
	"math"
	"slices"
)

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
	a.gamma = make([]float64, a.columns)
	a.work = make([]float64, a.columns)
	a.SetWeights(weights)
	return a
}

// sortRows groups the rows by level of the eliminated factor.
func (a *Absorber) sortRows() {
	f := &a.first
	a.start = make([]int32, f.Levels+1)
	a.rows = make([]int32, a.n)
	if a.sorted = slices.IsSorted(f.Index); a.sorted {
		for i := range a.rows {
			a.rows[i] = int32(i)
		}
		next := 0
		for l := range f.Levels {
			for next < a.n && int(f.Index[next]) == l {
				next++
			}
			a.start[l+1] = int32(next)
		}
		return
	}
	for _, l := range f.Index {
		a.start[l+1]++
	}
	for l := range f.Levels {
		a.start[l+1] += a.start[l]
	}
	next := slices.Clone(a.start[:f.Levels])
	for i, l := range f.Index {
		a.rows[next[l]] = int32(i)
		next[l]++
	}
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
	for l := range levels {
		rows := a.rows[a.start[l]:a.start[l+1]]
		s := float64(len(rows))
		if weights != nil {
			s = 0
			for _, r := range rows {
				s += weights[r]
			}
		}
		a.total[l] = s
	}
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

func (a *Absorber) weight(r int32) float64 {
	if a.weights == nil {
		return 1
	}
	return a.weights[r]
}

// orthonormalise makes the basis of an eliminated factor with slopes: within
// each level the intercept and the slopes, W-orthonormal, a dependent column zero.
func (a *Absorber) orthonormalise() {
	f := &a.first
	a.basis = nil
	if !f.Only {
		ones := make([]float64, a.n)
		for i := range ones {
			ones[i] = 1
		}
		a.basis = append(a.basis, ones)
	}
	for _, z := range f.Slopes {
		a.basis = append(a.basis, slices.Clone(z))
	}
	for l := range f.Levels {
		rows := a.rows[a.start[l]:a.start[l+1]]
		for c, q := range a.basis {
			before := 0.0
			for _, r := range rows {
				before += a.weight(r) * q[r] * q[r]
			}
			for range 2 {
				for _, p := range a.basis[:c] {
					dot := 0.0
					for _, r := range rows {
						dot += a.weight(r) * p[r] * q[r]
					}
					for _, r := range rows {
						q[r] -= dot * p[r]
					}
				}
			}
			after := 0.0
			for _, r := range rows {
				after += a.weight(r) * q[r] * q[r]
			}
			scale := 0.0
			if after > 1e-18*before && after > 0 {
				scale = 1 / math.Sqrt(after)
				a.rankU++
			}
			for _, r := range rows {
				q[r] *= scale
			}
		}
	}
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

// Residualise replaces x, a column of n, by its residuals on the effects. One
// call is accurate to the condition of the reduced system; a second call
// refines it.
func (a *Absorber) Residualise(x []float64) {
	if a.start == nil {
		return
	}
	if a.columns == 0 {
		a.removeFirst(x)
		return
	}
	if a.basis != nil {
		a.removeFirst(x)
		clear(a.work)
		a.scatter(x, a.work)
	} else {
		a.scatterCentred(x, a.work)
	}
	a.solve(a.work, a.gamma)
	a.subtract(x, a.gamma)
}

// Refine residualises x, which Residualise has been called on, once more where
// that would still change it beyond rounding.
func (a *Absorber) Refine(x []float64) {
	if a.start == nil || a.columns == 0 || a.basis != nil {
		a.Residualise(x)
		return
	}
	a.scatterCentred(x, a.work)
	size := 0.0
	for r, v := range x {
		if a.weights == nil {
			size += math.Abs(v)
		} else {
			size += a.weights[r] * math.Abs(v)
		}
	}
	size /= float64(a.columns)
	for _, v := range a.work {
		if math.Abs(v) > 1e-14*size {
			a.solve(a.work, a.gamma)
			a.subtract(x, a.gamma)
			return
		}
	}
}

// removeFirst takes the eliminated factor out of x.
func (a *Absorber) removeFirst(x []float64) {
	if a.basis != nil {
		for l := range a.first.Levels {
			rows := a.rows[a.start[l]:a.start[l+1]]
			for _, q := range a.basis {
				dot := 0.0
				for _, r := range rows {
					dot += a.weight(r) * q[r] * x[r]
				}
				for _, r := range rows {
					x[r] -= dot * q[r]
				}
			}
		}
		return
	}
	for l := range a.first.Levels {
		rows := a.rows[a.start[l]:a.start[l+1]]
		s := 0.0
		if a.weights == nil {
			for _, r := range rows {
				s += x[r]
			}
		} else {
			for _, r := range rows {
				s += a.weights[r] * x[r]
			}
		}
		if a.total[l] > 0 {
			s /= a.total[l]
		}
		for _, r := range rows {
			x[r] -= s
		}
	}
}

// scatter adds D'Wx to out.
func (a *Absorber) scatter(x, out []float64) {
	for _, g := range a.groups {
		o := out[g.offset : g.offset+g.levels]
		for r, l := range g.index {
			v := x[r]
			if a.weights != nil {
				v *= a.weights[r]
			}
			if g.z != nil {
				v *= g.z[r]
			}
			o[l] += v
		}
	}
}

// scatterCentred sets out to D'W(x - level means), x unchanged.
func (a *Absorber) scatterCentred(x, out []float64) {
	clear(out)
	simple := len(a.groups) == 1 && a.groups[0].z == nil
	for l := range a.first.Levels {
		rows := a.rows[a.start[l]:a.start[l+1]]
		if len(rows) == 0 {
			continue
		}
		mean := 0.0
		if a.weights == nil {
			for _, r := range rows {
				mean += x[r]
			}
		} else {
			for _, r := range rows {
				mean += a.weights[r] * x[r]
			}
		}
		if a.total[l] > 0 {
			mean /= a.total[l]
		}
		if simple {
			index := a.groups[0].index
			if a.weights == nil {
				for _, r := range rows {
					out[index[r]] += x[r] - mean
				}
			} else {
				for _, r := range rows {
					out[index[r]] += a.weights[r] * (x[r] - mean)
				}
			}
			continue
		}
		for _, g := range a.groups {
			for _, r := range rows {
				v := (x[r] - mean) * a.weight(r)
				if g.z != nil {
					v *= g.z[r]
				}
				out[g.offset+int(g.index[r])] += v
			}
		}
	}
}

// subtract takes D gamma and then the eliminated factor out of x.
func (a *Absorber) subtract(x, gamma []float64) {
	if len(a.groups) == 1 && a.groups[0].z == nil && a.basis == nil {
		index := a.groups[0].index
		for l := range a.first.Levels {
			rows := a.rows[a.start[l]:a.start[l+1]]
			s := 0.0
			for _, r := range rows {
				v := x[r] - gamma[index[r]]
				x[r] = v
				if a.weights == nil {
					s += v
				} else {
					s += a.weights[r] * v
				}
			}
			if a.total[l] > 0 {
				s /= a.total[l]
			}
			for _, r := range rows {
				x[r] -= s
			}
		}
		return
	}
	for _, g := range a.groups {
		coef := gamma[g.offset : g.offset+g.levels]
		for r, l := range g.index {
			if g.z == nil {
				x[r] -= coef[l]
			} else {
				x[r] -= coef[l] * g.z[r]
			}
		}
	}
	a.removeFirst(x)
}
