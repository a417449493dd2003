package mixed

import (
	"math"

	"swis/analysis/sparse"
)

// criterion evaluates the profiled deviance of Bates, Maechler, Bolker & Walker
// (2015, equations 34 to 42) and its gradient on the cross-products of a
// system. It owns the memory of the evaluations.
type criterion struct {
	*system
	reml bool

	theta   []float64
	lambda  [][]float64 // by group, k by k by row
	factor  *sparse.Factor
	inverse *sparse.Inverse

	translated *translated // nil where plain cross-products carry enough digits

	logDetM float64   // log |Lambda'Z'WZ Lambda + I|
	logDetX float64   // log |R_X|^2 in the basis of the engine
	r2      float64   // penalised residual sum of squares, in units of yScale^2
	effects []float64 // spherical effects u by node, then beta~ (p)
}

func (s *system) criterion(reml bool) *criterion {
	c := &criterion{system: s, reml: reml, factor: s.structure.New(), inverse: s.structure.NewInverse(), theta: make([]float64, len(s.params)), effects: make([]float64, s.structure.Scalars()+s.p)}
	for _, g := range s.groups {
		c.lambda = append(c.lambda, make([]float64, g.k()*g.k()))
	}
	if s.translation != nil {
		c.translated = newTranslated(s)
	}
	return c
}

// df is n - p for REML and n for ML: what r^2 is divided by.
func (c *criterion) df() float64 {
	if c.reml {
		return float64(c.n - c.p)
	}
	return float64(c.n)
}

// factorise is the crucial step: given theta it fills the blocked system
// [Lambda'Z'WZ Lambda + I, .; X'WZ Lambda, X'WX] with the response as last row
// and factorises it. False where it is not positive definite.
func (c *criterion) factorise(theta []float64) bool {
	copy(c.theta, theta)
	for i, p := range c.params {
		g := c.groups[p.group]
		c.lambda[p.group][p.row*g.k()+p.column] = theta[i]
	}
	f := c.factor
	f.Zero()
	m := c.p + 1
	for gi, g := range c.groups {
		if g.k() == 1 {
			c.fillScalar(gi)
		} else {
			c.fillBlocks(gi)
		}
	}
	for i := range c.edges {
		c.fillEdge(&c.edges[i])
	}
	xx := c.xx
	if c.translated != nil {
		xx = c.fillTranslated()
	}
	for a := range m {
		at := c.corner.Base + a*c.corner.RowStride
		for b := range a + 1 {
			f.Dense[at+b] += xx[a*m+b]
		}
	}
	if !f.Factorise() {
		return false
	}
	c.logDetM = f.LogDet()
	c.logDetX = 0
	for a := range c.p {
		c.logDetX += 2 * math.Log(f.Dense[c.corner.Base+a*c.corner.RowStride+a])
	}
	last := f.Dense[c.corner.Base+c.p*c.corner.RowStride+c.p]
	c.r2 = last * last
	return true
}

func (c *criterion) fillScalar(gi int) {
	f, m := c.factor, c.p+1
	l := c.lambda[gi][0]
	zz, zx := c.zz[gi], c.zx[gi]
	first := int(c.first[gi])
	for j, v := range zz {
		d, b := &c.diagonal[first+j], &c.border[first+j]
		row := zx[j*m : (j+1)*m]
		if d.Dense {
			f.Dense[d.Base] = l*l*v + 1
			for x, y := range row {
				f.Dense[b.Base+x*b.RowStride] = l * y
			}
			continue
		}
		f.Diag[d.Base] = l*l*v + 1
		into := f.Panel[b.Base : b.Base+m]
		for x, y := range row {
			into[x] = l * y
		}
	}
}

func (c *criterion) fillBlocks(gi int) {
	f, m := c.factor, c.p+1
	g := c.groups[gi]
	k := g.k()
	lambda := c.lambda[gi]
	half := make([]float64, k*k)
	first := int(c.first[gi])
	for j := range g.levels {
		zz := c.zz[gi][j*k*k : (j+1)*k*k]
		zx := c.zx[gi][j*k*m : (j+1)*k*m]
		d, b := &c.diagonal[first+j], &c.border[first+j]
		into := f.Diag
		if d.Dense {
			into = f.Dense
		}
		for r := range k { // half = ZZ Lambda
			for col := range k {
				var v float64
				for t := col; t < k; t++ {
					v += zz[r*k+t] * lambda[t*k+col]
				}
				half[r*k+col] = v
			}
		}
		for r := range k { // Lambda' half + I, lower triangle
			for col := range r + 1 {
				var v float64
				for t := r; t < k; t++ {
					v += lambda[t*k+r] * half[t*k+col]
				}
				if r == col {
					v++
				}
				into[d.Base+r*d.RowStride+col] = v
			}
		}
		into = f.Panel
		if b.Dense {
			into = f.Dense
		}
		for col := range k {
			for x := range m {
				var v float64
				for t := col; t < k; t++ {
					v += lambda[t*k+col] * zx[t*m+x]
				}
				into[b.Base+x*b.RowStride+col*b.ColumnStride] = v
			}
		}
	}
}

// fillEdge writes Lambda_later' ZZ Lambda_earlier.
func (c *criterion) fillEdge(e *edge) {
	into := c.factor.Panel
	if e.place.Dense {
		into = c.factor.Dense
	}
	la, lb := c.lambda[e.groupEarlier], c.lambda[e.groupLater]
	ka, kb := c.groups[e.groupEarlier].k(), c.groups[e.groupLater].k()
	block := c.cross[e.block : e.block+ka*kb]
	if len(block) == 1 {
		into[e.place.Base] = la[0] * lb[0] * block[0]
		return
	}
	for r := range kb {
		for col := range ka {
			var v float64
			for t := r; t < kb; t++ {
				for u := col; u < ka; u++ {
					v += lb[t*kb+r] * block[t*ka+u] * la[u*ka+col]
				}
			}
			into[e.place.Base+r*e.place.RowStride+col*e.place.ColumnStride] = v
		}
	}
}

// deviance is the profiled -2 log-likelihood (or REML criterion) at the theta
// that was factorised last, with all constants.
func (c *criterion) deviance() float64 {
	df := c.df()
	d := c.logDetM - c.logWeights + df*(1+math.Log(2*math.Pi*c.r2/df)+2*math.Log(c.yScale))
	if c.reml {
		d += c.logDetX + c.basis.logDet
	}
	return d
}

// devianceAt is the unprofiled criterion at a residual variance (in units of
// yScale^2).
func (c *criterion) devianceAt(sigma2 float64) float64 {
	df := c.df()
	d := c.logDetM - c.logWeights + df*(math.Log(2*math.Pi*sigma2)+2*math.Log(c.yScale)) + c.r2/sigma2
	if c.reml {
		d += c.logDetX + c.basis.logDet
	}
	return d
}

// solve finds the spherical effects u and beta~ at the factorised theta.
func (c *criterion) solve() {
	q := c.structure.Scalars()
	c.factor.BorderRow(c.p, c.effects[:q])
	at := c.corner.Base + c.p*c.corner.RowStride
	copy(c.effects[q:], c.factor.Dense[at:at+c.p])
	c.factor.Backward(c.effects, c.p)
	if c.translated != nil {
		c.addLocal()
	}
}

// gradients are the derivatives by theta of the log determinant of the
// criterion and of r^2, at the theta factorised last. solve is called inside.
func (c *criterion) gradients(logDet, r2 []float64) {
	border := 0
	if c.reml {
		border = c.p
	}
	c.inverse.Of(c.factor, border)
	c.solve()
	h := c.traces(border)
	e := c.residualProducts()
	for i, p := range c.params {
		k := c.groups[p.group].k()
		logDet[i] = 2 * h[p.group][p.column*k+p.row]
		r2[i] = -2 * e[p.group][p.row*k+p.column]
	}
}

// traces sums, by group, the diagonal blocks of Omega^-1 [Lambda'Z'; X']Z: k by
// k by row. Omega is the system over nodes and the first border columns.
func (c *criterion) traces(border int) [][]float64 {
	m := c.p + 1
	v := c.inverse
	h := make([][]float64, len(c.groups))
	for gi, g := range c.groups {
		k := g.k()
		sum := make([]float64, k*k)
		h[gi] = sum
		products := c.rows(gi)
		lambda := c.lambda[gi]
		half := make([]float64, k*k)
		first := int(c.first[gi])
		if k == 1 {
			var total float64
			for j, zz := range c.zz[gi] {
				d, b := &c.diagonal[first+j], &c.border[first+j]
				row := products[j*m : (j+1)*m]
				if d.Dense {
					total += v.Dense[d.Base] * lambda[0] * zz
					for x := range border {
						total += v.Dense[b.Base+x*b.RowStride] * row[x]
					}
					continue
				}
				total += v.Diag[d.Base] * lambda[0] * zz
				for x, y := range v.Panel[b.Base : b.Base+border] {
					total += y * row[x]
				}
			}
			sum[0] = total
			continue
		}
		for j := range g.levels {
			zz := c.zz[gi][j*k*k : (j+1)*k*k]
			zx := products[j*k*m : (j+1)*k*m]
			d, b := &c.diagonal[first+j], &c.border[first+j]
			inverse := v.Diag
			if d.Dense {
				inverse = v.Dense
			}
			for r := range k { // half = Lambda' ZZ
				for col := range k {
					var x float64
					for t := r; t < k; t++ {
						x += lambda[t*k+r] * zz[t*k+col]
					}
					half[r*k+col] = x
				}
			}
			panel := v.Panel
			if b.Dense {
				panel = v.Dense
			}
			for r := range k {
				for col := range k {
					var x float64
					for t := range k {
						x += inverse[d.Base+r*d.RowStride+t] * half[t*k+col]
					}
					for y := range border {
						x += panel[b.Base+y*b.RowStride+r*b.ColumnStride] * zx[col*m+y]
					}
					sum[r*k+col] += x
				}
			}
		}
	}
	for i := range c.edges {
		c.traceEdge(&c.edges[i], h)
	}
	c.localTraces(border, h)
	return h
}

func (c *criterion) traceEdge(e *edge, h [][]float64) {
	values := c.inverse.Panel
	if e.place.Dense {
		values = c.inverse.Dense
	}
	la, lb := c.lambda[e.groupEarlier], c.lambda[e.groupLater]
	ka, kb := c.groups[e.groupEarlier].k(), c.groups[e.groupLater].k()
	block := c.cross[e.block : e.block+ka*kb]
	ha, hb := h[e.groupEarlier], h[e.groupLater]
	if len(block) == 1 {
		x := values[e.place.Base] * block[0]
		ha[0] += x * lb[0]
		hb[0] += x * la[0]
		return
	}
	for r := range ka { // h_a += Z_ab Lambda_b' ZZ_ba
		for col := range ka {
			var x float64
			for t := range kb {
				z := values[e.place.Base+t*e.place.RowStride+r*e.place.ColumnStride]
				for u := t; u < kb; u++ {
					x += z * lb[u*kb+t] * block[u*ka+col]
				}
			}
			ha[r*ka+col] += x
		}
	}
	for r := range kb { // h_b += Z_ba Lambda_a' ZZ_ab
		for col := range kb {
			var x float64
			for t := range ka {
				z := values[e.place.Base+r*e.place.RowStride+t*e.place.ColumnStride]
				for u := t; u < ka; u++ {
					x += z * la[u*ka+t] * block[col*ka+u]
				}
			}
			hb[r*kb+col] += x
		}
	}
}
