package irls

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/analysis/linear"
)

// suspect says whether some mean ran to the boundary of its range, as it does
// under separation.
func (s *scoring) suspect() bool {
	m := s.m
	if m.Family == Gaussian || m.Family == Gamma {
		return false
	}
	if !s.converged {
		return true
	}
	for i, y := range m.Y {
		if y == 0 && s.mu[i] < 1e-6 || m.Family == Binomial && y == m.trials(i) && m.trials(i)-s.mu[i] < 1e-6 {
			return true
		}
	}
	return false
}

// separation finds the rows whose likelihood has its supremum at an infinite
// linear predictor: those moved by a direction that leaves every row with an
// interior outcome alone and moves none at the boundary away from it. It
// returns their distance along the direction, signed in eta, or nil where the
// estimate is finite.
//
// The directions that leave the interior rows alone are a subspace; within it
// alternating projections with the orthant of allowed moves find a common
// point (the iterative rectifier of Correia, Guimarães & Zylkin 2019, with the
// interior rows held exactly).
func (s *scoring) separation() []float64 {
	m, k, n := s.m, len(s.q), len(s.m.Y)
	side := make([]float64, n) // -1: eta may fall, +1: eta may rise, 0: interior
	for i, y := range m.Y {
		if y == 0 {
			side[i] = -1
		} else if m.Family == Binomial && y == m.trials(i) {
			side[i] = 1
		}
	}
	gram := mat.NewSymDense(k, nil)
	for a := range k {
		for b := range a + 1 {
			g := 0.0
			for i, v := range s.q[a] {
				if side[i] == 0 {
					g += v * s.q[b][i]
				}
			}
			gram.SetSym(a, b, g)
		}
	}
	var eigen mat.EigenSym
	if k == 0 || !eigen.Factorize(gram, true) {
		return nil
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	var free [][]float64 // moves of the rows, orthonormal because Q is
	for j := range k {
		if values[j] > 1e-13 {
			continue
		}
		z := make([]float64, n)
		for a := range k {
			for i, v := range s.q[a] {
				z[i] += v * vectors.At(a, j)
			}
		}
		for i := range z {
			z[i] *= side[i]
		}
		free = append(free, z)
	}
	if free == nil {
		return nil
	}
	return rectify(free, side)
}

// rectify looks for a nonnegative vector in the span of orthonormal moves.
func rectify(free [][]float64, side []float64) []float64 {
	n := len(side)
	u, z := make([]float64, n), make([]float64, n)
	for i := range u {
		u[i] = math.Abs(side[i])
	}
	for range 5000 {
		clear(z)
		for _, f := range free {
			c := 0.0
			for i, v := range f {
				c += v * u[i]
			}
			for i, v := range f {
				z[i] += c * v
			}
		}
		largest, least := 0.0, 0.0
		for _, v := range z {
			largest, least = max(largest, v), min(least, v)
		}
		if largest < 1e-9 {
			return nil
		}
		if -least <= 1e-9*largest {
			for i, v := range z {
				if z[i] = side[i] * v; v <= 1e-7*largest {
					z[i] = 0
				}
			}
			return z
		}
		for i, v := range z {
			u[i] = max(v, 0)
		}
	}
	return nil
}

// limit fits the rows that are not separated: the limit of the likelihood.
// The separated rows add nothing to it.
func (m *Model) limit(f *Fit, apart []float64, o Options) *Fit {
	rest := &Model{Family: m.Family}
	pick := func(x []float64) []float64 {
		if x == nil {
			return nil
		}
		out := make([]float64, 0, len(x))
		for i, v := range x {
			if apart[i] == 0 {
				out = append(out, v)
			}
		}
		return out
	}
	rest.Y, rest.Trials, rest.Weights, rest.Offset = pick(m.Y), pick(m.Trials), pick(m.Weights), pick(m.Offset)
	for _, c := range m.X {
		rest.X = append(rest.X, pick(c))
	}
	o.Start = nil
	g := rest.Fit(o)
	infinite := m.unidentified(rest, f, g)
	direction := linear.Solve(m.X, apart, nil, linear.RankTolerance).Coef
	out := &Fit{Coef: g.Coef, Aliased: f.Aliased, Infinite: infinite, Near: f.Near, Kept: g.Kept, Inverse: g.Inverse,
		LogLik: g.LogLik, Deviance: g.Deviance, Pearson: g.Pearson, Theta: g.Theta, ThetaSE: g.ThetaSE,
		Iterations: f.Iterations + g.Iterations, Gradient: g.Gradient, Status: g.Status,
		Separated: make([]bool, len(m.Y)), Eta: make([]float64, len(m.Y)), Mu: make([]float64, len(m.Y)), W: make([]float64, len(m.Y))}
	if out.Status == analysis.Converged || out.Status == analysis.Boundary {
		out.Status = analysis.Separated
	}
	for j := range infinite {
		if !infinite[j] {
			continue
		}
		out.Coef[j] = math.NaN()
		if math.Abs(direction[j]) > 1e-9 {
			out.Coef[j] = math.Inf(int(math.Copysign(1, direction[j])))
		}
	}
	at := 0
	for i := range m.Y {
		if apart[i] != 0 {
			out.Separated[i] = true
			out.Eta[i], out.Mu[i] = math.Inf(int(math.Copysign(1, apart[i]))), 0
			if apart[i] > 0 {
				out.Mu[i] = m.trials(i)
			}
			continue
		}
		out.Eta[i], out.Mu[i], out.W[i] = g.Eta[at], g.Mu[at], g.W[at]
		if g.Separated != nil && g.Separated[at] {
			out.Separated[i] = true
		}
		at++
	}
	return out
}

// unidentified lists the coefficients that the remaining rows do not fix:
// columns aliased there but not before, and those that share in their
// dependence.
func (m *Model) unidentified(rest *Model, f, g *Fit) []bool {
	out := make([]bool, len(m.X))
	if g.Infinite != nil {
		copy(out, g.Infinite)
	}
	kept := make([][]float64, len(g.Kept))
	for i, j := range g.Kept {
		kept[i] = rest.X[j]
	}
	for j := range m.X {
		if !g.Aliased[j] || f.Aliased[j] {
			continue
		}
		out[j] = true
		b := linear.Solve(kept, rest.X[j], nil, linear.RankTolerance).Coef
		for i, l := range g.Kept {
			if math.Abs(b[i])*length(rest.X[l]) > 1e-8*length(rest.X[j]) && length(rest.X[j]) > 0 {
				out[l] = true
			}
		}
	}
	return out
}

func length(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return math.Sqrt(s)
}
