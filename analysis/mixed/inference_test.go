package mixed

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestSatterthwaiteBalanced: with balanced schools and a school-level
// intercept alone, REML is ANOVA and the mean has q-1 degrees of freedom.
func TestSatterthwaiteBalanced(t *testing.T) {
	e := examples(2)[0]
	const q, k = 6, 15
	e.columns = [][]float64{e.columns[0][:q*k]}
	e.y = e.y[:q*k]
	index := make([]int32, q*k)
	var means [q]float64
	for i := range index {
		index[i] = int32(i / k)
		e.y[i] += 5 * float64(index[i]%3)
		means[index[i]] += e.y[i] / k
	}
	e.random[0].Index, e.random[0].Levels = index, e.random[0].Levels[:q]
	f, err := e.system(t).criterion(true).fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var grand, between, within float64
	for _, m := range means {
		grand += m / q
	}
	for _, m := range means {
		between += k * (m - grand) * (m - grand) / (q - 1)
	}
	for i, y := range e.y {
		within += (y - means[index[i]]) * (y - means[index[i]]) / (q * (k - 1))
	}
	near(t, "residual variance", f.sigma()*f.sigma(), within, 1e-8)
	near(t, "school variance", f.covariance(0)[0], (between-within)/k, 1e-8)
	near(t, "mean", f.beta()[0], grand, 1e-10)
	near(t, "variance of the mean", f.vcov()[0], between/(q*k), 1e-8)
	s := newSensitivity(f)
	l := f.basis.contrast([]float64{1})
	near(t, "Satterthwaite df", newSatterthwaite(s).df(l), q-1, 1e-5)
	kr := newKenwardRoger(s)
	_, _, df := kr.contrastTest([][]float64{l}, []float64{f.beta()[0]})
	near(t, "Kenward-Roger df", df, q-1, 1e-6)
}

// TestKenwardRogerAgreesWithDense holds the adjusted covariance and the
// degrees of freedom against the formulas of the paper with n by n matrices in
// the linear parameters (variances and covariances).
func TestKenwardRogerAgreesWithDense(t *testing.T) {
	for seed := range uint64(4) {
		for _, e := range examples(seed) {
			f, err := e.system(t).criterion(true).fit(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if f.boundary {
				continue
			}
			s := newSensitivity(f)
			kr := newKenwardRoger(s)
			if kr == nil {
				t.Fatalf("%s: no Kenward-Roger", e.name)
			}
			adjusted := append([]float64(nil), kr.adjusted...)
			f.basis.sandwich(adjusted)
			want := e.kenwardRoger(f, nil, 1)
			sigma2 := f.sigma() * f.sigma()
			for i, v := range adjusted {
				near(t, e.name+": adjusted covariance", sigma2*v, want.adjusted.At(i/f.p, i%f.p), 1e-6)
			}
			for j := range f.p {
				l := make([]float64, f.p)
				l[j] = 1
				_, _, df := kr.contrastTest([][]float64{f.basis.contrast(l)}, f.beta())
				near(t, e.name+": df", df, want.df(j), 1e-5)
			}
		}
	}
}

type denseKenwardRoger struct {
	phi, adjusted *mat.Dense
	k             []*mat.Dense
	w             *mat.Dense
}

func (d *denseKenwardRoger) df(j int) float64 {
	var a float64
	v := d.phi.At(j, j)
	for i := range d.k {
		for s := range d.k {
			a += d.w.At(i, s) * d.k[i].At(j, j) * d.k[s].At(j, j) / (v * v)
		}
	}
	_, df := scaledF(a, a, 1)
	return df
}

// kenwardRoger evaluates the paper's formulas directly, with a residual variance
// for each group of rows.
func (e example) kenwardRoger(f *fit, groupOf []int32, groups int) *denseKenwardRoger {
	n, p := len(e.y), f.p
	v := mat.NewDense(n, n, nil)
	v.Scale(f.sigma()*f.sigma(), e.relative(f.criterion))
	var directions []*mat.Dense
	for _, g := range f.groups {
		value := func(i, a int) float64 {
			if g.z[a] == nil {
				return 1
			}
			return g.z[a][i]
		}
		for _, term := range g.terms {
			for a := term.first; a < term.first+len(term.names); a++ {
				for b := term.first; b <= a; b++ {
					d := mat.NewDense(n, n, nil)
					for i := range n {
						for j := range n {
							if g.index[i] != g.index[j] {
								continue
							}
							x := value(i, a) * value(j, b)
							if a != b {
								x += value(i, b) * value(j, a)
							}
							d.Set(i, j, x)
						}
					}
					directions = append(directions, d)
				}
			}
		}
	}
	for a := range groups {
		residual := mat.NewDense(n, n, nil)
		for i := range n {
			x := 1.0
			if e.weights != nil {
				x = 1 / e.weights[i]
			}
			if groups == 1 || int(groupOf[i]) == a {
				residual.Set(i, i, x)
			}
		}
		directions = append(directions, residual)
	}
	var vi mat.Dense
	if err := vi.Inverse(v); err != nil {
		panic(err)
	}
	x := e.dense().x
	var vx, xvx mat.Dense
	vx.Mul(&vi, x)
	xvx.Mul(x.T(), &vx)
	out := &denseKenwardRoger{phi: &mat.Dense{}, adjusted: &mat.Dense{}, w: &mat.Dense{}}
	if err := out.phi.Inverse(&xvx); err != nil {
		panic(err)
	}
	r := len(directions)
	var half []*mat.Dense // V^-1 G
	var ps []*mat.Dense
	for _, g := range directions {
		h := &mat.Dense{}
		h.Mul(&vi, g)
		half = append(half, h)
		var gx, px mat.Dense
		gx.Mul(g, &vx)
		px.Mul(vx.T(), &gx)
		px.Scale(-1, &px)
		ps = append(ps, mat.DenseCopyOf(&px))
		k := &mat.Dense{}
		k.Mul(out.phi, &px)
		k.Mul(k, out.phi)
		out.k = append(out.k, k)
	}
	information := mat.NewDense(r, r, nil)
	q := make([]*mat.Dense, r*r)
	for i := range r {
		for j := range r {
			var t1, t2, a, b, c mat.Dense
			t1.Mul(half[i], half[j])
			t2.Mul(&t1, &vx)
			qq := &mat.Dense{}
			qq.Mul(x.T(), &t2)
			q[i*r+j] = qq
			a.Mul(out.phi, qq)
			b.Mul(out.phi, ps[i])
			c.Mul(out.phi, ps[j])
			b.Mul(&b, &c)
			information.Set(i, j, (mat.Trace(&t1)-2*mat.Trace(&a)+mat.Trace(&b))/2)
		}
	}
	if err := out.w.Inverse(information); err != nil {
		panic(err)
	}
	sum := mat.NewDense(p, p, nil)
	for i := range r {
		for j := range r {
			var a mat.Dense
			a.Mul(ps[i], out.phi)
			a.Mul(&a, ps[j])
			a.Sub(q[i*r+j], &a)
			a.Scale(out.w.At(i, j), &a)
			sum.Add(sum, &a)
		}
	}
	sum.Mul(out.phi, sum)
	sum.Mul(sum, out.phi)
	sum.Scale(2, sum)
	out.adjusted.Add(out.phi, sum)
	return out
}

// TestSatterthwaiteAgreesWithDifferences holds the gradient of the variance and
// the Hessian against differences of the dense criterion.
func TestSatterthwaiteAgreesWithDifferences(t *testing.T) {
	for _, e := range examples(1) {
		f, err := e.system(t).criterion(true).fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if f.boundary {
			continue
		}
		s := newSensitivity(f)
		sat := newSatterthwaite(s)
		m := len(f.free)
		theta := append([]float64(nil), f.theta...)
		sigma := math.Sqrt(f.sigma2)
		at := func(x []float64) float64 {
			f.factorise(x[:m])
			return f.devianceAt(x[m] * x[m])
		}
		x := append(append([]float64(nil), theta...), sigma)
		h := mat.NewDense(m+1, m+1, nil)
		const step = 1e-4
		for i := range m + 1 {
			for j := range m + 1 {
				shift := func(a, b float64) float64 {
					y := append([]float64(nil), x...)
					y[i] += a * step
					y[j] += b * step
					return at(y)
				}
				h.Set(i, j, (shift(1, 1)-shift(1, -1)-shift(-1, 1)+shift(-1, -1))/(4*step*step))
			}
		}
		var a mat.Dense
		if err := a.Inverse(h); err != nil {
			t.Fatal(err)
		}
		for j := range f.p {
			l := make([]float64, f.p)
			l[j] = 1
			l = f.basis.contrast(l)
			variance := func(y []float64) float64 {
				f.factorise(y[:m])
				phi := newSensitivity(f).phi0
				return y[m] * y[m] * quadratic(l, phi)
			}
			g := make([]float64, m+1)
			for i := range g {
				y := append([]float64(nil), x...)
				y[i] += step
				up := variance(y)
				y[i] -= 2 * step
				g[i] = (up - variance(y)) / (2 * step)
			}
			var q float64
			for i := range g {
				for k := range g {
					q += g[i] * 2 * a.At(i, k) * g[k]
				}
			}
			v := variance(x)
			near(t, e.name+": Satterthwaite df", sat.df(l), 2*v*v/q, 1e-4)
		}
	}
}
