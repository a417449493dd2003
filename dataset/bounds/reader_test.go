package bounds_test

import (
	"math"
	"testing"

	"swis/dataset/bounds"
)

// A total of 10 of which 4 are known leaves 6 for two others: each lies between
// its own bounds and what the other leaves; with one more equation both are
// known.
func TestReaderSolves(t *testing.T) {
	r := bounds.NewReader()
	r.Is("total", 10)
	r.Is("a", 4)
	r.AtLeast("b", 1)
	r.AtLeast("c", 1)
	r.Adds("total", 0, "a", "b", "c")
	near := func(name string, low, high float64) {
		t.Helper()
		l, h, err := r.Range(name)
		if err != nil || math.Abs(l-low) > 1e-6 || math.Abs(h-high) > 1e-6 {
			t.Errorf("%s lies between %g and %g (%v), want %g and %g", name, l, h, err, low, high)
		}
	}
	near("b", 1, 5)
	r.Between("c", 2, 4)
	near("b", 2, 4)
	r.Combination(map[string]float64{"b": 1, "c": -1}, 0.5, 1.5)
	near("b", 3.25, 3.75)
	r.Adds("b", 2, "c")
	r.Combination(map[string]float64{"d": 1, "b": 2}, 9, 9)
	if _, _, err := r.Range("b"); err == nil {
		t.Error("what cannot hold together has bounds")
	}
}
