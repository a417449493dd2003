package mixed

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"swis/analysis"
)

// bootstrapIntervals replaces the intervals by percentiles of a parametric
// bootstrap: responses drawn from the fitted model, the model fitted again.
// Replicates have a stream of their own each, so that the result depends on
// seed and number alone.
func (m *model) bootstrapIntervals(ctx context.Context, r *analysis.Result, f *fit, l Linear) error {
	if l.Reps < 20 {
		return analysis.Unsupportedf("--reps %d: at least 20 replicates are wanted", l.Reps)
	}
	s := newSimulator(m, f)
	c := s.criterion(f.reml)
	var betas [][]float64       // by kept coefficient
	deviations := [][]float64{} // by random effect: standard deviations, or correlations
	var sigmas []float64
	betas = make([][]float64, f.p)
	for range r.RandomEffects {
		deviations = append(deviations, nil)
	}
	failed := 0
	for i := range l.Reps {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.draw(stream(l.Seed, "mixed-bootstrap", i))
		one := c.refit(s.theta)
		if !one.converged {
			failed++
			continue
		}
		for j, b := range one.beta() {
			betas[j] = append(betas[j], b)
		}
		for e := range r.RandomEffects {
			effect := &r.RandomEffects[e]
			if effect.With == "" {
				gi, column := m.find(effect.Group, effect.Term)
				deviations[e] = append(deviations[e], math.Sqrt(one.covariance(gi)[column*m.groups[gi].k()+column]))
				continue
			}
			gi, i := m.find(effect.Group, effect.Term)
			_, j := m.find(effect.Group, effect.With)
			if rho := one.correlationAt(gi, i, j, one.theta); !math.IsNaN(rho) { // none where a variance is zero
				deviations[e] = append(deviations[e], rho)
			}
		}
		sigmas = append(sigmas, one.sigma())
	}
	if failed > 0 {
		r.Note("bootstrap_failures", fmt.Sprintf("%d of %d bootstrap fits did not converge and were left out", failed, l.Reps))
	}
	if 20*failed > l.Reps {
		return analysis.NotEstimablef("%d of %d bootstrap fits did not converge; simplify the random terms or use --ci profile", failed, l.Reps)
	}
	j := 0
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.Estimate == nil {
			continue
		}
		e.ConfLow, e.ConfHigh = percentiles(betas[j], l.Level)
		e.How += fmt.Sprintf("; parametric bootstrap interval, %d replicates, percentiles", l.Reps)
		j++
	}
	for i := range r.RandomEffects {
		if r.RandomEffects[i].With == "" {
			r.RandomEffects[i].SDLow, r.RandomEffects[i].SDHigh = percentiles(deviations[i], l.Level)
			continue
		}
		if len(deviations[i]) > l.Reps/2 {
			low, high := percentiles(deviations[i], l.Level)
			addCorrelation(r, r.RandomEffects[i], low, high, l.Level, "parametric bootstrap, of the replicates in which neither variance is zero")
		}
	}
	low, high := percentiles(sigmas, l.Level)
	r.Checks = append(r.Checks,
		analysis.Check{Name: "sigma_low", Value: low, Means: "bootstrap limit of the residual standard deviation"},
		analysis.Check{Name: "sigma_high", Value: high, Means: "the same, upper limit"})
	return nil
}

// stream is the random numbers of one replicate.
func stream(seed, purpose string, i int) *rand.Rand {
	return rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", seed, purpose, i))))
}

// percentiles are the limits of the central share of the draws (type 7
// quantiles, as R's default).
func percentiles(draws []float64, level float64) (low, high analysis.Number) {
	sorted := slices.Sorted(slices.Values(draws))
	at := func(p float64) analysis.Number {
		h := p * float64(len(sorted)-1)
		i := int(h)
		if i+1 >= len(sorted) {
			return analysis.Num(sorted[len(sorted)-1])
		}
		return analysis.Num(sorted[i] + (h-float64(i))*(sorted[i+1]-sorted[i]))
	}
	return at((1 - level) / 2), at((1 + level) / 2)
}

// simulator draws responses from a fitted model and keeps a system whose
// response is the last draw: only the products with the response change.
type simulator struct {
	*system
	parent  *fit
	model   *model
	theta   []float64
	lambda  [][]float64
	beta    []float64 // beta~
	sigma   float64   // in units of yScale
	columns [][]float64
	keep    []float64 // n, filled with the response drawn where it is not nil
}

func newSimulator(m *model, f *fit) *simulator {
	copied := *f.system
	copied.translation = nil
	copied.zx = nil
	for _, zx := range f.zx {
		copied.zx = append(copied.zx, slices.Clone(zx))
	}
	copied.xx = slices.Clone(f.xx)
	q := f.structure.Scalars()
	s := &simulator{system: &copied, parent: f, model: m, theta: slices.Clone(f.theta), beta: slices.Clone(f.effects[q:]), sigma: math.Sqrt(f.sigma2)}
	for _, l := range f.lambda {
		s.lambda = append(s.lambda, slices.Clone(l))
	}
	for _, c := range f.basis.kept {
		s.columns = append(s.columns, m.design.Fixed.X[c])
	}
	return s
}

// draw replaces the response by a new one.
func (s *simulator) draw(rng *rand.Rand) {
	m := s.p + 1
	effects := make([][]float64, len(s.groups))
	for gi, g := range s.groups {
		k := g.k()
		b := make([]float64, len(g.levels)*k)
		u := make([]float64, k)
		for j := range g.levels {
			for a := range u {
				u[a] = s.sigma * rng.NormFloat64()
			}
			for r := range k {
				for t := range r + 1 {
					b[j*k+r] += s.lambda[gi][r*k+t] * u[t]
				}
			}
		}
		effects[gi] = b
		for j := s.p; j < len(s.zx[gi]); j += m {
			s.zx[gi][j] = 0
		}
	}
	for j := range m {
		s.xx[j*m+s.p], s.xx[s.p*m+j] = 0, 0
	}
	x := make([]float64, s.p)
	z := make([][]float64, len(s.groups))
	for gi, g := range s.groups {
		z[gi] = make([]float64, g.k())
	}
	weights := s.model.design.Weights
	for i := range s.n {
		root := 1.0
		if weights != nil {
			root = math.Sqrt(weights[i])
		}
		y := s.sigma * rng.NormFloat64() // of the row times the root of its weight
		s.basis.row(s.columns, i, x)
		for j := range x {
			x[j] *= root
			y += x[j] * s.beta[j]
		}
		for gi, g := range s.groups {
			k := g.k()
			g.row(i, root, z[gi])
			for a, v := range z[gi] {
				y += v * effects[gi][int(g.index[i])*k+a]
			}
		}
		if s.keep != nil {
			s.keep[i] = s.response(x, y/root, root)
		}
		for j, v := range x {
			s.xx[j*m+s.p] += v * y
		}
		s.xx[m*m-1] += y * y
		for gi, g := range s.groups {
			k := g.k()
			for a, v := range z[gi] {
				s.zx[gi][(int(g.index[i])*k+a)*m+s.p] += v * y
			}
		}
	}
	for j := range s.p {
		s.xx[s.p*m+j] = s.xx[j*m+s.p]
	}
}

// response turns a drawn y~ of a row into the units of the data; x is the row
// of the basis times root.
func (s *simulator) response(x []float64, drawn, root float64) float64 {
	y := s.yScale * drawn
	for j, v := range x {
		y += v / root * s.basis.gamma[j]
	}
	return y
}
