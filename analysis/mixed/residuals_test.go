package mixed

import (
	"context"
	"math"
	"testing"

	"swis/analysis"
)

// TestDiagnostics: departures that are planted are found, and data drawn from
// the model raise few alarms.
func TestDiagnostics(t *testing.T) {
	judge := func(e example) map[string]float64 {
		m := e.model(t)
		f, err := m.system.criterion(true).fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var r analysis.Result
		if err := m.diagnose(context.Background(), &r, f, Linear{Level: 0.95, Seed: "1", Diagnostics: 99}); err != nil {
			t.Fatal(err)
		}
		out := map[string]float64{}
		for _, x := range r.Tests {
			out[x.Name] = *x.PValue
		}
		if len(r.Curves) != 1 || len(r.Curves[0].X) != residualPoints {
			t.Fatalf("curves %v", len(r.Curves))
		}
		return out
	}
	alarms, tests := 0, 0
	for seed := range uint64(30) {
		e := examples(seed)[seed%2]
		// a response from the model itself
		m := e.model(t)
		f, err := m.system.criterion(true).fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		s := newSimulator(m, f)
		s.keep = make([]float64, len(e.y))
		s.draw(stream("2", "test", int(seed)))
		e.y = s.keep
		for _, p := range judge(e) {
			tests++
			if p < 0.05 {
				alarms++
			}
		}
	}
	// 120 tests at 5%: 6 expected, 15 is beyond 1 in 1,000 even with their correlation
	if alarms > 15 {
		t.Errorf("%d alarms in %d tests of data from the model", alarms, tests)
	}
	skewed := examples(1)[0]
	skewed.y = append([]float64(nil), skewed.y...)
	for i := range skewed.y {
		skewed.y[i] = math.Exp(skewed.y[i] / 3)
	}
	if p := judge(skewed); p["residual_uniformity"] > 0.02 {
		t.Errorf("a skewed outcome has p = %g", p["residual_uniformity"])
	}
	outlier := examples(1)[0]
	outlier.y = append([]float64(nil), outlier.y...)
	outlier.y[3] += 60
	if p := judge(outlier); p["residual_tails"] > 0.05 {
		t.Errorf("an outlier has p = %g", p["residual_tails"])
	}
}

// TestSimulatedResponse: the response that a simulator keeps is the one whose
// products it holds.
func TestSimulatedResponse(t *testing.T) {
	for _, e := range examples(6) {
		m := e.model(t)
		f, err := m.system.criterion(true).fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		s := newSimulator(m, f)
		s.keep = make([]float64, len(e.y))
		s.draw(stream("3", "test", 1))
		e.y = s.keep
		again, err := e.system(t).criterion(true).fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		one := s.criterion(true).refit(again.theta)
		near(t, e.name+": deviance of the kept response", one.deviance, again.deviance, 1e-8)
		for j, b := range one.beta() {
			near(t, e.name+": beta", b, again.beta()[j], 1e-5)
		}
	}
}
