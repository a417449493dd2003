package did

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/analysis/multiplicity"
)

// TestLongFamilywiseError draws trials of 16 schools without effect and three
// correlated outcomes, one by least squares, one by Poisson, one of the later
// terms only: any false finding after Romano and Wolf's correction stays near
// 5%, and the adjusted p-values are no larger than Holm's of the same draws.
//
//	go test -run LongFamilywise -v ./analysis/did -trials 2000
func TestLongFamilywiseError(t *testing.T) {
	any, below, tests := 0, 0, 0
	for seed := range *coverageTrials {
		data := floorPanel(rand.New(rand.NewPCG(uint64(seed), 99)), 16)
		d := Data{Outcome: "events", Unit: "school", Time: "term", Treated: "arm", Start: "7", Exposure: "pupils"}
		rate := d
		rate.Outcome, rate.Exposure = "rate", ""
		keep := make([]bool, data.Rows())
		for i := range keep {
			keep[i] = i%12 > 3
		}
		var family []analysis.Resampler
		for k, e := range []TwoWay{{Data: d, Family: "poisson", NoPreTest: true}, {Data: rate, NoPreTest: true}, {Data: rate, NoPreTest: true}} {
			rows := data
			if k == 2 {
				rows = data.Filter(keep)
			}
			r, err := e.Estimate(context.Background(), rows)
			if err != nil {
				continue
			}
			if one, err := r.Find("att").Redraws(); err == nil {
				family = append(family, one)
			}
		}
		draws, err := infer.DrawFamily(context.Background(), family, "", 399, fmt.Sprint(seed))
		if err != nil {
			t.Fatal(err)
		}
		p := make([]float64, len(family))
		for k := range p {
			p[k] = multiplicity.RomanoWolf(draws.Observed[k:k+1], draws.Absolute[k:k+1], draws.Enumerated)[0]
		}
		holm := multiplicity.Holm(p)
		wrong := false
		for k, x := range multiplicity.RomanoWolf(draws.Observed, draws.Absolute, draws.Enumerated) {
			wrong = wrong || x <= 0.05
			tests++
			if x <= holm[k]+0.01 {
				below++
			}
		}
		if wrong {
			any++
		}
	}
	n := float64(*coverageTrials)
	share := float64(any) / n
	t.Logf("any false finding in %.1f%% of %.0f trials; no larger than Holm's in %.1f%% of tests", 100*share, n, 100*float64(below)/float64(tests))
	if share-0.06 > 3.5*math.Sqrt(0.06*0.94/n) {
		t.Errorf("any false finding in %.3f of trials", share)
	}
	if float64(below) < 0.9*float64(tests) {
		t.Errorf("above Holm's in %d of %d tests", tests-below, tests)
	}
}
