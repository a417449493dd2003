package fixedeffects

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/linear"
)

// pseudoTolerance is the relative size below which an eigenvalue of I - H counts
// as zero: a direction that the cluster's own effects fit perfectly.
const pseudoTolerance = 1e-9

// applyRoot replaces each of the vectors in a (one after the other, each of
// len(rows)) by A_g' times it.
func (b *reducer) applyRoot(rows []int32, a []float64) {
	f := b.fit
	n := len(rows)
	phi := func(i int) float64 {
		if f.Var == nil {
			return 1
		}
		return f.Var[rows[i]]
	}
	if b.kind == CR3 {
		// A' = Phi^-1/2 (I - H)^+ Phi^1/2 with H symmetric
		b.scaleBy(rows, a, 0.5)
		b.unitPower(rows, a, -1)
		b.scaleBy(rows, a, -0.5)
		return
	}
	constant := true
	for i := range n {
		if phi(i) != phi(0) {
			constant = false
			break
		}
	}
	if constant {
		// Phi = c I: A = (I - H)^(+1/2) whatever c
		b.unitPower(rows, a, -0.5)
		return
	}
	k := b.projection(rows)
	root := make([]float64, n)
	for i := range n {
		root[i] = math.Sqrt(phi(i))
	}
	for i := range n {
		for j := range i + 1 {
			v := -k[i*n+j]
			if i == j {
				v += phi(i)
			}
			k[i*n+j] = v * root[i] * root[j]
		}
	}
	b.scaleBy(rows, a, 0.5)
	spectral(n, k, a, -0.5)
	b.scaleBy(rows, a, 0.5)
}

// scaleBy multiplies the vectors by Phi^power.
func (b *reducer) scaleBy(rows []int32, a []float64, power float64) {
	v := b.fit.Var
	if v == nil {
		return
	}
	for i := range a {
		x := math.Sqrt(v[rows[i%len(rows)]])
		if power < 0 {
			x = 1 / x
		}
		a[i] *= x
	}
}

// spectral replaces each vector v (one after the other) by S^power v with the
// pseudo-inverse; s is n by n by rows and is destroyed.
func spectral(n int, s, a []float64, power float64) {
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
		if l <= pseudoTolerance*largest {
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

// unitPower replaces each vector v by (I - H)^power v, H = Phi^-1/2 K Phi^-1/2
// symmetric: through the span of H where that is smaller than the cluster, by a
// power series where H beside the nested effect is small, else by eigenvalues.
func (b *reducer) unitPower(rows []int32, a []float64, power float64) {
	n := len(rows)
	levels := 0
	for i, r := range rows {
		if b.level != nil && (i == 0 || b.level[r] != b.level[rows[i-1]]) {
			levels++
		}
	}
	_, plain := b.absorb.Eliminated()
	if rank := levels + b.k; rank < n && plain {
		b.lowRankPower(rows, a, power, levels)
		return
	}
	h := b.projection(rows)
	if v := b.fit.Var; v != nil {
		for i := range n {
			for j := range n {
				h[i*n+j] /= math.Sqrt(v[rows[i]] * v[rows[j]])
			}
		}
	}
	if b.level != nil && plain && b.series(rows, h, a, power) {
		return
	}
	for i := range n {
		for j := range n {
			h[i*n+j] = -h[i*n+j]
		}
		h[i*n+i]++
	}
	spectral(n, h, a, power)
}

// nestedRoot gives, for each row, its entry of the orthonormal basis vector of
// its level: sqrt(Omega/total) on the symmetric scale.
func (b *reducer) nestedRoot(rows []int32) []float64 {
	u := make([]float64, len(rows))
	for i, r := range rows {
		w := 1.0
		if b.fit.Omega != nil {
			w = b.fit.Omega[r]
		}
		u[i] = math.Sqrt(w / b.total[b.level[r]])
	}
	return u
}

// series applies (I - P - K)^power as the power series in K on the complement
// of P, which is exact to rounding when K is small. It reports whether it was.
func (b *reducer) series(rows []int32, h, a []float64, power float64) bool {
	n := len(rows)
	u := b.nestedRoot(rows)
	norm := 0.0
	for i := range n {
		sum := 0.0
		for j := range n {
			if b.level[rows[i]] == b.level[rows[j]] {
				h[i*n+j] -= u[i] * u[j]
			}
			sum += math.Abs(h[i*n+j])
		}
		norm = max(norm, sum)
	}
	if norm > 0.1 {
		for i := range n {
			for j := range n {
				if b.level[rows[i]] == b.level[rows[j]] {
					h[i*n+j] += u[i] * u[j]
				}
			}
		}
		return false
	}
	term, next := make([]float64, n), make([]float64, n)
	for at := 0; at < len(a); at += n {
		v := a[at : at+n]
		for i := 0; i < n; {
			l := b.level[rows[i]]
			j, sum := i, 0.0
			for ; j < n && b.level[rows[j]] == l; j++ {
				sum += u[j] * v[j]
			}
			for ; i < j; i++ {
				v[i] -= u[i] * sum
			}
		}
		copy(term, v)
		for m := 1; m < 60; m++ {
			largest := 0.0
			// coefficient of K^m in (1 - K)^power, as a running product
			factor := (float64(m-1) - power) / float64(m)
			for i := range n {
				row := h[i*n : i*n+n]
				sum := 0.0
				for j, x := range row {
					sum += x * term[j]
				}
				next[i] = sum * factor
				largest = max(largest, math.Abs(next[i]))
			}
			size := 0.0
			for i := range n {
				v[i] += next[i]
				size = max(size, math.Abs(v[i]))
			}
			term, next = next, term
			if largest <= 1e-17*size {
				break
			}
		}
	}
	return true
}

// lowRankPower uses H = F F' with F of rank columns: (I - FF')^power is the
// identity off the span of F, whose singular values decide the rest.
func (b *reducer) lowRankPower(rows []int32, a []float64, power float64, levels int) {
	f := b.fit
	n, q := len(rows), len(f.X)
	rank := levels + b.k
	basis := mat.NewDense(n, rank, nil)
	d := make([]float64, b.k-q)
	means := b.levelMeans(rows)
	level := -1
	for i, r := range rows {
		row := basis.RawRowView(i)
		scale := 1.0
		if f.Jac != nil {
			scale = f.Jac[r]
		}
		if f.Var != nil {
			scale /= math.Sqrt(f.Var[r])
		}
		if b.level != nil {
			if i == 0 || b.level[r] != b.level[rows[i-1]] {
				level++
			}
			row[level] = scale / math.Sqrt(b.total[b.level[r]])
		}
		for j := range q {
			sum := 0.0
			for l := j; l < q; l++ {
				sum += f.X[l][r] * b.root[l][j]
			}
			row[levels+j] = scale * sum
		}
		if len(d) > 0 {
			clear(d)
			for k := range b.absorb.Blocks() {
				c, z := b.absorb.Column(k, r)
				d[c] += z
			}
			if means != nil {
				for c, m := range means[level] {
					d[c] -= m
				}
			}
			b.absorb.Whiten(d)
			for c, v := range d {
				row[levels+q+c] = scale * v
			}
		}
	}
	gram := mat.NewSymDense(rank, nil)
	gram.SymOuterK(1, basis.T())
	var e mat.EigenSym
	if !e.Factorize(gram, true) {
		for i := range a {
			a[i] = math.NaN()
		}
		return
	}
	values := e.Values(nil)
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	var span mat.Dense // F V, columns orthogonal with squared length values
	span.Mul(basis, &vectors)
	t := make([]float64, rank)
	for at := 0; at < len(a); at += n {
		v := a[at : at+n]
		clear(t)
		for i := range n {
			for l, x := range span.RawRowView(i) {
				t[l] += x * v[i]
			}
		}
		for l, s := range values {
			switch {
			case s < 1e-14:
				t[l] = 0
			case 1-s <= pseudoTolerance:
				t[l] *= -1 / s
			default:
				t[l] *= (math.Pow(1-s, power) - 1) / s
			}
		}
		for i := range n {
			sum := 0.0
			for l, x := range span.RawRowView(i) {
				sum += x * t[l]
			}
			v[i] += sum
		}
	}
}

// levelMeans gives, for each level of the nested effect in rows, the weighted
// means of the columns D over the level.
func (b *reducer) levelMeans(rows []int32) [][]float64 {
	if b.level == nil {
		return nil
	}
	var out [][]float64
	for i, r := range rows {
		if i == 0 || b.level[r] != b.level[rows[i-1]] {
			out = append(out, make([]float64, b.absorb.Columns()))
		}
		w := 1.0
		if b.fit.Omega != nil {
			w = b.fit.Omega[r]
		}
		m := out[len(out)-1]
		for k := range b.absorb.Blocks() {
			c, z := b.absorb.Column(k, r)
			m[c] += w * z / b.total[b.level[r]]
		}
	}
	return out
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
