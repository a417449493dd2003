package glmm

import "math"

// base is the distribution of a count, a share or an amount before zeros are
// treated.
type base uint8

const (
	poisson   base = iota
	binomial       // logit link; count holds the trials
	negbin2        // variance mu + mu^2/theta, phi = log theta
	negbin1        // variance mu(1 + d), phi = log d
	gamma          // log link, phi = log shape
	lognormal      // log y is normal around eta, phi = log sigma
)

// zeros says what happens at zero.
type zeros uint8

const (
	plain     zeros = iota
	truncated       // given y > 0
	inflated        // a structural zero with logit zeta
)

// kernel evaluates the log-likelihood of cells and its derivatives in the
// linear predictors eta (main) and zeta (zero part) and in phi. Constants in
// the data, and for negbin2 the sums of log-gamma functions that depend on
// theta alone, are kept apart (cells.constant, cells.phiTerm).
type kernel struct {
	base    base
	zeros   zeros
	ceiling bool // counts at their ceiling are censored there (cells.limit)
}

// pooled says whether a Poisson cell can hold exposures and counts as sums.
func (k kernel) pooled() bool { return k.base == poisson && k.zeros == plain && !k.ceiling }

// hasPhi says whether there is a dispersion parameter.
func (k kernel) hasPhi() bool { return k.base == negbin2 || k.base == negbin1 || k.amount() }

// amount says whether outcomes are positive amounts rather than counts.
func (k kernel) amount() bool { return k.base == gamma || k.base == lognormal }

// predictors is 2 with a structural zero, else 1.
func (k kernel) predictors() int {
	if k.zeros == inflated {
		return 2
	}
	return 1
}

// derivatives holds the values by cell, each n long. Second index: 0 eta, 1 zeta
// for d1 and p1; ee, ez, zz for d2 and p2; eee, eez, ezz, zzz for d3. p0, p1, p2
// are the derivatives of l, d1, d2 in phi.
type derivatives struct {
	l  []float64
	d1 [2][]float64
	d2 [3][]float64
	d3 [4][]float64
	p0 []float64
	p1 [2][]float64
	p2 [3][]float64

	// softplus, p and q of zeta by cell, where zeta has no random effects and so
	// stays while modes are sought; nil elsewhere.
	zeta []float64
}

func newDerivatives(n int, k kernel) *derivatives {
	d := &derivatives{l: make([]float64, n)}
	one, two, three := 1, 1, 1
	if k.predictors() == 2 {
		one, two, three = 2, 3, 4
	}
	for i := range one {
		d.d1[i] = make([]float64, n)
	}
	for i := range two {
		d.d2[i] = make([]float64, n)
	}
	for i := range three {
		d.d3[i] = make([]float64, n)
	}
	if k.hasPhi() {
		d.p0 = make([]float64, n)
		for i := range one {
			d.p1[i] = make([]float64, n)
		}
		for i := range two {
			d.p2[i] = make([]float64, n)
		}
	}
	return d
}

// eval fills out for the cells lo to hi-1. full adds d3, p0, p1 and p2.
func (k kernel) eval(c *cells, lo, hi int, eta, zeta []float64, phi float64, full bool, out *derivatives) {
	switch {
	case k.pooled():
		for i := lo; i < hi; i++ {
			mean := c.count[i] * math.Exp(eta[i])
			out.l[i] = c.sum[i]*eta[i] - mean
			out.d1[0][i] = c.sum[i] - mean
			out.d2[0][i] = -mean
			if full {
				out.d3[0][i] = -mean
			}
		}
	case k.base == binomial:
		for i := lo; i < hi; i++ {
			soft, p, q := softplus(eta[i])
			v := c.count[i] * p * q
			out.l[i] = c.sum[i]*eta[i] - c.count[i]*soft
			out.d1[0][i] = c.sum[i] - c.count[i]*p
			out.d2[0][i] = -v
			if full {
				out.d3[0][i] = -v * (q - p)
			}
		}
	case k.base == negbin2 && k.zeros == plain && !k.ceiling:
		theta := math.Exp(phi)
		for i := lo; i < hi; i++ {
			mu := math.Exp(eta[i])
			big, m := log1p(mu/theta), mu/(theta+mu)
			a := c.sum[i] + c.count[i]*theta
			q := m * (1 - m)
			out.l[i] = c.sum[i]*eta[i] - a*big
			out.d1[0][i] = c.sum[i] - a*m
			out.d2[0][i] = -a * q
			if full {
				n := c.count[i] * theta
				out.d3[0][i] = -a * q * (1 - 2*m)
				out.p0[i] = a*m - n*big
				out.p1[0][i] = a*q - n*m
				out.p2[0][i] = a*q*(1-2*m) - n*q
			}
		}
	case k.base == gamma:
		shape := math.Exp(phi)
		for i := lo; i < hi; i++ {
			ratio := c.sum[i] * math.Exp(-eta[i])
			value := -(c.count[i]*eta[i] + ratio)
			out.l[i] = shape * value
			out.d1[0][i] = shape * (ratio - c.count[i])
			out.d2[0][i] = -shape * ratio
			if full {
				out.d3[0][i] = shape * ratio
				out.p0[i] = shape * value
				out.p1[0][i] = out.d1[0][i]
				out.p2[0][i] = out.d2[0][i]
			}
		}
	case k.base == lognormal:
		precision := math.Exp(-2 * phi)
		for i := lo; i < hi; i++ {
			n, e := c.count[i], eta[i]
			value := precision * e * (c.sum[i] - n*e/2)
			out.l[i] = value
			out.d1[0][i] = precision * (c.sum[i] - n*e)
			out.d2[0][i] = -precision * n
			if full {
				out.d3[0][i] = 0
				out.p0[i] = -2 * value
				out.p1[0][i] = -2 * out.d1[0][i]
				out.p2[0][i] = -2 * out.d2[0][i]
			}
		}
	default:
		k.evalZeros(c, lo, hi, eta, zeta, phi, full, out)
	}
}

// log1p is log(1 + x) for x >= 0 by Kahan's correction of the rounded sum; it is
// three times as fast as math.Log1p and as good to a few units of the last digit.
func log1p(x float64) float64 {
	u := 1 + x
	if u == 1 {
		return x
	}
	return math.Log(u) * (x / (u - 1))
}

// softplus is log(1 + e^x), with p = 1/(1+e^-x) and q = 1-p.
func softplus(x float64) (soft, p, q float64) {
	if x > 0 {
		e := math.Exp(-x)
		return x + log1p(e), 1 / (1 + e), e / (1 + e)
	}
	e := math.Exp(x)
	return log1p(e), e / (1 + e), 1 / (1 + e)
}

// pieces of a cell's likelihood: S from the values, and c with f(0) = e^-c, each
// with derivatives in eta and (suffix p) phi.
type pieces struct {
	s, s1, s2, s3, sp, s1p, s2p float64
	c, c1, c2, c3, cp, c1p, c2p float64
}

// at evaluates the pieces; exp(phi) and log1p(exp(phi)) are passed as dispersion
// and logOne.
func (k kernel) at(y, sum, eta, dispersion, logOne float64, full bool) (v pieces) {
	mu := math.Exp(eta)
	switch k.base {
	case poisson:
		v.s, v.s1 = sum*eta, sum
		v.c, v.c1, v.c2, v.c3 = mu, mu, mu, mu
	case negbin2:
		theta := dispersion
		big, m := log1p(mu/theta), mu/(theta+mu)
		q := m * (1 - m)
		v.s, v.s1, v.s2 = sum*(eta-big), sum*(1-m), -sum*q
		v.c, v.c1, v.c2 = theta*big, theta*m, theta*q
		if full {
			v.s3, v.sp, v.s1p, v.s2p = -sum*q*(1-2*m), sum*m, sum*q, sum*q*(1-2*m)
			v.c3, v.cp, v.c1p, v.c2p = theta*q*(1-2*m), theta*(big-m), theta*m*m, 2*theta*m*q
		}
	case negbin1:
		d := dispersion
		size := mu / d
		v.c = size * logOne
		v.c1, v.c2, v.c3 = v.c, v.c, v.c
		v.cp = size*d/(1+d) - v.c
		v.c1p, v.c2p = v.cp, v.cp
		if y > 0 {
			weight := sum / y
			g0, g1, g2, g3 := rising(y, size)
			a, b, t := size*g1, size*size*g2, size*size*size*g3
			v.s = weight * (g0 + y*(math.Log(d)-logOne))
			v.s1, v.s2, v.s3 = weight*a, weight*(a+b), weight*(a+3*b+t)
			v.sp, v.s1p, v.s2p = weight*(y/(1+d)-a), -weight*(a+b), -weight*(a+3*b+t)
		}
	}
	return v
}

// evalZeros is the general case: plain, truncated or inflated counts. With
// p(c) = log(1 - e^-c) for truncation and F = log(e^zeta + e^-c) for a zero that
// may be structural, every derivative follows from those of c by the chain rule.
func (k kernel) evalZeros(cell *cells, lo, hi int, eta, zeta []float64, phi float64, full bool, out *derivatives) {
	dispersion := math.Exp(phi)
	logOne := log1p(dispersion)
	for i := lo; i < hi; i++ {
		var y float64
		if k.base == negbin1 {
			y = cell.y[i]
		}
		n, sum := cell.count[i], cell.sum[i]
		counted := n // rows whose density has the factor e^-c
		if k.ceiling && cell.limit[i] > 0 {
			y, sum, counted = 0, 0, 0
		}
		v := k.at(y, sum, eta[i], dispersion, logOne, full)
		if counted < n {
			k.survival(&v, cell.limit[i], n, eta[i], dispersion, logOne, full)
		}
		// f, f1, f2, f3: derivatives of the c part in c; the cell adds f(c).
		var f, f1, f2, f3 float64
		switch k.zeros {
		case plain:
			f, f1 = -counted*v.c, -counted
		case truncated:
			a := 1 / math.Expm1(v.c)
			f, f1, f2, f3 = -counted*v.c-n*log1mexp(v.c), -counted-n*a, n*a*(1+a), -n*a*(1+a)*(1+2*a)
		case inflated:
			n0 := cell.zeros[i]
			n1 := counted - n0
			var soft, p, q float64
			if out.zeta != nil {
				soft, p, q = out.zeta[3*i], out.zeta[3*i+1], out.zeta[3*i+2]
			} else {
				soft, p, q = softplus(zeta[i])
			}
			out.d1[1][i], out.d2[2][i] = -n*p, -n*p*q
			f, f1 = -n1*v.c, -n1
			out.l[i] = -n * soft
			out.d2[1][i] = 0
			var rho, w, x float64
			if n0 > 0 {
				var mix, one float64
				mix, rho, one = softplus(zeta[i] + v.c)
				w = n0 * rho * one
				x = w * (one - rho)
				f += n0 * (mix - v.c)
				f1 -= n0 * one
				f2, f3 = w, x
				out.d1[1][i] += n0 * rho
				out.d2[2][i] += w
				out.d2[1][i] = w * v.c1
			}
			if full {
				out.d3[1][i] = x*v.c1*v.c1 + w*v.c2
				out.d3[2][i] = x * v.c1
				out.d3[3][i] = x - n*p*q*(q-p)
				if out.p0 != nil {
					out.p1[1][i] = w * v.cp
					out.p2[1][i] = x*v.c1*v.cp + w*v.c1p
					out.p2[2][i] = x * v.cp
				}
			}
		}
		total := v.s + f
		if k.zeros == inflated {
			total += out.l[i]
		}
		out.l[i] = total
		out.d1[0][i] = v.s1 + f1*v.c1
		out.d2[0][i] = v.s2 + f1*v.c2 + f2*v.c1*v.c1
		if full {
			out.d3[0][i] = v.s3 + f1*v.c3 + 3*f2*v.c1*v.c2 + f3*v.c1*v.c1*v.c1
			if out.p0 != nil {
				out.p0[i] = v.sp + f1*v.cp
				out.p1[0][i] = v.s1p + f1*v.c1p + f2*v.c1*v.cp
				out.p2[0][i] = v.s2p + f1*v.c2p + f2*(v.c2*v.cp+2*v.c1*v.c1p) + f3*v.c1*v.c1*v.cp
			}
		}
	}
}

// log1mexp is log(1 - e^-c) for c > 0 (Maechler 2012).
func log1mexp(c float64) float64 {
	if c < math.Ln2 {
		return math.Log(-math.Expm1(-c))
	}
	return math.Log1p(-math.Exp(-c))
}

// rising gives log G(y+k) - log G(k) and its first three derivatives in k, for a
// whole number y > 0.
func rising(y, k float64) (g0, g1, g2, g3 float64) {
	if y <= 40 {
		product := 1.0
		for j := 0.0; j < y; j++ {
			r := 1 / (k + j)
			product *= k + j
			if product > 1e280 || product < 1e-280 {
				g0 += math.Log(product)
				product = 1
			}
			g1 += r
			g2 -= r * r
			g3 += 2 * r * r * r
		}
		return g0 + math.Log(product), g1, g2, g3
	}
	a, _ := math.Lgamma(y + k)
	b, _ := math.Lgamma(k)
	a1, a2, a3 := polygamma(y + k)
	b1, b2, b3 := polygamma(k)
	return a - b, a1 - b1, a2 - b2, a3 - b3
}

// polygamma gives the digamma, trigamma and tetragamma functions at x > 0, by
// recurrence to x >= 12 and the asymptotic series (Abramowitz and Stegun
// 6.3.18, 6.4.11).
func polygamma(x float64) (d1, d2, d3 float64) {
	for x < 12 {
		r := 1 / x
		d1 -= r
		d2 += r * r
		d3 -= 2 * r * r * r
		x++
	}
	r := 1 / x
	s := r * r
	d1 += math.Log(x) - r/2 - s*(1./12-s*(1./120-s*(1./252-s*(1./240-s*(1./132-s*691./32760)))))
	d2 += r + s/2 + r*s*(1./6-s*(1./30-s*(1./42-s*(1./30-s*(5./66-s*691./2730)))))
	d3 += -s - r*s - s*s*(1./2-s*(1./6-s*(1./6-s*(3./10-s*(5./6-s*691./210)))))
	return d1, d2, d3
}
