package fixedeffects

import (
	"reflect"
	"runtime"
	"testing"
)

// TestProcessors wants the same bits from any number of processors, on a panel
// that is long enough for its passes to be shared out.
func TestProcessors(t *testing.T) {
	if testing.Short() {
		t.Skip("216,000 rows")
	}
	for _, family := range []Family{Gaussian, Poisson} {
		m := benchmarkPanel(6000, 36, family)
		area := make([]int32, len(m.Y))
		for i, u := range m.Effects[0].Index {
			area[i] = u % 97
		}
		type outcome struct {
			Coef, DF         []float64
			V                [][]float64
			LogLik, Gradient float64
		}
		fit := func(processors int) (out []outcome) {
			before := runtime.GOMAXPROCS(processors)
			defer runtime.GOMAXPROCS(before)
			f, err := m.Run()
			if err != nil {
				t.Fatal(err)
			}
			school, la := f.DropUnused("school", m.Effects[0].Index, 6000), f.DropUnused("la", area, 97)
			for _, kind := range []Kind{IID, HC2, CR1S, CR2, CR3} {
				for _, c := range []Cluster{school, la} {
					v, err := f.Variance(kind, []Cluster{c})
					if err != nil {
						t.Fatal(err)
					}
					out = append(out, outcome{f.Coef, v.DF, v.V, f.LogLik, f.Gradient})
				}
			}
			return out
		}
		want := fit(1)
		for _, processors := range []int{2, 7} {
			got := fit(processors)
			if family == Gaussian { // has no gradient
				for i := range got {
					got[i].Gradient, want[i].Gradient = 0, 0
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("family %d: %d processors give other numbers than one", family, processors)
			}
		}
	}
}
