package floor

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// followUp is a planned test: the log ratio of follow-up events with Poisson noise.
type followUp struct{}

func (followUp) Method() analysis.Method { return analysis.Method{} }

func (followUp) Estimate(_ context.Context, data *table.Table) (*analysis.Result, error) {
	y, _ := data.Numeric("events")
	arm, _ := data.Numeric("swis")
	period, _ := data.Numeric("period")
	var sum [2]float64
	for i, v := range y.Values {
		if period.Values[i] == 2 {
			sum[int(arm.Values[i])] += v
		}
	}
	if sum[0] == 0 || sum[1] == 0 {
		return nil, analysis.NotEstimablef("an arm has no event")
	}
	return &analysis.Result{Estimates: []analysis.Estimate{infer.Wald("swis", math.Log(sum[1]/sum[0]), math.Sqrt(1/sum[1]+1/sum[0]), math.Inf(1), 0.95, analysis.Log)}}, nil
}

// The simulated power of the planned test goes into the verdict, falls as the
// ratio nears 1, and depends on the seed alone.
func TestPlannedPower(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 3))
	text := panel(func(_, _, _ int) int { return int(draw(rng, 2)) })
	tab, err := table.Read([]byte(text), "panel.csv")
	if err != nil {
		t.Fatal(err)
	}
	run := func() *analysis.Result {
		r, err := Diagnose{Outcome: "s47", Treated: "arm", Exposure: "pupils", Unit: "school", Time: "term", Start: "5", Seed: "1",
			Planned: Planned{Test: followUp{}, Term: "swis", Trials: 300}}.Estimate(context.Background(), tab)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a, b := run(), run()
	var curve *analysis.Curve
	for i := range a.Curves {
		if a.Curves[i].Name == "power_simulated" {
			curve = &a.Curves[i]
			for k := range curve.Y {
				if *curve.Y[k] != *b.Curves[i].Y[k] {
					t.Error("the same seed gives another curve")
				}
			}
		}
	}
	if curve == nil {
		t.Fatal("no simulated power curve")
	}
	if *curve.Y[0] > 0.08 || *curve.Y[5] < 0.7 {
		t.Errorf("power at ratio 1 is %v, at 0.5 %v", *curve.Y[0], *curve.Y[5])
	}
}

// Rates of simulated schools keep the total that was observed before the start.
func TestCrowdKeepsTheTotal(t *testing.T) {
	s := &diagnosis{d: Diagnose{}, rows: &rows{panel: true}, units: []unitTotals{
		{treated: 1, y: [2]float64{9, 4}, exposure: [2]float64{100, 50}, rows: [2]float64{1, 1}},
		{treated: 0, y: [2]float64{1, 2}, exposure: [2]float64{100, 50}, rows: [2]float64{1, 1}},
		{treated: 0, y: [2]float64{5, 2}, exposure: [2]float64{100, 50}, rows: [2]float64{1, 1}},
	}}
	s.cells[0][0], s.cells[0][1] = cell{events: 6, exposure: 200}, cell{events: 4, exposure: 100}
	c := s.crowd()
	sum := 0.0
	for g, u := range c.units {
		sum += c.rate[g] * u.exposure[0]
	}
	near(t, "expected events before", sum, 15, 1e-9)
	if !(c.rate[0] < 0.09 && c.rate[0] > 0.05) {
		t.Errorf("the highest rate %v is not drawn towards the mean", c.rate[0])
	}
}
