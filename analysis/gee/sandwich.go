package gee

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// fayGraubardBound is the largest leverage that the Fay-Graubard correction
// allows for.
const fayGraubardBound = 0.75

// sandwich is M (sum_i U_i* U_i*') M, k by k by row. With S_i = D_i'V_i^-1 D_i,
// M = (sum S_i)^-1 and H_i = D_i M D_i'V_i^-1 the corrected scores are
//
//	Liang-Zeger        U_i = D_i'V_i^-1 (y_i - mu_i)
//	Kauermann-Carroll  D_i'V_i^-1 (I - H_i)^-1/2 (y_i - mu_i) = (I - S_i M)^-1/2 U_i
//	Mancl-DeRouen      D_i'V_i^-1 (I - H_i)^-1 (y_i - mu_i)   = (I - S_i M)^-1 U_i
//	Fay-Graubard       diag(1 - min(0.75, (S_i M)_jj))^-1/2 U_i
//
// where the middle equalities hold since functions of H_i push through D_i'V_i^-1:
// no matrix is larger than k by k, whatever the size of a cluster. repaired
// says that I - S_i M was singular for a cluster.
func (p *problem) sandwich(f *fit, correction Correction) (v []float64, repaired bool) {
	k := p.p()
	bread := f.bread()
	if bread == nil {
		out := make([]float64, k*k)
		for i := range out {
			out[i] = math.NaN()
		}
		return out, false
	}
	// M = C C'; S M is similar to C'S C: (I - S M)^a = C^-T (I - C'S C)^a C'.
	var chol mat.Cholesky
	chol.Factorize(bread)
	var c mat.TriDense
	chol.LTo(&c)
	var inverse mat.TriDense
	if err := inverse.InverseTri(&c); err != nil {
		repaired = true
	}
	meat := mat.NewSymDense(k, nil)
	for _, one := range f.sums {
		u := mat.NewVecDense(k, nil)
		u.CopyVec(one.u)
		switch correction {
		case KauermannCarroll, ManclDeRouen:
			exponent := -0.5
			if correction == ManclDeRouen {
				exponent = -1
			}
			var sc, inner mat.Dense
			sc.Mul(one.s, &c)
			inner.Mul(c.T(), &sc)
			root, singular := power(&inner, exponent)
			repaired = repaired || singular
			var a, b mat.VecDense
			a.MulVec(c.T(), u)
			b.MulVec(root, &a)
			u.MulVec(inverse.T(), &b)
		case FayGraubard:
			var sm mat.Dense
			sm.Mul(one.s, bread)
			for j := range k {
				u.SetVec(j, u.AtVec(j)/math.Sqrt(1-min(fayGraubardBound, sm.At(j, j))))
			}
		}
		meat.SymRankOne(meat, 1, u)
	}
	var half, whole mat.Dense
	half.Mul(bread, meat)
	whole.Mul(&half, bread)
	v = make([]float64, k*k)
	for i := range k {
		for j := range k {
			v[i*k+j] = (whole.At(i, j) + whole.At(j, i)) / 2
		}
	}
	return v, repaired
}

// power is (I - a)^exponent for a symmetric a, by its Moore-Penrose inverse
// where I - a is singular.
func power(a *mat.Dense, exponent float64) (out *mat.Dense, singular bool) {
	k, _ := a.Dims()
	s := mat.NewSymDense(k, nil)
	for i := range k {
		for j := range i + 1 {
			v := -(a.At(i, j) + a.At(j, i)) / 2
			if i == j {
				v++
			}
			s.SetSym(i, j, v)
		}
	}
	var eigen mat.EigenSym
	eigen.Factorize(s, true)
	values := eigen.Values(nil)
	var vectors, scaled mat.Dense
	eigen.VectorsTo(&vectors)
	scaled.CloneFrom(&vectors)
	for j, v := range values {
		x := 0.0
		if v > 1e-9 {
			x = math.Pow(v, exponent)
		} else {
			singular = true
		}
		for i := range k {
			scaled.Set(i, j, scaled.At(i, j)*x)
		}
	}
	out = &mat.Dense{}
	out.Mul(&scaled, vectors.T())
	return out, singular
}
