package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"swis/dataset"
	"swis/dataset/study"
	"swis/dataset/warehouse"
)

// sqlFlags are the flags of ingest --sql.
type sqlFlags struct {
	dialect, table string
	roll, link     string
	children       string
	columns        map[string]string
}

func (q *sqlFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&q.dialect, "sql", "", "print SQL for a `warehouse` instead, postgres or duckdb, that counts there")
	flags.StringVar(&q.table, "sql-table", "", "`table` of the rows in the warehouse (default: events; with --layout attendance-marks, attendance_marks)")
	flags.StringVar(&q.roll, "sql-roll", "", "`table` of the pupil roll in the warehouse: children count for their school on the day")
	flags.StringVar(&q.link, "sql-link", "", "`table` of a child-to-school lookup in the warehouse")
	flags.StringVar(&q.children, "sql-children", "", "`table` of the children in care in the warehouse: their UPNs and birth dates")
	flags.StringToStringVar(&q.columns, "sql-column", nil, "the warehouse's name of a column, `name=column`, such as source=referral_source or roll.entrydate=entry (repeatable)")
}

// warehouseTables describes the tables that queries read, for the help.
func warehouseTables() string {
	var b strings.Builder
	describe := func(title string, t *warehouse.Table) {
		fmt.Fprintf(&b, "%s, %s\n%s", title, t.Rows, t.Describe("  "))
	}
	for i := range warehouse.Tables {
		title := "--layout " + warehouse.Tables[i].Layout
		if i == 0 {
			title += " (the default)"
		}
		describe(title, &warehouse.Tables[i])
	}
	describe("--sql-roll", &warehouse.Roll)
	describe("--sql-link", &warehouse.Lookup)
	describe("--sql-children", &warehouse.Header)
	return b.String()
}

// sqlTakes are the flags that a query honours.
var sqlTakes = []string{"sql", "sql-column", "sql-table", "sql-roll", "sql-link", "sql-children", "link", "include-respite", "until-18", "decisions", "layout", "la", "schools", "period", "from", "to", "attribution", "baseline", "s17", "s47-gap", "outcomes", "quiet", "no-color"}

// sqlRefuses says why a query cannot honour a flag, and what to do instead.
var sqlRefuses = map[string]string{
	"out":               "--sql writes no study: run the query, then swis ingest counts.csv --out FOLDER",
	"roll":              "--sql reads no file: name a roll in the warehouse with --sql-roll, not with --roll",
	"map":               "--sql takes no --map: name the warehouse's columns with --sql-column",
	"repair":            "--sql applies all repairs: --repair needs the rows",
	"cohort":            "--sql follows no child: --cohort needs the rows",
	"follow-up":         "--sql adds up nothing after a baseline: --follow-up needs the rows",
	"keep-events":       "--sql writes no events of children: --keep-events needs the rows",
	"key-file":          "--sql writes no pseudonyms: --key-file needs the rows",
	"quarantine-values": "--sql copies no row: --quarantine-values needs the rows",
	"memory":            "--sql holds no events: the warehouse has its own limits, --memory is of no use",
}

// refuse says which flag that was given a query does not honour: those of the
// second step, the reading of the counts, and those that need the rows.
func (q *sqlFlags) refuse(cmd *cobra.Command, paths []string) (err error) {
	cmd.Flags().Visit(func(given *pflag.Flag) {
		if err != nil || slices.Contains(sqlTakes, given.Name) {
			return
		}
		why, known := sqlRefuses[given.Name]
		if !known {
			why = "--sql does not take --" + given.Name + ": give it where the counts are read back, swis ingest counts.csv --" + given.Name + " …"
		}
		err = usagef("%s", why)
	})
	if err == nil && len(paths) > 0 {
		err = usagef("--sql reads no file: name the table with --sql-table, and read the query's result with swis ingest counts.csv")
	}
	return err
}

// without refuses the flags of a query where there is none.
func (q *sqlFlags) without(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(given *pflag.Flag) {
		if strings.HasPrefix(given.Name, "sql-") {
			err = usagef("--%s is of a query: name the database with --sql postgres or --sql duckdb", given.Name)
		}
	})
	return err
}

// print writes the query that counts where the rows are kept.
func (q *sqlFlags) print(ctx context.Context, w io.Writer, f *ingestFlags) error {
	o, err := f.options([]string{q.table}) // a table, which is never opened
	switch {
	case err != nil:
		return err
	case o.Attribution == study.AtEpisodeStart && f.layout != "s903-episodes":
		return usagef("--attribution at_episode_start is of days in care: give --layout s903-episodes")
	case o.Attribution != study.AtBaseline && o.Baseline != dataset.NoDay:
		return usagef("--baseline is the day of --attribution at_baseline, which a query counts children by: give both")
	}
	text, err := warehouse.SQL(ctx, warehouse.Options{Dialect: q.dialect, Layout: f.layout, Table: q.table, Roll: q.roll, Link: q.link, Children: q.children, Columns: q.columns, LA: f.la, Schools: f.schools, Links: f.links, Decisions: f.decisions,
		Period: o.Period, From: o.From, To: o.To, AtBaseline: o.Attribution == study.AtBaseline, Baseline: o.Baseline,
		EachDay: f.layout == "s903-episodes" && o.Attribution == study.AtEvent, Respite: o.IncludeRespite, Until18: o.Until18,
		S17: slices.Index([]study.S17Definition{study.S17Assessments, study.S17Plans, study.S17Episodes}, o.S17), S47Gap: o.S47Gap, Outcomes: o.Outcomes})
	if refused, is := err.(*warehouse.Refused); is {
		return usagef("--sql: %v", refused)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}
