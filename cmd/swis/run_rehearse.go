package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/plan"
	"swis/dataset"
	"swis/dataset/atomicfile"
	"swis/dataset/study"
)

// rehearsal is how long an analysis may take on the made-up study of a
// rehearsal; one that takes longer has no wrong value.
const rehearsal = 2 * time.Second

// rehearse runs the analyses of a plan on a few made-up schools, so that a
// value that no command takes, such as an unknown method, is found before the
// extracts are read. What only the real data can tell is not judged.
func (t *trialRun) rehearse(ctx context.Context) error {
	p := t.plan
	var problems dataset.Problems
	var flags assignOptions
	assign := &cobra.Command{Use: "assign"}
	flags.bind(assign)
	problems = append(problems, checkOptions(p, "design.assign", "assign", p.Design.Assign, assign.Flags())...)
	folder, remove, err := atomicfile.Scratch("rehearsal")
	if err != nil {
		return err
	}
	defer remove()
	if err := madeUpStudy(p, filepath.Join(folder, "study")); err != nil {
		return err
	}
	stand := &trialRun{streams: &streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}, plan: p, work: folder}
	faults := make([]string, len(p.Analyses))
	err = together(ctx, len(p.Analyses), func(ctx context.Context, i int) error {
		if a := p.Analyses[i]; !a.Options.Has("data") { // tables of its own are read when they are needed
			soon, stop := context.WithTimeout(ctx, rehearsal)
			defer stop()
			_, err := runAnalysis(soon, stand.streams, stand.args(a))
			if err != nil && a.Where != "" && strings.Contains(err.Error(), folder) { // no made-up school is such a one
				a.Where = ""
				_, err = runAnalysis(soon, stand.streams, stand.args(a))
			}
			if wrong := wrongValue(err); !strings.Contains(wrong, folder) {
				faults[i] = wrong
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for i, fault := range faults {
		if fault != "" {
			problems = append(problems, dataset.Problem{File: p.File, Line: p.Line(fmt.Sprintf("analyses[%d]", i)), Text: "analysis " + p.Analyses[i].ID + ": " + fault})
		}
	}
	if problems != nil {
		return problems
	}
	return nil
}

// wrongValue is what is wrong with the command line of an analysis whatever the
// data, empty where nothing is.
func wrongValue(err error) string {
	var usage *usageError
	var syntax syntaxError
	var unsupported *analysis.Unsupported
	if errors.As(err, &usage) || errors.As(err, &syntax) || errors.As(err, &unsupported) {
		return err.Error()
	}
	return ""
}

// madeUpStudy writes a study folder of a few schools with the periods and arms
// of the plan. Its numbers mean nothing.
func madeUpStudy(p *plan.Plan, folder string) error {
	kind, err := dataset.ParsePeriodKind(p.Periods.Unit)
	if err != nil {
		return nil // the plan says so when it is used
	}
	var panel, schools, arms bytes.Buffer
	panel.WriteString("school_id,la,period,pupils,exposure")
	for _, o := range dataset.Outcomes {
		panel.WriteString("," + o.Name)
	}
	panel.WriteString(",edge\n")
	var las []string
	for _, x := range p.Data.Extracts {
		if x.LA != "" && !slices.Contains(las, x.LA) {
			las = append(las, x.LA)
		}
	}
	if las == nil {
		las = []string{"991"}
	}
	schools.WriteString("school_id,la,urn,name,phase,pupils,fsm_percent\n")
	arms.WriteString("school_id,la,stratum,arm,start\n")
	for s := range 12 * len(las) {
		la := las[s%len(las)]
		id := 900000 + s
		fmt.Fprintf(&schools, "%d,%s,%d,School,secondary,%d,%d\n", id, la, id, 500+10*s, 10+s)
		arm, start := p.Design.Arms.Comparison, ""
		if s/len(las)%2 == 0 {
			arm, start = p.Design.Arms.Intervention, p.Periods.Intervention.From.String()
		}
		fmt.Fprintf(&arms, "%d,%s,%s,%s,%s\n", id, la, la, arm, start)
		for period := kind.Of(p.From()); period <= kind.Of(p.To()); period++ {
			fmt.Fprintf(&panel, "%d,%s,%s,%d,%d", id, la, kind.Label(period), 500+10*s, 100+s)
			for o := range dataset.Outcomes {
				fmt.Fprintf(&panel, ",%d", (7*s+5*int(period)+3*o+s*int(period))%9)
			}
			panel.WriteString(",0\n")
		}
	}
	for name, text := range map[string]*bytes.Buffer{study.PanelFile: &panel, study.SchoolsFile: &schools, study.AllocationFile: &arms} {
		if err := atomicfile.Write(filepath.Join(folder, name), func(w io.Writer) error { _, err := w.Write(text.Bytes()); return err }); err != nil {
			return err
		}
	}
	return nil
}
