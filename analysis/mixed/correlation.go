package mixed

import (
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/distribution"
)

// addCorrelationLimits gives the limits of the correlations of random effects on
// Fisher's scale: atanh(rho) is about normal, with the variance that the inverse
// Hessian of the profiled deviance gives it by the delta method. A correlation at
// one, or a fit on the boundary, has none.
func (m *model) addCorrelationLimits(r *analysis.Result, f *fit, l Linear) {
	if f.boundary || !f.converged || f.grouped != nil {
		return
	}
	n := len(f.params)
	h := append([]float64(nil), f.hessian...)
	inverse := invertPositive(h, n)
	if inverse == nil {
		return
	}
	theta := append([]float64(nil), f.theta...)
	z := distribution.NormalQuantile((1 + l.Level) / 2)
	for _, e := range r.RandomEffects {
		if e.With == "" || e.Correlation == nil || math.Abs(*e.Correlation) > 1-1e-9 {
			continue
		}
		gi, i := m.find(e.Group, e.Term)
		_, j := m.find(e.Group, e.With)
		fisher := func(theta []float64) float64 { return math.Atanh(f.correlationAt(gi, i, j, theta)) }
		gradient := make([]float64, n)
		for t, p := range f.params {
			if p.group != gi {
				continue
			}
			at := append([]float64(nil), theta...)
			step := 1e-5 * max(math.Abs(theta[t]), 0.1)
			at[t] += step
			up := fisher(at)
			at[t] -= 2 * step
			gradient[t] = (up - fisher(at)) / (2 * step)
		}
		se := math.Sqrt(2 * quadratic(gradient, inverse))
		center := math.Atanh(*e.Correlation)
		addCorrelation(r, e, analysis.Num(math.Tanh(center-z*se)), analysis.Num(math.Tanh(center+z*se)), l.Level, "Fisher's z, delta method")
	}
}

// addCorrelation adds the limits of one correlation.
func addCorrelation(r *analysis.Result, e analysis.RandomEffect, low, high analysis.Number, level float64, how string) {
	name := e.Group + ":" + e.Term + ":" + e.With
	r.Checks = append(r.Checks,
		analysis.Check{Name: "correlation_low:" + name, Value: low, Means: fmt.Sprintf("%g%% limit of the correlation of %s with %s between levels of %s (%s)", 100*level, e.Term, e.With, e.Group, how)},
		analysis.Check{Name: "correlation_high:" + name, Value: high, Means: "the same, upper limit"})
}

// correlationAt is the correlation of effects i and j of a group, as written, at
// a theta.
func (f *fit) correlationAt(gi, i, j int, theta []float64) float64 {
	g := f.groups[gi]
	k := g.k()
	lambda := make([]float64, k*k)
	for t, p := range f.params {
		if p.group == gi {
			lambda[p.row*k+p.column] = theta[t]
		}
	}
	var ii, ij, jj float64
	for c := range k {
		var a, b float64
		for t := c; t < k; t++ {
			a += g.back[i*k+t] * lambda[t*k+c]
			b += g.back[j*k+t] * lambda[t*k+c]
		}
		ii += a * a
		ij += a * b
		jj += b * b
	}
	return ij / math.Sqrt(ii*jj)
}
