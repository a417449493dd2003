package extracts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

const testdata = "../../testdata/extracts"

// Every layout has a good file, which it alone recognises and of which no row
// is kept out, and a bad one, which is refused or has every row kept out.
func TestLayouts(t *testing.T) {
	for _, l := range All {
		t.Run(l.Name, func(t *testing.T) {
			ext := ".csv"
			if l.Root != "" {
				ext = ".xml"
			}
			set, x, rules, err := readFile(t, filepath.Join("examples", l.Name+ext))
			if err != nil {
				t.Fatal(err)
			}
			if x.Layout != l.Name {
				t.Fatalf("taken for %s: %s", x.Layout, x.Why)
			}
			if x.Read[dataset.Quarantined] != 0 || x.Rows == 0 {
				t.Errorf("%d of %d rows kept out: %v", x.Read[dataset.Quarantined], x.Rows, rules)
			}
			gives := int(set.Events.Len()) + len(x.Episodes) + len(x.Legal) + len(x.Persons) + len(x.Enrolments) + len(x.Counts) + len(x.Schools) + len(x.Links) + len(x.Headers) + len(x.Published) + len(x.Attendance) + len(x.Marks) + len(x.Members) + len(x.Responses)
			if (gives > 0) != (l.Ignored == "") {
				t.Errorf("%d records of a layout that is used: %v", gives, l.Ignored == "")
			}
			_, x, rules, err = readFile(t, filepath.Join(testdata, l.Name, "bad"+ext))
			var problems dataset.Problems
			if errors.As(err, &problems) {
				if problems[0].Rule == "" || problems[0].File == "" {
					t.Errorf("no rule or file in %v", problems)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if x.Read[dataset.Quarantined] == 0 || x.Read[dataset.Pending] > 1 {
				t.Errorf("bad file: %v, rules %v", x.Read, rules)
			}
		})
	}
}

func TestRuleCounts(t *testing.T) {
	for name, want := range map[string]map[string]int{
		"cin-csv-identifiers/bad.csv": {"K01": 1, "F06": 1, "K0E": 1},
		"cin-csv-details/bad.csv":     {"D01": 2, "D07": 1, "E10": 1},
		"cin-csv-assessments/bad.csv": {"D05": 1},
		"cin-events/bad.csv":          {"E1T": 1, "K01": 1, "D01": 1},
		"events/bad.csv":              {"K01": 1, "E1T": 1, "D01": 1},
		"counts/bad.csv":              {"N02": 2, "D01": 1, "E1T": 1},
		"counts/good.csv":             {"N01": 1},
		"s903-header/good.csv":        {"K06": 1},
		"s903-episodes/bad.csv":       {"D01": 2},
		"annexa-5/good.csv":           {"D04": 1},
		"absence/bad.csv":             {"D01": 1, "A01": 1, "N02": 1},
		"absence/good.csv":            {"N01": 2},
		"attendance/good.csv":         {"N01": 3},
		"attendance/bad.csv":          {"D01": 1, "K01": 1, "S01": 1},
		"attendance-marks/good.csv":   {"E10": 1},
		"attendance-marks/bad.csv":    {"D01": 2, "K01": 1, "S01": 1, "D07": 1},
		"roll-sessions/bad.csv":       {"F06": 1, "K01": 1, "A05": 1},
		"roll-exclusions/bad.csv":     {"F06": 1, "D01": 1, "E1T": 1, "K01": 1},
		"child-school/bad.csv":        {"K01": 1, "L05": 1},
	} {
		path := filepath.Join(testdata, name)
		if layout, example := strings.CutSuffix(name, "/good.csv"); example {
			path = filepath.Join("examples", layout+".csv")
		}
		_, _, got, err := readFile(t, path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for rule, n := range want {
			if got[rule] != n {
				t.Errorf("%s: %s %d times, want %d (all: %v)", name, rule, got[rule], n, got)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, rule string }{
		"mixed":     {"LAchildID,S47ActualStartDate\nA1,31/08/2020\nA2,08/31/2020\n", "D03"},
		"twice":     {"LAchildID,S47ActualStartDate,s47 actual start date\nA1,31/08/2020,\n", "F04"},
		"none":      {"a,b,c\n1,2,3\n", "F05"},
		"near":      {"child_id,event\nA1,s47\n", "F05"},
		"nul":       {"LAchildID,S47ActualStartDate\nA1,\x0031/08/2020\n", "F01"},
		"quote":     {"LAchildID,S47ActualStartDate\n\"A1,31/08/2020\n", "F01"},
		"zip":       {"PK\x03\x04whatever", "F01"},
		"entities":  {"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><Message>&b;</Message>", "F01"},
		"other xml": {"<html></html>", "F05"},
		"cut xml":   {"<Message><Header><CollectionDetails><Collection>CIN</Collection>", "F01"},
		"deep":      {"<Message><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>", "F01"},
	} {
		path := filepath.Join(dir, "x")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, _, err := readFile(t, path)
		var problems dataset.Problems
		if !errors.As(err, &problems) || problems[0].Rule != c.rule {
			t.Errorf("%s: %v, want rule %s", name, err, c.rule)
		}
	}
}

func TestEncodings(t *testing.T) {
	text := "child_id,source,event,date,la\nA1,Café school,referral,03/09/2021,801\n"
	latin := "child_id,source,event,date,la\nA1,Caf\xe9 school\x92s,referral,03/09/2021,801\n"
	wide := []byte{0xff, 0xfe}
	for _, r := range text {
		wide = append(wide, byte(r), byte(r>>8))
	}
	for want, data := range map[string][]byte{"UTF-8": []byte(text), "UTF-8 with byte order mark": []byte("\xef\xbb\xbf" + text), "Windows-1252": []byte(latin), "UTF-16": wide} {
		path := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		set, x, _, err := readFile(t, path)
		if err != nil || x.Encoding != want {
			t.Errorf("%s: %+v, %v", want, x, err)
		} else if e := eventsOf(t, set); len(e) != 1 || e[0].Flags&dataset.FromSchool == 0 {
			t.Errorf("%s: %+v, %v", want, x, err)
		}
	}
}

// A file that begins with the mark of UTF-8 and is not is refused with words
// that say so, whether its header is quoted or not.
func TestMarkOfUTF8(t *testing.T) {
	for _, text := range []string{
		"\xef\xbb\xbfchild_id,school_urn,la,event,date\nJos\xe9,100001,801,s47,01/01/2021\n",
		"\xef\xbb\xbf\"child_id\",\"school_urn\",\"la\",\"event\",\"date\"\n\"Jos\xe9\",100001,801,s47,01/01/2021\n",
	} {
		path := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, x, _, err := readFile(t, path)
		var problems dataset.Problems
		if !errors.As(err, &problems) || problems[0].Rule != "F01" || !strings.Contains(err.Error(), "byte order mark of UTF-8 but is not UTF-8") || strings.Contains(err.Error(), "Jos") {
			t.Errorf("%q: %+v, %v", text[:20], x, err)
		}
	}
}
