package glmm

import (
	"math"
	"slices"
)

// problem is a model with its data: what a fit needs and nothing else.
type problem struct {
	kernel  kernel
	y       []float64
	trials  []float64 // n for binomial
	weights []float64 // n or nil: frequency weights on the log-likelihood
	ceiling []float64 // n or nil: counts that reach it are censored there
	parts   [2]part   // main, zero
}

func (p *problem) n() int { return len(p.y) }

// cells are the rows grouped into the patterns that the likelihood cannot tell
// apart: same levels of the random effects, same covariates and, where it
// matters, same offset and value. Poisson offsets go into count as exposure, so
// that a school's months with equal covariates are one cell. Cells of the same
// combination of levels stand together.
type cells struct {
	n      int
	count  []float64 // rows (weights), trials, or for Poisson exposure
	sum    []float64 // sum of y
	zeros  []float64 // rows with y = 0, where zeros are inflated
	y      []float64 // the common value, for negbin1
	limit  []float64 // the ceiling of rows that reach it, 0 for others; nil without ceilings
	x      [2][]float64
	p      [2]int
	offset [2][]float64 // nil where none
	z      []float64    // n by K, nil where every column is ones

	shift     [2][]float64 // taken off the fixed columns while a search runs, nil for none
	intercept [2]int

	terms []term
	k     int
	of    []int   // part of each of the K columns
	first []int   // combinations+1
	cols  []int32 // combinations by K: random effects of a combination
	pos   []int32 // combinations by K(K+1)/2: entries (a, b), b <= a, of the factor
	q     int     // random effects
	chol  *factor

	constant float64
	tail     []float64 // weight of rows with y > j, j = 0...: the sums of logarithms of negbin2
	weight   float64   // sum of the weights
	rate     float64   // events over exposure, at least half an event
	shifts   float64   // weighted sum of the offsets, gamma only
	squares  float64   // weighted sum of (log y - offset)^2, lognormal only
}

// sameOffset says whether cells must share the offset.
func (k kernel) sameOffset() bool { return !k.pooled() && !k.amount() }

// newCells groups the rows of a problem.
func newCells(p *problem) *cells {
	n := p.n()
	c := &cells{}
	for h := range p.parts {
		c.p[h] = len(p.parts[h].x)
		for i, r := range p.parts[h].random {
			r, order, shift := centred(r)
			c.terms = append(c.terms, term{Random: r, part: h, k: max(1, len(r.Names)), index: i, order: order, shift: shift})
		}
	}
	slices.SortStableFunc(c.terms, func(a, b term) int { return len(b.Levels) - len(a.Levels) })
	lower := 0
	for i := range c.terms {
		t := &c.terms[i]
		t.first, t.base, t.lower = c.k, c.q, lower
		c.k += t.k
		c.q += t.k * len(t.Levels)
		lower += t.parameters()
		for range t.k {
			c.of = append(c.of, t.part)
		}
	}
	order := c.order(n)
	c.group(p, order)
	c.pattern()
	return c
}

// order sorts the rows by their levels, the finest factor first.
func (c *cells) order(n int) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	spare := make([]int32, n)
	for t := len(c.terms) - 1; t >= 0; t-- {
		index := c.terms[t].Index
		at := make([]int32, len(c.terms[t].Levels)+1)
		for _, l := range index {
			at[l+1]++
		}
		for l := 1; l < len(at); l++ {
			at[l] += at[l-1]
		}
		for _, i := range order {
			spare[at[index[i]]] = i
			at[index[i]]++
		}
		order, spare = spare, order
	}
	return order
}

// group fills the cells in the order of their combinations.
func (c *cells) group(p *problem, order []int32) {
	n := p.n()
	k := p.kernel
	ones := true
	for _, t := range c.terms {
		for _, z := range t.Z {
			ones = ones && z == nil
		}
	}
	var key [][]float64
	for h := range p.parts {
		key = append(key, p.parts[h].x...)
	}
	for _, t := range c.terms {
		for _, z := range t.Z {
			if z != nil {
				key = append(key, z)
			}
		}
	}
	main, zero := p.parts[0].offset, p.parts[1].offset
	if main != nil && k.sameOffset() {
		key = append(key, main)
	}
	if zero != nil {
		key = append(key, zero)
	}
	if k.base == negbin1 {
		key = append(key, p.y)
	}
	var limits []float64
	if k.ceiling {
		limits = p.limits()
		key = append(key, limits)
	}
	size := 1
	for size < 2*n {
		size *= 2
	}
	slots := make([]int32, size)
	example := make([]int32, 0, n/4+16) // a row of each cell
	mask := uint64(size - 1)
	for r, i := range order {
		if r == 0 || c.differs(order[r-1], i) {
			c.first = append(c.first, len(example))
			for _, t := range c.terms {
				for a := range t.k {
					c.cols = append(c.cols, int32(t.base)+t.Index[i]*int32(t.k)+int32(a))
				}
			}
		}
		hash := uint64(len(c.first)) * 0x9e3779b97f4a7c15
		for _, column := range key {
			hash = (hash ^ math.Float64bits(column[i])) * 0xff51afd7ed558ccd
			hash ^= hash >> 32
		}
		start := c.first[len(c.first)-1]
		at := hash & mask
		var cell int
		for {
			slot := int(slots[at]) - 1
			if slot < 0 {
				cell = len(example)
				example = append(example, i)
				slots[at] = int32(cell) + 1
				c.count, c.sum = append(c.count, 0), append(c.sum, 0)
				if k.zeros == inflated {
					c.zeros = append(c.zeros, 0)
				}
				if k.ceiling {
					c.limit = append(c.limit, limits[i])
				}
				break
			}
			if slot >= start && same(key, example[slot], i) {
				cell = slot
				break
			}
			at = (at + 1) & mask
		}
		c.add(p, cell, int(i))
	}
	c.first = append(c.first, len(example))
	c.n = len(example)
	for j := len(c.tail) - 2; j >= 0; j-- {
		c.tail[j] += c.tail[j+1]
	}
	var events, exposure float64
	for i := range c.n {
		events += c.sum[i]
		exposure += c.count[i]
	}
	c.rate = max(events, 0.5) / exposure
	for h := range p.parts {
		c.x[h] = make([]float64, c.n*c.p[h])
		for j, column := range p.parts[h].x {
			for e, i := range example {
				c.x[h][e*c.p[h]+j] = column[i]
			}
		}
		if offset := p.parts[h].offset; offset != nil && (h == 1 || k.sameOffset()) {
			c.offset[h] = make([]float64, c.n)
			for e, i := range example {
				c.offset[h][e] = offset[i]
			}
		}
	}
	if k.base == negbin1 {
		c.y = make([]float64, c.n)
		for e, i := range example {
			c.y[e] = p.y[i]
		}
	}
	if !ones {
		c.z = make([]float64, c.n*c.k)
		for _, t := range c.terms {
			for a, z := range t.Z {
				for e, i := range example {
					c.z[e*c.k+t.first+a] = 1
					if z != nil {
						c.z[e*c.k+t.first+a] = z[i]
					}
					if t.shift != nil {
						c.z[e*c.k+t.first+a] -= t.shift[a]
					}
				}
			}
		}
	}
}

func (c *cells) differs(i, j int32) bool {
	for t := range c.terms {
		if c.terms[t].Index[i] != c.terms[t].Index[j] {
			return true
		}
	}
	return false
}

func same(key [][]float64, i, j int32) bool {
	for _, column := range key {
		if column[i] != column[j] {
			return false
		}
	}
	return true
}

// add puts row i into a cell.
func (c *cells) add(p *problem, cell, i int) {
	y, w := p.y[i], 1.0
	if p.weights != nil {
		w = p.weights[i]
	}
	k := p.kernel
	density := 1.0 // of a row whose likelihood is that of its count
	if k.ceiling && c.limit[cell] > 0 {
		density = 0
	}
	switch k.base {
	case binomial:
		trials := 1.0
		if p.trials != nil {
			trials = p.trials[i]
		}
		c.count[cell] += w * trials
		c.constant += w * (logGamma1(trials) - logGamma1(y) - logGamma1(trials-y))
	case gamma:
		// l = shape (-(eta + o) - y e^-o e^-eta) + phiTerm
		var o float64
		if p.parts[0].offset != nil {
			o = p.parts[0].offset[i]
		}
		c.count[cell] += w
		c.sum[cell] += w * y * math.Exp(-o)
		c.constant += w * math.Log(y)
		c.weight += w
		c.shifts += w * o
		return
	case lognormal:
		var o float64
		if p.parts[0].offset != nil {
			o = p.parts[0].offset[i]
		}
		v := math.Log(y) - o
		c.count[cell] += w
		c.sum[cell] += w * v
		c.constant -= w * (math.Log(y) + math.Log(2*math.Pi)/2)
		c.weight += w
		c.squares += w * v * v
		return
	case poisson:
		if k.pooled() {
			exposure := 1.0
			if offset := p.parts[0].offset; offset != nil {
				exposure = math.Exp(offset[i])
				c.constant += w * y * offset[i]
			}
			c.count[cell] += w * exposure
		} else {
			c.count[cell] += w
		}
		c.constant -= density * w * logGamma1(y)
	case negbin2, negbin1:
		c.count[cell] += w
		c.constant -= density * w * logGamma1(y)
		if k.base == negbin2 && density > 0 {
			for len(c.tail) < int(y) {
				c.tail = append(c.tail, 0)
			}
			if y > 0 {
				c.tail[int(y)-1] += w
			}
		}
	}
	c.sum[cell] += w * y
	if k.zeros == inflated && y == 0 {
		c.zeros[cell] += w
	}
}

// logGamma1 is log y!.
func logGamma1(y float64) float64 {
	if y < 2 && y == math.Trunc(y) {
		return 0
	}
	v, _ := math.Lgamma(y + 1)
	return v
}

// pattern finds where the cells' cross-products lie in the factor.
func (c *cells) pattern() {
	if c.q == 0 {
		return
	}
	below := make([][]int32, c.q)
	combinations := len(c.first) - 1
	for m := range combinations {
		cols := c.cols[m*c.k : (m+1)*c.k]
		for a, i := range cols {
			for _, j := range cols[:a] {
				low, high := min(i, j), max(i, j)
				if list := below[low]; len(list) == 0 || list[len(list)-1] != high {
					below[low] = append(list, high)
				}
			}
		}
	}
	c.chol = newFactor(below)
	c.pos = make([]int32, 0, combinations*c.k*(c.k+1)/2)
	for m := range combinations {
		cols := c.cols[m*c.k : (m+1)*c.k]
		for a, i := range cols {
			for _, j := range cols[:a+1] {
				c.pos = append(c.pos, c.chol.position(i, j))
			}
		}
	}
}

// phiTerm is the part of the log-likelihood that depends on phi alone, with its
// derivative: for negbin2 the sum over rows of log(theta (theta+1) ... (theta+y-1))
// - y log theta is kept as a sum over j of the rows with y > j.
func (c *cells) phiTerm(k kernel, phi float64) (value, slope float64) {
	switch k.base {
	case negbin2:
		theta := math.Exp(phi)
		for j, w := range c.tail {
			if w != 0 {
				value += w * math.Log1p(float64(j)/theta)
				slope -= w * float64(j) / (theta + float64(j))
			}
		}
	case lognormal:
		precision := math.Exp(-2 * phi)
		value = -c.weight*phi - c.squares*precision/2
		slope = -c.weight + c.squares*precision
	case gamma:
		// sum w [shape log shape + (shape-1) log y - lgamma(shape)] - shape sum w o
		shape := math.Exp(phi)
		lg, _ := math.Lgamma(shape)
		digamma, _, _ := polygamma(shape)
		value = c.weight*(shape*phi-lg) + (shape-2)*c.constant - shape*c.shifts
		slope = shape * (c.weight*(phi+1-digamma) + c.constant - c.shifts)
	}
	return value, slope
}
