package distribution

import "math"

// regularBeta is the regularised incomplete beta function I_x(a, b), given both
// x and y = 1 - x so that neither tail loses digits. Lentz's continued
// fraction (Didonato & Morris 1992, eq. 9) on the side of the mean where it
// converges fast; the prefactor in Stirling form, so that large parameters
// keep their digits and far tails do not underflow before their time.
func regularBeta(a, b, x, y float64) float64 {
	switch {
	case !(x > 0):
		return 0
	case !(y > 0):
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - betaFraction(b, a, y, x)
	}
	return betaFraction(a, b, x, y)
}

// betaFraction is I_x(a, b) for x below about a/(a+b). With
// lambda = a y - b x all terms of the fraction are free of cancellation.
func betaFraction(a, b, x, y float64) float64 {
	lambda := a*y - b*x
	// modified Lentz on beta_1 + alpha_2/(beta_2 + alpha_3/(beta_3 + ...))
	h := a / (a + 1) * (lambda + 1)
	c, d := h, 0.0
	for n := 1.0; n < 1e6; n++ {
		w := n * (b - n) * x
		e := a + 2*n - 1
		alpha := (a + n - 1) / e * ((a + b + n - 1) / e) * w * x
		beta := n + w/e + (a+n)/(a+2*n+1)*(lambda+1+n*(1+y))
		d = 1 / (beta + alpha*d)
		c = beta + alpha/c
		step := c * d
		h *= step
		if math.Abs(step-1) < 2e-16 {
			break
		}
	}
	return betaPower(a, b, x, y) / h
}

// betaPower is x^a y^b / B(a, b).
func betaPower(a, b, x, y float64) float64 {
	delta := b*x - a*y // x (a+b) - a
	var exponent float64
	if math.Abs(delta) < 0.4*a && math.Abs(delta) < 0.4*b {
		exponent = a*log1pMinus(delta/a) + b*log1pMinus(-delta/b)
	} else {
		exponent = a*relativeLog(delta/a, x*(a+b)/a) + b*relativeLog(-delta/b, y*(a+b)/b)
	}
	exponent -= stirling(a) + stirling(b) - stirling(a+b)
	return math.Sqrt(a/(2*math.Pi)*(b/(a+b))) * math.Exp(exponent)
}

// relativeLog is log(1 + u), given 1 + u as well.
func relativeLog(u, onePlus float64) float64 {
	if math.Abs(u) < 0.5 {
		return math.Log1p(u)
	}
	return math.Log(onePlus)
}

// regularGammaUpper is Q(a, x), the upper regularised incomplete gamma function.
func regularGammaUpper(a, x float64) float64 {
	switch {
	case x <= 0:
		return 1
	case math.IsInf(x, 1):
		return 0
	case x < a+1:
		// the series of P
		term, sum := 1/a, 1/a
		for k := 1.0; k < 1e7; k++ {
			term *= x / (a + k)
			sum += term
			if term < sum*1e-17 {
				break
			}
		}
		return 1 - gammaPower(a, x)*sum
	}
	const tiny = 1e-300
	b := x + 1 - a
	c, d := 1/tiny, 1/b
	h := d
	for k := 1.0; k < 1e7; k++ {
		n := -k * (k - a)
		b += 2
		d = n*d + b
		if math.Abs(d) < tiny {
			d = tiny
		}
		c = b + n/c
		if math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		step := d * c
		h *= step
		if math.Abs(step-1) < 1e-16 {
			break
		}
	}
	return gammaPower(a, x) * h
}

// gammaPower is x^a e^-x / Gamma(a).
func gammaPower(a, x float64) float64 {
	return math.Sqrt(a/(2*math.Pi)) * math.Exp(a*log1pMinus((x-a)/a)-stirling(a))
}

// log1pMinus is log(1+u) - u without cancellation near 0.
func log1pMinus(u float64) float64 {
	if u < -0.4 || u > 0.5 {
		return math.Log1p(u) - u
	}
	// log(1+u) = 2 artanh(r) with r = u/(2+u), and 2r - u = -u r.
	r := u / (2 + u)
	square := r * r
	term, sum := r*square, 0.0
	for k := 3.0; ; k += 2 {
		next := sum + term/k
		if next == sum {
			break
		}
		sum = next
		term *= square
	}
	return 2*sum - u*r
}

// stirling is the remainder log Gamma(a) - (a - 1/2) log(a) + a - log(2 pi)/2.
func stirling(a float64) float64 {
	if a < 10 {
		l, _ := math.Lgamma(a)
		return l - (a-0.5)*math.Log(a) + a - 0.91893853320467274178
	}
	u := 1 / (a * a)
	return (1.0/12 - u*(1.0/360-u*(1.0/1260-u*(1.0/1680-u*(1.0/1188-u*(691.0/360360-u*(1.0/156-u*3617.0/122400))))))) / a
}
