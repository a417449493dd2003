package linear

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestSymmetricPower compares with gonum's eigenvectors, singular matrices and
// equal eigenvalues among them.
func TestSymmetricPower(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		n := 1 + r.IntN(40)
		rank := 1 + r.IntN(n)
		s := mat.NewSymDense(n, nil)
		for range rank {
			v := mat.NewVecDense(n, nil)
			for i := range n {
				v.SetVec(i, r.NormFloat64())
			}
			s.SymRankOne(s, 1, v)
		}
		if seed%5 == 0 {
			for i := range n {
				for j := range i + 1 {
					s.SetSym(i, j, 0)
				}
				s.SetSym(i, i, float64(i%2))
			}
		}
		m := 3
		x := make([]float64, n*m)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		var e mat.EigenSym
		if !e.Factorize(s, true) {
			t.Fatal("eigenvalues")
		}
		var q mat.Dense
		e.VectorsTo(&q)
		f := func(l, top float64) float64 {
			if l < 1e-9*top {
				return 0
			}
			return 1 / math.Sqrt(l)
		}
		d := mat.NewDense(n, n, nil)
		values := e.Values(nil)
		for i, l := range values {
			d.Set(i, i, f(l, values[n-1]))
		}
		var want mat.Dense
		want.Product(&q, d, q.T(), mat.NewDense(n, m, append([]float64(nil), x...)))
		a := make([]float64, n*n)
		for i := range n {
			for j := range n {
				a[i*n+j] = s.At(i, j)
			}
		}
		if !SymmetricPower(n, a, x, f) {
			t.Fatalf("seed %d: no convergence", seed)
		}
		size := mat.Max(&want) - mat.Min(&want)
		for i, v := range x {
			if math.Abs(v-want.At(i/m, i%m)) > 1e-9*(1+size) {
				t.Fatalf("seed %d, n %d, rank %d: entry %d is %g, want %g", seed, n, rank, i, v, want.At(i/m, i%m))
			}
		}
	}
}
