package did

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis/infer"
	"swis/dataset/table"
)

var coverageTrials = flag.Int("trials", 10, "simulated trials of TestLongCoverage for each number of schools")

// floorPanel draws 12 terms of a trial without effect whose counts lie at the
// floor: 0.3 events a school-term on average, rates of schools and of school-terms
// with coefficients of variation of 0.7 and 0.5, unequal sizes.
func floorPanel(r *rand.Rand, schools int) *table.Table {
	var school []string
	var arm, term, pupils, events, rates []float64
	for s := range schools {
		size := 200 + 1000*r.Float64()
		rate := 0.3 / 700 * infer.GammaDraw(r, 0.7)
		for k := range 12 {
			school, arm, term, pupils = append(school, fmt.Sprintf("S%03d", s)), append(arm, float64(s%2)), append(term, float64(k+1)), append(pupils, size)
			n := infer.PoissonDraw(r, rate*size*infer.GammaDraw(r, 0.5))
			events, rates = append(events, n), append(rates, 1000*n/size)
		}
	}
	return table.Build("t", len(arm)).Texts("school", school).Numbers("arm", arm).Numbers("term", term).Numbers("pupils", pupils).Numbers("events", events).Numbers("rate", rates).Table()
}

// TestLongCoverage counts how often each method rejects the true value of a
// difference in differences with 10, 20 and 40 schools: one less that is the
// coverage of its interval. The shares quoted in the methods' texts are those of
//
//	go test -run LongCoverage -v ./analysis/did -trials 2000
func TestLongCoverage(t *testing.T) {
	for _, family := range []string{"gaussian", "poisson"} {
		for _, schools := range []int{10, 20, 40} {
			reject, used := map[string]int{}, map[string]int{}
			for seed := range *coverageTrials {
				data := floorPanel(rand.New(rand.NewPCG(uint64(seed), uint64(schools))), schools)
				e := TwoWay{Data: Data{Outcome: "events", Unit: "school", Time: "term", Treated: "arm", Start: "7", Exposure: "pupils"}, Family: family, NoPreTest: true,
					Inference: Inference{Resample: infer.Options{All: true, Reps: 199, Seed: fmt.Sprint(seed)}}}
				if family == "gaussian" {
					e.Outcome, e.Exposure = "rate", ""
				}
				result, err := e.Estimate(context.Background(), data)
				if err != nil {
					continue
				}
				for _, test := range result.Tests {
					if test.PValue == nil {
						continue
					}
					used[test.Name]++
					if *test.PValue <= 0.05 {
						reject[test.Name]++
					}
				}
			}
			for _, name := range []string{"cr1s", "cr2", "cr3", "jackknife", "wild_bootstrap", "permutation", "cluster_t", "cluster_t_weighted", "hayes_moulton"} {
				if used[name] == 0 {
					continue
				}
				n := float64(used[name])
				share := float64(reject[name]) / n
				t.Logf("%s, %d schools: %-18s holds the truth in %.1f%% of %.0f trials", family, schools, name, 100*(1-share), n)
				if margin := 3.5 * math.Sqrt(0.05*0.95/n); name == "permutation" && share-0.05 > margin {
					t.Errorf("%s, %d schools: randomisation inference rejects %.3f", family, schools, share)
				}
				if name == "cr2" && share-0.08 > 3.5*math.Sqrt(0.08*0.92/n) {
					t.Errorf("%s, %d schools: CR2 rejects %.3f", family, schools, share)
				}
			}
		}
	}
}
