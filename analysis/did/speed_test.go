package did

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"swis/dataset/table"
)

// benchmarkTable is a panel of counts, half of the schools treated from two
// thirds of the months on.
func benchmarkTable(units, periods int) *table.Table {
	r := rand.New(rand.NewPCG(5, 6))
	n := units * periods
	school := make([]string, n)
	month, arm, pupils, s47 := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range units {
		size, level := 100+1000*r.Float64(), math.Exp(0.5*r.NormFloat64())
		for t := range periods {
			k := i*periods + t
			school[k] = fmt.Sprintf("S%05d", i)
			month[k], arm[k], pupils[k] = float64(t+1), float64(i%2), math.Round(size)
			rate := 0.003 * size * level
			for e := r.ExpFloat64(); e < rate; e += r.ExpFloat64() {
				s47[k]++
			}
		}
	}
	return table.Build("benchmark", n).Texts("school", school).Numbers("month", month).Numbers("arm", arm).Numbers("pupils", pupils).Numbers("s47", s47).Table()
}

// BenchmarkPoissonDiD280 is the whole analysis in memory: fit, CR2, and the
// pre-trend test of 23 earlier months.
func BenchmarkPoissonDiD280(b *testing.B) {
	t := benchmarkTable(280, 36)
	e := TwoWay{Data: Data{Outcome: "s47", Unit: "school", Time: "month", Treated: "arm", Start: "25", Exposure: "pupils"}, Family: "poisson"}
	for b.Loop() {
		if _, err := e.Estimate(context.Background(), t); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGroupTime3000 is all group-time effects of 3,000 schools in 36 months
// with four cohorts, the four aggregations and 1,000 multiplier draws of each band.
func BenchmarkGroupTime3000(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 8))
	units, periods := 3000, 36
	n := units * periods
	school, cohort := make([]string, n), make([]string, n)
	month, x, y := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range units {
		start := []int{13, 19, 25, 31, 0}[i%5]
		covariate, level := r.NormFloat64(), r.NormFloat64()
		for t := range periods {
			k := i*periods + t
			school[k], cohort[k] = fmt.Sprintf("S%05d", i), fmt.Sprint(start)
			month[k], x[k] = float64(t+1), covariate
			y[k] = level + 0.1*covariate*float64(t) + r.NormFloat64()
		}
	}
	data := table.Build("benchmark", n).Texts("school", school).Texts("cohort", cohort).Numbers("month", month).Numbers("x", x).Numbers("y", y).Table()
	e := CallawaySantAnna{Data: Data{Outcome: "y", Unit: "school", Time: "month", Cohort: "cohort", Covariates: []string{"x"}}}
	for b.Loop() {
		if _, err := e.Estimate(context.Background(), data); err != nil {
			b.Fatal(err)
		}
	}
}
