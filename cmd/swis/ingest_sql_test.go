package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// A query honours a flag or refuses it by name: none is ignored. A flag that
// is honoured changes the text of the query.
func TestSQLHonoursOrRefusesEveryFlag(t *testing.T) {
	sql := func(args ...string) (string, string, int) {
		var out, talk bytes.Buffer
		status := run(context.Background(), append([]string{"ingest", "--sql", "postgres"}, args...), strings.NewReader(""), &out, &talk)
		return out.String(), talk.String(), status
	}
	schools := "../../dataset/extracts/examples/schools.csv"
	values := map[string]string{"period": "year", "from": "2021-09-01", "to": "2022-08-31", "s17": "plans", "s47-gap": "20", "la": "801", "outcomes": "icpc", "schools": schools,
		"sql-table": "care.events", "sql-column": "nfa=closed", "baseline": "2021-09-01", "attribution": "at_baseline", "disclosure": "dfe", "follow-up": "6", "threshold": "0.1", "memory": "1GB"}
	plain, _, status := sql()
	if status != 0 {
		t.Fatal("no query")
	}
	newIngest(&streams{}).Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "sql" || f.Name == "help" {
			return
		}
		value := values[f.Name]
		if value == "" {
			value = "x"
		}
		if f.Value.Type() == "bool" {
			value = "true"
		}
		text, talk, status := sql("--" + f.Name + "=" + value)
		if status == 0 {
			if !slices.Contains(sqlTakes, f.Name) || text == plain {
				t.Errorf("--%s is ignored", f.Name)
			}
			return
		}
		if status != 2 || !strings.Contains(talk, "--"+f.Name) {
			t.Errorf("--%s: status %d, %s", f.Name, status, talk)
		}
	})
}
