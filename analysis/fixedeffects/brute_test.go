package fixedeffects

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/linear"
)

// The second version of everything here forms the whole design, dummies
// included, and every matrix over all rows, straight from the formulas.

type brute struct {
	u     *mat.Dense // N by K: Jac times columns, X first, then dummies
	phi   []float64
	e     []float64
	m     *mat.Dense // (U'WU)^+
	coefs int
}

func dummies(f *Fit) *mat.Dense {
	n := f.N()
	var columns [][]float64
	columns = append(columns, f.Raw...)
	for _, e := range f.Effects {
		for l := range e.Levels {
			if !e.Only || len(e.Slopes) == 0 {
				c := make([]float64, n)
				for i, v := range e.Index {
					if int(v) == l {
						c[i] = 1
					}
				}
				columns = append(columns, c)
			}
			for _, z := range e.Slopes {
				c := make([]float64, n)
				for i, v := range e.Index {
					if int(v) == l {
						c[i] = z[i]
					}
				}
				columns = append(columns, c)
			}
		}
	}
	u := mat.NewDense(n, len(columns), nil)
	for j, c := range columns {
		u.SetCol(j, c)
	}
	return u
}

func pseudoInverse(s mat.Matrix, power, relative float64) *mat.Dense {
	n, _ := s.Dims()
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			sym.SetSym(i, j, (s.At(i, j)+s.At(j, i))/2)
		}
	}
	var e mat.EigenSym
	if !e.Factorize(sym, true) {
		panic("eigenvalues")
	}
	values := e.Values(nil)
	var v mat.Dense
	e.VectorsTo(&v)
	d := mat.NewDense(n, n, nil)
	for i, x := range values {
		if x > relative*values[n-1] {
			d.Set(i, i, math.Pow(x, power))
		}
	}
	var out mat.Dense
	out.Product(&v, d, v.T())
	return &out
}

func newBrute(f *Fit) *brute {
	b := &brute{u: dummies(f), e: f.Resid, coefs: len(f.X)}
	n, k := b.u.Dims()
	b.phi = make([]float64, n)
	wu := mat.NewDense(n, k, nil)
	for i := range n {
		b.phi[i] = 1
		if f.Var != nil {
			b.phi[i] = f.Var[i]
		}
		for j := range k {
			x := b.u.At(i, j)
			if f.Jac != nil {
				x *= f.Jac[i]
			}
			b.u.Set(i, j, x)
			wu.Set(i, j, x/b.phi[i])
		}
	}
	var information mat.Dense
	information.Mul(b.u.T(), wu)
	b.m = pseudoInverse(&information, -1, 1e-12)
	return b
}

// reduced returns V, df of each coefficient, and HTZ of the first ones.
func (b *brute) reduced(kind Kind, c Cluster, beta []float64, test []int) (v *mat.Dense, df []float64, joint Joint) {
	n, _ := b.u.Dims()
	q := b.coefs
	var h mat.Dense // (I - U M U'W)
	wu := mat.DenseCopyOf(b.u)
	for i := range n {
		for j := range b.u.RawMatrix().Cols {
			wu.Set(i, j, wu.At(i, j)/b.phi[i])
		}
	}
	h.Product(b.u, b.m, wu.T())
	h.Scale(-1, &h)
	for i := range n {
		h.Set(i, i, h.At(i, i)+1)
	}
	var left mat.Dense // W U M, N by K
	left.Mul(wu, b.m)
	full := make([]*mat.Dense, c.Groups) // N by q: (I-H)_g' a_g
	v = mat.NewDense(q, q, nil)
	for g := range c.Groups {
		var rows []int
		for i, l := range c.Index {
			if int(l) == g {
				rows = append(rows, i)
			}
		}
		m := len(rows)
		ih := mat.NewDense(m, m, nil)
		for i, r := range rows {
			for j, s := range rows {
				ih.Set(i, j, h.At(r, s))
			}
		}
		adjust := mat.NewDense(m, m, nil)
		if kind == CR2 {
			bb := mat.NewDense(m, m, nil)
			for i, r := range rows {
				for j, s := range rows {
					bb.Set(i, j, math.Sqrt(b.phi[r])*ih.At(i, j)*b.phi[s]*math.Sqrt(b.phi[s]))
				}
			}
			root := pseudoInverse(bb, -0.5, 1e-9)
			for i, r := range rows {
				for j, s := range rows {
					adjust.Set(i, j, root.At(i, j)*math.Sqrt(b.phi[r]*b.phi[s]))
				}
			}
		} else {
			sym := mat.NewDense(m, m, nil)
			for i, r := range rows {
				for j, s := range rows {
					sym.Set(i, j, ih.At(i, j)*math.Sqrt(b.phi[s]/b.phi[r]))
				}
			}
			inv := pseudoInverse(sym, -1, 1e-9)
			for i, r := range rows {
				for j, s := range rows {
					adjust.Set(i, j, inv.At(i, j)*math.Sqrt(b.phi[r]/b.phi[s]))
				}
			}
		}
		a := mat.NewDense(m, q, nil)
		for j := range q {
			for i := range m {
				s := 0.0
				for l, r := range rows {
					s += adjust.At(l, i) * left.At(r, j)
				}
				a.Set(i, j, s)
			}
		}
		score := make([]float64, q)
		p := mat.NewDense(n, q, nil)
		for j := range q {
			for i, r := range rows {
				score[j] += a.At(i, j) * b.e[r]
				for t := range n {
					p.Set(t, j, p.At(t, j)+h.At(r, t)*a.At(i, j)*math.Sqrt(b.phi[t]))
				}
			}
		}
		full[g] = p
		for i := range q {
			for j := range q {
				v.Set(i, j, v.At(i, j)+score[i]*score[j])
			}
		}
	}
	gram := func(x, y []*mat.VecDense) *mat.Dense {
		out := mat.NewDense(len(x), len(y), nil)
		for i := range x {
			for j := range y {
				out.Set(i, j, mat.Dot(x[i], y[j]))
			}
		}
		return out
	}
	columns := make([][]*mat.VecDense, q)
	for j := range q {
		for g := range full {
			columns[j] = append(columns[j], mat.VecDenseCopyOf(full[g].ColView(j)))
		}
		s := gram(columns[j], columns[j])
		trace, squares := 0.0, 0.0
		for i := range full {
			trace += s.At(i, i)
			for l := range full {
				squares += s.At(i, l) * s.At(i, l)
			}
		}
		df = append(df, trace*trace/squares)
	}
	if len(test) == 0 {
		return v, df, joint
	}
	w := len(test)
	omega := mat.NewDense(w, w, nil)
	for s, j := range test {
		for t, k := range test {
			for g := range full {
				omega.Set(s, t, omega.At(s, t)+mat.Dot(columns[j][g], columns[k][g]))
			}
		}
	}
	rotation := pseudoInverse(omega, -0.5, 1e-12)
	rotated := make([][]*mat.VecDense, w)
	for s := range w {
		for g := range full {
			x := mat.NewVecDense(n, nil)
			for t, k := range test {
				x.AddScaledVec(x, rotation.At(s, t), columns[k][g])
			}
			rotated[s] = append(rotated[s], x)
		}
	}
	total := 0.0
	for s := range w {
		for t := range w {
			ss, tt, st := gram(rotated[s], rotated[s]), gram(rotated[t], rotated[t]), gram(rotated[s], rotated[t])
			for i := range full {
				for l := range full {
					total += ss.At(i, l)*tt.At(i, l) + st.At(i, l)*st.At(l, i)
				}
			}
		}
	}
	eta := float64(w*(w+1)) / total
	sub, bb := mat.NewDense(w, w, nil), mat.NewVecDense(w, nil)
	for s, j := range test {
		bb.SetVec(s, beta[j])
		for t, k := range test {
			sub.Set(s, t, v.At(j, k))
		}
	}
	var x mat.VecDense
	if x.SolveVec(sub, bb) != nil {
		return v, df, joint
	}
	joint.DF1, joint.DF2 = float64(w), eta-float64(w)+1
	joint.Statistic = joint.DF2 / (eta * float64(w)) * mat.Dot(bb, &x)
	return v, df, joint
}

// randomModel draws an unbalanced panel. shape picks weights, family, size.
func randomModel(r *rand.Rand, family Family, weighted bool, units, periods, covariates int) (*Model, []int32, int) {
	m := &Model{Family: family, X: make([][]float64, covariates+1)}
	unit := linear.Factor{Name: "school", Levels: units}
	time := linear.Factor{Name: "term", Levels: periods}
	areas := max(3, units/3)
	var area []int32
	for i := range units {
		level := r.NormFloat64()
		for t := range periods {
			if r.Float64() < 0.1 {
				continue
			}
			unit.Index = append(unit.Index, int32(i))
			time.Index = append(time.Index, int32(t))
			area = append(area, int32(i%areas))
			x := make([]float64, covariates+1)
			if i%2 == 0 && t >= periods/2 {
				x[0] = 1
			}
			for j := range covariates {
				x[j+1] = r.NormFloat64() + 0.2*float64(t)
			}
			eta := 0.5*level - 0.3*x[0] + 0.1*float64(t)
			for j := range x {
				m.X[j] = append(m.X[j], x[j])
			}
			switch family {
			case Gaussian:
				m.Y = append(m.Y, 5+eta+r.NormFloat64()*(1+x[0]))
			case Binomial:
				trials, successes := 1.0, 0.0
				if weighted {
					trials = float64(3 + r.IntN(5))
				}
				for range int(trials) {
					if r.Float64() < 1/(1+math.Exp(-eta)) {
						successes++
					}
				}
				m.Y = append(m.Y, successes/trials)
				if weighted {
					m.Weights = append(m.Weights, trials)
				}
			default:
				rate := 1.5 * math.Exp(eta)
				if family == NegBin {
					rate *= 0.3 + r.ExpFloat64()
				}
				m.Y = append(m.Y, poissonDraw(r, rate))
				m.Offset = append(m.Offset, 0.3*r.NormFloat64())
			}
			if weighted && family != Binomial {
				m.Weights = append(m.Weights, 0.5+r.Float64()*3)
			}
		}
	}
	m.Effects = []linear.Factor{unit, time}
	return m, area, areas
}

func poissonDraw(r *rand.Rand, mean float64) float64 {
	l, k, p := math.Exp(-mean), 0.0, r.Float64()
	for p > l {
		k++
		p *= r.Float64()
	}
	return k
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*(1+math.Abs(want))) {
		t.Errorf("%s: %.12g, want %.12g", what, got, want)
	}
}

func TestBiasReducedAgainstFullDesign(t *testing.T) {
	for seed := range uint64(32) {
		r := rand.New(rand.NewPCG(seed, 7))
		family := []Family{Gaussian, Gaussian, Poisson, NegBin}[seed%4]
		if seed >= 24 {
			family = Binomial
		}
		m, area, areas := randomModel(r, family, seed%4 == 1 || seed%8 == 2, 9+int(seed%3)*3, 5, int(seed)%3)
		f, err := m.Run()
		if err != nil {
			t.Fatal(err)
		}
		b := newBrute(f)
		beta := make([]float64, len(f.Kept))
		for i, j := range f.Kept {
			beta[i] = f.Coef[j]
		}
		unit := f.DropUnused("school", m.Effects[0].Index, m.Effects[0].Levels)
		time := f.DropUnused("term", m.Effects[1].Index, m.Effects[1].Levels)
		for name, c := range map[string]Cluster{"school": unit, "area": f.DropUnused("area", area, areas), "term": time} {
			for _, kind := range []Kind{CR2, CR3} {
				v, err := f.Variance(kind, []Cluster{c})
				if err != nil {
					t.Fatal(err)
				}
				var test []int
				for j := range f.Kept {
					test = append(test, j)
				}
				want, df, joint := b.reduced(kind, c, beta, test)
				for j := range f.Kept {
					near(t, name+" "+string(kind)+" variance", v.V[j][j], want.At(j, j), 1e-7)
					near(t, name+" "+string(kind)+" df", v.DF[j], df[j], 1e-6)
				}
				got, err := v.Joint(test)
				if err == nil {
					near(t, name+" HTZ F", got.Statistic, joint.Statistic, 1e-6)
					near(t, name+" HTZ df", got.DF2, joint.DF2, 1e-6)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
