package mixed

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/dataset/table"
)

// growth is a made-up study of 18 subjects on days 0 to 9, drawn with the
// generator x -> 16807 x mod 2^31-1 so that any program can make the same rows.
func growth(slope, residual float64) [][]float64 {
	state := 20261
	uniform := func() float64 { state = state * 16807 % 2147483647; return float64(state) / 2147483647 }
	bell := func() float64 { return uniform() + uniform() + uniform() - 1.5 }
	out := make([][]float64, 18)
	for s := range out {
		z1, z2 := bell(), bell()
		for day := range 10 {
			y := 250 + 50*z1 + (10.5+slope*(0.4*z1+z2))*float64(day) + residual*bell()
			out[s] = append(out[s], math.Round(100*y)/100)
		}
	}
	return out
}

// growthDeviance is -2 log-likelihood of a growth study at given standard
// deviations and correlation, by the covariance matrix of a subject, with the
// fixed effects by generalised least squares.
func growthDeviance(y [][]float64, sd0, sd1, rho, sigma float64) float64 {
	v := mat.NewSymDense(10, nil)
	for a := range 10 {
		for b := range a + 1 {
			x := sd0*sd0 + rho*sd0*sd1*float64(a+b) + sd1*sd1*float64(a*b)
			if a == b {
				x += sigma * sigma
			}
			v.SetSym(a, b, x)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(v) {
		return math.Inf(1)
	}
	x := mat.NewDense(10, 2, nil)
	for a := range 10 {
		x.Set(a, 0, 1)
		x.Set(a, 1, float64(a))
	}
	var vx, xvx mat.Dense
	if chol.SolveTo(&vx, x) != nil {
		return math.Inf(1)
	}
	xvx.Mul(x.T(), &vx)
	mean := mat.NewVecDense(10, nil) // the design is balanced: least squares on the means
	for _, s := range y {
		mean.AddScaledVec(mean, 1/float64(len(y)), mat.NewVecDense(10, s))
	}
	var right, beta mat.VecDense
	right.MulVec(vx.T(), mean)
	if beta.SolveVec(&xvx, &right) != nil {
		return math.Inf(1)
	}
	var fitted mat.VecDense
	fitted.MulVec(x, &beta)
	d := float64(len(y)) * (10*math.Log(2*math.Pi) + chol.LogDet())
	for _, s := range y {
		var r, vr mat.VecDense
		r.SubVec(mat.NewVecDense(10, s), &fitted)
		if chol.SolveVecTo(&vr, &r) != nil {
			return math.Inf(1)
		}
		d += mat.Dot(&r, &vr)
	}
	return d
}

// growthMinimum minimises growthDeviance over the deviations at a correlation,
// by a search along coordinates.
func growthMinimum(y [][]float64, rho float64, start []float64) float64 {
	x := slices.Clone(start)
	value := func() float64 { return growthDeviance(y, x[0], x[1], rho, x[2]) }
	best := value()
	for scale := 0.1; scale > 1e-7; {
		improved := false
		for i := range x {
			for _, s := range []float64{1 + scale, 1 - scale} {
				old := x[i]
				x[i] *= s
				if v := value(); v < best-1e-12 {
					best, improved = v, true
				} else {
					x[i] = old
				}
			}
		}
		if !improved {
			scale /= 4
		}
	}
	return best
}

func (r correlationLimits) near(t *testing.T, want correlationLimits, tolerance float64) {
	t.Helper()
	near(t, "lower limit", r.low, want.low, tolerance)
	near(t, "upper limit", r.high, want.high, tolerance)
}

type correlationLimits struct{ low, high float64 }

func limitsOf(r *analysis.Result) correlationLimits {
	out := correlationLimits{math.NaN(), math.NaN()}
	for _, c := range r.Checks {
		switch {
		case c.Value == nil:
		case strings.HasPrefix(c.Name, "correlation_low:"):
			out.low = *c.Value
		case strings.HasPrefix(c.Name, "correlation_high:"):
			out.high = *c.Value
		}
	}
	return out
}

// The limits of the profile are those of confint(method = "profile") of lme4
// 1.1-31 (which interpolates its profile by splines, so to three digits or four),
// and at each the likelihood, minimised over the rest from the covariance matrix
// itself, has risen by 3.8415, unless the limit is the end of the scale.
func TestProfileOfACorrelation(t *testing.T) {
	for _, c := range []struct {
		slope, residual float64
		lme4            correlationLimits
		atOne           bool
	}{
		{14, 20, correlationLimits{-0.00186836468, 0.755126696}, false},
		{10, 50, correlationLimits{0.0797018658, 1}, true},
		{10, 70, correlationLimits{0.089520754, 1}, true}, // estimated as one
	} {
		y := growth(c.slope, c.residual)
		var b strings.Builder
		b.WriteString("subject,days,y\n")
		for s := range y {
			for day, v := range y[s] {
				fmt.Fprintf(&b, "s%d,%d,%g\n", s, day, v)
			}
		}
		data, err := table.Read([]byte(b.String()), "growth.csv")
		if err != nil {
			t.Fatal(err)
		}
		const formula = "y ~ days + (1 + days | subject)"
		r, err := Linear{Formula: formula, Intervals: ProfileIntervals}.Estimate(context.Background(), data)
		if err != nil {
			t.Fatal(err)
		}
		got := limitsOf(r)
		got.near(t, c.lme4, 5e-4)
		ml, err := Linear{Formula: formula, ML: true}.Estimate(context.Background(), data)
		if err != nil {
			t.Fatal(err)
		}
		start := []float64{*ml.RandomEffects[0].SD, *ml.RandomEffects[1].SD, *ml.Fit.Sigma}
		for _, limit := range []float64{got.low, got.high} {
			rise := growthMinimum(y, limit, start) - *ml.Fit.Deviance
			if limit == 1 {
				if !(rise < 3.841459) {
					t.Errorf("the likelihood at a correlation of one has risen by %g", rise)
				}
				continue
			}
			near(t, "rise at the limit", rise, 3.841459, 1e-4)
		}
		noted := slices.ContainsFunc(r.Notes, func(n analysis.Note) bool { return n.Code == "correlation_at_limit" })
		if noted != c.atOne {
			t.Errorf("note of the end of the scale: %v, want %v", noted, c.atOne)
		}
	}
}

// Held at its estimate a correlation leaves the deviance at its minimum, whatever
// the number of effects of the term, and the gradient is that of differences.
func TestHeldCorrelationIsTheSameCriterion(t *testing.T) {
	for _, e := range []example{examples(6)[3], examples(6)[4]} {
		f, err := e.model(t).system.criterion(false).fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		theta := slices.Clone(f.theta)
		k := f.groups[0].k()
		for i := range k {
			for j := range k {
				if i == j {
					continue
				}
				h, x := f.holdCorrelation(0, i, j, theta)
				h.rho = f.correlationAt(0, i, j, theta)
				v, _ := h.value(x)
				near(t, fmt.Sprintf("%s: deviance with the correlation of %d and %d held", e.name, i, j), v, f.deviance, 1e-8)
				h.rho, x[h.below] = 0.3, 0.1
				h.value(x)
				g := make([]float64, len(x))
				h.gradient(g)
				for a := range x {
					const step = 1e-5
					x[a] += step
					up, _ := h.value(x)
					x[a] -= 2 * step
					down, _ := h.value(x)
					x[a] += step
					near(t, fmt.Sprintf("%s: gradient %d", e.name, a), g[a], (up-down)/(2*step), 1e-4*(1+math.Abs(g[a])))
				}
			}
		}
	}
}
