package infer

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// brute holds the quantities of the definition with N×N matrices.
type brute struct {
	bread *mat.Dense
	v     *mat.Dense   // p×p
	p     []*mat.Dense // of each cluster: N×p, column j is p_g for coefficient j
	phi   []float64
}

func bruteForce(kind Kind, w *Working, c Clusters) brute {
	n, p := len(w.Residual), len(w.U)
	phi := w.Phi
	if phi == nil {
		phi = make([]float64, n)
		for i := range phi {
			phi[i] = 1
		}
	}
	u := mat.NewDense(n, p, nil)
	wu := mat.NewDense(n, p, nil)
	for j := range p {
		for i := range n {
			u.Set(i, j, w.U[j][i])
			wu.Set(i, j, w.U[j][i]/phi[i])
		}
	}
	var cross, bread, h mat.Dense
	cross.Mul(u.T(), wu)
	if err := bread.Inverse(&cross); err != nil {
		panic(err)
	}
	h.Product(u, &bread, wu.T())
	out := brute{bread: &bread, v: mat.NewDense(p, p, nil), phi: phi}
	for g := range c.Levels {
		var rows []int
		for i, k := range c.Index {
			if int(k) == g {
				rows = append(rows, i)
			}
		}
		m := len(rows)
		b := mat.NewSymDense(m, nil)
		for a := range m {
			for d := range m {
				x := -h.At(rows[a], rows[d])
				if a == d {
					x++
				}
				// CR2: D (I - H) Phi D; CR3: D^-1 (I - H) D
				if kind == CR2 {
					x *= math.Sqrt(phi[rows[a]]) * phi[rows[d]] * math.Sqrt(phi[rows[d]])
				} else {
					x *= math.Sqrt(phi[rows[d]]) / math.Sqrt(phi[rows[a]])
				}
				if d >= a {
					b.SetSym(a, d, x)
				}
			}
		}
		var e mat.EigenSym
		e.Factorize(b, true)
		var vec mat.Dense
		e.VectorsTo(&vec)
		adjust := mat.NewDense(m, m, nil)
		for k, l := range e.Values(nil) {
			if l < 1e-8 {
				continue
			}
			f := 1 / math.Sqrt(l)
			if kind == CR3 {
				f = 1 / l
			}
			for a := range m {
				for d := range m {
					adjust.Set(a, d, adjust.At(a, d)+f*vec.At(a, k)*vec.At(d, k))
				}
			}
		}
		for a := range m {
			for d := range m {
				// A = D B^-1/2 D, and D (.)^-1 D^-1 for CR3
				f := math.Sqrt(phi[rows[a]]) * math.Sqrt(phi[rows[d]])
				if kind == CR3 {
					f = math.Sqrt(phi[rows[a]]) / math.Sqrt(phi[rows[d]])
				}
				adjust.Set(a, d, adjust.At(a, d)*f)
			}
		}
		score := make([]float64, p)
		full := mat.NewDense(n, p, nil) // A'W U bread, in the rows of g
		for a := range m {
			for d := range m {
				for j := range p {
					score[j] += wu.At(rows[a], j) * adjust.At(a, d) * w.Residual[rows[d]]
					for k := range p {
						full.Set(rows[d], k, full.At(rows[d], k)+adjust.At(a, d)*wu.At(rows[a], j)*bread.At(j, k))
					}
				}
			}
		}
		var shifted, moved mat.Dense
		shifted.Mul(h.T(), full)
		moved.Sub(full, &shifted) // (I-H)' A' W U M
		out.p = append(out.p, &moved)
		for a := range p {
			for d := range p {
				out.v.Set(a, d, out.v.At(a, d)+score[a]*score[d])
			}
		}
	}
	var meat mat.Dense
	meat.Product(&bread, out.v, &bread)
	out.v = &meat
	return out
}

// inner is p_g^s' Phi p_h^t.
func (b brute) inner(g, h, s, t int) float64 {
	x := 0.0
	for i, phi := range b.phi {
		x += b.p[g].At(i, s) * phi * b.p[h].At(i, t)
	}
	return x
}
