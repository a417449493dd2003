package glmm

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// withoutEffects is the same cells with no random effects.
func (c *cells) withoutEffects() *cells {
	bare := *c
	bare.terms, bare.k, bare.q, bare.of, bare.cols, bare.pos, bare.chol, bare.z = nil, 0, 0, nil, nil, nil, nil, nil
	bare.first = []int{0, c.n}
	return &bare
}

// starts gives parameters to start from: coefficients from weighted least
// squares on the link scale, variances and dispersion by moments. Where the
// surface can have several optima (dispersion, zero parts) more follow. known
// holds the coefficients of the model without random effects, if any.
func (o *objective) starts(known []float64) [][]float64 {
	c := o.c
	psi := make([]float64, o.n)
	weight := make([]float64, c.n)
	if known != nil {
		copy(psi, known)
	} else {
		main := make([]float64, c.n)
		for i := range c.n {
			main[i], weight[i] = o.guess(i)
			if c.offset[0] != nil {
				main[i] -= c.offset[0][i]
			}
		}
		copy(psi, leastSquares(c.x[0], c.p[0], main, weight))
	}
	if o.kernel.zeros == inflated {
		zero := make([]float64, c.n)
		for i := range c.n {
			share := (c.zeros[i]*0.6 + 0.05) / (c.count[i] + 0.1)
			zero[i], weight[i] = math.Log(share/(1-share)), c.count[i]
			if c.offset[1] != nil {
				zero[i] -= c.offset[1][i]
				if c.offset[1][i] <= certain {
					zero[i], weight[i] = 0, 0
				}
			}
		}
		copy(psi[c.p[0]:], leastSquares(c.x[1], c.p[1], zero, weight))
	}
	excess := o.excess(psi)
	spread := excess
	if o.kernel.hasPhi() {
		spread = excess / 2
		switch o.kernel.base {
		case negbin2:
			psi[o.n-1] = -math.Log(spread)
		case negbin1:
			psi[o.n-1] = math.Log(max(0.2, spread*c.rate))
		case gamma:
			psi[o.n-1] = 0
		case lognormal:
			psi[o.n-1] = -0.3
		}
	}
	sd := math.Sqrt(math.Log1p(spread) / float64(max(1, len(c.terms))))
	o.setDiagonal(psi, max(0.15, min(1, sd)))
	if !o.kernel.hasPhi() && o.kernel.zeros != inflated || o.kernel.amount() {
		return [][]float64{psi}
	}
	other := append([]float64(nil), psi...)
	switch o.kernel.base {
	case negbin2:
		other[o.n-1] += 1.5
	case negbin1:
		other[o.n-1] -= 1.5
	}
	o.setDiagonal(other, 0.3)
	if o.kernel.zeros == inflated && c.p[1] > 0 {
		for i := c.p[0]; i < c.p[0]+c.p[1]; i++ {
			other[i] *= 0.5
		}
		other[c.p[0]]--
	}
	if o.kernel.zeros == inflated && c.q > 0 {
		o.startZeros(psi, other)
	}
	return [][]float64{psi, other}
}

// startZeros betters the starts of a zero-inflated model by searches without
// random effects, which cost little. The random effects of the zero part begin
// small in one start and large in the other: a small one often has an optimum
// of its own at zero.
func (o *objective) startZeros(psi, other []float64) {
	bare := newObjective(o.c.withoutEffects(), o.kernel, nil)
	free := make([]int, bare.n)
	for i := range free {
		free[i] = i
	}
	var best *search
	for _, start := range [][]float64{psi, other} {
		from := append([]float64(nil), start[:o.lowerAt()]...)
		if o.kernel.hasPhi() {
			from = append(from, start[o.n-1])
		}
		s := newSearch(bare, from, free)
		if s.failed {
			continue
		}
		s.b = s.startInverse()
		s.quasiNewton(0.1)
		if best == nil || s.value < best.value {
			best = s
		}
	}
	if best == nil {
		return
	}
	for _, start := range [][]float64{psi, other} {
		copy(start, best.psi[:o.lowerAt()])
	}
	if o.kernel.hasPhi() {
		psi[o.n-1], other[o.n-1] = best.psi[bare.n-1], best.psi[bare.n-1]+0.7
	}
	for t := range o.c.terms {
		if t := &o.c.terms[t]; t.part == 1 {
			t.entries(func(m, a, b int) {
				if a == b {
					other[o.lowerAt()+m] = 1.5
				}
			})
		}
	}
}

// setDiagonal starts every random term with standard deviations sd for an
// intercept and half of it for what a covariate typically adds.
func (o *objective) setDiagonal(psi []float64, sd float64) {
	c := o.c
	for t := range c.terms {
		t := &c.terms[t]
		t.entries(func(m, a, b int) {
			psi[o.lowerAt()+m] = 0
			if a != b {
				return
			}
			start := sd
			if size := c.size(t.first + a); size != 1 {
				start = sd / 2 / size
			}
			psi[o.lowerAt()+m] = start
		})
	}
}

// size is the root mean square of a random column over the cells.
func (c *cells) size(column int) float64 {
	if c.z == nil {
		return 1
	}
	var square float64
	for i := range c.n {
		z := c.z[i*c.k+column]
		square += z * z
	}
	if square == 0 {
		return 1
	}
	return math.Sqrt(square / float64(c.n))
}

// guess is a first linear predictor of a cell and its weight.
func (o *objective) guess(i int) (eta, weight float64) {
	c := o.c
	switch o.kernel.base {
	case binomial:
		p := (c.sum[i] + 0.5) / (c.count[i] + 1)
		return math.Log(p / (1 - p)), (c.count[i] + 1) * p * (1 - p)
	case gamma:
		return math.Log(c.sum[i] / c.count[i]), c.count[i]
	case lognormal:
		return c.sum[i] / c.count[i], c.count[i]
	}
	n := c.count[i]
	if o.kernel.zeros == inflated {
		n = max(n-0.8*c.zeros[i], 0.2*n)
	}
	// A cell without events counts as a quarter of an event at the overall rate.
	s := (c.sum[i] + 0.25) / (n + 0.25/c.rate)
	return math.Log(s), s*n + 0.25
}

// excess is the variance of the cell sums beyond Poisson over the squared means.
func (o *objective) excess(psi []float64) float64 {
	if o.kernel.base == binomial || o.kernel.amount() {
		return 0.3
	}
	o.setFixed(psi)
	var over, square float64
	for i := range o.c.n {
		mean := o.c.count[i] * math.Exp(min(o.fixed[0][i], 50))
		d := o.c.sum[i] - mean
		over += d*d - mean
		square += mean * mean
	}
	if !(square > 0) {
		return 0.1
	}
	return max(0.1, min(3, over/square))
}

// leastSquares solves the weighted normal equations with a little ridge; it
// only starts a search. x is row-major n by p.
func leastSquares(x []float64, p int, y, w []float64) []float64 {
	if p == 0 {
		return nil
	}
	a, b := mat.NewSymDense(p, nil), mat.NewVecDense(p, nil)
	info := make([]float64, p*p)
	for i := range y {
		row := x[i*p : i*p+p]
		for j, xj := range row {
			if xj == 0 {
				continue
			}
			b.SetVec(j, b.AtVec(j)+w[i]*xj*y[i])
			for l, xl := range row[:j+1] {
				info[j*p+l] += w[i] * xj * xl
			}
		}
	}
	for j := range p {
		for l := range j + 1 {
			a.SetSym(j, l, info[j*p+l])
		}
		a.SetSym(j, j, a.At(j, j)*(1+1e-9)+1e-300)
	}
	var chol mat.Cholesky
	beta := mat.NewVecDense(p, nil)
	if chol.Factorize(a) {
		_ = chol.SolveVecTo(beta, b)
	}
	return beta.RawVector().Data
}
