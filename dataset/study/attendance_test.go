package study

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

const rollHead = "pupilonrolltableid,NativeId,upn,entrydate,sourceid,termlysessionspossible,termlysessionsauthorised,termlysessionsunauthorised,summerhalfterm2sessionspossible,summerhalfterm2sessionsauthorised,summerhalfterm2sessionsunauthorised\n"

// Attendance of a roll is that of the term before its census, as the mapping
// file says; the autumn census gives the summer term in two halves; a blank is
// not a zero; a pupil counts once at a school.
func TestAttendanceOfTheSchoolCensus(t *testing.T) {
	dir := t.TempDir()
	mapping := filepath.Join(dir, "map.yaml")
	if err := os.WriteFile(mapping, []byte("census:\n  autumn*: autumn 2021\n  '*': spring 2022\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"autumn_roll.csv": rollHead + "1,901,A000000000001,01/09/2019,s1,60,5,1,40,2,0\n2,901,A000000000002,01/09/2019,s1,60,0,0,40,0,0\n3,902,A000000000003,01/09/2019,s1,60,,,40,,\n",
		"spring_roll.csv": rollHead + "1,901,A000000000001,01/09/2019,s2,120,12,3,,,\n2,901,A000000000002,01/09/2019,s2,120,130,3,,,\n3,902,A000000000003,01/09/2019,s2,0,0,0,,,\n4,902,A000000000004,01/09/2019,s2,100,0,0,,,\n4,902,A000000000004,01/09/2020,s2,90,0,0,,,\n",
		"schools.csv":     "school_id,la,pupils\n901,801,500\n902,801,600\n",
	}
	set := func(kind dataset.PeriodKind) func(*Options) {
		return func(o *Options) {
			o.Period, o.From, o.To = kind, day("2021-04-01"), day("2021-12-31")
			for i := range o.Sources {
				o.Sources[i].Map = mapping
			}
		}
	}
	s, cells := made(t, files, set(dataset.Term))
	for cell, want := range map[string]string{"901 2020-21 3 summer": "200 8 7 1 0.96 0.005", "902 2020-21 3 summer": "     ", "901 2021-22 1 autumn": "120 15 12 3 0.875 0.025", "902 2021-22 1 autumn": "100 0 0 0 1 0"} {
		row := cells[cell]
		got := strings.Join([]string{row["sessions_possible"], row["sessions_missed"], row["sessions_authorised"], row["sessions_unauthorised"], row["attendance"], row["unauthorised_absence"]}, " ")
		if got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
	for rule, want := range map[string]int64{"A02": 3, "A03": 0, "A06": 1} {
		if got := ruleCount(s, rule); got != want {
			t.Errorf("%s %d times, want %d", rule, got, want)
		}
	}
	if _, cells = made(t, files, set(dataset.Year)); cells["901 2021-22"]["sessions_possible"] != "120" || cells["901 2020-21"]["sessions_missed"] != "8" {
		t.Errorf("by year: %v", cells)
	}
	if _, cells = made(t, files, set(dataset.Month)); len(cells) == 0 {
		t.Error("no panel by month")
	} else if _, has := cells["901 2021-09"]["sessions_possible"]; has {
		t.Error("sessions of a term were put into months")
	}
}

// Without a mapping the term is the one before the latest entry, with a
// warning. Reasons of absence give what the roll does not, and in a return
// with reasons a pupil without any missed nothing.
func TestReasonsOfAbsence(t *testing.T) {
	head := "pupilonrolltableid,NativeId,upn,entrydate,sourceid,termlysessionspossible\n"
	s, cells := made(t, map[string]string{
		"roll.csv":     head + "1,901,A000000000001,10/01/2022,s,120\n2,901,A000000000002,01/09/2019,s,130\n1,902,A000000000003,01/09/2019,s,140\n3,901,A000000000005,01/09/2019,s,99\n",
		"sessions.csv": "pupilonrolltableid,NativeId,sourceid,sessions,attendancereason\n1,901,s,10,I\n1,901,s,4,O\n1,901,s,3,Y\n1,902,s,7,G\n9,901,s,7,G\n3,901,s,,I\n",
		"excl.csv": "pupilonrolltableid,NativeId,sourceid,startdate,category\n1,901,s,04/10/2021,SUSP\n1,901,s,09/11/2021,FIXD\n1,902,s,09/11/2021,PERM\n" +
			"2,901,s,10/11/2021,LNCH\n",
		"later.csv":      head + "7,901,A000000000001,01/05/2022,u,\n",
		"excl_later.csv": "pupilonrolltableid,NativeId,sourceid,startdate,category\n7,901,u,09/11/2021,SUSP\n7,901,u,08/11/2021,SUSP\n",
	}, func(o *Options) { o.Period, o.From, o.To = dataset.Term, day("2021-09-01"), day("2021-12-31") })
	for cell, want := range map[string]string{"901 2021-22 1 autumn": "250 14 10 4 3 1 0", "902 2021-22 1 autumn": "140 7 0 7 0 0 1"} {
		row := cells[cell]
		got := strings.Join([]string{row["sessions_possible"], row["sessions_missed"], row["sessions_authorised"], row["sessions_unauthorised"], row["suspensions"], row["suspended_pupils"], row["permanent_exclusions"]}, " ")
		if got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
	for rule, want := range map[string]int64{"A03": 1, "A07": 1} {
		if got := ruleCount(s, rule); got != want {
			t.Errorf("%s %d times, want %d", rule, got, want)
		}
	}
}

// DfE's absence by school fills terms; what it withholds stays empty, with the
// reason; a year is not cut into terms.
func TestAbsenceBySchool(t *testing.T) {
	text := "time_period,time_identifier,geographic_level,urn,sess_possible,sess_overall,sess_authorised,sess_unauthorised\n" +
		"202122,Autumn term,School,901,1000,80,50,30\n202122,Spring term,School,901,c,c,c,c\n202122,Autumn term,School,902,2000,0,0,0\n202122,Academic year,School,902,9000,90,80,10\n"
	window := func(o *Options) { o.Period, o.From, o.To = dataset.Term, day("2021-09-01"), day("2022-03-31") }
	s, cells := made(t, map[string]string{"absence.csv": text, "schools.csv": "school_id,la,pupils\n901,801,500\n902,801,600\n"}, window)
	if a, b, c := cells["901 2021-22 1 autumn"], cells["901 2021-22 2 spring"], cells["902 2021-22 1 autumn"]; a["attendance"] != "0.92" || a["unauthorised_absence"] != "0.03" || b["attendance"] != "" || b["sessions_possible"] != "" || c["sessions_missed"] != "0" || c["attendance"] != "1" {
		t.Errorf("%v\n%v\n%v", a, b, c)
	}
	if ruleCount(s, "N01") != 4 {
		t.Errorf("N01 %d times, want 4", ruleCount(s, "N01"))
	}
}

// Sessions missed with and without permission that do not add up to all that
// were missed are flagged (A04), each row once, and all four numbers stand;
// where one of them is blank or withheld nothing contradicts itself.
func TestSessionsThatDoNotAddUp(t *testing.T) {
	s, cells := made(t, map[string]string{"attendance.csv": "urn,term,sess_possible,sess_overall,sess_authorised,sess_unauthorised\n" +
		"901,2021-22 1 autumn,1000,80,50,31\n901,2021-22 2 spring,1000,80,50,30\n902,2021-22 1 autumn,900,70,60,\n902,2021-22 2 spring,900,70,c,30\n903,2021-22 1 autumn,800,,50,31\n",
		"schools.csv": "school_id,la,pupils\n901,801,500\n902,801,600\n903,801,400\n"},
		func(o *Options) { o.Period, o.From, o.To = dataset.Term, day("2021-09-01"), day("2022-03-31") })
	if n := ruleCount(s, "A04"); n != 1 {
		t.Errorf("A04 %d times, want 1", n)
	}
	for cell, want := range map[string]string{"901 2021-22 1 autumn": "1000 80 50 31", "902 2021-22 1 autumn": "900 70 60 ", "903 2021-22 1 autumn": "800 81 50 31"} {
		row := cells[cell]
		if got := strings.Join([]string{row["sessions_possible"], row["sessions_missed"], row["sessions_authorised"], row["sessions_unauthorised"]}, " "); got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
}
