package main

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"swis/dataset"
	"swis/dataset/study"
)

// ingest reads the extracts that the plan names and writes the study folder.
func (t *trialRun) ingest(ctx context.Context) error {
	o, err := t.sources()
	if err != nil {
		return err
	}
	o.Temp, o.ArmsLater = t.work, true
	report, end := t.progress.reading()
	t.study, err = study.Build(ctx, *o, report)
	end()
	if err != nil {
		return err
	}
	defer t.study.Close()
	return t.study.Write(t.path("study"))
}

// sources are the options of ingest that the plan declares.
func (t *trialRun) sources() (*study.Options, error) {
	p := t.plan
	var flags ingestFlags
	cmd := &cobra.Command{Use: "ingest"}
	flags.bind(cmd)
	if problems := checkOptions(p, "data.ingest", "ingest", p.Data.Ingest, cmd.Flags()); problems != nil {
		return nil, problems
	}
	flags.period, flags.from, flags.to = p.Periods.Unit, p.From().String(), p.To().String()
	flags.schools, flags.disclosure = p.Path(p.Data.Schools), p.Disclosure
	if flags.baseline == "" {
		flags.baseline = p.Periods.Intervention.From.String()
	}
	o, err := flags.options([]string{"."})
	if err != nil {
		return nil, err
	}
	for _, outcome := range p.Outcomes {
		if dataset.OutcomeIndex(outcome.Name) >= 0 {
			o.Outcomes = append(o.Outcomes, outcome.Name)
		}
	}
	if o.Cohort != "" && o.Cohort != study.CohortOnRoll {
		o.Cohort = p.Path(o.Cohort)
	}
	if o.Decisions != "" {
		o.Decisions = p.Path(o.Decisions)
	}
	o.Sources, o.Root = nil, filepath.Dir(p.File)
	for i, x := range p.Data.Extracts {
		for _, list := range []struct {
			patterns []string
			key      string
			source   study.Source
		}{
			{x.Paths, "paths", study.Source{LA: x.LA, Layout: x.Layout, Map: p.Path(x.Map)}},
			{x.Lookup, "lookup", study.Source{LA: x.LA, Map: p.Path(x.Map)}},
		} {
			for _, pattern := range list.patterns {
				paths, err := t.matches(pattern, p.Line(pathKey("data.extracts", i, list.key)))
				if err != nil {
					return nil, err
				}
				for _, path := range paths {
					list.source.Path = path
					o.Sources = append(o.Sources, list.source)
				}
			}
		}
	}
	for _, list := range []struct {
		patterns []string
		to       *[]string
		key      string
	}{{p.Data.Roll, &o.Rolls, "data.roll"}, {notEmpty(p.Data.Links), &o.Links, "data.links"}, {notEmpty(p.Data.Register), &o.Links, "data.register"}} {
		for _, pattern := range list.patterns {
			paths, err := t.matches(pattern, p.Line(list.key))
			if err != nil {
				return nil, err
			}
			*list.to = append(*list.to, paths...)
		}
	}
	return &o, nil
}

// matches are the files of a path or pattern of the plan, in order.
func (t *trialRun) matches(pattern string, line int) ([]string, error) {
	paths, err := filepath.Glob(t.plan.Path(pattern))
	if err != nil {
		return nil, dataset.Problemf(t.plan.File, line, "", "%q is not a path pattern", pattern)
	}
	if len(paths) == 0 {
		return nil, dataset.Problemf(t.plan.File, line, "", "no file at %s; put the delivery there, or name where it is", pattern)
	}
	slices.Sort(paths)
	return paths, nil
}

func notEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
