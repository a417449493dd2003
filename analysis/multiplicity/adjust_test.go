package multiplicity

import (
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis"
)

// By the definition: a hypothesis is rejected at level a exactly where the
// adjusted p is at most a.
func TestAgainstRejection(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		p := make([]float64, 1+r.IntN(7))
		for i := range p {
			p[i] = math.Round(r.Float64()*20) / 40
		}
		holm, hochberg, bh := Holm(p), Hochberg(p), BH(p)
		for _, level := range []float64{0.011, 0.06, 0.13, 0.31} {
			sorted := append([]float64(nil), p...)
			for i := range sorted {
				for j := range i {
					if sorted[i] < sorted[j] {
						sorted[i], sorted[j] = sorted[j], sorted[i]
					}
				}
			}
			m := len(p)
			down, up, share := 0, 0, 0 // number rejected
			for down < m && sorted[down] <= level/float64(m-down) {
				down++
			}
			for k := range m {
				if sorted[k] <= level/float64(m-k) {
					up = k + 1
				}
				if sorted[k] <= level*float64(k+1)/float64(m) {
					share = k + 1
				}
			}
			for i := range p {
				check := func(name string, adjusted float64, rejected int) {
					if want := rejected > 0 && p[i] <= sorted[rejected-1]; (adjusted <= level) != want {
						t.Fatalf("%s of %v at %g: %g, rejected %v", name, p, level, adjusted, want)
					}
				}
				check("holm", holm[i], down)
				check("hochberg", hochberg[i], up)
				check("bh", bh[i], share)
			}
		}
	}
}

func TestAdjust(t *testing.T) {
	e := []analysis.Estimate{{Term: "(Intercept)", PValue: analysis.Num(0.001)}, {Term: "a", PValue: analysis.Num(0.02)}, {Term: "b"}, {Term: "c", PValue: analysis.Num(0.03)}}
	if err := Adjust(e, "holm", "(Intercept)"); err != nil || e[0].PAdjusted != nil || e[2].PAdjusted != nil || *e[1].PAdjusted != 0.04 || *e[3].PAdjusted != 0.04 {
		t.Error(e, err)
	}
	if Adjust(e, "bonferoni", "") == nil {
		t.Error("an unknown method passes")
	}
}
