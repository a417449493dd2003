// Package describe counts and summarises: columns, baseline balance between
// arms, and the flow of schools and pupils through a trial.
package describe

import "math"

// moments are the count, mean and standard deviation (divisor n - 1) of the
// values that are not NaN, with their extremes and the number of zeros.
type moments struct {
	n, zeros int
	mean, sd float64 // NaN where there are too few values
	min, max float64
	binary   bool // every value is 0 or 1
}

// summarise computes moments in two passes with a compensated sum, so that the
// mean keeps full precision and the standard deviation loses nothing to a
// large mean (Chan, Golub & LeVeque 1983, the corrected two-pass algorithm).
func summarise(x []float64) moments {
	m := moments{mean: math.NaN(), sd: math.NaN(), min: math.Inf(1), max: math.Inf(-1), binary: true}
	var total sum
	for _, v := range x {
		if math.IsNaN(v) {
			continue
		}
		m.n++
		total.add(v)
		m.min, m.max = math.Min(m.min, v), math.Max(m.max, v)
		if v == 0 {
			m.zeros++
		}
		m.binary = m.binary && (v == 0 || v == 1)
	}
	if m.n == 0 {
		m.min, m.max, m.binary = math.NaN(), math.NaN(), false
		return m
	}
	n := float64(m.n)
	m.mean = total.value() / n
	var squares, rest sum
	for _, v := range x {
		if math.IsNaN(v) {
			continue
		}
		d := v - m.mean
		squares.add(d * d)
		rest.add(d)
	}
	r := rest.value()
	m.mean += r / n
	if m.n > 1 {
		m.sd = math.Sqrt(math.Max(0, squares.value()-r*r/n) / (n - 1))
	}
	return m
}

// weighted is summarise with each value counted w times; values without a
// positive weight are left out.
func weighted(x, w []float64) moments {
	m := moments{mean: math.NaN(), sd: math.NaN(), binary: true}
	var total, weights, squares sum
	for i, v := range x {
		if !math.IsNaN(v) && w[i] > 0 {
			total.add(w[i] * v)
			weights.add(w[i])
			m.binary = m.binary && (v == 0 || v == 1)
		}
	}
	n := weights.value()
	m.n = int(math.Round(n))
	if n == 0 {
		m.binary = false
		return m
	}
	m.mean = total.value() / n
	for i, v := range x {
		if !math.IsNaN(v) && w[i] > 0 {
			squares.add(w[i] * (v - m.mean) * (v - m.mean))
		}
	}
	if n > 1 {
		m.sd = math.Sqrt(squares.value() / (n - 1))
	}
	return m
}

// sum is a compensated sum (Neumaier 1974).
type sum struct{ total, carry float64 }

func (s *sum) add(x float64) {
	t := s.total + x
	if math.Abs(s.total) >= math.Abs(x) {
		s.carry += (s.total - t) + x
	} else {
		s.carry += (x - t) + s.total
	}
	s.total = t
}

func (s *sum) value() float64 { return s.total + s.carry }

// standardisedDifference is (m1 - m0)/sqrt((s1^2 + s0^2)/2); where both arms
// hold 0/1 only, s^2 = p(1 - p) (Austin 2009). NaN where neither arm varies
// and the means differ.
func standardisedDifference(m1, m0 moments) float64 {
	v1, v0 := m1.sd*m1.sd, m0.sd*m0.sd
	if m1.binary && m0.binary {
		v1, v0 = m1.mean*(1-m1.mean), m0.mean*(1-m0.mean)
	}
	d := m1.mean - m0.mean
	if d == 0 && v1+v0 == 0 {
		return 0
	}
	return d / math.Sqrt((v1+v0)/2)
}
