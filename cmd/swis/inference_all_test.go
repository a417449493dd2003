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
)

// countPanel writes schools in 6 terms with a mean and a count, none without
// events.
func countPanel(t *testing.T, seed uint64, schools int) string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 71))
	var text strings.Builder
	text.WriteString("school,la,term,swis,post,y,count,pupils\n")
	for s := range schools {
		level, pupils := r.NormFloat64(), 100+r.IntN(400)
		for term := range 6 {
			post := min(1, term/3)
			y := level + 0.8*float64(s%2*post) + r.NormFloat64()
			count := 1 + infer.PoissonDraw(r, math.Exp(1+0.3*level+0.4*float64(s%2*post)))
			fmt.Fprintf(&text, "S%02d,L%d,%d,%d,%d,%.6f,%.0f,%d\n", s, s/4, term, s%2, post, y, count, pupils)
		}
	}
	file := filepath.Join(t.TempDir(), "panel.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func analysed(t *testing.T, line string) *analysis.Result {
	t.Helper()
	r, err := runAnalysis(context.Background(), &streams{out: io.Discard, err: io.Discard}, strings.Fields(line))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return r
}

func testNamed(r *analysis.Result, name string) *analysis.Test {
	for i := range r.Tests {
		if r.Tests[i].Name == name {
			return &r.Tests[i]
		}
	}
	return nil
}

// Every method stands under --inference all, with a p-value or with the reason
// why there is none; the planned one is marked.
func TestInferenceAll(t *testing.T) {
	data := countPanel(t, 1, 14)
	panel := "did --unit school --time term --treated swis --start 3 --reps 99 --inference all --data " + data
	formula := " --cluster school --reps 99 --inference all --data " + data
	for _, c := range []struct {
		line   string
		absent []string // methods without a p-value
	}{
		{panel + " --outcome y", []string{"hayes_moulton"}},
		{panel + " --outcome y --strata la", nil},
		{panel + " --outcome y --method 2x2", []string{"hayes_moulton"}},
		{panel + " --outcome count --family poisson", nil},
		{panel + " --outcome count --family poisson --exposure pupils --strata la", nil},
		{panel + " --outcome count --family poisson --method 2x2", nil},
		{panel + " --outcome count --family negbin", []string{"wild_bootstrap", "cluster_t", "cluster_t_weighted", "hayes_moulton"}},
		{"did --formula y~swis:post|school+term --term swis:post" + formula, []string{"cluster_t", "cluster_t_weighted", "hayes_moulton"}},
		{"did --formula count~swis:post|school+term --family poisson --term swis:post" + formula, []string{"cluster_t", "cluster_t_weighted", "hayes_moulton"}},
		{"glm --formula y~swis --term swis" + formula, []string{"hayes_moulton"}},
		{"glm --formula y~swis*post --term swis:post" + formula, []string{"cluster_t", "cluster_t_weighted", "hayes_moulton"}},
		{"glm --formula count~swis --family poisson --exposure pupils --term swis" + formula, nil},
		{"glm --formula count~swis --family negbin --term swis" + formula, nil},
	} {
		r := analysed(t, c.line)
		for _, name := range []string{"cr1s", "cr2", "cr3", "jackknife", "wild_bootstrap", "permutation", "cluster_t", "cluster_t_weighted", "hayes_moulton"} {
			test := testNamed(r, name)
			switch {
			case test == nil:
				t.Errorf("%s: no %s", c.line, name)
			case slices.Contains(c.absent, name):
				if test.PValue != nil || !strings.HasPrefix(test.How, "not given: ") {
					t.Errorf("%s: %s is not left out with a reason: %s", c.line, name, test.How)
				}
			case test.PValue == nil:
				t.Errorf("%s: %s has no p-value: %s", c.line, name, test.How)
			}
		}
		if test := testNamed(r, "wild_bootstrap"); test != nil && test.PValue != nil && (test.ConfLow == nil || test.ConfHigh == nil) {
			t.Errorf("%s: no interval of the bootstrap: %s", c.line, test.How)
		}
		if test := testNamed(r, "cr2"); test != nil && !strings.Contains(test.Label, "planned") {
			t.Errorf("%s: CR2 is not marked as planned", c.line)
		}
		// With group effects its ratio is nearer to 1 than the effect: no interval may seem to be one of it.
		if test := testNamed(r, "hayes_moulton"); strings.HasPrefix(c.line, "did ") && strings.Contains(c.line, "poisson") && test != nil && test.ConfLow != nil {
			t.Errorf("%s: an interval of Hayes and Moulton's ratio", c.line)
		}
		agree := 0
		for _, n := range r.Notes {
			if n.Code == "methods_agree" || n.Code == "methods_disagree" {
				agree++
			}
		}
		if agree != 1 {
			t.Errorf("%s: %d sentences on whether the methods agree", c.line, agree)
		}
		leverage := 0
		for _, check := range r.Checks {
			if slices.Contains([]string{"leverage_max", "partial_leverage_max", "drop_one_min", "drop_one_max"}, check.Name) {
				leverage++
			}
		}
		if leverage != 4 {
			t.Errorf("%s: leverage and drop-one range are not all there", c.line)
		}
	}
}

// A score bootstrap of absorbed effects is that of the same model with dummies,
// its interval too.
func TestScoreBootstrapOfAbsorbedEffects(t *testing.T) {
	for seed := range uint64(3) {
		data := countPanel(t, seed, 9)
		tail := " --family poisson --bootstrap wild --weights-type rademacher --reps 1000 --data " + data
		absorbed := testNamed(analysed(t, "did --outcome count --unit school --time term --treated swis --start 3"+tail), "wild_bootstrap")
		dummies := testNamed(analysed(t, "glm --formula count~swis:post+factor(school)+factor(term) --cluster school --term swis:post"+tail), "wild_bootstrap")
		if *absorbed.PValue != *dummies.PValue {
			t.Errorf("seed %d: p %g, with dummies %g", seed, *absorbed.PValue, *dummies.PValue)
		}
		if (absorbed.ConfLow == nil) != (dummies.ConfLow == nil) || (absorbed.ConfHigh == nil) != (dummies.ConfHigh == nil) {
			t.Fatalf("seed %d: an end is there in one only", seed)
		}
		for _, end := range [][2]analysis.Number{{absorbed.ConfLow, dummies.ConfLow}, {absorbed.ConfHigh, dummies.ConfHigh}} {
			if end[0] != nil && math.Abs(*end[0]-*end[1]) > 0.005 {
				t.Errorf("seed %d: end %g, with dummies %g", seed, *end[0], *end[1])
			}
		}
	}
}

// Where the methods lie on both sides of the limit, the sentence says why.
func TestDisagreementIsExplained(t *testing.T) {
	found := 0
	for seed := range uint64(40) {
		data := countPanel(t, seed, 8)
		r := analysed(t, "glm --formula count~swis --family poisson --cluster school --term swis --reps 99 --inference all --data "+data)
		for _, n := range r.Notes {
			if n.Code != "methods_disagree" {
				continue
			}
			found++
			if !strings.Contains(n.Text, "CR1S takes") && !strings.Contains(n.Text, "do not take the statistic") && !strings.Contains(n.Text, "luster-level tests count") && !strings.Contains(n.Text, "andomisation inference asks") && !strings.Contains(n.Text, "arge and small clusters") {
				t.Error(n.Text)
			}
		}
	}
	if found < 3 {
		t.Errorf("%d disagreements in 40 trials", found)
	}
}
