package mixed

import "math"

// fixedBasis is the fixed-effects matrix in coordinates that cross-products can
// carry without losing digits: columns centred and scaled where that is enough,
// else orthonormal. X[:, kept] = X~ R, so beta = R^-1 beta~.
type fixedBasis struct {
	kept   []int       // columns that are not combinations of earlier ones
	p      int         // len(kept)
	r      []float64   // p by p upper triangular, by row
	center []float64   // p, of the kept columns; nil where dense is set
	scale  []float64   // p
	shrink []float64   // p, 1/scale
	dense  [][]float64 // p orthonormal columns of n, where centring was not enough
	logDet float64     // log |R|^2

	gamma []float64 // p, about the least-squares coefficients of y on X~
}

const (
	collinear  = 1e-7 // share of a column's norm that must be new, as in R's lm
	orthogonal = 1e-4 // smallest squared share for which centring is enough
)

// newFixedBasis finds the basis. columns are p of n; weights n or nil.
func newFixedBasis(columns [][]float64, y, weights []float64) *fixedBasis {
	b := &fixedBasis{}
	if !b.centre(columns, y, weights) {
		b.orthonormalise(columns, y, weights)
	}
	b.p = len(b.kept)
	for i := range b.p {
		b.logDet += 2 * math.Log(math.Abs(b.r[i*b.p+i]))
	}
	return b
}

// centre tries centred and scaled columns; false where some are too near to
// combinations of others.
func (b *fixedBasis) centre(columns [][]float64, y, weights []float64) bool {
	p := len(columns)
	total := sumOfWeights(weights, len(y))
	intercept := p > 0 && isConstant(columns[0]) && columns[0][0] != 0
	b.center = make([]float64, p)
	var yMean float64
	if intercept {
		for j := 1; j < p; j++ {
			b.center[j] = weightedSum(columns[j], weights) / total
		}
		yMean = weightedSum(y, weights) / total
	}
	gram, right := b.gram(columns, y, weights, yMean)
	b.scale = make([]float64, p)
	for j := range p {
		square := gram[j*p+j] / total
		b.scale[j] = math.Sqrt(square)
		if !(square > orthogonal*orthogonal*(square+b.center[j]*b.center[j])) {
			return false
		}
	}
	if intercept {
		b.scale[0] = columns[0][0]
	}
	for i := range p {
		for j := range i + 1 {
			gram[i*p+j] /= total * b.scale[i] * b.scale[j]
		}
		right[i] /= total * b.scale[i]
	}
	if !choleskyInPlace(gram, p) {
		return false
	}
	for i := range p {
		if gram[i*p+i]*gram[i*p+i] < orthogonal {
			return false
		}
	}
	solveCholesky(gram, p, right)
	b.gamma = right
	b.r = make([]float64, p*p)
	for j := range p {
		b.kept = append(b.kept, j)
		b.r[j] = b.center[j]
		b.r[j*p+j] = b.scale[j]
	}
	if intercept {
		b.gamma[0] += yMean
	}
	b.shrink = make([]float64, p)
	for j, v := range b.scale {
		b.shrink[j] = 1 / v
	}
	return true
}

// gram is the cross-product of the centred columns, lower triangle by row, and
// their product with y less its mean.
func (b *fixedBasis) gram(columns [][]float64, y, weights []float64, yMean float64) (gram, right []float64) {
	p := len(columns)
	gram = make([]float64, p*p)
	right = make([]float64, p)
	row := make([]float64, p)
	for i, v := range y {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		v = (v - yMean) * w
		for j, x := range columns {
			x := x[i] - b.center[j]
			row[j] = x
			right[j] += v * x
			x *= w
			into := gram[j*p : j*p+j+1]
			for k := range into {
				into[k] += x * row[k]
			}
		}
	}
	return gram, right
}

// orthonormalise is modified Gram-Schmidt with a second pass (Giraud & Langou:
// twice is enough), leaving out columns that are combinations of earlier ones.
func (b *fixedBasis) orthonormalise(columns [][]float64, y, weights []float64) {
	b.center, b.scale, b.kept = nil, nil, nil
	total := sumOfWeights(weights, len(y))
	dot := func(x, y []float64) float64 {
		var sum float64
		if weights == nil {
			for i, v := range x {
				sum += v * y[i]
			}
		} else {
			for i, v := range x {
				sum += weights[i] * v * y[i]
			}
		}
		return sum / total
	}
	var coefficients [][]float64
	for j, x := range columns {
		v := append([]float64(nil), x...)
		whole := math.Sqrt(dot(v, v))
		c := make([]float64, len(b.dense)+1)
		for range 2 {
			for k, q := range b.dense {
				a := dot(v, q)
				c[k] += a
				for i := range v {
					v[i] -= a * q[i]
				}
			}
		}
		norm := math.Sqrt(dot(v, v))
		if !(norm > collinear*whole) {
			continue
		}
		for i := range v {
			v[i] /= norm
		}
		c[len(b.dense)] = norm
		b.dense = append(b.dense, v)
		coefficients = append(coefficients, c)
		b.kept = append(b.kept, j)
	}
	p := len(b.kept)
	b.r = make([]float64, p*p)
	for j, c := range coefficients {
		for k, v := range c {
			b.r[k*p+j] = v
		}
	}
	b.gamma = make([]float64, p)
	for j, q := range b.dense {
		b.gamma[j] = dot(y, q)
	}
}

// row writes the basis's row i into x, p long.
func (b *fixedBasis) row(columns [][]float64, i int, x []float64) {
	if b.dense != nil {
		for j, q := range b.dense {
			x[j] = q[i]
		}
		return
	}
	for j := range x {
		x[j] = (columns[j][i] - b.center[j]) * b.shrink[j]
	}
}

// solveR replaces x by R^-1 x.
func (b *fixedBasis) solveR(x []float64) {
	p := b.p
	for i := p - 1; i >= 0; i-- {
		for j := i + 1; j < p; j++ {
			x[i] -= b.r[i*p+j] * x[j]
		}
		x[i] /= b.r[i*p+i]
	}
}

// sandwich replaces the symmetric matrix v by R^-1 v R^-T.
func (b *fixedBasis) sandwich(v []float64) {
	p := b.p
	column := make([]float64, p)
	for range 2 {
		for j := range p {
			for i := range p {
				column[i] = v[i*p+j]
			}
			b.solveR(column)
			for i := range p {
				v[i*p+j] = column[i]
			}
		}
		for i := range p {
			for j := range i {
				v[i*p+j], v[j*p+i] = v[j*p+i], v[i*p+j]
			}
		}
	}
}

func sumOfWeights(weights []float64, n int) float64 {
	if weights == nil {
		return float64(n)
	}
	var sum float64
	for _, w := range weights {
		sum += w
	}
	return sum
}

func weightedSum(x, weights []float64) float64 {
	var sum float64
	if weights == nil {
		for _, v := range x {
			sum += v
		}
		return sum
	}
	for i, v := range x {
		sum += weights[i] * v
	}
	return sum
}

func isConstant(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}

// choleskyInPlace factorises the lower triangle of a p by p matrix by row.
func choleskyInPlace(a []float64, p int) bool {
	for i := range p {
		for j := range i + 1 {
			x := a[i*p+j]
			for k := range j {
				x -= a[i*p+k] * a[j*p+k]
			}
			if i == j {
				if !(x > 0) {
					return false
				}
				a[i*p+i] = math.Sqrt(x)
			} else {
				a[i*p+j] = x / a[j*p+j]
			}
		}
	}
	return true
}

// solveCholesky replaces x by (L L')^-1 x.
func solveCholesky(l []float64, p int, x []float64) {
	for i := range p {
		for j := range i {
			x[i] -= l[i*p+j] * x[j]
		}
		x[i] /= l[i*p+i]
	}
	for i := p - 1; i >= 0; i-- {
		for j := i + 1; j < p; j++ {
			x[i] -= l[j*p+i] * x[j]
		}
		x[i] /= l[i*p+i]
	}
}
