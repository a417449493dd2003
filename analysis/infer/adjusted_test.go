package infer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// example draws a design of g clusters with p columns; repeated clusters share
// their rows of U, dummies makes some clusters fitted perfectly.
func example(seed uint64, g, p int, phi string, dummies bool) (*Working, Clusters) {
	r := rand.New(rand.NewPCG(seed, 3))
	c := Clusters{Name: "school"}
	w := &Working{U: make([][]float64, p)}
	for k := range g {
		c.Levels = append(c.Levels, fmt.Sprint(k))
		level := 0.5 + r.Float64()
		for range 2 + r.IntN(5) {
			c.Index = append(c.Index, int32(k))
			switch phi {
			case "rows":
				w.Phi = append(w.Phi, 0.3+r.Float64())
			case "clusters":
				w.Phi = append(w.Phi, level)
			}
			for j := range p {
				x := r.NormFloat64()
				if j == 0 {
					x = 1
				}
				if j == 1 {
					x = float64(k % 2)
				}
				if dummies && j == 2 {
					x = 0
					if k == 3 {
						x = 1
					}
				}
				w.U[j] = append(w.U[j], x)
			}
			w.Residual = append(w.Residual, r.NormFloat64())
		}
	}
	return w, c
}

func TestAdjustedAgainstDefinition(t *testing.T) {
	for _, kind := range []Kind{CR2, CR3} {
		for _, phi := range []string{"", "clusters", "rows"} {
			for _, dummies := range []bool{false, true} {
				for seed := range uint64(6) {
					w, c := example(seed, 9, 4, phi, dummies)
					v, err := w.Variance(kind, c)
					if err != nil {
						t.Fatal(err)
					}
					b := bruteForce(kind, w, c)
					name := fmt.Sprint(kind, " phi ", phi, " dummies ", dummies, " seed ", seed)
					for i := range 4 {
						for j := range 4 {
							scale := math.Sqrt(b.v.At(i, i) * b.v.At(j, j))
							if math.Abs(v.Matrix[i*4+j]-b.v.At(i, j)) > 1e-9*scale+1e-14 {
								t.Fatalf("%s: variance %d %d is %g, want %g", name, i, j, v.Matrix[i*4+j], b.v.At(i, j))
							}
						}
						trace, square := 0.0, 0.0
						for g := range b.p {
							for h := range b.p {
								x := b.inner(g, h, i, i)
								square += x * x
								if g == h {
									trace += x
								}
							}
						}
						if trace < 1e-10 {
							continue
						}
						if df, want := v.DF(v.Unit(i)), trace*trace/square; math.Abs(df/want-1) > 1e-8 {
							t.Fatalf("%s: df of %d is %g, want %g", name, i, df, want)
						}
					}
				}
			}
		}
	}
}

// HTZ by the definition: the variances of all elements of the standardised
// matrix summed over pairs of clusters.
func TestHotellingAgainstDefinition(t *testing.T) {
	for seed := range uint64(5) {
		w, c := example(seed, 10, 4, []string{"", "rows"}[seed%2], false)
		v, err := w.Variance(CR2, c)
		if err != nil {
			t.Fatal(err)
		}
		b := bruteForce(CR2, w, c)
		terms := []int{1, 2, 3}
		q := len(terms)
		omega := mat.NewSymDense(q, nil)
		for s := range q {
			for u := s; u < q; u++ {
				x := 0.0
				for g := range b.p {
					x += b.inner(g, g, terms[s], terms[u])
				}
				omega.SetSym(s, u, x)
			}
		}
		var e mat.EigenSym
		e.Factorize(omega, true)
		var vec mat.Dense
		e.VectorsTo(&vec)
		root := mat.NewDense(q, q, nil) // omega^-1/2
		for k, l := range e.Values(nil) {
			for s := range q {
				for u := range q {
					root.Set(s, u, root.At(s, u)+vec.At(s, k)*vec.At(u, k)/math.Sqrt(l))
				}
			}
		}
		at := func(g, h, s, u int) float64 {
			x := 0.0
			for a := range q {
				for d := range q {
					x += root.At(s, a) * b.inner(g, h, terms[a], terms[d]) * root.At(u, d)
				}
			}
			return x
		}
		total := 0.0
		for s := range q {
			for u := range q {
				for g := range b.p {
					for h := range b.p {
						total += at(g, h, s, s)*at(g, h, u, u) + at(g, h, s, u)*at(g, h, u, s)
					}
				}
			}
		}
		eta := float64(q*(q+1)) / total
		estimates := []float64{0.3, -0.2, 0.5}
		j, err := v.Test([][]float64{v.Unit(1), v.Unit(2), v.Unit(3)}, estimates)
		if err != nil {
			t.Fatal(err)
		}
		if want := eta - float64(q) + 1; math.Abs(j.DF2/want-1) > 1e-8 {
			t.Errorf("seed %d: df2 %g, want %g", seed, j.DF2, want)
		}
		// With one contrast HTZ is the squared t test.
		one, err := v.Test([][]float64{v.Unit(1)}, []float64{0.3})
		if err != nil || math.Abs(one.DF2/v.DF(v.Unit(1))-1) > 1e-10 || math.Abs(one.Statistic/(0.09/v.Matrix[5])-1) > 1e-10 {
			t.Error(one, v.DF(v.Unit(1)), err)
		}
	}
}

// The integral and the eigenvalues give the same root.
func TestIntegralRoot(t *testing.T) {
	w, c := example(4, 6, 4, "rows", false)
	l := w.layout(c, w.rootWeights())
	for g := range c.Levels {
		var b clusterBlock
		b.load(w, l, w.rootWeights(), l.members(g))
		values, _ := eigen(b.gram, 4)
		x, y := b.denseRoot(), b.integralRoot(1-values[3])
		for i := range x {
			if math.Abs(x[i]-y[i]) > 1e-11 {
				t.Fatalf("cluster %d: %g and %g", g, x[i], y[i])
			}
		}
	}
}

// The power series and the eigenvalues give the same matrices.
func TestSeries(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, kind := range []Kind{CR2, CR3} {
		for p := 1; p < 6; p++ {
			gram := make([]float64, p*p)
			for range 3 {
				v := make([]float64, p)
				for i := range v {
					v[i] = r.NormFloat64()
				}
				for i := range v {
					for j := range v {
						gram[i*p+j] += v[i] * v[j]
					}
				}
			}
			trace := 0.0
			for i := range p {
				trace += gram[i*p+i]
			}
			for i := range gram {
				gram[i] *= 0.019 / trace
			}
			a, b := series(kind, gram, p, 0.019), spectral(kind, gram, p)
			for _, pair := range [][2][]float64{{a.root, b.root}, {a.first, b.first}, {a.second, b.second}} {
				for i := range pair[0] {
					if math.Abs(pair[0][i]-pair[1][i]) > 1e-14 {
						t.Fatal(kind, p, pair[0][i], pair[1][i])
					}
				}
			}
		}
	}
}

// CR3 is leaving clusters out: the sum over clusters of (b_(g) - b)(b_(g) - b)'.
func TestCR3IsJackknife(t *testing.T) {
	w, c := example(2, 8, 3, "", false)
	n, p := len(w.Residual), 3
	fit := func(skip int32) []float64 {
		x, y := mat.NewDense(n, p, nil), mat.NewVecDense(n, nil)
		for i := range n {
			if c.Index[i] == skip {
				continue
			}
			y.SetVec(i, w.Residual[i])
			for j := range p {
				x.Set(i, j, w.U[j][i])
			}
		}
		var b mat.VecDense
		if err := b.SolveVec(x, y); err != nil {
			panic(err)
		}
		return b.RawVector().Data
	}
	all := fit(-1)
	e := append([]float64(nil), w.Residual...)
	for i := range e {
		for j := range p {
			e[i] -= all[j] * w.U[j][i]
		}
	}
	want := make([]float64, p*p)
	for g := range c.Levels {
		b := fit(int32(g))
		for i := range p {
			for j := range p {
				want[i*p+j] += (b[i] - all[i]) * (b[j] - all[j])
			}
		}
	}
	v, err := (&Working{U: w.U, Residual: e}).Variance(CR3, c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if math.Abs(v.Matrix[i]-want[i]) > 1e-12 {
			t.Fatalf("%g, want %g", v.Matrix[i], want[i])
		}
	}
}

func TestClusterCounts(t *testing.T) {
	w, c := example(1, 8, 3, "", false)
	if _, err := w.Variance(CR1S); err == nil {
		t.Error("no clusters")
	}
	one := Clusters{Name: "la", Levels: []string{"a"}, Index: make([]int32, len(c.Index))}
	if _, err := w.Variance(CR2, one); err == nil {
		t.Error("one cluster")
	}
	if _, err := w.Variance(CR2, c, c); err == nil {
		t.Error("two-way cr2")
	}
	// Two-way by the same grouping twice is one-way.
	a, err := w.Variance(CR1S, c)
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.Variance(CR1S, c, c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.Matrix {
		if math.Abs(a.Matrix[i]-b.Matrix[i]) > 1e-13 {
			t.Fatal(a.Matrix, b.Matrix)
		}
	}
}

func benchmarkAdjusted(b *testing.B, schools, months, p int, repeated bool) {
	r := rand.New(rand.NewPCG(1, 1))
	c := Clusters{Name: "school"}
	w := &Working{U: make([][]float64, p)}
	for g := range schools {
		c.Levels = append(c.Levels, "")
		for m := range months {
			c.Index = append(c.Index, int32(g))
			w.Residual = append(w.Residual, r.NormFloat64())
			for j := range p {
				x := float64(g%2) * float64((m+j)%5)
				if j == 0 {
					x = 1
				}
				if j > 1 && repeated {
					x = math.Sin(float64(m * j))
				} else if j > 1 {
					x = r.NormFloat64()
				}
				w.U[j] = append(w.U[j], x)
			}
		}
	}
	for b.Loop() {
		v, err := w.Variance(CR2, c)
		if err != nil {
			b.Fatal(err)
		}
		v.DF(v.Unit(1))
	}
}

func BenchmarkCR2Schools280(b *testing.B)   { benchmarkAdjusted(b, 280, 36, 6, false) }
func BenchmarkCR2Schools24000(b *testing.B) { benchmarkAdjusted(b, 24000, 36, 4, false) }
func BenchmarkCR2Dummies24000(b *testing.B) { benchmarkAdjusted(b, 24000, 36, 37, true) }
