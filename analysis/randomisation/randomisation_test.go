package randomisation_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"swis/analysis"
	"swis/analysis/did"
	"swis/analysis/glm"
	"swis/analysis/glmm"
	"swis/analysis/infer"
	"swis/analysis/mixed"
	. "swis/analysis/randomisation"
	"swis/dataset/table"
)

// panel is a balanced panel of schools, half of them treated from period 3 of 4.
type panel struct {
	school, la, arm, cohort  []string
	swis, post, term, y, s47 []float64
	unit                     []int // of each row
}

const periods = 4

func newPanel(seed uint64, schools int, treated func(s int) bool) *panel {
	r := rand.New(rand.NewPCG(seed, 1))
	p := &panel{}
	for s := range schools {
		level := r.NormFloat64()
		for t := range periods {
			p.school = append(p.school, fmt.Sprintf("S%02d", s))
			p.la = append(p.la, fmt.Sprintf("LA%d", s*2/schools))
			p.unit = append(p.unit, s)
			p.term = append(p.term, float64(t+1))
			p.post = append(p.post, float64(t/2))
			p.y = append(p.y, level+r.NormFloat64())
			count, limit := 0.0, math.Exp(-4*math.Exp(0.4*level))
			for q := r.Float64(); q > limit; q *= r.Float64() {
				count++
			}
			p.s47 = append(p.s47, count)
		}
	}
	p.assign(treated)
	return p
}

// assign gives arms to schools; treated ones start in period 3.
func (p *panel) assign(treated func(s int) bool) {
	p.arm, p.swis, p.cohort = nil, nil, nil
	for _, s := range p.unit {
		if treated(s) {
			p.arm, p.swis = append(p.arm, "SWIS"), append(p.swis, 1)
			p.cohort = append(p.cohort, "3")
		} else {
			p.arm, p.swis = append(p.arm, "control"), append(p.swis, 0)
			p.cohort = append(p.cohort, "never")
		}
	}
}

func (p *panel) table() *table.Table {
	treat := make([]float64, len(p.y))
	for i := range treat {
		treat[i] = p.swis[i] * p.post[i]
	}
	return table.Build("panel.csv", len(p.y)).Texts("school", p.school).Texts("la", p.la).Texts("arm", p.arm).Texts("cohort", p.cohort).
		Numbers("swis", p.swis).Numbers("post", p.post).Numbers("term", p.term).Numbers("y", p.y).Numbers("s47", p.s47).Numbers("treat", treat).Table()
}

func even(s int) bool { return s%2 == 0 }

func estimate(t *testing.T, e analysis.Estimator, data *table.Table) *analysis.Result {
	t.Helper()
	r, err := e.Estimate(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// permutation reads statistic, p and the number of schemes.
func permutation(t *testing.T, r *analysis.Result) (statistic, p, schemes float64) {
	t.Helper()
	statistic, p, schemes = math.NaN(), math.NaN(), math.NaN()
	for _, test := range r.Tests {
		if test.Name == "permutation" {
			p = *test.PValue
			if test.Statistic != nil {
				statistic = *test.Statistic
			}
		}
	}
	for _, c := range r.Checks {
		if c.Name == "permutation_schemes" {
			schemes = *c.Value
		}
	}
	return statistic, p, schemes
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s %.12g, want %.12g", what, got, want)
	}
}

// The permutation of swis glm works on the model matrix; the general route
// must give its numbers: for least squares, for counts, for coefficient and t,
// sampled and exact, and for a linear mixed model of a balanced panel, whose
// coefficients are those of least squares whatever the variances.
func TestAgainstModelMatrix(t *testing.T) {
	p := newPanel(4, 10, even)
	for i, s := range p.unit {
		if even(s) {
			p.y[i] += 0.8 * p.post[i]
		}
	}
	data := p.table()
	for _, c := range []struct {
		name, formula, family, statistic string
		strata                           []string
		reps                             int
	}{
		{"exact coefficient", "y ~ swis*post", "gaussian", "coef", nil, 1000},
		{"exact t", "y ~ swis*post", "gaussian", "t", nil, 1000},
		{"strata", "y ~ swis*post", "gaussian", "t", []string{"la"}, 1000},
		{"sampled", "y ~ swis*post", "gaussian", "coef", nil, 99},
		{"counts", "s47 ~ swis*post", "poisson", "coef", nil, 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			model := glm.Model{Formula: c.formula, Family: c.family, Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}, Kind: infer.CR1S}}
			own := model
			own.Inference.Permute, own.Inference.Term, own.Inference.Statistic = true, "swis:post", c.statistic
			own.Inference.Strata, own.Inference.Reps, own.Inference.Seed = c.strata, c.reps, "1"
			statistic, pValue, schemes := permutation(t, estimate(t, own, data))
			test := Test{Estimator: model, Refit: model, Reps: c.reps, Seed: "1", Statistic: Statistic{Term: "swis:post"},
				Design: ByFormula{Formula: c.formula, Term: "swis:post", Unit: "school", Among: Among{Strata: c.strata}}}
			if c.statistic == "t" {
				test.Statistic.Studentised = T
			}
			got, gotP, gotSchemes := permutation(t, estimate(t, test, data))
			near(t, "statistic", got, statistic, 1e-8)
			near(t, "p", gotP, pValue, 1e-12)
			near(t, "schemes", gotSchemes, schemes, 0)
			if c.family == "gaussian" && c.statistic == "coef" {
				lmm := mixed.Linear{Formula: c.formula + " + (1 | school)", DF: mixed.Wald, Level: 0.95}
				test.Estimator, test.Refit = lmm, lmm
				test.Design = ByFormula{Formula: lmm.Formula, Term: "swis:post", Unit: "school"}
				got, gotP, _ = permutation(t, estimate(t, test, data))
				near(t, "mixed statistic", got, statistic, 1e-8)
				near(t, "mixed p", gotP, pValue, 1e-12)
			}
		})
	}
}

// brute goes through every choice of k of the schools with a fresh table each
// and counts those as extreme as the observed one.
func brute(t *testing.T, p *panel, schools, k int, allowed func(mask int) bool, statistic func(data *table.Table) float64) (share, schemes float64) {
	t.Helper()
	observed := math.Abs(statistic(p.table()))
	all, extreme := 0.0, 0.0
	for mask := range 1 << schools {
		if bits.OnesCount(uint(mask)) != k || allowed != nil && !allowed(mask) {
			continue
		}
		q := *p
		q.assign(func(s int) bool { return mask>>s&1 == 1 })
		all++
		if math.Abs(statistic(q.table())) >= observed*(1-1e-9) {
			extreme++
		}
	}
	return extreme / all, all
}

// A Poisson mixed model within strata against all tables made by hand.
func TestCountsByHand(t *testing.T) {
	p := newPanel(11, 8, even)
	model := glmm.Generalised{Formula: "s47 ~ arm*post + (1 | school)", Family: "poisson", Reference: map[string]string{"arm": "control"}}
	design := ByFormula{Formula: model.Formula, Term: "armSWIS:post", Unit: "school", Among: Among{Strata: []string{"la"}}}
	design.Options.Reference = model.Reference
	test := Test{Estimator: model, Refit: model, Design: design, Statistic: Statistic{Term: "armSWIS:post"}, Reps: 999, Seed: "1"}
	_, got, schemes := permutation(t, estimate(t, test, p.table()))
	want, all := brute(t, p, 8, 4, func(mask int) bool { return bits.OnesCount(uint(mask&15)) == 2 }, func(data *table.Table) float64 {
		return *estimate(t, model, data).Find("armSWIS:post").Estimate
	})
	near(t, "p", got, want, 1e-12)
	near(t, "schemes", schemes, all, 0)
	if all != 36 || want == 1 {
		t.Errorf("%g schemes and p %g do not test anything", all, want)
	}
}

// Two groups and two periods against the four means worked out by hand, for
// the arm in words, the cohort, and units by name.
func TestTwoByTwoByHand(t *testing.T) {
	p := newPanel(3, 7, func(s int) bool { return s < 3 })
	byHand := func(data *table.Table) float64 {
		arm, _ := data.Numeric("swis")
		post, _ := data.Numeric("post")
		y, _ := data.Numeric("y")
		var sum, n [4]float64
		for i, v := range y.Values {
			k := int(2*arm.Values[i] + post.Values[i])
			sum[k] += v
			n[k]++
		}
		return sum[3]/n[3] - sum[2]/n[2] - sum[1]/n[1] + sum[0]/n[0]
	}
	want, all := brute(t, p, 7, 3, nil, byHand)
	base := did.Data{Outcome: "y", Unit: "school", Time: "term"}
	for name, c := range map[string]struct{ data, refit did.Data }{
		"arm":    {data: did.Data{Treated: "arm", Start: "3"}},
		"cohort": {data: did.Data{Cohort: "cohort"}},
		"names":  {data: did.Data{TreatedUnits: []string{"S00", "S01", "S02"}, Start: "3"}, refit: did.Data{Treated: Assigned, Start: "3"}},
	} {
		t.Run(name, func(t *testing.T) {
			with := func(d did.Data) did.TwoByTwo {
				d.Outcome, d.Unit, d.Time = base.Outcome, base.Unit, base.Time
				return did.TwoByTwo{Data: d}
			}
			refit := with(c.data)
			if c.refit.Treated != "" {
				refit = with(c.refit)
			}
			column := c.data.Treated + c.data.Cohort
			test := Test{Estimator: with(c.data), Refit: refit, Statistic: Statistic{Term: "att"}, Reps: 999, Seed: "1",
				Design: ByPanel{Outcome: "y", Column: column, Treated: c.data.TreatedUnits, Unit: "school", Time: "term"}}
			statistic, got, schemes := permutation(t, estimate(t, test, p.table()))
			near(t, "statistic", statistic, byHand(p.table()), 1e-10)
			near(t, "p", got, want, 1e-12)
			near(t, "schemes", schemes, all, 0)
		})
	}
}

// Staggered starts: whole cohorts are exchanged, against all arrangements of
// the six schools' starts made by hand.
func TestStaggeredByHand(t *testing.T) {
	p := newPanel(8, 6, func(int) bool { return false })
	starts := []string{"2", "3", "3", "never", "never", "never"}
	set := func(order []int) *table.Table {
		q := *p
		q.cohort = make([]string, len(p.y))
		for i, s := range p.unit {
			q.cohort[i] = starts[order[s]]
		}
		return q.table()
	}
	data := did.Data{Outcome: "y", Unit: "school", Time: "term", Cohort: "cohort"}
	for name, c := range map[string]struct {
		estimator analysis.Estimator
		term      string
	}{
		"cs":         {did.CallawaySantAnna{Data: data, Draws: 1}, "simple"},
		"imputation": {did.Imputation{Data: data}, "att"},
		"sunab":      {did.SunAbraham{Data: data, Reference: -1}, "att"},
		"etwfe":      {did.Extended{Data: data}, "att"},
	} {
		t.Run(name, func(t *testing.T) {
			test := Test{Estimator: c.estimator, Refit: c.estimator, Statistic: Statistic{Term: c.term}, Reps: 999, Seed: "1",
				Design: ByPanel{Outcome: "y", Column: "cohort", Unit: "school", Time: "term"}}
			first := []int{0, 1, 2, 3, 4, 5}
			_, got, schemes := permutation(t, estimate(t, test, set(first)))
			observed := math.Abs(*estimate(t, c.estimator, set(first)).Find(c.term).Estimate)
			all, extreme := 0.0, 0.0
			for a := range 6 { // the school that starts at 2, and the two that start at 3
				for b := range 6 {
					for d := range b {
						if a == b || a == d {
							continue
						}
						order := []int{3, 3, 3, 3, 3, 3}
						order[a], order[b], order[d] = 0, 1, 1
						all++
						if math.Abs(*estimate(t, c.estimator, set(order)).Find(c.term).Estimate) >= observed*(1-1e-9) {
							extreme++
						}
					}
				}
			}
			near(t, "p", got, extreme/all, 1e-12)
			near(t, "schemes", schemes, 60, 0)
			near(t, "by hand", all, 60, 0)
		})
	}
}

// Only the schemes of the trial's own draw count.
func TestSchemeSet(t *testing.T) {
	p := newPanel(5, 4, even)
	scheme := &infer.Scheme{How: "the trial's draw", Units: []string{"S00", "S01", "S02", "S03"}, Stratum: make([]string, 4), Arm: []string{"SWIS", "control", "SWIS", "control"},
		Given: [][]string{{"SWIS", "control", "SWIS", "control"}, {"SWIS", "control", "control", "SWIS"}, {"control", "SWIS", "SWIS", "control"}}}
	model := did.Collapsed{Data: did.Data{Outcome: "y", Unit: "school", Time: "term", Treated: "arm", Start: "3"}}
	test := Test{Estimator: model, Refit: model, Statistic: Statistic{Term: "att"}, Reps: 99, Seed: "1",
		Design: ByPanel{Outcome: "y", Column: "arm", Unit: "school", Time: "term", Among: Among{Scheme: scheme}}}
	r := estimate(t, test, p.table())
	_, got, schemes := permutation(t, r)
	masks := []int{0b0101, 0b1001, 0b0110}
	want, _ := brute(t, p, 4, 2, func(mask int) bool { return slices.Contains(masks, mask) }, func(data *table.Table) float64 {
		return *estimate(t, model, data).Find("att").Estimate
	})
	near(t, "schemes", schemes, 3, 0)
	near(t, "p", got, want, 1e-12)
}

// stubborn fails, or does not converge, where the first school is not treated.
type stubborn struct{ converges bool }

func (stubborn) Method() analysis.Method { return analysis.Method{} }

func (s stubborn) Estimate(_ context.Context, data *table.Table) (*analysis.Result, error) {
	swis, err := data.Numeric("swis")
	if err != nil {
		return nil, err
	}
	r := &analysis.Result{Estimates: []analysis.Estimate{{Term: "swis", Estimate: analysis.Num(5)}}}
	switch {
	case swis.Values[0] == 1 && swis.Values[periods] == 1:
		*r.Estimates[0].Estimate = 7
	case swis.Values[0] == 1:
	case s.converges:
		return nil, errors.New("no")
	default:
		*r.Estimates[0].Estimate = 0
		r.Fit.Status = analysis.NotConverged
	}
	return r, nil
}

// Of the 15 allocations of two of six schools 5 treat the first, one of them
// the second too; the ten that fail count as extreme, and are said.
func TestFailuresCountAsExtreme(t *testing.T) {
	p := newPanel(1, 6, func(s int) bool { return s < 2 })
	for _, converges := range []bool{true, false} {
		e := stubborn{converges}
		test := Test{Estimator: e, Refit: e, Statistic: Statistic{Term: "swis"}, Reps: 99, Seed: "1", Design: ByFormula{Formula: "y ~ swis", Term: "swis", Unit: "school"}}
		r := estimate(t, test, p.table())
		_, got, _ := permutation(t, r)
		near(t, "p", got, 11.0/15, 1e-12)
		if len(r.Notes) != 1 || !strings.HasPrefix(r.Notes[0].Text, "10 of 15 ") {
			t.Errorf("notes %v", r.Notes)
		}
	}
}

func TestRefusals(t *testing.T) {
	p := newPanel(1, 6, even)
	for _, c := range []struct{ formula, term, unit, want string }{
		{"y ~ swis + post + treat + (1 | school)", "swis", "school", "column treat"},
		{"y ~ swis + arm + (1 | school)", "swis", "school", "column arm"},
		{"y ~ post + treat + (1 | school)", "treat", "school", "treat changes within school"},
		{"y ~ swis*post + (1 | term)", "swis:post", "", "--cluster"},
		{"y ~ swis + (1 | school)", "", "", "--term"},
		{"y ~ swis + (1 | school)", "swos", "", "no coefficient"},
		{"y ~ swis + (1 | term)", "swis", "", "--cluster"},
	} {
		test := Test{Estimator: stubborn{}, Refit: stubborn{}, Statistic: Statistic{Term: c.term}, Reps: 9, Design: ByFormula{Formula: c.formula, Term: c.term, Unit: c.unit}}
		_, err := test.Estimate(context.Background(), p.table())
		var unsupported *analysis.Unsupported
		if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s: %v; want %q", c.formula, c.term, err, c.want)
		}
	}
	lone := newPanel(1, 6, func(s int) bool { return s == 0 })
	for i := range periods {
		lone.s47[i] = 2
	}
	covariate := mixed.Linear{Formula: "y ~ swis + s47 + (1 | school)", DF: mixed.Wald, Level: 0.95}
	estimate(t, Test{Estimator: covariate, Refit: covariate, Statistic: Statistic{Term: "swis"}, Reps: 99, Seed: "1", Design: ByFormula{Formula: covariate.Formula, Term: "swis"}}, lone.table())
	model := mixed.Linear{Formula: "y ~ swis + (1 | school)", DF: mixed.Wald, Level: 0.95}
	test := Test{Estimator: model, Refit: model, Statistic: Statistic{Term: "swis"}, Reps: 99, Seed: "1", Design: ByFormula{Formula: model.Formula, Term: "swis"}}
	if how := estimate(t, test, p.table()).Tests; !strings.Contains(how[len(how)-1].How, "units (school)") {
		t.Errorf("the assigned unit is not the school: %v", how)
	}
}

// Draws depend on the seed alone.
func TestProcessors(t *testing.T) {
	p := newPanel(2, 16, even)
	model := did.Collapsed{Data: did.Data{Outcome: "y", Unit: "school", Time: "term", Treated: "arm", Start: "3"}}
	run := func(seed string) float64 {
		test := Test{Estimator: model, Refit: model, Statistic: Statistic{Term: "att"}, Reps: 499, Seed: seed, Design: ByPanel{Outcome: "y", Column: "arm", Unit: "school", Time: "term"}}
		_, pValue, _ := permutation(t, estimate(t, test, p.table()))
		return pValue
	}
	before := runtime.GOMAXPROCS(1)
	one := run("1")
	runtime.GOMAXPROCS(3)
	three := run("1")
	runtime.GOMAXPROCS(before)
	if one != three {
		t.Errorf("p %v with one processor, %v with three", one, three)
	}
	if other := run("2"); other == one {
		t.Errorf("p %v with both seeds", one)
	}
}

// Under the null hypothesis p is at most 0.1 in at most 10% of trials, and with
// 20 allocations in mirrored pairs in exactly that share but for ties: skewed
// counts of three schools against three, where t tests have nothing to rest on.
func TestSize(t *testing.T) {
	const trials = 600
	rejected := 0
	model := did.Collapsed{Data: did.Data{Outcome: "s47", Unit: "school", Time: "term", Treated: "arm", Start: "3"}, Ancova: true}
	for i := range uint64(trials) {
		p := newPanel(1000+i, 6, even)
		test := Test{Estimator: model, Refit: model, Statistic: Statistic{Term: "att"}, Reps: 99, Seed: "1", Design: ByPanel{Outcome: "s47", Column: "arm", Unit: "school", Time: "term"}}
		if _, pValue, _ := permutation(t, estimate(t, test, p.table())); pValue <= 0.1+1e-12 {
			rejected++
		}
	}
	share := float64(rejected) / trials
	if se := math.Sqrt(0.1 * 0.9 / trials); math.Abs(share-0.1) > 3*se {
		t.Errorf("p <= 0.1 in %.3f of %d trials without an effect", share, trials)
	}
}
