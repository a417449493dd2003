package mixed

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"swis/analysis/formula"
)

// numbers are what a fit says, in the units of its data.
type numbers struct {
	deviance, sigma  float64
	beta, errors, df []float64
	sds              []float64
}

func (e example) numbers(t *testing.T) numbers {
	t.Helper()
	f, err := e.system(t).criterion(true).fit(context.Background())
	if err != nil || !f.converged {
		t.Fatalf("%s: %v, converged %v", e.name, err, f.converged)
	}
	out := numbers{deviance: f.deviance, sigma: f.sigma(), beta: f.beta()}
	for gi, g := range f.groups {
		v := f.covariance(gi)
		for a := range g.k() {
			out.sds = append(out.sds, math.Sqrt(v[a*g.k()+a]))
		}
	}
	s := newSatterthwaite(newSensitivity(f))
	v := f.vcov()
	for j := range f.p {
		l := make([]float64, f.p)
		l[j] = 1
		out.errors = append(out.errors, math.Sqrt(v[j*f.p+j]))
		out.df = append(out.df, s.df(f.basis.contrast(l)))
	}
	return out
}

func (n numbers) agree(t *testing.T, what string, m numbers) {
	t.Helper()
	near(t, what+": deviance", m.deviance, n.deviance, 1e-8)
	near(t, what+": sigma", m.sigma, n.sigma, 1e-6)
	for j := range n.beta {
		near(t, what+": beta", m.beta[j], n.beta[j], 1e-6)
		near(t, what+": standard error", m.errors[j], n.errors[j], 1e-6)
		if !math.IsNaN(n.df[j]) || !math.IsNaN(m.df[j]) {
			near(t, what+": df", m.df[j], n.df[j], 1e-3)
		}
	}
	for j := range n.sds {
		if math.Abs(m.sds[j]-n.sds[j]) > 1e-5*(n.sds[j]+n.sigma) {
			t.Errorf("%s: standard deviation %d is %g, want %g", what, j, m.sds[j], n.sds[j])
		}
	}
}

// TestMetamorphic: what must not matter does not, and what must scale does,
// over 200 data sets.
func TestMetamorphic(t *testing.T) {
	seeds := uint64(200)
	if testing.Short() {
		seeds = 25
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 99))
		all := examples(seed)
		e := all[int(seed)%len(all)]
		base := e.numbers(t)
		name := fmt.Sprintf("%s, seed %d", e.name, seed)

		order := rng.Perm(len(e.y))
		shuffled := e
		pick := func(x []float64) []float64 {
			if x == nil {
				return nil
			}
			out := make([]float64, len(x))
			for i, j := range order {
				out[i] = x[j]
			}
			return out
		}
		shuffled.y, shuffled.weights = pick(e.y), pick(e.weights)
		shuffled.columns, shuffled.random = nil, nil
		for _, c := range e.columns {
			shuffled.columns = append(shuffled.columns, pick(c))
		}
		for _, r := range e.random {
			// rows in another order, levels under other names
			label := rng.Perm(len(r.Levels))
			n := r
			n.Index, n.Z = make([]int32, len(r.Index)), nil
			for i, j := range order {
				n.Index[i] = int32(label[r.Index[j]])
			}
			for _, z := range r.Z {
				n.Z = append(n.Z, pick(z))
			}
			shuffled.random = append(shuffled.random, n)
		}
		// terms of the same group keep one labelling
		byGroup := map[string][]int32{}
		for i := range shuffled.random {
			if index, ok := byGroup[shuffled.random[i].Group]; ok {
				shuffled.random[i].Index = index
			}
			byGroup[shuffled.random[i].Group] = shuffled.random[i].Index
		}
		base.agree(t, name+", rows and labels", shuffled.numbers(t))

		const a, b = 3.5, -120.0
		scaled := e
		scaled.y = make([]float64, len(e.y))
		hasIntercept := isConstant(e.columns[0])
		for i, y := range e.y {
			scaled.y[i] = a * y
			if hasIntercept {
				scaled.y[i] += b
			}
		}
		want := base
		want.beta, want.errors, want.sds = slices.Clone(base.beta), slices.Clone(base.errors), slices.Clone(base.sds)
		for j := range want.beta {
			want.beta[j] *= a
			want.errors[j] *= a
		}
		if hasIntercept {
			want.beta[0] += b
		}
		for j := range want.sds {
			want.sds[j] *= a
		}
		want.sigma *= a
		want.deviance += 2 * float64(len(e.y)-len(e.columns)) * math.Log(a)
		want.agree(t, name+", scaled outcome", scaled.numbers(t))

		// an arm coded the other way round: the sign flips
		if hasIntercept {
			flipped := e
			flipped.columns = slices.Clone(e.columns)
			last := len(e.columns) - 1
			flipped.columns[last] = make([]float64, len(e.y))
			for i, x := range e.columns[last] {
				flipped.columns[last][i] = 1 - x
			}
			m := flipped.numbers(t)
			near(t, name+": flipped coefficient", m.beta[last], -base.beta[last], 1e-6)
			near(t, name+": its standard error", m.errors[last], base.errors[last], 1e-6)
			near(t, name+": deviance", m.deviance, base.deviance, 1e-8)
		}

		if len(e.random) > 1 {
			turned := e
			turned.random = slices.Clone(e.random)
			slices.Reverse(turned.random)
			m := turned.numbers(t)
			near(t, name+", terms turned: deviance", m.deviance, base.deviance, 1e-8)
		}

		// a slope measured from another origin changes the intercepts alone
		for i, r := range e.random {
			if len(r.Z) == 2 && r.Correlated && r.Z[0] == nil {
				moved := e
				moved.random = slices.Clone(e.random)
				z := make([]float64, len(e.y))
				for j, x := range r.Z[1] {
					z[j] = x + 17
				}
				moved.random[i].Z = [][]float64{nil, z}
				m := moved.numbers(t)
				near(t, name+", moved slope: deviance", m.deviance, base.deviance, 1e-8)
				near(t, name+", moved slope: beta", m.beta[len(m.beta)-1], base.beta[len(m.beta)-1], 1e-6)
			}
		}
	}
}

// TestZeroVariance: where schools differ less than chance would have them, the
// variance is zero exactly and the rest is least squares.
func TestZeroVariance(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for range 50 {
		const q, k = 8, 6
		e := example{name: "no variation", columns: [][]float64{ones(q * k)}, y: make([]float64, q*k), random: []formula.Random{{Group: "school", Levels: make([]string, q), Index: make([]int32, q*k), Names: []string{"(Intercept)"}, Z: [][]float64{nil}}}}
		for i := range e.y {
			e.random[0].Index[i] = int32(i / k)
			e.y[i] = rng.NormFloat64()
		}
		var grand, between, within, total float64
		means := make([]float64, q)
		for i, y := range e.y {
			means[i/k] += y / k
			grand += y / (q * k)
		}
		for i, y := range e.y {
			within += (y - means[i/k]) * (y - means[i/k]) / (q * (k - 1))
			total += (y - grand) * (y - grand) / (q*k - 1)
		}
		for _, m := range means {
			between += k * (m - grand) * (m - grand) / (q - 1)
		}
		f, err := e.system(t).criterion(true).fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if got := f.covariance(0)[0]; between < within {
			if got != 0 || !f.boundary || !f.converged {
				t.Errorf("F = %.3f: variance %g, boundary %v, converged %v; want exactly zero", between/within, got, f.boundary, f.converged)
			}
			near(t, "sigma", f.sigma(), math.Sqrt(total), 1e-9)
			near(t, "df", newSatterthwaite(newSensitivity(f)).df(f.basis.contrast([]float64{1})), q*k-1, 1e-6)
		} else if math.Abs(got-(between-within)/k) > 1e-7 {
			t.Errorf("F = %.3f: variance %g, want %g", between/within, got, (between-within)/k)
		}
	}
}

// TestFlatLikelihood: what the data cannot tell apart is never called converged.
func TestFlatLikelihood(t *testing.T) {
	for seed := range uint64(10) {
		base := examples(seed)[0]
		twice := base
		twice.random = append(slices.Clone(base.random), base.random[0])
		twice.random[1].Group = "school again"
		fixed := base
		fixed.columns = slices.Clone(base.columns)
		for l := 1; l < len(base.random[0].Levels); l++ {
			dummy := make([]float64, len(base.y))
			for i, j := range base.random[0].Index {
				if int(j) == l {
					dummy[i] = 1
				}
			}
			fixed.columns = append(fixed.columns, dummy)
		}
		for _, e := range []example{twice, fixed} {
			f, err := e.system(t).criterion(true).fit(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if len(f.flat) == 0 && !f.boundary {
				t.Errorf("seed %d: %d groups, %d columns: the flat criterion was not seen, theta %v", seed, len(e.random), len(e.columns), f.theta)
			}
		}
		for _, e := range examples(seed) {
			f, err := e.system(t).criterion(true).fit(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if len(f.flat) > 0 {
				t.Errorf("%s, seed %d: a false alarm of flatness, Hessian %v", e.name, seed, f.hessian)
			}
		}
	}
}
