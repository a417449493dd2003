package mixed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"swis/analysis/formula"
)

// panel is a synthetic school-by-month panel in the shape of a national trial:
// a score with authority, school and slope effects, arms by school.
func panel(schools, las, months int) example {
	rng := rand.New(rand.NewPCG(11, 12))
	n := schools * months
	one, arm, post, both, fsm, time, y := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	la, school, month := make([]int32, n), make([]int32, n), make([]int32, n)
	ula := make([]float64, las)
	for i := range ula {
		ula[i] = 1.2 * rng.NormFloat64()
	}
	um := make([]float64, months)
	for i := range um {
		um[i] = 0.4 * rng.NormFloat64()
	}
	for s := range schools {
		l := s * las / schools
		u, v, a, f := 2.2*rng.NormFloat64(), 0.05*rng.NormFloat64(), float64(rng.IntN(2)), rng.Float64()
		for m := range months {
			i := s*months + m
			one[i], arm[i], fsm[i], time[i] = 1, a, f, float64(m-12)
			if m >= 12 {
				post[i] = 1
			}
			both[i] = a * post[i]
			la[i], school[i], month[i] = int32(l), int32(s), int32(m)
			y[i] = 50 + ula[l] + u + um[m] + v*time[i] - 6*f + 0.8*both[i] + 4*rng.NormFloat64()
		}
	}
	names := func(k int) []string {
		out := make([]string, k)
		for i := range out {
			out[i] = strconv.Itoa(i)
		}
		return out
	}
	return example{columns: [][]float64{one, arm, post, fsm, both}, y: y, random: []formula.Random{
		{Group: "school", Levels: names(schools), Index: school, Names: []string{"(Intercept)"}, Z: [][]float64{nil}},
		{Group: "la", Levels: names(las), Index: la, Names: []string{"(Intercept)"}, Z: [][]float64{nil}},
		{Group: "school", Levels: names(schools), Index: school, Names: []string{"(Intercept)", "time"}, Z: [][]float64{nil, time}, Correlated: true},
		{Group: "month", Levels: names(months), Index: month, Names: []string{"(Intercept)"}, Z: [][]float64{nil}},
	}}
}

// BenchmarkLinear fits from columns in memory to coefficients with
// Satterthwaite degrees of freedom.
func BenchmarkLinear(b *testing.B) {
	for _, size := range []struct{ schools, las int }{{280, 21}, {3000, 150}, {24000, 153}} {
		e := panel(size.schools, size.las, 36)
		for _, kind := range []struct {
			name  string
			terms []int
		}{{"school", []int{0}}, {"nested", []int{0, 1}}, {"slope", []int{2}}, {"crossed", []int{0, 3}}} {
			one := e
			one.random = nil
			for _, t := range kind.terms {
				one.random = append(one.random, e.random[t])
			}
			b.Run(fmt.Sprintf("%s-%d", kind.name, size.schools), func(b *testing.B) {
				evaluations := 0
				for b.Loop() {
					f, err := one.system(b).criterion(true).fit(context.Background())
					if err != nil || !f.converged {
						b.Fatal(err)
					}
					s := newSatterthwaite(newSensitivity(f))
					if df := s.df(f.basis.contrast([]float64{0, 0, 0, 0, 1})); !(df > 1) {
						b.Fatal(df)
					}
					evaluations = f.evaluations
				}
				b.ReportMetric(float64(evaluations), "evaluations")
			})
		}
	}
}
