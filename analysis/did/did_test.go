package did

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/dataset/table"
)

// staggeredTable draws a panel with cohorts, holes where asked, and an effect
// that differs by cohort and time.
func staggeredTable(r *rand.Rand, units, periods int, holes bool) *table.Table {
	var school, cohort []string
	var term, y, x, count []float64
	for u := range units {
		start := []string{"never", "3", "4", "never", "5"}[u%5]
		level, slope := r.NormFloat64(), r.NormFloat64()
		for t := 1; t <= periods; t++ {
			if holes && r.Float64() < 0.08 {
				continue
			}
			effect := 0.0
			if start != "never" {
				var from int
				fmt.Sscan(start, &from)
				if t >= from {
					effect = -1 - 0.3*float64(t-from) - 0.1*float64(from)
				}
			}
			school = append(school, fmt.Sprintf("S%03d", u))
			cohort = append(cohort, start)
			term = append(term, float64(t))
			x = append(x, slope+0.1*r.NormFloat64())
			y = append(y, 10+level+0.2*float64(t)+effect+0.3*x[len(x)-1]+r.NormFloat64())
			c := 0.0
			for e := r.ExpFloat64(); e < 2*math.Exp(0.3*level+0.2*effect); e += r.ExpFloat64() {
				c++
			}
			count = append(count, c)
		}
	}
	return table.Build("panel", len(y)).Texts("school", school).Numbers("term", term).Texts("cohort", cohort).Numbers("y", y).Numbers("x", x).Numbers("count", count).Table()
}

func staggeredData(covariates ...string) Data {
	return Data{Outcome: "y", Unit: "school", Time: "term", Cohort: "cohort", Covariates: covariates}
}

func estimate(t *testing.T, e analysis.Estimator, data *table.Table) *analysis.Result {
	t.Helper()
	r, err := e.Estimate(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got analysis.Number, want, tolerance float64) {
	t.Helper()
	if got == nil || !(math.Abs(*got-want) <= tolerance*(1+math.Abs(want))) {
		g := math.NaN()
		if got != nil {
			g = *got
		}
		t.Errorf("%s: %.12g, want %.12g", what, g, want)
	}
}

// TestBaconIsTwoWay: the weights times the estimates of all comparisons are the
// two-way fixed-effects coefficient (Goodman-Bacon 2021, theorem 1).
func TestBaconIsTwoWay(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 21))
		data := staggeredTable(r, 15+int(seed%20), 5+int(seed%4), false)
		bacon := estimate(t, Bacon{Data: staggeredData()}, data)
		twfe := estimate(t, TwoWay{Data: staggeredData(), Inference: Inference{Vcov: fixedeffects.IID}}, data)
		near(t, "att", bacon.Find("att").Estimate, *twfe.Find("att").Estimate, 1e-10)
	}
}

// TestGroupTimeByHand: without covariates att(g,t) is a difference of mean
// changes and its standard error that of two independent means.
func TestGroupTimeByHand(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 22))
	data := staggeredTable(r, 60, 6, false)
	p, err := (&Data{Outcome: "y", Unit: "school", Time: "term", Cohort: "cohort"}).read(data, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	w := p.widen()
	for _, how := range []adjustment{doublyRobust, inverseProbability, outcomeRegression} {
		cells, _ := w.groupTime(groupTimeOptions{how: how})
		for _, c := range cells {
			var sum, square, n [2]float64
			for i, g := range w.cohort {
				k := 0
				switch {
				case g == c.group:
					k = 1
				case !math.IsInf(g, 1):
					continue
				}
				d := w.y[int(c.time)-1][i] - w.y[int(c.base)-1][i]
				sum[k] += d
				square[k] += d * d
				n[k]++
			}
			att, variance := 0.0, 0.0
			for k := range 2 {
				m := sum[k] / n[k]
				att += m * float64(2*k-1)
				variance += (square[k]/n[k] - m*m) / n[k]
			}
			near(t, "att", &c.att, att, 1e-10)
			se := standardError(c.influence, nil, 0)
			near(t, "standard error", &se, math.Sqrt(variance), 1e-10)
		}
	}
}

// TestInfluenceFunctions compares every influence function with the jackknife:
// leaving a unit out moves the estimate by -IF/(n-1) to first order.
func TestInfluenceFunctions(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 23))
	n := 400
	data := staggeredTable(r, n, 5, false)
	p, err := (&Data{Outcome: "y", Unit: "school", Time: "term", Cohort: "cohort", Covariates: []string{"x"}}).read(data, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	whole := p.widen()
	for _, how := range []adjustment{doublyRobust, inverseProbability, outcomeRegression} {
		o := groupTimeOptions{how: how, notYet: true}
		cells, _ := whole.groupTime(o)
		sets := whole.aggregate(cells)
		for _, out := range []int{0, 1, 7, 33, 144} {
			less := p.restrict(func(i int) bool { return int(p.Unit.Index[i]) != out })
			w := less.widen()
			w.cohort = append([]float64(nil), w.cohort...)
			again, _ := w.groupTime(o)
			other := w.aggregate(again)
			check := func(what string, full, left, influence float64) {
				t.Helper()
				if got, want := (full-left)*float64(n-1), influence; math.Abs(got-want) > 0.05*math.Abs(want)+0.05 {
					t.Errorf("adjustment %d, without unit %d: %s moves by %.4f, influence %.4f", how, out, what, got, want)
				}
			}
			for i, c := range cells {
				check(fmt.Sprintf("att:%g:%g", c.group, c.time), c.att, again[i].att, c.influence[out])
			}
			for name, s := range sets {
				check(name, s.overall.att, other[name].overall.att, s.overall.influence[out])
			}
		}
	}
}

// TestUniformCritical: with one column the band is pointwise, near the normal
// quantile; with many independent ones it is near the Sidak value.
func TestUniformCritical(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 24))
	columns := make([][]float64, 40)
	for j := range columns {
		columns[j] = make([]float64, 1003)
		for i := range columns[j] {
			columns[j][i] = r.NormFloat64()
		}
	}
	one := newMultiplier(1003, nil, 0, 20000, "1").critical(columns[:1], 0.95)
	if math.Abs(one-1.96) > 0.05 {
		t.Errorf("one column: %.3f, want 1.96", one)
	}
	all := newMultiplier(1003, nil, 0, 20000, "1").critical(columns, 0.95)
	if math.Abs(all-3.22) > 0.08 {
		t.Errorf("40 columns: %.3f, want 3.22", all)
	}
}

// TestImputationErrorDense repeats points and standard errors with the whole
// design: v on untreated rows is -Z0 (Z0'Z0)^-1 Z1'v1 with every dummy in Z.
func TestImputationErrorDense(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 25))
		data := staggeredTable(r, 20, 6, seed%2 == 0)
		var covariates []string
		if seed%3 == 0 {
			covariates = []string{"x"}
		}
		d := staggeredData(covariates...)
		result := estimate(t, Imputation{Data: d}, data)
		p, err := d.read(data, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		att, se := denseImputation(p)
		near(t, "att", result.Find("att").Estimate, att, 1e-9)
		near(t, "standard error", result.Find("att").StdError, se, 1e-8)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// denseImputation takes every treated row as predictable.
func denseImputation(p *Panel) (att, se float64) {
	units, periods := len(p.Unit.Levels), len(p.Time.Levels)
	k := units + periods + len(p.X)
	row := func(i int) []float64 {
		z := make([]float64, k)
		z[p.Unit.Index[i]] = 1
		z[units+int(p.Time.Index[i])] = 1
		for j := range p.X {
			z[units+periods+j] = p.X[j][i]
		}
		return z
	}
	gram := mat.NewSymDense(k, nil)
	cross, target := mat.NewVecDense(k, nil), mat.NewVecDense(k, nil)
	treated := 0.0
	for i := range p.Y {
		z := mat.NewVecDense(k, row(i))
		if p.Treated(i) {
			treated++
			target.AddVec(target, z)
			continue
		}
		gram.SymRankOne(gram, 1, z)
		cross.AddScaledVec(cross, p.Y[i], z)
	}
	var e mat.EigenSym
	e.Factorize(gram, true)
	values := e.Values(nil)
	var q mat.Dense
	e.VectorsTo(&q)
	solve := func(b *mat.VecDense) *mat.VecDense {
		var c mat.VecDense
		c.MulVec(q.T(), b)
		for i, v := range values {
			if v > 1e-10*values[k-1] {
				c.SetVec(i, c.AtVec(i)/v)
			} else {
				c.SetVec(i, 0)
			}
		}
		var out mat.VecDense
		out.MulVec(&q, &c)
		return &out
	}
	beta, weight := solve(cross), solve(target)
	type cell struct{ cohort, period float64 }
	sum, count := map[cell]float64{}, map[cell]float64{}
	residual := make([]float64, p.N())
	for i, y := range p.Y {
		residual[i] = y - mat.Dot(mat.NewVecDense(k, row(i)), beta)
		if p.Treated(i) {
			c := cell{p.Start(i), p.Period(i)}
			sum[c] += residual[i]
			count[c]++
			att += residual[i] / treated
		}
	}
	byUnit := make([]float64, units)
	for i := range p.Y {
		v, e := -mat.Dot(mat.NewVecDense(k, row(i)), weight)/treated, residual[i]
		if p.Treated(i) {
			c := cell{p.Start(i), p.Period(i)}
			v, e = 1/treated, e-sum[c]/count[c]
		}
		byUnit[p.Unit.Index[i]] += v * e
	}
	for _, s := range byUnit {
		se += s * s
	}
	return att, math.Sqrt(se)
}

// TestSaturatedAgree: imputation and extended two-way fixed effects give the
// same points.
func TestSaturatedAgree(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 26))
		data := staggeredTable(r, 25, 6, false)
		imputation := estimate(t, Imputation{Data: staggeredData()}, data)
		extended := estimate(t, Extended{Data: staggeredData()}, data)
		for _, term := range []string{"att", "event:0", "event:1", "event:2", "event:3"} {
			near(t, term, extended.Find(term).Estimate, *imputation.Find(term).Estimate, 1e-9)
		}
	}
}

// TestRelations: an effect turns its sign with the arms, scales with the
// outcome, and does not see a constant or a trend common to all.
func TestRelations(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 27))
		n := 18 * 6
		school := make([]string, n)
		term, arm, other, y, changed := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			u := i / 6
			school[i] = fmt.Sprint(u)
			term[i], arm[i] = float64(i%6), float64(u%2)
			other[i] = 1 - arm[i]
			y[i] = r.NormFloat64() + float64(u)
			changed[i] = 3*y[i] + 100 + 7*term[i]*term[i]
		}
		data := table.Build("panel", n).Texts("school", school).Numbers("term", term).Numbers("arm", arm).Numbers("other", other).Numbers("y", y).Numbers("changed", changed).Table()
		d := Data{Outcome: "y", Unit: "school", Time: "term", Treated: "arm", Start: "3"}
		base := estimate(t, TwoWay{Data: d}, data).Find("att")
		d.Treated = "other"
		swapped := estimate(t, TwoWay{Data: d}, data).Find("att")
		near(t, "swapped arms", swapped.Estimate, -*base.Estimate, 1e-10)
		near(t, "swapped arms, error", swapped.StdError, *base.StdError, 1e-10)
		d.Treated, d.Outcome = "arm", "changed"
		scaled := estimate(t, TwoWay{Data: d}, data).Find("att")
		near(t, "scaled", scaled.Estimate, 3**base.Estimate, 1e-10)
		near(t, "scaled, p", scaled.PValue, *base.PValue, 1e-9)
	}
}
