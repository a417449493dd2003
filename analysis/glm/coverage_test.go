package glm

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset/table"
)

var coverageTrials = flag.Int("trials", 25, "simulated trials of TestLongCoverage for each number of schools")

// floorTrial draws a trial without effect whose counts lie at the floor: 0.3
// events a school-term on average, school rates with a coefficient of variation
// of 0.7, unequal sizes.
func floorTrial(r *rand.Rand, schools, terms int) *table.Table {
	var school []string
	var arm, pupils, events []float64
	for s := range schools {
		size := 200 + 1000*r.Float64()
		rate := 0.3 / 700 * infer.GammaDraw(r, 0.7)
		for range terms {
			school, arm, pupils = append(school, fmt.Sprint(s)), append(arm, float64(s%2)), append(pupils, size)
			events = append(events, infer.PoissonDraw(r, rate*size))
		}
	}
	return table.Build("t", len(arm)).Texts("school", school).Numbers("arm", arm).Numbers("pupils", pupils).Numbers("events", events).Table()
}

// TestLongCoverage counts how often each method rejects the true value of a
// rate ratio with 10, 20 and 40 schools: one less that is the coverage of its
// interval. The shares quoted in the method's text are those of
//
//	go test -run LongCoverage -v ./analysis/glm -trials 2000
func TestLongCoverage(t *testing.T) {
	for _, schools := range []int{10, 20, 40} {
		reject, used := map[string]int{}, map[string]int{}
		for seed := range *coverageTrials {
			r := rand.New(rand.NewPCG(uint64(seed), uint64(schools)))
			data := floorTrial(r, schools, 6)
			m := Model{Formula: "events ~ arm", Family: "poisson", Exposure: "pupils",
				Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}, Term: "arm", All: true, Reps: 199, Seed: fmt.Sprint(seed)}}
			result, err := m.Estimate(context.Background(), data)
			if err != nil {
				t.Fatal(err)
			}
			m.Inference = infer.Options{Level: 0.95}
			plain := estimate(t, m, data).Find("arm")
			for _, test := range append(result.Tests, analysis.Test{Name: "model-based z", PValue: plain.PValue}) {
				if test.PValue == nil || test.Name == "model" {
					continue
				}
				used[test.Name]++
				if *test.PValue <= 0.05 {
					reject[test.Name]++
				}
			}
		}
		for _, name := range []string{"model-based z", "cr1s", "cr2", "cr3", "jackknife", "wild_bootstrap", "permutation", "cluster_t", "cluster_t_weighted", "hayes_moulton"} {
			n := float64(used[name])
			share := float64(reject[name]) / n
			t.Logf("%d schools: %-18s holds the truth in %.1f%% of %.0f trials", schools, name, 100*(1-share), n)
			if margin := 3.5 * math.Sqrt(0.05*0.95/n); name == "permutation" && share-0.05 > margin {
				t.Errorf("%d schools: randomisation inference rejects %.3f", schools, share)
			}
			if name == "cr2" && share-0.08 > 3.5*math.Sqrt(0.08*0.92/n) {
				t.Errorf("%d schools: CR2 rejects %.3f", schools, share)
			}
		}
		if reject["model-based z"] <= reject["cr2"] {
			t.Errorf("%d schools: clustering makes no difference", schools)
		}
	}
}
