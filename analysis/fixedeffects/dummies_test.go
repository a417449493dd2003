package fixedeffects

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/linear"
)

// shuffle puts the rows of a model in random order.
func shuffle(r *rand.Rand, m *Model) {
	order := r.Perm(len(m.Y))
	column := func(x []float64) []float64 {
		if x == nil {
			return nil
		}
		out := make([]float64, len(x))
		for i, o := range order {
			out[i] = x[o]
		}
		return out
	}
	m.Y, m.Offset, m.Weights = column(m.Y), column(m.Offset), column(m.Weights)
	for j := range m.X {
		m.X[j] = column(m.X[j])
	}
	for e := range m.Effects {
		index := make([]int32, len(order))
		for i, o := range order {
			index[i] = m.Effects[e].Index[o]
		}
		m.Effects[e].Index = index
		for s := range m.Effects[e].Slopes {
			m.Effects[e].Slopes[s] = column(m.Effects[e].Slopes[s])
		}
	}
}

// addEffects gives some models a third effect, a slope a school, or no effect
// but one.
func addEffects(r *rand.Rand, m *Model, seed uint64) {
	n := len(m.Y)
	switch seed % 5 {
	case 1: // area by term, which spans the terms
		f := linear.Factor{Name: "area^term", Levels: 15, Index: make([]int32, n)}
		for i := range n {
			f.Index[i] = m.Effects[0].Index[i]%3*5 + m.Effects[1].Index[i]
		}
		m.Effects = append(m.Effects, f)
	case 2: // a slope in time a school
		z := make([]float64, n)
		for i := range n {
			z[i] = float64(m.Effects[1].Index[i]) + 0.1*r.NormFloat64()
		}
		m.Effects[0].Slopes = [][]float64{z}
	case 3: // slopes by term only
		z := make([]float64, n)
		for i := range n {
			z[i] = r.NormFloat64()
		}
		m.Effects = append(m.Effects, linear.Factor{Name: "term[[z]]", Index: m.Effects[1].Index, Levels: m.Effects[1].Levels, Slopes: [][]float64{z}, Only: true})
	case 4:
		m.Effects = m.Effects[1:]
	}
}

// full solves the model with every dummy as a column.
func full(f *Fit, y, w []float64) (*linear.Fit, [][]float64) {
	u := dummies(f)
	_, k := u.Dims()
	x := make([][]float64, k)
	for j := range k {
		x[j] = make([]float64, f.N())
		for i := range x[j] {
			x[j][i] = u.At(i, j)
		}
	}
	return linear.Solve(x, y, w, linear.RankTolerance), x
}

// TestLeastSquaresAgainstDummies compares coefficients, rank, residuals and the
// CR1S sandwich with plain least squares on all dummies, for 200 data sets with
// two or three effects, slopes, weights, holes and shuffled rows.
func TestLeastSquaresAgainstDummies(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 11))
		m, area, areas := randomModel(r, Gaussian, seed%2 == 1, 6+int(seed%7), 5, int(seed%3))
		_ = area
		_ = areas
		addEffects(r, m, seed)
		shuffle(r, m)
		f, err := m.Run()
		if err != nil {
			t.Fatal(err)
		}
		want, _ := full(f, f.Y, f.Prior)
		for j := range f.Coef {
			if slices.Contains(f.Aliased, j) {
				continue
			}
			near(t, "coefficient", f.Coef[j], want.Coef[j], 1e-9)
		}
		for i, e := range f.Resid {
			near(t, "residual", e, want.Residuals[i], 1e-9)
		}
		if got := f.FullK(); got != want.Rank() {
			t.Errorf("rank %d, want %d", got, want.Rank())
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestCountsAreStationary checks that at the fit the score of every dummy is
// zero, which for these concave likelihoods is the maximum, and that the
// deviance is that of the means.
func TestCountsAreStationary(t *testing.T) {
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 12))
		family := []Family{Poisson, NegBin, Poisson, NegBin, Binomial}[seed%5]
		m, _, _ := randomModel(r, family, seed%3 == 1 || family == Binomial && seed%2 == 0, 8+int(seed%7), 5, int(seed%3))
		addEffects(r, m, seed%5)
		shuffle(r, m)
		f, err := m.Run()
		if err != nil {
			t.Fatal(err)
		}
		if f.N() == 0 || !f.Converged {
			t.Fatalf("seed %d: N %d, converged %v, gradient %g", seed, f.N(), f.Converged, f.Gradient)
		}
		u := dummies(f)
		_, k := u.Dims()
		for j := range k {
			score, size := 0.0, 1e-300
			for i := range f.N() {
				w := f.Jac[i] / f.Var[i]
				score += u.At(i, j) * w * f.Resid[i]
				size += u.At(i, j) * u.At(i, j) * f.Omega[i]
			}
			if math.Abs(score)/math.Sqrt(size) > 1e-6 {
				t.Errorf("seed %d: score of column %d is %g of its standard deviation", seed, j, score/math.Sqrt(size))
			}
		}
		if family == NegBin && f.Theta < 1e9 {
			s := 0.0
			for i, mu := range f.Mu {
				first, _ := thetaDerivatives(f.Y[i], mu, f.Theta)
				if f.Prior != nil {
					first *= f.Prior[i]
				}
				s += first
			}
			if math.Abs(s*f.Theta) > 1e-5 {
				t.Errorf("seed %d: score of log theta is %g", seed, s*f.Theta)
			}
		}
	}
}

// TestThetaDerivatives compares with differences of the log-likelihood.
func TestThetaDerivatives(t *testing.T) {
	for _, c := range [][3]float64{{0, 0.3, 2}, {3, 1.2, 0.7}, {100, 80, 12}, {70.5, 60, 3}} {
		f := &Fit{Family: NegBin}
		at := func(theta float64) float64 {
			f.Theta = theta
			l, _ := f.contribution(c[0], c[1], math.Log(c[1]))
			return l
		}
		h := 1e-4 * c[2]
		first, second := thetaDerivatives(c[0], c[1], c[2])
		near(t, "first", first, (at(c[2]+h)-at(c[2]-h))/(2*h), 1e-6)
		near(t, "second", second, (at(c[2]+h)-2*at(c[2])+at(c[2]-h))/(h*h), 1e-4)
	}
}

// TestManyLevels makes both effects too large for the direct solution, so that
// conjugate gradients are used, and compares with the direct one.
func TestManyLevels(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 13))
	n, a, b := 30000, 3000, 2500
	m := &Model{Y: make([]float64, n), X: [][]float64{make([]float64, n)}}
	f1, f2 := linear.Factor{Name: "a", Levels: a, Index: make([]int32, n)}, linear.Factor{Name: "b", Levels: b, Index: make([]int32, n)}
	for i := range n {
		f1.Index[i], f2.Index[i] = int32(r.IntN(a)), int32(r.IntN(b))
		m.X[0][i] = r.NormFloat64() + float64(f1.Index[i]%7)
		m.Y[i] = 2*m.X[0][i] + float64(f1.Index[i]%11) - float64(f2.Index[i]%5) + r.NormFloat64()
	}
	m.Effects = []linear.Factor{f1, f2}
	f, err := m.Run()
	if err != nil {
		t.Fatal(err)
	}
	if f.Absorb.Exact() {
		t.Fatal("the direct solution was used")
	}
	// at the solution the residual is orthogonal to every dummy
	for e := range f.Effects {
		sums := make([]float64, f.Effects[e].Levels)
		for i, l := range f.Effects[e].Index {
			sums[l] += f.Resid[i]
		}
		for _, s := range sums {
			if math.Abs(s) > 1e-8 {
				t.Fatalf("residuals of a level of %s sum to %g", f.Effects[e].Name, s)
			}
		}
	}
	near(t, "orthogonality", dot(f.X[0], f.Resid, nil), 0, 1e-7)
}

// TestSeparation leaves the treated rows after the start without any event:
// the effect has no finite estimate, the covariate keeps that of the other rows.
func TestSeparation(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 14))
	m, _, _ := randomModel(r, Poisson, false, 20, 5, 1)
	for i := range m.Y {
		if m.X[0][i] == 1 {
			m.Y[i] = 0
		} else {
			m.Y[i]++
		}
	}
	f, err := m.Run()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.Infinite, []int{0}) || f.Separated == 0 || !math.IsNaN(f.Coef[0]) {
		t.Fatalf("infinite %v, separated %d, coefficient %g", f.Infinite, f.Separated, f.Coef[0])
	}
	rest := &Model{Family: Poisson, X: [][]float64{nil}, Effects: []linear.Factor{{Levels: 20}, {Levels: 5}}}
	for i := range m.Y {
		if m.X[0][i] == 0 {
			rest.Y = append(rest.Y, m.Y[i])
			rest.Offset = append(rest.Offset, m.Offset[i])
			rest.X[0] = append(rest.X[0], m.X[1][i])
			for e := range rest.Effects {
				rest.Effects[e].Index = append(rest.Effects[e].Index, m.Effects[e].Index[i])
			}
		}
	}
	g, err := rest.Run()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "covariate", f.Coef[1], g.Coef[0], 1e-9)
	near(t, "log-likelihood", f.LogLik, g.LogLik, 1e-10)
}

// standing draws a whole panel of counts whose exposure is a school's own times
// a term's own.
func standing(r *rand.Rand, units, periods int) *Model {
	m := &Model{Family: Poisson, X: make([][]float64, 1), Effects: []linear.Factor{{Name: "school", Levels: units}, {Name: "term", Levels: periods}}}
	for i := range units {
		level := r.NormFloat64()
		for t := range periods {
			m.Effects[0].Index, m.Effects[1].Index = append(m.Effects[0].Index, int32(i)), append(m.Effects[1].Index, int32(t))
			m.X[0] = append(m.X[0], 0)
			m.Offset = append(m.Offset, 5+level+0.3*float64(t%3))
			m.Y = append(m.Y, poissonDraw(r, math.Exp(0.4+level+0.2*float64(t%3))))
		}
	}
	return m
}

// TestPoissonExchange refits every allocation in full. Where exposures stand
// still the periods that no arm tells apart are added up.
func TestPoissonExchange(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 15))
		m, _, _ := randomModel(r, Poisson, false, 14, 6, int(seed%2))
		moving := [][]bool{make([]bool, 6), {false, false, false, true, true, true}}
		left := 6
		if seed >= 6 {
			m, left = standing(r, 14, 6), 2
		}
		if seed >= 9 { // and a second start
			moving, left = append(moving, []bool{false, false, false, false, false, true}), 3
		}
		treated := make([]int32, 14)
		for i := range treated {
			treated[i] = int32(i % len(moving))
		}
		null := *m
		null.X = m.X[1:]
		base, err := null.Run()
		if err != nil {
			t.Fatal(err)
		}
		exchange := NewPoissonExchange(base, 0, 1, moving)
		if exchange.periods != left {
			t.Errorf("%d periods are left, want %d", exchange.periods, left)
		}
		statistic := exchange.Statistic()()
		for range 20 {
			r.Shuffle(len(treated), func(i, j int) { treated[i], treated[j] = treated[j], treated[i] })
			again := *m
			again.X = slices.Clone(m.X)
			again.X[0] = make([]float64, len(m.Y))
			arms := make([]int32, base.Effects[0].Levels)
			for i, u := range m.Effects[0].Index {
				if moving[treated[u]][m.Effects[1].Index[i]] {
					again.X[0][i] = 1
				}
			}
			for u, level := range base.Levels[0] {
				arms[u] = treated[level]
			}
			f, err := again.Run()
			if err != nil {
				t.Fatal(err)
			}
			if got := statistic(arms); len(f.Infinite) == 0 {
				near(t, "coefficient", got, f.Coef[0], 1e-9)
			} else if !math.IsInf(got, 0) {
				t.Errorf("a separated allocation has the coefficient %g", got)
			}
		}
	}
}

// TestSeparatedLogit gives treated rows events always, so that the effect is
// infinite; the covariate keeps the estimate of the rows without it.
func TestSeparatedLogit(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 16))
	m, _, _ := randomModel(r, Binomial, false, 60, 6, 1)
	rest := &Model{Family: Binomial, X: [][]float64{nil}, Effects: []linear.Factor{{Levels: 60}, {Levels: 6}}}
	for i := range m.Y {
		if m.X[0][i] == 1 {
			m.Y[i] = 1
			continue
		}
		rest.Y = append(rest.Y, m.Y[i])
		rest.X[0] = append(rest.X[0], m.X[1][i])
		for e := range rest.Effects {
			rest.Effects[e].Index = append(rest.Effects[e].Index, m.Effects[e].Index[i])
		}
	}
	f, err := m.Run()
	if err != nil {
		t.Fatal(err)
	}
	g, err := rest.Run()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.Infinite, []int{0}) || f.Separated == 0 || !math.IsNaN(f.Coef[0]) {
		t.Fatalf("infinite %v, separated %d, coefficient %g", f.Infinite, f.Separated, f.Coef[0])
	}
	near(t, "covariate", f.Coef[1], g.Coef[0], 1e-8)
	near(t, "log-likelihood", f.LogLik, g.LogLik, 1e-9)
}

// TestLeverages compares with the diagonal of the projection on all dummies,
// and HC2 and HC3 with the sandwich that it gives.
func TestLeverages(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 17))
		family := []Family{Gaussian, Poisson, Binomial}[seed%3]
		m, _, _ := randomModel(r, family, seed%2 == 1, 9, 5, int(seed%3))
		addEffects(r, m, seed)
		shuffle(r, m)
		f, err := m.Run()
		if err != nil {
			t.Fatal(err)
		}
		if f.N() == 0 {
			continue
		}
		u := dummies(f)
		n, k := u.Dims()
		for i := range n {
			if f.Omega != nil {
				for j := range k {
					u.Set(i, j, u.At(i, j)*math.Sqrt(f.Omega[i]))
				}
			}
		}
		var gram, hat mat.Dense
		gram.Mul(u.T(), u)
		inverse := pseudoInverse(&gram, -1, 1e-11)
		hat.Product(u, inverse, u.T())
		for _, kind := range []Kind{HC2, HC3} {
			factor, err := f.leverageFactor(kind, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range factor {
				left := 1 - hat.At(i, i)
				if left < 1e-9 {
					continue
				}
				want := 1 / left
				if kind == HC2 {
					want = 1 / math.Sqrt(left)
				}
				near(t, string(kind), got, want, 1e-7)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestCountedEffects counts K of CR1S by hand: schools nested in the clusters
// count as one constant, terms and slopes in full.
func TestCountedEffects(t *testing.T) {
	const areas, schools, terms = 5, 20, 6
	r := rand.New(rand.NewPCG(8, 18))
	m := &Model{X: [][]float64{nil}}
	var school, area, term []int32
	var z []float64
	for s := range int32(schools) {
		for k := range int32(terms) {
			school, area, term = append(school, s), append(area, s%areas), append(term, k)
			z = append(z, r.NormFloat64())
			m.X[0] = append(m.X[0], r.NormFloat64())
			m.Y = append(m.Y, r.NormFloat64())
		}
	}
	schoolEffect := linear.Factor{Name: "school", Index: school, Levels: schools}
	areaEffect := linear.Factor{Name: "la", Index: area, Levels: areas}
	termEffect := linear.Factor{Name: "term", Index: term, Levels: terms}
	sloped, only := schoolEffect, schoolEffect
	sloped.Slopes, only.Slopes, only.Only = [][]float64{z}, [][]float64{z}, true
	byArea := Cluster{Name: "la", Index: area, Groups: areas}
	for _, c := range []struct {
		name    string
		effects []linear.Factor
		counted string
		want    int
	}{
		{"school and term", []linear.Factor{schoolEffect, termEffect}, "", 1 + 1 + terms - 1},
		{"all counted", []linear.Factor{schoolEffect, termEffect}, CountFull, 1 + schools + terms - 1},
		{"none counted", []linear.Factor{schoolEffect, termEffect}, CountNone, 1},
		{"two nested, one within the other", []linear.Factor{areaEffect, schoolEffect, termEffect}, "", 1 + 1 + terms - 1},
		{"slopes", []linear.Factor{sloped}, "", 1 + 1 + schools},
		{"slopes alone", []linear.Factor{only}, "", 1 + schools},
		{"school", []linear.Factor{schoolEffect}, "", 1 + 1},
	} {
		m.Effects, m.Counted = c.effects, c.counted
		f, err := m.Run()
		if err != nil {
			t.Fatal(err)
		}
		v, err := f.Variance(CR1S, []Cluster{byArea})
		if err != nil {
			t.Fatal(err)
		}
		n := float64(len(m.Y))
		if factor := float64(areas) / (areas - 1) * (n - 1) / (n - float64(c.want)); v.K != c.want || math.Abs(v.Factor-factor) > 1e-12 {
			t.Errorf("%s: K = %d and factor %g, want %d and %g", c.name, v.K, v.Factor, c.want, factor)
		}
	}
}
