package linear

import "math"

// RankTolerance is the share of a column's length that must remain after the
// earlier columns are projected out. R's lm asks for 1e-7, which would lose a
// column of NIST's Filip; between the two a fit is worth a note.
const (
	RankTolerance   = 1e-9
	NearlyCollinear = 1e-7
)

// QR is the Householder factorisation of the estimable columns of an n×p
// matrix. A column that the earlier ones determine is left out, so that it is
// always the later of two collinear columns that goes.
type QR struct {
	Kept    []int       // k columns of X in use, in order
	Aliased []bool      // p
	Share   []float64   // p, what remains of each column's length after the earlier ones
	n       int         // rows
	v       [][]float64 // k reflectors, each of n with zeros before its own row
	tau     []float64   // k
	r       []float64   // k*k, upper triangle by row
}

// Factorise factorises X, given as p columns of n, after its rows are scaled by
// scale (nil for none). X is not changed.
func Factorise(x [][]float64, scale []float64, tolerance float64) *QR {
	q := &QR{Aliased: make([]bool, len(x)), Share: make([]float64, len(x))}
	if len(x) > 0 {
		q.n = len(x[0])
	}
	var heads [][]float64 // of each kept column: its elements of R, one a row
	for j, column := range x {
		c := make([]float64, q.n)
		copy(c, column)
		if scale != nil {
			for i := range c {
				c[i] *= scale[i]
			}
		}
		length := norm(c)
		for k := range q.v {
			reflect(q.v[k], q.tau[k], c, k)
		}
		k := len(q.Kept)
		rest := 0.0
		if k < q.n {
			rest = norm(c[k:])
		}
		if length > 0 {
			q.Share[j] = rest / length
		}
		if !(q.Share[j] > tolerance) {
			q.Aliased[j] = true
			continue
		}
		head := append([]float64(nil), c[:k+1]...)
		if c[k] > 0 {
			rest = -rest
		}
		head[k] = rest
		c[k] -= rest
		clear(c[:k])
		square := 0.0
		for _, v := range c[k:] {
			square += v * v
		}
		q.Kept = append(q.Kept, j)
		q.v = append(q.v, c)
		q.tau = append(q.tau, 2/square)
		heads = append(heads, head)
	}
	k := len(q.Kept)
	q.r = make([]float64, k*k)
	for j, head := range heads {
		for i, v := range head {
			q.r[i*k+j] = v
		}
	}
	return q
}

// norm is the Euclidean length without overflow.
func norm(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	if s > 1e-280 && s < 1e280 {
		return math.Sqrt(s)
	}
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 || math.IsInf(largest, 0) {
		return largest
	}
	s = 0
	for _, v := range x {
		s += (v / largest) * (v / largest)
	}
	return largest * math.Sqrt(s)
}

// reflect applies I - tau v v' to c; v is zero before row k.
func reflect(v []float64, tau float64, c []float64, k int) {
	v, c = v[k:], c[k:len(v)]
	c = c[:len(v)]
	s := 0.0
	for i, x := range v {
		s += x * c[i]
	}
	s *= tau
	for i, x := range v {
		c[i] -= s * x
	}
}

// Rank is the number of estimable columns.
func (q *QR) Rank() int { return len(q.Kept) }

// R gives the k×k upper triangle, row by row.
func (q *QR) R() []float64 { return q.r }

// applyTransposed replaces c by Q'c, apply by Q c.
func (q *QR) applyTransposed(c []float64) {
	for k := range q.v {
		reflect(q.v[k], q.tau[k], c, k)
	}
}

func (q *QR) apply(c []float64) {
	for k := len(q.v) - 1; k >= 0; k-- {
		reflect(q.v[k], q.tau[k], c, k)
	}
}

// SolveR solves R x = b in place of b.
func (q *QR) SolveR(b []float64) {
	k := q.Rank()
	for i := k - 1; i >= 0; i-- {
		s := b[i]
		for j := i + 1; j < k; j++ {
			s -= q.r[i*k+j] * b[j]
		}
		b[i] = s / q.r[i*k+i]
	}
}

// SolveRTransposed solves R'x = b in place of b.
func (q *QR) SolveRTransposed(b []float64) {
	k := q.Rank()
	for i := range k {
		s := b[i]
		for j := range i {
			s -= q.r[j*k+i] * b[j]
		}
		b[i] = s / q.r[i*k+i]
	}
}

// Orthonormal gives the k columns of n of the thin Q.
func (q *QR) Orthonormal() [][]float64 {
	columns := make([][]float64, q.Rank())
	for j := range columns {
		columns[j] = make([]float64, q.n)
		columns[j][j] = 1
		q.apply(columns[j])
	}
	return columns
}

// Inverse gives (R'R)^-1, k×k.
func (q *QR) Inverse() []float64 {
	k := q.Rank()
	inverse := make([]float64, k*k)
	column := make([]float64, k)
	for j := range k {
		clear(column)
		column[j] = 1
		q.SolveRTransposed(column)
		q.SolveR(column)
		for i := range k {
			inverse[i*k+j] = column[i]
		}
	}
	for i := range k {
		for j := range i {
			m := (inverse[i*k+j] + inverse[j*k+i]) / 2
			inverse[i*k+j], inverse[j*k+i] = m, m
		}
	}
	return inverse
}

// Leverages gives the diagonal of the hat matrix, n.
func (q *QR) Leverages() []float64 {
	h := make([]float64, q.n)
	for _, c := range q.Orthonormal() {
		for i, v := range c {
			h[i] += v * v
		}
	}
	return h
}

// BackTransform gives R^-1 A R^-T for a symmetric k×k matrix A: a variance in
// the orthonormal basis carried to the coefficients.
func (q *QR) BackTransform(a []float64) []float64 {
	k := q.Rank()
	out := append([]float64(nil), a...)
	column := make([]float64, k)
	for range 2 {
		// R^-1 on the columns, then the same on the transpose.
		for j := range k {
			for i := range k {
				column[i] = out[i*k+j]
			}
			q.SolveR(column)
			for i := range k {
				out[i*k+j] = column[i]
			}
		}
		for i := range k {
			for j := range i {
				out[i*k+j], out[j*k+i] = out[j*k+i], out[i*k+j]
			}
		}
	}
	for i := range k {
		for j := range i {
			m := (out[i*k+j] + out[j*k+i]) / 2
			out[i*k+j], out[j*k+i] = m, m
		}
	}
	return out
}
