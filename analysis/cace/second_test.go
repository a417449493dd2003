package cace

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/infer"
	"swis/dataset/table"
)

// TestSecondVersion repeats the effect, its standard errors and the first-stage
// F on 1,000 random data sets by the matrix formulas of generalised
// instrumental variables: b = (X'PX)^-1 X'Py with P the projection on Z, whole.
func TestSecondVersion(t *testing.T) {
	sets := 1000
	if testing.Short() {
		sets = 150
	}
	compared := 0
	for seed := range uint64(sets) {
		r := rand.New(rand.NewPCG(seed, 51))
		schools := 5 + r.IntN(6)
		var school []string
		var index []int
		var arm, dose, x, y []float64
		for s := range schools {
			level := r.NormFloat64()
			for range 2 + r.IntN(4) {
				a := float64(s % 2)
				d := 0.2*r.NormFloat64() + a*r.Float64() + 0.2*level
				school, index = append(school, fmt.Sprint(s)), append(index, s)
				arm, dose, x = append(arm, a), append(dose, d), append(x, r.NormFloat64())
				y = append(y, d+level+0.5*x[len(x)-1]+r.NormFloat64())
			}
		}
		n := len(y)
		data := table.Build("t", n).Texts("school", school).Numbers("arm", arm).Numbers("dose", dose).Numbers("x", x).Numbers("y", y).Table()
		e := Effect{Outcome: "y", Assigned: "arm", Received: "dose", Covariates: []string{"x"}, Inference: infer.Options{Level: 0.95, Kind: infer.IID}}
		if seed%2 == 0 {
			e.Inference.Kind, e.Inference.Clusters = infer.CR1S, []string{"school"}
		}
		got, err := e.Estimate(context.Background(), data)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		xs, z := mat.NewDense(n, 3, nil), mat.NewDense(n, 3, nil)
		for i := range n {
			xs.SetRow(i, []float64{1, dose[i], x[i]})
			z.SetRow(i, []float64{1, arm[i], x[i]})
		}
		outcome := mat.NewVecDense(n, y)
		var zz, inverse, half, p, px, bread, cross, b mat.Dense
		zz.Mul(z.T(), z)
		if inverse.Inverse(&zz) != nil {
			continue
		}
		half.Mul(z, &inverse)
		p.Mul(&half, z.T())
		px.Mul(&p, xs)
		cross.Mul(xs.T(), &px)
		if bread.Inverse(&cross) != nil {
			continue
		}
		var right mat.Dense
		right.Mul(px.T(), outcome)
		b.Mul(&bread, &right)
		residual := func(columns *mat.Dense, y, b mat.Matrix) ([]float64, float64) {
			var fitted mat.Dense
			fitted.Mul(columns, b)
			out, square := make([]float64, n), 0.0
			for i := range n {
				out[i] = y.At(i, 0) - fitted.At(i, 0)
				square += out[i] * out[i]
			}
			return out, square
		}
		variance := func(u *mat.Dense, bread *mat.Dense, e []float64, square float64) float64 {
			if seed%2 == 1 {
				return square / float64(n-3) * bread.At(1, 1)
			}
			scores := mat.NewDense(schools, 3, nil)
			for i := range n {
				for j := range 3 {
					scores.Set(index[i], j, scores.At(index[i], j)+u.At(i, j)*e[i])
				}
			}
			var meat, left, v mat.Dense
			meat.Mul(scores.T(), scores)
			left.Mul(bread, &meat)
			v.Mul(&left, bread)
			g := float64(schools)
			return g / (g - 1) * float64(n-1) / float64(n-3) * v.At(1, 1)
		}
		second, square := residual(xs, outcome, &b)
		se := math.Sqrt(variance(&px, &bread, second, square))
		var first mat.Dense
		received := mat.NewDense(n, 1, append([]float64(nil), dose...))
		var zd mat.Dense
		zd.Mul(z.T(), received)
		first.Mul(&inverse, &zd)
		own, ownSquare := residual(z, received, &first)
		f := first.At(1, 0) * first.At(1, 0) / variance(z, &inverse, own, ownSquare)
		near := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-8*(1+math.Abs(want)) {
				t.Fatalf("seed %d: %s is %.12g, want %.12g", seed, what, got, want)
			}
		}
		compared++
		near("effect", *got.Find("cace").Estimate, b.At(1, 0))
		near("standard error", *got.Find("cace").StdError, se)
		near("F", *got.Tests[0].Statistic, f)
	}
	if compared < sets*9/10 {
		t.Fatalf("%d sets compared", compared)
	}
}
