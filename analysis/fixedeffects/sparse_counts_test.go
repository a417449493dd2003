package fixedeffects

import (
	"math/rand/v2"
	"testing"

	"swis/analysis/linear"
)

// Counts so rare that nothing is left once all separated rows are gone have no
// fit, which the number of its rows says.
func TestHardlyAnyCounts(t *testing.T) {
	empty, fitted := 0, 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 31))
		const units, periods = 5, 4
		m := &Model{Family: Poisson, X: [][]float64{nil}, Effects: []linear.Factor{{Name: "unit", Levels: units}, {Name: "period", Levels: periods}}}
		for u := range units {
			for p := range periods {
				y := 0.0
				if r.IntN(8) == 0 {
					y = 1
				}
				m.Y = append(m.Y, y)
				m.X[0] = append(m.X[0], float64(u%2*p))
				m.Effects[0].Index, m.Effects[1].Index = append(m.Effects[0].Index, int32(u)), append(m.Effects[1].Index, int32(p))
			}
		}
		f, err := m.Run()
		switch {
		case err != nil:
			t.Fatalf("seed %d: %v", seed, err)
		case f.N() == 0 && f.Separated > 0:
			empty++
		case f.N() > 0:
			fitted++
		}
	}
	if empty < 5 || fitted < 100 {
		t.Errorf("%d without a row after separation, %d with", empty, fitted)
	}
}
