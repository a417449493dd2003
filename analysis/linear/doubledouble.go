package linear

import "math"

// double is an unevaluated sum of two float64 with about 32 significant
// digits (Dekker 1971). Residuals and cross-products of ill-conditioned
// designs are formed in it.
type double struct{ high, low float64 }

func twoSum(a, b float64) double {
	s := a + b
	t := s - a
	return double{s, (a - (s - t)) + (b - t)}
}

func twoProduct(a, b float64) double {
	p := a * b
	return double{p, math.FMA(a, b, -p)}
}

func quickSum(a, b float64) double {
	s := a + b
	return double{s, b - (s - a)}
}

func (a double) plus(b double) double {
	s := twoSum(a.high, b.high)
	t := twoSum(a.low, b.low)
	s = quickSum(s.high, s.low+t.high)
	return quickSum(s.high, s.low+t.low)
}

func (a double) minus(b double) double { return a.plus(double{-b.high, -b.low}) }

func (a double) times(b double) double {
	p := twoProduct(a.high, b.high)
	return quickSum(p.high, p.low+(a.high*b.low+a.low*b.high))
}

func (a double) over(b double) double {
	q := a.high / b.high
	r := a.minus(b.times(double{q, 0}))
	q2 := r.high / b.high
	r = r.minus(b.times(double{q2, 0}))
	return quickSum(q, q2).plus(double{r.high / b.high, 0})
}

func (a double) root() double {
	if a.high <= 0 {
		return double{}
	}
	x := math.Sqrt(a.high)
	r := a.minus(twoProduct(x, x))
	return quickSum(x, r.high/(2*x))
}

// add accumulates the product a*b without rounding error to first order.
func (s *double) add(a, b float64) {
	p := twoProduct(a, b)
	t := twoSum(s.high, p.high)
	s.high = t.high
	s.low += t.low + p.low
}

func (s double) value() float64 { return s.high + s.low }
