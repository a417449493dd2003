package fixedeffects

import (
	"context"
	"errors"
	"math"
	"slices"

	"swis/analysis/infer"
	"swis/analysis/linear"
)

var errCutAcross = errors.New("the absorbed effects cut across the clusters and have too many levels for cr2 and cr3: use cr1s")

// biasReduced computes CR2 or CR3 of the full model, absorbed effects included,
// with Satterthwaite degrees of freedom, one cluster at a time and without ever
// forming a matrix over all rows (Pustejovsky & Tipton 2018).
//
// With Phi = diag(Var), W = 1/Phi and U = Jac (X, effects), the projection
// splits into three orthogonal parts: an effect nested in the clusters, which
// is block diagonal; the other effects D residualised on it; and X residualised
// on all. For a cluster g
//
//	K_g = U_g (U'WU)^-1 U_g' = Jac (P_g + D_g S^+ D_g' + X_g Bread X_g') Jac
//	CR2  A_g = Phi^1/2 (Phi^1/2 (Phi - K_g) Phi^1/2)^(+1/2) Phi^1/2
//	CR3  A_g = Phi^1/2 (I - Phi^-1/2 K_g Phi^-1/2)^+ Phi^-1/2
//
// and with a_j = A_g' W X_g Bread e_j the meat is the sum of a_j'e e'a_k. The
// inner products of the degrees of freedom are
//
//	p_g'p_h = [g = h] a_g'(Phi - Jac P Jac) a_g - s_g's_h,
//
// s_g being the coordinates of Jac a_g in X and D, so that no pair of clusters
// is ever visited.
func (f *Fit) biasReduced(kind Kind, c Cluster) (*Variance, error) {
	absorb, err := f.nestedAbsorber(c)
	if err != nil {
		return nil, err
	}
	b := &reducer{fit: f, kind: kind, absorb: absorb, k: len(f.X) + absorb.Columns()}
	b.prepare(c)
	q := len(f.X)
	v := &Variance{Kind: kind, Factor: 1, V: square(q), DF: make([]float64, q), Clusters: []int{c.Groups}, K: f.FullK()}
	scores := make([]float64, q)
	b.each(func(g int, rows []int32, p *pattern) {
		clear(scores)
		for j := range q {
			a := p.a[j*len(rows) : (j+1)*len(rows)]
			for i, r := range rows {
				scores[j] += a[i] * f.Resid[r]
			}
		}
		for j, x := range scores {
			for k, y := range scores[:j+1] {
				v.V[j][k] += x * y
			}
		}
	})
	mirror(v.V)
	unit := make([]float64, q)
	for j := range q {
		unit[j] = 1
		v.DF[j] = b.satterthwaite(unit)
		unit[j] = 0
	}
	v.contrastDF = b.satterthwaite
	v.Joint = func(columns []int) (Joint, error) { return b.hotelling(v, columns) }
	return v, nil
}

// pattern is what clusters with the same design share.
type pattern struct {
	rows  []int32   // of the first cluster of this pattern
	a     []float64 // q by n_g
	s     []float64 // q by k: coordinates of Jac a_j in X and D
	d     []float64 // q by q: a_j'(Phi - Jac P Jac) a_k
	count float64
}

// reducer holds the work of one bias-reduced variance.
type reducer struct {
	fit      *Fit
	kind     Kind
	absorb   *linear.Absorber
	k        int // columns of X and D
	inverse  []float64
	root     [][]float64 // lower Cholesky factor of Bread
	order    []int32     // rows by cluster, levels of the nested effect together
	start    []int32     // groups+1
	level    []int32     // N: level of the nested effect, or nil
	total    []float64   // weight of each level
	patterns []*pattern
	which    []int32 // pattern of each cluster
}

// arrange orders the rows by cluster, levels of the nested effect together.
func (b *reducer) arrange(c Cluster) {
	f := b.fit
	n := f.N()
	b.start = make([]int32, c.Groups+1)
	for _, g := range c.Index {
		b.start[g+1]++
	}
	for g := range c.Groups {
		b.start[g+1] += b.start[g]
	}
	next := slices.Clone(b.start[:c.Groups])
	b.order = make([]int32, n)
	place := func(r int32) {
		g := c.Index[r]
		b.order[next[g]] = r
		next[g]++
	}
	if nested, _ := b.absorb.Eliminated(); nested {
		_, start, rows, total := b.absorb.First()
		b.total = total
		b.level = make([]int32, n)
		for l := range len(start) - 1 {
			for _, r := range rows[start[l]:start[l+1]] {
				b.level[r] = int32(l)
				place(r)
			}
		}
	} else {
		for r := range n {
			place(int32(r))
		}
	}
}

// prepare computes the adjusted vectors of every distinct cluster.
func (b *reducer) prepare(c Cluster) {
	b.arrange(c)
	f := b.fit
	nested, plain := b.absorb.Eliminated()
	if b.absorb.Columns() > 0 {
		b.inverse = b.absorb.Inverse()
	}
	b.root = cholesky(f.Bread)
	b.which = make([]int32, c.Groups)
	seen := map[uint64][]int32{}
	sharable := f.Jac == nil && (!nested || plain)
	for g := range c.Groups {
		rows := b.order[b.start[g]:b.start[g+1]]
		var key uint64
		if sharable {
			key = b.hash(rows)
			found := false
			for _, p := range seen[key] {
				if b.same(b.patterns[p].rows, rows) {
					b.which[g] = p
					b.patterns[p].count++
					found = true
					break
				}
			}
			if found {
				continue
			}
		}
		b.which[g] = int32(len(b.patterns))
		if sharable {
			seen[key] = append(seen[key], b.which[g])
		}
		b.patterns = append(b.patterns, &pattern{rows: rows, count: 1})
	}
	// Each cluster writes its own pattern, so the order does not matter.
	_ = infer.Replicate(context.Background(), len(b.patterns), func() func(int) {
		w := newAdjuster(b)
		return func(i int) { w.adjust(b.patterns[i]) }
	})
}

// each visits the clusters in order.
func (b *reducer) each(visit func(g int, rows []int32, p *pattern)) {
	for g, p := range b.which {
		visit(g, b.order[b.start[g]:b.start[g+1]], b.patterns[p])
	}
}

// hash and same compare the designs of two clusters: columns as given, weights,
// effects and the split into levels of the nested effect.
func (b *reducer) hash(rows []int32) uint64 {
	var h uint64 = 14695981039346656037
	mix := func(v uint64) {
		h ^= v
		h *= 1099511628211
		h ^= h >> 29
	}
	mix(uint64(len(rows)))
	for i, r := range rows {
		for _, x := range b.fit.Raw {
			mix(math.Float64bits(x[r]))
		}
		if b.fit.Omega != nil {
			mix(math.Float64bits(b.fit.Omega[r]))
		}
		for k := range b.absorb.Blocks() {
			column, z := b.absorb.Column(k, r)
			mix(uint64(column))
			mix(math.Float64bits(z))
		}
		if b.level != nil && i > 0 && b.level[r] != b.level[rows[i-1]] {
			mix(1)
		}
	}
	return h
}

func (b *reducer) same(p, q []int32) bool {
	if len(p) != len(q) {
		return false
	}
	for i, r := range p {
		s := q[i]
		for _, x := range b.fit.Raw {
			if x[r] != x[s] {
				return false
			}
		}
		if w := b.fit.Omega; w != nil && w[r] != w[s] {
			return false
		}
		for k := range b.absorb.Blocks() {
			c, z := b.absorb.Column(k, r)
			d, y := b.absorb.Column(k, s)
			if c != d || z != y {
				return false
			}
		}
		if b.level != nil && i > 0 && (b.level[r] == b.level[p[i-1]]) != (b.level[s] == b.level[q[i-1]]) {
			return false
		}
	}
	return true
}

// adjust computes a, s and d of one cluster.
func (w *adjuster) adjust(p *pattern) {
	b, f := w.b, w.b.fit
	rows := p.rows
	w.rows = rows
	q, n := len(f.X), len(rows)
	p.a, p.s, p.d = make([]float64, q*n), make([]float64, q*b.k), make([]float64, q*q)
	for j := range q {
		a := p.a[j*n : j*n+n]
		for l := range q {
			bread := f.Bread[l][j]
			if bread == 0 {
				continue
			}
			for i, r := range rows {
				a[i] += bread * f.X[l][r]
			}
		}
		if f.Jac != nil {
			for i, r := range rows {
				a[i] *= f.Jac[r]
			}
		}
		if f.Var != nil {
			for i, r := range rows {
				a[i] /= f.Var[r]
			}
		}
	}
	w.applyRoot(p.a)
	linear := make([]float64, n) // Jac a_j
	held := make([][]float64, q) // level sums of Jac a_j over the root of the weight
	for j := range q {
		a := p.a[j*n : j*n+n]
		copy(linear, a)
		if f.Jac != nil {
			for i, r := range rows {
				linear[i] *= f.Jac[r]
			}
		}
		s := p.s[j*b.k : (j+1)*b.k]
		for l, x := range f.X {
			for i, r := range rows {
				s[l] += x[r] * linear[i]
			}
		}
		transposeLower(b.root, s[:q])
		held[j] = b.coordinates(rows, linear, s[q:])
	}
	for j := range q {
		for l := range j + 1 {
			v := 0.0
			for i, r := range rows {
				t := p.a[j*n+i] * p.a[l*n+i]
				if f.Var != nil {
					t *= f.Var[r]
				}
				v += t
			}
			for i := range held[j] {
				v -= held[j][i] * held[l][i]
			}
			p.d[j*q+l], p.d[l*q+j] = v, v
		}
	}
}

// coordinates sets out to L^-1 D'a with D residualised on the nested effect,
// and returns the coordinates of a in that effect.
func (b *reducer) coordinates(rows []int32, a, out []float64) (held []float64) {
	blocks := b.absorb.Blocks()
	nested, plain := b.absorb.Eliminated()
	rest := slices.Clone(a)
	if nested && plain {
		for i := 0; i < len(rows); {
			l := b.level[rows[i]]
			j, sum := i, 0.0
			for ; j < len(rows) && b.level[rows[j]] == l; j++ {
				sum += a[j]
			}
			held = append(held, sum/math.Sqrt(b.total[l]))
			for ; i < j; i++ {
				w := 1.0
				if b.fit.Omega != nil {
					w = b.fit.Omega[rows[i]]
				}
				rest[i] -= w * sum / b.total[l]
			}
		}
	} else if nested {
		held = b.absorb.HeldBySlopes(rows, rest)
	}
	if len(out) == 0 {
		return held
	}
	for i, r := range rows {
		for k := range blocks {
			c, z := b.absorb.Column(k, r)
			out[c] += z * rest[i]
		}
	}
	b.absorb.Whiten(out)
	return held
}

// cholesky is the lower factor of a positive definite matrix.
func cholesky(m [][]float64) [][]float64 {
	l := square(len(m))
	for i := range m {
		for j := range i + 1 {
			v := m[i][j]
			for k := range j {
				v -= l[i][k] * l[j][k]
			}
			if i == j {
				l[i][i] = math.Sqrt(max(v, 0))
			} else if l[j][j] > 0 {
				l[i][j] = v / l[j][j]
			}
		}
	}
	return l
}

// transposeLower replaces s by L's.
func transposeLower(l [][]float64, s []float64) {
	for j := range s {
		v := 0.0
		for i := j; i < len(s); i++ {
			v += l[i][j] * s[i]
		}
		s[j] = v
	}
}
