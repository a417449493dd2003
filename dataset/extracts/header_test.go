package extracts

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

// The example of every layout reads the same with other signs between its
// cells and with titles above its header.
func TestSeparatorsAndTitles(t *testing.T) {
	for _, l := range All {
		if l.Root != "" {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "examples") // where readFile looks for what a layout needs
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, l.Name+".csv")
			read := func(text string) (*dataset.Extract, map[string]int) {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				_, x, rules, err := readFile(t, path)
				if err != nil {
					t.Fatalf("%.80q: %v", text, err)
				}
				return x, rules
			}
			rows, err := csv.NewReader(strings.NewReader(l.Example())).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			want, wantRules := read(l.Example())
			for _, form := range []struct {
				above   string
				between rune
				says    string
			}{
				{"", '\t', "tabs"}, {"", ';', "semicolons"}, {"", '|', "upright bars"}, {"sep=;\r\n", ';', "semicolons"},
				{"Extract for the evaluation\n\n", ',', "rows above the column names: 1"}, {"\"Extract\"\t\t\n\nas at\t\n", '\t', "rows above the column names: 2"},
			} {
				var text bytes.Buffer
				text.WriteString(form.above)
				w := csv.NewWriter(&text)
				w.Comma = form.between
				if err := w.WriteAll(rows); err != nil {
					t.Fatal(err)
				}
				got, rules := read(text.String())
				for i := range min(len(got.Schools), len(want.Schools)) {
					got.Schools[i].Line = want.Schools[i].Line // titles move it
				}
				if !strings.Contains(strings.Join(got.Notes, "\n"), form.says) {
					t.Errorf("%+v: notes %q", form, got.Notes)
				}
				if len(got.Schools) != len(want.Schools) || got.Layout != l.Name || got.Rows != want.Rows || got.Read != want.Read || got.First != want.First || got.Last != want.Last || !maps.Equal(rules, wantRules) ||
					fmt.Sprint(got.Schools) != fmt.Sprint(want.Schools) || len(got.Episodes) != len(want.Episodes) || len(got.Enrolments) != len(want.Enrolments) || len(got.Persons) != len(want.Persons) {
					t.Errorf("%+v: %s, %d rows %v, rules %v; want %d rows %v, rules %v", form, got.Layout, got.Rows, got.Read, rules, want.Rows, want.Read, wantRules)
				}
			}
		})
	}
}

// A fault below a title is named at its own line.
func TestLinesBelowATitle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(path, []byte("Enquiries\n\nchild_id;school_urn;la;event;date\nA1;100001;801;s47;13/09/2021\nA2;100001;801;s47;never\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, _, _, err := readFile(t, path)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	if err := set.Issues.Each(func(issue dataset.Issue) error {
		if issue.Rule == ruleD01 {
			lines += int(issue.Line)
		}
		return nil
	}); err != nil || lines != 5 {
		t.Errorf("line %d, %v", lines, err)
	}
}
