package fixedeffects

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"swis/analysis/linear"
)

// leastSquares fits the gaussian model: columns and outcome residualised twice,
// then modified Gram-Schmidt with reorthogonalisation.
func (f *Fit) leastSquares() error {
	f.Absorb = linear.NewAbsorber(f.N(), f.Effects, f.Prior)
	n := f.N()
	columns := make([][]float64, len(f.Raw)+1)
	for j := range columns {
		columns[j] = make([]float64, n)
	}
	x, y := columns[:len(f.Raw)], columns[len(f.Raw)]
	from := append(slices.Clone(f.Raw), f.Y)
	if f.Offset != nil {
		floats.SubTo(y, f.Y, f.Offset)
		from[len(f.Raw)] = y
	}
	if err := f.Absorb.Residuals(columns, from, true); err != nil {
		return err
	}
	f.Rank = f.Absorb.Rank()
	s := solve(x, f.Raw, y, f.Prior)
	f.adopt(s, x)
	f.Omega = f.Prior
	f.Resid = y
	logWeights := 0.0
	if f.Prior != nil {
		f.Var = make([]float64, n)
		for i, w := range f.Prior {
			f.Var[i] = 1 / w
			logWeights += math.Log(w)
		}
	}
	f.SSR = dot(y, y, f.Prior)
	f.Deviance = f.SSR
	f.LogLik = -0.5*float64(n)*(math.Log(2*math.Pi*f.SSR/float64(n))+1) + 0.5*logWeights
	f.Converged = true
	return nil
}

// adopt takes coefficients, kept columns and bread of a solved system.
func (f *Fit) adopt(s solved, x [][]float64) {
	raw := f.Raw
	kept := f.Kept
	f.Coef = make([]float64, f.P)
	for j := range f.Coef {
		f.Coef[j] = math.NaN()
	}
	f.X, f.Raw, f.Kept = nil, nil, nil
	for j := range x {
		place := slices.Index(s.kept, j)
		if place < 0 {
			f.Aliased = append(f.Aliased, kept[j])
			continue
		}
		f.Kept = append(f.Kept, kept[j])
		f.X = append(f.X, x[j])
		f.Raw = append(f.Raw, raw[j])
		f.Coef[kept[j]] = s.beta[place]
	}
	f.Bread = s.bread
}
