// Package warehouse writes SQL that counts by school and period where rows are
// kept, for warehouses that are too large to hand over: its result is a table
// of counts, which ingest reads. The program itself connects to nothing.
package warehouse

import (
	"context"
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"swis/dataset"
	"swis/dataset/extracts"
)

//go:embed *.sql
var queries embed.FS

// Dialects are the databases that SQL is written for.
var Dialects = []string{"postgres", "duckdb"}

// Options are the choices of a query.
type Options struct {
	Dialect string
	Layout  string // of the table: one of Tables; empty: events
	Table   string // with its schema where needed; empty: the layout's name
	// Columns are the warehouse's names of columns, where they differ: those of
	// the roll and the lookup as roll.upn and link.start.
	Columns    map[string]string
	Children   string   // table of the children in care: their UPNs and birth dates
	Roll, Link string   // tables that say at which school a child was, beside that in the row
	LA         string   // authority of all rows, where no column holds it
	Schools    string   // list of the trial's schools, a file; empty: those that the rows name
	Links      []string // files of the register's links of schools, which lead from later and earlier numbers to these
	Decisions  string   // file of decisions on merged schools
	Period     dataset.PeriodKind
	From, To   dataset.Day // window, To included; NoDay: from the events
	AtBaseline bool        // children count for their school on Baseline, not on the day
	Baseline   dataset.Day // NoDay: From
	EachDay    bool        // days in care count for the school on each day, not on the first of the stay or the window
	Respite    bool        // V3 short breaks are days in care
	Until18    bool        // days in care end on the 18th birthday
	S17        int         // which of the definitions of outcomes that have several
	S47Gap     int         // days within which a child's further enquiry is the same one
	Outcomes   []string    // asked for beside those that are always there, or all
}

// view is what the text of a query is filled with.
type view struct {
	Options
	What, Period, From, To, Label string
	ReasonMonth                   string // the label of a month
	Source, RollTable, LinkTable  *Table
	Cells, RollCells, LinkCells   []string
	ChildTable                    *Table
	ChildCells                    []string
	Days                          int // of the window
	Gap                           int
	Linked                        bool
	Changed, Dated                bool // numbers lead to schools through links or decisions; some only from a day on
	FirstMonth, LastMonth         dataset.Period
	FirstTerm, LastTerm           dataset.Period // of the window's periods, in months
	FirstEver, LastEver           dataset.Period
	Words                         []word
	Marks                         []code
	Pupils                        []string // outcomes that count pupils by what they missed
	PeriodLabel                   string   // the label of the period of a term
	Schools                       []school
	Targets                       []target
	cells                         map[string]string
}

// Cell is the expression that fetches a column.
func (v *view) Cell(as string) string { return v.cells[as] }

// code is a code of a register of attendance and what it says.
type code struct {
	Word  string
	Class int
}

// SQL is the text of the query.
func SQL(ctx context.Context, o Options) (string, error) {
	if !slices.Contains(Dialects, o.Dialect) {
		return "", refuse("SQL for %q: want %s", o.Dialect, strings.Join(Dialects, " or "))
	}
	source, err := table(o.Layout)
	if err != nil {
		return "", err
	}
	if o.Table == "" {
		o.Table = strings.ReplaceAll(source.Layout, "-", "_")
	}
	for _, name := range []*string{&o.Table, &o.Roll, &o.Link, &o.Children} {
		if *name == "" {
			continue
		}
		if !identifier.MatchString(*name) {
			return "", refuse("table %q: want a name such as events or care.events", *name)
		}
		*name = quoteName(*name)
	}
	schools, err := o.listed(ctx)
	if err != nil {
		return "", err
	}
	if err := o.check(source, schools); err != nil {
		return "", err
	}
	v := view{Options: o, What: "counts", Period: o.Period.String(), From: o.From.String(), To: o.To.String(), Source: source, Schools: schools, Gap: o.S47Gap, Linked: o.Roll != "" || o.Link != ""}
	if err := v.fetch(); err != nil {
		return "", err
	}
	v.Changed = len(o.Links) > 0 || o.Decisions != ""
	v.Dated = slices.ContainsFunc(schools, func(s school) bool { return s.Since != dataset.NoDay })
	v.Label = label(o.Period)
	if o.From != dataset.NoDay {
		v.FirstMonth, v.FirstTerm = dataset.Month.Of(o.From), dataset.Month.Of(o.Period.Start(o.Period.Of(o.From)))
	}
	if o.To != dataset.NoDay {
		v.LastMonth, v.LastTerm = dataset.Month.Of(o.To), dataset.Month.Of(o.Period.Start(o.Period.Of(o.To)+1))-1
	}
	f := functions(o.Dialect)
	switch source.Layout {
	case "events":
		v.Words, v.Targets = words(), o.targets()
		if v.Baseline == dataset.NoDay {
			v.Baseline = o.From
		}
		month := strings.NewReplacer("y", "("+f["div"].(func(a, b string) string)("month", "12")+")", "mo", "(month % 12 + 1)")
		v.ReasonMonth = month.Replace(label(dataset.Month))
	case "s903-episodes":
		v.What, v.Days = "days in care", int(o.To-o.From)
		if v.Baseline == dataset.NoDay {
			v.Baseline = o.From
		}
	case "attendance":
		v.What, v.Label = "sessions", label(dataset.Term)
		v.FirstEver, v.LastEver = 1950*12, 2100*12
		v.Pupils, v.PeriodLabel = o.pupils(), label(o.Period)
	case "attendance-marks":
		v.What = "sessions"
		for class, codes := range extracts.MarkCodes {
			for _, c := range codes {
				v.Marks = append(v.Marks, code{c, class})
			}
		}
	}
	t, err := template.New("").Funcs(f).ParseFS(queries, "header.sql", "links.sql", source.Layout+".sql")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, name := range []string{"header.sql", source.Layout + ".sql"} {
		if err := t.ExecuteTemplate(&out, name, &v); err != nil {
			return "", err
		}
	}
	for _, step := range steps.FindAllStringSubmatch(out.String(), -1) {
		for _, name := range []string{o.Table, o.Roll, o.Link, o.Children} {
			if name == `"`+step[1]+`"` {
				return "", refuse("table %s: a step of the query has that name; give the table with its schema, such as public.%s", step[1], step[1])
			}
		}
	}
	return out.String(), nil
}

// steps are the names of the steps of a query.
var steps = regexp.MustCompile(`(?m)^(?:WITH (?:RECURSIVE )?|\), )([a-z_]+)(?:\([^)]*\))? AS (?:(?:NOT )?MATERIALIZED )?\(`)

// Refused is why there is no query for what was asked.
type Refused struct{ text string }

func (r *Refused) Error() string { return r.text }

func refuse(format string, values ...any) error { return &Refused{fmt.Sprintf(format, values...)} }

// check refuses what a query cannot count.
func (o *Options) check(source *Table, schools []school) error {
	if source.Layout == "s903-episodes" {
		return o.checkCare(schools)
	}
	if o.Children != "" || o.EachDay && source.Layout != "events" || o.Respite || o.Until18 {
		return refuse("--sql-children, --include-respite and --until-18 are of days in care: give --layout s903-episodes")
	}
	if source.Layout != "events" {
		switch {
		case schools == nil || o.From == dataset.NoDay || o.To == dataset.NoDay:
			return refuse("--layout %s counts the sessions of listed schools in a window: give --schools, --from and --to", source.Layout)
		case o.Roll != "" || o.Link != "" || o.AtBaseline:
			return refuse("--layout %s counts sessions at the school in the row: it takes no --sql-roll, --sql-link and no --attribution", source.Layout)
		case o.LA != "" || o.S17 != 0 || o.S47Gap != 0:
			return refuse("--layout %s counts sessions by school: it takes no --la, --s17 and no --s47-gap", source.Layout)
		case len(o.Outcomes) > 0 && (source.Layout != "attendance" || len(o.pupils()) == 0):
			return refuse("--outcomes: a query counts pupils by what they missed with --layout attendance (persistently_absent, severely_absent, pupils_with_sessions and their shares); sessions are always counted")
		case source.Layout == "attendance" && o.Period == dataset.Month:
			return refuse("--layout attendance is by term: give --period term or year")
		}
		return nil
	}
	linked := o.Roll != "" || o.Link != ""
	switch {
	case o.AtBaseline && !linked:
		return refuse("--attribution at_baseline looks children up: give --sql-roll or --sql-link")
	case o.AtBaseline && o.Baseline == dataset.NoDay && o.From == dataset.NoDay:
		return refuse("--attribution at_baseline: give the day with --baseline or --from")
	case o.Roll != "" && o.Columns["upn"] == "" && o.Columns["link.upn"] == "":
		return refuse("--sql-roll links children by UPN: name its column in the rows, such as --sql-column upn=upn")
	case linked && schools == nil:
		return refuse("--sql-roll and --sql-link: name the trial's schools with --schools")
	case o.Roll != "" && slices.ContainsFunc(schools, func(s school) bool { return !(s.pupils > 0) }):
		return refuse("--sql-roll: days on roll stay in the warehouse, so --schools must give the pupils of every school")
	}
	return nil
}

// checkCare refuses what the query of days in care cannot count.
func (o *Options) checkCare(schools []school) error {
	switch {
	case schools == nil || o.From == dataset.NoDay || o.To == dataset.NoDay:
		return refuse("--layout s903-episodes counts days in care at listed schools in a window: give --schools, --from and --to")
	case o.Link == "" && (o.Roll == "" || o.Children == ""):
		return refuse("--layout s903-episodes looks children up: give --sql-link, or --sql-roll with --sql-children, which has their UPNs")
	case o.Until18 && o.Children == "":
		return refuse("--until-18 needs birth dates: give the table of the return's header with --sql-children")
	case o.Roll != "" && slices.ContainsFunc(schools, func(s school) bool { return !(s.pupils > 0) }):
		return refuse("--sql-roll: days on roll stay in the warehouse, so --schools must give the pupils of every school")
	case o.S17 != 0 || o.S47Gap != 0 || len(o.Outcomes) > 0:
		return refuse("--layout s903-episodes counts days in care, children in care and entries to care: it takes no --s17, no --s47-gap and no --outcomes")
	}
	return nil
}

// fetch fills in the expressions that fetch the columns.
func (v *view) fetch() error {
	own := map[string]map[string]string{}
	for name, to := range v.Columns {
		of, column, qualified := strings.Cut(name, ".")
		if !qualified {
			of, column = "", name
		}
		if own[of] == nil {
			own[of] = map[string]string{}
		}
		own[of][column] = to
	}
	for of := range own {
		if of != "" && !(of == Roll.Layout && v.Roll != "") && !(of == Lookup.Layout && v.Link != "") && !(of == Header.Layout && v.Children != "") {
			return refuse("column of %q: want the name of a column, or roll.NAME, link.NAME or children.NAME where these tables are given", of)
		}
	}
	given := map[string]string{}
	if v.LA != "" {
		given["la"], given["LA"] = strings.ToUpper(v.LA), strings.ToUpper(v.LA)
	}
	for _, x := range []struct {
		table *Table
		own   map[string]string
		to    *[]string
	}{{v.Source, own[""], &v.Cells}, {&Roll, own[Roll.Layout], &v.RollCells}, {&Lookup, own[Lookup.Layout], &v.LinkCells}, {&Header, own[Header.Layout], &v.ChildCells}} {
		cells, err := x.table.cells(x.own, given)
		if err != nil {
			return err
		}
		if x.table == v.Source {
			v.cells = cells
		}
		for _, c := range x.table.Columns {
			cell := cells[c.as]
			if c.Type == "text" && !c.few && cell != "CAST(NULL AS text)" && !strings.HasPrefix(v.Source.Layout, "attendance") {
				cell = trim(cell)
			}
			*x.to = append(*x.to, cell+" AS "+c.as)
		}
	}
	v.RollTable, v.LinkTable, v.ChildTable = &Roll, &Lookup, &Header
	return nil
}
