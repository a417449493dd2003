package glmm

import "math"

// Limits of the sums over counts: a sum ends where its terms fall below
// tailShare of it; a survival below smallSurvival is summed from above, where
// one minus the sum from below would lose digits.
const (
	tailShare     = 1e-20
	smallSurvival = 1e-3
	tinySurvival  = 1e-8 // the same where the sum from above would run over very many counts
	tailTerms     = 1 << 22
)

// panjer are the numbers of a count distribution whose probabilities follow
// f(j+1)/f(j) = (a + b j)/(j+1): Poisson (b = 0) and negative binomial with size
// a/b (Panjer 1981, ASTIN Bulletin 12, 22-26).
type panjer struct{ a, b float64 }

func (p panjer) up(j float64) float64   { return (p.a + p.b*j) / (j + 1) } // f(j+1)/f(j)
func (p panjer) down(j float64) float64 { return j / (p.a + p.b*(j-1)) }   // f(j-1)/f(j)

// mean is a/(1-b).
func (p panjer) mean() float64 { return p.a / (1 - p.b) }

// distribution gives the recursion at linear predictor eta, and log f(c).
func (k kernel) distribution(c, eta, dispersion, logOne float64) (p panjer, logDensity float64) {
	mu := math.Exp(eta)
	switch k.base {
	case negbin2:
		theta := dispersion
		m := mu / (theta + mu)
		big := log1p(mu / theta)
		if c > 0 {
			g0, _, _, _ := rising(c, theta)
			logDensity = g0 - logGamma1(c) + c*(eta-math.Log(theta)-big)
		}
		return panjer{m * theta, m}, logDensity - theta*big
	case negbin1:
		d := dispersion
		size, m := mu/d, d/(1+d)
		if c > 0 {
			g0, _, _, _ := rising(c, size)
			logDensity = g0 - logGamma1(c) + c*(math.Log(d)-logOne)
		}
		return panjer{m * size, m}, logDensity - size*logOne
	}
	return panjer{mu, 0}, c*eta - mu - logGamma1(c)
}

// moments are sums over counts j of f(j)/f(c) times 1 and the derivatives of f(j)
// over f(j): in eta (s1, s2, s3), in phi (p0), in both (p1, p2).
type moments struct{ s0, s1, s2, s3, p0, p1, p2 float64 }

// score follows the derivatives of log f(j) from count to count.
type score struct {
	base             base
	theta, mu        float64 // negbin2
	dphi             float64 // negbin2: derivative in phi
	size, m, logOne  float64 // negbin1
	a1, a2, a3, this float64 // negbin1: derivatives of log-gamma ratios in size; this is j
}

func (s *score) move(j float64, sign float64) { // adds (sign 1) or removes the step from j to j+1
	switch s.base {
	case negbin2:
		s.dphi += sign * s.theta * (1/(s.theta+j) - 1/(s.theta+s.mu))
	case negbin1:
		r := 1 / (s.size + j)
		s.a1 += sign * r
		s.a2 -= sign * r * r
		s.a3 += sign * 2 * r * r * r
		s.this += sign
	}
}

func (s *score) add(t *moments, w float64) {
	t.s0 += w
	switch s.base {
	case negbin2:
		t.p0 += w * s.dphi
	case negbin1:
		d := s.derivatives()
		slope, g2, g3, gp, g1p, g2p := d.s1, d.s2, d.s3, d.p0, d.p1, d.p2
		t.s1 += w * slope
		t.s2 += w * (slope*slope + g2)
		t.s3 += w * (slope*slope*slope + 3*slope*g2 + g3)
		t.p0 += w * gp
		t.p1 += w * (slope*gp + g1p)
		t.p2 += w * ((slope*slope+g2)*gp + 2*slope*g1p + g2p)
	}
}

// derivatives are those of log f(j) of negbin1, in place of sums.
func (s *score) derivatives() (d moments) {
	k := s.size
	d.s1 = k * (s.a1 - s.logOne)
	d.s2 = d.s1 + k*k*s.a2
	d.s3 = d.s1 + 3*k*k*s.a2 + k*k*k*s.a3
	d.p0 = -d.s1 - k*s.m + s.this*(1-s.m)
	d.p1, d.p2 = -d.s2-k*s.m, -d.s3-k*s.m
	return d
}

// survival evaluates log P(Y >= c) for a whole c > 0, with derivatives in eta and
// phi, and puts weight times them into the s pieces of v.
//
// With h = d log P/d eta the Poisson and negbin2 derivatives are closed, because
// d P(Y >= c)/d eta = c f(c) (the incomplete gamma and beta integrals); those of
// negbin1, whose size moves with eta, and those in phi are sums over counts.
func (k kernel) survival(v *pieces, c, weight, eta, dispersion, logOne float64, full bool) {
	if math.IsInf(math.Exp(eta)*math.Exp(eta), 1) { // P(Y >= c) is one, and a sum over counts would not end
		return
	}
	p, logDensity := k.distribution(c, eta, dispersion, logOne)
	sums := full && k.base != poisson || k.base == negbin1
	start := score{base: k.base}
	mu := math.Exp(eta)
	if sums {
		switch k.base {
		case negbin2:
			theta := dispersion
			_, g1, _, _ := rising(c, theta)
			start.theta, start.mu = theta, mu
			start.dphi = theta * (g1 - log1p(mu/theta) + (mu-c)/(mu+theta))
		case negbin1:
			start.size, start.m, start.logOne, start.this = mu/dispersion, dispersion/(1+dispersion), logOne, c
			_, start.a1, start.a2, start.a3 = rising(c, start.size)
		}
	}
	if k.base == negbin1 && c > p.mean() {
		if l, ok := tailRatio(c, start.size, start.m); ok {
			at := start.derivatives()
			v.s = weight * (logDensity + l.e0)
			v.s1, v.s2, v.s3 = weight*(at.s1+l.e1), weight*(at.s2+l.e2), weight*(at.s3+l.e3)
			v.sp, v.s1p, v.s2p = weight*(at.p0+l.p0), weight*(at.p1+l.p1), weight*(at.p2+l.p2)
			return
		}
	}
	least := smallSurvival
	if k.base == negbin1 && dispersion > 1000 {
		least = tinySurvival
	}
	logS, t, ok := math.NaN(), moments{}, false
	if c <= p.mean() || c*(1-p.b) < 40 {
		t = p.below(c, start, sums)
		scale := math.Exp(logDensity)
		s := 1 - scale*t.s0
		if ok = s > least; ok {
			logS = math.Log1p(-scale * t.s0)
			r := -scale / s
			t = moments{1 / s, r * t.s1, r * t.s2, r * t.s3, r * t.p0, r * t.p1, r * t.p2}
		}
	}
	if !ok {
		t = p.above(c, start, sums)
		logS = logDensity + math.Log(t.s0)
		r := 1 / t.s0
		t = moments{r * math.Exp(-logDensity), r * t.s1, r * t.s2, r * t.s3, r * t.p0, r * t.p1, r * t.p2}
	}
	v.s = weight * logS
	if k.base == negbin1 {
		m1, m2 := t.s1, t.s2
		v.s1, v.s2 = weight*m1, weight*(m2-m1*m1)
		v.s3 = weight * (t.s3 - 3*m1*m2 + 2*m1*m1*m1)
		v.sp = weight * t.p0
		v.s1p = weight * (t.p1 - m1*t.p0)
		v.s2p = weight * (t.p2 - m2*t.p0 - 2*m1*t.p1 + 2*m1*m1*t.p0)
		return
	}
	h := c * math.Exp(logDensity-logS)
	g, g1 := c-mu, -mu // derivative of log f(c) in eta, and the next
	if k.base == negbin2 {
		theta := dispersion
		g = theta * (c - mu) / (theta + mu)
		g1 = -(c + theta) * mu / (theta + mu) * theta / (theta + mu)
	}
	h1 := h * (g - h)
	v.s1, v.s2 = weight*h, weight*h1
	if !full {
		return
	}
	v.s3 = weight * (h1*(g-h) + h*(g1-h1))
	if k.base == negbin2 {
		theta := dispersion
		gp := theta * mu * (c - mu) / ((theta + mu) * (theta + mu))
		hp := h * (start.dphi - t.p0)
		v.sp, v.s1p, v.s2p = weight*t.p0, weight*hp, weight*(hp*(g-h)+h*(gp-hp))
	}
}

// below sums over the counts under c, from c down.
func (p panjer) below(c float64, s score, sums bool) (t moments) {
	w := 1.0
	for j := c; j > 0; j-- {
		r := p.down(j)
		w *= r
		if sums {
			s.move(j-1, -1)
			s.add(&t, w)
		} else {
			t.s0 += w
		}
		if r < 1 && w < tailShare*t.s0 {
			break
		}
	}
	return t
}

// above sums over the counts from c up.
func (p panjer) above(c float64, s score, sums bool) (t moments) {
	w := 1.0
	for j := c; j < c+tailTerms; j++ {
		if sums {
			s.add(&t, w)
			s.move(j, 1)
		} else {
			t.s0 += w
		}
		r := p.up(j)
		w *= r
		if r < 1 && w < tailShare*t.s0 {
			break
		}
	}
	return t
}

// upTo is the mean of min(Y, c) at linear predictor eta, and P(Y = 0).
func (k kernel) upTo(c, eta, phi float64) (mean, none float64) {
	dispersion := math.Exp(phi)
	logOne := math.Log1p(dispersion)
	p, at0 := k.distribution(0, eta, dispersion, logOne)
	none = math.Exp(at0)
	// Sums of the shortfall c - j below c, outwards from the count near the mean.
	start := min(c-1, math.Floor(p.mean()))
	_, logDensity := k.distribution(start, eta, dispersion, logOne)
	sum, w := c-start, 1.0
	for j := start; j > 0; j-- {
		r := p.down(j)
		w *= r
		sum += w * (c - j + 1)
		if r < 1 && w*c < tailShare*sum {
			break
		}
	}
	w = 1
	for j := start; j < c-1; j++ {
		r := p.up(j)
		w *= r
		sum += w * (c - j - 1)
		if r < 1 && w*c < tailShare*sum {
			break
		}
	}
	return c - math.Exp(logDensity)*sum, none
}
