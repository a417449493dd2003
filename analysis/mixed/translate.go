package mixed

import "math"

// translation keeps the digits of the criterion where random effects are many
// times larger than the residual. Plain cross-products then hold the residual
// sum of squares as a small difference of large numbers.
//
// Each column c of [X~ y~] is split by levels, c = c' + Z B_c, and the effects
// are counted from the penalised fit of B_c at theta,
// U_c = (Lambda'Z'Z Lambda + I)^-1 Lambda'Z'Z B_c by level. With
// D_c = B_c - Lambda U_c the system is that of the columns c' + Z D_c, which are
// small, and its corner gains U_c'U_d: sums of squares only, nothing cancels.
// Changing the effects from u to u - U_y + U_X beta has determinant one, so that
// determinants and the optimum over u and beta are the same.
type translation struct {
	b  [][]float64 // by group: levels of k*(p+1), B
	zx [][]float64 // by group: levels of k*(p+1), Z_j'W c'
	xx []float64   // (p+1)^2 by row, c'Wd'
}

// translated is a translation at one theta.
type translated struct {
	from  *translation
	local [][]float64 // by group: levels of k*(p+1), U
	rest  [][]float64 // the same of D
	other [][]float64 // Z_j'W(c' + Z D of the other groups)
	full  [][]float64 // Z_j'W(c' + Z D)
	inner []float64   // spherical effects counted from U, then beta~
}

const (
	littleLeft = 1e-4  // share of the response's sum of squares left within levels from which on columns are translated
	ridge      = 1e-12 // of a level's cross-product; any B gives the same criterion
)

// visitor passes over the rows and hands each to take.
type visitor func(take func(i int, x []float64, z [][]float64))

// littleWithin says whether the levels of one grouping factor explain nearly all
// of the response.
func (s *system) littleWithin() bool {
	m := s.p + 1
	for gi, g := range s.groups {
		k := g.k()
		left := s.xx[m*m-1]
		y := make([]float64, k)
		for j := range g.levels {
			for r := range k {
				y[r] = s.zx[gi][(j*k+r)*m+s.p]
			}
			if k == 1 {
				if zz := s.zz[gi][j]; zz > 0 {
					left -= y[0] * y[0] / zz
				}
				continue
			}
			b := levelFit(s.zz[gi][j*k*k:(j+1)*k*k], y, k, 1)
			left -= dot(b, y)
		}
		if left < littleLeft*s.xx[m*m-1] {
			return true
		}
	}
	return false
}

// translate finds the translation; the rows come from visit.
func (s *system) translate(visit visitor) {
	m := s.p + 1
	t := &translation{b: make([][]float64, len(s.groups)), xx: make([]float64, m*m)}
	residual := make([]float64, m)
	rows := func(take func(i int, x []float64, z [][]float64)) {
		visit(func(i int, x []float64, z [][]float64) {
			copy(residual, x)
			for gi, b := range t.b {
				if b == nil {
					continue
				}
				k := s.groups[gi].k()
				at := int(s.groups[gi].index[i]) * k * m
				for r, v := range z[gi] {
					for c := range residual {
						residual[c] -= v * b[at+r*m+c]
					}
				}
			}
			take(i, residual, z)
		})
	}
	products := func(gi int) []float64 {
		k := s.groups[gi].k()
		zx := make([]float64, len(s.groups[gi].levels)*k*m)
		rows(func(i int, x []float64, z [][]float64) {
			at := int(s.groups[gi].index[i]) * k * m
			for r, v := range z[gi] {
				for c, u := range x {
					zx[at+r*m+c] += v * u
				}
			}
		})
		return zx
	}
	// Coarse groups first: what an authority explains is not left to its schools.
	for range s.groups {
		next := -1
		for gi, g := range s.groups {
			if t.b[gi] == nil && (next < 0 || len(g.levels) < len(s.groups[next].levels)) {
				next = gi
			}
		}
		k := s.groups[next].k()
		zx := products(next)
		b := make([]float64, 0, len(zx))
		for j := range s.groups[next].levels {
			b = append(b, levelFit(s.zz[next][j*k*k:(j+1)*k*k], zx[j*k*m:(j+1)*k*m], k, m)...)
		}
		t.b[next] = b
	}
	for gi := range s.groups {
		t.zx = append(t.zx, products(gi))
	}
	rows(func(i int, x []float64, z [][]float64) {
		for a, v := range x {
			for c, u := range x {
				t.xx[a*m+c] += v * u
			}
		}
	})
	s.translation = t
}

// levelFit is the k by m least-squares coefficients of m columns on those of a
// level, from zz = Z'Z (k by k) and zx (k by m).
func levelFit(zz, zx []float64, k, m int) []float64 {
	b := make([]float64, k*m)
	a := make([]float64, k*k)
	copy(a, zz)
	for r := range k {
		a[r*k+r] += ridge * zz[r*k+r]
		if zz[r*k+r] == 0 {
			a[r*k+r] = 1
		}
	}
	if !choleskyInPlace(a, k) {
		return b
	}
	column := make([]float64, k)
	for c := range m {
		for r := range k {
			column[r] = zx[r*m+c]
		}
		solveCholesky(a, k, column)
		for r := range k {
			b[r*m+c] = column[r]
		}
	}
	return b
}

func newTranslated(s *system) *translated {
	t := &translated{from: s.translation, inner: make([]float64, s.structure.Scalars()+s.p)}
	for _, zx := range s.zx {
		for _, into := range []*[][]float64{&t.local, &t.rest, &t.other, &t.full} {
			*into = append(*into, make([]float64, len(zx)))
		}
	}
	return t
}

// rows is Z_j'W[X~ y~] by level in the coordinates of the factorised system:
// levels of k*(p+1).
func (c *criterion) rows(group int) []float64 {
	if c.translated != nil {
		return c.translated.full[group]
	}
	return c.zx[group]
}

// fillTranslated replaces the border of the filled system by that of the
// translated columns, and gives the corner's cross-products.
func (c *criterion) fillTranslated() []float64 {
	t, m := c.translated, c.p+1
	for gi, g := range c.groups {
		k := g.k()
		lambda := c.lambda[gi]
		s, a, right := make([]float64, k*k), make([]float64, k*k), make([]float64, k)
		for r := range k { // s = Lambda Lambda'
			for col := range k {
				for u := range min(r, col) + 1 {
					s[r*k+col] += lambda[r*k+u] * lambda[col*k+u]
				}
			}
		}
		for j := range g.levels {
			zz := c.zz[gi][j*k*k : (j+1)*k*k]
			b := t.from.b[gi][j*k*m : (j+1)*k*m]
			local, rest := t.local[gi][j*k*m:(j+1)*k*m], t.rest[gi][j*k*m:(j+1)*k*m]
			for x := range m {
				// (I + Lambda Lambda'ZZ) D = B, and U = Lambda'ZZ D: no differences
				// of large numbers. Rows are scaled to one.
				for r := range k {
					scale := 0.0
					for col := range k {
						v := 0.0
						for u := range k {
							v += s[r*k+u] * zz[u*k+col]
						}
						if r == col {
							v++
						}
						a[r*k+col] = v
						scale = max(scale, math.Abs(v))
					}
					for col := range k {
						a[r*k+col] /= scale
					}
					right[r] = b[r*m+x] / scale
				}
				d := solveGeneral(a, right, k)
				for r := range k {
					rest[r*m+x] = d[r]
					right[r] = 0
					for u := range k {
						right[r] += zz[r*k+u] * d[u]
					}
				}
				for r := range k {
					local[r*m+x] = 0
					for u := r; u < k; u++ {
						local[r*m+x] += lambda[u*k+r] * right[u]
					}
				}
			}
		}
		copy(t.other[gi], t.from.zx[gi])
	}
	for i := range c.edges {
		e := &c.edges[i]
		ka, kb := c.groups[e.groupEarlier].k(), c.groups[e.groupLater].k()
		block := c.cross[e.block : e.block+ka*kb]
		restA, otherA := levelOf(t.rest, c, e.earlier, e.groupEarlier), levelOf(t.other, c, e.earlier, e.groupEarlier)
		restB, otherB := levelOf(t.rest, c, e.later, e.groupLater), levelOf(t.other, c, e.later, e.groupLater)
		for r := range kb {
			for col := range ka {
				v := block[r*ka+col]
				for x := range m {
					otherB[r*m+x] += v * restA[col*m+x]
					otherA[col*m+x] += v * restB[r*m+x]
				}
			}
		}
	}
	xx := append([]float64(nil), t.from.xx...)
	for gi, g := range c.groups {
		k := g.k()
		lambda := c.lambda[gi]
		for j := range g.levels {
			zz := c.zz[gi][j*k*k : (j+1)*k*k]
			own := t.from.zx[gi][j*k*m : (j+1)*k*m]
			local, rest := t.local[gi][j*k*m:(j+1)*k*m], t.rest[gi][j*k*m:(j+1)*k*m]
			other, full := t.other[gi][j*k*m:(j+1)*k*m], t.full[gi][j*k*m:(j+1)*k*m]
			b := &c.border[int(c.first[gi])+j]
			into := c.factor.Panel
			if b.Dense {
				into = c.factor.Dense
			}
			for r := range k {
				for x := range m {
					v := other[r*m+x]
					for u := range k {
						v += zz[r*k+u] * rest[u*m+x]
					}
					full[r*m+x] = v
					// Lambda'ZZ D - U is zero by the choice of U.
					var y float64
					for u := r; u < k; u++ {
						y += lambda[u*k+r] * other[u*m+x]
					}
					into[b.Base+x*b.RowStride+r*b.ColumnStride] = y
				}
			}
			for r := range k {
				for x := range m {
					for y := range m {
						xx[x*m+y] += rest[r*m+x]*full[r*m+y] + rest[r*m+y]*own[r*m+x] + local[r*m+x]*local[r*m+y]
					}
				}
			}
		}
	}
	return xx
}

// levelOf is the slice of a node's level in values by group.
func levelOf(values [][]float64, c *criterion, node, group int32) []float64 {
	size := c.groups[group].k() * (c.p + 1)
	j := c.level(node, group)
	return values[group][j*size : (j+1)*size]
}

// addLocal turns the effects counted from U into those counted from zero.
func (c *criterion) addLocal() {
	t, m := c.translated, c.p+1
	copy(t.inner, c.effects)
	beta := c.effects[c.structure.Scalars():]
	for gi, g := range c.groups {
		k := g.k()
		for j := range g.levels {
			at := c.structure.Start(int(c.first[gi]) + j)
			for r := range k {
				local := t.local[gi][(j*k+r)*m : (j*k+r+1)*m]
				c.effects[at+r] += local[c.p] - dot(local[:c.p], beta)
			}
		}
	}
}

// localTraces takes U_X times the rows of beta of Omega^-1 [Lambda'Z'; X']Z from
// the sums h of traces: the derivative of the translation itself.
func (c *criterion) localTraces(border int, h [][]float64) {
	if c.translated == nil || border == 0 {
		return
	}
	t, v, m := c.translated, c.inverse, c.p+1
	// share is, by group, Omega^-1[beta, node] Lambda'Z'... of each level: k by border.
	rows := make([][]float64, len(c.groups))
	lambdaRows := make([][]float64, len(c.groups)) // Omega^-1[beta, node] Lambda', border by k
	for gi, g := range c.groups {
		k := g.k()
		rows[gi] = make([]float64, len(g.levels)*border*k)
		lambdaRows[gi] = make([]float64, len(g.levels)*border*k)
		for j := range g.levels {
			place := &c.border[int(c.first[gi])+j]
			values := v.Panel
			if place.Dense {
				values = v.Dense
			}
			for x := range border {
				into := lambdaRows[gi][(j*border+x)*k : (j*border+x+1)*k]
				for r := range k {
					for u := range r + 1 {
						into[r] += values[place.Base+x*place.RowStride+u*place.ColumnStride] * c.lambda[gi][r*k+u]
					}
				}
			}
		}
	}
	for gi, g := range c.groups {
		k := g.k()
		for j := range g.levels {
			zz := c.zz[gi][j*k*k : (j+1)*k*k]
			full := t.full[gi][j*k*m : (j+1)*k*m]
			for x := range border {
				into := rows[gi][(j*border+x)*k : (j*border+x+1)*k]
				from := lambdaRows[gi][(j*border+x)*k : (j*border+x+1)*k]
				corner := v.Dense[c.corner.Base+x*c.corner.RowStride:]
				for col := range k {
					for u, y := range from {
						into[col] += y * zz[u*k+col]
					}
					for y := range border {
						into[col] += corner[y] * full[col*m+y]
					}
				}
			}
		}
	}
	for i := range c.edges {
		e := &c.edges[i]
		ka, kb := c.groups[e.groupEarlier].k(), c.groups[e.groupLater].k()
		block := c.cross[e.block : e.block+ka*kb]
		ja, jb := c.level(e.earlier, e.groupEarlier)*border, c.level(e.later, e.groupLater)*border
		for x := range border {
			fromA, fromB := lambdaRows[e.groupEarlier][(ja+x)*ka:], lambdaRows[e.groupLater][(jb+x)*kb:]
			intoA, intoB := rows[e.groupEarlier][(ja+x)*ka:], rows[e.groupLater][(jb+x)*kb:]
			for r := range kb {
				for col := range ka {
					intoA[col] += fromB[r] * block[r*ka+col]
					intoB[r] += fromA[col] * block[r*ka+col]
				}
			}
		}
	}
	for gi, g := range c.groups {
		k := g.k()
		for j := range g.levels {
			local := t.local[gi][j*k*m : (j+1)*k*m]
			for r := range k {
				for col := range k {
					for x := range border {
						h[gi][r*k+col] -= local[r*m+x] * rows[gi][(j*border+x)*k+col]
					}
				}
			}
		}
	}
}
