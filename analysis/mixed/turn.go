package mixed

import "math"

// turned gives the same criterion with the basis of one term turned so that the
// effect of one of its columns as written comes first and alone: the term's first
// diagonal theta is then its standard deviation over sigma, up to scale. It returns the
// criterion (with its own cross-products for that group), theta in the new
// basis, and the scale back to the units as written.
func (f *fit) turned(gi, column int, theta []float64) (c *criterion, turned []float64, scale float64) {
	g := f.groups[gi]
	k := g.k()
	t := g.term(column)
	n := len(t.names)
	if n == 1 {
		return f.criterion, append([]float64(nil), theta...), f.yScale * g.back[column*k+column]
	}
	// Effects as written are back times effects of the engine: the row of back
	// is the direction that must come first.
	v := g.direction(column, t)
	c, turned = f.turnedBy(gi, t, firstAxis(v), theta)
	return c, turned, f.yScale * math.Sqrt(dot(v, v))
}

// direction is the row of back of a column, within its term.
func (g *group) direction(column int, t groupTerm) []float64 {
	at := column*g.k() + t.first
	return append([]float64(nil), g.back[at:at+len(t.names)]...)
}

// turnedBy is the criterion and theta with the effects of term t of a group
// turned by the orthogonal matrix q, n by n.
func (f *fit) turnedBy(gi int, t groupTerm, q, theta []float64) (c *criterion, turned []float64) {
	g := f.groups[gi]
	k, n := g.k(), len(t.names)
	copied := *f.system
	copied.translation = nil
	copied.groups = append([]*group(nil), f.groups...)
	copied.zz = append([][]float64(nil), f.zz...)
	copied.zx = append([][]float64(nil), f.zx...)
	copied.cross = append([]float64(nil), f.cross...)
	whole := make([]float64, k*k) // rows of the new effects in the old ones
	for a := range k {
		whole[a*k+a] = 1
	}
	for a := range n {
		for b := range n {
			whole[(t.first+a)*k+t.first+b] = q[a*n+b]
		}
	}
	m := f.p + 1
	copied.zz[gi] = make([]float64, len(f.zz[gi]))
	copied.zx[gi] = make([]float64, len(f.zx[gi]))
	for j := range g.levels {
		turnBlock(copied.zz[gi][j*k*k:(j+1)*k*k], f.zz[gi][j*k*k:(j+1)*k*k], whole, k)
		leftTimes(copied.zx[gi][j*k*m:(j+1)*k*m], whole, f.zx[gi][j*k*m:(j+1)*k*m], k, m)
	}
	for i := range f.edges {
		e := &f.edges[i]
		ka, kb := f.groups[e.groupEarlier].k(), f.groups[e.groupLater].k()
		from, to := f.cross[e.block:e.block+ka*kb], copied.cross[e.block:e.block+ka*kb]
		switch gi {
		case int(e.groupLater):
			leftTimes(to, whole, from, kb, ka)
		case int(e.groupEarlier):
			for r := range kb {
				leftTimes(to[r*ka:(r+1)*ka], whole, from[r*ka:(r+1)*ka], ka, 1)
			}
		}
	}
	// Lambda of the new effects: the Cholesky factor of Q Lambda Lambda' Q'.
	root := make([]float64, n*n)
	at := map[[2]int]int{}
	for i, p := range f.params {
		if p.group == gi && p.row >= t.first && p.row < t.first+n {
			at[[2]int{p.row - t.first, p.column - t.first}] = i
		}
	}
	for a := range n {
		for b := range n {
			for u := b; u < n; u++ {
				root[a*n+b] += q[a*n+u] * theta[at[[2]int{u, b}]]
			}
		}
	}
	s := make([]float64, n*n)
	for a := range n {
		for b := range n {
			s[a*n+b] = dot(root[a*n:(a+1)*n], root[b*n:(b+1)*n])
		}
	}
	semidefiniteCholesky(s, n)
	turned = append([]float64(nil), theta...)
	for key, i := range at {
		turned[i] = s[key[0]*n+key[1]]
	}
	return copied.criterion(false), turned
}

// term is the term that a column of the group belongs to.
func (g *group) term(column int) groupTerm {
	for _, t := range g.terms {
		if column >= t.first && column < t.first+len(t.names) {
			return t
		}
	}
	panic("mixed: no such column")
}

// firstAxis is an orthogonal n by n matrix whose first row is v/|v|: a
// Householder reflection.
func firstAxis(v []float64) []float64 {
	n := len(v)
	norm := math.Sqrt(dot(v, v))
	u := make([]float64, n)
	for i, x := range v {
		u[i] = x / norm
	}
	sign := -math.Copysign(1, u[0])
	u[0] -= sign
	uu := dot(u, u)
	q := make([]float64, n*n)
	for a := range n {
		for b := range n {
			x := -2 * u[a] * u[b] / uu
			if a == b {
				x++
			}
			q[a*n+b] = sign * x
		}
	}
	return q
}

// turnBlock sets out = q a q' for k by k matrices.
func turnBlock(out, a, q []float64, k int) {
	half := make([]float64, k*k)
	leftTimes(half, q, a, k, k)
	for r := range k {
		for c := range k {
			out[r*k+c] = dot(half[r*k:(r+1)*k], q[c*k:(c+1)*k])
		}
	}
}

// leftTimes sets out = q a, q k by k and a k by m.
func leftTimes(out, q, a []float64, k, m int) {
	for r := range k {
		for c := range m {
			var x float64
			for u := range k {
				x += q[r*k+u] * a[u*m+c]
			}
			out[r*m+c] = x
		}
	}
}
