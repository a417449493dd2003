package fixedeffects

import (
	"math"
	"testing"
)

func TestInverseRoot(t *testing.T) {
	var roots inverseRoots
	for _, ratio := range []float64{1, 1.01, 1.7, 4, 30, 1e3, 1e6, 1e12, 1e20} {
		terms := roots.over(1, ratio)
		for _, x := range []float64{1, 1 + (ratio-1)/7, math.Sqrt(ratio), ratio} {
			got := 0.0
			for _, s := range terms {
				got += s.weight / (x + s.shift)
			}
			if e := math.Abs(got*math.Sqrt(x) - 1); !(e < 2e-14) {
				t.Errorf("x = %g in 1 to %g: relative error %g with %d terms", x, ratio, e, len(terms))
			}
		}
	}
	if n := len(roots.over(1, 2)); n > 8 {
		t.Errorf("%d terms for an interval of ratio 2: convergence is slower than it should be", n)
	}
}
