package glmm

import (
	"math"
)

// standardisation holds the rows of a model grouped by their covariates in both
// parts, for means over the distribution of covariates in the data
// (g-computation) and over the random effects.
type standardisation struct {
	main, zero *fit // zero is nil but for a hurdle
	c          *cells
	names      [2][]string // fitted columns
	where      [2][][]int  // by part and term of the fit of that part: column of x of each Z column, -1 for ones
	nodes      []node
	work       [2][]float64
}

// parts gives the fit and the part of that fit in which part h lives.
func (s *standardisation) at(h int) (*fit, int) {
	if h == 1 && s.zero != nil {
		return s.zero, 0
	}
	return s.main, h
}

func (m *model) standardisation(main, zero *fit) *standardisation {
	s := &standardisation{main: main, zero: zero, nodes: gaussHermite(15)}
	base := main.problem.kernel.base
	p := &problem{kernel: kernel{base: poisson}, y: m.design.Response.Y, weights: m.design.Weights}
	if m.zero != nil {
		p.kernel.zeros = inflated
	}
	if m.whole.ceiling != nil { // every row at its ceiling, so that cells keep it
		p.kernel.ceiling, p.ceiling, p.y = true, m.whole.ceiling, m.whole.ceiling
	}
	if base == binomial {
		// Offsets of a logit shift the mean and cannot be taken as exposure.
		p.kernel = kernel{base: binomial}
		p.y, p.weights = make([]float64, m.design.N()), nil
		p.trials = main.problem.trials
	}
	for h := range 2 {
		if h == 1 && m.zero == nil {
			continue
		}
		from := m.design
		if h == 1 {
			from = m.zero
		}
		p.parts[h].offset = from.Offset
		f, part := s.at(h)
		s.work[h] = make([]float64, f.o.c.k)
		for _, j := range f.kept[part] {
			p.parts[h].x = append(p.parts[h].x, from.Fixed.X[j])
			s.names[h] = append(s.names[h], from.Fixed.Names[j])
		}
	}
	for h := range 2 {
		if h == 1 && m.zero == nil {
			continue
		}
		from := m.design
		if h == 1 {
			from = m.zero
		}
		f, part := s.at(h)
		for t := range f.o.c.terms {
			t := &f.o.c.terms[t]
			var where []int
			if t.part == part {
				for a := range t.k {
					where = append(where, -1)
					if z := from.Random[t.index].Z[t.source(a)]; z != nil {
						where[a] = len(p.parts[h].x)
						p.parts[h].x = append(p.parts[h].x, z)
					}
				}
			}
			s.where[h] = append(s.where[h], where)
		}
	}
	s.c = newCells(p)
	return s
}

// effects puts u = L'z of every random term of part h into u, one after the
// other, and returns their number; the sum of squares is the variance z'Sigma z
// of the linear predictor. psi are the parameters of the fit of that part.
func (s *standardisation) effects(h int, x, psi, u []float64) int {
	f, part := s.at(h)
	at := 0
	for i := range f.o.c.terms {
		t := &f.o.c.terms[i]
		if t.part != part || len(s.where[h][i]) != t.k {
			continue
		}
		clear(u[at : at+t.k])
		t.entries(func(m, a, b int) { u[at+b] += s.z(h, i, a, x) * psi[f.o.lowerAt()+m] })
		at += t.k
	}
	return at
}

// z is column a of random term i of part h in a row.
func (s *standardisation) z(h, i, a int, x []float64) float64 {
	if at := s.where[h][i][a]; at >= 0 {
		return x[at]
	}
	return 1
}

// outcome is the mean of the main part, given that a structural zero or the
// hurdle does not intervene, at linear predictor eta with random effects of the
// given variance. A positive ceiling is the most that can be counted.
func (s *standardisation) outcome(eta, variance, phi, ceiling float64) float64 {
	k := s.main.problem.kernel
	switch {
	case ceiling > 0:
		return s.over(variance, func(b float64) float64 {
			mean, none := k.upTo(ceiling, eta+b, phi)
			if k.zeros == truncated {
				return mean / -math.Expm1(math.Log(none))
			}
			return mean
		})
	case k.base == binomial:
		return s.over(variance, func(b float64) float64 { _, p, _ := softplus(eta + b); return p })
	case k.zeros == truncated:
		dispersion := math.Exp(phi)
		logOne := math.Log1p(dispersion)
		return s.over(variance, func(b float64) float64 {
			piece := k.at(0, 0, eta+b, dispersion, logOne, false)
			return math.Exp(eta+b) / -math.Expm1(-piece.c)
		})
	}
	if k.base == lognormal {
		variance += math.Exp(2 * phi)
	}
	return math.Exp(eta + variance/2)
}

// passes is the probability that neither a structural zero nor the hurdle
// intervenes.
func (s *standardisation) passes(zeta, variance float64) float64 {
	return s.over(variance, func(b float64) float64 { _, _, q := softplus(zeta + b); return q })
}

// over is the mean of f over a normal with the given variance.
func (s *standardisation) over(variance float64, f func(float64) float64) float64 {
	if variance == 0 {
		return f(0)
	}
	sd := math.Sqrt(variance)
	var sum, weight float64
	for _, n := range s.nodes {
		w := math.Exp(n.logWeight - n.at*n.at/2)
		sum += w * f(sd*n.at)
		weight += w
	}
	return sum / weight
}

func dot(x, beta []float64) float64 {
	var sum float64
	for j, b := range beta {
		sum += x[j] * b
	}
	return sum
}
