package infer

import "math"

// roughDraws are as many as find the neighbourhood of a bound.
const roughDraws = 1 << 12

// bound is an end of the confidence set: near where some of the draws have it,
// if there are many, else from the estimate outward.
func (d *wildDraws) bound(q *wildQuantities, level, step float64, enumerated bool) float64 {
	p := func(b0 float64) float64 { return d.atLeast(q, b0, enumerated) }
	if enumerated || d.n < 8*roughDraws {
		return bound(p, level, q.b, step, 1e-6)
	}
	some := &wildDraws{n: roughDraws, numerator: d.numerator[:roughDraws], variance: d.variance[:roughDraws]}
	near := bound(func(b0 float64) float64 { return some.atLeast(q, b0, false) }, level, q.b, step, 1e-3)
	if math.IsInf(near, 0) {
		return bound(p, level, q.b, step, 1e-6)
	}
	inside, outside := near, near
	pIn := p(near)
	pOut := pIn
	for reach := 0.02 * step; pIn <= level; reach *= 2 {
		if outside, pOut = inside, pIn; math.Abs(inside-reach-q.b) >= math.Abs(inside-q.b) {
			return bound(p, level, q.b, step, 1e-6) // the estimate has been passed
		}
		inside -= reach
		pIn = p(inside)
	}
	for reach := 0.02 * step; pOut > level; reach *= 2 {
		if inside, pIn = outside, pOut; math.Abs(reach) > math.Abs(step) {
			return bound(p, level, q.b, step, 1e-6)
		}
		outside += reach
		pOut = p(outside)
	}
	return narrow(p, level, inside, outside, pIn, pOut, 1e-6*math.Abs(step))
}

// bound finds where p falls to the level, going from the estimate in a
// direction: steps until p is below it, then false position and halving in
// turn, because p is a staircase, down to tolerance steps. It is infinite where p stays above for 100
// steps.
func bound(p func(float64) float64, level, from, step, tolerance float64) float64 {
	inside, outside := from, from+step
	pIn, pOut := 1.0, p(outside)
	for scale := 1.0; pOut > level; {
		inside, pIn = outside, pOut
		if scale *= 1.5; scale > 100 {
			return math.Inf(int(math.Copysign(1, step)))
		}
		outside = from + scale*step
		pOut = p(outside)
	}
	return narrow(p, level, inside, outside, pIn, pOut, tolerance*math.Abs(step))
}

// narrow finds where p, which is above the level inside and not outside, falls to it.
func narrow(p func(float64) float64, level, inside, outside, pIn, pOut, tolerance float64) float64 {
	for k := 0; math.Abs(outside-inside) > tolerance && pIn != pOut; k++ {
		middle := (inside + outside) / 2
		if k%3 != 2 {
			// p falls about exponentially
			f := math.Log(pIn/level) / math.Log(pIn/math.Max(pOut, level/1e3))
			middle = inside + min(max(f, 0.02), 0.98)*(outside-inside)
		}
		if x := p(middle); x > level {
			inside, pIn = middle, x
		} else {
			outside, pOut = middle, x
		}
	}
	return (inside + outside) / 2
}
