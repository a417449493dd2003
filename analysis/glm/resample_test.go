package glm

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset/table"
)

func find(r *analysis.Result, name string) *analysis.Test {
	i := slices.IndexFunc(r.Tests, func(t analysis.Test) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Tests[i]
}

// The estimates without each cluster are those of the table without its rows,
// for least squares by its formula and for counts by refits.
func TestDropOne(t *testing.T) {
	data := trial(6, 8)
	school, err := data.Category("school")
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range []string{"gaussian", "poisson", "binomial"} {
		m := Model{Formula: outcomes[family] + " ~ arm + x", Family: family, Reference: map[string]string{"arm": "control"},
			Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}, Term: "armSWIS", All: true, Statistic: "coef", Reps: 99, Seed: "1"}}
		r := estimate(t, m, data)
		plain := m
		plain.Inference = infer.Options{Level: 0.95}
		whole, sum := *r.Find("armSWIS").Estimate, 0.0
		for g, level := range school.Levels {
			keep := make([]bool, data.Rows())
			for i, c := range school.Codes {
				keep[i] = int(c) != g
			}
			want := *estimate(t, plain, data.Filter(keep)).Find("armSWIS").Estimate
			sum += (want - whole) * (want - whole)
			i := slices.IndexFunc(r.Checks, func(c analysis.Check) bool { return c.Name == "drop_one:"+level })
			if i < 0 || math.Abs(*r.Checks[i].Value-want) > 1e-8 {
				t.Errorf("%s without %s: %v, want %g", family, level, r.Checks[i].Value, want)
			}
		}
		g := float64(len(school.Levels))
		if want := whole / math.Sqrt((g-1)/g*sum); math.Abs(*find(r, "jackknife").Statistic-want) > 1e-7 {
			t.Errorf("%s: jackknife t %g, want %g", family, *find(r, "jackknife").Statistic, want)
		}
		for _, name := range []string{"cr1s", "cr2", "cr3", "wild_bootstrap", "permutation", "cluster_t"} {
			if find(r, name) == nil || find(r, name).PValue == nil {
				t.Errorf("%s: no %s", family, name)
			}
		}
	}
}

// Under the null the score bootstrap and randomisation inference of counts
// with few, strongly clustered schools reject about as often as they say,
// which the model-based z does not.
func TestSizeOfResampling(t *testing.T) {
	if testing.Short() {
		t.Skip("250 simulated trials")
	}
	const trials = 250
	reject := map[string]int{}
	for seed := range trials {
		r := rand.New(rand.NewPCG(uint64(seed), 77))
		var school []string
		var arm, count []float64
		for s := range 14 {
			level := 0.5 * r.NormFloat64()
			for range 10 {
				school, arm = append(school, fmt.Sprint(s)), append(arm, float64(s%2))
				count = append(count, draw(r, math.Exp(0.5+level)))
			}
		}
		data := table.Build("t", len(arm)).Texts("school", school).Numbers("arm", arm).Numbers("count", count).Table()
		m := Model{Formula: "count ~ arm", Family: "poisson", Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}, Term: "arm", All: true, Reps: 199, Seed: fmt.Sprint(seed)}}
		result := estimate(t, m, data)
		for _, test := range result.Tests {
			if test.PValue != nil && *test.PValue < 0.05 {
				reject[test.Name]++
			}
		}
		m.Inference = infer.Options{Level: 0.95}
		if *estimate(t, m, data).Find("arm").PValue < 0.05 {
			reject["z"]++
		}
	}
	for name, n := range reject {
		t.Logf("%s rejects %.3f", name, float64(n)/trials)
	}
	for _, name := range []string{"wild_bootstrap", "permutation", "cr2", "cluster_t"} {
		if share := float64(reject[name]) / trials; share < 0.01 || share > 0.10 {
			t.Errorf("%s rejects %.3f of true nulls, want about 0.05", name, share)
		}
	}
	if reject["z"] < trials/5 {
		t.Errorf("model-based z rejects %d of %d: the simulation has no clustering", reject["z"], trials)
	}
}

// Randomisation inference of a count model against refits from the table.
func TestPermuteCounts(t *testing.T) {
	data := trial(1, 6)
	m := Model{Formula: "count ~ arm + x", Family: "poisson", Exposure: "exposure", Reference: map[string]string{"arm": "control"},
		Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}, Term: "armSWIS", Permute: true, Statistic: "coef", Reps: 100, Seed: "1"}}
	r := estimate(t, m, data)
	school, _ := data.Category("school")
	plain := m
	plain.Inference = infer.Options{Level: 0.95}
	observed := math.Abs(*estimate(t, plain, data).Find("armSWIS").Estimate)
	hits, all := 0, 0
	for code := range 64 {
		treated := 0
		for s := range 6 {
			treated += code >> s & 1
		}
		if treated != 3 {
			continue
		}
		words := make([]string, data.Rows())
		for i := range words {
			words[i] = []string{"control", "SWIS"}[code>>school.Codes[i]&1]
		}
		b := table.Build("t", data.Rows()).Texts("arm", words)
		for _, name := range []string{"count", "x", "exposure"} {
			c, _ := data.Numeric(name)
			b.Numbers(name, c.Values)
		}
		all++
		if math.Abs(*estimate(t, plain, b.Table()).Find("armSWIS").Estimate) >= observed*(1-1e-9) {
			hits++
		}
	}
	i := slices.IndexFunc(r.Tests, func(t analysis.Test) bool { return t.Name == "permutation" })
	if want := float64(hits) / float64(all); i < 0 || all != 20 || *r.Tests[i].PValue != want {
		t.Errorf("%v of %d, want %g", r.Tests, all, want)
	}
}

// A scheme set that lists the allocations gives what enumeration gives.
func TestSchemes(t *testing.T) {
	data := trial(2, 6)
	m := Model{Formula: "score ~ arm", Family: "gaussian", Reference: map[string]string{"arm": "control"},
		Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}, Term: "armSWIS", Permute: true, Statistic: "coef", Reps: 100, Seed: "1"}}
	plain := estimate(t, m, data)
	set := &infer.Scheme{How: "the log", Stratum: make([]string, 6)}
	for s := range 6 {
		set.Units = append(set.Units, fmt.Sprintf("s%02d", 5-s))
		set.Arm = append(set.Arm, []string{"SWIS", "control"}[s%2])
	}
	for code := range 64 {
		row, n := make([]string, 6), 0
		for s := range 6 {
			row[s] = []string{"control", "SWIS"}[code>>s&1]
			n += code >> s & 1
		}
		if n == 3 {
			set.Given = append(set.Given, row)
		}
	}
	m.Inference.Scheme = set
	given := estimate(t, m, data)
	last := func(r *analysis.Result) analysis.Test { return r.Tests[len(r.Tests)-1] }
	if *last(plain).PValue != *last(given).PValue || *last(plain).Statistic != *last(given).Statistic {
		t.Error(*last(plain).PValue, *last(given).PValue)
	}
	set.Arm[0] = "control"
	if _, err := m.Estimate(context.Background(), data); err == nil {
		t.Error("an arm that differs from the log passes")
	}
}

// An arm without any event has no finite ratio; randomisation inference and
// the cluster-level tests are given all the same.
func TestAllWithEmptyArm(t *testing.T) {
	var school []string
	var arm, count []float64
	for s := range 8 {
		for k := range 3 {
			school, arm = append(school, fmt.Sprint(s)), append(arm, float64(s%2))
			count = append(count, float64((s+k)%3*(1-s%2)))
		}
	}
	data := table.Build("t", len(arm)).Texts("school", school).Numbers("arm", arm).Numbers("count", count).Table()
	m := Model{Formula: "count ~ arm", Family: "poisson", Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}, Term: "arm", All: true, Reps: 99, Seed: "1"}}
	r := estimate(t, m, data)
	permutation := find(r, "permutation")
	if permutation == nil || permutation.PValue == nil {
		t.Fatal(r.Tests)
	}
	if math.Abs(*permutation.PValue-2.0/70) > 1e-12 {
		t.Errorf("p %g, want the two most extreme of 70 allocations", *permutation.PValue)
	}
	if test := find(r, "cluster_t"); test == nil || test.PValue == nil {
		t.Error(r.Tests)
	}
	for _, name := range []string{"cr2", "jackknife", "wild_bootstrap"} {
		if test := find(r, name); test == nil || test.PValue != nil || !strings.HasPrefix(test.How, "not given: ") {
			t.Errorf("%s is not left out with a reason: %v", name, test)
		}
	}
}
