package mixed

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"swis/dataset/table"
)

// oneWay is a balanced table of schools with a random intercept and slope and a
// residual of sd 1.
func oneWay(t *testing.T, seed uint64, schools, rows int, intercept, slope float64) *table.Table {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	var b strings.Builder
	b.WriteString("school,la,x,arm,y\n")
	for s := range schools {
		a, c := intercept*rng.NormFloat64(), slope*rng.NormFloat64()
		for i := range rows {
			x := float64(i)/float64(rows-1) - 0.5
			fmt.Fprintf(&b, "s%d,la%d,%g,%d,%.17g\n", s, s%5, x, s%2, 3+a+c*x+rng.NormFloat64())
		}
	}
	data, err := table.Read([]byte(b.String()), "one-way.csv")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// On columns that have been translated the criterion, its gradient and the
// effects are those of plain cross-products.
func TestTranslationIsTheSameCriterion(t *testing.T) {
	for seed := range uint64(4) {
		for _, e := range examples(seed) {
			groups := gather(e.random)
			for _, g := range groups {
				if err := g.orthonormalise(e.weights); err != nil {
					t.Fatal(err)
				}
			}
			s := newSystem(groups, e.columns, e.y, e.weights)
			if s.translation != nil || s.p != len(e.columns) {
				t.Fatalf("%s: not a plain system", e.name)
			}
			for _, reml := range []bool{true, false} {
				s.translation = nil
				plain := s.criterion(reml)
				s.translate(s.visitor(e.columns, e.y, e.weights))
				moved := s.criterion(reml)
				rng := rand.New(rand.NewPCG(seed, 2))
				for draw := range 10 {
					theta := make([]float64, len(s.params))
					for i := range theta {
						theta[i] = rng.NormFloat64()
						if s.params[i].diagonal() {
							theta[i] = math.Exp(theta[i])
						}
					}
					if draw%4 == 0 {
						theta[0] = 0
					}
					a, _ := plain.value(theta)
					b, _ := moved.value(theta)
					near(t, e.name+" value", b, a, 1e-11*math.Abs(a))
					ga, gb := make([]float64, len(theta)), make([]float64, len(theta))
					plain.gradient(ga)
					moved.gradient(gb)
					for i := range ga {
						near(t, fmt.Sprintf("%s gradient %d", e.name, i), gb[i], ga[i], 1e-8*(1+math.Abs(ga[i])))
					}
					for i := range plain.effects {
						near(t, e.name+" effects", moved.effects[i], plain.effects[i], 1e-8*(1+math.Abs(plain.effects[i])))
					}
				}
			}
		}
	}
}

// A balanced one-way table has its REML estimates in closed form: sigma^2 is the
// mean square within, sigma^2 + n tau^2 the mean square between, and the variance
// of the mean is MSB/N, however far apart the two are.
func TestExtremeScalesAgreeWithAnalysisOfVariance(t *testing.T) {
	const schools, rows = 40, 8
	for _, scale := range []float64{1, 1e2, 1e4, 1e6, 1e8} {
		data := oneWay(t, 11, schools, rows, scale, 0)
		r, err := Linear{Formula: "y ~ 1 + (1 | school)"}.Estimate(context.Background(), data)
		if err != nil {
			t.Fatal(err)
		}
		y, err := data.Numeric("y")
		if err != nil {
			t.Fatal(err)
		}
		var within, between, grand float64
		for _, v := range y.Values {
			grand += v / (schools * rows)
		}
		for s := range schools {
			var mean float64
			for _, v := range y.Values[s*rows : (s+1)*rows] {
				mean += v / rows
			}
			for _, v := range y.Values[s*rows : (s+1)*rows] {
				within += (v - mean) * (v - mean) / (schools * (rows - 1))
			}
			between += rows * (mean - grand) * (mean - grand) / (schools - 1)
		}
		if r.Fit.Status != "converged" {
			t.Errorf("scale %g: %s", scale, r.Fit.Status)
		}
		// Doubles hold the response to 1e-16 of its size.
		digits := max(1e-8, 1e-14*scale)
		near(t, fmt.Sprintf("scale %g sigma", scale), *r.Fit.Sigma, math.Sqrt(within), digits*math.Sqrt(within))
		tau := math.Sqrt((between - within) / rows)
		near(t, fmt.Sprintf("scale %g sd of schools", scale), *r.RandomEffects[0].SD, tau, 1e-6*tau)
		mean := math.Sqrt(between / (schools * rows))
		near(t, fmt.Sprintf("scale %g std error", scale), *r.Estimates[0].StdError, mean, 1e-6*mean)
	}
}
