package infer

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/linear"
)

// tie is how near, relatively, two statistics count as equal.
const tie = 1e-9

// Wild is a wild cluster restricted bootstrap of one coefficient (Cameron,
// Gelbach & Miller 2008): y* = X b~ + v_g u~, b~ and u~ from the model with the
// null imposed, one weight v_g a cluster, t with the CR1S variance. Weights
// and absorbed effects must be in X and Y already: rows times the root of
// their weight, and effects that are not nested in the clusters as columns.
type Wild struct {
	X          [][]float64 // k columns of n, not collinear
	Y          []float64
	Clusters   Clusters
	Term       int  // the coefficient, a column of X
	Rows       int  // N of CR1S; 0 means n
	Parameters int  // K of CR1S; 0 means k
	Score      bool // X and Y are a score linearisation: no confidence set
}

// WildResult is the outcome of a wild bootstrap.
type WildResult struct {
	Statistic  float64 // t with CR1S
	P          float64 // share of |t*| >= |t|; (1+b)/(1+B) where sampled
	PStrict    float64 // share of |t*| > |t|
	Low, High  float64 // confidence set by inversion; infinite where it has no end
	Draws      int
	Enumerated bool
	Weights    string // rademacher or webb
}

// wildQuantities is what every draw is made of. A draw needs, with v the
// weights, the sums over clusters of
//
//	v a     (the numerator of t*),
//	v delta (how the coefficients move, in the directions of cluster scores),
//	v a c   (their product with the cluster's own score),
//	v^2 a^2,
//
// each a polynomial in the hypothesised value: a = a0 - b a1. So a draw costs
// O(G r), r the rank of the directions c, and another hypothesis costs O(1).
type wildQuantities struct {
	groups int
	rank   int
	width  int         // numbers a cluster
	value  [][]float64 // by cluster: a0, a1, delta0 (r), delta1 (r), ac0 (r), ac1 (r)
	square [][3]float64
	factor float64
	b, se  float64
}

// Run draws reps times, or enumerates all 2^G Rademacher vectors where there
// are no more. weights is rademacher, webb or empty for the default.
func (w *Wild) Run(ctx context.Context, weights string, reps int, seed string, level float64) (*WildResult, error) {
	groups := len(w.Clusters.Levels)
	if groups < 3 {
		return nil, analysis.NotEstimablef("a wild bootstrap of %d clusters has no more than %d draws; it needs several clusters", groups, 1<<groups)
	}
	weights = w.weights(weights)
	q, err := w.quantities()
	if err != nil {
		return nil, err
	}
	draws, enumerated, err := q.draw(ctx, weights, reps, seed)
	if err != nil {
		return nil, err
	}
	r := &WildResult{Statistic: q.b / q.se, Draws: draws.n, Enumerated: enumerated, Weights: weights, Low: math.Inf(-1), High: math.Inf(1)}
	r.P, r.PStrict = draws.p(q, 0, enumerated)
	if w.Score {
		return r, nil
	}
	df := float64(groups - 1)
	step := distribution.StudentQuantile(1-(1-level)/2, df) * q.se
	r.Low, r.High = draws.bound(q, 1-level, -step, enumerated), draws.bound(q, 1-level, step, enumerated)
	return r, nil
}

// quantities forms the cluster sums in the orthonormal basis of the design.
func (w *Wild) quantities() (*wildQuantities, error) {
	k, n := len(w.X), len(w.Y)
	groups := len(w.Clusters.Levels)
	// The term stands last, so that all but the last of the orthonormal columns
	// span the restricted model.
	columns := make([][]float64, 0, k)
	for j, x := range w.X {
		if j != w.Term {
			columns = append(columns, x)
		}
	}
	columns = append(columns, w.X[w.Term])
	full := linear.Factorise(columns, nil, 1e-13)
	if full.Rank() < k {
		return nil, analysis.NotEstimablef("the bootstrap needs columns that are not collinear")
	}
	basis := full.Orthonormal()
	restricted := func(x []float64) []float64 {
		u := slices.Clone(x)
		for range 2 {
			for _, q := range basis[:k-1] {
				floats.AddScaled(u, -floats.Dot(q, u), q)
			}
		}
		return u
	}
	u0, u1 := restricted(w.Y), restricted(w.X[w.Term])
	d := make([]float64, k) // R^-T e_k: the direction of the coefficient
	d[k-1] = 1
	full.SolveRTransposed(d)
	g0, g1 := make([]float64, groups*k), make([]float64, groups*k) // Q_g'u
	c := make([]float64, groups*k)                                 // Q_g'r, r = Q d
	for i := range n {
		g := int(w.Clusters.Index[i]) * k
		r := 0.0
		for a := range k {
			r += basis[a][i] * d[a]
		}
		for a := range k {
			v := basis[a][i]
			g0[g+a] += v * u0[i]
			g1[g+a] += v * u1[i]
			c[g+a] += v * r
		}
	}
	kk := k
	if w.Parameters > 0 {
		kk = w.Parameters
	}
	rows := n
	if w.Rows > 0 {
		rows = w.Rows
	}
	q := &wildQuantities{groups: groups, factor: float64(groups) / float64(groups-1) * float64(rows-1) / float64(rows-kk)}
	q.fill(g0, g1, c, d, k)
	// The observed statistic is the draw of weights one.
	one := make([]float64, q.width)
	var square [3]float64
	for g := range groups {
		for i, v := range q.value[g] {
			one[i] += v
		}
		for i, v := range q.square[g] {
			square[i] += v
		}
	}
	q.b = one[0]
	q.se = math.Sqrt(q.variance(one, square).at(0))
	if !(q.se > 0) {
		return nil, analysis.NotEstimablef("the coefficient has no cluster-robust variance in these data: one arm lies in one cluster, or the fit is perfect")
	}
	return q, nil
}

// fill reduces the cluster quantities to the directions that the c span.
func (q *wildQuantities) fill(g0, g1, c, d []float64, k int) {
	values, vectors := eigen(outer(c, k), k)
	var kept []int
	for j := k - 1; j >= 0; j-- {
		if values[j] > 1e-14*values[k-1] {
			kept = append(kept, j)
		}
	}
	r := len(kept)
	q.rank, q.width = r, 2+4*r
	along := func(x []float64, j int) float64 {
		s := 0.0
		for a, v := range x {
			s += v * vectors[a*k+j]
		}
		return s
	}
	for g := range q.groups {
		x0, x1, cg := g0[g*k:g*k+k], g1[g*k:g*k+k], c[g*k:g*k+k]
		a0, a1 := dot(d, x0), dot(d, x1)
		v := make([]float64, q.width)
		v[0], v[1] = a0, a1
		for i, j := range kept {
			root := math.Sqrt(values[j])
			// delta is scaled by the root of the eigenvalue, so that the
			// quadratic form of the directions becomes a plain square.
			v[2+i], v[2+r+i] = along(x0, j)*root, along(x1, j)*root
			cj := along(cg, j) / root
			v[2+2*r+i], v[2+3*r+i] = a0*cj, a1*cj
		}
		q.value = append(q.value, v)
		q.square = append(q.square, [3]float64{a0 * a0, -2 * a0 * a1, a1 * a1})
	}
}

// quadratic3 is a polynomial of degree 2 in the hypothesised value.
type quadratic3 [3]float64

func (p quadratic3) at(b float64) float64 { return p[0] + b*(p[1]+b*p[2]) }

// variance is CR1S of a draw whose sums are s, as a polynomial in the
// hypothesis: sum of (v a - c'delta)^2 = sum v^2 a^2 - 2 (sum v a c)'delta + |delta|^2.
func (q *wildQuantities) variance(s []float64, square [3]float64) quadratic3 {
	r := q.rank
	d0, d1, w0, w1 := s[2:2+r], s[2+r:2+2*r], s[2+2*r:2+3*r], s[2+3*r:2+4*r]
	v := quadratic3(square)
	for i := range r {
		v[0] += d0[i]*d0[i] - 2*w0[i]*d0[i]
		v[1] += -2*d0[i]*d1[i] + 2*(w0[i]*d1[i]+w1[i]*d0[i])
		v[2] += d1[i]*d1[i] - 2*w1[i]*d1[i]
	}
	for i := range v {
		v[i] *= q.factor
	}
	return v
}

// wildDraws holds, for each draw, numerator and variance as polynomials in the
// hypothesis.
type wildDraws struct {
	n         int
	numerator [][2]float64
	variance  []quadratic3
}

// atLeast is the p-value of the hypothesis b0.
func (d *wildDraws) atLeast(q *wildQuantities, b0 float64, enumerated bool) float64 {
	t := math.Abs((q.b-b0)/q.se) * (1 - tie)
	limit := t * t
	count := linear.Parts(d.n, 1, func(from, to int, sum []float64) {
		variance, count := d.variance[from:to], 0
		numerator := d.numerator[from:to][:len(variance)]
		for i := range variance {
			v := &variance[i]
			x := numerator[i][0] - b0*numerator[i][1]
			if x*x >= limit*max(v[0]+b0*(v[1]+b0*v[2]), 0) {
				count++
			}
		}
		sum[0] = float64(count)
	})[0]
	if enumerated {
		return count / float64(d.n)
	}
	return (1 + count) / float64(1+d.n)
}

// p gives the p-value of the hypothesis b0 and its strict version.
func (d *wildDraws) p(q *wildQuantities, b0 float64, enumerated bool) (p, strict float64) {
	t := math.Abs((q.b - b0) / q.se)
	atLeast, above := 0, 0
	low, high := t*(1-tie), t*(1+tie)
	low, high = low*low, high*high
	for i, v := range d.variance {
		x := d.numerator[i][0] - b0*d.numerator[i][1]
		x *= x
		s := v.at(b0)
		if s < 0 {
			s = 0
		}
		if x >= low*s {
			atLeast++
		}
		if x > high*s {
			above++
		}
	}
	if enumerated {
		return float64(atLeast) / float64(d.n), float64(above) / float64(d.n)
	}
	return float64(1+atLeast) / float64(1+d.n), float64(above) / float64(d.n)
}

// webb are the six points of Webb (2023).
var webb = []float64{-math.Sqrt(1.5), -1, -math.Sqrt(0.5), math.Sqrt(0.5), 1, math.Sqrt(1.5)}

// draw makes the draws. Clusters are taken in bundles, 8 with two points or 3
// with six, whose sums are tabulated for every combination, so that a draw
// adds one row a bundle.
func (q *wildQuantities) draw(ctx context.Context, weights string, reps int, seed string) (*wildDraws, bool, error) {
	points, size := []float64{-1, 1}, 8
	if weights == "webb" {
		points, size = webb, 3
	}
	combinations := 1
	for range size {
		combinations *= len(points)
	}
	wide := q.width
	if weights == "webb" {
		wide += 3 // squares of the weights are not one
	}
	bundles := (q.groups + size - 1) / size
	table := make([]float64, bundles*combinations*wide)
	for b := range bundles {
		for code := range combinations {
			row := table[(b*combinations+code)*wide:][:wide]
			rest := code
			for g := b * size; g < min((b+1)*size, q.groups); g++ {
				v := points[rest%len(points)]
				rest /= len(points)
				for i, x := range q.value[g] {
					row[i] += v * x
				}
				if wide > q.width {
					for i, x := range q.square[g] {
						row[q.width+i] += v * v * x
					}
				}
			}
		}
	}
	var ones [3]float64
	for _, s := range q.square {
		for i, x := range s {
			ones[i] += x
		}
	}
	enumerated := weights == "rademacher" && q.groups < 62 && 1<<q.groups <= reps
	n := reps
	if enumerated {
		n = 1 << q.groups
	}
	d := &wildDraws{n: n, numerator: make([][2]float64, n), variance: make([]quadratic3, n)}
	const block = 1024
	err := Replicate(ctx, (n+block-1)/block, func() func(int) {
		s := make([]float64, wide)
		return func(at int) {
			stream := Stream(seed, "wild-bootstrap", at)
			var bits uint64
			left := 0
			for i := at * block; i < min((at+1)*block, n); i++ {
				clear(s)
				if enumerated {
					bits, left = uint64(i), 8
				}
				for b := range bundles {
					if left == 0 {
						bits, left = stream.Uint64(), 8
					}
					code := int(bits & 255)
					bits >>= 8
					left--
					if combinations == 216 && code >= 216 {
						code = stream.IntN(216)
					}
					row := table[(b*combinations+code)*wide:][:len(s)]
					for j, x := range row {
						s[j] += x
					}
				}
				square := ones
				if wide > q.width {
					square = [3]float64(s[q.width:])
				}
				d.numerator[i] = [2]float64{s[0], s[1]}
				d.variance[i] = q.variance(s, square)
			}
		}
	})
	return d, enumerated, err
}
