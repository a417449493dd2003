package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/plan"
	"swis/dataset/atomicfile"
	"swis/dataset/synthetic"
	"swis/report"
	"swis/report/tables"
)

// demoOptions are the flags of demo.
type demoOptions struct {
	scale    synthetic.Options
	faults   string
	layouts  string
	las      int
	dataOnly bool
}

func newDemo(s *streams) *cobra.Command {
	o := &demoOptions{scale: synthetic.Default()}
	cmd := &cobra.Command{
		Use:   "demo [folder]",
		Short: "Write a synthetic trial and run the whole main job on it",
		Long: `Invents a trial in the shape of the Social Workers in Schools pilots and runs it from
raw extracts to the report: three local authorities with 8, 18 and 11 intervention
schools and three comparison candidates for each, two years of baseline and ten months
of intervention. Each authority delivers in a layout of its own (flattened children in
need census, census XML, pooled event file; SSDA903 returns from two of them; school
register, pupil rolls, a child-to-school list), with data faults whose counts are known.
All children, schools and authorities are invented.

Planted are falls in Section 47 enquiries in two authorities and in Section 17 starts in
the third, and nothing else; days in care sit at the floor in one. What was planted is in
planted.json; what was found is printed beside it and stands in the report.

The default seed is 1. --schools, --pupils and --months make larger or smaller trials;
time grows with their product.

To rehearse with: --layouts all adds four authorities, in Annex A lists delivered every
quarter, in tables of the Standard Safeguarding Dataset, in withheld counts, and in one
row an event with the school census of every term (attendance, exclusions) and surveys of
pupils and staff. --faults all plants every rule of the catalogue (swis formats --rules),
in files that can be read and, in the folder refused, in deliveries that are refused; with
schools that merge, split, join and leave and their decisions, children with a new number
and a spike from a change of systems, a month that was not delivered and late recording in
the last 60 days. --faults none makes clean deliveries. Either way planted.json says how often
each rule must be counted and planted-panel.csv what each cell of the panel must be.

Exit status: 0 done; 2 wrong command line; 3 data refused; 4 the folder holds something
else; 5 reading or writing failed; 130 interrupted.`,
		Example: "  swis demo\n  swis demo --seed 7 elsewhere\n  swis demo --data-only --schools 600 --pupils 900 large\n  swis demo --data-only --layouts all --faults all rehearsal\n  swis demo --data-only --layouts all --las 9 large",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder := "swis-demo"
			if len(args) == 1 {
				folder = args[0]
			}
			if !cmd.Flags().Changed("schools") {
				o.scale.Schools = 0 // as many as the story has
			}
			return o.run(cmd.Context(), s, filepath.Clean(folder), newProgress(s, isQuiet(cmd)))
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&o.scale.Seed, "seed", o.scale.Seed, "`seed` of the invention")
	f.IntVar(&o.scale.Schools, "schools", o.scale.Schools, "`number` of intervention schools and candidates in all, about")
	f.IntVar(&o.scale.Pupils, "pupils", o.scale.Pupils, "mean `number` of pupils of a school, about")
	f.IntVar(&o.scale.Months, "months", o.scale.Months, "`months` of baseline and intervention together")
	f.StringVar(&o.faults, "faults", "usual", "`set` of data faults: usual, all or none")
	f.StringVar(&o.layouts, "layouts", "pilots", "`set` of authorities: pilots (3, in 3 layouts) or all (7, in 7)")
	f.IntVar(&o.las, "las", 0, "`number` of authorities: those of --layouts over and over, of which one at a time is in memory (default: once each)")
	f.BoolVar(&o.dataOnly, "data-only", false, "stop after writing the data and the plan")
	return cmd
}

func (o *demoOptions) run(ctx context.Context, s *streams, folder string, pr *progress) (err error) {
	story, err := o.story()
	if err != nil {
		return err
	}
	text, err := planFor(story, o.scale, "Social workers in schools, a synthetic trial", "This trial is invented: its schools, children and authorities do not exist. It has the shape of the Social Workers in Schools pilots.").bytes()
	if err != nil {
		return err
	}
	if err := demoFolder(folder); err != nil {
		return err
	}
	place, err := atomicfile.NewFolder(folder)
	if err != nil {
		return err
	}
	defer place.Abort()
	work := place.Work
	pr.say("inventing %d schools", o.scale.Schools)
	planted, err := story.Write(ctx, work, o.scale)
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(filepath.Join(work, planName), text); err != nil {
		return err
	}
	page := []report.Block{
		report.Heading{Level: 1, Text: "A synthetic trial of social workers in schools"},
		report.Paragraph{Kind: report.Subtitle, Text: fmt.Sprintf("%d schools, %d pupils on roll, %s to %s, intervention from %s, seed %d", planted.Schools, planted.Pupils, planted.First, planted.End, planted.Start, planted.Seed)},
	}
	if !o.dataOnly {
		p, err := plan.ReadFile(filepath.Join(work, planName))
		if err != nil {
			return err
		}
		run, err := runPlan(ctx, s, p, filepath.Join(work, "results"), pr, func(t *trialRun) (*report.Section, error) { return plantedSection(planted, t), nil })
		if err != nil {
			return err
		}
		page = append(page, comparison(planted, run), report.Paragraph{Text: found(planted, run)})
	}
	if err := place.Commit(); err != nil {
		return err
	}
	next := report.Items{Code: true, List: []report.Item{{Name: "swis run " + filepath.Join(folder, planName), Text: "runs the plan again"}}}
	if !o.dataOnly {
		next.List = append([]report.Item{{Name: filepath.Join(folder, "results", "report.html"), Text: "the report"}}, next.List...)
	}
	next.List = append(next.List, report.Item{Name: filepath.Join(folder, synthetic.PlantedFile), Text: "what was planted: effects, faults and their counts"})
	return tables.Style{}.Write(s.out, append(page, next))
}

// story is the invention that the flags ask for.
func (o *demoOptions) story() (*synthetic.Story, error) {
	set := slices.Index(synthetic.FaultSets, o.faults)
	if set < 0 {
		return nil, usagef("--faults %s: want usual, all or none", o.faults)
	}
	o.scale.Faults = synthetic.Faults(set)
	story := &synthetic.Pilots
	switch o.layouts {
	case "pilots":
	case "all":
		story = &synthetic.Rehearsal
	default:
		return nil, usagef("--layouts %s: want pilots or all", o.layouts)
	}
	if o.las < 0 || o.las > 800 {
		return nil, usagef("--las %d: want 1 to 800", o.las)
	}
	if story = story.Times(o.las); o.scale.Schools == 0 {
		o.scale.Schools = story.Size()
	}
	if err := story.Check(o.scale); err != nil {
		return nil, usagef("%v", err)
	}
	return story, nil
}

// demoFolder refuses a folder that holds anything but an unchanged demo.
func demoFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(folder, synthetic.PlantedFile))
	if err != nil || !bytes.Contains(data, []byte(`"`+synthetic.PlantedSchema+`"`)) {
		return analysis.Refusalf("%s holds something that swis demo did not write: name another folder", folder)
	}
	return nil
}
