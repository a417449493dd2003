package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every published number that ships with the program stands.
func TestPublishedNumbers(t *testing.T) {
	files, err := filepath.Glob("../../testdata/published/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files of published numbers, %v", len(files), err)
	}
	var out, errOut bytes.Buffer
	if status := run(context.Background(), append([]string{"verify"}, files...), nil, &out, &errOut); status != exitDone {
		t.Errorf("exit %d: %s\n%s", status, errOut.String(), out.String())
	}
}

// A number that does not stand gives exit status 1.
func TestVerifyFails(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "counts.csv")
	if err := os.WriteFile(data, []byte("arm,events,pupils\n0,5,100\n1,3,100\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "targets.yaml")
	if err := os.WriteFile(file, []byte("- id: a\n  args: [floor, --data, counts.csv, --outcome, events, --treated, arm, --exposure, pupils]\n  expect: [{quantity: 'checks[name=rate_ratio].value', value: 0.61}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	if status := run(context.Background(), []string{"verify", file}, nil, &out, &errOut); status != exitFailed {
		t.Errorf("exit %d, want 1: %s", status, out.String())
	}
	if !strings.Contains(out.String(), "differs") {
		t.Errorf("the table does not say differs:\n%s", out.String())
	}
}

// publishedTargets says how a target of the shared collection is computed:
// arguments, quantity, and what multiplies it. %s is the folder.
var publishedTargets = map[string]func(t *testing.T, dir, id string) (args []string, quantity, times string){
	"snow-cholera":   snowTarget,
	"dfe-rates":      dfeTarget,
	"indomethacin":   indomethacinTarget,
	"math-reform":    baconTarget,
	"organ-donation": nil, // printed numbers not seen at the source
}

func snowTarget(_ *testing.T, dir, id string) ([]string, string, string) {
	data := filepath.Join(dir, "snow-cholera", "panel.csv")
	fit := func(more ...string) []string { return append([]string{"glm", "--data", data}, more...) }
	coefficient := func(term string) string {
		field := map[string]string{"se": "std_error", "p": "p_value"}[id[strings.LastIndex(id, ".")+1:]]
		if field == "" {
			field = "estimate"
		}
		return "estimates[term=" + term + "]." + field
	}
	model := map[string]string{"deviance": "fit.deviance", "aic": "fit.aic", "theta": "fit.theta", "2ll": "fit.log_lik"}[id[strings.LastIndex(id, ".")+1:]]
	times := "1"
	if model == "fit.log_lik" {
		times = "2"
	}
	either := func(term string) (string, string) {
		if model != "" {
			return model, times
		}
		return coefficient(term), times
	}
	switch {
	case strings.HasPrefix(id, "rate."):
		where := map[string]string{"first12.1849": "joint == 0 && post == 0", "next16.1849": "joint == 1 && post == 0", "first12.1854": "joint == 0 && post == 1", "next16.1854": "joint == 1 && post == 1"}[strings.TrimPrefix(id, "rate.")]
		return fit("--formula", "deaths ~ 1", "--where", where, "--exposure", "pop", "--family", "poisson", "--vcov", "iid"), "estimates[term=(Intercept)].ratio", "10000"
	case id == "did.levels":
		return fit("--formula", "I(10000*deaths/pop) ~ joint*post", "--weights", "pop", "--vcov", "iid"), "estimates[term=joint:post].estimate", "1"
	case strings.HasPrefix(id, "did.logols"):
		q, _ := either("joint:post")
		return fit("--formula", "log(deaths/pop) ~ joint*post", "--vcov", "iid"), q, "1"
	case strings.HasPrefix(id, "did.poisson"):
		q, times := either("joint:post")
		return fit("--formula", "deaths ~ joint*post", "--exposure", "pop", "--family", "poisson", "--vcov", "iid"), q, times
	case strings.HasPrefix(id, "did.fepoisson"):
		q, times := either("post:joint")
		return fit("--formula", "deaths ~ sub + post + joint:post", "--exposure", "pop", "--family", "poisson", "--vcov", "iid"), q, times
	case strings.HasPrefix(id, "did.nb."), id == "did.nb":
		q, times := either("joint:post")
		return fit("--formula", "deaths ~ joint*post", "--exposure", "pop", "--family", "negbin", "--vcov", "iid"), q, times
	case strings.HasPrefix(id, "did.nb2"):
		term := "degless_Lambeth:post"
		if strings.Contains(id, "more") {
			term = "degmore_Lambeth:post"
		}
		q, times := either(term)
		return fit("--formula", "deaths ~ deg*post", "--exposure", "pop", "--family", "negbin", "--vcov", "iid"), q, times
	}
	return nil, "", "" // Table IX has its counts in words: shipped in testdata/published
}

func dfeTarget(_ *testing.T, dir, id string) ([]string, string, string) {
	file, where, count := "cin_2013_2024.csv", "level == National && year == 2024", strings.TrimPrefix(id, "england.2024.")
	if measure, ok := strings.CutPrefix(id, "england.2025."); ok {
		file, count = "cla_2021_2025.csv", "children"
		where = "level == National && year == 2025 && measure == 'Children " + strings.ReplaceAll(measure, "_", " ") + "'"
	}
	return []string{"glm", "--data", filepath.Join(dir, "dfe-rates", file), "--formula", count + " ~ 1", "--where", where,
		"--exposure", "population_0_17", "--family", "poisson", "--vcov", "iid"}, "estimates[term=(Intercept)].ratio", "10000"
}

func indomethacinTarget(_ *testing.T, dir, id string) ([]string, string, string) {
	arm, ok := map[string]string{"pct.indo": "mean_treated", "pct.placebo": "mean_control"}[id]
	if !ok {
		return nil, "", "" // Fisher's exact test is not one of the methods
	}
	return []string{"describe", "--data", filepath.Join(dir, "indomethacin", "indo_rct.csv"), "--treated", "rx", "--covariates", "outcome"}, "checks[name=" + arm + ":outcome=1_yes].value", "100"
}

func baconTarget(t *testing.T, dir, id string) ([]string, string, string) {
	// An empty first year means never here; swis wants it said.
	data, err := os.ReadFile(filepath.Join(dir, "math-reform", "math_reform.csv"))
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "math-reform.csv")
	if err := os.WriteFile(copied, bytes.ReplaceAll(data, []byte(",NA,"), []byte(",never,")), 0o600); err != nil {
		t.Fatal(err)
	}
	kind := map[string]string{"1": "earlier_vs_later", "2": "later_vs_earlier", "3": "treated_vs_never"}[id[len(id)-1:]]
	args := []string{"did", "--data", copied, "--outcome", "incearn_ln", "--unit", "state", "--time", "class", "--cohort", "reformyr_math", "--method", "bacon"}
	if strings.HasPrefix(id, "weight") {
		return args, "checks[name=bacon_weight:" + kind + "].value", "1"
	}
	return args, "estimates[term=bacon:" + kind + "].estimate", "1"
}

// The targets whose print was read at the source, recomputed from the data in
// the shared collection beside the repository.
func TestSharedPublishedTargets(t *testing.T) {
	dir, err := filepath.Abs("../../../shared/published")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, "targets.csv"))
	if err != nil {
		t.Skip("no ../shared/published beside the repository: the targets in testdata/published are checked in any case")
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var yaml bytes.Buffer
	seen, covered := 0, 0
	for _, row := range rows[1:] {
		set, id, printed, equal, page := row[0], row[1], row[2], row[4], row[5]
		if page != "seen" {
			continue
		}
		seen++
		plan := publishedTargets[set]
		if plan == nil {
			t.Errorf("%s %s: no way to compute it", set, id)
			continue
		}
		args, quantity, times := plan(t, dir, id)
		if args == nil {
			continue
		}
		covered++
		yaml.WriteString("- id: " + set + " " + id + "\n  args: [" + quoted(args) + "]\n  expect: [{quantity: '" + quantity + "', value: " + printed + ", times: " + times)
		if equal != "TRUE" {
			yaml.WriteString(", printed_in_error: 'the data give another number'")
		}
		yaml.WriteString("}]\n")
	}
	targets := filepath.Join(t.TempDir(), "targets.yaml")
	if err := os.WriteFile(targets, yaml.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	if status := run(context.Background(), []string{"verify", targets}, nil, &out, &errOut); status != exitDone {
		t.Errorf("exit %d: %s\n%s", status, errOut.String(), out.String())
	}
	t.Logf("%d of %d targets seen at the source are computed", covered, seen)
}

func quoted(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = `"` + strings.ReplaceAll(a, `"`, `\"`) + `"`
	}
	return strings.Join(out, ", ")
}
