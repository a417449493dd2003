package mixed

import (
	"context"
	"math"
	"strings"
	"testing"
)

// Where the residual is small beside the effects, the correlation of random
// effects is nearly a sample correlation of as many pairs as there are schools,
// whose Fisher z has variance 1/n (Fisher 1921): the limits must be those.
func TestCorrelationLimitsAreFishers(t *testing.T) {
	const schools = 150
	data := oneWay(t, 5, schools, 12, 20, 40)
	for _, intervals := range []Intervals{WaldIntervals, BootstrapIntervals} {
		r, err := Linear{Formula: "y ~ x + (1 + x | school)", Intervals: intervals, Reps: 400, Seed: "3"}.Estimate(context.Background(), data)
		if err != nil {
			t.Fatal(err)
		}
		var rho, low, high float64
		for _, e := range r.RandomEffects {
			if e.With != "" {
				rho = *e.Correlation
			}
		}
		for _, c := range r.Checks {
			switch {
			case strings.HasPrefix(c.Name, "correlation_low:"):
				low = *c.Value
			case strings.HasPrefix(c.Name, "correlation_high:"):
				high = *c.Value
			}
		}
		half := 1.959964 / math.Sqrt(schools)
		tolerance := 0.02
		if intervals == BootstrapIntervals {
			tolerance = 0.2 // of 400 draws
		}
		if got := math.Atanh(high) - math.Atanh(rho); math.Abs(got/half-1) > tolerance {
			t.Errorf("%s: upper half width %g on Fisher's scale, want %g", intervals, got, half)
		}
		if got := math.Atanh(rho) - math.Atanh(low); math.Abs(got/half-1) > tolerance {
			t.Errorf("%s: lower half width %g on Fisher's scale, want %g", intervals, got, half)
		}
	}
}
