package warehouse_test

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	gocmp "github.com/google/go-cmp/cmp"

	"swis/dataset"
	"swis/dataset/rota"
	"swis/dataset/study"
	"swis/dataset/warehouse"
)

// database is a real one: how to run SQL on it, and the SQL that makes a table.
type database struct {
	dialect string
	run     func(t *testing.T, sql string) []byte
	load    func(t *testing.T, x rows) string
}

// rows are a table as CSV: its name, its columns with their types, its rows.
type rows struct{ table, columns, text string }

// delivery writes events of three authorities with duplicates, alike and not;
// rows without a child, a school, a date, an authority or a known word; ids
// that a spreadsheet ruined; rows before the law; sources and further action in
// many spellings; a month that was not delivered; and types that hardly occur.
func delivery(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 4))
	kinds := []string{"contact", "Referral", "school_referral", "assessment", "s47 enquiry", "S47", "suspension", "permanent exclusion", "s17_start", "closure"}
	sources := []string{"", "2A", "2A: Schools", "e) 2A: Schools", "e) 2B: Education", "School nurse", "a school", "6", "1A - family", "3C: School nurse", "Education welfare", "2a-school", " 2A "}
	action := []string{"", "0", "1", "Yes", "no", "a) Yes", "1 - Yes, no further action", "FALSE", "0.0", "unclear", "b) No"}
	first := dataset.DayOf(2021, 9, 1)
	var rows [][]string
	for range 6000 {
		la := r.IntN(3)
		day := first + dataset.Day(r.IntN(660))
		kind := kinds[r.IntN(len(kinds)-2*la)]
		if y, m, _ := day.Date(); y == 2022 && m == 4 && la == 1 && kind == "Referral" {
			continue
		} else if kind == "closure" && (y == 2022 && m > 9 || y == 2023 && m == 1) || la == 1 && kind == "assessment" && (r.IntN(10) > 3 || y == 2022 && m > 1 && m < 6) ||
			la == 2 && day < first+19 || la == 1 && day > first+622 || la == 1 && y == 2022 && m == 11 || // deliveries within a month; nothing at all
			la == 0 && kind == "suspension" && y == 2022 && m > 3 && m < 9 {
			continue // a quarter or more in which no case closed; months without any
		}
		row := []string{fmt.Sprintf("c%03d", r.IntN(300)), fmt.Sprint(100001 + 10*la + r.IntN(8)), fmt.Sprint(801 + la), kind, day.String(), sources[r.IntN(len(sources))], action[r.IntN(len(action))]}
		if la == 2 {
			row[5], row[6] = "", "" // not held there
		}
		switch r.IntN(120) {
		case 0:
			row[0] = []string{"", " ", "NULL", "N/A"}[r.IntN(4)]
		case 1:
			row[1] = ""
		case 2:
			row[4] = []string{"1985-01-01", "1800-01-01", "2101-05-01", ""}[r.IntN(4)]
		case 3:
			row[3] = "visit"
		case 4:
			row[0] = "1.23E+05"
		case 5:
			row[2] = []string{"", "123456789"}[r.IntN(2)]
		case 6:
			row[0], row[1] = strings.ToUpper(row[0])+" ", row[1]+".0"
		case 7:
			if la == 0 { // a school stands in the authority of the first row that names it
				row[1] = "801/4321"
			}
		case 8:
			row[1] = "Q123456789012"
		}
		rows = append(rows, row)
		for r.IntN(12) == 0 { // again, alike or at another school
			row = slices.Clone(row)
			if r.IntN(2) == 0 {
				row[1] = fmt.Sprint(100001 + 10*la + r.IntN(8))
			}
			rows = append(rows, row)
		}
	}
	for d := range 3 {
		rows = append(rows, []string{fmt.Sprintf("c%03d", d), "100003", "801", "plan", fmt.Sprintf("2022-0%d-10", d+2), "", ""})
	}
	standing(rows)
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write([]string{"child_id", "school_urn", "la", "event", "date", "referral_source", "nfa"})
	w.WriteAll(rows)
	return b.String()
}

// standing puts rows in the order in which the query prefers them: of several of
// one event it takes the lowest school number and then the lowest of what else
// it says, ingest the first row.
func standing(rows [][]string) {
	slices.SortFunc(rows, func(a, b []string) int {
		return cmp.Or(cmp.Compare(school(a), school(b)), cmp.Compare(fromSchool(a), fromSchool(b)), cmp.Compare(furtherAction(a), furtherAction(b)))
	})
}

func school(row []string) string {
	number := strings.ReplaceAll(strings.TrimSuffix(row[1], ".0"), "/", "")
	return cmp.Or(number, "~") // after all others
}

func fromSchool(row []string) int {
	if row[3] == "school_referral" {
		return 1
	}
	if row[3] != "Referral" {
		return 0
	}
	switch row[5] {
	case "2A", "2A: Schools", "e) 2A: Schools", "a school", "2a-school", " 2A ":
		return 1
	}
	return 0
}

func furtherAction(row []string) string {
	if row[3] != "Referral" && row[3] != "contact" {
		return ""
	}
	switch row[6] {
	case "0", "no", "FALSE", "0.0", "b) No":
		return "some"
	case "", "unclear":
		return ""
	}
	return "none"
}

// account is what the quality report says of rows.
type account struct {
	Linkage, Months, Events, Coverage any
	Balance                           []study.QualityBalance
	Rules                             map[string]any
	Notes                             []string
}

// comparison is one study made twice: of files, and of what a query counted.
type comparison struct {
	tables  []rows // in the warehouse
	options study.Options
	query   warehouse.Options
	text    string   // the rows that the warehouse counts, as a file
	mapping string   // how to read them
	rules   []string // whose counts must be the same
	planted []string // rules of which there are cases
	parts   []string // conditions of parts of the table, each counted by itself
	beside  []string // further files
	care    bool     // rows of children in care, of which less is said
}

// givesThePanelOfTheRows makes the studies of many random deliveries with
// planted faults: the panel of the warehouse's counts is that of the rows, to
// the byte, and so is what is said of the rows.
func givesThePanelOfTheRows(t *testing.T, db *database) {
	seeds := rota.Some(2, 1) // of two kinds, which the databases share
	if *rounds > 0 {
		seeds = nil
		for n := range *rounds {
			seeds = append(seeds, n)
		}
	}
	for _, n := range seeds {
		seed := uint64(n)
		if db.dialect == "postgres" {
			seed ^= 1
		}
		for _, of := range []struct {
			name string
			make func(t *testing.T, seed uint64) map[string]comparison
		}{{"events", eventComparisons}, {"linked", linkedComparisons}, {"marks", markComparisons}, {"registrations", registrationComparisons}, {"care", careComparisons}} {
			for name, c := range of.make(t, seed) {
				t.Run(fmt.Sprintf("%s/%d/%s", of.name, seed, name), func(t *testing.T) { c.compare(t, db) })
			}
		}
	}
}

var rounds = flag.Int("rounds", 0, "random deliveries that each database is tried with; 0 for one each, which rota names")

const trialSchools = "school_id,la,urn,pupils\nA,801,100001,900\nB,801,100002,800\nC,802,100011,700\nD,803,100022,600\nE,803,109999,500\n"

func file(t *testing.T, name, text string) string {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func eventComparisons(t *testing.T, seed uint64) map[string]comparison {
	text := delivery(seed + 3)
	schools := file(t, "schools.csv", trialSchools)
	from, to := dataset.DayOf(2021, 9, 1), dataset.DayOf(2023, 3, 20)
	out := map[string]comparison{}
	for name, set := range map[string]func(*study.Options, *warehouse.Options){
		"month": func(*study.Options, *warehouse.Options) {},
		"term of listed schools": func(s *study.Options, w *warehouse.Options) {
			s.Period, w.Period, s.Schools, w.Schools = dataset.Term, dataset.Term, schools, schools
			s.From, w.From, s.To, w.To = from, from, to, to
		},
		"terms of listed schools, at once": func(s *study.Options, w *warehouse.Options) {
			s.Period, w.Period, s.Schools, w.Schools = dataset.Term, dataset.Term, schools, schools
			s.From, w.From, s.To, w.To = from, from, to, to
		},
		"year by plans": func(s *study.Options, w *warehouse.Options) {
			s.Period, w.Period, s.S17, w.S17 = dataset.Year, dataset.Year, study.S17Plans, 1
			s.From, w.From, s.To, w.To = from, from, to, to
		},
		"month by episodes, all outcomes": func(s *study.Options, w *warehouse.Options) {
			s.S17, w.S17 = study.S17Episodes, 2
			s.Outcomes, w.Outcomes = []string{"all"}, []string{"all"}
		},
		"term, shares": func(s *study.Options, w *warehouse.Options) {
			s.Period, w.Period = dataset.Term, dataset.Term
			s.Outcomes, w.Outcomes = []string{"referrals_nfa_share", "referred_children"}, []string{"referrals_nfa_share", "referred_children"}
		},
		"month, changed schools": func(s *study.Options, w *warehouse.Options) {
			s.Schools, w.Schools = schools, schools
			changed(t, s, w)
		},
		"month, enquiries within 20 days": func(s *study.Options, w *warehouse.Options) {
			s.Schools, w.Schools, s.S47Gap, w.S47Gap = schools, schools, 20, 20
			s.From, w.From, s.To, w.To = from+40, from+40, to, to
		},
	} {
		if testing.Short() && name != "term of listed schools" && name != "month by episodes, all outcomes" {
			continue
		}
		o, w := study.Default(), warehouse.Options{From: dataset.NoDay, To: dataset.NoDay, Baseline: dataset.NoDay, Columns: map[string]string{"source": "referral_source", "nfa": "nfa"}}
		o.Period, o.Threshold = dataset.Month, 1
		set(&o, &w)
		var parts []string
		if name == "term of listed schools" {
			parts = []string{"la = '801'", "la = '802'", "la IS NULL OR la NOT IN ('801', '802')"}
		}
		var planted []string
		if w.Decisions != "" {
			planted = []string{"S03"}
		}
		out[name] = comparison{planted: planted, parts: parts, tables: []rows{{"events", "child_id text, school_urn text, la text, event text, date date, referral_source text, nfa text", text}},
			options: o, query: w, text: text, mapping: "columns:\n  referral_source: source\n",
			rules: []string{"F07", "K01", "K02", "K03", "K0A", "K0E", "E1T", "D01", "D07", "E01", "E02", "E10", "E11", "E12", "L01", "L02", "L03", "L04", "S02", "S03", "S05", "X01", "X02"}}
	}
	return out
}

// changed gives both the same links of schools and decisions: numbers that lead
// to a school of the trial at once, over another number, or from a day on; and
// one of a school's own numbers that is decided to be another school.
func changed(t *testing.T, s *study.Options, w *warehouse.Options) {
	links := file(t, "school-links.csv", "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n"+
		"100003,100001,One,Predecessor,\n100001,100003,Three,Successor,\n"+
		"100004,100005,Five,Predecessor,\n100005,100002,Two,Predecessor,\n"+
		"100012,100011,Eleven,Predecessor - merged,\n100013,100011,Eleven,Predecessor - merged,\n666666,109999,E,Successor,\n")
	decisions := file(t, "decisions.csv", "kind,from,to,decision,date,reason\n"+
		"school,100012,C,merge,2022-05-10,merged\nschool,100013,C,keep,,a school of its own\nschool,100023,D,merge,,always one school\n"+
		"school,109999,E,keep,,the number of another school\nschool,555555,A,merge,2022-02-15,merged\nschool,777777,C,merge,2022-03-01,merged\n")
	s.Links, w.Links = append(s.Links, links), []string{links}
	s.Decisions, w.Decisions = decisions, decisions
}

func (c *comparison) compare(t *testing.T, db *database) {
	w := c.query
	w.Dialect = db.dialect
	var load string
	for _, x := range c.tables {
		load += db.load(t, x)
	}
	var counts []study.Source
	for i, part := range append([]string{""}, c.parts...) {
		if (part == "") != (c.parts == nil) {
			continue
		}
		view := ""
		if part != "" {
			w.Table = fmt.Sprintf("part_%d", i)
			view = "DROP VIEW IF EXISTS " + w.Table + ";\nCREATE VIEW " + w.Table + " AS SELECT * FROM " + c.tables[0].table + " WHERE " + part + ";\n"
		}
		sql, err := warehouse.SQL(context.Background(), w)
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, study.Source{Path: file(t, "counts.csv", string(db.run(t, load+view+sql)))})
	}
	source := study.Source{Path: file(t, "rows.csv", c.text)}
	if c.mapping != "" {
		source.Map = file(t, "map.yaml", c.mapping)
	}
	back := c.options
	back.IncludeRespite, back.Until18 = false, false
	back.Rolls, back.Links, back.Decisions, back.Attribution, back.Baseline, back.S47Gap = nil, nil, "", "", dataset.NoDay, 0
	sources := []study.Source{source}
	for _, path := range c.beside {
		sources = append(sources, study.Source{Path: path})
	}
	want, said := made(t, c.options, sources, c.rules)
	got, saidToo := made(t, back, counts, c.rules)
	if got != want {
		a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
		t.Errorf("%d rows of the panel from the rows, %d from the warehouse's counts", len(a), len(b))
		shown := 0
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] && shown < 5 {
				t.Errorf("%s\nrows   %s\ncounts %s", a[0], a[i], b[i])
				shown++
			}
		}
	} else if !strings.Contains(got, ",0,") || strings.Count(got, "\n") < 6 || !strings.Contains(got, ",1,1,") {
		t.Error("hardly a panel")
	}
	for _, rule := range c.planted {
		n, whole := said.Rules[rule].(study.Number)
		if !whole {
			n = said.Rules[rule].([]any)[0].(study.Number)
		}
		if n == (study.Number{}) {
			t.Errorf("no case of %s", rule)
		}
	}
	if len(c.options.Rolls)+len(c.options.Links) > 0 {
		said.withoutShares()
		saidToo.withoutShares()
	}
	if c.care {
		said.withoutShares()
		saidToo.withoutShares()
		said.Coverage, said.Notes, said.Linkage, said.Months = nil, nil, nil, nil // of no events
		saidToo.Coverage, saidToo.Notes, saidToo.Linkage, saidToo.Months = nil, nil, nil, nil
	}
	said.Balance = together(said.Balance[:1])
	of := saidToo.Balance
	saidToo.Balance = nil
	for i := range counts { // the rows of the counts themselves stand before those of the warehouse
		saidToo.Balance = append(saidToo.Balance, of[2*i+1])
	}
	saidToo.Balance = together(saidToo.Balance)
	if diff := gocmp.Diff(said, saidToo, cmpopts.EquateApprox(0, 1e-12), gocmp.AllowUnexported(study.Number{})); diff != "" {
		t.Errorf("of the rows is said (-), of the warehouse (+):\n%s", diff)
	}
}

// withoutShares drops what the rows of rolls and lookups have a part in.
func (a *account) withoutShares() {
	for _, of := range a.Rules {
		if both, ok := of.([]any); ok {
			for i := range both[1].([]study.LANumber) {
				both[1].([]study.LANumber)[i].Share = nil
			}
		}
	}
}

// together adds up what became of rows.
func together(of []study.QualityBalance) []study.QualityBalance {
	var sum study.QualityBalance
	for _, x := range of {
		for _, n := range []struct{ to, of *study.Number }{{&sum.Rows, &x.Rows}, {&sum.Counted, &x.Counted}, {&sum.Duplicate, &x.Duplicate}, {&sum.Quarantined, &x.Quarantined},
			{&sum.OutOfWindow, &x.OutOfWindow}, {&sum.Unlinked, &x.Unlinked}, {&sum.OtherSchool, &x.OtherSchool}, {&sum.OtherKind, &x.OtherKind}} {
			n.to.Value += n.of.Value
		}
	}
	return []study.QualityBalance{sum}
}

// made builds a study and returns its panel and what is said of the rows.
func made(t *testing.T, o study.Options, sources []study.Source, rules []string) (string, account) {
	t.Helper()
	o.Sources = sources
	s, err := study.Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "study")
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	panel, err := os.ReadFile(filepath.Join(folder, study.PanelFile))
	if err != nil {
		t.Fatal(err)
	}
	q := s.Quality
	a := account{Balance: slices.Clone(q.Balance), Notes: q.Notes, Rules: map[string]any{}}
	months := slices.DeleteFunc(slices.Clone(q.Rates), func(r study.QualityRate) bool { return r.By != "month" })
	for _, part := range []struct {
		from any
		to   *any
	}{{q.Linkage, &a.Linkage}, {months, &a.Months}, {q.Events, &a.Events}, {q.Coverage, &a.Coverage}} {
		data, err := json.Marshal(part.from)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, part.to); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range q.Rules {
		if slices.Contains(rules, r.Rule) {
			a.Rules[r.Rule] = []any{r.Count, r.ByLA}
			if r.ByLA == nil || r.Rule == "E01" || r.Rule == "S05" {
				a.Rules[r.Rule] = r.Count
			}
		}
	}
	if len(a.Rules) != len(rules) {
		t.Fatalf("rules %v", a.Rules)
	}
	return string(panel), a
}
