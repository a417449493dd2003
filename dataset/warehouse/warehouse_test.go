package warehouse

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestText(t *testing.T) {
	schools := filepath.Join(t.TempDir(), "schools.csv")
	if err := os.WriteFile(schools, []byte("school_id,la,urn,pupils\nS'1,801,100001,900\nS2,801,100002,800\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	from, _ := dataset.ParseDay("2021-09-01")
	to, _ := dataset.ParseDay("2023-07-31")
	open := Options{From: dataset.NoDay, To: dataset.NoDay}
	for name, text := range map[string]string{"links.csv": "URN,LinkURN,LinkType\n100003,100001,Predecessor\n100004,100002,Predecessor - merged\n",
		"decisions.csv": "kind,from,to,decision,date,reason\nschool,100004,S2,merge,2022-09-01,merged\n", "split.csv": "kind,from,to,decision,date,reason\nschool,100004,S2,split,2022-09-01,two schools\n"} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(schools), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	links, decisions := []string{filepath.Join(filepath.Dir(schools), "links.csv")}, filepath.Join(filepath.Dir(schools), "decisions.csv")
	for _, o := range []Options{{Dialect: "duckdb", Schools: schools, Links: links}, {Dialect: "duckdb", Schools: schools, Links: links, Decisions: filepath.Join(filepath.Dir(schools), "split.csv")},
		{Dialect: "duckdb", Links: links}, {Dialect: "duckdb", Schools: schools, Links: []string{schools}}, {Dialect: "duckdb", Schools: schools, Decisions: "missing.csv"}} {
		if _, err := SQL(context.Background(), o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	for name, o := range map[string]Options{
		"postgres-changed":     {Dialect: "postgres", Schools: schools, Links: links, Decisions: decisions, Roll: "roll", Columns: map[string]string{"upn": "upn"}, From: from, To: to, Baseline: dataset.NoDay},
		"postgres-month":       open,
		"postgres-term":        {Dialect: "postgres", Table: "care.events", LA: "801", Schools: schools, Period: dataset.Term, From: from, To: to, S17: 2},
		"postgres-marks":       {Dialect: "postgres", Layout: "attendance-marks", Table: "census.Marks", Schools: schools, Period: dataset.Term, From: from, To: to, Columns: map[string]string{"mark": "attendance_code"}},
		"duckdb-registrations": {Dialect: "duckdb", Layout: "attendance", Schools: schools, Period: dataset.Year, From: from, To: to},
		"duckdb-absent":        {Dialect: "duckdb", Layout: "attendance", Schools: schools, Period: dataset.Year, From: from, To: to, Outcomes: []string{"persistent_absence"}},
		"postgres-care":        {Dialect: "postgres", Layout: "s903-episodes", Table: "care.episodes", Schools: schools, Link: "links", Children: "care.header", Until18: true, From: from, To: to, Baseline: dataset.NoDay},
		"duckdb-linked":        {Dialect: "duckdb", Schools: schools, Roll: "census.roll", Link: "links", S47Gap: 10, AtBaseline: true, From: from, To: dataset.NoDay, Baseline: dataset.NoDay, Columns: map[string]string{"upn": "upn", "roll.entrydate": "entry_date", "link.upn": "pupil"}},
		"duckdb-year":          {Dialect: "duckdb", Period: dataset.Year, From: dataset.NoDay, To: to, S17: 1, Outcomes: []string{"referrals_nfa_share"}, Columns: map[string]string{"source": "referral_source", "nfa": "\"No further action\""}},
	} {
		if o.Dialect == "" {
			o.Dialect = "postgres"
		}
		got, err := SQL(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name+".sql")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s; see the difference with -update", name, golden)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, o := range []Options{
		{Dialect: "oracle", From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Table: "events; DROP TABLE events", From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Columns: map[string]string{"source": "a); DROP TABLE events; --"}, From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Columns: map[string]string{"sauce": "a"}, From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Columns: map[string]string{"roll.upn": "a"}, From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Table: "months", From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Table: "Chain", S47Gap: 3, From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Layout: "counts", From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Layout: "attendance", From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Roll: "roll", From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Roll: "roll", Columns: map[string]string{"upn": "upn"}, From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Layout: "s903-episodes", From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", Until18: true, From: dataset.NoDay, To: dataset.NoDay},
		{Dialect: "duckdb", AtBaseline: true, From: dataset.NoDay, To: dataset.NoDay},
	} {
		if text, err := SQL(context.Background(), o); err == nil || strings.Contains(text, "DROP") {
			t.Errorf("%+v: no error", o)
		}
	}
}
