package did

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis"
)

// TestRedrawsOfAverages: the joint draws of an average of cells are those of a
// regression in which it is a coefficient. With one start, Sun and Abraham's
// effects are the event study's, draw by draw; with several, and in the
// extended regression, the statistic is the average over its CR1S error.
func TestRedrawsOfAverages(t *testing.T) {
	draws := func(e *analysis.Estimate) (analysis.Resampler, []float64) {
		t.Helper()
		one, err := e.Redraws()
		if err != nil {
			t.Fatal(err)
		}
		_, labels := one.Clusters()
		weights, out := make([]float64, 3*len(labels)), make([]float64, 3)
		r := rand.New(rand.NewPCG(1, 1))
		for i := range weights {
			weights[i] = r.NormFloat64()
		}
		one.Redraw(weights, out)
		return one, out
	}
	data, _ := secondTable(4, false)
	d := secondColumns("y", false)
	cr1s := Inference{Vcov: "cr1s"}
	plain := estimate(t, Event{Data: d, Inference: cr1s, Reference: -1}, data)
	cohorts := estimate(t, SunAbraham{Data: d, Inference: cr1s, Reference: -1}, data)
	for i := range plain.Estimates {
		e := &plain.Estimates[i]
		_, want := draws(e)
		_, got := draws(cohorts.Find(e.Term))
		for k := range want {
			near(t, e.Term, &got[k], want[k], 1e-8)
		}
	}
	for seed := range uint64(20) {
		staggered, _ := secondTable(seed, true)
		d := secondColumns("y", true)
		for _, e := range []analysis.Estimator{SunAbraham{Data: d, Inference: cr1s, Reference: -1}, Extended{Data: d, Inference: cr1s}} {
			r, err := e.Estimate(context.Background(), staggered)
			if err != nil {
				continue
			}
			for i := range r.Estimates {
				one := &r.Estimates[i]
				if one.Redraws == nil || one.StdError == nil || *one.StdError < 1e-9 {
					continue
				}
				redrawn, out := draws(one)
				statistic := redrawn.Statistic()
				near(t, one.Term, &statistic, *one.Statistic, 1e-7)
				if math.IsNaN(out[0]) || out[0] == out[1] {
					t.Errorf("%s: draws %v", one.Term, out)
				}
			}
		}
	}
}
