package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/verify"
)

func newVerify(s *streams) *cobra.Command {
	var output outputFlags
	cmd := &cobra.Command{
		Use:   "verify <targets.yaml>…",
		Short: "Recompute published numbers and compare",
		Long: `Recomputes the numbers of a file and compares them with what was printed. The file is a
list of targets:

  - id: young-2021-crude
    source: "Young et al. 2021, Lancet"
    args: [glm, --data, counts.csv, --formula, "events ~ arm", --exposure, person_days,
      --family, poisson, --vcov, iid]
    expect:
      - {quantity: "estimates[term=armtest].ratio", value: 1.046}
      - {quantity: "estimates[term=armtest].ratio_low", value: 0.942, tolerance: 0.001}

Paths are relative to the file. A value agrees where what is found rounds to it with the
decimals as printed (digits: N where the file cannot show them), halves either way; with
tolerance, where it is that near. times: 10000 multiplies what is found, for a rate per
10,000. printed_in_error: "why" marks a misprint. Where a value differs, the --as or --vcov
under which it would agree is named if there is one.

Exit status: 0 all stand; 1 a number differs or could not be computed; 2 wrong command
line; 3 the file is refused; 5 reading failed.`,
		Example: `  swis verify testdata/published/snow-1855.yaml
  swis verify targets.yaml --format json --out verified.json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			r, failed, err := verifyFiles(cmd.Context(), s, files)
			if err != nil {
				return err
			}
			if err := output.emit(s, r); err != nil {
				return err
			}
			if failed > 0 {
				return &checkFailed{text: fmt.Sprintf("%d published numbers do not stand: see the table", failed)}
			}
			return nil
		},
	}
	output.bind(cmd)
	return cmd
}

// verifyFiles compares the targets of all files and says how many do not stand.
func verifyFiles(ctx context.Context, s *streams, files []string) (*analysis.Result, int, error) {
	var comparisons []verify.Comparison
	r := &analysis.Result{Method: analysis.Method{Name: "Published numbers recomputed", Conventions: []string{"agreement to the printed decimals, halves rounded either way, or within the tolerance of the target"}},
		Provenance: analysis.Provenance{Program: program}, Fit: analysis.Fit{Status: analysis.Exact}}
	run := func(ctx context.Context, args []string) (*analysis.Result, error) { return runAnalysis(ctx, s, args) }
	for _, file := range files {
		targets, err := verify.Read(file)
		if err != nil {
			return nil, 0, err
		}
		more, err := verify.All(ctx, targets, run)
		if err != nil {
			return nil, 0, err
		}
		comparisons = append(comparisons, more...)
	}
	t := analysis.Table{Name: "published", Columns: []analysis.Column{
		{Name: "quantity", Format: analysis.Text}, {Name: "printed", Format: analysis.Text},
		{Name: "found", Format: analysis.Text}, {Name: "verdict", Format: analysis.Text}}}
	counts := map[verify.Verdict]int{}
	failed := 0
	for i, c := range comparisons {
		counts[c.Verdict]++
		if !c.Verdict.OK() {
			failed++
		}
		if i == 0 || comparisons[i-1].Target != c.Target {
			t.Rows = append(t.Rows, []analysis.Cell{{Text: c.Target}})
		}
		t.Rows = append(t.Rows, []analysis.Cell{{Text: c.Quantity}, {Text: c.Printed}, {Text: shownFound(c.Found)}, {Text: string(c.Verdict)}})
		ok := c.Verdict.OK()
		check := analysis.Check{Name: c.Target + ": " + c.Quantity, OK: &ok}
		if x, number := c.Found.(float64); number {
			check.Value = analysis.Num(x)
		}
		if x, err := strconv.ParseFloat(c.Printed, 64); err == nil {
			check.Limit = analysis.Num(x)
		}
		r.Checks = append(r.Checks, check)
		if c.Note != "" {
			r.Note("published", fmt.Sprintf("%s, %s: %s", c.Target, c.Quantity, c.Note))
		}
	}
	r.Tables = []analysis.Table{t}
	r.Fit.NObs = len(comparisons)
	r.Title = fmt.Sprintf("%d of %d published numbers stand", len(comparisons)-failed, len(comparisons))
	for _, v := range []struct {
		verdict verify.Verdict
		name    string
	}{{verify.Agrees, "agree"}, {verify.Within, "within_tolerance"}, {verify.Erratum, "printed_in_error"}, {verify.Differs, "differ"}, {verify.Failed, "not_computed"}} {
		r.Checks = append(r.Checks, analysis.Check{Name: v.name, Value: analysis.Num(float64(counts[v.verdict]))})
	}
	return r, failed, nil
}

// shownFound writes what was found with the digits a comparison needs.
func shownFound(found any) string {
	switch x := found.(type) {
	case nil:
		return "null"
	case float64:
		return strconv.FormatFloat(x, 'g', 7, 64)
	}
	return fmt.Sprint(found)
}
