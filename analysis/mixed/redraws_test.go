package mixed

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/infer"
	"swis/dataset/table"
)

// TestRedraws holds the joint draws of a coefficient against the same bootstrap
// with every matrix of full size: V^(-1/2) of all rows, the null imposed, t with
// CR1S.
func TestRedraws(t *testing.T) {
	data, err := table.ReadFile(filepath.Join("..", "..", "testdata", "reference", "pupils-small", "data.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ random, cluster string }{{"(1 | school)", "school"}, {"(1 + baseline | school) + (1 | la)", "la"}, {"(1 | school)", "la"}} {
		l := Linear{Formula: "attainment ~ swis + baseline + " + c.random, Variance: infer.CR1S, Cluster: c.cluster}
		r, err := l.Estimate(context.Background(), data)
		if err != nil {
			t.Fatal(err)
		}
		l = l.withConventions()
		design, err := l.design(data)
		if err != nil {
			t.Fatal(err)
		}
		m, err := newModel(design)
		if err != nil {
			t.Fatal(err)
		}
		f, err := m.system.criterion(true).fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		cluster, err := m.cluster(l)
		if err != nil {
			t.Fatal(err)
		}
		x, y, groups := m.whitened(t, f), cluster.Index, len(cluster.Levels)
		for j, e := range r.Estimates {
			one, err := m.redraws(f, j, l)()
			if err != nil {
				t.Fatal(err)
			}
			near(t, c.random+" "+c.cluster+": statistic of "+e.Term, one.Statistic(), *e.Statistic, 1e-7)
			weights := make([]float64, groups)
			for g := range weights {
				weights[g] = []float64{-1.5, -1, -0.5, 0.5, 1, 1.5}[(5*g+j)%6]
			}
			var got [1]float64
			one.Redraw(weights, got[:])
			near(t, c.random+" "+c.cluster+": t* of "+e.Term, got[0], drawn(x, y, groups, j, weights), 1e-7)
		}
	}
}

// whitened is V^(-1/2) (X, y) of all rows, from the definition of V.
func (m *model) whitened(t *testing.T, f *fit) *mat.Dense {
	t.Helper()
	n, p := m.design.N(), f.p
	v := mat.NewSymDense(n, nil)
	for i := range n {
		v.SetSym(i, i, 1)
	}
	for gi, g := range m.groups {
		k := g.k()
		z := mat.NewDense(n, k, nil) // of the engine
		for i := range n {
			for c := range k {
				for b := range k {
					value := 1.0
					if g.z[b] != nil {
						value = g.z[b][i]
					}
					z.Set(i, c, z.At(i, c)+value*g.basis[b*k+c])
				}
			}
		}
		z.Mul(z, mat.NewDense(k, k, f.lambda[gi]))
		for a := range n {
			for b := range a + 1 {
				if g.index[a] == g.index[b] {
					v.SetSym(a, b, v.At(a, b)+mat.Dot(z.RowView(a), z.RowView(b)))
				}
			}
		}
	}
	all := mat.NewDense(n, p+1, nil)
	for j, c := range f.basis.kept {
		all.SetCol(j, m.design.Fixed.X[c])
	}
	all.SetCol(p, m.y)
	// The symmetric root keeps each row in its cluster, which are not contiguous.
	root, err := power(v, -0.5)
	if err != nil {
		t.Fatal(err)
	}
	out := &mat.Dense{}
	out.Mul(root, all)
	return out
}

// drawn is |t*| of one draw for column j.
func drawn(all *mat.Dense, index []int32, groups, j int, weights []float64) float64 {
	n, width := all.Dims()
	p := width - 1
	x := mat.DenseCopyOf(all.Slice(0, n, 0, p))
	var others mat.Dense
	others.CloneFrom(mat.NewDense(n, p-1, nil))
	at := 0
	for k := range p {
		if k != j {
			others.SetCol(at, mat.Col(nil, k, x))
			at++
		}
	}
	y := mat.NewVecDense(n, mat.Col(nil, p, all))
	solve := func(x *mat.Dense, y *mat.VecDense) (b, e mat.VecDense) {
		var gram mat.Dense
		gram.Mul(x.T(), x)
		var right mat.VecDense
		right.MulVec(x.T(), y)
		if err := b.SolveVec(&gram, &right); err != nil {
			panic(err)
		}
		e.MulVec(x, &b)
		e.SubVec(y, &e)
		return b, e
	}
	_, u := solve(&others, y)
	star := mat.NewVecDense(n, nil)
	for i := range n {
		star.SetVec(i, y.AtVec(i)-u.AtVec(i)+weights[index[i]]*u.AtVec(i))
	}
	b, e := solve(x, star)
	var gram, bread mat.Dense
	gram.Mul(x.T(), x)
	if err := bread.Inverse(&gram); err != nil {
		panic(err)
	}
	sums := mat.NewDense(groups, p, nil)
	for i := range n {
		for k := range p {
			sums.Set(int(index[i]), k, sums.At(int(index[i]), k)+x.At(i, k)*e.AtVec(i))
		}
	}
	var half mat.Dense
	half.Mul(sums, &bread)
	square := 0.0
	for g := range groups {
		square += half.At(g, j) * half.At(g, j)
	}
	total := float64(groups)
	square *= total / (total - 1) * float64(n-1) / float64(n-p)
	return math.Abs(b.AtVec(j)) / math.Sqrt(square)
}
