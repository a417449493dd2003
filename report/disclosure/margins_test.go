package disclosure_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"swis/analysis"
	"swis/analysis/cace"
	"swis/analysis/gee"
	"swis/analysis/glm"
	"swis/analysis/glmm"
	"swis/analysis/infer"
	"swis/analysis/mixed"
	"swis/dataset/table"
	"swis/report/disclosure"
)

// modelled is a panel of 24 schools by 6 periods in two arms and four areas, of
// which the rows of area D have so many events in all; y is no count.
func modelled(t *testing.T, eventsOfD int, schoolsOfD int) *table.Table {
	t.Helper()
	var b strings.Builder
	b.WriteString("school,arm,took,post,area,size,events,y\n")
	for school := range 24 {
		area := "ABC"[school%3 : school%3+1]
		if school < schoolsOfD {
			area = "D"
		}
		for period := range 6 {
			n := 2 + (school*7+period*5)%5
			if area == "D" {
				n = 0
				if eventsOfD > 0 {
					n = 1
					eventsOfD--
				}
			}
			fmt.Fprintf(&b, "s%d,%d,%d,%d,%s,%g,%d,%g\n", school, school/3%2, school/3%2*min(1, school%4), period/3, area, 300+17*float64(school), n, 10+math.Sin(float64(school*6+period)))
		}
	}
	tab, err := table.Read([]byte(b.String()), "panel.csv")
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func estimated(t *testing.T, e analysis.Estimator, data *table.Table) *analysis.Result {
	t.Helper()
	r, err := e.Estimate(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The coefficients of a model are withheld, with the term that is to blame, where
// a level of a categorical term rests on few events or rows; the reference level
// is looked at like the others.
func TestCoefficientsOfSmallCellsAreWithheld(t *testing.T) {
	with := func(formula string) func(string) analysis.Estimator {
		return func(reference string) analysis.Estimator {
			return glm.Model{Formula: formula, Family: "poisson", Reference: map[string]string{"area": reference}, Inference: infer.Options{Level: 0.95}}
		}
	}
	marginal := func(reference string) analysis.Estimator {
		return gee.Marginal{Formula: "events ~ arm * post + area", Family: "poisson", Cluster: "school", Correlation: "exchangeable", Level: 0.95, Reference: map[string]string{"area": reference}}
	}
	linear := func(reference string) analysis.Estimator {
		return mixed.Linear{Formula: "events ~ arm + post + area + (1 | school)", Reference: map[string]string{"area": reference}}
	}
	counts := func(reference string) analysis.Estimator {
		return glmm.Generalised{Formula: "events ~ arm + post + area + (1 | school)", Family: "poisson", Reference: map[string]string{"area": reference}}
	}
	for name, e := range map[string]func(string) analysis.Estimator{"glm": with("events ~ arm * post + area"), "gee": marginal, "mixed": linear, "mixed, counts": counts} {
		for _, c := range []struct {
			events, schools int
			dfe, tre        bool
		}{{3, 4, true, true}, {8, 4, false, true}, {24, 4, false, false}, {24, 1, false, true}} {
			for _, reference := range []string{"A", "D"} {
				r := estimated(t, e(reference), modelled(t, c.events, c.schools))
				for profile, want := range map[disclosure.Profile]bool{disclosure.DfE: c.dfe, disclosure.TRE: c.tre, disclosure.None: false} {
					safe := profile.Result(r)
					told := false
					for _, n := range safe.Notes {
						told = told || n.Code == "small_cell" && strings.Contains(n.Text, "area")
					}
					if gone := safe.Estimates[0].Withheld() && safe.Estimates[len(safe.Estimates)-1].Withheld(); gone != want || told != want {
						t.Errorf("%s, %d events at %d schools of D, reference %s, under %s: withheld %v, told %v; %v", name, c.events, c.schools, reference, profile, gone, told, safe.Notes)
					}
				}
			}
		}
	}
}

// A subgroup loses its own coefficients alone; a mean of few rows is withheld
// under both profiles where the outcome counts nobody.
func TestSmallCellsOfASubgroupAndOfScores(t *testing.T) {
	data := modelled(t, 24, 1)
	r := estimated(t, glm.Model{Formula: "y ~ arm * post + area", Family: "gaussian", Inference: infer.Options{Level: 0.95}}, data)
	for profile, want := range map[disclosure.Profile]bool{disclosure.DfE: false, disclosure.TRE: true} { // 6 rows
		if got := profile.Result(r).Estimates[0].Withheld(); got != want {
			t.Errorf("a mean of 6 rows under %s: withheld %v", profile, got)
		}
	}
	crossed := estimated(t, glm.Model{Formula: "events ~ post + arm * area", Family: "poisson", Inference: infer.Options{Level: 0.95}}, modelled(t, 24, 4))
	for profile, want := range map[disclosure.Profile]bool{disclosure.DfE: false, disclosure.TRE: true} { // 18 and 6 events of D by arm
		if got := profile.Result(crossed).Estimates[0].Withheld(); got != want {
			t.Errorf("a product with a cell of 6 events under %s: withheld %v", profile, got)
		}
	}
	r = estimated(t, cace.Effect{Outcome: "y", Assigned: "arm", Received: "took", Covariates: []string{"area"}, Inference: infer.Options{Level: 0.95}}, data)
	if !disclosure.TRE.Result(r).Estimates[1].Withheld() || disclosure.DfE.Result(r).Estimates[1].Withheld() {
		t.Error("cace has another rule")
	}
	by, err := analysis.EstimateBy(context.Background(), glm.Model{Formula: "events ~ arm * post", Family: "poisson", Inference: infer.Options{Level: 0.95}}, modelled(t, 9, 4), "area")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range disclosure.DfE.Result(by).Estimates {
		if gone := e.Withheld(); gone != (e.By == "D") {
			t.Errorf("%s of %q: withheld %v", e.Term, e.By, gone)
		}
	}
}

// A saturated model is the table of its cells: it is refused where one of them
// may not be shown, and passes where all may.
func TestSaturatedModels(t *testing.T) {
	for _, c := range []struct {
		formula string
		events  int
		refused bool
	}{{"events ~ arm * post", 24, false}, {"events ~ area * arm * post", 9, true}, {"events ~ area", 9, true}, {"events ~ area", 24, false}, {"events ~ area + size", 9, false}} {
		r := estimated(t, glm.Model{Formula: c.formula, Family: "poisson", Inference: infer.Options{Level: 0.95}}, modelled(t, c.events, 4))
		err := disclosure.TRE.Refuse(r)
		var refusal *analysis.Refusal
		if errors.As(err, &refusal) != c.refused {
			t.Errorf("%s with %d events in D: %v", c.formula, c.events, err)
		}
	}
}
