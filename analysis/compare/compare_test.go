package compare

import (
	"math"
	"strings"
	"testing"

	"swis/analysis"
)

func result(formula string, logLik float64, parameters, n int, reml bool, terms ...string) *analysis.Result {
	r := &analysis.Result{Method: analysis.Method{Name: "Linear mixed model"}, Provenance: analysis.Provenance{Command: []string{"mixed", "--formula=" + formula}, Inputs: []analysis.InputFile{{SHA256: "a"}}}}
	for i, t := range terms {
		r.Estimates = append(r.Estimates, analysis.Estimate{Term: t, Estimate: analysis.Num(float64(i)), StdError: analysis.Num(1)})
	}
	r.RandomEffects = []analysis.RandomEffect{{Group: "school", Term: "(Intercept)"}}
	r.Fit = analysis.Fit{NObs: n, LogLik: analysis.Num(logLik), AIC: analysis.Num(2*float64(parameters) - 2*logLik), Status: analysis.Converged}
	if reml {
		r.Fit.REMLCriterion = analysis.Num(-2 * logLik)
	}
	return r
}

func codes(r *analysis.Result) string {
	var list []string
	for _, n := range r.Notes {
		list = append(list, n.Code)
	}
	return strings.Join(list, ",")
}

func TestLikelihoodRatio(t *testing.T) {
	small := result("y ~ arm + (1 | school)", -100, 4, 50, false, "(Intercept)", "arm")
	large := result("y ~ arm + base + (1 | school)", -97, 5, 50, false, "(Intercept)", "arm", "base")
	r, err := SideBySide([]Named{{"a", small}, {"b", large}}, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Tests) != 1 || *r.Tests[0].Statistic != 6 || *r.Tests[0].DF1 != 1 {
		t.Fatalf("tests %+v; want one of 6 on 1", r.Tests)
	}
	if p := *r.Tests[0].PValue; math.Abs(p-math.Erfc(math.Sqrt(3))) > 1e-12 {
		t.Errorf("p is %g", p)
	}
	if len(r.Estimates) != 2 || r.Estimates[0].Term != "arm" || r.Estimates[1].By != "b" {
		t.Errorf("estimates %+v; want arm of a and b", r.Estimates)
	}
	if delta := r.Tables[0].Rows[0][6].Value; delta == nil || math.Abs(*delta-4) > 1e-9 {
		t.Errorf("AIC difference %v, want 4", delta)
	}
}

func TestWhatIsNotComparable(t *testing.T) {
	base := func(reml bool) *analysis.Result {
		return result("y ~ arm + (1 | school)", -100, 4, 50, reml, "(Intercept)", "arm")
	}
	larger := func(reml bool) *analysis.Result {
		return result("y ~ arm + base + (1 | school)", -97, 5, 50, reml, "(Intercept)", "arm", "base")
	}
	rows := larger(false)
	rows.Fit.NObs = 49
	other := larger(false)
	other.Provenance.Inputs[0].SHA256 = "b"
	outcome := larger(false)
	outcome.Provenance.Command[1] = "--formula=log(y) ~ arm + base + (1 | school)"
	for _, c := range []struct {
		name string
		a, b *analysis.Result
		code string
	}{
		{"REML with other fixed effects", base(true), larger(true), "reml"},
		{"other rows", base(false), rows, "different_rows"},
		{"another file", base(false), other, "different_data"},
		{"another outcome", base(false), outcome, "aic"},
		{"REML against ML", base(true), larger(false), "aic"},
	} {
		r, err := SideBySide([]Named{{"a", c.a}, {"b", c.b}}, "arm")
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Tests) != 0 {
			t.Errorf("%s: a likelihood ratio was given", c.name)
		}
		if !strings.Contains(codes(r), c.code) {
			t.Errorf("%s: notes %q, want %s", c.name, codes(r), c.code)
		}
	}
	if _, err := SideBySide([]Named{{"a", base(true)}}, ""); err == nil {
		t.Error("one result was compared with nothing")
	}
	if _, err := SideBySide([]Named{{"a", base(true)}, {"b", base(true)}}, "nope"); err == nil {
		t.Error("an unknown term was accepted")
	}
}
