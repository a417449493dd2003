package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"swis/dataset/study"
	"swis/dataset/table"
	"swis/report/charts"
	"swis/report/disclosure"
)

// parse reads the flags of plot and gives back those that it does not know:
// they belong to the analysis. With fromTable it knows those of the data too.
func (o *plotOptions) parse(args []string, fromTable bool) (rest []string, err error) {
	cmd := &cobra.Command{Use: "plot"}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.results, "result", nil, "")
	flags.StringVar(&o.out, "out", ".", "")
	flags.StringSliceVar(&o.formats, "formats", charts.Formats, "")
	flags.StringVar(&o.title, "title", "", "")
	flags.BoolVar(&o.rootogram, "rootogram", false, "")
	flags.StringVar(&o.group, "group", "", "")
	flags.StringVar(&o.profile, "disclosure", "none", "")
	flags.Bool("quiet", false, "")
	flags.Bool("no-color", false, "")
	if fromTable {
		o.data.bind(cmd)
		flags.StringVar(&o.outcome, "outcome", "", "")
		flags.StringVar(&o.unit, "unit", "", "")
		flags.StringVar(&o.time, "time", "", "")
		flags.StringVar(&o.treated, "treated", "", "")
		flags.StringVar(&o.start, "start", "", "")
		flags.StringVar(&o.exposure, "exposure", "", "")
	}
	var mine []string
	for i := 0; i < len(args); i++ {
		name, _, has := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		if !strings.HasPrefix(args[i], "--") {
			rest = append(rest, args[i])
			continue
		}
		f := flags.Lookup(name)
		into := &mine
		if f == nil {
			into = &rest
		}
		*into = append(*into, args[i])
		takesNext := !has && i+1 < len(args) && !strings.HasPrefix(args[i+1], "--") && (f == nil || f.NoOptDefVal == "")
		if takesNext {
			i++
			*into = append(*into, args[i])
		}
	}
	if err := flags.Parse(mine); err != nil {
		return nil, usagef("%v: see swis plot --help", err)
	}
	for _, format := range o.formats {
		if !slices.Contains(charts.Formats, format) {
			return nil, usagef("--formats %s: want some of %s", format, strings.Join(charts.Formats, ","))
		}
	}
	return rest, nil
}

// roles fills the columns that a study folder knows, and checks that the
// others are given.
func (o *plotOptions) roles(t *table.Table, needUnit bool) error {
	r := o.data.roles
	fill := func(into *string, value string) {
		if *into == "" {
			*into = value
		}
	}
	if o.data.study != "" {
		fill(&o.unit, r.Unit)
		fill(&o.time, r.Time)
		fill(&o.exposure, r.Exposure)
		fill(&o.treated, r.Arm)
		if o.start == "" && r.Cohort != "" {
			start, err := firstStart(t, r.Cohort)
			if err != nil {
				return err
			}
			o.start = start
		}
	}
	for _, need := range []struct {
		flag, value string
		needed      bool
	}{{"outcome", o.outcome, true}, {"time", o.time, true}, {"treated", o.treated, true}, {"unit", o.unit, needUnit}, {"start", o.start, needUnit}} {
		if need.needed && need.value == "" {
			return usagef("give --%s: see swis plot --help", need.flag)
		}
	}
	return nil
}

// firstStart is the earliest first treated period of a column of starts.
func firstStart(t *table.Table, column string) (string, error) {
	c, err := t.Category(column)
	if err != nil {
		return "", err
	}
	for _, l := range c.Levels {
		if l != study.Never {
			return l, nil
		}
	}
	return "", nil
}

func (o *plotOptions) trends(disclosure.Profile) (*countedFigure, error) {
	t, err := o.data.load()
	if err != nil {
		return nil, err
	}
	if err := o.roles(t, false); err != nil {
		return nil, err
	}
	return countTrends(&o.data.roles, charts.Trends{Outcome: o.outcome, Time: o.time, Treated: o.treated, Reference: o.data.referenceOf(o.treated),
		Start: o.start, Exposure: o.exposure, By: o.data.by, Schools: o.unit}, t)
}

func (o *plotOptions) floor(p disclosure.Profile) (*countedFigure, error) {
	t, err := o.data.load()
	if err != nil {
		return nil, err
	}
	if err := o.roles(t, true); err != nil {
		return nil, err
	}
	return countFloor(&o.data.roles, charts.Floor{Outcome: o.outcome, Unit: o.unit, Time: o.time, Treated: o.treated, Reference: o.data.referenceOf(o.treated),
		Start: o.start, Exposure: o.exposure}, t, p)
}
