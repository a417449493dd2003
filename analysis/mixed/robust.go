package mixed

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
)

// robust is the cluster-robust covariance of the fixed effects of a mixed model:
// M (sum_g X_g'W_g A_g e_g e_g'A_g'W_g X_g) M with W = V^-1 at the fitted V as
// working covariance and e = y - X beta. For CR2 A_g = D'(D (V_g - X_g M X_g')
// D')^(+1/2) D with V_g = D'D (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018).
//
// No cluster's rows are ever laid out as a matrix: all of it happens in the span
// of the cluster's columns of Z and X, outside which V is the identity and A
// changes nothing. What is needed of the rows are cross-products.
type robust struct {
	vcov []float64 // p by p as written, in the units of the response
	df   []float64 // p, by kept coefficient; +Inf where the kind has none of its own
	g    int       // clusters
}

// clusterPart is a cluster in the coordinates of its span.
type clusterPart struct {
	x *mat.Dense    // d by p, X
	v *mat.SymDense // d by d, V0
	e *mat.VecDense // d, y - X beta in units of yScale
}

// robust computes the covariance of a kind with the given clusters.
func (m *model) robust(f *fit, cluster *formula.Group, kind infer.Kind) (*robust, error) {
	parts, err := m.clusterParts(f, cluster)
	if err != nil {
		return nil, err
	}
	p := f.p
	f.inverse.Of(f.factor, p)
	bread := mat.NewDense(p, p, nil)
	for i := range p {
		for j := range p {
			bread.Set(i, j, f.inverse.Dense[f.corner.Base+i*f.corner.RowStride+j])
		}
	}
	meat := mat.NewDense(p, p, nil)
	n := len(parts)
	units := mat.NewDense(p, p, nil) // contrasts in the engine's coordinates, by column
	for j := range p {
		units.SetCol(j, m.unit(j))
	}
	var mc mat.Dense
	mc.Mul(bread, units)
	norms := mat.NewDense(n, p, nil) // a'V a by cluster and contrast
	sides := make([]*mat.Dense, n)   // X'a, p by contrasts
	for g, c := range parts {
		adjusted, err := c.adjusted(bread, kind) // A'W X, d by p
		if err != nil {
			return nil, err
		}
		var score mat.VecDense
		score.MulVec(adjusted.T(), c.e)
		meat.RankOne(meat, 1, &score, &score)
		var a, va mat.Dense
		a.Mul(adjusted, &mc)
		va.Mul(c.v, &a)
		for j := range p {
			norms.Set(g, j, mat.Dot(a.ColView(j), va.ColView(j)))
		}
		sides[g] = &mat.Dense{}
		sides[g].Mul(c.x.T(), &a)
	}
	out := &robust{g: n, vcov: make([]float64, p*p), df: make([]float64, p)}
	var sandwich mat.Dense
	sandwich.Mul(bread, meat)
	sandwich.Mul(&sandwich, bread)
	factor := f.yScale * f.yScale
	switch total := float64(n); kind {
	case infer.CR1:
		factor *= total / (total - 1)
	case infer.CR1S:
		factor *= total * float64(f.n-1) / ((total - 1) * float64(f.n-p))
	}
	for i := range out.vcov {
		out.vcov[i] = factor * sandwich.At(i/p, i%p)
	}
	m.system.basis.sandwich(out.vcov)
	for j := range p {
		out.df[j] = float64(n - 1)
		if kind == infer.CR2 || kind == infer.CR3 {
			out.df[j] = satterthwaiteDF(bread, norms, sides, j)
		}
	}
	return out, nil
}

// satterthwaiteDF is (sum p_g'p_g)^2 / sum_gh (p_g'p_h)^2 under the working
// covariance: p_g'p_h is a_g'V_g a_g for g = h, less (X_g'a_g)'M(X_h'a_h).
func satterthwaiteDF(bread, norms *mat.Dense, sides []*mat.Dense, j int) float64 {
	p, _ := bread.Dims()
	outer := mat.NewDense(p, p, nil)
	var trace, squares float64
	for g, side := range sides {
		b := side.ColView(j)
		inner := mat.Inner(b, bread, b)
		own := norms.At(g, j)
		trace += own - inner
		squares += (own-inner)*(own-inner) - inner*inner
		outer.RankOne(outer, 1, b, b)
	}
	// sum over all pairs of (b_g'M b_h)^2 = tr(M O M O)
	var half, whole mat.Dense
	half.Mul(bread, outer)
	whole.Mul(&half, &half)
	return trace * trace / (squares + mat.Trace(&whole))
}

// adjusted is A'W X of one cluster, d by p.
func (c *clusterPart) adjusted(bread *mat.Dense, kind infer.Kind) (*mat.Dense, error) {
	var chol mat.Cholesky
	if !chol.Factorize(c.v) {
		return nil, analysis.NotEstimablef("the fitted covariance of a cluster is not positive definite")
	}
	wx := &mat.Dense{}
	if err := chol.SolveTo(wx, c.x); err != nil {
		return nil, err
	}
	var xm, xmx mat.Dense
	xm.Mul(c.x, bread)
	xmx.Mul(&xm, c.x.T())
	d, _ := c.x.Dims()
	switch kind {
	case infer.CR2:
		var l mat.TriDense
		chol.LTo(&l)
		var inner mat.Dense
		inner.Sub(c.v, &xmx)
		inner.Mul(l.T(), &inner)
		inner.Mul(&inner, &l)
		root, err := power(symmetric(&inner), -0.5)
		if err != nil {
			return nil, err
		}
		var a mat.Dense
		a.Mul(&l, root)
		a.Mul(&a, l.T())
		out := &mat.Dense{}
		out.Mul(&a, wx)
		return out, nil
	case infer.CR3:
		// A = (I - H)^+ with H = X M X'W; in the metric of V it is symmetric:
		// I - H = L (I - L^-1 X M X' L^-T) L^-1.
		var l mat.TriDense
		chol.LTo(&l)
		var q, qm, s mat.Dense
		if err := q.Solve(&l, c.x); err != nil {
			return nil, err
		}
		qm.Mul(&q, bread)
		s.Mul(&qm, q.T())
		for i := range d {
			for j := range d {
				v := -s.At(i, j)
				if i == j {
					v++
				}
				s.Set(i, j, v)
			}
		}
		inverse, err := power(symmetric(&s), -1)
		if err != nil {
			return nil, err
		}
		// A'W X = L^-T inverse L' W X
		var out mat.Dense
		out.Mul(l.T(), wx)
		out.Mul(inverse, &out)
		back := &mat.Dense{}
		if err := back.Solve(l.T(), &out); err != nil {
			return nil, err
		}
		return back, nil
	}
	return wx, nil
}

func symmetric(a *mat.Dense) *mat.SymDense {
	n, _ := a.Dims()
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			s.SetSym(i, j, (a.At(i, j)+a.At(j, i))/2)
		}
	}
	return s
}

// power is a symmetric positive semidefinite matrix to a negative power, by its
// Moore-Penrose inverse.
func power(a *mat.SymDense, exponent float64) (*mat.Dense, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(a, true) {
		return nil, analysis.NotEstimablef("the eigenvalues of a cluster's adjustment could not be found")
	}
	values := eigen.Values(nil)
	var vectors, scaled mat.Dense
	eigen.VectorsTo(&vectors)
	scaled.CloneFrom(&vectors)
	n := len(values)
	for j, v := range values {
		x := 0.0
		if v > 1e-9*values[n-1] {
			x = math.Pow(v, exponent)
		}
		for i := range n {
			scaled.Set(i, j, scaled.At(i, j)*x)
		}
	}
	out := &mat.Dense{}
	out.Mul(&scaled, vectors.T())
	return out, nil
}

// clusterParts brings each cluster into the coordinates of the span of its
// columns of Z and X.
func (m *model) clusterParts(f *fit, cluster *formula.Group) ([]*clusterPart, error) {
	p, w := f.p, f.p+1
	total := len(cluster.Levels)
	if total < 2 {
		return nil, analysis.NotEstimablef("cluster %s has %d level; at least two are wanted", cluster.Name, total)
	}
	members := make([][]int32, total) // nodes of each cluster
	position := make([]int32, f.nodes)
	owner := make([]int32, f.nodes)
	for i := range owner {
		owner[i] = -1
	}
	for gi, g := range m.groups {
		for i, level := range g.index {
			node := f.first[gi] + level
			switch c := cluster.Index[i]; owner[node] {
			case -1:
				owner[node] = c
				members[c] = append(members[c], node)
			case c:
			default:
				return nil, analysis.Unsupportedf("--cluster %s: rows of one %s lie in several clusters; cluster at a level that holds all of %s, so that clusters are independent in the model", cluster.Name, g.name, g.name)
			}
		}
	}
	// Products of X~ and y~ within clusters: the only pass over rows.
	products := make([]float64, total*w*w)
	kept := make([][]float64, p)
	for j, c := range f.basis.kept {
		kept[j] = m.design.Fixed.X[c]
	}
	x := make([]float64, w)
	for i, y := range m.y {
		f.basis.row(kept, i, x[:p])
		for j, v := range x[:p] {
			y -= v * f.basis.gamma[j]
		}
		x[p] = y / f.yScale
		weight := 1.0
		if m.design.Weights != nil {
			weight = m.design.Weights[i]
		}
		into := products[int(cluster.Index[i])*w*w:]
		for a, v := range x {
			for b := range a + 1 {
				into[a*w+b] += weight * v * x[b]
			}
		}
	}
	groupOf := make([]int, f.nodes)
	for gi, g := range m.groups {
		for j := range g.levels {
			groupOf[int(f.first[gi])+j] = gi
		}
	}
	edges := make([][]int, total)
	for i := range f.edges {
		c := owner[f.edges[i].earlier]
		edges[c] = append(edges[c], i)
	}
	beta := f.effects[f.structure.Scalars():]
	parts := make([]*clusterPart, total)
	for c := range parts {
		size := 0
		for _, node := range members[c] {
			position[node] = int32(size)
			size += m.groups[groupOf[node]].k()
		}
		parts[c] = f.span(members[c], position, groupOf, edges[c], size, products[c*w*w:(c+1)*w*w], beta)
	}
	return parts, nil
}

// span finds an orthonormal basis of the cluster's columns from their Gram
// matrix and gives X, V0 and the residual in it.
func (f *fit) span(nodes, position []int32, groupOf, edges []int, size int, products, beta []float64) *clusterPart {
	p, w := f.p, f.p+1
	n := size + p
	gram := mat.NewSymDense(n, nil)
	right := make([]float64, n) // [Z X]'e
	lambda := mat.NewDense(size, size, nil)
	for _, node := range nodes {
		gi := groupOf[node]
		k := f.groups[gi].k()
		j := f.level(node, int32(gi))
		at := int(position[node])
		for r := range k {
			zx := f.zx[gi][(j*k+r)*w : (j*k+r+1)*w]
			right[at+r] = zx[p] - dot(zx[:p], beta)
			for b, v := range zx[:p] {
				gram.SetSym(size+b, at+r, v)
			}
			for t := range r + 1 {
				gram.SetSym(at+r, at+t, f.zz[gi][(j*k+r)*k+t])
				lambda.Set(at+r, at+t, f.lambda[gi][r*k+t])
			}
		}
	}
	for _, i := range edges {
		e := &f.edges[i]
		ka, kb := f.groups[e.groupEarlier].k(), f.groups[e.groupLater].k()
		for r := range kb {
			for c := range ka {
				gram.SetSym(int(position[e.later])+r, int(position[e.earlier])+c, f.cross[e.block+r*ka+c])
			}
		}
	}
	for a := range p {
		for b := range a + 1 {
			gram.SetSym(size+a, size+b, products[a*w+b])
		}
	}
	for a := range p {
		v := products[p*w+a]
		for b := range p {
			v -= gram.At(size+a, size+b) * beta[b]
		}
		right[size+a] = v
	}
	scale := make([]float64, n)
	for i := range scale {
		if scale[i] = math.Sqrt(gram.At(i, i)); scale[i] == 0 {
			scale[i] = 1
		}
	}
	for i := range n {
		for j := range i + 1 {
			gram.SetSym(i, j, gram.At(i, j)/(scale[i]*scale[j]))
		}
	}
	var eigen mat.EigenSym
	eigen.Factorize(gram, true)
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	first := 0
	for first < n-1 && values[first] < 1e-10*values[n-1] {
		first++
	}
	d := n - first
	coordinates := mat.NewDense(d, n, nil) // of the columns of [Z X]
	part := &clusterPart{e: mat.NewVecDense(d, nil), v: mat.NewSymDense(d, nil)}
	for i := range d {
		root := math.Sqrt(values[first+i])
		var e float64
		for j := range n {
			v := vectors.At(j, first+i)
			coordinates.Set(i, j, root*v*scale[j])
			e += v * right[j] / scale[j]
		}
		part.e.SetVec(i, e/root)
	}
	part.x = mat.DenseCopyOf(coordinates.Slice(0, d, size, n))
	var z mat.Dense
	z.Mul(coordinates.Slice(0, d, 0, size), lambda)
	part.v.SymOuterK(1, &z)
	for i := range d {
		part.v.SetSym(i, i, part.v.At(i, i)+1)
	}
	return part
}
