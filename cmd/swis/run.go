package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"swis/analysis"
	"swis/analysis/plan"
	"swis/dataset/atomicfile"
	"swis/dataset/study"
	"swis/report"
	"swis/report/tables"
)

func newRun(s *streams) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "run <trial.yaml>",
		Short: "Do everything a plan declares, in order, into one folder with one report",
		Long: `Reads the plan, then: ingests the extracts and links children to schools; assigns or
matches schools (or verifies a given allocation); describes the arms at baseline; runs
every analysis as its command would; corrects families of tests; draws the figures; and
writes one report. The folder holds

  report.html, report.md   the report; the HTML is one file and prints on A4
  results.json             every result in full precision
  tables/ID.csv            the numbers of each analysis
  figures/                 SVG, PNG and PDF, with the plotted data and alt text
  study/                   the panel, the data-quality report, the allocation
  manifest.json            inputs, outputs and their hashes

The folder appears whole or not at all. Results of an earlier run are replaced; any other
folder is left alone (exit 4). Unknown keys of the plan are refused with their line.
An analysis that cannot be answered from the data is reported as such and does not end
the run. A plan that was locked (swis lock) is compared with its lock: the report says what
was planned and what was done.

Exit status: 0 done; 2 wrong command line; 3 plan or data refused; 4 a folder that holds
something else, or a second allocation; 5 reading or writing failed; 130 interrupted.`,
		Example: "  swis demo --data-only example && swis run example/trial.yaml --out results-first\n  swis run trial.yaml --out results-2026-07",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := plan.ReadFile(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = p.Path("results")
			}
			done, err := runPlan(cmd.Context(), s, p, out, newProgress(s, isQuiet(cmd)), nil)
			if err != nil {
				return err
			}
			return done.print(s)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "results `folder` (default: results, beside the plan)")
	return cmd
}

// progress tells a person at a terminal what is going on, and nobody else.
type progress struct {
	s     *streams
	on    bool
	start time.Time
}

func newProgress(s *streams, quiet bool) *progress {
	file, ok := s.err.(*os.File)
	return &progress{s: s, on: !quiet && ok && term.IsTerminal(int(file.Fd())), start: time.Now()}
}

func (p *progress) say(format string, args ...any) {
	if p.on {
		fmt.Fprintf(p.s.err, "%5.1f s  %s\n", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
	}
}

// reading reports on the files that are read, as ingest does.
func (p *progress) reading() (report study.Progress, end func()) {
	if p == nil { // nobody looks on, as in selftest
		return nil, func() {}
	}
	return progressOn(p.s.err, !p.on)
}

// isQuiet says whether --quiet was given.
func isQuiet(cmd *cobra.Command) bool {
	quiet, _ := cmd.Flags().GetBool("quiet")
	return quiet
}

// trialRun is one run of a plan. Everything is written into work, a folder
// beside the results, which takes their place at the end.
type trialRun struct {
	streams  *streams
	plan     *plan.Plan
	out      string // where the results will be
	work     string
	progress *progress
	done     []ranAnalysis
	design   *analysis.Result // how schools came into arms
	study    *study.Study
	drawable []*countedFigure // by place in the plan; nil for those made from results
	figures  []drawnFigure
	flow     *analysis.Result
	lock     *planLock     // nil where the plan was not locked
	changes  []plan.Change // since it was locked
	tested   []testedFamily
}

// ranAnalysis is one analysis of the plan with its result, or why there is none.
type ranAnalysis struct {
	Declared plan.Analysis
	Result   *analysis.Result
	Reason   string // why the question cannot be answered; empty where it can
}

// runPlan runs a plan into a results folder. extra, where given, adds sections
// to the report when the results are there.
func runPlan(ctx context.Context, s *streams, p *plan.Plan, out string, pr *progress, extra reportSection) (_ *trialRun, err error) {
	if err := checkAnalyses(p); err != nil {
		return nil, err
	}
	out = filepath.Clean(out)
	if err := resultsFolder(out); err != nil {
		return nil, err
	}
	folder, err := atomicfile.NewFolder(out)
	if err != nil {
		return nil, err
	}
	defer folder.Abort()
	t := &trialRun{streams: s, plan: p, out: out, work: folder.Work, progress: pr}
	if t.lock, t.changes, err = heldAgainstLock(p); err != nil {
		return nil, err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"the plan's values", t.rehearse},
		{"reading the extracts", t.ingest},
		{"arms", t.assign},
		{"linkage by arm", t.linkByArm},
		{"analyses", t.analyse},
		{"families of tests", t.correct},
		{"disclosure", t.withhold},
		{"figures", t.draw},
		{"report", func(ctx context.Context) error { return t.report(ctx, extra) }},
		{"manifest", t.manifest},
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		pr.say("%s", step.name)
		if err := step.do(ctx); err != nil {
			return nil, err
		}
	}
	return t, folder.Commit()
}

// runSchema marks a results folder as ours.
const runSchema = "swis.run/1"

// resultsFolder refuses a folder that holds anything but results of a run.
func resultsFolder(out string) error {
	entries, err := os.ReadDir(out)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	manifest, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err == nil && strings.Contains(string(manifest), `"`+runSchema+`"`) {
		return nil
	}
	return analysis.Refusalf("%s holds something that is no result of swis run: give another folder with --out", out)
}

// path is a file of the results while they are made.
func (t *trialRun) path(names ...string) string {
	return filepath.Join(append([]string{t.work}, names...)...)
}

// print says in a few lines what the run found and where it is.
func (t *trialRun) print(s *streams) error {
	page := []report.Block{report.Heading{Level: 1, Text: t.plan.Name}}
	for i := range t.tested {
		page = append(page, t.tested[i].table(t.plan), report.Paragraph{Text: t.tested[i].sentence()})
	}
	for i := range t.done {
		if a := &t.done[i]; a.Reason != "" {
			page = append(page, report.Paragraph{Text: fmt.Sprintf("%s: cannot estimate: %s", a.Declared.ID, a.Reason)})
		}
	}
	page = append(page, report.Items{Code: true, List: []report.Item{{Name: filepath.Join(t.out, "report.html"), Text: "the report"}, {Name: filepath.Join(t.out, "results.json"), Text: "every number"}}})
	return tables.Style{}.Write(s.out, page)
}
