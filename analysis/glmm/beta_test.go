package glmm

import (
	"fmt"
	"math"
	"testing"
)

// The continued fraction gives what the sums over counts give, with every
// derivative, from counts of a week to those of a year over many children.
func TestTailRatioAgreesWithSums(t *testing.T) {
	settled := 0
	for _, c := range []float64{2, 31, 365, 14600} {
		for _, share := range []float64{0.01, 0.2, 0.6, 0.95} {
			for _, d := range []float64{0.05, 1, 8, 80, 1500} {
				mu := share * c
				size, m := mu/d, d/(1+d)
				got, ok := tailRatio(c, size, m)
				if !ok {
					continue
				}
				settled++
				start := score{base: negbin1, size: size, m: m, logOne: math.Log1p(d), this: c}
				_, start.a1, start.a2, start.a3 = rising(c, size)
				p := panjer{m * size, m}
				sum := p.above(c, start, true)
				at := start.derivatives()
				r := 1 / sum.s0
				m1, m2 := sum.s1*r, sum.s2*r
				want := jet{
					math.Log(sum.s0), m1 - at.s1, m2 - m1*m1 - at.s2, sum.s3*r - 3*m1*m2 + 2*m1*m1*m1 - at.s3,
					sum.p0*r - at.p0, sum.p1*r - m1*sum.p0*r - at.p1,
					sum.p2*r - m2*sum.p0*r - 2*m1*sum.p1*r + 2*m1*m1*sum.p0*r - at.p2,
				}
				name := fmt.Sprintf("c %g, mean %g, dispersion %g", c, mu, d)
				for i, pair := range [][2]float64{{got.e0, want.e0}, {got.e1, want.e1}, {got.e2, want.e2}, {got.e3, want.e3}, {got.p0, want.p0}, {got.p1, want.p1}, {got.p2, want.p2}} {
					if !(math.Abs(pair[0]-pair[1]) <= 1e-7*(1+math.Abs(pair[1])+math.Abs(at.s1))) {
						t.Errorf("%s: derivative %d is %.10g, want %.10g", name, i, pair[0], pair[1])
					}
				}
			}
		}
	}
	if settled < 70 {
		t.Errorf("only %d of 80 settled", settled)
	}
}
