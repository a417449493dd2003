package study

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rowsOf writes a study and reads one of its tables, by the cells of the first
// columns joined by spaces.
func rowsOf(t *testing.T, s *Study, name string, keys ...string) map[string]map[string]string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "study")
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, r := range records[1:] {
		row := map[string]string{}
		for j, column := range records[0] {
			row[column] = r[j]
		}
		parts := make([]string, len(keys))
		for i, key := range keys {
			parts[i] = row[key]
		}
		out[strings.Join(parts, " ")] = row
	}
	return out
}

var conference = map[string]string{
	"ids.csv": "LAchildID,UPN,PersonBirthDate,PersonDeathDate\nA,A000000000001,15/05/2010,\nB,,15/05/2003,\nC,,15/05/2012,01/10/2020\nD,A000000000004,29/02/2008,\nE,,01/01/2012,\n",
	// returns to 31 March 2022; A: 30 days within six months of the letter, then from month 8 on
	"episodes.csv": "CHILD,DECOM,RNE,LS,DEC,REC,YEAR\n" +
		"A,01/10/2020,S,C2,16/10/2020,X1,2022\nA,16/10/2020,P,C2,31/10/2020,E4A,2022\nA,01/05/2021,S,C2,,,2022\nA,01/11/2020,S,V3,05/11/2020,E4A,2022\n" +
		"B,01/09/2019,S,C2,,,2022\nC,20/09/2020,S,C2,01/10/2020,E2,2022\nE,01/04/2019,S,V2,02/04/2019,E4A,2022\n",
	"s47.csv":     "LAchildID,S47ActualStartDate\nA,01/09/2020\nA,28/02/2021\nA,01/03/2021\nA,01/03/2021\nD,15/08/2021\nE,31/08/2020\nE,01/03/2022\nE,02/04/2019\n",
	"cohort.csv":  "child_id,la,index_date,arm,family\nA,801,01/09/2020,conference,f7\nB,801,01/09/2020,usual,f9\nC,801,01/09/2020,conference,f7\nD,801,15/08/2020,usual,\nZ,801,01/09/2020,usual,\nE,801,01/06/2021,usual,\nE,801,not a day,usual,\n",
	"roll.csv":    "upn,URN,entrydate\nA000000000001,901,01/09/2019\nA000000000004,902,01/09/2020\n",
	"schools.csv": "school_id,la,pupils\n901,801,500\n902,801,600\n",
}

func TestChildrenOfACohort(t *testing.T) {
	set := func(o *Options) {
		o.From, o.To, o.Baseline = day("2020-09-01"), day("2022-02-28"), day("2020-09-01")
		o.Cohort = filepath.Join(o.Sources[0].Path, "cohort.csv")
		o.FollowUp = []int{12, 6}
	}
	s, _ := made(t, conference, set)
	rows := rowsOf(t, s, ChildrenFile, "child", "window")
	if len(rows) != 12 {
		t.Fatalf("%d rows, want 6 children by 2 windows", len(rows))
	}
	show := func(row map[string]string) string {
		return strings.Join([]string{row["school_id"], row["arm"], row["family"], row["age"], row["days_available"], row["days_in_care"], row["in_care_at_start"], row["in_care_at_end"], row["entered_care"], row["s47"], row["referrals"]}, ",")
	}
	for key, want := range map[string]string{
		"1 6":  "901,conference,1,10,181,30,0,0,1,2,",
		"1 12": "901,conference,1,10,365,153,0,1,1,3,",
		"2 6":  ",usual,2,17,181,181,1,1,0,0,",
		"3 12": ",conference,1,8,31,11,0,,1,0,", // died on 1 October: 31 days, 11 of them in care
		"4 12": ",usual,,12,365,0,0,0,0,0,",     // 15 August 2021 is the day after the window; not yet on roll
		"5 6":  ",usual,,,181,0,0,0,0,0,",       // known to nobody: nothing happened
		"6 6":  ",usual,,9,183,0,0,0,0,0,",
		"6 12": ",usual,,9,365,,,,,,", // the returns and the events end before
	} {
		if got := show(rows[key]); got != want {
			t.Errorf("child %s: %s, want %s", key, got, want)
		}
	}
	if ruleCount(s, "D01") != 1 {
		t.Errorf("a day that cannot be read: D01 %d times", ruleCount(s, "D01"))
	}
	s, _ = made(t, conference, func(o *Options) { set(o); o.Until18 = true })
	if row := rowsOf(t, s, ChildrenFile, "child", "window")["2 12"]; row["days_available"] != "256" || row["days_in_care"] != "256" || row["in_care_at_end"] != "" {
		t.Errorf("18 on 15 May 2021: %v", row)
	}
	if c := s.Panel.Report.Care; c.Aged == 0 || c.Raw-c.Respite-c.Overlap-c.Aged != c.Merged {
		t.Errorf("days from 18 on: %+v", c)
	}
}

// By school the windows add up what a panel by month has; what became of the
// rows, the panel and the report stay as without windows.
func TestFollowUpOfSchools(t *testing.T) {
	set := func(o *Options) { o.From, o.To, o.Baseline = day("2020-03-01"), day("2022-02-28"), day("2020-09-01") }
	plain, cells := made(t, conference, set)
	s, again := made(t, conference, func(o *Options) { set(o); o.FollowUp = []int{6, 12, 24} })
	rows := rowsOf(t, s, FollowUpFile, "school_id", "window")
	for key, want := range map[string]string{"901 6": "2 1 30", "901 12": "3 1 153", "902 12": "1 1 0"} {
		row := rows[key]
		if got := row["s47"] + " " + row["s47_children"] + " " + row["days_in_care"]; got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	if rows["901 24"]["s47"] != "" {
		t.Errorf("beyond the deliveries: %v", rows["901 24"])
	}
	for key, row := range cells {
		for column, cell := range row {
			if again[key][column] != cell {
				t.Errorf("%s %s: %q with windows, %q without", key, column, again[key][column], cell)
			}
		}
	}
	for i, r := range plain.Quality.Rules {
		if s.Quality.Rules[i].Count != r.Count {
			t.Errorf("%s: %v with windows, %v without", r.Rule, s.Quality.Rules[i].Count, r.Count)
		}
	}
	for i, b := range plain.Quality.Balance {
		other := s.Quality.Balance[i]
		if b.File, other.File = "", ""; other != b {
			t.Errorf("file %d: %+v with windows, %+v without", i, other, b)
		}
	}
}

func TestCohortOnRoll(t *testing.T) {
	s, _ := made(t, conference, func(o *Options) {
		o.From, o.To, o.Baseline = day("2020-09-01"), day("2022-02-28"), day("2020-09-01")
		o.Cohort = CohortOnRoll
	})
	rows := rowsOf(t, s, ChildrenFile, "child", "school_id", "window")
	if a, d := rows["1 901 12"], rows["2 902 12"]; len(rows) != 2 || a["days_in_care"] != "153" || a["s47"] != "3" || d["days_in_care"] != "0" || d["s47"] != "1" {
		t.Errorf("pupils on roll: %v", rows)
	}
}
