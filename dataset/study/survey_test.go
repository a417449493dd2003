package study

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Scores from items: reversed items, a least number of answers, sums in
// proportion, answers outside the range; by respondent and by school.
func TestSurveyScales(t *testing.T) {
	mapping := filepath.Join(t.TempDir(), "map.yaml")
	if err := os.WriteFile(mapping, []byte("scales:\n  wellbeing: {items: [q1, q2, q3, q4], range: [1, 5], reverse: [q3], minimum: 3}\n  stress: {items: [s1, s2], range: [0, 4], score: sum, minimum: 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := made(t, map[string]string{
		"events.csv":  "child_id,school_urn,la,event,date\nA,901,801,s47,01/03/2021\n",
		"schools.csv": "school_id,la,pupils\n901,801,500\n902,801,600\n",
		"survey.csv": "school_id,wave,respondent,role,q1,q2,q3,q4,s1,s2\n" +
			"901,1,p1,pupil,4,5,2,4,1,0\n" + // 4 5 4 4: 4.25; 1
			"901,1,p2,pupil,4,,2,2,NA,3\n" + // 4 4 2: 10/3; 3 of one item of two: 6
			"901,1,p3,pupil,4,,2,9,,\n" + // two answers, one outside: none; none
			"901,1,p1,pupil,1,1,1,1,0,0\n" + // p1 again
			"901,2,p1,pupil,5,5,1,5,4,4\n902,1,p1,staff,1,1,5,1,0,0\n903,1,p9,pupil,1,1,1,1,1,1\n",
	}, func(o *Options) {
		for i := range o.Sources {
			o.Sources[i].Map = mapping
		}
	})
	rows := rowsOf(t, s, SurveyFile, "school_id", "wave", "respondent")
	for key, want := range map[string]string{"901 1 1": "pupil 4.25 1", "901 1 2": "pupil 3.333333333 6", "901 1 3": "pupil  ", "901 2 1": "pupil 5 8", "902 1 4": "staff 1 0"} {
		if got := rows[key]["role"] + " " + rows[key]["wellbeing"] + " " + rows[key]["stress"]; got != want {
			t.Errorf("respondent %s: %q, want %q", key, got, want)
		}
	}
	if len(rows) != 5 {
		t.Errorf("%d respondents by wave, want 5", len(rows))
	}
	schools := rowsOf(t, s, SurveySchoolsFile, "school_id", "wave", "role")
	row := schools["901 1 pupil"]
	if got := strings.Join([]string{row["respondents"], row["wellbeing"], row["wellbeing_sd"], row["wellbeing_n"], row["stress"], row["stress_n"]}, " "); got != "3 3.791666667 0.6481812161 2 3.5 2" {
		t.Errorf("by school: %s", got)
	}
	if row := schools["901 2 pupil"]; row["wellbeing"] != "5" || row["wellbeing_sd"] != "" {
		t.Errorf("one respondent: %v", row)
	}
	for rule, want := range map[string]int64{"U01": 1, "U02": 2, "U03": 1} {
		if got := ruleCount(s, rule); got != want {
			t.Errorf("%s %d times, want %d", rule, got, want)
		}
	}
}
