package fixedeffects

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/distribution"
)

// errTooWide says that the Hotelling test would cost too much.
var errTooWide = errors.New("too many coefficients and clusters for the Hotelling test")

// satterthwaite is (sum p_g'p_g)^2 / sum_gh (p_g'p_h)^2 of the contrast with
// coefficients c (q).
func (b *reducer) satterthwaite(c []float64) float64 {
	q := len(b.fit.X)
	k := b.k
	outer := make([]float64, k*k)
	trace, squares := 0.0, 0.0
	s := make([]float64, k)
	for _, p := range b.patterns {
		d := 0.0
		clear(s)
		for j, cj := range c {
			if cj == 0 {
				continue
			}
			for l, cl := range c {
				d += cj * cl * p.d[j*q+l]
			}
			for i, x := range p.s[j*k : (j+1)*k] {
				s[i] += cj * x
			}
		}
		length := 0.0
		for i, x := range s {
			length += x * x
			f := x * p.count
			row := outer[i*k : i*k+i+1]
			for l := range row {
				row[l] += f * s[l]
			}
		}
		trace += p.count * (d - length)
		squares += p.count * (d*d - 2*d*length)
	}
	for i := range k {
		for l := range i + 1 {
			v := outer[i*k+l] * outer[i*k+l]
			if l < i {
				v *= 2
			}
			squares += v
		}
	}
	return trace * trace / squares
}

// hotelling is the approximate Hotelling T-squared test (HTZ) that the kept
// coefficients columns are zero: F = (eta - q + 1)/(eta q) Q with q and
// eta - q + 1 degrees of freedom, eta from the variances of all elements of the
// covariance matrix (Pustejovsky & Tipton 2018, section 4.1).
func (b *reducer) hotelling(v *Variance, columns []int) (Joint, error) {
	f := b.fit
	q, k := len(columns), b.k
	quadratic, err := f.quadraticForm(v.V, columns)
	if err != nil {
		return Joint{}, err
	}
	if work := float64(len(b.patterns)) * float64(q*q) * float64(k*k); work > 4e10 {
		return Joint{}, errTooWide
	}
	rotation, err := b.whitening(columns)
	if err != nil {
		return Joint{}, err
	}
	all := len(f.X)
	groups := len(b.patterns)
	// rotated coordinates, by contrast: groups by k, scaled by the root of the count
	s := make([]*mat.Dense, q)
	d := make([]float64, groups*q*q)
	for t := range q {
		s[t] = mat.NewDense(groups, k, nil)
		for g, p := range b.patterns {
			row := s[t].RawRowView(g)
			for u, c := range columns {
				r := rotation.At(t, u) * math.Sqrt(p.count)
				for i, x := range p.s[c*k : (c+1)*k] {
					row[i] += r * x
				}
			}
			for u := range t + 1 {
				sum := 0.0
				for x, c := range columns {
					for y, e := range columns {
						sum += rotation.At(t, x) * p.d[c*all+e] * rotation.At(u, y)
					}
				}
				d[(g*q+t)*q+u], d[(g*q+u)*q+t] = sum, sum
			}
		}
	}
	total := 0.0
	var cross mat.Dense
	for t := range q {
		for u := range t + 1 {
			cross.Reset()
			cross.Mul(s[t].T(), s[u])
			one, two := 0.0, 0.0
			for i := range k {
				for l := range k {
					x := cross.At(i, l)
					one += x * x
					two += x * cross.At(l, i)
				}
			}
			for g, p := range b.patterns {
				tt, uu, tu := d[(g*q+t)*q+t], d[(g*q+u)*q+u], d[(g*q+t)*q+u]
				var lt, lu, ltu float64
				a, c := s[t].RawRowView(g), s[u].RawRowView(g)
				for i, x := range a {
					lt += x * x
					lu += c[i] * c[i]
					ltu += x * c[i]
				}
				// rows carry the root of the count, so one of their products is a sum over the pattern
				one += p.count*tt*uu - tt*lu - uu*lt
				two += p.count*tu*tu - 2*tu*ltu
			}
			if t == u {
				total += one + two
			} else {
				total += 2 * (one + two)
			}
		}
	}
	w := float64(q)
	eta := w * (w + 1) / total
	j := Joint{DF1: w, DF2: eta - w + 1, HTZ: true}
	if j.DF2 <= 0 {
		return Joint{}, errSingular
	}
	j.Statistic = (eta - w + 1) / (eta * w) * quadratic
	j.P = distribution.FUpper(j.Statistic, j.DF1, j.DF2)
	return j, nil
}

// whitening is Omega^-1/2, Omega the expected covariance of the contrasts.
func (b *reducer) whitening(columns []int) (*mat.SymDense, error) {
	q, k, all := len(columns), b.k, len(b.fit.X)
	omega := mat.NewSymDense(q, nil)
	for _, p := range b.patterns {
		for t, c := range columns {
			for u, e := range columns[:t+1] {
				v := p.d[c*all+e]
				for i := range k {
					v -= p.s[c*k+i] * p.s[e*k+i]
				}
				omega.SetSym(t, u, omega.At(t, u)+p.count*v)
			}
		}
	}
	var e mat.EigenSym
	if !e.Factorize(omega, true) {
		return nil, errSingular
	}
	values := e.Values(nil)
	if values[0] <= 1e-13*values[q-1] {
		return nil, errSingular
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	out := mat.NewSymDense(q, nil)
	for t := range q {
		for u := range t + 1 {
			v := 0.0
			for l, x := range values {
				v += vectors.At(t, l) * vectors.At(u, l) / math.Sqrt(x)
			}
			out.SetSym(t, u, v)
		}
	}
	return out, nil
}
