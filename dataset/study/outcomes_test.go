package study

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

// made builds a study of the files given by name and text and returns its panel.
func made(t *testing.T, files map[string]string, set func(*Options)) (*Study, map[string]map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := Default()
	o.Period, o.Threshold = dataset.Month, 1
	o.Sources = []Source{{Path: dir, LA: "801"}}
	if set != nil {
		set(&o)
	}
	s, err := Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "study")
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	return s, cells(t, filepath.Join(folder, PanelFile))
}

func day(text string) dataset.Day {
	d, err := dataset.ParseDay(text)
	if err != nil {
		panic(err)
	}
	return d
}

// A month without events is zero where few were to be expected, and empty
// where many were.
func TestSilentMonths(t *testing.T) {
	var rare, frequent strings.Builder
	for m := 1; m <= 12; m++ {
		if m == 6 {
			continue
		}
		fmt.Fprintf(&rare, "R%d,900001,801,s47,%02d/%02d/2021\n", m, 1+m, m)
		for k := range 20 {
			fmt.Fprintf(&frequent, "F%d,900001,801,referral,%02d/%02d/2021\n", 100*m+k, 1+k, m)
		}
	}
	head := "child_id,school_urn,la,event,date\n"
	_, panel := made(t, map[string]string{"a.csv": head + rare.String()}, nil)
	if got := panel["900001 2021-06"]["s47"]; got != "0" {
		t.Errorf("a month without one of 11 enquiries a year: %q, want 0", got)
	}
	s, panel := made(t, map[string]string{"a.csv": head + rare.String() + frequent.String()}, nil)
	if row := panel["900001 2021-06"]; row["referrals"] != "" || row["covered_referrals"] != "0" || row["s47"] != "" || row["covered_s47"] != "0" {
		t.Errorf("a month without any of 20 referrals: %v", row)
	}
	if ruleCount(s, "X01") != 2 {
		t.Errorf("X01 %d times, want 2", ruleCount(s, "X01"))
	}
	_, panel = made(t, map[string]string{"a.csv": head + rare.String() + frequent.String()}, func(o *Options) { o.RepairOff = []string{"X01"} })
	if got := panel["900001 2021-06"]["referrals"]; got != "0" {
		t.Errorf("with X01 off: %q, want 0", got)
	}
}

func TestEnquiriesWithinDaysAreOne(t *testing.T) {
	text := "child_id,school_urn,la,event,date\nA,1,801,s47,01/03/2021\nA,1,801,s47,01/03/2021\nA,1,801,s47,04/03/2021\nA,1,801,s47,20/03/2021\nB,1,801,s47,01/03/2021\n"
	for gap, want := range map[int][2]string{0: {"4", "2"}, 2: {"4", "2"}, 3: {"3", "2"}, 16: {"3", "2"}, 30: {"2", "2"}} {
		_, panel := made(t, map[string]string{"a.csv": text}, func(o *Options) { o.S47Gap = gap })
		if row := panel["1 2021-03"]; row["s47"] != want[0] || row["s47_children"] != want[1] {
			t.Errorf("gap %d: %s enquiries of %s children, want %v", gap, row["s47"], row["s47_children"], want)
		}
	}
}

// Of two rows of one event the one that names a school counts.
func TestRowWithASchoolStandsForTheEvent(t *testing.T) {
	for _, text := range []string{"A,,801,s47,01/03/2021\nA,1,801,s47,01/03/2021\n", "A,1,801,s47,01/03/2021\nA,,801,s47,01/03/2021\n", "A,,801,s47,01/03/2021\nA,1,801,s47,01/03/2021\nA,1,801,s47,01/03/2021\n"} {
		_, panel := made(t, map[string]string{"a.csv": "child_id,school_urn,la,event,date\n" + text}, nil)
		if got := panel["1 2021-03"]["s47"]; got != "1" {
			t.Errorf("%q: %s enquiries, want 1", text, got)
		}
	}
}

func TestSection17Definitions(t *testing.T) {
	files := map[string]string{
		"details.csv":     "LAchildID,CINreferralDate,ReferralSource,ReferralNFA\nA,01/03/2021,2A,0\nB,02/03/2021,6,1\nC,03/03/2021,6,0\n",
		"assessments.csv": "LAchildID,AssessmentActualStartDate\nA,05/03/2021\n",
		"plans.csv":       "LAchildID,CINPlanStartDate\nA,05/03/2021\nA,25/03/2021\nB,25/03/2021\n",
		"lookup.csv":      "child_id,urn,start\nA,1,01/09/2020\nB,1,01/09/2020\nC,1,01/09/2020\n",
	}
	for definition, want := range map[S17Definition]string{S17Assessments: "1", S17Plans: "3", S17Episodes: "2"} {
		_, panel := made(t, files, func(o *Options) { o.S17 = definition })
		if row := panel["1 2021-03"]; row["s17_starts"] != want || row["referrals"] != "3" || row["referrals_from_schools"] != "1" {
			t.Errorf("%s: %v, want %s starts", definition, row, want)
		}
	}
}

// A child moves school when care begins: the days belong to the school at the
// start, or to each day's school, or to the school at baseline.
func TestAttributionOfCare(t *testing.T) {
	files := map[string]string{
		"episodes.csv": "CHILD,DECOM,RNE,LS,DEC,REC\nA,10/01/2021,S,C2,20/02/2021,X1\nA,20/02/2021,P,C2,01/03/2021,E4A\n",
		"lookup.csv":   "child_id,urn,start,end\nA,1,01/09/2018,01/09/2020\nA,2,01/09/2020,01/02/2021\nA,3,01/02/2021,\n",
	}
	for attribution, want := range map[Attribution]map[string]string{
		"":             {"2 2021-01": "22", "2 2021-02": "28", "3 2021-02": "0"},
		AtEvent:        {"2 2021-01": "22", "3 2021-02": "28", "2 2021-02": "0"},
		AtBaseline:     {"1 2021-01": "22", "1 2021-02": "28", "2 2021-01": "0"},
		AtEpisodeStart: {"2 2021-01": "22", "2 2021-02": "28"},
	} {
		s, panel := made(t, files, func(o *Options) {
			o.Attribution, o.From, o.To, o.Baseline = attribution, day("2021-01-01"), day("2021-02-28"), day("2020-06-01")
		})
		for cell, days := range want {
			if got := panel[cell]["days_in_care"]; got != days {
				t.Errorf("%q: %s days in %s, want %s", attribution, got, cell, days)
			}
		}
		if s.Panel.Report.Care.Panel != 50 {
			t.Errorf("%q: %d days, want 50", attribution, s.Panel.Report.Care.Panel)
		}
	}
}

// The same returns pooled in one file or one file a year give the same days;
// a later return closes what an earlier one left open, and an episode that a
// later return lacks ends with the last that held it.
func TestAnnualReturns(t *testing.T) {
	head := "CHILD,DECOM,RNE,LS,DEC,REC,YEAR\n"
	first := "A,01/06/2019,S,C2,,,2020\nB,01/12/2019,S,C2,,,2020\nC,10/02/2020,S,V2,20/02/2020,E4A,2020\n"
	second := "A,01/06/2019,S,C2,15/09/2020,E4A,2021\nD,01/03/2021,S,C2,,,2021\n"
	lookup := "child_id,urn,start\nA,1,01/09/2018\nB,1,01/09/2018\nC,1,01/09/2018\nD,1,01/09/2018\n"
	window := func(o *Options) { o.From, o.To = day("2019-04-01"), day("2021-03-31") }
	s, yearly := made(t, map[string]string{"2020.csv": head + first, "2021.csv": head + second, "lookup.csv": lookup}, window)
	want := int64(day("2020-09-15")-day("2019-06-01")) + int64(day("2020-04-01")-day("2019-12-01")) + 10 + 31
	if s.Panel.Report.Care.Panel != want || ruleCount(s, "C08") != 1 || ruleCount(s, "C09") != 1 {
		t.Errorf("%d days, want %d; C08 %d, C09 %d", s.Panel.Report.Care.Panel, want, ruleCount(s, "C08"), ruleCount(s, "C09"))
	}
	_, pooled := made(t, map[string]string{"all.csv": head + first + second, "lookup.csv": lookup}, window)
	for key, row := range yearly {
		if pooled[key]["days_in_care"] != row["days_in_care"] || pooled[key]["children_in_care"] != row["children_in_care"] {
			t.Errorf("%s: yearly %s, pooled %s", key, row["days_in_care"], pooled[key]["days_in_care"])
		}
	}
	s, _ = made(t, map[string]string{"2020.csv": head + first, "2021.csv": head + second, "lookup.csv": lookup}, func(o *Options) { window(o); o.RepairOff = []string{"C08"} })
	if s.Panel.Report.Care.Panel != want+365 {
		t.Errorf("C08 off: %d days, want %d", s.Panel.Report.Care.Panel, want+365)
	}
}

// A table of counts fills cells, and withheld ones stay empty.
func TestCounts(t *testing.T) {
	_, panel := made(t, map[string]string{"counts.csv": "school_id,period,outcome,count\n1,2021-03,s47,2\n1,2021-04,s47,0\n2,2021-03,s47,<5\n2,2021-04,s47,c\n"},
		func(o *Options) { o.From, o.To = day("2021-03-01"), day("2021-05-31") })
	for cell, want := range map[string]string{"1 2021-03": "2", "1 2021-04": "0", "1 2021-05": "", "2 2021-03": "", "2 2021-04": ""} {
		if got := panel[cell]["s47"]; got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
	_, panel = made(t, map[string]string{"counts.csv": "school_id,period,outcome,count\n1,2021-01,s47,2\n1,2021-02,s47,1\n1,2021-03,s47,c\n2,2021-01,s47,2\n2,2021-02,s47,1\n2,2021-03,s47,4\n"},
		func(o *Options) { o.Period, o.From, o.To = dataset.Term, day("2021-01-01"), day("2021-03-31") })
	if a, b := panel["1 2020-21 2 spring"]["s47"], panel["2 2020-21 2 spring"]["s47"]; a != "" || b != "7" {
		t.Errorf("months of a term: %q with one withheld, %q without; want empty and 7", a, b)
	}
}

func TestPseudonymsAndQuarantinedRows(t *testing.T) {
	dir := t.TempDir()
	key, values := filepath.Join(dir, "key"), filepath.Join(dir, "kept-out.csv")
	if err := os.WriteFile(key, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"a.csv": "child_id,school_urn,la,event,date\nAAAA,1,801,s47,01/03/2021\nBBBB,1,802,s47,01/03/2021\nAAAA,1,802,s47,never\nAAAA,1,802,referral,02/03/2021\n"}
	with := func(o *Options) { o.KeepEvents, o.KeyFile, o.QuarantineValues = true, key, values }
	read := func() string {
		s, _ := made(t, files, with)
		var b strings.Builder
		if err := s.writeEvents(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	events := read()
	if events != read() {
		t.Error("pseudonyms differ between runs with one key file")
	}
	lines := strings.Split(strings.TrimSpace(events), "\n")
	if len(lines) != 4 || strings.Contains(events, "AAAA") {
		t.Fatalf("events:\n%s", events)
	}
	if a, b := strings.Split(lines[1], ",")[0], strings.Split(lines[3], ",")[0]; a == b || len(a) != 32 {
		t.Errorf("the same id in two authorities: %s and %s", a, b)
	}
	data, err := os.ReadFile(values)
	if err != nil || !strings.Contains(string(data), "never") || strings.Contains(string(data), "BBBB") {
		t.Errorf("quarantined rows: %v\n%s", err, data)
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	o := Default()
	o.Sources, o.KeyFile = []Source{{Path: dir}}, key
	if _, err := Build(context.Background(), o, nil); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key file that others can read: %v", err)
	}
}

// The tables of a flattened census refer to their case by a counter.
func TestCasesOfFlattenedTables(t *testing.T) {
	s, _ := made(t, map[string]string{
		"details.csv": "LAchildID,CINdetailsID,CINreferralDate,ReferralSource,CINclosureDate,ReferralNFA\nA,1,01/03/2021,2A,01/06/2021,0\nA,2,01/09/2021,6,,1\nB,1,01/03/2021,6,,0\n",
		"s47.csv":     "LAchildID,CINdetailsID,S47ActualStartDate\nA,1,20/02/2021\nA,1,10/06/2021\nA,2,05/09/2021\nB,1,02/03/2021\nB,7,02/04/2021\n",
	}, nil)
	for rule, want := range map[string]int64{"E05": 1, "E06": 1, "E07": 1} {
		if got := ruleCount(s, rule); got != want {
			t.Errorf("%s %d times, want %d", rule, got, want)
		}
	}
}

func TestMoreRules(t *testing.T) {
	s, _ := made(t, map[string]string{
		"ids.csv":     "LAchildID,UPN,PersonBirthDate,PersonDeathDate\nA,,01/05/2002,\nB,,01/05/2012,01/02/2021\nC,,01/05/2021,\n",
		"s47.csv":     "LAchildID,S47ActualStartDate\nA,01/06/2021\nB,02/02/2021\nC,30/04/2021\nD,30/04/2021\n",
		"details.csv": "LAchildID,CINreferralDate,ReferralSource,ReferralNFA\nC,01/03/2021,2A,0\nC,01/03/2020,Education,0\n",
		"assess.csv":  "LAchildID,AssessmentActualStartDate,AssessmentAuthorisationDate\nB,01/12/2020,10/01/2021\nB,05/01/2021,01/02/2021\n",
	}, nil)
	for rule, want := range map[string]int64{"E09": 1, "E04": 1, "E03": 2, "K09": 1, "E11": 1, "E08": 1} {
		if got := ruleCount(s, rule); got != want {
			t.Errorf("%s %d times, want %d", rule, got, want)
		}
	}
}
