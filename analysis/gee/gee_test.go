package gee

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// example is a small clustered data set of a family.
func example(seed uint64, family string, exchangeable bool) *problem {
	rng := rand.New(rand.NewPCG(seed, 3))
	const clusters = 14
	var y, one, arm, x, offset, trials []float64
	var cluster []int32
	for c := range clusters {
		u := 0.4 * rng.NormFloat64()
		for range 2 + rng.IntN(7) {
			z := rng.NormFloat64()
			eta := 0.3 + u + 0.4*float64(c%2) + 0.3*z
			o := 0.5 * rng.NormFloat64()
			t := float64(1 + rng.IntN(6))
			v := eta + rng.NormFloat64()
			switch family {
			case "poisson":
				v = 0
				for s := -math.Log(rng.Float64()); s < math.Exp(eta+o); s -= math.Log(rng.Float64()) {
					v++
				}
			case "binomial":
				v = 0
				for range int(t) {
					if rng.Float64() < 1/(1+math.Exp(-eta)) {
						v++
					}
				}
			}
			y, one, arm, x, offset, trials = append(y, v), append(one, 1), append(arm, float64(c%2)), append(x, z), append(offset, o), append(trials, t)
			cluster = append(cluster, int32(c))
		}
	}
	p := newProblem(family, [][]float64{one, arm, x}, y, cluster, clusters)
	p.exchangeable = exchangeable
	switch family {
	case "poisson":
		p.offset = offset
	case "binomial":
		p.trials = trials
	default:
		p.weights = trials
	}
	return p
}

// TestEquationsAgreeWithDense holds solution, moments and every correction
// against the formulas with whole matrices.
func TestEquationsAgreeWithDense(t *testing.T) {
	for _, family := range Families {
		for _, exchangeable := range []bool{false, true} {
			for seed := range uint64(8) {
				p := example(seed, family, exchangeable)
				f, err := p.fit(context.Background())
				if err != nil || !f.converged {
					t.Fatalf("%s, seed %d: %v, converged %v", family, seed, err, f != nil && f.converged)
				}
				checkDense(t, p, f)
			}
		}
	}
}

func checkDense(t *testing.T, p *problem, f *fit) {
	t.Helper()
	k := p.p()
	members := make([][]int, p.clusters)
	for i, c := range p.cluster {
		members[c] = append(members[c], i)
	}
	pearson := make([]float64, len(p.y))
	var phi, products, pairs float64
	for i := range p.y {
		mu, _, v := p.row(i, p.eta(i, f.beta))
		pearson[i] = (p.y[i] - mu) / math.Sqrt(v)
		phi += pearson[i] * pearson[i] / float64(len(p.y)-k)
	}
	for _, m := range members {
		for a, i := range m {
			for _, j := range m[:a] {
				products += pearson[i] * pearson[j]
				pairs++
			}
		}
	}
	alpha := 0.0
	if p.exchangeable {
		alpha = products / phi / (pairs - float64(k))
	}
	near(t, "phi", f.phi, phi)
	near(t, "alpha", f.alpha, alpha)
	total := mat.NewDense(k, k, nil)
	score := mat.NewVecDense(k, nil)
	type part struct {
		d, vi *mat.Dense
		r     *mat.VecDense
	}
	var parts []part
	for _, m := range members {
		n := len(m)
		d, v, r := mat.NewDense(n, k, nil), mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
		for a, i := range m {
			mu, slope, variance := p.row(i, p.eta(i, f.beta))
			r.SetVec(a, p.y[i]-mu)
			for j, x := range p.x {
				d.Set(a, j, slope*x[i])
			}
			for b, l := range m[:a+1] {
				_, _, other := p.row(l, p.eta(l, f.beta))
				c := alpha
				if a == b {
					c = 1
				}
				v.SetSym(a, b, phi*c*math.Sqrt(variance*other))
			}
		}
		vi := &mat.Dense{}
		if err := vi.Inverse(v); err != nil {
			t.Fatal(err)
		}
		var dv, s mat.Dense
		dv.Mul(d.T(), vi)
		s.Mul(&dv, d)
		total.Add(total, &s)
		var u mat.VecDense
		u.MulVec(&dv, r)
		score.AddVec(score, &u)
		parts = append(parts, part{d: d, vi: vi, r: r})
	}
	if mat.Norm(score, 2) > 1e-7*float64(len(p.y)) {
		t.Errorf("estimating equations are %v at the solution", score.RawVector().Data)
	}
	m := &mat.Dense{}
	if err := m.Inverse(total); err != nil {
		t.Fatal(err)
	}
	for correction := range corrections {
		meat := mat.NewDense(k, k, nil)
		for _, one := range parts {
			n, _ := one.d.Dims()
			var dm, h, hv mat.Dense
			dm.Mul(one.d, m)
			h.Mul(&dm, one.d.T())
			hv.Mul(&h, one.vi)
			adjusted := mat.NewVecDense(n, nil)
			ih := mat.NewDense(n, n, nil)
			for i := range n {
				for j := range n {
					x := -hv.At(i, j)
					if i == j {
						x++
					}
					ih.Set(i, j, x)
				}
			}
			adjusted.CopyVec(one.r)
			switch correction {
			case ManclDeRouen:
				if err := adjusted.SolveVec(ih, one.r); err != nil {
					t.Fatal(err)
				}
			case KauermannCarroll:
				// the principal inverse root by the Denman-Beavers iteration
				root, inverse := mat.DenseCopyOf(ih), mat.NewDense(n, n, nil)
				for i := range n {
					inverse.Set(i, i, 1)
				}
				for range 40 {
					var a, b mat.Dense
					if a.Inverse(root) != nil || b.Inverse(inverse) != nil {
						t.Fatal("singular")
					}
					root.Add(root, &b)
					root.Scale(0.5, root)
					inverse.Add(inverse, &a)
					inverse.Scale(0.5, inverse)
				}
				adjusted.MulVec(inverse, one.r)
			}
			var dv, s, sm mat.Dense
			dv.Mul(one.d.T(), one.vi)
			var u mat.VecDense
			u.MulVec(&dv, adjusted)
			if correction == FayGraubard {
				s.Mul(&dv, one.d)
				sm.Mul(&s, m)
				for j := range k {
					u.SetVec(j, u.AtVec(j)*math.Pow(1-min(0.75, sm.At(j, j)), -0.5))
				}
			}
			meat.RankOne(meat, 1, &u, &u)
		}
		var half, want mat.Dense
		half.Mul(m, meat)
		want.Mul(&half, m)
		got, repaired := p.sandwich(f, correction)
		if repaired {
			t.Errorf("%s: repaired", correction)
		}
		for i := range got {
			if w := want.At(i/k, i%k); math.Abs(got[i]-w) > 1e-7*(math.Abs(w)+1e-3) {
				t.Errorf("%s %s: variance %d is %g, want %g", p.family, correction, i, got[i], w)
			}
		}
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-7*(1+math.Abs(want)) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

// TestCorrectionsAreOrdered: each correction enlarges the sandwich, Mancl-DeRouen
// more than Kauermann-Carroll.
func TestCorrectionsAreOrdered(t *testing.T) {
	for seed := range uint64(20) {
		p := example(seed, "poisson", true)
		f, err := p.fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		variance := func(c Correction) float64 {
			v, _ := p.sandwich(f, c)
			return v[p.p()+1]
		}
		if lz, kc, md := variance(None), variance(KauermannCarroll), variance(ManclDeRouen); !(lz < kc && kc < md) {
			t.Errorf("seed %d: %g, %g, %g are not in order", seed, lz, kc, md)
		}
	}
}

// TestCopiesAreRows: a cluster drawn twice counts as two clusters with the same
// rows.
func TestCopiesAreRows(t *testing.T) {
	for _, family := range Families {
		p := example(3, family, true)
		drawn := *p
		drawn.copies = make([]float64, p.clusters)
		for c := range drawn.copies {
			drawn.copies[c] = float64((c*7 + 2) % 3)
		}
		f, err := drawn.fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		written := &problem{family: family, kept: p.kept, x: make([][]float64, p.p()), exchangeable: true}
		pick := func(to, from []float64, i int) []float64 {
			if from == nil {
				return nil
			}
			return append(to, from[i])
		}
		for c, k := range drawn.copies {
			for range int(k) {
				for i := range p.y {
					if p.cluster[i] != int32(c) {
						continue
					}
					written.y = append(written.y, p.y[i])
					written.trials = pick(written.trials, p.trials, i)
					written.offset = pick(written.offset, p.offset, i)
					written.weights = pick(written.weights, p.weights, i)
					written.cluster = append(written.cluster, int32(written.clusters))
					for j := range p.x {
						written.x[j] = append(written.x[j], p.x[j][i])
					}
				}
				written.clusters++
			}
		}
		g, err := written.fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		near(t, "alpha", f.alpha, g.alpha)
		near(t, "phi", f.phi, g.phi)
		for j := range f.beta {
			near(t, "beta", f.beta[j], g.beta[j])
		}
	}
}

// TestBootstrapErrors: with many clusters the bootstrap's standard errors are
// about those of the sandwich.
func TestBootstrapErrors(t *testing.T) {
	p := example(5, "gaussian", true)
	f, err := p.fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	v, _ := p.sandwich(f, KauermannCarroll)
	draws, failed, err := p.bootstrap(context.Background(), f, "1", 800)
	if err != nil || failed > 8 { // a draw in a hundred may have no solution
		t.Fatal(err, failed)
	}
	for j := range f.beta {
		var mean, square float64
		for _, d := range draws {
			mean += d[j] / float64(len(draws))
		}
		for _, d := range draws {
			square += (d[j] - mean) * (d[j] - mean) / float64(len(draws)-1)
		}
		if ratio := math.Sqrt(square / v[j*p.p()+j]); ratio < 0.7 || ratio > 1.4 {
			t.Errorf("coefficient %d: bootstrap over sandwich standard error %g", j, ratio)
		}
	}
}
