// Package warehouse writes SQL that counts events by school and period where
// they are kept, for warehouses that are too large to hand over: its result is
// a table of counts, which ingest reads. The program itself connects to nothing.
package warehouse

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"swis/dataset"
	"swis/dataset/extracts"
)

//go:embed counts.sql
var counts string

// Dialects are the databases that SQL is written for.
var Dialects = []string{"postgres", "duckdb"}

// Options are the choices of a query.
type Options struct {
	Dialect string
	Table   string // of the events, with its schema where needed
	// Columns are the warehouse's names of the layout's columns, where they
	// differ. Source and nfa are read only where they are among them.
	Columns  map[string]string
	LA       string // authority of all rows, where no column holds it
	Schools  string // list of the trial's schools, a file; empty: those that the rows name
	Period   dataset.PeriodKind
	From, To dataset.Day // window, To included; NoDay: from the events
	S17      int         // which of the definitions of outcomes that have several
	Outcomes []string    // asked for beside those that are always there, or all
}

type word struct {
	Word, Kind string
	School     int // 1 where the word says that a school made the referral
}

type school struct{ Number, ID, LA string }

// columns of the layout events that the query reads, and what it calls them.
var columns = []struct{ name, as string }{{"child_id", "child"}, {"school_urn", "school"}, {"la", "la"}, {"event", "event"}, {"date", "day"}, {"source", "source"}, {"nfa", "nfa"}}

// cells are the expressions that fetch the columns.
func (o *Options) cells() ([]string, error) {
	for name, own := range o.Columns {
		if !slices.ContainsFunc(columns, func(c struct{ name, as string }) bool { return c.name == name }) {
			return nil, fmt.Errorf("column %q: want child_id, school_urn, la, event, date, source or nfa", name)
		}
		if !identifier.MatchString(own) || strings.Contains(own, ".") {
			return nil, fmt.Errorf("column %q: want the name of a column such as %s", own, name)
		}
	}
	var out []string
	for _, c := range columns {
		own, given := o.Columns[c.name]
		if !given {
			own = c.name
		}
		kind := "text"
		switch {
		case c.as == "day":
			kind = "date"
		case c.as == "la" && o.LA != "":
			own = quote(strings.ToUpper(o.LA))
		case !given && (c.as == "source" || c.as == "nfa"):
			own = "NULL"
		}
		cell := fmt.Sprintf("CAST(%s AS %s)", own, kind)
		if kind == "text" && own != "NULL" {
			cell = fmt.Sprintf("regexp_replace(%s, '%s', '', 'g')", cell, around)
		}
		out = append(out, cell+" AS "+c.as)
	}
	return out, nil
}

// target is an outcome and the rows that count for it. Rank orders the
// definitions of an outcome: an authority's first one that it delivers stands.
type target struct {
	Outcome, Kind                 string
	Rank                          int
	BySchool                      string // condition on a row's by_school
	Action                        string // and on its action
	NeedsSchool, NeedsKnown, Each int
}

// targets are the outcomes of social care that are asked for.
func (o *Options) targets() []target {
	asked := map[string]bool{}
	for _, name := range o.Outcomes {
		asked[name] = true
		if x, ok := dataset.OutcomeNamed(name); ok && x.Kind == dataset.ShareOutcome {
			asked[x.Part], asked[x.Whole] = true, true
		}
	}
	var out []target
	for _, x := range dataset.Outcomes {
		if x.Family != dataset.ReferralFamily || x.Kind == dataset.ShareOutcome || x.In != dataset.Always && !asked[x.Name] && !asked["all"] {
			continue
		}
		of := []dataset.Of{x.Of}
		if x.Under != nil {
			of[0] = x.Under[o.S17].Of
			own := dataset.Of{Type: x.Own}
			if of = append(of, own); of[0].With != 0 {
				of[0], of[1] = of[1], of[0]
			}
		}
		for rank, of := range of {
			t := target{Outcome: x.Name, Kind: of.Type.String(), Rank: rank, NeedsSchool: is(of.Needs&dataset.FromSchool != 0), NeedsKnown: is(of.Needs&dataset.NFAKnown != 0),
				Each: is(x.Kind != dataset.ChildrenOutcome), Action: "any"}
			if t.BySchool = "any"; of.With&dataset.FromSchool != 0 {
				t.BySchool = "yes"
			}
			switch {
			case of.With&dataset.NoAction != 0:
				t.Action = "none"
			case of.Without&dataset.NoAction != 0:
				t.Action = "some"
			case of.With&dataset.NFAKnown != 0:
				t.Action = "known"
			}
			out = append(out, t)
		}
	}
	return out
}

func is(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// identifier is a table's name with its schema, each plain or in double quotes.
var identifier = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_$]*|"[^"\x00\n]+")(\.([A-Za-z_][A-Za-z0-9_$]*|"[^"\x00\n]+"))*$`)

// SQL is the text of the query.
func SQL(ctx context.Context, o Options) (string, error) {
	if !slices.Contains(Dialects, o.Dialect) {
		return "", fmt.Errorf("SQL for %q: want %s", o.Dialect, strings.Join(Dialects, " or "))
	}
	if o.Table == "" {
		o.Table = "events"
	}
	if !identifier.MatchString(o.Table) {
		return "", fmt.Errorf("table %q: want a name such as events or care.events", o.Table)
	}
	schools, err := listed(ctx, o.Schools)
	if err != nil {
		return "", err
	}
	cells, err := o.cells()
	if err != nil {
		return "", err
	}
	view := struct {
		Options
		Period, From, To, Label string
		ReasonMonth             string // the label of a month
		Cells                   []string
		FirstMonth, LastMonth   dataset.Period
		Words                   []word
		Schools                 []school
		Targets                 []target
	}{Options: o, Period: o.Period.String(), From: o.From.String(), To: o.To.String(), Label: label(o.Period), Cells: cells, Schools: schools, Targets: o.targets()}
	if o.From != dataset.NoDay {
		view.FirstMonth = dataset.Month.Of(o.From)
	}
	if o.To != dataset.NoDay {
		view.LastMonth = dataset.Month.Of(o.To)
	}
	for _, w := range slices.Sorted(maps.Keys(extracts.EventWords)) {
		t, by := extracts.EventWords[w], 0
		if t == extracts.SchoolReferral {
			t, by = dataset.Referral, 1
		}
		if dataset.EventFamily(t) != dataset.ReferralFamily {
			continue // another delivery, with a span of its own
		}
		view.Words = append(view.Words, word{w, t.String(), by})
	}
	div := func(a, b string) string {
		if o.Dialect == "duckdb" {
			return a + " // " + b
		}
		return a + " / " + b
	}
	match := func(column, pattern string) string {
		if o.Dialect == "duckdb" {
			return fmt.Sprintf("regexp_matches(%s, %s)", column, quote(pattern))
		}
		return column + " ~ " + quote(pattern)
	}
	month := strings.NewReplacer("y", "("+div("month", "12")+")", "mo", "(month % 12 + 1)")
	view.ReasonMonth = month.Replace(label(dataset.Month))
	functions := template.FuncMap{"quote": quote, "clean": clean, "div": div, "match": match}
	t, err := template.New("counts").Funcs(functions).Parse(counts)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, view)
	return out.String(), err
}

// quote is a text as SQL writes it.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// around is white space at the ends of a cell, the non-breaking space included.
const around = "^[[:space:]\u00a0]+|[[:space:]\u00a0]+$"

// clean is an expression for a cell in capitals without what stands for no
// value and without the .0 that spreadsheets leave.
func clean(column string) string {
	return fmt.Sprintf("CASE WHEN %[1]s IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(%[1]s) = 'NULL' THEN NULL ELSE regexp_replace(upper(%[1]s), '^([0-9]+)[.]0$', '\\1') END", column)
}

// label is an expression for the label of the period of a month: year y, month mo.
func label(kind dataset.PeriodKind) string {
	if kind == dataset.Month {
		return "lpad(CAST(y AS text), 4, '0') || '-' || lpad(CAST(mo AS text), 2, '0')"
	}
	const academic = "CASE WHEN mo >= 9 THEN lpad(CAST(y AS text), 4, '0') || '-' || lpad(CAST((y + 1) % 100 AS text), 2, '0') ELSE lpad(CAST(y - 1 AS text), 4, '0') || '-' || lpad(CAST(y % 100 AS text), 2, '0') END"
	if kind == dataset.Year {
		return academic
	}
	return academic + " || CASE WHEN mo >= 9 THEN ' 1 autumn' WHEN mo <= 3 THEN ' 2 spring' ELSE ' 3 summer' END"
}

// listed are the numbers of the schools of a list.
func listed(ctx context.Context, path string) ([]school, error) {
	if path == "" {
		return nil, nil
	}
	keys, err := extracts.NewKeys("", false)
	if err != nil {
		return nil, err
	}
	x, _, err := extracts.NewSet(keys).Read(ctx, extracts.Input{Path: path, Number: 1})
	if err != nil {
		return nil, err
	}
	if len(x.Schools) == 0 {
		return nil, dataset.Problems{{File: path, Text: "holds no school; want a GIAS-shaped list, or columns school_id, la, pupils"}}
	}
	var out []school
	taken := map[string]bool{}
	for _, own := range []bool{true, false} { // the schools' ids first
		for i := range x.Schools {
			s := &x.Schools[i]
			numbers := []string{s.URN, s.LAESTAB}
			if own {
				numbers = []string{strings.ToUpper(s.ID)}
			}
			for _, n := range numbers {
				if n != "" && !taken[n] {
					taken[n] = true
					out = append(out, school{n, s.ID, s.LA})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b school) int { return strings.Compare(a.ID+"\x00"+a.Number, b.ID+"\x00"+b.Number) })
	return out, nil
}
