package infer

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"swis/analysis/linear"
)

// wildExample is a small trial: arm by cluster, a covariate, unequal sizes.
func wildExample(seed uint64, groups int) *Wild {
	r := rand.New(rand.NewPCG(seed, 5))
	w := &Wild{X: make([][]float64, 3), Term: 1, Clusters: Clusters{Name: "school"}}
	for g := range groups {
		w.Clusters.Levels = append(w.Clusters.Levels, string(rune('a'+g)))
		effect := r.NormFloat64()
		for range 3 + r.IntN(6) {
			arm, x := float64(g%2), r.NormFloat64()
			w.X[0], w.X[1], w.X[2] = append(w.X[0], 1), append(w.X[1], arm), append(w.X[2], x)
			w.Y = append(w.Y, 0.5*arm+x+effect+r.NormFloat64())
			w.Clusters.Index = append(w.Clusters.Index, int32(g))
		}
	}
	return w
}

// tstat fits y and studentises by CR1S, from scratch.
func tstat(w *Wild, y []float64, b0 float64) float64 {
	fit := linear.Solve(w.X, y, nil, 1e-13)
	v, err := (&Working{U: w.X, Residual: fit.Residuals}).Variance(CR1S, w.Clusters)
	if err != nil {
		panic(err)
	}
	return (fit.Coef[w.Term] - b0) / math.Sqrt(v.Of(v.Unit(w.Term)))
}

// Every sign vector with refitted models gives the same p-values, for the null
// and for the ends of the confidence set.
func TestWildAgainstRefits(t *testing.T) {
	for seed := range uint64(4) {
		w := wildExample(seed, 8)
		b, err := w.Run(context.Background(), "rademacher", 300, "1", 0.9)
		if err != nil || !b.Enumerated || b.Draws != 256 {
			t.Fatal(b, err)
		}
		brute := func(b0 float64) float64 {
			y := slices.Clone(w.Y)
			for i := range y {
				y[i] -= b0 * w.X[1][i]
			}
			others := [][]float64{w.X[0], w.X[2]}
			null := linear.Solve(others, y, nil, 1e-13)
			observed := tstat(w, w.Y, b0)
			hits := 0
			for code := range 256 {
				star := make([]float64, len(y))
				for i := range star {
					v := float64(code>>w.Clusters.Index[i]&1)*2 - 1
					star[i] = w.Y[i] - null.Residuals[i] + v*null.Residuals[i]
				}
				if math.Abs(tstat(w, star, b0)) >= math.Abs(observed)*(1-1e-9) {
					hits++
				}
			}
			return float64(hits) / 256
		}
		if want := brute(0); b.P != want {
			t.Errorf("seed %d: p %g, want %g", seed, b.P, want)
		}
		if math.Abs(b.Statistic-tstat(w, w.Y, 0)) > 1e-10 {
			t.Errorf("seed %d: t %g, want %g", seed, b.Statistic, tstat(w, w.Y, 0))
		}
		wide := b.High - b.Low
		if math.IsInf(wide, 0) {
			continue
		}
		for _, end := range []struct{ at, inward float64 }{{b.Low, 1}, {b.High, -1}} {
			in, out := brute(end.at+end.inward*1e-4*wide), brute(end.at-end.inward*1e-4*wide)
			if !(in > 0.1) || !(out <= 0.1) {
				t.Errorf("seed %d: p %g inside the end %g and %g outside", seed, in, end.at, out)
			}
		}
	}
}

// Sampled Rademacher and Webb weights come near the enumerated p, and do not
// depend on the number of processors.
func TestWildSampled(t *testing.T) {
	w := wildExample(3, 9)
	exact, err := w.Run(context.Background(), "rademacher", 512, "1", 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for _, weights := range []string{"rademacher", "webb"} {
		w := wildExample(3, 9)
		if weights == "rademacher" {
			w = wildExample(3, 17)
			if exact, err = w.Run(context.Background(), weights, 1<<17, "1", 0.95); err != nil || !exact.Enumerated {
				t.Fatal(exact, err)
			}
		}
		a, err := w.Run(context.Background(), weights, 40000, "7", 0.95)
		if err != nil || a.Enumerated {
			t.Fatal(a, err)
		}
		if weights == "rademacher" && math.Abs(a.P-exact.P) > 0.012 {
			t.Errorf("%s: p %g, enumerated %g", weights, a.P, exact.P)
		}
		before := runtime.GOMAXPROCS(1)
		b, _ := w.Run(context.Background(), weights, 40000, "7", 0.95)
		runtime.GOMAXPROCS(before)
		if *a != *b {
			t.Errorf("%s: %v and %v on one processor", weights, a, b)
		}
	}
}

// Webb's draws by hand: the polynomial quantities against refits.
func TestWebbDraw(t *testing.T) {
	w := wildExample(1, 7)
	q, err := w.quantities()
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := q.draw(context.Background(), "webb", 50, "3")
	if err != nil {
		t.Fatal(err)
	}
	stream := Stream("3", "wild-bootstrap", 0)
	null := linear.Solve([][]float64{w.X[0], w.X[2]}, w.Y, nil, 1e-13)
	var bits uint64
	left := 0
	for draw := range 50 {
		v := make([]float64, 9)
		for b := range 3 {
			if left == 0 {
				bits, left = stream.Uint64(), 8
			}
			code := int(bits & 255)
			bits >>= 8
			left--
			if code >= 216 {
				code = stream.IntN(216)
			}
			for i := range 3 {
				v[b*3+i] = webb[code%6]
				code /= 6
			}
		}
		star := make([]float64, len(w.Y))
		for i := range star {
			star[i] = w.Y[i] + (v[w.Clusters.Index[i]]-1)*null.Residuals[i]
		}
		want := tstat(w, star, 0)
		got := d.numerator[draw][0] / math.Sqrt(d.variance[draw].at(0))
		if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
			t.Fatalf("draw %d: t %g, want %g", draw, got, want)
		}
	}
}

func benchmarkWild(b *testing.B, groups int) {
	r := rand.New(rand.NewPCG(1, 5))
	w := &Wild{X: make([][]float64, 3), Term: 1, Clusters: Clusters{Name: "school", Levels: make([]string, groups)}}
	for g := range groups {
		for range 50 {
			w.X[0], w.X[1], w.X[2] = append(w.X[0], 1), append(w.X[1], float64(g%2)), append(w.X[2], r.NormFloat64())
			w.Y = append(w.Y, r.NormFloat64())
			w.Clusters.Index = append(w.Clusters.Index, int32(g))
		}
	}
	for b.Loop() {
		if _, err := w.Run(context.Background(), "rademacher", 99999, "1", 0.95); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWild21(b *testing.B)  { benchmarkWild(b, 21) }
func BenchmarkWild150(b *testing.B) { benchmarkWild(b, 150) }
