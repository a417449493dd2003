package verify

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/analysis"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "targets.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fake gives 1.0445 as estimate, and 1.1 under cr1s.
func fake(_ context.Context, args []string) (*analysis.Result, error) {
	x := 1.0445
	for i, a := range args {
		switch {
		case a == "--as":
			return nil, errors.New("not defined here")
		case a == "cr1s" && args[i-1] == "--vcov":
			x = 1.1
		case a == "broken":
			return nil, analysis.NotEstimablef("nothing to compare")
		}
	}
	return &analysis.Result{Estimates: []analysis.Estimate{{Term: "a", Estimate: analysis.Num(x)}}, Fit: analysis.Fit{NObs: 5, Status: analysis.Exact}}, nil
}

func TestVerdicts(t *testing.T) {
	targets, err := Read(write(t, `
- id: one
  args: [glm, --data, x.csv, --vcov, iid]
  expect:
    - {quantity: "estimates[term=a].estimate", value: 1.04}
    - {quantity: "estimates[term=a].estimate", value: 1.044, digits: 3}
    - {quantity: "estimates[term=a].estimate", value: 1.045}
    - {quantity: "estimates[term=a].estimate", value: 1.046}
    - {quantity: "estimates[term=a].estimate", value: 1.046, tolerance: 0.002}
    - {quantity: "estimates[term=a].estimate", value: 1.046, tolerance: 0.001}
    - {quantity: "estimates[term=a].estimate", value: 104, times: 100}
    - {quantity: "estimates[term=a].estimate", value: 1.10}
    - {quantity: "estimates[term=a].estimate", value: 2.5, printed_in_error: "a slip"}
    - {quantity: "estimates[term=a].std_error", value: "null"}
    - {quantity: "estimates[term=b].estimate", value: 1}
    - {quantity: fit.status, value: exact}
    - {quantity: fit.n_obs, value: 5}
- id: two
  args: [glm, broken]
  expect:
    - {quantity: fit.n_obs, value: 5}
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := All(context.Background(), targets, fake)
	if err != nil {
		t.Fatal(err)
	}
	want := []Verdict{Agrees, Agrees, Agrees, Differs, Within, Differs, Agrees, Differs, Erratum, Agrees, Failed, Agrees, Agrees, Failed}
	for i, c := range got {
		if c.Verdict != want[i] {
			t.Errorf("%s printed %s found %v: %s, want %s", c.Quantity, c.Printed, c.Found, c.Verdict, want[i])
		}
	}
	if got[7].Note != "would agree with --vcov cr1s" {
		t.Errorf("the convention that would agree: %q", got[7].Note)
	}
	if got[3].Note != "" {
		t.Errorf("a number that no convention gives: %q", got[3].Note)
	}
	if !strings.HasSuffix(targets[0].Args[2], string(filepath.Separator)+"x.csv") || !filepath.IsAbs(targets[0].Args[2]) {
		t.Errorf("path %q is not relative to the file", targets[0].Args[2])
	}
}

func TestRefusals(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key":  "- id: a\n  arg: [glm]\n  expect: [{quantity: fit.n_obs, value: 1}]\n",
		"no args":      "- id: a\n  expect: [{quantity: fit.n_obs, value: 1}]\n",
		"no value":     "- id: a\n  args: [glm]\n  expect: [{quantity: fit.n_obs}]\n",
		"same id":      "- id: a\n  args: [glm]\n  expect: [{quantity: fit.n_obs, value: 1}]\n- id: a\n  args: [glm]\n  expect: [{quantity: fit.n_obs, value: 1}]\n",
		"not a list":   "id: a\n",
		"empty":        "[]\n",
		"broken quote": "- id: \"a\n",
	} {
		if _, err := Read(write(t, text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
