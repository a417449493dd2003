package glmm

// laplaceGradient fills the gradient of -l(u) + u'u/2 + log|H|/2 at the mode for
// the covariance parameters and phi, and leaves in r the effective scores: the
// derivative of the objective in the linear predictor of each cell, with the
// change of the mode (implicit function) and of the weights (third derivatives)
// in it. With V = H^-1, h_i = z_i'Lambda V Lambda'z_i, s = d(log|H|/2)/d eta and
// v = V A's: r = -l' + s + l” (A v).
func (o *objective) laplaceGradient(grad []float64) {
	c, k := o.c, o.c.k
	c.chol.invert()
	at := o.lowerAt()
	clear(grad[at:])
	lower := grad[at:]
	phiAt := o.n - 1
	hasPhi := o.kernel.hasPhi()
	two := o.kernel.predictors() == 2
	clear(o.score)
	pairs := k * (k + 1) / 2
	for m := range len(c.first) - 1 {
		cols, pos := c.cols[m*k:m*k+k], c.pos[m*pairs:m*pairs+pairs]
		at := 0
		for a := range k {
			for b := range a + 1 {
				v := c.chol.inverse[pos[at]]
				o.v[a*k+b], o.v[b*k+a] = v, v
				at++
			}
		}
		// Trace term: (V Lambda' M)_{ba} for the factor entry (a, b).
		o.cross(m, false)
		for a := range k {
			for b := range k {
				var sum float64
				for e := range a + 1 { // (V Lambda')_{ba} = sum_e V_be Lambda_ae
					sum += o.v[b*k+e] * o.lambda[a*k+e]
				}
				o.w[b*k+a] = sum
			}
		}
		for t := range c.terms {
			t := &c.terms[t]
			t.entries(func(p, a, b int) {
				a, b = a+t.first, b+t.first
				var sum float64
				for e := range k {
					sum += o.w[b*k+e] * o.m[e*k+a]
				}
				lower[p] += sum
			})
		}
		// Lambda V Lambda', the conditional covariance of the effects.
		for a := range k {
			for b := range k {
				var sum float64
				for e := range a + 1 {
					sum += o.lambda[a*k+e] * o.w[e*k+b]
				}
				o.v[a*k+b] = sum
			}
		}
		g := o.g[:k]
		clear(g)
		var sums [2]float64
		h := o.spread(c.first[m])
		for i := c.first[m]; i < c.first[m+1]; i++ {
			if c.z != nil {
				h = o.spread(i)
			}
			s := -o.d.d3[0][i] * h[0] / 2
			if two {
				s -= (2*o.d.d3[1][i]*h[1] + o.d.d3[2][i]*h[2]) / 2
				o.r[1][i] = -(o.d.d3[1][i]*h[0] + 2*o.d.d3[2][i]*h[1] + o.d.d3[3][i]*h[2]) / 2
				sums[1] += o.r[1][i]
			}
			o.r[0][i] = s
			sums[0] += s
			if hasPhi {
				sum := o.d.p2[0][i] * h[0]
				if two {
					sum += 2*o.d.p2[1][i]*h[1] + o.d.p2[2][i]*h[2]
				}
				grad[phiAt] -= o.d.p0[i] + sum/2
			}
			if c.z != nil {
				for a, z := range c.z[i*k : i*k+k] {
					g[a] += o.r[c.of[a]][i] * z
				}
			}
		}
		if c.z == nil {
			for a := range k {
				g[a] = sums[c.of[a]]
			}
		}
		for a := range k {
			var sum float64
			for e := a; e < k; e++ {
				sum += o.lambda[e*k+a] * g[e]
			}
			o.score[cols[a]] += sum
		}
	}
	v := o.score
	c.chol.solve(v)
	b, rc, gc := o.g[:k], o.g[k:2*k], o.g[2*k:3*k]
	for m := range len(c.first) - 1 {
		cols := c.cols[m*k : m*k+k]
		o.effects(v, cols, b)
		clear(rc)
		clear(gc)
		var e, rSums, dSums [2]float64
		for a := range k {
			e[c.of[a]] += b[a]
		}
		for i := c.first[m]; i < c.first[m+1]; i++ {
			if c.z != nil {
				e = [2]float64{}
				for a, z := range c.z[i*k : i*k+k] {
					e[c.of[a]] += z * b[a]
				}
			}
			r := o.r[0][i] + o.d.d2[0][i]*e[0] - o.d.d1[0][i]
			if two {
				r += o.d.d2[1][i] * e[1]
				other := o.r[1][i] + o.d.d2[1][i]*e[0] + o.d.d2[2][i]*e[1] - o.d.d1[1][i]
				o.r[1][i] = other
				rSums[1] += other
				dSums[1] += o.d.d1[1][i]
			}
			o.r[0][i] = r
			rSums[0] += r
			dSums[0] += o.d.d1[0][i]
			if hasPhi {
				grad[phiAt] += e[0] * o.d.p1[0][i]
				if two {
					grad[phiAt] += e[1] * o.d.p1[1][i]
				}
			}
			if c.z != nil {
				for a, z := range c.z[i*k : i*k+k] {
					rc[a] += o.r[c.of[a]][i] * z
					gc[a] += o.d.d1[c.of[a]][i] * z
				}
			}
		}
		if c.z == nil {
			for a := range k {
				rc[a], gc[a] = rSums[c.of[a]], dSums[c.of[a]]
			}
		}
		for t := range c.terms {
			t := &c.terms[t]
			t.entries(func(p, a, b int) {
				lower[p] += rc[a+t.first]*o.u[cols[b+t.first]] + gc[a+t.first]*v[cols[b+t.first]]
			})
		}
	}
}

// spread is the conditional variance of a cell's linear predictors: ee, ez, zz.
func (o *objective) spread(i int) (h [3]float64) {
	c, k := o.c, o.c.k
	if c.z == nil {
		for a := range k {
			for b := range k {
				if j := c.of[a] + c.of[b]; j != 1 {
					h[j] += o.v[a*k+b]
				} else {
					h[1] += o.v[a*k+b] / 2
				}
			}
		}
		return h
	}
	z := c.z[i*k : i*k+k]
	for a, za := range z {
		for b, zb := range z {
			if j := c.of[a] + c.of[b]; j != 1 {
				h[j] += za * zb * o.v[a*k+b]
			} else {
				h[1] += za * zb * o.v[a*k+b] / 2
			}
		}
	}
	return h
}
