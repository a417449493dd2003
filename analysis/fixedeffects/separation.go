package fixedeffects

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"swis/analysis/linear"
)

// rectify lists rows whose outcome is at a limit (zero; a share also one) and
// whose mean a maximum-likelihood fit would send there: the iterative rectifier
// of Correia, Guimaraes & Zylkin (2019, section 3.2). Other rows get a weight so
// large that they are fitted exactly.
func (f *Fit) rectify() ([]int32, error) {
	n := f.N()
	const heavy, near = 1e7, 1e-4
	u, w := make([]float64, n), make([]float64, n)
	// A share of one can be at its limit as well, from the other side.
	side := make([]float64, n)
	for i, y := range f.Y {
		switch {
		case y == 0:
			side[i] = 1
		case y == 1 && f.Family == Binomial:
			side[i] = -1
		}
		if side[i] == 0 {
			w[i] = heavy
		} else {
			u[i], w[i] = 1, 1
		}
	}
	absorb := linear.NewAbsorber(n, f.Effects, w)
	raw := f.modelColumns
	x := make([][]float64, len(raw))
	for j := range x {
		x[j] = slices.Clone(raw[j])
		absorb.Residualise(x[j])
		absorb.Residualise(x[j])
	}
	for range 1000 {
		v := slices.Clone(u)
		for i, s := range side {
			v[i] *= s
		}
		absorb.Residualise(v)
		absorb.Residualise(v)
		if err := absorb.Err(); err != nil {
			return nil, err
		}
		solve(x, raw, v, w)
		negative := false
		for i := range u {
			fitted := u[i] - side[i]*v[i]
			if math.Abs(fitted) < near/100 {
				fitted = 0
			}
			if side[i] == 0 {
				u[i] = 0
				continue
			}
			if fitted < 0 {
				negative = true
			}
			u[i] = max(fitted, 0)
		}
		if !negative {
			break
		}
	}
	mean := floats.Sum(f.Y) / float64(n)
	var separated []int32
	for i, v := range u {
		if v > near && f.atLimit(i, mean) {
			separated = append(separated, int32(i))
		}
	}
	return separated, nil
}

// atLimit says whether the fitted mean of row i has run towards the limit that
// the outcome is at.
func (f *Fit) atLimit(i int, mean float64) bool {
	if f.Y[i] > 0 {
		return 1-f.Mu[i] < 1e-3
	}
	return f.Mu[i] < 1e-3*mean
}

// withoutSeparated fits again without the separated rows. A column that is
// aliased there but was not before has an infinite coefficient.
func (f *Fit) withoutSeparated(separated []int32) error {
	drop := make([]bool, f.N())
	for _, i := range separated {
		drop[i] = true
	}
	m := Model{Family: f.Family}
	var rows []int32
	column := func(x []float64) []float64 {
		if x == nil {
			return nil
		}
		out := make([]float64, 0, len(x)-len(separated))
		for i, v := range x {
			if !drop[i] {
				out = append(out, v)
			}
		}
		return out
	}
	for i, r := range f.Rows {
		if !drop[i] {
			rows = append(rows, r)
		}
	}
	m.Y, m.Offset, m.Weights = column(f.Y), column(f.Offset), column(f.Prior)
	for _, x := range f.modelColumns {
		m.X = append(m.X, column(x))
	}
	for _, e := range f.Effects {
		to := linear.Factor{Name: e.Name, Levels: e.Levels, Only: e.Only}
		for i, l := range e.Index {
			if !drop[i] {
				to.Index = append(to.Index, l)
			}
		}
		for _, z := range e.Slopes {
			to.Slopes = append(to.Slopes, column(z))
		}
		m.Effects = append(m.Effects, to)
	}
	if len(rows) == 0 {
		return nil
	}
	again := &Fit{Family: f.Family, P: f.P, Counted: f.Counted, Theta: math.NaN()}
	again.keepRows(&m)
	again.modelColumns = again.Raw
	if again.N() > 0 { // else what is left is levels of one row or of zeros
		if err := again.reweight(); err != nil {
			return err
		}
	}
	again.Separated = len(separated)
	spanned := f.spanned()
	for _, j := range again.Aliased {
		if !slices.Contains(spanned, j) {
			again.Infinite = append(again.Infinite, j)
		}
	}
	again.Aliased = slices.DeleteFunc(again.Aliased, func(j int) bool { return slices.Contains(again.Infinite, j) })
	again.Rows = slices.Clone(again.Rows)
	for i, r := range again.Rows {
		again.Rows[i] = rows[r]
	}
	for e := range again.Levels {
		again.Levels[e] = slices.Clone(again.Levels[e])
		for i, l := range again.Levels[e] {
			again.Levels[e][i] = f.Levels[e][l]
		}
	}
	again.Singletons += f.Singletons
	again.ZeroGroups += f.ZeroGroups
	again.ZeroRows += f.ZeroRows
	for i, z := range again.ZeroLevels {
		again.ZeroLevels[i].Level = f.Levels[z.Effect][z.Level]
	}
	again.ZeroLevels = append(f.ZeroLevels, again.ZeroLevels...)
	again.sources = f.sources
	*f = *again
	return nil
}

// spanned lists the columns that the effects and earlier columns span over all
// rows with information, separated ones included.
func (f *Fit) spanned() []int {
	absorb := linear.NewAbsorber(f.N(), f.Effects, nil)
	x := make([][]float64, len(f.modelColumns))
	for j := range x {
		x[j] = slices.Clone(f.modelColumns[j])
		absorb.Residualise(x[j])
		absorb.Residualise(x[j])
	}
	kept := orthogonalise(x, f.modelColumns, nil).kept
	var out []int
	for j := range x {
		if !slices.Contains(kept, j) {
			out = append(out, j)
		}
	}
	return out
}
