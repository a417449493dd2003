package irls

import "math"

// alternate fits the coefficients at theta and theta at the coefficients in
// turn; their expected information is orthogonal, so this takes few turns. It
// returns the standard error of theta. Where the Poisson fit shows no
// overdispersion theta stays infinite.
func (s *scoring) alternate(limit int) float64 {
	m := s.m
	s.theta = math.Inf(1)
	s.predict()
	s.iterate(limit)
	excess, square := 0.0, 0.0
	for i, mu := range s.mu {
		p := m.weight(i)
		r := m.Y[i] - mu
		excess += p * (r*r - m.Y[i])
		square += p * mu * mu
	}
	if excess <= 0 {
		return math.NaN()
	}
	s.theta = math.Min(square/excess, 1e8)
	counts := newCounts(m)
	for range limit {
		theta, ok := s.solveTheta(counts)
		if math.IsInf(theta, 1) {
			s.theta = theta
			s.predict()
			s.iterate(limit)
			return math.NaN()
		}
		change := math.Abs(theta/s.theta - 1)
		s.theta = theta
		s.predict()
		s.iterate(limit)
		if !ok || !s.converged {
			return math.NaN()
		}
		if change < 1e-11 {
			_, second := s.thetaDerivatives(counts, s.theta)
			return math.Sqrt(-1 / second)
		}
	}
	s.converged = false
	return math.NaN()
}

func (m *Model) weight(i int) float64 {
	if m.Weights == nil {
		return 1
	}
	return m.Weights[i]
}

// solveTheta maximises the likelihood over log(theta) by safeguarded Newton
// steps at the current means.
func (s *scoring) solveTheta(c *counts) (float64, bool) {
	x := math.Log(s.theta)
	low, high := math.Inf(-1), math.Inf(1)
	for range 200 {
		theta := math.Exp(x)
		first, second := s.thetaDerivatives(c, theta)
		gradient, curvature := first*theta, second*theta*theta+first*theta
		if gradient > 0 {
			low = x
		} else {
			high = x
		}
		step := -gradient / curvature
		if !(curvature < 0) || math.Abs(step) > 2 {
			step = math.Copysign(2, gradient)
		}
		next := x + step
		if next <= low || next >= high {
			next = (max(low, x-4) + min(high, x+4)) / 2
		}
		if math.Abs(next-x) < 1e-13*(1+math.Abs(x)) || gradient == 0 {
			return math.Exp(next), true
		}
		if next > math.Log(1e9) {
			return math.Inf(1), true
		}
		x = next
	}
	return math.Exp(x), false
}

// counts holds how much weight has y above each i, so that the sums over
// digamma differences of whole counts cost max(y) and not n.
type counts struct {
	above []float64 // weight of rows with y > i
	other []int     // rows with a large or broken y
}

const largestTallied = 100000

func newCounts(m *Model) *counts {
	c := &counts{}
	for i, y := range m.Y {
		if y != math.Floor(y) || y > largestTallied {
			c.other = append(c.other, i)
			continue
		}
		for len(c.above) < int(y) {
			c.above = append(c.above, 0)
		}
		if y > 0 {
			c.above[int(y)-1] += m.weight(i)
		}
	}
	for i := len(c.above) - 2; i >= 0; i-- {
		c.above[i] += c.above[i+1]
	}
	return c
}

// thetaDerivatives gives the first and second derivative of the
// log-likelihood by theta.
func (s *scoring) thetaDerivatives(c *counts, theta float64) (first, second float64) {
	m := s.m
	for i, w := range c.above {
		r := 1 / (theta + float64(i))
		first += w * r
		second -= w * r * r
	}
	for _, i := range c.other {
		first += m.weight(i) * (digamma(m.Y[i]+theta) - digamma(theta))
		second += m.weight(i) * (trigamma(m.Y[i]+theta) - trigamma(theta))
	}
	for i, mu := range s.mu {
		y, p := m.Y[i], m.weight(i)
		r := 1 / (theta + mu)
		first += p * ((mu-y)*r - math.Log1p(mu/theta))
		second += p * (mu*r/theta - (mu-y)*r*r)
	}
	return first, second
}
