package floor

import (
	"math"

	"swis/analysis/distribution"
)

// scene is what a test of the intervention arm's follow-up events works with:
// the counterfactual (what would be expected without an effect), the
// comparison, and the dispersion.
type scene struct {
	expected   float64 // intervention follow-up events if nothing had changed there
	follow0    float64 // comparison follow-up events
	share      float64 // intervention share of the follow-up exposure
	before1    float64 // events before the start, 0 for follow-up only
	before0    float64
	odds1      float64 // follow-up exposure over earlier exposure, by arm
	odds0      float64
	dispersion float64 // at least 1
	df         float64 // degrees of freedom of t; +Inf for z
}

// standing is a score test at a true rate ratio: the mean of the score, and
// its standard deviation under no effect and under the ratio.
type standing struct{ score, null, under float64 }

// follow is the score test of the follow-up alone: given the total T, the
// intervention events are binomial with its share p of the exposure.
func (s scene) follow(ratio float64) standing {
	x1 := ratio * s.expected
	total := x1 + s.follow0
	p := s.share
	return standing{
		score: x1 - total*p,
		null:  math.Sqrt(s.dispersion * total * p * (1 - p)),
		under: math.Sqrt(s.dispersion * ((1-p)*(1-p)*x1 + p*p*s.follow0)),
	}
}

// did is the score test of the interaction: given each arm's total, the later
// events are binomial with a share that the common change decides.
func (s scene) did(ratio float64) standing {
	x1 := ratio * s.expected
	n1, n0 := x1+s.before1, s.follow0+s.before0
	share := func(odds, r float64) float64 { return odds * r / (odds*r + 1) }
	r := math.Exp(solveIncreasing(func(x float64) float64 {
		e := math.Exp(x)
		return n1*share(s.odds1, e) + n0*share(s.odds0, e) - x1 - s.follow0
	}))
	q1, q0 := share(s.odds1, r), share(s.odds0, r)
	v1, v0 := n1*q1*(1-q1), n0*q0*(1-q0)
	if !(v1 > 0 && v0 > 0) {
		return standing{score: x1 - n1*q1}
	}
	// Under the ratio the later shares are those of the arms themselves.
	a1, a0 := x1*s.before1/n1, s.follow0*s.before0/n0
	w1, w0 := v0/(v1+v0), v1/(v1+v0)
	return standing{
		score: x1 - n1*q1,
		null:  math.Sqrt(s.dispersion * v1 * v0 / (v1 + v0)),
		under: math.Sqrt(s.dispersion * (w1*w1*a1 + w0*w0*a0)),
	}
}

// smallestFall is the rate ratio nearest to 1, below it, that reaches
// significance (power 0) or has the power: the score is then at least
// t(1 - alpha/2) null standard deviations below 0, and z(power) of its own
// ones beyond. NaN where not even a fall to nothing does.
func (s scene) smallestFall(at func(float64) standing, alpha, power float64) float64 {
	if !(s.df >= 1) {
		return math.NaN()
	}
	critical := distribution.StudentQuantile(1-alpha/2, s.df)
	extra := 0.0
	if power > 0 {
		extra = distribution.NormalQuantile(power)
	}
	enough := func(ratio float64) bool {
		st := at(ratio)
		return st.null > 0 && st.score <= -critical*st.null-extra*st.under
	}
	// From nothing upwards: the largest ratio of a fine grid that is enough,
	// then bisection to its edge.
	const grid = 400
	best := -1
	for i := range grid {
		if enough(float64(i) / grid) {
			best = i
		}
	}
	if best < 0 {
		return math.NaN()
	}
	low, high := float64(best)/grid, float64(best+1)/grid
	for range 60 {
		mid := (low + high) / 2
		if enough(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// power is the chance that the score test finds what stands there.
func (s scene) power(st standing, alpha float64) float64 {
	if !(st.null > 0 && s.df >= 1) {
		return math.NaN()
	}
	critical := distribution.StudentQuantile(1-alpha/2, s.df) * st.null
	if st.under == 0 {
		if st.score <= -critical {
			return 1
		}
		return 0
	}
	return 0.5*math.Erfc((st.score+critical)/st.under/math.Sqrt2) + 0.5*math.Erfc((critical-st.score)/st.under/math.Sqrt2)
}

// timesNeeded is how many times the schools, at the same rates and dispersion,
// a ratio of half would need for the power; at gives the standing of that
// ratio. NaN beyond a thousand times.
func (s scene) timesNeeded(at func(scene) standing, alpha, power float64) float64 {
	extra := distribution.NormalQuantile(power)
	enough := func(times float64) bool {
		m := s
		m.expected, m.follow0, m.before1, m.before0 = times*s.expected, times*s.follow0, times*s.before1, times*s.before0
		m.df = math.Max(1, times*(s.df+2)-2)
		st := at(m)
		return st.null > 0 && st.score <= -distribution.StudentQuantile(1-alpha/2, m.df)*st.null-extra*st.under
	}
	if !enough(1000) {
		return math.NaN()
	}
	low, high := 0.0, 1000.0
	for range 40 {
		mid := (low + high) / 2
		if enough(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}
