package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/analysis/plan"
)

// familyPanel writes 13 schools in 6 terms with three outcomes, the third a
// copy of the first.
func familyPanel(t *testing.T) string {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 3))
	var text strings.Builder
	text.WriteString("school,term,swis,a,b,again,received\n")
	for s := range 13 {
		level := r.NormFloat64()
		for term := range 6 {
			effect := 0.0
			if s%2 == 1 && term >= 3 {
				effect = 1
			}
			a := level + effect + r.NormFloat64()
			b := 0.8*a + 0.5*r.NormFloat64()
			fmt.Fprintf(&text, "S%02d,%d,%d,%.6f,%.6f,%.6f,%d\n", s, term, s%2, a, b, a, s%2*min(1, s%3))
		}
	}
	file := filepath.Join(t.TempDir(), "panel.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// corrected runs analyses of a family, given as argument lists, and corrects them.
func corrected(t *testing.T, adjust string, lines ...string) (*testedFamily, error) {
	t.Helper()
	s := &streams{out: io.Discard, err: io.Discard}
	run := &trialRun{streams: s, plan: &plan.Plan{File: "trial.yaml", Families: []plan.Family{{Name: "f", Adjust: adjust, Reps: "20000", Seed: "1"}}}}
	for i, line := range lines {
		args := strings.Fields(line)
		r, err := runAnalysis(context.Background(), s, args)
		if err != nil {
			t.Fatal(err)
		}
		run.plan.Analyses = append(run.plan.Analyses, plan.Analysis{ID: fmt.Sprint(i), Command: args[0], Family: "f"})
		run.done = append(run.done, ranAnalysis{Declared: run.plan.Analyses[i], Result: r})
	}
	if err := run.correct(context.Background()); err != nil {
		return nil, err
	}
	return &run.tested[0], nil
}

// A family of one outcome twice is a family of one test; a family of several is
// no worse than Holm's on the same draws; every command that has joint draws
// takes part, and one that has none is refused by name.
func TestFamiliesAreDrawnTogether(t *testing.T) {
	data := familyPanel(t)
	did := func(outcome string, more ...string) string {
		return strings.Join(append([]string{"did --unit school --time term --treated swis --start 3 --data", data, "--outcome", outcome}, more...), " ")
	}
	one, err := corrected(t, "romano-wolf", did("a"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(one.How, "all 8192 sign vectors") {
		t.Error(one.How)
	}
	twice, err := corrected(t, "romano-wolf", did("a"), did("again"))
	if err != nil {
		t.Fatal(err)
	}
	if p, q := *one.Tests[0].PAdjusted, *twice.Tests[0].PAdjusted; p != q || p != *twice.Tests[1].PAdjusted {
		t.Errorf("one test %g, twice the same %g and %g", p, q, *twice.Tests[1].PAdjusted)
	}
	wild, err := runAnalysis(context.Background(), &streams{out: io.Discard, err: io.Discard}, strings.Fields(did("a", "--bootstrap wild --reps 20000 --weights-type rademacher")))
	if err != nil {
		t.Fatal(err)
	}
	own := math.NaN()
	for _, test := range wild.Tests {
		if test.Name == "wild_bootstrap" {
			own = max(*test.PValue, *one.Tests[0].PValue)
		}
	}
	if *one.Tests[0].PAdjusted != own {
		t.Errorf("a family of one has p %g, its bootstrap %g", *one.Tests[0].PAdjusted, own)
	}
	all := []string{did("a"), did("b", "--where term>0"), did("a", "--method 2x2"), did("a", "--method cs"), did("b", "--method imputation"), did("a", "--method aggregate"), did("b", "--method ancova"), did("a", "--method sunab"), did("b", "--method etwfe"), "mixed --formula a~swis+(1|school) --data " + data,
		"glm --cluster school --formula b~swis --data " + data, "cace --cluster school --outcome a --assigned swis --received received --data " + data}
	many, err := corrected(t, "romano-wolf", all...)
	if err != nil {
		t.Fatal(err)
	}
	if len(many.Tests) != len(all) {
		t.Fatalf("%d tests, want %d", len(many.Tests), len(all))
	}
	for _, x := range many.Tests {
		if x.PAdjusted == nil || *x.PAdjusted < *x.PValue || x.estimate.PAdjusted == nil {
			t.Errorf("%s: p %v, adjusted %v", x.Analysis, *x.PValue, x.PAdjusted)
		}
	}
	for _, refused := range []string{"mixed --family gamma --formula again~swis+(1|school) --where again>0 --data " + data} {
		if _, err := corrected(t, "romano-wolf", did("a"), refused); err == nil || !strings.Contains(err.Error(), "holm") {
			t.Errorf("%s: %v", refused, err)
		}
	}
	if _, err := corrected(t, "romano-wolf", did("a"), "glm --cluster term --formula b~swis --data "+data); err == nil || exitStatus(err) != exitInput {
		t.Errorf("tests that cluster by school and by term: %v", err)
	}
}

// --adjust romano-wolf of an event study corrects its terms on shared draws: no
// less than each term's own p and that of its bootstrap, no more than
// Bonferroni's bound on the tails of all terms beyond its statistic.
func TestTermsAreDrawnTogether(t *testing.T) {
	data := familyPanel(t)
	base := "did --unit school --time term --treated swis --start 3 --method event --outcome a --reps 20000 --data " + data
	r := analysed(t, base+" --adjust romano-wolf")
	one, err := corrected(t, "romano-wolf", base)
	if err != nil || len(one.Tests) > 0 {
		t.Fatal("an event study has no main term", err)
	}
	var tests []analysis.Resampler
	for _, e := range r.Estimates {
		draws, err := e.Redraws()
		if err != nil {
			t.Fatal(err)
		}
		tests = append(tests, draws)
	}
	if len(tests) != 5 {
		t.Fatalf("%d terms", len(tests))
	}
	draws, err := infer.DrawFamily(context.Background(), tests, "", 20000, "1")
	if err != nil || !draws.Enumerated {
		t.Fatal(draws, err)
	}
	for k, e := range r.Estimates {
		beyond := func(j int) (share float64) {
			for _, x := range draws.Absolute[j] {
				if x >= math.Abs(draws.Observed[k])*(1-1e-9) {
					share += 1 / float64(len(draws.Absolute[j]))
				}
			}
			return share
		}
		bound := 0.0
		for j := range tests {
			bound += beyond(j)
		}
		if e.PAdjusted == nil || *e.PAdjusted < max(*e.PValue, beyond(k)-1e-12) {
			t.Errorf("%s: p %g, of its bootstrap %g, adjusted %v", e.Term, *e.PValue, beyond(k), e.PAdjusted)
		}
		if first := math.Abs(draws.Observed[k]) == slices.Max(absolute(draws.Observed)); first && *e.PAdjusted > max(bound, *e.PValue)+1e-12 {
			t.Errorf("%s: adjusted %g, bound %g", e.Term, *e.PAdjusted, bound)
		}
	}
}

func absolute(x []float64) []float64 {
	out := slices.Clone(x)
	for i, v := range out {
		out[i] = math.Abs(v)
	}
	return out
}
