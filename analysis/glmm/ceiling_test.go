package glmm

import (
	"context"
	"math"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

// log P(Y >= c) in both tails, against R's ppois and pnbinom (4.2.2, log.p).
func TestSurvivalAgainstR(t *testing.T) {
	for _, x := range []struct {
		base               base
		c, mu, scale, want float64
	}{
		{poisson, 5, 2, 1, -2.944031732572}, {poisson, 200, 50, 1, -130.5418996122}, {poisson, 3, 900, 1, 0}, {poisson, 900, 1000, 1, -0.0006227916787586},
		{negbin2, 30, 3, 0.7, -7.113298614185}, {negbin2, 365, 400, 0.05, -2.106485281855}, {negbin2, 365, 20, 0.3, -7.815645336173},
		{negbin2, 365, 2, 5, -438.1511751942}, {negbin2, 10, 5000, 2, -8.771933303395e-06}, {negbin2, 60, 40, 1e5, -6.274623998818},
		{negbin1, 30, 3, 0.7, -19.04865734486}, {negbin1, 365, 200, 80, -2.247695342637}, {negbin1, 365, 10, 4, -75.27491436718}, {negbin1, 5, 900, 3, 0},
	} {
		k := kernel{base: x.base, ceiling: true}
		at := func(eta, phi float64) (v pieces) {
			k.survival(&v, x.c, 1, eta, math.Exp(phi), math.Log1p(math.Exp(phi)), true)
			return v
		}
		eta, phi := math.Log(x.mu), math.Log(x.scale)
		v := at(eta, phi)
		if math.Abs(v.s-x.want) > 1e-9*math.Abs(x.want)+1e-13 {
			t.Errorf("base %d, at least %g with mean %g and %g: %.13g, R has %.13g", x.base, x.c, x.mu, x.scale, v.s, x.want)
		}
		// The derivatives, one order from the next.
		differences := func(what string, got float64, f func(h float64) float64) {
			const h = 1e-3
			want := (8*(f(h)-f(-h)) - (f(2*h) - f(-2*h))) / (12 * h)
			if math.Abs(got-want) > 2e-6*math.Abs(want)+1e-8*(1+math.Abs(v.s)) {
				t.Errorf("base %d, c %g, mean %g, %g: %s %.10g, differences %.10g", x.base, x.c, x.mu, x.scale, what, got, want)
			}
		}
		differences("s1", v.s1, func(h float64) float64 { return at(eta+h, phi).s })
		differences("s2", v.s2, func(h float64) float64 { return at(eta+h, phi).s1 })
		differences("s3", v.s3, func(h float64) float64 { return at(eta+h, phi).s2 })
		if x.base != poisson {
			differences("sp", v.sp, func(h float64) float64 { return at(eta, phi+h).s })
			differences("s1p", v.s1p, func(h float64) float64 { return at(eta, phi+h).s1 })
			differences("s2p", v.s2p, func(h float64) float64 { return at(eta, phi+h).s2 })
		}
	}
}

// The mean of min(Y, c) is the sum of P(Y >= j) for j up to c.
func TestMeanUpToTheCeiling(t *testing.T) {
	for _, b := range []base{poisson, negbin2, negbin1} {
		for _, mu := range []float64{0.01, 3, 40, 900} {
			for _, c := range []float64{1, 7, 60, 365} {
				k := kernel{base: b, ceiling: true}
				got, none := k.upTo(c, math.Log(mu), 0.4)
				want := 0.0
				for j := 1.0; j <= c; j++ {
					var v pieces
					k.survival(&v, j, 1, math.Log(mu), math.Exp(0.4), math.Log1p(math.Exp(0.4)), false)
					want += math.Exp(v.s)
				}
				if math.Abs(got-want) > 1e-10*want {
					t.Errorf("base %d, mean %g, ceiling %g: %.13g, by tails %.13g", b, mu, c, got, want)
				}
				if zero := math.Exp(density(kernel{base: b}, 0, 1, 0, math.Log(mu), 0, 0.4)); math.Abs(none-zero) > 1e-12 {
					t.Errorf("base %d, mean %g: P(0) %g, want %g", b, mu, none, zero)
				}
			}
		}
	}
}

// Days in care of 160 children, 14 of them at the days available, against
// likelihoods written by hand and maximised in R 4.2.2 (optim, nlm, optimHess).
func TestCeilingAgainstHandLikelihoods(t *testing.T) {
	days, err := table.ReadFile("testdata/days.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		family, zero, hurdle string
		logLik               float64
		main, errors, zeros  []float64
		overall              float64
	}{
		{"negbin", "", "", -439.26639865, []float64{-1.3430169, 0.4773965, 0.2165676}, []float64{0.239660, 0.365561, 0.183706}, nil, 0.2760439},
		{"negbin", "~ arm", "", -426.50749561, []float64{-1.0725617, 0.5869028, 0.1892298}, []float64{0.150114, 0.238980, 0.120949}, []float64{-0.8811600, 0.5806497}, 0.2062619},
		{"negbin", "", "~ arm", -320.03935759 - 106.8468362, []float64{-1.0628523, 0.5647349, 0.1747142}, []float64{0.150400, 0.237532, 0.120555}, []float64{-0.6190392, 0.4183685}, 0.2081810},
		{"negbin1", "", "", -450.59207509, []float64{-1.0353047, -0.2363132, -0.0928553}, []float64{0.196974, 0.197345, 0.096044}, nil, math.NaN()},
		{"poisson", "~ 1", "", -841.93725637, []float64{-1.0839430, 0.3593250, 0.0720132}, []float64{0.035031, 0.047322, 0.025564}, []float64{-0.4060217}, math.NaN()},
	} {
		r := estimate(t, Generalised{Formula: "y ~ arm + x", Family: x.family, Exposure: "available", ZeroInflation: x.zero, Hurdle: x.hurdle, Ceiling: "available"}, days)
		what := x.family + x.zero + x.hurdle
		if r.Fit.Status != analysis.Converged {
			t.Errorf("%s: %s", what, r.Fit.Status)
		}
		near(t, what+" logLik", r.Fit.LogLik, analysis.Num(x.logLik), 1e-8)
		for i, want := range append(x.main, x.zeros...) {
			e := r.Estimates[i]
			near(t, what+" "+e.Term, e.Estimate, analysis.Num(want), 1e-5)
			if i < len(x.errors) {
				near(t, what+" error of "+e.Term, e.StdError, analysis.Num(x.errors[i]), 2e-5)
			}
		}
		if !math.IsNaN(x.overall) {
			near(t, what+" overall", r.Find("overall:arm").Estimate, analysis.Num(x.overall), 1e-5)
		}
		if what == "negbin" {
			near(t, "difference", r.Find("overall:arm").Difference, analysis.Num(65.871099), 1e-5)
		}
	}
}

// A ceiling that nothing reaches changes no coefficient, and the same bootstrap
// and simulation respect it.
func TestCeilingOutOfReach(t *testing.T) {
	p := newPanel(5, 24, 6)
	data := p.table(p.all())
	far := make([]float64, len(p.y))
	for i := range far {
		far[i] = 5000
	}
	data = data.With("most", far)
	for _, family := range []string{"poisson", "negbin", "negbin1"} {
		g := Generalised{Formula: "y ~ arm*post + (1 | school)", Family: family, Exposure: "pupils"}
		without := estimate(t, g, data)
		g.Ceiling = "most"
		with := estimate(t, g, data)
		near(t, family+" logLik", with.Fit.LogLik, without.Fit.LogLik, 1e-9)
		for i, e := range without.Estimates {
			near(t, family+" "+e.Term, with.Estimates[i].Estimate, e.Estimate, 1e-6)
			near(t, family+" error of "+e.Term, with.Estimates[i].StdError, e.StdError, 1e-5)
		}
		near(t, family+" difference", with.Find("overall:arm:post").Difference, without.Find("arm:post").Difference, 1e-6)
	}
}

// Outcomes drawn from a fit with a ceiling stay under it, and fitting them again
// without the ceiling is biased towards no effect where fitting with it is not.
func TestCeilingRecovery(t *testing.T) {
	p := newPanel(6, 60, 8)
	most := make([]float64, len(p.y))
	for i := range most {
		most[i] = 3
		p.y[i] = min(p.y[i], 3)
	}
	g := Generalised{Formula: "y ~ arm*post + (1 | school)", Family: "poisson", Ceiling: "most"}
	truth := Truth{Coefficients: map[string]float64{"(Intercept)": 0.7, "arm:post": 0.8}, SD: map[string]float64{"school": 0.4}}
	s, err := g.Simulate(context.Background(), p.table(p.all()).With("most", most), truth, "arm:post", 0.05, 60, "1")
	if err != nil {
		t.Fatal(err)
	}
	if off := math.Abs(s.Mean - 0.8); off > 4*s.SD/math.Sqrt(60) || s.Coverage < 0.85 {
		t.Errorf("mean %.3f (spread %.3f), coverage %.2f; truth 0.8", s.Mean, s.SD, s.Coverage)
	}
	if math.Abs(s.MeanError/s.SD-1) > 0.35 {
		t.Errorf("mean error %.3f, spread %.3f", s.MeanError, s.SD)
	}
}

func TestCeilingRefusals(t *testing.T) {
	days, err := table.ReadFile("testdata/days.csv")
	if err != nil {
		t.Fatal(err)
	}
	n := days.Rows()
	low, half, all := make([]float64, n), make([]float64, n), make([]float64, n)
	y, err := days.Numeric("y")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		low[i], half[i], all[i] = 1, 2.5, max(1, y.Values[i])
	}
	days = days.With("low", low).With("half", half).With("all", all).With("positive", all)
	for ceiling, want := range map[string]string{"low": "above its ceiling", "half": "whole number"} {
		_, err := Generalised{Formula: "y ~ arm", Family: "poisson", Ceiling: ceiling}.Estimate(context.Background(), days)
		if _, ok := err.(dataset.Problems); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", ceiling, err)
		}
	}
	for _, g := range []Generalised{{Formula: "positive ~ arm", Family: "poisson", Ceiling: "all"}, {Formula: "y ~ arm", Family: "poisson", Hurdle: "~ 1", Ceiling: "all"}} {
		if _, err := g.Estimate(context.Background(), days); err == nil || !strings.Contains(err.Error(), "at its ceiling in every row") {
			t.Errorf("%s: %v", g.Formula, err)
		}
	}
	if _, err := (Generalised{Formula: "positive ~ arm + (1 | school)", Family: "gamma", Ceiling: "available"}).Estimate(context.Background(), days); err == nil {
		t.Error("a gamma model with a ceiling was fitted")
	}
}

// An arm that is always at its ceiling has no finite coefficient.
func TestArmAtTheCeiling(t *testing.T) {
	p := newPanel(7, 24, 6)
	most := make([]float64, len(p.y))
	for i := range most {
		most[i] = 4
		p.y[i] = min(p.y[i], 4)
		if p.arm[i] == 1 {
			p.y[i] = 4
		}
	}
	r := estimate(t, Generalised{Formula: "y ~ arm + (1 | school)", Family: "poisson", Ceiling: "most"}, p.table(p.all()).With("most", most))
	if r.Fit.Status != analysis.Separated || r.Find("arm").Estimate != nil {
		t.Errorf("%s, arm %v", r.Fit.Status, deref(r.Find("arm").Estimate))
	}
}
