package fixedeffects

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"swis/analysis/linear"
)

// aliasTolerance is the share of a column's length that has to be left after
// projection on the effects and the earlier columns.
const aliasTolerance = 1e-9

// leastSquares fits the gaussian model: columns and outcome residualised twice,
// then modified Gram-Schmidt with reorthogonalisation.
func (f *Fit) leastSquares() error {
	f.Absorb = linear.NewAbsorber(f.N(), f.Effects, f.Prior)
	y := slices.Clone(f.Y)
	if f.Offset != nil {
		for i, o := range f.Offset {
			y[i] -= o
		}
	}
	x := make([][]float64, len(f.Raw))
	for j := range x {
		x[j] = slices.Clone(f.Raw[j])
	}
	if err := f.Absorb.Each(append([][]float64{y}, x...), func(a *linear.Absorber, column []float64) {
		a.Residualise(column)
		a.Refine(column)
	}); err != nil {
		return err
	}
	f.Rank = f.Absorb.Rank()
	s := solve(x, f.Raw, y, f.Prior)
	f.adopt(s, x)
	f.Omega = f.Prior
	f.Resid = s.resid
	if f.Prior != nil {
		f.Var = make([]float64, f.N())
		for i, w := range f.Prior {
			f.Var[i] = 1 / w
		}
	}
	f.Mu = make([]float64, f.N())
	logWeights := 0.0
	for i, e := range f.Resid {
		f.Mu[i] = f.Y[i] - e
		w := 1.0
		if f.Prior != nil {
			w = f.Prior[i]
			logWeights += math.Log(w)
		}
		f.SSR += w * e * e
	}
	f.Eta = f.Mu
	n := float64(f.N())
	f.Deviance = f.SSR
	f.LogLik = -0.5*n*(math.Log(2*math.Pi*f.SSR/n)+1) + 0.5*logWeights
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

// solved is a least-squares solution over residualised columns.
type solved struct {
	kept  []int       // q columns that are not aliased
	beta  []float64   // q
	bread [][]float64 // q by q, (X'WX)^-1
	resid []float64   // N
}

// solve regresses y on the columns x with weights w (nil for ones). raw holds
// the columns before absorption, against whose length aliasing is judged.
func solve(x, raw [][]float64, y, w []float64) solved {
	var s solved
	var q [][]float64 // orthonormal columns
	var r [][]float64 // q by q upper triangle by columns
	for j := range x {
		length := math.Sqrt(dot(raw[j], raw[j], w))
		coef := make([]float64, len(q)+1)
		norm := math.Sqrt(dot(x[j], x[j], w))
		if !(norm > aliasTolerance*length) {
			continue
		}
		v := slices.Clone(x[j])
		for range 3 {
			for i := range q {
				c := dot(q[i], v, w)
				coef[i] += c
				axpy(-c, q[i], v)
			}
			before := norm
			norm = math.Sqrt(dot(v, v, w))
			if norm > before/2 {
				break // hardly anything was taken out: orthogonal to rounding
			}
		}
		if !(norm > aliasTolerance*length) {
			continue
		}
		coef[len(q)] = norm
		floats.Scale(1/norm, v)
		q = append(q, v)
		r = append(r, coef)
		s.kept = append(s.kept, j)
	}
	k := len(q)
	s.resid = slices.Clone(y)
	b := make([]float64, k)
	for range 2 {
		for i := range q {
			c := dot(q[i], s.resid, w)
			b[i] += c
			axpy(-c, q[i], s.resid)
		}
	}
	// inverse of the upper triangle R by columns
	inverse := make([][]float64, k)
	for c := range k {
		z := make([]float64, k)
		z[c] = 1
		for i := c; i >= 0; i-- {
			v := z[i]
			for l := i + 1; l <= c; l++ {
				v -= r[l][i] * z[l]
			}
			z[i] = v / r[i][i]
		}
		inverse[c] = z
	}
	s.beta = make([]float64, k)
	s.bread = make([][]float64, k)
	for i := range k {
		s.bread[i] = make([]float64, k)
		for c := i; c < k; c++ {
			s.beta[i] += inverse[c][i] * b[c]
		}
		for j := range k {
			for c := max(i, j); c < k; c++ {
				s.bread[i][j] += inverse[c][i] * inverse[c][j]
			}
		}
	}
	return s
}

// again solves for the columns kept before by the normal equations, which is
// enough between the steps of an iteration that corrects itself. It reports
// false where they are near singular.
func (s *solved) again(x [][]float64, y, w []float64) bool {
	k := len(s.kept)
	gram, cross := square(k), make([]float64, k)
	weighted := make([]float64, len(y))
	for i, a := range s.kept {
		for r, v := range x[a] {
			weighted[r] = w[r] * v
		}
		for j, b := range s.kept[:i+1] {
			gram[i][j] = dot(weighted, x[b], nil)
		}
		cross[i] = dot(weighted, y, nil)
	}
	l := cholesky(gram)
	for i := range k {
		if !(l[i][i] > 1e-5*math.Sqrt(gram[i][i])) {
			return false
		}
		for j := range i {
			cross[i] -= l[i][j] * cross[j]
		}
		cross[i] /= l[i][i]
	}
	for i := k - 1; i >= 0; i-- {
		for j := i + 1; j < k; j++ {
			cross[i] -= l[j][i] * cross[j]
		}
		cross[i] /= l[i][i]
	}
	s.resid = append(s.resid[:0], y...)
	for i, a := range s.kept {
		axpy(-cross[i], x[a], s.resid)
	}
	return true
}

// dot is the sum of w a b; w nil means ones.
func dot(a, b, w []float64) float64 {
	if w == nil {
		return floats.Dot(a, b)
	}
	s := 0.0
	b, w = b[:len(a)], w[:len(a)]
	for i, v := range a {
		s += w[i] * v * b[i]
	}
	return s
}

// axpy adds c x to y.
func axpy(c float64, x, y []float64) { floats.AddScaled(y, c, x) }
