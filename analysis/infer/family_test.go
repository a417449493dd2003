package infer

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"swis/analysis"
	"swis/analysis/linear"
)

// familyExample is two outcomes of one trial: the second lacks the rows of one
// school and lists the others in another order.
func familyExample(seed uint64, groups int) (first, second *Wild) {
	first = wildExample(seed, groups)
	r := rand.New(rand.NewPCG(seed, 77))
	second = &Wild{X: make([][]float64, 3), Term: 1, Clusters: Clusters{Name: "school"}}
	for g := groups - 1; g >= 0; g-- {
		if g == 1 {
			continue
		}
		second.Clusters.Levels = append(second.Clusters.Levels, string(rune('a'+g)))
		for i, c := range first.Clusters.Index {
			if int(c) != g {
				continue
			}
			for j := range second.X {
				second.X[j] = append(second.X[j], first.X[j][i])
			}
			second.Y = append(second.Y, 0.7*first.Y[i]+r.NormFloat64())
			second.Clusters.Index = append(second.Clusters.Index, int32(len(second.Clusters.Levels)-1))
		}
	}
	return first, second
}

// Every sign vector of the schools of both outcomes with refitted models: a
// school has one sign in both.
func TestDrawFamilyAgainstRefits(t *testing.T) {
	for seed := range uint64(4) {
		const groups = 7
		a, b := familyExample(seed, groups)
		var tests []analysis.Resampler
		for _, w := range []*Wild{a, b} {
			one, err := w.Resampler("")
			if err != nil {
				t.Fatal(err)
			}
			tests = append(tests, one)
		}
		draws, err := DrawFamily(context.Background(), tests, "rademacher", 128, "1")
		if err != nil || !draws.Enumerated || draws.Clusters != groups {
			t.Fatal(draws, err)
		}
		for k, w := range []*Wild{a, b} {
			if want := tstat(w, w.Y, 0); math.Abs(draws.Observed[k]-want) > 1e-9 {
				t.Errorf("seed %d: t %g, want %g", seed, draws.Observed[k], want)
			}
			null := linear.Solve([][]float64{w.X[0], w.X[2]}, w.Y, nil, 1e-13)
			for code := range 1 << groups {
				star := make([]float64, len(w.Y))
				for i := range star {
					school := int(w.Clusters.Levels[w.Clusters.Index[i]][0] - 'a')
					star[i] = w.Y[i] - null.Residuals[i] + (float64(code>>school&1)*2-1)*null.Residuals[i]
				}
				if want := math.Abs(tstat(w, star, 0)); math.Abs(draws.Absolute[k][code]-want) > 1e-8*(1+want) {
					t.Fatalf("seed %d, test %d, signs %b: |t*| %g, want %g", seed, k, code, draws.Absolute[k][code], want)
				}
			}
		}
	}
}

// The same outcome twice has the same draws, whatever else is in the family;
// draws do not depend on processors; another seed gives others.
func TestDrawFamilySharesWeights(t *testing.T) {
	for _, weights := range []string{"", "webb"} {
		a, b := familyExample(2, 20)
		first, _ := a.Resampler("")
		second, _ := b.Resampler("")
		draw := func(seed string, tests ...analysis.Resampler) *FamilyDraws {
			d, err := DrawFamily(context.Background(), tests, weights, 3000, seed)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		both := draw("1", second, first, first)
		if !slices.Equal(both.Absolute[1], both.Absolute[2]) || !slices.Equal(both.Absolute[1], draw("1", first).Absolute[0]) {
			t.Errorf("%q: draws of a test depend on the family", weights)
		}
		if !slices.Equal(both.Absolute[0], draw("1", second).Absolute[0]) {
			t.Errorf("%q: weights of a cluster depend on the other clusters", weights)
		}
		if slices.Equal(both.Absolute[0], draw("2", second).Absolute[0]) {
			t.Errorf("%q: the seed does not matter", weights)
		}
		before := runtime.GOMAXPROCS(1)
		again := draw("1", second, first, first)
		runtime.GOMAXPROCS(before)
		if fmt.Sprint(again) != fmt.Sprint(both) {
			t.Errorf("%q: draws depend on processors", weights)
		}
		own, err := a.Run(context.Background(), both.Weights, 20000, "1", 0.95)
		if err != nil {
			t.Fatal(err)
		}
		hits := 0.0
		for _, x := range both.Absolute[1] {
			if x >= math.Abs(both.Observed[1]) {
				hits++
			}
		}
		if p := hits / 3000; math.Abs(p-own.P) > 4*math.Sqrt(0.25/3000) {
			t.Errorf("%q: p %g, of the bootstrap of its own %g", weights, p, own.P)
		}
	}
}

// Outcomes that are clustered by different columns are refused; one cluster has
// one weight of the right two points.
func TestDrawFamilyRefuses(t *testing.T) {
	a, b := familyExample(1, 8)
	b.Clusters.Name = "la"
	first, _ := a.Resampler("")
	second, _ := b.Resampler("")
	if _, err := DrawFamily(context.Background(), []analysis.Resampler{first, second}, "", 99, "1"); err == nil {
		t.Error("two kinds of clusters share draws")
	}
	sum, square := 0.0, 0.0
	v := make([]float64, 1000)
	for block := range 40 {
		fillWeights("rademacher", "1", "a", block, v, 1, len(v))
		for _, x := range v {
			sum, square = sum+x, square+x*x
		}
	}
	if math.Abs(sum) > 4*200 || square != 40000 {
		t.Errorf("weights sum to %g, squares to %g", sum, square)
	}
}

// Influence functions that are drawn: t* by hand.
func TestInfluence(t *testing.T) {
	r := &Influence{Estimate: 1.5, Of: []float64{0.3, -0.4, 0}, Column: "school", Labels: []string{"a", "b", "c"}}
	out := make([]float64, 2)
	r.Redraw([]float64{1, 1, 1, -1, 1, -1}, out)
	if math.Abs(r.Statistic()-3) > 1e-12 || math.Abs(out[0]-0.2) > 1e-12 || math.Abs(out[1]-1.4) > 1e-12 {
		t.Error(r.Statistic(), out)
	}
}
