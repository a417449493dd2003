package did

import (
	"context"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"swis/analysis"
)

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
