package infer

import (
	"math"

	"swis/analysis/linear"
)

// adjusted holds what CR2 and CR3 need cluster by cluster, in the orthonormal
// basis Q = W^(1/2) U R^-1 of the design:
//
//	score_g = Q_g-side of U_g'W A_g e_g              (p)
//	first   = Q_g-side of U_g' A_g'W U_g             (p*p)
//	second  = Q_g-side of (A_g'W U_g)' Phi A_g'W U_g (p*p)
//
// Clusters with the same rows of Q share their matrices, which are stored once
// with their count.
type adjusted struct {
	p      int
	scores []float64 // G rows of p
	shapes []*shape
}

// shape is one distinct cluster design.
type shape struct {
	count         float64
	first, second []float64 // p*p
	root          []float64 // p*p, carries Q_g'e to the score
	carry         []float64 // rows of p, carries e to the score; nil where root does
}

// singular is how near 1 a leverage eigenvalue counts as 1, where the
// pseudo-inverse leaves its direction out.
const singular = 1e-9

// adjust computes CR2 (the symmetric root of the Moore-Penrose inverse of
// I - H_gg under the working covariance, Pustejovsky & Tipton 2018, eq. 8) or
// CR3 (that inverse itself). Where Phi is constant within a cluster, and
// always for CR3, everything follows from the p×p cross-products of the
// cluster.
func (w *Working) adjust(kind Kind, l *layout, scale []float64) *adjusted {
	p := len(w.U)
	a := &adjusted{p: p, scores: make([]float64, l.groups()*p), shapes: make([]*shape, len(l.first))}
	var block clusterBlock
	sums := make([]float64, p)
	for g := range l.groups() {
		s := a.shapes[l.class[g]]
		if s == nil {
			block.load(w, l, scale, l.members(g))
			s = block.shape(kind)
			a.shapes[l.class[g]] = s
		}
		s.count++
		score := a.scores[g*p : (g+1)*p]
		if s.carry == nil {
			w.score(l, scale, l.members(g), sums)
			multiply(s.root, sums, score)
		} else {
			s.gather(w, scale, l.members(g), score)
		}
	}
	return a
}

// shape makes the matrices of a cluster design.
func (b *clusterBlock) shape(kind Kind) *shape {
	if kind == CR2 && !b.constant {
		return b.general()
	}
	trace := 0.0
	for i := range b.p {
		trace += b.gram[i*b.p+i]
	}
	if trace < smallLeverage {
		return series(kind, b.gram, b.p, trace)
	}
	return spectral(kind, b.gram, b.p)
}

// smallLeverage is the trace of a cluster's block of the hat matrix below
// which a few terms of the power series give all digits.
const smallLeverage = 0.02

// series makes a shape from (1 - l)^-1/2 = 1 + l/2 + 3/8 l^2 + ..., or for CR3
// from (1 - l)^-1 = 1 + l + l^2 + ..., in the matrix Q_g'Q_g.
func series(kind Kind, gram []float64, p int, trace float64) *shape {
	s := &shape{first: make([]float64, p*p), second: make([]float64, p*p), root: make([]float64, p*p)}
	power := make([]float64, p*p)
	work := make([]float64, p*p)
	for i := range p {
		s.root[i*p+i], power[i*p+i] = 1, 1
	}
	bound, c := 1.0, 1.0
	for k := 1.0; ; k++ {
		product(power, gram, work, p)
		power, work = work, power
		if bound *= trace; bound < 1e-18 {
			break
		}
		if kind == CR2 {
			c *= (2*k - 1) / (2 * k)
		}
		for i, v := range power {
			s.root[i] += c * v
		}
	}
	product(s.root, gram, s.first, p)
	product(s.first, s.root, s.second, p)
	return s
}

// product sets out to the product of two p×p matrices.
func product(a, b, out []float64, p int) {
	for i := range p {
		row := out[i*p : i*p+p]
		clear(row)
		for k, x := range a[i*p : i*p+p] {
			for j, y := range b[k*p : k*p+p] {
				row[j] += x * y
			}
		}
	}
}

// gather is the score where every row has a weight of its own: carry'e.
func (s *shape) gather(w *Working, scale []float64, members []int32, score []float64) {
	at := 0
	for _, r := range members {
		if scale[r] == 0 {
			continue
		}
		for j, v := range s.carry[at : at+len(score)] {
			score[j] += v * w.Residual[r]
		}
		at += len(score)
	}
}

// multiply sets out to the p×p matrix m times x.
func multiply(m, x, out []float64) {
	p := len(x)
	for i := range p {
		t := 0.0
		for j, v := range m[i*p : i*p+p] {
			t += v * x[j]
		}
		out[i] = t
	}
}

// clusterBlock is one cluster: its rows of Q and working variances.
type clusterBlock struct {
	p        int
	q        []float64 // rows of p
	phi      []float64 // nil for the identity
	gram     []float64 // Q_g'Q_g
	constant bool      // phi is constant
}

func (b *clusterBlock) load(w *Working, l *layout, scale []float64, rows []int32) {
	p := len(w.U)
	b.p = p
	b.q, b.phi = b.q[:0], b.phi[:0]
	if b.gram == nil {
		b.gram = make([]float64, p*p)
	}
	clear(b.gram)
	b.constant = true
	for _, r := range rows {
		root := 1.0
		if scale != nil {
			if root = scale[r]; root == 0 {
				continue // a separated row: no variance, no residual
			}
			b.phi = append(b.phi, w.Phi[r])
			b.constant = b.constant && math.Abs(w.Phi[r]-b.phi[0]) <= 1e-13*b.phi[0]
		}
		at := len(b.q)
		for _, u := range w.U {
			b.q = append(b.q, root*u[r])
		}
		row := b.q[at:]
		l.basis.SolveRTransposed(row)
		for i, x := range row {
			if x == 0 {
				continue
			}
			for j, y := range row[:i+1] {
				b.gram[i*p+j] += x * y
			}
		}
	}
	mirror(b.gram, p)
}

// spectral makes a shape from the eigenvalues of Q_g'Q_g, those of H_gg.
func spectral(kind Kind, gram []float64, p int) *shape {
	s := &shape{first: make([]float64, p*p), second: make([]float64, p*p), root: make([]float64, p*p)}
	values, vectors := eigen(gram, p)
	for k, l := range values {
		f := 0.0
		if 1-l > singular {
			f = 1 / (1 - l)
			if kind == CR2 {
				f = math.Sqrt(f)
			}
		}
		for i := range p {
			vi := vectors[i*p+k] * f
			if vi == 0 {
				continue
			}
			for j := range p {
				x := vi * vectors[j*p+k]
				s.root[i*p+j] += x
				s.first[i*p+j] += l * x
				s.second[i*p+j] += l * f * x
			}
		}
	}
	return s
}

// degrees is Satterthwaite's approximation for one contrast d = R^-T c:
// (sum_g P_gg)^2 / sum_gh P_gh^2 with P_gh = [g=h] second_g - first_g first_h
// in the direction d. The double sum over clusters goes through one p×p
// matrix.
func (a *adjusted) degrees(d []float64) float64 {
	p := a.p
	q := make([]float64, p)
	total := make([]float64, p*p)
	trace, square := 0.0, 0.0
	for _, s := range a.shapes {
		multiply(s.first, d, q)
		alpha, m := quadratic(s.second, d, d), dot(q, q)
		trace += s.count * (alpha - m)
		square += s.count * (alpha*alpha - 2*alpha*m)
		for i := range p {
			for j := range p {
				total[i*p+j] += s.count * q[i] * q[j]
			}
		}
	}
	return trace * trace / (square + dot(total, total))
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

func quadratic(m, a, b []float64) float64 {
	p := len(a)
	s := 0.0
	for i, x := range a {
		if x != 0 {
			s += x * dot(m[i*p:i*p+p], b)
		}
	}
	return s
}

// wishart is the degrees of freedom eta of the Wishart approximation to the
// variance of several contrasts: q(q+1) over the sum of the variances of all
// elements of the matrix, standardised by its expectation under the working
// model.
func (a *adjusted) wishart(ds [][]float64) float64 {
	p, q := a.p, len(ds)
	expected := make([]float64, q*q)
	carried := make([][]float64, q)
	for s := range carried {
		carried[s] = make([]float64, p)
	}
	for _, shape := range a.shapes {
		for s, d := range ds {
			multiply(shape.first, d, carried[s])
		}
		for s := range q {
			for t := range q {
				expected[s*q+t] += shape.count * (quadratic(shape.second, ds[s], ds[t]) - dot(carried[s], carried[t]))
			}
		}
	}
	if !linear.Cholesky(expected, q, 1e-13) {
		return math.NaN()
	}
	// Standardised contrasts: L^-1 applied to the rows of ds.
	standard := make([][]float64, q)
	column := make([]float64, q)
	for s := range standard {
		standard[s] = make([]float64, p)
	}
	for j := range p {
		for s := range q {
			column[s] = ds[s][j]
		}
		linear.SolveLower(expected, q, column)
		for s := range q {
			standard[s][j] = column[s]
		}
	}
	products := make([][]float64, q*q) // sum over clusters of q_s q_t'
	for i := range products {
		products[i] = make([]float64, p*p)
	}
	variance := 0.0
	alpha, m := make([]float64, q*q), make([]float64, q*q)
	for _, shape := range a.shapes {
		for s, d := range standard {
			multiply(shape.first, d, carried[s])
		}
		for s := range q {
			for t := range q {
				alpha[s*q+t] = quadratic(shape.second, standard[s], standard[t])
				m[s*q+t] = dot(carried[s], carried[t])
				x := products[s*q+t]
				for i, u := range carried[s] {
					for j, v := range carried[t] {
						x[i*p+j] += shape.count * u * v
					}
				}
			}
		}
		// The diagonal g = h: P = alpha - m in place of -m.
		for s := range q {
			for t := range q {
				ss, tt, st := s*q+s, t*q+t, s*q+t
				variance += shape.count * ((alpha[ss]-m[ss])*(alpha[tt]-m[tt]) - m[ss]*m[tt])
				variance += shape.count * ((alpha[st]-m[st])*(alpha[st]-m[st]) - m[st]*m[st])
			}
		}
	}
	for s := range q {
		for t := range q {
			// sum_gh m_ss m_tt and sum_gh m_st m_ts
			variance += dot(products[s*q+t], products[s*q+t])
			variance += traceOfSquare(products[s*q+t], p)
		}
	}
	return float64(q*(q+1)) / variance
}

// traceOfSquare is tr(M M).
func traceOfSquare(m []float64, p int) float64 {
	t := 0.0
	for i := range p {
		for j := range p {
			t += m[i*p+j] * m[j*p+i]
		}
	}
	return t
}
