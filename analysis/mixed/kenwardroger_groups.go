package mixed

import "math"

// kenwardRoger is the one that belongs to the fit; nil where the expected
// information is singular.
func (f *fit) kenwardRoger() *kenwardRoger {
	if f.grouped != nil {
		return f.grouped.kenwardRoger()
	}
	return newKenwardRoger(newSensitivity(f))
}

// covarianceElement is a parameter in which the covariance of the response is
// linear: an element of a term's covariance matrix, or the residual variance of a
// group of rows (term -1), all in units of sigma^2.
type covarianceElement struct {
	group, term, row, column int // row >= column within the term; residual group in row
	value, scale             float64
}

// kenwardRoger is the adjustment with residual variances by group. In elements in
// which V is linear the pieces of Kenward & Roger (1997) are derivatives: of
// C = X'V^-1 X, P_i = C_i and Q_ij + Q_ji = C_ij, and of the log determinant,
// tr(V^-1 V_i V^-1 V_j) = -(log|V|)_ij. They are taken by central differences in
// two steps (Richardson 1911), a few evaluations for each pair.
func (f *groupedFit) kenwardRoger() *kenwardRoger {
	h := f.residuals
	elements, ok := f.elements()
	if !ok {
		return nil
	}
	p, n := f.p, len(elements)
	at := make([]float64, n)
	// pieces are C by row, then log|V|, with elements i and j moved by a and b steps.
	pieces := func(i, j int, a, b float64) []float64 {
		for e := range elements {
			at[e] = elements[e].value
		}
		at[i] += a * elements[i].scale
		at[j] += b * elements[j].scale
		return f.pieces(elements, at)
	}
	first := make([][]float64, n)
	second := make([][]float64, n*n)
	broken := false
	combine := func(divisor float64, weights []float64, terms ...[]float64) []float64 {
		out := make([]float64, p*p+1)
		for t, term := range terms {
			if term == nil {
				broken = true
				return out
			}
			for i, v := range term {
				out[i] += weights[t] * v / divisor
			}
		}
		return out
	}
	const step = 4e-3
	for i := range n {
		slope := func(s float64) []float64 {
			return combine(2*s*elements[i].scale, []float64{1, -1}, pieces(i, i, s, 0), pieces(i, i, -s, 0))
		}
		first[i] = combine(3, []float64{4, -1}, slope(step), slope(2*step))
		for j := range i + 1 {
			curve := func(s float64) []float64 {
				return combine(4*s*s*elements[i].scale*elements[j].scale, []float64{1, -1, -1, 1},
					pieces(i, j, s, s), pieces(i, j, s, -s), pieces(i, j, -s, s), pieces(i, j, -s, -s))
			}
			second[i*n+j] = combine(3, []float64{4, -1}, curve(step), curve(2*step))
			second[j*n+i] = second[i*n+j]
		}
	}
	h.value(f.x)
	h.solve()
	if broken {
		return nil
	}
	s := newSensitivity(f.fit)
	traces := make([]float64, n*n)
	q := make([][]float64, n*n)
	k := make([][]float64, n)
	around := func(a []float64, share float64) []float64 {
		out := multiply(multiply(s.phi0, a[:p*p], p), s.phi0, p)
		for i := range out {
			out[i] *= share
		}
		return out
	}
	for i := range n {
		k[i] = around(first[i], 1)
		for j := range n {
			traces[i*n+j] = -second[i*n+j][p*p]
			q[i*n+j] = around(second[i*n+j], 0.5)
		}
	}
	return assembleKenwardRoger(s, k, q, traces)
}

// elements lists the parameters in which V is linear, at the fit. Variances of
// zero are held there; a singular covariance of several effects has no such
// parameters and gives false.
func (f *groupedFit) elements() (list []covarianceElement, ok bool) {
	for gi, g := range f.groups {
		k := g.k()
		for ti, t := range g.terms {
			n := len(t.names)
			v := make([]float64, n*n)
			for r := range n {
				for c := range n {
					for u := range min(r, c) + 1 {
						v[r*n+c] += f.lambda[gi][(t.first+r)*k+t.first+u] * f.lambda[gi][(t.first+c)*k+t.first+u]
					}
				}
			}
			if n == 1 && v[0] == 0 {
				continue
			}
			room := 1.0 // share of each variance that the other effects leave
			for r := range n {
				l := f.lambda[gi][(t.first+r)*k+t.first+r]
				if l == 0 {
					return nil, false
				}
				room = min(room, l*l/v[r*n+r])
			}
			for r := range n {
				for c := range r + 1 {
					list = append(list, covarianceElement{gi, ti, r, c, v[r*n+c], room * math.Sqrt(v[r*n+r]*v[c*n+c])})
				}
			}
		}
	}
	for a, d := range f.residuals.delta {
		v := math.Exp(2 * d)
		list = append(list, covarianceElement{-1, -1, a, a, v, v})
	}
	return list, true
}

// pieces evaluates C = X'V^-1 X (p by p by row) and, last, log|V| but for a
// constant, at the given elements; nil where V is not positive definite.
func (f *groupedFit) pieces(elements []covarianceElement, values []float64) []float64 {
	h := f.residuals
	x := make([]float64, len(f.x))
	var first float64 // residual variance of the first group: unit of theta
	for e, el := range elements {
		if el.group < 0 && el.row == 0 {
			first = values[e]
		}
	}
	for gi, g := range f.groups {
		for ti, t := range g.terms {
			n := len(t.names)
			v := make([]float64, n*n)
			some := false
			for e, el := range elements {
				if el.group == gi && el.term == ti {
					v[el.row*n+el.column] = values[e] / first
					some = true
				}
			}
			if !some {
				continue
			}
			if !choleskyInPlace(v, n) {
				return nil
			}
			for i, p := range f.params {
				if p.group == gi && p.column >= t.first && p.column < t.first+n {
					x[i] = v[(p.row-t.first)*n+p.column-t.first]
				}
			}
		}
	}
	for e, el := range elements {
		if el.group < 0 && el.row > 0 {
			x[len(f.params)+el.row-1] = math.Log(values[e]/first) / 2
		}
	}
	if _, ok := h.value(x); !ok {
		return nil
	}
	p := f.p
	out := make([]float64, p*p+1)
	for a := range p {
		rowA := f.factor.Dense[f.corner.Base+a*f.corner.RowStride:]
		for b := range a + 1 {
			rowB := f.factor.Dense[f.corner.Base+b*f.corner.RowStride:]
			v := dot(rowA[:b+1], rowB[:b+1]) / first
			out[a*p+b], out[b*p+a] = v, v
		}
	}
	out[p*p] = float64(f.n)*math.Log(first) + h.logDetM - h.logWeights
	return out
}
