package linear

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// nistFile reads a NIST set: certified estimates and standard errors, y and
// the columns of the design.
func nistFile(t *testing.T, name string) (beta, se, y []float64, x [][]float64) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "nist", "linear", name+".dat"))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]float64
	inData := false
	for _, line := range strings.Split(string(data), "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) > 1 && fields[0] == "Data:" && fields[1] == "y":
			inData = true
		case inData && len(fields) > 1:
			row := make([]float64, len(fields))
			for i := range fields {
				if row[i], err = strconv.ParseFloat(fields[i], 64); err != nil {
					t.Fatal(name, err)
				}
			}
			rows = append(rows, row)
		case len(fields) == 3 && strings.HasPrefix(fields[0], "B"):
			b, err1 := strconv.ParseFloat(fields[1], 64)
			s, err2 := strconv.ParseFloat(fields[2], 64)
			if err1 == nil && err2 == nil {
				beta, se = append(beta, b), append(se, s)
			}
		}
	}
	p := len(beta)
	powers := 0 // of a polynomial
	switch name {
	case "Pontius":
		powers = 2
	case "Filip":
		powers = 10
	case "Wampler1", "Wampler2", "Wampler3", "Wampler4", "Wampler5":
		powers = 5
	}
	x = make([][]float64, 0, p)
	if !strings.HasPrefix(name, "NoInt") {
		ones := make([]float64, len(rows))
		for i := range ones {
			ones[i] = 1
		}
		x = append(x, ones)
	}
	for k := range max(powers, len(rows[0])-1) {
		c := make([]float64, len(rows))
		for i, r := range rows {
			if powers > 0 {
				c[i] = math.Pow(r[1], float64(k+1))
			} else {
				c[i] = r[1+k]
			}
		}
		x = append(x, c)
	}
	for _, r := range rows {
		y = append(y, r[0])
	}
	if len(x) != p {
		t.Fatalf("%s: %d columns, %d certified values", name, len(x), p)
	}
	return beta, se, y, x
}

func lre(got, want float64) float64 {
	if got == want {
		return 15
	}
	if want == 0 {
		return min(15, -math.Log10(math.Abs(got)))
	}
	return min(15, -math.Log10(math.Abs(got-want)/math.Abs(want)))
}

func TestNIST(t *testing.T) {
	for _, name := range []string{"Norris", "Pontius", "NoInt1", "NoInt2", "Filip", "Longley", "Wampler1", "Wampler2", "Wampler3", "Wampler4", "Wampler5"} {
		beta, se, y, x := nistFile(t, name)
		f := Solve(x, y, nil, RankTolerance)
		worst, worstSE := 15.0, 15.0
		k := f.Rank()
		if k != len(x) {
			t.Errorf("%s: rank %d, shares %v", name, k, f.QR.Share)
			continue
		}
		sigma := math.Sqrt(f.RSS / float64(len(y)-k))
		for j := range beta {
			worst = min(worst, lre(f.Coef[j], beta[j]))
			worstSE = min(worstSE, lre(sigma*math.Sqrt(f.Inverse[j*k+j]), se[j]))
		}
		wantBeta, wantSE := 13.0, 12.0
		if name == "Filip" {
			wantBeta, wantSE = 7.5, 7
		}
		t.Logf("%-9s coefficients %.1f, standard errors %.1f, smallest share %.2g", name, worst, worstSE, minimum(f.QR.Share))
		if worst < wantBeta || worstSE < wantSE {
			t.Errorf("%s: LRE %.1f and %.1f", name, worst, worstSE)
		}
	}
}

func minimum(x []float64) float64 {
	m := x[0]
	for _, v := range x {
		m = min(m, v)
	}
	return m
}

func random(n, p int, seed uint64) ([][]float64, []float64, []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([][]float64, p)
	for j := range x {
		x[j] = make([]float64, n)
		for i := range x[j] {
			x[j][i] = r.NormFloat64() + float64(j)
		}
	}
	y, w := make([]float64, n), make([]float64, n)
	for i := range y {
		y[i], w[i] = r.NormFloat64(), 0.2+r.Float64()
	}
	return x, y, w
}

// The normal equations hold, weighted too, and the inverse is one.
func TestNormalEquations(t *testing.T) {
	for seed := range uint64(50) {
		x, y, w := random(40, 5, seed)
		f := Solve(x, y, w, RankTolerance)
		for j := range x {
			s := 0.0
			for i := range y {
				s += x[j][i] * w[i] * f.Residuals[i]
			}
			if math.Abs(s) > 1e-12 {
				t.Fatal("X'W e is", s)
			}
		}
		for a := range x {
			for b := range x {
				s := 0.0
				for c := range x {
					s += f.Inverse[a*5+c] * crossProduct(x[c], x[b], w).value()
				}
				if want := map[bool]float64{true: 1}[a == b]; math.Abs(s-want) > 1e-11 {
					t.Fatal("inverse times X'WX", a, b, s)
				}
			}
		}
		q := f.QR.Inverse()
		for i := range q {
			if math.Abs(q[i]-f.Inverse[i]) > 1e-10*math.Abs(q[i])+1e-14 {
				t.Fatal("the two inverses differ", q[i], f.Inverse[i])
			}
		}
		trace := 0.0
		for _, h := range f.QR.Leverages() {
			trace += h
		}
		if math.Abs(trace-5) > 1e-12 {
			t.Fatal("trace of the hat matrix", trace)
		}
	}
}

func TestAliased(t *testing.T) {
	x, y, _ := random(30, 3, 1)
	twice := make([]float64, 30)
	sum := make([]float64, 30)
	for i := range twice {
		twice[i] = 2 * x[1][i]
		sum[i] = 3*x[0][i] - x[2][i] + 0.1*x[1][i]
	}
	f := Solve([][]float64{x[0], x[1], twice, x[2], sum, make([]float64, 30)}, y, nil, RankTolerance)
	g := Solve(x, y, nil, RankTolerance)
	for j, want := range []float64{g.Coef[0], g.Coef[1], math.NaN(), g.Coef[2], math.NaN(), math.NaN()} {
		if math.IsNaN(want) != math.IsNaN(f.Coef[j]) || math.Abs(want-f.Coef[j]) > 1e-13 {
			t.Errorf("coefficient %d is %v, want %v", j, f.Coef[j], want)
		}
	}
	if f = Solve(nil, y, nil, RankTolerance); f.Rank() != 0 || f.Residuals[3] != y[3] {
		t.Error("no columns")
	}
	if f = Solve([][]float64{{1, 1}, {1, 2}, {1, 3}}, []float64{1, 4}, nil, RankTolerance); f.Rank() != 2 || !f.QR.Aliased[2] || math.Abs(f.RSS) > 1e-28 {
		t.Error("more columns than rows", f.Coef)
	}
}

func BenchmarkSolve(b *testing.B) {
	x, y, _ := random(864000, 6, 1)
	for b.Loop() {
		Solve(x, y, nil, RankTolerance)
	}
}
