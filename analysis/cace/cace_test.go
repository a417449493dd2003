package cace

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// trial invents pupils in schools: half of the schools are assigned, a share
// of pupils takes the intervention up.
func trial(seed uint64, uptake, leak float64) string {
	rng := rand.New(rand.NewPCG(seed, 7))
	var b strings.Builder
	b.WriteString("school,arm,took,y,x\n")
	for school := range 14 {
		shift := rng.NormFloat64()
		for range 12 + school%5 {
			took, chance := 0, leak
			if school%2 == 0 {
				chance = uptake
			}
			if rng.Float64() < chance {
				took = 1
			}
			x := rng.NormFloat64()
			fmt.Fprintf(&b, "s%d,%s,%d,%.6f,%.6f\n", school, []string{"SWIS", "control"}[school%2], took, 2*float64(took)+shift+x+rng.NormFloat64(), x)
		}
	}
	return b.String()
}

func estimate(t *testing.T, text string, kind infer.Kind) *analysis.Result {
	t.Helper()
	tab, err := table.Read([]byte(text), "pupils.csv")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Effect{Outcome: "y", Assigned: "arm", Received: "took", Covariates: []string{"x"}, Reference: map[string]string{"arm": "control"},
		Inference: infer.Options{Level: 0.95, Clusters: []string{"school"}, Kind: kind}}.Estimate(context.Background(), tab)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func check(r *analysis.Result, name string) float64 {
	for _, c := range r.Checks {
		if c.Name == name {
			return *c.Value
		}
	}
	return math.NaN()
}

// With one instrument the effect is intention to treat over compliance.
func TestWaldRatio(t *testing.T) {
	for seed := range uint64(200) {
		r := estimate(t, trial(seed, 0.7, 0.1), infer.CR2)
		want := check(r, "itt") / check(r, "compliance")
		if got := *r.Find("cace").Estimate; math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
			t.Fatalf("seed %d: effect %v, itt over compliance %v", seed, got, want)
		}
	}
}

// The ends of the Anderson-Rubin set are the effects at which the assignment
// has p = 0.05 in a regression of what is left of the outcome.
func TestAndersonRubinByRegression(t *testing.T) {
	text := trial(3, 0.8, 0.1)
	for _, kind := range []infer.Kind{infer.CR1S, infer.CR2} {
		r := estimate(t, text, kind)
		for _, test := range r.Tests {
			if test.Name != "anderson_rubin" {
				continue
			}
			for _, b := range []analysis.Number{test.ConfLow, test.ConfHigh} {
				if p := pAt(t, text, *b, kind); math.Abs(p-0.05) > 1e-7 {
					t.Errorf("%s: p at the end %v of the set is %v, want 0.05", kind, *b, p)
				}
			}
			if p := pAt(t, text, 0, kind); math.Abs(p-*test.PValue) > 1e-9 {
				t.Errorf("%s: p of no effect %v, by regression %v", kind, *test.PValue, p)
			}
		}
	}
}

// pAt tests the assignment for y - b took: with receipt equal to assignment
// the effect is that of the assignment.
func pAt(t *testing.T, text string, b float64, kind infer.Kind) float64 {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines[1:] {
		f := strings.Split(line, ",")
		var took, y float64
		fmt.Sscan(f[2], &took)
		fmt.Sscan(f[3], &y)
		f[3] = fmt.Sprintf("%.15g", y-b*took)
		f[2] = map[string]string{"SWIS": "1", "control": "0"}[f[1]]
		lines[i+1] = strings.Join(f, ",")
	}
	return *estimate(t, strings.Join(lines, "\n"), kind).Find("cace").PValue
}

func TestFullCompliance(t *testing.T) {
	r := estimate(t, trial(5, 1, 0), infer.CR2)
	if c := check(r, "compliance"); math.Abs(c-1) > 1e-12 {
		t.Errorf("compliance %v", c)
	}
	if got, want := *r.Find("cace").Estimate, check(r, "itt"); math.Abs(got-want) > 1e-10 {
		t.Errorf("effect %v, intention to treat %v", got, want)
	}
}

func TestWeakFirstStageIsSaid(t *testing.T) {
	r := estimate(t, trial(11, 0.12, 0.1), infer.CR1S)
	codes := map[string]bool{}
	for _, n := range r.Notes {
		codes[n.Code] = true
	}
	if !codes["weak_first_stage"] {
		t.Errorf("a compliance of %v is not called weak", check(r, "compliance"))
	}
}

func TestRefusals(t *testing.T) {
	none := strings.ReplaceAll(trial(1, 1, 0), "s1,", "s1,")
	tab, err := table.Read([]byte(none), "pupils.csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]Effect{
		"nobody differs":   {Outcome: "y", Assigned: "arm", Received: "x", Covariates: []string{"x"}},
		"an arm of many":   {Outcome: "y", Assigned: "school", Received: "took"},
		"no such column":   {Outcome: "y", Assigned: "arm", Received: "taken"},
		"random effects":   {Outcome: "y", Assigned: "arm", Received: "took", Covariates: []string{"(1 | school)"}},
		"asks to resample": {Outcome: "y", Assigned: "arm", Received: "took", Inference: infer.Options{Permute: true}},
	} {
		e.Inference.Level = 0.95
		if _, err := e.Estimate(context.Background(), tab); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The set is what its words say: an interval, two rays, a half-line or
// everything; an effect is in it where the quadratic is not positive.
func TestShapesOfTheSet(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 9))
		s := &rubin{a: rng.NormFloat64(), h: rng.NormFloat64(), c: rng.NormFloat64()}
		if seed%10 == 0 {
			s.a = 0
		}
		if s.a > 0 && s.h*s.h < s.a*s.c || s.a == 0 && s.h == 0 {
			continue // no effect at all is in it, which cannot come about: the estimate is
		}
		low, high, interval := s.limits()
		below, above, rays := s.rays()
		switch {
		case interval && s.words() != "" || !interval && s.words() == "" || interval && rays:
			t.Fatalf("%+v: %q", s, s.words())
		case interval:
			seen["interval"]++
		case rays && (math.IsInf(below, 0) || math.IsInf(above, 0)):
			seen["half-line"]++
		case rays:
			seen["rays"]++
		default:
			seen["everything"]++
		}
		for range 20 {
			b := 5 * rng.NormFloat64()
			in := s.a*b*b-2*s.h*b+s.c <= 0
			said := !rays && !interval || interval && b >= low && b <= high || rays && (b <= below || b >= above)
			if in != said {
				t.Fatalf("%+v: %g is in the set: %v, said %v", s, b, in, said)
			}
		}
	}
	if len(seen) != 4 {
		t.Error(seen)
	}
}
