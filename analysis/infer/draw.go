package infer

import (
	"math"
	"math/rand/v2"
)

// PoissonDraw draws a Poisson count: by inversion below 30, by a normal
// proposal with exact acceptance (Atkinson 1979) above.
func PoissonDraw(r *rand.Rand, mu float64) float64 {
	if !(mu > 0) {
		return 0
	}
	if mu < 30 {
		limit, product, n := math.Exp(-mu), r.Float64(), 0.0
		for product > limit {
			product *= r.Float64()
			n++
		}
		return n
	}
	c := 0.767 - 3.36/mu
	beta := math.Pi / math.Sqrt(3*mu)
	alpha := beta * mu
	k := math.Log(c) - mu - math.Log(beta)
	for {
		u := r.Float64()
		x := (alpha - math.Log((1-u)/u)) / beta
		n := math.Floor(x + 0.5)
		if n < 0 {
			continue
		}
		v := r.Float64()
		y := alpha - beta*x
		t := 1 + math.Exp(y)
		l, _ := math.Lgamma(n + 1)
		if y+math.Log(v/(t*t)) <= k+n*math.Log(mu)-l {
			return n
		}
	}
}

// GammaDraw draws from a gamma distribution with mean 1 and the given coefficient
// of variation, 1 where that is 0 (Marsaglia & Tsang 2000).
func GammaDraw(r *rand.Rand, cv float64) float64 {
	if cv == 0 {
		return 1
	}
	shape := 1 / (cv * cv)
	boost := 1.0
	s := shape
	if s < 1 {
		boost = math.Pow(r.Float64(), 1/s)
		s++
	}
	d := s - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v * boost / shape
		}
	}
}
