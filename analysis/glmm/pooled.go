package glmm

import "math"

// pooledCounts evaluates the Poisson likelihood with random intercepts alone from
// sums. With eta = x'beta + sum of intercepts,
//
//	l = sum y x'beta + sum over levels of b Y - sum over combinations of M prod e^b,
//
// Y the events of a level and M = sum of exposure e^(x'beta) over the rows of a
// combination of levels. While the modes are sought beta stands still: a step
// costs one exponential a level and one product a combination, however many rows
// there are, and nothing is stored by row.
type pooledCounts struct {
	o *objective

	events []float64 // q: Y
	term   []int32   // q: the term of each random effect
	rows   []float64 // cells: exposure e^(x'beta)
	base   []float64 // combinations: M
	mean   []float64 // combinations: M prod e^b at the last u
	spread []float64 // combinations: conditional variance of the linear predictor
	growth []float64 // q: e^b
	sums   []float64 // q: means by level
	moves  []float64 // q: implicit change of b
	linear float64   // sum of y x'beta
	usable bool      // no exponential is near the ends of float64
}

// farthest is the linear predictor, or random effect, up to which products of
// exponentials are safe; beyond it the general code is used.
const farthest = 200

// newPooledCounts is nil where the likelihood is no such sum.
func newPooledCounts(o *objective) *pooledCounts {
	c := o.c
	if !o.kernel.pooled() || c.q == 0 || c.z != nil || o.nodes != nil {
		return nil
	}
	combinations := len(c.first) - 1
	p := &pooledCounts{o: o, events: make([]float64, c.q), term: make([]int32, c.q), rows: make([]float64, c.n),
		base: make([]float64, combinations), mean: make([]float64, combinations), spread: make([]float64, combinations),
		growth: make([]float64, c.q), sums: make([]float64, c.q), moves: make([]float64, c.q)}
	for t := range c.terms {
		for l := range c.terms[t].Levels {
			p.term[c.terms[t].base+l] = int32(t)
		}
	}
	for m := range combinations {
		var y float64
		for _, v := range c.sum[c.first[m]:c.first[m+1]] {
			y += v
		}
		for _, col := range c.cols[m*c.k : m*c.k+c.k] {
			p.events[col] += y
		}
	}
	return p
}

// prepare takes new coefficients, whose linear predictors are in o.fixed.
func (p *pooledCounts) prepare() {
	c := p.o.c
	p.linear, p.usable = 0, true
	fixed := p.o.fixed[0]
	last, growth := math.NaN(), 0.0
	for m := range p.base {
		var base float64
		for i := c.first[m]; i < c.first[m+1]; i++ {
			x := fixed[i]
			if x != last { // months of a school often share their covariates
				if !(math.Abs(x) < farthest) {
					p.usable = false
					return
				}
				last, growth = x, math.Exp(x)
			}
			p.linear += c.sum[i] * x
			w := c.count[i] * growth
			p.rows[i] = w
			base += w
		}
		p.base[m] = base
	}
}

// lambda is the standard deviation of the random effect in column col.
func (p *pooledCounts) lambda(col int) float64 {
	t := int(p.term[col])
	return p.o.lambda[t*p.o.c.k+t]
}

// likelihood is the log-likelihood at random effects u.
func (p *pooledCounts) likelihood(u []float64) float64 {
	value := p.linear
	for col, v := range u {
		b := p.lambda(col) * v
		if !(math.Abs(b) < farthest) {
			return math.Inf(-1)
		}
		value += b * p.events[col]
		p.growth[col] = math.Exp(b)
	}
	c := p.o.c
	var total float64
	if c.k == 2 {
		for m, base := range p.base {
			mean := base * p.growth[c.cols[2*m]] * p.growth[c.cols[2*m+1]]
			p.mean[m] = mean
			total += mean
		}
		return value - total
	}
	for m, mean := range p.base {
		for _, col := range c.cols[m*c.k : m*c.k+c.k] {
			mean *= p.growth[col]
		}
		p.mean[m] = mean
		total += mean
	}
	return value - total
}

// byLevel adds what is known of each combination up over its levels.
func (p *pooledCounts) byLevel(of, sums []float64) {
	clear(sums)
	c := p.o.c
	if c.k == 2 {
		for m, v := range of {
			sums[c.cols[2*m]] += v
			sums[c.cols[2*m+1]] += v
		}
		return
	}
	for m, v := range of {
		for _, col := range c.cols[m*c.k : m*c.k+c.k] {
			sums[col] += v
		}
	}
}

// assemble forms the gradient of the penalised value in u and its Hessian.
func (p *pooledCounts) assemble() {
	o, c := p.o, p.o.c
	f, k := c.chol, c.k
	if k > 2 { // else every entry is written once, and fill stays zero
		clear(f.h)
	}
	p.byLevel(p.mean, p.sums)
	for col, mean := range p.sums {
		l := p.lambda(col)
		f.h[f.start[col]] = 1 + l*l*mean
		o.score[col] = o.u[col] - l*(p.events[col]-mean)
	}
	pairs := k * (k + 1) / 2
	for a := range k {
		for b := range a {
			product, at := o.lambda[a*k+a]*o.lambda[b*k+b], a*(a+1)/2+b
			if k == 2 {
				for m, mean := range p.mean {
					f.h[c.pos[3*m+1]] = product * mean
				}
				return
			}
			for m, mean := range p.mean {
				f.h[c.pos[m*pairs+at]] += product * mean
			}
		}
	}
}

// gradient is laplaceGradient for these sums: with h the conditional variance of
// a combination's linear predictor and e its part of the implicit change of the
// modes, a row's effective score is mean (h/2 - e + 1) - y.
func (p *pooledCounts) gradient(grad []float64) {
	o, c := p.o, p.o.c
	f, k := c.chol, c.k
	f.invert()
	at := o.lowerAt()
	clear(grad[at:])
	lower := grad[at:]
	clear(o.score)
	if k == 2 {
		p.tracesOfTwo(lower)
	} else {
		p.traces(lower)
	}
	v := o.score
	f.solve(v)
	for col := range v {
		p.moves[col] = p.lambda(col) * v[col]
	}
	scores := p.sums // by level: mean (h/2 - e + 1), whose sum over rows less Y is the effective score
	copy(o.trial, p.sums)
	means := o.trial
	clear(scores)
	d2, r := o.d.d2[0], o.r[0]
	for m, mean := range p.mean {
		e, growth := 0.0, 1.0
		cols := c.cols[m*k : m*k+k]
		for _, col := range cols {
			e += p.moves[col]
			growth *= p.growth[col]
		}
		factor := p.spread[m]/2 - e + 1
		for _, col := range cols {
			scores[col] += mean * factor
		}
		for i := c.first[m]; i < c.first[m+1]; i++ {
			mu := p.rows[i] * growth
			d2[i] = -mu
			r[i] = mu*factor - c.sum[i]
		}
	}
	for col := range scores {
		lower[c.terms[p.term[col]].lower] += (scores[col]-p.events[col])*o.u[col] + (p.events[col]-means[col])*v[col]
	}
}

// traces finds the conditional variances h, adds the derivatives of log|H|/2 in
// the standard deviations with the modes held to lower, and those in the modes to
// o.score.
func (p *pooledCounts) traces(lower []float64) {
	o, c := p.o, p.o.c
	k := c.k
	pairs := k * (k + 1) / 2
	for m, mean := range p.mean {
		cols, pos := c.cols[m*k:m*k+k], c.pos[m*pairs:m*pairs+pairs]
		var h float64
		i := 0
		for a := range k {
			la := o.lambda[a*k+a]
			for b := range a + 1 {
				v, lb := c.chol.inverse[pos[i]], o.lambda[b*k+b]
				i++
				if a == b {
					h += la * la * v
					lower[c.terms[a].lower] += mean * la * v
					continue
				}
				h += 2 * la * lb * v
				lower[c.terms[a].lower] += mean * lb * v
				lower[c.terms[b].lower] += mean * la * v
			}
		}
		p.spread[m] = h
		for a, col := range cols {
			o.score[col] += o.lambda[a*k+a] * mean * h / 2
		}
	}
}

// tracesOfTwo is traces for two terms.
func (p *pooledCounts) tracesOfTwo(lower []float64) {
	o, c := p.o, p.o.c
	la, lb := o.lambda[0], o.lambda[3]
	var first, second float64
	for m, mean := range p.mean {
		a, b := c.cols[2*m], c.cols[2*m+1]
		pos := c.pos[3*m : 3*m+3]
		va, vab, vb := c.chol.inverse[pos[0]], c.chol.inverse[pos[1]], c.chol.inverse[pos[2]]
		first += mean * (la*va + lb*vab)
		second += mean * (lb*vb + la*vab)
		h := la*la*va + 2*la*lb*vab + lb*lb*vb
		p.spread[m] = h
		s := mean * h / 2
		o.score[a] += la * s
		o.score[b] += lb * s
	}
	lower[c.terms[0].lower] += first
	lower[c.terms[1].lower] += second
}
