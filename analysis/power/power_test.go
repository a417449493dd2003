package power

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset/table"
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
		x[i] = infer.PoissonDraw(rng, infer.GammaDraw(rng, k)*rate*y) / y
		mean += x[i] / float64(n)
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(n-1)
	}
	return mean, variance
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

// Means and variances of the draws, over both methods of the Poisson.
func TestDraws(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for name, c := range map[string]struct {
		draw           func() float64
		mean, variance float64
	}{
		"poisson 3":  {func() float64 { return infer.PoissonDraw(rng, 3) }, 3, 3},
		"poisson 90": {func() float64 { return infer.PoissonDraw(rng, 90) }, 90, 90},
		"gamma .4":   {func() float64 { return infer.GammaDraw(rng, 0.4) }, 1, 0.16},
		"gamma 1.5":  {func() float64 { return infer.GammaDraw(rng, 1.5) }, 1, 2.25},
	} {
		const n = 100000
		mean, squares := 0.0, 0.0
		for i := range n {
			x := c.draw()
			step := x - mean
			mean += step / float64(i+1)
			squares += step * (x - mean)
		}
		variance := squares / (n - 1)
		if se := math.Sqrt(c.variance / n); math.Abs(mean-c.mean) > 5*se {
			t.Errorf("%s: mean %v, want %v", name, mean, c.mean)
		}
		if math.Abs(variance/c.variance-1) > 0.08 {
			t.Errorf("%s: variance %v, want %v", name, variance, c.variance)
		}
	}
}

// A simulated panel has the means, dispersion and effect it was asked for.
func TestSimulatedPanel(t *testing.T) {
	s := Schools{Intervention: 300, Comparison: 300, Before: 2, After: 2, Rate: 0.02, Exposure: 200, K: 0.3, Dispersion: 1.5}
	tab := s.Draw(rand.New(rand.NewPCG(1, 1)), 0.5)
	var sum, n [2][2]float64
	y, _ := tab.Numeric("events")
	arm, _ := tab.Numeric("swis")
	post, _ := tab.Numeric("post")
	for i := range y.Values {
		a, p := int(arm.Values[i]), int(post.Values[i])
		sum[a][p] += y.Values[i]
		n[a][p]++
	}
	ratio := sum[1][1] / sum[1][0] / (sum[0][1] / sum[0][0])
	if math.Abs(math.Log(ratio/0.5)) > 0.15 {
		t.Errorf("ratio of changes %v, want 0.5", ratio)
	}
	if mean := sum[0][0] / n[0][0]; math.Abs(mean-4) > 0.4 {
		t.Errorf("mean count %v, want 4", mean)
	}
	follow := s.FollowUp(rand.New(rand.NewPCG(1, 1)), 0.5)
	if follow.Rows() != 600 {
		t.Errorf("%d rows of follow-up, want a school each", follow.Rows())
	}
}

// logRates is a stand-in test: the difference of log mean counts.
type logRates struct{}

func (logRates) Method() analysis.Method { return analysis.Method{} }

func (logRates) Estimate(_ context.Context, data *table.Table) (*analysis.Result, error) {
	y, _ := data.Numeric("events")
	arm, _ := data.Numeric("swis")
	var sum [2]float64
	for i, v := range y.Values {
		sum[int(arm.Values[i])] += v
	}
	if sum[0] == 0 || sum[1] == 0 {
		return nil, analysis.NotEstimablef("an arm has no event")
	}
	e := infer.Wald("swis", math.Log(sum[1]/sum[0]), math.Sqrt(1/sum[1]+1/sum[0]), math.Inf(1), 0.95, analysis.Log)
	return &analysis.Result{Estimates: []analysis.Estimate{e}}, nil
}

// With Poisson counts and equal schools the log-ratio test has a known power.
func TestSimulatedPower(t *testing.T) {
	d := Simulated{Schools: Schools{Intervention: 20, Comparison: 20, After: 1, Rate: 0.05, Exposure: 100, Dispersion: 1}, Test: logRates{}, Term: "swis",
		Ratios: []float64{1, 0.75}, Alpha: 0.05, Trials: 4000, Seed: "1"}
	r, err := d.Result(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	if se := math.Sqrt(1.0/100 + 1.0/75); se > 0 {
		want = normalCDF(-math.Log(0.75)/se - 1.959964)
	}
	if got := value(t, r, "power_simulated:0.75"); math.Abs(got-want) > 0.03 {
		t.Errorf("simulated power %.3f, by formula %.3f", got, want)
	}
	if got := value(t, r, "power_simulated:1"); math.Abs(got-0.05) > 0.012 {
		t.Errorf("without an effect %.3f of trials are significant", got)
	}
	again, _ := d.Result(context.Background())
	if value(t, r, "power_simulated:0.75") != value(t, again, "power_simulated:0.75") {
		t.Error("the same seed gives another power")
	}
}
