package glmm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"swis/analysis"
	"swis/dataset/table"
)

// Positive counts of a logarithmic distribution are the limit theta = 0 of
// truncated negative binomial ones: never converged, and said.
func TestThetaOfAHurdleAtZero(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	const n = 3000
	y, arm := make([]float64, n), make([]float64, n)
	for i := range n {
		arm[i] = float64(i % 2)
		if r.Float64() < 0.3 {
			continue
		}
		// Kemp's (1981) draw of a logarithmic count, with more ones added.
		q := 1 - math.Pow(1-0.8, r.Float64())
		y[i] = math.Floor(1 + math.Log(r.Float64())/math.Log(q))
		if r.Float64() < 0.3 {
			y[i] = 1
		}
	}
	data := table.Build("logarithmic", n).Numbers("arm", arm).Numbers("y", y).Table()
	res := estimate(t, Generalised{Formula: "y ~ arm", Family: "negbin", Hurdle: "~ arm"}, data)
	if res.Fit.Status != analysis.NotConverged || !slices.ContainsFunc(res.Notes, func(n analysis.Note) bool { return n.Code == "theta_zero" }) {
		t.Errorf("%s %v", res.Fit.Status, res.Notes)
	}
}
