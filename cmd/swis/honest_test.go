package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hardPanel writes 12 schools in 6 terms, the start in the fourth. The zero
// value of a field changes nothing.
type hardPanel struct {
	treated func(s int) int
	count   func(s, swis, post, count int) int
	keep    func(swis, term int) bool
	la      func(s int) int
	x       func(swis, post int) float64
}

func (h hardPanel) write(t *testing.T) string {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 91))
	var text strings.Builder
	text.WriteString("school,la,term,swis,post,cohort,y,count,any,x,received\n")
	for s := range 12 {
		swis, la, cohort := s%2, s/3, "never"
		if h.treated != nil {
			swis = h.treated(s)
		}
		if h.la != nil {
			la = h.la(s)
		}
		if swis == 1 {
			cohort = "4"
		}
		level := r.NormFloat64()
		for term := 1; term <= 6; term++ {
			post := term / 4
			y, count, x := level+0.8*float64(swis*post)+r.NormFloat64(), 1+r.IntN(5), r.NormFloat64()
			if h.keep != nil && !h.keep(swis, term) {
				continue
			}
			if h.count != nil {
				count = h.count(s, swis, post, count)
			}
			if h.x != nil {
				x = h.x(swis, post)
			}
			fmt.Fprintf(&text, "S%02d,L%d,%d,%d,%d,%s,%.4f,%d,%d,%.4f,%d\n", s, la, term, swis, post, cohort, y, count, min(count/3, 1), x, swis*r.IntN(2))
		}
	}
	file := filepath.Join(t.TempDir(), "panel.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Every design and family with the outcome that it takes.
var hardDesigns = func() (out []struct{ line, outcome string }) {
	add := func(line, outcome string) { out = append(out, struct{ line, outcome string }{line, outcome}) }
	for _, method := range []string{"twfe", "2x2", "event", "cs", "sunab", "imputation", "etwfe", "aggregate", "ancova"} {
		add("did --unit school --time term --cohort cohort --method "+method+" --outcome Y", "mean")
	}
	for _, method := range []string{"twfe", "2x2", "event", "sunab", "etwfe"} {
		for _, family := range []string{"poisson", "negbin"} {
			add("did --unit school --time term --cohort cohort --method "+method+" --family "+family+" --outcome count", "count")
		}
	}
	for _, family := range []string{"gaussian", "poisson", "negbin"} {
		outcome := "count"
		if family == "gaussian" {
			outcome = "Y"
		}
		add("did --formula "+outcome+"~swis:post|school+term --family "+family+" --cluster school", map[bool]string{true: "mean", false: "count"}[family == "gaussian"])
		add("glm --formula "+outcome+"~swis*post --family "+family+" --cluster school", map[bool]string{true: "mean", false: "count"}[family == "gaussian"])
	}
	add("glm --formula any~swis*post --family binomial --cluster school", "share")
	add("cace --outcome Y --assigned swis --received received --cluster school", "mean")
	return out
}()

// TestHonestAnswers: where data cannot answer, every design in every family
// refuses with exit status 6 or says by name what is wrong; none gives a number
// that looks like an answer.
func TestHonestAnswers(t *testing.T) {
	for _, c := range []struct {
		name    string
		panel   hardPanel
		outcome string            // Y stands for it
		flags   []string          // any of these notes
		refuse  string            // or exit 6 with this
		more    string            // further flags, of did and glm
		skip    func(string) bool // designs that the case is no difficulty for
	}{
		{name: "one treated cluster", panel: hardPanel{treated: func(s int) int { return min(1, max(0, 1-s)) }}, outcome: "y", flags: []string{"few_treated", "one_cluster_arm"},
			skip: func(line string) bool { return strings.Contains(line, "aggregate") || strings.Contains(line, "ancova") }}, // t with G - 2 df holds
		{name: "one comparison cluster", panel: hardPanel{treated: func(s int) int { return min(1, s) }}, outcome: "y", flags: []string{"one_cluster_arm"},
			skip: func(line string) bool { return strings.Contains(line, "aggregate") || strings.Contains(line, "ancova") }},
		{name: "intervention arm all zero", panel: hardPanel{count: func(_, swis, _, n int) int { return n * (1 - swis) }}, outcome: "count", flags: []string{"all_zero_arm", "separated"},
			refuse: "zero events|combination", skip: func(line string) bool {
				return strings.HasPrefix(line, "glm --formula Y") || strings.HasPrefix(line, "did --formula Y") || strings.HasPrefix(line, "cace")
			}},
		{name: "comparison arm all zero", panel: hardPanel{count: func(_, swis, _, n int) int { return n * swis }}, outcome: "count", flags: []string{"all_zero_arm", "separated"},
			refuse: "zero events|combination", skip: func(line string) bool {
				return strings.HasPrefix(line, "glm --formula Y") || strings.HasPrefix(line, "did --formula Y") || strings.HasPrefix(line, "cace")
			}},
		{name: "intervention arm zero after the start", panel: hardPanel{count: func(_, swis, post, n int) int { return n * (1 - swis*post) }}, outcome: "count", flags: []string{"all_zero_arm", "separated"},
			skip: func(line string) bool {
				return strings.HasPrefix(line, "glm --formula Y") || strings.HasPrefix(line, "did --formula Y") || strings.HasPrefix(line, "cace")
			}},
		{name: "all zero", panel: hardPanel{count: func(int, int, int, int) int { return 0 }}, outcome: "count", flags: []string{"all_zero_arm", "separated"},
			refuse: "zero|0 in all", skip: func(line string) bool {
				return strings.HasPrefix(line, "glm --formula Y") || strings.HasPrefix(line, "did --formula Y") || strings.HasPrefix(line, "cace")
			}},
		{name: "collinear covariate", panel: hardPanel{x: func(swis, post int) float64 { return float64(swis * post) }}, outcome: "y", flags: []string{"collinear"}, refuse: "collinear", more: "x",
			skip: func(line string) bool {
				return strings.Contains(line, "aggregate") || strings.Contains(line, "ancova") || strings.HasPrefix(line, "cace")
			}},
		{name: "no earlier period", panel: hardPanel{keep: func(swis, term int) bool { return swis == 0 || term >= 4 }}, outcome: "y", flags: []string{"collinear"}, refuse: "before its start|combination",
			skip: func(line string) bool { return strings.HasPrefix(line, "cace") }},
		{name: "no later period", panel: hardPanel{keep: func(swis, term int) bool { return swis == 0 || term < 4 }}, outcome: "y", flags: []string{"collinear"}, refuse: "is treated in the rows|starts within|is observed|combination",
			skip: func(line string) bool { return strings.HasPrefix(line, "cace") }},
		{name: "all treated", panel: hardPanel{treated: func(int) int { return 1 }}, outcome: "y", flags: []string{"collinear"}, refuse: "every school is treated|never treated|combination|does not vary|collinear"},
		{name: "one cluster", panel: hardPanel{la: func(int) int { return 0 }}, outcome: "y", refuse: "one cluster|in one la only", more: "cluster"},
		{name: "one cluster an arm", panel: hardPanel{la: func(s int) int { return s % 2 }}, outcome: "y", flags: []string{"one_cluster_arm"}, more: "cluster"},
	} {
		data := c.panel.write(t)
		answered := 0
		for _, d := range hardDesigns {
			if c.skip != nil && c.skip(d.line) {
				continue
			}
			line := strings.ReplaceAll(strings.ReplaceAll(d.line, "--outcome Y", "--outcome "+c.outcome), "--formula Y", "--formula "+c.outcome)
			switch {
			case c.more == "x" && strings.Contains(line, "--formula"):
				line = strings.Replace(line, "~", "~x+", 1)
			case c.more == "x":
				line += " --covariates x"
			case c.more == "cluster":
				line = strings.ReplaceAll(line, " --cluster school", "") + " --cluster la"
			}
			answered++
			r, err := runAnalysis(context.Background(), &streams{out: io.Discard, err: io.Discard}, strings.Fields(line+" --data "+data))
			if err != nil {
				if exitStatus(err) != exitNotEstimate || c.refuse == "" || !slices.ContainsFunc(strings.Split(c.refuse, "|"), func(s string) bool { return strings.Contains(err.Error(), s) }) {
					t.Errorf("%s: %s: exit %d: %v", c.name, line, exitStatus(err), err)
				}
				continue
			}
			said := false
			for _, n := range r.Notes {
				said = said || slices.Contains(c.flags, n.Code)
			}
			if !said {
				t.Errorf("%s: %s: nothing is said", c.name, line)
			}
			if c.name != "one cluster an arm" {
				continue
			}
			for _, term := range []string{"att", "simple", "event:0", "swis:post", "cace"} {
				if e := r.Find(term); e != nil && (e.StdError != nil || e.PValue != nil || e.ConfLow != nil) {
					t.Errorf("%s: %s: %s has a standard error", c.name, line, term)
				}
			}
		}
		if answered < 15 {
			t.Errorf("%s: %d designs", c.name, answered)
		}
	}
	// Schools without any event are counted by fixed-effects count models and
	// stay in the others.
	data := hardPanel{count: func(s, _, _, n int) int {
		if s < 2 {
			return 0
		}
		return n
	}}.write(t)
	for _, d := range hardDesigns {
		if d.outcome != "count" || strings.HasPrefix(d.line, "glm") || strings.Contains(d.line, "2x2") {
			continue
		}
		r := analysed(t, d.line+" --data "+data)
		found := false
		for _, check := range r.Checks {
			found = found || check.Name == "fe_all_zero_groups" && *check.Value == 2
		}
		if !found {
			t.Errorf("%s: two schools without events are not counted", d.line)
		}
	}
}
