package did

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

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

func TestSecondTwoWay(t *testing.T) {
	second(t, true, func(seed uint64) analysis.Estimator {
		e := TwoWay{Data: secondColumns("y", true), Inference: secondVariance}
		e.Covariates = []string{"x"}
		if seed%2 == 1 {
			e.Weights = "w"
		}
		return e
	}, func(seed uint64, d *secondData) map[string][2]float64 {
		w := d.w
		if seed%2 == 0 {
			w = nil
		}
		f := d.fit(d.columns(func(i int) float64 { return indicator(d.treated(i)) }, func(i int) float64 { return d.x[i] }), d.y, w, false)
		return map[string][2]float64{"att": {f.beta[0], math.Sqrt(f.v.At(0, 0))}, "x": {f.beta[1], math.Sqrt(f.v.At(1, 1))}}
	})
}

func TestSecondTwoWayCounts(t *testing.T) {
	second(t, false, func(uint64) analysis.Estimator {
		return TwoWay{Data: secondColumns("count", false), Inference: secondVariance, Family: "poisson", NoPreTest: true}
	}, func(_ uint64, d *secondData) map[string][2]float64 {
		d = d.usable()
		f := d.fit(d.columns(func(i int) float64 { return indicator(d.treated(i)) }), d.count, nil, true)
		return map[string][2]float64{"att": {f.beta[0], math.Sqrt(f.v.At(0, 0))}}
	})
}

func TestSecondTwoByTwo(t *testing.T) {
	cells := func(d *secondData, y []float64) (sum, n [4]float64) {
		for i := range y {
			k := 0
			if !math.IsInf(d.cohort[i], 1) {
				k = 2
			}
			if d.period[i] >= 3 {
				k++
			}
			sum[k] += y[i]
			n[k]++
		}
		return sum, n
	}
	second(t, false, func(uint64) analysis.Estimator {
		return TwoByTwo{Data: secondColumns("y", false), Inference: secondVariance}
	},
		func(_ uint64, d *secondData) map[string][2]float64 {
			sum, n := cells(d, d.y)
			// influence of a row: its distance from the mean of its cell, over the cell's rows
			byUnit := make([]float64, d.units)
			for i := range d.y {
				k, sign := 0, 1.0
				if !math.IsInf(d.cohort[i], 1) {
					k = 2
				}
				if d.period[i] >= 3 {
					k++
				}
				if k == 1 || k == 2 {
					sign = -1
				}
				byUnit[d.unit[i]] += sign * (d.y[i] - sum[k]/n[k]) / n[k]
			}
			v := 0.0
			for _, x := range byUnit {
				v += x * x
			}
			return map[string][2]float64{"att": {sum[3]/n[3] - sum[2]/n[2] - sum[1]/n[1] + sum[0]/n[0], math.Sqrt(v)}}
		})
	second(t, false, func(uint64) analysis.Estimator {
		return TwoByTwo{Data: secondColumns("count", false), Inference: secondVariance, Family: "poisson"}
	}, func(_ uint64, d *secondData) map[string][2]float64 {
		sum, n := cells(d, d.count)
		return map[string][2]float64{"att": {math.Log(sum[3] / n[3] / (sum[2] / n[2]) / (sum[1] / n[1] / (sum[0] / n[0]))), math.NaN()}}
	})
}

func TestSecondEventStudy(t *testing.T) {
	for _, poisson := range []bool{false, true} {
		outcome, family := "y", "gaussian"
		if poisson {
			outcome, family = "count", "poisson"
		}
		second(t, true, func(uint64) analysis.Estimator {
			return Event{Data: secondColumns(outcome, true), Inference: secondVariance, Family: family, Reference: -1, Bare: true}
		}, func(_ uint64, d *secondData) map[string][2]float64 {
			y := d.y
			if poisson {
				d = d.usable()
				y = d.count
			}
			of := []func(i int) float64{}
			times := []int{-3, -2, 0, 1, 2, 3, 4}
			for _, k := range times {
				of = append(of, func(i int) float64 { return indicator(float64(d.period[i])-d.cohort[i] == float64(k)) })
			}
			f := d.fit(d.columns(of...), y, nil, poisson)
			out := map[string][2]float64{}
			for j, k := range times {
				rows := 0.0
				for i := range d.y {
					rows += of[j](i)
				}
				if rows > 0 && (!poisson || math.Abs(f.beta[j]) < 8) {
					out[fmt.Sprintf("event:%d", k)] = [2]float64{f.beta[j], math.Sqrt(f.v.At(j, j))}
				}
			}
			return out
		})
	}
}

// cohortCells are the cohorts and periods with rows, with a column for each.
func (d *secondData) cohortCells(keep func(cohort, period float64) bool) (cells [][2]float64, rows []float64, of []func(i int) float64) {
	for _, g := range []float64{2, 3, 4} {
		for t := 1; t <= d.periods; t++ {
			n := 0.0
			for i := range d.y {
				if d.cohort[i] == g && d.period[i] == t {
					n++
				}
			}
			if n > 0 && keep(g, float64(t)) {
				cells, rows = append(cells, [2]float64{g, float64(t)}), append(rows, n)
				of = append(of, func(i int) float64 { return indicator(d.cohort[i] == g && d.period[i] == t) })
			}
		}
	}
	return cells, rows, of
}

// weighted averages coefficients with weights, standard error from v.
func (f *dense) weighted(w []float64) [2]float64 {
	total, b, v := 0.0, 0.0, 0.0
	for _, x := range w {
		total += x
	}
	for i, x := range w {
		b += x / total * f.beta[i]
		for j, z := range w {
			v += x * z / total / total * f.v.At(i, j)
		}
	}
	return [2]float64{b, math.Sqrt(v)}
}

func TestSecondSunAbraham(t *testing.T) {
	second(t, true, func(uint64) analysis.Estimator {
		return SunAbraham{Data: secondColumns("y", true), Inference: secondVariance, Reference: -1}
	}, func(_ uint64, d *secondData) map[string][2]float64 {
		if !d.balanced() {
			return nil // holes may leave a coefficient to chance
		}
		cells, rows, of := d.cohortCells(func(g, t float64) bool { return t-g != -1 })
		f := d.fit(d.columns(of...), d.y, nil, false)
		out := map[string][2]float64{}
		average := func(term string, keep func(g, t float64) bool) {
			w := make([]float64, len(cells))
			some := false
			for c, cell := range cells {
				if keep(cell[0], cell[1]) {
					w[c], some = rows[c], true
				}
			}
			if some {
				out[term] = f.weighted(w)
			}
		}
		average("att", func(g, t float64) bool { return t >= g })
		for _, k := range []float64{-2, 0, 1, 2} {
			average(fmt.Sprintf("event:%g", k), func(g, t float64) bool { return t-g == k })
		}
		return out
	})
}

func TestSecondExtended(t *testing.T) {
	second(t, true, func(uint64) analysis.Estimator {
		return Extended{Data: secondColumns("y", true), Inference: secondVariance}
	}, func(_ uint64, d *secondData) map[string][2]float64 {
		if !d.balanced() {
			return nil
		}
		cells, rows, of := d.cohortCells(func(g, t float64) bool { return t >= g })
		f := d.fit(d.columns(of...), d.y, nil, false)
		out := map[string][2]float64{"att": f.weighted(rows)}
		w := make([]float64, len(cells))
		for c, cell := range cells {
			if cell[0] == cell[1] {
				w[c] = rows[c]
			}
		}
		out["event:0"] = f.weighted(w)
		return out
	})
	second(t, true, func(uint64) analysis.Estimator {
		return Extended{Data: secondColumns("count", true), Inference: secondVariance, Family: "poisson"}
	}, func(_ uint64, d *secondData) map[string][2]float64 {
		if d = d.usable(); len(d.y) != d.units*d.periods {
			return nil
		}
		cells, _, of := d.cohortCells(func(g, t float64) bool { return t >= g })
		for c := range cells {
			events := 0.0
			for i, n := range d.count {
				events += n * of[c](i)
			}
			if events == 0 {
				return nil // separated, which has tests of its own
			}
		}
		f := d.fit(d.columns(of...), d.count, nil, true)
		for _, b := range f.beta {
			if math.Abs(b) > 8 {
				return nil // a period without events
			}
		}
		with, without := 0.0, 0.0
		for i := range d.count {
			for c := range cells {
				if of[c](i) == 1 {
					with += f.mu[i]
					without += f.mu[i] * math.Exp(-f.beta[c])
				}
			}
		}
		return map[string][2]float64{"att": {math.Log(with / without), math.NaN()}}
	})
}

func TestSecondImputation(t *testing.T) {
	compared := 0
	for seed := range uint64(secondSets()) {
		data, _ := secondTable(seed, true)
		d := secondColumns("y", true)
		if seed%4 == 1 {
			d.Covariates = []string{"x"}
		}
		result, err := Imputation{Data: d}.Estimate(context.Background(), data)
		if err != nil {
			continue
		}
		lost := false
		for _, n := range result.Notes {
			lost = lost || n.Code == "not_imputed" || n.Code == "collinear"
		}
		p, err := d.read(data, nil, false)
		if err != nil || lost {
			continue
		}
		compared++
		att, se := denseImputation(p)
		near(t, "att", result.Find("att").Estimate, att, 1e-8)
		near(t, "standard error", result.Find("att").StdError, se, 1e-7)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if compared < secondSets()*8/10 {
		t.Fatalf("%d data sets compared", compared)
	}
}

// TestSecondBacon takes each comparison as a two-way regression on its rows, with
// all dummies; its weight is the squared share of rows times the variance of the
// treatment that no dummy explains, as in theorem 1 of Goodman-Bacon (2021)
// before it is worked out.
func TestSecondBacon(t *testing.T) {
	second(t, true, func(uint64) analysis.Estimator { return Bacon{Data: secondColumns("y", true)} },
		func(_ uint64, d *secondData) map[string][2]float64 {
			if !d.balanced() {
				return nil
			}
			sum, weight := map[string]float64{}, map[string]float64{}
			total := 0.0
			starts := []float64{2, 3, 4, math.Inf(1)}
			for a, k := range starts[:3] {
				for _, l := range starts[a+1:] {
					kinds := map[string]func(i int) bool{"treated_vs_never": func(int) bool { return true }}
					if !math.IsInf(l, 1) {
						kinds = map[string]func(i int) bool{
							"earlier_vs_later": func(i int) bool { return float64(d.period[i]) < l },
							"later_vs_earlier": func(i int) bool { return float64(d.period[i]) >= k },
						}
					}
					for kind, keep := range kinds {
						sub := &secondData{units: d.units, periods: d.periods}
						var treat []float64
						for i := range d.y {
							if (d.cohort[i] == k || d.cohort[i] == l) && keep(i) {
								sub.unit, sub.period, sub.y = append(sub.unit, d.unit[i]), append(sub.period, d.period[i]), append(sub.y, d.y[i])
								treat = append(treat, indicator(d.treated(i)))
							}
						}
						dummies := sub.fit(sub.columns(), treat, nil, false)
						between, own := 0.0, 0.0
						for i, x := range treat {
							r := x - dummies.mu[i]
							between += r * sub.y[i]
							own += r * r
						}
						if own < 1e-9 {
							continue
						}
						rows := float64(len(treat))
						sum[kind] += rows * between
						weight[kind] += rows * own
						total += rows * own
					}
				}
			}
			out := map[string][2]float64{}
			att := 0.0
			for kind, w := range weight {
				out["bacon:"+kind] = [2]float64{sum[kind] / w, math.NaN()}
				att += sum[kind] / total
			}
			out["att"] = [2]float64{att, math.NaN()}
			return out
		})
}

func TestSecondCollapsed(t *testing.T) {
	means := func(d *secondData) (before, after []float64, arm []float64) {
		for u := range d.units {
			var sum, n [2]float64
			a := 0.0
			for i := range d.y {
				if d.unit[i] == u {
					k := 0
					if d.period[i] >= 3 {
						k = 1
					}
					sum[k] += d.y[i]
					n[k]++
					a = indicator(!math.IsInf(d.cohort[i], 1))
				}
			}
			if n[0] > 0 && n[1] > 0 {
				before, after, arm = append(before, sum[0]/n[0]), append(after, sum[1]/n[1]), append(arm, a)
			}
		}
		return before, after, arm
	}
	second(t, false, func(uint64) analysis.Estimator { return Collapsed{Data: secondColumns("y", false)} },
		func(_ uint64, d *secondData) map[string][2]float64 {
			before, after, arm := means(d)
			var change [2][]float64
			for u := range arm {
				change[int(arm[u])] = append(change[int(arm[u])], after[u]-before[u])
			}
			m1, v1 := stat.MeanVariance(change[1], nil)
			m0, v0 := stat.MeanVariance(change[0], nil)
			n1, n0 := float64(len(change[1])), float64(len(change[0]))
			pooled := ((n1-1)*v1 + (n0-1)*v0) / (n1 + n0 - 2)
			return map[string][2]float64{"att": {m1 - m0, math.Sqrt(pooled * (1/n1 + 1/n0))}}
		})
	second(t, false, func(uint64) analysis.Estimator { return Collapsed{Data: secondColumns("y", false), Ancova: true} },
		func(_ uint64, d *secondData) map[string][2]float64 {
			before, after, arm := means(d)
			// the slope within arms, then adjusted means
			var n, mb, ma [2]float64
			for u, a := range arm {
				n[int(a)]++
				mb[int(a)] += before[u]
				ma[int(a)] += after[u]
			}
			for a := range n {
				mb[a] /= n[a]
				ma[a] /= n[a]
			}
			xx, xy, yy := 0.0, 0.0, 0.0
			for u, a := range arm {
				x, y := before[u]-mb[int(a)], after[u]-ma[int(a)]
				xx += x * x
				xy += x * y
				yy += y * y
			}
			slope := xy / xx
			sigma := (yy - slope*xy) / (n[0] + n[1] - 3)
			return map[string][2]float64{"att": {ma[1] - ma[0] - slope*(mb[1]-mb[0]), math.Sqrt(sigma * (1/n[0] + 1/n[1] + (mb[1]-mb[0])*(mb[1]-mb[0])/xx))}}
		})
}
