package design

import (
	"context"
	"math"
	"slices"
	"testing"

	"swis/analysis/infer"
)

// meanDifference gives the statistic of a permutation: mean of y in arm 1
// minus mean in arm 0.
func meanDifference(y []float64) func() func([]int32) float64 {
	return func() func([]int32) float64 {
		return func(arms []int32) float64 {
			var sum, n [2]float64
			for i, a := range arms {
				sum[a] += y[i]
				n[a]++
			}
			return sum[1]/n[1] - sum[0]/n[0]
		}
	}
}

// Randomisation inference over the log's own schemes equals the share found by
// going through them by hand.
func TestSchemesAgainstHand(t *testing.T) {
	for name, o := range map[string]Options{
		"constrained": {Method: Constrained, Seed: "s", Shares: two(), Strata: []string{"la"}, Balance: []string{"pupils", "fsm"}, Keep: 0.2, Candidates: 50000},
		"stratified":  {Method: Stratified, Seed: "s", Shares: two(), Strata: []string{"la"}},
		"pairs":       {Method: Pairs, Seed: "s", Shares: two(), Strata: []string{"la"}, Balance: []string{"pupils"}},
		"complete":    {Method: Complete, Seed: "s", Shares: two()},
	} {
		t.Run(name, func(t *testing.T) {
			a := assign(t, schools(12), o)
			scheme, err := a.Declaration.Scheme("1")
			if err != nil {
				t.Fatal(err)
			}
			y := make([]float64, len(scheme.Units))
			labels := &infer.Labels{Arms: 2, Arm: make([]int32, len(y))}
			for i, arm := range scheme.Arm {
				y[i] = math.Mod(float64(i*i)*1.37, 5)
				if arm == "SWIS" {
					labels.Arm[i] = 1
					y[i]++
				}
			}
			if err := scheme.Restrict(labels, scheme.Units); err != nil {
				t.Fatal(err)
			}
			got, err := labels.Permute(context.Background(), 100000, "1", meanDifference(y))
			if err != nil {
				t.Fatal(err)
			}
			statistic := meanDifference(y)()
			observed := math.Abs(statistic(labels.Arm))
			all, extreme, seen := 0, 0, false
			for mask := range 1 << len(y) { // every set of schools, kept if the draw could give it
				arms := make([]int32, len(y))
				for i := range y {
					arms[i] = int32(mask >> i & 1)
				}
				if !possible(a, scheme, arms) {
					continue
				}
				all++
				seen = seen || slices.Equal(arms, labels.Arm)
				if math.Abs(statistic(arms)) >= observed*(1-1e-9) {
					extreme++
				}
			}
			if !seen {
				t.Error("the scheme drawn is not among the possible ones")
			}
			if !got.Exact || got.Draws != all || math.Abs(got.P-float64(extreme)/float64(all)) > 1e-12 {
				t.Errorf("p = %v over %d schemes (exact %v), by hand %d of %d", got.P, got.Draws, got.Exact, extreme, all)
			}
		})
	}
}

// possible says whether the draw could have given arms: as many of each arm
// in every stratum, and for constrained draws an acceptable score.
func possible(a *Allocation, scheme *infer.Scheme, arms []int32) bool {
	drawn, now := map[string]int{}, map[string]int{}
	treated := 0
	for i, s := range scheme.Stratum {
		if scheme.Arm[i] == "SWIS" {
			drawn[s]++
			treated++
		}
		now[s] += int(arms[i])
	}
	for _, s := range scheme.Stratum {
		if drawn[s] != now[s] {
			return false
		}
	}
	if a.Derived.Space == nil {
		return true
	}
	bits := make([]uint64, 1)
	for i, arm := range arms {
		bits[0] |= uint64(arm) << i
	}
	return newScorer(a.Declaration, treated).score(bits) <= a.Derived.Space.Cutoff*(1+1e-10)
}

// Minimisation is repeated: every redraw is one that the method could give, and
// the observed one is among them.
func TestMinimisationSchemes(t *testing.T) {
	a := assign(t, schools(12), Options{Method: Minimisation, Seed: "s", Shares: two(), Strata: []string{"la"}, Balance: []string{"pupils"}})
	scheme, err := a.Declaration.Scheme("1")
	if err != nil {
		t.Fatal(err)
	}
	if len(scheme.Given) != redrawn+1 || !slices.Equal(scheme.Given[0], scheme.Arm) {
		t.Errorf("%d schemes", len(scheme.Given))
	}
	different := map[string]bool{}
	for _, g := range scheme.Given {
		different[schemeText(g)] = true
	}
	if len(different) < 50 {
		t.Errorf("only %d different schemes", len(different))
	}
}

func schemeText(arms []string) string {
	s := ""
	for _, a := range arms {
		s += a[:1]
	}
	return s
}

func TestRestrictRefusals(t *testing.T) {
	a := assign(t, schools(12), Options{Method: Complete, Seed: "s", Shares: two()})
	scheme, _ := a.Declaration.Scheme("1")
	labels := &infer.Labels{Arms: 2, Arm: make([]int32, 2)}
	if err := scheme.Restrict(labels, []string{"S01", "elsewhere"}); err == nil {
		t.Error("a school that was not drawn is accepted")
	}
	labels = &infer.Labels{Arms: 2, Arm: []int32{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}}
	if err := scheme.Restrict(labels, scheme.Units); err == nil {
		t.Error("arms that differ from the draw are accepted")
	}
	given := assign(t, schools(12), Options{Method: Match, Shares: two(), Balance: []string{"pupils"}, ArmColumn: "arm"})
	if _, err := given.Declaration.Scheme("1"); err == nil {
		t.Error("matched schools have a scheme set")
	}
}
