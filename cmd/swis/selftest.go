package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/testdata"
)

// selftestAreas lists what selftest recomputes, in the order of the main job. A
// new area is one file and one line here.
var selftestAreas = []func(*selftest) error{
	(*selftest).trial,
	(*selftest).draws,
	(*selftest).allocations,
	(*selftest).tails,
	(*selftest).nistUnivariate,
	(*selftest).nistLinear,
	(*selftest).nistAnova,
	(*selftest).reference,
}

func newSelftest(s *streams) *cobra.Command { return newSelftestOf(s, testdata.Files) }

// newSelftestOf is the command with the certified numbers of these files.
func newSelftestOf(s *streams, files fs.FS) *cobra.Command {
	var output outputFlags
	var verbose bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Recompute certified numbers on this machine",
		Long: `Recomputes numbers whose right values are known from elsewhere, with this program on this
machine, and says how many digits agree. The data and the values are in the program: it
needs no network and no files, and leaves none.

  trial        a small trial is invented, its extracts are read, every cell of the panel is
               compared with what was planted
  draws        hashes and random numbers against their published test vectors
  allocation   assignments against those of an independent program, a changed log is found
  tails        p-values and quantiles down to 1e-300 against 60-digit arithmetic
  NIST         certified values of NIST's Statistical Reference Datasets
  reference    every estimator against lme4, glmmTMB, fixest, did, clubSandwich and others

Each check that fails is named, with what was expected and what was obtained; --verbose
lists all. --format json has all of them in checks: value is what was obtained, limit what
was expected.

Exit status: 0 all hold; 1 one does not; 2 wrong command line; 5 no temporary folder can be
written (name one with TMPDIR); 130 interrupted.`,
		Example: "  swis selftest\n  swis selftest --format json --out selftest.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := runSelftest(cmd.Context(), files)
			if err != nil {
				return err
			}
			if err := output.emit(s, t.result(verbose)); err != nil {
				return err
			}
			if failed := t.failed(); failed > 0 {
				return &checkFailed{text: fmt.Sprintf("%d of %d checks do not hold: do not use this program on this machine before it is known why", failed, len(t.checks))}
			}
			return nil
		},
	}
	output.bind(cmd)
	cmd.Flags().BoolVar(&verbose, "verbose", false, "list every check, not only those that fail")
	return cmd
}

// selftest is one run: where it reads and writes, and what it has found.
type selftest struct {
	ctx     context.Context
	streams *streams
	files   fs.FS  // certified numbers, laid out as testdata
	folder  string // temporary
	checks  []selfCheck
}

// runSelftest makes every check. An error means that they could not be made.
func runSelftest(ctx context.Context, files fs.FS) (*selftest, error) {
	folder, err := os.MkdirTemp("", "swis-selftest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	t := &selftest{ctx: ctx, streams: &streams{out: io.Discard, err: io.Discard}, files: files, folder: folder}
	for _, area := range selftestAreas {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := area(t); err != nil {
			return nil, err
		}
	}
	return t, ctx.Err()
}

// run makes an analysis as the command line would.
func (t *selftest) run(args ...string) (*analysis.Result, error) {
	return runAnalysis(t.ctx, t.streams, args)
}

func (t *selftest) failed() (n int) {
	for _, c := range t.checks {
		if !c.ok {
			n++
		}
	}
	return n
}

// result is the table of areas, the checks behind it, and a note for each that fails.
func (t *selftest) result(verbose bool) *analysis.Result {
	r := &analysis.Result{
		Title:    fmt.Sprintf("%d of %d certified numbers are recomputed on this machine", len(t.checks)-t.failed(), len(t.checks)),
		Subtitle: fmt.Sprintf("%s, %s, %s/%s", program, runtime.Version(), runtime.GOOS, runtime.GOARCH),
		Method: analysis.Method{Name: "Self-test", Conventions: []string{
			"digits: -log10 of the relative error, at most 15; the fewest of the checks of an area that are held to a relative error",
			"reference values of iterated fits (mixed, zero-inflated, negative binomial) are themselves good to 4 to 8 digits"}},
		Fit:        analysis.Fit{NObs: len(t.checks), Status: analysis.Exact},
		Provenance: analysis.Provenance{Program: program},
	}
	r.Tables = []analysis.Table{t.areas()}
	if verbose {
		r.Tables = append(r.Tables, t.all())
	}
	for _, c := range t.checks {
		name := c.area + ", " + c.set + c.name
		r.Checks = append(r.Checks, analysis.Check{Name: name, Value: parsed(c.obtained), Limit: parsed(c.expected), OK: &c.ok})
		if !c.ok {
			r.Note("selftest", fmt.Sprintf("%s: expected %s, obtained %s (held to: %s)", name, c.expected, c.obtained, c.allowed))
		}
	}
	return r
}

// areas counts the checks of each area.
func (t *selftest) areas() analysis.Table {
	table := analysis.Table{Name: "areas", Columns: []analysis.Column{
		{Name: "area", Format: analysis.Text}, {Name: "checks", Format: analysis.Count}, {Name: "fail", Format: analysis.Count},
		{Name: "fewest digits", Format: analysis.Rate}, {Name: "state", Format: analysis.Text}}}
	for i := 0; i < len(t.checks); {
		area, first, fails, digits := t.checks[i].area, i, 0, math.Inf(1)
		for ; i < len(t.checks) && t.checks[i].area == area; i++ {
			if !t.checks[i].ok {
				fails++
			}
			if t.checks[i].relative {
				digits = min(digits, t.checks[i].digits)
			}
		}
		state := "holds"
		if fails > 0 {
			state = "FAILS"
		}
		table.Rows = append(table.Rows, []analysis.Cell{{Text: area}, {Value: analysis.Num(float64(i - first))}, {Value: analysis.Num(float64(fails))}, {Value: analysis.Num(digits)}, {Text: state}})
	}
	return table
}

// all lists every check, of hashes the first digits.
func (t *selftest) all() analysis.Table {
	table := analysis.Table{Name: "checks", Columns: []analysis.Column{
		{Name: "check", Format: analysis.Text}, {Name: "obtained", Format: analysis.Text}, {Name: "against what is expected", Format: analysis.Text}}}
	for i, c := range t.checks {
		if i == 0 || t.checks[i-1].area != c.area || t.checks[i-1].set != c.set {
			table.Rows = append(table.Rows, []analysis.Cell{{Text: strings.TrimSpace(c.area + " " + c.set)}})
		}
		table.Rows = append(table.Rows, []analysis.Cell{{Text: c.name}, {Text: fmt.Sprintf("%.24s", c.obtained)}, {Text: c.verdict()}})
	}
	return table
}

// parsed is a text as a number, nil for words.
func parsed(text string) analysis.Number {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil
	}
	return analysis.Num(x)
}
