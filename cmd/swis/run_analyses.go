package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"swis/analysis"
	"swis/analysis/multiplicity"
	"swis/analysis/plan"
	"swis/dataset"
	"swis/dataset/table"
	"swis/dataset/workers"
)

// flagsOf are the flags of an analysis command, or nil where there is none of
// that name.
func flagsOf(command string) *pflag.FlagSet {
	for _, a := range analyses {
		if a.use == command {
			cmd := &cobra.Command{Use: a.use}
			a.options().bind(cmd)
			return cmd.Flags()
		}
	}
	return nil
}

// checkAnalyses holds the options of a plan's analyses against the flags of
// their commands, so that a slip is found before hours of work.
func checkAnalyses(p *plan.Plan) error {
	var problems dataset.Problems
	fault := func(line int, format string, args ...any) {
		problems = append(problems, dataset.Problem{File: p.File, Line: line, Text: fmt.Sprintf(format, args...)})
	}
	commands := make([]string, len(analyses))
	for i, a := range analyses {
		commands[i] = a.use
	}
	resampled := map[string]bool{}
	for _, f := range p.Families {
		resampled[f.Name] = f.Adjust == multiplicity.RomanoWolfName
	}
	for i, a := range p.Analyses {
		path := fmt.Sprintf("analyses[%d]", i)
		flags := flagsOf(a.Command)
		if resampled[a.Family] && !slices.Contains([]string{"did", "glm", "cace"}, a.Command) {
			fault(p.Line(path+".family"), "%s.family: %s is adjusted by romano-wolf, which draws the tests of did, glm and cace together by cluster; %s has no such draws, so use adjust: holm", path, a.Family, a.Command)
		}
		if flags == nil {
			fault(p.Line(path+".command"), "%s.command: no analysis %q%s", path, a.Command, orNearest(a.Command, commands))
			continue
		}
		problems = append(problems, checkOptions(p, path+".options", a.Command, a.Options, flags)...)
		for flag, value := range map[string]string{"outcome": a.Outcome, "by": a.By, "where": a.Where} {
			if value != "" && flags.Lookup(flag) == nil && flag != "outcome" {
				fault(p.Line(path+"."+flag), "%s.%s: %s has no --%s", path, flag, a.Command, flag)
			}
		}
	}
	if problems != nil {
		return problems
	}
	return nil
}

// checkOptions holds options against the flags of a command.
func checkOptions(p *plan.Plan, path, command string, options plan.Options, flags *pflag.FlagSet) (problems dataset.Problems) {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	for _, o := range options {
		flag := flags.Lookup(o.Name)
		switch {
		case flag == nil:
			problems = append(problems, dataset.Problem{File: p.File, Line: o.Line,
				Text: fmt.Sprintf("unknown option %q under %s: %s has none of that name%s", o.Name, path, command, orNearest(o.Name, names))})
		case !setFlag(flag, o):
			problems = append(problems, dataset.Problem{File: p.File, Line: o.Line,
				Text: fmt.Sprintf("option %q under %s: not a value that --%s of %s takes", o.Name, path, o.Name, command)})
		}
	}
	return problems
}

// setFlag sets a flag as the command line would: a repeatable one once a value,
// others from the values joined by commas.
func setFlag(flag *pflag.Flag, o plan.Option) bool {
	for _, value := range flagValues(flag, o) {
		if flag.Value.Set(value) != nil {
			return false
		}
	}
	return true
}

func flagValues(flag *pflag.Flag, o plan.Option) []string {
	if flag.Value.Type() == "stringArray" {
		return o.Values
	}
	return []string{strings.Join(o.Values, ",")}
}

func orNearest(word string, words []string) string {
	if nearest := table.Nearest(word, words); nearest != "" {
		return fmt.Sprintf(" (did you mean %q?)", nearest)
	}
	return ": want one of " + strings.Join(words, ", ")
}

// args is the command line of an analysis on the study of this run.
func (t *trialRun) args(a plan.Analysis) []string {
	flags := flagsOf(a.Command)
	args := []string{a.Command}
	set := func(flag, value string) {
		if value != "" && flags.Lookup(flag) != nil && !a.Options.Has(flag) {
			args = append(args, "--"+flag+"="+value)
		}
	}
	if !a.Options.Has("data") {
		set("study", t.path("study"))
	}
	set("outcome", a.Outcome)
	set("by", a.By)
	set("where", a.Where)
	for _, o := range a.Options {
		for _, value := range flagValues(flags.Lookup(o.Name), o) {
			if o.Name == "data" && value == baselineTable {
				value = t.path("study", baselineTable)
			}
			args = append(args, "--"+o.Name+"="+value)
		}
	}
	return args
}

// analyse runs every analysis of the plan, several at a time. One that the data
// cannot answer is kept with its reason.
func (t *trialRun) analyse(ctx context.Context) error {
	t.done = make([]ranAnalysis, len(t.plan.Analyses))
	return together(ctx, len(t.done), func(ctx context.Context, i int) error {
		a := t.plan.Analyses[i]
		r, err := runAnalysis(ctx, t.streams, t.args(a))
		var none *analysis.NotEstimable
		switch {
		case errors.As(err, &none):
			t.done[i] = ranAnalysis{Declared: a, Reason: none.Reason}
			return nil
		case err != nil:
			return t.blame(i, err)
		}
		if a.Title != "" {
			r.Title = a.Title
		}
		if a.Estimand != "" {
			for j := range r.Estimates {
				if r.Estimates[j].Estimand == "" {
					r.Estimates[j].Estimand = a.Estimand
				}
			}
		}
		t.localise(r)
		t.done[i] = ranAnalysis{Declared: a, Result: r}
		return nil
	})
}

// together does n things on all processors. Each writes to its own place, so
// that the outcome does not depend on their order; of several errors the first
// in the order of the plan is returned.
func together(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	var group workers.Group
	group.Limit(runtime.GOMAXPROCS(0))
	errs := make([]error, n)
	for i := range n {
		group.Do(func() {
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = workers.Call(func() error { return do(ctx, i) })
			}
		})
	}
	group.Join()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// blame puts the line of the plan before an error of one of its analyses. What
// would be a wrong command line is a wrong plan here.
func (t *trialRun) blame(i int, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	path := fmt.Sprintf("analyses[%d]", i)
	if exitStatus(err) == exitUsage { // the plan is at fault, not the command line
		return dataset.Problemf(t.plan.File, t.plan.Line(path), "", "analysis %s: %v", t.plan.Analyses[i].ID, err)
	}
	return fmt.Errorf("%s:%d: analysis %s: %w", t.plan.File, t.plan.Line(path), t.plan.Analyses[i].ID, err)
}

// localise writes paths of the results as seen from their folder, so that two
// runs give the same bytes wherever they stand.
func (t *trialRun) localise(r *analysis.Result) {
	short := func(text string) string {
		return strings.ReplaceAll(strings.ReplaceAll(text, t.work+"/", ""), t.work, ".")
	}
	for i := range r.Provenance.Inputs {
		r.Provenance.Inputs[i].File = short(r.Provenance.Inputs[i].File)
	}
	for i := range r.Provenance.Command {
		r.Provenance.Command[i] = short(r.Provenance.Command[i])
	}
	for i := range r.Notes {
		r.Notes[i].Text = short(r.Notes[i].Text)
	}
	r.Provenance.PlanSHA256 = t.plan.SHA256
}
