package infer

import (
	"math"

	"swis/analysis/linear"
)

// general makes the shape of a cluster whose working variance differs from row
// to row, and its score. With B = Phi (I - Q Q') Phi and Y = B^(+1/2) Q,
//
//	score = Y' Phi^(1/2) e,  first = Q' Phi Y,  second = Y' Phi^2 Y,
//
// in clubSandwich's notation A = D B^(+1/2) D with D = Phi^(1/2).
func (b *clusterBlock) general() *shape {
	p, n := b.p, len(b.phi)
	values, _ := eigen(b.gram, p)
	largest := values[p-1]
	var y []float64
	if n <= 48 || 1-largest <= 1e-6 {
		y = b.denseRoot()
	} else {
		y = b.integralRoot(1 - largest)
	}
	s := &shape{first: make([]float64, p*p), second: make([]float64, p*p)}
	for r := range n {
		phi := b.phi[r]
		q, z := b.q[r*p:r*p+p], y[r*p:r*p+p]
		for i := range p {
			for j := range p {
				s.first[i*p+j] += q[i] * phi * z[j]
				s.second[i*p+j] += z[i] * phi * phi * z[j]
			}
		}
		root := math.Sqrt(phi)
		for i := range z {
			z[i] *= root
		}
	}
	s.carry = y
	return s
}

// denseRoot is B^(+1/2) Q by the eigenvalues of B, rows of p.
func (b *clusterBlock) denseRoot() []float64 {
	p, n := b.p, len(b.phi)
	m := make([]float64, n*n)
	for r := range n {
		for t := range r + 1 {
			x := -dot(b.q[r*p:r*p+p], b.q[t*p:t*p+p])
			if r == t {
				x++
			}
			x *= b.phi[r] * b.phi[t]
			m[r*n+t], m[t*n+r] = x, x
		}
	}
	values, vectors := eigen(m, n)
	limit := singular * values[n-1]
	out := make([]float64, n*p)
	along := make([]float64, p)
	for k, l := range values {
		if l <= limit {
			continue
		}
		clear(along)
		for r := range n {
			v := vectors[r*n+k]
			for j, x := range b.q[r*p : r*p+p] {
				along[j] += v * x
			}
		}
		root := 1 / math.Sqrt(l)
		for r := range n {
			v := vectors[r*n+k] * root
			for j, x := range along {
				out[r*p+j] += v * x
			}
		}
	}
	return out
}

// integralRoot is B^(-1/2) Q for B = Phi^2 - Z Z', Z = Phi Q, from
//
//	B^(-1/2) = 2/pi * integral over t > 0 of (t^2 + B)^-1,
//
// with t = exp(x) and the trapezoidal rule, whose error falls like
// exp(-pi^2/h). Each node is a diagonal and a p×p system, so the cost is
// linear in the rows. room is a lower bound of the eigenvalues of I - QQ'.
func (b *clusterBlock) integralRoot(room float64) []float64 {
	p, n := b.p, len(b.phi)
	low, high := math.Inf(1), 0.0
	for _, phi := range b.phi {
		low, high = min(low, phi), max(high, phi)
	}
	const step = 0.3
	from, to := math.Log(low*math.Sqrt(room))-35, math.Log(high)+35
	out := make([]float64, n*p)
	inner := make([]float64, p*p) // I - Z'(t^2+Phi^2)^-1 Z
	cross := make([]float64, p*p) // Z'(t^2+Phi^2)^-1 Q
	column := make([]float64, p)
	for x := from; x <= to; x += step {
		t := math.Exp(x)
		clear(inner)
		clear(cross)
		for r := range n {
			phi := b.phi[r]
			d := phi / (t*t + phi*phi)
			q := b.q[r*p : r*p+p]
			for i, u := range q {
				c := d * u
				for j, v := range q[:i+1] {
					cross[i*p+j] += c * v
					inner[i*p+j] -= c * phi * v
				}
			}
		}
		mirror(cross, p)
		mirror(inner, p)
		for i := range p {
			inner[i*p+i]++
		}
		if !linear.Cholesky(inner, p, 0) {
			return b.denseRoot()
		}
		// cross <- inner^-1 cross, column by column
		for j := range p {
			for i := range p {
				column[i] = cross[i*p+j]
			}
			linear.SolveCholesky(inner, p, column)
			for i := range p {
				cross[i*p+j] = column[i]
			}
		}
		weight := 2 / math.Pi * step * t
		for r := range n {
			phi := b.phi[r]
			d := weight / (t*t + phi*phi)
			q := b.q[r*p : r*p+p]
			o := out[r*p : r*p+p]
			for i, u := range q {
				c := phi * u
				o[i] += d * u
				for j, v := range cross[i*p : i*p+p] {
					o[j] += d * c * v
				}
			}
		}
	}
	return out
}
