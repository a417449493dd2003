package did

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

// TestRelativeClosedForm: the bound of relative magnitudes is M times the
// largest possible earlier step times the sum of the absolute tail sums of the
// weights.
func TestRelativeClosedForm(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 31))
		q, n := 1+r.IntN(4), 1+r.IntN(4)
		low, high, weights := make([]float64, q), make([]float64, q), make([]float64, n)
		for j := range q {
			middle, half := r.NormFloat64(), r.Float64()*float64(seed%2)
			low[j], high[j] = middle-half, middle+half
		}
		for j := range n {
			weights[j] = r.NormFloat64()
		}
		step := 0.0
		for s := range q {
			lo, hi := 0.0, 0.0
			if s+1 < q {
				lo, hi = low[s+1], high[s+1]
			}
			step = max(step, hi-low[s], high[s]-lo)
		}
		tails, tail := 0.0, 0.0
		for j := n - 1; j >= 0; j-- {
			tail += weights[j]
			tails += math.Abs(tail)
		}
		size := 2 * r.Float64()
		got, ok := relative(low, high, weights, size)
		if want := size * step * tails; !ok || math.Abs(got-want) > 1e-9*(1+want) {
			t.Fatalf("seed %d: %g, want %g", seed, got, want)
		}
	}
}

// TestSmoothAgainstGonum solves the same programme in gonum's equality form.
func TestSmoothAgainstGonum(t *testing.T) {
	solved := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 32))
		q, n := 1+r.IntN(4), 1+r.IntN(3)
		low, high, weights := make([]float64, q), make([]float64, q), make([]float64, n)
		for j := range q {
			middle := 0.3 * r.NormFloat64()
			low[j], high[j] = middle-0.5, middle+0.5
		}
		for j := range n {
			weights[j] = r.NormFloat64()
		}
		size := r.Float64()
		got, ok := smooth(low, high, weights, size)
		k := q + n
		var rows [][]float64
		var bounds []float64
		full := func(index int) int { // -1 is the reference
			switch {
			case index < q:
				return index
			case index == q:
				return -1
			}
			return index - 1
		}
		for c := 1; c < k; c++ {
			for _, sign := range []float64{1, -1} {
				row := make([]float64, k)
				for offset, f := range []float64{1, -2, 1} {
					if j := full(c - 1 + offset); j >= 0 {
						row[j] += sign * f
					}
				}
				rows, bounds = append(rows, row), append(bounds, size)
			}
		}
		for j := range q {
			up, down := make([]float64, k), make([]float64, k)
			up[j], down[j] = 1, -1
			rows, bounds = append(rows, up, down), append(bounds, high[j], -low[j])
		}
		g := mat.NewDense(len(rows), k, nil)
		for i, row := range rows {
			g.SetRow(i, row)
		}
		c := make([]float64, k)
		for j, w := range weights {
			c[q+j] = -w
		}
		cc, aa, bb := lp.Convert(c, g, bounds, nil, nil)
		want, _, err := lp.Simplex(cc, aa, bb, 1e-12, nil)
		if err != nil {
			if err == lp.ErrInfeasible && ok {
				t.Fatalf("seed %d: %g where nothing is feasible", seed, got)
			}
			continue
		}
		solved++
		if !ok || math.Abs(got+want) > 1e-7*(1+math.Abs(want)) {
			t.Fatalf("seed %d: %g (%v), want %g", seed, got, ok, -want)
		}
	}
	if solved < 30 {
		t.Fatalf("%d programmes compared only", solved)
	}
}

// TestStraightLine: with smoothness of zero and no estimation error the trend
// is the straight line through the earlier periods.
func TestStraightLine(t *testing.T) {
	e := &eventEstimates{pre: []float64{-0.4, -0.2}, post: []float64{1, 1.2}, weights: []float64{0.5, 0.5}, v: make([][]float64, 4), df: math.Inf(1)}
	for i := range e.v {
		e.v[i] = make([]float64, 4)
		e.v[i][i] = 1e-12
	}
	low, high, _, _ := e.interval(smooth, 0, 0.95)
	// trend 0.2 a period from zero at -1: 0.2 and 0.4 at the two later ones
	if want := (1 - 0.2 + 1.2 - 0.4) / 2; math.Abs(low-want) > 1e-9 || math.Abs(high-want) > 1e-9 {
		t.Fatalf("%g to %g, want %g", low, high, want)
	}
}

// TestSensitivityCovers draws event studies whose later trend obeys the
// restriction as hard as it can; the interval must cover the true effect.
func TestSensitivityCovers(t *testing.T) {
	for _, c := range []struct {
		name  string
		rule  restriction
		size  float64
		trend []float64 // at -3, -2, 0, 1
	}{
		{"parallel", relative, 0, []float64{0, 0, 0, 0}},
		{"relative", relative, 1, []float64{0.5, 0, 0.5, 1}},
		{"smooth, straight", smooth, 0, []float64{-0.6, -0.3, 0.3, 0.6}},
		{"smooth, bent", smooth, 0.2, []float64{-0.6, -0.3, 0.5, 1.2}},
	} {
		r := rand.New(rand.NewPCG(1, 33))
		covered, draws := 0, 600
		for range draws {
			e := &eventEstimates{weights: []float64{0.5, 0.5}, v: make([][]float64, 4), df: math.Inf(1)}
			shared := 0.2 * r.NormFloat64()
			for k := range 4 {
				e.v[k] = []float64{0.04, 0.04, 0.04, 0.04}
				e.v[k][k] = 0.08
				b := c.trend[k] + shared + 0.2*r.NormFloat64()
				if k < 2 {
					e.pre = append(e.pre, b)
				} else {
					e.post = append(e.post, b)
				}
			}
			if _, _, low, high := e.interval(c.rule, c.size, 0.95); low <= 0 && high >= 0 {
				covered++
			}
		}
		if share := float64(covered) / float64(draws); share < 0.93 {
			t.Errorf("%s: covers %.3f", c.name, share)
		}
	}
}
