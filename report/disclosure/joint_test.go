package disclosure_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"swis/analysis"
	"swis/dataset/bounds"
	"swis/report/disclosure"
)

// A run publishes tables of counts and of rates, for all schools and by
// authority, in several results. A reader who knows all exposures turns each
// rate that is shown into its count and solves the bounds of the rest: no small
// count is recovered.
func TestNoSmallCountOfARunIsRecovered(t *testing.T) {
	attacked, shown := 0, 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 7))
		las := 2 + r.IntN(3)
		// n by authority, arm and period; the last is all authorities
		n := make([][2][2]float64, las+1)
		for la := range las {
			for arm := range 2 {
				for period := range 2 {
					n[la][arm][period] = float64(r.IntN(9))
					if r.IntN(3) == 0 {
						n[la][arm][period] = float64(r.IntN(80))
					}
					n[las][arm][period] += n[la][arm][period]
				}
			}
		}
		name := func(base string, la int) string {
			if la == las {
				return base
			}
			return fmt.Sprintf("%s:LA%d", base, la)
		}
		floor, did := &analysis.Result{Title: "floor"}, &analysis.Result{Title: "did"}
		for la := las; la >= 0; la-- {
			counts := analysis.Table{Name: name("counts", la), Columns: []analysis.Column{{Name: "arm", Format: analysis.Text}, {Name: "period", Format: analysis.Text}, {Name: "events", Format: analysis.Count}, {Name: "rate", Format: analysis.Rate}, {Name: "max", Format: analysis.Count}}}
			rates := analysis.Table{Name: name("rates", la), Columns: []analysis.Column{{Name: "arm", Format: analysis.Text}, {Name: "before", Format: analysis.Rate}, {Name: "after", Format: analysis.Rate}, {Name: "change", Format: analysis.Rate}}}
			behind := func(arm, period int) *analysis.Behind {
				return &analysis.Behind{Of: analysis.CountOf("s47", fmt.Sprint(arm), fmt.Sprint(period)), N: n[la][arm][period]}
			}
			for arm := range 2 {
				v := n[la][arm]
				for period := range 2 {
					counts.Rows = append(counts.Rows, []analysis.Cell{{Text: fmt.Sprint("arm", arm)}, {Text: fmt.Sprint("period", period)}, {Value: analysis.Num(v[period]), Behind: behind(arm, period)}, {Value: analysis.Num(v[period] / 10), Behind: behind(arm, period)}, {Value: analysis.Num(min(v[period], 3))}})
				}
				rates.Rows = append(rates.Rows, []analysis.Cell{{Text: fmt.Sprintf("arm%d (%d schools)", arm, la+3)}, {Value: analysis.Num(v[0] / 10), Behind: behind(arm, 0)}, {Value: analysis.Num(v[1] / 10), Behind: behind(arm, 1)}, {Value: analysis.Num((v[1] - v[0]) / 10)}})
			}
			floor.Tables, did.Tables = append(floor.Tables, counts), append(did.Tables, rates)
		}
		out := disclosure.DfE.Results([]*analysis.Result{floor, nil, did})
		if len(out) != 3 || out[1] != nil {
			t.Fatal("results are lost")
		}
		known := map[[3]int]bool{}
		change := map[[2]int]bool{}
		for k := range out[0].Tables {
			la := las - k
			for arm := range 2 {
				for period := range 2 {
					row := out[0].Tables[k].Rows[2*arm+period]
					if row[2].Value != nil || row[3].Value != nil || out[2].Tables[k].Rows[arm][1+period].Value != nil {
						known[[3]int{la, arm, period}] = true
						shown++
					}
					if row[4].Value != nil && *row[4].Value > 0 && *row[4].Value <= 5 {
						t.Fatal("a small maximum is shown")
					}
				}
				change[[2]int{la, arm}] = out[2].Tables[k].Rows[arm][3].Value != nil
			}
		}
		all := reader(n, known, change)
		for arm := range 2 {
			for period := range 2 {
				for la := range las + 1 {
					v := n[la][arm][period]
					if v < 1 || v > 5 {
						continue
					}
					attacked++
					switch recovered, err := all.Recovered(fmt.Sprint(la, arm, period)); {
					case err != nil:
						t.Fatal(err)
					case known[[3]int{la, arm, period}]:
						t.Errorf("seed %d: %g is shown", seed, v)
					case recovered:
						t.Errorf("seed %d: %g of authority %d of %d is recovered", seed, v, la, las)
					}
				}
			}
		}
	}
	t.Logf("%d attacked, %d shown", attacked, shown)
	if attacked < 500 || shown < 500 {
		t.Errorf("%d attacked, %d shown", attacked, shown)
	}
}

// reader knows what is shown, that totals are sums, that changes that are shown
// tie two periods, and that withheld counts are at least 1.
func reader(n [][2][2]float64, known map[[3]int]bool, change map[[2]int]bool) *bounds.Reader {
	r := bounds.NewReader()
	las := len(n) - 1
	name := func(la, arm, period int) string { return fmt.Sprint(la, arm, period) }
	for la := range n {
		for arm := range 2 {
			for period := range 2 {
				if v := n[la][arm][period]; known[[3]int{la, arm, period}] || v == 0 { // zeros are shown
					r.Is(name(la, arm, period), v)
				} else {
					r.AtLeast(name(la, arm, period), 1)
				}
			}
			if change[[2]int{la, arm}] {
				r.Adds(name(la, arm, 1), n[la][arm][1]-n[la][arm][0], name(la, arm, 0))
			}
		}
	}
	for arm := range 2 {
		for period := range 2 {
			var parts []string
			for la := range las {
				parts = append(parts, name(la, arm, period))
			}
			r.Adds(name(las, arm, period), 0, parts...)
		}
	}
	return r
}

// Under tre a model with too few residual degrees of freedom is not shown.
func TestTooFewDegreesOfFreedom(t *testing.T) {
	r := &analysis.Result{Estimates: make([]analysis.Estimate, 3), Fit: analysis.Fit{NObs: 12}}
	if disclosure.TRE.Refuse(r) == nil {
		t.Error("12 rows and 3 terms are shown")
	}
	if r.Fit.NObs = 13; disclosure.TRE.Refuse(r) != nil || disclosure.DfE.Refuse(r) != nil || disclosure.TRE.Refuse(nil) != nil {
		t.Error("13 rows and 3 terms are refused")
	}
	r.Method.Name, r.Fit.NGroups = "fixed-effects Poisson", map[string]int{"school": 4}
	if disclosure.TRE.Refuse(r) == nil {
		t.Error("the effects of 4 schools are no coefficients")
	}
	by := &analysis.Result{Fit: analysis.Fit{NObs: 500}, Fits: []analysis.Fit{{By: "A", NObs: 12}, {By: "B", NObs: 400}},
		Estimates: []analysis.Estimate{{Term: "att", Estimate: analysis.Num(1)}, {Term: "att", By: "A", Estimate: analysis.Num(1)}, {Term: "b", By: "A", Estimate: analysis.Num(1)}, {Term: "c", By: "A", Estimate: analysis.Num(1)}, {Term: "att", By: "B", Estimate: analysis.Num(1)}}}
	safe := disclosure.TRE.Result(by).Estimates
	if safe[0].Withheld() || !safe[1].Withheld() || safe[4].Withheld() {
		t.Error("the degrees of freedom of a subgroup are not its own")
	}
}
