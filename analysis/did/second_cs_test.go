package did

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
)

// TestSecondCallawaySantAnna repeats att(g,t) and the four averages by loops
// over units and the textbook formulas of Sant'Anna & Zhao (2020): weighted
// means with a logit and a regression by Newton's method.
func TestSecondCallawaySantAnna(t *testing.T) {
	ways := []struct{ control, estimator, base string }{
		{"never", "dr", "varying"}, {"notyet", "dr", "varying"}, {"never", "ipw", "universal"}, {"notyet", "or", "varying"}, {"never", "or", "universal"},
	}
	second(t, true, func(seed uint64) analysis.Estimator {
		way := ways[seed%5]
		e := CallawaySantAnna{Data: secondColumns("y", true), Control: way.control, Estimator: way.estimator, Base: way.base, Draws: 1}
		if seed%2 == 0 && way.estimator == "or" {
			e.Covariates = []string{"x"}
		}
		return e
	}, func(seed uint64, d *secondData) map[string][2]float64 {
		way := ways[seed%5]
		return d.callaway(way.control == "notyet", way.base == "universal", way.estimator, seed%2 == 0 && way.estimator == "or")
	})
}

// TestSecondAdjustments does the same with a covariate, cell by cell where the
// logit has a finite maximum.
func TestSecondAdjustments(t *testing.T) {
	second(t, true, func(seed uint64) analysis.Estimator {
		e := CallawaySantAnna{Data: secondColumns("y", true), Estimator: []string{"dr", "ipw", "or"}[seed%3], Draws: 1}
		e.Covariates = []string{"x"}
		return e
	}, func(seed uint64, d *secondData) map[string][2]float64 {
		out := d.callaway(false, false, []string{"dr", "ipw", "or"}[seed%3], true)
		for term := range out {
			if term == "simple" || term == "group" || term == "calendar" || term == "dynamic" {
				delete(out, term) // which leave out cells that cannot be had
			}
		}
		return out
	})
}

// callaway gives att(g,t), its standard error without covariates, and the
// averages.
func (d *secondData) callaway(notYet, universal bool, estimator string, covariate bool) map[string][2]float64 {
	rows := map[int]int{}
	for _, u := range d.unit {
		rows[u]++
	}
	y, x, start := map[[2]int]float64{}, map[[2]int]float64{}, map[int]float64{}
	for i, u := range d.unit {
		if rows[u] == d.periods {
			y[[2]int{u, d.period[i]}], x[[2]int{u, d.period[i]}], start[u] = d.y[i], d.x[i], d.cohort[i]
		}
	}
	n := float64(len(start))
	out := map[string][2]float64{}
	type cell struct{ g, t, att, share float64 }
	var cells []cell
	for _, g := range []float64{2, 3, 4} {
		size := 0.0
		for _, s := range start {
			if s == g {
				size++
			}
		}
		if size == 0 {
			continue
		}
		for at := 1; at <= d.periods; at++ {
			base := int(g) - 1
			if float64(at) < g && !universal {
				base = at - 1
			}
			if base < 1 {
				continue
			}
			term := fmt.Sprintf("att:%g:%d", g, at)
			if base == at {
				out[term] = [2]float64{0, math.NaN()}
				cells = append(cells, cell{g, float64(at), 0, size / n})
				continue
			}
			var change, before, arm []float64
			for u := range d.units {
				s, ok := start[u]
				if !ok || s != g && !math.IsInf(s, 1) && !(notYet && s > float64(max(at, base))) {
					continue
				}
				change, before, arm = append(change, y[[2]int{u, at}]-y[[2]int{u, base}]), append(before, x[[2]int{u, base}]), append(arm, indicator(s == g))
			}
			att, se := adjustedChange(change, before, arm, estimator, covariate)
			if covariate && math.IsNaN(att) {
				continue
			}
			out[term] = [2]float64{att, se}
			cells = append(cells, cell{g, float64(at), att, size / n})
		}
	}
	mean := func(keep func(c cell) bool, weight func(c cell) float64) float64 {
		top, bottom := 0.0, 0.0
		for _, c := range cells {
			if keep(c) {
				top += weight(c) * c.att
				bottom += weight(c)
			}
		}
		return top / bottom
	}
	share := func(c cell) float64 { return c.share }
	out["simple"] = [2]float64{mean(func(c cell) bool { return c.t >= c.g }, share), math.NaN()}
	group, shares, calendar, dynamic := 0.0, 0.0, []float64{}, []float64{}
	for _, g := range []float64{2, 3, 4} {
		in := func(c cell) bool { return c.g == g && c.t >= g }
		if i := slices.IndexFunc(cells, in); i >= 0 {
			group += cells[i].share * mean(in, func(cell) float64 { return 1 })
			shares += cells[i].share
		}
	}
	for k := range d.periods {
		of := func(c cell) bool { return c.t == float64(k+1) && c.t >= c.g }
		if slices.ContainsFunc(cells, of) {
			calendar = append(calendar, mean(of, share))
		}
		after := func(c cell) bool { return c.t-c.g == float64(k) }
		if slices.ContainsFunc(cells, after) {
			dynamic = append(dynamic, mean(after, share))
		}
	}
	plain := func(x []float64) float64 {
		s := 0.0
		for _, v := range x {
			s += v / float64(len(x))
		}
		return s
	}
	out["group"] = [2]float64{group / shares, math.NaN()}
	out["calendar"] = [2]float64{plain(calendar), math.NaN()}
	out["dynamic"] = [2]float64{plain(dynamic), math.NaN()}
	return out
}

// adjustedChange is the change of the treated less that of the others, adjusted
// for x; the standard error without x is that of two means. It is NaN where the
// propensity score has no maximum or is near one.
func adjustedChange(change, x, arm []float64, estimator string, covariate bool) (att, se float64) {
	n := len(change)
	columns := 1
	if covariate {
		columns = 2
	}
	design := func(i int) *mat.VecDense {
		return mat.NewVecDense(columns, []float64{1, x[i]}[:columns])
	}
	regression := func(rows func(i int) bool) *mat.VecDense {
		gram, cross := mat.NewDense(columns, columns, nil), mat.NewVecDense(columns, nil)
		for i := range n {
			if rows(i) {
				z := design(i)
				gram.RankOne(gram, 1, z, z)
				cross.AddScaledVec(cross, change[i], z)
			}
		}
		b := mat.NewVecDense(columns, nil)
		if b.SolveVec(gram, cross) != nil {
			b.SetVec(0, math.NaN())
		}
		return b
	}
	logit := mat.NewVecDense(columns, nil)
	for range 50 {
		gram, score := mat.NewDense(columns, columns, nil), mat.NewVecDense(columns, nil)
		for i := range n {
			z := design(i)
			p := 1 / (1 + math.Exp(-mat.Dot(z, logit)))
			gram.RankOne(gram, p*(1-p), z, z)
			score.AddScaledVec(score, arm[i]-p, z)
		}
		move := mat.NewVecDense(columns, nil)
		if move.SolveVec(gram, score) != nil {
			break
		}
		logit.AddVec(logit, move)
	}
	beta := regression(func(i int) bool { return arm[i] == 0 })
	var treated, w1, others, w0 float64
	for i := range n {
		z := design(i)
		p := 1 / (1 + math.Exp(-mat.Dot(z, logit)))
		mu := mat.Dot(z, beta)
		if estimator == "ipw" {
			mu = 0
		}
		if arm[i] == 1 {
			treated += change[i] - mu
			w1++
			continue
		}
		if covariate && estimator != "or" && (p > 0.98 || math.IsNaN(p) || math.Abs(logit.AtVec(columns-1)) > 8) {
			return math.NaN(), math.NaN()
		}
		others += p / (1 - p) * (change[i] - mu)
		w0 += p / (1 - p)
	}
	att = treated/w1 - others/w0
	if estimator == "or" {
		att = treated / w1
	}
	se = math.NaN()
	if !covariate {
		var sum, square, count [2]float64
		for i, a := range arm {
			sum[int(a)] += change[i]
			square[int(a)] += change[i] * change[i]
			count[int(a)]++
		}
		v := 0.0
		for a := range sum {
			m := sum[a] / count[a]
			v += (square[a]/count[a] - m*m) / count[a]
		}
		se = math.Sqrt(v)
	}
	return att, se
}
