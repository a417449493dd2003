package fixedeffects

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// TestAdjusterAgainstEigenvalues holds the series and the conjugate gradients
// against the eigenvalues of the whole matrix, cluster by cluster.
func TestAdjusterAgainstEigenvalues(t *testing.T) {
	series, gradients, deflated := 0, 0, 0
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 11))
		family := []Family{Gaussian, Poisson, NegBin}[seed%3]
		m, area, areas := randomModel(r, family, seed%2 == 1, 90, 6, 2)
		if seed%4 == 3 { // only the first area is treated
			for i, a := range area {
				if a != 0 {
					m.X[0][i] = 0
				}
			}
		}
		f, err := m.Run()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []Cluster{
			f.DropUnused("school", m.Effects[0].Index, m.Effects[0].Levels),
			f.DropUnused("area", area, areas),
			f.DropUnused("term", m.Effects[1].Index, m.Effects[1].Levels),
		} {
			for _, kind := range []Kind{CR2, CR3} {
				absorb, err := f.nestedAbsorber(c)
				if err != nil {
					t.Fatal(err)
				}
				b := &reducer{fit: f, kind: kind, absorb: absorb, k: len(f.X) + absorb.Columns()}
				b.prepare(c)
				w := newAdjuster(b)
				for g := 0; g < c.Groups; g += 1 + c.Groups/7 {
					w.rows = b.order[b.start[g]:b.start[g+1]]
					a := make([]float64, 2*len(w.rows))
					for i := range a {
						a[i] = r.NormFloat64()
					}
					want := append([]float64(nil), a...)
					constant := w.constant()
					if !w.power(a, constant) {
						t.Fatalf("seed %d %s %s cluster %d: no solution", seed, c.Name, kind, g)
					}
					if largest, _ := w.deflate(); largest <= 0.05 && len(w.null) == 0 {
						series++
					} else {
						gradients++
					}
					deflated += len(w.null)
					w.dense(want, constant)
					tolerance := 1e-9
					if family != Gaussian { // columns are residualised with the weights of the last step
						tolerance = 1e-7
					}
					size := floats.Norm(want, 2)
					for i := range a {
						if !(math.Abs(a[i]-want[i]) <= tolerance*size) {
							t.Fatalf("seed %d %s %s cluster %d: entry %d is %.12g, by eigenvalues %.12g", seed, c.Name, kind, g, i, a[i], want[i])
						}
					}
				}
			}
		}
	}
	if series == 0 || gradients == 0 || deflated == 0 {
		t.Errorf("%d clusters by the series, %d by gradients, %d directions deflated: want some of each", series, gradients, deflated)
	}
}
