package floor

import (
	"context"
	"math"
	"testing"

	"swis/analysis"
	"swis/dataset/table"
)

// twoParts is a stand-in for a hurdle model.
type twoParts struct{ err error }

func (twoParts) Method() analysis.Method { return analysis.Method{} }

func (m twoParts) Estimate(_ context.Context, data *table.Table) (*analysis.Result, error) {
	if m.err != nil {
		return nil, m.err
	}
	zero := analysis.Estimate{Term: "swis:post", Part: analysis.ZeroPart, Estimate: analysis.Num(0.5), Statistic: analysis.Num(2), ConfLow: analysis.Num(0.1), ConfHigh: analysis.Num(0.9),
		Ratio: analysis.Num(math.Exp(0.5)), RatioLow: analysis.Num(math.Exp(0.1)), RatioHigh: analysis.Num(math.Exp(0.9)), Scale: analysis.Logit}
	main := analysis.Estimate{Term: "swis:post", Part: analysis.MainPart, Estimate: analysis.Num(-0.2), Scale: analysis.Log}
	return &analysis.Result{Estimates: []analysis.Estimate{main, zero}}, nil
}

// A model of no event is turned into one of any event, limits and all; what is
// not estimable is a note, not an end.
func TestSensitivity(t *testing.T) {
	tab, err := table.Read([]byte(panel(func(_, school, post int) int { return (school*7+post*3)%4 + school%3 })), "panel.csv")
	if err != nil {
		t.Fatal(err)
	}
	d := Diagnose{Outcome: "s47", Treated: "arm", Exposure: "pupils", Unit: "school", Time: "term", Start: "5",
		Sensitivity: Sensitivity{Hurdle: twoParts{}, Tobit: twoParts{err: analysis.NotEstimablef("nothing is censored")}}}
	r, err := d.Estimate(context.Background(), tab)
	if err != nil {
		t.Fatal(err)
	}
	any := r.Find("hurdle_any")
	if any == nil || *any.Estimate != -0.5 || *any.ConfLow != -0.9 || *any.ConfHigh != -0.1 || math.Abs(*any.RatioLow-math.Exp(-0.9)) > 1e-15 || *any.Statistic != -2 {
		t.Errorf("any event: %+v", any)
	}
	if count := r.Find("hurdle_count"); count == nil || *count.Estimate != -0.2 {
		t.Errorf("events where there are any: %+v", count)
	}
	found := false
	for _, n := range r.Notes {
		found = found || n.Code == "sensitivity_not_estimable"
	}
	if !found {
		t.Error("the model that could not be fitted is not noted")
	}
}
