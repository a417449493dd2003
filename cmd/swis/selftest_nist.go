package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"swis/analysis"
)

// NIST's certified values, recomputed from the data in rational arithmetic to
// 20 digits, and the digits that a fit must have of them. The limits are those
// of numbers that are read as float64: Filip is a polynomial of degree 10 with a
// condition of 1e15, the data of SmLs07 and SmLs08 share 13 leading digits, those
// of NumAcc3 and NumAcc4 seven and eight.

// nistLinear fits the linear regressions.
func (t *selftest) nistLinear() error {
	const area = "NIST linear regression"
	rows, err := t.exact("linear")
	if err != nil {
		return err
	}
	fits := map[string]*analysis.Result{}
	for _, row := range rows {
		name, quantity := row["dataset"], row["quantity"]
		if quantity != "beta" && quantity != "se" {
			continue
		}
		if fits[name] == nil {
			if fits[name], err = t.nistFit(name); err != nil {
				t.words(area, name, err.Error(), "a fit")
				fits[name] = &analysis.Result{}
			}
		}
		k, err := strconv.Atoi(strings.TrimPrefix(row["index"], "B"))
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "NoInt") {
			k--
		}
		var e analysis.Estimate
		if k < len(fits[name].Estimates) {
			e = fits[name].Estimates[k]
		}
		got, limit, filip := e.Estimate, 13.0, 7.5
		if quantity == "se" {
			got, limit, filip = e.StdError, 12, 7
		}
		if name == "Filip" {
			limit = filip
		}
		t.digits(area, name+" "+quantity+" "+row["index"], got, row["exact_20_digits"], limit)
	}
	return nil
}

// nistFit fits one of the linear sets.
func (t *selftest) nistFit(name string) (*analysis.Result, error) {
	columns, formula := []string{"y", "x"}, "y ~ x"
	switch {
	case name == "Longley":
		columns, formula = []string{"y", "x1", "x2", "x3", "x4", "x5", "x6"}, "y ~ x1 + x2 + x3 + x4 + x5 + x6"
	case strings.HasPrefix(name, "NoInt"):
		formula = "y ~ 0 + x"
	}
	degree := map[string]int{"Pontius": 2, "Filip": 10, "Wampler1": 5, "Wampler2": 5, "Wampler3": 5, "Wampler4": 5, "Wampler5": 5}[name]
	for k := 2; k <= degree; k++ {
		formula += fmt.Sprintf(" + I(x^%d)", k)
	}
	data, err := t.nistData("linear/"+name, columns...)
	if err != nil {
		return nil, err
	}
	return t.run("glm", "--data", data, "--formula", formula)
}

// nistAnova computes F of the analyses of variance.
func (t *selftest) nistAnova() error {
	const area = "NIST analysis of variance"
	rows, err := t.exact("anova")
	if err != nil {
		return err
	}
	for _, row := range rows {
		name := row["dataset"]
		data, err := t.nistData("anova/"+name, "treatment", "response")
		if errors.Is(err, fs.ErrNotExist) {
			continue // the largest sets are not kept
		}
		if err != nil {
			return err
		}
		var f analysis.Number
		if r, err := t.run("glm", "--data", data, "--formula", "response ~ factor(treatment)"); err != nil {
			t.words(area, name, err.Error(), "a fit")
		} else if len(r.Tests) > 0 && r.Tests[0].Name == "model" {
			f = r.Tests[0].Statistic
		}
		digits := 10.0
		if name == "SmLs07" || name == "SmLs08" {
			digits = 3.9
		}
		t.digits(area, name+" F", f, row["F"], digits)
	}
	return nil
}

// nistUnivariate takes means and standard deviations from an empty model.
func (t *selftest) nistUnivariate() error {
	const area = "NIST means and standard deviations"
	rows, err := t.exact("univariate")
	if err != nil {
		return err
	}
	for _, row := range rows {
		name := row["dataset"]
		data, err := t.nistData("univariate/"+name, "y")
		if err != nil {
			return err
		}
		r, err := t.run("glm", "--data", data, "--formula", "y ~ 1")
		if err != nil || len(r.Estimates) != 1 {
			t.words(area, name, fmt.Sprint(err), "a fit")
			continue
		}
		digits := 13.0
		switch name {
		case "NumAcc3":
			digits = 9
		case "NumAcc4":
			digits = 8
		}
		t.words(area, name+" n", strconv.Itoa(r.Fit.NObs), row["n"])
		t.digits(area, name+" mean", r.Estimates[0].Estimate, row["mean"], 13.5)
		t.digits(area, name+" standard deviation", r.Fit.Sigma, row["sd"], digits)
	}
	return nil
}

// exact reads one of the tables of values.
func (t *selftest) exact(kind string) ([]map[string]string, error) {
	text, err := fs.ReadFile(t.files, "nist/exact/"+kind+".tsv")
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	head := strings.Split(lines[0], "\t")
	var out []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range strings.Split(line, "\t") {
			row[head[i]] = cell
		}
		out = append(out, row)
	}
	return out, nil
}

// nistData writes the numbers of a set, as they are printed, to a CSV file and
// gives its name. The data follow the last line that starts with Data:, or in
// the univariate sets a rule of dashes.
func (t *selftest) nistData(name string, columns ...string) (string, error) {
	text, err := fs.ReadFile(t.files, "nist/"+name+".dat")
	if err != nil {
		return "", err
	}
	body := string(text)
	if _, numbers, ok := strings.Cut(body, "------"); ok && len(columns) == 1 {
		body = strings.Join(strings.Fields(numbers), "\n")
	} else if i := strings.LastIndex(body, "\nData:"); i >= 0 {
		body = body[i+1:]
	}
	var b strings.Builder
	b.WriteString(strings.Join(columns, ",") + "\n")
	for line := range strings.Lines(body) {
		fields := strings.Fields(line)
		if len(fields) != len(columns) {
			continue
		}
		if _, err := strconv.ParseFloat(fields[0], 64); err == nil {
			b.WriteString(strings.Join(fields, ",") + "\n")
		}
	}
	out := filepath.Join(t.folder, path.Base(name)+".csv")
	return out, os.WriteFile(out, []byte(b.String()), 0o600)
}
