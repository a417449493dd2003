package mixed

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/distribution"
)

// profileIntervals replaces the intervals of coefficients by those of the
// profile likelihood, and adds them for standard deviations and correlations: the values whose
// deviance, minimised over everything else, is at most the normal quantile
// squared above the minimum. The likelihood is the full one: a REML fit is
// profiled by maximum likelihood.
func (m *model) profileIntervals(ctx context.Context, r *analysis.Result, f *fit, l Linear) error {
	full := f
	if !l.ML {
		var err error
		if full, err = m.system.criterion(false).fit(ctx); err != nil {
			return err
		}
	}
	p := &profiler{fit: full, z: distribution.NormalQuantile(1 - (1-l.Level)/2), minimum: full.deviance, theta: append([]float64(nil), full.theta...), sigma2: full.sigma2}
	beta, vcov := full.beta(), full.vcov()
	j := 0
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.Estimate == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		low, high := p.coefficient(j, beta[j], math.Sqrt(vcov[j*f.p+j]))
		e.ConfLow, e.ConfHigh = analysis.Num(low), analysis.Num(high)
		e.How += "; profile likelihood interval"
		if e.ConfLow == nil || e.ConfHigh == nil {
			r.Note("profile", fmt.Sprintf("the profile of %s could not be followed to the limit; its interval is left out", e.Term))
		}
		j++
	}
	for i := range r.RandomEffects {
		e := &r.RandomEffects[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.With != "" {
			m.profileCorrelation(r, *e, p, l.Level)
			continue
		}
		gi, column := m.find(e.Group, e.Term)
		low, high := p.deviation(gi, column)
		e.SDLow, e.SDHigh = analysis.Num(low), analysis.Num(high)
	}
	low, high := p.residual()
	r.Checks = append(r.Checks,
		analysis.Check{Name: "sigma_low", Value: analysis.Num(low), Means: "profile likelihood limit of the residual standard deviation"},
		analysis.Check{Name: "sigma_high", Value: analysis.Num(high), Means: "the same, upper limit"})
	full.factorise(p.theta)
	full.solve()
	return nil
}

// find is the group and the column of a random effect; of several terms with
// the same name the first.
func (m *model) find(group, name string) (gi, column int) {
	for gi, g := range m.groups {
		if g.name != group {
			continue
		}
		for _, t := range g.terms {
			for a, n := range t.names {
				if n == name {
					return gi, t.first + a
				}
			}
		}
	}
	panic("mixed: no random effect " + name + " of " + group)
}

// profiler follows the full likelihood of one fit.
type profiler struct {
	fit     *fit
	z       float64
	minimum float64
	theta   []float64
	sigma2  float64
}

// root finds x > 0 with zeta(x) = z, where zeta is the root of the rise of the
// deviance at a distance x from the estimate; NaN where it does not get there.
func (p *profiler) root(start float64, deviance func(x float64) float64) float64 {
	zeta := func(x float64) float64 { return math.Sqrt(max(0, deviance(x)-p.minimum)) }
	low, zLow := 0.0, 0.0
	high := start
	zHigh := zeta(high)
	for range 60 {
		if math.IsNaN(zHigh) {
			return math.NaN()
		}
		if zHigh >= p.z {
			break
		}
		low, zLow = high, zHigh
		high *= max(1.05, min(2, 1.02*p.z/max(zHigh, 1e-3)))
		zHigh = zeta(high)
	}
	if zHigh < p.z {
		return math.NaN()
	}
	for range 60 {
		x := low + (high-low)*(p.z-zLow)/(zHigh-zLow)
		z := zeta(x)
		if math.IsNaN(z) {
			return math.NaN()
		}
		if math.Abs(z-p.z) < 1e-8 || high-low < 1e-12*high {
			return x
		}
		if z < p.z {
			low, zLow = x, z
		} else {
			high, zHigh = x, z
		}
	}
	return (low + high) / 2
}

// coefficient gives the limits of kept coefficient j.
func (p *profiler) coefficient(j int, estimate, stdError float64) (low, high float64) {
	f := p.fit
	unit := make([]float64, f.p)
	unit[j] = 1
	line := f.newLine(f.basis.contrast(unit))
	q := f.structure.Scalars()
	f.factorise(p.theta)
	f.solve()
	at := dot(line.contrast, f.effects[q:])
	theta := append([]float64(nil), p.theta...)
	deviance := func(x float64) float64 {
		line.set(at + x/f.yScale)
		one := line.criterion.refit(theta)
		if !one.converged {
			return math.NaN()
		}
		copy(theta, one.theta)
		return one.deviance
	}
	start := p.z * stdError
	high = p.root(start, deviance)
	copy(theta, p.theta)
	low = p.root(start, func(x float64) float64 { return deviance(-x) })
	return estimate - low, estimate + high
}

// line is a system with one contrast of the coefficients held at a value: the
// border carries the coordinates across the contrast, a dummy column in place
// of the one that is lost, and the response less the contrast's part.
type line struct {
	criterion *criterion
	parent    *system
	contrast  []float64 // a, p
	along     []float64 // a/(a'a)
}

func (s *system) newLine(a []float64) *line {
	p, m := s.p, s.p+1
	norm := dot(a, a)
	along := make([]float64, p)
	for i, x := range a {
		along[i] = x / norm
	}
	// Householder: the columns but the first of I - 2vv'/(v'v), with v = a/|a| ± e_1,
	// span what is orthogonal to a.
	v := make([]float64, p)
	for i, x := range a {
		v[i] = x / math.Sqrt(norm)
	}
	v[0] += math.Copysign(1, v[0])
	vv := dot(v, v)
	turn := make([]float64, m*m) // old border to new, by row
	for i := range p {
		for c := 1; c < p; c++ {
			turn[i*m+c] = -2 * v[i] * v[c] / vv
			if i == c {
				turn[i*m+c]++
			}
		}
	}
	turn[m*m-1] = 1
	copied := *s
	copied.translation = nil
	copied.zx = make([][]float64, len(s.zx))
	for gi := range s.zx {
		copied.zx[gi] = turnRows(s.zx[gi], turn, m)
	}
	half := turnRows(s.xx, turn, m)
	copied.xx = make([]float64, m*m)
	for i := range m {
		for c := range m {
			for k := range m {
				copied.xx[i*m+c] += turn[k*m+i] * half[k*m+c]
			}
		}
	}
	copied.xx[0] = 1
	return &line{criterion: copied.criterion(false), parent: s, contrast: a, along: along}
}

// turnRows multiplies each row of m by the m by m matrix turn.
func turnRows(rows, turn []float64, m int) []float64 {
	out := make([]float64, len(rows))
	for r := 0; r < len(rows); r += m {
		for k := range m {
			x := rows[r+k]
			if x == 0 {
				continue
			}
			for c := range m {
				out[r+c] += x * turn[k*m+c]
			}
		}
	}
	return out
}

// set holds the contrast at c: the response becomes y - X a c/(a'a).
func (l *line) set(c float64) {
	s, parent := l.criterion.system, l.parent
	m := s.p + 1
	for gi := range s.zx {
		from, to := parent.zx[gi], s.zx[gi]
		for r := 0; r < len(to); r += m {
			v := from[r+s.p]
			for k, a := range l.along {
				v -= c * a * from[r+k]
			}
			to[r+s.p] = v
		}
	}
	// The border's own block: with d = (-c*along, 1) the response is [X y] d.
	d := make([]float64, m)
	for k, a := range l.along {
		d[k] = -c * a
	}
	d[s.p] = 1
	product := make([]float64, m) // [X y]'[X y] d
	for i := range m {
		product[i] = dot(parent.xx[i*m:(i+1)*m], d)
	}
	v := make([]float64, s.p) // X'(response), then into the new coordinates
	copy(v, product)
	for c := 1; c < s.p; c++ {
		x := l.across(c, v)
		s.xx[c*m+s.p], s.xx[s.p*m+c] = x, x
	}
	s.xx[s.p], s.xx[s.p*m] = 0, 0
	s.xx[m*m-1] = dot(d, product)
}

// across is the inner product of column c of the turned coordinates with v.
func (l *line) across(c int, v []float64) float64 {
	norm := math.Sqrt(dot(l.contrast, l.contrast))
	h := make([]float64, len(v))
	for i, x := range l.contrast {
		h[i] = x / norm
	}
	h[0] += math.Copysign(1, h[0])
	return v[c] - 2*h[c]*dot(h, v)/dot(h, h)
}

// deviation gives the limits of the standard deviation of one random effect.
func (p *profiler) deviation(gi, column int) (low, high float64) {
	f := p.fit
	c, theta, scale := f.turned(gi, column, p.theta)
	first := -1 // the term's first diagonal element, where turned puts the effect
	for i, param := range c.params {
		if head := c.groups[gi].term(column).first; param.group == gi && param.row == head && param.column == head {
			first = i
		}
	}
	sigma := math.Sqrt(p.sigma2)
	estimate := theta[first] * sigma // in the engine's units; times scale as written
	held := &heldDeviation{criterion: c, index: first}
	x := append(append([]float64(nil), theta...), math.Log(sigma))
	bounded := make([]bool, len(x))
	for i, param := range c.params {
		bounded[i] = param.diagonal()
	}
	deviance := func(value float64) float64 {
		held.value0 = value
		start := append([]float64(nil), x...)
		m := &minimiser{objective: held, bounded: bounded}
		o := m.minimise(start)
		if !o.converged {
			return math.NaN()
		}
		copy(x, o.x)
		return o.value
	}
	rest := append([]float64(nil), x...)
	step := p.z * max(0.3*estimate, 0.02*sigma)
	up := p.root(step, func(t float64) float64 { return deviance(estimate + t) })
	copy(x, rest)
	if zero := deviance(0); !(zero-p.minimum > p.z*p.z) {
		return 0, scale * (estimate + up)
	}
	copy(x, rest)
	// Below the estimate the distance ends at zero: the rise there is known to be enough.
	down := p.root(min(step, estimate/2), func(t float64) float64 { return deviance(max(estimate-t, 0)) })
	return scale * (estimate - down), scale * (estimate + up)
}

// heldDeviation is the unprofiled deviance with one standard deviation held at
// value0 (in units of yScale): variables are theta and log sigma, where the
// held theta is value0/sigma whatever stands in its place.
type heldDeviation struct {
	*criterion
	index  int
	value0 float64
	at     []float64
	sigma2 float64
}

func (h *heldDeviation) value(x []float64) (float64, bool) {
	m := len(h.params)
	h.at = append(h.at[:0], x[:m]...)
	sigma := math.Exp(x[m])
	h.sigma2 = sigma * sigma
	h.at[h.index] = h.value0 / sigma
	if !h.factorise(h.at) {
		return math.Inf(1), false
	}
	v := h.devianceAt(h.sigma2)
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

func (h *heldDeviation) gradient(g []float64) {
	m := len(h.params)
	r := make([]float64, m)
	h.gradients(g[:m], r)
	for i := range m {
		g[i] += r[i] / h.sigma2
	}
	g[m] = 2*h.df() - 2*h.r2/h.sigma2 - g[h.index]*h.at[h.index]
	g[h.index] = 0
}

// residual gives the limits of the residual standard deviation.
func (p *profiler) residual() (low, high float64) {
	f := p.fit
	sigma := math.Sqrt(p.sigma2)
	bounded := make([]bool, len(f.params))
	for i, param := range f.params {
		bounded[i] = param.diagonal()
	}
	x := append([]float64(nil), p.theta...)
	deviance := func(value float64) float64 {
		m := &minimiser{objective: &heldSigma{f.criterion, value * value}, bounded: bounded}
		o := m.minimise(append([]float64(nil), x...))
		if !o.converged {
			return math.NaN()
		}
		copy(x, o.x)
		return o.value
	}
	step := p.z * sigma / math.Sqrt(2*float64(f.n))
	up := p.root(step, func(t float64) float64 { return deviance(sigma + t) })
	copy(x, p.theta)
	down := p.root(step, func(t float64) float64 { return deviance(max(sigma-t, 1e-6*sigma)) })
	return f.yScale * (sigma - down), f.yScale * (sigma + up)
}

// heldSigma is the deviance with the residual variance held.
type heldSigma struct {
	*criterion
	sigma2 float64
}

func (h *heldSigma) value(theta []float64) (float64, bool) {
	if !h.factorise(theta) {
		return math.Inf(1), false
	}
	v := h.devianceAt(h.sigma2)
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

func (h *heldSigma) gradient(g []float64) {
	r := make([]float64, len(g))
	h.gradients(g, r)
	for i := range g {
		g[i] += r[i] / h.sigma2
	}
}
