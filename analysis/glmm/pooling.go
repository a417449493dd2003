package glmm

import "math"

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
