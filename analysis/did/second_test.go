package did

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/dataset/table"
)

// Every estimator has a second version here that is built differently (all
// dummies as columns, loops over cells, means by hand) and agrees with it on
// 1,000 random data sets (60 with -short).
func secondSets() int {
	if testing.Short() {
		return 60
	}
	return 1000
}

// secondData is what a second version works on: one entry a row.
type secondData struct {
	unit, period   []int
	cohort         []float64 // +Inf never
	y, x, count, w []float64
	units, periods int
}

// secondTable draws a small panel with one or several starts, with holes in
// every third.
func secondTable(seed uint64, staggered bool) (*table.Table, *secondData) {
	r := rand.New(rand.NewPCG(seed, 41))
	d := &secondData{units: 8 + r.IntN(6), periods: 4 + r.IntN(3)}
	starts := []float64{math.Inf(1), 3, math.Inf(1), 3}
	if staggered {
		starts = []float64{math.Inf(1), 3, 4, math.Inf(1), 2}
	}
	var school, cohort []string
	var term, treated []float64
	for u := range d.units {
		level, start := r.NormFloat64(), starts[u%len(starts)]
		for t := 1; t <= d.periods; t++ {
			x, effect := r.NormFloat64(), 0.0
			if float64(t) >= start {
				effect = 0.5 + 0.2*(float64(t)-start) + 0.1*start
			}
			y, w := level+0.3*float64(t)+effect+0.4*x+r.NormFloat64(), 0.5+r.Float64()
			limit, count := math.Exp(1.3+0.3*level+0.3*effect), 0.0
			for e := r.ExpFloat64(); e < limit; e += r.ExpFloat64() {
				count++
			}
			if seed%3 == 0 && t > 1 && r.Float64() < 0.05 {
				continue
			}
			school, term = append(school, fmt.Sprintf("S%02d", u)), append(term, float64(t))
			name, arm := "never", 0.0
			if !math.IsInf(start, 1) {
				name, arm = fmt.Sprint(start), 1
			}
			cohort, treated = append(cohort, name), append(treated, arm)
			d.unit, d.period, d.cohort = append(d.unit, u), append(d.period, t), append(d.cohort, start)
			d.y, d.x, d.count, d.w = append(d.y, y), append(d.x, x), append(d.count, count), append(d.w, w)
		}
	}
	return table.Build("panel", len(d.y)).Texts("school", school).Numbers("term", term).Texts("cohort", cohort).Numbers("arm", treated).
		Numbers("y", d.y).Numbers("x", d.x).Numbers("count", d.count).Numbers("w", d.w).Table(), d
}

func (d *secondData) treated(i int) bool { return float64(d.period[i]) >= d.cohort[i] }

// balanced says whether every unit has every period.
func (d *secondData) balanced() bool { return len(d.y) == d.units*d.periods }

// dense is a fit with every column in one matrix.
type dense struct {
	beta []float64
	v    *mat.Dense // CR0 by unit
	iid  float64    // residual variance on n - rank; gaussian
	gram *mat.Dense // pseudo-inverse of X'WX
	mu   []float64
}

// columns evaluates columns at every row, then all unit and period dummies.
func (d *secondData) columns(of ...func(i int) float64) *mat.Dense {
	k := len(of)
	x := mat.NewDense(len(d.y), k+d.units+d.periods, nil)
	for i := range d.y {
		for j, f := range of {
			x.Set(i, j, f(i))
		}
		x.Set(i, k+d.unit[i], 1)
		x.Set(i, k+d.units+d.period[i]-1, 1)
	}
	return x
}

// pseudoInverse of a symmetric matrix, and its rank.
func pseudoInverse(a mat.Matrix) (*mat.Dense, int) {
	k, _ := a.Dims()
	s := mat.NewSymDense(k, nil)
	for i := range k {
		for j := range i + 1 {
			s.SetSym(i, j, a.At(i, j))
		}
	}
	var e mat.EigenSym
	e.Factorize(s, true)
	values := e.Values(nil)
	var q mat.Dense
	e.VectorsTo(&q)
	scaled := mat.NewDense(k, k, nil)
	rank := 0
	for j, v := range values {
		if v > 1e-10*values[k-1] {
			rank++
			for i := range k {
				scaled.Set(i, j, q.At(i, j)/v)
			}
		}
	}
	out := mat.NewDense(k, k, nil)
	out.Mul(scaled, q.T())
	return out, rank
}

// fit is weighted least squares, or Poisson by Newton's method from zero.
func (d *secondData) fit(x *mat.Dense, y, w []float64, poisson bool) *dense {
	n, k := x.Dims()
	f := &dense{beta: make([]float64, k), mu: make([]float64, n)}
	work, score := make([]float64, n), mat.NewVecDense(n, nil)
	rank := 0
	for range 60 {
		eta := mat.NewVecDense(n, nil)
		eta.MulVec(x, mat.NewVecDense(k, f.beta))
		for i := range n {
			f.mu[i], work[i] = eta.AtVec(i), 1
			if poisson {
				f.mu[i] = math.Exp(eta.AtVec(i))
				work[i] = f.mu[i]
			}
			if w != nil {
				work[i] *= w[i]
			}
			r := y[i] - f.mu[i]
			if w != nil {
				r *= w[i]
			}
			score.SetVec(i, r)
		}
		scaled := mat.DenseCopyOf(x)
		for i := range n {
			row := scaled.RawRowView(i)
			for j := range row {
				row[j] *= work[i]
			}
		}
		var gram mat.Dense
		gram.Mul(x.T(), scaled)
		f.gram, rank = pseudoInverse(&gram)
		var g, move mat.VecDense
		g.MulVec(x.T(), score)
		move.MulVec(f.gram, &g)
		size := 0.0
		for j := range f.beta {
			f.beta[j] += move.AtVec(j)
			size = max(size, math.Abs(move.AtVec(j)))
		}
		if size < 1e-11 {
			break
		}
	}
	byUnit := mat.NewDense(k, d.units, nil)
	for i := range n {
		f.iid += score.AtVec(i) * (y[i] - f.mu[i]) / float64(n-rank)
		for j := range k {
			byUnit.Set(j, d.unit[i], byUnit.At(j, d.unit[i])+x.At(i, j)*score.AtVec(i))
		}
	}
	var half mat.Dense
	half.Mul(f.gram, byUnit)
	f.v = mat.NewDense(k, k, nil)
	f.v.Mul(&half, half.T())
	return f
}

// second runs an estimator over the data sets and compares named terms with
// what want gives: estimate and standard error, NaN where it has none.
func second(t *testing.T, staggered bool, e func(seed uint64) analysis.Estimator, want func(seed uint64, d *secondData) map[string][2]float64) {
	t.Helper()
	compared, refused := 0, 0
	for seed := range uint64(secondSets()) {
		data, d := secondTable(seed, staggered)
		r, err := e(seed).Estimate(context.Background(), data)
		var none *analysis.NotEstimable
		if errors.As(err, &none) {
			refused++
			continue
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		expected := want(seed, d)
		for term, x := range expected {
			got := r.Find(term)
			if got == nil {
				t.Fatalf("seed %d: no term %s", seed, term)
			}
			if got.Estimate == nil { // separated or aliased, and said so
				continue
			}
			compared++
			if math.Abs(*got.Estimate-x[0]) > 1e-6*(1+math.Abs(x[0])) {
				t.Fatalf("seed %d: %s is %.12g, want %.12g", seed, term, *got.Estimate, x[0])
			}
			if got.StdError != nil && !math.IsNaN(x[1]) && math.Abs(*got.StdError-x[1]) > 1e-5*(1+x[1]) {
				t.Fatalf("seed %d: %s has standard error %.12g, want %.12g", seed, term, *got.StdError, x[1])
			}
		}
	}
	if compared < secondSets()*6/10 || refused > secondSets()/2 {
		t.Fatalf("%d numbers compared, %d data sets refused", compared, refused)
	}
}

func secondColumns(outcome string, staggered bool) Data {
	d := Data{Outcome: outcome, Unit: "school", Time: "term", Cohort: "cohort"}
	if !staggered {
		d.Cohort, d.Treated, d.Start = "", "arm", "3"
	}
	return d
}

var secondVariance = Inference{Vcov: fixedeffects.CR0}

// usable leaves out what a dense Poisson fit cannot: units without events.
func (d *secondData) usable() *secondData {
	events := make([]float64, d.units)
	for i, c := range d.count {
		events[d.unit[i]] += c
	}
	out := &secondData{units: d.units, periods: d.periods}
	for i := range d.y {
		if events[d.unit[i]] > 0 {
			out.unit, out.period, out.cohort = append(out.unit, d.unit[i]), append(out.period, d.period[i]), append(out.cohort, d.cohort[i])
			out.y, out.x, out.count, out.w = append(out.y, d.y[i]), append(out.x, d.x[i]), append(out.count, d.count[i]), append(out.w, d.w[i])
		}
	}
	return out
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
