package glmm

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/formula"
)

// Covariates far from zero, such as a calendar year, make intercepts and slopes
// nearly the same direction. Searches run with such columns centred; estimates
// and covariance are then taken back, which is linear.

// far says whether a column lies further from zero than it spreads, and its mean.
func far(x []float64) (mean float64, yes bool) {
	if x == nil {
		return 0, false
	}
	var square float64
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		square += (v - mean) * (v - mean)
	}
	return mean, mean*mean > square/float64(len(x)) && square > 0
}

// centred reorders a correlated random term with an intercept so that the
// intercept is last, and gives the shift of each column; order says which column
// of r each is. Both are nil where nothing has to be centred. With the intercept
// last, the factor of the covariance stays lower triangular on the way back.
func centred(r formula.Random) (out formula.Random, order []int, shift []float64) {
	if !r.Correlated || len(r.Names) < 2 || r.Names[0] != "(Intercept)" || r.Z[0] != nil {
		return r, nil, nil
	}
	any := false
	for a := 1; a < len(r.Names); a++ {
		mean, yes := far(r.Z[a])
		order = append(order, a)
		shift = append(shift, 0)
		if yes {
			shift[a-1], any = mean, true
		}
	}
	if !any {
		return r, nil, nil
	}
	order, shift = append(order, 0), append(shift, 0)
	out = r
	out.Names, out.Z = nil, nil
	for _, a := range order {
		out.Names, out.Z = append(out.Names, r.Names[a]), append(out.Z, r.Z[a])
	}
	return out, order, shift
}

// source is the column of the formula's term that column a is.
func (t *term) source(a int) int {
	if t.order == nil {
		return a
	}
	return t.order[a]
}

// columns lists the columns in the order of the formula.
func (t *term) columns() []int {
	out := make([]int, t.k)
	for a := range out {
		out[t.source(a)] = a
	}
	return out
}

// centre centres the fixed columns of part h that lie far from zero, where the
// part has an intercept (its column is given, -1 for none).
func (c *cells) centre(h, intercept int) {
	if intercept < 0 {
		return
	}
	p := c.p[h]
	var shift []float64
	for j, x := range c.columns(h) {
		mean, yes := far(x)
		if j == intercept || !yes {
			continue
		}
		if shift == nil {
			shift = make([]float64, p)
		}
		shift[j] = mean
	}
	c.shift[h], c.intercept[h] = shift, intercept
	c.move(h, -1)
}

// move adds sign times the shifts to the fixed columns of part h.
func (c *cells) move(h int, sign float64) {
	if c.shift[h] == nil {
		return
	}
	for i := range c.n {
		for j, s := range c.shift[h] {
			c.x[h][i*c.p[h]+j] += sign * s
		}
	}
}

// uncentre takes a fit back to the columns as they are.
func (f *fit) uncentre() {
	o, c := f.o, f.o.c
	m := mat.NewDense(o.n, o.n, nil)
	for i := range o.n {
		m.Set(i, i, 1)
	}
	moved := false
	at := 0
	for h := range c.shift {
		for j, s := range c.shift[h] {
			if s != 0 {
				m.Set(at+c.intercept[h], at+j, -s)
				moved = true
			}
		}
		c.move(h, 1)
		c.shift[h] = nil
		at += c.p[h]
	}
	for i := range c.terms {
		t := &c.terms[i]
		if t.shift == nil {
			continue
		}
		last := t.k - 1
		row := func(a, b int) int { return o.lowerAt() + t.lower + a*(a+1)/2 + b }
		for a := range last {
			for b := range a + 1 {
				m.Set(row(last, b), row(a, b), -t.shift[a])
			}
			for cell := range c.n {
				c.z[cell*c.k+t.first+a] += t.shift[a]
			}
		}
		t.shift = nil
		moved = true
	}
	if !moved {
		return
	}
	psi := make([]float64, o.n)
	for i := range o.n {
		for j, v := range f.psi {
			psi[i] += m.At(i, j) * v
		}
	}
	f.psi = psi
	if f.cov != nil {
		full := mat.NewDense(o.n, o.n, nil)
		for i, a := range f.free {
			for j, b := range f.free {
				full.Set(a, b, f.cov.At(i, j))
			}
		}
		var half, cov mat.Dense
		half.Mul(m, full)
		cov.Mul(&half, m.T())
		f.free = nil
		for i := range o.n {
			if cov.At(i, i) > 0 {
				f.free = append(f.free, i)
			}
		}
		f.cov = mat.NewSymDense(max(1, len(f.free)), nil)
		for i, a := range f.free {
			for j := i; j < len(f.free); j++ {
				f.cov.SetSym(i, j, (cov.At(a, f.free[j])+cov.At(f.free[j], a))/2)
			}
		}
		f.index()
	}
	o.evaluate(f.psi, nil)
}

// centredStart takes known coefficients to the centred columns.
func (c *cells) centredStart(known []float64) []float64 {
	if known == nil || c.shift[0] == nil {
		return known
	}
	out := slices.Clone(known)
	for j, s := range c.shift[0] {
		if !math.IsNaN(known[j]) {
			out[c.intercept[0]] += s * known[j]
		}
	}
	return out
}
