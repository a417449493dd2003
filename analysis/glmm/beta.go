package glmm

import "math"

// jet is a function of eta and phi near a point: Taylor coefficients in eta up to
// the third, and of its derivative in phi up to the second.
type jet struct{ e0, e1, e2, e3, p0, p1, p2 float64 }

func (a *jet) times(b *jet) jet {
	return jet{
		e0: a.e0 * b.e0,
		e1: a.e0*b.e1 + a.e1*b.e0,
		e2: a.e0*b.e2 + a.e1*b.e1 + a.e2*b.e0,
		e3: a.e0*b.e3 + a.e1*b.e2 + a.e2*b.e1 + a.e3*b.e0,
		p0: a.e0*b.p0 + a.p0*b.e0,
		p1: a.e0*b.p1 + a.e1*b.p0 + a.p0*b.e1 + a.p1*b.e0,
		p2: a.e0*b.p2 + a.e1*b.p1 + a.e2*b.p0 + a.p0*b.e2 + a.p1*b.e1 + a.p2*b.e0,
	}
}

func (a *jet) plus(b *jet) jet {
	return jet{a.e0 + b.e0, a.e1 + b.e1, a.e2 + b.e2, a.e3 + b.e3, a.p0 + b.p0, a.p1 + b.p1, a.p2 + b.p2}
}

func (a *jet) scaled(x float64) jet {
	return jet{a.e0 * x, a.e1 * x, a.e2 * x, a.e3 * x, a.p0 * x, a.p1 * x, a.p2 * x}
}

// over is a/b.
func (a *jet) over(b *jet) (q jet) {
	r := 1 / b.e0
	q.e0 = a.e0 * r
	q.e1 = (a.e1 - q.e0*b.e1) * r
	q.e2 = (a.e2 - q.e0*b.e2 - q.e1*b.e1) * r
	q.e3 = (a.e3 - q.e0*b.e3 - q.e1*b.e2 - q.e2*b.e1) * r
	q.p0 = (a.p0 - q.e0*b.p0) * r
	q.p1 = (a.p1 - q.e0*b.p1 - q.e1*b.p0 - q.p0*b.e1) * r
	q.p2 = (a.p2 - q.e0*b.p2 - q.e1*b.p1 - q.e2*b.p0 - q.p0*b.e2 - q.p1*b.e1) * r
	return q
}

// log is the logarithm, as derivatives in place of Taylor coefficients.
func (a *jet) log() jet {
	r := 1 / a.e0
	l1 := a.e1 * r
	l2 := 2*a.e2*r - l1*l1
	q0 := a.p0 * r
	q1 := a.p1*r - q0*l1
	return jet{
		e0: math.Log(a.e0), e1: l1, e2: l2,
		e3: 6*a.e3*r - 3*l1*2*a.e2*r + 2*l1*l1*l1,
		p0: q0, p1: q1,
		p2: 2*a.p2*r - 2*l1*a.p1*r - 2*a.e2*r*q0 + 2*l1*l1*q0,
	}
}

// betaTerms bounds the continued fraction of the incomplete beta function, which
// takes about the root of the count.
const betaTerms = 4000

// tailRatio is log(P(Y >= c)/P(Y = c)) of a negbin1 count above its mean, with its
// derivatives in eta and phi: the count's distribution is the incomplete beta
// function I_m(c, size), m = d/(1+d), whose continued fraction (DLMF 8.17.22) is
// run on jets, by the forward recurrence of its convergents (as Boik &
// Robison-Cox 1998, Journal of Statistical Software 3(1), do for its first
// derivatives). False where it does not settle.
func tailRatio(c, size, m float64) (jet, bool) {
	// d_n = x (u + v k) with x = m and k = size e^(eta - phi) near the point.
	x := jet{e0: m, p0: m * (1 - m)}
	k := jet{e0: size, e1: size, e2: size / 2, e3: size / 6, p0: -size, p1: -size, p2: -size / 2}
	xk := x.times(&k)
	before, beforeBelow := jet{}, jet{e0: 1} // A_-1 = 0 and B_-1 = 1 of 1/(1 + d_1/(1 + ...))
	this, below := jet{e0: 1}, jet{e0: 1}
	var last jet

	for n := 1; n < betaTerms; n++ {
		h := float64(n / 2)
		var u, v float64
		if n%2 == 0 {
			w := h / ((c + 2*h - 1) * (c + 2*h))
			u, v = -h*w, w
		} else {
			w := -(c + h) / ((c + 2*h) * (c + 2*h + 1))
			u, v = (c+h)*w, w
		}
		d, dk := x.scaled(u), xk.scaled(v)
		d = d.plus(&dk)
		a, b := d.times(&before), d.times(&beforeBelow)
		a, b = a.plus(&this), b.plus(&below)
		before, beforeBelow, this, below = this, below, a, b
		if n%8 != 0 {
			continue
		}
		scale := 1 / b.e0
		before, beforeBelow, this, below = before.scaled(scale), beforeBelow.scaled(scale), this.scaled(scale), below.scaled(scale)
		f := this.over(&below)
		if f.near(&last, 1+float64(n)/64) {
			return f.log(), f.e0 > 0
		}
		last = f
	}
	return jet{}, false
}

// near says whether two jets agree to slack times rounding, which gathers with
// the terms; the derivatives a little less.
func (a *jet) near(b *jet, slack float64) bool {
	size := slack * math.Abs(a.e0)
	tight, loose := 1e-14*size, 1e-11*size
	return math.Abs(a.e0-b.e0) <= tight &&
		math.Abs(a.e1-b.e1) <= loose && math.Abs(a.e2-b.e2) <= loose && math.Abs(a.e3-b.e3) <= loose &&
		math.Abs(a.p0-b.p0) <= loose && math.Abs(a.p1-b.p1) <= loose && math.Abs(a.p2-b.p2) <= loose
}
