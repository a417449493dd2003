package floor

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset/table"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))) {
		t.Errorf("%s = %.12g, want %.12g", what, got, want)
	}
}

// With equal exposure 0 against 5 events is p = 2/2^5 and 0 against 6 is 2/2^6.
func TestExactBound(t *testing.T) {
	near(t, "0 v 5", exactRateRatio(0, 1, 5, 1, 0.95).P, 0.0625, 1e-14)
	near(t, "0 v 6", exactRateRatio(0, 1, 6, 1, 0.95).P, 0.03125, 1e-14)
	if n := eventsNeeded(1, 1, 0.05, 1); n != 6 {
		t.Errorf("%d comparison events needed, want 6", n)
	}
	if n := eventsNeeded(1, 1, 0.05, 2); n != 12 {
		t.Errorf("%d events needed at twice the Poisson variance, want 12", n)
	}
}

// Against the definition, written out: all outcomes no more likely than k.
func TestBinomialBruteForce(t *testing.T) {
	for n := 1; n <= 25; n++ {
		for _, p := range []float64{0.5, 0.31, 0.9, 0.02} {
			pmf := make([]float64, n+1)
			for k := range pmf {
				pmf[k] = choose(n, k) * math.Pow(p, float64(k)) * math.Pow(1-p, float64(n-k))
			}
			for k := range pmf {
				want := 0.0
				for _, q := range pmf {
					if q <= pmf[k]*tieShare {
						want += q
					}
				}
				near(t, fmt.Sprintf("p of %d of %d at %g", k, n, p), binomialP(float64(k), float64(n), p), want, 1e-10)
			}
		}
	}
}

// The interval holds the rates that neither exact one-sided test refuses.
func TestClopperPearsonTails(t *testing.T) {
	low, high := clopperPearson(7, 20, 0.95)
	upper, lower := 0.0, 0.0
	for k := range 21 {
		if k >= 7 {
			upper += math.Exp(logBinomial(float64(k), 20, low))
		}
		if k <= 7 {
			lower += math.Exp(logBinomial(float64(k), 20, high))
		}
	}
	near(t, "upper tail at the low limit", upper, 0.025, 1e-10)
	near(t, "lower tail at the high limit", lower, 0.025, 1e-10)
}

// The permutation lists every allocation: compared with a list made by bits.
func TestPermutationBruteForce(t *testing.T) {
	e := []float64{1.5, -0.25, 2, 0.75, -3, 1, -1.75, 0.5}
	treated := []int8{0, 1, 0, 0, 1, 0, 1, 0}
	observed, hits, all := -0.25-3-1.75, 0, 0
	for mask := range 1 << len(e) {
		sum, n := 0.0, 0
		for i, x := range e {
			if mask>>i&1 == 1 {
				sum += x
				n++
			}
		}
		if n != 3 {
			continue
		}
		all++
		if math.Abs(sum) >= math.Abs(observed)-1e-9 {
			hits++
		}
	}
	got, err := permute(context.Background(), e, treated, 1000, "1")
	if err != nil {
		t.Fatal(err)
	}
	if !got.exact || got.schemes != all {
		t.Fatalf("%d schemes, want all %d", got.schemes, all)
	}
	near(t, "p", got.p, float64(hits)/float64(all), 1e-15)
	sampled, _ := permute(context.Background(), e, treated, 55, "1")
	if sampled.exact || math.Abs(sampled.p-got.p) > 0.2 {
		t.Errorf("sampled p %v against %v", sampled.p, got.p)
	}
}

func TestZeroTestBruteForce(t *testing.T) {
	p0 := []float64{0.1, 0.5, 0.8, 0.35}
	for observed := range 5 {
		below, above := 0.0, 0.0
		for mask := range 16 {
			p, n := 1.0, 0
			for i, q := range p0 {
				if mask>>i&1 == 1 {
					p, n = p*q, n+1
				} else {
					p *= 1 - q
				}
			}
			if n <= observed {
				below += p
			}
			if n >= observed {
				above += p
			}
		}
		near(t, "p", zeroTest(p0, observed), math.Min(1, 2*math.Min(below, above)), 1e-12)
	}
	many := make([]float64, 3001)
	few := make([]float64, 2999)
	for i := range many {
		many[i] = 0.3
		if i < len(few) {
			few[i] = 0.3
		}
	}
	near(t, "normal against exact", zeroTest(many, 860), zeroTest(few, 859), 0.01)
}

// Values by the formulas of Dean & Lawless and van den Broek in R 4.2.2:
// the pilot panel's s47 ~ swis*post with pupils as offset.
func TestScoreTests(t *testing.T) {
	tab, err := table.ReadFile("../../testdata/reference/pilot-panel/data.csv")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Zeros{Formula: "s47 ~ swis*post + offset(log(pupils))"}.Estimate(context.Background(), tab)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Tests {
		switch x.Name {
		case "overdispersion":
			near(t, x.Name, *x.Statistic, 28.199661766334, 1e-9)
		case "zero_inflation":
			near(t, x.Name, *x.Statistic, 15.163756511214, 1e-9)
		}
	}
}

// A fall to the ratio that is said to have 80% power is found in about 80% of
// simulated Poisson trials by the same score test, alone and as a change.
func TestSmallestFallAgainstSimulation(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	s := scene{expected: 60, follow0: 90, share: 0.4, before1: 120, before0: 180, odds1: 0.5, odds0: 0.5, dispersion: 1, df: math.Inf(1)}
	for name, at := range map[string]func(scene) func(float64) standing{
		"follow": func(s scene) func(float64) standing { return s.follow },
		"did":    func(s scene) func(float64) standing { return s.did },
	} {
		ratio := s.smallestFall(at(s), 0.05, 0.8)
		near(t, name+" power of its own fall", s.power(at(s)(ratio), 0.05), 0.8, 0.01)
		hits := 0
		const trials = 4000
		for range trials {
			x := s
			x.expected = draw(rng, ratio*s.expected) // counts as they came out
			x.follow0, x.before1, x.before0 = draw(rng, s.follow0), draw(rng, s.before1), draw(rng, s.before0)
			if st := at(x)(1); math.Abs(st.score) >= 1.959964*st.null {
				hits++
			}
		}
		near(t, name+" simulated power", float64(hits)/trials, 0.8, 0.03)
	}
}

func draw(rng *rand.Rand, mu float64) float64 {
	n := -1.0
	for sum := 0.0; sum < mu; n++ {
		sum += rng.ExpFloat64()
	}
	return n
}

// armChange is the Poisson likelihood with a parameter a unit: at the ratio
// its derivative is zero, and pooled units with equal exposure give y1/y0.
func TestArmChange(t *testing.T) {
	units := []unitTotals{
		{y: [2]float64{3, 1}, exposure: [2]float64{10, 10}, rows: [2]float64{1, 1}},
		{y: [2]float64{5, 4}, exposure: [2]float64{20, 20}, rows: [2]float64{1, 1}},
		{y: [2]float64{0, 0}, exposure: [2]float64{20, 20}, rows: [2]float64{1, 1}},
	}
	c := armChange(units, 0)
	near(t, "ratio", c.ratio, 5.0/8, 1e-12)
	near(t, "information", c.variance, 13*(5.0/13)*(8.0/13), 1e-12)
	if c.units != 2 {
		t.Errorf("%d units carry information, want 2", c.units)
	}
}

func panel(events func(arm, school, post int) int) string {
	var b strings.Builder
	b.WriteString("school,arm,term,s47,pupils\n")
	for school := range 20 {
		for term := range 6 {
			fmt.Fprintf(&b, "S%d,%s,%d,%d,500\n", school, []string{"control", "SWIS"}[school%2], term+1, events(school%2, school, term/4))
		}
	}
	return b.String()
}

func diagnosePanel(t *testing.T, text string) *analysis.Result {
	t.Helper()
	tab, err := table.Read([]byte(text), "panel.csv")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Diagnose{Outcome: "s47", Treated: "arm", Exposure: "pupils", Unit: "school", Time: "term", Start: "5", Seed: "1"}.Estimate(context.Background(), tab)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func verdictOf(r *analysis.Result) Verdict {
	for _, c := range r.Checks {
		if c.Name == "verdict" {
			return Verdict(*c.Value)
		}
	}
	return -1
}

func TestVerdicts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	rare := diagnosePanel(t, panel(func(_, school, post int) int {
		if school == 4 || school == 7 && post == 0 {
			return 1
		}
		return 0
	}))
	if v := verdictOf(rare); v != NotTestable {
		t.Errorf("two schools with events: %v", v)
	}
	few := diagnosePanel(t, panel(func(_, school, _ int) int {
		return map[bool]int{true: 1 + rng.IntN(2)}[school < 12] * (1 - rng.IntN(2))
	}))
	if v := verdictOf(few); v != FloorLimited {
		t.Errorf("eight of twenty schools at zero: %v", v)
	}
	many := diagnosePanel(t, panel(func(_, _, _ int) int { return int(draw(rng, 6)) }))
	if v := verdictOf(many); v != Adequate {
		t.Errorf("six events a school-term: %v (%v)", v, many.Summary)
	}
}

// Units carry all the information: the order of rows and merged identical
// labels change nothing.
func TestRowOrder(t *testing.T) {
	text := panel(func(_, school, post int) int { return (school*7+post*3)%4 + school%3 })
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, j := 1, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	a, b := diagnosePanel(t, text), diagnosePanel(t, strings.Join(lines, "\n"))
	for i := range a.Checks {
		x, y := a.Checks[i].Value, b.Checks[i].Value
		if (x == nil) != (y == nil) || x != nil && math.Abs(*x-*y) > 1e-9*math.Max(1, math.Abs(*x)) {
			t.Errorf("check %s differs with the order of rows: %v and %v", a.Checks[i].Name, x, y)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, text := range map[string]string{
		"negative count":  "school,arm,term,s47,pupils\nA,SWIS,1,-1,5\nA,SWIS,5,1,5\nB,control,1,1,5\nB,control,5,1,5\n",
		"a rate":          "school,arm,term,s47,pupils\nA,SWIS,1,1.5,5\nA,SWIS,5,1,5\nB,control,1,1,5\nB,control,5,1,5\n",
		"zero exposure":   "school,arm,term,s47,pupils\nA,SWIS,1,1,0\nA,SWIS,5,1,5\nB,control,1,1,5\nB,control,5,1,5\n",
		"nothing before":  "school,arm,term,s47,pupils\nA,SWIS,5,1,5\nB,control,5,1,5\n",
		"one arm":         "school,arm,term,s47,pupils\nA,SWIS,1,1,5\nA,SWIS,5,1,5\n",
		"arm that varies": "school,arm,term,s47,pupils\nA,SWIS,1,1,5\nA,control,5,1,5\nB,control,1,1,5\nB,SWIS,5,1,5\n",
	} {
		tab, err := table.Read([]byte(text), "panel.csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (Diagnose{Outcome: "s47", Treated: "arm", Exposure: "pupils", Unit: "school", Time: "term", Start: "5"}).Estimate(context.Background(), tab); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// By hand: the comparison arm goes from all zeros to half ones, the
// intervention arm had nothing but ones: zeros would be 1/2 + 0 - 1 = -1/2.
func TestParallelByHand(t *testing.T) {
	r := &rows{
		y:       []float64{0, 0, 0, 1, 1, 1, 1, 1},
		treated: []int8{0, 0, 0, 0, 1, 1, 1, 1},
		post:    []int8{0, 0, 1, 1, 0, 0, 1, 1},
	}
	mass, stdError := r.parallel(2)
	for k, want := range []float64{-0.5, 1.5, 0} {
		near(t, fmt.Sprintf("mass at %d", k), mass[k], want, 1e-15)
	}
	near(t, "standard error", stdError[0], math.Sqrt(0.25/2), 1e-15)
}
