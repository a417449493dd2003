package fixedeffects

import (
	"errors"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/distribution"
)

var errSingular = errors.New("their covariance matrix is singular, as there are too few treated clusters for so many")

// wald is the F test F(q, df) that the kept coefficients columns are zero;
// with df = +Inf the chi-squared over q.
func (f *Fit) wald(v *Variance, columns []int, df float64) (Joint, error) {
	quadratic, err := f.quadraticForm(v.V, columns)
	if err != nil {
		return Joint{}, err
	}
	q := float64(len(columns))
	j := Joint{Statistic: quadratic / q, DF1: q, DF2: df}
	j.P = distribution.FUpper(j.Statistic, q, df)
	return j, nil
}

// quadraticForm is b' V^-1 b over the kept coefficients columns.
func (f *Fit) quadraticForm(v [][]float64, columns []int) (float64, error) {
	q := len(columns)
	s := mat.NewSymDense(q, nil)
	b := mat.NewVecDense(q, nil)
	for i, c := range columns {
		b.SetVec(i, f.Coef[f.Kept[c]])
		for j, d := range columns[:i+1] {
			s.SetSym(i, j, v[c][d])
		}
	}
	var chol mat.Cholesky
	if q == 0 || !chol.Factorize(s) || chol.Cond() > 1e14 {
		return 0, errSingular
	}
	var x mat.VecDense
	if err := chol.SolveVecTo(&x, b); err != nil {
		return 0, errSingular
	}
	return mat.Dot(b, &x), nil
}
