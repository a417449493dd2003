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
