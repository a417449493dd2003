package did

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis"
	"swis/dataset/table"
)

// relationSeeds is the number of data sets that each relation is held on.
const relationSeeds = 200

// rows are a secondTable as columns that can be rearranged.
type rows struct {
	school, cohort                             []string
	term, arm, other, y, x, z, count, w, spare []float64
}

func relationRows(seed uint64, staggered bool) *rows {
	_, d := secondTable(seed, staggered)
	r := rand.New(rand.NewPCG(seed, 61))
	t := &rows{y: d.y, x: d.x, count: d.count}
	for i := range d.y {
		cohort, arm := "never", 0.0
		if !math.IsInf(d.cohort[i], 1) {
			cohort, arm = fmt.Sprint(d.cohort[i]), 1
		}
		t.school, t.cohort = append(t.school, fmt.Sprintf("S%02d", d.unit[i])), append(t.cohort, cohort)
		t.term, t.arm, t.other = append(t.term, float64(d.period[i])), append(t.arm, arm), append(t.other, 1-arm)
		t.z, t.w, t.spare = append(t.z, r.NormFloat64()), append(t.w, float64(1+i%2)), append(t.spare, 0)
	}
	return t
}

func (t *rows) table() *table.Table {
	return table.Build("panel", len(t.y)).Texts("school", t.school).Texts("cohort", t.cohort).Numbers("term", t.term).Numbers("arm", t.arm).Numbers("other", t.other).
		Numbers("y", t.y).Numbers("x", t.x).Numbers("z", t.z).Numbers("count", t.count).Numbers("w", t.w).Numbers("spare", t.spare).Table()
}

// pick rearranges or repeats rows.
func (t *rows) pick(order []int) *rows {
	return &rows{school: pick(t.school, order), cohort: pick(t.cohort, order), term: pick(t.term, order), arm: pick(t.arm, order), other: pick(t.other, order),
		y: pick(t.y, order), x: pick(t.x, order), z: pick(t.z, order), count: pick(t.count, order), w: pick(t.w, order), spare: pick(t.spare, order)}
}

// relationMethods are the estimators, of data with one start where single.
var relationMethods = []struct {
	name   string
	single bool
	main   string
	of     func(d Data) analysis.Estimator
	counts bool
}{
	{"twfe", true, "att", func(d Data) analysis.Estimator { return TwoWay{Data: d, NoPreTest: true} }, false},
	{"twfe staggered", false, "att", func(d Data) analysis.Estimator { return TwoWay{Data: d} }, false},
	{"twfe poisson", true, "att", func(d Data) analysis.Estimator { return TwoWay{Data: d, Family: "poisson", NoPreTest: true} }, true},
	{"2x2", true, "att", func(d Data) analysis.Estimator { return TwoByTwo{Data: d} }, false},
	{"2x2 poisson", true, "att", func(d Data) analysis.Estimator { return TwoByTwo{Data: d, Family: "poisson"} }, true},
	{"event", false, "event:0", func(d Data) analysis.Estimator { return Event{Data: d, Reference: -1, Bare: true} }, false},
	{"cs", false, "simple", func(d Data) analysis.Estimator {
		return CallawaySantAnna{Data: d, Estimator: "or", Control: "notyet", Draws: 1}
	}, false},
	{"sunab", false, "att", func(d Data) analysis.Estimator { return SunAbraham{Data: d, Reference: -1} }, false},
	{"imputation", false, "att", func(d Data) analysis.Estimator { return Imputation{Data: d} }, false},
	{"etwfe", false, "att", func(d Data) analysis.Estimator { return Extended{Data: d} }, false},
	{"etwfe poisson", false, "att", func(d Data) analysis.Estimator { return Extended{Data: d, Family: "poisson"} }, true},
	{"aggregate", true, "att", func(d Data) analysis.Estimator { return Collapsed{Data: d} }, false},
	{"ancova", true, "att", func(d Data) analysis.Estimator { return Collapsed{Data: d, Ancova: true} }, false},
}

// TestMetamorphicRelations: the order of rows, the names of units, terms in
// another order and a level without rows change nothing; arms that change
// places turn the sign; an outcome that is scaled scales the effect, and one
// moved by a constant or a course common to all leaves it.
func TestMetamorphicRelations(t *testing.T) {
	seeds := relationSeeds
	if testing.Short() {
		seeds = 12
	}
	for _, m := range relationMethods {
		compared := map[string]int{}
		for seed := range uint64(seeds) {
			data := relationRows(seed, !m.single)
			r := rand.New(rand.NewPCG(seed, 62))
			d := Data{Outcome: "y", Unit: "school", Time: "term", Cohort: "cohort"}
			if m.counts {
				d.Outcome = "count"
			}
			if m.single {
				d.Cohort, d.Treated, d.Start = "", "arm", "3"
			}
			run := func(d Data, data *table.Table) *analysis.Estimate {
				result, err := m.of(d).Estimate(context.Background(), data)
				var none *analysis.NotEstimable
				if errors.As(err, &none) {
					return nil
				}
				if err != nil {
					t.Fatalf("%s, seed %d: %v", m.name, seed, err)
				}
				return result.Find(m.main)
			}
			base := run(d, data.table())
			if base == nil || base.Estimate == nil || base.StdError == nil {
				continue
			}
			same := func(relation string, e *analysis.Estimate, sign float64) {
				t.Helper()
				if e == nil || e.Estimate == nil || e.StdError == nil {
					t.Fatalf("%s, seed %d, %s: no estimate where there was one", m.name, seed, relation)
				}
				compared[relation]++
				size := math.Abs(sign)
				if math.Abs(*e.Estimate-sign**base.Estimate) > 1e-7*(1+math.Abs(*base.Estimate)) || math.Abs(*e.StdError-size**base.StdError) > 1e-6*(1+size**base.StdError) {
					t.Fatalf("%s, seed %d, %s: %g (%g), and %g (%g) before", m.name, seed, relation, *e.Estimate, *e.StdError, *base.Estimate, *base.StdError)
				}
				if (e.DF == nil) != (base.DF == nil) || e.DF != nil && math.Abs(*e.DF-*base.DF) > 1e-4*(1+*base.DF) {
					t.Fatalf("%s, seed %d, %s: other degrees of freedom", m.name, seed, relation)
				}
			}
			same("row order", run(d, data.pick(r.Perm(len(data.y))).table()), 1)
			renamed := data.pick(identity(len(data.y)))
			names := r.Perm(100)
			for i, s := range renamed.school {
				var k int
				fmt.Sscanf(s, "S%d", &k)
				renamed.school[i] = fmt.Sprintf("school %d", names[k])
			}
			same("labels", run(d, renamed.table()), 1)
			extra := data.pick(append(identity(len(data.y)), 0, 1))
			n := len(data.y)
			extra.school[n], extra.school[n+1] = "unused", "unused"
			keep := make([]bool, n+2)
			for i := range n {
				keep[i] = true
			}
			same("a level without rows", run(d, extra.table().Filter(keep)), 1)
			if m.single {
				swapped := d
				swapped.Treated = "other"
				if !m.counts || m.name == "2x2 poisson" || m.name == "twfe poisson" {
					same("swapped arms", run(swapped, data.table()), -1)
				}
			}
			if m.counts {
				exposed := d
				exposed.Exposure = "spare"
				constant := data.pick(identity(n))
				for i := range constant.spare {
					constant.spare[i] = 1000
				}
				same("a constant exposure", run(exposed, constant.table()), 1)
				continue
			}
			scaled := data.pick(identity(n))
			for i := range scaled.y {
				scaled.y[i] = 3*scaled.y[i] + 50
				if m.name != "2x2" && m.name != "aggregate" && m.name != "ancova" { // which have no period effects
					scaled.y[i] += 2 * scaled.term[i] * scaled.term[i]
				}
			}
			same("scale and a common course", run(d, scaled.table()), 3)
			if m.name == "2x2" || m.name == "aggregate" || m.name == "ancova" || m.name == "cs" {
				continue
			}
			with := d
			with.Covariates = []string{"x", "z"}
			if base = run(with, data.table()); base == nil || base.Estimate == nil || base.StdError == nil {
				continue
			}
			with.Covariates = []string{"z", "x"}
			same("order of covariates", run(with, data.table()), 1)
		}
		for relation, n := range compared {
			if n < seeds/2 {
				t.Errorf("%s: %s compared on %d of %d data sets", m.name, relation, n, seeds)
			}
		}
		if len(compared) < 4 {
			t.Errorf("%s: %d relations compared", m.name, len(compared))
		}
	}
}

func identity(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// TestWeightsAreRows: a weight of two is a row twice, for the coefficients, by
// least squares and for counts; effects are absorbed by formula, where a unit
// and period may occur twice.
func TestWeightsAreRows(t *testing.T) {
	seeds := relationSeeds
	if testing.Short() {
		seeds = 12
	}
	for _, family := range []string{"gaussian", "poisson"} {
		compared := 0
		for seed := range uint64(seeds) {
			data := relationRows(seed, false)
			for i := range data.spare {
				data.spare[i] = data.arm[i] * indicator(data.term[i] >= 3)
			}
			var order []int
			for i, w := range data.w {
				order = append(order, i)
				if w == 2 {
					order = append(order, i)
				}
			}
			outcome := "y"
			if family == "poisson" {
				outcome = "count"
			}
			e := Formula{Text: outcome + " ~ spare + x | school + term", Family: family}
			twice, err := e.Estimate(context.Background(), data.pick(order).table())
			if err != nil {
				continue
			}
			e.Weights = "w"
			weighted := estimate(t, e, data.table())
			for j := range twice.Estimates {
				if twice.Estimates[j].Estimate == nil {
					continue
				}
				compared++
				near(t, fmt.Sprintf("%s, seed %d, %s", family, seed, twice.Estimates[j].Term), weighted.Estimates[j].Estimate, *twice.Estimates[j].Estimate, 1e-7)
			}
		}
		if compared < seeds {
			t.Errorf("%s: %d compared", family, compared)
		}
	}
}
