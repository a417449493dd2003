package warehouse

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Column is a column of a table in the warehouse.
type Column struct {
	Name  string // of the layout, and of the warehouse unless it is given
	Type  string // to which it is cast
	Means string
	as    string // what the query calls it
	// Named columns are read only where their name in the warehouse is given.
	Named bool
	few   bool // few texts among many rows: the query cleans each once
}

// Table is what a query reads: the rows of a layout of ingest, typed.
type Table struct {
	Layout  string
	Rows    string // what one row is
	Columns []Column
}

// Tables are those that there is SQL for, by layout.
var Tables = []Table{
	{"events", "one row an event", []Column{
		{"child_id", "text", "the authority's id of the child", "child", false, false},
		{"school_urn", "text", "the child's school on the day: any of its numbers", "school", false, false},
		{"la", "text", "code of the child's authority", "la", false, true},
		{"event", "text", "contact, referral, s47_enquiry … as in swis formats events", "event", false, true},
		{"date", "date", "day of the event", "day", false, false},
		{"source", "text", "referral source", "source", true, true},
		{"nfa", "text", "no further action: yes or no, 1 or 0", "nfa", true, true},
		{"upn", "text", "unique pupil number, for the roll", "pupil", true, false},
	}},
	{"attendance-marks", "one row a pupil and half-day, as a register has them", []Column{
		{"upn", "text", "the pupil", "pupil", false, false},
		{"school_urn", "text", "the school: any of its numbers", "school", false, false},
		{"date", "date", "day", "day", false, false},
		{"session", "text", "AM or PM", "session", false, false},
		{"mark", "text", "code of the register", "mark", false, false},
	}},
	{"attendance", "one row a pupil, school and term", []Column{
		{"upn", "text", "the pupil", "pupil", false, false},
		{"school_urn", "text", "the school: any of its numbers", "school", false, false},
		{"period", "text", "term, as 2023-24 1 autumn", "period", false, false},
		{"sess_possible", "double precision", "sessions possible", "possible", false, false},
		{"sess_overall", "double precision", "sessions missed", "missed", true, false},
		{"sess_authorised", "double precision", "of these with permission", "authorised", false, false},
		{"sess_unauthorised", "double precision", "and without", "unauthorised", false, false},
	}},
	{"s903-episodes", "one row an episode of care, all returns together", []Column{
		{"CHILD", "text", "the authority's id of the child", "child", false, false},
		{"DECOM", "date", "start of the episode", "first_day", false, false},
		{"RNE", "text", "reason for the new episode: S L P T B U", "reason", false, false},
		{"LS", "text", "legal status; V3 and V4 are short breaks", "legal", false, false},
		{"DEC", "date", "end of the episode; the day is not counted", "end_day", false, false},
		{"LA", "text", "code of the authority", "la", false, false},
		{"YEAR", "integer", "year of the return, which ends on 31 March: every row has one", "year", false, false},
	}},
}

// Roll and Lookup say at which school a child was; Header is who the children in care are.
var (
	Roll = Table{"roll", "one row a pupil and stay at a school", []Column{
		{"upn", "text", "unique pupil number", "pupil", false, false},
		{"school_urn", "text", "the school: any of its numbers", "school", false, false},
		{"entrydate", "date", "first day on roll", "first_day", false, false},
		{"leavingdate", "date", "day of leaving, not counted; none while there", "left_day", false, false},
		{"enrolstatus", "text", "C single, M main, S subsidiary registration", "status", true, false},
		{"formerupn", "text", "an earlier UPN", "former", true, false},
	}}
	Lookup = Table{"link", "one row a child and stay at a school", []Column{
		{"la", "text", "code of the child's authority", "la", false, false},
		{"child_id", "text", "the authority's id of the child", "child", false, false},
		{"upn", "text", "unique pupil number", "pupil", true, false},
		{"school_urn", "text", "the school: any of its numbers", "school", false, false},
		{"start", "date", "first day at the school", "first_day", false, false},
		{"end", "date", "day of leaving, not counted; none while there", "left_day", false, false},
	}}
	Header = Table{"children", "one row a child in care, as s903-header has them", []Column{
		{"LA", "text", "code of the authority", "la", false, false},
		{"CHILD", "text", "the authority's id of the child", "child", false, false},
		{"UPN", "text", "unique pupil number", "pupil", false, false},
		{"DOB", "date", "birth date", "birth", false, false},
	}}
)

// table is that of a layout, events where none is named.
func table(layout string) (*Table, error) {
	var names []string
	for i := range Tables {
		if Tables[i].Layout == layout || layout == "" {
			return &Tables[i], nil
		}
		names = append(names, Tables[i].Layout)
	}
	return nil, refuse("layout %q: want %s", layout, strings.Join(names, " or "))
}

// identifier is a table's name with its schema, each plain or in double quotes.
var identifier = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_$]*|"[^"\x00\n]+")(\.([A-Za-z_][A-Za-z0-9_$]*|"[^"\x00\n]+"))*$`)

// part is one name of an identifier.
var part = regexp.MustCompile(`[^".]+|"[^"]+"`)

// quoteName writes a name in quotes; a plain one in small letters, as both
// databases read it.
func quoteName(name string) string {
	var parts []string
	for _, p := range part.FindAllString(name, -1) {
		if p[0] != '"' {
			p = `"` + strings.ToLower(p) + `"`
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, ".")
}

// cells are the expressions that fetch the columns of a table, by what the
// query calls them. own are the warehouse's names; given are constants in the
// place of columns.
func (t *Table) cells(own, given map[string]string) (map[string]string, error) {
	for name, to := range own {
		if !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Name == name }) {
			return nil, refuse("column %q: want %s", name, strings.Join(t.names(), ", "))
		}
		if !identifier.MatchString(to) || strings.Contains(to, ".") && to[0] != '"' {
			return nil, refuse("column %q: want the name of a column such as %s", to, name)
		}
	}
	out := map[string]string{}
	for _, c := range t.Columns {
		from, named := own[c.Name]
		switch {
		case given[c.Name] != "":
			from = quote(given[c.Name])
		case named:
			from = quoteName(from)
		case c.Named:
			from = "NULL"
		default:
			from = quoteName(c.Name)
		}
		out[c.as] = fmt.Sprintf("CAST(%s AS %s)", from, c.Type)
	}
	return out, nil
}

func (t *Table) names() []string {
	var out []string
	for _, c := range t.Columns {
		out = append(out, c.Name)
	}
	return out
}

// Describe lists the columns of a table with their types and meanings, each
// line after a prefix; those with * are read only where they are named.
func (t *Table) Describe(prefix string) string {
	var b strings.Builder
	for _, c := range t.Columns {
		name := c.Name
		if c.Named {
			name += "*"
		}
		fmt.Fprintf(&b, "%s%-17s  %-16s  %s\n", prefix, name, c.Type, c.Means)
	}
	return b.String()
}
