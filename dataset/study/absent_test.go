package study

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

// Half-days lost to suspension add up; a lunchtime suspension is no suspension
// of days, and its own outcome; a suspension without its length leaves the sum
// of its school's term unknown, and no other.
func TestSessionsLostToSuspension(t *testing.T) {
	head := "pupilonrolltableid,NativeId,sourceid,startdate,sessions,category\n"
	files := map[string]string{
		"roll.csv":    "pupilonrolltableid,NativeId,upn,entrydate,sourceid\n1,901,A000000000001,01/09/2019,s\n2,901,A000000000002,01/09/2019,s\n3,902,A000000000003,01/09/2019,s\n",
		"excl.csv":    head + "1,901,s,04/10/2021,10.0,SUSP\n1,901,s,09/11/2021,3,FIXD\n2,901,s,09/11/2021,1,LNCH\n2,901,s,09/11/2021,4,SUSP\n2,901,s,02/12/2021,20,PERM\n3,902,s,01/10/2021,2,SUSP\n3,902,s,08/10/2021,,SUSP\n3,902,s,10/01/2022,6,SUSP\n3,902,s,11/01/2022,400,SUSP\n3,902,s,12/05/2022,5,LNCH\n",
		"schools.csv": "school_id,la,pupils\n901,801,500\n902,801,600\n",
	}
	window := func(o *Options) { o.Period, o.From, o.To = dataset.Term, day("2021-09-01"), day("2022-08-31") }
	s, cells := made(t, files, func(o *Options) { window(o); o.Outcomes = []string{"lunchtime_suspensions", "sessions_suspended"} })
	for cell, want := range map[string]string{"901 2021-22 1 autumn": "3 2 1 18 1", "902 2021-22 1 autumn": "2 1 0  0", "902 2021-22 2 spring": "2 1 0  0", "902 2021-22 3 summer": "0 0 1 5 0", "901 2021-22 2 spring": "0 0 0 0 0"} {
		row := cells[cell]
		got := strings.Join([]string{row["suspensions"], row["suspended_pupils"], row["lunchtime_suspensions"], row["sessions_suspended"], row["permanent_exclusions"]}, " ")
		if got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
	if ruleCount(s, "A05") != 1 || ruleCount(s, "E02") != 0 {
		t.Errorf("A05 %d times, want 1; E02 %d times, want 0", ruleCount(s, "A05"), ruleCount(s, "E02"))
	}
	s, cells = made(t, files, window)
	if row := cells["901 2021-22 1 autumn"]; row["suspensions"] != "3" {
		t.Errorf("%v", row)
	}
	for _, b := range s.Quality.Balance {
		if strings.HasSuffix(b.File, "excl.csv") && b.OtherKind.Value != 2 {
			t.Errorf("%d rows of another kind, want the 2 of lunchtimes that nobody asked for", b.OtherKind.Value)
		}
	}
}

// Pupils who missed a tenth and half of their sessions: over the term, and over
// the year where all its terms are there; at the limit they count.
func TestPersistentAbsence(t *testing.T) {
	dir := t.TempDir()
	mapping := filepath.Join(dir, "map.yaml")
	if err := os.WriteFile(mapping, []byte("census:\n  autumn*: autumn 2021\n  spring*: spring 2022\n  summer*: summer 2022\n  late*: autumn 2022\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{ // autumn, spring and summer term of 2021-22
		"spring_roll.csv": rollHead + "1,901,A000000000001,01/09/2019,s2,100,10,0,,,\n2,901,A000000000002,01/09/2019,s2,100,9,0,,,\n3,901,A000000000003,01/09/2019,s2,100,0,50,,,\n4,902,A000000000004,01/09/2019,s2,100,0,0,,,\n",
		"summer_roll.csv": rollHead + "1,901,A000000000001,01/09/2019,s3,100,0,0,,,\n2,901,A000000000002,01/09/2019,s3,100,30,0,,,\n3,901,A000000000003,01/09/2019,s3,100,0,49,,,\n4,902,A000000000004,01/09/2019,s3,0,,,,,\n",
		"late_roll.csv":   rollHead + "1,901,A000000000001,01/09/2019,s4,60,0,0,40,0,0\n2,901,A000000000002,01/09/2019,s4,60,0,0,40,0,0\n3,901,A000000000003,01/09/2019,s4,60,51,0,40,0,0\n",
		"schools.csv":     "school_id,la,pupils\n901,801,500\n902,801,600\n",
	}
	asked := func(kind dataset.PeriodKind) map[string]map[string]string {
		_, cells := made(t, files, func(o *Options) {
			o.Period, o.From, o.To = kind, day("2021-09-01"), day("2022-08-31")
			o.Outcomes = []string{"persistent_absence", "severe_absence"}
			for i := range o.Sources {
				o.Sources[i].Map = mapping
			}
		})
		return cells
	}
	check := func(cells map[string]map[string]string, want map[string]string) {
		t.Helper()
		for cell, want := range want {
			row := cells[cell]
			got := strings.Join([]string{row["pupils_with_sessions"], row["persistently_absent"], row["severely_absent"], row["persistent_absence"], row["severe_absence"]}, " ")
			if got != want {
				t.Errorf("%s: %q, want %q", cell, got, want)
			}
		}
	}
	check(asked(dataset.Term), map[string]string{"901 2021-22 1 autumn": "3 2 1 0.6666666667 0.3333333333", "901 2021-22 2 spring": "3 2 0 0.6666666667 0", "901 2021-22 3 summer": "3 1 1 0.3333333333 0.3333333333",
		"902 2021-22 1 autumn": "1 0 0 0 0", "902 2021-22 2 spring": "    "})
	// over the year 10, 39 and 150 of 300 sessions
	check(asked(dataset.Year), map[string]string{"901 2021-22": "3 2 1 0.6666666667 0.3333333333", "902 2021-22": "    "})
}

// DfE's absence by school gives the same pupils as numbers of enrolments.
func TestPersistentAbsenceBySchool(t *testing.T) {
	text := "time_period,time_identifier,geographic_level,urn,enrolments,sess_possible,sess_overall,enrolments_pa_10_exact,enrolments_pa_50_exact\n" +
		"202122,Autumn term,School,901,200,1000,80,30,4\n202122,Spring term,School,901,200,1000,80,c,x\n"
	_, cells := made(t, map[string]string{"absence.csv": text, "schools.csv": "school_id,la,pupils\n901,801,500\n"}, func(o *Options) {
		o.Period, o.From, o.To = dataset.Term, day("2021-09-01"), day("2022-03-31")
	})
	if a, b := cells["901 2021-22 1 autumn"], cells["901 2021-22 2 spring"]; a["persistent_absence"] != "0.15" || a["severe_absence"] != "0.02" || b["pupils_with_sessions"] != "200" || b["persistent_absence"] != "" || b["severely_absent"] != "" {
		t.Errorf("%v\n%v", a, b)
	}
}
