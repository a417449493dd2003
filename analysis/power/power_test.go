package power

import (
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis"
)

func value(t *testing.T, r *analysis.Result, name string) float64 {
	t.Helper()
	for _, c := range r.Checks {
		if c.Name == name {
			if c.Value == nil {
				t.Fatalf("check %s is null", name)
			}
			return *c.Value
		}
	}
	t.Fatalf("no check %s", name)
	return 0
}

func asked() Asked { return Asked{Power: 0.8, Alpha: 0.05, Clusters: math.NaN(), Ratio: 1} }

// Schools from an effect, power from both and effect from schools are one
// equation: going round gives what went in.
func TestDesignsGoRound(t *testing.T) {
	for _, ratio := range []float64{1, 2, 0.5} {
		a := asked()
		a.Ratio = ratio
		d := Rates{Asked: a, Rate0: 0.014, Rate1: 0.0105, PersonTime: 780, K: 0.42}
		r, err := d.Result()
		if err != nil {
			t.Fatal(err)
		}
		d.Clusters = value(t, r, "clusters_per_arm")
		r, err = d.Result()
		if err != nil {
			t.Fatal(err)
		}
		if p := value(t, r, "power"); math.Abs(p-0.8) > 1e-12 {
			t.Errorf("ratio %g: power of the computed schools is %v", ratio, p)
		}
		d.Rate1 = math.NaN()
		r, err = d.Result()
		if err != nil {
			t.Fatal(err)
		}
		if e := value(t, r, "mde_ratio"); math.Abs(e-0.75) > 1e-9 {
			t.Errorf("ratio %g: effect of the computed schools is %v", ratio, e)
		}
	}
}

// By hand: z = 1.959964 + 0.841621, z^2 = 7.848879; for means
// 2 * 7.848879 * (1 + 79 * 0.15) / (80 * 0.04) = 63.03632.
func TestMeansByHand(t *testing.T) {
	r, err := Means{Asked: asked(), Effect: 0.2, SD: 1, ClusterSize: 80, ICC: 0.15}.Result()
	if err != nil {
		t.Fatal(err)
	}
	if got := value(t, r, "clusters_per_arm"); math.Abs(got-63.03632) > 1e-4 {
		t.Errorf("clusters %v, want 63.03632", got)
	}
	unequal, _ := Means{Asked: asked(), Effect: 0.2, SD: 1, ClusterSize: 80, ICC: 0.15, CV: 0.5}.Result()
	if got := value(t, unequal, "design_effect"); math.Abs(got-(1+(1.25*80-1)*0.15)) > 1e-12 {
		t.Errorf("design effect with unequal sizes %v", got)
	}
}

// Simulated trials with gamma school rates and Poisson counts reject about as
// often as the formula says.
func TestRatesFormulaAgainstSimulation(t *testing.T) {
	const rate0, rate1, y, k, schools, trials = 0.02, 0.012, 400.0, 0.3, 16, 3000
	a := asked()
	a.Clusters = schools
	r, err := Rates{Asked: a, Rate0: rate0, Rate1: rate1, PersonTime: y, K: k}.Result()
	if err != nil {
		t.Fatal(err)
	}
	want := value(t, r, "power")
	rng := rand.New(rand.NewPCG(1, 2))
	const critical = 2.042 // t(30), 97.5%
	hits := 0
	for range trials {
		m0, v0 := schoolRates(rng, schools, rate0, y, k)
		m1, v1 := schoolRates(rng, schools, rate1, y, k)
		if math.Abs(m0-m1)/math.Sqrt((v0+v1)/schools) > critical {
			hits++
		}
	}
	if got := float64(hits) / trials; math.Abs(got-want) > 0.04 {
		t.Errorf("simulated power %.3f, formula %.3f", got, want)
	}
}

func schoolRates(rng *rand.Rand, n int, rate, y, k float64) (mean, variance float64) {
	x := make([]float64, n)
	for i := range x {
		shape := 1 / (k * k)
		x[i] = poisson(rng, gamma(rng, shape)*rate/shape*y) / y
		mean += x[i] / float64(n)
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(n-1)
	}
	return mean, variance
}

func poisson(rng *rand.Rand, mu float64) float64 {
	limit, p, n := math.Exp(-mu), 1.0, -1.0
	for p > limit {
		p *= rng.Float64()
		n++
	}
	return n
}

// gamma draws from a gamma distribution with shape above 1 (Marsaglia & Tsang 2000).
func gamma(rng *rand.Rand, shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(rng.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func TestRefusals(t *testing.T) {
	bad := []interface {
		Result() (*analysis.Result, error)
	}{
		Rates{Asked: asked(), Rate0: math.NaN(), PersonTime: 1, K: 0},
		Rates{Asked: asked(), Rate0: 0.01, Rate1: 0.01, PersonTime: 1000, K: 0},
		Rates{Asked: asked(), Rate0: 0.01, Rate1: math.NaN(), PersonTime: 1000, K: 0},
		MDES{Bloom: Bloom{Clusters: 2, ClusterSize: 10, ICC: 0.1, ShareTreated: 0.5}, Power: 0.8, Alpha: 0.05},
		Means{Asked: asked(), Effect: 0.2, SD: 1, ClusterSize: 80, ICC: 1.5},
	}
	for i, d := range bad {
		if _, err := d.Result(); err == nil {
			t.Errorf("design %d was accepted", i)
		}
	}
}

// A trial too small for any fall says so and leaves the number out.
func TestNoFallCanBeShown(t *testing.T) {
	a := asked()
	a.Clusters = 4
	r, err := Rates{Asked: a, Rate0: 0.001, Rate1: math.NaN(), PersonTime: 600, K: 0.2}.Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Checks {
		if c.Name == "mde_ratio" && c.Value != nil {
			t.Errorf("a fall to %v times is claimed to be detectable", *c.Value)
		}
	}
	if len(r.Notes) == 0 {
		t.Error("no note says that the trial is at the floor")
	}
}
