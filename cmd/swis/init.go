package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/atomicfile"
	"swis/dataset/synthetic"
)

//go:embed template/trial.yaml
var planText string

// planWords fill the gaps of the plan that init and demo write.
type planWords struct {
	Name, Summary                      string
	BaselineFrom, BaselineTo, From, To dataset.Day
	Sources                            []synthetic.Source
	NoPhase                            bool   // the list of schools lacks phases
	Decisions                          string // file of the decisions on school mergers
}

// bytes is the plan as a file.
func (w planWords) bytes() ([]byte, error) {
	t, err := template.New("trial.yaml").Parse(planText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, w); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// planFor is the plan of a trial with the calendar and the deliveries of a story.
func planFor(story *synthetic.Story, o synthetic.Options, name, summary string) planWords {
	c := story.Calendar(o.Months)
	decisions := ""
	if o.Faults == synthetic.AllFaults {
		decisions = synthetic.DecisionsFile
	}
	return planWords{Decisions: decisions, Name: name, Summary: summary, Sources: story.Sources(o.Faults), NoPhase: o.Faults == synthetic.AllFaults, BaselineFrom: c.First, BaselineTo: c.Start - 1, From: c.Start, To: c.End}
}

const planName = "trial.yaml"

func newInit(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "init <folder>",
		Short: "Start a trial: a commented plan and a folder for extracts",
		Long: `Makes a folder with trial.yaml, a plan in which every key is explained, and an empty
extracts/. As it stands the plan runs on the data that swis demo writes: put real
extracts in their place and change what differs. Nothing that is there is overwritten.

Exit status: 0 done; 2 wrong command line; 4 the folder holds a plan already; 5 writing failed.`,
		Example: "  swis init trial\n  swis demo --data-only example && swis run example/trial.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder := args[0]
			path := filepath.Join(folder, planName)
			if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
				if err != nil {
					return err
				}
				return analysis.Refusalf("%s is there already: a plan is never overwritten", path)
			}
			text, err := planFor(&synthetic.Pilots, synthetic.Default(), "Social workers in schools", "What was tried, where, and why.").bytes()
			if err != nil {
				return err
			}
			if err := atomicfile.MakeFolder(filepath.Join(folder, "extracts")); err != nil {
				return err
			}
			if err := atomicfile.WriteBytes(path, text); err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%s: a plan with every key explained; put the deliveries into %s, then: swis run %s\n", path, filepath.Join(folder, "extracts"), path)
			return err
		},
	}
}
