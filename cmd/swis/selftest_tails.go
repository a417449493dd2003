package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io/fs"
	"strings"

	"swis/analysis"
	"swis/analysis/distribution"
)

// tails holds p-values and quantiles to values from 60-digit arithmetic, from the
// centre to 1e-300. A relative error of 1e-12 is what the estimators' own
// digits call for; a float64 of x alone changes a far tail by up to 1e-13.
func (t *selftest) tails() error {
	text, err := fs.ReadFile(t.files, "distribution/tails.csv")
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return err
	}
	for _, row := range rows[1:] {
		var x [3]float64
		for i, cell := range row[1:4] {
			if cell == "" {
				continue
			}
			if _, err := fmt.Sscan(cell, &x[i]); err != nil {
				return err
			}
		}
		var got float64
		switch row[0] {
		case "normal":
			got = distribution.NormalTwoSided(x[0])
		case "t":
			got = distribution.StudentTwoSided(x[0], x[1])
		case "F":
			got = distribution.FUpper(x[0], x[1], x[2])
		case "chi_squared":
			got = distribution.ChiSquaredUpper(x[0], x[1])
		case "t_quantile":
			got = distribution.StudentQuantile(x[0], x[1])
		default:
			return fmt.Errorf("distribution/tails.csv: no function %q", row[0])
		}
		name := row[0] + "(" + strings.TrimRight(strings.Join(row[1:4], ", "), ", ") + ")"
		t.digits("tails of distributions", name, analysis.Num(got), row[4], 12)
	}
	return nil
}
