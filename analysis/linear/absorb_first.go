package linear

import (
	"math"
	"slices"
	"sync/atomic"
)

// sortRows groups the rows by level of the eliminated factor.
func (a *Absorber) sortRows() {
	f := &a.first
	a.start = make([]int32, f.Levels+1)
	if a.sorted = slices.IsSorted(f.Index); a.sorted {
		a.rows = Consecutive(a.n)
		next := 0
		for l := range f.Levels {
			for next < a.n && int(f.Index[next]) == l {
				next++
			}
			a.start[l+1] = int32(next)
		}
		return
	}
	a.rows = make([]int32, a.n)
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

// consecutive is the longest list made so far.
var consecutive atomic.Pointer[[]int32]

// Consecutive is the list 0, 1, ... n-1, shared and not to be changed.
func Consecutive(n int) []int32 {
	if known := consecutive.Load(); known != nil && len(*known) >= n {
		return (*known)[:n:n]
	}
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	consecutive.Store(&rows)
	return rows[:n:n]
}

// findSteps looks whether the data are a panel in order, as they mostly are:
// two plain factors, the rows sorted by the eliminated one and within its level
// in consecutive columns of D. Then steps holds the first column of each level.
func (a *Absorber) findSteps() {
	if !a.sorted || len(a.groups) != 1 || a.groups[0].z != nil || len(a.first.Slopes) > 0 || a.none {
		return
	}
	index := a.groups[0].index
	steps := make([]int32, a.first.Levels)
	for l := range steps {
		part := index[a.start[l]:a.start[l+1]]
		if len(part) == 0 {
			continue
		}
		steps[l] = part[0]
		for i, c := range part {
			if c != steps[l]+int32(i) {
				return
			}
		}
	}
	a.steps = steps
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
