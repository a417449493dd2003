package fixedeffects

import (
	"math/rand/v2"
	"testing"

	"swis/analysis/linear"
)

// TestCompressKeepsCrossProducts holds the regression in few rows against the
// same with all rows: what the other columns leave of outcome and first
// column, multiplied by cluster, for two and three effects, slopes and weights
// that are not those of the fit.
func TestCompressKeepsCrossProducts(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 21))
		m, area, areas := randomModel(r, Gaussian, seed%3 == 1, 9+int(seed%4), 5, int(seed%3))
		addEffects(rand.New(rand.NewPCG(seed, 22)), m, seed)
		f, err := m.Run()
		if err != nil || len(f.Kept) == 0 || f.Kept[0] != 0 {
			continue
		}
		weights := f.Prior
		if seed%2 == 0 {
			weights = make([]float64, f.N())
			for i := range weights {
				weights[i] = 0.2 + r.Float64()
			}
		}
		unit := f.DropUnused("unit", m.Effects[0].Index, m.Effects[0].Levels)
		term := f.DropUnused("area", area, areas)
		for _, c := range []Cluster{unit, term} {
			whole, err := f.uncompressed(c, weights, f.Y)
			if err != nil {
				t.Fatal(err)
			}
			few, err := f.Compress(c, weights, f.Y)
			if err != nil {
				t.Fatal(err)
			}
			want, got := leftProducts(whole, c.Groups), leftProducts(few, c.Groups)
			for i := range want {
				near(t, c.Name, got[i], want[i], 1e-9)
			}
			if len(few.X) != len(whole.X) {
				t.Errorf("%d columns, want %d", len(few.X), len(whole.X))
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// leftProducts are, by cluster, the cross-products of what the columns after
// the first leave of the outcome and of the first.
func leftProducts(c *Compressed, groups int) []float64 {
	u := linear.Solve(c.X[1:], c.Y, nil, linear.RankTolerance).Residuals
	v := linear.Solve(c.X[1:], c.X[0], nil, linear.RankTolerance).Residuals
	out := make([]float64, 3*groups)
	for i, g := range c.Index {
		out[3*g] += u[i] * u[i]
		out[3*g+1] += u[i] * v[i]
		out[3*g+2] += v[i] * v[i]
	}
	return out
}
