package study

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

// merged is a delivery in which two schools of the trial, 101 and 102, became
// 201 on 1 September 2021, and 103 became an academy under 203.
var merged = map[string]string{
	"schools.csv": "school_id,la,pupils\n101,801,500\n102,801,600\n103,801,700\n",
	"links.csv": "URN,LinkURN,LinkType\n101,201,Successor - merged\n102,201,Successor - merged\n201,101,Predecessor - merged\n201,102,Predecessor - merged\n" +
		"103,203,Successor\n203,103,Predecessor\n",
	"ids.csv":  "LAchildID,UPN,PersonBirthDate\nA,A000000000001,01/05/2008\nB,A000000000002,01/05/2008\nC,A000000000003,01/05/2008\nD,A000000000004,01/05/2008\n",
	"left.csv": "upn,URN,entrydate,leavingdate\nA000000000001,101,01/09/2019,01/09/2021\nA000000000002,102,01/09/2019,01/09/2021\n",
	// the census after the merger lists pupils under the new number with their first entry
	"roll.csv": "upn,URN,entrydate\nA000000000001,201,01/09/2019\nA000000000002,201,01/09/2019\nA000000000003,201,01/09/2021\nA000000000004,203,01/09/2019\n",
	"s47.csv": "LAchildID,S47ActualStartDate\nA,10/06/2021\nB,11/06/2021\nD,12/06/2021\n" +
		"A,10/10/2021\nB,11/10/2021\nC,12/10/2021\nD,12/10/2021\nA,15/10/2021\nD,10/07/2021\nD,10/08/2021\nD,10/09/2021\n",
}

func decided(t *testing.T, lines string, set func(*Options)) (*Study, map[string]map[string]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "decisions.csv")
	if err := os.WriteFile(path, []byte("kind,from,to,decision,date,reason\n"+lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return made(t, merged, func(o *Options) {
		o.Decisions, o.From, o.To = path, day("2021-06-01"), day("2021-10-31")
		if set != nil {
			set(o)
		}
	})
}

func TestUndecidedMergerRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, text := range merged {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := Default()
	o.Threshold, o.Sources = 1, []Source{{Path: dir, LA: "801"}}
	_, err := Build(context.Background(), o, nil)
	var problems dataset.Problems
	if !errors.As(err, &problems) || len(problems) != 2 || problems[0].Rule != "S04" || !strings.Contains(err.Error(), "school,201,101,merge|split|keep|drop") {
		t.Fatalf("without decisions: %v", err)
	}
	o.Decisions = filepath.Join(t.TempDir(), "decisions.csv")
	if _, err = Build(context.Background(), o, nil); err == nil || !strings.Contains(err.Error(), "template is written") {
		t.Fatalf("a file that is not there: %v", err)
	}
	data, err := os.ReadFile(o.Decisions)
	if err != nil || string(data) != "kind,from,to,decision,date,reason\nschool,201,101,,,\nschool,201,102,,,\n" {
		t.Fatalf("template: %v\n%s", err, data)
	}
	if _, err = Build(context.Background(), o, nil); err == nil || !strings.Contains(err.Error(), "add a line") && !strings.Contains(err.Error(), "merged") {
		t.Errorf("an unfilled template: %v", err)
	}
	s, err := Check(context.Background(), o, nil)
	if err != nil || len(s.Refused()) != 2 || ruleCount(s, "S04") == 0 {
		t.Errorf("check: %v, refused %v", err, s.Refused())
	}
	filled := strings.NewReplacer("201,101,,,", "201,101,split,2021-09-01,merged into 201", "201,102,,,", "201,102,split,2021-09-01,merged into 201").Replace(string(data))
	if err := os.WriteFile(o.Decisions, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = Build(context.Background(), o, nil); err != nil {
		t.Errorf("a filled template: %v", err)
	}
}

func TestDecisions(t *testing.T) {
	for name, c := range map[string]struct {
		lines string
		want  map[string]string
	}{
		"split":   {"school,201,101,split,2021-09-01,both stay in the trial\nschool,201,102,split,2021-09-01,both stay in the trial\n", map[string]string{"101 2021-06": "1", "102 2021-06": "1", "101 2021-10": "2", "102 2021-10": "1", "103 2021-10": "1"}},
		"merge":   {"school,201,101,merge,2021-09-01,goes on as 101\nschool,201,102,drop,2021-09-01,goes on as 101\n", map[string]string{"101 2021-06": "1", "102 2021-06": "1", "102 2021-08": "0", "101 2021-10": "4", "102 2021-09": "", "102 2021-10": ""}},
		"dropped": {"school,201,101,drop,2021-09-01,no longer a school of the trial\nschool,201,102,drop,2021-09-01,nor this\n", map[string]string{"101 2021-06": "1", "102 2021-06": "1", "101 2021-10": "", "102 2021-10": "", "103 2021-10": "1"}},
		"kept":    {"school,201,101,keep,,a new school\nschool,201,102,keep,,a new school\n", map[string]string{"101 2021-06": "1", "102 2021-06": "1", "101 2021-10": "0", "102 2021-10": "0", "103 2021-10": "1"}},
	} {
		s, cells := decided(t, c.lines, nil)
		for cell, want := range c.want {
			if got := cells[cell]["s47"]; got != want {
				t.Errorf("%s: %s %q, want %q", name, cell, got, want)
			}
		}
		if len(s.Quality.Decisions) != 2 || !s.Quality.Decisions[0].Applied || s.Quality.Decisions[0].Rows.Value != 3 {
			t.Errorf("%s: listed %+v", name, s.Quality.Decisions)
		}
		if ruleCount(s, "S04") != 0 || ruleCount(s, "S03") != 1 {
			t.Errorf("%s: S04 %d, S03 %d", name, ruleCount(s, "S04"), ruleCount(s, "S03"))
		}
	}
}

// Pupil-years on roll follow the decision: 101 keeps its own pupils after the
// merger and gets no newcomer.
func TestDecisionsMoveTheRoll(t *testing.T) {
	s, _ := decided(t, "school,201,101,split,2021-09-01,x\nschool,201,102,split,2021-09-01,x\n", nil)
	p := s.Panel
	for school, name := range []string{"101", "102", "103"} {
		if p.Schools[school].ID != name {
			t.Fatalf("schools %v", p.Schools)
		}
		for i, days := range []int64{30, 31, 31, 30, 31} {
			if got := p.PupilDays[school*p.Periods+i]; got != days {
				t.Errorf("school %s, month %d: %d pupil-days, want %d", name, i, got, days)
			}
		}
	}
}

func TestWrongDecisions(t *testing.T) {
	for line, want := range map[string]string{
		"school,201,101,join,2021-09-01,x":  "want merge, split, keep or drop",
		"school,201,101,split,,x":           "needs the day",
		"school,201,101,merge,1/9/21,x":     "is not a date",
		"school,201,101,merge,2021-09-01,":  "say in some words why",
		"school,201,999,merge,2021-09-01,x": "not in the trial's list",
		"pupil,201,101,merge,2021-09-01,x":  "want school or child",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "d.csv")
		os.WriteFile(path, []byte("kind,from,to,decision,date,reason\n"+line+"\n"), 0o600)
		os.WriteFile(filepath.Join(dir, "schools.csv"), []byte(merged["schools.csv"]), 0o600)
		os.WriteFile(filepath.Join(dir, "events.csv"), []byte("child_id,school_urn,la,event,date\nA,101,801,s47,01/03/2021\n"), 0o600)
		o := Default()
		o.Sources, o.Decisions = []Source{{Path: filepath.Join(dir, "events.csv")}, {Path: filepath.Join(dir, "schools.csv")}}, path
		if _, err := Build(context.Background(), o, nil); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "d.csv:2") {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}

// Two ids with one UPN are two children, and two UPNs of one id are not both
// used, until a decision says that they are one.
func TestChildrenAreJoinedByDecisionOnly(t *testing.T) {
	files := map[string]string{
		"ids.csv":  "LAchildID,UPN,PersonBirthDate\nA,A000000000001,01/05/2008\nB,A000000000001,01/05/2008\nC,A000000000003,01/05/2008\nC,A000000000004,01/05/2008\n",
		"roll.csv": "upn,URN,entrydate\nA000000000001,1,01/09/2019\nA000000000004,1,01/09/2019\n",
		"s47.csv":  "LAchildID,S47ActualStartDate\nA,01/03/2021\nB,01/03/2021\nB,02/03/2021\nC,03/03/2021\n",
	}
	s, cells := made(t, files, nil)
	if row := cells["1 2021-03"]; row["s47"] != "3" || row["s47_children"] != "2" || ruleCount(s, "K07") != 1 || ruleCount(s, "K08") != 1 || ruleCount(s, "L01") != 1 {
		t.Errorf("without decisions: %v", row)
	}
	for name, text := range map[string]string{
		"d.csv":  "kind,from,to,decision,date,reason\nchild,ids.csv:3,,merge,,same child\nchild,ids.csv:5,,merge,,a new UPN\n",
		"d.yaml": "- {kind: child, from: 'ids.csv:3', decision: merge, reason: same child}\n- {kind: child, from: 'ids.csv:5', decision: merge, reason: a new UPN}\n",
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, cells = made(t, files, func(o *Options) { o.Decisions = path })
		if row := cells["1 2021-03"]; row["s47"] != "3" || row["s47_children"] != "2" {
			t.Errorf("%s: %v", name, row)
		}
		if ruleCount(s, "L01") != 0 || len(s.Quality.Decisions) != 2 || !s.Quality.Decisions[0].Applied || !s.Quality.Decisions[1].Applied || s.Quality.Decisions[0].Reason != "" {
			t.Errorf("%s: L01 %d, decisions %+v", name, ruleCount(s, "L01"), s.Quality.Decisions)
		}
	}
}

// Rows that count a school's children together cannot be divided between two
// schools: the decision split refuses them, from its day on, where merge does not.
func TestCountsAreNotDivided(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"schools.csv": merged["schools.csv"], "links.csv": merged["links.csv"],
		"counts.csv": "school_id,period,outcome,count\n101,2021-06,s47,3\n201,2021-08,s47,1\n201,2021-10,s47,4\n201,2021-11,s47,2\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := func(lines string) error {
		t.Helper()
		path := filepath.Join(t.TempDir(), "decisions.csv")
		if err := os.WriteFile(path, []byte("kind,from,to,decision,date,reason\n"+lines), 0o600); err != nil {
			t.Fatal(err)
		}
		o := Default()
		o.Period, o.Threshold, o.Decisions, o.Sources = dataset.Month, 1, path, []Source{{Path: dir, LA: "801"}}
		_, err := Build(context.Background(), o, nil)
		return err
	}
	err := build("school,201,101,split,2021-09-01,merged\nschool,201,102,split,2021-09-01,merged\n")
	var problems dataset.Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Rule != "S04" || problems[0].Line != 4 || !strings.HasSuffix(problems[0].File, "counts.csv") {
		t.Errorf("split: %v", err)
	}
	if err := build("school,201,101,merge,2021-09-01,merged\nschool,201,102,keep,2021-09-01,merged\n"); err != nil {
		t.Errorf("merge: %v", err)
	}
	if err := build("school,201,101,split,2022-09-01,merged\nschool,201,102,split,2022-09-01,merged\n"); err != nil {
		t.Errorf("split after the rows: %v", err)
	}
}
