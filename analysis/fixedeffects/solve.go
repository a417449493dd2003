package fixedeffects

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"swis/analysis/linear"
)

// aliasTolerance is the share of a column's length that has to be left after
// projection on the effects and the earlier columns.
const aliasTolerance = 1e-9

// solved is a least-squares solution over residualised columns.
type solved struct {
	kept  []int       // q columns that are not aliased
	beta  []float64   // q
	bread [][]float64 // q by q, (X'WX)^-1
}

// orthogonal is X = Q R over the columns that are not aliased, by modified
// Gram-Schmidt with reorthogonalisation: columns of Q orthogonal under the
// weights, R unit upper triangular.
type orthogonal struct {
	kept   []int
	q      [][]float64 // the first may be a column of X itself
	square []float64   // squared length of each
	r      [][]float64 // by columns
}

// orthogonalise takes columns x with weights w (nil for ones). raw holds the
// columns before absorption, against whose length aliasing is judged.
func orthogonalise(x, raw [][]float64, w []float64) orthogonal {
	var o orthogonal
	for j := range x {
		length := math.Sqrt(dot(raw[j], raw[j], w))
		square := dot(x[j], x[j], w)
		norm := math.Sqrt(square)
		if !(norm > aliasTolerance*length) {
			continue
		}
		coef := make([]float64, len(o.q)+1)
		coef[len(o.q)] = 1
		v := x[j]
		if len(o.q) > 0 {
			v = slices.Clone(v)
		}
		for range 3 {
			if len(o.q) == 0 {
				break
			}
			for i, q := range o.q {
				c := dot(q, v, w) / o.square[i]
				coef[i] += c
				axpy(-c, q, v)
			}
			before := norm
			square = dot(v, v, w)
			norm = math.Sqrt(square)
			if norm > before/2 {
				break // hardly anything was taken out: orthogonal to rounding
			}
		}
		if !(norm > aliasTolerance*length) {
			continue
		}
		o.kept = append(o.kept, j)
		o.q = append(o.q, v)
		o.square = append(o.square, square)
		o.r = append(o.r, coef)
	}
	return o
}

// solve regresses y on the columns x and replaces it by the residuals.
func solve(x, raw [][]float64, y, w []float64) solved {
	o := orthogonalise(x, raw, w)
	s := solved{kept: o.kept}
	k := len(o.q)
	b := make([]float64, k)
	for range 2 {
		for i, q := range o.q {
			c := dot(q, y, w) / o.square[i]
			b[i] += c
			axpy(-c, q, y)
		}
	}
	inverse := make([][]float64, k) // of R, by columns
	for c := range k {
		z := make([]float64, k)
		z[c] = 1
		for i := c - 1; i >= 0; i-- {
			for l := i + 1; l <= c; l++ {
				z[i] -= o.r[l][i] * z[l]
			}
		}
		inverse[c] = z
	}
	s.beta = make([]float64, k)
	s.bread = square(k)
	for i := range k {
		for c := i; c < k; c++ {
			s.beta[i] += inverse[c][i] * b[c]
		}
		for j := range k {
			for c := max(i, j); c < k; c++ {
				s.bread[i][j] += inverse[c][i] * inverse[c][j] / o.square[c]
			}
		}
	}
	return s
}

// normal gives the coefficients of y on the columns x[kept] by the normal
// equations, which is enough between the steps of an iteration that corrects
// itself. It reports false where they are near singular.
func normal(kept []int, x [][]float64, y, w []float64) ([]float64, bool) {
	k := len(kept)
	sums := linear.Parts(len(y), k*(k+1)/2+k, func(from, to int, sums []float64) {
		weighted := make([]float64, to-from)
		at := 0
		for i, a := range kept {
			floats.MulTo(weighted, x[a][from:to], w[from:to])
			for _, b := range kept[:i+1] {
				sums[at] = floats.Dot(weighted, x[b][from:to])
				at++
			}
			sums[at] = floats.Dot(weighted, y[from:to])
			at++
		}
	})
	gram, cross := square(k), make([]float64, k)
	for i := range k {
		copy(gram[i], sums[:i+1])
		cross[i] = sums[i+1]
		sums = sums[i+2:]
	}
	l := cholesky(gram)
	for i := range k {
		if !(l[i][i] > 1e-5*math.Sqrt(gram[i][i])) {
			return nil, false
		}
		for j := range i {
			cross[i] -= l[i][j] * cross[j]
		}
		cross[i] /= l[i][i]
	}
	for i := k - 1; i >= 0; i-- {
		for j := i + 1; j < k; j++ {
			cross[i] -= l[j][i] * cross[j]
		}
		cross[i] /= l[i][i]
	}
	return cross, true
}

// dot is the sum of w a b; w nil means ones.
func dot(a, b, w []float64) float64 {
	return linear.Parts(len(a), 1, func(from, to int, sum []float64) {
		a, b := a[from:to], b[from:to]
		if w == nil {
			sum[0] = floats.Dot(a, b)
			return
		}
		s := 0.0
		w := w[from:to]
		b = b[:len(w)]
		for i, v := range a {
			s += w[i] * v * b[i]
		}
		sum[0] = s
	})[0]
}

// axpy adds c x to y.
func axpy(c float64, x, y []float64) {
	linear.Parts(len(x), 0, func(from, to int, _ []float64) { floats.AddScaled(y[from:to], c, x[from:to]) })
}
