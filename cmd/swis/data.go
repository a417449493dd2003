package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/dataset/study"
	"swis/dataset/table"
)

// dataFlags are the flags of every command that reads a tidy table.
type dataFlags struct {
	data        string
	study       string
	table       string
	allocation  string
	where       string
	by          string
	reference   []string
	categorical []string
	level       float64
	roles       study.Roles // of the study's columns; set by load where --study is given
}

func (f *dataFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "", "tidy CSV or flat Parquet `file`")
	flags.StringVar(&f.study, "study", "", "study `folder` written by swis ingest")
	flags.StringVar(&f.table, "table", "panel", "`which` table of the study: panel, followup, children, survey or survey_schools")
	flags.StringVar(&f.allocation, "allocation", "", "allocation `file` (default STUDY/allocation.csv)")
	flags.StringVar(&f.where, "where", "", "keep rows: `expression` like 'year >= 2013 && la in (A, B)'")
	flags.StringVar(&f.by, "by", "", "repeat per level of this `column`, and pooled")
	flags.StringArrayVar(&f.reference, "ref", nil, "reference level, `column=level` (repeatable)")
	flags.StringSliceVar(&f.categorical, "categorical", nil, "treat these numeric `columns` as categories")
	flags.Float64Var(&f.level, "level", 0.95, "confidence level")
}

// load reads the table that the flags name and keeps the rows asked for.
func (f *dataFlags) load() (*table.Table, error) {
	if f.level <= 0 || f.level >= 1 {
		return nil, usagef("--level %g: want a number between 0 and 1, such as 0.95", f.level)
	}
	if (f.data == "") == (f.study == "") {
		return nil, usagef("give the data with --data FILE or --study FOLDER, one of the two")
	}
	var t *table.Table
	var err error
	if f.study != "" {
		if f.table == "" || f.table == "panel" {
			t, f.roles, err = study.Open(f.study, f.allocation)
		} else if !slices.Contains([]string{"followup", "children", "survey", "survey_schools"}, f.table) {
			return nil, usagef("--table %s: want panel, followup, children, survey or survey_schools", f.table)
		} else {
			t, f.roles, err = study.OpenTable(f.study, f.table+".csv", f.allocation)
		}
		if err == nil && f.roles.Arm != "" {
			t, err = inTrial(t, f.roles.Arm)
		}
	} else {
		t, err = table.ReadFile(f.data)
	}
	if err != nil {
		return nil, err
	}
	return f.filter(t)
}

// inTrial keeps the schools that the allocation names: those of the list that
// are in no arm, such as candidates that were not matched, are not in the trial.
func inTrial(t *table.Table, arm string) (*table.Table, error) {
	arms, err := t.Category(arm)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, t.Rows())
	for i, code := range arms.Codes {
		keep[i] = code >= 0
	}
	return t.Filter(keep), nil
}

// filter keeps the rows that --where asks for.
func (f *dataFlags) filter(t *table.Table) (*table.Table, error) {
	if f.where == "" {
		return t, nil
	}
	kept, err := t.Where(f.where)
	if err != nil {
		return nil, err
	}
	if kept.Rows() == 0 {
		return nil, usagef("--where %q keeps no row of %s", f.where, t.Name)
	}
	return kept, nil
}

// references are the --ref flags as levels by column.
func (f *dataFlags) references() (map[string]string, error) {
	levels := map[string]string{}
	for _, r := range f.reference {
		column, level, ok := strings.Cut(r, "=")
		if !ok || column == "" {
			return nil, usagef("--ref %s: want column=level, such as arm=control", r)
		}
		levels[column] = level
	}
	return levels, nil
}

// provenance records the table a result comes from.
func provenance(t *table.Table, args []string) analysis.Provenance {
	return analysis.Provenance{
		Inputs:  []analysis.InputFile{{File: t.Name, SHA256: t.SHA256, Rows: t.Rows()}},
		Program: program,
		Command: args,
	}
}
