package sparse

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// patterns are small graphs of each kind: sizes of the nodes and their edges.
func patterns(rng *rand.Rand) map[string]struct {
	size  []int32
	edges [][2]int32
} {
	type pattern = struct {
		size  []int32
		edges [][2]int32
	}
	sizes := func(k ...int32) []int32 { return k }
	nested := pattern{size: sizes(2, 1, 2, 1, 2, 1, 2, 3, 1, 1)}
	for s := range int32(7) {
		nested.edges = append(nested.edges, [2]int32{s, 7 + s%2}, [2]int32{s, 9}, [2]int32{7 + s%2, 9})
	}
	crossed := pattern{}
	for i := range int32(12) {
		crossed.size = append(crossed.size, 1+i%3)
		for j := range int32(6) {
			if rng.IntN(3) > 0 {
				crossed.edges = append(crossed.edges, [2]int32{i, 12 + j})
			}
		}
	}
	crossed.size = append(crossed.size, 1, 2, 1, 2, 1, 1)
	chain := pattern{}
	for i := range int32(40) {
		chain.size = append(chain.size, 1+i%2)
		if i > 0 {
			chain.edges = append(chain.edges, [2]int32{i, i - 1})
		}
	}
	random := pattern{}
	for i := range int32(45) {
		random.size = append(random.size, 1+i%2)
		for range 2 {
			if j := rng.Int32N(45); j != i {
				random.edges = append(random.edges, [2]int32{i, j})
			}
		}
	}
	bare := pattern{size: sizes(1, 2, 3)}
	return map[string]pattern{"nested": nested, "crossed": crossed, "chain": chain, "random": random, "no edges": bare}
}

// TestFactorAgreesWithDense holds factor, determinant, solves and the selected
// inverse against gonum's dense Cholesky on random matrices of each pattern.
func TestFactorAgreesWithDense(t *testing.T) {
	const border, tolerance = 3, 1e-10
	rng := rand.New(rand.NewPCG(1, 2))
	for name, p := range patterns(rng) {
		s := Analyse(p.size, p.edges, border)
		f := s.New()
		q := s.Scalars()
		n := q + border
		a := mat.NewSymDense(n, nil)
		put := func(place Place, values []float64, i, j int, x float64) {
			values[place.Base+i*place.RowStride+j*place.ColumnStride] = x
		}
		values := func(place Place) []float64 {
			if place.Dense {
				return f.Dense
			}
			return f.Panel
		}
		for node := range p.size {
			at, k := s.Start(node), int(p.size[node])
			place := s.Diagonal(node)
			into := f.Diag
			if place.Dense {
				into = f.Dense
			}
			for i := range k {
				for j := range i + 1 {
					x := rng.NormFloat64()
					if i == j {
						x = 30 + rng.Float64()
					}
					a.SetSym(at+i, at+j, x)
					put(place, into, i, j, x)
				}
				for b := range border {
					x := rng.NormFloat64()
					a.SetSym(q+b, at+i, x)
					put(s.Border(node), values(s.Border(node)), b, i, x)
				}
			}
		}
		for _, e := range p.edges {
			x, y := int(e[0]), int(e[1])
			if !s.Earlier(x, y) {
				x, y = y, x
			}
			place := s.Block(x, y)
			for i := range int(p.size[y]) {
				for j := range int(p.size[x]) {
					v := rng.NormFloat64()
					a.SetSym(s.Start(y)+i, s.Start(x)+j, v)
					put(place, values(place), i, j, v)
				}
			}
		}
		for i := range border {
			for j := range i + 1 {
				x := 0.1
				if i == j {
					x = 60
				}
				a.SetSym(q+i, q+j, x)
				put(s.Corner(), f.Dense, i, j, x)
			}
		}
		if !f.Factorise() {
			t.Fatalf("%s: not positive definite", name)
		}
		var whole, leading mat.Cholesky
		if !whole.Factorize(a) {
			t.Fatal("dense matrix is not positive definite")
		}
		inner := mat.NewSymDense(q, nil)
		for i := range q {
			for j := range i + 1 {
				inner.SetSym(i, j, a.At(i, j))
			}
		}
		leading.Factorize(inner)
		if d := f.LogDet() - leading.LogDet(); math.Abs(d) > tolerance {
			t.Errorf("%s: log determinant off by %g", name, d)
		}
		var l mat.TriDense
		whole.LTo(&l)
		row := make([]float64, q)
		for b := range border {
			f.BorderRow(b, row)
			for i, x := range row {
				if math.Abs(x-l.At(q+b, i)) > tolerance {
					t.Fatalf("%s: border row %d column %d is %g, want %g", name, b, i, x, l.At(q+b, i))
				}
			}
		}
		for _, b := range []int{0, border - 1} {
			part := mat.NewSymDense(q+b, nil)
			for i := range q + b {
				for j := range i + 1 {
					part.SetSym(i, j, a.At(i, j))
				}
			}
			var chol mat.Cholesky
			chol.Factorize(part)
			var want mat.SymDense
			if err := chol.InverseTo(&want); err != nil {
				t.Fatal(err)
			}
			v := s.NewInverse()
			v.Of(f, b)
			check := func(what string, got, want float64) {
				if math.Abs(got-want) > tolerance {
					t.Fatalf("%s, border %d: %s is %g, want %g", name, b, what, got, want)
				}
			}
			at := func(place Place, i, j int) float64 {
				values := v.Panel
				if place.Dense {
					values = v.Dense
				}
				return values[place.Base+i*place.RowStride+j*place.ColumnStride]
			}
			for node := range p.size {
				start := s.Start(node)
				for i := range int(p.size[node]) {
					for j := range int(p.size[node]) {
						place := s.Diagonal(node)
						x := v.Dense
						if !place.Dense {
							x = v.Diag
						}
						check("diagonal block", x[place.Base+i*place.RowStride+j*place.ColumnStride], want.At(start+i, start+j))
					}
					for u := range b {
						check("border", at(s.Border(node), u, i), want.At(q+u, start+i))
					}
				}
			}
			for _, e := range p.edges {
				x, y := int(e[0]), int(e[1])
				if !s.Earlier(x, y) {
					x, y = y, x
				}
				for i := range int(p.size[y]) {
					for j := range int(p.size[x]) {
						check("block", at(s.Block(x, y), i, j), want.At(s.Start(y)+i, s.Start(x)+j))
					}
				}
			}
			x := make([]float64, q+b)
			right := mat.NewVecDense(q+b, nil)
			for i := range x {
				x[i] = rng.NormFloat64()
				right.SetVec(i, x[i])
			}
			// Solve with the leading part: forward over nodes and border by hand.
			f.Forward(x[:q])
			for u := range b {
				f.BorderRow(u, row)
				for i := range q {
					x[q+u] -= row[i] * x[i]
				}
				for w := range u {
					x[q+u] -= l.At(q+u, q+w) * x[q+w]
				}
				x[q+u] /= l.At(q+u, q+u)
			}
			f.Backward(x, b)
			var solved mat.VecDense
			if err := chol.SolveVecTo(&solved, right); err != nil {
				t.Fatal(err)
			}
			for i := range x {
				check("solution", x[i], solved.AtVec(i))
			}
		}
	}
}

// TestNestedIsFreeOfFill: schools in local authorities need no dense matrix.
func TestNestedIsFreeOfFill(t *testing.T) {
	const schools, las = 1000, 50
	size := make([]int32, schools+las)
	var edges [][2]int32
	for i := range size {
		size[i] = 1
		if i < schools {
			edges = append(edges, [2]int32{int32(i), int32(schools + i%las)})
		}
	}
	s := Analyse(size, edges, 4)
	if s.denseSize != 0 || len(s.rows) != schools {
		t.Errorf("dense %d, off-diagonal blocks %d; want 0 and %d", s.denseSize, len(s.rows), schools)
	}
}
