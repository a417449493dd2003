package main

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/compare"
	"swis/dataset"
	"swis/dataset/textfile"
)

func newCompare(s *streams) *cobra.Command {
	var output outputFlags
	var term string
	cmd := &cobra.Command{
		Use:   "compare <a.json> <b.json> [<c.json> ...]",
		Short: "Fits side by side",
		Long: `Reads results that were written with --format json and puts them side by side:
log-likelihood, AIC and BIC, a likelihood-ratio test where one model is nested in
another fitted to the same rows, and the estimate of one term under each.

REML fits are tested against each other only where their fixed effects are the same;
for others fit with --method ml. A test of a variance is marked as conservative.

Exit status: 0 done; 2 wrong command line; 3 a file is no result; 5 reading failed.`,
		Example: `  swis mixed --data pupils.csv --formula 'attainment ~ swis + (1 | school)' --method ml --format json --out a.json
  swis mixed --data pupils.csv --formula 'attainment ~ swis + baseline + (1 | school)' --method ml --format json --out b.json
  swis compare a.json b.json --term swis`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			var list []compare.Named
			var problems dataset.Problems
			for _, file := range args {
				r, err := readResult(file)
				var found dataset.Problems
				switch {
				case errors.As(err, &found):
					problems = append(problems, found...)
				case err != nil:
					return err
				}
				list = append(list, compare.Named{Name: strings.TrimSuffix(filepath.Base(file), ".json"), Result: r})
			}
			if problems != nil {
				return problems
			}
			r, err := compare.SideBySide(list, term)
			if err != nil {
				return err
			}
			r.Provenance.Program = program
			for _, one := range list {
				for _, input := range one.Result.Provenance.Inputs {
					if !slices.Contains(r.Provenance.Inputs, input) {
						r.Provenance.Inputs = append(r.Provenance.Inputs, input)
					}
				}
			}
			return output.emit(s, r)
		},
	}
	cmd.Flags().StringVar(&term, "term", "", "`coefficient` to show (default: one that all have)")
	output.bind(cmd)
	return cmd
}

// readResult reads a result in JSON.
func readResult(file string) (*analysis.Result, error) {
	data, err := textfile.ReadRecord(file)
	if err != nil {
		return nil, err
	}
	var r analysis.Result
	if err := json.Unmarshal(data, &r); err != nil || r.Schema != analysis.SchemaName {
		return nil, dataset.Problemf(file, 0, "", "no result of swis; write one with --format json --out %s", file)
	}
	return &r, nil
}
