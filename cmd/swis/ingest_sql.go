package main

import (
	"context"
	"io"
	"slices"

	"swis/dataset"
	"swis/dataset/study"
	"swis/dataset/warehouse"
)

// printSQL prints the query that counts events where they are kept.
func (f *ingestFlags) printSQL(ctx context.Context, w io.Writer, dialect, from string, columns map[string]string, out string, paths []string) error {
	switch {
	case len(paths) > 0:
		return usagef("--sql reads no file: name the table with --sql-table, and read the query's result with swis ingest counts.csv")
	case out != "":
		return usagef("--sql writes no study: run the query, then swis ingest counts.csv --out %s", out)
	case len(f.rolls)+len(f.links) > 0:
		return usagef("--sql counts children for the school in their row: join rolls and lookups in the warehouse, not with --roll and --link")
	case f.gap > 0:
		return usagef("--sql counts an enquiry a day and child: --s47-gap needs the rows")
	case f.attribution != "" && study.Attribution(f.attribution) != study.AtEvent:
		return usagef("--sql counts at the school on the day: --attribution %s needs the rows", f.attribution)
	case f.mapping != "" || f.layout != "":
		return usagef("--sql takes no --map or --layout: name the warehouse's columns with --sql-column")
	case len(f.repairs) > 0:
		return usagef("--sql applies all repairs: --repair needs the rows")
	}
	o, err := f.options([]string{from}) // a table, which is never opened
	if err != nil {
		return err
	}
	definition := slices.Index([]study.S17Definition{study.S17Assessments, study.S17Plans, study.S17Episodes}, o.S17)
	text, err := warehouse.SQL(ctx, warehouse.Options{Dialect: dialect, Table: from, Columns: columns, LA: f.la, Schools: f.schools, Period: o.Period, From: o.From, To: o.To, S17: definition, Outcomes: o.Outcomes})
	if _, refused := err.(dataset.Problems); err != nil && !refused && f.schools == "" {
		return usagef("--sql: %v", err)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}
