package infer

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"swis/analysis/linear"
)

func TestEnumerate(t *testing.T) {
	l := &Labels{Arm: []int32{0, 1, 1, 0, 2, 0, 1}, Arms: 3, Strata: []int32{0, 0, 0, 0, 1, 1, 1}}
	all := l.enumerate()
	if l.Count() != 36 || len(all) != 36 { // 4!/(2!2!) times 3!
		t.Fatal(l.Count(), len(all))
	}
	seen := map[string]bool{}
	for _, a := range all {
		seen[fmt.Sprint(a)] = true
		var first, second [3]int
		for u, x := range a {
			if l.Strata[u] == 0 {
				first[x]++
			} else {
				second[x]++
			}
		}
		if first != [3]int{2, 2, 0} || second != [3]int{1, 1, 1} {
			t.Fatal(a)
		}
	}
	if len(seen) != 36 || !seen[fmt.Sprint(l.Arm)] {
		t.Error("allocations repeat, or the observed one is missing")
	}
	// Every allocation is equally likely when drawn.
	s := l.sampler()
	stream := Stream("1", "test", 0)
	counts := map[string]int{}
	for range 36000 {
		counts[fmt.Sprint(s.draw(stream))]++
	}
	chi := 0.0
	for _, n := range counts {
		chi += float64((n-1000)*(n-1000)) / 1000
	}
	if len(counts) != 36 || chi > 70 {
		t.Errorf("%d allocations drawn, chi-squared %g on 35", len(counts), chi)
	}
}

// exchangeExample is a panel whose moving columns are the arm and its product
// with a period, with weights in the rows.
func exchangeExample(seed uint64, balanced bool) (*Exchange, *Labels) {
	r := rand.New(rand.NewPCG(seed, 9))
	fixed, periods := 3, 4
	if balanced {
		fixed, periods = 7, 8
	}
	e := &Exchange{Fixed: make([][]float64, fixed), Moving: make([][][]float64, 2), Units: Clusters{Name: "school"}, Term: 1}
	e.Moving[0], e.Moving[1] = make([][]float64, 2), make([][]float64, 2)
	l := &Labels{Arms: 2}
	for g := range 8 {
		e.Units.Levels = append(e.Units.Levels, fmt.Sprint(g))
		l.Arm = append(l.Arm, int32(g%2))
		for period := range periods {
			if !balanced && r.IntN(4) == 0 && period > 0 && period < 3 {
				continue
			}
			w, post := 1.0, float64(period/(periods/2))
			if !balanced {
				w = 0.5 + r.Float64()
			}
			e.Units.Index = append(e.Units.Index, int32(g))
			e.Fixed[0] = append(e.Fixed[0], w)
			e.Fixed[1] = append(e.Fixed[1], w*post)
			if balanced {
				for k := 2; k < fixed; k++ {
					e.Fixed[k] = append(e.Fixed[k], map[bool]float64{true: 1}[period == k-1])
				}
			} else {
				e.Fixed[2] = append(e.Fixed[2], w*r.NormFloat64())
			}
			e.Moving[0][0], e.Moving[0][1] = append(e.Moving[0][0], 0), append(e.Moving[0][1], 0)
			e.Moving[1][0], e.Moving[1][1] = append(e.Moving[1][0], w), append(e.Moving[1][1], w*post)
			e.Y = append(e.Y, w*(r.NormFloat64()+float64(g%3)))
		}
	}
	return e, l
}

func TestExchangeAgainstRefits(t *testing.T) {
	for _, balanced := range []bool{true, false} {
		for seed := range uint64(3) {
			e, l := exchangeExample(seed, balanced)
			if balanced && (len(e.sums().classes) != 1 || !e.sums().reduced) {
				t.Error("balanced units do not share a class")
			}
			k := len(e.Fixed) + 2
			coef, tstat := e.Statistic(false, k)(), e.Statistic(true, k)()
			for _, arms := range l.enumerate() {
				x := append([][]float64(nil), e.Fixed...)
				for m := range 2 {
					c := make([]float64, len(e.Y))
					for i, u := range e.Units.Index {
						c[i] = e.Moving[arms[u]][m][i]
					}
					x = append(x, c)
				}
				fit := linear.Solve(x, e.Y, nil, 1e-9)
				v, err := (&Working{U: x, Residual: fit.Residuals}).Variance(CR1S, e.Units)
				if err != nil {
					t.Fatal(err)
				}
				b := fit.Coef[k-1]
				s := b / math.Sqrt(v.Of(v.Unit(k-1)))
				if math.Abs(coef(arms)-b) > 1e-10 || math.Abs(tstat(arms)-s) > 1e-8*(1+math.Abs(s)) {
					t.Fatalf("%v: %g and t %g, want %g and %g", arms, coef(arms), tstat(arms), b, s)
				}
			}
		}
	}
}

func TestPermute(t *testing.T) {
	e, l := exchangeExample(1, false)
	exact, err := l.Permute(context.Background(), 100, "1", e.Statistic(false, 5))
	if err != nil || !exact.Exact || exact.Draws != 70 || exact.Schemes != 70 {
		t.Fatal(exact, err)
	}
	sampled, err := l.Permute(context.Background(), 69, "1", e.Statistic(false, 5))
	if err != nil || sampled.Exact || sampled.Draws != 69 {
		t.Fatal(sampled, err)
	}
	before := runtime.GOMAXPROCS(1)
	again, _ := l.Permute(context.Background(), 69, "1", e.Statistic(false, 5))
	runtime.GOMAXPROCS(before)
	if *again != *sampled {
		t.Error("one processor gives another answer", again, sampled)
	}
	// An arm that is the stratum cannot be told from it.
	l.Strata = l.Arm
	if _, err := l.Permute(context.Background(), 100, "1", e.Statistic(false, 5)); err == nil {
		t.Error("one allocation passes")
	}
	// The schemes that were given are the only ones.
	l.Strata, l.Given = nil, [][]int32{l.Arm, {1, 0, 1, 0, 1, 0, 1, 0}, {0, 0, 0, 0, 1, 1, 1, 1}}
	given, err := l.Permute(context.Background(), 100, "1", e.Statistic(false, 5))
	if err != nil || given.Draws != 3 {
		t.Error(given, err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e, l := exchangeExample(1, false)
	if _, err := l.Permute(ctx, 100, "1", e.Statistic(false, 5)); err == nil {
		t.Error("a cancelled run passes")
	}
}

// BenchmarkExchange is 10,000 exchanges of the arm in a difference in
// differences of 280 schools by 36 months with month columns.
func BenchmarkExchange(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 9))
	e := &Exchange{Fixed: make([][]float64, 36), Moving: make([][][]float64, 2), Units: Clusters{Name: "school", Levels: make([]string, 280)}, Term: 1}
	e.Moving[0], e.Moving[1] = make([][]float64, 2), make([][]float64, 2)
	l := &Labels{Arms: 2}
	for g := range 280 {
		l.Arm = append(l.Arm, int32(g%2))
		for month := range 36 {
			e.Units.Index = append(e.Units.Index, int32(g))
			for m := range 36 {
				x := 0.0
				if m == month || m == 0 {
					x = 1
				}
				e.Fixed[m] = append(e.Fixed[m], x)
			}
			post := float64(month / 18)
			e.Moving[0][0], e.Moving[0][1] = append(e.Moving[0][0], 0), append(e.Moving[0][1], 0)
			e.Moving[1][0], e.Moving[1][1] = append(e.Moving[1][0], 1), append(e.Moving[1][1], post)
			e.Y = append(e.Y, r.NormFloat64())
		}
	}
	for b.Loop() {
		if _, err := l.Permute(context.Background(), 10000, "1", e.Statistic(true, 38)); err != nil {
			b.Fatal(err)
		}
	}
}
