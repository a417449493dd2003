package glmm

import (
	"context"
	"math"
	"strings"
	"testing"

	"swis/analysis"
	"swis/analysis/distribution"
)

// Fits of drawn outcomes recover the values that they were drawn under: the
// mean within four Monte Carlo errors of the truth, standard errors as large
// as the spread, intervals that hold the truth as often as they say.
func TestRecovery(t *testing.T) {
	if testing.Short() {
		t.Skip("simulation")
	}
	data := newPanel(3, 48, 6).table(newPanel(3, 48, 6).all())
	truth := Truth{Coefficients: map[string]float64{"(Intercept)": -4.8, "arm": 0.1, "post": 0.2, "arm:post": -0.3},
		SD: map[string]float64{"school": 0.5, "area": 0.3}, Theta: 2, Dispersion: 0.8,
		ZeroCoefficients: map[string]float64{"(Intercept)": -1.2, "arm": 0.4}}
	const formula = "y ~ arm*post + (1 | school)"
	for _, c := range []struct {
		g    Generalised
		bias float64 // allowed beyond Monte Carlo error, for the bias of small samples
	}{
		{Generalised{Formula: "y ~ arm*post + (1 | area) + (1 | school)", Family: "poisson", Exposure: "pupils"}, 0},
		{Generalised{Formula: formula, Family: "negbin", Exposure: "pupils"}, 0},
		{Generalised{Formula: formula, Family: "negbin1", Exposure: "pupils"}, 0},
		{Generalised{Formula: formula, Family: "poisson", Exposure: "pupils", ZeroInflation: "~ arm"}, 0.01},
		{Generalised{Formula: formula, Family: "negbin", Exposure: "pupils", Hurdle: "~ arm"}, 0.02},
		{Generalised{Formula: formula, Family: "gamma", Exposure: "pupils"}, 0},
	} {
		one := truth
		one.SD = map[string]float64{"school": 0.5}
		if c.g.Formula != formula {
			one = truth
		}
		if c.g.ZeroInflation+c.g.Hurdle == "" {
			one.ZeroCoefficients = nil
		}
		s, err := c.g.Simulate(context.Background(), data, one, "arm:post", 0.05, 200, "1")
		if err != nil {
			t.Fatal(err)
		}
		fitted := float64(s.Reps - s.Failed)
		t.Logf("%s zi %q hurdle %q: mean %.3f sd %.3f se %.3f coverage %.3f power %.2f failed %d", c.g.Family, c.g.ZeroInflation, c.g.Hurdle, s.Mean, s.SD, s.MeanError, s.Coverage, s.Power, s.Failed)
		if math.Abs(s.Mean+0.3) > 4*s.SD/math.Sqrt(fitted)+c.bias {
			t.Errorf("mean %.3f", s.Mean)
		}
		if math.Abs(s.MeanError/s.SD-1) > 0.2 {
			t.Errorf("standard error %.3f, spread %.3f", s.MeanError, s.SD)
		}
		if s.Coverage < 0.88 || s.Failed > 6 {
			t.Errorf("coverage %.3f, %d failed", s.Coverage, s.Failed)
		}
	}
}

// The draws do not depend on anything but the seed.
func TestSimulationIsRepeatable(t *testing.T) {
	data := newPanel(3, 12, 4).table(newPanel(3, 12, 4).all())
	g := Generalised{Formula: "y ~ arm*post + (1 | school)", Family: "poisson", Exposure: "pupils"}
	truth := Truth{Coefficients: map[string]float64{"(Intercept)": -5}, SD: map[string]float64{"school": 0.5}}
	run := func(seed string) Simulation {
		s, err := g.Simulate(context.Background(), data, truth, "arm:post", 0.05, 20, seed)
		if err != nil {
			t.Fatal(err)
		}
		return *s
	}
	if a, b := run("x"), run("x"); a != b {
		t.Errorf("%+v and %+v", a, b)
	}
	if a, b := run("x"), run("y"); a == b {
		t.Error("the seed changes nothing")
	}
}

// At the profile limits the likelihood, maximised over all else by a fresh fit
// with the coefficient as an offset, has fallen by half the chi-squared quantile.
func TestProfileLimits(t *testing.T) {
	p := newPanel(4, 36, 8)
	data := p.table(p.all())
	g := Generalised{Formula: "y ~ arm + post + (1 | school)", Family: "negbin", Exposure: "pupils", CI: "profile"}
	r := estimate(t, g, data)
	arm := r.Find("arm")
	wald := estimate(t, Generalised{Formula: g.Formula, Family: g.Family, Exposure: g.Exposure}, data).Find("arm")
	if math.Abs(*arm.ConfLow-*wald.ConfLow) > 0.1*(*wald.ConfHigh-*wald.ConfLow) {
		t.Errorf("profile %g, Wald %g", *arm.ConfLow, *wald.ConfLow)
	}
	z := distribution.NormalQuantile(0.975)
	for _, limit := range []float64{*arm.ConfLow, *arm.ConfHigh} {
		offset := make([]float64, len(p.arm))
		for i, a := range p.arm {
			offset[i] = limit * a
		}
		held := estimate(t, Generalised{Formula: "y ~ post + offset(o) + (1 | school)", Family: "negbin", Exposure: "pupils"}, data.With("o", offset))
		if fall := 2 * (*r.Fit.LogLik - *held.Fit.LogLik); math.Abs(fall-z*z) > 1e-4 {
			t.Errorf("deviance rises by %.6f at %g, want %.6f", fall, limit, z*z)
		}
	}
	sd := r.RandomEffects[0]
	if sd.SDLow == nil || sd.SDHigh == nil || !(*sd.SDLow < *sd.SD && *sd.SD < *sd.SDHigh) {
		t.Errorf("sd %v [%v, %v]", deref(sd.SD), deref(sd.SDLow), deref(sd.SDHigh))
	}
}

// Percentile limits of the parametric bootstrap lie near the Wald limits where
// the sample is not small.
func TestBootstrap(t *testing.T) {
	p := newPanel(4, 36, 6)
	data := p.table(p.all())
	g := Generalised{Formula: "y ~ arm*post + (1 | school)", Family: "poisson", Exposure: "pupils", Hurdle: "~ arm", CI: "bootstrap", Reps: 200, Seed: "5"}
	r := estimate(t, g, data)
	g.CI = ""
	wald := estimate(t, g, data)
	for _, part := range []analysis.Part{analysis.MainPart, analysis.ZeroPart} {
		for i := range r.Estimates {
			a, b := r.Estimates[i], wald.Estimates[i]
			if a.Part != part {
				continue
			}
			width := *b.ConfHigh - *b.ConfLow
			if math.Abs(*a.ConfLow-*b.ConfLow) > 0.25*width || math.Abs(*a.ConfHigh-*b.ConfHigh) > 0.25*width {
				t.Errorf("%s %s: bootstrap %.3f to %.3f, Wald %.3f to %.3f", part, a.Term, *a.ConfLow, *a.ConfHigh, *b.ConfLow, *b.ConfHigh)
			}
		}
	}
}

// The spread of a bootstrap of clusters is that of the cluster-robust sandwich,
// here of the logit of a zero, written out.
func TestClusterBootstrapAgainstTheSandwich(t *testing.T) {
	p := newPanel(4, 72, 6)
	data := p.table(p.all())
	g := Generalised{Formula: "y ~ arm", Family: "poisson", Exposure: "pupils", Hurdle: "~ arm", CI: "clusters", Cluster: "school", Reps: 400}
	r := estimate(t, g, data)
	var zeros, n [2]float64
	for i, y := range p.y {
		n[int(p.arm[i])]++
		if y == 0 {
			zeros[int(p.arm[i])]++
		}
	}
	// The arm's logit is that of its share of zeros: its score by school over
	// n p (1 - p) is the school's influence.
	variance := 0.0
	for s := 0; s < len(p.y); s += 6 {
		a := int(p.arm[s])
		share := zeros[a] / n[a]
		score := 0.0
		for i := s; i < s+6; i++ {
			if p.y[i] == 0 {
				score += 1 - share
			} else {
				score -= share
			}
		}
		influence := score / (n[a] * share * (1 - share))
		variance += influence * influence
	}
	for _, e := range r.Estimates {
		if e.Term == "arm" && e.Part == analysis.ZeroPart {
			if want := math.Sqrt(variance); math.Abs(*e.StdError/want-1) > 0.12 {
				t.Errorf("bootstrap %.4f, sandwich %.4f", *e.StdError, want)
			}
			return
		}
	}
	t.Error("no zero part")
}

// Intervals hold the truth in about 95 of 100 draws from the fit.
func TestCoverage(t *testing.T) {
	p := newPanel(4, 48, 6)
	r := estimate(t, Generalised{Formula: "y ~ arm*post + (1 | school)", Family: "poisson", Exposure: "pupils", Hurdle: "~ arm", Coverage: 200}, p.table(p.all()))
	found := 0
	for _, c := range r.Checks {
		if strings.HasPrefix(c.Name, "coverage:") {
			found++
			if *c.Value < 0.88 || *c.Value > 0.995 {
				t.Errorf("%s %g", c.Name, *c.Value)
			}
		}
	}
	if found != 6 {
		t.Errorf("%d coverages, want 6", found)
	}
}
