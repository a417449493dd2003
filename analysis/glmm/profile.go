package glmm

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/analysis/distribution"
)

// profileLimits finds where the profile likelihood of parameter i falls by half
// the chi-squared quantile: the limits at which the signed root of the deviance
// is -z and z (Venzon and Moolgavkar 1988). A limit below zero of a standard
// deviation is zero. NaN where no limit was found.
func (f *fit) profileLimits(i int, level float64) (low, high float64) {
	z := distribution.NormalQuantile(1 - (1-level)/2)
	return f.profileLimit(i, -z), f.profileLimit(i, z)
}

// isDeviation says whether parameter i is a standard deviation of its own: a
// random term of one column, or uncorrelated with others.
func (f *fit) isDeviation(i int) bool {
	for t := range f.o.c.terms {
		t := &f.o.c.terms[t]
		if !t.Correlated && i-f.o.lowerAt() >= t.lower && i-f.o.lowerAt() < t.lower+t.k {
			return true
		}
	}
	return false
}

func (f *fit) profileLimit(i int, z float64) float64 {
	place := f.place[i]
	if place < 0 || f.cov == nil {
		return math.NaN()
	}
	p := f.newProfile(i)
	positive := f.isDeviation(i)
	if positive && z < 0 {
		// A standard deviation of zero may already be inside.
		if r, ok := p.root(0); ok && math.Abs(r) < -z {
			return 0
		}
	}
	se := math.Sqrt(f.cov.At(place, place))
	// Secant steps for root(x) = z, between points that bracket it once found.
	x, last, rLast := f.psi[i]+z*se, f.psi[i], 0.0
	inside, outside := f.psi[i], math.NaN()
	for range 30 {
		if positive {
			x = max(x, 1e-6)
		}
		r, ok := p.root(x)
		if !ok {
			x = (x + inside) / 2
			continue
		}
		if math.Abs(r-z) < 1e-6 {
			return x
		}
		if math.Abs(r) < math.Abs(z) {
			inside = x
		} else {
			outside = x
		}
		slope := (r - rLast) / (x - last)
		last, rLast = x, r
		next := x + (z-r)/slope
		lower, upper := min(inside, outside), max(inside, outside)
		switch {
		case math.IsNaN(next) || !(slope > 0):
			next = x + z*se
		case !math.IsNaN(outside) && (next <= lower || next >= upper):
			next = (inside + outside) / 2
		case math.IsNaN(outside):
			next = x + math.Copysign(min(math.Abs(next-x), 4*se), z)
		}
		x = next
	}
	return math.NaN()
}

// profile is the likelihood of one parameter, maximised over all others.
type profile struct {
	f     *fit
	i     int
	free  []int
	slope []float64     // change of the others with the parameter
	b     *mat.SymDense // their covariance given it
	modes []float64
}

func (f *fit) newProfile(i int) *profile {
	place := f.place[i]
	p := &profile{f: f, i: i, modes: slices.Clone(f.o.u)}
	var at []int
	for j, k := range f.free {
		if k != i {
			p.free = append(p.free, k)
			at = append(at, j)
		}
	}
	v := f.cov.At(place, place)
	if len(at) > 0 {
		p.b = mat.NewSymDense(len(at), nil)
	}
	for a, j := range at {
		p.slope = append(p.slope, f.cov.At(j, place)/v)
		for c, k := range at[:a+1] {
			p.b.SetSym(a, c, f.cov.At(j, k)-f.cov.At(j, place)*f.cov.At(k, place)/v)
		}
	}
	return p
}

// root is the signed root of twice the fall of the log-likelihood at x.
func (p *profile) root(x float64) (float64, bool) {
	f := p.f
	psi := slices.Clone(f.psi)
	psi[p.i] = x
	for a, k := range p.free {
		psi[k] += p.slope[a] * (x - f.psi[p.i])
	}
	copy(f.o.u, p.modes)
	s := newSearch(f.o, psi, p.free)
	if s.failed {
		return 0, false
	}
	if len(p.free) > 0 {
		s.b = mat.NewSymDense(len(p.free), nil)
		s.b.CopySym(p.b)
		s.quasiNewton(1e-10)
	}
	return math.Copysign(math.Sqrt(max(0, 2*(s.value+f.logLik))), x-f.psi[p.i]), true
}

// profiled replaces the Wald intervals of a fit's part by profile likelihood
// intervals.
func (m *model) profiled(r *analysis.Result, f *fit, h int, part analysis.Part) {
	at := 0
	if h == 1 {
		at = f.o.c.p[0]
	}
	for i, j := range f.kept[h] {
		name := f.problem.parts[h].names[j]
		for k := range r.Estimates {
			e := &r.Estimates[k]
			if e.Term != name || m.zero != nil && e.Part != part || e.StdError == nil {
				continue
			}
			low, high := f.profileLimits(at+i, m.level)
			setInterval(e, low, high)
			e.How += "; profile likelihood interval"
		}
	}
	for t := range f.o.c.terms {
		t := &f.o.c.terms[t]
		if t.part != h || t.Correlated {
			continue
		}
		for a := range t.k {
			for k := range r.RandomEffects {
				e := &r.RandomEffects[k]
				if e.Group == t.Group && e.Term == t.name(a) && e.With == "" && (m.zero == nil || e.Part == part) {
					low, high := f.profileLimits(f.o.lowerAt()+t.lower+a, m.level)
					e.SDLow, e.SDHigh = analysis.Num(low), analysis.Num(high)
				}
			}
		}
	}
}

func setInterval(e *analysis.Estimate, low, high float64) {
	e.ConfLow, e.ConfHigh = analysis.Num(low), analysis.Num(high)
	if e.Ratio != nil {
		e.RatioLow, e.RatioHigh = analysis.Num(math.Exp(low)), analysis.Num(math.Exp(high))
	}
}
