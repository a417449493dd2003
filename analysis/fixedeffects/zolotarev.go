package fixedeffects

import "math"

// shiftedInverse is one term weight/(x + shift) of a sum of shifted inverses.
type shiftedInverse struct{ shift, weight float64 }

// inverseRoots keeps the sums found so far by the size of their interval.
type inverseRoots struct{ known map[int][]shiftedInverse }

// growth is the step between the intervals for which sums are kept.
const growth = 1.05

// over gives terms whose sum is x^-1/2 to rounding for x between 1 and
// high/low; scaled by low they serve the interval from low to high.
func (r *inverseRoots) over(low, high float64) []shiftedInverse {
	size := 1
	if ratio := high / low; ratio > growth {
		size = int(math.Ceil(math.Log(ratio) / math.Log(growth)))
	}
	if r.known == nil {
		r.known = map[int][]shiftedInverse{}
	}
	terms, ok := r.known[size]
	if !ok {
		terms = inverseRoot(math.Pow(growth, float64(size)))
		r.known[size] = terms
	}
	return terms
}

// inverseRoot is the trapezium rule for x^-1/2 = (2/pi) int dt/(t^2 + x), with t
// mapped by the Jacobi function sc so that the rule converges as fast as any
// rational function does, for x from 1 to ratio (Hale, Higham & Trefethen 2008,
// method 3): the error falls as exp(-2 pi N K/K'), K and K' the complete
// elliptic integrals of modulus ratio^-1/2.
func inverseRoot(ratio float64) []shiftedInverse {
	modulus := 1 / math.Sqrt(ratio)
	k := math.Pi / 2 / arithmeticGeometric(1, math.Sqrt(1-modulus*modulus))
	complement := math.Pi / 2 / arithmeticGeometric(1, modulus)
	n := int(math.Ceil(33 / (2 * math.Pi * k / complement)))
	terms := make([]shiftedInverse, n)
	step := 2 * complement / (math.Pi * float64(n))
	for j := range terms {
		// sc(K' - u) = 1/(modulus sc(u))
		place := min(j, n-1-j)
		t := jacobiSC((float64(place)+0.5)*complement/float64(n), modulus, k, complement)
		if place < j {
			t = 1 / (modulus * t)
		}
		terms[j] = shiftedInverse{shift: t * t, weight: step * math.Sqrt((1+t*t)*(1+modulus*modulus*t*t))} // dn/cn^2
	}
	return terms
}

func arithmeticGeometric(a, b float64) float64 {
	for math.Abs(a-b) > 1e-15*a {
		a, b = (a+b)/2, math.Sqrt(a*b)
	}
	return a
}

// jacobiSC is the Jacobi function sc(u) of the modulus complementary to the one
// given, -i sn(iu) of that one, by its Fourier series: all terms are positive.
// k and complement are the complete integrals; u is at most half of complement.
func jacobiSC(u, modulus, k, complement float64) float64 {
	sum := 0.0
	for odd := 1.0; ; odd += 2 {
		far, near := math.Exp(-odd*math.Pi*(complement+u)/(2*k)), math.Exp(-odd*math.Pi*(complement-u)/(2*k))
		term := (near - far) / (1 - math.Exp(-odd*math.Pi*complement/k))
		sum += term
		if term <= 1e-17*sum {
			return math.Pi / (modulus * k) * sum
		}
	}
}
