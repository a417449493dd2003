package did

import (
	"math"

	"swis/analysis/distribution"
)

// step is one earlier step of the trend, or its opposite, as the largest one:
// the hypothesis that later steps are at most M times it.
//
// With theta = sum of weights times effects, later steps of at most M d each
// move theta by at most M d times the sum of the absolute tail sums of the
// weights, and any smaller amount is possible. So the hypothesis that theta is
// theta0 is the pair of inequalities
//
//	theta^ - theta0 - reach d <= 0,    theta0 - theta^ - reach d <= 0
//
// in the means of two estimates that are jointly normal (the nuisance effects
// of each period are eliminated in closed form).
type step struct {
	theta, d  float64    // estimates of the effect and of the step
	reach     float64    // M times the sum of absolute tail sums
	sd        [2]float64 // of the two moments
	rho       float64    // their correlation
	first     float64    // critical value of the first stage
	level     float64
	firstSize float64
}

// tailSum is the sum of the absolute tail sums of the weights: how far steps of
// one can move the effect.
func (e *eventEstimates) tailSum() (sum float64) {
	tail := 0.0
	for t := len(e.weights) - 1; t >= 0; t-- {
		tail += e.weights[t]
		sum += math.Abs(tail)
	}
	return sum
}

// steps are the earlier steps and their opposites for a size M.
func (e *eventEstimates) steps(size, level float64) []step {
	q := len(e.pre)
	l := make([]float64, q+len(e.post))
	copy(l[q:], e.weights)
	theta, se := e.theta()
	reach := size * e.tailSum()
	var out []step
	for s := range q {
		for _, sign := range []float64{1, -1} {
			d := make([]float64, len(l))
			d[s] = -sign
			value := -sign * e.pre[s]
			if s+1 < q {
				d[s+1] = sign
				value += sign * e.pre[s+1]
			}
			between, variance := e.product(l, d), e.product(d, d)
			one := step{theta: theta, d: value, reach: reach, level: level, firstSize: (1 - level) / 10}
			one.sd[0] = math.Sqrt(max(se*se+reach*reach*variance-2*reach*between, 0))
			one.sd[1] = math.Sqrt(max(se*se+reach*reach*variance+2*reach*between, 0))
			one.rho = -1
			if p := one.sd[0] * one.sd[1]; p > 0 {
				one.rho = min(max((reach*reach*variance-se*se)/p, -1), 1)
			}
			one.first = largestQuantile(1-one.firstSize, one.rho)
			out = append(out, one)
		}
	}
	return out
}

// accepts says whether the hybrid test does not reject theta0: a first stage of
// a tenth of the error rate against the least favourable distribution of the
// larger moment, then the test of the larger moment given which one it is and
// the other (Andrews, Roth & Pakes 2023; Rambachan & Roth 2023, section 3.3).
func (s *step) accepts(theta0 float64) bool {
	z := [2]float64{(s.theta - theta0 - s.reach*s.d) / s.sd[0], (theta0 - s.theta - s.reach*s.d) / s.sd[1]}
	large, other := max(z[0], z[1]), min(z[0], z[1])
	switch {
	case large <= 0:
		return true
	case large > s.first:
		return false
	}
	low := math.Inf(-1)
	if s.rho < 1-1e-12 {
		low = (other - s.rho*large) / (1 - s.rho)
	}
	size := (1 - s.level - s.firstSize) / (1 - s.firstSize)
	// P(Z > large | low < Z < first) <= size: reject
	above, below := normalUpper(large)-normalUpper(s.first), normalUpper(low)-normalUpper(s.first)
	return above > size*below
}

// interval is the smallest interval that holds every theta0 the test accepts;
// ok is false where there is none.
func (s *step) interval() (low, high float64, ok bool) {
	// outside these the first stage rejects
	from, to := s.theta-s.reach*s.d-s.first*s.sd[0], s.theta+s.reach*s.d+s.first*s.sd[1]
	if from > to {
		return 0, 0, false
	}
	const pieces = 400
	end := func(outer, inner float64) (float64, bool) {
		last := outer
		for k := range pieces + 1 {
			x := outer + (inner-outer)*float64(k)/pieces
			if !s.accepts(x) {
				last = x
				continue
			}
			for range 60 {
				if middle := (last + x) / 2; s.accepts(middle) {
					x = middle
				} else {
					last = middle
				}
			}
			return x, true
		}
		return 0, false
	}
	top, bottom := from, to
	if s.d >= 0 { // between theta +- reach d nothing is rejected
		top, bottom = s.theta+s.reach*s.d, s.theta-s.reach*s.d
	}
	if high, ok = end(to, top); !ok {
		return 0, 0, false
	}
	low, ok = end(from, bottom)
	return low, high, ok
}

// relativeInterval is the union over which earlier step is the largest: the
// restriction holds for at least one of them, whose test keeps the level.
func (e *eventEstimates) relativeInterval(size, level float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	steps := e.steps(size, level)
	for i := range steps {
		if a, b, ok := steps[i].interval(); ok {
			low, high = min(low, a), max(high, b)
		}
	}
	if low > high {
		return math.NaN(), math.NaN()
	}
	return low, high
}

// relativeAccepts says whether an effect is in the confidence set.
func (e *eventEstimates) relativeAccepts(theta0, size, level float64) bool {
	steps := e.steps(size, level)
	for i := range steps {
		if steps[i].accepts(theta0) {
			return true
		}
	}
	return false
}

// largestQuantile is the p-quantile of the larger of two standard normals with
// correlation rho.
func largestQuantile(p, rho float64) float64 {
	low, high := distribution.NormalQuantile(p), distribution.NormalQuantile((1+p)/2)
	for range 60 {
		middle := (low + high) / 2
		if bothBelow(middle, rho) < p {
			low = middle
		} else {
			high = middle
		}
		if high-low < 1e-10 {
			break
		}
	}
	return high
}

// bothBelow is P(max(Z1, Z2) <= c) = Phi(c)^2 plus the integral over the
// correlation of its density at (c, c) (Plackett 1954): with rho = sin t,
// 1/(2 pi) times the integral of exp(-c^2/(1 + sin t)) from 0 to asin rho.
func bothBelow(c, rho float64) float64 {
	const pieces = 64 // Simpson
	end := math.Asin(rho)
	f := func(t float64) float64 { return math.Exp(-c * c / (1 + math.Sin(t))) }
	sum := f(0) + f(end)
	for k := 1; k < pieces; k++ {
		weight := 2.0
		if k%2 == 1 {
			weight = 4
		}
		sum += weight * f(end*float64(k)/pieces)
	}
	one := normalLower(c)
	return one*one + end/(3*pieces)*sum/(2*math.Pi)
}

// normalLower is P(Z <= x), normalUpper P(Z > x), without cancellation.
func normalLower(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
func normalUpper(x float64) float64 { return math.Erfc(x/math.Sqrt2) / 2 }
