package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"swis/analysis"
)

// nistFolder holds NIST's Statistical Reference Datasets.
var nistFolder = filepath.Join("..", "..", "testdata", "nist")

// nistData writes the numbers of a set, as they are printed, to a CSV file.
// The data begin after the last line that starts with Data:.
func nistData(t *testing.T, file string, names ...string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	start := 0
	for i, line := range lines {
		if strings.HasPrefix(line, "Data:") {
			start = i + 1
		}
	}
	var b strings.Builder
	b.WriteString(strings.Join(names, ",") + "\n")
	for _, line := range lines[start:] {
		fields := strings.Fields(line)
		if len(fields) != len(names) {
			continue
		}
		if _, err := strconv.ParseFloat(fields[0], 64); err == nil {
			b.WriteString(strings.Join(fields, ",") + "\n")
		}
	}
	out := filepath.Join(t.TempDir(), "data.csv")
	if err := os.WriteFile(out, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// exactValues reads a table of values recomputed to 20 digits.
func exactValues(t *testing.T, file string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	var head []string
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		cells := strings.Split(line, "\t")
		if head == nil {
			head = cells
			continue
		}
		row := map[string]string{}
		for i, c := range cells {
			row[head[i]] = c
		}
		out = append(out, row)
	}
	return out
}

func runGLM(t *testing.T, args ...string) *analysis.Result {
	t.Helper()
	var out, errOut bytes.Buffer
	if status := run(context.Background(), append(append([]string{"glm"}, args...), "--format", "json"), strings.NewReader(""), &out, &errOut); status != 0 {
		t.Fatalf("exit %d: %s", status, errOut.String())
	}
	var r analysis.Result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// logRelativeError is the number of agreeing digits, at most 15.
func logRelativeError(got analysis.Number, want string) float64 {
	w, err := strconv.ParseFloat(want, 64)
	if err != nil || got == nil {
		return 0
	}
	switch {
	case *got == w:
		return 15
	case w == 0:
		return min(15, -math.Log10(math.Abs(*got)))
	}
	return min(15, -math.Log10(math.Abs(*got-w)/math.Abs(w)))
}

// The limits are those of the project's reliability page: 13 digits of linear
// coefficients and 12 of standard errors, 7.5 and 7 on Filip.
func TestNISTLinear(t *testing.T) {
	folder := nistFolder
	type digits struct{ beta, se float64 }
	worst := map[string]*digits{}
	fits := map[string]*analysis.Result{}
	for _, row := range exactValues(t, filepath.Join(folder, "exact", "linear.tsv")) {
		name := row["dataset"]
		if row["quantity"] != "beta" && row["quantity"] != "se" {
			continue
		}
		if fits[name] == nil {
			fits[name] = nistFit(t, folder, name)
			worst[name] = &digits{15, 15}
		}
		k, err := strconv.Atoi(strings.TrimPrefix(row["index"], "B"))
		if err != nil {
			t.Fatal(row)
		}
		if strings.HasPrefix(name, "NoInt") {
			k--
		}
		e := fits[name].Estimates[k]
		if row["quantity"] == "beta" {
			worst[name].beta = min(worst[name].beta, logRelativeError(e.Estimate, row["exact_20_digits"]))
		} else {
			worst[name].se = min(worst[name].se, logRelativeError(e.StdError, row["exact_20_digits"]))
		}
	}
	if len(worst) != 11 {
		t.Fatalf("%d sets", len(worst))
	}
	for name, d := range worst {
		beta, se := 13.0, 12.0
		if name == "Filip" {
			beta, se = 7.5, 7
		}
		t.Logf("%-9s %.1f digits of coefficients, %.1f of standard errors", name, d.beta, d.se)
		if d.beta < beta || d.se < se {
			t.Errorf("%s: want %g and %g", name, beta, se)
		}
	}
}

func nistFit(t *testing.T, folder, name string) *analysis.Result {
	file := filepath.Join(folder, "linear", name+".dat")
	degree := map[string]int{"Pontius": 2, "Filip": 10, "Wampler1": 5, "Wampler2": 5, "Wampler3": 5, "Wampler4": 5, "Wampler5": 5}[name]
	switch {
	case name == "Longley":
		return runGLM(t, "--data", nistData(t, file, "y", "x1", "x2", "x3", "x4", "x5", "x6"), "--formula", "y ~ x1 + x2 + x3 + x4 + x5 + x6")
	case strings.HasPrefix(name, "NoInt"):
		return runGLM(t, "--data", nistData(t, file, "y", "x"), "--formula", "y ~ 0 + x")
	}
	formula := "y ~ x"
	for k := 2; k <= degree; k++ {
		formula += fmt.Sprintf(" + I(x^%d)", k)
	}
	return runGLM(t, "--data", nistData(t, file, "y", "x"), "--formula", formula)
}

// F of the analysis of variance: 10 digits, 4 where the data share 13 leading
// digits, the limit of numbers read as float64.
func TestNISTAnova(t *testing.T) {
	folder := nistFolder
	sets := 0
	for _, row := range exactValues(t, filepath.Join(folder, "exact", "anova.tsv")) {
		name := row["dataset"]
		if _, err := os.Stat(filepath.Join(folder, "anova", name+".dat")); err != nil {
			continue // the largest sets are not kept here
		}
		sets++
		data := nistData(t, filepath.Join(folder, "anova", name+".dat"), "treatment", "response")
		r := runGLM(t, "--data", data, "--formula", "response ~ factor(treatment)")
		want := 10.0
		if name == "SmLs07" || name == "SmLs08" || name == "SmLs09" {
			want = 3.9
		}
		got := logRelativeError(r.Tests[0].Statistic, row["F"])
		t.Logf("%-9s %.1f digits of F", name, got)
		if r.Tests[0].Name != "model" || got < want {
			t.Errorf("%s: %.1f digits of F, want %g", name, got, want)
		}
	}
	if sets < 8 {
		t.Errorf("%d sets found", sets)
	}
}

// Mean and standard deviation as the intercept and sigma of an empty model.
func TestNISTUnivariate(t *testing.T) {
	folder := nistFolder
	for _, row := range exactValues(t, filepath.Join(folder, "exact", "univariate.tsv")) {
		name := row["dataset"]
		data := univariateData(t, filepath.Join(folder, "univariate", name+".dat"))
		r := runGLM(t, "--data", data, "--formula", "y ~ 1")
		mean, sd := logRelativeError(r.Estimates[0].Estimate, row["mean"]), logRelativeError(r.Fit.Sigma, row["sd"])
		t.Logf("%-9s %.1f digits of the mean, %.1f of the standard deviation", name, mean, sd)
		limit := map[string]float64{"NumAcc3": 9, "NumAcc4": 8}[name]
		if limit == 0 {
			limit = 13
		}
		if r.Fit.NObs != atoi(row["n"]) || mean < 13.5 || sd < limit {
			t.Errorf("%s: %d rows, want 13.5 and %g digits", name, r.Fit.NObs, limit)
		}
	}
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }

// univariateData takes the numbers after the rule of dashes.
func univariateData(t *testing.T, file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, body, ok := strings.Cut(string(text), "------")
	if !ok {
		t.Fatal(file, "has no rule of dashes")
	}
	var b strings.Builder
	b.WriteString("y\n")
	for _, f := range strings.Fields(body) {
		if _, err := strconv.ParseFloat(f, 64); err == nil {
			b.WriteString(f + "\n")
		}
	}
	out := filepath.Join(t.TempDir(), "data.csv")
	if err := os.WriteFile(out, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}
