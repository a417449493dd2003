package glmm

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"swis/dataset/table"
)

// benchPanel is a school-by-month panel in the shape of testdata/bench: LAs,
// schools with roll and free school meals, a start after a third of the months.
func benchPanel(schools, areas, months int) *table.Table {
	r := rand.New(rand.NewPCG(20240901, uint64(schools)))
	n := schools * months
	school, la := make([]string, 0, n), make([]string, 0, n)
	columns := map[string][]float64{}
	add := func(name string, v float64) { columns[name] = append(columns[name], v) }
	ula := make([]float64, areas)
	for i := range ula {
		ula[i] = 0.3 * r.NormFloat64()
	}
	for s := range schools {
		area := s * areas / schools
		u := ula[area] + 0.45*r.NormFloat64()
		roll, fsm, arm := math.Round(270*math.Exp(0.5*r.NormFloat64())), math.Round(1e4*(0.05+0.5*r.Float64()))/1e4, float64(s%2)
		for t := range months {
			post := 0.0
			if t >= months/3 {
				post = 1
			}
			pupils := math.Round(roll * (1 + 0.02*float64(t/12)*float64(s%3-1)))
			rate := pupils * math.Exp(-6.75+u+1.8*(fsm-0.25)-0.12*arm*post)
			days := 0.0
			if r.Float64() < 0.08 {
				days = math.Max(1, math.Round(22*math.Exp(0.9*r.NormFloat64())))
			}
			school, la = append(school, fmt.Sprint(100000+s)), append(la, fmt.Sprintf("LA%03d", area))
			add("arm", arm)
			add("post", post)
			add("month", float64(t+1))
			add("pupils", pupils)
			add("fsm", fsm)
			add("s47", count(r, rate*gammaDraw(r, 2)))
			add("days_care", days)
		}
	}
	b := table.Build("panel", n).Texts("school", school).Texts("la", la)
	for _, name := range []string{"arm", "post", "month", "pupils", "fsm", "s47", "days_care"} {
		b.Numbers(name, columns[name])
	}
	return b.Table()
}

func benchmark(b *testing.B, g Generalised, data *table.Table) {
	for b.Loop() {
		if _, err := g.Estimate(context.Background(), data); err != nil {
			b.Fatal(err)
		}
	}
}

const (
	countFormula = "s47 ~ arm*post + fsm + offset(log(pupils)) + (1 | la) + (1 | school)"
	daysFormula  = "days_care ~ arm*post + fsm + offset(log(pupils)) + (1 | school)"
)

// The models of the peers' timings (testdata/bench), from the table in memory to
// the result with standard errors.
func BenchmarkPanel280(b *testing.B) {
	data := benchPanel(280, 21, 36)
	for _, c := range []struct {
		name string
		g    Generalised
	}{
		{"PoissonNested", Generalised{Formula: countFormula, Family: "poisson"}},
		{"PoissonQuadrature10", Generalised{Formula: "s47 ~ arm*post + fsm + offset(log(pupils)) + (1 | school)", Family: "poisson", Quadrature: 10}},
		{"NegBinNested", Generalised{Formula: countFormula, Family: "negbin"}},
		{"NegBin1Nested", Generalised{Formula: countFormula, Family: "negbin1"}},
		{"ZeroInflatedNegBin", Generalised{Formula: daysFormula, Family: "negbin", ZeroInflation: "~ arm*post"}},
		{"HurdleNegBin", Generalised{Formula: daysFormula, Family: "negbin", Hurdle: "~ arm*post + fsm + (1 | school)"}},
		{"PoissonCrossed", Generalised{Formula: "s47 ~ arm*post + fsm + offset(log(pupils)) + (1 | school) + (1 | month)", Family: "poisson"}},
		{"PoissonSlope", Generalised{Formula: "s47 ~ arm*post + fsm + month + offset(log(pupils)) + (1 + month | school)", Family: "poisson"}},
	} {
		b.Run(c.name, func(b *testing.B) { benchmark(b, c.g, data) })
	}
}

// The country: 24,000 schools by 36 months in 153 areas.
func BenchmarkNational(b *testing.B) {
	if testing.Short() {
		b.Skip("864,000 rows")
	}
	data := benchPanel(24000, 153, 36)
	b.Run("PoissonNested", func(b *testing.B) { benchmark(b, Generalised{Formula: countFormula, Family: "poisson"}, data) })
}

// A hundred simulated refits of schools before and after, two intercepts.
func BenchmarkHundredRefits(b *testing.B) {
	data := benchPanel(280, 21, 2)
	g := Generalised{Formula: countFormula, Family: "poisson"}
	truth := Truth{Coefficients: map[string]float64{"(Intercept)": -3, "arm:post": -0.2}, SD: map[string]float64{"la": 0.2, "school": 0.5}}
	for b.Loop() {
		if _, err := g.Simulate(context.Background(), data, truth, "arm:post", 0.05, 100, "1"); err != nil {
			b.Fatal(err)
		}
	}
}
