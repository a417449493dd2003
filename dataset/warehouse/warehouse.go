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
	Dialect  string
	Table    string // of the events, with its schema where needed
	LA       string // authority of all rows, where no column holds it
	Schools  string // list of the trial's schools, a file; empty: those that the rows name
	Period   dataset.PeriodKind
	From, To dataset.Day       // window, To included; NoDay: from the events
	S17      dataset.EventType // that is a Section 17 start; Referral: one that led to action
}

type word struct {
	Word, Kind string
	School     int // 1 where the word says that a school made the referral
}

type school struct{ Number, ID, LA string }

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
	view := struct {
		Options
		Period, From, To, Label, S17, LA string
		FirstMonth, LastMonth            dataset.Period
		OwnFirst                         bool // the authority's own count of starts stands first
		Words                            []word
		Schools                          []school
	}{Options: o, Period: o.Period.String(), From: o.From.String(), To: o.To.String(), Label: label(o.Period), S17: o.S17.String(),
		LA: strings.ToUpper(o.LA), OwnFirst: o.S17 == dataset.Referral, Schools: schools}
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
	functions := template.FuncMap{"quote": quote, "clean": clean, "div": func(a, b string) string {
		if o.Dialect == "duckdb" {
			return a + " // " + b
		}
		return a + " / " + b
	}}
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

// clean is an expression for a cell in capitals without what stands for no
// value and without the .0 that spreadsheets leave.
func clean(column string) string {
	return fmt.Sprintf("CASE WHEN upper(trim(%[1]s)) IN ('', '-', '.', 'NA', 'N/A', 'NAN', 'NAT', 'NULL', '#N/A', 'NONE', '<NA>') THEN NULL ELSE regexp_replace(upper(trim(%[1]s)), '^([0-9]+)[.]0$', '\\1') END", column)
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
