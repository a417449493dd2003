package fixedeffects

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// perfect is how near to one an eigenvalue of H counts as one: a direction that
// the cluster's own effects fit perfectly.
const perfect = 1 - pseudoTolerance

// adjuster is one worker's memory for the adjusted vectors of a cluster. It
// applies V (I - H) V + shift, V diagonal, to vectors over the rows in a time
// linear in them. H splits into the nested effect, one direction u a level, and
// what is orthogonal to it:
//
//	H - U = (I - U)(O D S^+ D' O + O X B X' O)(I - U),  O = Omega^1/2,
//
// U = sum of uu'. This is small wherever a cluster is a small part of the data,
// so that a series or conjugate gradients preconditioned by
// (V (I - U) V + shift)^-1, which is diagonal plus rank one by level, converge
// in a few steps.
type adjuster struct {
	b     *reducer
	plain bool // no nested effect, or an intercept a level
	nodes inverseRoots

	rows     []int32
	runs     []int     // where levels of the nested effect start in rows, and the end; nil without
	scale    []float64 // V
	root     []float64 // O
	u        []float64 // the direction of each row's level; nil without
	x        []float64 // q by n: O X
	local    []int     // by row and block: place among the touched columns of D
	z        []float64 // by row and block: entry of O D
	blocks   int
	touched  []int
	place    []int     // by column of D, -1 where not touched
	inverse  []float64 // S^+ of the touched columns
	gathered []int     // the touched columns that inverse belongs to
	null     [][]float64

	columns, image                     []float64 // touched columns
	sum, solution, result, held        []float64
	along                              []float64 // q
	residual, direction, applied, prec []float64
	rank, side, left                   []float64 // the preconditioner
}

func newAdjuster(b *reducer) *adjuster {
	nested, plain := b.absorb.Eliminated()
	w := &adjuster{b: b, plain: plain || !nested, place: make([]int, b.absorb.Columns())}
	for i := range w.place {
		w.place[i] = -1
	}
	return w
}

func sized(x []float64, n int) []float64 { return slices.Grow(x[:0], n)[:n] }

// load reads the cluster's design; unit sets V to one.
func (w *adjuster) load(unit bool) {
	b, f, rows := w.b, w.b.fit, w.rows
	n, q := len(rows), len(f.X)
	for _, x := range []*[]float64{&w.scale, &w.root, &w.sum, &w.solution, &w.held, &w.residual, &w.direction, &w.applied, &w.prec, &w.rank, &w.side} {
		*x = sized(*x, n)
	}
	for i, r := range rows {
		w.scale[i], w.root[i] = 1, 1
		if !unit {
			w.scale[i] = f.Var[r]
		}
		if f.Omega != nil {
			w.root[i] = math.Sqrt(f.Omega[r])
		}
	}
	w.runs = w.runs[:0]
	w.u = w.u[:0]
	if b.level != nil {
		w.u = sized(w.u, n)
		for i, r := range rows {
			if i == 0 || b.level[r] != b.level[rows[i-1]] {
				w.runs = append(w.runs, i)
			}
			w.u[i] = w.root[i] / math.Sqrt(b.total[b.level[r]])
		}
		w.runs = append(w.runs, n)
	}
	w.x, w.along = sized(w.x, q*n), sized(w.along, q)
	for j, x := range f.X {
		for i, r := range rows {
			w.x[j*n+i] = w.root[i] * x[r]
		}
	}
	w.gather()
}

// gather finds the columns of D that the rows lie in, and S^+ of these.
func (w *adjuster) gather() {
	b := w.b
	blocks, columns := b.absorb.Blocks(), b.absorb.Columns()
	w.blocks = blocks
	w.local, w.z, w.touched = w.local[:0], w.z[:0], w.touched[:0]
	for i, r := range w.rows {
		for block := range blocks {
			c, z := b.absorb.Column(block, r)
			if w.place[c] < 0 {
				w.place[c] = len(w.touched)
				w.touched = append(w.touched, c)
			}
			w.local = append(w.local, w.place[c])
			w.z = append(w.z, z*w.root[i])
		}
	}
	for _, c := range w.touched {
		w.place[c] = -1
	}
	k := len(w.touched)
	w.columns, w.image = sized(w.columns, k), sized(w.image, k)
	if slices.Equal(w.touched, w.gathered) {
		return
	}
	w.gathered = append(w.gathered[:0], w.touched...)
	w.inverse = sized(w.inverse, k*k)
	for i, c := range w.touched {
		for j, d := range w.touched {
			w.inverse[i*k+j] = b.inverse[c*columns+d]
		}
	}
}

// intoRange takes the null space of V (I - H) V out of v.
func (w *adjuster) intoRange(v []float64) {
	for l := 0; l+1 < len(w.runs); l++ {
		from, to := w.runs[l], w.runs[l+1]
		s, length := 0.0, 0.0
		for i := from; i < to; i++ {
			x := w.u[i] / w.scale[i]
			s += x * v[i]
			length += x * x
		}
		s /= length
		for i := from; i < to; i++ {
			v[i] -= s * w.u[i] / w.scale[i]
		}
	}
	for _, z := range w.null {
		floats.AddScaled(v, -floats.Dot(z, v), z)
	}
}

// deflate bounds the eigenvalues of H beside the levels by their sum. Where
// that is no use it computes them: those of one span null directions, and the
// largest of the others is returned.
func (w *adjuster) deflate() (largest float64, ok bool) {
	w.null = w.null[:0]
	n := len(w.rows)
	bound := w.trace()
	if bound <= 0.5 {
		return bound, true
	}
	if bound -= w.levelTrace(); bound <= 0.5 {
		return bound, true
	}
	span := w.span()
	_, m := span.Dims()
	gram := mat.NewSymDense(m, nil)
	gram.SymOuterK(1, span.T())
	var e mat.EigenSym
	if !e.Factorize(gram, true) {
		return 0, false
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	direction := make([]float64, n)
	for j, value := range e.Values(nil) {
		if value < perfect {
			largest = max(largest, value)
			continue
		}
		vector := mat.Col(nil, j, &vectors)
		for i := range n {
			direction[i] = floats.Dot(span.RawRowView(i), vector) / w.scale[i]
		}
		for range 2 {
			w.intoRange(direction)
		}
		if length := floats.Norm(direction, 2); length > 0 {
			floats.Scale(1/length, direction)
			w.null = append(w.null, slices.Clone(direction))
		}
	}
	return largest, true
}

// trace is the trace of O D S^+ D' O + O X B X' O.
func (w *adjuster) trace() float64 {
	n, q, k := len(w.rows), len(w.b.fit.X), len(w.touched)
	sum := 0.0
	for i := range w.z {
		for j := i / w.blocks * w.blocks; j < (i/w.blocks+1)*w.blocks; j++ {
			sum += w.z[i] * w.inverse[w.local[i]*k+w.local[j]] * w.z[j]
		}
	}
	for j := range q {
		for l := range q {
			sum += w.b.fit.Bread[l][j] * floats.Dot(w.x[j*n:j*n+n], w.x[l*n:l*n+n])
		}
	}
	return sum
}

// levelTrace is what the trace loses where the levels are taken out.
func (w *adjuster) levelTrace() float64 {
	k := len(w.touched)
	sum := 0.0
	for l := 0; k > 0 && l+1 < len(w.runs); l++ {
		clear(w.columns)
		for at := w.runs[l] * w.blocks; at < w.runs[l+1]*w.blocks; at++ {
			w.columns[w.local[at]] += w.z[at] * w.u[at/w.blocks]
		}
		blas64.Implementation().Dgemv(blas.NoTrans, k, k, 1, w.inverse, k, w.columns, 1, 0, w.image, 1)
		sum += floats.Dot(w.columns, w.image)
	}
	return sum
}

// span gives F, n by columns, with H = U + FF'.
func (w *adjuster) span() *mat.Dense {
	n, q, k := len(w.rows), len(w.b.fit.X), len(w.touched)
	f := mat.NewDense(n, q+k, nil)
	column := make([]float64, n)
	add := func(j int) {
		w.offLevels(column)
		f.SetCol(j, column)
		clear(column)
	}
	for j := range q {
		for l := j; l < q; l++ {
			floats.AddScaled(column, w.b.root[l][j], w.x[l*n:l*n+n])
		}
		add(j)
	}
	if k == 0 {
		return f
	}
	inverse := make([][]float64, k)
	for i := range inverse {
		inverse[i] = w.inverse[i*k : i*k+k]
	}
	lower := cholesky(inverse)
	for j := range k {
		for at, c := range w.local {
			column[at/w.blocks] += w.z[at] * lower[c][j]
		}
		add(q + j)
	}
	return f
}
