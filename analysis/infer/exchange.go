package infer

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"swis/analysis/linear"
)

// Exchange is least squares under exchanged arms. Columns that do not depend
// on the arm are projected out once; what depends on it enters through
// cross-products by unit, so that an allocation costs O(U) and no row is
// touched again. Rows carry the root of their weight already.
type Exchange struct {
	Fixed  [][]float64   // columns of n that do not depend on the arm
	Moving [][][]float64 // by arm, the m columns of n as they are in that arm
	Y      []float64
	Units  Clusters
	Term   int // which of the m columns
}

// exchangeSums are the cross-products of the units. Units with the same design
// in every arm share a class.
type exchangeSums struct {
	m, k, arms int
	y          []float64 // units*arms rows of m: x'y~
	z          []float64 // units rows of k: Q'y~; see reduce
	wide       int       // length of a row of z
	reduced    bool
	class      []int32
	classes    []exchangeClass
	units      int
	rows       int
	term       int
}

// exchangeClass holds, by arm, x'x (m*m) and Q'x (k*m), and Q'Q (k*k).
type exchangeClass struct {
	xx, qx [][]float64
	qq     []float64
}

// sums makes the cross-products.
func (e *Exchange) sums() *exchangeSums {
	n := len(e.Y)
	qr := linear.Factorise(e.Fixed, nil, linear.RankTolerance)
	q := qr.Orthonormal()
	y := slices.Clone(e.Y)
	for range 2 {
		for _, c := range q {
			floats.AddScaled(y, -floats.Dot(c, y), c)
		}
	}
	m, k, arms, units := len(e.Moving[0]), len(q), len(e.Moving), len(e.Units.Levels)
	s := &exchangeSums{m: m, k: k, arms: arms, units: units, rows: n, term: e.Term,
		y: make([]float64, units*arms*m), z: make([]float64, units*k)}
	start, rows := e.Units.members()
	keyed := append([][]float64(nil), e.Fixed...)
	for _, x := range e.Moving {
		keyed = append(keyed, x...)
	}
	var first []int32
	s.class, first = classes(keyed, start, rows)
	for range first {
		c := exchangeClass{qq: make([]float64, k*k)}
		for range arms {
			c.xx, c.qx = append(c.xx, make([]float64, m*m)), append(c.qx, make([]float64, k*m))
		}
		s.classes = append(s.classes, c)
	}
	for u := range units {
		class := &s.classes[s.class[u]]
		new := int(first[s.class[u]]) == u
		for _, r := range rows[start[u]:start[u+1]] {
			for c, qc := range q {
				v := qc[r]
				s.z[u*k+c] += v * y[r]
				for d := 0; new && d <= c; d++ {
					class.qq[c*k+d] += v * q[d][r]
				}
			}
			for a := range arms {
				for i := range m {
					x := e.Moving[a][i][r]
					if x == 0 {
						continue
					}
					s.y[(u*arms+a)*m+i] += x * y[r]
					if !new {
						continue
					}
					for j := range m {
						class.xx[a][i*m+j] += x * e.Moving[a][j][r]
					}
					for c := range k {
						class.qx[a][c*m+i] += x * q[c][r]
					}
				}
			}
		}
		if new {
			mirror(class.qq, k)
		}
	}
	s.reduce()
	return s
}

// reduce replaces Q'y~ of a unit by its products with the columns of the
// classes' Q'x where these are fewer: the only directions that an allocation
// can ask for, because its Q'X is their sum.
func (s *exchangeSums) reduce() {
	s.wide = s.k
	directions := len(s.classes) * s.arms * s.m
	if directions >= s.k {
		return
	}
	z := make([]float64, s.units*directions)
	for u := range s.units {
		for c, class := range s.classes {
			for a := range s.arms {
				for i := range s.m {
					t := 0.0
					for d := range s.k {
						t += class.qx[a][d*s.m+i] * s.z[u*s.k+d]
					}
					z[u*directions+(c*s.arms+a)*s.m+i] = t
				}
			}
		}
	}
	s.z, s.wide, s.reduced = z, directions, true
}

// Statistic gives a maker of functions that compute the coefficient of the
// term, or its t statistic with CR1S by unit (HC1 where units are rows), under
// an allocation. parameters is K of the small-sample factor.
func (e *Exchange) Statistic(studentised bool, parameters int) func() func(arms []int32) float64 {
	s := e.sums()
	factor := float64(s.units) / float64(s.units-1) * float64(s.rows-1) / float64(s.rows-parameters)
	return func() func([]int32) float64 {
		w := newExchangeWork(s)
		return func(arms []int32) float64 {
			if !w.solve(arms) {
				return math.NaN()
			}
			b := w.beta[s.term]
			if !studentised {
				return b
			}
			v := factor * w.variance(arms)
			if !(v > 1e-24*b*b) {
				return math.NaN()
			}
			return b / math.Sqrt(v)
		}
	}
}

// exchangeWork is the memory of one worker.
type exchangeWork struct {
	s               *exchangeSums
	count           []float64 // classes*arms
	xy, xx, qx      []float64 // of the whole allocation
	factor, beta, u []float64
	hu, hb          []float64 // qx u, qx beta
	shift           []float64 // classes*arms
	direction       []float64 // classes*arms*m
	temporary       []float64
}

func newExchangeWork(s *exchangeSums) *exchangeWork {
	f := func(n int) []float64 { return make([]float64, n) }
	return &exchangeWork{s: s, count: f(len(s.classes) * s.arms), xy: f(s.m), xx: f(s.m * s.m), qx: f(s.k * s.m), factor: f(s.m * s.m),
		beta: f(s.m), u: f(s.m), hu: f(s.k), hb: f(s.k), shift: f(len(s.classes) * s.arms), direction: f(len(s.classes) * s.arms * s.m), temporary: f(s.k)}
}

// solve sets beta and the direction u = (X~'X~)^-1 e_term.
func (w *exchangeWork) solve(arms []int32) bool {
	s := w.s
	clear(w.count)
	clear(w.xy)
	clear(w.xx)
	clear(w.qx)
	m := s.m
	for g, a := range arms {
		w.count[int(s.class[g])*s.arms+int(a)]++
		row := s.y[(g*s.arms+int(a))*m:]
		for i := range m {
			w.xy[i] += row[i]
		}
	}
	for c := range s.classes {
		for a := range s.arms {
			n := w.count[c*s.arms+a]
			if n == 0 {
				continue
			}
			for i, v := range s.classes[c].xx[a] {
				w.xx[i] += n * v
			}
			for i, v := range s.classes[c].qx[a] {
				w.qx[i] += n * v
			}
		}
	}
	copy(w.factor, w.xx)
	for i := range m {
		for j := range i + 1 {
			x := 0.0
			for c := range s.k {
				x += w.qx[c*m+i] * w.qx[c*m+j]
			}
			w.factor[i*m+j] -= x
			if i == j && !(w.factor[i*m+i] > 1e-10*w.xx[i*m+i]) {
				return false // determined by the fixed columns
			}
		}
	}
	if !linear.Cholesky(w.factor, m, 1e-10) {
		return false
	}
	copy(w.beta, w.xy)
	linear.SolveCholesky(w.factor, m, w.beta)
	return true
}

// variance is the sum over units of their squared scores r_g'e_g with
// r = X~ u, e = y~ - X~ beta, X~ = X - Q qx.
func (w *exchangeWork) variance(arms []int32) float64 {
	s, m, k := w.s, w.s.m, w.s.k
	clear(w.u)
	w.u[s.term] = 1
	linear.SolveCholesky(w.factor, m, w.u)
	for c := range k {
		row := w.qx[c*m : c*m+m]
		w.hu[c], w.hb[c] = dot(row, w.u), dot(row, w.beta)
	}
	for c, class := range s.classes {
		multiply(class.qq, w.hb, w.temporary)
		common := -dot(w.hu, w.temporary)
		for a := range s.arms {
			if w.count[c*s.arms+a] == 0 {
				continue
			}
			x := common
			for i := range m {
				for j := range m {
					x -= w.u[i] * class.xx[a][i*m+j] * w.beta[j]
				}
			}
			for d := range k {
				row := class.qx[a][d*m : d*m+m]
				x += dot(row, w.u)*w.hb[d] + w.hu[d]*dot(row, w.beta)
			}
			w.shift[c*s.arms+a] = x
		}
	}
	// hu in the terms of z
	h := w.hu
	if s.reduced {
		h = w.direction
		for c := range s.classes {
			for a := range s.arms {
				for i, u := range w.u {
					h[(c*s.arms+a)*m+i] = w.count[c*s.arms+a] * u
				}
			}
		}
	}
	total := 0.0
	for g, a := range arms {
		x := w.shift[int(s.class[g])*s.arms+int(a)]
		row := s.y[(g*s.arms+int(a))*m:]
		for i, u := range w.u {
			x += u * row[i]
		}
		z := s.z[g*s.wide : (g+1)*s.wide]
		for c, v := range h {
			x -= v * z[c]
		}
		total += x * x
	}
	return total
}
