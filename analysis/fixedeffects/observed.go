package fixedeffects

import (
	"math"
	"slices"

	"swis/analysis/linear"
)

// estimating holds the rows' estimating functions, columns times a factor by
// row, and the bread that a sandwich is made of.
type estimating struct {
	columns [][]float64 // of N
	factor  []float64   // N, nil for ones
	bread   [][]float64
}

// estimating gives X'Jac/Var e and the bread of the fit. For the negative
// binomial theta is a parameter too: the last column is its score, and the
// bread is the inverse of the joint observed information, effects profiled out.
func (f *Fit) estimating() estimating {
	if f.Family == NegBin && f.Theta < 1e9 {
		return f.observed()
	}
	e := estimating{columns: f.X, factor: f.Resid, bread: f.Bread}
	if f.Prior == nil && f.Family != NegBin { // Jac is Var
		return e
	}
	e.factor = slices.Clone(f.Resid)
	for i := range e.factor {
		if f.Jac != nil {
			e.factor[i] *= f.Jac[i]
		}
		e.factor[i] /= f.Var[i]
	}
	return e
}

// observed is the joint observed information of coefficients and theta. With
// w = theta mu (y + theta)/(theta + mu)^2 the working weights and c the cross
// derivative in eta and theta, theta acts like the column c/w with a diagonal
// entry of its own.
func (f *Fit) observed() estimating {
	n, q := f.N(), len(f.X)
	t := f.Theta
	w, c, s1, s2 := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	diagonal := 0.0
	for i, mu := range f.Mu {
		y, prior := f.Y[i], 1.0
		if f.Prior != nil {
			prior = f.Prior[i]
		}
		w[i] = prior * t * mu * (y + t) / ((t + mu) * (t + mu))
		c[i] = -mu * (y - mu) / ((t + mu) * (t + mu)) * prior / w[i]
		s1[i] = prior * t * (y - mu) / (t + mu)
		first, second := thetaDerivatives(y, mu, t)
		s2[i] = prior * first
		diagonal -= prior * second
	}
	absorb := linear.NewAbsorber(n, f.Effects, w)
	x := make([][]float64, q)
	for j := range x {
		x[j] = append([]float64(nil), f.Raw[j]...)
		absorb.Residualise(x[j])
		absorb.Residualise(x[j])
	}
	rest := append([]float64(nil), c...)
	absorb.Residualise(rest)
	absorb.Residualise(rest)
	information := square(q + 1)
	for j := range q {
		for l := range j + 1 {
			information[j][l] = dot(x[j], x[l], w)
		}
		information[q][j] = dot(x[j], rest, w)
	}
	information[q][q] = diagonal - dot(c, c, w) + dot(rest, rest, w)
	mirror(information)
	e := estimating{bread: inverse(information), columns: make([][]float64, q+1)}
	for j := range q {
		e.columns[j] = make([]float64, n)
		for i, v := range x[j] {
			e.columns[j][i] = v * s1[i]
		}
	}
	e.columns[q] = make([]float64, n)
	for i := range n {
		e.columns[q][i] = s2[i] - (c[i]-rest[i])*s1[i]
	}
	return e
}

// inverse of a symmetric positive definite matrix; NaN where it is not.
func inverse(m [][]float64) [][]float64 {
	k := len(m)
	l := cholesky(m)
	out := square(k)
	for c := range k {
		z := make([]float64, k)
		for i := range k {
			v := 0.0
			if i == c {
				v = 1
			}
			for j := range i {
				v -= l[i][j] * z[j]
			}
			if l[i][i] == 0 {
				v = math.NaN()
			}
			z[i] = v / l[i][i]
		}
		for i := k - 1; i >= 0; i-- {
			v := z[i]
			for j := i + 1; j < k; j++ {
				v -= l[j][i] * z[j]
			}
			z[i] = v / l[i][i]
		}
		for i := range k {
			out[i][c] = z[i]
		}
	}
	return out
}
