package fixedeffects

import "gonum.org/v1/gonum/mat"

// sandwich is bread meat bread of the coefficients without a factor; nil
// clusters by row.
func sandwich(e estimating, c *Cluster, coefficients int) [][]float64 {
	q := len(e.columns)
	if q == 0 {
		return nil
	}
	n := len(e.columns[0])
	groups := n
	if c != nil {
		groups = c.Groups
	}
	sums := make([]float64, groups*q)
	for j, x := range e.columns {
		for i, v := range x {
			if e.factor != nil {
				v *= e.factor[i]
			}
			if c == nil {
				sums[i*q+j] = v
			} else {
				sums[int(c.Index[i])*q+j] += v
			}
		}
	}
	meat := square(q)
	for g := range groups {
		s := sums[g*q : g*q+q]
		for a, x := range s {
			for b, y := range s[:a+1] {
				meat[a][b] += x * y
			}
		}
	}
	mirror(meat)
	v := threeWay(e.bread, meat)[:coefficients]
	for i := range v {
		v[i] = v[i][:coefficients]
	}
	return v
}

// threeWay is B M B for symmetric B and M.
func threeWay(b, m [][]float64) [][]float64 {
	q := len(b)
	left, out := square(q), square(q)
	for i := range q {
		for j := range q {
			for k := range q {
				left[i][j] += b[i][k] * m[k][j]
			}
		}
	}
	for i := range q {
		for j := range i + 1 {
			for k := range q {
				out[i][j] += left[i][k] * b[k][j]
			}
		}
	}
	mirror(out)
	return out
}

func square(q int) [][]float64 {
	out := make([][]float64, q)
	cells := make([]float64, q*q)
	for i := range out {
		out[i] = cells[i*q : i*q+q]
	}
	return out
}

// mirror copies the lower triangle to the upper.
func mirror(m [][]float64) {
	for i := range m {
		for j := range i {
			m[j][i] = m[i][j]
		}
	}
}

func scaled(m [][]float64, s float64) [][]float64 {
	out := square(len(m))
	for i := range m {
		for j := range m {
			out[i][j] = s * m[i][j]
		}
	}
	return out
}

func combine(a, b, minus [][]float64) [][]float64 {
	out := square(len(a))
	for i := range a {
		for j := range a {
			out[i][j] = a[i][j] + b[i][j] - minus[i][j]
		}
	}
	return out
}

// intersect is the clustering by both.
func intersect(a, b Cluster) Cluster {
	seen := map[int64]int32{}
	out := Cluster{Name: a.Name + ":" + b.Name, Index: make([]int32, len(a.Index))}
	for i := range a.Index {
		key := int64(a.Index[i])<<32 | int64(b.Index[i])
		g, ok := seen[key]
		if !ok {
			g = int32(len(seen))
			seen[key] = g
		}
		out.Index[i] = g
	}
	out.Groups = len(seen)
	return out
}

// repair sets negative eigenvalues of a two-way matrix to zero.
func repair(m [][]float64) ([][]float64, bool) {
	q := len(m)
	s := mat.NewSymDense(q, nil)
	for i := range q {
		for j := range i + 1 {
			s.SetSym(i, j, m[i][j])
		}
	}
	var e mat.EigenSym
	if !e.Factorize(s, true) {
		return m, false
	}
	values := e.Values(nil)
	if values[0] >= 0 {
		return m, false
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	out := square(q)
	for i := range q {
		for j := range i + 1 {
			for k, l := range values {
				if l > 0 {
					out[i][j] += l * vectors.At(i, k) * vectors.At(j, k)
				}
			}
		}
	}
	mirror(out)
	return out, true
}
