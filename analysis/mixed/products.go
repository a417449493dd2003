package mixed

// residualProducts sums, by group, (Z_j'We) u_j' over levels: k by k by row,
// with e the residual at the solution.
func (c *criterion) residualProducts() [][]float64 {
	m := c.p + 1
	q := c.structure.Scalars()
	beta := c.effects[q:]
	counted := c.effects[:q] // from where the system counts them
	if c.translated != nil {
		counted = c.translated.inner[:q]
	}
	b := c.scaled(counted)
	ze := make([]float64, q)
	for gi, g := range c.groups {
		k := g.k()
		products := c.rows(gi)
		for j := range g.levels {
			at := c.structure.Start(int(c.first[gi]) + j)
			zx := products[j*k*m : (j+1)*k*m]
			zz := c.zz[gi][j*k*k : (j+1)*k*k]
			for r := range k {
				x := zx[r*m+c.p]
				for y, v := range beta {
					x -= zx[r*m+y] * v
				}
				for t := range k {
					x -= zz[r*k+t] * b[at+t]
				}
				ze[at+r] = x
			}
		}
	}
	c.addEdges(b, ze, -1)
	sums := make([][]float64, len(c.groups))
	for gi, g := range c.groups {
		k := g.k()
		sum := make([]float64, k*k)
		for j := range g.levels {
			at := c.structure.Start(int(c.first[gi]) + j)
			for r := range k {
				for col := range k {
					sum[r*k+col] += ze[at+r] * c.effects[at+col]
				}
			}
		}
		sums[gi] = sum
	}
	return sums
}

// scaled is Lambda u, over all nodes.
func (c *criterion) scaled(u []float64) []float64 {
	b := make([]float64, len(u))
	for gi, g := range c.groups {
		k := g.k()
		lambda := c.lambda[gi]
		for j := range g.levels {
			at := c.structure.Start(int(c.first[gi]) + j)
			for r := range k {
				var x float64
				for t := range r + 1 {
					x += lambda[r*k+t] * u[at+t]
				}
				b[at+r] = x
			}
		}
	}
	return b
}

// addEdges adds sign times the part of Z'WZ between groups, times b, to out.
func (c *criterion) addEdges(b, out []float64, sign float64) {
	for i := range c.edges {
		e := &c.edges[i]
		ka, kb := c.groups[e.groupEarlier].k(), c.groups[e.groupLater].k()
		atA, atB := c.structure.Start(int(e.earlier)), c.structure.Start(int(e.later))
		block := c.cross[e.block : e.block+ka*kb]
		for r := range kb {
			for col := range ka {
				v := sign * block[r*ka+col]
				out[atB+r] += v * b[atA+col]
				out[atA+col] += v * b[atB+r]
			}
		}
	}
}
