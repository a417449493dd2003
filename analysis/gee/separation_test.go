package gee

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset/table"
)

// An arm without events has no finite ratio: it is empty and named, and the rate
// of the other arm is what its own rows say.
func TestAnArmWithoutEventsIsSeparated(t *testing.T) {
	for _, family := range []string{"poisson", "binomial"} {
		var b strings.Builder
		b.WriteString("school,arm,y\n")
		var events, rows float64
		for s := range 20 {
			for i := range 6 {
				y := 0
				if s%2 == 0 {
					y = (s + i*i) % 5 / 3
					events += float64(y)
					rows++
				}
				fmt.Fprintf(&b, "s%d,%d,%d\n", s, s%2, y)
			}
		}
		data, err := table.Read([]byte(b.String()), "arms.csv")
		if err != nil {
			t.Fatal(err)
		}
		for _, correlation := range []string{"independence", "exchangeable"} {
			r, err := Marginal{Formula: "y ~ arm", Family: family, Correlation: correlation, Cluster: "school"}.Estimate(context.Background(), data)
			if err != nil {
				t.Fatal(err)
			}
			arm := r.Find("arm")
			if r.Fit.Status != analysis.Separated || arm.Estimate != nil || arm.StdError != nil || arm.PValue != nil || arm.Ratio != nil {
				t.Errorf("%s, %s: %s, %+v", family, correlation, r.Fit.Status, arm)
			}
			if len(r.Notes) == 0 || r.Notes[len(r.Notes)-1].Term != "arm" {
				t.Errorf("%s, %s: nothing names the arm: %v", family, correlation, r.Notes)
			}
			want := math.Log(events / rows)
			if family == "binomial" {
				want = math.Log(events / (rows - events))
			}
			if got := *r.Find("(Intercept)").Estimate; math.Abs(got-want) > 1e-6 {
				t.Errorf("%s, %s: intercept %g, want %g", family, correlation, got, want)
			}
		}
	}
}
