package design

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

// Roster is the list of schools to assign, one row a school in the order of
// their ids, so that no row order of a file can reach an assignment.
type Roster struct {
	File, SHA256 string
	IDColumn     string
	frame        dataframe.DataFrame // sorted by IDColumn; every column as text
	line         map[string]int      // file line of each school
}

// ReadRoster reads a school list. Every school has an id, once.
func ReadRoster(t *table.Table, id string) (*Roster, error) {
	ids, err := t.Category(id)
	if err != nil {
		return nil, err
	}
	r := &Roster{File: t.Name, SHA256: t.SHA256, IDColumn: id, line: map[string]int{}}
	var problems dataset.Problems
	for i, code := range ids.Codes {
		switch {
		case code < 0:
			problems = append(problems, dataset.Problem{File: t.Name, Line: t.Line(i), Column: id, Text: "no school id; every school needs one"})
		case r.line[ids.Levels[code]] > 0:
			problems = append(problems, dataset.Problem{File: t.Name, Line: t.Line(i), Column: id,
				Text: fmt.Sprintf("school %s is already on line %d; keep one row a school", ids.Levels[code], r.line[ids.Levels[code]])})
		default:
			r.line[ids.Levels[code]] = t.Line(i)
		}
	}
	if problems != nil {
		return nil, problems
	}
	if t.Rows() == 0 {
		return nil, dataset.Problemf(t.Name, 0, "", "no schools; one row a school is wanted")
	}
	columns := make([]series.Series, 0, len(t.Names()))
	for _, name := range t.Names() {
		s, err := schoolColumn(t, name)
		if err != nil {
			return nil, err
		}
		columns = append(columns, s)
	}
	frame := dataframe.New(columns...)
	if frame.Err != nil {
		return nil, fmt.Errorf("school list %s: %w", t.Name, frame.Err)
	}
	// gota's Arrange sorts strings by byte order; ids are compared as text.
	r.frame = frame.Arrange(dataframe.Sort(id))
	if r.frame.Err != nil {
		return nil, fmt.Errorf("school list %s: %w", t.Name, r.frame.Err)
	}
	return r, nil
}

// schoolColumn is a column as a gota series of the texts of the file, so that
// LA code 009 stays 009; numbers are read from them where they are asked for.
func schoolColumn(t *table.Table, name string) (series.Series, error) {
	c, err := t.Category(name)
	if err != nil {
		return series.Series{}, err
	}
	values := make([]string, len(c.Codes))
	for i, code := range c.Codes {
		if code >= 0 {
			values[i] = c.Levels[code]
		}
	}
	return series.New(values, series.String, name), nil
}

// N is the number of schools.
func (r *Roster) N() int { return r.frame.Nrow() }

// IDs are the school ids in order.
func (r *Roster) IDs() []string { return r.frame.Col(r.IDColumn).Records() }

// Has says whether the list has a column.
func (r *Roster) Has(column string) bool { return slices.Contains(r.frame.Names(), column) }

func (r *Roster) check(columns ...string) error {
	for _, c := range columns {
		if !r.Has(c) {
			return &table.UnknownColumn{File: r.File, Name: c, Nearest: table.Nearest(c, r.frame.Names())}
		}
	}
	return nil
}

// Words are the texts of a column, one a school, empty where missing.
func (r *Roster) Words(column string) ([]string, error) {
	if err := r.check(column); err != nil {
		return nil, err
	}
	return r.frame.Col(column).Records(), nil
}

// Numbers is a column of numbers, one a school. A school without one is a
// problem at its line: it could be neither balanced nor matched.
func (r *Roster) Numbers(column string) ([]float64, error) {
	if err := r.check(column); err != nil {
		return nil, err
	}
	x := r.frame.Col(column).Float()
	ids := r.IDs()
	var problems dataset.Problems
	for i := range x {
		if math.IsNaN(x[i]) || math.IsInf(x[i], 0) {
			problems = append(problems, dataset.Problem{File: r.File, Line: r.line[ids[i]], Column: column, Text: fmt.Sprintf("no number for school %s; fill it in, leave the column out of the balance, or the school out of the list", ids[i])})
		}
	}
	if problems != nil {
		return nil, problems
	}
	return x, nil
}

// Strata gives each school its stratum: the texts of the columns joined by a
// slash, empty where there are none.
func (r *Roster) Strata(columns []string) ([]string, error) {
	out := make([]string, r.N())
	ids := r.IDs()
	var problems dataset.Problems
	parts := map[string]string{}
	for k, column := range columns {
		words, err := r.Words(column)
		if err != nil {
			return nil, err
		}
		for i, w := range words {
			if w == "" {
				problems = append(problems, dataset.Problem{File: r.File, Line: r.line[ids[i]], Column: column, Text: "no value for this school; every school needs its stratum"})
			}
			if k > 0 {
				joined := out[i] + "/" + w
				pair := out[i] + "\x00" + w
				if other, ok := parts[joined]; ok && other != pair {
					return nil, analysis.Unsupportedf("strata: two different strata are both called %q; rename a value of column %s", joined, column)
				}
				parts[joined] = pair
				w = joined
			}
			out[i] = w
		}
	}
	if problems != nil {
		return nil, problems
	}
	return out, nil
}

// laColumns are the names under which school lists hold the local authority.
var laColumns = []string{"la", "la_code", "la_name", "LA (code)", "LA (name)", "LA"}

// LA is the local authority of each school, empty where the list has none.
func (r *Roster) LA() []string {
	for _, column := range laColumns {
		if words, err := r.Words(column); err == nil {
			return words
		}
	}
	return make([]string, r.N())
}

// joinWords lists words for a sentence.
func joinWords(words []string) string { return strings.Join(words, ", ") }
