package did

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/distribution"
)

// smoothPath are the affine estimators of an effect that are best under
// smoothness, whatever its size: from the least worst-case bias to the least
// variance.
//
// With the trend delta zero at the reference and s_m its second difference at
// m, v'beta misses the effect by sum of c_m s_m, where c_m is the second
// integral of the estimator's weights on the trend and the weights on later
// coefficients are those of the effect. A slope is not bounded, so the c at the
// reference is fixed; those of the q-1 earlier kinks are free. The worst case
// is M times sum |c_m|: variance and bias trade along a lasso path in c.
type smoothPath struct {
	e     *eventEstimates
	fixed float64     // sum of |c| at the reference and later
	c     [][]float64 // knots by q-1, from zero to the least variance
}

// newSmoothPath follows the path by its knots (Osborne, Presnell & Turlach 2000).
func newSmoothPath(e *eventEstimates) *smoothPath {
	q := len(e.pre)
	p := &smoothPath{e: e}
	tail := make([]float64, len(e.post)+1) // sum of weights from t on
	for t := len(e.post) - 1; t >= 0; t-- {
		tail[t] = tail[t+1] + e.weights[t]
	}
	second := 0.0
	for t := len(e.post) - 1; t >= 0; t-- {
		second += tail[t]
		p.fixed += math.Abs(second) // c at the period before t
	}
	k := q - 1
	p.c = [][]float64{make([]float64, k)}
	if k == 0 {
		return p
	}
	// variance(c) = constant + 2 g'c + c'Hc, from the weights of the unit vectors
	origin := p.weights(p.c[0])
	columns := make([][]float64, k)
	for j := range k {
		unit := make([]float64, k)
		unit[j] = 1
		columns[j] = p.weights(unit)
		for i := range columns[j] {
			columns[j][i] -= origin[i]
		}
	}
	g := make([]float64, k)
	h := mat.NewSymDense(k, nil)
	for i := range k {
		g[i] = e.product(columns[i], origin)
		for j := range i + 1 {
			h.SetSym(i, j, e.product(columns[i], columns[j]))
		}
	}
	p.follow(g, h)
	return p
}

// follow lets the price of bias fall from where every c is zero to none.
func (p *smoothPath) follow(g []float64, h *mat.SymDense) {
	k := len(g)
	sign := make([]float64, k) // 0 for those not in use
	price, entering := 0.0, -1
	for j, x := range g {
		if math.Abs(x) > price {
			price, entering = math.Abs(x), j
		}
	}
	if entering < 0 {
		return
	}
	sign[entering] = -math.Copysign(1, g[entering])
	c := make([]float64, k)
	for range 20 * k {
		var used []int
		for j, s := range sign {
			if s != 0 {
				used = append(used, j)
			}
		}
		sub := mat.NewSymDense(len(used), nil)
		base, slope := mat.NewVecDense(len(used), nil), mat.NewVecDense(len(used), nil)
		for a, i := range used {
			base.SetVec(a, -g[i])
			slope.SetVec(a, -sign[i])
			for b, j := range used[:a+1] {
				sub.SetSym(a, b, h.At(i, j))
			}
		}
		var chol mat.Cholesky
		var at, by mat.VecDense // c = at + price by
		if !chol.Factorize(sub) || chol.SolveVecTo(&at, base) != nil || chol.SolveVecTo(&by, slope) != nil {
			return
		}
		next, out, in := 0.0, -1, -1
		for a, i := range used { // where one in use turns zero
			if z := -at.AtVec(a) / by.AtVec(a); z < price*(1-1e-9) && z > next && sign[i]*by.AtVec(a) > 0 {
				next, out, in = z, i, -1
			}
		}
		for j := range k { // where the gradient of another reaches the price
			if sign[j] != 0 {
				continue
			}
			constant, linear := g[j], 0.0
			for a, i := range used {
				constant += h.At(j, i) * at.AtVec(a)
				linear += h.At(j, i) * by.AtVec(a)
			}
			for _, s := range []float64{1, -1} {
				if z := constant / (s - linear); z < price*(1-1e-9) && z > next {
					next, out, in = z, -1, j
				}
			}
		}
		clear(c)
		for a, i := range used {
			c[i] = at.AtVec(a) + next*by.AtVec(a)
		}
		if out >= 0 {
			c[out] = 0
		}
		p.c = append(p.c, append([]float64(nil), c...))
		if next == 0 {
			return
		}
		price = next
		switch {
		case out >= 0:
			sign[out] = 0
		case in >= 0:
			gradient := g[in]
			for _, i := range used {
				gradient += h.At(in, i) * c[i]
			}
			sign[in] = -math.Copysign(1, gradient)
		}
	}
}

// weights are those of the estimator with the given c at the earlier kinks, on
// earlier and later coefficients: second differences of c.
func (p *smoothPath) weights(c []float64) []float64 {
	e := p.e
	q := len(e.pre)
	full := make([]float64, q+2) // c at 0, 0, kinks 1..q-1, the reference
	copy(full[2:], c)
	for t, w := range e.weights {
		full[q+1] += w * float64(t+1)
	}
	v := make([]float64, q+len(e.post))
	for j := range q {
		v[j] = full[j+2] - 2*full[j+1] + full[j]
	}
	copy(v[q:], e.weights)
	return v
}

// bias is the worst-case bias for smoothness of one.
func (p *smoothPath) bias(c []float64) float64 {
	s := p.fixed
	for _, x := range c {
		s += math.Abs(x)
	}
	return s
}

// interval is the fixed-length confidence interval for a size: the affine
// estimator that makes it shortest, plus and minus the critical value of a
// normal that is biased by the worst case (Armstrong & Kolesar 2018; Rambachan
// & Roth 2023, section 3.2). The choice does not look at the estimates.
func (p *smoothPath) interval(size, level float64) (estimate, bias, half float64) {
	e := p.e
	length := func(c []float64) float64 {
		v := p.weights(c)
		return fixedLength(size*p.bias(c), math.Sqrt(e.product(v, v)), level)
	}
	best := p.c[0]
	half = length(best)
	between := make([]float64, len(best))
	for i := 1; i < len(p.c); i++ {
		from, to := p.c[i-1], p.c[i]
		at := func(f float64) float64 {
			for j := range between {
				between[j] = from[j] + f*(to[j]-from[j])
			}
			return length(between)
		}
		low, high := 0.0, 1.0
		const golden = 0.6180339887498949
		x, y := 1-golden, golden
		fx, fy := at(x), at(y)
		for high-low > 1e-7 {
			if fx < fy {
				high, y, fy = y, x, fx
				x = high - golden*(high-low)
				fx = at(x)
			} else {
				low, x, fx = x, y, fy
				y = low + golden*(high-low)
				fy = at(y)
			}
		}
		for _, f := range []float64{(low + high) / 2, 1} {
			if l := at(f); l < half {
				half, best = l, append([]float64(nil), between...)
			}
		}
	}
	v := p.weights(best)
	for j, b := range e.pre {
		estimate += v[j] * b
	}
	for t, b := range e.post {
		estimate += e.weights[t] * b
	}
	return estimate, size * p.bias(best), half
}

// fixedLength is half the length of the interval of an estimator with at most
// the given bias: sd times the quantile of |N(bias/sd, 1)|.
func fixedLength(bias, sd, level float64) float64 {
	if sd == 0 {
		return bias
	}
	b := bias / sd
	c := b + distribution.NormalQuantile((1+level)/2)
	for range 50 { // Newton; the share covered is concave beyond the bias
		density := (math.Exp(-(c-b)*(c-b)/2) + math.Exp(-(c+b)*(c+b)/2)) / math.Sqrt(2*math.Pi)
		move := (normalLower(c-b) - normalLower(-c-b) - level) / density
		if c = max(c-move, b); math.Abs(move) < 1e-13*(1+c) {
			break
		}
	}
	return sd * c
}

// product is v'Vw over the earlier and later coefficients.
func (e *eventEstimates) product(v, w []float64) float64 {
	s := 0.0
	for i, x := range v {
		for j, y := range w {
			s += x * y * e.v[i][j]
		}
	}
	return s
}
