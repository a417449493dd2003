package glmm

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// startInverse approximates the inverse Hessian at psi: for the coefficients the
// information that is left when the random effects are profiled out,
// X'WX - X'WA H^-1 A'WX, for each remaining parameter a forward difference of
// the gradient.
func (s *search) startInverse() *mat.SymDense {
	o := s.o
	n := len(s.free)
	fixed := o.fixedInformation()
	h := mat.NewSymDense(n, nil)
	x, g := append([]float64(nil), s.psi...), make([]float64, o.n)
	for i, at := range s.free {
		if at < o.lowerAt() {
			for j, to := range s.free[:i+1] {
				h.SetSym(i, j, fixed.At(at, to))
			}
			continue
		}
		x[at] = s.psi[at] + 1e-4
		_, ok := o.evaluate(x, g)
		x[at] = s.psi[at]
		curve := (g[at] - s.grad[at]) / 1e-4
		if !ok || !(curve > 1e-6) {
			h.SetSym(i, i, max(1, math.Abs(s.grad[at])))
			continue
		}
		h.SetSym(i, i, curve)
		for j, to := range s.free[:i] {
			if to < o.lowerAt() {
				h.SetSym(i, j, (g[to]-s.grad[to])/1e-4)
			}
		}
	}
	s.o.evaluate(s.psi, s.grad)
	if inv := inverse(h); inv != nil {
		return inv
	}
	inv := mat.NewSymDense(n, nil)
	for i := range n {
		inv.SetSym(i, i, 1/max(1e-6, h.At(i, i)))
	}
	return inv
}

// fixedInformation is the information of beta and gamma at the last evaluation
// with the random effects profiled out.
func (o *objective) fixedInformation() *mat.SymDense {
	c, k := o.c, o.c.k
	p := o.lowerAt()
	info := make([]float64, p*p)
	cross := make([]float64, c.q*p)
	row := make([]float64, k*p)
	starts := [2]int{0, c.p[0]}
	two := o.kernel.predictors() == 2
	for m := range len(c.first) - 1 {
		clear(row)
		for i := c.first[m]; i < c.first[m+1]; i++ {
			w := o.curvature(i, true)
			for h := range o.kernel.predictors() {
				xh := c.x[h][i*c.p[h] : (i+1)*c.p[h]]
				for j, xj := range xh {
					if xj == 0 {
						continue
					}
					at := (starts[h] + j) * p
					for l, xl := range xh[:j+1] {
						info[at+starts[h]+l] += w[2*h] * xj * xl
					}
					if two && h == 1 {
						for l, xl := range c.x[0][i*c.p[0] : (i+1)*c.p[0]] {
							info[at+l] += w[1] * xj * xl
						}
					}
					for a := range k {
						z := 1.0
						if c.z != nil {
							z = c.z[i*k+a]
						}
						row[a*p+starts[h]+j] += w[h+c.of[a]] * z * xj
					}
				}
			}
		}
		for a := range k {
			col := int(c.cols[m*k+a])
			for e := a; e < k; e++ {
				l := o.lambda[e*k+a]
				if l == 0 {
					continue
				}
				for j := range p {
					cross[j*c.q+col] += l * row[e*p+j]
				}
			}
		}
	}
	out := mat.NewSymDense(max(p, 1), nil)
	for j := range p {
		for l := range j + 1 {
			out.SetSym(j, l, info[j*p+l])
		}
	}
	if c.q == 0 {
		return out
	}
	solved := make([]float64, c.q)
	for j := range p {
		copy(solved, cross[j*c.q:(j+1)*c.q])
		c.chol.solve(solved)
		for l := range j + 1 {
			var sum float64
			for e, v := range solved {
				sum += v * cross[l*c.q+e]
			}
			out.SetSym(j, l, out.At(j, l)-sum)
		}
	}
	return out
}
