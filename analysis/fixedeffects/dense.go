package fixedeffects

import (
	"math"

	"swis/analysis/linear"
)

// pseudoTolerance is the relative size below which an eigenvalue of I - H counts
// as zero: a direction that the cluster's own effects fit perfectly.
const pseudoTolerance = 1e-9

// dense replaces each vector v of a by (V (I - H) V)^(+1/2) v, or (I - H)^+ v
// for CR3, through the matrix over all rows of the cluster and its eigenvalues.
func (w *adjuster) dense(a []float64, constant bool) {
	b, rows := w.b, w.rows
	n := len(rows)
	power := -0.5
	if b.kind == CR3 {
		power = -1
	}
	unit := constant || b.kind == CR3
	phi := make([]float64, n)
	for i, r := range rows {
		phi[i] = 1
		if b.fit.Var != nil {
			phi[i] = b.fit.Var[r]
		}
	}
	s := b.projection(rows)
	for i := range n {
		for j := range i + 1 {
			scale := math.Sqrt(phi[i] * phi[j])
			v := -s[i*n+j] / scale
			if i == j {
				v++
			}
			if !unit {
				v *= scale * scale
			}
			s[i*n+j] = v
		}
	}
	largest := 1.0
	if !unit {
		largest = 0
		for _, v := range phi {
			largest = max(largest, v*v)
		}
	}
	spectral(n, s, a, power, largest)
}

// spectral replaces each vector v (one after the other) by S^power v with the
// pseudo-inverse; s is n by n by rows and is destroyed. scale is the largest
// eigenvalue that S could have: a cluster that its own effects fit perfectly
// leaves rounding alone, whose largest eigenvalue is no measure.
func spectral(n int, s, a []float64, power, scale float64) {
	m := len(a) / n
	x := a
	if m > 1 {
		x = make([]float64, len(a))
		for j := range m {
			for i := range n {
				x[i*m+j] = a[j*n+i]
			}
		}
	}
	ok := linear.SymmetricPower(n, s, x, func(l, largest float64) float64 {
		if l <= pseudoTolerance*max(largest, scale) {
			return 0
		}
		if power == -0.5 {
			return 1 / math.Sqrt(l)
		}
		return math.Pow(l, power)
	})
	if !ok {
		for i := range a {
			a[i] = math.NaN()
		}
		return
	}
	if m > 1 {
		for j := range m {
			for i := range n {
				a[j*n+i] = x[i*m+j]
			}
		}
	}
}

// projection is K_g, n by n by rows, on the scale of the response.
func (b *reducer) projection(rows []int32) []float64 {
	f := b.fit
	n := len(rows)
	k := make([]float64, n*n)
	if columns := b.absorb.Columns(); columns > 0 {
		blocks := b.absorb.Blocks()
		at := make([]int, n*blocks)
		z := make([]float64, n*blocks)
		for i, r := range rows {
			for l := range blocks {
				at[i*blocks+l], z[i*blocks+l] = b.absorb.Column(l, r)
			}
		}
		for i := range n {
			for j := range n {
				v := 0.0
				for l := range blocks {
					row := b.inverse[at[i*blocks+l]*columns:]
					for m := range blocks {
						v += z[i*blocks+l] * row[at[j*blocks+m]] * z[j*blocks+m]
					}
				}
				k[i*n+j] = v
			}
		}
		if b.level != nil {
			b.centre(rows, k)
		}
	}
	if _, plain := b.absorb.Eliminated(); b.level != nil && plain {
		for i, r := range rows {
			for j, s := range rows {
				if b.level[r] == b.level[s] {
					k[i*n+j] += 1 / b.total[b.level[r]]
				}
			}
		}
	} else if b.level != nil {
		b.absorb.AddFirst(rows, k)
	}
	for i, r := range rows {
		for l, x := range f.X {
			s := 0.0
			for m := range f.X {
				s += f.Bread[l][m] * f.X[m][r]
			}
			for j, t := range rows {
				k[i*n+j] += s * x[t]
			}
		}
	}
	if f.Jac != nil {
		for i, r := range rows {
			for j, s := range rows {
				k[i*n+j] *= f.Jac[r] * f.Jac[s]
			}
		}
	}
	return k
}

// centre takes the nested effect out of both sides of k.
func (b *reducer) centre(rows []int32, k []float64) {
	n := len(rows)
	if _, plain := b.absorb.Eliminated(); !plain {
		b.absorb.CentreBySlopes(rows, k)
		return
	}
	weights := make([]float64, n)
	for i, r := range rows {
		weights[i] = 1
		if b.fit.Omega != nil {
			weights[i] = b.fit.Omega[r]
		}
	}
	for side := range 2 {
		for line := range n {
			at := func(i int) *float64 {
				if side == 0 {
					return &k[line*n+i]
				}
				return &k[i*n+line]
			}
			for i := 0; i < n; {
				l := b.level[rows[i]]
				j, sum := i, 0.0
				for ; j < n && b.level[rows[j]] == l; j++ {
					sum += weights[j] * *at(j)
				}
				sum /= b.total[l]
				for ; i < j; i++ {
					*at(i) -= sum
				}
			}
		}
	}
}
