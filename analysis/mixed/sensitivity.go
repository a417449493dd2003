package mixed

// sensitivity holds how the covariance of the fixed effects moves with theta:
// the common ground of Satterthwaite and Kenward-Roger. Fixed effects are in the
// coordinates of the engine (X~, unscaled y).
type sensitivity struct {
	f    *fit
	phi0 []float64 // p by p, (X~'V0^-1 X~)^-1 with V = sigma^2 V0
	w    []float64 // q rows of p: Z'V0^-1 X~ phi0, rows in the order of Structure.Start
	// d[m] is W'D_m W, p by p, with D_m the derivative of Lambda Lambda' by the
	// m-th free theta: the derivative of phi0.
	d [][]float64
}

func newSensitivity(f *fit) *sensitivity {
	s := &sensitivity{f: f, phi0: make([]float64, f.p*f.p)}
	f.inverse.Of(f.factor, f.p)
	for i := range f.p {
		copy(s.phi0[i*f.p:(i+1)*f.p], f.inverse.Dense[f.corner.Base+i*f.corner.RowStride:])
	}
	s.products()
	sums := make([][]float64, len(f.groups))
	for gi := range f.groups {
		sums[gi] = s.sums(gi)
	}
	for _, m := range f.free {
		s.d = append(s.d, s.derivative(f.params[m], sums))
	}
	return s
}

// products fills w: Z'(Z Lambda G_u + X~ G_X) with G the border columns of the
// inverse of the system.
func (s *sensitivity) products() {
	f, p, m := s.f, s.f.p, s.f.p+1
	q := f.structure.Scalars()
	s.w = make([]float64, q*p)
	b := make([]float64, q*p) // Lambda G_u
	for gi, g := range f.groups {
		k := g.k()
		lambda := f.lambda[gi]
		products := f.rows(gi)
		for j := range g.levels {
			node := int(f.first[gi]) + j
			at := f.structure.Start(node)
			place := &f.border[node]
			values := f.inverse.Panel
			if place.Dense {
				values = f.inverse.Dense
			}
			for r := range k {
				for t := range r + 1 {
					l := lambda[r*k+t]
					for x := range p {
						b[(at+r)*p+x] += l * values[place.Base+x*place.RowStride+t*place.ColumnStride]
					}
				}
			}
			zx := products[j*k*m : (j+1)*k*m]
			zz := f.zz[gi][j*k*k : (j+1)*k*k]
			for r := range k {
				row := s.w[(at+r)*p : (at+r+1)*p]
				for y := range p {
					v := zx[r*m+y]
					for x := range row {
						row[x] += v * s.phi0[y*p+x]
					}
				}
				for t := range k {
					v := zz[r*k+t]
					for x := range row {
						row[x] += v * b[(at+t)*p+x]
					}
				}
			}
		}
	}
	for i := range f.edges {
		e := &f.edges[i]
		ka, kb := f.groups[e.groupEarlier].k(), f.groups[e.groupLater].k()
		atA, atB := f.structure.Start(int(e.earlier)), f.structure.Start(int(e.later))
		block := f.cross[e.block : e.block+ka*kb]
		for r := range kb {
			for c := range ka {
				v := block[r*ka+c]
				for x := range p {
					s.w[(atB+r)*p+x] += v * b[(atA+c)*p+x]
					s.w[(atA+c)*p+x] += v * b[(atB+r)*p+x]
				}
			}
		}
	}
}

// sums is, for each pair of columns a, b of a group, the p by p matrix
// sum_j W_j[a,:]'W_j[b,:]; k*k*p*p.
func (s *sensitivity) sums(gi int) []float64 {
	f, p := s.f, s.f.p
	k := f.groups[gi].k()
	out := make([]float64, k*k*p*p)
	for j := range f.groups[gi].levels {
		at := f.structure.Start(int(f.first[gi]) + j)
		for a := range k {
			for b := range k {
				into := out[(a*k+b)*p*p : (a*k+b+1)*p*p]
				for x := range p {
					v := s.w[(at+a)*p+x]
					for y := range p {
						into[x*p+y] += v * s.w[(at+b)*p+y]
					}
				}
			}
		}
	}
	return out
}

// direction is D_m = dLambda Lambda' + Lambda dLambda', k by k.
func (f *fit) direction(m parameter) []float64 {
	k := f.groups[m.group].k()
	d := make([]float64, k*k)
	for a := range k {
		v := f.lambda[m.group][a*k+m.column]
		d[m.row*k+a] += v
		d[a*k+m.row] += v
	}
	return d
}

func (s *sensitivity) derivative(m parameter, sums [][]float64) []float64 {
	p := s.f.p
	out := make([]float64, p*p)
	for ab, v := range s.f.direction(m) {
		if v == 0 {
			continue
		}
		for i, x := range sums[m.group][ab*p*p : (ab+1)*p*p] {
			out[i] += v * x
		}
	}
	return out
}

// contrast turns a contrast of the coefficients as written into one of the
// engine's: R^-T l.
func (b *fixedBasis) contrast(l []float64) []float64 {
	out := append([]float64(nil), l...)
	for i := range b.p {
		for j := range i {
			out[i] -= b.r[j*b.p+i] * out[j]
		}
		out[i] /= b.r[i*b.p+i]
	}
	return out
}

// quadratic is l'A l for a p by p matrix by row.
func quadratic(l, a []float64) float64 {
	var sum float64
	p := len(l)
	for i, x := range l {
		if x == 0 {
			continue
		}
		for j, y := range l {
			sum += x * y * a[i*p+j]
		}
	}
	return sum
}
